//! Segments put together.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lzw_segmenter::segment::{Existing, HEADER_LEN, Header, Joiner, Whole};
use serde_json::json;

use super::failure::Failure;
use super::files::{self, Draft};
use super::{Failures, LANGUAGE, Report, hex, segments};
use crate::catalogue;
use crate::cli::Join;
use crate::exit::Exit;
use crate::output::clean;

/// A segment, or what claims to be one.
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Nothing when even the header is none.
    pub(super) header: Option<Header>,
}

pub(super) fn join(wish: &Join) -> Result<Report, Failures> {
    let candidates = candidates(&wish.files).map_err(Failures)?;
    let aside = files::is_standard(&wish.output);
    // What goes to the standard output is proven whole first.
    let room = if aside {
        Some(tempfile::tempdir().map_err(|error| Failure::unwritable(&wish.output, &error))?)
    } else {
        None
    };
    let target = room.as_ref().map_or_else(|| wish.output.clone(), |room| room.path().join("whole"));
    let existing = if wish.force { Existing::Replace } else { Existing::Refuse };
    let mut joiner = Joiner::new(&target, existing).map_err(|error| Failure::joining(&wish.output, &error))?;
    let refused = add_all(&mut joiner, &candidates, wish)?;
    let whole = match joiner.finish() {
        Ok(whole) => whole,
        Err(unfinished) => {
            let last = Failure::joining(&wish.output, &unfinished.error);
            return Err(Failures(refused.into_iter().chain([last]).collect()));
        }
    };
    if aside {
        hand_over(&target, &wish.output)?;
    }
    let (text, json) = told(&wish.output, &whole);
    Ok(Report { text, json, aside, refused, exit: Exit::Done })
}

/// Gives every candidate to the joiner; what is wrong with some does not keep the others from being whole, a full disk does.
fn add_all(joiner: &mut Joiner, candidates: &[Candidate], wish: &Join) -> Result<Vec<Failure>, Failure> {
    let bar = files::bar(
        Some(candidates.iter().map(|it| fs::metadata(&it.path).map_or(0, |it| it.len())).sum()),
        &wish.output,
    );
    let mut refused = Vec::new();
    for candidate in candidates {
        let file = files::open_file(&candidate.path)?;
        let added = joiner.add(&candidate.path.display().to_string(), bar.wrap_read(file));
        match added.map_err(|error| Failure::joining(&wish.output, &error)) {
            Err(failure) if failure.exit == Exit::Integrity => refused.push(failure),
            Err(failure) => return Err(failure),
            Ok(_) => {}
        }
    }
    bar.finish_and_clear();
    Ok(refused)
}

fn hand_over(whole: &Path, to: &Path) -> Result<(), Failure> {
    let mut draft = Draft::new(to, false)?;
    let copied = File::open(whole).and_then(|mut file| io::copy(&mut file, &mut draft));
    copied.map_err(|error| draft.failed(&error))?;
    draft.publish()
}

/// Of a whole file, for people and for programs.
pub(super) fn told(path: &Path, whole: &Whole) -> (String, serde_json::Value) {
    let length = catalogue::bytes(LANGUAGE, whole.file_len);
    let name = clean(&path.display().to_string());
    let text = format!("{name} : {}, {length}\nSHA-256 {}", segments(whole.segments), hex(&whole.sha256));
    let json = json!({
        "file": path.display().to_string(),
        "file_id": whole.file_id.to_string(),
        "segments": whole.segments,
        "bytes": whole.file_len,
        "record_length": whole.record_len,
        "sha256": hex(&whole.sha256),
    });
    (text, json)
}

/// The files that are meant: folders stand for the segments in them. Those of the file that has most of them come first, by number, so that its content
/// is hashed as it comes; then others, then what is no segment.
pub(super) fn candidates(files: &[PathBuf]) -> Result<Vec<Candidate>, Vec<Failure>> {
    let (mut candidates, mut failures) = (Vec::new(), Vec::new());
    for path in files.iter().flat_map(|path| listed(path)) {
        match path.and_then(look) {
            Ok(candidate) => candidates.push(candidate),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let mut counts = BTreeMap::new();
    for header in candidates.iter().filter_map(|candidate| candidate.header) {
        *counts.entry(*header.file_id.bytes()).or_insert(0_usize) += 1;
    }
    candidates.sort_by_cached_key(|candidate| {
        let rank = |header: &Header| {
            let count = counts.get(header.file_id.bytes()).copied().unwrap_or(0);
            (usize::MAX - count, *header.file_id.bytes(), header.number)
        };
        candidate.header.as_ref().map_or((usize::MAX, [0; 16], 0), rank)
    });
    Ok(candidates)
}

fn listed(path: &Path) -> Vec<Result<PathBuf, Failure>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let mut paths: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(error) => return vec![Err(Failure::unreadable(path, &error))],
    };
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "seg"));
    paths.sort();
    if paths.is_empty() {
        return vec![Err(Failure::usage("lzw-no-segment", path))];
    }
    paths.into_iter().map(Ok).collect()
}

fn look(path: PathBuf) -> Result<Candidate, Failure> {
    let mut head = Vec::new();
    files::open_file(&path)?
        .take(HEADER_LEN as u64)
        .read_to_end(&mut head)
        .map_err(|error| Failure::unreadable(&path, &error))?;
    let header = Header::parse(&head).ok();
    Ok(Candidate { path, header })
}
