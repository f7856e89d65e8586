//! Servers that lie, never end, or were replaced by somebody on the way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use pecoto_smtp::{
    mailbox::{Disposal, Fetched, Limits, Mailbox, MailboxError, Security, Server, Source},
    submission::tls_config,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const LIMITS: Limits = Limits { messages_per_look: 10, message_bytes: 10_000, text_bytes: 100, settle: Duration::ZERO };
const PASSWORD: &str = "s3cret";

/// Answers a command line, in capitals, with bytes; empty for silence.
type Script = fn(&str) -> Vec<u8>;

struct Scripted {
    port: u16,
    certificate: CertificateDer<'static>,
}

impl Scripted {
    async fn start(greeting: &'static str, script: Script, tls: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            if tls {
                let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
                play(stream, greeting, script).await;
            } else {
                play(stream, greeting, script).await;
            }
        });
        Self { port, certificate }
    }

    fn server(&self, implicit: bool) -> Server {
        let tls = tls_config(Some(std::slice::from_ref(&self.certificate)), None).unwrap();
        let security = if implicit { Security::Implicit(tls) } else { Security::StartTls(tls) };
        Server::new("localhost", self.port, security, "u", PASSWORD.into()).unwrap()
    }
}

/// The client may leave at any moment.
async fn play(stream: impl AsyncRead + AsyncWrite + Unpin, greeting: &str, script: Script) {
    let mut stream = BufReader::new(stream);
    let _ = stream.write_all(greeting.as_bytes()).await;
    let _ = stream.flush().await;
    let mut line = String::new();
    while let Ok(1..) = stream.read_line(&mut line).await {
        if stream.write_all(&script(&line.trim_end().to_uppercase())).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        line.clear();
    }
}

async fn pop3(script: Script) -> Result<Mailbox, MailboxError> {
    let server = Scripted::start("+OK\r\n", script, true).await.server(true);
    let server = server.with_limits(Duration::from_millis(300), Duration::from_secs(20));
    Mailbox::open(&Source::Pop3(server), LIMITS).await
}

async fn imap(script: Script) -> Result<Mailbox, MailboxError> {
    let server = Scripted::start("* OK\r\n", script, true).await.server(true);
    let server = server.with_limits(Duration::from_millis(300), Duration::from_secs(20));
    Mailbox::open(&Source::Imap { server, folder: "INBOX".to_owned() }, LIMITS).await
}

/// An honest server with two mails.
fn honest_pop3(line: &str) -> Vec<u8> {
    match line.split(' ').next().unwrap() {
        "CAPA" => b"+OK\r\nUIDL\r\nTOP\r\n.\r\n".to_vec(),
        "LIST" => b"+OK\r\n1 20\r\n2 20\r\n.\r\n".to_vec(),
        "UIDL" => b"+OK\r\n1 aa\r\n2 bb\r\n.\r\n".to_vec(),
        "RETR" => b"+OK\r\nSubject: s\r\n\r\n.\r\n".to_vec(),
        _ => b"+OK\r\n".to_vec(),
    }
}

fn honest_imap(line: &str) -> Vec<u8> {
    let (tag, rest) = line.split_once(' ').unwrap();
    let tag = tag.to_lowercase();
    let untagged = match rest.split(' ').next().unwrap() {
        "CAPABILITY" => "* CAPABILITY IMAP4REV1\r\n",
        "SELECT" => "* 2 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n",
        "UID" => "* 1 FETCH (UID 11 RFC822.SIZE 3 FLAGS ())\r\n* 2 FETCH (UID 12 RFC822.SIZE 3 FLAGS ())\r\n",
        _ => "",
    };
    format!("{untagged}{tag} OK done\r\n").into_bytes()
}

