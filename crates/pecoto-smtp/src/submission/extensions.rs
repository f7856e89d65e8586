//! What a server offers (RFC 5321 4.1.1.1): pure, from the reply to EHLO.

use super::auth::Mechanism;
use super::reply::Reply;

/// The extensions that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extensions {
    /// Largest message in bytes; `Some(0)` and `None`: no limit announced (RFC 1870).
    pub size: Option<u64>,
    /// Commands may be grouped (RFC 2920).
    pub pipelining: bool,
    /// TLS may be asked for (RFC 3207).
    pub starttls: bool,
    /// Delivery reports may be asked for (RFC 3461).
    pub dsn: bool,
    /// Mechanisms of authentication that we know, in the server's order (RFC 4954).
    pub auth: Vec<Mechanism>,
}

impl Extensions {
    /// Reads the reply to EHLO; its first line is a greeting.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let mut extensions = Self::default();
        for line in reply.lines().iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_uppercase) else { continue };
            match name.as_str() {
                "SIZE" => extensions.size = words.next().and_then(|size| size.parse().ok()),
                "PIPELINING" => extensions.pipelining = true,
                "STARTTLS" => extensions.starttls = true,
                "DSN" => extensions.dsn = true,
                // «AUTH=» was written before the RFC, and is still.
                name if name == "AUTH" || name.starts_with("AUTH=") => {
                    let first = name.strip_prefix("AUTH=").unwrap_or_default();
                    let known = std::iter::once(first).chain(words).filter_map(Mechanism::of_name);
                    for mechanism in known {
                        if !extensions.auth.contains(&mechanism) {
                            extensions.auth.push(mechanism);
                        }
                    }
                }
                _ => {}
            }
        }
        extensions
    }

    /// The limit that was announced.
    #[must_use]
    pub fn largest(&self) -> Option<u64> {
        self.size.filter(|size| *size > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply::Replies;
    use super::*;

    #[test]
    fn of_postfix_and_of_others() {
        let mut replies = Replies::default();
        replies.feed(b"250-mx SIZE 5\r\n250-PIPELINING\r\n250-size 10240000\r\n250-AUTH PLAIN LOGIN GSSAPI\r\n250-AUTH=LOGIN XOAUTH2\r\n250-ETRN\r\n250-starttls\r\n250 DSN\r\n");
        let found = Extensions::of(&replies.next_reply().unwrap().unwrap());
        assert_eq!((found.size, found.largest()), (Some(10_240_000), Some(10_240_000)));
        assert!(found.pipelining && found.starttls && found.dsn);
        assert_eq!(found.auth, [Mechanism::Plain, Mechanism::Login, Mechanism::XOAuth2]);
        replies.feed(b"250-mx\r\n250-SIZE 0\r\n250 SIZE\r\n");
        assert_eq!(Extensions::of(&replies.next_reply().unwrap().unwrap()).largest(), None);
    }
}
