//! Transparency (RFC 5321 4.5.2): a dot at the beginning of a line is doubled; the end is one line of a dot alone. Streamed, in constant memory.

/// Doubles dots of a message that comes in pieces.
#[derive(Clone, Copy, Debug)]
pub struct Stuffing {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    LineBegins,
    AfterCr,
    Inside,
}

impl Default for Stuffing {
    fn default() -> Self {
        Self { state: State::LineBegins }
    }
}

impl Stuffing {
    /// Appends `piece` to `out`.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut copied = 0;
        let mut at = 0;
        while at < piece.len() {
            if self.state == State::LineBegins && piece[at] == b'.' {
                out.extend_from_slice(&piece[copied..at]);
                out.push(b'.');
                copied = at;
            }
            self.state = match (self.state, piece[at]) {
                (State::AfterCr, b'\n') => State::LineBegins,
                (_, b'\r') => State::AfterCr,
                _ => State::Inside,
            };
            at += 1;
            if self.state == State::Inside {
                // Nothing happens before the next CR.
                at += memchr::memchr(b'\r', &piece[at..]).unwrap_or(piece.len() - at);
            }
        }
        out.extend_from_slice(&piece[copied..]);
    }

    /// Appends the line that completes the message, after the end of its last line: `.` CRLF. Nothing before it makes a message complete
    /// (docs/protocols/pecoto.md 5.3).
    pub fn finish(self, out: &mut Vec<u8>) {
        if self.state != State::LineBegins {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(message: &[u8], size: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut stuffing = Stuffing::default();
        message.chunks(size.max(1)).for_each(|piece| stuffing.feed(piece, &mut out));
        stuffing.finish(&mut out);
        out
    }

    #[test]
    fn known_answers() {
        assert_eq!(stuffed(b"", 1), b".\r\n");
        assert_eq!(stuffed(b".", 1), b"..\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n.b\r\n", 3), b"a\r\n..b\r\n.\r\n");
        assert_eq!(stuffed(b"a\n.b\r.c", 2), b"a\n.b\r.c\r\n.\r\n", "only CRLF ends a line");
        assert_eq!(stuffed(b"..\r\n", 1), b"...\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\r\n.\r", 1), b"a\r\r\n..\r\r\n.\r\n");
    }

    /// What a server does: reads lines until one that is a dot alone, takes one dot off the others.
    fn received(bytes: &[u8]) -> (Vec<u8>, usize) {
        let (mut message, mut at) = (Vec::new(), 0);
        loop {
            let end = bytes[at..].windows(2).position(|pair| pair == b"\r\n").unwrap() + at + 2;
            let line = &bytes[at..end];
            at = end;
            if line == b".\r\n" {
                return (message, at);
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
    }

    proptest! {
        #[test]
        fn what_a_server_reads_is_what_was_given(message in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), Just(b'a')], 0..60), size in 1..7usize) {
            let sent = stuffed(&message, size);
            prop_assert_eq!(&sent, &stuffed(&message, 1000));
            let (read, end) = received(&sent);
            prop_assert_eq!(end, sent.len(), "the end is at the end, and nowhere before");
            let mut expected = message.clone();
            if !message.is_empty() && !message.ends_with(b"\r\n") { expected.extend_from_slice(b"\r\n"); }
            prop_assert_eq!(read, expected);
        }
    }
}
