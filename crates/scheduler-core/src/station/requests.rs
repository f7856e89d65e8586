//! Requests: spooled as files by any process, taken, journalled and served by the one that holds the lock.
//!
//! The journal has one appender; therefore a command does not write in it but leaves `requests/<id>.json`, and follows the
//! request's end in the journal.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Station, StationError};
use crate::consignment::{ConsignmentEvent, Lane, Status, Why};
use crate::id::Id;
use crate::journal::{Draft, Event, GateEvent, JournalError, LaneEvent, PauseEvent, Reader, RequestEvent, Requested};
use crate::request::Command;
use crate::shared::why;

/// How often the spool is looked at, and an answer asked for.
const PERIOD: Duration = Duration::from_millis(200);

/// The folder of requests of a station.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct Slip {
    command: Command,
    who: String,
}

/// How following a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The service ended it.
    Ended(RequestEvent),
    /// The service did not take it in time; the request was withdrawn.
    NoAnswer,
}

impl Spool {
    /// The spool of `data_dir`, created if absent.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join("requests");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Leaves a request for the service.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn leave(&self, command: &Command, who: &str, now: Timestamp) -> io::Result<Id> {
        let id = Id::foreign(now, std::process::id());
        let slip = Slip { command: command.clone(), who: who.to_owned() };
        crate::platform::write_durably(&self.slip(id), &serde_json::to_vec(&slip)?)?;
        Ok(id)
    }

    /// Waits until the service has ended the request; withdraws it when nobody takes it within `patience`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the journal cannot be read.
    pub async fn follow(&self, id: Id, reader: &Reader, patience: Duration) -> Result<Followed, JournalError> {
        let mut waited = Duration::ZERO;
        loop {
            match reader.request(id).await? {
                Some(Requested { ended: Some(end), .. }) => return Ok(Followed::Ended(end)),
                Some(_) => {}
                None if waited >= patience && fs::remove_file(self.slip(id)).is_ok() => return Ok(Followed::NoAnswer),
                None => {}
            }
            tokio::time::sleep(PERIOD).await;
            waited += PERIOD;
        }
    }

    fn slip(&self, id: Id) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn waiting(&self) -> io::Result<Vec<Id>> {
        let mut ids: Vec<Id> = fs::read_dir(&self.folder)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.parse().ok())
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn read(&self, id: Id) -> io::Result<Slip> {
        Ok(serde_json::from_slice(&fs::read(self.slip(id))?)?)
    }
}

