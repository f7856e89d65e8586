//! Messages, one after the other, on one connection.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::client::within;
use super::commands;
use super::config::Config;
use super::error::{Code, Error, Reach, Result};
use super::extensions::Extensions;
use super::message::Message;
use super::reply::Reply;
use super::secrets::Secrets;
use super::stuffing::Stuffing;
use super::verdict::{Asked, refusal};
use super::wire::{GROUP, Wire};

/// What precedes the message (RFC 5321 4.1.1.4).
const START: u16 = 354;

/// Longest wait for a good-bye.
const GOODBYE: Duration = Duration::from_secs(5);

/// What the server said when it took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Its reply in one line, at most [`MAX_WORDS`](super::MAX_WORDS) bytes, without secrets. Many servers name their queue's identifier in it.
    pub words: String,
}

/// An authenticated connection. Dropped without [`Session::close`], it ends without a good-bye, and a message under way is never complete.
pub struct Session {
    wire: Wire,
    extensions: Extensions,
    secrets: Secrets,
    config: Arc<Config>,
    /// The next command may be sent: the last exchange ended as it should.
    usable: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("extensions", &self.extensions)
            .field("usable", &self.usable)
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(wire: Wire, extensions: Extensions, secrets: Secrets, config: Arc<Config>) -> Self {
        Self { wire, extensions, secrets, config, usable: true }
    }

