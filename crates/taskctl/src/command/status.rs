//! `taskctl status`: the live picture (R7), what waits, and what asks for a decision.

mod notices;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use scheduler_core::consignment::{Consignment, Lane, Status, Why};
use scheduler_core::journal::{LaneRow, Small};
use scheduler_core::live::{Live, LiveFile, Watched};
use scheduler_core::returned::Return;
use serde_json::{Value, json};

use super::collections::Collection;
use super::{View, history, links};
use crate::catalogue;
use crate::exit::Exit;
use crate::output::clean;

/// What there is to know of a station at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'a> {
    /// The live picture, when the service runs.
    pub live: Option<&'a Live>,
    /// Consignments by state.
    pub counts: &'a BTreeMap<Status, u64>,
    /// Consignments that wait for a decision.
    pub undecided: &'a [Consignment],
    /// Returns that were read and are not whole.
    pub incomplete: &'a [Return],
    /// Consignments about which a decision waits for a second person.
    pub proposed: &'a [Consignment],
    /// What the journal knows of lanes and pauses.
    pub small: &'a Small,
    /// The lanes that follow a schedule.
    pub collections: &'a [Collection],
    /// The moment.
    pub now: Timestamp,
}

impl Overview<'_> {
    /// 6 when somebody must decide, 1 when something waits, 0 otherwise.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let waits = self.counts.iter().any(|(status, count)| status.is_pending() && *count > 0);
        let decide = !self.undecided.is_empty()
            || self.small.restored.is_some()
            || !self.proposed.is_empty()
            || self.small.lanes.values().any(is_stopped);
        match (decide, waits) {
            (true, _) => Exit::Human,
            (false, true) => Exit::Unfinished,
            (false, false) => Exit::Done,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, view: View<'_>) -> String {
        let mut text = String::new();
        text.push_str(&restored(self.small, view));
        self.service(&mut text, view);
        self.counts(&mut text, view);
        text.push_str(&obstacles(self.small, self.now, view));
        self.collections.iter().for_each(|collection| text.push_str(&collection.render(view)));
        text.push_str(&notices::render(self.small, self.live, view));
        self.questions(&mut text, view);
        self.decisions(&mut text, view);
        for row in self.proposed {
            text.push_str(&links::decided(row, view));
        }
        text
    }

    /// Lanes with doubts that the partner is asked about again, and from when on.
    fn asked_again(&self) -> impl Iterator<Item = (&Lane, Timestamp)> {
        let doubtful = |lane: &Lane| {
            self.undecided.iter().any(|row| row.facts.lane == *lane && row.state.status() == Status::Uncertain)
        };
        self.small.lanes.iter().filter_map(move |(lane, row)| Some((lane, row.asks_again.filter(|_| doubtful(lane))?)))
    }

    fn questions(&self, text: &mut String, view: View<'_>) {
        let colon = view.language.colon();
        for (lane, at) in self.asked_again() {
            let asks = view.language.pick(
                "le partenaire sera interrogé à nouveau sur les envois incertains à partir du",
                "the partner is asked again about uncertain files from",
            );
            let _ = writeln!(text, "{lane}{colon} {asks} {}", catalogue::moment(view.language, at, view.zone));
        }
    }

    fn service(&self, text: &mut String, view: View<'_>) {
        let colon = view.language.colon();
        let say = |fr, en| view.language.pick(fr, en);
        let Some(live) = self.live else {
            let _ = writeln!(
                text,
                "{}",
                say(
                    "La station ne tourne pas. Pour la lancer : taskctl run",
                    "The station is not running. To start it: taskctl run"
                )
            );
            return;
        };
        let since = live.started.map(|at| catalogue::moment(view.language, at, view.zone)).unwrap_or_default();
        let _ = writeln!(
            text,
            "{} {since} ({} {})",
            say("Scrutation en cours depuis le", "Watching since"),
            say("processus", "process"),
            live.pid
        );
        let _ = writeln!(
            text,
            "{}{colon} {} {}, {} {}, {} {}",
            say("Session", "Session"),
            live.accepted,
            say("fichier(s) pris en charge", "file(s) accepted"),
            live.deposited,
            say("envoyé(s)", "sent"),
            live.published,
            say("retour(s) reçu(s)", "return(s) received"),
        );
        for (folder, watched) in &live.watched {
            folder_lines(text, folder, watched, view);
        }
        for (lane, row) in &live.lanes {
            let file = row.file.as_ref().map(|file| format!(" · {}", in_hand(file, view))).unwrap_or_default();
            let _ = writeln!(text, "  ▶ {lane} · {}{file}", catalogue::phase(view.language, row.phase));
        }
        text.push_str(&problems(&live.problems, view));
    }

    fn counts(&self, text: &mut String, view: View<'_>) {
        let colon = view.language.colon();
        let counts: Vec<String> = self
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(status, count)| format!("{} {count}", catalogue::status(view.language, *status)))
            .collect();
        if !counts.is_empty() {
            let _ = writeln!(text, "{}{colon} {}", view.language.pick("Fichiers", "Files"), counts.join(" · "));
        }
    }

    fn decisions(&self, text: &mut String, view: View<'_>) {
        if self.undecided.is_empty() && self.incomplete.is_empty() {
            return;
        }
        let _ = writeln!(
            text,
            "\n{}",
            view.language.pick(
                "À décider (taskctl show IDENTIFIANT dit quoi faire)",
                "To be decided (taskctl show IDENTIFIER tells what to do)"
            )
        );
        text.push_str(&history::render(self.undecided, self.incomplete, view));
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let counts: BTreeMap<&str, u64> = self.counts.iter().map(|(status, count)| (status.as_str(), *count)).collect();
        let suspended: Vec<&str> =
            self.small.lanes.iter().filter(|(_, row)| row.suspended.is_some()).map(|(lane, _)| lane.as_str()).collect();
        json!({
            "running": self.live.is_some(),
            "live": self.live,
            "counts": counts,
            "undecided": self.undecided,
            "incomplete": self.incomplete,
            "restored": self.small.restored,
            "proposed": self.proposed,
            "paused": self.small.pauses,
            "suspended": suspended,
            "collections": self.collections.iter().map(Collection::json).collect::<Vec<_>>(),
            "servers_resting": resting(self.small, self.now)
                .filter(|(_, until, _)| *until > self.now)
                .map(|(gate, until, why)| json!({ "server": gate, "until": until, "why": why }))
                .collect::<Vec<_>>(),
            "notices_suspended": notices::suspended(self.small),
            "asked_again": self.asked_again().map(|(lane, at)| (lane.as_str(), at.to_string())).collect::<BTreeMap<_, _>>(),
        })
    }
}

