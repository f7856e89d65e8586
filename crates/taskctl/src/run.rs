//! `taskctl run`: the service, and the single pass for a planner.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use scheduler_core::consignment::{Consignment, ConsignmentEvent, Status, Why};
use scheduler_core::journal::{Event, Reader, SessionEvent, Small};
use scheduler_core::live::Board;
use scheduler_core::partner::Channel;
use scheduler_core::returned::Return;
use scheduler_core::station::{Station, Until};

use crate::act::ActError;
use crate::catalogue;
use crate::config::Loaded;
use crate::exit::Exit;
use crate::output::{Bars, Style, complain};
use crate::setup;
use crate::signals::Signals;

/// How often progress is drawn.
const FRAME: Duration = Duration::from_millis(100);

/// Rows told after a pass.
const TOLD: u32 = 200;

/// What a pass did.
#[derive(Debug)]
pub struct Ran {
    /// Consignments that it accepted or moved.
    pub consignments: Vec<Consignment>,
    /// Returns that it collected.
    pub returns: Vec<Return>,
    /// What is wrong with the station itself, by code.
    pub problems: BTreeMap<String, String>,
    /// What keeps files from leaving.
    pub small: Small,
    /// How many sendings wait for a decision, whenever they came.
    pub undecided: u64,
    /// What the process tells whoever started it.
    pub exit: Exit,
}

/// Runs the station until a signal asks to stop.
///
/// # Errors
///
/// [`ActError`] when the station cannot be opened, or its journal closes.
pub async fn service(
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    style: Style,
) -> Result<Exit, ActError> {
    let signals = Signals::listen(loaded.language)?;
    let station = open(loaded, channels, &signals).await?;
    if station.reader().small().await?.restored.is_some() {
        let why = Why::code("station-restored");
        complain(&catalogue::explain(loaded.language, &loaded.settings.timezone, &why).to_string());
    }
    ready();
    let progress = tokio::spawn(draw(station.board(), loaded.language, style));
    let done = station.run().await;
    progress.abort();
    stopping();
    done?;
    Ok(Exit::Done)
}

/// Looks, accepts, sends and collects what is due, then tells what happened.
///
/// # Errors
///
/// [`ActError`] when the station cannot be opened, or its journal closes.
pub async fn once(loaded: &Loaded, channels: &'static [&'static dyn Channel], style: Style) -> Result<Ran, ActError> {
    let signals = Signals::listen(loaded.language)?;
    let station = open(loaded, channels, &signals).await?;
    let before = station.reader().head().await?.seq;
    let progress = tokio::spawn(draw(station.board(), loaded.language, style));
    let done = station.run_once(Until::NothingDue).await;
    progress.abort();
    done?;
    let mut ran = since(station.reader(), before).await?;
    ran.problems = station.live().problems;
    ran.small = station.reader().small().await?;
    let counts = station.reader().counts().await?;
    ran.undecided = counts.iter().filter(|(status, _)| status.needs_human()).map(|(_, count)| count).sum();
    if !ran.problems.is_empty() {
        ran.exit = ran.exit.and(Exit::Unfinished);
    }
    if signals.heard() {
        ran.exit = ran.exit.and(Exit::Interrupted);
    }
    Ok(ran)
}

async fn open(
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    signals: &Signals,
) -> Result<Station, ActError> {
    let setup = setup::setup(loaded, channels).map_err(ActError::Fields)?;
    Ok(Station::open(setup, setup::options(loaded.language, signals.stop())).await?)
}

/// Draws the live picture, again and again.
async fn draw(board: Arc<Board>, language: catalogue::Language, style: Style) {
    let mut bars = Bars::new(language, style);
    loop {
        bars.show(&board.look());
        tokio::time::sleep(FRAME).await;
    }
}

/// What happened after an event of the journal.
async fn since(reader: &Reader, seq: i64) -> Result<Ran, ActError> {
    let (mut sent, mut received) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    let (mut from, mut reached, mut failed) = (seq, false, false);
    loop {
        let events = reader.events_after(from, 1000).await?;
        let Some(last) = events.last() else { break };
        from = last.seq;
        for recorded in &events {
            match &recorded.event {
                Event::Consignment { id, what } => {
                    reached |= matches!(what, ConsignmentEvent::Intended { .. });
                    sent.insert(*id);
                }
                Event::Return { id, .. } => drop(received.insert(*id)),
                Event::Session { what: SessionEvent::Closed { why, .. }, .. } => match why {
                    Some(_) => failed = true,
                    None => reached = true,
                },
                _ => {}
            }
        }
    }
    let mut ran = Ran {
        consignments: Vec::new(),
        returns: Vec::new(),
        problems: BTreeMap::new(),
        small: Small::default(),
        undecided: 0,
        exit: Exit::Done,
    };
    for id in sent {
        if let Some(row) = reader.consignment(id).await? {
            ran.exit = ran.exit.and(Exit::of(&row));
            ran.consignments.push(row);
        }
    }
    for id in received {
        if let Some(row) = reader.returned(id).await? {
            ran.exit = ran.exit.and(Exit::of_return(&row));
            ran.returns.push(row);
        }
    }
    for status in [Status::Queued, Status::Waiting, Status::Uncertain, Status::Held] {
        ran.exit = reader.with_status(status, 1).await?.iter().map(Exit::of).fold(ran.exit, Exit::and);
    }
    if failed && !reached {
        ran.exit = ran.exit.and(Exit::Unreachable);
    }
    ran.consignments.truncate(TOLD as usize);
    Ok(ran)
}

#[cfg(target_os = "linux")]
fn ready() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
}

#[cfg(target_os = "linux")]
fn stopping() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
}

#[cfg(not(target_os = "linux"))]
fn ready() {}

#[cfg(not(target_os = "linux"))]
fn stopping() {}
