//! `[recherche]`: a label chosen by what the content holds.

use std::fmt;

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};

/// Looks for texts in content that comes in pieces; of several that are found, the first configured wins.
///
/// Bytes are compared as they are, case included. A text with accents is looked for in UTF-8 and in Latin-1, since files of either
/// kind come. Constant memory; a text cut between two pieces is found.
#[derive(Clone, Default)]
pub struct Searcher {
    automaton: Option<Automaton>,
    /// Labels, in the order of the configuration.
    labels: Vec<String>,
    found: Option<usize>,
}

#[derive(Clone)]
struct Automaton {
    nfa: NFA,
    state: StateID,
    /// For each text of the automaton, the place of its label.
    labels: Vec<usize>,
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searcher").field("labels", &self.labels).field("found", &self.label()).finish_non_exhaustive()
    }
}

impl Searcher {
    /// Looks for the first of each pair; the second is its label. Empty texts are never found.
    #[must_use]
    pub fn new(searches: &[(String, String)]) -> Self {
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        for (place, (text, _)) in searches.iter().enumerate().filter(|(_, (text, _))| !text.is_empty()) {
            let latin = latin_1(text).filter(|latin| latin != text.as_bytes());
            for bytes in [Some(text.clone().into_bytes()), latin].into_iter().flatten() {
                texts.push(bytes);
                places.push(place);
            }
        }
        Self {
            automaton: Automaton::new(&texts, places),
            labels: searches.iter().map(|(_, l)| l.clone()).collect(),
            found: None,
        }
    }

    /// Takes the next piece of the content.
    pub fn feed(&mut self, piece: &[u8]) {
        let Some(automaton) = &mut self.automaton else {
            return;
        };
        for &byte in piece {
            // Nothing comes before the first one configured.
            if self.found == Some(0) {
                return;
            }
            if let Some(place) = automaton.step(byte) {
                self.found = Some(self.found.map_or(place, |found| found.min(place)));
            }
        }
    }

    /// The label of what was found so far.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.found.map(|place| self.labels[place].as_str())
    }
}

impl Automaton {
    /// `None` without texts, or with more of them than an automaton can hold.
    fn new(texts: &[Vec<u8>], labels: Vec<usize>) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        let nfa = NFA::builder().match_kind(MatchKind::Standard).build(texts).ok()?;
        let state = nfa.start_state(Anchored::No).ok()?;
        Some(Self { nfa, state, labels })
    }

    /// The first configured of the texts that end with this byte.
    fn step(&mut self, byte: u8) -> Option<usize> {
        self.state = self.nfa.next_state(Anchored::No, self.state, byte);
        if !self.nfa.is_match(self.state) {
            return None;
        }
        let matches = 0..self.nfa.match_len(self.state);
        matches.map(|index| self.labels[self.nfa.match_pattern(self.state, index).as_usize()]).min()
    }
}

fn latin_1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}
