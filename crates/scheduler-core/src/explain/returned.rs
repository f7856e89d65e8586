//! A return: where it stands and who moves it on.

use serde::Serialize;

use super::{Known, LaneOutlook, Next, Who};
use crate::journal::JournalError;
use crate::live::LiveFile;
use crate::platform::later;
use crate::returned::{Return, ReturnState};

/// A return, and who decides next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReturnOutlook {
    /// The return.
    #[serde(rename = "return")]
    pub row: Return,
    /// How far its bytes are, while they come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_hand: Option<LiveFile>,
    /// Its lane.
    pub lane: LaneOutlook,
    /// The next decision.
    pub next: Next,
}

impl ReturnOutlook {
    /// Where `row` stands and who moves it on.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the journal cannot be read.
    pub async fn of(known: &Known<'_>, row: Return) -> Result<Self, JournalError> {
        let lane = LaneOutlook::of(known, &row.lane, None, None).await?;
        let in_hand = lane.session.as_ref().and_then(|session| session.file.clone()).filter(|file| file.id == row.id);
        let next = next(known, &row, &lane);
        Ok(Self { row, in_hand, lane, next })
    }
}

fn next(known: &Known<'_>, row: &Return, lane: &LaneOutlook) -> Next {
    let running = known.live.is_some();
    // What only an operator ends lets no session begin, whatever asks for one.
    let stuck = Some(lane.next(None, true)).filter(|next| next.who == Who::Operator);
    let soon = known.live.map(|_| later(known.now, known.setup.settings.rescan));
    match &row.state {
        ReturnState::Offered | ReturnState::Published if let Some(stuck) = stuck => stuck,
        ReturnState::Offered if lane.retrieval_wanted => {
            Next { code: "next-collect", ..lane.next(None, true) }.if_running(running)
        }
        ReturnState::Offered if lane.collects.is_some() => {
            Next::new("next-scheduled", Who::Lane).at(lane.collects).if_running(running)
        }
        ReturnState::Offered => Next::new("next-retrieve", Who::Operator).about(row.lane.profile()),
        ReturnState::Collecting if lane.session.is_some() => Next::new("next-answer", Who::Lane),
        ReturnState::Collecting => Next::new("next-recover", Who::Station).if_running(running),
        ReturnState::Stored => Next::new("next-publish", Who::Station).at(soon).if_running(running),
        ReturnState::Published => Next::new("next-dispose", Who::Lane).if_running(running),
        ReturnState::Disposed => Next::new("next-final", Who::Nobody),
        ReturnState::Incomplete { .. } => Next::new("next-call", Who::Operator).about(&row.offer.key),
    }
}
