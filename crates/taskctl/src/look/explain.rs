//! `explain`: finds what is meant, asks the core, says it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use scheduler_core::clock::Clock;
use scheduler_core::consignment::Consignment;
use scheduler_core::explain::{ConsignmentOutlook, FileOutlook, Known, Presence, ReturnOutlook, names_beside};
use scheduler_core::id::Id;
use scheduler_core::journal::{JournalError, Reader};
use scheduler_core::partner::Channel;
use scheduler_core::returned::Return;
use scheduler_core::setup::Setup;

use super::{Answer, LookError, contact, journal, running};
use crate::command::View;
use crate::command::explain::{Explained, Said};
use crate::config::{self, Loaded};
use crate::output::Gauge;
use crate::setup;

/// A file is read whole up to so many bytes; more takes minutes, and is left to the station.
const READ: u64 = 4 << 30;

/// Most things listed under one name.
const LISTED: u32 = 20;

/// The same, of what several names stand for.
const MANY: usize = 20;

/// Names of a folder compared for «did you mean».
const COMPARED: usize = 10_000;

/// The fewest characters of an identifier that are taken for its beginning.
const PREFIX: usize = 4;

/// Digits of an identifier.
const DIGITS: usize = 13;

/// What a person may mean.
enum Meant {
    File(PathBuf),
    Consignment(Box<Consignment>),
    Return(Box<Return>),
    Several(Vec<String>),
    Nothing { near: Vec<String> },
}

/// What the station would decide of what is called `what`, and when.
///
/// # Errors
///
/// [`LookError::Journal`].
pub async fn explain(
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    what: &OsStr,
    view: View<'_>,
) -> Result<Answer, LookError> {
    let setup = setup::readable(loaded, channels);
    let reader = journal(&loaded.settings.data_dir).await?;
    let live = running(&loaded.settings.data_dir);
    let now = Clock::system().now();
    let known = Known { setup: &setup, reader: reader.as_ref(), live: live.as_ref(), now };
    let said = match what.to_str() {
        Some(what) => say(&known, loaded, what, view).await?,
        // No pattern and no journal knows such a name: only a file bears it.
        None => file(&known, loaded, &std::path::absolute(what).unwrap_or_else(|_| PathBuf::from(what)), view).await?,
    };
    let explained = Explained { said: &said, now, service: live.is_some() };
    Ok(Answer { text: explained.render(view), json: explained.json(), exit: explained.exit() })
}

async fn say(known: &Known<'_>, loaded: &Loaded, what: &str, view: View<'_>) -> Result<Said, JournalError> {
    match find(known, what).await? {
        Meant::File(path) => file(known, loaded, &path, view).await,
        Meant::Consignment(row) => consignment(known, loaded, *row).await,
        Meant::Return(row) => {
            let contact = contact(loaded, &row.lane);
            Ok(Said::Return { outlook: Box::new(ReturnOutlook::of(known, *row).await?), contact })
        }
        Meant::Several(names) => Ok(Said::Several { what: what.to_owned(), names }),
        Meant::Nothing { near } => Ok(Said::Nothing { what: what.to_owned(), near, folders: folders(known.setup) }),
    }
}

async fn consignment(known: &Known<'_>, loaded: &Loaded, row: Consignment) -> Result<Said, JournalError> {
    let contact = contact(loaded, &row.facts.lane);
    let others = match known.reader {
        Some(reader) => reader.with_name(&row.facts.name, LISTED).await?,
        None => Vec::new(),
    };
    let others = others.into_iter().map(|other| other.id).filter(|id| *id != row.id).collect();
    Ok(Said::Consignment { outlook: Box::new(ConsignmentOutlook::of(known, row).await?), contact, others })
}

/// A file that stands in its folder, or what became of it, or what stands beside it.
async fn file(known: &Known<'_>, loaded: &Loaded, path: &Path, view: View<'_>) -> Result<Said, JournalError> {
    let size = std::fs::metadata(path).map_or(0, |facts| facts.len());
    let gauge = Gauge::new(view.style, size);
    let outlook = FileOutlook::of(known, path, READ, &mut |read| gauge.at(read)).await?;
    gauge.clear();
    let name = outlook.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut earlier = match known.reader {
        Some(reader) => reader.with_name(&name, LISTED).await?,
        None => Vec::new(),
    };
    earlier.retain(|row| Path::new(&row.facts.source) == outlook.path || Path::new(&row.facts.source) == path);
    if outlook.presence == Presence::Missing
        && let Some(row) = earlier.first()
    {
        return consignment(known, loaded, row.clone()).await;
    }
    let near = match outlook.presence {
        Presence::Missing => closest(&name, &names_beside(&outlook.path, COMPARED)),
        _ => Vec::new(),
    };
    let held = outlook.lane.as_ref().and_then(|lane| contact(loaded, &lane.lane));
    Ok(Said::File { outlook: Box::new(outlook), earlier, near, contact: held })
}

