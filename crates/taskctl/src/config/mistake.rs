//! What can be wrong in a configuration, said in every language: one constructor a mistake, by theme, none ever given a secret.

mod folders;
mod keys;
mod paths;
mod profiles;
mod scenarios;
mod schedules;
mod secrets;
mod syntax;
#[cfg(test)]
mod tests;

pub(super) use self::folders::*;
pub(super) use self::keys::*;
pub(super) use self::paths::*;
pub(super) use self::profiles::*;
pub(super) use self::scenarios::*;
pub(super) use self::schedules::*;
pub(super) use self::secrets::*;
pub(super) use self::syntax::*;
use super::report::Severity;
use crate::catalogue::Words;

/// A mistake, not yet placed.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) severity: Severity,
    pub(super) code: &'static str,
    pub(super) message: Words,
    pub(super) help: Words,
}

pub(super) fn error(code: &'static str, message: Words, help: Words) -> Mistake {
    Mistake { severity: Severity::Error, code, message, help }
}

pub(super) fn warning(code: &'static str, message: Words, help: Words) -> Mistake {
    Mistake { severity: Severity::Warning, ..error(code, message, help) }
}

/// The end of a sentence: « — vouliez-vous dire « x » ?», or a full stop.
fn perhaps(near: Option<&str>) -> Words {
    near.map_or_else(
        || Words::same("."),
        |near| Words::both(format!(" — vouliez-vous dire « {near} » ?"), format!(" — did you mean “{near}”?")),
    )
}

/// As an example is given.
fn for_example(key: &str, example: &str) -> Words {
    Words::both(format!("Écrivez par exemple : {key} = {example}"), format!("Write for example: {key} = {example}"))
}
