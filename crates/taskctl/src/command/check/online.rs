//! `check --online`: every partner's names, ports and certificates, then one log-in and out; nothing is sent.
//!
//! Points that several profiles share are looked at once; log-ins of one end point follow one another; the rest goes on together. The report is
//! in the order of the configuration, whatever answers first.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use partners::probe::{self, Patience, Seen};
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Lane;
use scheduler_core::partner::{Avoid, Channel, Context, Fault, Point, PointSecurity, Visited};
use scheduler_core::setup::Connection;
use scheduler_core::stop::Stopper;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::permission::{Refusal, Station};
use crate::config::{Configuration, ProfileEntry};

/// Looks, or end points logged in to, at a time.
const AT_ONCE: usize = 16;

/// How long everything may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For each step of a look.
    pub patience: Patience,
    /// For a log-in and out, of all the points of a profile.
    pub log_in: Duration,
}

impl Default for Limits {
    /// Ten seconds a step, five for names, two minutes to log in and out.
    fn default() -> Self {
        Self { patience: Patience::default(), log_in: Duration::from_secs(120) }
    }
}

/// What was found online.
#[derive(Debug)]
pub(super) struct Online {
    /// When.
    pub(super) at: Timestamp,
    /// Each point once, in the order of the configuration.
    pub(super) looks: Vec<Looked>,
    /// Each profile, in the order of the configuration.
    pub(super) profiles: Vec<Tried>,
}

/// A point that was looked at.
#[derive(Debug)]
pub(super) struct Looked {
    /// Those that use it; never empty.
    pub(super) lanes: Vec<Lane>,
    /// The profile whose configuration is blamed.
    pub(super) entry: usize,
    /// The point.
    pub(super) point: Point,
    /// What was seen of it.
    pub(super) seen: Seen,
}

/// A profile that was tried.
#[derive(Debug)]
pub(super) struct Tried {
    /// Whose.
    pub(super) lane: Lane,
    /// Its place in the configuration.
    pub(super) entry: usize,
    /// Its points among the looks.
    pub(super) looks: Vec<usize>,
    /// How logging in went.
    pub(super) log_in: LogIn,
    /// Why the mailbox of its notices was not tried.
    pub(super) mailbox: Option<Refusal>,
}

/// How logging in went.
#[derive(Debug)]
pub(super) enum LogIn {
    /// The configuration of the profile must be corrected first.
    NotBuilt,
    /// It must not be tried now.
    NotTried(Refusal),
    /// It was tried once.
    Visited {
        /// How long it took, in milliseconds.
        ms: u64,
        /// At each point that asks for it.
        rows: Vec<Visited>,
    },
}

impl LogIn {
    /// Whether some point let us in.
    pub(super) fn is_accepted(&self) -> bool {
        matches!(self, Self::Visited { rows, .. } if rows.iter().any(|row| row.done.is_ok()))
    }

    /// What went wrong, by point.
    pub(super) fn faults(&self) -> impl Iterator<Item = (Option<&'static str>, &Fault)> {
        let rows = match self {
            Self::Visited { rows, .. } => rows.as_slice(),
            _ => &[],
        };
        rows.iter().filter_map(|row| Some((row.field, row.done.as_ref().err()?)))
    }
}

/// Looks at every profile that can be used, then logs in where that may be; `step` hears how many of how many are done.
pub(super) async fn look(
    configuration: &Configuration,
    channels: &'static [&'static dyn Channel],
    limits: Limits,
    mut step: impl FnMut(usize, usize),
) -> Online {
    let at = Timestamp::now();
    let (mut looks, mut lines) = plan(configuration, channels);
    let total = looks.len() + lines.iter().filter(|line| line.connection.is_some()).count();
    let mut done = 0;
    let mut tick = || {
        done += 1;
        step(done, total);
    };
    let points = looks.iter().map(|look| look.point.clone());
    let tasks = points.map(|point| async move { probe::look(&point, limits.patience, at).await });
    for (index, seen) in together(tasks.collect(), &mut tick).await {
        looks[index].seen = seen;
    }
    let station = Station::look(&configuration.settings.data_dir).await;
    log_in(&station, &looks, &mut lines, limits.log_in, &mut tick).await;
    let profiles = lines.into_iter().map(|line| line.tried).collect();
    Online { at, looks, profiles }
}

/// A profile and what it is reached by.
struct Line {
    tried: Tried,
    connection: Option<Connection>,
}

