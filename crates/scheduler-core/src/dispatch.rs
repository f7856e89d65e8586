//! The driver of a lane: waits for work, opens one session, deposits every due file, collects, closes. It takes no decision of
//! its own: the seam's faults, the pure rooms of `lane` and the journal decide.

mod collect;
mod deposit;
mod reconcile;
mod session;

use std::sync::Arc;

use jiff::Timestamp;

use crate::consignment::{Consignment, Lane, Why};
use crate::journal::{Draft, Due, JournalError, LaneEvent, Small};
use crate::lane::work::{Hindrance, Work};
use crate::setup::Connection;
use crate::shared::Core;
use crate::stop::StopLevel;

/// When a lane's driver returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Only when asked to stop.
    Stopped,
    /// Once nothing is due now: what waits for a later instant is left.
    NothingDue,
    /// Once nothing can happen any more without an operator: retries are waited for, but not what a partner may tell of a doubt at a later time.
    Settled,
}

/// One lane's driver.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Arc<Core>,
    lane: Lane,
    connection: Connection,
    gate: String,
}

impl Driver {
    pub(crate) fn new(core: &Arc<Core>, lane: &Lane, connection: &Connection) -> Self {
        let gate = connection.partner.gate().key;
        Self { core: Arc::clone(core), lane: lane.clone(), connection: connection.clone(), gate }
    }

    /// Drives the lane until `until`. Trouble with the journal is reported and waited out; nothing else ends it, but the patience of a pass.
    pub(crate) async fn run(&self, until: Until) {
        while !self.core.stop.is_asked() && !self.core.gave_up() {
            let work = match self.work().await {
                Ok(work) => work,
                Err(error) => {
                    self.core.report(error.code(), &error);
                    Work::At(self.core.clock.now() + std::time::Duration::from_secs(5))
                }
            };
            match (work, until) {
                (Work::Session, _) => self.session_or_report().await,
                (Work::At(instant), Until::Stopped | Until::Settled) | (Work::Ask(instant), Until::Stopped) => {
                    self.wait_until(instant).await;
                }
                (Work::Nothing, Until::Stopped) => self.wait_for_bell().await,
                (Work::At(_) | Work::Ask(_) | Work::Nothing, _) => return,
            }
        }
    }

    async fn session_or_report(&self) {
        if let Err(error) = self.session().await {
            self.core.report(error.code(), &error);
            if self.core.runs_out() {
                return;
            }
            let pause = self.core.clock.now() + std::time::Duration::from_secs(1);
            self.wait_until(pause).await;
        }
    }

    async fn wait_until(&self, instant: Timestamp) {
        tokio::select! {
            () = self.core.clock.sleep_until(instant) => {}
            () = self.bell().notified() => {}
            () = self.core.stop.reached(StopLevel::Finish) => {}
        }
    }

    async fn wait_for_bell(&self) {
        tokio::select! {
            () = self.bell().notified() => {}
            () = self.core.stop.reached(StopLevel::Finish) => {}
        }
    }

    fn bell(&self) -> &tokio::sync::Notify {
        &self.core.bells[&self.lane]
    }

    /// What can be done now. A suspended lane works again once its secret differs from the one that was refused.
    async fn work(&self) -> Result<Work, JournalError> {
        let secret = self.connection.profile.secret_version.as_str();
        let refused = self.core.journal.small().lane(&self.lane).suspended;
        if refused.is_some_and(|(_, refused)| refused != secret) {
            let who = "the secret changed".to_owned();
            self.core.journal.commit(vec![Draft::lane(&self.lane, LaneEvent::Resumed { who })]).await?;
        }
        let (small, now) = (self.core.journal.small(), self.core.clock.now());
        let hindrances = Hindrance::all(&small, &self.lane, &self.gate, Some(secret), now);
        if hindrances.iter().any(|hindrance| hindrance.until().is_none()) {
            return Ok(Work::Nothing);
        }
        let row = small.lane(&self.lane);
        let due = self.due(&small, now).await?;
        let wanted = row.retrieval_wanted && self.connection.channel.capabilities().retrieve;
        let asks = self.asks_at(&row, now).await?;
        Ok(Work::of(&hindrances, &due, wanted, asks, now))
    }

    async fn due(&self, small: &Small, now: Timestamp) -> Result<Due, JournalError> {
        self.core.reader.due(&self.lane, now, &small.paused_scenarios(), &self.core.setup.ordered(&self.lane)).await
    }

    /// The file to send next, if one may leave now.
    async fn next(&self) -> Result<Option<Consignment>, JournalError> {
        let small = self.core.journal.small();
        if self.core.stop.is_asked() || small.restored.is_some() || small.is_profile_paused(self.lane.profile()) {
            return Ok(None);
        }
        match self.due(&small, self.core.clock.now()).await? {
            Due::Now(consignment) => Ok(Some(*consignment)),
            Due::At(_) | Due::Nothing => Ok(None),
        }
    }
}

/// How a session, or a part of it, ended.
#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    received: u64,
    /// What ended it early.
    broken: Option<Why>,
}
