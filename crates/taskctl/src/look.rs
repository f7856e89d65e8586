//! `status`, `history`, `show` and `returns`: read the journal and the live picture, whether or not the service runs.

mod explain;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use scheduler_core::answers::Tray;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Lane, Status};
use scheduler_core::id::Id;
use scheduler_core::journal::{JournalError, Query, Reader, Small};
use scheduler_core::live;
use scheduler_core::returned::Return;
use scheduler_core::store;

pub use self::explain::explain;
use crate::cli::History;
pub use crate::command::Answer;
use crate::command::filters::{self, FilterError, Named};
use crate::command::returns::{Orphan, Returns};
use crate::command::status::Overview;
use crate::command::{View, collections, history, show};
use crate::config::Loaded;
use crate::exit::Exit;

/// Most rows listed as waiting for a decision.
const LISTED: u32 = 200;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The text is not an identifier, or nothing bears it.
    #[error("nothing is known as {0}")]
    Unknown(String),
    /// A filter cannot be meant.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

/// The journal of the station; `None` when it never ran.
pub(crate) async fn journal(data_dir: &Path) -> Result<Option<Reader>, JournalError> {
    if Reader::exists(data_dir)? { Reader::open(data_dir).await.map(Some) } else { Ok(None) }
}

/// The live picture, when the process that published it still lives: one left by a crash tells nothing.
/// The lock is not tried: a service that starts at that moment would find it taken.
pub(crate) fn running(data_dir: &Path) -> Option<live::Live> {
    let live = live::read(data_dir)?;
    let processes = Path::new("/proc");
    (!processes.join("self").exists() || processes.join(live.pid.to_string()).exists()).then_some(live)
}

/// The station at this moment.
///
/// # Errors
///
/// [`LookError::Journal`].
pub async fn status(loaded: &Loaded, view: View<'_>) -> Result<Answer, LookError> {
    let data_dir = &loaded.settings.data_dir;
    let live = running(data_dir);
    let (mut counts, mut small) = (BTreeMap::new(), Small::default());
    let (mut undecided, mut incomplete, mut proposed) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(reader) = journal(data_dir).await? {
        counts = reader.counts().await?;
        undecided = reader.with_status(Status::Uncertain, LISTED).await?;
        undecided.extend(reader.with_status(Status::Held, LISTED).await?);
        incomplete = reader.returns_with_status("incomplete", LISTED).await?;
        small = reader.small().await?;
        for id in small.proposals.iter().take(LISTED as usize) {
            proposed.extend(reader.consignment(*id).await?);
        }
    }
    let now = Clock::system().now();
    let collections = collections::of(&loaded.profiles, &small, &loaded.settings.timezone, now);
    let overview = Overview {
        live: live.as_ref(),
        counts: &counts,
        undecided: &undecided,
        incomplete: &incomplete,
        proposed: &proposed,
        small: &small,
        collections: &collections,
        now,
    };
    Ok(Answer { text: overview.render(view), json: overview.json(), exit: overview.exit() })
}

/// The sendings and returns that are wished for, at most `last` of each.
///
/// # Errors
///
/// [`LookError::Journal`], [`LookError::Filter`].
pub async fn history(loaded: &Loaded, wish: &History, view: View<'_>) -> Result<Answer, LookError> {
    let channels: Vec<&str> = loaded.profiles.iter().map(|profile| profile.channel.as_str()).collect();
    let query = filters::query(wish, &channels, view.zone)?;
    let (mut consignments, mut returns) = (Vec::new(), Vec::new());
    let reader = journal(&loaded.settings.data_dir).await?;
    for named in Named::ALL {
        refuse_unknown(named, wish, loaded, &channels, reader.as_ref()).await?;
    }
    match reader {
        None => {}
        // A journal that the station has not brought up to date yet can be listed, not searched.
        Some(reader) if query == (Query { limit: wish.last, ..Query::default() }) => {
            consignments = reader.last_consignments(wish.last).await?;
            returns = reader.last_returns(wish.last).await?;
        }
        Some(reader) => {
            consignments = reader.search(&query).await?;
            returns = reader.search_returns(&query).await?;
        }
    }
    let text = history::render(&consignments, &returns, view);
    Ok(Answer { text, json: history::json(&consignments, &returns), exit: Exit::Done })
}

