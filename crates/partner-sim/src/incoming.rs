//! A form with a file, read as it comes: hashed, kept when asked, never in memory.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::BytesMut;
use sha2::{Digest, Sha256};

use crate::{
    batch::Attempt,
    http::{Body, Filled, bad},
    multipart::{Multipart, Step},
    text,
    wire::Wire,
};

/// How the reading of a body ended.
pub(crate) enum End {
    /// The closing delimiter and the announced end were both reached (protocol 4.5).
    Whole,
    /// The announced end came without the closing delimiter.
    Malformed,
    /// The client went away, or a fault cut.
    Cut,
}

/// What came of a form.
pub(crate) struct Incoming {
    fields: Vec<(String, String)>,
    pub(crate) file_name: Option<String>,
    files: u32,
    /// Bytes of the file.
    pub(crate) size: u64,
    hash: Sha256,
    draft: Option<Draft>,
    /// The state directory, when bytes are kept.
    state: Option<PathBuf>,
}

impl Incoming {
    /// `state` = the state directory below whose `received` the bytes are kept, if they are.
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self { fields: Vec::new(), file_name: None, files: 0, size: 0, hash: Sha256::new(), draft: None, state }
    }

    /// Reads until the end. `begin` is told the file's name and says after how many bytes of the body to cut, if at all.
    pub(crate) async fn read(
        &mut self,
        content_type: &str,
        wire: &mut Wire,
        body: &mut Body,
        attempt: &mut Attempt,
        mut begin: impl FnMut(&str) -> Option<u64>,
    ) -> io::Result<End> {
        let mut parts =
            Multipart::of(content_type).ok_or_else(|| bad("not a multipart/form-data body with a boundary"))?;
        let mut window = BytesMut::new();
        loop {
            match parts.next(&mut window)? {
                Step::Starved => match body.fill(wire, &mut window).await? {
                    Filled::More => attempt.touch(),
                    Filled::Complete => return Ok(End::Malformed),
                    Filled::Cut => return Ok(End::Cut),
                },
                Step::Field { name, value } => self.fields.push((name, value)),
                Step::FileBegins { file_name } => {
                    if self.begin_file(file_name, body, &mut begin)? {
                        return Ok(End::Cut);
                    }
                }
                Step::FileData(bytes) => self.keep(&bytes)?,
                Step::FileEnds => {}
                Step::Done => {
                    let ended = body.drain(wire).await?;
                    attempt.touch();
                    return Ok(if ended { End::Whole } else { End::Cut });
                }
            }
        }
    }

    /// True when the body is to be cut before this place.
    fn begin_file(
        &mut self,
        name: String,
        body: &mut Body,
        begin: &mut impl FnMut(&str) -> Option<u64>,
    ) -> io::Result<bool> {
        self.files += 1;
        if self.files > 1 {
            // Refused once the body is whole.
            return Ok(false);
        }
        let cut = begin(&name);
        self.file_name = Some(name);
        if let Some(state) = &self.state {
            self.draft = Some(Draft::new(state)?);
        }
        if let Some(at) = cut {
            body.cut_at(at);
        }
        Ok(cut.is_some_and(|at| body.read > at))
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        self.draft.as_mut().map_or(Ok(()), |draft| draft.file.write_all(bytes))
    }

    /// Exactly one file with a name.
    pub(crate) fn is_one_file(&self) -> bool {
        self.files == 1 && self.file_name.as_deref().is_some_and(|name| !name.is_empty())
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Lower-case hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        text::hex_of(&self.hash.clone().finalize())
    }

    /// Gives the kept bytes their place, unless the file is lost; returns it, relative to the state directory.
    pub(crate) fn store(&mut self, ident: u64, lost: bool) -> io::Result<Option<String>> {
        match (self.draft.take(), &self.state) {
            (Some(draft), Some(state)) if !lost => draft.keep_as(state, ident).map(Some),
            _ => Ok(None),
        }
    }
}

/// The bytes of an upload that is not accepted yet; removed unless it is.
struct Draft {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Draft {
    fn new(state: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = state.join(format!("received/.draft-{}-{count}", std::process::id()));
        Ok(Self { file: File::create(&path)?, path, kept: false })
    }

    /// Gives the bytes their place; returns it, relative to the state directory.
    fn keep_as(mut self, state: &Path, ident: u64) -> io::Result<String> {
        let place = format!("received/{ident}");
        fs::rename(&self.path, state.join(&place))?;
        self.kept = true;
        Ok(place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
