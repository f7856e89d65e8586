//! `taskctl log`: the trace of the last session, or of a day.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use scheduler_core::trace::Traces;

use crate::catalogue::system::french;
use crate::catalogue::{Language, Words};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Not a day.
    #[error("`{0}` is not a day: AAAAMMJJ is expected")]
    NotADay(String),
    /// No session left a trace there.
    #[error("no trace at {}", .0.display())]
    None(PathBuf),
    /// It cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl LogError {
    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let words = match self {
            Self::NotADay(day) => Words::both(
                format!(
                    "« {day} » n'est pas une journée. Écrivez-la AAAAMMJJ, par exemple : taskctl log --day 20261122"
                ),
                format!("“{day}” is not a day. Write it YYYYMMDD, for example: taskctl log --day 20261122"),
            ),
            Self::None(path) => Words::both(
                format!("Pas encore de trace : {} n'existe pas.", path.display()),
                format!("No trace yet: {} does not exist.", path.display()),
            ),
            Self::Unreadable { path, error } => Words::both(
                format!("{} ne peut pas être lu : {}.", path.display(), french(error)),
                format!("{} cannot be read: {error}.", path.display()),
            ),
        };
        words.said(language).to_owned()
    }
}

/// The text of the trace of `day`, or of the last session.
///
/// # Errors
///
/// [`LogError`].
pub fn read(trace_dir: &Path, day: Option<&str>) -> Result<String, LogError> {
    let path = match day {
        None => Traces::last(trace_dir),
        Some(day) => Traces::day(trace_dir, date(day).ok_or_else(|| LogError::NotADay(day.to_owned()))?),
    };
    match fs::read(&path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(LogError::None(path)),
        Err(error) => Err(LogError::Unreadable { path, error }),
    }
}

fn date(day: &str) -> Option<Date> {
    let digits = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Date::strptime("%Y%m%d", day).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_speaks_both_languages() {
        let path = || PathBuf::from("/srv/traces");
        let unreadable = LogError::Unreadable { path: path(), error: io::Error::other("no") };
        for refusal in [LogError::NotADay("x".to_owned()), LogError::None(path()), unreadable] {
            let words = Words::both(refusal.in_words(Language::Fr), refusal.in_words(Language::En));
            assert_eq!(crate::testing::untranslated(&words), None, "{refusal:?}");
        }
    }

    #[test]
    fn the_last_session_and_a_day() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(dir.path(), None), Err(LogError::None(_))));
        fs::write(dir.path().join("last.log"), "dernière\n").unwrap();
        fs::write(dir.path().join("20261122.log"), "journée\n").unwrap();
        assert_eq!(read(dir.path(), None).unwrap(), "dernière\n");
        assert_eq!(read(dir.path(), Some("20261122")).unwrap(), "journée\n");
        assert!(matches!(read(dir.path(), Some("20261121")), Err(LogError::None(_))));
        for day in ["22/11/2026", "20261322", "../../etc", "2026112", ""] {
            assert!(matches!(read(dir.path(), Some(day)), Err(LogError::NotADay(_))), "{day}");
        }
    }
}
