//! Takes secrets out of text.
//!
//! The gateway puts user and password in its addresses and echoes them in its pages. A [`Redactor`] finds them however
//! they were written: in clear, percent-encoded (upper or lower case, of UTF-8 or windows-1252, once or twice), form-encoded,
//! HTML-escaped (names or numbers) or any mix of these, character by character.

use std::fmt;

use crate::text::entity;
use crate::text::fold::is_space;

/// What stands in the place of a secret.
pub const REMOVED: &str = "***";

/// Letters from which on a user's name is looked for. A shorter one stands in words of every language and gives nothing away.
const SHORTEST_NAME: usize = 3;

/// Removes known secrets from text. Its `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
}

/// The characters of one secret; a run of white space is one space.
#[derive(Clone, PartialEq, Eq)]
struct Secret(Vec<Symbol>);

#[derive(Clone, PartialEq, Eq)]
struct Symbol {
    character: char,
    /// Every fixed way to write it, the character itself included. Compared without ASCII case.
    spellings: Vec<String>,
}

impl Redactor {
    /// Knows no secret.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the name of a user. It is no secret of its own: one of fewer than three characters is left in texts.
    pub fn add_user(&mut self, name: &str) {
        if name.trim_matches(is_space).chars().count() >= SHORTEST_NAME {
            self.add(name);
        }
    }

    /// Adds a secret of any length; an empty one is ignored. A very short one takes much harmless text with it.
    pub fn add(&mut self, secret: &str) {
        let mut symbols: Vec<Symbol> = Vec::new();
        for character in secret.trim_matches(is_space).chars() {
            let character = if is_space(character) { ' ' } else { character };
            if character != ' ' || symbols.last().is_none_or(|last| last.character != ' ') {
                symbols.push(Symbol::new(character));
            }
        }
        self.keep(Secret(symbols));
        if secret.chars().any(|character| is_space(character) && character != ' ') {
            // Pages fold it, addresses write it as it is.
            self.keep(Secret(secret.chars().map(Symbol::new).collect()));
        }
    }

    fn keep(&mut self, secret: Secret) {
        if !secret.0.is_empty() && !self.secrets.contains(&secret) {
            self.secrets.push(secret);
        }
    }

    /// `text` with every secret replaced by [`REMOVED`].
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.replace(text, false)
    }

    /// The start of `text` with the secrets removed, at most `limit` bytes, cut at a character. A secret that the cut would
    /// split goes as a whole.
    #[must_use]
    pub fn start(&self, text: &str, limit: usize) -> String {
        let read = floor(text, limit.saturating_mul(4));
        let mut start = self.replace(&text[..read], read < text.len());
        start.truncate(floor(&start, limit));
        start
    }

    fn replace(&self, text: &str, goes_on: bool) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut copied = 0;
        let mut secret_until = 0;
        for (at, _) in text.char_indices() {
            let end = self.secrets.iter().filter_map(|secret| secret.end(text, at, goes_on)).max();
            let Some(end) = end.filter(|end| *end > secret_until) else {
                continue;
            };
            if at >= secret_until {
                clean.push_str(&text[copied..at]);
                clean.push_str(REMOVED);
            }
            secret_until = end;
            copied = end;
        }
        clean.push_str(&text[copied..]);
        clean
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

impl Secret {
    /// Where the secret that starts at `at` ends. With `goes_on`, `text` was cut: a secret may be cut with it.
    fn end(&self, text: &str, at: usize, goes_on: bool) -> Option<usize> {
        let mut places = vec![at];
        for symbol in &self.0 {
            let mut next = Vec::new();
            for place in places {
                if goes_on && symbol.may_be_cut(&text[place..]) {
                    return Some(text.len());
                }
                symbol.ends(text, place, &mut next);
            }
            next.sort_unstable();
            next.dedup();
            if next.is_empty() {
                return None;
            }
            places = next;
        }
        places.pop()
    }
}

impl Symbol {
    fn new(character: char) -> Self {
        let mut plain = vec![character.to_string()];
        if character == ' ' {
            plain.push("+".to_owned());
        }
        plain.extend(entity::name_of(character).map(|name| format!("&{name};")));
        plain.extend([format!("&#{};", u32::from(character)), format!("&#x{:x};", u32::from(character))]);
        let mut once: Vec<String> = plain.iter().map(|text| percent(text.as_bytes(), false)).collect();
        once.push(percent(character.to_string().as_bytes(), true));
        let (latin, _, missing) = encoding_rs::WINDOWS_1252.encode(plain[0].as_str());
        if !missing {
            once.push(percent(&latin, true));
        }
        let twice: Vec<String> = once.iter().map(|text| text.replace('%', "%25")).collect();
        let mut spellings = plain;
        spellings.extend(once);
        spellings.extend(twice);
        spellings.sort_unstable();
        spellings.dedup();
        Self { character, spellings }
    }

    /// Adds every place where this symbol, started at `at`, can end. White space can be any run of it.
    fn ends(&self, text: &str, at: usize, ends: &mut Vec<usize>) {
        let known = ends.len();
        self.ends_once(text, at, ends);
        let mut read = known;
        while self.character == ' ' && read < ends.len() {
            let mut more = Vec::new();
            self.ends_once(text, ends[read], &mut more);
            more.retain(|end| !ends.contains(end));
            ends.extend(more);
            read += 1;
        }
    }

    fn ends_once(&self, text: &str, at: usize, ends: &mut Vec<usize>) {
        let rest = &text[at..];
        let fixed = self.spellings.iter().filter(|spelling| starts(rest, spelling)).map(|spelling| at + spelling.len());
        ends.extend(fixed);
        // Numbers with leading zeros, names without a semicolon, spaces of other kinds.
        let is_this = |found: char| found == self.character || (self.character == ' ' && is_space(found));
        ends.extend(entity::reference(rest).filter(|(found, _)| is_this(*found)).map(|(_, length)| at + length));
        ends.extend(
            rest.chars()
                .next()
                .filter(|found| self.character == ' ' && is_space(*found))
                .map(|found| at + found.len_utf8()),
        );
    }

