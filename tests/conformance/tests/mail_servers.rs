//! Whole rounds of a station through a real Postfix and a real Dovecot: a file in a watched folder, its reports, its answers; the notices of a
//! gateway that arrive in a mailbox.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "../../../crates/pecoto-smtp/tests/servers/mod.rs"]
mod servers;

#[path = "mail_servers/notices.rs"]
mod notices;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::{Peer, Reception, Rig, Spec, Trouble};
use scheduler_core::consignment::Status;
use scheduler_core::partner::{Channel, Section, Value};

use servers::{BUREAU, CLOSED, GREY, MAIRIE, PASSWORD, Servers};

/// How long servers may take for what they do in milliseconds when the machine is idle.
const LONG: Duration = Duration::from_secs(60);

/// Where the reports are read from.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Imap,
    Pop3,
}

/// Real servers in place of simulators: what was received is seen in the recipients' mailboxes, not here.
struct Real {
    servers: Servers,
    reading: Reading,
    to: &'static str,
}

impl Real {
    /// The authority that signed the servers' certificate, beside the mails.
    fn authority(&self) -> PathBuf {
        self.servers.maildir(MAIRIE).ancestors().nth(3).unwrap().join("authority.pem")
    }

    /// Mails in a maildir.
    fn mails(&self, user: &str) -> Vec<PathBuf> {
        let maildir = self.servers.maildir(user);
        let parts = ["new", "cur"].map(|part| maildir.join(part));
        let entries = parts.iter().flat_map(|part| fs::read_dir(part).into_iter().flatten());
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

impl Peer for Real {
    fn channel(&self) -> &'static dyn Channel {
        *partners::CHANNELS.iter().find(|channel| channel.kind() == "pecoto").unwrap()
    }

    fn profile(&self, _: &str) -> Section {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut section = Section::default();
        let (kind, port) = match self.reading {
            Reading::Imap => ("imap", self.servers.ports.imaps),
            Reading::Pop3 => ("pop3", self.servers.ports.pop3s),
        };
        for (field, value) in [
            ("server", text("localhost")),
            ("port", Value::Integer(self.servers.ports.submission.into())),
            ("from", text(MAIRIE)),
            ("user", text(MAIRIE)),
            ("password", Value::Secret(PASSWORD.into())),
            ("ca", Value::Path(self.authority())),
            ("mailbox_server", text("localhost")),
            ("mailbox_kind", text(kind)),
            ("mailbox_port", Value::Integer(port.into())),
            ("answers_from", text(BUREAU)),
        ] {
            section.insert(field, value);
        }
        section
    }

    fn scenario(&self) -> Section {
        let mut fields = Section::default();
        fields.insert("destination", Value::Text(self.to.to_owned()));
        fields
    }

    fn trouble(&self, _: &[(&str, Trouble)]) {}

    fn offer(&self, _: &str, name: &str, bytes: &[u8]) {
        let head = format!(
            "From: <{BUREAU}>\r\nTo: <{MAIRIE}>\r\nSubject: reponse\r\nMessage-ID: <{name}@bsn.invalid>\r\nMIME-Version: 1.0\r\n"
        );
        let mail = format!(
            "{head}Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\nContent-Disposition: attachment; filename={name}\r\n\r\n"
        );
        self.servers.deliver(MAIRIE, name, &[mail.as_bytes(), bytes, b"\r\n--x--\r\n"].concat());
    }

    fn received(&self) -> Vec<Reception> {
        Vec::new()
    }

    fn sessions(&self) -> (usize, usize) {
        (0, 0)
    }
}

/// Runs the station again and again until the file stands so.
async fn until(rig: &Rig, name: &str, status: Status) {
    let end = Instant::now() + LONG;
    loop {
        rig.settle().await;
        let row = rig.named(name).await;
        if row.state.status() == status {
            return;
        }
        assert!(Instant::now() < end, "{name} is {:?}, not {status}", row.state);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivered_then_opened_and_answered() {
    for reading in [Reading::Imap, Reading::Pop3] {
        let Some(servers) = Servers::start() else { return };
        let peer = Arc::new(Real { servers, reading, to: BUREAU });
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "recensés d'été.txt", b"\xe9\r\n.\r\n..\n\0");
        until(&rig, "recensés d'été.txt", Status::Delivered).await;
        assert_eq!(peer.mails(BUREAU).len(), 1);
        let row = rig.named("recensés d'été.txt").await;
        assert!(row.receipt.as_ref().unwrap().contains("queued as"), "{:?}", row.receipt);
        // The recipient's program confirms that it was displayed.
        let confirmation = format!(
            "From: <{BUREAU}>\r\nTo: <{MAIRIE}>\r\nSubject: lu\r\nMessage-ID: <lu@bsn.invalid>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=disposition-notification; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nlu\r\n--x\r\n\
             Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; {BUREAU}\r\nOriginal-Message-ID: <{}>\r\n\
             Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--x--\r\n",
            row.identifiers["message-id"]
        );
        let sent =
            peer.servers.swaks(&["--auth-user", BUREAU, "--from", BUREAU, "--to", MAIRIE, "--data", &confirmation]);
        assert!(sent.status.success(), "{sent:?}");
        until(&rig, "recensés d'été.txt", Status::Opened).await;
        peer.offer("VILLE", "reponse.txt", b"bien recu");
        rig.retrieve().await;
        assert_eq!(fs::read(rig.root().join("returned/VILLE/reponse.txt")).unwrap(), b"bien recu", "{reading:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_at_once_or_afterwards_and_greylisted() {
    for (to, status) in
        [("personne@bsn.invalid", Status::Refused), (CLOSED, Status::Undelivered), (GREY, Status::Delivered)]
    {
        let Some(servers) = Servers::start() else { return };
        let peer = Arc::new(Real { servers, reading: Reading::Imap, to });
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.txt", b"a");
        until(&rig, "a.txt", status).await;
        let row = rig.named("a.txt").await;
        match status {
            Status::Refused => {
                assert!(row.state.why().unwrap().words.as_ref().unwrap().starts_with("550 5.1.1"), "{:?}", row.state)
            }
            Status::Delivered => {
                assert_eq!((row.attempts > 1, peer.mails(GREY).len()), (true, 1), "sent again, and once there")
            }
            _ => {}
        }
    }
}
