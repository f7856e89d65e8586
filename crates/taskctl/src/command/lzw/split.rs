//! A file cut into segments that appear all together.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lzw_segmenter::segment::{self, FileId, Splitter};
use serde_json::json;
use tempfile::TempPath;

use super::super::fresh;
use super::failure::Failure;
use super::{Failures, LANGUAGE, Report, files, hex, segments};
use crate::catalogue;
use crate::cli::{Blocks, Split};
use crate::exit::Exit;
use crate::output::clean;

pub(super) fn split(wish: &Split) -> Result<Report, Failures> {
    let base = base(wish)?;
    let there = there(&base)?;
    if let (Some((_, path)), false) = (there.first(), wish.force) {
        return Err(Failure::usage("lzw-exists", path).into());
    }
    let splitter = splitter(wish)?;
    let (input, bar) = files::open(&wish.file)?;
    let mut drafts: Vec<TempPath> = Vec::new();
    let split = splitter.split(input, |segment| {
        let mut draft = fresh::beside(&name(&base, segment.number), LANGUAGE)?;
        segment.write_to(&mut draft)?;
        draft.as_file().sync_all()?;
        drafts.push(draft.into_temp_path());
        Ok(())
    });
    let split = split.map_err(|error| Failure::splitting(&wish.file, &base, &error))?;
    bar.finish_and_clear();
    publish(drafts, &base, wish.force)?;
    for (_, path) in there.iter().filter(|(number, _)| *number > split.segments) {
        fs::remove_file(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    fresh::sync_folder(&base);
    let told = clean(&base.display().to_string());
    let [from, to] = [split.file_len, split.segments_len].map(|len| catalogue::bytes(LANGUAGE, len));
    let text = format!("{told} : {from} → {to}, {}\nSHA-256 {}", segments(split.segments), hex(&split.sha256));
    let json = json!({
        "base": base.display().to_string(),
        "segments": split.segments,
        "bytes_in": split.file_len,
        "bytes_out": split.segments_len,
        "sha256": hex(&split.sha256),
    });
    Ok(Report { text, json, aside: false, refused: Vec::new(), exit: Exit::Done })
}

fn splitter(wish: &Split) -> Result<Splitter, Failure> {
    let id = FileId::random().map_err(|error| Failure::unreadable(&wish.file, &error))?;
    let splitter = Splitter::new(id).limit(wish.limit).map_err(|_| Failure::usage("lzw-limit", &wish.file))?;
    let splitter = splitter.threads(files::threads(wish.threads).get()).record_len(wish.record_length);
    Ok(if wish.codec == Blocks::Stored { splitter.stored() } else { splitter })
}

/// The segments' name without number.
fn base(wish: &Split) -> Result<PathBuf, Failure> {
    let standard = files::is_standard(&wish.file);
    let of_file =
        || wish.file.file_name().filter(|_| !standard).ok_or_else(|| Failure::usage("lzw-no-name", &wish.file));
    match &wish.output {
        Some(output) if output.is_dir() => Ok(output.join(of_file()?)),
        Some(output) if output.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            fs::create_dir_all(output).map_err(|error| Failure::unwritable(output, &error))?;
            Ok(output.join(of_file()?))
        }
        Some(output) if files::is_standard(output) || output.file_name().is_none() => {
            Err(Failure::usage("lzw-no-name", output))
        }
        Some(output) => Ok(output.clone()),
        None => of_file().map(|_| wish.file.clone()),
    }
}

fn name(base: &Path, number: u32) -> PathBuf {
    files::with_suffix(base, &segment::suffix(number))
}

/// The segments that `base` has already.
fn there(base: &Path) -> Result<Vec<(u32, PathBuf)>, Failure> {
    let mut there = Vec::new();
    let unlistable = |error: io::Error| Failure::unwritable(base, &error);
    for entry in fs::read_dir(fresh::folder(base)).map_err(unlistable)? {
        let entry = entry.map_err(unlistable)?;
        let number = entry.file_name().to_str().and_then(|name| segment::parts(name)).map(|(_, number)| number);
        if let Some(number) = number.filter(|number| is_segment(base, *number, &entry.file_name())) {
            there.push((number, entry.path()));
        }
    }
    there.sort();
    Ok(there)
}

fn is_segment(base: &Path, number: u32, name: &OsString) -> bool {
    self::name(base, number).file_name() == Some(name)
}

/// Gives all segments their names; if one cannot have its, those that have theirs lose it again unless they replaced another.
fn publish(drafts: Vec<TempPath>, base: &Path, force: bool) -> Result<(), Failure> {
    let mut named: Vec<PathBuf> = Vec::new();
    for (number, draft) in (1..).zip(drafts) {
        let path = name(base, number);
        let outcome = if force { draft.persist(&path) } else { draft.persist_noclobber(&path) };
        if let Err(refused) = outcome {
            if !force {
                named.iter().for_each(|path| drop(fs::remove_file(path)));
            }
            return Err(Failure::unwritable(&path, &refused.error));
        }
        named.push(path);
    }
    Ok(())
}
