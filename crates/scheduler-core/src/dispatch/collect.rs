//! Collecting what the partner holds: each offer once, remembered for ever (durability rule 5).

use super::{Driver, Tally};
use crate::consignment::Why;
use crate::crash::CrashPoint;
use crate::id::Id;
use crate::journal::{Draft, JournalError};
use crate::live::LiveFile;
use crate::partner::{Again as When, Context, Fault, Phase, Reach, Received, Session};
use crate::platform;
use crate::returned::{Completeness, Offer, Return, ReturnEvent, ReturnState};
use crate::returns::{Again, Naming, SPACE_MARGIN};
use crate::stop::StopLevel;
use crate::store::Sink;
use crate::trace::Entry;

impl Driver {
    /// Collects every offer not collected yet; returns the fault that ended it, if one did.
    pub(super) async fn collect_all(
        &self,
        session: &mut dyn Session,
        context: &Context,
        tally: &mut Tally,
    ) -> Result<Option<Fault>, JournalError> {
        context.phase(Phase::Receive);
        let before = self.core.reader.head().await?.seq;
        if let Some(occurrence) = self.core.journal.small().lane(&self.lane).schedule.and_then(|mark| mark.owed) {
            context.trace(Entry::Scheduled { occurrence });
        }
        let listed = tokio::select! {
            listed = session.offers(context) => listed,
            () = self.core.stop.reached(StopLevel::Now) => return Ok(None),
        };
        let offers = match listed {
            Ok(offers) => offers,
            Err(fault) => return Ok(Some(fault)),
        };
        let fresh = self.fresh(&offers, context).await?;
        context.trace(Entry::Listed { offers: offers.len() as u64, fresh: fresh.len() as u64 });
        for row in fresh {
            if self.core.stop.is_asked() {
                return Ok(None);
            }
            if let Some(fault) =
                self.collect(session, context, &row, tally).await?.filter(|fault| fault.reach != Reach::Consignment)
            {
                return Ok(Some(fault));
            }
        }
        self.core.journal.commit(vec![Draft::Retrieved { lane: self.lane.clone(), listed: before }]).await?;
        Ok(None)
    }