/// Refuses a name that neither the configuration nor the journal holds: former scenarios are still in the journal.
async fn refuse_unknown(
    named: Named,
    wish: &History,
    loaded: &Loaded,
    channels: &[&str],
    reader: Option<&Reader>,
) -> Result<(), LookError> {
    let Some(given) = named.given(wish) else { return Ok(()) };
    let known = configured(named, loaded);
    let lower = given.to_lowercase();
    if known.iter().any(|name| name.to_lowercase() == lower) {
        return Ok(());
    }
    if let Some(reader) = reader {
        let mut alone = History { last: 1, ..History::default() };
        match named {
            Named::Scenario => alone.scenario = Some(given.to_owned()),
            Named::Profile => alone.profile = Some(given.to_owned()),
            Named::Partner => alone.partner = Some(given.to_owned()),
        }
        let query = filters::query(&alone, channels, &TimeZone::UTC)?;
        let met = !reader.search(&query).await?.is_empty() || !reader.search_returns(&query).await?.is_empty();
        if met {
            return Ok(());
        }
    }
    Err(named.unknown(given, known).into())
}

/// The names of this kind that the configuration holds.
fn configured(named: Named, loaded: &Loaded) -> Vec<String> {
    let (scenarios, profiles) = (loaded.scenarios.iter(), loaded.profiles.iter());
    match named {
        Named::Scenario => scenarios.map(|scenario| scenario.name.clone()).collect(),
        Named::Profile => profiles.map(|profile| profile.lane.profile().to_owned()).collect(),
        Named::Partner => {
            let parts = scenarios.flat_map(|scenario| scenario.destination.split('/').map(str::to_owned));
            let whole = loaded.scenarios.iter().map(|scenario| scenario.destination.clone());
            parts.chain(whole).chain(profiles.map(|profile| profile.channel.clone())).collect()
        }
    }
}

/// One sending or return, and what happened to it.
///
/// # Errors
///
/// [`LookError::Unknown`] when nothing bears that identifier.
pub async fn show(loaded: &Loaded, id: &str, view: View<'_>) -> Result<Answer, LookError> {
    let unknown = || LookError::Unknown(id.to_owned());
    let id: Id = id.trim().parse().map_err(|_| unknown())?;
    let reader = journal(&loaded.settings.data_dir).await?.ok_or_else(unknown)?;
    let events = reader.events_of(id).await?;
    if let Some(row) = reader.consignment(id).await? {
        let text = show::consignment(&row, &events, contact(loaded, &row.facts.lane).as_deref(), view);
        return Ok(Answer { text, json: show::json(&row, &events), exit: Exit::of(&row) });
    }
    let row = reader.returned(id).await?.ok_or_else(unknown)?;
    let text = show::returned(&row, &events, contact(loaded, &row.lane).as_deref(), view);
    Ok(Answer { text, json: show::json(&row, &events), exit: Exit::of_return(&row) })
}

/// What came back and asks for somebody: incomplete returns first, then those of which nobody knows what they are about; with `all`, the
/// others of late too.
///
/// # Errors
///
/// [`LookError::Journal`].
pub async fn returns(loaded: &Loaded, all: bool, view: View<'_>) -> Result<Answer, LookError> {
    let data_dir = &loaded.settings.data_dir;
    let (mut incomplete, mut settled, mut tray) = (Vec::new(), Vec::new(), Tray::default());
    if let Some(reader) = journal(data_dir).await? {
        incomplete = reader.returns_with_status("incomplete", LISTED).await?;
        tray = Tray::read(&reader, Clock::system().now(), LISTED).await?;
        if all {
            settled = reader.last_returns(LISTED).await?;
            settled.retain(|row| row.about.is_some() || row.dismissed);
        }
    }
    let matcher = tray.matcher();
    let orphan = |row: &Return| {
        let candidates = matcher.candidates(row, &store::beginning(data_dir, row.id));
        Orphan { row: row.clone(), candidates }
    };
    let orphans = tray.orphans.iter().map(orphan).collect();
    let contacts =
        loaded.profiles.iter().filter_map(|profile| Some((profile.lane.clone(), contact(loaded, &profile.lane)?)));
    let sheet = Returns { incomplete, orphans, sendings: tray.sendings, settled, contacts: contacts.collect() };
    Ok(Answer { text: sheet.render(view), json: sheet.json(), exit: sheet.exit() })
}

fn contact(loaded: &Loaded, lane: &Lane) -> Option<String> {
    let profile = loaded.profiles.iter().find(|profile| profile.lane == *lane)?;
    profile.contact.as_ref().map(|contact| format!("{}, {}", contact.name, contact.address))
}
