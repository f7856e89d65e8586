//! The way in: portal, then gateway.

use std::sync::Arc;

use crate::config::Config;
use crate::error::Result;
use crate::phase::Phase;
use crate::session::Session;
use crate::site::Site;

/// Opens sessions with one gateway. Clones share connections and configuration.
#[derive(Clone)]
pub struct Client(Arc<Site>);

impl Client {
    /// Checks the configuration and reads the trusted certificates. Nothing is sent.
    ///
    /// # Errors
    ///
    /// `xfb-config` for an address, certificate, key or proxy that cannot be used.
    pub fn new(config: Config) -> Result<Self> {
        Site::new(config).map(|site| Self(Arc::new(site)))
    }

    /// Logs in to the portal, if there is one, and enters the gateway (docs/protocols/xfb-gateway.md 2, 3). When the entry fails
    /// after the portal let us in, the portal's log-out is still tried. Nothing is left to undo after a crash.
    ///
    /// # Errors
    ///
    /// `xfb-portal-refused`, `xfb-login-refused` and `xfb-proxy-refused` for refused credentials; `xfb-unknown-page` for a page that
    /// cannot be read; the codes of connections and limits.
    pub async fn enter(&self, on_phase: &mut (dyn FnMut(Phase) + Send)) -> Result<Session> {
        let mut session = Session::new(self.0.clone());
        match session.enter(on_phase).await {
            Ok(()) => Ok(session),
            Err(error) => {
                session.close(on_phase).await;
                Err(error)
            }
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.0.config).finish()
    }
}