/// Somebody on the way adds an answer in clear text, to be believed once TLS is up.
#[tokio::test]
async fn words_smuggled_in_before_tls_end_the_session() {
    let pop3: Script = |line| match line {
        "STLS" => b"+OK go on\r\n+OK smuggled\r\n".to_vec(),
        _ => b"+OK\r\nSTLS\r\n.\r\n".to_vec(),
    };
    let server = Scripted::start("+OK\r\n", pop3, false).await.server(false);
    let refused = Mailbox::open(&Source::Pop3(server), LIMITS).await.unwrap_err();
    assert_eq!(refused.code(), "mailbox-protocol", "{refused}");
    let imap: Script = |line| {
        let tag = line.split(' ').next().unwrap().to_lowercase();
        if line.ends_with("STARTTLS") {
            format!("{tag} OK\r\n* CAPABILITY LOGIN\r\n").into_bytes()
        } else {
            format!("* CAPABILITY STARTTLS\r\n{tag} OK\r\n").into_bytes()
        }
    };
    let server = Scripted::start("* OK\r\n", imap, false).await.server(false);
    let source = Source::Imap { server, folder: "INBOX".to_owned() };
    assert_eq!(Mailbox::open(&source, LIMITS).await.unwrap_err().code(), "mailbox-protocol");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let silent = pop3(|line| if line.starts_with("USER") { Vec::new() } else { honest_pop3(line) }).await;
    assert_eq!(silent.unwrap_err().code(), "mailbox-timed-out");
    let silent = imap(|line| if line.contains("SELECT") { Vec::new() } else { honest_imap(line) }).await;
    assert_eq!(silent.unwrap_err().code(), "mailbox-timed-out");
}

