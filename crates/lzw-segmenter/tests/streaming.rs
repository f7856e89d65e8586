//! Pieces of any size give the same bytes; cuts, flips and noise never harm.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{self, Read, Write};

use common::{FORMATS, Numbers, random, records, samples};
use lzw_segmenter::{
    CompressWriter, DecodeError, Decoder, Effort, Encoder, ExpandReader, Format, Status, compress, expand,
};
use proptest::prelude::*;

/// Encodes with input and output in pieces of the given sizes.
fn encode_in_pieces(raw: &[u8], format: Format, input: usize, output: usize) -> Vec<u8> {
    let (mut encoder, mut coded, mut buffer, mut at) = (Encoder::new(format), Vec::new(), vec![0; output], 0);
    loop {
        let until = raw.len().min(at + input);
        let step = encoder.encode(&raw[at..until], &mut buffer, until == raw.len());
        at += step.consumed_in;
        coded.extend_from_slice(&buffer[..step.consumed_out]);
        if step.status == Status::Done {
            return coded;
        }
    }
}

fn decode_in_pieces(
    coded: &[u8],
    format: Format,
    input: usize,
    output: usize,
) -> (Vec<u8>, Result<usize, DecodeError>) {
    let (mut decoder, mut raw, mut buffer, mut at) = (Decoder::new(format), Vec::new(), vec![0; output], 0);
    loop {
        let until = coded.len().min(at + input);
        match decoder.decode(&coded[at..until], &mut buffer, until == coded.len()) {
            Err(error) => return (raw, Err(error)),
            Ok(step) => {
                at += step.consumed_in;
                raw.extend_from_slice(&buffer[..step.consumed_out]);
                if step.status == Status::Done {
                    return (raw, Ok(at));
                }
            }
        }
    }
}

#[test]
fn every_buffer_size_gives_the_same_bytes() {
    for format in FORMATS {
        for (name, raw) in samples(3000) {
            let coded = compress(&raw, format);
            for size in (1..40).chain([255, 256, 1000, 4096]) {
                assert!(encode_in_pieces(&raw, format, size, 4096) == coded, "{name}, {format:?}: {size} in");
                assert!(encode_in_pieces(&raw, format, 4096, size) == coded, "{name}, {format:?}: {size} out");
                for (input, output) in [(size, 4096), (4096, size), (size, size)] {
                    let decoded = decode_in_pieces(&coded, format, input, output);
                    assert!(decoded == (raw.clone(), Ok(coded.len())), "{name}, {format:?}: {input} in, {output} out");
                }
            }
        }
    }
}

/// Sizes around those of waves, blocks, pieces and tapes.
#[test]
fn every_length_near_a_boundary_comes_back() {
    let raw = [records(2_200_000), random(200_000)].concat();
    for format in FORMATS {
        for boundary in [4096, 8192, 48 * 1024, 4 * 48 * 1024, 512 * 1024, 2 * 512 * 1024, 4 * 512 * 1024] {
            for length in boundary - 2..=boundary + 2 {
                let coded = compress(&raw[..length], format);
                assert!(expand(&coded, format, length).as_deref() == Ok(&raw[..length]), "{length} bytes, {format:?}");
                assert!(
                    encode_in_pieces(&raw[..length], format, 100_000, 70_000) == coded,
                    "{length} bytes, {format:?}, in pieces"
                );
            }
        }
    }
}

#[test]
fn every_prefix_of_lzw12_is_known_to_be_cut() {
    for (name, raw) in samples(3000) {
        let coded = compress(&raw, Format::Lzw12);
        for length in 0..coded.len() {
            let (decoded, end) = decode_in_pieces(&coded[..length], Format::Lzw12, 4096, 512);
            assert_eq!(end, Err(DecodeError::Truncated { at: length as u64 }), "{name}, {length} bytes");
            assert!(raw.starts_with(&decoded), "{name}, {length} bytes");
        }
    }
}

#[test]
fn every_prefix_of_z_gives_a_prefix() {
    for (name, raw) in samples(3000) {
        let coded = compress(&raw, Format::Z(Effort::Default));
        for length in 0..coded.len() {
            let (decoded, end) = decode_in_pieces(&coded[..length], Format::Z(Effort::Default), 4096, 512);
            assert_eq!(end.is_ok(), length >= 3, "{name}, {length} bytes");
            assert!(raw.starts_with(&decoded), "{name}, {length} bytes");
        }
    }
}

