//! The TLS configuration: rustls with aws-lc-rs, given explicitly.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;

use super::config::{Config, Identity, Security};
use super::error::{Code, Error, Result};

/// `None` when the connection is in clear.
pub(super) fn client_config(config: &Config) -> Result<Option<Arc<ClientConfig>>> {
    match config.security {
        Security::Clear => Ok(None),
        _ => tls_config(config.roots.as_deref(), config.identity.clone()).map(Some),
    }
}

/// TLS 1.2 or 1.3 with certificates checked against `roots`, or the operating system's authorities; the same for mailboxes on servers
/// ([`mailbox::Security`](crate::mailbox::Security)).
///
/// # Errors
///
/// `smtp-config` for a certificate or key that cannot be used, and when there is nobody to trust.
pub fn tls_config(roots: Option<&[CertificateDer<'static>]>, identity: Option<Identity>) -> Result<Arc<ClientConfig>> {
    let refused = |what: &str, error: rustls::Error| Error::new(Code::Config, format!("{what}: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused("TLS cannot be set up", error))?
        .with_root_certificates(store(roots)?);
    let built = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain, identity.key)
            .map_err(|error| refused("the client certificate cannot be used", error))?,
    };
    Ok(Arc::new(built))
}

fn store(roots: Option<&[CertificateDer<'static>]>) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match roots {
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
