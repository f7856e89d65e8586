//! What a reply that is not the expected one means: pure (docs/protocols/pecoto.md 6).

use super::error::{Code, Error, Reach};
use super::reply::Reply;
use super::secrets::Secrets;

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Greeting,
    Hello,
    StartTls,
    LogIn,
    Sender,
    Recipient,
    Data,
    Message,
}

impl Asked {
    fn is_before_a_message(self) -> bool {
        matches!(self, Self::Greeting | Self::Hello | Self::StartTls | Self::LogIn)
    }

    fn refused_for_good(self) -> Code {
        match self {
            Self::Greeting | Self::Hello => Code::ServiceRefused,
            Self::StartTls => Code::TlsMissing,
            Self::LogIn => Code::LogInRefused,
            Self::Sender => Code::SenderRefused,
            Self::Recipient => Code::RecipientRefused,
            Self::Data | Self::Message => Code::MessageRefused,
        }
    }
}

/// The server closes the connection after this one (RFC 5321 3.8).
const CLOSING: u16 = 421;
/// Authentication, or TLS, is required first (RFC 4954 6, RFC 3207 4).
const AUTHENTICATION_REQUIRED: u16 = 530;
/// More than the storage allotted (RFC 1870 6.1).
const EXCEEDS_STORAGE: u16 = 552;

/// What the server refused, how, and for how long.
pub(super) fn refusal(asked: Asked, reply: &Reply, secrets: &Secrets) -> Error {
    let error = Error::new(code(asked, reply), format!("{asked:?} refused")).replied(reply, secrets);
    match reply.code() {
        CLOSING if !asked.is_before_a_message() => error.reaching(Reach::Session),
        _ => error,
    }
}

fn code(asked: Asked, reply: &Reply) -> Code {
    let about_size = reply
        .status()
        .is_some_and(|status| (status.subject, status.detail) == (3, 4) || (status.subject, status.detail) == (2, 3));
    match reply.code() {
        _ if reply.is_transient() && asked.is_before_a_message() => Code::ServiceBusy,
        _ if reply.is_transient() => Code::RefusedForNow,
        _ if !reply.is_permanent() => Code::BadReply,
        AUTHENTICATION_REQUIRED => Code::LogInRefused,
        EXCEEDS_STORAGE if !asked.is_before_a_message() && asked != Asked::Recipient => Code::TooLarge,
        _ if about_size && !asked.is_before_a_message() => Code::TooLarge,
        _ => asked.refused_for_good(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Again;
    use super::super::reply::Replies;
    use super::*;

    fn told(asked: Asked, line: &str) -> Error {
        let mut replies = Replies::default();
        replies.feed(line.as_bytes());
        refusal(asked, &replies.next_reply().unwrap().unwrap(), &Secrets::default())
    }

    #[test]
    fn each_refusal_by_its_code_and_place() {
        use Asked::{Data, Greeting, LogIn, Message, Recipient, Sender, StartTls};
        let menu = [
            (Greeting, "554 go away\r\n", "smtp-service-refused", Again::AfterOperator, Reach::Profile),
            (Greeting, "421 busy\r\n", "smtp-service-busy", Again::Later, Reach::Server),
            (StartTls, "454 no\r\n", "smtp-service-busy", Again::Later, Reach::Server),
            (StartTls, "502 no\r\n", "smtp-tls-missing", Again::AfterOperator, Reach::Profile),
            (LogIn, "535 5.7.8 bad\r\n", "smtp-login-refused", Again::AfterOperator, Reach::Profile),
            (LogIn, "454 4.7.0 later\r\n", "smtp-service-busy", Again::Later, Reach::Server),
            (Sender, "530 5.7.0 authenticate\r\n", "smtp-login-refused", Again::AfterOperator, Reach::Profile),
            (Sender, "553 5.7.1 not yours\r\n", "smtp-sender-refused", Again::Never, Reach::Message),
            (Sender, "552 5.3.4 too big\r\n", "smtp-too-large", Again::Never, Reach::Message),
            (Recipient, "450 4.2.0 greylisted\r\n", "smtp-refused-for-now", Again::Later, Reach::Message),
            (Recipient, "550 5.1.1 unknown\r\n", "smtp-recipient-refused", Again::Never, Reach::Message),
            (Recipient, "552 5.2.2 full\r\n", "smtp-recipient-refused", Again::Never, Reach::Message),
            (Recipient, "421 4.3.2 closing\r\n", "smtp-refused-for-now", Again::Later, Reach::Session),
            (Data, "554 5.5.1 no\r\n", "smtp-message-refused", Again::Never, Reach::Message),
            (Message, "451 4.3.0 disk\r\n", "smtp-refused-for-now", Again::Later, Reach::Message),
            (Message, "554 5.7.1 virus\r\n", "smtp-message-refused", Again::Never, Reach::Message),
            (Data, "250 what\r\n", "smtp-bad-reply", Again::Later, Reach::Session),
        ];
        for (asked, line, code, again, reach) in menu {
            let error = told(asked, line);
            assert_eq!((error.code(), error.again(), error.reach()), (code, again, reach), "{line}");
            assert_eq!(error.peer_words(), Some(line.trim_end()));
        }
        let error = told(Recipient, "550 5.1.1 unknown\r\n");
        assert_eq!((error.reply(), error.status()), (Some(550), Some("5.1.1")));
    }
}
