//! A consignment: what it waits for, what would move it, what an operator may do.

use jiff::Timestamp;
use serde::Serialize;

use super::lane::capabilities;
use super::{Known, LaneOutlook, Next, Who};
use crate::consignment::{Consignment, ConsignmentEvent, Identifiers, Says, State, Verdict, Why};
use crate::journal::JournalError;
use crate::lane::retry::{Reason, Retry};
use crate::live::LiveFile;
use crate::partner::Capabilities;
use crate::platform::later;

/// Something that would move a consignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// `awaits-…`, stable.
    pub code: &'static str,
    /// The state that it would lead to.
    pub to: &'static str,
}

impl Awaited {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 6] = [
        "awaits-answer",
        "awaits-reconciliation",
        "awaits-deposited",
        "awaits-delivered",
        "awaits-opened",
        "awaits-undelivered",
    ];
}

/// Something that an operator may decide now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    /// `may-…`, stable.
    pub code: &'static str,
    /// The state that it leads to.
    pub to: &'static str,
}

impl Act {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 4] = ["may-release", "may-deposited", "may-resend", "may-cancel"];
}

/// A consignment, what it waits for and who decides next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsignmentOutlook {
    /// The consignment.
    pub consignment: Consignment,
    /// How far its bytes are, while they leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_hand: Option<LiveFile>,
    /// What made the instant of its next attempt: `retry-…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<&'static str>,
    /// What would move it by itself.
    pub awaited: Vec<Awaited>,
    /// What an operator may decide now.
    pub acts: Vec<Act>,
    /// Its lane.
    pub lane: LaneOutlook,
    /// The next decision.
    pub next: Next,
}

impl ConsignmentOutlook {
    /// What `row` waits for and who decides next.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the journal cannot be read.
    pub async fn of(known: &Known<'_>, row: Consignment) -> Result<Self, JournalError> {
        let lane = LaneOutlook::of(known, &row.facts.lane, Some(&row.facts.scenario), Some(&row)).await?;
        let can = capabilities(known, &row.facts.lane).unwrap_or_default();
        let in_hand = lane.session.as_ref().and_then(|session| session.file.clone()).filter(|file| file.id == row.id);
        let awaited = awaited(&row, can, lane.session.is_some(), known.now);
        let retry = retry(known, &row);
        let acts = acts(&row, known.now);
        let next = next(known, &row, &lane, &awaited);
        Ok(Self { consignment: row, in_hand, retry, awaited, acts, lane, next })
    }
}

/// Why a waiting file waits that long: our own silence after so many attempts, or more than that, which only the partner asks for.
fn retry(known: &Known<'_>, row: &Consignment) -> Option<&'static str> {
    let State::Waiting { until, .. } = &row.state else { return None };
    let settings = &known.setup.settings;
    let retry = Retry { first: settings.retry_first, max: settings.retry_max };
    let ours = retry.next(row.attempts, row.id, None, row.changed);
    let reason = ours.reasons.first().filter(|_| *until <= ours.at).copied();
    Some(reason.unwrap_or(Reason::Hint { until: *until }).code())
}

/// The state after an event, if the transition function allows it and it changes something.
fn after(row: &Consignment, event: &ConsignmentEvent, now: Timestamp) -> Option<&'static str> {
    let after = Consignment::apply(Some(row), row.id, event, now).ok()?;
    (after.state.status() != row.state.status()).then(|| after.state.status().as_str())
}

fn acts(row: &Consignment, now: Timestamp) -> Vec<Act> {
    let (who, why) = (String::new(), String::new());
    let resolved = |verdict| ConsignmentEvent::Resolved { verdict, who: who.clone(), why: why.clone() };
    let all = [
        ("may-release", ConsignmentEvent::Released { who: who.clone(), why: why.clone() }),
        ("may-deposited", resolved(Verdict::Deposited)),
        ("may-resend", resolved(Verdict::NotDeposited)),
        ("may-cancel", ConsignmentEvent::Cancelled { who: who.clone(), why: why.clone() }),
    ];
    all.iter().filter_map(|(code, event)| Some(Act { code, to: after(row, event, now)? })).collect()
}

/// What the partner may still say, where its channel can.
fn awaited(row: &Consignment, can: Capabilities, in_session: bool, now: Timestamp) -> Vec<Awaited> {
    if let State::Sending { .. } | State::Committing { .. } = &row.state {
        let answer = Awaited { code: "awaits-answer", to: "deposited" };
        return in_session.then_some(answer).into_iter().collect();
    }
    let notice = |says| ConsignmentEvent::Evidenced { key: String::new(), says, identifiers: Identifiers::new() };
    let undelivered = Says::Undelivered { why: Why::code("") };
    let reconciled = ConsignmentEvent::Reconciled { verdict: Verdict::Deposited, by: String::new() };
    let all = [
        (can.reconcile, "awaits-reconciliation", reconciled),
        (can.evidence, "awaits-deposited", notice(Says::Deposited)),
        (can.evidence, "awaits-delivered", notice(Says::Delivered)),
        (can.evidence, "awaits-opened", notice(Says::Opened)),
        (can.evidence, "awaits-undelivered", notice(undelivered)),
    ];
    let possible = all.iter().filter(|(can, ..)| *can);
    possible.filter_map(|(_, code, event)| Some(Awaited { code, to: after(row, event, now)? })).collect()
}

fn next(known: &Known<'_>, row: &Consignment, lane: &LaneOutlook, awaited: &[Awaited]) -> Next {
    let running = known.live.is_some();
    let notices = awaited.iter().any(|awaited| awaited.code != "awaits-reconciliation");
    if row.owes_copy {
        let looks = known.live.map(|_| later(known.now, known.setup.settings.rescan));
        return Next::new("next-copy", Who::Station).at(looks).if_running(running);
    }
    match &row.state {
        State::Queued | State::Waiting { .. } => lane.next(Some(row), running),
        State::Sending { .. } | State::Committing { .. } if lane.session.is_some() => {
            Next::new("next-answer", Who::Lane)
        }
        State::Sending { .. } | State::Committing { .. } => Next::new("next-recover", Who::Station).if_running(running),
        State::Held { .. } => Next::new("next-decide", Who::Operator),
        State::Uncertain { .. } => doubt(known, lane, awaited, notices),
        State::Undelivered { .. } => Next::new("next-undelivered", Who::Operator),
        _ if notices => Next::new("next-notice", Who::Partner),
        _ => Next::new("next-final", Who::Nobody),
    }
}

fn doubt(known: &Known<'_>, lane: &LaneOutlook, awaited: &[Awaited], notices: bool) -> Next {
    let running = known.live.is_some();
    if awaited.iter().any(|awaited| awaited.code == "awaits-reconciliation") {
        if let next @ Next { who: Who::Operator, .. } = lane.next(None, running) {
            return next;
        }
        let rests = lane.hindrances.iter().filter_map(crate::lane::work::Hindrance::until).max();
        let at = lane.asks_again.unwrap_or(known.now).max(rests.unwrap_or(known.now));
        return Next::new("next-ask", Who::Lane).at(Some(at)).if_running(running);
    }
    if notices {
        return Next::new("next-notice-or-resolve", Who::Operator);
    }
    Next::new("next-resolve", Who::Operator)
}
