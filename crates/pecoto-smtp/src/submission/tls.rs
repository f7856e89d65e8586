//! The TLS configuration: rustls with aws-lc-rs, given explicitly.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::config::{Config, Security};
use super::error::{Code, Error, Result};

/// `None` when the connection is in clear.
pub(super) fn client_config(config: &Config) -> Result<Option<Arc<ClientConfig>>> {
    if config.security == Security::Clear {
        return Ok(None);
    }
    let refused = |what: &str, error: rustls::Error| Error::new(Code::Config, format!("{what}: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused("TLS cannot be set up", error))?
        .with_root_certificates(roots(config)?);
    let built = match config.identity.clone() {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain, identity.key)
            .map_err(|error| refused("the client certificate cannot be used", error))?,
    };
    Ok(Some(Arc::new(built)))
}

fn roots(config: &Config) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match &config.roots {
        Some(certificates) => {
            for certificate in certificates {
                let unusable = |error| Error::new(Code::Config, format!("a CA certificate cannot be used: {error}"));
                store.add(certificate.clone()).map_err(unusable)?;
            }
        }
        None => drop(store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if store.is_empty() {
        return Err(Error::new(Code::Config, "no CA certificate to trust: name one, or install the system's"));
    }
    Ok(store)
}
