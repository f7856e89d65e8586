//! XML read to its end: well-formed, with the root that is expected (docs/protocols/aireppnet.md 5.2).

mod input;

use std::io::{self, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use self::input::Input;
use super::{ENCODING, Expectation, Finding, XML_MALFORMED, XML_ROOT};

/// Elements inside one another.
const MAX_DEPTH: usize = 256;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 256;

/// The first thing that is wrong.
pub(super) fn look(bytes: impl Read, expected: &Expectation) -> io::Result<Option<Finding>> {
    let mut reader = NsReader::from_reader(Input::new(bytes)?);
    reader.config_mut().check_comments = true;
    let mut document = Document { expected, depth: 0, rooted: false };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().next_piece();
        let read = reader.read_resolved_event_into(&mut buffer);
        let (finding, ends) = match read {
            Ok((_, Event::Eof)) => (document.end(), true),
            Ok((namespace, event)) => (document.event(&namespace, &event), false),
            Err(quick_xml::Error::Io(error)) => (document.input(&error)?, true),
            Err(error) => (Some(malformed(error.to_string())), true),
        };
        if ends || finding.is_some() {
            let line = reader.get_mut().line();
            let placed = |finding: Finding| Finding::new(finding.code, format!("line {line}: {}", finding.words));
            return Ok(finding.map(placed));
        }
    }
}

fn malformed(words: impl AsRef<str>) -> Finding {
    Finding::new(XML_MALFORMED, words)
}

/// A document, as far as it was read.
struct Document<'e> {
    expected: &'e Expectation,
    depth: usize,
    /// The root was seen.
    rooted: bool,
}

impl Document<'_> {
    fn event(&mut self, namespace: &ResolveResult<'_>, event: &Event<'_>) -> Option<Finding> {
        match event {
            Event::Start(tag) => {
                let finding = self.open(namespace, tag);
                self.depth += 1;
                finding.or_else(|| (self.depth > MAX_DEPTH).then(|| malformed("elements too deep inside one another")))
            }
            Event::Empty(tag) => self.open(namespace, tag),
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                None
            }
            Event::Text(text) if self.depth == 0 => {
                let blank = text.chars().all(char::is_whitespace);
                (!blank).then(|| malformed("text outside the root element"))
            }
            Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                Some(malformed("text outside the root element"))
            }
            Event::GeneralRef(name) => {
                let known = name.is_char_ref() || matches!(&**name, "amp" | "lt" | "gt" | "quot" | "apos");
                (!known).then(|| malformed("an entity that nothing declares"))
            }
            Event::DocType(_) => Some(malformed("a document type declaration")),
            _ => None,
        }
    }

    /// An element begins.
    fn open(&mut self, namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Option<Finding> {
        if let ResolveResult::Unknown(prefix) = namespace {
            return Some(malformed(format!("the prefix {prefix} is not declared")));
        }
        for (count, attribute) in tag.attributes().enumerate() {
            match attribute {
                Err(error) => return Some(malformed(error.to_string())),
                Ok(_) if count >= MAX_ATTRIBUTES => return Some(malformed("too many attributes")),
                Ok(_) => {}
            }
        }
        if self.depth > 0 {
            return None;
        }
        if std::mem::replace(&mut self.rooted, true) {
            return Some(malformed("a second root element"));
        }
        let (root, bound) = (
            tag.local_name().into_inner().to_owned(),
            match namespace {
                ResolveResult::Bound(Namespace(bound)) => *bound,
                _ => "",
            },
        );
        let other_root = self.expected.xml_root.as_deref().filter(|wanted| *wanted != root);
        let other_space = self.expected.xml_namespace.as_deref().filter(|wanted| *wanted != bound);
        let (wanted, found) = match (other_root, other_space) {
            (Some(wanted), _) => (wanted, root.as_str()),
            (None, Some(wanted)) => (wanted, bound),
            (None, None) => return None,
        };
        Some(Finding::new(XML_ROOT, format!("{found:?} where {wanted:?} must be")))
    }

    fn end(&self) -> Option<Finding> {
        match (self.rooted, self.depth) {
            (true, 0) => None,
            (true, open) => Some(malformed(format!("the file ends inside {open} open elements"))),
            (false, _) => Some(Finding::new(XML_ROOT, "no root element")),
        }
    }

    /// An error of [`Input`]: its own ones are findings.
    fn input(&self, error: &io::Error) -> io::Result<Option<Finding>> {
        match error.kind() {
            io::ErrorKind::InvalidData => Ok(Some(Finding::new(ENCODING, error.to_string()))),
            io::ErrorKind::OutOfMemory => Ok(Some(malformed(error.to_string()))),
            kind => Err(io::Error::new(kind, error.to_string())),
        }
    }
}
