//! The durability rules, checked on a recorded trace. Every rule asks for calls that *ended* before the one they protect *began*.

use std::path::{Path, PathBuf};

use super::trace::{Act, Call};

/// Where the parts of the station are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) root: PathBuf,
}

impl Places {
    fn path(&self, below: &str) -> String {
        self.root.join(below).display().to_string()
    }
}

/// What a trace showed, and what it should not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) claims: usize,
    pub(crate) uploads: usize,
    pub(crate) returns: usize,
    pub(crate) copies: usize,
    pub(crate) violations: Vec<String>,
}

/// Checks a whole trace.
pub(crate) fn check(calls: &[Call], places: &Places) -> Findings {
    let wal = places.path("data/journal.sqlite-wal");
    let mut order = Order { calls, places, commits: commits(calls, &wal), wal, found: Findings::default() };
    order.folders();
    order.claims();
    order.uploads();
    order.returns();
    order.copies();
    order.found
}

/// A commit of the journal: its first write into the write-ahead log and the synchronisation that ends it.
#[derive(Clone, Copy, Debug)]
struct Commit {
    begun: usize,
    synced: usize,
}

fn commits(calls: &[Call], wal: &str) -> Vec<Commit> {
    let mut begun = None;
    let mut commits = Vec::new();
    for call in calls {
        match &call.act {
            Act::Write(path) if path == wal => begun = begun.or(Some(call.start)),
            Act::Sync(path) if path == wal => {
                commits.extend(begun.take().map(|begun| Commit { begun, synced: call.end }));
            }
            _ => {}
        }
    }
    commits
}

struct Order<'a> {
    calls: &'a [Call],
    places: &'a Places,
    wal: String,
    commits: Vec<Commit>,
    found: Findings,
}

impl<'a> Order<'a> {
    /// A folder that holds what must not be lost has itself a durable name, before the first claim goes.
    fn folders(&mut self) {
        let claim = self.places.path("inbox/.taskctl/");
        let first = self.calls.iter().find(|call| matches!(&call.act, Act::Unlink(path) if path.starts_with(&claim)));
        let Some(first) = first.map(|call| call.start) else { return };
        for folder in ["data", "data/store", "inbox/.taskctl"] {
            self.bears_a_name(&self.places.path(folder), first);
        }
    }

    /// A folder made during the trace has a durable name before `until`.
    fn bears_a_name(&mut self, folder: &str, until: usize) {
        let made = self.calls.iter().find(|call| matches!(&call.act, Act::Mkdir(path) if path == folder));
        if let (Some(made), Some(parent)) = (made, Path::new(folder).parent()) {
            self.need(&parent.display().to_string(), made.end, until, "the name of a new folder is not durable");
        }
    }

    /// No claim goes before its bytes, the folders, the backup and then the journal are durable.
    fn claims(&mut self) {
        let claims = self.places.path("inbox/.taskctl/");
        for call in self.calls {
            let Act::Unlink(path) = &call.act else { continue };
            let Some((id, name)) = path.strip_prefix(&claims).and_then(|rest| rest.split_once('~')) else { continue };
            self.found.claims += 1;
            self.claim(call, path, id, name);
        }
    }

