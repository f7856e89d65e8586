//! The projections: what the events imply, computed by pure functions; the same ones live and when rebuilt.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::JournalError;
use super::event::{Event, EvidenceEvent, GateEvent, LaneEvent, Origin, PauseEvent, RequestEvent, StationEvent};
use super::finds::Finds;
use super::sqlite::from_json;
use crate::consignment::{Consignment, ConsignmentEvent, Illegal, Lane, Why};
use crate::id::Id;
use crate::notice::Evidence;
use crate::request::Command;
use crate::returned::{Return, ReturnEvent};
use crate::schedule::Mark;

/// What the journal knows of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneRow {
    /// Suspended until the secret differs from this version, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<(Why, String)>,
    /// Notices are not looked for until the secrets differ from this version, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices_suspended: Option<(Why, String)>,
    /// No session before this instant, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<(Timestamp, Why)>,
    /// Sessions that failed in a row.
    #[serde(default)]
    pub failures: u32,
    /// Returns are to be collected.
    #[serde(default)]
    pub retrieval_wanted: bool,
    /// The partner could not tell about every uncertain file; no session is opened to ask again before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_again: Option<Timestamp>,
    /// How often it could not, in a row, since the last new doubt.
    #[serde(default)]
    pub asked_in_vain: u32,
    /// What was dealt with of the lane's schedule of collections; `None` when it never had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Mark>,
}

/// What the journal knows of a partner's end point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRow {
    /// The end of the last attempt, answered or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<Timestamp>,
    /// No connection before this instant, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<(Timestamp, Why)>,
}

/// A station that was brought back from a backup and that no operator has resumed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The backup.
    pub from: Origin,
    /// Who restored it.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// The projections small enough to be kept whole in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Small {
    /// By lane.
    pub lanes: BTreeMap<Lane, LaneRow>,
    /// By end point.
    pub gates: BTreeMap<String, GateRow>,
    /// What is paused: `all`, `scenario:NAME`, `profile:NAME`.
    pub pauses: BTreeSet<String>,
    /// The last number drawn, by register.
    pub registers: BTreeMap<String, u64>,
    /// The station comes from a backup: nothing leaves and nothing is taken until an operator resumes it.
    pub restored: Option<Restored>,
    /// Consignments about which a decision waits for a second person.
    pub proposals: BTreeSet<Id>,
}

impl Small {
    /// What is known of a lane.
    #[must_use]
    pub fn lane(&self, lane: &Lane) -> LaneRow {
        self.lanes.get(lane).cloned().unwrap_or_default()
    }

    /// What is known of an end point.
    #[must_use]
    pub fn gate(&self, gate: &str) -> GateRow {
        self.gates.get(gate).cloned().unwrap_or_default()
    }

    /// Whether a scenario of a profile is held back by the operator.
    #[must_use]
    pub fn is_paused(&self, scenario: &str, profile: &str) -> bool {
        self.is_profile_paused(profile) || self.pauses.contains(&format!("scenario:{scenario}"))
    }

    /// Whether everything, or a whole profile, is held back by the operator.
    #[must_use]
    pub fn is_profile_paused(&self, profile: &str) -> bool {
        self.pauses.contains("all") || self.pauses.contains(&format!("profile:{profile}"))
    }

    /// Scenarios that an operator paused one by one.
    #[must_use]
    pub fn paused_scenarios(&self) -> Vec<String> {
        self.pauses.iter().filter_map(|scope| scope.strip_prefix("scenario:")).map(ToOwned::to_owned).collect()
    }

    /// Read back from the rows that `changes` of the writer wrote.
    pub(super) fn from_rows(rows: Vec<(String, String)>) -> Result<Self, JournalError> {
        let mut small = Self::default();
        for (key, doc) in rows {
            match key.split_once(':') {
                Some(("lane", lane)) => drop(small.lanes.insert(Lane::from(lane.to_owned()), from_json(&key, &doc)?)),
                Some(("gate", gate)) => drop(small.gates.insert(gate.to_owned(), from_json(&key, &doc)?)),
                Some(("pause", scope)) => drop(small.pauses.insert(scope.to_owned())),
                Some(("register", name)) => drop(small.registers.insert(name.to_owned(), from_json(&key, &doc)?)),
                Some(("station", "restored")) => small.restored = Some(from_json(&key, &doc)?),
                Some(("proposal", _)) => drop(small.proposals.insert(from_json(&key, &doc)?)),
                _ => return Err(JournalError::Damaged { row: key, reason: "unknown kind of row".to_owned() }),
            }
        }
        Ok(small)
    }

