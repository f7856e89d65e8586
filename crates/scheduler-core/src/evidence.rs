//! Notices: kept once, matched by identifiers to what was sent, in whatever order they come.

mod gather;

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use crate::consignment::{Consignment, ConsignmentEvent, Identifiers, Lane, Says, Status};
use crate::journal::{Draft, Event, EvidenceEvent, JournalError, KeptEvidence, LaneEvent};
use crate::partner::{CONSIGNMENT, Evidence, Notice};
use crate::shared::Core;
use crate::unmatched::Unmatched;

/// Notices looked at in one go.
const AT_ONCE: u32 = 1000;

/// How far the partner's clock may be behind ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

/// What a notice is found to be about.
#[derive(Debug, PartialEq, Eq)]
enum Match {
    /// This consignment.
    About(Box<Consignment>),
    /// A consignment that is still being sent: later.
    TooEarly,
    /// The notice that this consignment has, told once more.
    Again(Box<Consignment>),
    /// Nothing yet.
    Nothing,
}

impl Core {
    /// A file of this name may have become what a notice is about.
    pub(crate) fn stir(&self, name: &str) {
        self.unmatched(|unmatched| unmatched.stir(name));
    }

    fn unmatched<R>(&self, act: impl FnOnce(&mut Unmatched) -> R) -> R {
        act(&mut self.unmatched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn look_again(&self) {
        self.unmatched(Unmatched::look_again);
    }

    /// Matches what is kept to what was sent, if anything happened since the last look.
    pub(crate) async fn settle_evidence(&self) -> Result<(), JournalError> {
        if self.unmatched(Unmatched::settle) {
            return Ok(());
        }
        self.settle_all().await.inspect_err(|_| self.look_again())
    }

    async fn settle_all(&self) -> Result<(), JournalError> {
        let mut after = String::new();
        loop {
            let page = self.reader.unsettled_evidence(&after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.evidence.key);
            self.settle_some(page).await?;
        }
    }

    async fn settle_some(&self, page: Vec<KeptEvidence>) -> Result<(), JournalError> {
        for kept in page {
            let (lanes, evidence) = (self.sharing(&kept.lane), kept.evidence);
            let drafts = match &evidence.says {
                Notice::Available => {
                    let who = format!("notice {}", evidence.key);
                    let wanted = |lane| Draft::lane(lane, LaneEvent::RetrievalWanted { who: who.clone() });
                    lanes.iter().map(wanted).chain([matched(&evidence, None)]).collect()
                }
                Notice::Consignment { says } => match self.about(&lanes, &evidence, says).await? {
                    Some(drafts) => drafts,
                    None => continue,
                },
            };
            match self.journal.commit(drafts).await {
                // The consignment moved on in the meantime: the next look judges again.
                Err(JournalError::Illegal(_)) => self.look_again(),
                done => {
                    done?;
                    lanes.iter().for_each(|lane| self.ring(lane));
                }
            }
        }
        Ok(())
    }

    /// What follows from a notice about something sent; `None` when nothing does for now.
    async fn about(
        &self,
        lanes: &[Lane],
        evidence: &Evidence,
        says: &Says,
    ) -> Result<Option<Vec<Draft>>, JournalError> {
        if self.unmatched(|unmatched| unmatched.holds(evidence)) {
            return Ok(None);
        }
        let stirs = self.unmatched(|unmatched| unmatched.stirs());
        Ok(match self.judge(lanes, evidence).await? {
            Match::About(consignment) => {
                // Our own identifier given back is no news.
                let identifiers = without(&evidence.about, CONSIGNMENT);
                let (key, says) = (evidence.key.clone(), says.clone());
                let event = ConsignmentEvent::Evidenced { key, says, identifiers };
                Some(vec![Draft::consignment(consignment.id, event), matched(evidence, Some(&consignment))])
            }
            Match::Again(consignment) => Some(vec![matched(evidence, Some(&consignment))]),
            Match::TooEarly => {
                self.look_again();
                None
            }
            Match::Nothing => {
                self.unmatched(|unmatched| unmatched.note(evidence, stirs));
                None
            }
        })
    }

    /// Of lanes that share their notices, the one whose file it is; where files of two would do, nobody can tell, and none is.
    async fn judge(&self, lanes: &[Lane], evidence: &Evidence) -> Result<Match, JournalError> {
        let mut candidates = Vec::new();
        for lane in lanes {
            candidates.push(self.candidates(lane, evidence).await?);
        }
        for row in candidates.iter().flatten() {
            if let Some(known) = self.known(row, evidence).await? {
                return Ok(known);
            }
        }
        let mut found = candidates.into_iter().map(|rows| choose(rows, evidence)).filter(|one| *one != Match::Nothing);
        let first = found.next().unwrap_or(Match::Nothing);
        if found.next().is_some() {
            tracing::warn!(key = evidence.key, "a notice fits files of several profiles: it counts for none");
            return Ok(Match::Nothing);
        }
        Ok(first)
    }

    /// Whether it is about a transfer that a notice was about already: then it is about no other, whoever else bears the name.
    async fn known(&self, row: &Consignment, evidence: &Evidence) -> Result<Option<Match>, JournalError> {
        let Some(key) = row.evidence.as_ref().filter(|_| !evidence.about.contains_key(CONSIGNMENT)) else {
            return Ok(None);
        };
        let first = self.reader.evidence(key).await?.map(|kept| kept.evidence);
        Ok(match (is_its_transfer(row, evidence), first) {
            (true, Some(first)) if first.says == evidence.says => Some(Match::Again(Box::new(row.clone()))),
            (true, _) => Some(Match::About(Box::new(row.clone()))),
            (false, Some(first)) if is_repeated(&first, evidence) => Some(Match::Again(Box::new(row.clone()))),
            (false, _) => None,
        })
    }

    async fn candidates(&self, lane: &Lane, evidence: &Evidence) -> Result<Vec<Consignment>, JournalError> {
        if let Some(id) = evidence.about.get(CONSIGNMENT) {
            let Ok(id) = id.parse() else { return Ok(Vec::new()) };
            let named = self.reader.consignment(id).await?;
            return Ok(named.filter(|row| row.facts.lane == *lane).into_iter().collect());
        }
        match evidence.about.get("name") {
            Some(name) => self.reader.named(lane, name).await,
            None => Ok(Vec::new()),
        }
    }
}

fn matched(evidence: &Evidence, to: Option<&Consignment>) -> Draft {
    let what = Box::new(EvidenceEvent::Matched { key: evidence.key.clone(), to: to.map(|row| row.id) });
    Draft::Event(Event::Evidence { what })
}

fn without(about: &Identifiers, name: &str) -> Identifiers {
    about.iter().filter(|(known, _)| *known != name).map(|(known, value)| (known.clone(), value.clone())).collect()
}

/// The one that the notice names exactly, if it does; any number of notices may be about it.
fn choose(candidates: Vec<Consignment>, evidence: &Evidence) -> Match {
    if !evidence.about.contains_key(CONSIGNMENT) {
        return choose_by_name(candidates, evidence);
    }
    match candidates.into_iter().next() {
        Some(row) if !may_be_received(&row) || !agrees(&row, evidence) => Match::Nothing,
        Some(row) if row.state.status() == Status::Committing => Match::TooEarly,
        Some(row) => Match::About(Box::new(row)),
        None => Match::Nothing,
    }
}

fn may_be_received(row: &Consignment) -> bool {
    let status = row.state.status();
    status.reached_partner() || matches!(status, Status::Uncertain | Status::Committing)
}

/// What the notice calls it is what the journal calls it, wherever both know a name; one at least.
fn agrees(row: &Consignment, evidence: &Evidence) -> bool {
    let known = |(name, value): (&String, &String)| row.identifiers.get(name).map(|ours| ours == value);
    let mut shared = evidence.about.iter().filter_map(known).peekable();
    shared.peek().is_some() && shared.all(|same| same)
}

/// The consignment committed last before the notice's date, of the same size when the notice gives one, that no notice was matched to.
fn choose_by_name(mut candidates: Vec<Consignment>, evidence: &Evidence) -> Match {
    let size = evidence.about.get("size").and_then(|size| size.parse::<u64>().ok());
    candidates.retain(|row| {
        let same_place = ["destination", "application"].iter().all(|named| goes_there(row, evidence.about.get(*named)));
        may_be_received(row) && same_place && row.evidence.is_none() && size.is_none_or(|size| size == row.facts.size)
    });
    candidates.sort_by_key(|row| row.committed);
    let latest = evidence.at.checked_add(CLOCK_TOLERANCE).unwrap_or(Timestamp::MAX);
    let before = candidates.iter().rposition(|row| row.committed.is_some_and(|at| at <= evidence.at));
    let found = match (before, &candidates[..]) {
        (Some(index), _) => Some(candidates.swap_remove(index)),
        (None, [only]) if only.committed.is_some_and(|at| at <= latest) => Some(candidates.swap_remove(0)),
        _ => None,
    };
    match found {
        None => Match::Nothing,
        Some(row) if row.state.status() == Status::Committing => Match::TooEarly,
        Some(row) => Match::About(Box::new(row)),
    }
}

/// Identifiers that say what was sent, and not which time.
const FACTS: [&str; 4] = ["name", "size", "application", "destination"];

/// The partner calls the transfer as it called this one.
fn is_its_transfer(row: &Consignment, evidence: &Evidence) -> bool {
    let mut names = evidence.about.iter().filter(|(name, _)| !FACTS.contains(&name.as_str()));
    names.any(|(name, value)| row.identifiers.get(name) == Some(value))
}

/// The same words with the same date of their own: sent once more, under another key.
fn is_repeated(first: &Evidence, evidence: &Evidence) -> bool {
    (&first.about, &first.says, first.at) == (&evidence.about, &evidence.says, evidence.at)
}

/// Whether a consignment's destination holds the site, or the application, that a notice names.
fn goes_there(row: &Consignment, named: Option<&String>) -> bool {
    named.is_none_or(|named| row.facts.destination.split('/').any(|part| part == named))
}

#[cfg(test)]
mod tests;
