//! What published returns are called (R11): the partner's names are hostile, ours are one safe path component.

mod pattern;
mod safe;
mod search;

pub use self::pattern::{NUMREC, Pattern, PatternError, VARIABLES, Values};
pub use self::safe::{LONGEST, incremented, numbered, safe};
pub use self::search::Searcher;

#[cfg(test)]
mod tests;