    fn attempt_ended(&mut self, gate: Option<&String>, at: Timestamp) {
        if let Some(gate) = gate {
            self.gates.entry(gate.clone()).or_default().last_end = Some(at);
        }
    }
}

/// A request as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Its identifier.
    pub id: Id,
    /// What is asked.
    pub command: Command,
    /// Who asks: the account that the system proves.
    pub who: String,
    /// Whom the asker said to be, where that is not the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// How it ended; `None` while it is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<RequestEvent>,
}

/// A notice as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptEvidence {
    pub(crate) lane: Lane,
    pub(crate) evidence: Evidence,
    pub(crate) settled: bool,
    pub(crate) to: Option<Id>,
}

/// Rows changed by a batch, by key; also the aggregates it was started with.
#[derive(Clone, Debug, Default)]
pub(super) struct Staged {
    pub(super) consignments: HashMap<Id, Consignment>,
    pub(super) returns: HashMap<Id, Return>,
    pub(super) requests: HashMap<Id, Requested>,
    pub(super) evidence: BTreeMap<String, KeptEvidence>,
    pub(super) small: Small,
    pub(super) finds: Finds,
}

impl Staged {
    /// Applies one event. Aggregates that it touches must be here already, when they exist.
    pub(super) fn apply(&mut self, event: &Event, at: Timestamp) -> Result<(), Illegal> {
        self.finds.note(event, at);
        match event {
            Event::Consignment { id, what } => self.consignment(*id, what, at),
            Event::Return { id, what } => self.returned(*id, what, at),
            Event::Number { register, number, .. } => {
                self.small.registers.insert(register.clone(), *number);
                Ok(())
            }
            Event::Lane { lane, what } => {
                lane_event(self.small.lanes.entry(lane.clone()).or_default(), what, at);
                Ok(())
            }
            Event::Gate { gate, what } => {
                self.small.gates.entry(gate.clone()).or_default().rests = match what {
                    GateEvent::Rested { until, why } => Some((*until, why.clone())),
                    GateEvent::Resumed { .. } => None,
                };
                Ok(())
            }
            Event::Pause { scope, what } => {
                match what {
                    PauseEvent::Paused { .. } => self.small.pauses.insert(scope.clone()),
                    PauseEvent::Unpaused { .. } => self.small.pauses.remove(scope),
                };
                Ok(())
            }
            Event::Evidence { what } => self.evidence(what),
            Event::Request { id, what } => self.request(*id, what),
            Event::Voids { register, first, last, .. } => self.voids(register, *first, *last),
            Event::Station { what } => self.station(what, at),
            Event::Void { .. } | Event::Session { .. } => Ok(()),
        }
    }

    fn consignment(&mut self, id: Id, what: &ConsignmentEvent, at: Timestamp) -> Result<(), Illegal> {
        let after = Consignment::apply(self.consignments.get(&id), id, what, at)?;
        if matches!(
            what,
            ConsignmentEvent::Deposited { .. }
                | ConsignmentEvent::Postponed { .. }
                | ConsignmentEvent::Refused { .. }
                | ConsignmentEvent::Doubted { .. }
                | ConsignmentEvent::Interrupted
                | ConsignmentEvent::Held { .. }
        ) {
            self.small.attempt_ended(after.gate.as_ref(), at);
        }
        // A new doubt is asked about without the patience that older ones have earned.
        if matches!(what, ConsignmentEvent::Doubted { .. })
            && let Some(row) = self.small.lanes.get_mut(&after.facts.lane)
        {
            (row.asks_again, row.asked_in_vain) = (None, 0);
        }
        if after.proposal.is_some() {
            self.small.proposals.insert(id);
        } else if !self.small.proposals.is_empty() {
            self.small.proposals.remove(&id);
        }
        self.consignments.insert(id, after);
        Ok(())
    }

    fn returned(&mut self, id: Id, what: &ReturnEvent, at: Timestamp) -> Result<(), Illegal> {
        let after = Return::apply(self.returns.get(&id), id, what, at)?;
        if matches!(what, ReturnEvent::Stored { .. } | ReturnEvent::Missed { .. } | ReturnEvent::Incomplete { .. }) {
            self.small.attempt_ended(Some(&after.gate), at);
        }
        self.returns.insert(id, after);
        Ok(())
    }

