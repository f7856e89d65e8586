//! Whether a log-in may be tried now. Passwords are counted by partners: the station's own work, and what it knows, come first.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::{Lane, Why};
use scheduler_core::journal::{JournalError, Reader, Small};
use scheduler_core::lane::gate::Pacing;
use scheduler_core::live;
use scheduler_core::phase::Phase;
use scheduler_core::setup::Connection;
use scheduler_core::station::{Lock, Locked};

use crate::catalogue::{self, Language};

/// The station as it is found; while the value lives, no service starts.
#[derive(Debug)]
pub(super) struct Station {
    small: Small,
    refused: Refused,
    obstacle: Option<Obstacle>,
    _lock: Option<Lock>,
}

/// When a password of a lane was refused; with `true`, that of the mailbox of its notices.
type Refused = BTreeMap<(Lane, bool), Timestamp>;

/// Why no lane at all may be logged in to.
#[derive(Clone, Debug)]
enum Obstacle {
    /// Its service, or another command, is at work.
    Runs { holder: String, live: Box<live::Live> },
    /// Lock or journal cannot be read: nobody knows what is suspended.
    Unreadable(String),
}

/// Why one log-in is not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The station is at work, perhaps with this very partner.
    Runs { holder: String, phase: Option<Phase> },
    /// Nobody knows what is suspended.
    Unreadable(String),
    /// The password was refused and has not changed since.
    Suspended {
        why: Why,
        /// When, if the journal still tells.
        at: Option<Timestamp>,
        /// It is that of the mailbox only.
        notices: bool,
    },
    /// The partner, or its profile, is left in peace until then.
    Rests { until: Timestamp },
    /// The last exchange ended too recently.
    Paced { until: Timestamp },
    /// It could not even be reached.
    Unreached,
}

impl Station {
    /// Takes the station's lock, if it was ever run, and reads what its journal knows.
    pub(super) async fn look(data_dir: &Path) -> Self {
        let mut station = Self { small: Small::default(), refused: Refused::new(), obstacle: None, _lock: None };
        if !data_dir.exists() {
            return station;
        }
        match Lock::take(data_dir) {
            Ok(lock) => station._lock = Some(lock),
            Err(Locked::Held { holder }) => {
                let live = Box::new(live::read(data_dir).unwrap_or_default());
                station.obstacle = Some(Obstacle::Runs { holder, live });
            }
            Err(error) => station.obstacle = Some(Obstacle::Unreadable(error.to_string())),
        }
        if station.obstacle.is_none() && Reader::file(data_dir).is_file() {
            match small(data_dir).await {
                Ok((small, refused)) => (station.small, station.refused) = (small, refused),
                Err(words) => station.obstacle = Some(Obstacle::Unreadable(words)),
            }
        }
        station
    }

    /// Why this lane must not be logged in to at `now`.
    pub(super) fn refusal(&self, connection: &Connection, now: Timestamp) -> Option<Refusal> {
        let lane = &connection.profile.lane;
        match &self.obstacle {
            Some(obstacle) => Some(obstacle.refusal(lane)),
            None => unready(&self.small, connection, now).map(|refusal| self.dated(refusal, lane)),
        }
    }

    /// Why the mailbox of this lane's notices must not be logged in to.
    pub(super) fn mailbox(&self, connection: &Connection) -> Option<Refusal> {
        let lane = &connection.profile.lane;
        let (why, version) = self.small.lane(lane).notices_suspended?;
        let refusal = Refusal::Suspended { why, at: None, notices: true };
        (version == connection.profile.secret_version).then(|| self.dated(refusal, lane))
    }

    fn dated(&self, refusal: Refusal, lane: &Lane) -> Refusal {
        match refusal {
            Refusal::Suspended { why, notices, .. } => {
                let at = self.refused.get(&(lane.clone(), notices)).copied();
                Refusal::Suspended { why, at, notices }
            }
            refusal => refusal,
        }
    }
}

async fn small(data_dir: &Path) -> Result<(Small, Refused), String> {
    let read = async {
        let reader = Reader::open(data_dir).await?;
        let (small, mut refused) = (reader.small().await?, Refused::new());
        for (lane, row) in &small.lanes {
            let suspended = [(false, &row.suspended), (true, &row.notices_suspended)];
            for (notices, _) in suspended.into_iter().filter(|(_, suspended)| suspended.is_some()) {
                let at = reader.refused_at(lane, notices).await?;
                refused.extend(at.map(|at| ((lane.clone(), notices), at)));
            }
        }
        Ok::<_, JournalError>((small, refused))
    };
    read.await.map_err(|error| error.to_string())
}

impl Obstacle {
    fn refusal(&self, lane: &Lane) -> Refusal {
        match self {
            Self::Runs { holder, live } => {
                Refusal::Runs { holder: holder.clone(), phase: live.lanes.get(lane).map(|row| row.phase) }
            }
            Self::Unreadable(words) => Refusal::Unreadable(words.clone()),
        }
    }
}

/// What the journal says of a lane and of its end point.
pub(super) fn unready(small: &Small, connection: &Connection, now: Timestamp) -> Option<Refusal> {
    let (row, gate) = (small.lane(&connection.profile.lane), small.gate(&connection.partner.gate().key));
    if let Some((why, version)) = row.suspended
        && version == connection.profile.secret_version
    {
        return Some(Refusal::Suspended { why, at: None, notices: false });
    }
    let rests = [row.rests, gate.rests].into_iter().flatten().map(|(until, _)| until).max();
    if let Some(until) = rests.filter(|until| *until > now) {
        return Some(Refusal::Rests { until });
    }
    let between = connection.channel.capabilities().between_sessions;
    let gap = between.max(connection.delay_up()).max(connection.delay_down());
    let until = Pacing::wait(gate.last_end, gap, now).until;
    (until > now).then_some(Refusal::Paced { until })
}

impl Refusal {
    /// Every code of a refusal.
    #[cfg(test)]
    pub(super) const CODES: [&str; 7] = [
        "online-log-in-station-runs",
        "online-log-in-station-unreadable",
        "online-log-in-suspended",
        "online-mailbox-suspended",
        "online-log-in-rests",
        "online-log-in-paced",
        "online-log-in-unreached",
    ];

    /// Stable code for the catalogue.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Runs { .. } => "online-log-in-station-runs",
            Self::Unreadable(_) => "online-log-in-station-unreadable",
            Self::Suspended { notices: false, .. } => "online-log-in-suspended",
            Self::Suspended { notices: true, .. } => "online-mailbox-suspended",
            Self::Rests { .. } => "online-log-in-rests",
            Self::Paced { .. } => "online-log-in-paced",
            Self::Unreached => "online-log-in-unreached",
        }
    }

    /// With what tells more.
    pub(super) fn why(&self, language: Language, zone: &TimeZone) -> Why {
        let words = match self {
            Self::Runs { holder, phase } => {
                let phase = phase.map(|phase| format!(", {}", catalogue::phase(language, phase)));
                Some(format!("{} {holder}{}", language.pick("processus", "process"), phase.unwrap_or_default()))
            }
            Self::Unreadable(words) => Some(words.clone()),
            Self::Suspended { why, at, .. } => {
                let sentence = catalogue::explain(language, zone, why).sentence;
                Some(at.map_or(sentence.clone(), |at| {
                    let at = catalogue::moment(language, at, zone);
                    format!("{at}{} {sentence}", language.colon())
                }))
            }
            Self::Rests { until } | Self::Paced { until } => Some(catalogue::hour(*until, zone)),
            Self::Unreached => None,
        };
        Why { code: self.code().to_owned(), words }
    }
}
