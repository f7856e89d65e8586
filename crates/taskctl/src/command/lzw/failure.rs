//! Why something could not be done, in words and as an exit code.

use std::io;
use std::path::Path;

use jiff::tz::TimeZone;
use lzw_segmenter::DecodeError;
use lzw_segmenter::segment::{JoinError, Missing, SegmentError, SetError, SplitError};
use scheduler_core::consignment::Why;

use crate::catalogue::{self, Language};
use crate::exit::Exit;
use crate::output::clean;

/// One thing that went wrong.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it is about: a file's name.
    about: String,
    why: Why,
    missing: Option<Missing>,
    pub(super) exit: Exit,
}

impl Failure {
    /// The command line must be changed.
    pub(super) fn usage(code: &str, about: &Path) -> Self {
        Self::new(about.display().to_string(), Why::code(code), Exit::Usage)
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let exit = if error.kind() == io::ErrorKind::NotFound { Exit::Usage } else { Exit::Unfinished };
        Self::new(path.display().to_string(), Why::with("lzw-unreadable", error.to_string()), exit)
    }

    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::usage("lzw-exists", path),
            io::ErrorKind::StorageFull => {
                Self::new(path.display().to_string(), Why::code("lzw-disk-full"), Exit::Unfinished)
            }
            _ => {
                let why = Why::with("lzw-unwritable", error.to_string());
                Self::new(path.display().to_string(), why, Exit::Unfinished)
            }
        }
    }

    /// What expanding `path` says.
    pub(super) fn expanding(path: &Path, error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<DecodeError>()) {
            Some(error) => {
                let telling = matches!(error, DecodeError::Malformed { .. });
                let why = Why { code: error.code().to_owned(), words: telling.then(|| error.to_string()) };
                Self::new(path.display().to_string(), why, Exit::Integrity)
            }
            None => Self::unreadable(path, error),
        }
    }

    /// The file is not what it should be.
    pub(super) fn damaged(code: &str, path: &Path) -> Self {
        Self::new(path.display().to_string(), Why::code(code), Exit::Integrity)
    }

    pub(super) fn splitting(source: &Path, target: &Path, error: &SplitError) -> Self {
        match error {
            SplitError::Read(error) => Self::unreadable(source, error),
            SplitError::Write { error, .. } => Self::unwritable(target, error),
            error => Self::new(source.display().to_string(), Why::code(error.code()), Exit::Usage),
        }
    }

    /// What joining or verifying segments says; `about` names the whole.
    pub(super) fn joining(about: &Path, error: &JoinError) -> Self {
        match error {
            JoinError::Segment { name, source: SegmentError::Read(error) } => Self::unreadable(Path::new(name), error),
            JoinError::Segment { name, source } => Self::new(name.clone(), detailed(source), Exit::Integrity),
            JoinError::Set(error) => Self::set(about, error),
            JoinError::Exists(path) => Self::usage("lzw-exists", path),
            JoinError::Write { path, error } => Self::unwritable(path, error),
            error => {
                Self::new(about.display().to_string(), Why::with(error.code(), error.to_string()), Exit::Unfinished)
            }
        }
    }

    pub(super) fn set(about: &Path, error: &SetError) -> Self {
        let about = about.display().to_string();
        match error {
            SetError::OtherFile { name, first } => {
                Self::new(name.clone(), Why::with(error.code(), first), Exit::Integrity)
            }
            SetError::Contradiction { name, other } => {
                Self::new(name.clone(), Why::with(error.code(), other), Exit::Integrity)
            }
            SetError::Missing(missing) => {
                Self { missing: Some(missing.clone()), ..Self::new(about, Why::code(error.code()), Exit::Integrity) }
            }
            error => Self::new(about, Why::code(error.code()), Exit::Integrity),
        }
    }

    fn new(about: String, why: Why, exit: Exit) -> Self {
        Self { about, why, missing: None, exit }
    }

    /// Its stable code.
    pub(super) fn code(&self) -> &str {
        &self.why.code
    }

    /// What it is about.
    pub(super) fn about(&self) -> &str {
        &self.about
    }

    /// What the operator reads: `mandats.xml.000003.seg : le segment est abîmé…`
    pub(super) fn in_words(&self, language: Language) -> String {
        let mut said = catalogue::explain(language, &TimeZone::UTC, &self.why);
        if let Some(missing) = &self.missing {
            said.sentence.push(' ');
            said.sentence.push_str(&numbers(language, missing));
        }
        format!("{}{} {said}", clean(&self.about), language.pick(" :", ":"))
    }
}

