//! The way in.

use std::sync::Arc;

use web_forms::wire::Line;

use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::session::Session;
use crate::types::FileType;

/// Opens sessions with the servers of one site. Clones share connections and configuration.
#[derive(Clone)]
pub struct Client {
    config: Arc<Config>,
    line: Arc<Line>,
}

impl Client {
    /// Checks the configuration and reads the trusted certificates. Nothing is sent.
    ///
    /// # Errors
    ///
    /// `aireppnet-config` for an address, certificate, key or proxy that cannot be used.
    pub fn new(config: Config) -> Result<Self> {
        config.check()?;
        let line = Arc::new(Line::new(config.site())?);
        Ok(Self { config: Arc::new(config), line })
    }

    /// Logs in to the server for a type of file (docs/protocols/aireppnet.md 2). Nothing is left to undo after a failure or a crash.
    ///
    /// # Errors
    ///
    /// `aireppnet-no-server` where the profile names none, `aireppnet-login-refused`, `aireppnet-refused-for-now`, `aireppnet-unknown-page` for a page that
    /// cannot be read; the codes of connections and limits.
    pub async fn log_in(&self, kind: FileType) -> Result<Session> {
        let base = self.config.profile.servers.of(kind).cloned();
        let base = base.ok_or_else(|| Error::new(Code::NoServer, format!("no server is named for {kind}")))?;
        let mut session = Session::new(Arc::clone(&self.config), Arc::clone(&self.line), base);
        session.log_in().await?;
        Ok(session)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.config).finish()
    }
}
