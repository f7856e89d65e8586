//! Split and join through the public interface: any bytes, any limit, any order; what is damaged or missing is named; nothing but a whole file gets
//! its name.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests may")]

use std::fs;
use std::path::Path;

use lzw_segmenter::segment::{
    Added, BlockEntry, Codec, Existing, FileId, HEADER_LEN, Header, JoinError, Joiner, LastOf, Opener, SegmentError,
    SetError, SplitError, Splitter, Verifier,
};
use lzw_segmenter::{BLOCK, BlockEncoder};
use proptest::collection::vec;
use proptest::prelude::*;

const ID: FileId = FileId::derived(*b"test-test-test-1");

fn splitter(limit: usize) -> Splitter {
    Splitter::new(ID).limit(limit).unwrap()
}

fn split(splitter: &Splitter, file: &[u8]) -> Vec<Vec<u8>> {
    let mut segments = Vec::new();
    let split = splitter.split(file, |segment| {
        assert_eq!(segment.number as usize, segments.len() + 1);
        assert_eq!(segment.len(), segment.to_vec().len());
        segments.push(segment.to_vec());
        Ok(())
    });
    let split = split.unwrap();
    assert_eq!((split.segments as usize, split.file_len), (segments.len(), file.len() as u64));
    assert_eq!(split.segments_len, segments.iter().map(|segment| segment.len() as u64).sum());
    segments
}

fn text(lines: u32) -> Vec<u8> {
    (0..lines)
        .flat_map(|k| format!("{k:08};MANDAT;{:06};COMMUNE DE {}\n", k * 37 % 999_983, k % 17).into_bytes())
        .collect()
}

fn noise(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..len).map(|_| next()).collect()
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// Joins in a folder of its own; `order` says which segments are given.
fn join<'a>(segments: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<Vec<u8>, JoinError> {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse)?;
    for (k, segment) in segments.into_iter().enumerate() {
        joiner.add(&format!("given {k}"), segment.as_slice())?;
    }
    joiner.finish().map_err(|unfinished| unfinished.error)?;
    assert_eq!(entries(folder.path()), 1);
    Ok(fs::read(target).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_back_from_any_limit_in_any_order_with_any_duplicates(
        pieces in vec(prop_oneof![
            vec(any::<u8>(), 0..3000),
            (any::<u8>(), 0..20_000_usize).prop_map(|(byte, len)| vec![byte; len]),
            (1..400_u32).prop_map(text),
        ], 0..6),
        limit in prop_oneof![1024..1100_usize, 1024..40_000_usize],
        shuffle in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let file = pieces.concat();
        let segments = split(&splitter(limit), &file);
        for segment in &segments {
            prop_assert!(segment.len() <= limit);
            Opener::new().open(segment.as_slice()).unwrap().expand::<SegmentError>(|_| Ok(())).unwrap();
        }
        let mut order: Vec<usize> = (0..segments.len()).collect();
        for (k, index) in shuffle.iter().enumerate() {
            let with = index.index(order.len());
            let k = k % order.len();
            order.swap(k, with);
            order.push(order[with]);
        }
        prop_assert_eq!(join(order.iter().map(|k| &segments[*k])).unwrap(), file);
    }

    #[test]
    fn any_bytes_are_refused_as_segments(bytes in vec(any::<u8>(), 0..300)) {
        let error = Opener::new().open(bytes.as_slice()).err().unwrap();
        prop_assert!(["segment-not-one", "segment-truncated"].contains(&error.code()));
    }
}

#[test]
fn the_empty_file_and_files_of_a_byte_are_one_segment() {
    for file in [&b""[..], b"\0", b"x"] {
        let segments = split(&splitter(1024), file);
        assert_eq!(segments.len(), 1);
        assert_eq!(join(&segments).unwrap(), file);
    }
    let empty = &split(&splitter(1024), b"")[0];
    assert_eq!(empty.len(), HEADER_LEN);
}

