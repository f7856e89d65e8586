//! What is compressed comes back, through our decoder and through those of others.

#![no_main]

use std::io::Write;
use std::process::{Command, Stdio};

use libfuzzer_sys::fuzz_target;
use lzw_segmenter::{BLOCK, BlockDecoder, BlockEncoder, Effort, Format, compress, expand};

/// `gzip` is asked about one input of so many: starting it takes longer than all the rest.
const GZIP: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    // The first byte tells how often the rest is repeated, so that dictionaries fill up.
    let Some((&times, part)) = bytes.split_first() else { return };
    let raw = part.repeat(usize::from(times) + 1);
    for format in [Format::Lzw12, Format::Z(Effort::Fast), Format::Z(Effort::Default), Format::Z(Effort::Best)] {
        let coded = compress(&raw, format);
        assert!(expand(&coded, format, raw.len()).as_deref() == Ok(&raw[..]), "{format:?}");
    }
    let lzw12 = compress(&raw, Format::Lzw12);
    let theirs = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8).decode(&lzw12);
    assert!(theirs.is_ok_and(|theirs| theirs == raw), "weezl");
    if raw.len() % GZIP == 1 {
        assert!(gzip(compress(&raw, Format::Z(Effort::Default))) == raw, "gzip");
    }
    blocks(&raw);
});

fn blocks(raw: &[u8]) {
    let parts: Vec<&[u8]> = raw.chunks((raw.len() / 3).clamp(1, BLOCK)).collect();
    let mut coded = vec![Vec::new(); parts.len()];
    BlockEncoder::new().encode(&parts, &mut coded);
    let mut decoder = BlockDecoder::new();
    for (part, coded) in parts.iter().zip(&coded) {
        let mut back = vec![0; part.len()];
        assert_eq!(decoder.decode(coded, &mut back), Ok(coded.len()));
        assert!(back == *part, "a block");
    }
}

fn gzip(coded: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    let feeder = std::thread::spawn(move || stdin.write_all(&coded));
    let output = child.wait_with_output().expect("gzip ends");
    feeder.join().expect("no panic").expect("gzip reads all");
    output.stdout
}
