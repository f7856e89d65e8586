//! What every adapter tells alike of the points that it connects to.

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scheduler_core::partner::{PointIdentity, Trust};

/// Whom a connection trusts, and what it shows, in the scheduler's terms.
pub(crate) fn trust(
    authorities: Option<&[CertificateDer<'static>]>,
    identity: Option<(&[CertificateDer<'static>], &PrivateKeyDer<'static>)>,
) -> Trust {
    let der = |certificates: &[CertificateDer<'static>]| certificates.iter().map(|der| der.to_vec()).collect();
    Trust {
        authorities: authorities.map(der),
        identity: identity
            .map(|(chain, key)| PointIdentity { chain: der(chain), key: key.secret_der().to_vec().into() }),
    }
}