    fn claim(&mut self, gone: &Call, path: &str, id: &str, name: &str) {
        let (stored, backup) =
            (self.places.path(&format!("data/store/{id}")), self.places.path(&format!("backup/{name}")));
        let Some(taken) = self.named(|to| to == path, gone.start) else {
            return self.blame(path, "was never claimed");
        };
        let Some(kept) = self.named(|to| to == stored, gone.start) else {
            return self.blame(path, "went before its bytes were in the store");
        };
        let Some(backed) = self.named(|to| to == backup, gone.start) else {
            return self.blame(path, "went before its backup stood");
        };
        let Act::Name { from: temporary, .. } = &backed.act else { return };
        let (taken, kept) = (taken.end, kept.end);
        let [store, inbox, claims, backups] =
            ["data/store", "inbox", "inbox/.taskctl", "backup"].map(|folder| self.places.path(folder));
        self.need(temporary, 0, backed.start, "a backup has its name before its bytes are synchronised");
        let all = [
            self.need(&stored, kept, gone.start, "a claim goes before the store file is synchronised"),
            self.need(&store, kept, gone.start, "a claim goes before the store folder is synchronised"),
            self.need(&claims, taken, gone.start, "a claim goes before the claim folder is synchronised"),
            self.need(&inbox, taken, gone.start, "a claim goes before the inbox is synchronised"),
            self.need(&backups, backed.end, gone.start, "a claim goes before the backup folder is synchronised"),
        ];
        let durable = all.into_iter().max().unwrap_or_default();
        if self.commits_between(durable, gone.start) == 0 {
            self.blame(path, "goes before the journal is synchronised");
        }
    }

    /// The intent is durable before the first byte of an upload, `Committing` before its last.
    fn uploads(&mut self) {
        let sends = self.sends();
        let mut mark = sends.first().map_or(0, |(call, _)| call.start);
        for (index, (first, text)) in sends.iter().enumerate() {
            let Some(boundary) = between(text, "boundary=", "\\r\\n").filter(|_| text.contains("POST ")) else {
                continue;
            };
            self.found.uploads += 1;
            let name = between(text, "filename=\\\"", "\\\"").unwrap_or_default();
            let claim = format!("~{name}");
            let released =
                self.calls.iter().find(|call| matches!(&call.act, Act::Unlink(path) if path.ends_with(&claim)));
            let Some(released) = released.filter(|released| released.end < first.start) else {
                return self.blame(name, "is sent before its claim went");
            };
            let from = mark.max(released.end);
            if self.commits_between(from, first.start) == 0 || !self.clean(first.start) {
                self.blame(name, "its first byte leaves before the intent is synchronised");
            }
            let closing = format!("{boundary}--");
            let Some((last, _)) = sends[index..].iter().find(|(_, text)| text.contains(&closing)) else {
                return self.blame(name, "its end was not seen");
            };
            if last.start <= first.start || self.commits_between(from, last.start) < 2 || !self.clean(last.start) {
                self.blame(name, "its last byte leaves before Committing is synchronised");
            }
            mark = last.end;
        }
    }

    /// A return is asked for once that is durable; it is stored, then published, each durably, before the partner hears more.
    fn returns(&mut self) {
        let sends = self.sends();
        for (index, (asked, text)) in sends.iter().enumerate() {
            if !(text.contains("GET ") && text.contains("local_ident=")) {
                continue;
            }
            self.found.returns += 1;
            let listed = index.checked_sub(1).map_or(0, |before| sends[before].0.end);
            if self.commits_between(listed, asked.start) == 0 || !self.clean(asked.start) {
                self.blame("a return", "is asked for before that is synchronised");
            }
            let next = sends.get(index + 1).map_or(usize::MAX, |(call, _)| call.start);
            self.kept(asked, next);
        }
    }

