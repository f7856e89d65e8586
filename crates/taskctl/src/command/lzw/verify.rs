//! Segments and compressed files checked without writing anything.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use lzw_segmenter::segment::{self, Verifier};
use serde_json::{Value, json};

use super::failure::Failure;
use super::join::{self, Candidate};
use super::{LANGUAGE, Report, files, stream};
use crate::catalogue;
use crate::cli::Verify;
use crate::exit::Exit;
use crate::output::clean;

/// What was found, so far.
#[derive(Default)]
struct Findings {
    text: Vec<String>,
    sound: Vec<Value>,
    wrong: Vec<Failure>,
}

pub(super) fn verify(wish: &Verify) -> Report {
    let mut findings = Findings::default();
    match join::candidates(&wish.files) {
        Ok(candidates) => findings.all(&candidates),
        Err(failures) => findings.wrong = failures,
    }
    let Findings { text, sound, wrong } = findings;
    let told = |failure: &Failure| json!({ "file": failure.about(), "code": failure.code() });
    let json = json!({ "sound": sound, "wrong": wrong.iter().map(told).collect::<Vec<_>>() });
    let exit = Exit::all(wrong.iter().map(|failure| failure.exit));
    Report { text: text.join("\n"), json, aside: false, refused: wrong, exit }
}

impl Findings {
    fn all(&mut self, candidates: &[Candidate]) {
        let ids = |candidate: &Candidate| candidate.header.map(|header| header.file_id);
        for group in candidates.chunk_by(|one, other| ids(one) == ids(other)) {
            match group[0].header {
                Some(_) => self.set(group),
                None => group.iter().for_each(|candidate| self.alone(&candidate.path)),
            }
        }
    }

    /// The segments of one file.
    fn set(&mut self, group: &[Candidate]) {
        let mut verifier = Verifier::new();
        let whole = whole(&group[0].path);
        for Candidate { path, .. } in group {
            let bar = files::bar(None, path);
            let checked = files::open_file(path).and_then(|file| {
                let added = verifier.add(&path.display().to_string(), bar.wrap_read(file));
                added.map_err(|error| Failure::joining(path, &error))
            });
            bar.finish_and_clear();
            self.wrong.extend(checked.err());
        }
        match verifier.finish() {
            Ok(found) => {
                let (text, json) = join::told(&whole, &found.whole);
                self.text.push(text);
                self.sound.push(json);
            }
            Err(error) => self.wrong.push(Failure::set(&whole, &error)),
        }
    }

    /// What has no segment's header: a compressed file, or a segment too damaged to be known.
    fn alone(&mut self, path: &Path) {
        if claims_to_be_a_segment(path) {
            let damaged = files::open_file(path).map(|file| Verifier::new().add(&path.display().to_string(), file));
            self.wrong
                .extend(damaged.map_or_else(Some, |added| added.err().map(|error| Failure::joining(path, &error))));
            return;
        }
        match stream::check(path) {
            Ok(length) => {
                let told = catalogue::bytes(LANGUAGE, length);
                self.text.push(format!("{} : {told}", clean(&path.display().to_string())));
                self.sound.push(json!({ "file": path.display().to_string(), "bytes": length }));
            }
            Err(failure) => self.wrong.push(failure),
        }
    }
}

/// By its name, or by how it starts.
fn claims_to_be_a_segment(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = files::open_file(path).is_ok_and(|file| file.take(4).read_to_end(&mut head).is_ok());
    path.extension().is_some_and(|ending| ending == "seg") || (read && head == *b"\x89LZS")
}

/// `mandats.xml` for `recus/mandats.xml.000002.seg`; the path itself when it has another name.
fn whole(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(segment::parts);
    name.map_or_else(|| path.to_owned(), |(base, _)| path.with_file_name(base))
}
