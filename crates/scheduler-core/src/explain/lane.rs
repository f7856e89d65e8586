//! A lane as a file meets it: what keeps it, what is before, the end point's pacing.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Known, Next, Who};
use crate::consignment::{Consignment, Lane, State};
use crate::journal::{Ahead, JournalError, Small};
use crate::lane::gate::Pacing;
use crate::lane::work::Hindrance;
use crate::live::LiveLane;
use crate::partner::Capabilities;
use crate::platform::later;
use crate::setup::Connection;

/// The pacing of the end point, for uploads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// `pacing-…`, stable.
    pub code: &'static str,
    /// The gap before an upload, in milliseconds.
    pub delay_ms: u64,
    /// The end of the last attempt, whoever made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_end: Option<Timestamp>,
    /// The next attempt begins no earlier.
    pub until: Timestamp,
}

/// A lane, as a file meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneOutlook {
    /// The lane.
    pub lane: Lane,
    /// The partner's end point; `None` when this account cannot build the partner (secrets).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// What keeps it from a session.
    pub hindrances: Vec<Hindrance>,
    /// The scenario of the file is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// Who paused it, or the lane, when the journal still tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
    /// The session under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<LiveLane>,
    /// Another lane has a session with the same end point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Lane>,
    /// What leaves before the file.
    pub ahead: Ahead,
    /// The end point's pacing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacing: Option<Pace>,
    /// Returns are to be collected.
    pub retrieval_wanted: bool,
    /// When its schedule has it collect next; overdue when the station did not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collects: Option<Timestamp>,
    /// From when on the partner is asked again about doubts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks_again: Option<Timestamp>,
}

impl LaneOutlook {
    /// The lane of `scenario`, as `row` meets it, or a file that is yet to be accepted.
    pub(super) async fn of(
        known: &Known<'_>,
        lane: &Lane,
        scenario: Option<&str>,
        row: Option<&Consignment>,
    ) -> Result<Self, JournalError> {
        let small = known.small().await?;
        let connection = known.setup.lanes.get(lane);
        let gate = connection.map(|connection| connection.partner.gate().key);
        let gate = gate.or_else(|| row.and_then(|row| row.gate.clone()));
        let version = connection.map(|connection| connection.profile.secret_version.as_str());
        let hindrances = Hindrance::all(&small, lane, gate.as_deref().unwrap_or_default(), version, known.now);
        let paused = scenario.map(|name| format!("scenario:{name}")).filter(|scope| small.pauses.contains(scope));
        let scope = hindrances.iter().find_map(|hindrance| match hindrance {
            Hindrance::Paused { scope } => Some(scope.clone()),
            _ => None,
        });
        let paused_by = match (known.reader, scope.as_ref().or(paused.as_ref())) {
            (Some(reader), Some(scope)) => reader.who_paused(scope).await?,
            _ => None,
        };
        Ok(Self {
            lane: lane.clone(),
            hindrances,
            paused,
            paused_by,
            session: known.live.and_then(|live| live.lanes.get(lane).cloned()),
            busy: busy(known, lane, gate.as_deref()),
            ahead: ahead(known, &small, lane, scenario, row).await?,
            pacing: connection.map(|connection| pace(connection, &small, gate.as_deref(), known.now)),
            retrieval_wanted: small.lane(lane).retrieval_wanted,
            collects: connection.and_then(|connection| {
                let zone = &known.setup.settings.timezone;
                connection.profile.retrieve.schedule.upcoming(zone, small.lane(lane).schedule.as_ref(), known.now)
            }),
            asks_again: small.lane(lane).asks_again,
            gate,
        })
    }

    /// The next decision about a file that is queued, waits for its retry, or will be queued once accepted.
    pub(super) fn next(&self, row: Option<&Consignment>, running: bool) -> Next {
        let lane = |code| Next::new(code, Who::Lane);
        if let Some(scope) = &self.paused {
            return Next::new("next-resume", Who::Operator).about(scope);
        }
        for hindrance in &self.hindrances {
            match hindrance {
                Hindrance::Restored => return Next::new("next-after-restore", Who::Operator),
                Hindrance::Paused { scope } => return Next::new("next-resume", Who::Operator).about(scope),
                Hindrance::Suspended { .. } => {
                    return Next::new("next-secret", Who::Operator).about(self.lane.as_str());
                }
                Hindrance::LaneRests { .. } | Hindrance::GateRests { .. } => {}
            }
        }
        let rests = self.hindrances.iter().filter_map(Hindrance::until).max();
        let retry = match row.map(|row| &row.state) {
            Some(State::Waiting { until, .. }) => Some(*until),
            _ => None,
        };
        let next = match (self.ahead.behind, rests, retry, &self.session) {
            (Some(behind), ..) => Next { of: Some(behind), ..lane("next-after") },
            (None, Some(until), retry, _) if retry.is_none_or(|retry| retry <= until) => {
                lane("next-rest").at(Some(until))
            }
            (None, _, Some(retry), _) => lane("next-retry").at(Some(retry)),
            (None, _, None, Some(_)) => lane("next-turn").at(self.turn()),
            (None, _, None, None) => lane("next-session").at(self.turn()),
        };
        next.if_running(running)
    }

    /// The file leaves no earlier: every one before it costs a gap at least.
    fn turn(&self) -> Option<Timestamp> {
        let pacing = self.pacing.as_ref()?;
        let files = u32::try_from(self.ahead.files).unwrap_or(u32::MAX);
        Some(later(pacing.until, Duration::from_millis(pacing.delay_ms).saturating_mul(files)))
    }
}

/// What the channel of a lane can do, when it is known.
pub(super) fn capabilities(known: &Known<'_>, lane: &Lane) -> Option<Capabilities> {
    known.setup.lanes.get(lane).map(|connection| connection.channel.capabilities())
}

fn busy(known: &Known<'_>, lane: &Lane, gate: Option<&str>) -> Option<Lane> {
    let gate_of = |other: &Lane| known.setup.lanes.get(other).map(|connection| connection.partner.gate().key);
    let mut others = known.live?.lanes.keys().filter(|other| *other != lane);
    others.find(|other| gate.is_some() && gate_of(other).as_deref() == gate).cloned()
}

async fn ahead(
    known: &Known<'_>,
    small: &Small,
    lane: &Lane,
    scenario: Option<&str>,
    row: Option<&Consignment>,
) -> Result<Ahead, JournalError> {
    let Some(reader) = known.reader else { return Ok(Ahead::default()) };
    reader.ahead(lane, row, scenario, (&small.paused_scenarios(), &known.setup.ordered(lane))).await
}

fn pace(connection: &Connection, small: &Small, gate: Option<&str>, now: Timestamp) -> Pace {
    let delay = connection.delay_up();
    let last_end = small.gate(gate.unwrap_or_default()).last_end;
    let wait = Pacing::wait(last_end, delay, now);
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    Pace { code: wait.reason.code(), delay_ms, last_end, until: wait.until }
}
