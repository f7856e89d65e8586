//! A mailbox for tests: a POP3 server with three mails, which hangs up on whoever asks for the first.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use pecoto_smtp::mailbox::{Security, Server, Source};
use pecoto_smtp::submission::tls_config;
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Serves until the test's runtime ends.
pub(crate) async fn mailbox() -> Source {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let acceptor = acceptor(certificate.clone(), made.signing_key.serialize_der());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(acceptor.clone(), stream));
        }
    });
    let tls = tls_config(Some(&[certificate]), None).unwrap();
    Source::Pop3(Server::new("localhost", port, Security::Implicit(tls), "u", "s3cret".into()).unwrap())
}

fn acceptor(certificate: CertificateDer<'static>, key: Vec<u8>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    TlsAcceptor::from(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()))
}

/// The client may leave at any moment.
async fn play(acceptor: TlsAcceptor, stream: TcpStream) -> Option<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await.ok()?);
    stream.write_all(b"+OK\r\n").await.ok()?;
    let mut line = String::new();
    loop {
        stream.flush().await.ok()?;
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer = answer(&line.trim_end().to_uppercase())?;
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// What a command gets; nothing where the server hangs up.
fn answer(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let (command, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Some(match (command, number) {
        ("CAPA", _) => "+OK\r\nUIDL\r\nTOP\r\n.\r\n".to_owned(),
        ("LIST", _) => "+OK\r\n1 90\r\n2 90\r\n3 90\r\n.\r\n".to_owned(),
        ("UIDL", _) => "+OK\r\n1 aa\r\n2 bb\r\n3 cc\r\n.\r\n".to_owned(),
        ("TOP" | "RETR", "1") => return None,
        ("TOP" | "RETR", number) => format!(
            "+OK\r\nFrom: <xfb@gateway.invalid>\r\nSubject: Transfert correct\r\nMessage-ID: <{number}@x>\r\n\r\nFichier : {number}\r\n.\r\n"
        ),
        _ => "+OK\r\n".to_owned(),
    })
}