    /// Whether `rest`, which ends in a cut, could be the start of this symbol.
    fn may_be_cut(&self, rest: &str) -> bool {
        rest.is_empty() || self.spellings.iter().any(|spelling| starts(spelling, rest))
    }
}

fn starts(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn percent(bytes: &[u8], letters_too: bool) -> String {
    let mut written = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() && !letters_too {
            written.push(char::from(*byte));
        } else {
            written.push_str(&format!("%{byte:02x}"));
        }
    }
    written
}

/// The last character boundary of `text` that is not past `limit`.
fn floor(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let mut redactor = Redactor::new();
        secrets.iter().for_each(|secret| redactor.add(secret));
        redactor
    }

    #[test]
    fn secrets_go_in_every_writing() {
        let redactor = redactor(&["U-VILLE", "p&s é'w+1"]);
        for written in [
            "p&s é'w+1",
            "p%26s%20%C3%A9%27w%2B1",
            "p%26s+%c3%a9%27w%2b1",
            "p%26s+%E9'w%2b1",
            "p&amp;s &eacute;&#39;w+1",
            "p&#38;s &#xE9;&#039;w&#43;1",
            "p&amp;s  \n &eacute&#x27w+1",
            "p%2526s%2520%25C3%25A9%2527w%252B1",
            "p%26amp%3Bs+%26eacute%3B%26%2339%3Bw%2B1",
            "%70%26%73%20%C3%A9%27%77%2B%31",
            "P&S é'W+1",
            "u-ville",
            "U%2DVILLE",
        ] {
            assert_eq!(redactor.redact(&format!("<a href=\"?x={written}&y\">")), "<a href=\"?x=***&y\">", "{written}");
        }
        assert_eq!(redactor.redact("nothing here é & +"), "nothing here é & +");
    }

    #[test]
    fn a_name_of_a_letter_spoils_no_text_and_a_password_of_a_letter_goes() {
        let mut redactor = Redactor::new();
        ["u", " é2 ", "ami"].iter().for_each(|name| redactor.add_user(name));
        assert_eq!(redactor.redact("request u, é2, %61mi"), "request u, é2, ***");
        redactor.add("q");
        assert_eq!(redactor.redact("request u"), "re***uest u");
    }

    #[test]
    fn overlapping_secrets_go_together() {
        assert_eq!(redactor(&["abcd", "cdef", "x"]).redact("1abcdef2x3"), "1***2***3");
        assert_eq!(redactor(&["", "  "]).redact("all stays"), "all stays");
        assert_eq!(format!("{:?}", redactor(&["hidden"])), "Redactor(1 secrets)");
    }

    #[test]
    fn no_cut_leaves_a_piece_of_a_secret() {
        let redactor = redactor(&["s3cr3t-é"]);
        for text in ["s3cr3t-é ".repeat(40), "s3cr3t-%c3%a9&".repeat(40), "s3cr3t-&eacute;/".repeat(40)] {
            for limit in 0..60 {
                let start = redactor.start(&text, limit);
                assert!(start.len() <= limit);
                assert!(!start.contains(['s', '3', 'c', 'r', 't', '%', 'e']), "{limit} {start}");
            }
        }
        assert_eq!(redactor.start("short", 100), "short");
    }

    fn writing(secret: &str, choices: &[u8]) -> String {
        let mut choice = choices.iter().cycle();
        secret.chars().fold(String::new(), |written, character| {
            let mut utf_8 = [0; 4];
            let utf_8 = character.encode_utf8(&mut utf_8).as_bytes();
            written
                + &match choice.next().unwrap_or(&0) % 6 {
                    0 => percent(utf_8, true),
                    1 => percent(utf_8, true).to_uppercase(),
                    2 => format!("&#{};", u32::from(character)),
                    3 => format!("&#x{:04X};", u32::from(character)),
                    4 if character == ' ' => "+".to_owned(),
                    5 => entity::name_of(character).map_or_else(|| character.to_string(), |name| format!("&{name};")),
                    _ => character.to_string(),
                }
        })
    }

    proptest! {
        #[test]
        fn any_mix_of_writings_is_found(
            secret in "[!-)+-~é€ü][ -)+-~é€ü]{3,16}[!-)+-~é€ü]", before in "[ -~é]{0,20}", after in "[ -~é]{0,20}",
            choices in proptest::collection::vec(any::<u8>(), 1..20)) {
            let written = writing(&secret, &choices);
            let clean = redactor(&[&secret]).redact(&format!("{before}\u{1F512}{written}\u{1F512}{after}"));
            let (_, rest) = clean.split_once('\u{1F512}').unwrap();
            let (middle, _) = rest.split_once('\u{1F512}').unwrap();
            prop_assert_eq!(middle, REMOVED);
        }

        #[test]
        fn nothing_is_left_and_nothing_panics(secret in "[^*\\p{C}]{1,8}", text in "\\PC{0,60}", limit in 0..80usize) {
            let redactor = redactor(&[&secret]);
            let text = format!("{text}{secret}{text}");
            let kept = secret.trim_matches(is_space);
            for clean in [redactor.redact(&text), redactor.start(&text, limit)] {
                prop_assert!(kept.is_empty() || !clean.split(REMOVED).any(|piece| piece.contains(kept)));
            }
        }

        #[test]
        fn text_without_secrets_stays(text in "[a-y ]{0,60}") {
            prop_assert_eq!(redactor(&["zzz"]).redact(&text), text);
        }
    }
}
