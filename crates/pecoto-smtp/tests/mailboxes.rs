//! The three kinds of mailboxes against Dovecot and against its files: what is read, what stays, what a session that dies loses (nothing).

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod servers;

use std::{collections::BTreeSet, fs};

use pecoto_smtp::{
    mailbox::{Again, Disposal, Fetched, Limits, Listing, MailId, Mailbox, MailboxError, Security, Server, Source},
    submission::tls_config,
};
use servers::{MAIRIE, PASSWORD, Servers};

const LIMITS: Limits =
    Limits { messages_per_look: 10, message_bytes: 20_000, text_bytes: 1_000, settle: std::time::Duration::ZERO };

fn mail(id: &str) -> Vec<u8> {
    format!("Message-ID: <{id}>\r\nSubject: s\r\n\r\n.\r\n..a line\r\nend\r\n").into_bytes()
}

/// Every way into the same mailbox.
fn ways(servers: &Servers) -> Vec<(&'static str, Source)> {
    let ports = servers.ports;
    let imap = |port| Source::Imap { server: servers.server(port, MAIRIE), folder: "INBOX".to_owned() };
    vec![
        ("maildir", Source::Maildir(servers.maildir(MAIRIE))),
        ("IMAP with STARTTLS", imap(ports.imap)),
        ("IMAP over TLS", imap(ports.imaps)),
        ("POP3 with STLS", Source::Pop3(servers.server(ports.pop3, MAIRIE))),
        ("POP3 over TLS", Source::Pop3(servers.server(ports.pop3s, MAIRIE))),
    ]
}

async fn list(mailbox: &mut Mailbox) -> Listing {
    mailbox.list(|_| false).await.unwrap()
}

fn ids(listing: &Listing) -> Vec<MailId> {
    listing.new.iter().map(|entry| entry.id.clone()).collect()
}

async fn whole(mailbox: &mut Mailbox, id: &MailId) -> Vec<u8> {
    match mailbox.read(id).await.unwrap() {
        Fetched::Whole(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

fn flagged(servers: &Servers) -> usize {
    let names = fs::read_dir(servers.maildir(MAIRIE).join("cur")).unwrap();
    names.filter(|name| name.as_ref().unwrap().file_name().to_str().unwrap().ends_with('S')).count()
}

#[tokio::test]
async fn a_mail_is_read_byte_for_byte_and_marked_by_nobody() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &mail("one"));
    servers.deliver(MAIRIE, "2.b.host", &mail("two"));
    for (way, source) in ways(&servers) {
        let marked = flagged(&servers);
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        let listing = list(&mut mailbox).await;
        let first = ids(&listing);
        assert_eq!((first.len(), listing.unfit, listing.left), (2, 0, 0), "{way}");
        assert_eq!(whole(&mut mailbox, &first[0]).await, mail("one"), "{way}");
        assert_eq!(whole(&mut mailbox, &first[1]).await, mail("two"), "{way}");
        let Fetched::Whole(head) = mailbox.head(&first[0]).await.unwrap() else { panic!("{way}") };
        assert!(head.starts_with(b"Message-ID: <one>\r\nSubject: s\r\n") && !head.ends_with(b"end\r\n"), "{way}");
        mailbox.close().await.unwrap();
        let mut again = Mailbox::open(&source, LIMITS).await.unwrap();
        assert_eq!(ids(&list(&mut again).await), first, "identities stay: {way}");
        let known: BTreeSet<_> = [first[0].clone()].into();
        let rest = again.list(|id| known.contains(id)).await.unwrap();
        assert_eq!((rest.known, ids(&rest)), (1, vec![first[1].clone()]), "{way}");
        // Dovecot itself marks what is retrieved over POP3.
        if !way.starts_with("POP3") {
            assert_eq!(flagged(&servers), marked, "{way}");
        }
    }
}

#[tokio::test]
async fn a_session_that_dies_has_lost_nothing() {
    let Some(servers) = Servers::mailboxes() else { return };
    for (number, (way, source)) in ways(&servers).into_iter().enumerate() {
        servers.deliver(MAIRIE, &format!("{number}.a.host"), &mail("one"));
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        let found = ids(&list(&mut mailbox).await);
        whole(&mut mailbox, &found[0]).await;
        // The process ends here, after it read and before it disposed.
        drop(mailbox);
        let mut next = Mailbox::open(&source, LIMITS).await.unwrap();
        assert_eq!(ids(&list(&mut next).await), found, "{way}");
        next.dispose(&found[0], &Disposal::Delete).await.unwrap();
        next.close().await.unwrap();
        let mut last = Mailbox::open(&source, LIMITS).await.unwrap();
        // It died after it disposed and before it wrote that down: it disposes again, of a mail that is gone.
        last.dispose(&found[0], &Disposal::Delete).await.unwrap();
        assert_eq!(last.read(&found[0]).await.unwrap(), Fetched::Gone, "{way}");
        assert_eq!(ids(&list(&mut last).await), [], "{way}");
        last.close().await.unwrap();
    }
}

#[tokio::test]
async fn pop3_deletes_at_the_orderly_end_and_not_before() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &mail("one"));
    let source = servers.pop3(MAIRIE);
    let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
    let found = ids(&list(&mut mailbox).await);
    mailbox.dispose(&found[0], &Disposal::Delete).await.unwrap();
    assert_eq!(mailbox.read(&found[0]).await.unwrap(), Fetched::Gone);
    drop(mailbox);
    let mut next = Mailbox::open(&source, LIMITS).await.unwrap();
    assert_eq!(ids(&list(&mut next).await), found, "the session before did not end in order");
    let refused = next.dispose(&found[0], &Disposal::MarkSeen).await.unwrap_err();
    assert_eq!(refused.code(), "mailbox-unsupported");
}

