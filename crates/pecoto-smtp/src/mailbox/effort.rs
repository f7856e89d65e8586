//! Refuses, before it is parsed, a mail built to exhaust the parser.
//!
//! mail-parser nests `message/rfc822` parts without a limit (dropping the tree then overflows the stack, which kills the
//! process), and searches the rest of the mail for every boundary and every encoded word that has no end.
//! Both need their token spelled out, so counting tokens bounds both.

/// Parts a mail may have. Each level of nesting needs one, so this bounds the depth as well.
const MAX_PARTS: u64 = 300;

/// Bytes the parser may have to look at, should every search fail: about ten seconds of one core.
const MAX_EFFORT: u64 = 1 << 33;

/// Whether the parser can be trusted with these bytes.
pub(super) fn is_reasonable(bytes: &[u8]) -> bool {
    let parts = count_content_types(bytes);
    let searches = parts + count_encoded_words(bytes);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    parts <= MAX_PARTS && searches.saturating_mul(length) <= MAX_EFFORT
}

/// Occurrences of `Content-Type`, in any case and spread by any white space, since the parser ignores both in a header's name.
fn count_content_types(bytes: &[u8]) -> u64 {
    const NAME: &[u8] = b"content-type";
    let mut found = 0;
    let mut matched = 0;
    for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase) {
        // Only the first letter of the name is a `c`, so a mismatch never has to look back.
        matched = if byte == NAME[matched] { matched + 1 } else { usize::from(byte == NAME[0]) };
        if matched == NAME.len() {
            found += 1;
            matched = 0;
        }
    }
    found
}

fn count_encoded_words(bytes: &[u8]) -> u64 {
    bytes.windows(2).map(|pair| u64::from(pair == b"=?")).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_as_the_parser_reads_them() {
        assert_eq!(count_content_types(b"Content-Type: a\r\nC O N tent-\tTYPE : b\nccontent-typ content-type"), 3);
        assert_eq!(count_encoded_words(b"=?utf-8?q?a?= =?="), 2);
        assert_eq!(count_content_types(b""), 0);
    }
}
