//! Copying with progress, a hash, and an ear for the operator.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};

const BUFFER: usize = 128 * 1024;

/// How far the work is, and whether the operator wants it stopped.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) size: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
}

/// Why a copy ended early.
#[derive(Debug)]
pub(super) enum Broken {
    Read(io::Error),
    Write(io::Error),
    Stopped,
}

impl Meter {
    /// A bar on the standard error; nothing when nobody looks at it.
    pub(super) fn new(what: &str, stop: &Arc<AtomicBool>) -> Self {
        let bar = ProgressBar::no_length();
        let style =
            ProgressStyle::with_template("{bar:24} {bytes:>10}/{total_bytes} {binary_bytes_per_sec:>12}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.to_owned());
        Self { bar, stop: Arc::clone(stop) }
    }

    /// So many bytes are to be expected.
    pub(super) fn expect(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    /// Takes the bar off the screen.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }

    /// Copies at most `limit` bytes, hashing them.
    pub(super) fn copy(&self, from: &mut impl Read, to: &mut impl Write, limit: u64) -> Result<Copied, Broken> {
        let mut buffer = vec![0; BUFFER];
        let (mut digest, mut size) = (Sha256::new(), 0_u64);
        while size < limit {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Broken::Stopped);
            }
            let room = usize::try_from(limit - size).unwrap_or(BUFFER).min(BUFFER);
            let count = match from.read(&mut buffer[..room]) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Broken::Read(error)),
            };
            digest.update(&buffer[..count]);
            to.write_all(&buffer[..count]).map_err(Broken::Write)?;
            size += count as u64;
            self.bar.inc(count as u64);
        }
        Ok(Copied { size, sha256: hex(&digest.finalize()) })
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a few bytes, lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
