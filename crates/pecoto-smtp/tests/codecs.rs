//! POP3 and IMAP replies: known answers, cut at every point, and bounded whatever comes.

use pecoto_smtp::mailbox::{MailboxError, imap, pop3};
use proptest::prelude::*;

/// What a reply with a body gives, fed in the given pieces: the status line, the body, and how many bytes were used.
fn pop3_reply(pieces: &[&[u8]]) -> Result<Option<(pop3::codec::Status, Vec<u8>)>, MailboxError> {
    let mut decoder = pop3::codec::Decoder::default();
    decoder.expect(true);
    let (mut status, mut body) = (None, Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let (used, event) = decoder.feed(rest)?;
            rest = &rest[used..];
            match event {
                Some(pop3::codec::Event::Status(read)) if !read.ok => return Ok(Some((read, body))),
                Some(pop3::codec::Event::Status(read)) => status = Some(read),
                Some(pop3::codec::Event::Body(bytes)) => body.extend(bytes),
                Some(pop3::codec::Event::End) => return Ok(status.map(|status| (status, body))),
                None => {
                    assert!(rest.is_empty(), "without an event all was used");
                    break;
                }
            }
        }
    }
    Ok(None)
}

fn imap_events(pieces: &[&[u8]]) -> Result<Vec<imap::codec::Event>, MailboxError> {
    let mut decoder = imap::codec::Decoder::default();
    let mut events: Vec<imap::codec::Event> = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let (used, event) = decoder.feed(rest)?;
            rest = &rest[used..];
            match event {
                Some(imap::codec::Event::Literal(bytes)) => {
                    if let Some(imap::codec::Event::Literal(before)) = events.last_mut() {
                        before.extend(bytes);
                    } else {
                        events.push(imap::codec::Event::Literal(bytes));
                    }
                }
                Some(event) => events.push(event),
                None => break,
            }
        }
    }
    Ok(events)
}

const RETRIEVED: &[u8] = b"+OK 5 octets\r\nA: b\r\n\r\n..\r\n..x\r\n.\nbare\r\r\n.y\r\nz\n.\r\nend\r\n.\r\n";
const CONTENT: &[u8] = b"A: b\r\n\r\n.\r\n.x\r\n\nbare\r\r\ny\r\nz\n.\r\nend\r\n";
const FETCHED: &[u8] = b"* 2 FETCH (UID 7 BODY[] {6}\r\na\r\n)\r\n)\r\na1 OK done\r\n";

#[test]
fn a_pop3_reply_is_read_cut_anywhere() {
    for cut in 0..=RETRIEVED.len() {
        let (head, tail) = RETRIEVED.split_at(cut);
        let (status, body) = pop3_reply(&[head, tail]).unwrap().unwrap();
        assert_eq!((status.text.as_str(), body.as_slice()), ("5 octets", CONTENT), "cut at {cut}");
        assert!(cut == RETRIEVED.len() || pop3_reply(&[head]).unwrap().is_none(), "complete at {cut}");
    }
}

#[test]
fn an_imap_response_is_read_cut_anywhere() {
    use imap::codec::Event::{Line, Literal, Opened};
    let whole = vec![
        Opened { text: "* 2 FETCH (UID 7 BODY[] ".to_owned(), length: 6 },
        Literal(b"a\r\n)\r\n".to_vec()),
        Line(")".to_owned()),
        Line("a1 OK done".to_owned()),
    ];
    for cut in 0..=FETCHED.len() {
        let (head, tail) = FETCHED.split_at(cut);
        assert_eq!(imap_events(&[head, tail]).unwrap(), whole, "cut at {cut}");
    }
}

#[test]
fn status_lines_name_their_code() {
    let (status, _) = pop3_reply(&[b"-ERR [In-Use] locked\r\n"]).unwrap().unwrap();
    assert_eq!((status.ok, status.code.as_deref(), status.text.as_str()), (false, Some("IN-USE"), "[In-Use] locked"));
    assert!(pop3_reply(&[b"* OK this is IMAP\r\n"]).is_err());
    let condition = imap::codec::Condition::read("NO [AUTHENTICATIONFAILED] no").unwrap();
    assert_eq!((condition.code.as_deref(), condition.words.as_str()), (Some("AUTHENTICATIONFAILED"), "no"));
    assert_eq!(imap::codec::Condition::read("PREAUTH hello"), None);
}

