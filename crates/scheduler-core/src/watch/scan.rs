//! One look at the watched folders (R1): which files stand there, and which scenario each belongs to.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use crate::matcher::{Matcher, Verdict};
use crate::platform::{Directory, Facts, Kind};
use crate::scenario::Scenario;

/// A folder, and what the scenarios that share it want of it.
#[derive(Clone, Debug)]
pub struct WatchedFolder {
    /// The folder; the same for all its scenarios, never twice in one [`Scan`].
    pub folder: PathBuf,
    /// The patterns of all its scenarios.
    pub here: Matcher,
    /// The patterns of those that are recursive; `None` when none is.
    pub below: Option<Matcher>,
}

impl WatchedFolder {
    /// The folders of the scenarios that are on, in order of first mention; scenarios are known by their place in `scenarios`.
    #[must_use]
    pub fn of(scenarios: &[Scenario]) -> Vec<Self> {
        let mut groups: Vec<(&Path, Vec<(usize, &Scenario)>)> = Vec::new();
        let mut places = HashMap::new();
        for (index, scenario) in scenarios.iter().enumerate().filter(|(_, scenario)| scenario.enabled) {
            let place = *places.entry(scenario.folder.as_path()).or_insert(groups.len());
            if place == groups.len() {
                groups.push((&scenario.folder, Vec::new()));
            }
            groups[place].1.push((index, scenario));
        }
        groups.into_iter().map(|(folder, scenarios)| Self::new(folder, &scenarios)).collect()
    }

    fn new(folder: &Path, scenarios: &[(usize, &Scenario)]) -> Self {
        let pattern = |&(index, scenario): &(usize, &'_ Scenario)| (index, scenario.pattern.clone());
        let matcher = |patterns: Vec<(usize, String)>| Matcher::new(patterns.iter().map(|(i, p)| (*i, p.as_str())));
        let recursive = scenarios.iter().filter(|(_, scenario)| scenario.recursive).map(pattern).collect::<Vec<_>>();
        Self {
            folder: folder.to_path_buf(),
            here: matcher(scenarios.iter().map(pattern).collect()),
            below: (!recursive.is_empty()).then(|| matcher(recursive)),
        }
    }
}

/// What one look comes across.
#[derive(Debug)]
pub enum Found {
    /// A file that a scenario wants.
    File(Seen),
    /// A name that a scenario wants, or cannot want, and that is not taken.
    Ignored(Ignored),
    /// A folder that could not be looked at; the others are.
    Problem(Problem),
}

/// A regular file that a scenario wants, complete or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The scenario that takes it, by its place in the configuration.
    pub scenario: usize,
    /// The scenarios that would have taken it, ascending.
    pub shadowed: Vec<usize>,
    /// Where it stands.
    pub path: PathBuf,
    /// Where it stands below the folder of its scenario, `/` between parts.
    pub relative: String,
    /// Size, times and identity.
    pub facts: Facts,
}

impl Seen {
    /// The file name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.relative.rsplit('/').next().unwrap_or(&self.relative)
    }

    /// Last modification, as the file system says.
    #[must_use]
    pub fn modified(&self) -> Timestamp {
        self.facts.modified()
    }
}

/// A name that is left alone.
#[derive(Debug)]
pub struct Ignored {
    /// Where it stands.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// Why a name is left alone.
#[derive(Debug)]
pub enum Reason {
    /// A symbolic link: what it points to may be anywhere, and renaming the link would not take it.
    Symlink,
    /// A pipe, a socket, a device.
    NotAFile,
    /// Its name is not UTF-8: no pattern can be compared with it. Folders too.
    NotUtf8,
    /// The system does not tell its size and times.
    Unreadable(io::Error),
}

impl Reason {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Symlink => "scan-symbolic-link",
            Self::NotAFile => "scan-not-a-file",
            Self::NotUtf8 => "scan-name-not-utf-8",
            Self::Unreadable(_) => "scan-unreadable-file",
        }
    }
}

/// A folder that could not be looked at, or not to its end. What stands in it is seen at a later look.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", .folder.display())]
pub struct Problem {
    /// The watched folder, or one below it.
    pub folder: PathBuf,
    /// What the system says.
    #[source]
    pub error: io::Error,
}

