//! How a POP3 session opens: greeting → `CAPA` → `STLS` → TLS → `USER` → `PASS` → `CAPA` (RFC 1939 4, RFC 2595 4, RFC 2449 5). Bytes and sockets are the client's.

use secrecy::{ExposeSecret, SecretString};

use super::codec::Status;
use crate::mailbox::{MailboxError, server::Credentials};

/// A reply as far as the opening needs it.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: Status,
    /// Lines of the body, bounded by the client.
    pub(super) lines: Vec<String>,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Send this line, and wait for a reply with or without a body.
    Send { line: SecretString, multi_line: bool },
    /// Start TLS; then call [`Opening::protected`].
    Protect,
    /// The mailbox is open.
    Open(Capabilities),
}

/// What the server said it can do, after the log-in; without `CAPA`, nothing is known and everything is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities(Option<Vec<String>>);

impl Capabilities {
    /// Whether the server said that it lacks it.
    pub(super) fn lacks(&self, word: &str) -> bool {
        self.0.as_ref().is_some_and(|lines| {
            !lines.iter().any(|line| line.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(word)))
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    /// Asked in clear text: believed only as far as `STLS`, which is tried anyway.
    ClearCapabilities,
    StartTls,
    User,
    Password,
    Capabilities,
}

/// The opening of one session.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    credentials: &'a Credentials,
    protected: bool,
    stage: Stage,
}

impl<'a> Opening<'a> {
    pub(super) fn new(credentials: &'a Credentials, protected: bool) -> Self {
        Self { credentials, protected, stage: Stage::Greeting }
    }

    /// Takes the reply to the last step; the greeting first.
    pub(super) fn proceed(&mut self, reply: &Reply) -> Result<Step, MailboxError> {
        let (stage, step) = match self.stage {
            Stage::Greeting => {
                self.accept(reply, "the connection")?;
                if self.protected {
                    (Stage::User, self.user())
                } else {
                    (Stage::ClearCapabilities, plain("CAPA", true))
                }
            }
            Stage::ClearCapabilities => {
                if reply.status.ok && Capabilities(Some(reply.lines.clone())).lacks("STLS") {
                    return Err(MailboxError::Unsupported("STLS"));
                }
                (Stage::StartTls, plain("STLS", false))
            }
            Stage::StartTls => {
                self.accept(reply, "STLS")?;
                (Stage::User, Step::Protect)
            }
            Stage::User => {
                self.accept_secret(reply)?;
                (Stage::Password, self.password())
            }
            Stage::Password => {
                self.accept_secret(reply)?;
                (Stage::Capabilities, plain("CAPA", true))
            }
            Stage::Capabilities => {
                let capabilities = reply.status.ok.then(|| reply.lines.clone());
                (Stage::Capabilities, Step::Open(Capabilities(capabilities)))
            }
        };
        self.stage = stage;
        Ok(step)
    }

    /// TLS is up: the server greets nobody twice.
    pub(super) fn protected(&mut self) -> Step {
        self.protected = true;
        self.user()
    }

    fn user(&self) -> Step {
        plain(&format!("USER {}", self.credentials.user), false)
    }

    fn password(&self) -> Step {
        plain(&format!("PASS {}", self.credentials.password.expose_secret()), false)
    }

    fn accept(&self, reply: &Reply, command: &'static str) -> Result<(), MailboxError> {
        refusal(&reply.status, command, |words| self.credentials.clean(words))
    }

    fn accept_secret(&self, reply: &Reply) -> Result<(), MailboxError> {
        match refusal(&reply.status, "the log-in", |words| self.credentials.clean(words)) {
            Err(MailboxError::Refused { words, .. }) => Err(MailboxError::LogInRefused { words }),
            other => other,
        }
    }
}

/// The error of a `-ERR`; locked mailboxes and busy servers are known by their response code (RFC 2449 8.1, RFC 3206 4).
pub(super) fn refusal(
    status: &Status,
    command: &'static str,
    clean: impl Fn(&str) -> String,
) -> Result<(), MailboxError> {
    if status.ok {
        return Ok(());
    }
    let words = clean(&status.text);
    Err(match status.code.as_deref() {
        Some("IN-USE" | "LOGIN-DELAY" | "SYS/TEMP") => MailboxError::InUse { words },
        _ => MailboxError::Refused { command, words },
    })
}

fn plain(command: &str, multi_line: bool) -> Step {
    Step::Send { line: format!("{command}\r\n").into(), multi_line }
}

#[cfg(test)]
mod tests;
