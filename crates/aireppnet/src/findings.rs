//! What can be told of a file before any connection (docs/protocols/aireppnet.md 5): bytes in, findings out, in constant memory.
//!
//! The records of INSEE are not public. What is looked for is what the caller names in an [`Expectation`]; an XML file is always read to
//! its end.
//!
//! ```
//! use std::io::Cursor;
//!
//! use aireppnet::findings::Expectation;
//!
//! let expected = Expectation { record_length: Some(4), ..Expectation::default() };
//! assert!(expected.look(Cursor::new("0001\r\n0002\r\n")).unwrap().is_empty());
//! assert_eq!(expected.look(Cursor::new("0001\r\n2\r\n")).unwrap()[0].code, "aireppnet-record-length");
//! ```

mod encoding;
mod records;
mod xml;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

pub use encoding::TextEncoding;

/// Bytes of a file that are looked at together.
const PIECE: usize = 64 * 1024;

/// A byte is not what the named encoding, or the XML declaration, allows (5.2, 5.5).
const ENCODING: &str = "aireppnet-encoding";
/// A record has another length (5.3).
const RECORD_LENGTH: &str = "aireppnet-record-length";
/// There is another number of records, or none (5.4).
const RECORD_COUNT: &str = "aireppnet-record-count";
/// The XML is not well-formed (5.2).
const XML_MALFORMED: &str = "aireppnet-xml-malformed";
/// The root is another one, or the file is no XML (5.2).
const XML_ROOT: &str = "aireppnet-xml-root";

/// Every code of a finding.
pub const CODES: &[&str] = &[ENCODING, RECORD_LENGTH, RECORD_COUNT, XML_MALFORMED, XML_ROOT];

/// What a file must be. Nothing is expected by default but a whole XML document in a file that begins like one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    /// What every byte must be.
    pub encoding: Option<TextEncoding>,
    /// Bytes of every record, separators aside; naming it, or `records`, says that the file is no XML.
    pub record_length: Option<u32>,
    /// How many records there must be.
    pub records: Option<u64>,
    /// The local name of the XML root.
    pub xml_root: Option<String>,
    /// The namespace of the XML root.
    pub xml_namespace: Option<String>,
}

/// Why a file must not leave as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Stable, one of [`CODES`].
    pub code: &'static str,
    /// Where and what, in English, at most 300 characters.
    pub words: String,
}

impl Finding {
    fn new(code: &'static str, words: impl AsRef<str>) -> Self {
        Self { code, words: words.as_ref().chars().take(300).collect() }
    }
}

impl Expectation {
    /// Looks at a file, from its start to its end; at most one finding of each code, the first.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn look_at(&self, path: &Path) -> io::Result<Vec<Finding>> {
        self.look(File::open(path)?)
    }

    /// The same for what can be read and rewound.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn look(&self, mut bytes: impl Read + Seek) -> io::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        if let Some(encoding) = self.encoding {
            bytes.rewind()?;
            findings.extend(encoding::look(&mut bytes, encoding)?);
        }
        bytes.rewind()?;
        let flat = self.record_length.is_some() || self.records.is_some();
        if flat {
            findings.extend(records::look(&mut bytes, self)?);
        }
        let named = self.xml_root.is_some() || self.xml_namespace.is_some();
        if named || (!flat && begins_like_xml(&mut bytes)?) {
            bytes.rewind()?;
            findings.extend(xml::look(bytes, self)?);
        }
        Ok(findings)
    }
}

/// Whether the first character is `<`, a byte order mark and white space aside.
fn begins_like_xml(bytes: &mut impl Read) -> io::Result<bool> {
    let mut start = Vec::new();
    bytes.take(1024).read_to_end(&mut start)?;
    let (text, _) = encoding_rs::Encoding::for_bom(&start)
        .map_or_else(|| (String::from_utf8_lossy(&start), false), |(encoding, _)| (encoding.decode(&start).0, true));
    Ok(text.trim_start().starts_with('<'))
}

#[cfg(test)]
mod tests;
