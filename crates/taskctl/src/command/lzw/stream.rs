//! Whole files, compressed and expanded.

use std::io::{self, BufRead as _, Read, Write as _};
use std::path::{Path, PathBuf};

use lzw_segmenter::{CompressWriter, Decoder, Effort, Encoder, ExpandReader, Format};
use serde_json::json;

use super::failure::Failure;
use super::files::{self, Draft, Input};
use super::{Failures, LANGUAGE, Report};
use crate::catalogue;
use crate::cli::{Compress, Expand, Level, Stream};
use crate::exit::Exit;
use crate::output::clean;

const PIECE: usize = 256 * 1024;
/// Bytes that tell what a file is.
const HEAD: u64 = 4;

/// A file whose first bytes were looked at.
type Whole = io::Chain<io::Cursor<Vec<u8>>, Input>;

pub(super) fn compress(wish: &Compress) -> Result<Report, Failures> {
    let (format, ending) = match wish.codec {
        Stream::Z => (Format::Z(effort(wish.level)), ".Z"),
        Stream::Lzw12 => (Format::Lzw12, ".lzw"),
    };
    let target = wish.output.clone().unwrap_or_else(|| match files::is_standard(&wish.file) {
        true => wish.file.clone(),
        false => files::with_suffix(&wish.file, ending),
    });
    let (mut input, bar) = files::open(&wish.file)?;
    let mut draft = Draft::new(&target, wish.force)?;
    let mut writer =
        CompressWriter::new(Encoder::with_threads(format, files::threads(wish.threads)), Counted::new(&mut draft));
    let mut piece = vec![0; PIECE];
    let mut before = 0;
    loop {
        let len = read(&mut input, &mut piece).map_err(|error| Failure::unreadable(&wish.file, &error))?;
        if len == 0 {
            break;
        }
        before += len as u64;
        writer.write_all(&piece[..len]).map_err(|error| Failure::unwritable(&target, &error))?;
    }
    let after = writer.finish().map_err(|error| Failure::unwritable(&target, &error))?.written;
    bar.finish_and_clear();
    done(draft, &target, before, after)
}

pub(super) fn expand(wish: &Expand) -> Result<Report, Failures> {
    let target = match &wish.output {
        Some(target) => target.clone(),
        None => expanded(&wish.file).ok_or_else(|| Failure::usage("lzw-no-name", &wish.file))?,
    };
    let (input, bar) = files::open(&wish.file)?;
    let (format, input) = recognise(&wish.file, input, wish.codec)?;
    let mut draft = Draft::new(&target, wish.force)?;
    let mut writer = Counted::new(&mut draft);
    let before = pump(input, format, &wish.file, |bytes| {
        writer.write_all(bytes).map_err(|error| Failure::unwritable(&target, &error))
    })?;
    let after = writer.written;
    bar.finish_and_clear();
    done(draft, &target, before, after)
}

/// Expands a file to nothing; gives its raw length.
pub(super) fn check(path: &Path) -> Result<u64, Failure> {
    let (input, bar) = files::open(path)?;
    let (format, input) = recognise(path, input, None)?;
    let mut after = 0;
    pump(input, format, path, |bytes| {
        after += bytes.len() as u64;
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(after)
}

/// Hands over what a file expands to; gives its compressed length. What follows the end of a stream is damage too.
fn pump(
    input: Whole,
    format: Format,
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut reader =
        ExpandReader::new(Decoder::new(format), io::BufReader::with_capacity(PIECE, Metered { input, read: 0 }));
    let mut piece = vec![0; PIECE];
    loop {
        match read(&mut reader, &mut piece).map_err(|error| Failure::expanding(path, &error))? {
            0 => break,
            len => each(&piece[..len])?,
        }
    }
    let mut rest = reader.into_inner();
    if !rest.fill_buf().map_err(|error| Failure::unreadable(path, &error))?.is_empty() {
        return Err(Failure::damaged("lzw-trailing", path));
    }
    Ok(rest.get_ref().read)
}

fn read(source: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

fn done(draft: Draft, target: &Path, before: u64, after: u64) -> Result<Report, Failures> {
    let aside = draft.is_standard();
    draft.publish()?;
    let [from, to] = [before, after].map(|len| catalogue::bytes(LANGUAGE, len));
    let name = clean(&target.display().to_string());
    let text = LANGUAGE.pick(format!("{name} : {from} → {to}"), format!("{name}: {from} → {to}"));
    let json = json!({ "file": target.display().to_string(), "bytes_in": before, "bytes_out": after });
    Ok(Report { text, json, aside, refused: Vec::new(), exit: Exit::Done })
}

const fn effort(level: Level) -> Effort {
    match level {
        Level::Fast => Effort::Fast,
        Level::Default => Effort::Default,
        Level::Best => Effort::Best,
    }
}

/// `mandats.xml` for `mandats.xml.Z`.
fn expanded(path: &Path) -> Option<PathBuf> {
    if files::is_standard(path) {
        return Some(path.to_owned());
    }
    let ending = path.extension()?.to_str()?;
    ["z", "lzw"].iter().any(|known| ending.eq_ignore_ascii_case(known)).then(|| path.with_extension(""))
}

/// What is asked for, or what the first bytes tell: `.Z` has a magic, Lzw12 starts with a clear code of 9 bits.
fn recognise(path: &Path, mut input: Input, asked: Option<Stream>) -> Result<(Format, Whole), Failure> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD).read_to_end(&mut head).map_err(|error| Failure::unreadable(path, &error))?;
    let format = match (asked, head.as_slice()) {
        (Some(Stream::Z), _) | (None, [0x1f, 0x9d, ..]) => Format::Z(Effort::Default),
        (Some(Stream::Lzw12), _) => Format::Lzw12,
        (None, [0, second, ..]) if second & 1 == 1 => Format::Lzw12,
        (None, [0x89, b'L', b'Z', b'S']) => return Err(Failure::usage("lzw-is-segment", path)),
        (None, _) => return Err(Failure::damaged("lzw-unknown", path)),
    };
    Ok((format, io::Cursor::new(head).chain(input)))
}

/// Counts what is written.
struct Counted<'a> {
    draft: &'a mut Draft,
    written: u64,
}

impl<'a> Counted<'a> {
    const fn new(draft: &'a mut Draft) -> Self {
        Self { draft, written: 0 }
    }
}

impl io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.draft.write(bytes)?;
        self.written += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

/// Counts what is read.
struct Metered {
    input: Whole,
    read: u64,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(buffer)?;
        self.read += len as u64;
        Ok(len)
    }
}
