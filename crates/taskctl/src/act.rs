//! Commands that act: served here when the station is free, left to its service otherwise, followed to their end either way.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::account::Operator;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::id::Id;
use scheduler_core::journal::{Event, JournalError, Reader, Recorded, RequestEvent};
use scheduler_core::live;
use scheduler_core::partner::{Channel, FieldProblem};
use scheduler_core::request::Command;
use scheduler_core::returned::ReturnEvent;
use scheduler_core::station::{Followed, Locked, Spool, Station, StationError, Until};
use scheduler_core::stop::Stopper;

use crate::catalogue::Language;
use crate::command::outcome::{Outcome, Settled};
use crate::config::Loaded;
use crate::look::running;
use crate::output::{Bars, Style};
use crate::setup;

/// How long the service may take to take a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often progress is shown.
const PERIOD: Duration = Duration::from_millis(250);

/// Without any change for that long, files that the service has in hand are no longer followed.
const STILL: Duration = Duration::from_secs(900);

/// Most returns listed after a command.
const LISTED: u32 = 500;

/// Why a command could not be served at all.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The station cannot be opened, or had to stop.
    #[error(transparent)]
    Station(#[from] StationError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A request cannot be left for the service.
    #[error("the request cannot be left: {0}")]
    Spool(#[from] std::io::Error),
    /// A channel cannot use what is configured.
    #[error("a channel cannot use the configuration")]
    Fields(Vec<FieldProblem>),
    /// The operator interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl ActError {
    /// Stable code for the catalogue.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Station(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Spool(error) if error.kind() == ErrorKind::PermissionDenied => "request-forbidden",
            Self::Spool(_) => "station-folder",
            Self::Fields(problems) => problems.first().map_or("configuration", |problem| problem.code),
            Self::Interrupted => "stopped-by-operator",
        }
    }
}

