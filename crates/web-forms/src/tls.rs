//! The TLS configuration: rustls with aws-lc-rs, given explicitly.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::config::{Roots, Site};
use crate::error::{Error, Kind, Result};

pub(crate) fn client_config(site: &Site) -> Result<ClientConfig> {
    let refused = |what: &str, error: rustls::Error| Error::new(Kind::Config, format!("{what}: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused("TLS cannot be set up", error))?
        .with_root_certificates(roots(site)?);
    match site.tls.identity.clone() {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain, identity.key)
            .map_err(|error| refused("the client certificate cannot be used", error)),
    }
}

fn roots(site: &Site) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match &site.tls.roots {
        Roots::Only(certificates) => {
            for certificate in certificates {
                let unreadable = |error| Error::new(Kind::Config, format!("a CA certificate cannot be used: {error}"));
                store.add(certificate.clone()).map_err(unreadable)?;
            }
        }
        Roots::System if site.https => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Roots::System => {}
    }
    if store.is_empty() && site.https {
        return Err(Error::new(Kind::Config, "no CA certificate to trust: name one, or install the system's"));
    }
    Ok(store)
}