/// A password was refused: somebody must give another.
fn is_stopped(row: &LaneRow) -> bool {
    row.suspended.is_some() || row.notices_suspended.is_some()
}

/// Why nothing of a lane leaves: one line, or nothing when nothing stands in the way. A rest that is over at `now` is told as such: the
/// journal keeps it until the next session. Without `now` it still lasts.
#[must_use]
pub fn obstacle(lane: &Lane, row: &LaneRow, now: Option<Timestamp>, view: View<'_>) -> String {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let words = |why| clean(&catalogue::explain(view.language, view.zone, why).to_string());
    match (&row.suspended, &row.rests) {
        (Some((why, _)), _) => {
            format!("{} {lane}{colon} {}\n", say("Profil suspendu", "Suspended profile"), words(why))
        }
        (None, Some((until, why))) if now.is_some_and(|now| *until <= now) => {
            let fr = "la dernière session a échoué ; l'attente est finie, la prochaine passe essaiera";
            let en = "the last session failed; the wait is over, the next pass will try";
            format!("{lane}{colon} {}. {}\n", say(fr, en), words(why))
        }
        (None, Some((until, why))) => {
            let until = catalogue::moment(view.language, *until, view.zone);
            format!("{lane}{colon} {} {until}. {}\n", say("pas de session avant le", "no session before"), words(why))
        }
        (None, None) => String::new(),
    }
}

