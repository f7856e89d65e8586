//! Identifiers of consignments, returns, sessions and requests.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 13;
/// Low bits that tell apart identifiers made in one millisecond.
const SEQUENCE_BITS: u32 = 15;

/// A number that no two things of one station share, growing with time.
///
/// Written as 13 Crockford base-32 digits in lower case (`01j8zv3k7m2p9`), which sort like the numbers.
/// 48 bits are milliseconds since 1970, 15 bits a sequence; it fits in a positive SQLite integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

impl Id {
    /// The identifier whose number is `value`, as the journal stores it; `None` when negative.
    #[must_use]
    pub fn from_i64(value: i64) -> Option<Self> {
        u64::try_from(value).ok().map(Self)
    }

    /// The least identifier that can be made at an instant or later.
    #[must_use]
    pub fn first_at(at: Timestamp) -> Self {
        Self(u64::try_from(at.as_millisecond()).unwrap_or(0) << SEQUENCE_BITS)
    }

    /// An identifier made by another process than the station, in a part of the sequence that the station does not use.
    #[must_use]
    pub fn foreign(now: Timestamp, process: u32) -> Self {
        const HALF: u64 = 1 << (SEQUENCE_BITS - 1);
        Self(Self::first_at(now).0 | HALF | (u64::from(process) & (HALF - 1)))
    }

    /// The number, as the journal stores it.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for digit in (0..DIGITS).rev() {
            let index = usize::try_from((self.0 >> (5 * digit)) & 31).unwrap_or(0);
            f.write_str(char::from(ALPHABET[index]).encode_utf8(&mut [0; 4]))?;
        }
        Ok(())
    }
}

/// A text that is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier: 13 characters among 0-9 and a-z without i, l, o, u are expected")]
pub struct NotAnId(String);

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let refuse = || NotAnId(text.chars().take(40).collect());
        if text.len() != DIGITS {
            return Err(refuse());
        }
        let mut value = 0_u64;
        for byte in text.bytes() {
            let lower = byte.to_ascii_lowercase();
            let digit = ALPHABET.iter().position(|&a| a == lower).ok_or_else(refuse)?;
            value = (value << 5) | digit as u64;
        }
        if value > i64::MAX.unsigned_abs() {
            return Err(refuse());
        }
        Ok(Self(value))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Makes identifiers; one per station, started above every identifier the journal holds.
#[derive(Debug)]
pub struct Ids(AtomicU64);

impl Ids {
    /// A source whose identifiers are all greater than `last`.
    #[must_use]
    pub fn after(last: Option<Id>) -> Self {
        Self(AtomicU64::new(last.map_or(0, |id| id.0)))
    }

    /// A new identifier, greater than all before it even when the clock is set back.
    pub fn next(&self, now: Timestamp) -> Id {
        let floor = Id::first_at(now).0;
        let make = |last: u64| Some(floor.max(last + 1));
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, make);
        Id(floor.max(last.unwrap_or_else(|last| last) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_agree_and_sort_alike() {
        let ids = Ids::after(None);
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let made: Vec<Id> = (0..1000).map(|_| ids.next(now)).collect();
        assert!(made.windows(2).all(|w| w[0] < w[1] && w[0].to_string() < w[1].to_string()));
        assert!(made.iter().all(|id| id.to_string().parse() == Ok(*id)));
        assert!(made.iter().all(|id| Id::from_i64(id.as_i64()) == Some(*id)));
    }

    #[test]
    fn a_clock_set_back_never_repeats() {
        let ids = Ids::after(None);
        let late = ids.next("2030-01-01T00:00:00Z".parse().unwrap());
        let early = ids.next("2020-01-01T00:00:00Z".parse().unwrap());
        assert!(early > late);
    }

    #[test]
    fn refuses_what_is_not_an_identifier() {
        for text in ["", "0", "01j8zv3k7m2p", "01j8zv3k7m2pu", "zzzzzzzzzzzzz", "01j8zv3k7m2p9x"] {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }
}