impl Problem {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.error.kind() {
            io::ErrorKind::NotFound => "folder-missing",
            io::ErrorKind::PermissionDenied => "folder-unreadable",
            io::ErrorKind::NotADirectory => "folder-not-a-folder",
            _ => "folder-failed",
        }
    }
}

/// What one look went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Names read, folders included.
    pub names: u64,
    /// Files that a scenario wants.
    pub files: u64,
    through: HashSet<PathBuf>,
    unread: HashSet<PathBuf>,
}

impl Looked {
    /// Whether the look went through the folder of `path` to its end: what it did not find there is gone.
    #[must_use]
    pub fn read_to_end(&self, path: &Path) -> bool {
        let folders = || path.ancestors().skip(1);
        folders().any(|folder| self.through.contains(folder)) && !folders().any(|folder| self.unread.contains(folder))
    }
}

/// The watched folders, ready to be looked at.
#[derive(Clone, Debug)]
pub struct Scan {
    folders: Vec<WatchedFolder>,
    by_path: HashMap<PathBuf, usize>,
    /// Those above first: a recursive one then brings those below it.
    order: Vec<usize>,
}

impl Scan {
    /// A scan of `folders`, which wake-ups and [`Scan::look_at`] know by their place.
    ///
    /// The same folder under two names (a link, a mount) is looked at twice: whoever claims a file first has it.
    #[must_use]
    pub fn new(folders: Vec<WatchedFolder>) -> Self {
        let by_path = folders.iter().enumerate().map(|(index, watched)| (watched.folder.clone(), index)).collect();
        let mut order = (0..folders.len()).collect::<Vec<_>>();
        order.sort_by_key(|&index| folders[index].folder.components().count());
        Self { folders, by_path, order }
    }

    /// The watched folders, in the order given.
    #[must_use]
    pub fn folders(&self) -> &[WatchedFolder] {
        &self.folders
    }

    /// Looks at every folder. See [`Scan::look_at`].
    pub fn look(&self, found: &mut dyn FnMut(Found)) -> Looked {
        self.look_at(|_| true, found)
    }

    /// Looks at the folders whose place `wanted` accepts, and below them where a scenario is recursive.
    ///
    /// Every folder is read once, however many scenarios share it; names are compared first, and only those that match
    /// cost a system call more. Blocks; memory does not depend on the number of files. A file is given once, in no order, to the
    /// first of the scenarios that want it, those of folders above included. Folders whose name begins with a dot are
    /// not entered (`.taskctl`, snapshots of file servers), nor are symbolic links followed, the watched folder itself excepted.
    pub fn look_at(&self, wanted: impl Fn(usize) -> bool, found: &mut dyn FnMut(Found)) -> Looked {
        let mut look = Look { scan: self, found, entered: HashSet::new(), looked: Looked::default() };
        for &index in self.order.iter().filter(|&&index| wanted(index)) {
            if !look.entered.contains(&index) {
                look.watched(index);
            }
        }
        look.looked
    }

    /// Which scenarios want a file of this path, by names alone: what a look decides when it comes across a regular file there, on a way without
    /// symbolic links.
    #[must_use]
    pub fn who_wants(&self, path: &Path) -> Verdict {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
            return Verdict::Unmatched;
        };
        let own = self.by_path.get(folder).copied();
        self.wanted(own, &self.above(folder), name).map_or(Verdict::Unmatched, |(_, verdict)| verdict)
    }

    /// The watched folder whose scenario wants a name first, and all that want it; `own` is the watched folder that the name stands in.
    fn wanted(&self, own: Option<usize>, above: &[usize], name: &str) -> Option<(usize, Verdict)> {
        let own = own.map(|own| (own, &self.folders[own].here));
        let below = |&above: &usize| self.folders[above].below.as_ref().map(|matcher| (above, matcher));
        let mut first = None;
        let mut all = Verdict::Unmatched;
        for (watched, matcher) in own.into_iter().chain(above.iter().filter_map(below)) {
            let verdict = matcher.matches(name);
            if let Verdict::Matched { scenario, .. } = verdict
                && first.is_none_or(|(_, earlier)| scenario < earlier)
            {
                first = Some((watched, scenario));
            }
            all = all.merge(verdict);
        }
        first.map(|(watched, _)| (watched, all))
    }

    /// The recursive folders above `folder`, through folders that they enter.
    fn above(&self, folder: &Path) -> Rc<[usize]> {
        let reaches = |above: &usize| {
            let watched = &self.folders[*above];
            let way = folder.strip_prefix(&watched.folder).ok().filter(|way| !way.as_os_str().is_empty());
            watched.below.is_some() && way.is_some_and(|way| !way.iter().any(is_hidden))
        };
        (0..self.folders.len()).filter(reaches).collect()
    }
}

