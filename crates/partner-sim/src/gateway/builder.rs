use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::net::TcpListener;

use super::{
    Running,
    notices::Notices,
    settings::{Account, Delivery, Echo, FieldNames, Mails, Portal, Settings},
    shared::{Sessions, Shared},
    spool::{Idents, Spool},
};
use crate::{
    Error, FaultPlan, MailCharset,
    batch::Batch,
    faults::live::Live,
    ledger::Ledger,
    tls::{Certificate, Tls},
};

/// Sets a gateway up. By default: HTTPS on a free port of 127.0.0.1, no portal, no account, no pacing, no mails, bytes not kept.
#[derive(Debug)]
#[must_use = "nothing listens before `start`"]
pub struct GatewayBuilder {
    settings: Settings,
}

impl GatewayBuilder {
    pub(super) fn new(state: PathBuf) -> Self {
        Self {
            settings: Settings {
                state,
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                accounts: Vec::new(),
                portal: None,
                portal_accounts: Vec::new(),
                portal_required: true,
                tls: Some(Certificate::Good),
                batch_delay: Duration::ZERO,
                keep_bytes: false,
                mails: None,
                fields: FieldNames::default(),
                hidden: vec![("ETAPE".to_owned(), "dépôt \"1\"".to_owned())],
                form_on_entry: false,
                listing_states: true,
                listing_sizes: true,
                delivery: Delivery::default(),
                echo: Echo::default(),
                refusal_status: 200,
                plan: FaultPlan::new(),
                faults_file: None,
            },
        }
    }

    /// Adds a user of the gateway (and of the portal, unless [`Self::portal_account`] names others).
    pub fn account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.accounts.push(Account { user: user.into(), password: password.into() });
        self
    }

    /// Puts a portal in front. Gateway requests then need its cookie, unless [`Self::portal_optional`].
    pub const fn portal(mut self, portal: Portal) -> Self {
        self.settings.portal = Some(portal);
        self
    }

    /// Adds a user of the portal.
    pub fn portal_account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.portal_accounts.push(Account { user: user.into(), password: password.into() });
        self
    }

    /// The gateway answers without a portal session too.
    pub const fn portal_optional(mut self) -> Self {
        self.settings.portal_required = false;
        self
    }

    /// Listens on this address; only loopback is accepted.
    pub const fn address(mut self, address: SocketAddr) -> Self {
        self.settings.address = address;
        self
    }

    /// Listens on this port of 127.0.0.1; 0 = a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.address.set_port(port);
        self
    }

    /// Plain HTTP, without TLS.
    pub const fn plain_http(mut self) -> Self {
        self.settings.tls = None;
        self
    }

    /// HTTPS with this certificate.
    pub const fn certificate(mut self, certificate: Certificate) -> Self {
        self.settings.tls = Some(certificate);
        self
    }

    /// Loses every file whose upload begins less than this after the end of the one before, of whichever account (protocol 6.1); zero = never.
    pub const fn batch_delay(mut self, delay: Duration) -> Self {
        self.settings.batch_delay = delay;
        self
    }

    /// Keeps the bytes of received files in `received/`.
    pub const fn keep_bytes(mut self, keep: bool) -> Self {
        self.settings.keep_bytes = keep;
        self
    }

    /// Writes the server's mails (protocol 8) into this maildir, before the answer of the upload leaves.
    pub fn mails(mut self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        self.settings.mails = Some(Mails {
            folder,
            by_account: false,
            delay: Duration::ZERO,
            copies: 1,
            charset: MailCharset::default(),
        });
        self
    }

    /// As [`Self::mails`], with one maildir for each user: `<folder>/<user>`.
    pub fn mails_by_account(self, folder: impl Into<PathBuf>) -> Self {
        self.mails(folder).mail_option(|mails| mails.by_account = true)
    }

    /// Mails come this much later. Call it after [`Self::mails`].
    pub fn mail_delay(self, delay: Duration) -> Self {
        self.mail_option(|mails| mails.delay = delay)
    }

    /// Every mail is delivered that many times, with the same `Message-ID`. Call it after [`Self::mails`].
    pub fn mail_copies(self, copies: u32) -> Self {
        self.mail_option(|mails| mails.copies = copies)
    }

    /// The mails' charset. Call it after [`Self::mails`].
    pub fn mail_charset(self, charset: MailCharset) -> Self {
        self.mail_option(|mails| mails.charset = charset)
    }

    /// Names of the upload form's inputs.
    pub fn fields(mut self, fields: FieldNames) -> Self {
        self.settings.fields = fields;
        self
    }

    /// Adds a hidden input to the upload form; an upload that changes it is refused.
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.hidden.push((name.into(), value.into()));
        self
    }

    /// The upload form stands on the entry page, not behind a link.
    pub const fn form_on_entry(mut self) -> Self {
        self.settings.form_on_entry = true;
        self
    }

    /// The listing has no state letters: it shows available files only.
    pub const fn listing_without_states(mut self) -> Self {
        self.settings.listing_states = false;
        self
    }

    /// The listing has no sizes.
    pub const fn listing_without_sizes(mut self) -> Self {
        self.settings.listing_sizes = false;
        self
    }

    /// How the end of a download is told.
    pub const fn delivery(mut self, delivery: Delivery) -> Self {
        self.settings.delivery = delivery;
        self
    }

    /// In which form pages echo user and password.
    pub const fn echo(mut self, echo: Echo) -> Self {
        self.settings.echo = echo;
        self
    }

    /// The status of the gateway's page for refused credentials (200, 401, 403 …); 200 unless told.
    pub const fn refusal_status(mut self, status: u16) -> Self {
        self.settings.refusal_status = status;
        self
    }

    /// The faults to play.
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.settings.plan = plan;
        self
    }

    /// Faults written in a TOML or JSON file, played after those of [`Self::faults`]. The file is looked at before every request: a change counts from the
    /// next one and replaces the whole plan.
    pub fn faults_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.faults_file = Some(path.into());
        self
    }

    /// Listens. Must run within a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The address is not loopback or cannot be listened on, the state directory cannot be used, the faults file cannot be understood.
    pub async fn start(self) -> Result<Running, Error> {
        let mut settings = self.settings;
        let address = settings.address;
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback { address });
        }
        let received = settings.state.join("received");
        fs::create_dir_all(&received).map_err(Error::file(&received))?;
        drop_drafts(&received).map_err(Error::file(&received))?;
        let (ledger, last_file) = Ledger::open(settings.state.join("ledger.jsonl"))?;
        let spool = Spool::open(&settings.state)?;
        let tls = settings.tls.map(|kind| Tls::prepare(&settings.state, kind)).transpose()?;
        let notices = settings
            .mails
            .clone()
            .map(|mails| Notices::new(mails).map_err(Error::file(&settings.state)))
            .transpose()?;
        let faults = Live::new(std::mem::take(&mut settings.plan), settings.faults_file.take())?;
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { address, source })?;
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let shared = Shared {
            tls: acceptor,
            idents: Idents::after(last_file.max(spool.last_ident())),
            batch: Batch::new(settings.batch_delay),
            sessions: Sessions::default(),
            settings,
            ledger,
            spool,
            faults,
            notices,
        };
        Ok(Running::begin(Arc::new(shared), listener, address, ca_pem))
    }

    fn mail_option(mut self, change: impl FnOnce(&mut Mails)) -> Self {
        if let Some(mails) = &mut self.settings.mails {
            change(mails);
        }
        self
    }
}

/// Removes what a simulator that was killed left of files that it was receiving.
fn drop_drafts(received: &Path) -> io::Result<()> {
    for entry in fs::read_dir(received)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(".draft-") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
