//! Which sending a return may be about: clues, each worth points, and nothing else. Pure: the same rows give the same answer.
//!
//! Only sendings of the return's profile count, and only those that may have left. Clues are looked for as whole words in the partner's name
//! and key of the return, and in the beginning of its bytes:
//!
//! | clue | points |
//! |---|---|
//! | our identifier of the sending | 100, certain |
//! | what the partner called the sending (a reference, a Message-ID) | 60, certain |
//! | the identity that the partner knows it by (the longest part of `NomFic/CodCol`) | 60, certain |
//! | the file's name without its extension, in the return's name | 40 |
//! | the same, inside the return | 40 |
//! | a number of five digits or more of the file's name, in the return's name, where the whole name is not | 20 |
//! | the application it went to (the last part of the destination) | 10 |
//! | the same channel | 5 |
//! | at most 3 days between the two | 10 |
//! | at most 30 days | 5 |
//! | the return was there before the file was accepted | −30 |
//!
//! A sending without any of the first seven is no candidate. The best is suggested from 40 points on, when it is 15 ahead of the next: two
//! that look alike are suggested to nobody. A link is made without a hand only for a certain clue that exactly one sending has; likeness
//! never links anything.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::consignment::{Consignment, Status};
use crate::id::Id;
use crate::returned::Return;

/// How long before a return a sending that it is about may have been accepted.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Candidates told at most.
const TOLD: usize = 3;

/// From how many points on the best is suggested, and how far ahead of the next it must be.
const ENOUGH: i32 = 40;
const AHEAD: i32 = 15;

/// Shorter words are found everywhere.
const SHORTEST_IDENTIFIER: usize = 8;
const SHORTEST_NAME: usize = 5;
const SHORTEST_APPLICATION: usize = 4;
const SHORTEST_NUMBER: usize = 5;

/// Identifiers that notices give back and that many sendings share.
const SHARED: [&str; 4] = ["name", "size", "destination", "application"];

/// Why a sending is a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Clue {
    /// Our identifier of it.
    Itself,
    /// What the partner called it.
    Identifier,
    /// What the partner recognises it by.
    Identity,
    /// Its name, in the return's.
    Name,
    /// Its name, inside the return.
    NameInside,
    /// A long number of its name, in the return's.
    Number,
    /// The application it went to.
    Application,
    /// The same channel.
    Lane,
    /// At most 3 days between the two.
    Days,
    /// At most 30 days between the two.
    Month,
    /// The return was there first.
    Before,
}

impl Clue {
    /// Every clue, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::Itself,
        Self::Identifier,
        Self::Identity,
        Self::Name,
        Self::NameInside,
        Self::Number,
        Self::Application,
        Self::Lane,
        Self::Days,
        Self::Month,
        Self::Before,
    ];

    /// What it is worth.
    #[must_use]
    pub fn points(self) -> i32 {
        match self {
            Self::Itself => 100,
            Self::Identifier | Self::Identity => 60,
            Self::Name | Self::NameInside => 40,
            Self::Number => 20,
            Self::Application | Self::Days => 10,
            Self::Lane | Self::Month => 5,
            Self::Before => -30,
        }
    }

    /// Stable code for catalogues.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Itself => "match-own-identifier",
            Self::Identifier => "match-partner-identifier",
            Self::Identity => "match-identity",
            Self::Name => "match-name",
            Self::NameInside => "match-name-inside",
            Self::Number => "match-number",
            Self::Application => "match-application",
            Self::Lane => "match-lane",
            Self::Days => "match-days",
            Self::Month => "match-month",
            Self::Before => "match-before",
        }
    }

    /// Names one sending and no other.
    fn is_certain(self) -> bool {
        matches!(self, Self::Itself | Self::Identifier | Self::Identity)
    }

    /// Tells of the sending itself, not only of the circumstances.
    fn is_telling(self) -> bool {
        !matches!(self, Self::Lane | Self::Days | Self::Month | Self::Before)
    }
}

