//! The gateway that a client talks to.

use std::sync::Arc;

use url::Url;
use web_forms::wire::Line;

use crate::config::Config;
use crate::error::Result;
use crate::urls;

/// What the sessions of one client share.
pub(crate) struct Site {
    pub(crate) config: Config,
    pub(crate) entry: Url,
    pub(crate) line: Arc<Line>,
}

impl Site {
    pub(crate) fn new(config: Config) -> Result<Self> {
        config.check()?;
        let line = Arc::new(Line::new(config.site())?);
        Ok(Self { entry: urls::entry(&config.base_url), config, line })
    }
}
