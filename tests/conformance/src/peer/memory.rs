//! The reference channel, which needs no network.

use scheduler_core::memory::{Memory, Script};
use scheduler_core::partner::{Channel, Section};

use super::{Peer, Reception, Trouble};
use crate::rig::sha256;

/// A partner in memory.
#[derive(Debug)]
pub struct MemoryPeer {
    memory: Memory,
    channel: &'static Memory,
}

impl Default for MemoryPeer {
    fn default() -> Self {
        let memory = Memory::default();
        // A channel lives as long as the program; a test's does too.
        Self { channel: Box::leak(Box::new(memory.clone())), memory }
    }
}

impl Peer for MemoryPeer {
    fn channel(&self) -> &'static dyn Channel {
        self.channel
    }

    fn profile(&self, _: &str) -> Section {
        Section::default()
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        for (name, trouble) in troubles {
            let (what, script) = match trouble {
                Trouble::RefusedForGood => ((*name).to_owned(), Script::Refuse),
                Trouble::RefusedForNow => ((*name).to_owned(), Script::Later(None)),
                Trouble::CutBefore => ((*name).to_owned(), Script::CutBefore),
                Trouble::UnansweredLost => ((*name).to_owned(), Script::CutAfterLost),
                Trouble::UnansweredReceived => ((*name).to_owned(), Script::CutAfterReceived),
                Trouble::WrongPassword => ("connect".to_owned(), Script::BadPassword),
                Trouble::CutRead => (format!("read:{name}"), Script::CutRead(3)),
            };
            self.memory.script(&what, [script]);
        }
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.memory.offer(account, &format!("key of {name}"), name, bytes);
    }

    fn received(&self) -> Vec<Reception> {
        let rows = self.memory.ledger().into_iter();
        rows.map(|row| Reception { account: row.account, name: row.name, sha256: sha256(&row.bytes) }).collect()
    }

    fn sessions(&self) -> (usize, usize) {
        let (opened, closed) = self.memory.sessions();
        (usize::try_from(opened).unwrap(), usize::try_from(closed).unwrap())
    }
}