    fn kept(&mut self, asked: &Call, next: usize) {
        let (store, returns) = (self.places.path("data/store"), self.places.path("recus/"));
        let named = |call: &&Call| {
            call.start > asked.end && matches!(&call.act, Act::Name { from, .. } if from.ends_with(".part"))
        };
        let Some(Call { start, end, act: Act::Name { from: part, to: stored } }) = self.calls.iter().find(named) else {
            return self.blame("a return", "is not kept in the store");
        };
        let written = self.calls.iter().filter(|call| matches!(&call.act, Act::Write(path) if path == part));
        let written = written.map(|call| call.end).max().unwrap_or_default();
        self.need(part, written, *start, "a return has its store name before its bytes are synchronised");
        let id = Path::new(stored).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let published = |call: &&Call| {
            call.start > *end
                && matches!(&call.act, Act::Name { from, to } if from.contains(id) && to.starts_with(&returns))
        };
        let Some(Call { start: put, end: stands, act: Act::Name { from: temporary, to } }) =
            self.calls.iter().find(published)
        else {
            return self.blame(stored, "never reaches the operator's folder");
        };
        let durable = self.need(&store, *end, *put, "a return is published before the store folder is synchronised");
        if self.commits_between(durable, *put) == 0 {
            self.blame(stored, "is published before the journal is synchronised");
        }
        self.need(temporary, *end, *put, "a return has its operator's name before its bytes are synchronised");
        let folder = Path::new(to).parent().map(|path| path.display().to_string()).unwrap_or_default();
        let durable =
            self.need(&folder, *stands, next, "the partner hears more before the operator's folder is synchronised");
        self.bears_a_name(&self.places.path("recus"), next);
        self.bears_a_name(&folder, next);
        if self.commits_between(durable, next) == 0 {
            self.blame(stored, "the partner hears more before Published is synchronised");
        }
    }

    /// A second copy has its name once its bytes are durable, and is journalled as made once its name is.
    fn copies(&mut self) {
        let folder = self.places.path("envoyes");
        for call in self.calls {
            let Act::Name { from, to } = &call.act else { continue };
            if Path::new(to).parent() != Some(Path::new(&folder)) {
                continue;
            }
            self.found.copies += 1;
            self.need(from, 0, call.start, "a second copy has its name before its bytes are synchronised");
            let durable = self.need(&folder, call.end, usize::MAX, "the name of a second copy is not durable");
            if self.commits_between(durable, usize::MAX) == 0 {
                self.blame(to, "is not journalled as made after it is");
            }
        }
    }

    fn sends(&self) -> Vec<(&'a Call, &'a str)> {
        let text = |call: &'a Call| match &call.act {
            Act::Send(text) => Some((call, text.as_str())),
            _ => None,
        };
        self.calls.iter().filter_map(text).collect()
    }

    /// The call that gave a name, the last before `until`.
    fn named(&self, wanted: impl Fn(&str) -> bool, until: usize) -> Option<&'a Call> {
        let is = |call: &&Call| call.end < until && matches!(&call.act, Act::Name { to, .. } if wanted(to));
        self.calls.iter().rfind(is)
    }

    /// A synchronisation of `path` that began after `from` and ended before `until`: when the first one ended.
    fn need(&mut self, path: &str, from: usize, until: usize, otherwise: &str) -> usize {
        let store = self.places.path("data/store");
        let covers = |act: &Act| match act {
            Act::Sync(synced) => synced == path,
            // The folders of the inbox may be on another volume.
            Act::SyncFileSystem(_) => path.starts_with(&store),
            _ => false,
        };
        let is = |call: &&Call| call.start > from && call.end < until && covers(&call.act);
        match self.calls.iter().find(is) {
            Some(call) => call.end,
            None => {
                self.blame(path, otherwise);
                usize::MAX
            }
        }
    }

    fn commits_between(&self, from: usize, until: usize) -> usize {
        self.commits.iter().filter(|commit| commit.begun > from && commit.synced < until).count()
    }

    /// Nothing of the journal waits for its synchronisation.
    fn clean(&self, at: usize) -> bool {
        let before = |call: &&Call| call.start < at;
        let last =
            self.calls.iter().rfind(|call| before(call) && matches!(&call.act, Act::Write(path) if *path == self.wal));
        let is = |call: &Call, since: usize| {
            call.start > since && call.end < at && matches!(&call.act, Act::Sync(path) if *path == self.wal)
        };
        last.is_none_or(|last| self.calls.iter().any(|call| is(call, last.end)))
    }

    fn blame(&mut self, what: &str, why: &str) {
        self.found.violations.push(format!("{what}: {why}"));
    }
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, begun) = text.split_once(open)?;
    begun.split_once(close).map(|(inner, _)| inner)
}
