//! LZW beside `weezl`, `compress` and SHA-256: processor time of one core, the codec alone unless said.

mod corpora;

use std::fs::{self, File};
use std::io::{Read, Write, sink};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lzw_segmenter::segment::{FileId, Splitter};
use lzw_segmenter::{BlockDecoder, CompressWriter, Decoder, Effort, Encoder, Format, Status, compress, expand};
use sha2::{Digest as _, Sha256};
use weezl::BitOrder;

use self::corpora::Corpus;
use crate::Plan;
use crate::ground::{Ground, Outcome};
use crate::report::{at_least, at_most, median};
use crate::usage;

const LENGTH: usize = 64 << 20;
/// `compress -d` is so fast that its time, counted in hundredths of a second, needs several turns.
const TURNS: u32 = 4;

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let length = plan.of(LENGTH);
    println!("lzw: {} MiB each of records, PES XML and random bytes; MB/s of processor time on one core", length >> 20);
    let texts = corpora::texts(length);
    memory(length)?;
    let mut decoding = Vec::new();
    for corpus in &texts {
        decoding.push(lzw12(plan, corpus)?);
        z(plan, corpus)?;
        split(plan, corpus)?;
    }
    let product: f64 = decoding.iter().product();
    at_least("Lzw12 decode against weezl, geometric mean", product.sqrt(), 2.7);
    random(plan, &corpora::random(length))
}

/// Processor time of this process while `work` runs.
fn cpu<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = usage::cpu_now();
    let result = work();
    (usage::cpu_now().saturating_sub(before), result)
}

/// One contender's times, and the size of what it made.
struct Contender {
    name: String,
    times: Vec<Duration>,
    size: usize,
}

impl Contender {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), times: Vec::new(), size: 0 }
    }

    fn time(&mut self, work: impl FnOnce() -> usize) {
        let (time, size) = cpu(work);
        self.times.push(time);
        self.size = size;
    }

    /// How many times faster than `peer`: the median over runs made in the same minute.
    fn against(&self, peer: &Self) -> f64 {
        median(self.times.iter().zip(&peer.times).map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64()))
    }

    fn larger_than(&self, peer: &Self) -> f64 {
        100.0 * (self.size as f64 / peer.size as f64 - 1.0)
    }

    fn show(&self, corpus: &Corpus) {
        let time = median(self.times.iter().map(Duration::as_secs_f64));
        let (rate, size) =
            (corpus.bytes.len() as f64 / time / 1e6, 100.0 * self.size as f64 / corpus.bytes.len() as f64);
        println!("  {:<8} {:<38} {rate:>6.0} MB/s  {size:>7.2} %", corpus.name, self.name);
    }
}

/// Returns how many times faster than `weezl` its own stream is decoded.
fn lzw12(plan: &Plan, corpus: &Corpus) -> Outcome<f64> {
    let raw = &corpus.bytes[..];
    let theirs = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(raw)?;
    let ours = compress(raw, Format::Lzw12);
    let mut buffer = vec![0; raw.len()];
    let [mut weezl_encode, mut encode] = ["weezl, encode", "Lzw12, encode"].map(Contender::new);
    let [mut weezl_decode, mut decode, mut pieces, mut own] = [
        "weezl, decode",
        "Lzw12, decode what weezl wrote",
        "Lzw12, the same in pieces of 64 KiB",
        "Lzw12, decode what we wrote",
    ]
    .map(Contender::new);
    for _ in 0..plan.runs {
        weezl_encode.time(|| weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(raw).map_or(0, |coded| coded.len()));
        encode.time(|| compress(raw, Format::Lzw12).len());
        weezl_decode.time(|| weezl_decode_into(&theirs, &mut buffer));
        decode.time(|| BlockDecoder::new().decode(&theirs, &mut buffer).map_or(0, |_| raw.len()));
        if buffer != raw {
            return Err("what was decoded is not what was encoded".into());
        }
        pieces.time(|| decode_in_pieces(&theirs, Format::Lzw12));
        own.time(|| BlockDecoder::new().decode(&ours, &mut buffer).map_or(0, |_| raw.len()));
    }
    for contender in [&weezl_encode, &encode, &weezl_decode, &decode, &pieces, &own] {
        contender.show(corpus);
    }
    at_least(&format!("Lzw12 encode against weezl, {}", corpus.name), encode.against(&weezl_encode), 5.0);
    size_at_most("Lzw12", corpus, encode.larger_than(&weezl_encode), 0.5);
    at_least(&format!("Lzw12 decode against weezl, {}", corpus.name), decode.against(&weezl_decode), 2.2);
    two_threads(plan, corpus);
    Ok(decode.against(&weezl_decode))
}

