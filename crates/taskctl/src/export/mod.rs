//! The legal trace: one record a file, sent or received, as CSV, XML or JSON (docs/formats/legal-trace.md).
//!
//! Records are read page after page and written one by one: memory does not grow with the journal.

mod csv;
mod json;
mod pages;
mod record;
mod xml;

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::journal::{JournalError, Reader};

use self::pages::Pages;
use self::record::{End, Record};
use crate::catalogue::Language;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table that a French spreadsheet opens.
    Csv,
    /// One element a file.
    Xml,
    /// One object a line.
    Json,
}

/// Whose trace, and of what time.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The station's name.
    pub station: &'a str,
    /// Dates are in this zone.
    pub zone: &'a TimeZone,
    /// Of what people read.
    pub language: Language,
    /// Files accepted, or first offered, at this instant or later.
    pub from: Option<Timestamp>,
    /// Files accepted, or first offered, before this instant.
    pub to: Option<Timestamp>,
    /// When the trace is made.
    pub now: Timestamp,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Files sent, or to be sent.
    pub sent: u64,
    /// Files received, or to be received.
    pub received: u64,
    /// The last event of the journal when the last record had been read.
    pub seq: i64,
    /// Its hash, in lower-case hexadecimal.
    pub hash: String,
}

/// Why a trace is not whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The trace cannot be written.
    #[error("the trace cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes the records of `scope`, newest first, then the head of the journal's chain. A trace without that end is not whole.
///
/// The journal goes on meanwhile: each record tells its file as it was at an event not after the head.
///
/// # Errors
///
/// [`ExportError`]; what was written until then is not whole.
pub async fn export(
    reader: &Reader,
    scope: &Scope<'_>,
    format: Format,
    out: &mut dyn Write,
) -> Result<Told, ExportError> {
    let mut pages = Pages::new(reader, scope.from, scope.to);
    let mut sink = Sink::start(format, scope, out)?;
    let (mut sent, mut received) = (0, 0);
    while let Some(row) = pages.next().await? {
        let record = Record::of(&row, scope);
        *(if record.scenario.is_some() { &mut sent } else { &mut received }) += 1;
        sink.record(&record)?;
    }
    let head = reader.head().await?;
    let told = Told { sent, received, seq: head.seq, hash: head.hex() };
    sink.end(&End::of(&told, scope))?;
    Ok(told)
}

/// Where records go.
enum Sink<'w> {
    Csv(csv::Table<'w>),
    Xml(xml::Document<'w>),
    Json(json::Lines<'w>),
}

impl<'w> Sink<'w> {
    fn start(format: Format, scope: &Scope<'_>, out: &'w mut dyn Write) -> io::Result<Self> {
        Ok(match format {
            Format::Csv => Self::Csv(csv::Table::start(out)?),
            Format::Xml => Self::Xml(xml::Document::start(scope.station, out)?),
            Format::Json => Self::Json(json::Lines::start(out)),
        })
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        match self {
            Self::Csv(table) => table.record(record),
            Self::Xml(document) => document.record(record),
            Self::Json(lines) => lines.record(record),
        }
    }

    fn end(self, end: &End) -> io::Result<()> {
        match self {
            Self::Csv(table) => table.end(end),
            Self::Xml(document) => document.end(end),
            Self::Json(lines) => lines.end(end),
        }
    }
}

#[cfg(test)]
mod tests;
