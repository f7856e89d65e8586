//! The phases of a session.

use serde::{Deserialize, Serialize};

/// The phases an operator sees (R13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// The secured tunnel is being raised.
    Tunnel,
    /// The partner's network portal (CANOPEE).
    Network,
    /// The partner's portal (ILEX).
    Portal,
    /// The transfer server itself (XFB/Gateway).
    Gateway,
    /// Any other partner's server.
    Server,
    /// A file is leaving.
    Send,
    /// A file is coming in.
    Receive,
    /// Waiting for the partner's pacing.
    Pacing,
    /// Connecting again after a break.
    Resume,
    /// The operator's backup is written.
    Backup,
    /// Logging out and closing.
    Disconnect,
}
