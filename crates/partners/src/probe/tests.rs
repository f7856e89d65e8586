//! Against servers of this machine: throw-away certificates, and scripts for what no honest server does.

use std::future::Future;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use scheduler_core::partner::{Greeting, PointIdentity, PointProxy, Trust};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::*;

const BRIEF: Patience = Patience {
    name: Duration::from_secs(5),
    connect: Duration::from_secs(5),
    answer: Duration::from_secs(5),
    tls: Duration::from_secs(5),
};

/// An authority of the tests.
struct Authority {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    /// A certificate valid from so many days before now to so many after, and an hour; and its key.
    fn certify(&self, name: &str, days: (i64, i64)) -> (Vec<u8>, Vec<u8>) {
        let now = Timestamp::now().as_second();
        let at = |days: i64, more: i64| {
            let seconds = u64::try_from(now + days * 86_400 + more).unwrap();
            date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
        };
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (at(days.0, 0), at(days.1, 3_600));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), key.serialize_der())
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn acceptor((leaf, key): (Vec<u8>, Vec<u8>), clients: Option<&Authority>) -> TlsAcceptor {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(authority.der.clone())).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![CertificateDer::from(leaf)], key).unwrap()))
}

/// Serves one connection; tells its port, and what the server ended with.
async fn serve<T, F>(talk: impl FnOnce(TcpStream) -> F + Send + 'static) -> (u16, oneshot::Receiver<T>)
where
    T: Send + 'static,
    F: Future<Output = T> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = tell.send(talk(stream).await);
    });
    (port, told)
}

fn point(port: u16, security: PointSecurity, authority: &Authority) -> Point {
    let trust = Trust { authorities: Some(vec![authority.der.clone()]), identity: None };
    Point { field: "base_url", host: "127.0.0.1".to_owned(), port, security, proxy: None, trust }
}

/// What is seen of a server with this certificate, and what it heard afterwards: bytes, or why TLS failed.
async fn shown(
    authority: &Authority,
    certificate: (Vec<u8>, Vec<u8>),
    clients: Option<&Authority>,
    trust: impl FnOnce(&mut Trust),
) -> (Seen, Result<usize, String>) {
    let acceptor = acceptor(certificate, clients);
    let (port, heard) = serve(async move |stream| {
        let mut stream = acceptor.accept(stream).await.map_err(|error| error.to_string())?;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        Ok(heard.len())
    })
    .await;
    let mut point = point(port, PointSecurity::Tls, authority);
    trust(&mut point.trust);
    (look(&point, BRIEF, Timestamp::now()).await, heard.await.unwrap())
}

fn said(seen: &Seen) -> (&'static str, String) {
    let trouble = seen.trouble.clone().expect("a trouble");
    (trouble.kind.code(), trouble.words.unwrap_or_default())
}

#[tokio::test]
async fn a_good_server_shows_its_chain_and_hears_nothing() {
    let authority = Authority::new("Autorité de la mairie");
    let (seen, heard) = shown(&authority, authority.certify("127.0.0.1", (-1, 10)), None, |_| {}).await;
    assert_eq!(seen.trouble, None);
    let tls = seen.tls.unwrap();
    assert_eq!((tls.verified, tls.protocol.as_deref(), tls.asks_certificate), (true, Some("TLS 1.3"), false));
    let [leaf] = tls.chain.as_slice() else { panic!("{:?}", tls.chain) };
    assert_eq!((leaf.names.as_slice(), leaf.issuer.as_str()), (&["127.0.0.1".to_owned()][..], "Autorité de la mairie"));
    assert_eq!(leaf.days_left(Timestamp::now()), 10);
    assert_eq!((seen.addresses.len(), seen.connections.len(), seen.name_ms), (1, 1, None));
    assert_eq!(seen.own.len(), 1, "the authority of the profile is looked at too");
    assert_eq!(heard, Ok(0));
}

