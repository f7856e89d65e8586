//! A file in words: the scenarios tried, whether it is complete, what becomes of it.

use std::time::Duration;

use scheduler_core::consignment::Consignment;
use scheduler_core::explain::{Choice, Fate, FileOutlook, Presence, Settled, SettledBy, Tried};

use super::page::Page;
use crate::catalogue;

/// Scenarios of one folder that are shown.
const SHOWN: usize = 12;

/// The scenarios that are shown, in the order of the configuration: those whose pattern matches, then those that nearly do.
fn most_telling(tried: &[Tried]) -> Vec<&Tried> {
    let mut telling: Vec<(usize, &Tried)> = tried.iter().enumerate().collect();
    telling.sort_by_key(|(_, tried)| {
        let near = std::cmp::Reverse(tried.name.matched.chars().count());
        (tried.choice != Choice::Takes, !tried.name.matches(), near)
    });
    telling.truncate(SHOWN);
    telling.sort_by_key(|(place, _)| *place);
    telling.into_iter().map(|(_, tried)| tried).collect()
}

impl Page<'_> {
    pub(super) fn file(&mut self, file: &FileOutlook, near: &[String]) {
        let label = self.say("Fichier", "File");
        self.title(&format!("{label} {}", file.path.display()));
        self.presence(&file.presence);
        if !near.is_empty() {
            let label = self.say("Noms proches", "Names alike");
            self.line(label, &near.join(", "));
        }
        self.tried(&file.tried);
        if let Some(settled) = &file.settled {
            self.settled(settled, file);
        }
        if let Some(fate) = &file.fate {
            self.fate(fate);
        }
        if let Some(lane) = file.lane.as_ref().filter(|_| file.fate.is_some()) {
            self.lane(lane);
        }
    }

    fn presence(&mut self, presence: &Presence) {
        let text = match presence {
            Presence::Present { size, modified } => {
                let modified = self.moment(*modified);
                let bytes = catalogue::bytes(self.view.language, *size);
                let (size, changed) = (self.say("Taille", "Size"), self.say("Modifié", "Modified"));
                self.line(size, &bytes);
                return self.line(changed, &modified);
            }
            Presence::Missing => self.sentence("file-missing", &[]),
            Presence::Claimed { id, .. } => self.sentence("file-claimed", &[("id", id.to_string())]),
            Presence::Folder => self.sentence("file-is-a-folder", &[]),
            Presence::LeftAlone { reason, words } => {
                let words =
                    words.as_ref().map(|words| format!(" {}", self.view.language.quoted(words))).unwrap_or_default();
                format!("{} {}{words}", self.sentence("file-left-alone", &[]), self.advice(reason, &[]))
            }
        };
        self.item(&text);
    }

    fn tried(&mut self, tried: &[Tried]) {
        let heading = self.say("Scénarios", "Scenarios");
        if tried.is_empty() {
            return;
        }
        self.heading(heading);
        for tried in most_telling(tried) {
            self.scenario(tried);
        }
        if tried.len() > SHOWN {
            let others = self.sentence("scenario-others", &[("files", (tried.len() - SHOWN).to_string())]);
            self.item(&others);
        }
        if tried.iter().any(|tried| tried.name.decomposed && !tried.name.matches()) {
            let advice = self.advice("match-decomposed", &[]);
            self.item(&advice);
        }
    }

    fn scenario(&mut self, tried: &Tried) {
        let by = if let Choice::Shadowed { by } = &tried.choice { by.clone() } else { String::new() };
        let folder = tried.folder.display().to_string();
        let choice = self.sentence(tried.choice.code(), &[("by", by), ("folder", folder)]);
        let name = &tried.name;
        let code = match name.code {
            "match-differs" if name.matched.is_empty() => "match-differs-at-once",
            code => code,
        };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let places =
            [("matched", name.matched.clone()), ("expected", text(&name.expected)), ("found", text(&name.found))];
        let mark = if tried.choice == Choice::Takes { '✓' } else { '✗' };
        let reason = self.sentence(code, &places);
        self.item(&format!("{mark} {} ({}) : {choice} {reason}", tried.scenario, tried.pattern));
        if !name.matches() && name.code != "match-hidden-name" {
            let wanted = name.expected.as_ref().map_or(1, |expected| expected.chars().count());
            self.marked(&tried.pattern, name.matched.chars().count(), wanted);
        }
    }

    fn settled(&mut self, settled: &Settled, file: &FileOutlook) {
        let heading = self.say("Est-il complet ?", "Is it complete?");
        self.heading(heading);
        let seen = self.moment(settled.seen);
        let by = match settled.by {
            SettledBy::Service => self.say("Vu par le service", "Seen by the service"),
            SettledBy::OurLook => self.say("Vu à l'instant", "Seen just now"),
        };
        self.line(by, &seen);
        for told in settled.waits.iter().chain(&settled.because) {
            let text = self.told(told);
            self.item(&format!("- {text}"));
        }
        let (label, writers) = (self.say("Écriture en cours ?", "Being written?"), self.told(&settled.writers));
        self.line(label, &writers);
        if !settled.programs.is_empty() {
            let label = self.say("Programmes", "Programs");
            self.line(label, &settled.programs.join(", "));
        }
        let unchanged = self.span(Duration::from_millis(settled.unchanged_ms));
        let label = self.say("Inchangé depuis", "Unchanged for");
        self.line(label, &unchanged);
        if let Some(watching) = &file.watching {
            let how = match watching.how.as_str() {
                "events" | "" => self.say("surveillance instantanée", "instant watching").to_owned(),
                how => self.sentence(how, &[]),
            };
            let label = self.say("Dossier", "Folder");
            self.line(label, &how);
        }
    }

    fn fate(&mut self, fate: &Fate) {
        let heading = self.say("Ce qu'il deviendra", "What becomes of it");
        self.heading(heading);
        if let Some(why) = &fate.held {
            let said = self.why(why).sentence;
            let held = self.say("Retenu", "Held");
            self.line(held, &said);
        } else if fate.unknown.is_empty() {
            let goes = self.sentence("fate-goes", &[]);
            self.item(&goes);
        }
        for code in &fate.unknown {
            let advice = self.advice(code, &[]);
            self.item(&advice);
        }
        if let Some(backup) = &fate.backup {
            let text = self.sentence(backup.code, &[("path", backup.path.display().to_string())]);
            self.item(&text);
        }
    }

    /// What was accepted from the same path before.
    pub(super) fn earlier(&mut self, rows: &[Consignment]) {
        if rows.is_empty() {
            return;
        }
        let heading = self.say("Déjà pris en charge sous ce chemin", "Accepted from this path before");
        self.heading(heading);
        for row in rows {
            let state = catalogue::status(self.view.language, row.state.status());
            let text = format!("{}  {}  {state}", self.when(row.accepted), row.id);
            self.item(&text);
        }
    }

    /// Several things are called so.
    pub(super) fn several(&mut self, what: &str, names: &[String]) {
        let colon = self.view.language.colon();
        let text = self.say("Plusieurs choses s'appellent ainsi", "Several things are called so");
        self.title(&format!("{text}{colon} {what}"));
        for name in names {
            self.item(&format!("taskctl explain {name}"));
        }
    }

    /// Nothing is called so.
    pub(super) fn nothing(&mut self, what: &str, near: &[String], folders: &[String]) {
        let colon = self.view.language.colon();
        let text = self.say(
            "Ni fichier d'un dossier surveillé, ni envoi, ni retour ne s'appelle ainsi",
            "No file of a watched folder, no sending and no return is called so",
        );
        self.title(&format!("{text}{colon} {what}"));
        let (alike, watched) =
            (self.say("Noms proches", "Names alike"), self.say("Dossiers surveillés", "Watched folders"));
        if !near.is_empty() {
            self.line(alike, &near.join(", "));
        }
        self.line(watched, &folders.join(", "));
    }
}
