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

use super::slip::{self, Slip};
use super::{Station, StationError};
use crate::account::Operator;
use crate::consignment::{ConsignmentEvent, Decision, Lane, Why};
use crate::id::Id;
use crate::journal::{
    Draft, Event, GateEvent, JournalError, LaneEvent, PauseEvent, Reader, RequestEvent, Requested, StationEvent,
};
use crate::request::Command;
use crate::shared::why;

/// How often the spool is looked at, and an answer asked for.
const PERIOD: Duration = Duration::from_millis(200);

/// The folder of requests of a station.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// How following a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The service ended it.
    Ended(RequestEvent),
    /// The service did not take it in time, and the request was withdrawn; or it could not read it, and dropped it.
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

    /// Leaves a request for the service, which takes the slip's owner for its author; `who` is kept beside, and counts when root says it.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn leave(&self, command: &Command, who: &str, now: Timestamp) -> io::Result<Id> {
        let id = Id::foreign(now, std::process::id());
        slip::write(&self.slip(id), &Slip { id: Some(id), command: command.clone(), who: who.to_owned() })?;
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
                None if waited < patience => {}
                None => match fs::remove_file(self.slip(id)) {
                    Ok(()) => return Ok(Followed::NoAnswer),
                    // Taken between two looks, or dropped: a slip only goes once the journal holds the request.
                    Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_in_hand(id) => {
                        if reader.request(id).await?.is_none() {
                            return Ok(Followed::NoAnswer);
                        }
                    }
                    Err(_) => {}
                },
            }
            tokio::time::sleep(PERIOD).await;
            waited += PERIOD;
        }
    }

    fn slip(&self, id: Id) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Where the slip stands while it is served: its author can withdraw it no more.
    fn hand(&self, id: Id) -> PathBuf {
        self.folder.join(format!("{id}.hand"))
    }

    fn is_in_hand(&self, id: Id) -> bool {
        fs::symlink_metadata(self.hand(id)).is_ok()
    }

    /// Takes a slip from its author: either he withdraws it or it is served, never both. One that a crash left in hand is taken already.
    fn take(&self, id: Id) -> io::Result<PathBuf> {
        let hand = self.hand(id);
        match fs::rename(self.slip(id), &hand) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_in_hand(id) => Ok(hand),
            taken => taken.map(|()| hand),
        }
    }

    fn waiting(&self) -> io::Result<Vec<Id>> {
        let id = |name: &str| name.strip_suffix(".json").or_else(|| name.strip_suffix(".hand"))?.parse().ok();
        let mut ids: Vec<Id> =
            fs::read_dir(&self.folder)?.filter_map(|entry| id(entry.ok()?.file_name().to_str()?)).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
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
        let slip = match self.spool.take(id) {
            // Withdrawn since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            taken => super::folder("the request folder", taken)?,
        };
        match self.core.reader.request(id).await? {
            None => match slip::read(&slip, id) {
                Ok(found) if found.allowed => {
                    self.perform(id, found.command, &found.operator).await?;
                    self.core.make_copies().await?;
                }
                Ok(found) => self.turn_away(id, found.command, &found.operator).await?,
                Err(error) if slip::may_be_read_later(&error) => return super::folder("a request", Err(error)),
                Err(error) => tracing::warn!(%id, %error, "a request cannot be read and is dropped"),
            },
            // Its end could not be journalled: its author is told so, and asks again.
            Some(Requested { ended: None, .. }) => self.interrupted(id).await?,
            Some(_) => {}
        }
        super::folder("the request folder", fs::remove_file(slip))
    }

    /// Journals that a request was not served to its end.
    pub(super) async fn interrupted(&self, id: Id) -> Result<(), JournalError> {
        let what = RequestEvent::Failed { why: Why::code("request-interrupted") };
        self.core.journal.commit(vec![Event::Request { id, what }.into()]).await.map(drop)
    }

    /// Journals a request whose author is not listened to.
    async fn turn_away(&self, id: Id, command: Command, operator: &Operator) -> Result<(), StationError> {
        let why = Why::with("request-not-allowed", operator.who());
        let events = [taken(command, operator), RequestEvent::Failed { why }];
        let drafts = events.into_iter().map(|what| Event::Request { id, what }.into()).collect();
        self.core.journal.commit(drafts).await?;
        Ok(())
    }

    /// Journals the request, does it, journals its end.
    pub(super) async fn perform(&self, id: Id, command: Command, operator: &Operator) -> Result<(), StationError> {
        let what = taken(command.clone(), operator);
        self.core.journal.commit(vec![Event::Request { id, what }.into()]).await?;
        let what = match self.act(command, operator).await {
            Ok(touched) => RequestEvent::Done { touched },
            Err(why) => RequestEvent::Failed { why },
        };
        self.core.journal.commit(vec![Event::Request { id, what }.into()]).await?;
        self.core.ring_all();
        Ok(())
    }

    async fn act(&self, command: Command, operator: &Operator) -> Result<Vec<Id>, Why> {
        command.check_reason().map_err(|error| why(error.code(), &error))?;
        let who = operator.who().to_owned();
        if command.waits_for_resume() && self.core.is_held() {
            return Err(Why::code("station-restored"));
        }
        match command {
            Command::Send { files, scenario } => {
                let scenario =
                    self.core.setup.scenario(&scenario).ok_or_else(|| Why::with("unknown-scenario", scenario))?;
                let taken = self.intake.take(&files, scenario).await;
                taken.map_err(|error| why(error.code(), &error))
            }
            Command::Retrieve { profile } => self.want_retrieval(profile.as_deref(), &who).await,
            Command::Pause { scope, why } => self.draft(vec![pause(scope, PauseEvent::Paused { who, why })]).await,
            Command::Resume { scope, why } => self.resume(scope, who, why).await,
            Command::Resolve { id, verdict, why } => {
                self.decide(id, Decision::Resolve { verdict }, operator, why).await
            }
            Command::Release { id, why } => self.decide(id, Decision::Release, operator, why).await,
            Command::Resend { id, why } => self.decide(id, Decision::Resend, operator, why).await,
            Command::Cancel { id, why } => self.cancel(id, who, why).await,
            Command::NoteBackup { backup } => {
                self.draft(vec![Event::Station { what: StationEvent::BackedUp { backup } }.into()]).await
            }
            Command::ResumeAfterRestore { numbers, why } => self.resume_after_restore(&numbers, who, why).await,
            Command::Link { id, to, why } => self.link(id, to, who, why).await,
            Command::Unlink { id, why } => self.unlink(id, who, why).await,
            Command::Dismiss { id, why } => self.dismiss(id, who, why).await,
            Command::Purge { before, why } => self.core.purge(before, &who, &why).await,
        }
    }

    pub(super) async fn draft(&self, drafts: Vec<Draft>) -> Result<Vec<Id>, Why> {
        self.core.journal.commit(drafts).await.map_err(|error| why(error.code(), &error))?;
        Ok(Vec::new())
    }

    pub(super) async fn change(&self, id: Id, event: ConsignmentEvent) -> Result<Vec<Id>, Why> {
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
    async fn resume(&self, scope: String, who: String, why: Option<String>) -> Result<Vec<Id>, Why> {
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
        drafts.extend(
            scopes.into_iter().map(|scope| pause(scope, PauseEvent::Unpaused { who: who.clone(), why: why.clone() })),
        );
        self.draft(drafts).await
    }

    /// The end points of these lanes that nobody connects to for now.
    pub(super) fn resting_gates(&self, lanes: &[&Lane]) -> BTreeSet<String> {
        let small = self.core.journal.small();
        let gate = |lane: &&&Lane| self.core.setup.lanes.get(**lane).map(|connection| connection.partner.gate().key);
        lanes.iter().filter_map(|lane| gate(&lane)).filter(|gate| small.gate(gate).rests.is_some()).collect()
    }
}

fn taken(command: Command, operator: &Operator) -> RequestEvent {
    RequestEvent::Taken { command, who: operator.who().to_owned(), claimed: operator.claimed.clone() }
}

fn pause(scope: String, what: PauseEvent) -> Draft {
    Draft::Event(Event::Pause { scope, what })
}
