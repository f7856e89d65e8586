//! The exchange scheduler of a French local authority: configuration, command line, message catalogues and what people read.

pub mod catalogue;
pub mod config;
#[cfg(test)]
mod testing;
