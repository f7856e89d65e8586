//! The trace as XML: one element a file.

use std::fmt::Write as _;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::record::{End, Record};

const ROOT: &str = "legal-trace";

/// A document being written.
pub(super) struct Document<'w>(Writer<&'w mut dyn Write>);

impl<'w> Document<'w> {
    pub(super) fn start(station: &str, out: &'w mut dyn Write) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer.write_event(Event::Start(BytesStart::new(ROOT).with_attributes([("version", "1")])))?;
        let mut document = Self(writer);
        document.text("station", Some(station))?;
        Ok(document)
    }

    pub(super) fn record(&mut self, record: &Record) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new("file").with_attributes([("direction", record.direction)])))?;
        let size = record.size.map(|size| size.to_string());
        self.text("nature", Some(&record.nature))?;
        self.text("name", Some(&record.name))?;
        self.text("date", Some(&record.date))?;
        self.text("size", size.as_deref())?;
        self.text("sha1", record.sha1.as_deref())?;
        self.text("sha256", record.sha256.as_deref())?;
        self.text("outcome", Some(record.outcome))?;
        self.text("outcome_label", Some(record.outcome_label))?;
        self.text("outcome_date", Some(&record.outcome_date))?;
        self.text("sent_date", record.sent_date.as_deref())?;
        self.text("id", Some(&record.id))?;
        self.text("profile", Some(&record.profile))?;
        self.text("channel", Some(&record.channel))?;
        self.text("scenario", record.scenario.as_deref())?;
        self.text("destination", record.destination.as_deref())?;
        self.text("path", record.path.as_deref())?;
        for (key, value) in &record.identifiers {
            self.element(BytesStart::new("identifier").with_attributes([("key", escaped(key).0.as_str())]), value)?;
        }
        self.0.write_event(Event::End(BytesEnd::new("file")))
    }

    pub(super) fn end(mut self, end: &End) -> io::Result<()> {
        let (records, seq) = (end.records.to_string(), end.journal_seq.to_string());
        self.0.write_event(Event::Start(BytesStart::new("end")))?;
        self.text("from", end.from.as_deref())?;
        self.text("to", end.to.as_deref())?;
        self.text("date", Some(&end.date))?;
        self.text("records", Some(&records))?;
        self.text("journal_seq", Some(&seq))?;
        self.text("journal_hash", Some(&end.journal_hash))?;
        self.0.write_event(Event::End(BytesEnd::new("end")))?;
        self.0.write_event(Event::End(BytesEnd::new(ROOT)))?;
        let out = self.0.into_inner();
        out.write_all(b"\n")?;
        out.flush()
    }

    /// Nothing is written of what is not known.
    fn text(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.element(BytesStart::new(name), text))
    }

    fn element(&mut self, mut start: BytesStart<'_>, text: &str) -> io::Result<()> {
        let (text, changed) = escaped(text);
        if changed {
            start.push_attribute(("escaped", "true"));
        }
        let end = start.to_end().into_owned();
        self.0.write_event(Event::Start(start))?;
        self.0.write_event(Event::Text(BytesText::new(&text)))?;
        self.0.write_event(Event::End(end))
    }
}

/// A text that XML can hold, and whether it had to be changed: then each character that XML forbids, or that its readers change, is
/// `\u` and four hexadecimal digits, and a backslash is two.
fn escaped(text: &str) -> (String, bool) {
    let forbidden =
        |c: char| (c.is_ascii_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(forbidden) {
        return (text.to_owned(), false);
    }
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if forbidden(c) => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    (out, true)
}
