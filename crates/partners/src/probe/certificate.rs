//! What a certificate says of itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde::Serialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

/// Names kept of a certificate.
const NAMES: usize = 20;

/// What a certificate says of itself, bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Whose it is: the common name, else the whole name.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The hosts that it is for; at most twenty.
    pub names: Vec<String>,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// Whether it is an authority's, which no server may show as its own.
    pub authority: bool,
}

impl Certificate {
    /// Reads a certificate in DER; `None` when it is none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let instant = |seconds| Timestamp::from_second(seconds).ok();
        Some(Self {
            subject: name(certificate.subject()),
            issuer: name(certificate.issuer()),
            names: names(&certificate),
            not_before: instant(validity.not_before.timestamp())?,
            not_after: instant(validity.not_after.timestamp())?,
            authority: certificate.is_ca(),
        })
    }

    /// Whole days that it is still valid after `now`; negative once it is over.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.not_after.duration_since(now).as_secs().div_euclid(86_400)
    }
}

fn name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|common| common.as_str().ok());
    super::clean(&common.map_or_else(|| name.to_string(), ToOwned::to_owned))
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let shown = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(super::clean(name)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    shown.take(NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(|bytes| IpAddr::from(Ipv4Addr::from(bytes)));
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| IpAddr::from(Ipv6Addr::from(bytes)))).ok()
}