/// With the place, for whoever looks into it, where there is one.
fn detailed(error: &SegmentError) -> Why {
    let telling = matches!(
        error,
        SegmentError::Inconsistent { .. }
            | SegmentError::Codec { .. }
            | SegmentError::Version { .. }
            | SegmentError::Block { .. }
    );
    Why { code: error.code().to_owned(), words: telling.then(|| error.to_string()) }
}

/// Gaps told, at most.
const TOLD: usize = 20;

/// `Numéros 2, 5 à 9, et tous à partir de 12.`
fn numbers(language: Language, missing: &Missing) -> String {
    let to = language.pick("à", "to");
    let range = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first} {to} {last}") }
    };
    let mut told: Vec<String> = missing.ranges.iter().take(TOLD).map(range).collect();
    if missing.ranges.len() > TOLD {
        told.push("…".to_owned());
    }
    if let Some(from) = missing.from {
        told.push(language.pick(
            format!("{from} et suivants (le dernier n'est pas là, leur nombre n'est pas connu)"),
            format!("{from} and on (the last is not there, how many there are is not known)"),
        ));
    }
    language.pick(format!("Numéros : {}.", told.join(", ")), format!("Numbers: {}.", told.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_number() {
        let missing = Missing { ranges: vec![(2, 2), (5, 9)], from: Some(12) };
        let failure = Failure::set(Path::new("a.xml"), &SetError::Missing(missing));
        assert_eq!(
            failure.in_words(Language::Fr),
            "a.xml : Il manque des segments. Numéros : 2, 5 à 9, 12 et suivants (le dernier n'est pas là, leur nombre n'est pas connu). Redemandez-les, puis recommencez avec tous."
        );
        let missing = Missing { ranges: (1..30).map(|n| (n * 2, n * 2)).collect(), from: None };
        let words = Failure::set(Path::new("a"), &SetError::Missing(missing)).in_words(Language::En);
        assert!(words.contains("38, 40, …. Ask"), "{words}");
    }

    #[test]
    fn every_failure_has_an_exit_code() {
        let path = Path::new("f");
        let io = |kind: io::ErrorKind| io::Error::from(kind);
        let damaged = JoinError::Segment { name: "s".to_owned(), source: SegmentError::PayloadDamaged };
        let cut = io::Error::new(io::ErrorKind::InvalidData, DecodeError::Truncated { at: 4 });
        for (failure, exit) in [
            (Failure::unreadable(path, &io(io::ErrorKind::NotFound)), Exit::Usage),
            (Failure::unreadable(path, &io(io::ErrorKind::PermissionDenied)), Exit::Unfinished),
            (Failure::unwritable(path, &io(io::ErrorKind::AlreadyExists)), Exit::Usage),
            (Failure::unwritable(path, &io(io::ErrorKind::StorageFull)), Exit::Unfinished),
            (Failure::joining(path, &damaged), Exit::Integrity),
            (Failure::expanding(path, &cut), Exit::Integrity),
            (Failure::set(path, &SetError::Digest), Exit::Integrity),
        ] {
            assert_eq!(failure.exit, exit, "{failure:?}");
            assert!(!failure.in_words(Language::Fr).contains("Code "), "no sentence: {failure:?}");
        }
    }
}
