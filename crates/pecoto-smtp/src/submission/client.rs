//! The way in: connection, TLS, greeting, authentication.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;

use super::auth::{Credentials, Mechanism};
use super::config::{Config, Security};
use super::error::{Code, Error, Result};
use super::extensions::Extensions;
use super::message::Message;
use super::reply::Reply;
use super::secrets::Secrets;
use super::session::Session;
use super::tls;
use super::verdict::{Asked, refusal};
use super::wire::Wire;

/// Challenges answered at most.
const CHALLENGES: usize = 4;

/// The server asks for the next response (RFC 4954 4).
const CHALLENGE: u16 = 334;

/// Opens sessions with one server. Clones share the configuration.
#[derive(Clone, Debug)]
pub struct Client {
    config: Arc<Config>,
    tls: Option<Arc<ClientConfig>>,
}

impl Client {
    /// Checks the configuration and reads the trusted certificates. Nothing is sent.
    ///
    /// # Errors
    ///
    /// `smtp-config`.
    pub fn new(config: Config) -> Result<Self> {
        config.check()?;
        let tls = tls::client_config(&config)?;
        Ok(Self { config: Arc::new(config), tls })
    }

    /// Whether a message is within the profile's limit: to be asked before a connection is opened for it.
    ///
    /// # Errors
    ///
    /// `smtp-too-large`.
    pub fn check(&self, message: &Message) -> Result<()> {
        within(message, self.config.largest, "the profile")
    }

    /// A text without the password, in clear or as it was sent: for whatever else comes from the server (its reports).
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.config.credentials.as_ref().map(secrets).unwrap_or_default().redact(text)
    }

    /// Connects, protects the connection, greets, authenticates (docs/protocols/pecoto.md 2). A crash leaves nothing behind.
    ///
    /// # Errors
    ///
    /// `smtp-connect-failed`, `smtp-tls-missing`, `smtp-tls-refused`, `smtp-login-refused`, `smtp-auth-unsupported`, `smtp-service-busy`,
    /// `smtp-service-refused`, and the codes of broken connections.
    pub async fn connect(&self) -> Result<Session> {
        let config = &*self.config;
        let none = Secrets::default();
        let mut wire = Wire::connect(config, self.tls.as_ref()).await?;
        expect(wire.reply(config.timeouts.answer).await?, Asked::Greeting, &none)?;
        let mut extensions = self.greet(&mut wire).await?;
        if let (Security::StartTls, Some(tls)) = (config.security, &self.tls) {
            if !extensions.starttls {
                return Err(Error::new(Code::TlsMissing, "the server offers no STARTTLS"));
            }
            wire.say("STARTTLS\r\n");
            wire.flush().await?;
            expect(wire.reply(config.timeouts.answer).await?, Asked::StartTls, &none)?;
            wire = wire.start_tls(config, tls).await?;
            extensions = self.greet(&mut wire).await?;
        }
        let secrets = match &config.credentials {
            Some(credentials) => self.log_in(&mut wire, credentials, &extensions).await?,
            None => none,
        };
        Ok(Session::new(wire, extensions, secrets, Arc::clone(&self.config)))
    }

    async fn greet(&self, wire: &mut Wire) -> Result<Extensions> {
        let name = self.config.hello.as_ref().map_or_else(|| wire.address_literal(), |hello| hello.as_str().to_owned());
        wire.say(&format!("EHLO {name}\r\n"));
        wire.flush().await?;
        let reply = wire.reply(self.config.timeouts.answer).await?;
        expect(reply, Asked::Hello, &Secrets::default()).map(|reply| Extensions::of(&reply))
    }

    /// RFC 4954 4; what the server says is kept without what it was told.
    async fn log_in(&self, wire: &mut Wire, credentials: &Credentials, extensions: &Extensions) -> Result<Secrets> {
        let mechanism = credentials.choose(&extensions.auth)?;
        let responses = credentials.responses(mechanism);
        let secrets = secrets(credentials);
        let mut left = responses.iter();
        let first = match mechanism {
            Mechanism::Login => String::new(),
            _ => left.next().map(|response| format!(" {}", STANDARD.encode(response))).unwrap_or_default(),
        };
        wire.say(&format!("AUTH {}{first}\r\n", mechanism.name()));
        for _ in 0..CHALLENGES {
            wire.flush().await?;
            let reply = wire.reply(self.config.timeouts.answer).await?;
            if reply.code() != CHALLENGE {
                return expect(reply, Asked::LogIn, &secrets).map(|_| secrets);
            }
            // An empty response ends an XOAUTH2 exchange that failed: the refusal follows.
            let response = left.next().map(|response| STANDARD.encode(response)).unwrap_or_default();
            wire.say(&format!("{response}\r\n"));
        }
        Err(Error::new(Code::LogInRefused, "the server's challenges never end"))
    }
}

/// Every spelling in which any mechanism gives the secret out.
fn secrets(credentials: &Credentials) -> Secrets {
    let mechanisms = [Mechanism::Plain, Mechanism::Login, Mechanism::XOAuth2];
    let responses = mechanisms.map(|mechanism| credentials.responses(mechanism).pop().unwrap_or_default());
    Secrets::of(credentials.secret.expose_secret(), &responses)
}

/// # Errors
///
/// `smtp-too-large`.
pub(super) fn within(message: &Message, largest: u64, whose: &str) -> Result<()> {
    if message.size() > largest {
        let words = format!("a message of {} bytes, {whose} takes {largest}", message.size());
        return Err(Error::new(Code::TooLarge, words));
    }
    Ok(())
}

/// A 2xx reply, or what its absence means.
fn expect(reply: Reply, asked: Asked, secrets: &Secrets) -> Result<Reply> {
    if reply.is_done() { Ok(reply) } else { Err(refusal(asked, &reply, secrets)) }
}