/// What `what` means: an identifier, a path, a name in a watched folder, a name that the partner or the journal knows, the beginning of an identifier.
async fn find(known: &Known<'_>, what: &str) -> Result<Meant, JournalError> {
    let what = what.trim();
    if let (Ok(id), Some(reader)) = (what.parse::<Id>(), known.reader)
        && let Some(meant) = by_id(reader, id).await?
    {
        return Ok(meant);
    }
    if what.contains(std::path::is_separator) || Path::new(what).symlink_metadata().is_ok() {
        let path = std::path::absolute(what).unwrap_or_else(|_| PathBuf::from(what));
        return Ok(Meant::File(path));
    }
    let standing = standing(known.setup, what);
    match &standing[..] {
        [only] => return Ok(Meant::File(only.clone())),
        [] => {}
        _ => return Ok(Meant::Several(standing.iter().map(|path| path.display().to_string()).collect())),
    }
    if let Some(reader) = known.reader
        && let Some(meant) = in_journal(reader, what).await?
    {
        return Ok(meant);
    }
    let folders = folders(known.setup);
    let beside = |folder: &String| names_beside(&Path::new(folder).join(what), COMPARED);
    match &folders[..] {
        [only] => Ok(Meant::File(Path::new(only).join(what))),
        _ => Ok(Meant::Nothing { near: closest(what, &folders.iter().flat_map(beside).collect::<Vec<_>>()) }),
    }
}

async fn by_id(reader: &Reader, id: Id) -> Result<Option<Meant>, JournalError> {
    if let Some(row) = reader.consignment(id).await? {
        return Ok(Some(Meant::Consignment(Box::new(row))));
    }
    Ok(reader.returned(id).await?.map(|row| Meant::Return(Box::new(row))))
}

/// What the journal, or the partner, knows under that name; then the beginning of an identifier.
async fn in_journal(reader: &Reader, what: &str) -> Result<Option<Meant>, JournalError> {
    let (sent, received) = match (reader.called(what).await, reader.called_returns(what).await) {
        // A journal that no station of this version has opened yet knows names only.
        (Err(JournalError::TooOld { .. }), _) => (reader.with_name(what, LISTED).await?, Vec::new()),
        (sent, received) => (sent?, received?),
    };
    let same_name = sent.windows(2).all(|pair| pair[0].facts.name == pair[1].facts.name);
    match (&sent[..], &received[..]) {
        ([], []) => {}
        ([newest, ..], []) if same_name => return Ok(Some(Meant::Consignment(Box::new(newest.clone())))),
        ([], [only]) => return Ok(Some(Meant::Return(Box::new(only.clone())))),
        _ => {
            let ids = sent.iter().map(|row| row.id).chain(received.iter().map(|row| row.id));
            return Ok(Some(Meant::Several(ids.map(|id| id.to_string()).take(MANY).collect())));
        }
    }
    let Some((low, high)) = beginning(what) else { return Ok(None) };
    let found = reader.ids_between(low, high, LISTED).await?;
    match &found[..] {
        [] => Ok(None),
        [only] => by_id(reader, *only).await,
        _ => Ok(Some(Meant::Several(found.iter().map(ToString::to_string).collect()))),
    }
}

/// The least and the greatest identifier that begin so.
fn beginning(text: &str) -> Option<(Id, Id)> {
    if !(PREFIX..DIGITS).contains(&text.len()) || !text.is_ascii() {
        return None;
    }
    let filled = |with: &str| (text.to_owned() + &with.repeat(DIGITS - text.len())).parse::<Id>().ok();
    Some((filled("0")?, filled("z")?))
}

/// Files of that name in the watched folders, each folder once.
fn standing(setup: &Setup, name: &str) -> Vec<PathBuf> {
    let paths = folders(setup).into_iter().map(|folder| Path::new(&folder).join(name));
    paths.filter(|path| path.symlink_metadata().is_ok()).collect()
}

