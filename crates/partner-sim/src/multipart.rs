//! `multipart/form-data` bodies (RFC 7578), one piece at a time and in constant memory.

use std::io;

use bytes::BytesMut;
use memchr::memmem::{self, Finder};

use crate::{http::bad, text};

/// Longest header block of one part, in bytes.
const MAX_PART_HEAD: usize = 16 * 1024;
/// Longest text field, in bytes.
const MAX_FIELD: usize = 64 * 1024;

/// Reads parts from a window that the caller fills.
pub(crate) struct Multipart {
    delimiter: Finder<'static>,
    state: State,
}

enum State {
    Preamble,
    AfterDelimiter,
    Headers,
    Field(String),
    File,
    Done,
}

/// What [`Multipart::next`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More bytes are needed in the window.
    Starved,
    /// A whole text field.
    Field { name: String, value: String },
    /// The head of a file part.
    FileBegins { file_name: String },
    /// Some bytes of the file.
    FileData(BytesMut),
    /// The delimiter after the file was seen.
    FileEnds,
    /// The closing delimiter was seen.
    Done,
}

impl Multipart {
    /// A reader for a request's `Content-Type`; `None` when it is no multipart with a boundary.
    pub(crate) fn of(content_type: &str) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty())?;
        let delimiter = format!("\r\n--{boundary}");
        Some(Self { delimiter: Finder::new(&delimiter).into_owned(), state: State::Preamble })
    }

    /// The next piece of the window's bytes; they are consumed.
    pub(crate) fn next(&mut self, window: &mut BytesMut) -> io::Result<Step> {
        loop {
            let step = match &mut self.state {
                State::Preamble => self.preamble(window),
                State::AfterDelimiter => self.after_delimiter(window)?,
                State::Headers => self.headers(window)?,
                State::Field(name) => {
                    let name = std::mem::take(name);
                    self.field(name, window)?
                }
                State::File => Some(self.file(window)),
                State::Done => Some(Step::Done),
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn preamble(&mut self, window: &mut BytesMut) -> Option<Step> {
        let delimiter = self.delimiter.needle();
        let dashes = &delimiter[2..];
        if window.len() < delimiter.len() {
            return Some(Step::Starved);
        }
        let end = if window.starts_with(dashes) {
            Some(dashes.len())
        } else {
            self.delimiter.find(window).map(|at| at + delimiter.len())
        };
        let Some(end) = end else {
            return Some(Step::Starved);
        };
        let _ = window.split_to(end);
        self.state = State::AfterDelimiter;
        None
    }

    fn after_delimiter(&mut self, window: &mut BytesMut) -> io::Result<Option<Step>> {
        if window.len() < 2 {
            return Ok(Some(Step::Starved));
        }
        self.state = match &window.split_to(2)[..] {
            b"--" => State::Done,
            b"\r\n" => State::Headers,
            _ => return Err(bad("malformed multipart delimiter")),
        };
        Ok(None)
    }

    fn headers(&mut self, window: &mut BytesMut) -> io::Result<Option<Step>> {
        let Some(at) = memmem::find(window, b"\r\n\r\n") else {
            return if window.len() > MAX_PART_HEAD { Err(bad("part head too long")) } else { Ok(Some(Step::Starved)) };
        };
        let head = text::form_text(&window.split_to(at + 4));
        let disposition = head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| name.eq_ignore_ascii_case("content-disposition").then_some(value))
            .ok_or_else(|| bad("a part without Content-Disposition"))?;
        let extended = parameter(disposition, "filename*")
            .and_then(|value| value.split_once("''").map(|(_, encoded)| text::unpercent(encoded, false)));
        if let Some(file_name) = extended.or_else(|| parameter(disposition, "filename")) {
            self.state = State::File;
            return Ok(Some(Step::FileBegins { file_name }));
        }
        self.state = State::Field(parameter(disposition, "name").unwrap_or_default());
        Ok(None)
    }

    fn field(&mut self, name: String, window: &mut BytesMut) -> io::Result<Option<Step>> {
        let Some(at) = self.delimiter.find(window) else {
            self.state = State::Field(name);
            return if window.len() > MAX_FIELD { Err(bad("field too long")) } else { Ok(Some(Step::Starved)) };
        };
        let value = text::form_text(&window.split_to(at));
        self.skip_delimiter(window);
        Ok(Some(Step::Field { name, value }))
    }

    fn file(&mut self, window: &mut BytesMut) -> Step {
        match self.delimiter.find(window) {
            Some(0) => {
                self.skip_delimiter(window);
                Step::FileEnds
            }
            Some(at) => Step::FileData(window.split_to(at)),
            None => match window.len().checked_sub(self.delimiter.needle().len() - 1) {
                None | Some(0) => Step::Starved,
                Some(safe) => Step::FileData(window.split_to(safe)),
            },
        }
    }

    fn skip_delimiter(&mut self, window: &mut BytesMut) {
        let _ = window.split_to(self.delimiter.needle().len());
        self.state = State::AfterDelimiter;
    }
}

/// One parameter of a header value.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        let (found, tail) = token_or_quoted(after.trim_start());
        if name.eq_ignore_ascii_case(wanted) {
            return Some(found);
        }
        rest = tail;
    }
    None
}

