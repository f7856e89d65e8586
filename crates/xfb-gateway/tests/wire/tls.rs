//! Whom the client trusts.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use xfb_gateway::{Again, Config, Identity, Reach, Roots};

use crate::support::*;

/// A certificate authority of our own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn issue(&self, name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (certificate, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    /// A server at 127.0.0.1.
    pub(crate) fn server(&self) -> TlsAcceptor {
        self.server_named("127.0.0.1", false)
    }

    fn server_named(&self, name: &str, asks_for_certificate: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let builder = if asks_for_certificate {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(self.certificate.clone()).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap(),
            )
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = self.issue(name);
        TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![certificate], key).unwrap()))
    }
}

/// A configuration that trusts this authority and no other.
pub(crate) fn trusting(server: &Server, authority: &Authority) -> Config {
    let mut config = server.config();
    config.tls.roots = Roots::Only(vec![authority.certificate.clone()]);
    config
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_named() {
    let authority = Authority::new();
    let server = Server::answering(Some(authority.server()), |_| None).await;
    let mut session = enter(trusting(&server, &authority)).await.unwrap();
    session.upload(Local::new(&content(200_000)).upload(), yes(), &mut |_| {}).await.unwrap();
    assert_eq!(server.requests().pop().unwrap().file(), content(200_000));
    close(session).await;
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_gets_no_credentials() {
    let authority = Authority::new();
    let server = Server::answering(Some(authority.server()), |_| None).await;
    let elsewhere = Server::answering(Some(authority.server_named("other.test", false)), |_| None).await;
    for config in [trusting(&server, &Authority::new()), trusting(&elsewhere, &authority)] {
        let error = enter(config).await.unwrap_err();
        assert_eq!(
            (error.code(), error.again(), error.reach()),
            ("xfb-tls-refused", Again::AfterOperator, Reach::Gateway),
            "{error}"
        );
    }
    let plain = Server::start(None, |mut conn| async move {
        conn.send("HTTP/1.1 400 Bad\r\n\r\n").await;
        conn.finish().await;
    })
    .await;
    let mut config = trusting(&plain, &authority);
    config.base_url.set_scheme("https").unwrap();
    assert_eq!(enter(config).await.unwrap_err().code(), "xfb-tls-refused");
    assert!(server.requests().is_empty() && elsewhere.requests().is_empty() && plain.requests().is_empty());
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_one_is_asked_for() {
    let authority = Authority::new();
    let server = Server::answering(Some(authority.server_named("127.0.0.1", true)), |_| None).await;
    let mut config = trusting(&server, &authority);
    let error = enter(config.clone()).await.unwrap_err();
    assert_eq!(error.code(), "xfb-tls-refused", "{error}");
    let (certificate, key) = authority.issue("client.test");
    config.tls.identity = Some(Identity { chain: vec![certificate], key });
    close(enter(config).await.unwrap()).await;
}
