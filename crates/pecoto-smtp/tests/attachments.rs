//! Files come out of mails byte for byte, under names that can hurt nobody.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use pecoto_smtp::mailbox::{Attachment, Limits, MAX_ATTACHMENTS};
use proptest::prelude::*;

fn all(bytes: &[u8]) -> Vec<Attachment> {
    Attachment::all(bytes, &Limits::default()).unwrap()
}

fn mail(headers: &str, body: &[u8]) -> Vec<u8> {
    let start = format!(
        "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nletter\r\n--b\r\n{headers}\r\n\r\n"
    );
    [start.as_bytes(), body, b"\r\n--b--\r\n"].concat()
}

fn named(name: &str) -> String {
    let headers =
        format!("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"");
    all(&mail(&headers, b"x"))[0].name.clone()
}

#[test]
fn a_text_keeps_its_bytes() {
    let headers = "Content-Type: text/xml; charset=iso-8859-1\r\nContent-Disposition: attachment; filename*=utf-8''liste%20%C3%A9lus.xml";
    let found = all(&mail(headers, b"<a>\xe9</a>\r\n"));
    assert_eq!(found.len(), 1, "the letter is none");
    assert_eq!((found[0].name.as_str(), found[0].kind.as_str()), ("liste élus.xml", "text/xml"));
    assert_eq!(found[0].bytes, b"<a>\xe9</a>\r\n");
    let headers = format!("{headers}\r\nContent-Transfer-Encoding: base64");
    assert_eq!(all(&mail(&headers, b"PGE+\r\n6TwvYT4NCg=="))[0].bytes, b"<a>\xe9</a>\r\n");
    let headers = headers.replace("base64", "quoted-printable");
    assert_eq!(all(&mail(&headers, b"<a>=E9</=\r\na>=0D=0A"))[0].bytes, b"<a>\xe9</a>\r\n");
}

/// What cannot be decoded is given as it came: a file that is not given would go with its mail.
#[test]
fn what_cannot_be_decoded_is_given_as_it_came() {
    for kind in ["text/xml", "text/html", "application/pdf", "message/rfc822"] {
        for (encoding, body) in [("base64", "PGE+!!\u{e9}*"), ("quoted-printable", "<a>=ZZ =")] {
            let headers = format!(
                "Content-Type: {kind}\r\nContent-Disposition: attachment; filename=a.xml\r\nContent-Transfer-Encoding: {encoding}"
            );
            let found = all(&mail(&headers, body.as_bytes()));
            assert_eq!(found.len(), 1, "{kind} {encoding} {body}");
            assert!(!found[0].bytes.is_empty(), "{kind} {encoding} {body}");
        }
    }
}

#[test]
fn names_can_hurt_nobody() {
    for (given, safe) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\windows\\\\x.exe", "x.exe"),
        ("..", "attachment"),
        ("", "attachment"),
        (".ssh", "ssh"),
        ("a\tb:c", "a_b_c"),
    ] {
        assert_eq!(named(given), safe, "{given}");
    }
    assert!(named(&"é".repeat(500)).len() <= 200);
}

#[test]
fn their_number_is_bounded() {
    let part = "--b\r\nContent-Type: image/png; name=a\r\n\r\nx\r\n";
    let mail = format!("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n", part.repeat(200));
    assert_eq!(all(mail.as_bytes()).len(), MAX_ATTACHMENTS);
}

#[test]
fn storing_again_after_a_crash_finds_it_there() {
    let folder = tempfile::tempdir().unwrap();
    let found = all(&mail("Content-Type: image/png; name=a.png", b"data"));
    let first = found[0].store(folder.path()).unwrap();
    fs::write(folder.path().join(format!("{}.part", first.sha256)), "half of another try").unwrap();
    assert_eq!(found[0].store(folder.path()).unwrap(), first);
    assert_eq!(fs::read(&first.path).unwrap(), b"data");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let other = all(&mail("Content-Type: image/png; name=a.png", b"other"));
    assert_ne!(other[0].store(folder.path()).unwrap().path, first.path, "no mail replaces another's file");
}

proptest! {
    #[test]
    fn any_name_is_one_component(name in "[^\r\n\"\\\\]{0,80}") {
        let safe = named(&name);
        prop_assert!(!safe.is_empty() && safe.len() <= 200 && !safe.starts_with('.'));
        prop_assert!(!safe.contains(['/', '\\', '\0']) && !safe.contains(char::is_control));
    }
}
