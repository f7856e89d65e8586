//! The other side: simulators, one per channel.

pub mod aireppnet;
pub mod gateway;
pub mod mail;
pub mod memory;

use scheduler_core::partner::{Channel, Section, Value};

/// What may go wrong with one file, whatever the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is refused for ever.
    RefusedForGood,
    /// It is refused, and may be tried again.
    RefusedForNow,
    /// The connection breaks before the message is complete.
    CutBefore,
    /// The message was complete, no answer came, and the partner did not keep it.
    UnansweredLost,
    /// The message was complete, no answer came, and the partner has it.
    UnansweredReceived,
    /// The password is refused.
    WrongPassword,
    /// A file offered to us breaks off after three bytes.
    CutRead,
}

/// A file that the partner really has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// The account that sent it.
    pub account: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// A simulated partner.
pub trait Peer: Send + Sync {
    /// The channel that talks to it.
    fn channel(&self) -> &'static dyn Channel;
    /// The fields of the profile of `account`.
    fn profile(&self, account: &str) -> Section;
    /// The fields of its scenario.
    fn scenario(&self) -> Section {
        let mut fields = Section::default();
        for (field, value) in [("destination", "C175"), ("application", "GRCT450")] {
            fields.insert(field, Value::Text(value.to_owned()));
        }
        fields
    }
    /// The files named each get their trouble, once.
    fn trouble(&self, troubles: &[(&str, Trouble)]);
    /// Puts a file on offer for `account`.
    fn offer(&self, account: &str, name: &str, bytes: &[u8]);
    /// What it really received, in order.
    fn received(&self) -> Vec<Reception>;
    /// Sessions opened, and sessions ended as they should.
    fn sessions(&self) -> (usize, usize);
}