#[tokio::test]
async fn only_what_is_disposed_of_goes() {
    let Some(servers) = Servers::mailboxes() else { return };
    for (number, (way, source)) in ways(&servers).into_iter().enumerate() {
        for name in ["a", "b", "c"] {
            servers.deliver(MAIRIE, &format!("{number}.{name}.host"), &mail(name));
        }
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        let found = ids(&list(&mut mailbox).await);
        mailbox.dispose(&found[0], &Disposal::Keep).await.unwrap();
        mailbox.dispose(&found[1], &Disposal::Delete).await.unwrap();
        mailbox.close().await.unwrap();
        let mut next = Mailbox::open(&source, LIMITS).await.unwrap();
        assert_eq!(ids(&list(&mut next).await), [found[0].clone(), found[2].clone()], "{way}");
        for id in [&found[0], &found[2]] {
            next.dispose(id, &Disposal::Delete).await.unwrap();
        }
        next.close().await.unwrap();
    }
}

/// Another reader marked a mail as deleted, and may think better of it.
#[tokio::test]
async fn imap_expunges_no_mail_but_its_own_and_lists_none_that_is_given_up() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &mail("one"));
    servers.deliver(MAIRIE, "2.b.host", &mail("two"));
    let cur = servers.maildir(MAIRIE).join("cur");
    fs::rename(servers.maildir(MAIRIE).join("new/1.a.host"), cur.join("1.a.host:2,T")).unwrap();
    let mut mailbox = Mailbox::open(&servers.imap(MAIRIE), LIMITS).await.unwrap();
    let found = ids(&list(&mut mailbox).await);
    assert_eq!(found.len(), 1);
    mailbox.dispose(&found[0], &Disposal::Delete).await.unwrap();
    mailbox.close().await.unwrap();
    let left: Vec<_> = fs::read_dir(cur).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["1.a.host:2,T"]);
}

#[tokio::test]
async fn imap_marks_and_moves() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &mail("one"));
    servers.deliver(MAIRIE, "2.b.host", &mail("two"));
    let mut mailbox = Mailbox::open(&servers.imap(MAIRIE), LIMITS).await.unwrap();
    let found = ids(&list(&mut mailbox).await);
    mailbox.dispose(&found[0], &Disposal::MarkSeen).await.unwrap();
    let missing = Disposal::MoveTo("Missing".to_owned());
    assert_eq!(mailbox.dispose(&found[1], &missing).await.unwrap_err().code(), "mailbox-refused");
    assert_eq!(ids(&list(&mut mailbox).await), found, "a refused move moves nothing");
    mailbox.close().await.unwrap();
    assert_eq!(flagged(&servers), 1);
}

