use super::*;

fn credentials(password: &str) -> Credentials {
    Credentials { user: "u".to_owned(), password: password.into() }
}

fn tagged(untagged: &[&str], condition: &str) -> Reply {
    let untagged = untagged.iter().map(|&line| line.to_owned()).collect();
    Reply { untagged, end: End::Tagged(Condition::read(condition).unwrap()) }
}

fn sent(step: Step) -> String {
    match step {
        Step::Command(text) | Step::Continue(text) => text.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

const CAPABLE: &[&str] = &["* CAPABILITY IMAP4rev1 STARTTLS UIDPLUS MOVE"];

#[test]
fn nothing_secret_is_said_before_tls() {
    let credentials = credentials("p\"w\\");
    let mut opening = Opening::new(&credentials, "INBOX");
    assert_eq!(sent(opening.greeting("* OK hello", false).unwrap()), "CAPABILITY");
    assert_eq!(sent(opening.proceed(&tagged(CAPABLE, "OK done")).unwrap()), "STARTTLS");
    assert!(matches!(opening.proceed(&tagged(&[], "OK begin")).unwrap(), Step::Protect));
    assert_eq!(sent(opening.protected()), "CAPABILITY");
    assert_eq!(sent(opening.proceed(&tagged(CAPABLE, "OK")).unwrap()), r#"LOGIN "u" "p\"w\\""#);
    assert_eq!(sent(opening.proceed(&tagged(&[], "OK in")).unwrap()), "CAPABILITY");
    assert_eq!(sent(opening.proceed(&tagged(CAPABLE, "OK")).unwrap()), "SELECT \"INBOX\"");
    let answers = ["* 3 EXISTS", "* OK [UIDVALIDITY 77] valid", "* FLAGS (\\Seen)"];
    let Step::Open(folder) = opening.proceed(&tagged(&answers, "OK [READ-ONLY] open")).unwrap() else { panic!() };
    assert_eq!(folder, Folder { validity: 77, mails: 3, read_only: true, uidplus: true, moves: true });
}

#[test]
fn a_password_that_no_quotes_hold_goes_as_a_literal() {
    let credentials = credentials("mot-de-passé");
    let mut opening = Opening::new(&credentials, "INBOX");
    opening.greeting("* OK hello", true).unwrap();
    assert_eq!(sent(opening.proceed(&tagged(&[], "OK")).unwrap()), "LOGIN {1}");
    let go = || Reply { untagged: Vec::new(), end: End::Continue };
    assert_eq!(sent(opening.proceed(&go()).unwrap()), "u {13}\r\n");
    assert_eq!(sent(opening.proceed(&go()).unwrap()), "mot-de-passé\r\n");
    assert_eq!(opening.proceed(&go()).unwrap_err().code(), "mailbox-protocol");
}

#[test]
fn what_would_weaken_the_session_ends_it() {
    let credentials = credentials("p");
    let mut opening = Opening::new(&credentials, "INBOX");
    assert_eq!(opening.greeting("* PREAUTH hello", false).unwrap_err().code(), "mailbox-protocol");
    assert_eq!(opening.greeting("* BYE busy", true).unwrap_err().code(), "mailbox-in-use");
    opening.greeting("* OK hello", false).unwrap();
    let without = tagged(&["* CAPABILITY IMAP4rev1"], "OK");
    assert_eq!(opening.proceed(&without).unwrap_err().code(), "mailbox-unsupported");
    opening.protected();
    let disabled = tagged(&["* CAPABILITY IMAP4rev1 LOGINDISABLED"], "OK");
    assert_eq!(opening.proceed(&disabled).unwrap_err().code(), "mailbox-unsupported");
}

#[test]
fn a_refused_password_is_told_from_a_busy_server_and_never_echoed() {
    let credentials = credentials("s3cret");
    let after_login = || {
        let mut opening = Opening::new(&credentials, "INBOX");
        opening.greeting("* OK hello", true).unwrap();
        opening.proceed(&tagged(&[], "OK")).unwrap();
        opening
    };
    let refused = after_login().proceed(&tagged(&[], "NO [AUTHENTICATIONFAILED] not s3cret")).unwrap_err();
    assert_eq!(refused.code(), "mailbox-login-refused");
    assert!(!format!("{refused} {refused:?}").contains("s3cret"));
    let busy = after_login().proceed(&tagged(&[], "NO [UNAVAILABLE] later")).unwrap_err();
    assert_eq!(busy.code(), "mailbox-in-use");
}