impl Station {
    /// Serves what is left in the spool, for ever.
    pub(super) async fn serve_spool(&self) {
        loop {
            for id in self.spool.waiting().unwrap_or_default() {
                if let Err(error) = self.serve_slip(id).await {
                    self.core.report(error.code(), &error);
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn serve_slip(&self, id: Id) -> Result<(), StationError> {
        if self.core.reader.request(id).await?.is_none() {
            match self.spool.read(id) {
                Ok(slip) => {
                    self.perform(id, slip.command, &slip.who).await?;
                    self.core.make_copies().await?;
                }
                Err(error) => tracing::warn!(%id, %error, "a request cannot be read and is dropped"),
            }
        }
        super::folder("the request folder", fs::remove_file(self.spool.slip(id)))
    }

    /// Journals the request, does it, journals its end.
    pub(super) async fn perform(&self, id: Id, command: Command, who: &str) -> Result<(), StationError> {
        let taken = RequestEvent::Taken { command: command.clone(), who: who.to_owned() };
        self.core.journal.commit(vec![Event::Request { id, what: taken }.into()]).await?;
        let what = match self.act(command, who).await {
            Ok(touched) => RequestEvent::Done { touched },
            Err(why) => RequestEvent::Failed { why },
        };
        self.core.journal.commit(vec![Event::Request { id, what }.into()]).await?;
        self.core.ring_all();
        Ok(())
    }

    async fn act(&self, command: Command, who: &str) -> Result<Vec<Id>, Why> {
        let who = who.to_owned();
        match command {
            Command::Send { files, scenario } => {
                let scenario =
                    self.core.setup.scenario(&scenario).ok_or_else(|| Why::with("unknown-scenario", scenario))?;
                let taken = self.intake.take(&files, scenario).await;
                taken.map_err(|error| why(error.code(), &error))
            }
            Command::Retrieve { profile } => self.want_retrieval(profile.as_deref(), &who).await,
            Command::Pause { scope } => self.draft(vec![pause(scope, PauseEvent::Paused { who })]).await,
            Command::Resume { scope } => self.resume(scope, who).await,
            Command::Resolve { id, verdict, why } => {
                self.change(id, ConsignmentEvent::Resolved { verdict, who, why }).await
            }
            Command::Release { id, why } => self.release(id, who, why).await,
            Command::Cancel { id, why } => self.change(id, ConsignmentEvent::Cancelled { who, why }).await,
            Command::Purge { before, why } => self.core.purge(before, &who, &why).await,
        }
    }

    async fn draft(&self, drafts: Vec<Draft>) -> Result<Vec<Id>, Why> {
        self.core.journal.commit(drafts).await.map_err(|error| why(error.code(), &error))?;
        Ok(Vec::new())
    }

    async fn change(&self, id: Id, event: ConsignmentEvent) -> Result<Vec<Id>, Why> {
        self.draft(vec![Draft::consignment(id, event)]).await?;
        Ok(vec![id])
    }

    async fn want_retrieval(&self, profile: Option<&str>, who: &str) -> Result<Vec<Id>, Why> {
        let lanes: Vec<&Lane> = self.lanes_of(profile)?;
        let event = |lane: &&Lane| Draft::lane(lane, LaneEvent::RetrievalWanted { who: who.to_owned() });
        self.draft(lanes.iter().map(event).collect()).await
    }

    fn lanes_of(&self, profile: Option<&str>) -> Result<Vec<&Lane>, Why> {
        let wanted = |lane: &&Lane| profile.is_none_or(|profile| lane.profile() == profile);
        let lanes: Vec<_> = self.core.setup.lanes.keys().filter(wanted).collect();
        if lanes.is_empty() {
            return Err(Why::with("unknown-profile", profile.unwrap_or_default()));
        }
        Ok(lanes)
    }

    /// Lets a scope go again, with everything inside it; a suspended profile, and what rests after failures, too, when the scope covers it.
    async fn resume(&self, scope: String, who: String) -> Result<Vec<Id>, Why> {
        let profile = match scope.split_once(':') {
            Some(("profile", profile)) => Some(profile.to_owned()),
            _ => None,
        };
        let mut drafts = Vec::new();
        if scope == "all" || profile.is_some() {
            let lanes = self.lanes_of(profile.as_deref())?;
            drafts.extend(lanes.iter().map(|lane| Draft::lane(lane, LaneEvent::Resumed { who: who.clone() })));
            drafts.extend(
                self.resting_gates(&lanes)
                    .into_iter()
                    .map(|gate| Draft::Event(Event::Gate { gate, what: GateEvent::Resumed { who: who.clone() } })),
            );
        }
        let mut scopes = vec![scope];
        if scopes[0] == "all" {
            scopes.extend(self.core.journal.small().pauses.iter().filter(|scope| *scope != "all").cloned());
        }
        drafts.extend(scopes.into_iter().map(|scope| pause(scope, PauseEvent::Unpaused { who: who.clone() })));
        self.draft(drafts).await
    }

    /// The end points of these lanes that nobody connects to for now.
    fn resting_gates(&self, lanes: &[&Lane]) -> BTreeSet<String> {
        let small = self.core.journal.small();
        let gate = |lane: &&&Lane| self.core.setup.lanes.get(**lane).map(|connection| connection.partner.gate().key);
        lanes.iter().filter_map(|lane| gate(&lane)).filter(|gate| small.gate(gate).rests.is_some()).collect()
    }

    /// A file without its backup gets it first (R3): it may be held for another reason and lack it too.
    async fn release(&self, id: Id, who: String, reason: String) -> Result<Vec<Id>, Why> {
        let row = self.core.reader.consignment(id).await.map_err(|error| why(error.code(), &error))?;
        if let Some(row) = row.filter(|row| row.state.status() == Status::Held)
            && let Some(scenario) = self.core.setup.scenario(&row.facts.scenario)
        {
            self.intake.back_up(id, &row.facts.name, scenario).map_err(|error| why("backup-failed", &error))?;
        }
        self.change(id, ConsignmentEvent::Released { who, why: reason }).await
    }
}

fn pause(scope: String, what: PauseEvent) -> Draft {
    Draft::Event(Event::Pause { scope, what })
}
