//! A mailbox behind IMAP (RFC 3501), always under TLS. Only what a collector needs: mails are listed and read without a mark (`BODY.PEEK`), and
//! addressed by UID, never by a number that moves.

pub mod codec;
mod flow;

use secrecy::ExposeSecret;

use self::{
    codec::{Attributes, Condition, Decoder, Event},
    flow::{End, Folder, Opening, Reply, Step, folder_name, refusal},
};
use super::{
    Disposal, Entry, Fetched, Limits, Listing, MailId, MailboxError, Server, fetch::Keeper, identity::Kind, wire::Wire,
};

/// Untagged responses kept of one command of the opening.
const MAX_UNTAGGED: usize = 200;
/// Mails of one folder; a larger one is refused rather than half listed.
const MAX_MAILS: usize = 200_000;

/// One session with one folder selected.
pub struct Imap {
    wire: Wire,
    decoder: Decoder,
    limits: Limits,
    folder: Folder,
    tag: u32,
}

impl std::fmt::Debug for Imap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imap").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// An untagged response, its literals left out; the last of them, if it is a mail's content, is kept beside.
struct Response {
    text: String,
    body: Option<Fetched>,
}

impl Imap {
    pub(super) async fn open(server: &Server, folder: &str, limits: Limits) -> Result<Self, MailboxError> {
        let wire = Wire::connect(server).await?;
        let mut this = Self { wire, decoder: Decoder::default(), limits, folder: Folder::default(), tag: 0 };
        let mut opening = Opening::new(&server.credentials, folder);
        let greeting = this.response(0).await?.text;
        let mut step = opening.greeting(&greeting, server.security.is_implicit())?;
        loop {
            match step {
                Step::Command(text) => this.send(text.expose_secret()).await?,
                Step::Continue(text) => this.wire.send(text.expose_secret().as_bytes()).await?,
                Step::Protect => {
                    this.wire.protect().await?;
                    step = opening.protected();
                    continue;
                }
                Step::Open(folder) => {
                    this.folder = folder;
                    return Ok(this);
                }
            }
            step = opening.proceed(&this.reply().await?)?;
        }
    }

    pub(super) async fn list(&mut self, mut known: impl FnMut(&MailId) -> bool) -> Result<Listing, MailboxError> {
        let mut listing = Listing::default();
        if self.folder.mails == 0 {
            return Ok(listing);
        }
        let (validity, limit) = (self.folder.validity, self.limits.messages_per_look);
        let mut seen = 0;
        self.command("FETCH", "UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)", 0, |response| {
            let Some(mail) = Attributes::read(&response.text) else { return Ok(()) };
            seen += 1;
            if seen > MAX_MAILS {
                return Err(MailboxError::Protocol(format!("more than {MAX_MAILS} mails")));
            }
            // A response without a UID tells a change of flags that nobody asked for.
            if let (Some(uid), false) = (mail.uid, mail.deleted)
                && let Some(id) = MailId::new(Kind::Imap, &format!("{validity}:{uid}"))
            {
                listing.sort(Entry { id, bytes: mail.bytes, received: mail.received }, &mut known, limit);
            }
            Ok(())
        })
        .await?;
        Ok(listing)
    }

    pub(super) async fn head(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        self.fetch(id, &format!("BODY.PEEK[HEADER]<0.{}>", super::MAX_HEAD), super::MAX_HEAD).await
    }

    pub(super) async fn read(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        let limit = self.limits.message_bytes;
        // One byte more than may be kept tells that there are more, and a large mail costs no more than the limit.
        self.fetch(id, &format!("BODY.PEEK[]<0.{}>", limit.saturating_add(1)), limit).await
    }

    pub(super) async fn dispose(&mut self, id: &MailId, disposal: &Disposal) -> Result<(), MailboxError> {
        let uid = self.uid(id)?;
        if *disposal != Disposal::Keep && self.folder.read_only {
            return Err(MailboxError::Unsupported("changes: the folder is read-only"));
        }
        match disposal {
            Disposal::Keep => Ok(()),
            Disposal::MarkSeen => self.change("STORE", &format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)")).await,
            Disposal::Delete => self.delete(uid).await,
            Disposal::MoveTo(folder) => {
                let folder = folder_name(folder)?;
                if self.folder.moves {
                    return self.change("MOVE", &format!("UID MOVE {uid} {folder}")).await;
                }
                self.change("COPY", &format!("UID COPY {uid} {folder}")).await?;
                self.delete(uid).await
            }
        }
    }

    pub(super) async fn close(mut self) -> Result<(), MailboxError> {
        self.change("LOGOUT", "LOGOUT").await?;
        self.wire.shut().await;
        Ok(())
    }

