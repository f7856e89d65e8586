//! What a client is told.

use std::time::Duration;

use secrecy::SecretString;
pub use web_forms::config::{Credentials, Identity, Proxy, Roots, Timeouts, Tls};
use web_forms::config::{Site, check_url};

use crate::error::{Code, Error, Result};
use crate::profile::Profile;
use crate::types::CommuneCode;

/// Everything a [`Client`](crate::Client) needs to know. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// What the site looks like.
    pub profile: Profile,
    /// Who we are.
    pub commune: CommuneCode,
    /// Its password, the same for every server.
    pub password: SecretString,
    /// The only proxy used: neither the environment nor the system is asked for another.
    pub proxy: Option<Proxy>,
    /// Whom to trust, what to show.
    pub tls: Tls,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Size of a page, in bytes; 1 MB unless told.
    pub page_bytes: usize,
}

impl Config {
    /// Without proxy, with system roots and the default bounds.
    pub fn new(profile: Profile, commune: CommuneCode, password: impl Into<SecretString>) -> Self {
        Self {
            profile,
            commune,
            password: password.into(),
            proxy: None,
            tls: Tls::default(),
            timeouts: Timeouts::default(),
            page_bytes: 1 << 20,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let mut count = 0;
        for (kind, url) in self.profile.servers() {
            check_url(&format!("the address for {kind}"), url)?;
            if url.query().is_some() {
                return Err(Error::new(Code::Config, format!("the address for {kind} cannot have a query")));
            }
            count += 1;
        }
        if let Some(proxy) = &self.proxy {
            check_url("the proxy's URL", &proxy.url)?;
        }
        if count == 0 || self.profile.session.idle() < Duration::from_secs(1) {
            return Err(Error::new(Code::Config, "at least one server, and an idle time of a second, must be named"));
        }
        Ok(())
    }

    pub(crate) fn site(&self) -> Site {
        let proxy = self.proxy.as_ref().map(|proxy| &proxy.url);
        let https = self.profile.servers().map(|(_, url)| url).chain(proxy).any(|url| url.scheme() == "https");
        Site {
            in_query: None,
            others: Vec::new(),
            secrets: vec![self.password.clone()],
            proxy: self.proxy.clone(),
            tls: self.tls.clone(),
            https,
            timeouts: self.timeouts,
            page_bytes: self.page_bytes,
            agent: concat!("aireppnet/", env!("CARGO_PKG_VERSION")),
        }
    }
}
