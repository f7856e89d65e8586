//! What is split comes back from any order, and any bytes are joined or refused, in bounded memory, without touching the target
//! (docs/formats/segment.md 1.5, 4, 5).

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use libfuzzer_sys::fuzz_target;
use lzw_segmenter::BLOCK;
use lzw_segmenter::segment::{
    Existing, FileId, HEADER_LEN, Joiner, Opener, SMALLEST_LIMIT, SegmentError, Splitter, Verifier,
};

/// In memory where there is such a folder: files are synced.
static TARGET: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    folder.join(format!("fuzz-segment-{}", std::process::id()))
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    if kind % 2 == 0 {
        there_and_back(usize::from(kind), bytes);
    } else {
        foreign(kind & 2 != 0, bytes);
    }
});

fn there_and_back(seed: usize, file: &[u8]) {
    let splitter = Splitter::new(FileId::derived([7; 16]));
    let splitter = splitter.limit(SMALLEST_LIMIT + seed * 16).expect("in range").threads(1 + seed % 3);
    let mut segments = Vec::new();
    let split = splitter.split(file, |segment| {
        segments.push(segment.to_vec());
        Ok(())
    });
    assert_eq!(split.expect("memory").segments as usize, segments.len());
    let middle = seed % segments.len();
    segments.rotate_left(middle);
    segments.swap(0, middle);
    let mut joiner = Joiner::new(&TARGET, Existing::Replace).expect("a folder to write to");
    for segment in segments.iter().chain(segments.first()) {
        joiner.add("segment", segment.as_slice()).expect("ours");
    }
    joiner.finish().expect("all are there");
    assert!(fs::read(&*TARGET).expect("joined") == file);
    fs::remove_file(&*TARGET).expect("joined");
}

/// Segments one after the other, each after its length in two bytes; their check sums are set right if asked for, so that what comes after is reached.
fn foreign(mend: bool, mut bytes: &[u8]) {
    let mut joiner = Joiner::new(&TARGET, Existing::Replace).expect("a folder to write to");
    let (mut verifier, mut opener) = (Verifier::new(), Opener::new());
    while let Some((len, rest)) = bytes.split_first_chunk() {
        let (segment, rest) = rest.split_at(rest.len().min(u16::from_le_bytes(*len).into()));
        let segment = if mend { mended(segment) } else { segment.to_vec() };
        bytes = rest;
        let opened = opener.open(segment.as_slice()).and_then(|opened| {
            let (mut raw, most) = (0, opened.blocks().len() * BLOCK);
            let promised = opened.header().raw_len;
            opened.expand::<SegmentError>(|block| {
                raw += block.len();
                Ok(())
            })?;
            assert!(raw as u64 == promised && raw <= most);
            Ok(())
        });
        let (joined, verified) = (joiner.add("s", segment.as_slice()), verifier.add("s", segment.as_slice()));
        assert!(opened.is_ok() || (joined.is_err() && verified.is_err()));
        assert_eq!(joined.ok(), verified.ok().map(|(_, added)| added));
    }
    let (joined, verified) = (joiner.finish(), verifier.finish());
    match (&joined, &verified) {
        (Ok(whole), Ok(verified)) => {
            assert_eq!(*whole, verified.whole);
            assert_eq!(fs::metadata(&*TARGET).expect("joined").len(), whole.file_len);
            fs::remove_file(&*TARGET).expect("joined");
        }
        (Ok(_), Err(error)) => panic!("joined though {error}"),
        (Err(_), _) => assert!(!TARGET.exists()),
    }
}

fn mended(segment: &[u8]) -> Vec<u8> {
    let mut segment = segment.to_vec();
    if segment.len() >= HEADER_LEN {
        let (header, payload) = segment.split_at_mut(HEADER_LEN);
        header[..8].copy_from_slice(b"\x89LZS\r\n\x1a\n");
        header[100..104].copy_from_slice(&u32::try_from(payload.len()).expect("short").to_le_bytes());
        header[104..108].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        let crc = crc32fast::hash(&header[..112]);
        header[112..].copy_from_slice(&crc.to_le_bytes());
    }
    segment
}