#[test]
fn a_file_whose_compressed_form_fits_is_one_segment() {
    let file = text(400_000);
    assert!(file.len() > 10_000_000);
    let segments = split(&splitter(8_000_000), &file);
    assert_eq!(segments.len(), 1);
    assert_eq!(join(&segments).unwrap(), file);
}

#[test]
fn a_segment_takes_as_many_whole_blocks_as_fit() {
    let file = text(300_000);
    let segments = split(&splitter(400_000), &file);
    let mut opener = Opener::new();
    let opened: Vec<Vec<BlockEntry>> =
        segments.iter().map(|segment| opener.open(segment.as_slice()).unwrap().blocks().to_vec()).collect();
    for (segment, pair) in segments.iter().zip(opened.windows(2)) {
        assert!(pair[0].iter().all(|block| block.raw_len as usize == BLOCK - 128 || block.codec == Codec::Lzw12));
        let next = pair[1][0].stored_len as usize + 12;
        assert!(segment.len() + next > 400_000, "{} + {next}", segment.len());
    }
    assert!(opened.len() > 3 && opened.iter().any(|blocks| blocks.len() > 1));
}

#[test]
fn noise_is_stored_and_the_rest_is_compressed() {
    let file = [text(30_000), noise(3 * BLOCK, 5), text(30_000)].concat();
    let segments = split(&splitter(2_000_000), &file);
    let mut opener = Opener::new();
    let blocks: Vec<BlockEntry> =
        segments.iter().flat_map(|segment| opener.open(segment.as_slice()).unwrap().blocks().to_vec()).collect();
    let stored = blocks.iter().filter(|block| block.codec == Codec::Stored).count();
    assert!((2..=4).contains(&stored) && blocks.len() >= 6, "{blocks:?}");
    assert_eq!(join(&segments).unwrap(), file);
    let length: usize = segments.iter().map(Vec::len).sum();
    assert!(length < file.len() * 4 / 5);
}

#[test]
fn what_the_sample_takes_for_noise_is_stored_without_a_try() {
    // Noise where the sample looks, zeros everywhere else: a try would find out.
    let mut block = vec![0; BLOCK];
    for start in [0, 1, 2, 3].map(|place| (BLOCK - 1024) * place / 3) {
        block[start..start + 1024].copy_from_slice(&noise(1024, start as u32 + 7));
    }
    let segments = split(&splitter(2_000_000), &block);
    let mut opener = Opener::new();
    assert_eq!(opener.open(segments[0].as_slice()).unwrap().blocks()[0].codec, Codec::Stored);
}

#[test]
fn a_file_may_be_stored_throughout() {
    let file = text(5000);
    let segments = split(&splitter(100_000).stored(), &file);
    let mut opener = Opener::new();
    for segment in &segments {
        assert!(opener.open(segment.as_slice()).unwrap().blocks().iter().all(|block| block.codec == Codec::Stored));
    }
    assert_eq!(join(&segments).unwrap(), file);
}

#[test]
fn the_same_file_gives_the_same_segments_on_any_number_of_threads() {
    let file = [text(60_000), noise(700_000, 9), text(40_000), vec![0; 1_000_000]].concat();
    for limit in [30_000, 2_000_000] {
        let one = split(&splitter(limit), &file);
        for threads in [2, 3] {
            assert_eq!(split(&splitter(limit).threads(threads), &file), one, "{threads} threads, {limit}");
        }
    }
}

#[test]
fn a_source_that_gives_a_byte_at_a_time_makes_no_difference() {
    struct Slow<'a>(&'a [u8]);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let len = buffer.len().min(1);
            std::io::Read::read(&mut self.0, &mut buffer[..len])
        }
    }
    let file = text(2000);
    let mut slow = Vec::new();
    splitter(10_000)
        .split(Slow(&file), |segment| {
            slow.push(segment.to_vec());
            Ok(())
        })
        .unwrap();
    assert_eq!(slow, split(&splitter(10_000), &file));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    for segment in &slow {
        joiner.add("s", Slow(segment)).unwrap();
    }
    joiner.finish().unwrap();
    assert_eq!(fs::read(target).unwrap(), file);
}

