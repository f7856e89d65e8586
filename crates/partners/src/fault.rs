//! The errors of clients in the scheduler's terms: what every adapter does alike.

use scheduler_core::partner::{Again, Fault, Reach, Received};

/// Characters kept of what the peer said.
const WORDS: usize = 500;

/// A fault before anything was received.
pub(crate) fn of(code: &'static str, again: Again, reach: Reach, words: &str) -> Fault {
    Fault {
        received: Received::No,
        again,
        reach,
        code: code.to_owned(),
        words: Some(bounded(words)).filter(|words| !words.is_empty()),
    }
}

/// The same at a deposit. A file that may have been received is the scheduler's to settle, by evidence; the others go on in another session.
/// A file that the operator, or the journal, held back at the commit point ends the session.
pub(crate) fn deposit(fault: Fault, maybe: bool, held_back: bool) -> Fault {
    match (maybe, held_back) {
        (true, _) => fault.maybe_received().again(Again::At(None)).reaching(Reach::Session),
        (false, true) => fault.reaching(Reach::Session),
        (false, false) => fault,
    }
}

/// At most [`WORDS`] characters.
pub(crate) fn bounded(words: &str) -> String {
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded() {
        assert_eq!(bounded(&"é".repeat(WORDS)), "é".repeat(WORDS));
        assert_eq!(bounded(&"é".repeat(9999)).chars().count(), WORDS + 1);
    }
}