fn weezl_decode_into(coded: &[u8], buffer: &mut [u8]) -> usize {
    let (mut decoder, mut taken, mut made) = (weezl::decode::Decoder::new(BitOrder::Lsb, 8), 0, 0);
    while made < buffer.len() {
        let step = decoder.decode_bytes(&coded[taken..], &mut buffer[made..]);
        (taken, made) = (taken + step.consumed_in, made + step.consumed_out);
        if step.consumed_in + step.consumed_out == 0 {
            break;
        }
    }
    made
}

fn decode_in_pieces(coded: &[u8], format: Format) -> usize {
    let (mut decoder, mut buffer, mut taken, mut made) = (Decoder::new(format), vec![0; 64 << 10], 0, 0);
    while let Ok(step) = decoder.decode(&coded[taken..], &mut buffer, true) {
        (taken, made) = (taken + step.consumed_in, made + step.consumed_out);
        if step.status == Status::Done {
            return made;
        }
    }
    0
}

fn two_threads(plan: &Plan, corpus: &Corpus) {
    let wall = |threads: usize| {
        let start = Instant::now();
        let encoder = Encoder::with_threads(Format::Lzw12, NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN));
        let mut writer = CompressWriter::new(encoder, sink());
        let done = writer.write_all(&corpus.bytes).and_then(|()| writer.finish());
        done.map_or(f64::NAN, |_| start.elapsed().as_secs_f64())
    };
    let ratio = median((0..plan.runs).map(|_| wall(1) / wall(2)));
    at_least(&format!("Lzw12 encode, two threads against one (wall), {}", corpus.name), ratio, 1.7);
}

fn size_at_most(what: &str, corpus: &Corpus, larger: f64, target: f64) {
    let word = if larger <= target { "PASS" } else { "BELOW" };
    println!("{word:<5} {what} size, {}: {larger:+.1} % (target: at most {target:+.1} %)", corpus.name);
}

fn z(plan: &Plan, corpus: &Corpus) -> Outcome<()> {
    let ground = Ground::new()?;
    let folder = ground.fresh("lzw")?;
    let (plain, coded) = (folder.join("plain"), folder.join("coded.Z"));
    fs::write(&plain, &corpus.bytes)?;
    fs::write(
        &coded,
        Command::new("compress")
            .arg("-c")
            .arg(&plain)
            .output()
            .map_err(|_| "compress is not installed (Debian: apt-get install ncompress)")?
            .stdout,
    )?;
    let theirs = fs::read(&coded)?;
    let [mut compress_encode, mut compress_decode, mut decode] =
        ["compress", "compress -d", ".Z, decode what compress wrote"].map(Contender::new);
    let efforts =
        [(Effort::Best, 1.3, [2.0, 2.0]), (Effort::Default, 2.0, [3.0, 8.0]), (Effort::Fast, 3.0, [6.0, 18.0])];
    let mut ours = efforts.map(|(effort, ..)| Contender::new(format!(".Z, encode, {effort:?}")));
    for _ in 0..plan.runs {
        compress_encode.times.push(program(&["-c"], &plain, 1)?);
        for (contender, (effort, ..)) in ours.iter_mut().zip(efforts) {
            contender.time(|| compress(&corpus.bytes, Format::Z(effort)).len());
        }
        compress_decode.times.push(program(&["-dc"], &coded, TURNS)?);
        decode.time(|| decode_in_pieces(&theirs, Format::Z(Effort::Default)));
    }
    (compress_encode.size, compress_decode.size) = (theirs.len(), corpus.bytes.len());
    if decode.size != corpus.bytes.len() || expand(&theirs, Format::Z(Effort::Default), LENGTH)? != corpus.bytes {
        return Err("what compress wrote was read otherwise".into());
    }
    for contender in [&compress_encode].into_iter().chain(&ours).chain([&compress_decode, &decode]) {
        contender.show(corpus);
    }
    let text = usize::from(corpus.name != "records");
    for (contender, (effort, speed, sizes)) in ours.iter().zip(efforts) {
        at_least(
            &format!(".Z {effort:?} against compress, {}", corpus.name),
            contender.against(&compress_encode),
            speed,
        );
        size_at_most(&format!(".Z {effort:?}"), corpus, contender.larger_than(&compress_encode), sizes[text]);
    }
    at_least(&format!(".Z decode against compress -d, {}", corpus.name), decode.against(&compress_decode), 3.0);
    Ok(())
}