    /// Journals offers seen for the first time, or given again after an incomplete read; tells those to collect.
    async fn fresh(&self, offers: &[Offer], context: &Context) -> Result<Vec<Return>, JournalError> {
        let mut ids: Vec<Id> = Vec::new();
        for offer in offers {
            let known = self.core.reader.return_of(&self.lane, &offer.key).await?;
            let id = match known {
                // A listing may name an offer twice.
                Some(row) if ids.contains(&row.id) => continue,
                Some(row) if row.state == ReturnState::Offered => {
                    ids.push(row.id);
                    continue;
                }
                Some(row) if matches!(row.state, ReturnState::Incomplete { .. }) => row.id,
                Some(_) => continue,
                None => self.core.ids.next(context.now()),
            };
            let event = ReturnEvent::Offered { lane: self.lane.clone(), gate: self.gate.clone(), offer: offer.clone() };
            self.core.journal.commit(vec![Draft::returned(id, event)]).await?;
            context.trace(Entry::Offered { name: offer.name.clone(), key: offer.key.clone() });
            ids.push(id);
        }
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(self.core.reader.returned(id).await?);
        }
        Ok(rows)
    }

    /// One offer, from the pacing to the disposal.
    async fn collect(
        &self,
        session: &mut dyn Session,
        context: &Context,
        row: &Return,
        tally: &mut Tally,
    ) -> Result<Option<Fault>, JournalError> {
        if let Some(fault) = self.no_space(row) {
            return Ok(Some(fault));
        }
        let delay = self.connection.delay_down();
        let turn = if delay.is_zero() { None } else { Some(self.core.doors[&self.gate].turn.lock().await) };
        if !self.pace(context, delay).await {
            return Ok(None);
        }
        let naming = Naming { connection: &self.connection, now: context.now() };
        let mut sink = match self.core.store.sink(row.id, naming.searcher()).await {
            Ok(sink) => sink,
            Err(error) => return Ok(Some(store_fault(&error))),
        };
        self.core
            .journal
            .commit(vec![Draft::returned(row.id, ReturnEvent::Collecting { session: context.session })])
            .await?;
        CrashPoint::Collecting.pass();
        self.core.board.phase(&self.lane, Phase::Receive, context.now());
        self.core.board.file(&self.lane, Some(in_hand(row, context)));
        let read = tokio::select! {
            read = session.collect(&row.offer, &mut sink, context) => read,
            () = self.core.stop.reached(StopLevel::Now) => Err(Fault::session("stopped-by-operator", None).maybe_received()),
        };
        self.core.doors[&self.gate].ended(self.core.clock.moment());
        self.core.board.file(&self.lane, None);
        let kept = match read {
            Ok(completeness) => self.keep(row, sink, completeness, &naming, context).await?,
            Err(fault) => Some(self.missed(row, sink.size(), fault, context).await?),
        };
        drop(turn);
        if kept.is_none() {
            tally.received += 1;
            self.close_return(session, context, row).await?;
        }
        Ok(kept)
    }

    /// Bytes in the store, then the journal; `Some` when the disk refused them.
    async fn keep(
        &self,
        row: &Return,
        sink: Sink,
        completeness: Completeness,
        naming: &Naming<'_>,
        context: &Context,
    ) -> Result<Option<Fault>, JournalError> {
        let size = sink.size();
        match self.core.store.finish(row.id, sink, completeness).await {
            Ok((collected, label)) => {
                let draft = || vec![naming.stored(&self.core, row, collected.clone(), label.clone())];
                self.core.commit_firmly(draft).await?;
                CrashPoint::Stored.pass();
                let proven = completeness == Completeness::Proven;
                context.trace(Entry::Collected { id: row.id, name: row.offer.name.clone(), size, proven });
                Ok(None)
            }
            Err(error) => {
                let fault = store_fault(&error).maybe_received();
                Ok(Some(self.missed(row, size, fault, context).await?))
            }
        }
    }

    /// A read that failed: offered again if surely nothing was consumed, incomplete otherwise.
    async fn missed(
        &self,
        row: &Return,
        received: u64,
        fault: Fault,
        context: &Context,
    ) -> Result<Fault, JournalError> {
        let why = fault.why();
        let event = if fault.received == Received::Maybe && row.offer.consuming {
            let (name, key, contact) = (row.offer.name.clone(), row.offer.key.clone(), self.connection.contact());
            context.trace(Entry::Incomplete { id: row.id, name, key, why: why.clone(), contact });
            ReturnEvent::Incomplete { why, received }
        } else {
            ReturnEvent::Missed { why }
        };
        self.core.commit_firmly(|| vec![Draft::returned(row.id, event.clone())]).await?;
        Ok(fault)
    }

    /// Operator's folder, then the partner's copy.
    async fn close_return(
        &self,
        session: &mut dyn Session,
        context: &Context,
        row: &Return,
    ) -> Result<(), JournalError> {
        let Some(published) = self.core.publish(row.id, Again::No).await? else { return Ok(()) };
        self.core.board.change(|live| live.published += 1);
        context.trace(Entry::Published { id: row.id, path: published.path.unwrap_or_default() });
        match session.dispose(&row.offer, context).await {
            Ok(()) => self.core.journal.commit(vec![Draft::returned(row.id, ReturnEvent::Disposed)]).await.map(drop),
            Err(fault) => {
                context.trace(Entry::Failed { why: fault.why(), until: None });
                Ok(())
            }
        }
    }

    /// Space is checked before anything is consumed.
    fn no_space(&self, row: &Return) -> Option<Fault> {
        let free = platform::available_space(&self.core.setup.settings.data_dir).ok()?;
        let needed = row.offer.size.unwrap_or_default().saturating_add(SPACE_MARGIN);
        (free < needed).then(|| Fault {
            received: Received::No,
            again: When::At(None),
            reach: Reach::Session,
            code: "disk-full".to_owned(),
            words: Some(format!("{free} < {needed}")),
        })
    }
}

fn store_fault(error: &std::io::Error) -> Fault {
    let why = Why::with(
        if error.kind() == std::io::ErrorKind::StorageFull { "disk-full" } else { "store-failed" },
        error.to_string(),
    );
    Fault::session(why.code, why.words)
}

fn in_hand(row: &Return, context: &Context) -> LiveFile {
    LiveFile {
        id: row.id,
        scenario: row.lane.profile().to_owned(),
        name: row.offer.name.clone(),
        done: 0,
        total: row.offer.size,
        since: context.now(),
    }
}
