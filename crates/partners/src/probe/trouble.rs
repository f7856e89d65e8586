//! What stops a look, by code.

use serde::{Serialize, Serializer};

/// Declares the kinds with their codes, so that the list is whole.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $side:ident;)*) => {
        /// What stopped a look.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$meta])* $name,)*
        }

        /// Every code of a [`Kind`].
        pub const CODES: &[&str] = &[$($code,)*];

        impl Kind {
            /// Stable code for catalogues.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// Whether something must be corrected, here or at the partner's; otherwise the partner, or the way to it, is only out of reach.
            #[must_use]
            pub fn is_to_correct(self) -> bool {
                match self {
                    $(Self::$name => kinds!(@ $side),)*
                }
            }
        }
    };
    (@ correct) => { true };
    (@ away) => { false };
}

kinds! {
    /// No such name.
    NameUnknown = "online-name-unknown", correct;
    /// The name server does not answer.
    NameUnanswered = "online-name-unanswered", away;
    /// Nothing listens on the port.
    Refused = "online-connection-refused", away;
    /// The connection was not answered in time.
    TimedOut = "online-connection-timed-out", away;
    /// No route leads there.
    NoRoute = "online-no-route", away;
    /// The connection failed otherwise.
    NotConnected = "online-not-connected", away;
    /// The proxy asks who we are, and the profile does not say.
    ProxyAsksPassword = "online-proxy-asks-password", correct;
    /// The proxy refuses its password.
    ProxyRefusesPassword = "online-proxy-refuses-password", correct;
    /// The proxy refuses to lead there.
    ProxyRefuses = "online-proxy-refuses", correct;
    /// The proxy itself cannot reach the partner.
    ProxyCannotReach = "online-proxy-cannot-reach", away;
    /// What answers is not a proxy, or says nothing.
    NotAProxy = "online-not-a-proxy", correct;
    /// The mail server does not greet as its protocol wants, or not in time.
    NoGreeting = "online-no-greeting", away;
    /// The mail server refuses to start TLS.
    NoStartTls = "online-no-starttls", correct;
    /// TLS was not answered in time.
    TlsTimedOut = "online-tls-timed-out", away;
    /// The connection was cut while TLS was agreed on.
    TlsCut = "online-tls-cut", away;
    /// What answers does not speak TLS.
    NotTls = "online-not-tls", correct;
    /// Nothing newer than TLS 1.1, or no cipher in common.
    TooOld = "online-tls-too-old", correct;
    /// The server refuses our certificate, or wants one.
    OwnCertificateRefused = "online-own-certificate-refused", correct;
    /// A certificate of the chain is over.
    CertificateExpired = "online-certificate-expired", correct;
    /// A certificate of the chain is not valid yet.
    CertificateTooEarly = "online-certificate-too-early", correct;
    /// The certificate names another host.
    CertificateName = "online-certificate-name", correct;
    /// An authority that is not trusted signed it.
    UnknownAuthority = "online-unknown-authority", correct;
    /// The server shows the certificate of an authority, most often one that it signed itself.
    CertificateOfAuthority = "online-certificate-of-authority", correct;
    /// The certificate cannot be used for another reason.
    CertificateRefused = "online-certificate-refused", correct;
    /// Any other failure of TLS.
    TlsFailed = "online-tls-failed", correct;
    /// The authorities or the certificate of the profile cannot be used.
    TrustUnusable = "online-trust-unusable", correct;
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// What stopped a look, and what tells more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{}", .kind.code(), .words.as_deref().map(|words| format!(": {words}")).unwrap_or_default())]
pub struct Trouble {
    /// What.
    pub kind: Kind,
    /// The peer's words, names or dates; bounded, without control characters, never a secret.
    pub words: Option<String>,
}

impl Trouble {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, words: None }
    }

    pub(super) fn with(kind: Kind, words: &str) -> Self {
        Self { kind, words: Some(super::clean(words)).filter(|words| !words.is_empty()) }
    }
}
