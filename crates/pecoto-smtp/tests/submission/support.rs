use std::convert::Infallible;
use std::time::Duration;

use partner_sim::pecoto::Protection;
use partner_sim::{LedgerLine, MailServer, RunningMail, read_ledger};
use pecoto_smtp::submission::{
    Client, Config, Credentials, Draft, Message, Receipt, Recipients, Result, Security, Session, Source,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "CANARI-é 42";

/// A server, and a client's configuration for it.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) server: RunningMail,
    pub(crate) config: Config,
}

impl Scene {
    pub(crate) async fn set(protection: Protection, set: impl FnOnce(MailServer) -> MailServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = MailServer::new(folder.path()).account("ville", PASSWORD).protection(protection).keep_messages();
        let server = set(server).start().await.unwrap();
        let mut config = Config::new("127.0.0.1", server.address().port());
        config.security = match protection {
            Protection::StartTls => Security::StartTls,
            Protection::Implicit => Security::Implicit,
            Protection::Clear => Security::Clear,
        };
        config.roots = server.ca_pem().map(|pem| vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()]);
        config.credentials = Some(Credentials::new("ville", PASSWORD.to_owned()));
        Self { folder, server, config }
    }

    pub(crate) fn impatient(mut self) -> Self {
        let silence = Duration::from_millis(300);
        (self.config.timeouts.answer, self.config.timeouts.acceptance, self.config.timeouts.stall) =
            (silence, silence, silence);
        self
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config.clone()).unwrap()
    }

    pub(crate) async fn session(&self) -> Session {
        self.client().connect().await.unwrap()
    }

    /// One session, one message.
    pub(crate) async fn send(&self, message: &Message) -> Result<Receipt> {
        let mut session = self.client().connect().await?;
        let sent = session.submit(message, agreed(), &mut |_| {}).await;
        session.close().await;
        sent
    }

    pub(crate) fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.server.ledger_path()).unwrap()
    }

    pub(crate) fn received(&self) -> Vec<String> {
        let lines = self.ledger().into_iter().filter(|line| line.kind == "received");
        lines.map(|line| line.name.unwrap_or_default()).collect()
    }
}

pub(crate) async fn agreed() -> Result<(), Infallible> {
    Ok(())
}

pub(crate) fn draft(name: &str, bytes: &[u8]) -> Draft {
    let id: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    Draft {
        from: "recensement@saint-eloi.invalid".parse().unwrap(),
        to: Recipients::try_from(vec!["bsn@pecoto.invalid".parse().unwrap()]).unwrap(),
        subject: "Recensement".parse().unwrap(),
        id: format!("{}@saint-eloi.invalid", &id[..id.len().min(60)]).parse().unwrap(),
        date: "2026-11-22T08:00:00Z".parse().unwrap(),
        text: "Bonjour.\n.\n..\n.texte\n".to_owned(),
        name: name.parse().unwrap(),
        source: Source::Bytes(bytes.into()),
        read_receipt: true,
    }
}

pub(crate) async fn message(name: &str, bytes: &[u8]) -> Message {
    Message::new(draft(name, bytes)).await.unwrap()
}
