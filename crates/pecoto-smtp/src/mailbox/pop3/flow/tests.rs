use super::*;
use crate::mailbox::pop3::codec::{Decoder, Event};

fn credentials() -> Credentials {
    Credentials { user: "u".to_owned(), password: "s3cret".into() }
}

fn reply(status: &str, lines: &[&str]) -> Reply {
    let (_, event) = Decoder::default().feed(format!("{status}\r\n").as_bytes()).unwrap();
    let Some(Event::Status(status)) = event else { panic!("no status") };
    Reply { status, lines: lines.iter().map(|&line| line.to_owned()).collect() }
}

fn sent(step: Step) -> String {
    match step {
        Step::Send { line, .. } => line.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_secret_is_said_before_tls() {
    let credentials = credentials();
    let mut opening = Opening::new(&credentials, false);
    assert_eq!(sent(opening.proceed(&reply("+OK ready", &[])).unwrap()), "CAPA\r\n");
    assert_eq!(sent(opening.proceed(&reply("+OK", &["STLS", "UIDL"])).unwrap()), "STLS\r\n");
    assert!(matches!(opening.proceed(&reply("+OK go", &[])).unwrap(), Step::Protect));
    assert_eq!(sent(opening.protected()), "USER u\r\n");
    assert_eq!(sent(opening.proceed(&reply("+OK", &[])).unwrap()), "PASS s3cret\r\n");
    assert_eq!(sent(opening.proceed(&reply("+OK", &[])).unwrap()), "CAPA\r\n");
    let Step::Open(capabilities) = opening.proceed(&reply("+OK", &["UIDL", "TOP"])).unwrap() else { panic!() };
    assert!(!capabilities.lacks("uidl") && capabilities.lacks("PIPELINING"));
}

#[test]
fn a_server_without_tls_is_left() {
    let credentials = credentials();
    let mut opening = Opening::new(&credentials, false);
    opening.proceed(&reply("+OK ready", &[])).unwrap();
    assert_eq!(opening.proceed(&reply("+OK", &["UIDL"])).unwrap_err().code(), "mailbox-unsupported");
    let mut opening = Opening::new(&credentials, false);
    opening.proceed(&reply("+OK ready", &[])).unwrap();
    opening.proceed(&reply("-ERR what?", &[])).unwrap();
    assert_eq!(opening.proceed(&reply("-ERR no TLS", &[])).unwrap_err().code(), "mailbox-refused");
}

#[test]
fn a_refused_password_is_told_from_a_locked_mailbox_and_never_echoed() {
    let credentials = credentials();
    let after_user = || {
        let mut opening = Opening::new(&credentials, true);
        opening.proceed(&reply("+OK ready", &[])).unwrap();
        opening.proceed(&reply("+OK", &[])).unwrap();
        opening
    };
    let refused = after_user().proceed(&reply("-ERR [AUTH] not s3cret", &[])).unwrap_err();
    assert_eq!(refused.code(), "mailbox-login-refused");
    assert!(!format!("{refused} {refused:?}").contains("s3cret"));
    let locked = after_user().proceed(&reply("-ERR [in-use] wait", &[])).unwrap_err();
    assert_eq!((locked.code(), locked.again()), ("mailbox-in-use", crate::mailbox::Again::Later));
}