/// Processor time of `compress` on a file, its output thrown away.
fn program(arguments: &[&str], file: &Path, turns: u32) -> Outcome<Duration> {
    let before = usage::cpu_of_children()?;
    for _ in 0..turns {
        let status =
            Command::new("compress").args(arguments).stdin(File::open(file)?).stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err("compress failed".into());
        }
    }
    Ok((usage::cpu_of_children()? - before) / turns)
}

/// Segments with all their checksums, against `weezl` without any.
fn split(plan: &Plan, corpus: &Corpus) -> Outcome<()> {
    let [mut weezl_encode, mut segments] = ["weezl, encode", "split, with checksums and SHA-256"].map(Contender::new);
    for _ in 0..plan.runs {
        weezl_encode.time(|| {
            weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&corpus.bytes).map_or(0, |coded| coded.len())
        });
        segments.time(|| split_into_nothing(&corpus.bytes));
    }
    segments.show(corpus);
    at_least(&format!("split against weezl, {}", corpus.name), segments.against(&weezl_encode), 3.5);
    Ok(())
}

fn split_into_nothing(raw: &[u8]) -> usize {
    let splitter = FileId::random().map(Splitter::new);
    let split = splitter.map(|splitter| splitter.split(raw, |segment| segment.write_to(sink())));
    split.ok().and_then(Result::ok).map_or(0, |split| usize::try_from(split.segments_len).unwrap_or(usize::MAX))
}

/// What does not compress is stored: how much of the speed of hashing is left.
fn random(plan: &Plan, corpus: &Corpus) -> Outcome<()> {
    let [mut hash, mut segments] = ["SHA-256 alone", "split, with checksums and SHA-256"].map(Contender::new);
    for _ in 0..plan.runs {
        hash.time(|| Sha256::digest(&corpus.bytes).len());
        segments.time(|| split_into_nothing(&corpus.bytes));
    }
    hash.show(corpus);
    segments.show(corpus);
    at_least("split of random bytes against SHA-256", segments.against(&hash), 0.7);
    Ok(())
}

/// What encoders, decoders and the splitter hold for a long input that is nowhere in memory.
fn memory(length: usize) -> Outcome<()> {
    for format in [Format::Lzw12, Format::Z(Effort::Fast), Format::Z(Effort::Default), Format::Z(Effort::Best)] {
        let mut coded = Vec::new();
        let encoding = peak(|| through(Encoder::new(format), length, &mut sink()))?;
        through(Encoder::new(format), length, &mut coded)?;
        let decoding = peak(|| Ok(decode_in_pieces(&coded, format)))?;
        at_most(&format!("memory, {format:?}, encoding"), encoding, 8.0);
        at_most(&format!("memory, {format:?}, decoding"), decoding, 8.0);
    }
    let splitting = peak(|| {
        Ok(Splitter::new(FileId::random()?).split(Mixed { left: length }, |segment| segment.write_to(sink()))?)
    })?;
    at_most("memory, splitting", splitting, 8.0);
    Ok(())
}

fn through(encoder: Encoder, length: usize, sink: &mut dyn Write) -> Outcome<()> {
    let mut writer = CompressWriter::new(encoder, sink);
    std::io::copy(&mut Mixed { left: length }, &mut writer)?;
    writer.finish()?;
    Ok(())
}

/// Megabytes that `work` held at most beyond what was held before.
fn peak<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<f64> {
    usage::forget_peak()?;
    let before = usage::peak("self")?;
    work()?;
    Ok((usage::peak("self")? - before) as f64 / 1e6)
}

/// Lines with numbers in them, and stretches without any order, made as they are read.
struct Mixed {
    left: usize,
}

impl Read for Mixed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.left);
        for (at, byte) in (self.left - count..self.left).rev().zip(&mut *buffer) {
            let [low, high, ..] = at.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).to_le_bytes();
            *byte = if at >> 21 & 3 == 0 { low } else { b"0123456789 ABCDE"[usize::from(high & 3) * (at & 3)] };
        }
        self.left -= count;
        Ok(count)
    }
}
