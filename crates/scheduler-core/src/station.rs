//! The top floor: opens everything from a configuration, recovers, runs, serves requests, stops.

mod decisions;
mod linking;
mod lock;
mod recover;
mod requests;
mod resumed;
mod slip;
mod timetable;
mod watcher;

use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use self::lock::{Lock, Locked};
pub use self::requests::{Followed, Spool};
use self::watcher::Watcher;
use crate::account::Operator;
use crate::clock::Clock;
use crate::consignment::{Lane, Status};
use crate::dispatch::Driver;
pub use crate::dispatch::Until;
use crate::id::{Id, Ids};
use crate::intake::Intake;
pub use crate::intake::IntakeError;
use crate::journal::{Durability, Event, Journal, JournalError, Reader, RequestEvent, StationEvent};
use crate::live::{Board, Live};
use crate::request::Command;
use crate::setup::Setup;
use crate::shared::Core;
use crate::stop::{Stop, StopLevel};
use crate::store::{Store, Way};
use crate::trace::{Phrases, Traces};

/// Why a station cannot be opened, or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// Another process is the station.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Files cannot be taken.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// A folder of the station cannot be used.
    #[error("{what} cannot be used: {error}")]
    Folder {
        /// Which.
        what: String,
        /// Why.
        error: io::Error,
    },
}

impl StationError {
    /// Stable code for catalogues.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked(_) => "station-locked",
            Self::Journal(error) => error.code(),
            Self::Intake(error) => error.code(),
            Self::Folder { error, .. } if error.kind() == io::ErrorKind::StorageFull => "disk-full",
            Self::Folder { .. } => "station-folder",
        }
    }
}

/// How long a pass, or a command, waits for a disk that refuses what must not be forgotten, unless [`Station::give_up_after`] says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the caller decides beside the configuration.
pub struct Options {
    /// The words of the traces.
    pub phrases: Phrases,
    /// The clock.
    pub clock: Clock,
    /// The operator's stop request.
    pub stop: Stop,
    /// The journal's durability.
    pub durability: Durability,
    /// How files come into the store.
    pub way: Way,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("durability", &self.durability).field("way", &self.way).finish_non_exhaustive()
    }
}

/// The one sender of a data folder. Dropping it gives the lock back; a crash leaves nothing that a start does not mend.
#[derive(Debug)]
pub struct Station {
    core: Arc<Core>,
    intake: Intake,
    spool: Spool,
    patience: Duration,
    /// The run before ended in order.
    after_order: bool,
    /// Made before anything of this run.
    first: Id,
    _lock: Lock,
}

impl Station {
    /// Takes the lock, opens the journal and the store, and mends what a crash left.
    ///
    /// # Errors
    ///
    /// [`StationError::Locked`] when another process is the station; otherwise what cannot be opened.
    pub async fn open(setup: Setup, options: Options) -> Result<Self, StationError> {
        let data_dir = setup.settings.data_dir.clone();
        folder("the data folder", crate::platform::create_folders(&data_dir))?;
        let lock = Lock::take(&data_dir)?;
        let (journal, reader) = Journal::open(&data_dir, options.clock.clone(), options.durability).await?;
        let store = folder("the store", Store::open(&data_dir))?;
        let timezone = setup.settings.timezone.clone();
        let traces = folder("the trace folder", Traces::open(&setup.settings.trace_dir, timezone, options.phrases))?;
        let spool = folder("the request folder", Spool::open(&data_dir))?;
        let ids = Arc::new(Ids::after(reader.last_id().await?));
        let (after_order, first) = (reader.stopped_in_order().await?, ids.next(options.clock.now()));
        let (setup, clock) = (Arc::new(setup), options.clock);
        let board = Arc::new(Board::default());
        board.change(|live| (live.pid, live.started) = (std::process::id(), Some(clock.now())));
        let intake = Intake {
            setup: Arc::clone(&setup),
            store: store.clone(),
            journal: journal.clone(),
            reader: reader.clone(),
            ids: Arc::clone(&ids),
            clock: clock.clone(),
            way: options.way,
        };
        let (doors, bells) = (Core::doors(&setup, clock.moment()), Core::bells(&setup));
        let (stop, copying) = (options.stop, tokio::sync::Mutex::default());
        let (patience, unmatched) = (std::sync::Mutex::default(), std::sync::Mutex::default());
        let answered = std::sync::Mutex::default();
        let core = Arc::new(Core {
            setup,
            journal,
            reader,
            store,
            traces,
            board,
            clock,
            stop,
            ids,
            doors,
            bells,
            copying,
            patience,
            unmatched,
            answered,
        });
        let station = Self { core, intake, spool, patience: PATIENCE, after_order, first, _lock: lock };
        station.recover().await?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let started = Event::Station { what: StationEvent::Started { version } };
        station.core.journal.commit(vec![started.into()]).await?;
        Ok(station)
    }