    /// What the server offers, as it said after TLS.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Submits one message. `commit` is awaited once, before the line that completes the message is given out: a caller writes down there that
    /// from now on the server may have it. Dead before it returns = surely not received (docs/protocols/pecoto.md 5.3).
    ///
    /// `progress` is told the bytes of the attachment that left.
    ///
    /// # Errors
    ///
    /// [`Error::received`] tells whether the server may have the message: only after `commit`, when no reply came (`smtp-unanswered`).
    pub async fn submit<E: Display>(
        &mut self,
        message: &Message,
        commit: impl Future<Output = Result<(), E>>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Receipt> {
        self.sound()?;
        self.fits(message)?;
        let mut pieces = message.open().await?;
        self.usable = false;
        self.envelope(message).await?;
        let mut stuffing = Stuffing::default();
        let mut piece = Vec::new();
        while pieces.next(&mut piece).await? {
            stuffing.feed(&piece, &mut self.wire.out);
            if self.wire.out.len() >= GROUP {
                self.wire.flush().await?;
                progress(pieces.read());
            }
        }
        commit.await.map_err(|error| Error::new(Code::CommitRefused, format!("stopped before the end: {error}")))?;
        stuffing.finish(&mut self.wire.out);
        self.wire.flush().await.map_err(Error::unanswered)?;
        let answer = self.wire.reply(self.config.timeouts.acceptance).await.map_err(Error::unanswered)?;
        progress(pieces.read());
        self.usable = true;
        self.accepted(&answer)
    }

    /// Submits many messages whose attachments are in memory, the envelope of each in one group with the content of the one before where the
    /// server takes groups (RFC 2920): one round trip a message. `commit` is awaited before the end of each, with its place; `done` hears what
    /// became of each. A broken connection ends it: the messages that `done` did not hear of were not begun.
    ///
    /// # Errors
    ///
    /// What broke the connection; `done` was told of it too, for the message in hand.
    pub async fn submit_all<E: Display>(
        &mut self,
        messages: &[Message],
        mut commit: impl AsyncFnMut(usize) -> Result<(), E>,
        mut done: impl FnMut(usize, Result<Receipt>),
    ) -> Result<()> {
        self.sound()?;
        let mut outstanding: Option<usize> = None;
        for (index, message) in messages.iter().enumerate() {
            let content = self.groups(message).then(|| message.in_memory()).flatten();
            let Some(content) = content.filter(|_| self.fits(message).is_ok()) else {
                self.answer(&mut outstanding, &mut done).await?;
                let outcome = self.submit(message, commit(index), &mut |_| {}).await;
                told(index, outcome, &mut done)?;
                continue;
            };
            self.say_envelope(message);
            self.wire.say("DATA\r\n");
            self.answer(&mut outstanding, &mut done).await?;
            if let Err(error) = self.grouped_envelope().await {
                told(index, Err(error), &mut done)?;
                continue;
            }
            let mut stuffing = Stuffing::default();
            stuffing.feed(&content, &mut self.wire.out);
            if let Err(error) = commit(index).await {
                let error = Error::new(Code::CommitRefused, format!("stopped before the end: {error}"));
                return told(index, Err(error), &mut done);
            }
            stuffing.finish(&mut self.wire.out);
            outstanding = Some(index);
        }
        self.answer(&mut outstanding, &mut done).await
    }

    /// Says good-bye; a connection that broke, or has a message under way, is only closed.
    pub async fn close(mut self) {
        if self.usable {
            self.wire.say("QUIT\r\n");
            if self.wire.flush().await.is_ok() {
                let _ = self.wire.reply(GOODBYE).await;
            }
        }
        self.wire.shut(GOODBYE).await;
    }

    /// The message is within the limits of the profile and of the server.
    fn fits(&self, message: &Message) -> Result<()> {
        within(message, self.config.largest, "the profile")?;
        within(message, self.extensions.largest().unwrap_or(u64::MAX), "the server")
    }

    fn sound(&self) -> Result<()> {
        if self.usable {
            Ok(())
        } else {
            Err(Error::new(Code::ConnectionLost, "the session ended before this message"))
        }
    }

    /// Whether everything before the content can be one group: with several recipients, `DATA` must wait until each was accepted, or some would
    /// get the message and others not.
    fn groups(&self, message: &Message) -> bool {
        self.extensions.pipelining && message.to.as_slice().len() == 1
    }

    /// `MAIL`, `RCPT`, `DATA`: on success the server waits for the message. A refusal leaves the session usable.
    async fn envelope(&mut self, message: &Message) -> Result<()> {
        self.say_envelope(message);
        if self.groups(message) {
            self.wire.say("DATA\r\n");
            return self.grouped_envelope().await;
        }
        let mut asked = vec![Asked::Sender];
        asked.extend(message.to.as_slice().iter().map(|_| Asked::Recipient));
        let refused = if self.extensions.pipelining {
            self.wire.flush().await?;
            self.refused(&asked).await?
        } else {
            self.step_by_step(&asked).await?
        };
        let started = match &refused {
            Some(_) => None,
            None => {
                self.wire.say("DATA\r\n");
                self.wire.flush().await?;
                Some(self.wire.reply(self.config.timeouts.answer).await?)
            }
        };
        self.started(started, refused).await
    }

    fn say_envelope(&mut self, message: &Message) {
        let reports = self.config.delivery_reports;
        let mail = commands::mail(message, &self.extensions, reports);
        self.wire.say(&mail);
        for address in message.to.as_slice() {
            let rcpt = commands::rcpt(address, &self.extensions, reports);
            self.wire.say(&rcpt);
        }
    }

    /// Reads a reply to each; the first refusal counts.
    async fn refused(&mut self, asked: &[Asked]) -> Result<Option<(Asked, Reply)>> {
        let mut first = None;
        for asked in asked {
            let reply = self.wire.reply(self.config.timeouts.answer).await?;
            if !reply.is_done() && first.is_none() {
                first = Some((*asked, reply));
            }
        }
        Ok(first)
    }

    /// One command, one reply: for servers that take no groups. The commands were said already.
    async fn step_by_step(&mut self, asked: &[Asked]) -> Result<Option<(Asked, Reply)>> {
        let said = std::mem::take(&mut self.wire.out);
        for (asked, command) in asked.iter().zip(said.split_inclusive(|byte| *byte == b'\n')) {
            self.wire.out.extend_from_slice(command);
            self.wire.flush().await?;
            let reply = self.wire.reply(self.config.timeouts.answer).await?;
            if !reply.is_done() {
                return Ok(Some((*asked, reply)));
            }
        }
        Ok(None)
    }

    /// What the replies before a message come to; after a refusal the server is brought back to where it was.
    async fn started(&mut self, started: Option<Reply>, refused: Option<(Asked, Reply)>) -> Result<()> {
        let is_waiting = started.as_ref().is_some_and(|reply| reply.code() == START);
        let (asked, reply) = match (refused, started) {
            (None, Some(_)) if is_waiting => return Ok(()),
            (Some(refused), _) => refused,
            (None, Some(reply)) => (Asked::Data, reply),
            (None, None) => return Err(Error::new(Code::BadReply, "no reply to DATA")),
        };
        let error = refusal(asked, &reply, &self.secrets);
        if error.reach() == Reach::Session {
            return Err(error);
        }
        // RFC 2920 3.1: nobody was accepted, so that an empty message ends the waiting and goes nowhere.
        self.wire.say(if is_waiting { ".\r\n" } else { "RSET\r\n" });
        self.wire.flush().await?;
        self.wire.reply(self.config.timeouts.answer).await?;
        self.usable = true;
        Err(error)
    }

    /// Writes what was said, the envelope of one recipient and `DATA` in one group, and reads its replies.
    async fn grouped_envelope(&mut self) -> Result<()> {
        self.usable = false;
        self.wire.flush().await?;
        let refused = self.refused(&[Asked::Sender, Asked::Recipient]).await?;
        let started = self.wire.reply(self.config.timeouts.answer).await?;
        self.started(Some(started), refused).await
    }

    /// Writes what is left, and hears what became of the message whose content was in it.
    async fn answer(
        &mut self,
        outstanding: &mut Option<usize>,
        done: &mut impl FnMut(usize, Result<Receipt>),
    ) -> Result<()> {
        let Some(index) = outstanding.take() else { return Ok(()) };
        self.usable = false;
        let answer = async {
            self.wire.flush().await.map_err(Error::unanswered)?;
            self.wire.reply(self.config.timeouts.acceptance).await.map_err(Error::unanswered)
        };
        match answer.await {
            Ok(reply) => {
                self.usable = true;
                told(index, self.accepted(&reply), done)
            }
            Err(error) => told(index, Err(error), done),
        }
    }

    /// What a reply to a whole message means.
    fn accepted(&mut self, reply: &Reply) -> Result<Receipt> {
        if reply.is_done() {
            let mut words = self.secrets.redact(&reply.to_string());
            words.truncate(words.floor_char_boundary(super::error::MAX_WORDS));
            return Ok(Receipt { words });
        }
        let error = refusal(Asked::Message, reply, &self.secrets);
        self.usable = error.reach() != Reach::Session;
        // Neither yes nor no: nobody can tell.
        Err(if reply.is_transient() || reply.is_permanent() { error } else { error.unanswered() })
    }
}

/// Tells what became of a message; what broke the connection ends the rest.
fn told(index: usize, outcome: Result<Receipt>, done: &mut impl FnMut(usize, Result<Receipt>)) -> Result<()> {
    let broken = outcome.as_ref().err().filter(|error| error.reach() != Reach::Message).cloned();
    done(index, outcome);
    broken.map_or(Ok(()), Err)
}
