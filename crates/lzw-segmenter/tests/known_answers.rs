//! Others' software reads what we write, and we read what it writes: `compress`, `gzip`, giflib, libtiff, `weezl`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{FORMATS, records, samples};
use lzw_segmenter::msb::{self, Switch};
use lzw_segmenter::{Decoder, Effort, ExpandReader, Format, compress, expand};

const LENGTH: usize = 1_700_000;

/// The tools come from the Debian packages `ncompress`, `gzip`, `giflib-tools` and `libtiff-tools`, which the workspace's test command installs.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    // `compress` ends with 2 when its output is larger than its input.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{program} {arguments:?}: {}", output.status);
    output.stdout
}

#[test]
fn uncompress_and_gzip_read_our_z() {
    for effort in [Effort::Fast, Effort::Default, Effort::Best] {
        for (name, raw) in samples(LENGTH) {
            let z = compress(&raw, Format::Z(effort));
            assert!(run("gzip", &["-dc"], &z) == raw, "gzip, {name}, {effort:?}");
            assert!(run("uncompress", &["-c"], &z) == raw, "uncompress, {name}, {effort:?}");
        }
    }
}

/// But for 9 bits: what `compress -b 9` writes, neither `uncompress` nor `gzip` read either.
#[test]
fn we_read_what_compress_writes_at_every_width() {
    for width in 10..=16 {
        for (name, raw) in samples(LENGTH) {
            let z = run("compress", &["-c", "-f", "-b", &width.to_string()], &raw);
            assert!(expand(&z, Format::Z(Effort::Default), raw.len()) == Ok(raw), "{name}, {width} bits");
        }
    }
}

/// Files from before block mode: `compress` writes none any more, `gzip` still reads them.
#[test]
fn we_read_files_without_block_mode_as_gzip_does() {
    let raw = records(5000);
    let z = [vec![0x1f, 0x9d, 16], without_block_mode(&raw)].concat();
    assert!(run("gzip", &["-dc"], &z) == raw, "gzip");
    assert!(expand(&z, Format::Z(Effort::Default), raw.len()).as_deref() == Ok(&raw[..]), "ours");
    // 257 codes of 9 bits, then what fills up their group.
    for cut in 3 + 257 * 9 / 8 - 9..3 + 264 * 9 / 8 + 9 {
        let (first, second) = z.split_at(cut);
        let mut back = Vec::new();
        ExpandReader::new(Decoder::new(Format::Z(Effort::Default)), first.chain(second))
            .read_to_end(&mut back)
            .unwrap();
        assert!(back == raw, "cut after {cut} bytes");
    }
}

/// Each byte a code of its own, in groups of eight codes, filled up where the width changes.
fn without_block_mode(raw: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let (mut width, mut free, mut group) = (9, 255, bits.len());
    for byte in raw {
        bits.extend((0..width).map(|bit| bit < 8 && byte >> bit & 1 == 1));
        free += 1;
        if free == 1 << width {
            let end = group + (bits.len() - group).next_multiple_of(8 * width);
            bits.resize(end, false);
            (width, group) = (width + 1, end);
        }
    }
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | u8::from(*bit))).collect()
}

/// The strings of a long run outgrow every window: they are then read as chains of codes.
#[test]
fn we_read_a_dictionary_whose_strings_outgrow_memory() {
    let mut raw = records(300_000);
    raw.extend(vec![b' '; 40_000_000]);
    raw.extend(records(3_000_000));
    raw.extend(vec![b' '; 1_000_000]);
    for z in [run("compress", &["-c", "-f"], &raw), compress(&raw, Format::Z(Effort::Fast))] {
        assert!(expand(&z, Format::Z(Effort::Fast), raw.len()).as_deref() == Ok(&raw[..]));
    }
}

#[test]
fn weezl_reads_ours_and_we_read_its() {
    for (name, raw) in samples(LENGTH) {
        let theirs = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 8).encode(&raw).unwrap();
        assert!(expand(&theirs, Format::Lzw12, raw.len()).as_deref() == Ok(&raw[..]), "reading, {name}");
        let ours = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8).decode(&compress(&raw, Format::Lzw12));
        assert!(ours.unwrap() == raw, "writing, {name}");
    }
}

