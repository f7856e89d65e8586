//! Any bytes are replies or an error, the same however they are cut; what they offer is read without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pecoto_smtp::submission::{BadReply, Extensions, MAX_LINE, MAX_LINES, Replies, Reply};

fn read(pieces: impl Iterator<Item = Vec<u8>>) -> (Vec<Reply>, Option<BadReply>) {
    let mut replies = Replies::default();
    let mut found = Vec::new();
    for piece in pieces {
        replies.feed(&piece);
        loop {
            match replies.next_reply() {
                Ok(Some(reply)) => found.push(reply),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(std::iter::once(bytes.to_vec()));
    assert_eq!(read(bytes.chunks(3).map(<[u8]>::to_vec)), whole);
    for reply in &whole.0 {
        assert!((200..600).contains(&reply.code()));
        assert!(reply.lines().len() <= MAX_LINES && reply.lines().iter().all(|line| line.len() <= 3 * MAX_LINE));
        assert!(!reply.to_string().contains(char::is_control));
        assert!(reply.status().is_none_or(|status| u16::from(status.class) == reply.code() / 100));
        let offered = Extensions::of(reply);
        assert!(offered.auth.len() <= 3 && offered.largest() != Some(0));
    }
});
