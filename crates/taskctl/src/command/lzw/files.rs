//! Files to read with a progress bar, and files that get their name when they are whole.

use std::fs::{self, File};
use std::io::{self, BufReader, IsTerminal as _, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use tempfile::NamedTempFile;

use super::super::fresh::{beside, sync_folder};
use super::failure::Failure;

/// `-`: the standard input or output.
const STANDARD: &str = "-";
const BUFFER: usize = 256 * 1024;

pub(super) type Input = BufReader<Box<dyn Read>>;

pub(super) fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

/// A file, or the standard input, that moves a bar as it is read.
pub(super) fn open(path: &Path) -> Result<(Input, ProgressBar), Failure> {
    let (source, len): (Box<dyn Read>, Option<u64>) = if is_standard(path) {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = open_file(path)?;
        let len = file.metadata().ok().map(|about| about.len());
        (Box::new(file), len)
    };
    let bar = bar(len, path);
    Ok((BufReader::with_capacity(BUFFER, Box::new(bar.wrap_read(source))), bar))
}

/// A file that is no folder.
pub(super) fn open_file(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    match file.metadata() {
        Ok(about) if about.is_dir() => Err(Failure::usage("lzw-folder", path)),
        _ => Ok(file),
    }
}

/// A bar on the standard error; nothing when nobody looks at it.
pub(super) fn bar(len: Option<u64>, path: &Path) -> ProgressBar {
    let bar = len.map_or_else(ProgressBar::no_length, ProgressBar::new);
    let style = ProgressStyle::with_template("{bar:24} {bytes:>10} {binary_bytes_per_sec:>12}  {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(crate::output::clean(&path.display().to_string()))
}

pub(super) fn threads(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// Something that is being written, with no name yet.
pub(super) struct Draft {
    target: PathBuf,
    force: bool,
    /// Nothing for the standard output.
    file: Option<NamedTempFile>,
}

impl Draft {
    /// A temporary file beside `target`; dropped, it vanishes.
    pub(super) fn new(target: &Path, force: bool) -> Result<Self, Failure> {
        let standard = is_standard(target);
        if standard && io::stdout().is_terminal() && !force {
            return Err(Failure::usage("lzw-terminal", target));
        }
        if !standard && !force && fs::symlink_metadata(target).is_ok() {
            return Err(Failure::usage("lzw-exists", target));
        }
        let file = if standard {
            None
        } else {
            Some(beside(target, super::LANGUAGE).map_err(|error| Failure::unwritable(target, &error))?)
        };
        Ok(Self { target: target.to_owned(), force, file })
    }

    pub(super) const fn is_standard(&self) -> bool {
        self.file.is_none()
    }

    /// Makes it last, and gives it its name at once.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let Self { target, force, file } = self;
        let unwritable = |error: &io::Error| Failure::unwritable(&target, error);
        let Some(file) = file else { return io::stdout().lock().flush().map_err(|error| unwritable(&error)) };
        file.as_file().sync_all().map_err(|error| unwritable(&error))?;
        let named = if force { file.persist(&target) } else { file.persist_noclobber(&target) };
        named.map_err(|refused| unwritable(&refused.error))?;
        sync_folder(&target);
        Ok(())
    }

    /// What writing to it failed with.
    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        Failure::unwritable(&self.target, error)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => io::stdout().lock().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.flush(),
            None => io::stdout().lock().flush(),
        }
    }
}

/// A path with more at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