fn plan(configuration: &Configuration, channels: &'static [&'static dyn Channel]) -> (Vec<Looked>, Vec<Line>) {
    let (mut looks, mut lines) = (Vec::<Looked>::new(), Vec::new());
    let mut known = BTreeMap::new();
    for (entry, profile) in configuration.profiles.iter().enumerate() {
        let lane = profile.profile.lane.clone();
        let connection = connection(profile, channels);
        let points = connection.as_ref().map(|connection| connection.partner.points()).unwrap_or_default();
        let mut mine = Vec::new();
        for point in points {
            let index = *known.entry(key(&point, &lane)).or_insert(looks.len());
            if index == looks.len() {
                looks.push(Looked { lanes: Vec::new(), entry, point, seen: Seen::default() });
            }
            looks[index].lanes.push(lane.clone());
            mine.push(index);
        }
        let tried = Tried { lane, entry, looks: mine, log_in: LogIn::NotBuilt, mailbox: None };
        lines.push(Line { tried, connection });
    }
    (looks, lines)
}

fn connection(entry: &ProfileEntry, channels: &'static [&'static dyn Channel]) -> Option<Connection> {
    let channel = channels.iter().find(|channel| channel.kind() == entry.profile.channel)?;
    Connection::build(entry.profile.clone(), *channel).ok()
}

/// The same for points that would look the same; what holds a secret is a profile's own.
fn key(point: &Point, lane: &Lane) -> String {
    let proxy = point.proxy.as_ref().map(|proxy| (&proxy.host, proxy.port, proxy.tls));
    let has_secret =
        point.trust.identity.is_some() || point.proxy.as_ref().is_some_and(|proxy| proxy.credentials.is_some());
    let own = has_secret.then_some(lane);
    format!("{:?}", (&point.host, point.port, point.security, proxy, &point.trust.authorities, own))
}

/// A log-in that may be tried, and what it leaves alone.
struct Asked {
    index: usize,
    connection: Connection,
    broken: Vec<&'static str>,
    notices: bool,
}

/// One attempt a profile; profiles of the same end point one after the other.
async fn log_in(station: &Station, looks: &[Looked], lines: &mut [Line], limit: Duration, tick: &mut impl FnMut()) {
    let mut gates: BTreeMap<String, Vec<Asked>> = BTreeMap::new();
    for (index, line) in lines.iter_mut().enumerate() {
        let Some(connection) = line.connection.clone() else { continue };
        // What stands in the way of a point stands in the way of the log-in there, and of no other.
        let points = connection.partner.points().into_iter().zip(&line.tried.looks);
        let is_broken = |look: &usize| looks[*look].seen.trouble.is_some();
        let broken: Vec<_> = points.filter(|(_, look)| is_broken(look)).map(|(point, _)| point.field).collect();
        let all = !broken.is_empty() && broken.len() == line.tried.looks.len();
        let refusal = all.then_some(Refusal::Unreached);
        match refusal.or_else(|| station.refusal(&connection, Timestamp::now())) {
            Some(refusal) => {
                line.tried.log_in = LogIn::NotTried(refusal);
                tick();
            }
            None => {
                line.tried.mailbox = station.mailbox(&connection);
                let gate = connection.partner.gate().key;
                let asked = Asked { index, connection, broken, notices: line.tried.mailbox.is_some() };
                gates.entry(gate).or_default().push(asked);
            }
        }
    }
    let tasks = gates.into_values().map(|lane| async move {
        let mut done = Vec::new();
        for Asked { index, connection, broken, notices } in lane {
            let avoid = Avoid { broken: &broken, notices };
            done.push((index, visit(&connection, avoid, limit).await));
        }
        done
    });
    for (_, done) in together(tasks.collect(), || {}).await {
        for (index, visited) in done {
            lines[index].tried.log_in = visited;
            tick();
        }
    }
}

async fn visit(connection: &Connection, avoid: Avoid<'_>, limit: Duration) -> LogIn {
    let context = Context::apart(connection.profile.lane.clone(), Clock::system(), Stopper::default().listener());
    let begun = Instant::now();
    let rows = tokio::time::timeout(limit, connection.partner.visit(&context, avoid)).await.unwrap_or_else(|_| {
        let field = connection.partner.points().first().map(|point| point.field);
        vec![Visited { field, done: Err(Fault::session("online-log-in-timed-out", None)) }]
    });
    // The log-in needs a point that cannot be reached, and there is no other.
    if rows.is_empty() && !avoid.broken.is_empty() {
        return LogIn::NotTried(Refusal::Unreached);
    }
    LogIn::Visited { ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), rows }
}

/// Does all of it, so many at a time; answers by index.
async fn together<T: Send + 'static>(
    tasks: Vec<impl Future<Output = T> + Send + 'static>,
    mut tick: impl FnMut(),
) -> BTreeMap<usize, T> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (index, task) in tasks.into_iter().enumerate() {
        let room = Arc::clone(&room);
        running.spawn(async move {
            let _permit = room.acquire().await;
            (index, task.await)
        });
    }
    let mut all = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        tick();
        all.extend(ended.ok());
    }
    all
}

/// Whether the point is reached without TLS of its own, through a tunnel that somebody else raises.
pub(super) fn in_tunnel(entry: &ProfileEntry, point: &Point) -> bool {
    point.security == PointSecurity::Clear && entry.profile.fields.text("tunnel").is_some()
}