/// Folders of that name are not entered.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// One look under way.
struct Look<'a> {
    scan: &'a Scan,
    found: &'a mut dyn FnMut(Found),
    entered: HashSet<usize>,
    looked: Looked,
}

/// A folder to be read.
struct Place {
    path: PathBuf,
    /// The watched folder that it is, if it is one.
    own: Option<usize>,
    /// The recursive folders above it.
    above: Rc<[usize]>,
}

impl Look<'_> {
    fn watched(&mut self, index: usize) {
        let path = self.scan.folders[index].folder.clone();
        self.looked.through.insert(path.clone());
        let root = match Directory::open(&path) {
            Ok(root) => root,
            Err(error) => return self.problem(path, error),
        };
        let mut pending = Vec::new();
        let above = self.scan.above(&path);
        self.read(&root, &Place { path: path.clone(), own: Some(index), above }, &mut pending);
        while let Some(place) = pending.pop() {
            let below = place.path.strip_prefix(&path).unwrap_or(&place.path);
            match root.open_below(below) {
                Ok(folder) => self.read(&folder, &place, &mut pending),
                // Gone, or replaced, since its name was read.
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => self.problem(place.path, error),
            }
        }
    }

    fn read(&mut self, folder: &Directory, place: &Place, pending: &mut Vec<Place>) {
        self.entered.extend(place.own);
        let recursive = place.own.filter(|&own| self.scan.folders[own].below.is_some());
        let below: Rc<[usize]> = match recursive {
            Some(own) => place.above.iter().copied().chain([own]).collect(),
            None => Rc::clone(&place.above),
        };
        let read = folder.read(&mut |name, kind| {
            self.looked.names += 1;
            let facts = if kind == Kind::Unknown { folder.facts(name).ok() } else { None };
            match (name.to_str(), facts.map_or(kind, |facts| facts.kind)) {
                (None, _) => self.ignored(place.path.join(name), Reason::NotUtf8),
                (Some(_), Kind::Folder) if below.is_empty() || is_hidden(name) => {}
                (Some(_), Kind::Folder) => {
                    let path = place.path.join(name);
                    let own = self.scan.by_path.get(&path).copied();
                    pending.push(Place { path, own, above: Rc::clone(&below) });
                }
                (Some(name), kind) => self.name(folder, place, name, kind),
            }
        });
        if let Err(error) = read {
            self.problem(place.path.clone(), error);
        }
    }

    fn name(&mut self, folder: &Directory, place: &Place, name: &str, kind: Kind) {
        let wanted = self.scan.wanted(place.own, &place.above, name);
        let Some((watched, Verdict::Matched { scenario, shadowed })) = wanted else {
            return;
        };
        let path = place.path.join(name);
        match kind {
            Kind::Symlink => return self.ignored(path, Reason::Symlink),
            Kind::Other => return self.ignored(path, Reason::NotAFile),
            _ => {}
        }
        let facts = match folder.facts(name.as_ref()) {
            Ok(facts) if facts.kind == Kind::File => facts,
            Ok(_) => return self.ignored(path, Reason::NotAFile),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.ignored(path, Reason::Unreadable(error)),
        };
        let relative = path.strip_prefix(&self.scan.folders[watched].folder).unwrap_or(&path);
        let relative = relative.to_string_lossy().replace(MAIN_SEPARATOR, "/");
        self.looked.files += 1;
        (self.found)(Found::File(Seen { scenario, shadowed, path, relative, facts }));
    }

    fn ignored(&mut self, path: PathBuf, reason: Reason) {
        (self.found)(Found::Ignored(Ignored { path, reason }));
    }

    fn problem(&mut self, folder: PathBuf, error: io::Error) {
        self.looked.unread.insert(folder.clone());
        (self.found)(Found::Problem(Problem { folder, error }));
    }
}

#[cfg(test)]
mod tests;
