//! `taskctl export`: the legal trace in a file that appears whole, or on the standard output.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::Why;
use scheduler_core::journal::{JournalError, Reader};
use serde_json::{Value, json};

use super::filters::{self, FilterError};
use super::{View, fresh};
use crate::catalogue::{self, Language};
use crate::cli::{Export, ExportFormat};
use crate::config::Loaded;
use crate::export::{self, ExportError, Format, Scope, Told};
use crate::output::clean;

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A day is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The station never ran.
    #[error("there is no journal in {}", .0.display())]
    NoJournal(PathBuf),
    /// The file is there already.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// The trace cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Failure {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Filter(error) => error.code,
            Self::NoJournal(_) => "export-no-journal",
            Self::Exists(_) => "export-exists",
            Self::Unwritable { .. } => "export-unwritable",
            Self::Journal(error) => error.code(),
        }
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let (path, words) = match self {
            Self::Filter(error) => return error.in_words(language),
            Self::NoJournal(path) | Self::Exists(path) => (path.as_path(), None),
            Self::Unwritable { path, error } => (path.as_path(), Some(error.to_string())),
            Self::Journal(error) => (Path::new("journal"), Some(error.to_string())),
        };
        let why = Why { code: self.code().to_owned(), words };
        let said = catalogue::explain(language, &TimeZone::UTC, &why);
        format!("{}{} {said}", clean(&path.display().to_string()), language.pick(" :", ":"))
    }
}

/// What was exported.
#[derive(Debug)]
pub struct Report {
    output: Option<PathBuf>,
    told: Told,
}

/// Writes the trace that is asked for. A file is written under another name and gets its own once it is whole.
///
/// # Errors
///
/// [`Failure`]; no file is left. What already went to the standard output lacks its end.
pub async fn export(wish: &Export, loaded: &Loaded, reader: Option<Reader>, view: View<'_>) -> Result<Report, Failure> {
    let (from, to) = filters::days(wish.from.as_deref(), wish.to.as_deref(), view.zone)?;
    if let Some(path) = wish.output.as_ref().filter(|path| path.symlink_metadata().is_ok()) {
        return Err(Failure::Exists(path.clone()));
    }
    let reader = reader.ok_or_else(|| Failure::NoJournal(loaded.settings.data_dir.clone()))?;
    let now = Timestamp::now();
    let scope = Scope { station: &loaded.settings.name, zone: view.zone, language: view.language, from, to, now };
    let told = match &wish.output {
        Some(path) => to_file(path, &reader, &scope, wish.format.into()).await?,
        None => {
            let standard = Path::new(view.language.pick("sortie standard", "standard output"));
            let mut out = BufWriter::new(io::stdout());
            export::export(&reader, &scope, wish.format.into(), &mut out).await.map_err(failed(standard))?
        }
    };
    Ok(Report { output: wish.output.clone(), told })
}

async fn to_file(path: &Path, reader: &Reader, scope: &Scope<'_>, format: Format) -> Result<Told, Failure> {
    let unwritable = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Exists(path.to_owned()),
        _ => Failure::Unwritable { path: path.to_owned(), error },
    };
    let mut out = BufWriter::new(fresh::beside(path, scope.language).map_err(unwritable)?);
    let told = export::export(reader, scope, format, &mut out).await.map_err(failed(path))?;
    out.flush().map_err(unwritable)?;
    let file = out.into_inner().map_err(|error| unwritable(error.into_error()))?;
    fresh::publish(file, path).map_err(unwritable)?;
    Ok(told)
}

fn failed(path: &Path) -> impl Fn(ExportError) -> Failure {
    move |error| match error {
        ExportError::Journal(error) => Failure::Journal(error),
        ExportError::Write(error) => Failure::Unwritable { path: path.to_owned(), error },
    }
}

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Xml => Self::Xml,
            ExportFormat::Json => Self::Json,
        }
    }
}

impl Report {
    /// Whether the trace itself is on the standard output.
    #[must_use]
    pub const fn is_aside(&self) -> bool {
        self.output.is_none()
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, language: Language) -> String {
        let Told { sent, received, seq, hash } = &self.told;
        let (fr, en) = match &self.output {
            Some(path) => (format!(" : {}", path.display()), format!(": {}", path.display())),
            None => (" sur la sortie standard".to_owned(), " to the standard output".to_owned()),
        };
        language.pick(
            format!("Écrit{fr} : {sent} envoi(s), {received} retour(s).\nTête du journal : {seq} {hash}\nGardez-la ailleurs : taskctl verify --head {hash}\n"),
            format!("Written{en}: {sent} sent, {received} received.\nHead of the journal: {seq} {hash}\nKeep it elsewhere: taskctl verify --head {hash}\n"),
        )
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let Told { sent, received, seq, hash } = &self.told;
        json!({
            "written": self.output.as_ref().map(|path| path.display().to_string()),
            "sent": sent,
            "received": received,
            "journal_seq": seq,
            "journal_hash": hash,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_sentences() {
        let path = || PathBuf::from("trace.csv");
        for failure in [
            Failure::NoJournal(path()),
            Failure::Exists(path()),
            Failure::Unwritable { path: path(), error: io::Error::from(io::ErrorKind::StorageFull) },
            Failure::Journal(JournalError::Closed),
        ] {
            for language in [Language::Fr, Language::En] {
                assert!(!failure.in_words(language).contains("Code "), "{failure:?}");
            }
        }
    }
}