/// Does `command`, here or through the service, and tells how it ended.
///
/// # Errors
///
/// [`ActError`]; what the station refused to do is an [`Outcome`].
pub async fn act(
    command: Command,
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    style: Style,
) -> Result<Outcome, ActError> {
    let clock = Clock::system();
    let started = clock.now();
    let stopper = Stopper::default();
    let setup = setup::setup(loaded, channels).map_err(ActError::Fields)?;
    match Station::open(setup, setup::options(loaded.language, stopper.listener())).await {
        Ok(station) => {
            let id = serve(&station, command, &stopper, Bars::new(loaded.language, style)).await?;
            outcome(station.reader(), id, None, started).await
        }
        Err(StationError::Locked(Locked::Held { .. })) => delegate(command, loaded, style).await,
        // An account that may ask, and not be the station.
        Err(StationError::Locked(Locked::Unusable(error)))
            if error.kind() == ErrorKind::PermissionDenied && running(&loaded.settings.data_dir).is_some() =>
        {
            delegate(command, loaded, style).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Who asks: this process's account.
#[must_use]
pub fn operator() -> Operator {
    Operator::of_process(|name| std::env::var(name).ok())
}

/// Serves the command in this process. Interrupted once, the file in hand is finished; twice, everything stops at once.
async fn serve(station: &Station, command: Command, stopper: &Stopper, mut bars: Bars) -> Result<Id, ActError> {
    let board = station.board();
    let mut interrupted = false;
    let served = station.serve(command, operator(), Until::NothingDue);
    tokio::pin!(served);
    let done = loop {
        tokio::select! {
            done = &mut served => break done,
            _ = tokio::signal::ctrl_c() => {
                stopper.press();
                interrupted = true;
            }
            () = tokio::time::sleep(PERIOD) => bars.show(&board.look()),
        }
    };
    bars.clear();
    match done {
        Ok(_) if interrupted => Err(ActError::Interrupted),
        done => Ok(done?),
    }
}

/// Leaves the command to the service and follows it: until its end, then until the files that it touched have theirs.
///
/// # Errors
///
/// [`ActError`]; what the station refused to do is an [`Outcome`].
pub(crate) async fn delegate(command: Command, loaded: &Loaded, style: Style) -> Result<Outcome, ActError> {
    let started = Clock::system().now();
    let data_dir = &loaded.settings.data_dir;
    let spool = Spool::open(data_dir)?;
    let reader = Reader::open(data_dir).await?;
    let follow_files = matches!(command, Command::Send { .. });
    let id = spool.leave(&command, operator().says(), started)?;
    let end = match spool.follow(id, &reader, PATIENCE).await? {
        Followed::NoAnswer => {
            return Ok(Outcome {
                end: None,
                consignments: Vec::new(),
                returns: Vec::new(),
                obstacles: Vec::new(),
                settled: Vec::new(),
            });
        }
        Followed::Ended(end) => end,
    };
    if let (true, RequestEvent::Done { touched }) = (follow_files, &end) {
        let bars = Bars::new(loaded.language, style);
        tokio::select! {
            done = settle(&reader, touched, loaded, bars) => done?,
            _ = tokio::signal::ctrl_c() => return Err(ActError::Interrupted),
        }
    }
    outcome(&reader, id, Some(end), started).await
}

/// Waits until none of these files is queued or on its way.
async fn settle(reader: &Reader, ids: &[Id], loaded: &Loaded, mut bars: Bars) -> Result<(), ActError> {
    let mut last = BTreeSet::new();
    let mut still = Duration::ZERO;
    loop {
        let picture = live::read(&loaded.settings.data_dir).unwrap_or_default();
        let mut now = BTreeSet::new();
        let mut moving = false;
        for row in consignments(reader, ids).await? {
            let status = row.state.status();
            moving |= matches!(status, Status::Queued | Status::Sending | Status::Committing);
            now.insert((row.id, status));
        }
        still = if now == last { still + PERIOD } else { Duration::ZERO };
        if !moving || still >= STILL {
            bars.clear();
            return Ok(());
        }
        last = now;
        bars.show(&picture);
        tokio::time::sleep(PERIOD).await;
    }
}

async fn consignments(reader: &Reader, ids: &[Id]) -> Result<Vec<Consignment>, JournalError> {
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(reader.consignment(*id).await?);
    }
    Ok(rows)
}

/// The returns among what was touched, with the sending that each was linked to last.
async fn settled(reader: &Reader, ids: &[Id]) -> Result<Vec<Settled>, JournalError> {
    let mut settled = Vec::new();
    for id in ids {
        let Some(row) = reader.returned(*id).await? else { continue };
        let to = |recorded: &Recorded| match &recorded.event {
            Event::Return { what: ReturnEvent::Linked { to, .. }, .. } => Some(*to),
            _ => None,
        };
        let sending = match reader.events_of(*id).await?.iter().rev().find_map(to) {
            Some(to) => reader.consignment(to).await?,
            None => None,
        };
        settled.push(Settled { row, sending });
    }
    Ok(settled)
}

/// How a request ended, and what it touched since `started`.
pub(crate) async fn outcome(
    reader: &Reader,
    request: Id,
    end: Option<RequestEvent>,
    started: Timestamp,
) -> Result<Outcome, ActError> {
    let end = match end {
        Some(end) => Some(end),
        None => reader.request(request).await?.and_then(|request| request.ended),
    };
    let touched = match &end {
        Some(RequestEvent::Done { touched }) => touched.as_slice(),
        _ => &[],
    };
    let consignments = consignments(reader, touched).await?;
    let settled = settled(reader, touched).await?;
    let mut returns = reader.last_returns(LISTED).await?;
    returns.retain(|row| row.changed >= started);
    let mut obstacles: Vec<_> = reader.small().await?.lanes.into_iter().collect();
    obstacles.retain(|(lane, row)| {
        let wanted = row.retrieval_wanted
            || consignments.iter().any(|sent| sent.facts.lane == *lane && sent.state.status().is_pending());
        wanted && (row.suspended.is_some() || row.rests.as_ref().is_some_and(|(until, _)| *until > started))
    });
    Ok(Outcome { end, consignments, returns, obstacles, settled })
}

/// What the operator reads of an error.
#[must_use]
pub fn in_words(error: &ActError, language: Language, zone: &jiff::tz::TimeZone) -> String {
    match error {
        ActError::Fields(problems) => problems
            .iter()
            .map(|problem| {
                let help = language.pick(&problem.help.fr, &problem.help.en);
                format!("{}{} {help}", problem.field, language.colon())
            })
            .collect::<Vec<_>>()
            .join("\n"),
        ActError::Interrupted => language.pick("Interrompu.", "Interrupted.").to_owned(),
        error => {
            let why = scheduler_core::consignment::Why::with(error.code(), error.to_string());
            crate::catalogue::explain(language, zone, &why).to_string()
        }
    }
}
