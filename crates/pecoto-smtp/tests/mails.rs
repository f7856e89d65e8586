//! What is read of real-shaped mails, and what hostile bytes cannot do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, thread};

use pecoto_smtp::mailbox::{Limits, Mail, MailError};
use proptest::prelude::*;

fn mail(bytes: &[u8]) -> Result<Mail, MailError> {
    Mail::parse("a.eml", bytes, &Limits::default())
}

fn code(bytes: &[u8]) -> &'static str {
    mail(bytes).unwrap_err().code()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails").join(name)).unwrap()
}

#[test]
fn real_shaped_mails_are_read() {
    let names = [
        "hostile_headers.eml",
        "html_only.eml",
        "latin1_quoted_printable.eml",
        "latin1_undeclared.eml",
        "nested_multipart.eml",
        "no_date.eml",
        "no_message_id.eml",
        "received_date_only.eml",
        "truncated.eml",
        "utf8_base64.eml",
    ];
    for name in names {
        let mail = Mail::parse(name, &fixture(name), &Limits::default()).unwrap();
        insta::assert_debug_snapshot!(name, mail);
    }
}

#[test]
fn bytes_without_mail_headers_are_refused() {
    assert_eq!(code(b""), "mail-not-a-mail");
    assert_eq!(code(b"\r\n\r\nhello"), "mail-not-a-mail");
    assert_eq!(code(b"<html>: x\n\nhello"), "mail-not-a-mail");
    assert_eq!(code(&fixture("not_a_mail.eml")), "mail-not-a-mail");
}

#[test]
fn a_missing_or_unfit_message_id_gives_the_hash_of_the_bytes() {
    let none = b"Subject: a\n\nb";
    let expected = "sha256:652b562b9c06fb8d1f50baf3ec9115f92f44315875b6b6c95585c59a08024bf3";
    let long = format!("Message-ID: <{}@x>\n\nb", "a".repeat(1_000));
    assert_eq!(mail(none).unwrap().key, expected);
    assert!(mail(long.as_bytes()).unwrap().key.starts_with("sha256:"));
    assert!(mail(b"Message-ID: <>\n\nb").unwrap().key.starts_with("sha256:"));
    assert_eq!(mail(b"Message-ID:\n <a@b>\n\nb").unwrap().key, "a@b");
    assert_ne!(mail(none).unwrap().key, mail(b"Subject: a\n\nc").unwrap().key);
}

#[test]
fn a_mail_is_bounded() {
    let limits = Limits { message_bytes: 1_000, text_bytes: 5, ..Limits::default() };
    let read = Mail::parse("a.eml", "Subject: a\n\nédéfgh".as_bytes(), &limits).unwrap();
    assert_eq!((read.text.as_str(), read.text_cut), ("édé", true));
    let large = [b"Subject: a\n\n".as_slice(), &[b'x'; 1_000]].concat();
    assert_eq!(Mail::parse("a.eml", &large, &limits).unwrap_err().code(), "mail-too-large");
    let subject = format!("Subject: {}\nTo: {}\n\n", "s".repeat(5_000), "a@b, ".repeat(5_000));
    let read = mail(subject.as_bytes()).unwrap();
    assert_eq!((read.subject.len(), read.to.len()), (1_000, 100));
}

/// Unbounded, the nested tree overflows the stack when it is dropped, which no caller can catch.
#[test]
fn nesting_cannot_overflow_the_stack() {
    for (level, most) in
        [("Content-Type: message/rfc822\n\n", 300), ("Content-Type: multipart/digest; boundary=b\n\n--b\n\n", 300)]
    {
        let nested = |depth: usize| format!("Subject: a\n{}x", level.repeat(depth)).into_bytes();
        let deep = nested(most);
        let small_stack = thread::Builder::new().stack_size(1 << 20);
        assert!(small_stack.spawn(move || mail(&deep).is_ok()).unwrap().join().unwrap());
        assert_eq!(code(&nested(200_000)), "mail-too-complex");
        assert_eq!(
            code(&String::from_utf8(nested(200_000)).unwrap().replace("Content-Type", "cOnTent -\tTyPE").into_bytes()),
            "mail-too-complex"
        );
    }
}

#[test]
fn unfinished_boundaries_and_words_cannot_take_minutes() {
    let words = format!("Subject: {}\n\n", "=?aa?q?".repeat(1_000_000));
    assert_eq!(code(words.as_bytes()), "mail-too-complex");
    let parts = "--b\nContent-Type: multipart/mixed; boundary=missing\n\n".repeat(100_000);
    let parts = format!("Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n{parts}");
    assert_eq!(code(parts.as_bytes()), "mail-too-complex");
}

/// Found by fuzzing: in a debug build the parser panics on it.
#[test]
fn a_mail_that_makes_the_parser_panic_is_an_error_at_most() {
    let outcome = mail(&fixture("parser_panic.eml"));
    assert!(matches!(outcome, Ok(_) | Err(MailError::ParserFailed)));
}

/// Pieces that mails are made of, so that random sequences reach deep into the parser.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"\r\n",
        b"\n",
        b"\n\n",
        b" ",
        b"--",
        b"--b",
        b"\n--b\n",
        b"\n--b--\n",
        b"--b--",
        b"b",
        b"Subject: ",
        b"From: ",
        b"To: a@b, <c>",
        b"Date: Mon, 11 Mar 2024 08:15:59 +0100",
        b"Message-ID: <a@b>",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=\"b\"",
        b"Content-Type: multipart/digest; boundary=b",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=utf-8",
        b"Content-Type: text/plain; charset=iso-8859-1",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"=?utf-8?q?=E9?=",
        b"=?iso-8859-1?B?6Q==?=",
        b"=?",
        b"=",
        b"6Q==",
        b"<p>&amp;&#x41;",
        b"<!--",
        b"\xe9",
        b"\xc3\xa9",
        b"\0",
        b";",
        b"\"",
        b"(",
    ];
    prop_oneof![4 => proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec), 1 => proptest::collection::vec(any::<u8>(), 0..20)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_are_a_bounded_mail_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check(&bytes)?;
    }

    #[test]
    fn mail_shaped_bytes_are_a_bounded_mail_or_an_error(pieces in proptest::collection::vec(piece(), 0..60)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn every_prefix_of_a_mail_is_read_or_refused(cut in 0usize..1_400) {
        let whole = fixture("nested_multipart.eml");
        check(&whole[..cut.min(whole.len())])?;
    }

    #[test]
    fn the_text_and_subject_come_through(subject in "[a-zA-Zéàç€]{1,20}", lines in proptest::collection::vec("[ -<>-~éà]{0,60}", 1..10)) {
        let text = lines.join("\n");
        let bytes = format!("Subject: {subject}\r\nMessage-ID: <a@b>\r\n\r\n{}", text.replace('\n', "\r\n"));
        let read = mail(bytes.as_bytes()).unwrap();
        prop_assert_eq!(read.subject, subject);
        prop_assert_eq!(read.text, text);
    }
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let limits = Limits { text_bytes: 200, ..Limits::default() };
    if let Ok(mail) = Mail::parse("a.eml", bytes, &limits) {
        prop_assert!(mail.text.len() <= 200);
        prop_assert!(!mail.key.is_empty() && mail.key.len() <= 250);
        prop_assert!(!mail.subject.contains(char::is_control));
        prop_assert!(mail.from.iter().chain(&mail.to).all(|address| !address.contains(char::is_control)));
        prop_assert_eq!(Mail::parse("a.eml", bytes, &limits).unwrap(), mail);
    }
    Ok(())
}