    /// Numbers drawn elsewhere follow those drawn here, if any was, without a gap.
    fn voids(&mut self, register: &str, first: u64, last: u64) -> Result<(), Illegal> {
        let follows = self.small.registers.get(register).is_none_or(|known| known.checked_add(1) == Some(first));
        if !follows || last < first {
            return Err(illegal(
                format!("numbers {first} to {last} of register {register}"),
                "voids",
                "drawn otherwise",
            ));
        }
        self.small.registers.insert(register.to_owned(), last);
        Ok(())
    }

    fn station(&mut self, what: &StationEvent, at: Timestamp) -> Result<(), Illegal> {
        match what {
            StationEvent::Restored { from, who } => {
                self.small.restored = Some(Restored { from: from.clone(), who: who.clone(), at });
            }
            StationEvent::ResumedAfterRestore { .. } => {
                let illegal = || illegal("the station".to_owned(), "resumed-after-restore", "not restored");
                self.small.restored.take().ok_or_else(illegal)?;
            }
            StationEvent::Purged(certificate) => self.small.clone_from(&certificate.small),
            StationEvent::Started { .. } | StationEvent::Stopped | StationEvent::BackedUp { .. } => {}
        }
        Ok(())
    }

    fn evidence(&mut self, what: &EvidenceEvent) -> Result<(), Illegal> {
        match what {
            EvidenceEvent::Kept { lane, evidence } => {
                if self.evidence.contains_key(&evidence.key) {
                    return Err(illegal(format!("notice {}", evidence.key), "kept", "kept"));
                }
                let kept = KeptEvidence { lane: lane.clone(), evidence: evidence.clone(), settled: false, to: None };
                self.evidence.insert(evidence.key.clone(), kept);
            }
            EvidenceEvent::Matched { key, to } => {
                let kept = self.evidence.get_mut(key).filter(|kept| !kept.settled);
                let kept = kept.ok_or_else(|| illegal(format!("notice {key}"), "matched", "unknown or settled"))?;
                kept.settled = true;
                kept.to = *to;
            }
        }
        Ok(())
    }

    fn request(&mut self, id: Id, what: &RequestEvent) -> Result<(), Illegal> {
        if let RequestEvent::Taken { command, who, claimed } = what {
            let (command, who, claimed) = (command.clone(), who.clone(), claimed.clone());
            let taken = Requested { id, command, who, claimed, ended: None };
            if self.requests.insert(id, taken).is_some() {
                return Err(illegal(format!("request {id}"), "taken", "taken"));
            }
            return Ok(());
        }
        let request = self.requests.get_mut(&id).filter(|request| request.ended.is_none());
        let request = request.ok_or_else(|| illegal(format!("request {id}"), "ended", "unknown or ended"))?;
        request.ended = Some(what.clone());
        Ok(())
    }
}

fn illegal(what: String, event: &'static str, status: &'static str) -> Illegal {
    Illegal { what, event, status }
}

fn lane_event(row: &mut LaneRow, what: &LaneEvent, at: Timestamp) {
    match what {
        LaneEvent::Suspended { why, secret_version } => row.suspended = Some((why.clone(), secret_version.clone())),
        LaneEvent::Resumed { .. } => {
            (row.asks_again, row.asked_in_vain) = (None, 0);
            (row.suspended, row.notices_suspended) = (None, None);
            row.rests = None;
            row.failures = 0;
        }
        LaneEvent::NoticesSuspended { why, secret_version } => {
            row.notices_suspended = Some((why.clone(), secret_version.clone()));
        }
        LaneEvent::NoticesResumed { .. } => row.notices_suspended = None,
        LaneEvent::Rested { until, why } => {
            row.rests = Some((*until, why.clone()));
            row.failures += 1;
        }
        LaneEvent::Recovered => {
            row.rests = None;
            row.failures = 0;
        }
        LaneEvent::RetrievalWanted { .. } => row.retrieval_wanted = true,
        LaneEvent::Retrieved => {
            row.retrieval_wanted = false;
            row.schedule.iter_mut().for_each(|mark| mark.collect(at));
        }
        LaneEvent::ScheduleFollowed { schedule, from } => {
            row.schedule = Some(Mark::follow(row.schedule.take(), schedule.clone(), *from));
        }
        LaneEvent::Scheduled { occurrence } => row.schedule.iter_mut().for_each(|mark| mark.fire(*occurrence)),
        LaneEvent::DoubtsLeft { until, .. } => {
            row.asks_again = Some(*until);
            row.asked_in_vain += 1;
        }
    }
}
