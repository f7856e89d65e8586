//! One connection: commands and replies (RFC 5321), as `docs/protocols/pecoto.md` describes them.

use std::io;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

use super::faults::{Step, Trouble, Verdict};
use super::mime::{self, Understood};
use super::reports::{Envelope, Recipient};
use super::{Protection, Shared};
use crate::ledger::LedgerLine;
use crate::text;
use crate::wire::{Goodbye, Wire};

/// Bytes of a command.
const COMMAND: usize = 16 * 1024;
/// Bytes of a message, whatever the announced size.
const MESSAGE: usize = 256 << 20;
/// Bytes after which the name of the attachment is not looked for any more.
const NAME_WITHIN: usize = 64 * 1024;

/// Serves a connection until either side closes it.
pub(super) async fn connection(tcp: TcpStream, shared: Arc<Shared>) {
    let tls = shared.tls.as_ref().filter(|_| shared.settings.protection == Protection::Implicit);
    let Ok(wire) = Wire::accept(tcp, tls).await else { return };
    let protected = shared.settings.protection != Protection::StartTls;
    let mut talk = Talk { shared: &shared, account: None, envelope: None, protected, end: "gone" };
    let _ = talk.serve(wire).await;
    if let Some(account) = talk.account {
        let _ = shared.ledger.append(LedgerLine::staged("logout", talk.end, &account));
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Obeyed,
    Refused,
    /// The connection is over.
    Over,
}

struct Talk<'s> {
    shared: &'s Shared,
    /// Who logged in.
    account: Option<String>,
    envelope: Option<Envelope>,
    protected: bool,
    /// How the connection ended: `quit`, `cut` by us, `gone`.
    end: &'static str,
}

