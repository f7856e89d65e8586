//! Replies of POP3 and IMAP servers: any bytes are read the same whole or cut in two, and never kept beyond the bounds (docs/protocols/mailbox.md 3, 4).

#![no_main]

use libfuzzer_sys::fuzz_target;
use pecoto_smtp::mailbox::{imap, pop3};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let cut = usize::from(first).min(bytes.len());
    let (head, tail) = bytes.split_at(cut);
    assert_eq!(pop3_replies(&[head, tail]), pop3_replies(&[bytes]));
    assert_eq!(imap_responses(&[head, tail]), imap_responses(&[bytes]));
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        let _ = imap::codec::Condition::read(line);
        let _ = imap::codec::Attributes::read(line);
        let _ = pop3::codec::size(line);
        if let Some((number, id)) = pop3::codec::unique_id(line) {
            assert!(number > 0 && line.contains(id));
        }
    }
});

/// Each reply's status, and all bodies together; what follows an error is not looked at.
fn pop3_replies(pieces: &[&[u8]]) -> (Vec<pop3::codec::Status>, Vec<u8>, bool) {
    let mut decoder = pop3::codec::Decoder::default();
    decoder.expect(true);
    let (mut statuses, mut body) = (Vec::new(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let Ok((used, event)) = decoder.feed(rest) else { return (statuses, body, false) };
            assert!(used <= rest.len());
            rest = &rest[used..];
            match event {
                Some(pop3::codec::Event::Status(status)) => {
                    assert!(status.text.len() <= 3 * pop3::codec::MAX_STATUS);
                    statuses.push(status);
                }
                Some(pop3::codec::Event::Body(bytes)) => body.extend(bytes),
                Some(pop3::codec::Event::End) => {}
                None => break,
            }
        }
    }
    (statuses, body, true)
}

/// Each line, and all literals together.
fn imap_responses(pieces: &[&[u8]]) -> (Vec<String>, Vec<u8>, bool) {
    let mut decoder = imap::codec::Decoder::default();
    let (mut lines, mut literals) = (Vec::new(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let Ok((used, event)) = decoder.feed(rest) else { return (lines, literals, false) };
            assert!(used <= rest.len());
            rest = &rest[used..];
            match event {
                Some(imap::codec::Event::Opened { text, .. } | imap::codec::Event::Line(text)) => {
                    assert!(text.len() <= 3 * imap::codec::MAX_LINE);
                    lines.push(text);
                }
                Some(imap::codec::Event::Literal(bytes)) => literals.extend(bytes),
                None => break,
            }
        }
    }
    (lines, literals, true)
}
