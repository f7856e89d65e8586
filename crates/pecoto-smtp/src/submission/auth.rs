//! Authentication (RFC 4954): which mechanism, and what it says. Pure.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use super::error::{Code, Error, Result};

/// A way to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Never standardised, offered everywhere.
    Login,
    /// A bearer token in place of the password.
    XOAuth2,
}

impl Mechanism {
    /// As servers write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::XOAuth2 => "XOAUTH2",
        }
    }

    /// Case does not count.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Plain, Self::Login, Self::XOAuth2].into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}

/// User and secret. `Debug` shows neither.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password; for [`Mechanism::XOAuth2`] the token.
    pub secret: SecretString,
    /// The mechanism to use; `None`: PLAIN, else LOGIN, whichever is offered. A token is only ever given to XOAUTH2, which must be named.
    pub mechanism: Option<Mechanism>,
}

impl Credentials {
    /// By the first of PLAIN and LOGIN that is offered.
    pub fn new(user: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { user: user.into(), secret: secret.into(), mechanism: None }
    }

    /// Chooses from what is offered.
    ///
    /// # Errors
    ///
    /// `smtp-auth-unsupported`.
    pub(super) fn choose(&self, offered: &[Mechanism]) -> Result<Mechanism> {
        let usual = [Mechanism::Plain, Mechanism::Login];
        let wanted = self.mechanism.as_ref().map_or(&usual[..], std::slice::from_ref);
        wanted.iter().copied().find(|mechanism| offered.contains(mechanism)).ok_or_else(|| {
            let names = |list: &[Mechanism]| list.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ");
            let message = format!("none of {} is offered; offered: {}", names(wanted), names(offered));
            Error::new(Code::AuthUnsupported, message)
        })
    }

    /// What is answered to each of the server's challenges, the first with the command where the mechanism allows it.
    pub(super) fn responses(&self, mechanism: Mechanism) -> Vec<Vec<u8>> {
        let (user, secret) = (self.user.as_str(), self.secret.expose_secret());
        match mechanism {
            Mechanism::Plain => vec![format!("\0{user}\0{secret}").into_bytes()],
            Mechanism::Login => vec![user.as_bytes().to_vec(), secret.as_bytes().to_vec()],
            Mechanism::XOAuth2 => vec![format!("user={user}\x01auth=Bearer {secret}\x01\x01").into_bytes()],
        }
    }

    /// No NUL may stand in what PLAIN separates by it.
    pub(super) fn check(&self) -> Result<()> {
        let forbidden = |text: &str| text.contains(['\0', '\x01']) || text.len() > 8000;
        if self.user.is_empty() || forbidden(&self.user) || forbidden(self.secret.expose_secret()) {
            return Err(Error::new(Code::Config, "the user or the password cannot be transmitted"));
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_first_and_tokens_only_where_named() {
        use Mechanism::{Login, Plain, XOAuth2};
        let mut credentials = Credentials::new("u", "p".to_owned());
        assert_eq!(credentials.choose(&[XOAuth2, Login, Plain]).ok(), Some(Plain));
        assert_eq!(credentials.choose(&[XOAuth2, Login]).ok(), Some(Login));
        assert_eq!(credentials.choose(&[XOAuth2]).map_err(|error| error.code()), Err("smtp-auth-unsupported"));
        credentials.mechanism = Some(XOAuth2);
        assert_eq!(credentials.choose(&[Plain, XOAuth2]).ok(), Some(XOAuth2));
        assert!(credentials.choose(&[Plain]).is_err());
    }

    #[test]
    fn responses() {
        let credentials = Credentials::new("user", "pass".to_owned());
        assert_eq!(credentials.responses(Mechanism::Plain), [b"\0user\0pass"]);
        assert_eq!(credentials.responses(Mechanism::Login), [b"user", b"pass"]);
        assert_eq!(credentials.responses(Mechanism::XOAuth2), [b"user=user\x01auth=Bearer pass\x01\x01"]);
        assert_eq!(format!("{credentials:?}"), "Credentials(***)");
        assert!(Credentials::new("a\0b", "p".to_owned()).check().is_err() && credentials.check().is_ok());
    }
}