/// A small file of two segments, with compressed and stored blocks.
fn small() -> Vec<Vec<u8>> {
    let segments = split(&splitter(1024), &[text(30), noise(1000, 3)].concat());
    assert!(segments.len() >= 2);
    segments
}

#[test]
fn every_prefix_of_a_segment_is_truncated() {
    for segment in small() {
        for len in 0..segment.len() {
            let error = Opener::new().open(&segment[..len]).err().unwrap();
            assert!(matches!(error, SegmentError::Truncated { len: at } if at == len as u64), "{len}: {error}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed_and_so_are_bytes_that_follow() {
    for mut segment in small() {
        for bit in 0..segment.len() * 8 {
            segment[bit / 8] ^= 1 << (bit % 8);
            let code = Opener::new().open(segment.as_slice()).err().unwrap().code();
            let expected = match bit / 8 {
                0..8 => "segment-not-one",
                8..HEADER_LEN => "segment-header-damaged",
                _ => "segment-content-damaged",
            };
            assert_eq!(code, expected, "bit {bit}");
            segment[bit / 8] ^= 1 << (bit % 8);
        }
        let len = segment.len() as u64;
        segment.push(0);
        let error = Opener::new().open(segment.as_slice()).err().unwrap();
        assert!(matches!(error, SegmentError::Trailing { at } if at == len), "{error}");
    }
}

#[test]
fn a_damaged_segment_is_named_and_a_sound_copy_of_it_completes_the_file() {
    let file = [text(300), noise(5000, 3)].concat();
    let segments = split(&splitter(2000), &file);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    for (k, segment) in segments.iter().enumerate() {
        let mut copy = segment.clone();
        if k == 2 {
            copy[200] ^= 4;
            let error = joiner.add("file.000003.seg", copy.as_slice()).unwrap_err();
            let told = "file.000003.seg: the segment's content is damaged: its check sum does not agree";
            assert_eq!((error.to_string().as_str(), error.code()), (told, "segment-content-damaged"));
        } else {
            joiner.add("sound", copy.as_slice()).unwrap();
        }
    }
    let unfinished = joiner.finish().unwrap_err();
    assert_eq!(unfinished.error.to_string(), "segments are missing: 3");
    assert!(!target.exists());
    let mut joiner = unfinished.joiner;
    assert_eq!(joiner.add("again", segments[2].as_slice()).unwrap(), Added::New);
    joiner.finish().unwrap();
    assert_eq!(fs::read(&target).unwrap(), file);
}

#[test]
fn what_is_missing_is_named_and_nothing_is_left() {
    let segments = split(&splitter(1024), &noise(10_000, 1));
    let count = segments.len();
    let missing = |given: &[usize]| join(given.iter().map(|k| &segments[*k])).unwrap_err().to_string();
    assert_eq!(missing(&[]), "segments are missing: from 1 on");
    assert_eq!(missing(&[1, 2]), "segments are missing: 1, from 4 on");
    assert_eq!(missing(&[0, 5, count - 1]), format!("segments are missing: 2 to 5, 7 to {}", count - 1));
    let folder = tempfile::tempdir().unwrap();
    let mut joiner = Joiner::new(&folder.path().join("file"), Existing::Refuse).unwrap();
    joiner.add("one", segments[0].as_slice()).unwrap();
    drop(joiner.finish().unwrap_err());
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn segments_of_another_file_are_refused_by_name() {
    let mine = split(&splitter(1024), &noise(5000, 1));
    let others = split(&Splitter::new(FileId::random().unwrap()).limit(1024).unwrap(), &noise(5000, 2));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    for (mine, other) in mine.iter().zip(&others) {
        joiner.add("mine", mine.as_slice()).unwrap();
        let error = joiner.add("other", other.as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "other belongs to another file than mine");
    }
    joiner.finish().unwrap();
    assert_eq!(fs::read(target).unwrap(), noise(5000, 1));
}

/// A segment made by hand: sound check sums, whatever it says.
fn forge(number: u32, raw_offset: u64, last: Option<LastOf>, blocks: &[(u32, Codec, Vec<u8>)]) -> Vec<u8> {
    let table = blocks.iter().flat_map(|(raw_len, codec, bytes)| {
        BlockEntry { raw_len: *raw_len, stored_len: bytes.len() as u32, codec: *codec }.to_bytes()
    });
    let payload: Vec<u8> = table.chain(blocks.iter().flat_map(|(.., bytes)| bytes.clone())).collect();
    let header = Header {
        file_id: ID,
        number,
        raw_offset,
        raw_len: blocks.iter().map(|(raw_len, ..)| u64::from(*raw_len)).sum(),
        last,
        record_len: 0,
        blocks: blocks.len() as u32,
        payload_len: payload.len() as u32,
        payload_crc: crc32fast::hash(&payload),
    };
    [header.to_bytes().as_slice(), &payload].concat()
}

fn lzw(raw: &[u8]) -> Vec<u8> {
    let mut out = [Vec::new()];
    BlockEncoder::new().encode(&[raw], &mut out);
    let [out] = out;
    out
}

#[test]
fn blocks_that_do_not_expand_as_announced_are_refused_though_the_check_sums_agree() {
    let stream = lzw(&[b'a'; 5000]);
    let mut longer = stream.clone();
    longer.push(0);
    let cases = [
        (5001, stream.clone(), "segment-block-damaged"),
        (4999, stream.clone(), "segment-block-damaged"),
        (5000, stream[..stream.len() - 2].to_vec(), "segment-block-damaged"),
        (5000, vec![0xff; 40], "segment-block-damaged"),
        (5000, longer, "segment-inconsistent"),
    ];
    for (raw_len, bytes, code) in cases {
        let segment = forge(1, 0, None, &[(3, Codec::Stored, b"abc".to_vec()), (raw_len, Codec::Lzw12, bytes)]);
        let error = join([&segment]).unwrap_err();
        assert_eq!(error.code(), code, "{raw_len}: {error}");
        let mut verifier = Verifier::new();
        assert_eq!(verifier.add("s", segment.as_slice()).unwrap_err().code(), code);
    }
}

#[test]
fn a_refused_segment_leaves_no_trace_in_the_file() {
    let file = b"0123456789".repeat(3);
    let sha256 = sha256(&file);
    let last = Some(LastOf { file_len: 30, sha256 });
    let stored = |bytes: &[u8]| (bytes.len() as u32, Codec::Stored, bytes.to_vec());
    // Its first block is written, far beyond the end, before the second turns out bad.
    let bad = forge(2, 10, None, &[stored(&[b'?'; 5000]), (100, Codec::Lzw12, vec![1, 2, 3])]);
    let sound = [
        forge(1, 0, None, &[stored(&file[..10])]),
        forge(2, 10, None, &[stored(&file[10..20])]),
        forge(3, 20, last, &[stored(&file[20..])]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    joiner.add("1", sound[0].as_slice()).unwrap();
    joiner.add("bad", bad.as_slice()).unwrap_err();
    joiner.add("3", sound[2].as_slice()).unwrap();
    joiner.add("2", sound[1].as_slice()).unwrap();
    joiner.finish().unwrap();
    assert_eq!(fs::read(target).unwrap(), file);
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

#[test]
fn a_file_of_another_sha_256_never_gets_its_name() {
    let last = |sha256| Some(LastOf { file_len: 20, sha256 });
    let stored = |bytes: &[u8]| vec![(bytes.len() as u32, Codec::Stored, bytes.to_vec())];
    let first = forge(1, 0, None, &stored(b"0123456789"));
    let second = forge(2, 10, last(sha256(b"another file of 20 b")), &stored(b"9876543210"));
    for order in [[&first, &second], [&second, &first]] {
        let error = join(order).unwrap_err();
        assert!(matches!(error, JoinError::Set(SetError::Digest)), "{error}");
    }
    let mut verifier = Verifier::new();
    verifier.add("1", first.as_slice()).unwrap();
    verifier.add("2", second.as_slice()).unwrap();
    assert_eq!(verifier.finish().unwrap_err(), SetError::Digest);
}

#[test]
fn overlapping_segments_are_refused_before_anything_is_written() {
    let stored = |bytes: &[u8]| vec![(bytes.len() as u32, Codec::Stored, bytes.to_vec())];
    let last = Some(LastOf { file_len: 20, sha256: sha256(b"0123456789abcdefghij") });
    let first = forge(1, 0, None, &stored(b"0123456789"));
    let second = forge(2, 10, last, &stored(b"abcdefghij"));
    let overlapping = forge(2, 5, None, &stored(b"??????????"));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    joiner.add("first", first.as_slice()).unwrap();
    let error = joiner.add("overlapping", overlapping.as_slice()).unwrap_err();
    assert_eq!(error.to_string(), "overlapping contradicts segment 1: both cannot be of this file");
    joiner.add("second", second.as_slice()).unwrap();
    joiner.finish().unwrap();
    assert_eq!(fs::read(target).unwrap(), b"0123456789abcdefghij");
}

#[test]
fn what_is_there_is_left_alone_or_replaced_whole() {
    let segments = split(&splitter(1024), b"new");
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file");
    fs::write(&target, "old").unwrap();
    assert_eq!(Joiner::new(&target, Existing::Refuse).unwrap_err().code(), "segment-target-exists");
    let mut joiner = Joiner::new(&target, Existing::Replace).unwrap();
    joiner.add("s", segments[0].as_slice()).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    joiner.finish().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");

    // It appears while the segments come.
    let late = folder.path().join("late");
    let mut joiner = Joiner::new(&late, Existing::Refuse).unwrap();
    joiner.add("s", segments[0].as_slice()).unwrap();
    fs::write(&late, "somebody else's").unwrap();
    let unfinished = joiner.finish().unwrap_err();
    assert_eq!(unfinished.error.code(), "segment-target-exists");
    drop(unfinished);
    assert_eq!(fs::read(&late).unwrap(), b"somebody else's");
    assert_eq!(entries(folder.path()), 2);
}

#[cfg(unix)]
#[test]
fn a_joined_file_has_the_rights_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (target, other) = (folder.path().join("file"), folder.path().join("other"));
    let mut joiner = Joiner::new(&target, Existing::Refuse).unwrap();
    joiner.add("s", split(&splitter(1024), b"x")[0].as_slice()).unwrap();
    joiner.finish().unwrap();
    fs::write(&other, "x").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&target), mode(&other));
}

#[test]
fn verification_tells_the_whole_and_whether_it_could_hash_it() {
    let file = noise(5000, 4);
    let segments = split(&splitter(1024).record_len(50), &file);
    let verify = |order: Vec<&Vec<u8>>| {
        let mut verifier = Verifier::new();
        for segment in order {
            verifier.add("s", segment.as_slice()).unwrap();
        }
        verifier.finish().unwrap()
    };
    let found = verify(segments.iter().collect());
    assert!(found.hashed);
    let whole = found.whole;
    assert_eq!((whole.segments as usize, whole.file_len, whole.record_len), (segments.len(), 5000, 50));
    assert_eq!((whole.sha256, whole.file_id), (sha256(&file), ID));
    let found = verify(segments.iter().rev().collect());
    assert!(!found.hashed && found.whole == whole);
}

#[test]
fn limits_out_of_range_are_refused_and_a_sink_that_fails_ends_the_split() {
    assert!(Splitter::new(ID).limit(1023).is_err() && Splitter::new(ID).limit(16 * 1024 * 1024 + 1).is_err());
    assert!(Splitter::new(ID).limit(16 * 1024 * 1024).is_ok());
    let mut taken = 0;
    let outcome = splitter(1024).split(noise(5000, 1).as_slice(), |_| {
        taken += 1;
        if taken == 3 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    assert!(matches!(outcome, Err(SplitError::Write { number: 3, .. })) && taken == 3);
}
