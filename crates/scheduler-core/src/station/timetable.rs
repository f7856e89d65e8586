//! Collections at fixed hours: what is due is journalled in one transaction with the wish to collect, so that neither a crash nor a second
//! start asks twice. The wish waits for its lane like any other: paused, suspended or at rest, it is kept.

use std::time::Duration;

use jiff::Timestamp;

use super::{Station, StationError};
use crate::consignment::Lane;
use crate::journal::{Draft, LaneEvent, LaneRow};
use crate::schedule::{Decision, Schedule};
use crate::setup::Connection;

/// Longest sleep, or the time between two rescans where that is less: a clock that was set, or a machine that slept, is noticed then.
const BEAT: Duration = Duration::from_secs(60);

/// Shortest sleep.
const BREATH: Duration = Duration::from_millis(1);

impl Station {
    /// Follows the schedules of all lanes, for ever.
    pub(super) async fn follow_schedules(&self) {
        let beat = BEAT.min(self.core.setup.settings.rescan);
        loop {
            if let Err(error) = self.keep_schedules().await {
                self.core.report(error.code(), &error);
            }
            let now = self.core.clock.now();
            let left = self.next_occurrence(now).map_or(beat, |next| until(now, next).min(beat));
            self.core.clock.sleep(left.max(BREATH)).await;
        }
    }

    /// Asks for the collections that are due, each lane once whatever it missed; a restored station asks for none.
    pub(super) async fn keep_schedules(&self) -> Result<(), StationError> {
        if self.core.is_held() {
            return Ok(());
        }
        let (now, small) = (self.core.clock.now(), self.core.journal.small());
        let mut events: Vec<(Lane, LaneEvent)> = Vec::new();
        for (lane, connection) in &self.core.setup.lanes {
            let asked = self.asked(connection, &small.lane(lane), now);
            events.extend(asked.into_iter().map(|event| (lane.clone(), event)));
        }
        if events.is_empty() {
            return Ok(());
        }
        let drafts = || events.iter().map(|(lane, event)| Draft::lane(lane, event.clone())).collect();
        self.core.commit_firmly(drafts).await?;
        for (lane, _) in &events {
            self.core.ring(lane);
        }
        Ok(())
    }

    fn asked(&self, connection: &Connection, row: &LaneRow, now: Timestamp) -> Vec<LaneEvent> {
        let (schedule, zone) = (followed(connection), &self.core.setup.settings.timezone);
        match schedule.decide(zone, row.schedule.as_ref(), now) {
            Decision::Follow => vec![LaneEvent::ScheduleFollowed { schedule: schedule.name(zone), from: now }],
            Decision::Collect(occurrence) => {
                let wanted = LaneEvent::RetrievalWanted { who: "schedule".to_owned() };
                vec![LaneEvent::Scheduled { occurrence }, wanted]
            }
            Decision::Nothing => Vec::new(),
        }
    }

    fn next_occurrence(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = &self.core.setup.settings.timezone;
        self.core.setup.lanes.values().filter_map(|connection| followed(connection).next(zone, now)).min()
    }
}

/// The schedule of a lane: none where its channel collects nothing.
fn followed(connection: &Connection) -> Schedule {
    let collects = connection.channel.capabilities().retrieve;
    if collects { connection.profile.retrieve.schedule.clone() } else { Schedule::default() }
}

fn until(now: Timestamp, next: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}
