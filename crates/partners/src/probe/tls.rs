//! TLS as the clients do it, with a verifier that keeps what it refuses and refuses it all the same.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use scheduler_core::partner::Trust;
use secrecy::ExposeSecret as _;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Certificate, Kind, Patience, Tls, Trouble, Wire};

/// How long a server that asked for our certificate may take to refuse it: TLS 1.3 tells only after the handshake.
const SECOND_THOUGHTS: Duration = Duration::from_secs(1);

/// Agrees on TLS. `shown` is filled as far as it goes; a connection that is not proven is never given out.
pub(super) async fn shake(
    wire: Box<dyn Wire>,
    host: &str,
    trust: &Trust,
    patience: Patience,
    now: Timestamp,
    shown: &mut Tls,
) -> Result<Box<dyn Wire>, Trouble> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Trouble::with(Kind::CertificateName, host))?;
    let (config, verifier, resolver) = prepare(trust)?;
    let shaken = timeout(patience.tls, TlsConnector::from(Arc::new(config)).connect(name, wire)).await;
    shown.chain = verifier.chain().iter().filter_map(|der| Certificate::read(der)).collect();
    shown.asks_certificate = resolver.asked.load(Ordering::SeqCst);
    let mut stream = match shaken {
        Err(_) => return Err(Trouble::new(Kind::TlsTimedOut)),
        Ok(Err(error)) => return Err(failure(&error, &shown.chain, now)),
        Ok(Ok(stream)) => stream,
    };
    shown.verified = true;
    shown.protocol = stream.get_ref().1.protocol_version().map(version);
    if shown.asks_certificate {
        hear_refusal(&mut stream, &shown.chain, now).await?;
    }
    Ok(Box::new(stream))
}

/// What the server says once it has looked at our certificate; silence is consent.
async fn hear_refusal(
    stream: &mut TlsStream<Box<dyn Wire>>,
    chain: &[Certificate],
    now: Timestamp,
) -> Result<(), Trouble> {
    match timeout(SECOND_THOUGHTS, stream.read_u8()).await {
        Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(failure(&error, chain, now)),
        _ => Ok(()),
    }
}

type Prepared = (ClientConfig, Arc<Recorder>, Arc<Asked>);

fn prepare(trust: &Trust) -> Result<Prepared, Trouble> {
    let unusable = |error: &dyn std::fmt::Display| Trouble::with(Kind::TrustUnusable, &error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = Arc::new(roots(trust)?);
    let inner = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
        .build()
        .map_err(|error| unusable(&error))?;
    let verifier = Arc::new(Recorder { inner, seen: Mutex::default() });
    let resolver = Arc::new(Asked { key: identity(trust, &provider)?, asked: AtomicBool::new(false) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::clone(&resolver) as Arc<dyn ResolvesClientCert>);
    Ok((config, verifier, resolver))
}

fn roots(trust: &Trust) -> Result<RootCertStore, Trouble> {
    let mut store = RootCertStore::empty();
    match &trust.authorities {
        Some(authorities) => {
            for der in authorities {
                let added = store.add(CertificateDer::from(der.clone()));
                added.map_err(|error| Trouble::with(Kind::TrustUnusable, &error.to_string()))?;
            }
        }
        None => drop(store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if store.is_empty() { Err(Trouble::new(Kind::TrustUnusable)) } else { Ok(store) }
}

fn identity(trust: &Trust, provider: &CryptoProvider) -> Result<Option<Arc<CertifiedKey>>, Trouble> {
    let Some(identity) = &trust.identity else { return Ok(None) };
    let unusable = |words: &str| Trouble::with(Kind::TrustUnusable, words);
    let key = PrivateKeyDer::try_from(identity.key.expose_secret().to_vec()).map_err(unusable)?;
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|error| unusable(&error.to_string()))?;
    Ok(Some(Arc::new(key)))
}

/// Keeps the chain that it is shown, and says what the usual verifier says.
#[derive(Debug)]
struct Recorder {
    inner: Arc<WebPkiServerVerifier>,
    seen: Mutex<Vec<CertificateDer<'static>>>,
}

impl Recorder {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|der| der.clone().into_owned());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = chain.collect();
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Shows our certificate, if we have one, and remembers that it was asked for.
#[derive(Debug)]
struct Asked {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::SeqCst);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    }
}

fn failure(error: &io::Error, chain: &[Certificate], now: Timestamp) -> Trouble {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        None => Trouble::with(Kind::TlsCut, &error.to_string()),
        Some(rustls::Error::InvalidCertificate(why)) => certificate(why, chain, now),
        Some(rustls::Error::AlertReceived(alert)) => alerted(*alert),
        Some(error @ rustls::Error::PeerIncompatible(_)) => Trouble::with(Kind::TooOld, &error.to_string()),
        Some(rustls::Error::InvalidMessage(_)) => Trouble::new(Kind::NotTls),
        Some(other) => Trouble::with(Kind::TlsFailed, &other.to_string()),
    }
}

fn alerted(alert: AlertDescription) -> Trouble {
    let words = format!("{alert:?}");
    let kind = match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => Kind::TooOld,
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateRequired
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => Kind::OwnCertificateRefused,
        _ => Kind::TlsFailed,
    };
    Trouble::with(kind, &words)
}

/// What is wrong with the chain, and which certificate of it is meant.
fn certificate(why: &CertificateError, chain: &[Certificate], now: Timestamp) -> Trouble {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let dated = |kind, found: Option<(&Certificate, Timestamp)>| match found {
        Some((certificate, at)) => Trouble::with(kind, &format!("{}, {}", certificate.subject, day(at))),
        None => Trouble::new(kind),
    };
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let over = chain.iter().find(|one| one.not_after < now).map(|one| (one, one.not_after));
            dated(Kind::CertificateExpired, over)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let early = chain.iter().find(|one| one.not_before > now).map(|one| (one, one.not_before));
            dated(Kind::CertificateTooEarly, early)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = chain.first().map(|one| one.names.join(", ")).unwrap_or_default();
            Trouble::with(Kind::CertificateName, &names)
        }
        // An authority of the same name with another key is another authority.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let issuer = chain.last().map(|last| last.issuer.as_str()).unwrap_or_default();
            Trouble::with(Kind::UnknownAuthority, issuer)
        }
        CertificateError::Other(inner) => match chain.first() {
            Some(leaf) if leaf.authority => Trouble::with(Kind::CertificateOfAuthority, &leaf.subject),
            _ => Trouble::with(Kind::CertificateRefused, &inner.to_string()),
        },
        other => Trouble::with(Kind::CertificateRefused, &other.to_string()),
    }
}
