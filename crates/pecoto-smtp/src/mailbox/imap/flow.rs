//! How an IMAP session opens: greeting → `CAPABILITY` → `STARTTLS` → TLS → `CAPABILITY` → `LOGIN` → `CAPABILITY` → `SELECT` (RFC 3501 3, 6).
//! Bytes and sockets are the client's.

use secrecy::{ExposeSecret, SecretString};

use super::codec::{Condition, Outcome, quoted};
use crate::mailbox::{MailboxError, server::Credentials};

/// The end of a reply.
#[derive(Debug)]
pub(super) enum End {
    /// The command's own.
    Tagged(Condition),
    /// The server waits for the literal announced last.
    Continue,
}

/// A reply as far as the opening needs it.
#[derive(Debug)]
pub(super) struct Reply {
    /// Untagged responses, bounded by the client.
    pub(super) untagged: Vec<String>,
    pub(super) end: End,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Send this under a new tag.
    Command(SecretString),
    /// Send this as it is: it continues the command.
    Continue(SecretString),
    /// Start TLS; then call [`Opening::protected`].
    Protect,
    /// The folder is open.
    Open(Folder),
}

/// The selected folder and what the server can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Folder {
    /// UIDs mean the same mails as long as this number stays (RFC 3501 2.3.1.1).
    pub(super) validity: u32,
    pub(super) mails: u32,
    pub(super) read_only: bool,
    /// `UID EXPUNGE` (RFC 4315).
    pub(super) uidplus: bool,
    /// `UID MOVE` (RFC 6851).
    pub(super) moves: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    ClearCapability,
    StartTls,
    Capability,
    LogIn,
    /// The user's name is awaited.
    User,
    /// The password is awaited.
    Password,
    LoggedInCapability,
    Select,
}

/// The opening of one session.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    credentials: &'a Credentials,
    folder: &'a str,
    stage: Stage,
    opened: Folder,
}

impl<'a> Opening<'a> {
    pub(super) fn new(credentials: &'a Credentials, folder: &'a str) -> Self {
        Self { credentials, folder, stage: Stage::ClearCapability, opened: Folder::default() }
    }

    /// Takes the first line. A server that says `PREAUTH` before TLS knows somebody, but not us.
    pub(super) fn greeting(&mut self, line: &str, protected: bool) -> Result<Step, MailboxError> {
        let mut words = line.splitn(3, ' ');
        match (words.next(), words.next().map(str::to_ascii_uppercase).as_deref()) {
            (Some("*"), Some("OK")) => {
                self.stage = if protected { Stage::Capability } else { Stage::ClearCapability };
                Ok(command("CAPABILITY"))
            }
            (Some("*"), Some("PREAUTH")) if protected => {
                self.stage = Stage::LoggedInCapability;
                Ok(command("CAPABILITY"))
            }
            (Some("*"), Some("BYE")) => Err(MailboxError::InUse { words: self.credentials.clean(line) }),
            _ => Err(MailboxError::Protocol("an unknown greeting".to_owned())),
        }
    }

    /// TLS is up; what was said before it is forgotten.
    pub(super) fn protected(&mut self) -> Step {
        self.stage = Stage::Capability;
        command("CAPABILITY")
    }

    /// Takes the reply to the last step.
    pub(super) fn proceed(&mut self, reply: &Reply) -> Result<Step, MailboxError> {
        let condition = match (&reply.end, self.stage) {
            (End::Continue, Stage::LogIn) => {
                self.stage = Stage::User;
                let (user, password) = (&self.credentials.user, self.credentials.password.expose_secret());
                return Ok(Step::Continue(format!("{user} {{{}}}\r\n", password.len()).into()));
            }
            (End::Continue, Stage::User) => {
                self.stage = Stage::Password;
                return Ok(Step::Continue(format!("{}\r\n", self.credentials.password.expose_secret()).into()));
            }
            (End::Continue, _) => return Err(MailboxError::Protocol("it waits for more, unasked".to_owned())),
            (End::Tagged(condition), _) => condition,
        };
        match self.stage {
            Stage::ClearCapability => self.start_tls(reply),
            Stage::StartTls => {
                self.accept(condition, "STARTTLS")?;
                Ok(Step::Protect)
            }
            Stage::Capability => self.log_in(reply),
            Stage::LogIn | Stage::User | Stage::Password => {
                accept_log_in(condition, |words| self.credentials.clean(words))?;
                self.stage = Stage::LoggedInCapability;
                Ok(command("CAPABILITY"))
            }
            Stage::LoggedInCapability => self.select(reply),
            Stage::Select => {
                self.accept(condition, "SELECT")?;
                self.opened.read_only = condition.code.as_deref() == Some("READ-ONLY");
                self.selected(&reply.untagged).map(Step::Open)
            }
        }
    }

