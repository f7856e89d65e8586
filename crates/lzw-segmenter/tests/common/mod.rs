//! Data to compress, always the same.
#![allow(dead_code, reason = "each test binary uses a part")]

use lzw_segmenter::{Effort, Format};

pub(crate) const FORMATS: [Format; 4] =
    [Format::Lzw12, Format::Z(Effort::Fast), Format::Z(Effort::Default), Format::Z(Effort::Best)];

/// A stream of numbers that look random.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(7);
    (0..length).map(|_| u8::try_from(numbers.next(256)).unwrap()).collect()
}

/// Lines of fixed length, as a census file has them.
pub(crate) fn records(length: usize) -> Vec<u8> {
    const NAMES: [&str; 8] = ["MARTIN", "BERNARD", "DUBOIS", "LEFEBVRE", "GARCIA", "ROUX", "FONTAINE", "CHEVALIER"];
    let mut numbers = Numbers::new(284);
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let (name, other) = (NAMES[numbers.next(8)], NAMES[numbers.next(8)]);
        let line = format!(
            "{:<40}{:<45}{:08}{:05}{:<160}\r\n",
            name,
            other,
            numbers.next(100_000_000),
            numbers.next(95_999),
            "RUE DE LA MAIRIE"
        );
        bytes.extend_from_slice(line.as_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// One of each kind, with changes of kind inside, none longer than `length`.
pub(crate) fn samples(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let third = length / 3;
    vec![
        ("nothing", Vec::new()),
        ("one byte", vec![0x41]),
        ("two bytes", vec![0xff, 0]),
        ("zeros", vec![0; length]),
        ("a period of three", b"abc".iter().copied().cycle().take(length).collect()),
        ("every byte", (0..=255).cycle().take(length.min(5000)).collect()),
        ("records", records(length)),
        ("random", random(length)),
        ("records, random, zeros", [records(third), random(third), vec![0; third]].concat()),
        ("random, records", [random(third), records(2 * third)].concat()),
    ]
}