/// What keeps files from leaving, a line each: pauses, refused passwords, partners that rest.
#[must_use]
pub fn obstacles(small: &Small, now: Timestamp, view: View<'_>) -> String {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let mut text = String::new();
    for scope in &small.pauses {
        let (what, option) = match scope.split_once(':') {
            Some(("scenario", name)) => {
                (format!("{} {name}", say("scénario", "scenario")), format!(" --scenario {name}"))
            }
            Some((_, name)) => (format!("{} {name}", say("profil", "profile")), format!(" --profile {name}")),
            None => (say("tout", "everything").to_owned(), String::new()),
        };
        let (paused, resume) = (say("En pause", "Paused"), say("Pour reprendre :", "To go on:"));
        let _ = writeln!(text, "{paused}{colon} {what}. {resume} taskctl resume{option}");
    }
    for (lane, row) in &small.lanes {
        text.push_str(&obstacle(lane, row, Some(now), view));
    }
    for (gate, until, why) in resting(small, now) {
        let (gate, over) = (clean(gate), until <= now);
        let until = catalogue::moment(view.language, until, view.zone);
        let why = clean(&catalogue::explain(view.language, view.zone, why).to_string());
        let line = match over {
            false => view.language.pick(
                format!("Serveur {gate} au repos jusqu'au {until}, pour tous ses profils, parce que : {why}"),
                format!("Server {gate} left alone until {until}, by all its profiles, because: {why}"),
            ),
            true => view.language.pick(
                format!("Serveur {gate} : son repos est fini depuis le {until}, la prochaine passe essaiera. Il venait de ce que : {why}"),
                format!("Server {gate}: its rest is over since {until}, the next pass will try. It was because: {why}"),
            ),
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

/// End points that rest, and those whose rest is over while the lane that asked for it has not worked again since: the journal keeps a rest for ever.
fn resting(small: &Small, now: Timestamp) -> impl Iterator<Item = (&str, Timestamp, &Why)> {
    small.gates.iter().filter_map(move |(gate, row)| {
        let rest = row.rests.as_ref()?;
        let lasts = rest.0 > now || small.lanes.values().any(|lane| lane.rests.as_ref() == Some(rest));
        lasts.then_some((gate.as_str(), rest.0, &rest.1))
    })
}

/// A restored station says so before anything else; nothing of any other.
#[must_use]
pub fn restored(small: &Small, view: View<'_>) -> String {
    let Some(restored) = &small.restored else { return String::new() };
    let made = catalogue::moment(view.language, restored.from.created, view.zone);
    view.language.pick(
        format!("STATION RESTAURÉE, RETENUE : elle est telle qu'elle était le {made}. Rien ne part, rien n'est pris dans les dossiers surveillés.\nPour la remettre en marche : taskctl resume --after-restore\n\n"),
        format!("RESTORED STATION, HELD: it is as it was on {made}. Nothing leaves, nothing is taken from the watched folders.\nTo let it work again: taskctl resume --after-restore\n\n"),
    )
}

/// How many sendings wait for a decision; nothing when none does.
#[must_use]
pub fn undecided(count: u64, view: View<'_>) -> String {
    match count {
        0 => String::new(),
        count => view.language.pick(
            format!("À décider : {count} envoi(s). Lesquels, et quoi faire : taskctl status\n"),
            format!("To be decided: {count} sending(s). Which, and what to do: taskctl status\n"),
        ),
    }
}

/// What is wrong with the station itself, a line each.
#[must_use]
pub fn problems(problems: &BTreeMap<String, String>, view: View<'_>) -> String {
    let mut text = String::new();
    for (code, words) in problems {
        let (code, folder) = code.split_once(':').unwrap_or((code, ""));
        let why = Why::with(code, format!("{folder} {words}"));
        let _ = writeln!(text, "  ! {}", clean(&catalogue::explain(view.language, view.zone, &why).to_string()));
    }
    text
}

fn folder_lines(text: &mut String, folder: &str, watched: &Watched, view: View<'_>) {
    let colon = view.language.colon();
    let how = match watched.how.as_str() {
        "events" => view.language.pick("surveillance instantanée", "instant watching").to_owned(),
        how => reason(how, view),
    };
    let _ = writeln!(text, "  {folder} ({how})");
    for (name, why) in &watched.waiting {
        let _ = writeln!(text, "    {}{colon} {}", clean(name), reason(why, view));
    }
}

/// A code in words, or the words themselves.
fn reason(code: &str, view: View<'_>) -> String {
    catalogue::entry(view.language, code).map_or_else(|| clean(code), |entry| entry.sentence.to_owned())
}

fn in_hand(file: &LiveFile, view: View<'_>) -> String {
    let done = catalogue::bytes(view.language, file.done);
    let (name, scenario) = (clean(&file.name), &file.scenario);
    match file.total.filter(|total| *total > 0) {
        Some(total) => format!("{scenario} · {name} {} % ({done})", file.done.min(total).saturating_mul(100) / total),
        None => format!("{scenario} · {name} {done}"),
    }
}

#[cfg(test)]
mod tests {
    use scheduler_core::consignment::State;
    use scheduler_core::journal::{GateRow, Origin, Restored};
    use scheduler_core::live::LiveLane;
    use scheduler_core::partner::Phase;
    use scheduler_core::returned::ReturnState;

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::{at, consignment, id, paris, returned};

    fn busy() -> Live {
        let lane = Lane::new("VILLE", "xfb");
        let file = LiveFile {
            id: id(3),
            scenario: "MANDATS".to_owned(),
            name: "PESALR2_003.xml".to_owned(),
            done: 512,
            total: Some(2048),
            since: at(3),
        };
        let mut live = Live { pid: 4242, started: Some(at(0)), accepted: 3, deposited: 1, ..Live::default() };
        live.lanes.insert(lane, LiveLane { phase: Phase::Send, since: at(3), file: Some(file) });
        live.watched.insert(
            "/srv/mand".to_owned(),
            Watched {
                how: "events".to_owned(),
                waiting: [("gros.xml".to_owned(), "stability-quiet-period".to_owned())].into(),
                ..Watched::default()
            },
        );
        live.problems.insert("disk-full".to_owned(), "/var".to_owned());
        live.problems.insert("folder-missing:/srv/titres".to_owned(), "No such file or directory".to_owned());
        live
    }

    #[test]
    fn a_busy_station_with_decisions_to_take() {
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let mut small = Small::default();
        small.pauses.insert("scenario:TITRES".to_owned());
        small.lanes.insert(
            Lane::new("CCAS", "xfb"),
            LaneRow {
                suspended: Some((Why::with("xfb-login-refused", "bad password"), "1:2".to_owned())),
                ..LaneRow::default()
            },
        );
        let undecided = [consignment(2, State::Uncertain { why: Why::code("xfb-upload-unanswered") })];
        let incomplete = [returned(6, ReturnState::Incomplete { why: Why::code("xfb-download-incomplete") })];
        let counts = [(Status::Deposited, 12), (Status::Uncertain, 1), (Status::Sending, 1)].into();
        let live = busy();
        let overview = Overview {
            live: Some(&live),
            counts: &counts,
            undecided: &undecided,
            incomplete: &incomplete,
            proposed: &[],
            small: &small,
            collections: &[],
            now: at(4),
        };
        let text = overview.render(view);
        insta::assert_snapshot!(text);
        assert_eq!(overview.exit(), Exit::Human);
        assert_eq!(overview.json()["suspended"], json!(["CCAS.xfb"]));
    }

    #[test]
    fn a_restored_station_says_so_before_anything_else() {
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let from = Origin { file: "v.age".to_owned(), created: at(0), seq: 1, hash: String::new() };
        let restored = Some(Restored { from, who: "technicien".to_owned(), at: at(60) });
        let (counts, small) = (BTreeMap::new(), Small { restored, ..Small::default() });
        let overview = Overview {
            live: None,
            counts: &counts,
            undecided: &[],
            incomplete: &[],
            proposed: &[],
            small: &small,
            collections: &[],
            now: at(4),
        };
        assert!(
            overview
                .render(view)
                .starts_with("STATION RESTAURÉE, RETENUE : elle est telle qu'elle était le 22/11/2026")
        );
        assert_eq!(overview.exit(), Exit::Human);
        assert_eq!(overview.json()["restored"]["from"]["file"], json!("v.age"));
    }

    /// The journal keeps a rest until the next session; what is over must not be told as still to come.
    #[test]
    fn a_rest_that_is_over_is_told_as_over() {
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let row = LaneRow { rests: Some((at(10), Why::code("xfb-server-failed"))), ..LaneRow::default() };
        let mut small = Small::default();
        small.lanes.insert(Lane::new("VILLE", "xfb"), row);
        let said = |minute| obstacles(&small, at(minute), view);
        assert!(said(9).starts_with("VILLE.xfb : pas de session avant le 22/11/2026"), "{}", said(9));
        let over = "VILLE.xfb : la dernière session a échoué ; l'attente est finie, la prochaine passe essaiera. Le serveur est en panne.";
        assert!(said(10).starts_with(over), "{}", said(10));
    }

    /// A rest of the end point itself holds back profiles whose own rows say nothing.
    #[test]
    fn a_server_that_rests_is_told_until_its_lane_works_again() {
        let zone = paris();
        let rest = Some((at(10), Why::code("xfb-server-failed")));
        let mut small = Small::default();
        small.gates.insert("https://a/xt".to_owned(), GateRow { rests: rest.clone(), ..GateRow::default() });
        let said = |small: &Small, minute, language| {
            obstacles(small, at(minute), View { language, zone: &zone, style: Style::PLAIN })
        };
        assert_eq!(said(&small, 10, Language::Fr), "", "over, and nobody waits for it");
        small.lanes.insert(Lane::new("VILLE", "xfb"), LaneRow { rests: rest, ..LaneRow::default() });
        let told = [9, 10].map(|minute| said(&small, minute, Language::Fr) + &said(&small, minute, Language::En));
        insta::assert_snapshot!("servers_resting", told.concat());
    }

    #[test]
    fn a_stopped_station_says_how_to_start_it() {
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let (counts, small) = (BTreeMap::new(), Small::default());
        let overview = Overview {
            live: None,
            counts: &counts,
            undecided: &[],
            incomplete: &[],
            proposed: &[],
            small: &small,
            collections: &[],
            now: at(4),
        };
        assert_eq!(overview.render(view), "La station ne tourne pas. Pour la lancer : taskctl run\n");
        assert_eq!(overview.exit(), Exit::Done);
    }
}
