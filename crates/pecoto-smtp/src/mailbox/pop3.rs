//! A mailbox behind POP3 (RFC 1939), always under TLS (RFC 2595; implicit on port 995).

pub mod codec;
mod flow;

use std::collections::HashMap;

use secrecy::ExposeSecret;

use self::{
    codec::{Decoder, Event, Lines, Status},
    flow::{Capabilities, Opening, Reply, Step, refusal},
};
use super::{
    Disposal, Entry, Fetched, Limits, Listing, MailId, MailboxError, Server, fetch::Keeper, identity::Kind, wire::Wire,
};

/// Lines kept of a `CAPA`.
const MAX_CAPABILITIES: usize = 200;
/// Mails of one mailbox; a larger one is refused rather than half listed.
const MAX_MAILS: usize = 200_000;

/// One session: what it deletes is deleted at its [`close`](super::Mailbox::close), or not at all (RFC 1939 6).
pub struct Pop3 {
    wire: Wire,
    decoder: Decoder,
    limits: Limits,
    capabilities: Capabilities,
    /// Filled by the first listing: within one session nothing arrives (RFC 1939 3).
    mails: Option<Mails>,
}

/// What the server listed.
#[derive(Debug, Default)]
struct Mails {
    named: HashMap<MailId, Numbered>,
    /// How many have a name that cannot be kept.
    nameless: usize,
}

#[derive(Clone, Copy, Debug)]
struct Numbered {
    number: u32,
    bytes: Option<u64>,
    deleted: bool,
    /// Another mail has the same name, against the standard: neither is touched.
    ambiguous: bool,
}

impl std::fmt::Debug for Pop3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pop3")
            .field("mails", &self.mails.as_ref().map(|mails| mails.named.len()))
            .finish_non_exhaustive()
    }
}

impl Pop3 {
    pub(super) async fn open(server: &Server, limits: Limits) -> Result<Self, MailboxError> {
        let wire = Wire::connect(server).await?;
        let mut this =
            Self { wire, decoder: Decoder::default(), limits, capabilities: Capabilities::default(), mails: None };
        let mut opening = Opening::new(&server.credentials, server.security.is_implicit());
        let mut reply = this.reply(false).await?;
        loop {
            let mut step = opening.proceed(&reply)?;
            if let Step::Protect = step {
                this.wire.protect().await?;
                step = opening.protected();
            }
            match step {
                Step::Send { line, multi_line } => {
                    this.wire.renew();
                    this.wire.send(line.expose_secret().as_bytes()).await?;
                    reply = this.reply(multi_line).await?;
                }
                Step::Protect => return Err(MailboxError::Protocol("TLS twice".to_owned())),
                Step::Open(capabilities) => {
                    this.capabilities = capabilities;
                    return Ok(this);
                }
            }
        }
    }

    pub(super) async fn list(&mut self, mut known: impl FnMut(&MailId) -> bool) -> Result<Listing, MailboxError> {
        let limit = self.limits.messages_per_look;
        let mails = self.mails().await?;
        let mut ordered: Vec<(&MailId, &Numbered)> = mails.named.iter().filter(|(_, mail)| !mail.deleted).collect();
        ordered.sort_unstable_by_key(|(_, mail)| mail.number);
        let mut listing = Listing { unfit: mails.nameless, ..Listing::default() };
        for (id, mail) in ordered {
            if mail.ambiguous {
                listing.unfit += 1;
            } else {
                listing.sort(Entry { id: id.clone(), bytes: mail.bytes, received: None }, &mut known, limit);
            }
        }
        Ok(listing)
    }

    pub(super) async fn head(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        let Some(mail) = self.mail(id).await? else { return Ok(Fetched::Gone) };
        if self.capabilities.lacks("TOP") {
            return Err(MailboxError::Unsupported("TOP"));
        }
        let keeper = Keeper::new(super::MAX_HEAD).passing(mail.bytes);
        Fetched::or_refused(self.fetch("TOP", &format!("TOP {} 0\r\n", mail.number), keeper).await)
    }

    pub(super) async fn read(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        let Some(mail) = self.mail(id).await? else { return Ok(Fetched::Gone) };
        if mail.bytes.is_some_and(|bytes| bytes > self.limits.message_bytes) {
            return Ok(Fetched::TooLarge);
        }
        let keeper = Keeper::new(self.limits.message_bytes);
        Fetched::or_refused(self.fetch("RETR", &format!("RETR {}\r\n", mail.number), keeper).await)
    }

