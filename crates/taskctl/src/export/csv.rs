//! The trace as a table: semicolons, byte order mark, CR LF, so that a French spreadsheet opens it with its accents and columns.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::record::{End, Record};

/// Without it, spreadsheets take UTF-8 for windows-1252.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The columns, in the order of the record's fields.
pub(super) const COLUMNS: [&str; 18] = [
    "direction",
    "nature",
    "name",
    "date",
    "size",
    "sha1",
    "sha256",
    "outcome",
    "outcome_label",
    "outcome_date",
    "sent_date",
    "id",
    "profile",
    "channel",
    "scenario",
    "destination",
    "path",
    "identifiers",
];

/// A table being written.
pub(super) struct Table<'w>(Box<Writer<&'w mut dyn Write>>);

impl<'w> Table<'w> {
    pub(super) fn start(out: &'w mut dyn Write) -> io::Result<Self> {
        out.write_all(BOM)?;
        let writer = WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(out);
        let mut table = Self(Box::new(writer));
        table.0.write_record(COLUMNS)?;
        Ok(table)
    }

    pub(super) fn record(&mut self, record: &Record) -> io::Result<()> {
        let said = |text: &Option<String>| text.as_deref().map(inert).unwrap_or_default();
        let pairs = record.identifiers.iter().map(|(key, value)| format!("{key}={value}"));
        let cells: [String; COLUMNS.len()] = [
            record.direction.to_owned(),
            inert(&record.nature),
            inert(&record.name),
            record.date.clone(),
            record.size.map(|size| size.to_string()).unwrap_or_default(),
            said(&record.sha1),
            said(&record.sha256),
            record.outcome.to_owned(),
            record.outcome_label.to_owned(),
            record.outcome_date.clone(),
            record.sent_date.clone().unwrap_or_default(),
            record.id.clone(),
            inert(&record.profile),
            inert(&record.channel),
            said(&record.scenario),
            said(&record.destination),
            said(&record.path),
            inert(&pairs.collect::<Vec<_>>().join(" | ")),
        ];
        Ok(self.0.write_record(cells)?)
    }

    /// The last line has the columns of the others: the head's hash under `sha256`, its number under `id`, the count under `size`.
    pub(super) fn end(mut self, end: &End) -> io::Result<()> {
        let (records, seq) = (end.records.to_string(), end.journal_seq.to_string());
        let station = inert(&end.station);
        let mut cells = [""; COLUMNS.len()];
        let said = [
            (0, end.direction),
            (1, "journal"),
            (2, &station),
            (3, &end.date),
            (4, &records),
            (6, &end.journal_hash),
            (11, &seq),
        ];
        for (column, text) in said {
            cells[column] = text;
        }
        self.0.write_record(cells)?;
        self.0.flush()
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe goes before `=`, `+`, `-`, `@` (full-width ones are the same to some, spaces before them
/// are nothing to others), a tabulation, a line end, and before an apostrophe, so that taking one away gives the exact text back.
fn inert(text: &str) -> String {
    let said = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let formula = said.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula || text.starts_with(['\t', '\r', '\n', '\'']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1", "+1", "-1", "@A", " =1", "\u{a0}=1", "\u{feff}=1", "＝1", "　＋1", "\ta", "\r", "\na", "'=1"]
        {
            assert_eq!(inert(text), format!("'{text}"), "{text}");
        }
        for text in ["", "a=1", " a", "1-2", "é"] {
            assert_eq!(inert(text), text);
        }
    }
}