/// A candidate, with all that speaks for and against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scored {
    /// The consignment.
    pub id: Id,
    /// The sum of the points.
    pub score: i32,
    /// Each clue's code and points.
    pub reasons: Vec<(&'static str, i32)>,
}

/// The candidate that deserves to be suggested, of those that [`Matcher::candidates`] found.
#[must_use]
pub fn suggestion(candidates: &[Scored]) -> Option<&Scored> {
    let best = candidates.first().filter(|best| best.score >= ENOUGH)?;
    let next = candidates.get(1).map_or(i32::MIN, |next| next.score);
    (best.score.saturating_sub(next) >= AHEAD).then_some(best)
}

/// A word to look for, and whose it is.
#[derive(Debug)]
struct Word {
    row: usize,
    clue: Clue,
    text: String,
}

/// Where a word was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Name,
    Inside,
}

/// The sendings that returns are compared to.
#[derive(Debug)]
pub struct Matcher<'a> {
    rows: &'a [Consignment],
    words: Vec<Word>,
    automaton: Option<AhoCorasick>,
    /// `rows` are all that there are: what one of them alone has, is unique.
    complete: bool,
}

impl<'a> Matcher<'a> {
    /// Prepares the words of these sendings; `complete` when no other could be meant.
    #[must_use]
    pub fn new(rows: &'a [Consignment], complete: bool) -> Self {
        let words: Vec<Word> = rows.iter().enumerate().flat_map(|(index, row)| words(index, row)).collect();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true);
        // Refused only beyond billions of states: then nothing is found.
        let automaton = builder.build(words.iter().map(|word| &word.text)).ok();
        Self { rows, words, automaton, complete }
    }

    /// The best candidates for a return whose bytes begin with `content`, best first; the newest first among equals.
    #[must_use]
    pub fn candidates(&self, returned: &Return, content: &[u8]) -> Vec<Scored> {
        let mut scored: Vec<Scored> = self
            .clues(returned, content)
            .into_iter()
            .filter_map(|(row, clues)| score(&self.rows[row], returned, clues))
            .collect();
        scored.sort_by_key(|scored| std::cmp::Reverse((scored.score, scored.id)));
        scored.truncate(TOLD);
        scored
    }

    /// The one sending that the return surely is about, and the clue that makes it so.
    #[must_use]
    pub fn certain(&self, returned: &Return, content: &[u8]) -> Option<(Id, Clue)> {
        let clues = self.clues(returned, content);
        let certain = |clues: &BTreeSet<Clue>| clues.iter().copied().find(|clue| clue.is_certain());
        let mut found = clues.iter().filter_map(|(row, clues)| Some((self.rows[*row].id, certain(clues)?)));
        let only = found.next().filter(|_| found.next().is_none())?;
        (self.complete || only.1 == Clue::Itself).then_some(only)
    }

    /// What was found of each sending of the profile.
    fn clues(&self, returned: &Return, content: &[u8]) -> BTreeMap<usize, BTreeSet<Clue>> {
        let mut clues: BTreeMap<usize, BTreeSet<Clue>> = BTreeMap::new();
        let texts = [
            (Place::Name, returned.offer.name.as_bytes()),
            (Place::Name, returned.offer.key.as_bytes()),
            (Place::Inside, content),
        ];
        for (place, text) in texts {
            for word in self.found(text) {
                let same_profile = self.rows[word.row].facts.lane.profile() == returned.lane.profile();
                if let Some(clue) = seen_at(word.clue, place).filter(|_| same_profile) {
                    clues.entry(word.row).or_default().insert(clue);
                }
            }
        }
        for clues in clues.values_mut().filter(|clues| clues.contains(&Clue::Name)) {
            clues.remove(&Clue::Number);
        }
        clues
    }

    /// Words that stand whole in a text.
    fn found<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = &'t Word> {
        let hits = self.automaton.iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        hits.filter_map(move |hit| {
            let word = &self.words[hit.pattern().as_usize()];
            let exact =
                !word.clue.is_certain() || word.clue == Clue::Itself || text[hit.range()] == *word.text.as_bytes();
            (exact && stands_alone(text, hit.range(), word.clue)).then_some(word)
        })
    }
}