#[tokio::test]
async fn a_mail_that_is_too_large_stops_no_other() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &[mail("large"), vec![b'x'; 100_000]].concat());
    servers.deliver(MAIRIE, "2.b.host", &mail("two"));
    for (way, source) in ways(&servers) {
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        let found = ids(&list(&mut mailbox).await);
        assert_eq!(mailbox.read(&found[0]).await.unwrap(), Fetched::TooLarge, "{way}");
        assert_eq!(whole(&mut mailbox, &found[1]).await, mail("two"), "{way}");
        mailbox.close().await.unwrap();
    }
}

#[tokio::test]
async fn more_mails_than_the_limit_are_left_for_the_next_listing() {
    let Some(servers) = Servers::mailboxes() else { return };
    for number in 0..25 {
        servers.deliver(MAIRIE, &format!("{number:02}.host"), &mail("m"));
    }
    for (way, source) in ways(&servers) {
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        let mut known = BTreeSet::new();
        let mut rounds = Vec::new();
        loop {
            let listing = mailbox.list(|id| known.contains(id)).await.unwrap();
            rounds.push((listing.new.len(), listing.known, listing.left));
            known.extend(ids(&listing));
            if listing.left == 0 {
                break;
            }
        }
        assert_eq!(rounds, [(10, 0, 15), (10, 10, 5), (5, 20, 0)], "{way}");
    }
}

#[tokio::test]
async fn what_is_refused_says_who_has_to_act() {
    let Some(servers) = Servers::mailboxes() else { return };
    let ports = servers.ports;
    let wrong = |port| {
        let security = if port == ports.pop3s { Security::Implicit } else { Security::StartTls }(servers.tls());
        Server::new("localhost", port, security, MAIRIE, "wr0ng".into()).unwrap()
    };
    for source in
        [Source::Pop3(wrong(ports.pop3s)), Source::Imap { server: wrong(ports.imap), folder: "INBOX".to_owned() }]
    {
        let refused = Mailbox::open(&source, LIMITS).await.unwrap_err();
        assert_eq!((refused.code(), refused.again()), ("mailbox-login-refused", Again::AfterOperator));
        assert!(!format!("{refused} {refused:?} {source:?}").contains("wr0ng"));
    }
    let stranger = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let strangers = tls_config(Some(&[stranger.cert.der().clone()]), None).unwrap();
    let server = Server::new("localhost", ports.pop3, Security::StartTls(strangers), MAIRIE, PASSWORD.into()).unwrap();
    assert_eq!(Mailbox::open(&Source::Pop3(server), LIMITS).await.unwrap_err().code(), "mailbox-tls");
    let named =
        Server::new("127.0.0.2", ports.imaps, Security::Implicit(servers.tls()), MAIRIE, PASSWORD.into()).unwrap();
    let source = Source::Imap { server: named, folder: "INBOX".to_owned() };
    let refused = Mailbox::open(&source, LIMITS).await.unwrap_err();
    assert!(matches!(refused, MailboxError::Tls { .. } | MailboxError::Unreachable { .. }), "{refused}");
    let missing = Source::Imap { server: servers.server(ports.imaps, MAIRIE), folder: "Missing".to_owned() };
    assert_eq!(Mailbox::open(&missing, LIMITS).await.unwrap_err().code(), "mailbox-refused");
}

#[tokio::test]
async fn an_identity_of_another_mailbox_is_refused() {
    let Some(servers) = Servers::mailboxes() else { return };
    servers.deliver(MAIRIE, "1.a.host", &mail("one"));
    for (way, source) in ways(&servers) {
        let mut mailbox = Mailbox::open(&source, LIMITS).await.unwrap();
        list(&mut mailbox).await;
        for foreign in ["maildir:1.a.host", "pop3:x", "imap:1:1"] {
            if foreign.split(':').next().unwrap() == way.to_lowercase().split(' ').next().unwrap()
                && !foreign.starts_with("imap")
            {
                continue;
            }
            let refused = mailbox.dispose(&MailId::parse(foreign).unwrap(), &Disposal::Delete).await.unwrap_err();
            assert_eq!(refused.code(), "mailbox-foreign-identity", "{way} {foreign}");
        }
        assert_eq!(list(&mut mailbox).await.new.len(), 1, "{way}");
        mailbox.close().await.unwrap();
    }
}