    pub(super) async fn dispose(&mut self, id: &MailId, disposal: &Disposal) -> Result<(), MailboxError> {
        match disposal {
            Disposal::Keep => Ok(()),
            Disposal::Delete => self.delete(id).await,
            Disposal::MarkSeen | Disposal::MoveTo(_) => Err(MailboxError::Unsupported("marks and folders over POP3")),
        }
    }

    /// `QUIT`: only now does the server delete.
    pub(super) async fn close(mut self) -> Result<(), MailboxError> {
        self.command("QUIT", "QUIT\r\n", false).await?;
        self.wire.shut().await;
        Ok(())
    }

    async fn delete(&mut self, id: &MailId) -> Result<(), MailboxError> {
        let Some(mail) = self.mail(id).await? else { return Ok(()) };
        self.command("DELE", &format!("DELE {}\r\n", mail.number), false).await?;
        if let Some(mail) = self.mails().await?.named.get_mut(id) {
            mail.deleted = true;
        }
        Ok(())
    }

    /// The mail of this name, unless it is gone.
    async fn mail(&mut self, id: &MailId) -> Result<Option<Numbered>, MailboxError> {
        id.of(Kind::Pop3)?;
        match self.mails().await?.named.get(id) {
            Some(mail) if mail.ambiguous => Err(MailboxError::ForeignIdentity(id.to_string())),
            Some(mail) if !mail.deleted => Ok(Some(*mail)),
            Some(_) | None => Ok(None),
        }
    }

    async fn mails(&mut self) -> Result<&mut Mails, MailboxError> {
        let mails = match self.mails.take() {
            Some(mails) => mails,
            None => self.ask().await?,
        };
        Ok(self.mails.insert(mails))
    }

    async fn ask(&mut self) -> Result<Mails, MailboxError> {
        if self.capabilities.lacks("UIDL") {
            return Err(MailboxError::Unsupported("UIDL, without which no mail has a name that stays"));
        }
        let mut sizes = HashMap::new();
        self.lines("LIST", |line| sizes.extend(codec::size(line))).await?;
        let mut mails = Mails::default();
        self.lines("UIDL", |line| {
            let named = codec::unique_id(line).and_then(|(number, id)| Some((number, MailId::new(Kind::Pop3, id)?)));
            let Some((number, id)) = named else {
                mails.nameless += 1;
                return;
            };
            let new = Numbered { number, bytes: sizes.get(&number).copied(), deleted: false, ambiguous: false };
            mails.named.entry(id).and_modify(|old| old.ambiguous = true).or_insert(new);
        })
        .await?;
        Ok(mails)
    }

    /// A command whose answer is a list; at most [`MAX_MAILS`] lines.
    async fn lines(&mut self, name: &'static str, mut each: impl FnMut(&str)) -> Result<(), MailboxError> {
        self.command(name, &format!("{name}\r\n"), true).await?;
        let mut lines = Lines::default();
        let mut count = 0;
        while let Event::Body(piece) = self.event().await? {
            lines.feed(&piece, |line| {
                count += 1;
                if count <= MAX_MAILS {
                    each(line);
                }
            })?;
            if count > MAX_MAILS {
                return Err(MailboxError::Protocol(format!("more than {MAX_MAILS} mails")));
            }
        }
        Ok(())
    }

    async fn fetch(&mut self, name: &'static str, line: &str, mut keeper: Keeper) -> Result<Fetched, MailboxError> {
        self.command(name, line, true).await?;
        while let Event::Body(piece) = self.event().await? {
            keeper.keep(&piece)?;
        }
        Ok(keeper.done())
    }

    async fn command(&mut self, name: &'static str, line: &str, multi_line: bool) -> Result<(), MailboxError> {
        self.wire.renew();
        self.wire.send(line.as_bytes()).await?;
        self.decoder.expect(multi_line);
        let status = self.status().await?;
        refusal(&status, name, |words| self.wire.clean(words))
    }

    /// A whole reply of the opening; more capabilities than [`MAX_CAPABILITIES`] are not kept.
    async fn reply(&mut self, multi_line: bool) -> Result<Reply, MailboxError> {
        self.decoder.expect(multi_line);
        let status = self.status().await?;
        let mut kept = Vec::new();
        if status.ok && multi_line {
            let mut lines = Lines::default();
            while let Event::Body(piece) = self.event().await? {
                lines.feed(&piece, |line| {
                    if kept.len() < MAX_CAPABILITIES {
                        kept.push(line.to_owned());
                    }
                })?;
            }
        }
        Ok(Reply { status, lines: kept })
    }

    async fn status(&mut self) -> Result<Status, MailboxError> {
        match self.event().await? {
            Event::Status(status) => Ok(status),
            Event::Body(_) | Event::End => Err(MailboxError::Protocol("a body without a status".to_owned())),
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