#[tokio::test]
async fn an_unproven_chain_is_told_and_never_talked_to() {
    let (authority, other) = (Authority::new("A"), Authority::new("Pare-feu"));
    for (signer, name, days, expected) in [
        (&authority, "127.0.0.1", (-20, -10), "online-certificate-expired"),
        (&authority, "127.0.0.1", (10, 20), "online-certificate-too-early"),
        (&authority, "elsewhere.invalid", (-1, 300), "online-certificate-name"),
        (&other, "127.0.0.1", (-1, 300), "online-unknown-authority"),
    ] {
        let (seen, heard) = shown(&authority, signer.certify(name, days), None, |_| {}).await;
        let (code, words) = said(&seen);
        assert_eq!(code, expected);
        let tls = seen.tls.unwrap();
        assert!(!tls.verified && tls.chain.len() == 1, "{expected}: the chain is kept");
        assert!(heard.is_err(), "{expected}: the server must not get a connection");
        match code {
            "online-certificate-name" => assert_eq!(words, "elsewhere.invalid"),
            "online-unknown-authority" => assert_eq!(words, "Pare-feu"),
            _ => assert!(words.starts_with("127.0.0.1, 2"), "{words}"),
        }
    }
}

/// What `openssl req -x509` makes by default, trusted or not.
#[tokio::test]
async fn an_authority_is_no_server() {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "passerelle");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let leaf = params.self_signed(&key).unwrap().der().to_vec();
    let itself = Authority { der: leaf.clone(), issuer: Issuer::new(params, KeyPair::generate().unwrap()) };
    for authority in [itself, Authority::new("A")] {
        let (seen, heard) = shown(&authority, (leaf.clone(), key.serialize_der()), None, |_| {}).await;
        assert_eq!(said(&seen), ("online-certificate-of-authority", "passerelle".to_owned()));
        assert!(heard.is_err());
    }
}

#[tokio::test]
async fn a_server_that_wants_our_certificate() {
    let (authority, clients) = (Authority::new("A"), Authority::new("Clients"));
    let server = || authority.certify("127.0.0.1", (-1, 300));
    let (seen, heard) = shown(&authority, server(), Some(&clients), |_| {}).await;
    assert_eq!(said(&seen).0, "online-own-certificate-refused");
    assert!(heard.is_err());
    let (certificate, key) = clients.certify("mairie.invalid", (-1, 12));
    let identity = PointIdentity { chain: vec![certificate], key: key.into() };
    let shown = shown(&authority, server(), Some(&clients), |trust| trust.identity = Some(identity)).await;
    assert_eq!(shown.0.trouble, None);
    assert_eq!(shown.0.own[0].days_left(Timestamp::now()), 12);
    assert!(shown.0.tls.unwrap().asks_certificate);
}

/// A server that says something and listens on.
async fn scripted(words: &'static [u8]) -> u16 {
    let (port, _) = serve(async move |mut stream| {
        stream.write_all(words).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    port
}

#[tokio::test]
async fn what_is_not_tls_or_too_old_or_silent() {
    let authority = Authority::new("A");
    let impatient = Patience { tls: Duration::from_millis(100), ..BRIEF };
    for (words, patience, expected) in [
        (&b"\x15\x03\x01\x00\x02\x02\x46"[..], BRIEF, "online-tls-too-old"),
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], BRIEF, "online-not-tls"),
        (&b""[..], impatient, "online-tls-timed-out"),
    ] {
        let point = point(scripted(words).await, PointSecurity::Tls, &authority);
        assert_eq!(said(&look(&point, patience, Timestamp::now()).await).0, expected);
    }
    let (port, _) = serve(async |stream| drop(stream)).await;
    let seen = look(&point(port, PointSecurity::Tls, &authority), BRIEF, Timestamp::now()).await;
    assert_eq!(said(&seen).0, "online-tls-cut");
}

#[tokio::test]
async fn nobody_listens_nobody_knows_the_name() {
    let authority = Authority::new("A");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let seen = look(&point(port, PointSecurity::Clear, &authority), BRIEF, Timestamp::now()).await;
    assert_eq!(said(&seen).0, "online-connection-refused");
    assert_eq!(seen.connections[0].trouble, seen.trouble);
    let nowhere = Point { host: "nowhere.invalid".to_owned(), ..point(port, PointSecurity::Clear, &authority) };
    let (code, words) = said(&look(&nowhere, BRIEF, Timestamp::now()).await);
    assert!(["online-name-unknown", "online-name-unanswered"].contains(&code), "{code}");
    assert_eq!(words, "nowhere.invalid");
}

