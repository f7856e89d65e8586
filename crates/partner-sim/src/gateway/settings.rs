//! How one simulated gateway is set up.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use crate::{FaultPlan, MailCharset, text, tls::Certificate};

/// How the portal in front of the gateway asks who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Portal {
    /// A page with a form.
    Form,
    /// A `401` with a `Basic` challenge.
    Basic,
}

/// How the end of a downloaded file is told (protocol 5.4, 5.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The connection is closed; over TLS with `close_notify`.
    #[default]
    Close,
    /// The connection is closed without `close_notify`.
    SilentClose,
    /// Chunked transfer coding.
    Chunked,
    /// `Content-Length`.
    Length,
}

/// In which form the answer pages echo user and password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Echo {
    /// Percent-encoded, upper case: links work.
    #[default]
    Percent,
    /// Percent-encoded, lower case.
    PercentLower,
    /// Form-encoded: a space is `+`.
    Form,
    /// As they are.
    Clear,
    /// HTML-escaped.
    Html,
}

impl Echo {
    pub(crate) fn apply(self, secret: &str) -> String {
        match self {
            Self::Percent => text::percent(secret),
            Self::PercentLower => lower_escapes(&text::percent(secret)),
            Self::Form => text::percent(secret).replace("%20", "+"),
            Self::Clear => secret.to_owned(),
            Self::Html => text::html(secret),
        }
    }
}

fn lower_escapes(encoded: &str) -> String {
    let mut escaped = 0_u8;
    let lower = |c: char| {
        let out = if escaped > 0 { c.to_ascii_lowercase() } else { c };
        escaped = if c == '%' { 2 } else { escaped.saturating_sub(1) };
        out
    };
    encoded.chars().map(lower).collect()
}

/// Names of the upload form's inputs, which no source tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    /// Destination site.
    pub destination: String,
    /// Application reference.
    pub application: String,
    /// Subject.
    pub subject: String,
    /// «Parm CFT».
    pub cft: String,
    /// The file.
    pub file: String,
}

impl Default for FieldNames {
    fn default() -> Self {
        let [destination, application, subject, cft, file] =
            ["SITE_DEST", "REF_APPLI", "SUJET", "PARM_CFT", "FICHIER"].map(str::to_owned);
        Self { destination, application, subject, cft, file }
    }
}

/// One user of the gateway or the portal.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Where mails are written.
#[derive(Clone, Debug)]
pub(crate) struct Mails {
    pub(crate) folder: PathBuf,
    pub(crate) by_account: bool,
    pub(crate) delay: Duration,
    pub(crate) copies: u32,
    pub(crate) charset: MailCharset,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) state: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) accounts: Vec<Account>,
    pub(crate) portal: Option<Portal>,
    pub(crate) portal_accounts: Vec<Account>,
    pub(crate) portal_required: bool,
    pub(crate) tls: Option<Certificate>,
    pub(crate) batch_delay: Duration,
    pub(crate) keep_bytes: bool,
    pub(crate) mails: Option<Mails>,
    pub(crate) fields: FieldNames,
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) form_on_entry: bool,
    pub(crate) listing_states: bool,
    pub(crate) listing_sizes: bool,
    pub(crate) delivery: Delivery,
    pub(crate) echo: Echo,
    pub(crate) refusal_status: u16,
    pub(crate) plan: FaultPlan,
    pub(crate) faults_file: Option<PathBuf>,
}

impl Settings {
    /// The portal's users: the gateway's own, unless others were named.
    pub(crate) fn portal_users(&self) -> &[Account] {
        if self.portal_accounts.is_empty() { &self.accounts } else { &self.portal_accounts }
    }
}

#[cfg(test)]
mod tests {
    use super::Echo;

    #[test]
    fn echoes_differ() {
        let forms =
            [Echo::Percent, Echo::PercentLower, Echo::Form, Echo::Clear, Echo::Html].map(|echo| echo.apply("K&É <o"));
        assert_eq!(forms, ["K%26%C3%89%20%3Co", "K%26%c3%89%20%3co", "K%26%C3%89+%3Co", "K&É <o", "K&amp;É &lt;o"]);
    }
}
