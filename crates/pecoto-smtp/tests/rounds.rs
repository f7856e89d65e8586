//! Whole rounds through Postfix and Dovecot: out, delivered, reported, collected; and what is known when the server dies on the way. Python and swaks judge.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod servers;

use std::{
    convert::Infallible,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use pecoto_smtp::{
    mailbox::{
        Attachment, Disposal, Fetched, Limits, Mailbox, Source,
        report::{Fact, Report, Standing},
    },
    submission::{self, Again, Draft, Message, Receipt, Received, Recipients},
};
use servers::{BUREAU, CLOSED, FULL, GREY, MAIRIE, Servers, relay::Relay};
use tokio::time::{Instant, sleep};

/// The file's name, as a French clerk gives it.
const NAME: &str = "recensés d'été 2026.txt";
/// How long a server may take for what it does in milliseconds when the machine is idle.
const LONG: Duration = Duration::from_secs(60);

fn identity(name: &str) -> String {
    format!("{name}.0123456789abcdef@mairie.invalid")
}

/// Latin-1 letters, both line ends, dots at line starts, a NUL: what only survives if nothing looks at it.
fn census(size: usize) -> Arc<[u8]> {
    b"\xe9l\xe8ve;1\r\n.\r\n..\n\0\r".iter().copied().cycle().take(size).collect()
}

async fn message(name: &str, to: &str, size: usize) -> Message {
    let draft = Draft {
        from: MAIRIE.parse().unwrap(),
        to: Recipients::from(to.parse::<submission::Address>().unwrap()),
        subject: "Recensement 2026 à Saint-Éloi".parse().unwrap(),
        id: identity(name).parse().unwrap(),
        date: jiff::Timestamp::now(),
        text: "Fichier joint.\r\n.\r\n".to_owned(),
        name: NAME.parse().unwrap(),
        source: submission::Source::Bytes(census(size)),
        read_receipt: true,
    };
    Message::new(draft).await.unwrap()
}

async fn submit(servers: &Servers, message: &Message) -> submission::Result<Receipt> {
    let mut session = servers.client(servers.ports.submission).connect().await?;
    let receipt = session.submit(message, async { Ok::<(), Infallible>(()) }, &mut |_| {}).await;
    session.close().await;
    receipt
}

/// Collects the reports about one mail until one says `fact`, deletes them, and leaves everything else alone.
async fn wait_for(source: &Source, name: &str, address: &str, fact: Fact) -> Standing {
    let mut standing = Standing::default();
    let end = Instant::now() + LONG;
    let id = identity(name);
    while standing.of(address) != Some(fact) {
        assert!(Instant::now() < end, "no {fact:?} for {address}: {standing:?}");
        let mut mailbox = Mailbox::open(source, Limits::default()).await.unwrap();
        for entry in mailbox.list(|_| false).await.unwrap().new {
            let Fetched::Whole(bytes) = mailbox.read(&entry.id).await.unwrap() else { continue };
            let Ok(Some(report)) = Report::read(&bytes, &Limits::default()) else { continue };
            if report.is_about(&id, Some(&id)) {
                standing.learn(&report);
                mailbox.dispose(&entry.id, &Disposal::Delete).await.unwrap();
            }
        }
        mailbox.close().await.unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    standing
}

/// The mails in a mailbox, over POP3.
async fn mails(source: &Source) -> Vec<Vec<u8>> {
    let mut mailbox = Mailbox::open(source, Limits::default()).await.unwrap();
    let mut mails = Vec::new();
    for entry in mailbox.list(|_| false).await.unwrap().new {
        let Fetched::Whole(bytes) = mailbox.read(&entry.id).await.unwrap() else { panic!("{entry:?}") };
        mails.push(bytes);
    }
    mailbox.close().await.unwrap();
    mails
}

/// The attachment and the headers, as Python's email package reads them.
fn judged(mail: &[u8], file: &Path) -> Vec<String> {
    const JUDGE: &str = "\
import email, email.policy, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
assert not mail.defects, mail.defects
(attachment,) = mail.iter_attachments()
assert not attachment.defects, attachment.defects
open(sys.argv[1], 'wb').write(attachment.get_payload(decode=True))
print(mail['message-id'], mail['subject'], attachment.get_filename(), mail['disposition-notification-to'], sep='\\n')
";
    let mut python = Command::new("python3")
        .args(["-X", "utf8", "-c", JUDGE])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(mail).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What Thunderbird sends when its user agrees to a confirmation.
fn confirmation(name: &str) -> String {
    let thunderbird = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports/thunderbird_displayed.eml");
    let text = fs::read_to_string(thunderbird).unwrap();
    let text = text.replace("census-bureau@mairie.invalid", &identity(name));
    let (_, text) = text.split_once("Message-ID:").unwrap();
    format!("Message-ID:{text}")
}

#[tokio::test]
async fn a_census_file_goes_out_and_its_reports_come_back() {
    let Some(servers) = Servers::start() else { return };
    let message = message("round", BUREAU, 300_000).await;
    let receipt = submit(&servers, &message).await.unwrap();
    assert!(receipt.words.contains("queued"), "{}", receipt.words);
    wait_for(&servers.imap(MAIRIE), "round", BUREAU, Fact::Delivered).await;

    let received = mails(&servers.pop3(BUREAU)).await;
    assert_eq!(received.len(), 1);
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = judged(&received[0], file.path());
    let (id, confirm_to) = (format!("<{}>", identity("round")), format!("<{MAIRIE}>"));
    assert_eq!(told, [id.as_str(), "Recensement 2026 à Saint-Éloi", NAME, confirm_to.as_str()]);
    assert!(fs::read(file.path()).unwrap() == *census(300_000), "Python finds other bytes");
    let ours = Attachment::all(&received[0], &Limits::default()).unwrap();
    assert_eq!((ours.len(), ours[0].name.as_str()), (1, NAME));
    assert!(ours[0].bytes == *census(300_000), "we find other bytes");

    let confirmation = confirmation("round");
    let sent = servers.swaks(&["--auth-user", BUREAU, "--from", BUREAU, "--to", MAIRIE, "--data", &confirmation]);
    assert!(sent.status.success(), "{sent:?}");
    servers.deliver(MAIRIE, "9.stranger.host", b"Message-ID: <stranger>\r\nSubject: hello\r\n\r\n");
    wait_for(&servers.imap(MAIRIE), "round", BUREAU, Fact::Displayed).await;
    let left = mails(&servers.pop3(MAIRIE)).await;
    assert_eq!(left.len(), 1, "the reports went, the stranger's mail is left alone");
    assert!(String::from_utf8_lossy(&left[0]).contains("stranger"));
}

/// The server is one that any program can talk to, and offers what the rounds rely on.
#[tokio::test]
async fn swaks_finds_the_same_server() {
    let Some(servers) = Servers::start() else { return };
    let probe = servers.swaks(&["--auth-user", MAIRIE, "--from", MAIRIE, "--to", BUREAU, "--quit-after", "RCPT"]);
    let words = String::from_utf8_lossy(&probe.stdout);
    assert!(probe.status.success(), "{words} {}", String::from_utf8_lossy(&probe.stderr));
    for word in ["250-DSN", "250-PIPELINING", "235 2.7.0", "250 2.1.5 Ok"] {
        assert!(words.contains(word), "{word}: {words}");
    }
}

#[tokio::test]
async fn refused_at_once_or_afterwards_it_has_failed() {
    let Some(servers) = Servers::start() else { return };
    let unknown = message("unknown", "personne@bsn.invalid", 100).await;
    let refused = submit(&servers, &unknown).await.unwrap_err();
    assert_eq!((refused.received(), refused.again(), refused.reply()), (Received::No, Again::Never, Some(550)));
    let closed = message("closed", CLOSED, 100).await;
    let full = message("full", FULL, 100).await;
    submit(&servers, &closed).await.unwrap();
    submit(&servers, &full).await.unwrap();
    wait_for(&servers.imap(MAIRIE), "closed", CLOSED, Fact::Failed).await;
    wait_for(&servers.pop3(MAIRIE), "full", FULL, Fact::Delayed).await;
}

#[tokio::test]
async fn a_greylisted_message_is_sent_again_and_arrives_once() {
    let Some(servers) = Servers::start() else { return };
    let message = message("grey", GREY, 100).await;
    let refused = submit(&servers, &message).await.unwrap_err();
    assert_eq!((refused.received(), refused.reply()), (Received::No, Some(450)));
    assert_eq!(refused.again(), Again::Later);
    submit(&servers, &message).await.unwrap();
    wait_for(&servers.imap(MAIRIE), "grey", GREY, Fact::Delivered).await;
    assert_eq!(mails(&servers.pop3(GREY)).await.len(), 1);
}

#[tokio::test]
async fn killed_in_the_middle_it_was_surely_not_received() {
    let Some(servers) = Servers::start() else { return };
    let message = message("middle", BUREAU, 2_000_000).await;
    let mut session = servers.client(servers.ports.submission).connect().await.unwrap();
    let mut kill = Some(servers.killer());
    let mut progress = |_| {
        if let Some(kill) = kill.take() {
            kill();
        }
    };
    let commit = async { Err("the line was dead long before") };
    let cut = session.submit(&message, commit, &mut progress).await.unwrap_err();
    assert_eq!(cut.received(), Received::No, "{cut:?}");
    submit(&servers, &message).await.unwrap();
    wait_for(&servers.imap(MAIRIE), "middle", BUREAU, Fact::Delivered).await;
    assert_eq!(mails(&servers.pop3(BUREAU)).await.len(), 1);
}

#[tokio::test]
async fn killed_after_the_end_it_is_uncertain_until_the_report_says_delivered() {
    let Some(servers) = Servers::start() else { return };
    let message = message("end", BUREAU, 100_000).await;
    let relay = Relay::start(servers.ports.submission, servers.killer()).await;
    let mut session = servers.client(relay.port).connect().await.unwrap();
    let commit = async {
        relay.arm();
        Ok::<(), Infallible>(())
    };
    let unanswered = session.submit(&message, commit, &mut |_| {}).await.unwrap_err();
    assert_eq!(unanswered.received(), Received::Maybe, "{unanswered:?}");
    // Nothing is sent again: the report settles it.
    wait_for(&servers.imap(MAIRIE), "end", BUREAU, Fact::Delivered).await;
    assert_eq!(mails(&servers.pop3(BUREAU)).await.len(), 1);
}