/// What a word found somewhere is worth there.
fn seen_at(clue: Clue, place: Place) -> Option<Clue> {
    match (clue, place) {
        (Clue::Name, Place::Inside) => Some(Clue::NameInside),
        (Clue::Number, Place::Inside) => None,
        (clue, _) => Some(clue),
    }
}

/// No letter or digit touches it; what names one sending and no other is not a part of something longer either (`REF-1` of `REF-1-2`).
fn stands_alone(text: &[u8], at: std::ops::Range<usize>, clue: Clue) -> bool {
    let strict = matches!(clue, Clue::Identifier | Clue::Identity);
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || (strict && b"_-.@".contains(byte));
    let before = at.start.checked_sub(1).and_then(|before| text.get(before));
    !before.is_some_and(joins) && !text.get(at.end).is_some_and(joins)
}

/// What to look for of one sending; nothing when it surely never left.
fn words(row: usize, sent: &Consignment) -> Vec<Word> {
    if sent.committed.is_none() && matches!(sent.state.status(), Status::Cancelled | Status::Refused) {
        return Vec::new();
    }
    let facts = &sent.facts;
    let stem = facts.name.rsplit_once('.').map_or(facts.name.as_str(), |(stem, _)| stem);
    let identifiers = sent.identifiers.iter().filter(|(kind, _)| !SHARED.contains(&kind.as_str()));
    let identity = facts.identity.iter().filter_map(|identity| identity.split('/').max_by_key(|part| part.len()));
    let application = facts.destination.rsplit('/').next().unwrap_or_default();
    let numbers = stem.split(|c: char| !c.is_ascii_digit());
    let mut words = vec![(Clue::Itself, sent.id.to_string())];
    let mut add = |clue, shortest, text: &str| {
        if text.len() >= shortest {
            words.push((clue, text.to_owned()));
        }
    };
    identifiers.for_each(|(_, value)| add(Clue::Identifier, SHORTEST_IDENTIFIER, value));
    identity.for_each(|part| add(Clue::Identity, SHORTEST_IDENTIFIER, part));
    add(Clue::Name, SHORTEST_NAME, stem);
    numbers.for_each(|number| add(Clue::Number, SHORTEST_NUMBER, number));
    add(Clue::Application, SHORTEST_APPLICATION, application);
    words.into_iter().map(|(clue, text)| Word { row, clue, text }).collect()
}

fn score(sent: &Consignment, returned: &Return, mut clues: BTreeSet<Clue>) -> Option<Scored> {
    if !clues.iter().any(|clue| clue.is_telling()) {
        return None;
    }
    if sent.facts.lane == returned.lane {
        clues.insert(Clue::Lane);
    }
    clues.extend(when(sent, returned.offered));
    let reasons: Vec<_> = clues.iter().map(|clue| (clue.code(), clue.points())).collect();
    Some(Scored { id: sent.id, score: reasons.iter().map(|(_, points)| points).sum(), reasons })
}

/// A return may come before its sending is known to be complete, but not before the file was there.
fn when(sent: &Consignment, offered: Timestamp) -> Option<Clue> {
    if offered < sent.accepted {
        return Some(Clue::Before);
    }
    let left = sent.committed.unwrap_or(sent.accepted);
    match offered.duration_since(left.min(offered)) {
        after if after <= SignedDuration::from_hours(3 * 24) => Some(Clue::Days),
        after if after <= SignedDuration::from_hours(30 * 24) => Some(Clue::Month),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
