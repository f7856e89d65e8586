//! One suite for every channel: what the scheduler relies on is asked of each adapter, against its simulator and with its faults.
//!
//! [`rig::Rig`] is a real station in a temporary folder; a [`peer::Peer`] is the other side, which counts what it really received.
//! [`check`] compares the two, file by file. The cases are in `tests/`.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "what fails in a harness fails the test that uses it"
)]

pub mod check;
pub mod peer;
pub mod rig;

pub use self::peer::aireppnet::AireppnetPeer;
pub use self::peer::gateway::GatewayPeer;
pub use self::peer::mail::MailPeer;
pub use self::peer::memory::MemoryPeer;
pub use self::peer::{Peer, Reception, Trouble};
pub use self::rig::{Rig, Spec};