/// Quoted as the HTML standard has it: `"`, CR and LF are percent-encoded, everything else (backslashes too) stands for itself.
fn token_or_quoted(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let (value, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
    let value = value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
    (value, rest)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{Multipart, Step, parameter};

    const BODY: &[u8] = b"--B1\r\nContent-Disposition: form-data; name=\"SITE\"\r\n\r\nC175\r\n--B1\r\n\
        content-disposition: form-data; name=f; filename=\"a%22\\b.xml\"\r\nContent-Type: x/y\r\n\r\none\r\n--B\r\ntwo\r\n--B1--\r\n";

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Read {
        fields: Vec<(String, String)>,
        name: String,
        file: Vec<u8>,
    }

    /// `None` when the pieces end before the closing delimiter.
    fn read(body: &[u8], piece: usize) -> Option<Read> {
        let mut parts = Multipart::of("multipart/form-data; boundary=B1").unwrap();
        let (mut window, mut read) = (BytesMut::new(), Read::default());
        let mut pieces = body.chunks(piece);
        loop {
            match parts.next(&mut window).unwrap() {
                Step::Starved => window.extend_from_slice(pieces.next()?),
                Step::Field { name, value } => read.fields.push((name, value)),
                Step::FileBegins { file_name } => read.name = file_name,
                Step::FileData(bytes) => read.file.extend_from_slice(&bytes),
                Step::FileEnds => {}
                Step::Done => return Some(read),
            }
        }
    }

    #[test]
    fn every_piece_size_gives_the_same_parts() {
        for piece in 1..=BODY.len() {
            let Read { fields, name, file } = read(BODY, piece).unwrap();
            assert_eq!(fields, [("SITE".to_owned(), "C175".to_owned())]);
            assert_eq!(name, "a\"\\b.xml");
            assert_eq!(file, b"one\r\n--B\r\ntwo");
        }
    }

    #[test]
    fn no_prefix_is_complete() {
        let closing = BODY.len() - 2;
        for cut in 0..closing {
            assert_eq!(read(&BODY[..cut], 7), None, "cut at {cut}");
        }
        assert!(read(&BODY[..closing], 7).is_some());
    }

    #[test]
    fn header_parameters() {
        let value = "form-data; name=\"a;b=c\"; filename=\"x y\"; filename*=UTF-8''%C3%A9";
        assert_eq!(parameter(value, "name").as_deref(), Some("a;b=c"));
        assert_eq!(parameter(value, "filename").as_deref(), Some("x y"));
        assert_eq!(parameter(value, "filename*").as_deref(), Some("UTF-8''%C3%A9"));
        assert_eq!(parameter(value, "boundary"), None);
    }
}
