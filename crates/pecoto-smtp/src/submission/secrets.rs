//! Takes secrets out of a server's words.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands in the place of a secret.
const REMOVED: &str = "***";

/// Characters of a word that is a piece of a secret, and not by chance.
const PIECE: usize = 8;

/// Every spelling in which this session gave a secret out. `Debug` shows none.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// In clear and in base64, alone and in each of the responses that hold it (docs/protocols/pecoto.md 7.1).
    pub(super) fn of(secret: &str, responses: &[Vec<u8>]) -> Self {
        let mut spellings = vec![secret.to_owned(), STANDARD.encode(secret)];
        spellings.extend(responses.iter().map(|response| STANDARD.encode(response)));
        // The longest first: one may hold another.
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.retain(|spelling| !spelling.is_empty());
        Self(spellings)
    }

    pub(super) fn redact(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REMOVED));
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let mut clean = String::with_capacity(whole.len());
        let mut rest = whole.as_str();
        while let Some(start) = rest.find(is_letter) {
            let end = rest[start..].find(|c| !is_letter(c)).map_or(rest.len(), |end| start + end);
            clean.push_str(&rest[..start]);
            clean.push_str(if self.is_piece(&rest[start..end]) { REMOVED } else { &rest[start..end] });
            rest = &rest[end..];
        }
        clean + rest
    }

    /// Some servers repeat only the beginning of what they were told.
    fn is_piece(&self, word: &str) -> bool {
        word.len() >= PIECE && self.0.iter().any(|secret| secret.contains(word.trim_end_matches('=')))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_goes() {
        let response = b"\0user\0s3cr3t".to_vec();
        let secrets = Secrets::of("s3cr3t", std::slice::from_ref(&response));
        let text = format!("bad s3cr3t, {} or {}", STANDARD.encode("s3cr3t"), STANDARD.encode(&response));
        assert_eq!(secrets.redact(&text), "bad ***, *** or ***");
        let piece = &STANDARD.encode(&response)[..12];
        assert_eq!(secrets.redact(&format!("AUTH PLAIN <{piece}> truncated, é")), "AUTH PLAIN <***> truncated, é");
        assert_eq!(Secrets::default().redact("text"), "text");
        assert_eq!(Secrets::of("", &[]).redact("text"), "text");
        assert_eq!(format!("{secrets:?}"), "Secrets(3)");
    }
}