/// A GIF whose pixels are the bytes, in as many shades of grey.
#[test]
fn giflib_reads_our_lzw12() {
    let folder = tempfile::tempdir().unwrap();
    let (gif, rgb) = (folder.path().join("bytes.gif"), folder.path().join("bytes"));
    for (name, mut raw) in samples(LENGTH) {
        raw.truncate(raw.len() / 1000 * 1000);
        if raw.is_empty() {
            continue;
        }
        fs::write(&gif, grey_gif(&compress(&raw, Format::Lzw12), 1000, raw.len() / 1000)).unwrap();
        run("gif2rgb", &["-o", text(&rgb), text(&gif)], &[]);
        assert!(fs::read(rgb.with_extension("R")).unwrap() == raw, "{name}");
    }
}

fn grey_gif(codes: &[u8], width: usize, height: usize) -> Vec<u8> {
    let size: Vec<u8> = [width, height].iter().flat_map(|side| u16::try_from(*side).unwrap().to_le_bytes()).collect();
    let mut gif = [b"GIF89a", &size[..], &[0xf7, 0, 0]].concat();
    gif.extend((0..=255).flat_map(|grey| [grey; 3]));
    gif.extend([&b","[..], &[0; 4], &size, &[0, 8]].concat());
    for part in codes.chunks(255) {
        gif.push(u8::try_from(part.len()).unwrap());
        gif.extend_from_slice(part);
    }
    gif.extend([0, b';']);
    gif
}

/// `tiffcp` expands the strip that we wrote, and compresses it anew for us to read.
#[test]
fn libtiff_agrees_on_the_msb_variant() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, plain, theirs] = ["ours.tif", "plain.tif", "theirs.tif"].map(|name| folder.path().join(name));
    for (name, mut raw) in samples(200_000) {
        raw.truncate(raw.len() / 1000 * 1000);
        if raw.is_empty() {
            continue;
        }
        let rows = raw.len() / 1000;
        fs::write(&ours, grey_tiff(&msb::compress(&raw, Switch::Early).unwrap(), 1000, rows)).unwrap();
        run("tiffcp", &["-c", "none", text(&ours), text(&plain)], &[]);
        assert!(contains(&fs::read(&plain).unwrap(), &raw), "writing, {name}");
        run("tiffcp", &["-c", "lzw:1", "-r", &rows.to_string(), text(&plain), text(&theirs)], &[]);
        let strip = only_strip(&fs::read(&theirs).unwrap());
        assert!(msb::expand(&strip, Switch::Early, raw.len()).as_deref() == Ok(&raw[..]), "reading, {name}");
    }
}

/// A little-endian TIFF of one strip, compressed by scheme 5.
fn grey_tiff(strip: &[u8], width: usize, rows: usize) -> Vec<u8> {
    let [width, rows, length] = [width, rows, strip.len()].map(|number| u32::try_from(number).unwrap());
    let tags =
        [(256, width), (257, rows), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, rows), (279, length)];
    let mut tiff = [b"II*\0", &(8 + length).to_le_bytes()[..], strip].concat();
    tiff.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    for (tag, value) in tags {
        tiff.extend(u16::to_le_bytes(tag));
        tiff.extend([4, 0, 1, 0, 0, 0]);
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend([0; 4]);
    tiff
}

fn only_strip(tiff: &[u8]) -> Vec<u8> {
    let long = |at: usize| u32::from_le_bytes(tiff[at..at + 4].try_into().unwrap()) as usize;
    let short = |at: usize| usize::from(u16::from_le_bytes(tiff[at..at + 2].try_into().unwrap()));
    let folder = long(4);
    let tag = |wanted| {
        let entry = (0..short(folder)).map(|k| folder + 2 + 12 * k).find(|entry| short(*entry) == wanted).unwrap();
        if short(entry + 2) == 3 { short(entry + 8) } else { long(entry + 8) }
    };
    tiff[tag(273)..tag(273) + tag(279)].to_vec()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_number_of_threads_gives_a_stream_that_reads_the_same() {
    use lzw_segmenter::{CompressWriter, Encoder};
    for format in FORMATS {
        for (name, raw) in samples(6_000_000) {
            for threads in [1, 2, 3, 5] {
                let mut writer =
                    CompressWriter::new(Encoder::with_threads(format, threads.try_into().unwrap()), Vec::new());
                writer.write_all(&raw).unwrap();
                let coded = writer.finish().unwrap();
                assert!(
                    expand(&coded, format, raw.len()).as_deref() == Ok(&raw[..]),
                    "{name}, {format:?}, {threads} threads"
                );
                if format == Format::Lzw12 {
                    assert!(coded == compress(&raw, format), "{name}: the number of threads shows");
                }
            }
        }
    }
}