    /// Without `UID EXPUNGE` the mail stays marked: a plain `EXPUNGE` would also remove what other readers marked.
    async fn delete(&mut self, uid: u32) -> Result<(), MailboxError> {
        self.change("STORE", &format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)")).await?;
        if self.folder.uidplus {
            self.change("EXPUNGE", &format!("UID EXPUNGE {uid}")).await?;
        }
        Ok(())
    }

    fn uid(&self, id: &MailId) -> Result<u32, MailboxError> {
        let foreign = || MailboxError::ForeignIdentity(id.to_string());
        let (validity, uid) = id.of(Kind::Imap)?.split_once(':').ok_or_else(foreign)?;
        let same = validity.parse() == Ok(self.folder.validity);
        uid.parse().ok().filter(|_| same).ok_or_else(foreign)
    }

    async fn fetch(&mut self, id: &MailId, what: &str, limit: u64) -> Result<Fetched, MailboxError> {
        let uid = self.uid(id)?;
        let mut fetched = Fetched::Gone;
        let command = format!("UID FETCH {uid} (UID {what})");
        let outcome = self
            .command("FETCH", &command, limit, |response| {
                let Some(mail) = Attributes::read(&response.text) else { return Ok(()) };
                if mail.uid != Some(uid) {
                    return Ok(());
                }
                if let Some(body) = response.body {
                    fetched = body;
                } else if let Some(body) = mail.body {
                    fetched = Fetched::Whole(body);
                }
                Ok(())
            })
            .await;
        Fetched::or_refused(outcome.map(|()| fetched))
    }

    async fn change(&mut self, name: &'static str, text: &str) -> Result<(), MailboxError> {
        self.command(name, text, 0, |_| Ok(())).await
    }

    /// Sends a command and gives each untagged response to `each`, contents kept up to `limit` bytes.
    async fn command(
        &mut self,
        name: &'static str,
        text: &str,
        limit: u64,
        mut each: impl FnMut(Response) -> Result<(), MailboxError>,
    ) -> Result<(), MailboxError> {
        self.send(text).await?;
        loop {
            let response = self.response(limit).await?;
            if let Some(condition) = self.tagged(&response.text) {
                return refusal(&condition, name, |words| self.wire.clean(words));
            }
            if !response.text.starts_with("* ") {
                return Err(MailboxError::Protocol("a response that belongs to no command".to_owned()));
            }
            each(response)?;
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), MailboxError> {
        self.wire.renew();
        self.tag += 1;
        self.wire.send(format!("a{} {text}\r\n", self.tag).as_bytes()).await
    }

    /// A whole reply of the opening; more untagged responses than [`MAX_UNTAGGED`] are not kept.
    async fn reply(&mut self) -> Result<Reply, MailboxError> {
        let mut untagged = Vec::new();
        loop {
            let text = self.response(0).await?.text;
            if let Some(condition) = self.tagged(&text) {
                return Ok(Reply { untagged, end: End::Tagged(condition) });
            }
            if text.starts_with('+') {
                return Ok(Reply { untagged, end: End::Continue });
            }
            if untagged.len() < MAX_UNTAGGED {
                untagged.push(text);
            }
        }
    }

    fn tagged(&self, text: &str) -> Option<Condition> {
        let (tag, rest) = text.split_once(' ')?;
        (tag.strip_prefix('a')?.parse() == Ok(self.tag)).then(|| Condition::read(rest))?
    }

    async fn response(&mut self, limit: u64) -> Result<Response, MailboxError> {
        let mut whole = Response { text: String::new(), body: None };
        let mut keeper: Option<Keeper> = None;
        loop {
            match self.event().await? {
                Event::Opened { text, .. } => {
                    whole.body = whole.body.or_else(|| keeper.take().map(Keeper::done));
                    whole.text.push_str(&text);
                    keeper = is_content(&text).then(|| Keeper::new(limit));
                    // Stands for the literal, so that names and values keep their order.
                    whole.text.push_str("NIL");
                }
                Event::Literal(piece) => {
                    if let Some(keeper) = &mut keeper {
                        keeper.keep(&piece)?;
                    }
                }
                Event::Line(text) => {
                    whole.body = whole.body.or_else(|| keeper.take().map(Keeper::done));
                    whole.text.push_str(&text);
                    return Ok(whole);
                }
            }
        }
    }

    async fn event(&mut self) -> Result<Event, MailboxError> {
        loop {
            let (used, event) = self.decoder.feed(self.wire.unread())?;
            self.wire.consume(used);
            match event {
                Some(event) => return Ok(event),
                None => self.wire.fill().await?,
            }
        }
    }
}

/// Whether the literal that follows is the content of a mail.
fn is_content(text: &str) -> bool {
    text.trim_end().rsplit(['(', ' ']).next().is_some_and(|word| word.to_ascii_uppercase().starts_with("BODY["))
}