/// Hears and says these lines in turn, then goes on with TLS.
async fn greeting(lines: &'static [(&'static str, &'static str)], certificate: (Vec<u8>, Vec<u8>)) -> u16 {
    let acceptor = acceptor(certificate, None);
    let (port, _) = serve(async move |mut stream: TcpStream| {
        for (hear, say) in lines {
            let mut heard = String::new();
            while !heard.ends_with('\n') && !hear.is_empty() {
                heard.push(char::from(stream.read_u8().await.unwrap()));
            }
            assert!(heard.starts_with(hear), "{heard}");
            stream.write_all(say.as_bytes()).await.unwrap();
        }
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    })
    .await;
    port
}

const SMTP: &[(&str, &str)] =
    &[("", "220-hello\r\n220 there\r\n"), ("EHLO", "250-me\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go\r\n")];
const IMAP: &[(&str, &str)] = &[("", "* OK ready\r\n"), ("a1 STARTTLS", "* CAPABILITY x\r\na1 OK go\r\n")];
const POP3: &[(&str, &str)] = &[("", "+OK ready\r\n"), ("STLS", "+OK go\r\n")];
const REFUSED: &[(&str, &str)] = &[("", "+OK ready\r\n"), ("STLS", "-ERR not here\r\n")];
const NO_MAIL: &[(&str, &str)] = &[("", "HTTP/1.1 400 Bad Request\r\n")];
const INJECTED: &[(&str, &str)] = &[("", "+OK ready\r\n"), ("STLS", "+OK go\r\n+OK injected\r\n")];

#[tokio::test]
async fn mail_servers_are_asked_for_tls_in_their_words() {
    let authority = Authority::new("A");
    for (lines, greet, expected) in [
        (SMTP, Greeting::Smtp, None),
        (IMAP, Greeting::Imap, None),
        (POP3, Greeting::Pop3, None),
        (REFUSED, Greeting::Pop3, Some("online-no-starttls")),
        (NO_MAIL, Greeting::Imap, Some("online-no-greeting")),
        (INJECTED, Greeting::Pop3, Some("online-not-tls")),
    ] {
        let port = greeting(lines, authority.certify("127.0.0.1", (-1, 300))).await;
        let seen = look(&point(port, PointSecurity::StartTls(greet), &authority), BRIEF, Timestamp::now()).await;
        assert_eq!(seen.trouble.as_ref().map(|trouble| trouble.kind.code()), expected, "{:?}", seen.trouble);
    }
}

#[tokio::test]
async fn proxies_lead_there_or_say_why_not() {
    let authority = Authority::new("A");
    let known = || Some(("mairie".into(), "CANARI".into()));
    for (answer, credentials, expected) in [
        ("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", None, None),
        ("HTTP/1.1 407 CANARI\r\n\r\n", None, Some("online-proxy-asks-password")),
        ("HTTP/1.1 407 CANARI\r\n\r\n", known(), Some("online-proxy-refuses-password")),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", None, Some("online-proxy-refuses")),
        ("HTTP/1.0 502 Bad Gateway\r\n\r\n", None, Some("online-proxy-cannot-reach")),
        ("SSH-2.0-OpenSSH\r\n\r\n", None, Some("online-not-a-proxy")),
    ] {
        let acceptor = acceptor(authority.certify("partner.invalid", (-1, 300)), None);
        let (port, asked) = serve(async move |mut stream: TcpStream| {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                head.push(char::from(stream.read_u8().await.unwrap()));
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = acceptor.accept(stream).await;
            head
        })
        .await;
        let with = credentials.is_some();
        let proxy = PointProxy { host: "127.0.0.1".to_owned(), port, tls: false, credentials };
        let host = "partner.invalid".to_owned();
        let point = Point { host, proxy: Some(proxy), ..point(443, PointSecurity::Tls, &authority) };
        let seen = look(&point, BRIEF, Timestamp::now()).await;
        assert_eq!(seen.trouble.as_ref().map(|trouble| trouble.kind.code()), expected, "{:?}", seen.trouble);
        assert!(!format!("{seen:?}").contains("CANARI"));
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("CONNECT partner.invalid:443 HTTP/1.1\r\n"), "{asked}");
        assert_eq!(asked.contains("Proxy-Authorization: Basic bWFpcmllOkNBTkFSSQ=="), with, "{asked}");
    }
}

#[test]
fn words_of_peers_are_bounded_and_printable() {
    assert_eq!(clean("\u{1b}[31mred\r\n"), "[31mred");
    assert_eq!(clean(&"x".repeat(9_999)).len(), 200);
    assert_eq!(Certificate::read(b"\x30\x03abc"), None);
}