    fn start_tls(&mut self, reply: &Reply) -> Result<Step, MailboxError> {
        if !offers(reply, "STARTTLS") {
            return Err(MailboxError::Unsupported("STARTTLS"));
        }
        self.stage = Stage::StartTls;
        Ok(command("STARTTLS"))
    }

    fn log_in(&mut self, reply: &Reply) -> Result<Step, MailboxError> {
        if offers(reply, "LOGINDISABLED") {
            return Err(MailboxError::Unsupported("LOGIN"));
        }
        self.stage = Stage::LogIn;
        let (user, password) = (&self.credentials.user, self.credentials.password.expose_secret());
        Ok(match (quoted(user), quoted(password)) {
            (Some(user), Some(password)) => command(&format!("LOGIN {user} {password}")),
            _ => command(&format!("LOGIN {{{}}}", user.len())),
        })
    }

    fn select(&mut self, reply: &Reply) -> Result<Step, MailboxError> {
        self.opened.uidplus = offers(reply, "UIDPLUS");
        self.opened.moves = offers(reply, "MOVE");
        self.stage = Stage::Select;
        Ok(command(&format!("SELECT {}", folder_name(self.folder)?)))
    }

    fn selected(&self, untagged: &[String]) -> Result<Folder, MailboxError> {
        let conditions = untagged.iter().filter_map(|line| Condition::read(line.strip_prefix("* ")?));
        let validity = conditions
            .filter(|condition| condition.code.as_deref() == Some("UIDVALIDITY"))
            .find_map(|condition| condition.argument.parse().ok());
        let mails = untagged.iter().find_map(|line| {
            let (number, word) = line.strip_prefix("* ")?.split_once(' ')?;
            word.eq_ignore_ascii_case("EXISTS").then(|| number.parse().ok())?
        });
        match (validity, mails) {
            (Some(validity), Some(mails)) => Ok(Folder { validity, mails, ..self.opened.clone() }),
            (None, _) => Err(MailboxError::Unsupported("UIDVALIDITY, without which no mail has a name that stays")),
            (_, None) => Err(MailboxError::Protocol("a folder without a number of mails".to_owned())),
        }
    }

    fn accept(&self, condition: &Condition, command: &'static str) -> Result<(), MailboxError> {
        refusal(condition, command, |words| self.credentials.clean(words))
    }
}

/// A folder's name as it stands in a command.
///
/// # Errors
///
/// [`MailboxError::Settings`] for a name with characters that IMAP writes in its own way (RFC 3501 5.1.3): it is to be given in that way.
pub(super) fn folder_name(folder: &str) -> Result<String, MailboxError> {
    quoted(folder).filter(|_| !folder.is_empty()).ok_or_else(|| {
        MailboxError::Settings(format!("the folder {folder:?} must be given in IMAP's modified UTF-7 (RFC 3501 5.1.3)"))
    })
}

/// The error of a `NO` or `BAD`; busy servers are known by their response code (RFC 5530 3).
pub(super) fn refusal(
    condition: &Condition,
    command: &'static str,
    clean: impl Fn(&str) -> String,
) -> Result<(), MailboxError> {
    let words = match condition.outcome {
        Outcome::Ok => return Ok(()),
        Outcome::No | Outcome::Bad => clean(&condition.words),
    };
    Err(match condition.code.as_deref() {
        Some("UNAVAILABLE" | "INUSE" | "LIMIT") => MailboxError::InUse { words },
        _ => MailboxError::Refused { command, words },
    })
}

fn accept_log_in(condition: &Condition, clean: impl Fn(&str) -> String) -> Result<(), MailboxError> {
    match refusal(condition, "the log-in", clean) {
        Err(MailboxError::Refused { words, .. }) => Err(MailboxError::LogInRefused { words }),
        other => other,
    }
}

fn offers(reply: &Reply, word: &str) -> bool {
    let lines = reply.untagged.iter().filter_map(|line| line.strip_prefix("* "));
    lines
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| name.eq_ignore_ascii_case("CAPABILITY"))
        .any(|(_, words)| words.split(' ').any(|offered| offered.eq_ignore_ascii_case(word)))
}

fn command(text: &str) -> Step {
    Step::Command(text.into())
}

#[cfg(test)]
mod tests;
