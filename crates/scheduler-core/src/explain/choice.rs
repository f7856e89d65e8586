//! Which scenario takes a name, and what each of the others lacks.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::matcher::{self, Reason, Verdict};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::watch::scan::{Scan, WatchedFolder, is_hidden};

/// Whether a scenario takes a file, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code")]
pub enum Choice {
    /// It takes it.
    #[serde(rename = "scenario-takes")]
    Takes,
    /// It would, and comes after another in the configuration.
    #[serde(rename = "scenario-shadowed")]
    Shadowed {
        /// The one that takes it.
        by: String,
    },
    /// It is off.
    #[serde(rename = "scenario-off")]
    Off,
    /// Its pattern does not match the name.
    #[serde(rename = "scenario-pattern")]
    Pattern,
    /// The file stands below its folder, and it is not recursive.
    #[serde(rename = "scenario-not-recursive")]
    NotRecursive,
    /// The file stands below a folder whose name begins with a dot: those are not entered.
    #[serde(rename = "scenario-hidden-folder")]
    HiddenFolder,
    /// The file stands below a symbolic link: those are not followed.
    #[serde(rename = "scenario-linked-folder")]
    LinkedFolder,
}

impl Choice {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 7] = [
        "scenario-takes",
        "scenario-shadowed",
        "scenario-off",
        "scenario-pattern",
        "scenario-not-recursive",
        "scenario-hidden-folder",
        "scenario-linked-folder",
    ];

    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Takes => "scenario-takes",
            Self::Shadowed { .. } => "scenario-shadowed",
            Self::Off => "scenario-off",
            Self::Pattern => "scenario-pattern",
            Self::NotRecursive => "scenario-not-recursive",
            Self::HiddenFolder => "scenario-hidden-folder",
            Self::LinkedFolder => "scenario-linked-folder",
        }
    }
}

/// How far a name satisfies a pattern ([`matcher::explain`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// `match-…`, stable.
    pub code: &'static str,
    /// The beginning of the pattern that the name satisfies.
    pub matched: String,
    /// What the pattern goes on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the name goes on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The name writes accented letters as a letter and an accent.
    pub decomposed: bool,
}

impl Pattern {
    /// Whether the name is one for the pattern.
    #[must_use]
    pub fn matches(&self) -> bool {
        matches!(self.code, "match-every-name" | "match-pattern")
    }

    fn of(pattern: &str, name: &str) -> Self {
        let explained = matcher::explain(pattern, name);
        let code = explained.reason.code();
        let (expected, found) = match explained.reason {
            Reason::Differs { expected, found } => (Some(expected), Some(found)),
            Reason::TooShort { expected } => (Some(expected), None),
            Reason::TooLong { rest } => (None, Some(rest)),
            Reason::EveryName | Reason::Matches | Reason::Hidden => (None, None),
        };
        Self { code, matched: explained.matched, expected, found, decomposed: explained.decomposed }
    }
}

/// A scenario that was tried on a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its name.
    pub scenario: String,
    /// The folder that it watches.
    pub folder: PathBuf,
    /// Its pattern.
    pub pattern: String,
    /// Whether it takes the file.
    pub choice: Choice,
    /// How far the name satisfies the pattern.
    #[serde(rename = "match")]
    pub name: Pattern,
}

/// The place of the scenario that takes a file of this path by its name, and every scenario of its folder and of those above, in the order of the
/// configuration. The scenario is the one that a look finds ([`Scan::who_wants`]).
pub(super) fn choose(setup: &Setup, path: &Path, name: &str) -> (Option<usize>, Vec<Tried>) {
    let folder = path.parent().unwrap_or(path);
    // A look begins at each watched folder, a link or not; from there on names decide.
    let reached = setup.scenarios.iter().filter(|scenario| scenario.enabled && folder.starts_with(&scenario.folder));
    let reached = reached
        .into_iter()
        .any(|scenario| (scenario.recursive || folder == scenario.folder) && !linked(&scenario.folder, folder));
    let link = |scenario: &Scenario| !reached && linked(&scenario.folder, folder);
    let wanted = Scan::new(WatchedFolder::of(&setup.scenarios)).who_wants(path);
    let taker = match &wanted {
        Verdict::Matched { scenario, .. } => Some(*scenario).filter(|index| !link(&setup.scenarios[*index])),
        Verdict::Unmatched => None,
    };
    let near = setup.scenarios.iter().enumerate().filter(|(_, scenario)| folder.starts_with(&scenario.folder));
    let tried = near.map(|(index, scenario)| {
        let pattern = Pattern::of(&scenario.pattern, name);
        let way = folder.strip_prefix(&scenario.folder).unwrap_or_else(|_| Path::new(""));
        let below = !way.as_os_str().is_empty();
        let choice = match (taker, &wanted) {
            _ if below && way.iter().any(is_hidden) => Choice::HiddenFolder,
            _ if below && !scenario.recursive => Choice::NotRecursive,
            _ if below && link(scenario) => Choice::LinkedFolder,
            _ if !scenario.enabled => Choice::Off,
            (Some(taker), _) if taker == index => Choice::Takes,
            (Some(taker), Verdict::Matched { shadowed, .. }) if shadowed.contains(&index) => {
                Choice::Shadowed { by: setup.scenarios[taker].name.clone() }
            }
            _ => Choice::Pattern,
        };
        let (folder, asked) = (scenario.folder.clone(), scenario.pattern.clone());
        Tried { scenario: scenario.name.clone(), folder, pattern: asked, choice, name: pattern }
    });
    (taker, tried.collect())
}

/// Whether the way from a watched folder down to `folder` passes a symbolic link; the watched folder itself may be one.
fn linked(watched: &Path, folder: &Path) -> bool {
    let Ok(way) = folder.strip_prefix(watched) else { return false };
    let mut place = watched.to_owned();
    way.iter().any(|part| {
        place.push(part);
        std::fs::symlink_metadata(&place).is_ok_and(|facts| facts.is_symlink())
    })
}
