//! Asking the partners for notices: all at once, each within its patience, and what they told is kept even when the disk refuses for a while.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::consignment::Lane;
use crate::journal::{Draft, Event, EvidenceEvent, JournalError, LaneEvent};
use crate::partner::{Again, Fault, Notices};
use crate::setup::Connection;
use crate::shared::Core;

/// How long a partner may take to say what it knows; one that takes longer is asked again the next time.
const PATIENCE: Duration = Duration::from_secs(10);

/// It took longer.
const SLOW: &str = "notices-slow";

impl Core {
    /// Asks every partner for new notices, keeps them, matches what can be. One that is silent, refuses or breaks holds up no other. A restored
    /// station asks nobody: its accounts may be those of a station that still runs.
    pub(crate) async fn gather_evidence(self: &Arc<Self>) -> Result<(), JournalError> {
        if self.is_held() {
            return Ok(());
        }
        let mut looks = tokio::task::JoinSet::new();
        for (lane, connection) in self.setup.lanes.iter().filter(|(_, one)| one.channel.capabilities().evidence) {
            if self.may_look(lane, connection).await? {
                let (lane, partner) = (lane.clone(), Arc::clone(&connection.partner));
                looks.spawn(async move {
                    let told = tokio::time::timeout(PATIENCE, partner.notices()).await;
                    (lane, told.unwrap_or_else(|_| Err(Fault::session(SLOW, None))))
                });
            }
        }
        let mut done = self.settle_evidence().await;
        while let Some(look) = looks.join_next().await {
            let kept = match look {
                Ok((lane, told)) => self.noticed(&lane, told).await,
                Err(error) => {
                    self.report("notices-crashed", &error);
                    Ok(())
                }
            };
            done = done.and(kept);
        }
        done
    }

    /// Lanes that share the notices of this one, itself among them.
    pub(super) fn sharing(&self, lane: &Lane) -> Vec<Lane> {
        let place = |lane| self.setup.lanes.get(lane).and_then(|connection| connection.partner.notices_place());
        match place(lane) {
            Some(here) => self.setup.lanes.keys().filter(|lane| place(lane).as_ref() == Some(&here)).cloned().collect(),
            None => vec![lane.clone()],
        }
    }

    /// A refused password is not tried again before it changed: the account would be locked.
    async fn may_look(&self, lane: &Lane, connection: &Connection) -> Result<bool, JournalError> {
        let Some((why, refused)) = self.journal.small().lane(lane).notices_suspended else { return Ok(true) };
        if refused == connection.profile.secret_version {
            self.board.noticed(lane, None, Some(why));
            return Ok(false);
        }
        let who = "the secret changed".to_owned();
        self.journal.commit(vec![Draft::lane(lane, LaneEvent::NoticesResumed { who })]).await?;
        Ok(true)
    }

    async fn noticed(&self, lane: &Lane, told: Result<Notices, Fault>) -> Result<(), JournalError> {
        match told {
            Ok(Notices { found, left }) => {
                let unknown = left.unknown;
                if self.board.noticed(lane, Some(left), None) && unknown > 0 {
                    tracing::warn!(%lane, unknown, "mails among the notices are not understood");
                }
                self.unmatched(|unmatched| unmatched.tell(lane, found));
                self.keep_told().await?;
                self.settle_evidence().await
            }
            Err(fault) => {
                if self.board.noticed(lane, None, Some(fault.why())) {
                    tracing::warn!(%lane, %fault, "notices cannot be read");
                }
                if fault.again != Again::AfterOperator {
                    return Ok(());
                }
                let secret_version = self.setup.lanes[lane].profile.secret_version.clone();
                let suspended = LaneEvent::NoticesSuspended { why: fault.why(), secret_version };
                self.journal.commit(vec![Draft::lane(lane, suspended)]).await.map(drop)
            }
        }
    }

    /// Partners tell a notice once: what cannot be kept now is kept the next time.
    async fn keep_told(&self) -> Result<(), JournalError> {
        let told = self.unmatched(|unmatched| unmatched.told());
        if told.is_empty() {
            return Ok(());
        }
        let mut drafts = Vec::new();
        let kept = async {
            let mut keys = BTreeSet::new();
            for (lane, evidence) in &told {
                if keys.insert(&evidence.key) && !self.reader.knows_evidence(&evidence.key).await? {
                    let what = Box::new(EvidenceEvent::Kept { lane: lane.clone(), evidence: evidence.clone() });
                    drafts.push(Draft::Event(Event::Evidence { what }));
                }
            }
            if !drafts.is_empty() {
                self.journal.commit(drafts).await?;
                self.look_again();
            }
            Ok(())
        }
        .await;
        if kept.is_err() {
            self.unmatched(|unmatched| unmatched.untold(told));
        }
        kept
    }
}
