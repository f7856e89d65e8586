//! What comes back about a message: delivery reports (RFC 3464), disposition notifications (RFC 8098), answers with a file. Written into the
//! account's maildir.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, tz::TimeZone};

use super::faults::Report;
use super::mime::{Understood, to_base64};
use crate::mail::Maildir;
use crate::text;

/// One recipient, as the envelope named it.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipient {
    pub(super) address: String,
    /// `NOTIFY`, in upper case; empty when it was not asked.
    pub(super) notify: String,
    /// `ORCPT`, decoded.
    pub(super) original: Option<String>,
}

/// The envelope of a message that was taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Envelope {
    pub(super) sender: String,
    /// `ENVID`, decoded.
    pub(super) id: Option<String>,
    pub(super) recipients: Vec<Recipient>,
}

/// The maildirs of the accounts.
pub(super) struct Postman {
    folder: PathBuf,
    boxes: Mutex<HashMap<String, Arc<Maildir>>>,
    count: AtomicU64,
}

impl Postman {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, boxes: Mutex::default(), count: AtomicU64::new(0) }
    }

    /// The maildir of an account; made if need be.
    pub(super) fn open(&self, account: &str) -> io::Result<PathBuf> {
        self.maildir(account).map(|_| self.folder.join(text::percent(account)))
    }

    /// Writes the report about every recipient who was to be told of.
    pub(super) fn report(
        &self,
        account: &str,
        report: Report,
        envelope: &Envelope,
        message: &Understood,
    ) -> io::Result<()> {
        for recipient in &envelope.recipients {
            let mail = match report {
                Report::Displayed | Report::Deleted if message.wants_receipt => {
                    self.disposition(report, envelope, recipient, message)
                }
                Report::Displayed | Report::Deleted => continue,
                _ if recipient.notify.contains(asked(report)) => self.delivery(report, envelope, recipient, message),
                _ => continue,
            };
            self.maildir(account)?.deliver(mail.as_bytes())?;
        }
        Ok(())
    }

    /// An answer that brings a file.
    pub(super) fn answer(&self, account: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let name = text::percent(name);
        let body = format!(
            "--=_sim\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nVoir le fichier joint.\r\n--=_sim\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; filename*=utf-8''{name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--=_sim--\r\n",
            to_base64(bytes)
        );
        let head = self.head(
            "bureau@pecoto.invalid",
            account,
            "R=?utf-8?Q?=C3=A9?=ponse",
            "multipart/mixed; boundary=\"=_sim\"",
        );
        self.maildir(account)?.deliver(format!("{head}{body}").as_bytes())
    }

    fn delivery(&self, report: Report, envelope: &Envelope, recipient: &Recipient, message: &Understood) -> String {
        let (action, status, words) = match report {
            Report::Delivered => ("delivered", "2.0.0", "250 2.0.0 remis"),
            Report::Relayed => ("relayed", "2.0.0", "250 2.0.0 transmis"),
            Report::Delayed => ("delayed", "4.4.1", "450 4.4.1 serveur absent"),
            _ => ("failed", "5.1.1", "550 5.1.1 bureau inconnu"),
        };
        let id = envelope.id.as_ref().map_or_else(String::new, |id| format!("Original-Envelope-Id: {id}\r\n"));
        let original = recipient
            .original
            .as_ref()
            .map_or_else(String::new, |original| format!("Original-Recipient: {original}\r\n"));
        let status = format!(
            "Reporting-MTA: dns; pecoto.invalid\r\n{id}\r\n{original}Final-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; {words}\r\n",
            recipient.address
        );
        let head = self.head(
            "MAILER-DAEMON@pecoto.invalid",
            &envelope.sender,
            "Delivery Status Notification",
            "multipart/report; report-type=delivery-status; boundary=\"=_sim\"",
        );
        report_of(&head, "Avis de distribution.", "message/delivery-status", &status, &message.headers)
    }

    fn disposition(&self, report: Report, envelope: &Envelope, recipient: &Recipient, message: &Understood) -> String {
        let disposition = match report {
            Report::Displayed => "manual-action/MDN-sent-manually; displayed",
            _ => "automatic-action/MDN-sent-automatically; deleted",
        };
        let status = format!(
            "Reporting-UA: pecoto.invalid; simulateur\r\nFinal-Recipient: rfc822; {}\r\nOriginal-Message-ID: <{}>\r\nDisposition: {disposition}\r\n",
            recipient.address, message.message_id
        );
        let head = self.head(
            &recipient.address,
            &envelope.sender,
            "Read receipt",
            "multipart/report; report-type=disposition-notification; boundary=\"=_sim\"",
        );
        report_of(&head, "Avis de lecture.", "message/disposition-notification", &status, &message.headers)
    }

    fn head(&self, from: &str, to: &str, subject: &str, kind: &str) -> String {
        let date = jiff::fmt::rfc2822::to_string(&Timestamp::now().to_zoned(TimeZone::UTC)).unwrap_or_default();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let stamp = Timestamp::now().as_nanosecond();
        format!(
            "Return-Path: <>\r\nDate: {date}\r\nFrom: <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{stamp}.{count}@pecoto.invalid>\r\n\
             MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n"
        )
    }

    fn maildir(&self, account: &str) -> io::Result<Arc<Maildir>> {
        let key = text::percent(account);
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = boxes.get(&key) {
            return Ok(Arc::clone(known));
        }
        let maildir = Arc::new(Maildir::open(self.folder.join(&key))?);
        boxes.insert(key, Arc::clone(&maildir));
        Ok(maildir)
    }
}

/// The word of `NOTIFY` that asks for a report.
fn asked(report: Report) -> &'static str {
    match report {
        Report::Delayed => "DELAY",
        Report::Failed => "FAILURE",
        _ => "SUCCESS",
    }
}

fn report_of(head: &str, text: &str, kind: &str, status: &str, original: &str) -> String {
    format!(
        "{head}--=_sim\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{text}\r\n\r\n--=_sim\r\nContent-Type: {kind}\r\n\r\n{status}\r\n\
         --=_sim\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--=_sim--\r\n"
    )
}