#[test]
fn what_follows_an_lzw12_stream_stays_in_the_reader() {
    let coded = [compress(&records(1000), Format::Lzw12), b"next".to_vec()].concat();
    let mut reader = ExpandReader::new(Decoder::new(Format::Lzw12), &coded[..]);
    let mut raw = Vec::new();
    reader.read_to_end(&mut raw).unwrap();
    assert_eq!((raw, reader.into_inner()), (records(1000), &b"next"[..]));
}

#[test]
fn a_z_header_that_compress_never_writes_is_refused() {
    for header in [[0x1f, 0x8b, 0x90], [0x1f, 0x9d, 0x88], [0x1f, 0x9d, 0x91], [0x1f, 0x9d, 0xb0], [0x1f, 0x9d, 0]] {
        assert_eq!(expand(&header, Format::Z(Effort::Default), 100), Err(DecodeError::NotZ), "{header:x?}");
    }
}

#[test]
fn a_code_without_a_string_is_told_after_what_came_before_it() {
    // 256 (clear), 65, 300
    let coded = (256u32 | 65 << 9 | 300 << 18).to_le_bytes();
    let (raw, end) = decode_in_pieces(&coded, Format::Lzw12, 1, 1);
    assert_eq!((raw, end), (b"A".to_vec(), Err(DecodeError::Malformed { at: 2 })));
}

#[test]
fn a_limit_stops_a_small_stream_that_grows_large() {
    let bomb = compress(&vec![0; 30_000_000], Format::Z(Effort::Fast));
    assert!(bomb.len() < 40_000);
    assert_eq!(expand(&bomb, Format::Z(Effort::Fast), 1_000_000), Err(DecodeError::Length { expected: 1_000_000 }));
}

/// A dictionary learnt from noise is of no use for what comes after it, though it serves no worse than it did.
#[test]
fn text_is_compressed_after_noise() {
    let text = records(400_000);
    let after_noise = [(Format::Lzw12, 60_000)].into_iter().chain(FORMATS.map(|format| (format, 300_000)));
    for (format, noise) in after_noise {
        let noise = random(noise);
        let both = compress(&[&noise[..], &text].concat(), format).len() - compress(&noise, format).len();
        assert!(both < text.len() / 3, "{format:?}, after {} bytes: {both} bytes", noise.len());
    }
}

#[test]
fn an_error_of_the_inner_writer_or_reader_comes_through() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = CompressWriter::new(Encoder::new(Format::Lzw12), Broken);
    writer.write_all(b"few bytes stay in the encoder").unwrap();
    assert_eq!(writer.finish().err().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));

    let mut reader = ExpandReader::new(Decoder::new(Format::Lzw12), &b"\0\x03\xff"[..]);
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

/// Flips and noise: any answer will do, so long as there is one and it is within bounds.
#[test]
fn damage_never_harms() {
    let mut numbers = Numbers::new(3);
    for format in FORMATS {
        for (_, raw) in samples(20_000) {
            let mut coded = compress(&raw, format);
            for _ in 0..40 {
                let (at, bit) = (numbers.next(coded.len()), numbers.next(8));
                coded[at] ^= 1 << bit;
                let (decoded, _) = decode_in_pieces(&coded, format, 777, 555);
                assert!(decoded.len() < 200_000_000);
                coded[at] ^= if numbers.next(3) == 0 { 0 } else { 1 << bit };
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_come_back(
        parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..40), 1usize..400), 0..40),
        (input, output) in (1usize..5000, 1usize..5000),
    ) {
        let raw: Vec<u8> = parts.iter().flat_map(|(part, times)| part.repeat(*times)).collect();
        for format in FORMATS {
            let coded = encode_in_pieces(&raw, format, input, output);
            let (decoded, end) = decode_in_pieces(&coded, format, output, input);
            prop_assert_eq!(end, Ok(coded.len()));
            prop_assert!(decoded == raw);
        }
    }

    #[test]
    fn any_bytes_decode_to_something(coded in prop::collection::vec(any::<u8>(), 0..2000), input in 1usize..50, output in 1usize..50) {
        for format in FORMATS {
            let whole = decode_in_pieces(&coded, format, 5000, 5000);
            prop_assert_eq!(decode_in_pieces(&coded, format, input, output), whole);
        }
    }
}
