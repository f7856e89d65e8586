//! Which patterns are worth comparing with a name.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::glob::Glob;

/// Patterns filed under a literal that every name they match begins with, ends with or holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    prefixes: Ends,
    suffixes: Ends,
    inner: Option<Inner>,
    /// Patterns without any literal.
    rest: Vec<usize>,
}

/// So many patterns under one beginning or end are still compared one by one.
const CROWD: usize = 8;

impl Index {
    /// Files each pattern under the rarest of its literals; the number given back is its place in `globs`.
    pub(super) fn new(globs: &[Glob]) -> Self {
        let prefixes = count(globs, Glob::prefix);
        let suffixes = count(globs, Glob::suffix);
        let inners = count(globs, Glob::longest_literal);
        let rarity = |counts: &HashMap<&[u8], usize>, literal: &[u8]| match literal {
            [] => usize::MAX,
            _ => counts[literal],
        };
        let mut index = Self::default();
        let mut held = Vec::new();
        for (place, glob) in globs.iter().enumerate() {
            let prefix = rarity(&prefixes, glob.prefix());
            let suffix = rarity(&suffixes, glob.suffix());
            let inner = rarity(&inners, glob.longest_literal());
            if prefix.min(suffix) > CROWD && inner < prefix.min(suffix) {
                held.push((place, glob.longest_literal()));
            } else if prefix == usize::MAX && suffix == usize::MAX {
                index.rest.push(place);
            } else if prefix <= suffix {
                index.prefixes.file(glob.prefix().iter(), place);
            } else {
                index.suffixes.file(glob.suffix().iter().rev(), place);
            }
        }
        index.prefixes.lengths.sort_unstable();
        index.suffixes.lengths.sort_unstable();
        index.inner = Inner::new(&held);
        if index.inner.is_none() {
            index.rest.extend(held.iter().map(|(place, _)| place));
        }
        index
    }

    /// Gives every pattern that may match the folded `name`, some of them more than once.
    pub(super) fn candidates(&self, name: &[u8], mut found: impl FnMut(usize)) {
        self.rest.iter().copied().for_each(&mut found);
        self.prefixes.candidates(name.iter(), &mut found);
        self.suffixes.candidates(name.iter().rev(), &mut found);
        if let Some(inner) = &self.inner {
            inner.candidates(name, &mut found);
        }
    }
}

fn count<'a>(globs: &'a [Glob], literal: impl Fn(&'a Glob) -> &'a [u8]) -> HashMap<&'a [u8], usize> {
    let mut counts = HashMap::new();
    for glob in globs {
        *counts.entry(literal(glob)).or_default() += 1;
    }
    counts
}

/// Patterns by beginning, or by end when bytes are given from the last to the first.
#[derive(Clone, Debug, Default)]
struct Ends {
    /// Lengths of the literals, ascending, each once.
    lengths: Vec<usize>,
    places: HashMap<u64, Vec<usize>, BuildHasherDefault<Hashed>>,
}

impl Ends {
    fn file<'a>(&mut self, literal: impl ExactSizeIterator<Item = &'a u8>, place: usize) {
        if !self.lengths.contains(&literal.len()) {
            self.lengths.push(literal.len());
        }
        self.places.entry(literal.fold(Rolling::START, Rolling::push).key()).or_default().push(place);
    }

    fn candidates<'a>(&self, mut bytes: impl Iterator<Item = &'a u8>, found: &mut impl FnMut(usize)) {
        let mut rolling = Rolling::START;
        let mut hashed = 0;
        for &length in &self.lengths {
            while hashed < length {
                let Some(byte) = bytes.next() else { return };
                rolling = rolling.push(byte);
                hashed += 1;
            }
            if let Some(places) = self.places.get(&rolling.key()) {
                places.iter().copied().for_each(&mut *found);
            }
        }
    }
}

/// A hash of a byte sequence that can be read at any length. A collision only costs a comparison.
#[derive(Clone, Copy)]
struct Rolling(u64);

impl Rolling {
    const START: Self = Self(0xcbf2_9ce4_8422_2325);

    fn push(self, byte: &u8) -> Self {
        Self((self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// Mixed, because the table looks at the highest bits.
    fn key(self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The identity: keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = Rolling(self.0).push(byte).0;
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Patterns whose beginning and end say too little.
#[derive(Clone, Debug)]
struct Inner {
    literals: AhoCorasick,
    places: Vec<usize>,
}

impl Inner {
    /// `None` without literals, or with so many that no automaton can hold them.
    fn new(held: &[(usize, &[u8])]) -> Option<Self> {
        if held.is_empty() {
            return None;
        }
        let bytes = held.iter().map(|(_, literal)| literal.len()).sum::<usize>();
        // The fastest kind, while its table is a few megabytes at most.
        let kind = (bytes <= 16 * 1024).then_some(AhoCorasickKind::DFA);
        let literals = AhoCorasick::builder().kind(kind).build(held.iter().map(|(_, literal)| literal)).ok()?;
        Some(Self { literals, places: held.iter().map(|(place, _)| *place).collect() })
    }

    fn candidates(&self, name: &[u8], found: &mut impl FnMut(usize)) {
        for hit in self.literals.find_overlapping_iter(name) {
            found(self.places[hit.pattern().as_usize()]);
        }
    }
}