#[test]
fn lists_are_read_and_nonsense_is_not() {
    assert_eq!(pop3::codec::unique_id("1 whqtswO00WBw418f9t5JxYwZ"), Some((1, "whqtswO00WBw418f9t5JxYwZ")));
    for nonsense in ["0 a", "x a", "1", "", "-1 a", "99999999999 a"] {
        assert_eq!(pop3::codec::unique_id(nonsense), None, "{nonsense}");
    }
    assert_eq!(pop3::codec::size("12 345 and more"), Some((12, 345)));
}

#[test]
fn fetch_attributes_are_read_in_any_order() {
    let read = |text: &str| imap::codec::Attributes::read(text);
    let told = read("* 1 FETCH (FLAGS (\\Seen \\DELETED) RFC822.SIZE 44 UID 9)").unwrap();
    assert_eq!((told.uid, told.deleted, told.bytes), (Some(9), true, Some(44)));
    for (date, at) in [
        (" 1-Nov-2026 09:00:00 +0100", Some("2026-11-01T08:00:00Z")),
        ("17-jul-1996 02:44:25 -0700", Some("1996-07-17T09:44:25Z")),
        ("yesterday", None),
        ("99-Nov-2026 09:00:00 +0100", None),
    ] {
        let told = read(&format!("* 1 FETCH (INTERNALDATE \"{date}\" UID 9)")).unwrap();
        assert_eq!((told.uid, told.received), (Some(9), at.map(|at| at.parse().unwrap())), "{date}");
    }
    let quoted = read(r#"* 1 FETCH (BODY[HEADER.FIELDS (To)] "a \" ) b" UID 3)"#).unwrap();
    assert_eq!((quoted.uid, quoted.body.as_deref()), (Some(3), Some(b"a \" ) b".as_slice())));
    assert_eq!(read("* 1 EXISTS"), None);
    assert_eq!(read("* x FETCH (UID 1)"), None);
    assert_eq!(read("a1 OK FETCH (UID 1)"), None);
}

#[test]
fn endless_lines_are_refused() {
    assert!(pop3_reply(&[&b"+OK ".repeat(2_000)]).is_err());
    assert!(imap_events(&[&b"* x".repeat(50_000)]).is_err());
    // Many literals of nothing in one response are no way round it.
    assert!(imap_events(&[&b"* x {0}\r\n".repeat(10_000)]).is_err());
    let mut lines = pop3::codec::Lines::default();
    assert!(lines.feed(&[b'x'; 2_000], |_| {}).is_err());
}

proptest! {
    #[test]
    fn any_content_comes_back_from_pop3(lines in proptest::collection::vec(prop_oneof!["[.]{0,3}[a-z]{0,5}", "[^\r\n]{0,20}"], 0..20), cut in any::<prop::sample::Index>()) {
        let content: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let stuffed: String = lines.iter().map(|line| if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") }).collect();
        let reply = format!("+OK\r\n{stuffed}.\r\n");
        let (head, tail) = reply.as_bytes().split_at(cut.index(reply.len()));
        let (_, body) = pop3_reply(&[head, tail]).unwrap().unwrap();
        prop_assert_eq!(body, content.as_bytes());
    }

    #[test]
    fn any_content_comes_back_from_imap(content in proptest::collection::vec(any::<u8>(), 1..200), cut in any::<prop::sample::Index>()) {
        let reply = [format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n", content.len()).as_bytes(), &content, b")\r\n"].concat();
        let (head, tail) = reply.split_at(cut.index(reply.len()));
        let events = imap_events(&[head, tail]).unwrap();
        prop_assert_eq!(&events[1], &imap::codec::Event::Literal(content));
        prop_assert_eq!(events.len(), 3);
    }

    #[test]
    fn anything_is_read_the_same_in_any_pieces(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'.')], 0..200), cut in any::<prop::sample::Index>()) {
        let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
        prop_assert_eq!(imap_events(&[head, tail]).ok(), imap_events(&[&bytes]).ok());
        let reply = [b"+OK\r\n".as_slice(), &bytes].concat();
        let (head, tail) = reply.split_at(cut.index(reply.len()));
        prop_assert_eq!(pop3_reply(&[head, tail]).ok(), pop3_reply(&[&reply]).ok());
    }

    #[test]
    fn any_text_is_attributes_or_none(text in "\\PC{0,80}") {
        let _ = imap::codec::Attributes::read(&format!("* 1 FETCH ({text}"));
        let _ = imap::codec::Condition::read(&text);
    }
}
