use std::sync::Arc;

use partner_sim::pecoto::{Protection, Step};
use partner_sim::{Certificate, SmtpFaults};
use pecoto_smtp::submission::{Again, Client, Config, Credentials, Error, Identity, Mechanism, Security};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{PASSWORD, Scene};

async fn refused(scene: &Scene) -> Error {
    scene.client().connect().await.unwrap_err()
}

#[tokio::test]
async fn each_mechanism_that_is_offered() {
    for (offered, chosen) in
        [("PLAIN", None), ("LOGIN", None), ("XOAUTH2", Some(Mechanism::XOAuth2)), ("LOGIN", Some(Mechanism::Login))]
    {
        let mut scene = Scene::set(Protection::StartTls, |server| server.mechanisms(&[offered])).await;
        let mut credentials = Credentials::new("ville", PASSWORD.to_owned());
        credentials.mechanism = chosen;
        scene.config.credentials = Some(credentials);
        scene.session().await.close().await;
        let kinds: Vec<_> = scene.ledger().into_iter().map(|line| line.kind).collect();
        assert_eq!(kinds, ["login", "logout"], "{offered}");
    }
    let scene = Scene::set(Protection::StartTls, |server| server.mechanisms(&["XOAUTH2"])).await;
    assert_eq!(refused(&scene).await.code(), "smtp-auth-unsupported", "a password is no token");
}

#[tokio::test]
async fn a_refused_password_is_told_without_it() {
    for (mechanism, offered) in
        [(Mechanism::Plain, "PLAIN"), (Mechanism::Login, "LOGIN"), (Mechanism::XOAuth2, "XOAUTH2")]
    {
        let mut scene = Scene::set(Protection::StartTls, |server| server.mechanisms(&[offered])).await;
        let mut credentials = Credentials::new("ville", "CANARI-wrong".to_owned());
        credentials.mechanism = Some(mechanism);
        scene.config.credentials = Some(credentials);
        let error = refused(&scene).await;
        assert_eq!((error.code(), error.again()), ("smtp-login-refused", Again::AfterOperator), "{mechanism:?}");
        let told = format!("{error} {error:?} {:?} {:?}", error.peer_words(), scene.config);
        assert!(told.contains("bad password ***") && !told.contains("CANARI"), "{told}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let mut scene = Scene::set(Protection::Clear, |server| server).await;
    scene.config.security = Security::StartTls;
    scene.config.roots = Some(vec![certificate()]);
    let error = refused(&scene).await;
    assert_eq!((error.code(), error.again()), ("smtp-tls-missing", Again::AfterOperator));
    assert!(scene.ledger().is_empty(), "no log-in in clear");
}

#[tokio::test]
async fn clear_text_leaves_no_machine() {
    for (host, allowed) in [
        ("smtp.saint-eloi.invalid", false),
        ("192.0.2.1", false),
        ("localhost", true),
        ("127.0.0.1", true),
        ("[::1]", true),
    ] {
        let mut config = Config::new(host, 25);
        config.security = Security::Clear;
        assert_eq!(Client::new(config).is_ok(), allowed, "{host}");
    }
}

#[tokio::test]
async fn certificates_are_checked() {
    for protection in [Protection::StartTls, Protection::Implicit] {
        for wrong in [Certificate::OtherName, Certificate::OtherAuthority, Certificate::Expired] {
            let scene = Scene::set(protection, |server| server.certificate(wrong)).await;
            let error = refused(&scene).await;
            assert_eq!((error.code(), error.again()), ("smtp-tls-refused", Again::AfterOperator), "{wrong:?}");
            assert!(scene.ledger().is_empty());
        }
    }
}

#[tokio::test]
async fn refused_at_the_door() {
    for (step, code, expected) in [
        (Step::Connect, 421, "smtp-service-busy"),
        (Step::Connect, 554, "smtp-service-refused"),
        (Step::Hello, 450, "smtp-service-busy"),
        (Step::Hello, 550, "smtp-service-refused"),
        (Step::StartTls, 454, "smtp-service-busy"),
        (Step::LogIn, 454, "smtp-service-busy"),
        (Step::LogIn, 535, "smtp-login-refused"),
    ] {
        let scene = Scene::set(Protection::StartTls, |server| server).await;
        scene.server.set_faults(SmtpFaults::new().on(step).reply(code, "no"));
        assert_eq!(refused(&scene).await.code(), expected, "{step:?} {code}");
    }
}

/// What is slipped in before TLS must not be taken for the server's answer behind it.
#[tokio::test]
async fn nothing_said_in_clear_counts_behind_starttls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::new("127.0.0.1", listener.local_addr().unwrap().port());
    config.roots = Some(vec![certificate()]);
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 1000];
        stream.write_all(b"220 mx\r\n").await.unwrap();
        let _ = stream.read(&mut buffer).await;
        stream.write_all(b"250-mx\r\n250 STARTTLS\r\n").await.unwrap();
        let _ = stream.read(&mut buffer).await;
        stream.write_all(b"220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n").await.unwrap();
        stream.read(&mut buffer).await.unwrap_or(0)
    });
    let error = Client::new(config).unwrap().connect().await.unwrap_err();
    assert_eq!(error.code(), "smtp-tls-refused");
    assert_eq!(server.await.unwrap(), 0, "no handshake was begun");
}

fn certificate() -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    CertificateParams::default().self_signed(&key).unwrap().der().clone()
}

/// An authority, and what it signs.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn params() -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn root() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = Self::params();
        params.distinguished_name.push(DnType::CommonName, "root");
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn under(&self) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = Self::params();
        params.distinguished_name.push(DnType::CommonName, "intermediate");
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn leaf(&self) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (certificate, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }
}

/// A server that asks for a certificate of `root`'s, and says 220 to who shows one.
async fn asking(root: &Authority) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.certificate.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let (certificate, key) = root.leaf();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        // A refused connection is kept: closed with bytes unread, it could be reset before its alert is read.
        let mut refused = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => stream,
                Err((_, tcp)) => {
                    refused.push(tcp);
                    continue;
                }
            };
            let _ = stream.write_all(b"220 mx\r\n250 mx\r\n").await;
            let _ = stream.read(&mut [0; 100]).await;
        }
    });
    port
}

#[tokio::test]
async fn a_client_certificate_is_shown_with_its_chain() {
    let root = Authority::root();
    let between = root.under();
    let port = asking(&root).await;
    let (leaf, key) = between.leaf();
    let whole = vec![leaf.clone(), between.certificate.clone()];
    for (chain, expected) in
        [(Some(whole), None), (Some(vec![leaf]), Some("smtp-tls-refused")), (None, Some("smtp-tls-refused"))]
    {
        let mut config = Config::new("localhost", port);
        config.security = Security::Implicit;
        config.roots = Some(vec![root.certificate.clone()]);
        config.identity = chain.map(|chain| Identity { chain, key: key.clone_key() });
        let connected = Client::new(config).unwrap().connect().await;
        assert_eq!(connected.err().map(|error| error.code()), expected);
    }
}