fn folders(setup: &Setup) -> Vec<String> {
    let mut folders: Vec<String> =
        setup.scenarios.iter().map(|scenario| scenario.folder.display().to_string()).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// The names nearest to `name`, at most three.
fn closest(name: &str, names: &[String]) -> Vec<String> {
    let mut left: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut near = Vec::new();
    while let (true, Some(found)) = (near.len() < 3, config::closest(name, left.iter().copied())) {
        near.push(found.to_owned());
        left.retain(|name| *name != found);
    }
    near
}

#[cfg(test)]
mod tests {
    use std::fs;

    use scheduler_core::consignment::{ConsignmentEvent, State};
    use scheduler_core::journal::{Draft, Durability, Event, Journal};
    use scheduler_core::returned::ReturnEvent;
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::catalogue::Language;
    use crate::exit::Exit;
    use crate::output::Style;
    use crate::testing::{CHANNELS, at, consignment, id, paris, returned};

    /// A station that never ran: no journal, no data folder, a secret that this account may read or not.
    fn station(secret: bool) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["mand", "titres", "secrets"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let path = folder.path().join("secrets/VILLE.xfb");
        if secret {
            fs::write(&path, "secret").unwrap();
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let text = "[station]\nname = \"test\"\ndata_dir = \"data\"\n\
            [profiles.VILLE.xfb]\nbase_url = \"https://gateway.partenaires\"\nuser = \"u\"\n\
            [scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'mand/*.xml'\ndestination = \"C175\"\napplication = \"GRCT450\"\n\
            [scenarios.TITRES]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'titres/*'\ndestination = \"C175\"\napplication = \"GRCT450\"\n";
        fs::write(folder.path().join("taskctl.toml"), text).unwrap();
        folder
    }

    async fn asked(folder: &TempDir, what: &str) -> Answer {
        let loaded = config::load_if_allowed(&folder.path().join("taskctl.toml"), CHANNELS).unwrap();
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        explain(&loaded, CHANNELS, what.as_ref(), view).await.unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_station_that_never_ran_is_explained_and_left_as_it_is() {
        for secret in [true, false] {
            let folder = station(secret);
            fs::write(folder.path().join("mand/MAND_2026.xml"), "content").unwrap();
            let before = names(folder.path());
            let path = folder.path().join("mand/MAND_2026.xml").display().to_string();
            for what in [path.as_str(), "MAND_2026.xml"] {
                let answer = asked(&folder, what).await;
                let told = &answer.json;
                assert_eq!((&told["kind"], &told["file"]["taken_by"]), (&json!("file"), &json!("MANDATS")), "{told}");
                assert_eq!(told["file"]["next"]["code"], "next-no-service");
                assert_eq!(told["file"]["next"]["then"]["code"], "next-look");
                assert_eq!(answer.exit, Exit::Unfinished);
            }
            let answer = asked(&folder, "MAND_2062.xml").await;
            assert_eq!((&answer.json["kind"], answer.exit), (&json!("nothing"), Exit::Usage));
            assert_eq!(answer.json["near"], json!(["MAND_2026.xml"]));
            assert_eq!(names(folder.path()), before, "nothing is made");
            assert_eq!(names(&folder.path().join("mand")), ["MAND_2026.xml"], "nothing is claimed");
        }
    }

    #[tokio::test]
    async fn things_are_found_by_whatever_they_are_called() {
        let folder = station(true);
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let (journal, _reader) = Journal::open(&data, Clock::starting_at(at(0)), Durability::Off).await.unwrap();
        let mut facts = consignment(1, State::Queued).facts;
        facts.source = folder.path().join("mand/PESALR2_001.xml").display().to_string();
        let accepted = |number, facts| Draft::consignment(id(number), ConsignmentEvent::Accepted(Box::new(facts)));
        let row = returned(6, scheduler_core::returned::ReturnState::Offered);
        let offered = ReturnEvent::Offered { lane: row.lane, gate: row.gate, offer: row.offer };
        let offered = Event::Return { id: id(6), what: offered };
        journal.commit(vec![accepted(1, facts.clone()), offered.into()]).await.unwrap();
        let path = facts.source.clone();
        for (what, kind) in [
            (id(1).to_string(), "consignment"),
            (id(6).to_string(), "return"),
            (id(6).to_string().to_uppercase(), "return"),
            ("PESALR2_001.xml".to_owned(), "consignment"),
            (path, "consignment"),
            ("62896".to_owned(), "return"),
            ("RCT290G".to_owned(), "return"),
            (id(1).to_string()[..8].to_owned(), "several"),
            ("00000000".to_owned(), "nothing"),
            ("jamais vu".to_owned(), "nothing"),
        ] {
            let answer = asked(&folder, &what).await;
            assert_eq!(answer.json["kind"], kind, "{what}: {}", answer.text);
        }
        facts.source = "/elsewhere".to_owned();
        journal.commit(vec![accepted(2, facts)]).await.unwrap();
        let answer = asked(&folder, "PESALR2_001.xml").await;
        assert_eq!(answer.json["outlook"]["consignment"]["id"], json!(id(2)), "the newest");
        assert_eq!(answer.json["others"], json!([id(1)]));
        assert!(answer.text.contains(&format!("taskctl explain {}", id(1))));
    }
}