#[tokio::test]
async fn a_mail_without_end_ends_the_session_and_a_large_one_does_not() {
    let endless: Script = |line| match line {
        "RETR 1" => [b"+OK\r\n".as_slice(), &b"x\r\n".repeat(50_000)].concat(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(endless).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.read(&found[0].id).await.unwrap_err().code(), "mailbox-protocol");
    // Its size was told wrongly.
    let large: Script = |line| match line {
        "RETR 1" => [b"+OK\r\n".as_slice(), &b"x\r\n".repeat(5_000), b".\r\n"].concat(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(large).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.read(&found[0].id).await.unwrap(), Fetched::TooLarge);
    assert!(matches!(mailbox.read(&found[1].id).await.unwrap(), Fetched::Whole(_)));
    let announced: Script = |line| {
        if line.contains("BODY.PEEK") {
            [b"* 1 FETCH (UID 11 BODY[] {99999999999}\r\n".as_slice(), &[b'x'; 50_000]].concat()
        } else {
            honest_imap(line)
        }
    };
    let mut mailbox = imap(announced).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.read(&found[0].id).await.unwrap_err().code(), "mailbox-protocol");
}

/// Anybody can send a mail that is all header: it must not end each session that looks at it, and so hide all that come after it, for ever.
#[tokio::test]
async fn a_header_without_measure_stops_no_other() {
    let header: Script = |line| match line {
        "LIST" => b"+OK\r\n1 350000\r\n2 20\r\n.\r\n".to_vec(),
        "TOP 1 0" => [b"+OK\r\n".as_slice(), &b"X-A: b\r\n".repeat(43_750), b".\r\n"].concat(),
        "TOP 2 0" => b"+OK\r\nSubject: s\r\n\r\n.\r\n".to_vec(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(header).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.head(&found[0].id).await.unwrap(), Fetched::TooLarge);
    assert!(matches!(mailbox.head(&found[1].id).await.unwrap(), Fetched::Whole(_)));
    let endless: Script = |line| match line {
        "TOP 1 0" => [b"+OK\r\n".as_slice(), &b"X-A: b\r\n".repeat(43_750)].concat(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(endless).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.head(&found[0].id).await.unwrap_err().code(), "mailbox-protocol");
}

/// Otherwise one damaged mail would hide all that come after it, for ever.
#[tokio::test]
async fn a_mail_that_the_server_refuses_stops_no_other() {
    let damaged: Script = |line| match line {
        "RETR 1" => b"-ERR [SYS/PERM] damaged\r\n".to_vec(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(damaged).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert!(
        matches!(mailbox.read(&found[0].id).await.unwrap(), Fetched::Refused { words } if words.contains("damaged"))
    );
    assert!(matches!(mailbox.read(&found[1].id).await.unwrap(), Fetched::Whole(_)));
    let damaged: Script = |line| match line.split_once(" UID FETCH 11 ") {
        Some((tag, _)) => format!("{} NO damaged\r\n", tag.to_lowercase()).into_bytes(),
        None => honest_imap(line),
    };
    let mut mailbox = imap(damaged).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert!(matches!(mailbox.read(&found[0].id).await.unwrap(), Fetched::Refused { .. }));
    assert_eq!(mailbox.read(&found[1].id).await.unwrap(), Fetched::Gone);
}

/// To delete one of two mails of the same name could delete the other.
#[tokio::test]
async fn mails_that_share_a_name_are_left_alone() {
    let doubled: Script = |line| match line {
        "UIDL" => b"+OK\r\n1 aa\r\n2 aa\r\n3 bb\r\n4 \x01\x02\r\n.\r\n".to_vec(),
        _ => honest_pop3(line),
    };
    let mut mailbox = pop3(doubled).await.unwrap();
    let listing = mailbox.list(|_| false).await.unwrap();
    assert_eq!((listing.new.len(), listing.unfit), (1, 2));
    let shared = pecoto_smtp::mailbox::MailId::parse("pop3:aa").unwrap();
    assert!(mailbox.dispose(&shared, &Disposal::Delete).await.is_err());
}

#[tokio::test]
async fn another_mails_content_is_not_taken_for_the_one_asked_for() {
    let other: Script = |line| {
        if line.contains("BODY.PEEK") {
            let tag = line.split(' ').next().unwrap().to_lowercase();
            format!("* 2 FETCH (UID 12 BODY[] {{3}}\r\nabc)\r\n{tag} OK\r\n").into_bytes()
        } else {
            honest_imap(line)
        }
    };
    let mut mailbox = imap(other).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    assert_eq!(mailbox.read(&found[0].id).await.unwrap(), Fetched::Gone);
    assert_eq!(mailbox.read(&found[1].id).await.unwrap(), Fetched::Whole(b"abc".to_vec()));
}

/// Without `UID EXPUNGE` the only other way would remove what other readers marked.
#[tokio::test]
async fn a_server_that_cannot_delete_one_mail_is_not_asked_to_delete_all() {
    let strict: Script = |line| {
        assert!(!line.contains("EXPUNGE"), "{line}");
        honest_imap(line)
    };
    let mut mailbox = imap(strict).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    mailbox.dispose(&found[0].id, &Disposal::Delete).await.unwrap();
    mailbox.close().await.unwrap();
}

#[tokio::test]
async fn a_server_without_lasting_names_is_refused() {
    let nameless = |line: &str| if line == "UIDL" { b"-ERR no\r\n".to_vec() } else { honest_pop3(line) };
    let mut mailbox = pop3(nameless).await.unwrap();
    assert_eq!(mailbox.list(|_| false).await.unwrap_err().code(), "mailbox-refused");
    let nameless =
        |line: &str| if line.contains("SELECT") { b"* 1 EXISTS\r\na4 OK\r\n".to_vec() } else { honest_imap(line) };
    assert_eq!(imap(nameless).await.unwrap_err().code(), "mailbox-unsupported");
}

#[tokio::test]
async fn a_deletion_that_was_not_confirmed_is_an_error() {
    let unsure: Script = |line| if line == "QUIT" { b"-ERR some not removed\r\n".to_vec() } else { honest_pop3(line) };
    let mut mailbox = pop3(unsure).await.unwrap();
    let found = mailbox.list(|_| false).await.unwrap().new;
    mailbox.dispose(&found[0].id, &Disposal::Delete).await.unwrap();
    assert_eq!(mailbox.close().await.unwrap_err().code(), "mailbox-refused");
}