impl Talk<'_> {
    async fn serve(&mut self, mut wire: Wire) -> io::Result<()> {
        if self.step(&mut wire, Step::Connect, "", "220 pecoto.invalid ESMTP simulateur").await? != Outcome::Obeyed {
            return Ok(());
        }
        while let Some(line) = line(&mut wire).await? {
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let outcome = match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let offered = self.offered();
                    self.step(&mut wire, Step::Hello, rest, &offered).await?
                }
                "STARTTLS" if !self.protected && self.shared.tls.is_some() => {
                    if self.step(&mut wire, Step::StartTls, "", "220 2.0.0 Ready").await? != Outcome::Obeyed {
                        continue;
                    }
                    let Some((tcp, _)) = wire.into_tcp() else { return Ok(()) };
                    wire = Wire::accept(tcp, self.shared.tls.as_ref()).await?;
                    self.protected = true;
                    continue;
                }
                "AUTH" if self.protected => self.log_in(&mut wire, rest).await?,
                "MAIL" => self.mail(&mut wire, rest).await?,
                "RCPT" => self.rcpt(&mut wire, rest).await?,
                "DATA" => self.data(&mut wire).await?,
                "RSET" => {
                    self.envelope = None;
                    say(&mut wire, "250 2.0.0 Ok").await?
                }
                "NOOP" => say(&mut wire, "250 2.0.0 Ok").await?,
                "QUIT" => {
                    self.end = "quit";
                    return self.leave(&mut wire).await;
                }
                _ => say(&mut wire, "502 5.5.2 command not recognised").await?,
            };
            if outcome == Outcome::Over {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The log-out is recorded before the client can read of it.
    async fn leave(&mut self, wire: &mut Wire) -> io::Result<()> {
        if let Some(account) = self.account.take() {
            self.shared.ledger.append(LedgerLine::staged("logout", "quit", &account))?;
        }
        wire.send(b"221 2.0.0 Bye\r\n").await?;
        wire.close(Goodbye::Notified).await
    }

    fn offered(&self) -> String {
        let settings = &self.shared.settings;
        let mut lines = vec!["pecoto.invalid".to_owned(), "8BITMIME".to_owned(), "ENHANCEDSTATUSCODES".to_owned()];
        lines.extend(settings.size.map(|size| format!("SIZE {size}")));
        lines.extend(settings.pipelining.then(|| "PIPELINING".to_owned()));
        lines.extend(settings.dsn.then(|| "DSN".to_owned()));
        if !self.protected {
            lines.push("STARTTLS".to_owned());
        } else if !settings.accounts.is_empty() {
            lines.push(format!("AUTH {}", settings.mechanisms.join(" ")));
        }
        let last = lines.len() - 1;
        let numbered =
            lines.iter().enumerate().map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }));
        numbered.collect::<Vec<_>>().join("\r\n")
    }

    /// Answers `reply`, or what the plan has in its place.
    async fn step(&mut self, wire: &mut Wire, step: Step, name: &str, reply: &str) -> io::Result<Outcome> {
        let verdict = self.shared.faults.pick(step, name);
        self.answer(wire, &verdict, reply).await
    }

    async fn answer(&mut self, wire: &mut Wire, verdict: &Verdict, reply: &str) -> io::Result<Outcome> {
        match &verdict.trouble {
            None | Some(Trouble::Reports(_)) => say(wire, reply).await,
            Some(Trouble::Reply { code, text }) => {
                say(wire, &format!("{code} {text}")).await?;
                Ok(Outcome::Refused)
            }
            Some(Trouble::Cut | Trouble::CutAt { .. }) => self.cut(wire).await,
            Some(Trouble::Stall) => {
                self.cut_recorded()?;
                wire.until_gone().await;
                Ok(Outcome::Over)
            }
            Some(Trouble::Slow { pause }) => {
                for byte in reply.bytes().chain(*b"\r\n") {
                    wire.send(&[byte]).await?;
                    tokio::time::sleep(*pause).await;
                }
                Ok(Outcome::Obeyed)
            }
        }
    }

    /// Closes without a word; the end is recorded before the client can notice it.
    async fn cut(&mut self, wire: &mut Wire) -> io::Result<Outcome> {
        self.cut_recorded()?;
        wire.close(Goodbye::Silent).await?;
        Ok(Outcome::Over)
    }

    fn cut_recorded(&mut self) -> io::Result<()> {
        match self.account.take() {
            Some(account) => self.shared.ledger.append(LedgerLine::staged("logout", "cut", &account)),
            None => Ok(()),
        }
    }

    async fn log_in(&mut self, wire: &mut Wire, rest: &str) -> io::Result<Outcome> {
        let (mechanism, first) =
            rest.split_once(' ').map_or((rest, None), |(name, first)| (name, Some(first.to_owned())));
        let mechanism = mechanism.to_ascii_uppercase();
        if !self.shared.settings.mechanisms.contains(&mechanism) {
            return say(wire, "504 5.5.4 mechanism not offered").await;
        }
        let challenges: &[&str] = if mechanism == "LOGIN" { &["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] } else { &[""] };
        let mut said = Vec::new();
        for (at, challenge) in challenges.iter().enumerate() {
            let response = match (at, &first) {
                (0, Some(first)) => first.clone(),
                _ => {
                    say(wire, &format!("334 {challenge}")).await?;
                    let Some(response) = line(wire).await? else { return Ok(Outcome::Over) };
                    response
                }
            };
            said.push(String::from_utf8_lossy(&mime::base64(response.as_bytes()).unwrap_or_default()).into_owned());
        }
        let (user, password) = credentials(&mechanism, &said);
        let verdict = self.shared.faults.pick(Step::LogIn, &user);
        let known = self.shared.settings.accounts.iter().any(|known| *known == (user.clone(), password.clone()));
        let refused = matches!(verdict.trouble, Some(Trouble::Reply { .. }));
        if !known || refused {
            self.shared.ledger.append(LedgerLine::staged("refused-login", "smtp", &user))?;
        }
        if !known && mechanism == "XOAUTH2" {
            say(wire, "334 eyJzdGF0dXMiOiI0MDEifQ==").await?;
            line(wire).await?;
        }
        if !known {
            // As careless servers do.
            return say(wire, &format!("535 5.7.8 bad password {password} for {user}")).await;
        }
        if !refused {
            self.shared.ledger.append(LedgerLine::staged("login", "smtp", &user))?;
            self.account = Some(user);
        }
        self.answer(wire, &verdict, "235 2.7.0 welcome").await
    }

    async fn mail(&mut self, wire: &mut Wire, rest: &str) -> io::Result<Outcome> {
        if !self.protected || (self.account.is_none() && !self.shared.settings.accounts.is_empty()) {
            return say(wire, "530 5.7.0 authentication required").await;
        }
        let Some((sender, parameters)) = path(rest, "FROM:") else {
            return say(wire, "501 5.5.4 MAIL FROM:<address> is expected").await;
        };
        if self.envelope.is_some() {
            return say(wire, "503 5.5.1 nested MAIL").await;
        }
        let size = parameter(parameters, "SIZE").and_then(|size| size.parse::<u64>().ok());
        if self.shared.settings.size.is_some_and(|largest| size.is_some_and(|size| size > largest)) {
            return say(wire, "552 5.3.4 message too large").await;
        }
        let outcome = self.step(wire, Step::Sender, sender, "250 2.1.0 Ok").await?;
        if outcome == Outcome::Obeyed {
            let id = parameter(parameters, "ENVID").map(unxtext);
            self.envelope = Some(Envelope { sender: sender.to_owned(), id, recipients: Vec::new() });
        }
        Ok(outcome)
    }

    async fn rcpt(&mut self, wire: &mut Wire, rest: &str) -> io::Result<Outcome> {
        let Some((address, parameters)) = path(rest, "TO:") else {
            return say(wire, "501 5.5.4 RCPT TO:<address> is expected").await;
        };
        if self.envelope.is_none() {
            return say(wire, "503 5.5.1 MAIL first").await;
        }
        let outcome = self.step(wire, Step::Recipient, address, "250 2.1.5 Ok").await?;
        if let (Outcome::Obeyed, Some(envelope)) = (outcome, &mut self.envelope) {
            envelope.recipients.push(Recipient {
                address: address.to_owned(),
                notify: parameter(parameters, "NOTIFY").unwrap_or_default().to_ascii_uppercase(),
                original: parameter(parameters, "ORCPT").map(unxtext),
            });
        }
        Ok(outcome)
    }

    async fn data(&mut self, wire: &mut Wire) -> io::Result<Outcome> {
        let Some(envelope) = self.envelope.clone().filter(|envelope| !envelope.recipients.is_empty()) else {
            return say(wire, "554 5.5.1 no valid recipients").await;
        };
        let outcome = self.step(wire, Step::Data, "", "354 go on").await?;
        if outcome != Outcome::Obeyed {
            return Ok(outcome);
        }
        self.envelope = None;
        let mut reading = Reading::default();
        let whole = reading.all(wire, self.shared).await?;
        let verdict = reading.verdict.take().unwrap_or_else(|| self.shared.faults.pick(Step::Message, ""));
        let found = mime::understand(&reading.message);
        if !whole {
            self.record("incomplete", &envelope, &found, &reading.message)?;
            let cut = matches!(verdict.trouble, Some(Trouble::CutAt { .. }));
            return if cut { self.cut(wire).await } else { Ok(Outcome::Over) };
        }
        let obeys = match &verdict.trouble {
            None | Some(Trouble::Reports(_) | Trouble::Slow { .. } | Trouble::CutAt { .. }) => true,
            Some(_) => verdict.taken,
        };
        self.record(if obeys { "received" } else { "refused" }, &envelope, &found, &reading.message)?;
        if obeys {
            self.report(&verdict, &envelope, &found)?;
        }
        let reply = format!("250 2.0.0 Ok: queued as {:X}", reading.message.len());
        self.answer(wire, &verdict, &reply).await
    }

    fn report(&self, verdict: &Verdict, envelope: &Envelope, found: &Understood) -> io::Result<()> {
        let Some(account) = &self.account else { return Ok(()) };
        let reports = match &verdict.trouble {
            Some(Trouble::Reports(reports)) => reports,
            _ => &self.shared.settings.reports,
        };
        reports.iter().try_for_each(|report| self.shared.postman.report(account, *report, envelope, found))
    }

    fn record(&self, kind: &str, envelope: &Envelope, found: &Understood, message: &[u8]) -> io::Result<()> {
        let to: Vec<&str> = envelope.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
        let attachment = found.attachment.as_deref().unwrap_or_default();
        if let (Some(folder), "received") = (&self.shared.kept, kind) {
            std::fs::write(folder.join(format!("{}.eml", text::percent(&found.message_id))), message)?;
        }
        self.shared.ledger.append(LedgerLine {
            name: found.name.clone(),
            destination: Some(to.join(",")),
            subject: Some(found.subject.clone()),
            message_id: Some(found.message_id.clone()),
            size: Some(attachment.len() as u64),
            sha256: (kind != "incomplete").then(|| text::hex_of(&Sha256::digest(attachment))),
            ..LedgerLine::new(kind, self.account.as_deref().unwrap_or_default())
        })
    }
}

/// A message being read, dots undone.
#[derive(Default)]
struct Reading {
    message: Vec<u8>,
    /// Chosen where the attachment's name is known.
    verdict: Option<Verdict>,
}

impl Reading {
    /// Reads to the line of one dot; false when it did not come.
    async fn all(&mut self, wire: &mut Wire, shared: &Shared) -> io::Result<bool> {
        loop {
            while let Some(end) = memchr::memmem::find(&wire.input, b"\r\n") {
                let line = wire.input.split_to(end + 2);
                if line.as_ref() == b".\r\n" {
                    return Ok(true);
                }
                self.message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                if self.is_cut(shared) {
                    return Ok(false);
                }
            }
            if self.message.len() > MESSAGE || wire.read_more().await? == 0 {
                return Ok(false);
            }
        }
    }

    fn is_cut(&mut self, shared: &Shared) -> bool {
        if self.verdict.is_none() && self.message.len() < NAME_WITHIN && self.message.ends_with(b"\r\n\r\n") {
            self.verdict = mime::name_so_far(&self.message).map(|name| shared.faults.pick(Step::Message, &name));
        }
        let cut = self.verdict.as_ref().and_then(|verdict| verdict.trouble.as_ref());
        matches!(cut, Some(Trouble::CutAt { at }) if self.message.len() as u64 >= *at)
    }
}

async fn say(wire: &mut Wire, reply: &str) -> io::Result<Outcome> {
    wire.send(format!("{reply}\r\n").as_bytes()).await?;
    Ok(Outcome::Obeyed)
}

/// The next command; `None` when the client went away.
async fn line(wire: &mut Wire) -> io::Result<Option<String>> {
    loop {
        if let Some(end) = memchr::memmem::find(&wire.input, b"\r\n") {
            let line = wire.input.split_to(end + 2);
            return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
        }
        if wire.input.len() > COMMAND || wire.read_more().await? == 0 {
            return Ok(None);
        }
    }
}

/// `<address> KEY=VALUE …` behind `FROM:` or `TO:`.
fn path<'r>(rest: &'r str, before: &str) -> Option<(&'r str, &'r str)> {
    let start = rest.get(..before.len()).filter(|start| start.eq_ignore_ascii_case(before))?;
    rest[start.len()..].strip_prefix('<')?.split_once('>')
}

fn parameter<'p>(parameters: &'p str, wanted: &str) -> Option<&'p str> {
    let mut pairs = parameters.split_ascii_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

/// RFC 3461 4.
fn unxtext(text: &str) -> String {
    let mut pieces = text.split('+');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        out.push(u8::from_str_radix(digits, 16).map_or('?', char::from));
        out.push_str(rest);
    }
    out
}

fn credentials(mechanism: &str, said: &[String]) -> (String, String) {
    let one = said.first().cloned().unwrap_or_default();
    let pair = match mechanism {
        "LOGIN" => (one, said.get(1).cloned().unwrap_or_default()),
        "XOAUTH2" => {
            let part =
                |name: &str| one.split('\x01').find_map(|part| part.strip_prefix(name)).unwrap_or_default().to_owned();
            (part("user="), part("auth=Bearer "))
        }
        _ => {
            let mut parts = one.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        }
    };
    (pair.0, pair.1)
}
