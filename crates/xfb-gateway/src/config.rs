//! What a client is told.

use url::Url;
pub use web_forms::config::{Credentials, Identity, Proxy, Roots, Timeouts, Tls};
use web_forms::config::{Site, check_url};

use crate::error::{Code, Error, Result};
pub use crate::page::{FieldNames, Wording};

/// Everything a [`Client`](crate::Client) needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where the gateway is, `http` or `https`; `/depot-xt` is added to its path (docs/protocols/xfb-gateway.md 3.1).
    pub base_url: Url,
    /// For the gateway.
    pub credentials: Credentials,
    /// The ILEX portal in front of the gateway, if there is one (docs/protocols/xfb-gateway.md 2).
    pub portal: Option<Portal>,
    /// The only proxy used: neither the environment nor the system is asked for another.
    pub proxy: Option<Proxy>,
    /// Whom to trust.
    pub tls: Tls,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How much to accept.
    pub limits: Limits,
    /// The names of the upload form's inputs, where they are known.
    pub fields: FieldNames,
    /// The site's own words.
    pub wording: Wording,
}

impl Config {
    /// A gateway without portal and proxy, with system roots and the default bounds.
    #[must_use]
    pub fn new(base_url: Url, credentials: Credentials) -> Self {
        Self {
            base_url,
            credentials,
            portal: None,
            proxy: None,
            tls: Tls::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            fields: FieldNames::default(),
            wording: Wording::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_url("the base URL", &self.base_url)?;
        if self.base_url.query().is_some() {
            return Err(Error::new(Code::Config, "the base URL cannot have a query"));
        }
        if let Some(portal) = &self.portal {
            check_url("the portal's URL", &portal.url)?;
        }
        if let Some(proxy) = &self.proxy {
            check_url("the proxy's URL", &proxy.url)?;
        }
        Ok(())
    }

    pub(crate) fn site(&self) -> Site {
        Site {
            in_query: Some(self.credentials.clone()),
            others: self.portal.iter().map(|portal| portal.credentials.clone()).collect(),
            secrets: Vec::new(),
            proxy: self.proxy.clone(),
            tls: self.tls.clone(),
            https: self.uses_tls(),
            timeouts: self.timeouts,
            page_bytes: self.limits.page_bytes,
            agent: concat!("xfb-gateway/", env!("CARGO_PKG_VERSION")),
        }
    }

    fn uses_tls(&self) -> bool {
        let portal = self.portal.as_ref().map(|portal| &portal.url);
        let proxy = self.proxy.as_ref().map(|proxy| &proxy.url);
        [Some(&self.base_url), portal, proxy].into_iter().flatten().any(|url| url.scheme() == "https")
    }
}

/// The ILEX portal (docs/protocols/xfb-gateway.md 2).
#[derive(Debug, Clone)]
pub struct Portal {
    /// The page that asks for the log-in.
    pub url: Url,
    /// For the portal.
    pub credentials: Credentials,
}

/// How much to accept from a peer that may be hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of a page, in bytes.
    pub page_bytes: usize,
    /// Files of a listing; never more than [`MAX_ITEMS`](crate::page::MAX_ITEMS).
    pub rows: usize,
    /// Size of a downloaded file, in bytes.
    pub download_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_bytes: 4 << 20, rows: 10_000, download_bytes: 1 << 30 }
    }
}
