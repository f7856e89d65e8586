//! Answers: mails of the partner whose attachments are returns (docs/protocols/pecoto.md 9).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pecoto_smtp::mailbox::{Attachment, Disposal, Fetched, MAX_ATTACHMENTS, MailId, Mailbox};
use scheduler_core::partner::{Context, Fault, Reach};
use scheduler_core::returned::{Completeness, Offer};
use scheduler_core::store::Sink;

use super::fault;
use super::inbox::{Inbox, limits};
use crate::incoming;

/// The answer, or that file of it, is in the mailbox no more.
pub(super) const GONE: &str = "pecoto-answer-gone";
/// The answer cannot be read any more.
pub(super) const UNREADABLE: &str = "pecoto-answer-unreadable";

/// Bytes of an answer handed over at a time.
const PIECE: usize = 64 * 1024;

/// The answers of one mailbox, during one session.
pub(super) struct Answers {
    inbox: Inbox,
    /// Opened when something is read or disposed of.
    mailbox: Option<Mailbox>,
    /// Places of the files that the journal holds, by mail: a mail is only disposed of when it holds all of them.
    held: BTreeMap<MailId, BTreeSet<usize>>,
}

impl Answers {
    pub(super) fn new(inbox: Inbox) -> Self {
        Self { inbox, mailbox: None, held: BTreeMap::new() }
    }

    /// Every file of every answer. Its key is the mailbox's name for the mail and its place in it.
    pub(super) async fn offers(&mut self) -> Result<Vec<Offer>, Fault> {
        self.inbox.look(Timestamp::now()).await.map_err(|error| fault::mailbox(&error))?;
        let offers = self.inbox.files().into_iter().flat_map(|(id, files)| {
            let offer = move |(place, (name, size)): (usize, (String, u64))| Offer {
                key: format!("{id}#{place}"),
                name,
                size: Some(size),
                consuming: false,
            };
            files.into_iter().enumerate().map(offer)
        });
        Ok(offers.collect())
    }

    pub(super) async fn collect(
        &mut self,
        offer: &Offer,
        sink: &mut Sink,
        context: &Context,
    ) -> Result<Completeness, Fault> {
        let (id, place) = place(&offer.key)?;
        let fetched = self.mailbox().await?.read(&id).await.map_err(|error| fault::mailbox(&error))?;
        let Fetched::Whole(mail) = fetched else { return Err(gone()) };
        let unreadable = |error: pecoto_smtp::mailbox::MailError| one(UNREADABLE, error.to_string());
        let files = Attachment::all(&mail, &limits()).map_err(unreadable)?;
        let file = files.get(place).ok_or_else(gone)?;
        for piece in file.bytes.chunks(PIECE) {
            sink.write(piece).await.map_err(|error| incoming::refused(&error))?;
            context.progress(sink.size(), offer.size);
        }
        Ok(if ends_as_it_should(&mail) { Completeness::Proven } else { Completeness::Unproven })
    }

    /// The mail goes with the last of its files; one that may hold more than are taken out stays.
    pub(super) async fn dispose(&mut self, offer: &Offer) -> Result<(), Fault> {
        let then = self.inbox.settings().then.clone();
        let (id, place) = place(&offer.key)?;
        let count = self.inbox.files().into_iter().find(|(other, _)| *other == id).map_or(0, |(_, files)| files.len());
        let held = self.held.entry(id.clone()).or_default();
        held.insert(place);
        // A mail with that many may hold more, which nobody took out.
        if then == Disposal::Keep || held.len() < count || count >= MAX_ATTACHMENTS {
            return Ok(());
        }
        self.mailbox().await?.dispose(&id, &then).await.map_err(|error| fault::mailbox(&error))?;
        if then == Disposal::Delete {
            self.inbox.forget(&id);
        }
        Ok(())
    }

    pub(super) async fn close(self) {
        if let Some(mailbox) = self.mailbox
            && let Err(error) = mailbox.close().await
        {
            tracing::warn!(code = error.code(), %error, "the mailbox was not closed in order");
        }
    }

    async fn mailbox(&mut self) -> Result<&mut Mailbox, Fault> {
        let open = match self.mailbox.take() {
            Some(open) => open,
            None => {
                let source = &self.inbox.settings().source;
                Mailbox::open(source, limits()).await.map_err(|error| fault::mailbox(&error))?
            }
        };
        Ok(self.mailbox.insert(open))
    }
}

/// The last line is the end of the last part: nothing was cut off. A mail of one part has no such proof.
fn ends_as_it_should(mail: &[u8]) -> bool {
    let last = mail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    last.len() > 4 && last.starts_with(b"--") && last.ends_with(b"--")
}

fn place(key: &str) -> Result<(MailId, usize), Fault> {
    let (id, place) = key.rsplit_once('#').ok_or_else(gone)?;
    Ok((MailId::parse(id).map_err(|_| gone())?, place.parse().map_err(|_| gone())?))
}

/// The others go on.
fn one(code: &str, words: String) -> Fault {
    Fault::session(code, Some(words).filter(|words| !words.is_empty())).reaching(Reach::Consignment)
}

fn gone() -> Fault {
    one(GONE, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_mail_proves_nothing() {
        assert!(ends_as_it_should(b"a\r\n--=_x--\r\n\r\n"));
        for cut in [&b""[..], b"a", b"a\r\n--=_x\r\n", b"a\r\n--=_x-", b"--", b"----"] {
            assert!(!ends_as_it_should(cut));
        }
    }
}