    /// How long a pass, or a command, waits in all for a disk that refuses.
    pub fn give_up_after(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// The journal, to be read.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.core.reader
    }

    /// The live picture.
    #[must_use]
    pub fn live(&self) -> Live {
        self.core.board.look()
    }

    /// The live picture's holder, to be followed while the station runs.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.core.board)
    }

    /// Watches, sends, collects and serves requests until asked to stop.
    ///
    /// # Errors
    ///
    /// [`StationError`] when the journal closes; a full disk is waited out.
    pub async fn run(&self) -> Result<(), StationError> {
        self.core.wait_at_most(None);
        let watcher = self.watcher(WatchMode::Service);
        let lanes = self.drive(Until::Stopped);
        tokio::select! {
            () = lanes => {}
            () = async {
                tokio::join!(
                    watcher.run(),
                    self.serve_spool(),
                    self.follow_evidence(),
                    self.follow_schedules(),
                    self.publish_live(),
                    self.tidy(),
                );
            } => {}
        }
        self.stopped().await
    }

    /// Looks, waits the quiet period, looks again, accepts, sends and collects what is due, by its schedule too, returns (R9). A disk that refuses is waited for a
    /// minute at most ([`PATIENCE`]): then the pass ends, and what the partners answered is put aside for the next start.
    ///
    /// # Errors
    ///
    /// [`StationError`] when the journal closes, or its disk refuses.
    pub async fn run_once(&self, until: Until) -> Result<(), StationError> {
        self.core.wait_at_most(Some(self.patience));
        let work = async {
            self.core.gather_evidence().await?;
            self.keep_schedules().await?;
            self.watcher(WatchMode::Once).look_twice().await?;
            self.drive(until).await;
            self.core.gather_evidence().await?;
            self.core.resume_returns().await?;
            self.drive(until).await;
            self.core.make_copies().await?;
            self.core.link_returns().await?;
            Ok::<_, StationError>(())
        };
        tokio::select! {
            done = work => done?,
            () = self.publish_live() => {}
            () = self.core.stop.reached(StopLevel::Now) => {}
        }
        self.stopped().await
    }

    /// Serves one command in this process, and drives the lanes that it concerns until `until`; the others are left alone.
    ///
    /// # Errors
    ///
    /// [`StationError`] when the journal closes; what the command could not do is told in the request's end.
    pub async fn serve(&self, command: Command, who: impl Into<Operator>, until: Until) -> Result<Id, StationError> {
        self.core.wait_at_most(Some(self.patience));
        let (id, who) = (self.core.ids.next(self.core.clock.now()), who.into());
        let work = async {
            let mut lanes = self.concerned(&command);
            let resends = matches!(command, Command::Resend { .. });
            self.perform(id, command, &who).await?;
            if resends {
                lanes.extend(self.hastened(id).await?);
            }
            self.drive_some(until, &lanes).await;
            self.core.gather_evidence().await?;
            self.core.make_copies().await?;
            self.core.link_returns().await?;
            Ok::<_, StationError>(())
        };
        tokio::select! {
            done = work => done?,
            () = self.publish_live() => {}
        }
        self.stopped().await?;
        Ok(id)
    }

    /// Whether anything of the station still waits for a later instant, or for an operator.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the journal cannot be read.
    pub async fn pending(&self) -> Result<u64, JournalError> {
        let counts = self.core.reader.counts().await?;
        Ok(counts.iter().filter(|(status, _)| Status::is_pending(**status)).map(|(_, count)| count).sum())
    }

    async fn drive(&self, until: Until) {
        let lanes: Vec<Lane> = self.core.setup.lanes.keys().cloned().collect();
        self.drive_some(until, &lanes).await;
    }

    /// The lanes that a command sets to work.
    fn concerned(&self, command: &Command) -> Vec<Lane> {
        match command {
            Command::Send { scenario, .. } => {
                self.core.setup.scenario(scenario).map(|known| known.lane.clone()).into_iter().collect()
            }
            Command::Retrieve { profile } => {
                let wanted = |lane: &&Lane| profile.as_deref().is_none_or(|profile| lane.profile() == profile);
                self.core.setup.lanes.keys().filter(wanted).cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The lane of what a request had sent at once, if it did and did not only propose it.
    async fn hastened(&self, request: Id) -> Result<Option<Lane>, JournalError> {
        let ended = self.core.reader.request(request).await?.and_then(|request| request.ended);
        let Some(RequestEvent::Done { touched }) = ended else { return Ok(None) };
        let Some(last) = touched.last() else { return Ok(None) };
        let row = self.core.reader.consignment(*last).await?;
        Ok(row.filter(|row| row.state.status() == Status::Queued && row.proposal.is_none()).map(|row| row.facts.lane))
    }

    async fn drive_some(&self, until: Until, wanted: &[Lane]) {
        let mut lanes = tokio::task::JoinSet::new();
        for (lane, connection) in self.core.setup.lanes.iter().filter(|(lane, _)| wanted.contains(lane)) {
            let driver = Driver::new(&self.core, lane, connection);
            lanes.spawn(async move { driver.run(until).await });
        }
        while let Some(done) = lanes.join_next().await {
            if let Err(error) = done {
                self.core.report("lane-crashed", &error);
            }
        }
    }

    fn watcher(&self, mode: WatchMode) -> Watcher {
        Watcher::new(Arc::clone(&self.core), self.intake.clone(), mode)
    }

    /// What an orderly stop left in the store all the same: what a full disk kept the journal from taking.
    async fn tidy(&self) {
        if self.after_order
            && let Err(error) = self.tidy_store(Some(self.first)).await
        {
            self.core.report(error.code(), &error);
        }
    }

    async fn publish_live(&self) {
        self.core.board.publish(&self.core.setup.settings.data_dir, &self.core.clock).await;
    }

    /// Notices, and what a full folder left unpublished or uncopied, are looked at once every rescan.
    async fn follow_evidence(&self) {
        loop {
            if let Err(error) = self.core.gather_evidence().await {
                self.core.report(error.code(), &error);
            }
            if let Err(error) = self.core.resume_returns().await {
                self.core.report(error.code(), &error);
            }
            if let Err(error) = self.core.make_copies().await {
                self.core.report(error.code(), &error);
            }
            if let Err(error) = self.core.link_returns().await {
                self.core.report(error.code(), &error);
            }
            tokio::time::sleep(self.core.setup.settings.rescan).await;
        }
    }

    async fn stopped(&self) -> Result<(), StationError> {
        self.core.journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()]).await?;
        let _ = std::fs::remove_file(crate::live::file(&self.core.setup.settings.data_dir));
        Ok(())
    }
}

/// How folders are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchMode {
    /// For ever, woken by events.
    Service,
    /// Twice, a quiet period apart.
    Once,
}

fn folder<T>(what: &str, done: io::Result<T>) -> Result<T, StationError> {
    done.map_err(|error| StationError::Folder { what: what.to_owned(), error })
}
