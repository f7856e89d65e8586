//! What the trace says of a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::Consignment;
use scheduler_core::returned::Return;
use serde::Serialize;

use super::pages::Row;
use super::{Scope, Told};
use crate::catalogue;

/// A file. The order of the fields is that of every format.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// `sent` or `received`.
    pub(super) direction: &'static str,
    /// The scenario's name, or `return`.
    pub(super) nature: String,
    /// The file's name, exact: as it was found, or as the partner gives it.
    pub(super) name: String,
    /// When it was accepted, or first offered.
    pub(super) date: String,
    /// Bytes, as soon as they are known.
    pub(super) size: Option<u64>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
    /// The state, by its stable name.
    pub(super) outcome: &'static str,
    /// The state, in words.
    pub(super) outcome_label: &'static str,
    /// Since when it is in that state.
    pub(super) outcome_date: String,
    /// When the bytes that complete it began to leave.
    pub(super) sent_date: Option<String>,
    pub(super) id: String,
    pub(super) profile: String,
    pub(super) channel: String,
    /// None for a return.
    pub(super) scenario: Option<String>,
    /// None for a return.
    pub(super) destination: Option<String>,
    /// Where it was found, or where it was put.
    pub(super) path: Option<String>,
    /// How the partner calls it.
    pub(super) identifiers: BTreeMap<String, String>,
}

/// What closes a trace.
#[derive(Debug, Serialize)]
pub(super) struct End {
    /// `end`.
    pub(super) direction: &'static str,
    pub(super) station: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// When the trace was made.
    pub(super) date: String,
    /// How many records come before.
    pub(super) records: u64,
    pub(super) journal_seq: i64,
    pub(super) journal_hash: String,
}

impl Record {
    pub(super) fn of(row: &Row, scope: &Scope<'_>) -> Self {
        match row {
            Row::Sent(row) => Self::sent(row, scope),
            Row::Received(row) => Self::received(row, scope),
        }
    }

    fn sent(row: &Consignment, scope: &Scope<'_>) -> Self {
        let (facts, status) = (&row.facts, row.state.status());
        let (profile, channel) = lane(facts.lane.as_str());
        Self {
            direction: "sent",
            nature: facts.scenario.clone(),
            name: facts.name.clone(),
            date: moment(row.accepted, scope.zone),
            size: Some(facts.size),
            sha1: Some(facts.sha1.clone()),
            sha256: Some(facts.sha256.clone()),
            outcome: status.as_str(),
            outcome_label: catalogue::status(scope.language, status),
            outcome_date: moment(row.changed, scope.zone),
            sent_date: row.committed.map(|at| moment(at, scope.zone)),
            id: row.id.to_string(),
            profile,
            channel,
            scenario: Some(facts.scenario.clone()),
            destination: Some(facts.destination.clone()),
            path: Some(facts.source.clone()),
            identifiers: row.identifiers.clone(),
        }
    }

    fn received(row: &Return, scope: &Scope<'_>) -> Self {
        let (profile, channel) = lane(row.lane.as_str());
        let collected = row.collected.as_ref();
        Self {
            direction: "received",
            nature: "return".to_owned(),
            name: row.offer.name.clone(),
            date: moment(row.offered, scope.zone),
            size: collected.map(|facts| facts.size),
            sha1: collected.map(|facts| facts.sha1.clone()),
            sha256: collected.map(|facts| facts.sha256.clone()),
            outcome: row.state.as_str(),
            outcome_label: catalogue::return_state(scope.language, &row.state),
            outcome_date: moment(row.changed, scope.zone),
            sent_date: None,
            id: row.id.to_string(),
            profile,
            channel,
            scenario: None,
            destination: None,
            path: row.path.clone(),
            identifiers: BTreeMap::from([("key".to_owned(), row.offer.key.clone())]),
        }
    }
}

impl End {
    pub(super) fn of(told: &Told, scope: &Scope<'_>) -> Self {
        Self {
            direction: "end",
            station: scope.station.to_owned(),
            from: scope.from.map(|at| moment(at, scope.zone)),
            to: scope.to.map(|at| moment(at, scope.zone)),
            date: moment(scope.now, scope.zone),
            records: told.sent + told.received,
            journal_seq: told.seq,
            journal_hash: told.hash.clone(),
        }
    }
}

/// Profile and channel.
fn lane(lane: &str) -> (String, String) {
    let (profile, channel) = lane.rsplit_once('.').unwrap_or((lane, ""));
    (profile.to_owned(), channel.to_owned())
}

/// RFC 3339, with the offset of the station's zone.
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
