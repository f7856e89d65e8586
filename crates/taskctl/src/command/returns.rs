//! `taskctl returns`: incomplete returns with whom to call, and those of which nobody knows what they are about, with what they may be about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use scheduler_core::consignment::{Consignment, Lane, Why};
use scheduler_core::id::Id;
use scheduler_core::matching::{Scored, suggestion};
use scheduler_core::returned::{Return, ReturnState};
use serde_json::{Value, json};

use super::{View, history};
use crate::catalogue;
use crate::exit::Exit;
use crate::output::clean;

/// A return that is linked to no sending, and the best candidates.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// The return.
    pub row: Return,
    /// Best first.
    pub candidates: Vec<Scored>,
}

/// The tray.
#[derive(Clone, Debug, Default)]
pub struct Returns {
    /// Read, therefore consumed, and not whole.
    pub incomplete: Vec<Return>,
    /// Newest first.
    pub orphans: Vec<Orphan>,
    /// The sendings that candidates are among.
    pub sendings: Vec<Consignment>,
    /// Linked or dismissed ones, where they are asked for.
    pub settled: Vec<Return>,
    /// Whom to call.
    pub contacts: BTreeMap<Lane, String>,
}

impl Returns {
    /// 6 when a partner must be called, 0 otherwise.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.incomplete.is_empty() { Exit::Done } else { Exit::Human }
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, view: View<'_>) -> String {
        let say = |fr, en| view.language.pick(fr, en);
        let mut text = String::new();
        if !self.incomplete.is_empty() {
            let _ = writeln!(text, "{}", say("Incomplets : appelez le partenaire", "Incomplete: call the partner"));
            self.incomplete.iter().for_each(|row| self.incomplete_lines(&mut text, row, view));
        }
        if !self.orphans.is_empty() {
            let title = say("Sans envoi connu", "Without a known sending");
            let _ = writeln!(text, "{title} ({})", self.orphans.len());
            self.orphans.iter().for_each(|orphan| self.orphan_lines(&mut text, orphan, view));
        }
        if !self.settled.is_empty() {
            let _ = writeln!(text, "{}", say("Reliés ou écartés", "Linked or dismissed"));
            text.push_str(&history::render(&[], &self.settled, view));
        }
        if text.is_empty() {
            say("Aucun retour n'attend.\n", "No return waits.\n").clone_into(&mut text);
        }
        text
    }

    fn incomplete_lines(&self, text: &mut String, row: &Return, view: View<'_>) {
        let colon = view.language.colon();
        let say = |fr, en| view.language.pick(fr, en);
        let at = catalogue::moment(view.language, row.changed, view.zone);
        let _ = writeln!(text, "  {}  {at}  {}  {}", row.id, row.lane.profile(), clean(&row.offer.name));
        if let ReturnState::Incomplete { why } = &row.state {
            let said = catalogue::explain(view.language, view.zone, why);
            let _ = writeln!(text, "    {}", clean(&said.to_string()));
        }
        let _ =
            writeln!(text, "    {}{colon} {}", say("Référence à citer", "Reference to give"), clean(&row.offer.key));
        if let Some(contact) = self.contacts.get(&row.lane) {
            let _ = writeln!(text, "    {}{colon} {}", say("Contact", "Contact"), clean(contact));
        }
    }

    fn orphan_lines(&self, text: &mut String, orphan: &Orphan, view: View<'_>) {
        let colon = view.language.colon();
        let say = |fr, en| view.language.pick(fr, en);
        let row = &orphan.row;
        let at = catalogue::moment(view.language, row.changed, view.zone);
        let file = row.path.as_deref().unwrap_or(&row.offer.name);
        let _ = writeln!(text, "  {}  {at}  {}  {}", row.id, row.lane.profile(), clean(file));
        let suggested = suggestion(&orphan.candidates).map(|best| best.id);
        for candidate in &orphan.candidates {
            let mark =
                if suggested == Some(candidate.id) { say("probable", "likely") } else { say("possible", "possible") };
            let name = clean(&self.name_of(candidate.id));
            let points = say("points", "points");
            let _ = writeln!(text, "    {mark}{colon} {} {name}, {} {points}", candidate.id, candidate.score);
            let _ = writeln!(text, "      {}", reasons(candidate, view));
        }
        if orphan.candidates.is_empty() {
            let none = say(
                "aucun envoi n'y ressemble ; s'il ne répond à rien :",
                "no sending looks like it; if it is about none:",
            );
            let _ = writeln!(text, "    {none} taskctl returns dismiss {} --why \"…\"", row.id);
        }
        if let Some(to) = suggested {
            let link = say("pour relier :", "to link it:");
            let _ = writeln!(text, "    {link} taskctl returns link {} --to {to} --why \"…\"", row.id);
        }
    }

    fn name_of(&self, id: Id) -> String {
        self.sendings.iter().find(|row| row.id == id).map(|row| row.facts.name.clone()).unwrap_or_default()
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let orphan = |orphan: &Orphan| {
            let suggested = suggestion(&orphan.candidates).map(|best| best.id);
            json!({ "return": orphan.row, "candidates": orphan.candidates, "suggested": suggested })
        };
        let orphans: Vec<Value> = self.orphans.iter().map(orphan).collect();
        json!({ "incomplete": self.incomplete, "orphans": orphans, "settled": self.settled })
    }
}

/// «son nom est dans celui du retour +40, même canal +5».
fn reasons(candidate: &Scored, view: View<'_>) -> String {
    let words = |(code, points): &(&'static str, i32)| {
        let sentence = catalogue::explain(view.language, view.zone, &Why::code(*code)).sentence;
        format!("{} {points:+}", sentence.trim_end_matches('.'))
    };
    candidate.reasons.iter().map(words).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use scheduler_core::consignment::State;

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::{consignment, id, paris, returned};

    fn tray() -> Returns {
        let scored = |number, score, reasons| Scored { id: id(number), score, reasons };
        let mut hostile = returned(7, ReturnState::Published);
        hostile.path = Some("/srv/recus/VILLE/ACK_PESALR2_001\u{1b}[2J.xml".to_owned());
        let likely = Orphan {
            row: hostile,
            candidates: vec![
                scored(1, 55, vec![("match-name", 40), ("match-lane", 5), ("match-days", 10)]),
                scored(2, 15, vec![("match-application", 10), ("match-lane", 5)]),
            ],
        };
        let unclear = Orphan {
            row: returned(8, ReturnState::Disposed),
            candidates: vec![
                scored(1, 50, vec![("match-name", 40), ("match-days", 10)]),
                scored(2, 50, vec![("match-name", 40), ("match-days", 10)]),
            ],
        };
        let stranger = Orphan { row: returned(9, ReturnState::Disposed), candidates: Vec::new() };
        let mut linked = returned(10, ReturnState::Disposed);
        linked.about = Some(id(2));
        Returns {
            incomplete: vec![returned(6, ReturnState::Incomplete { why: Why::code("xfb-download-incomplete") })],
            orphans: vec![likely, unclear, stranger],
            sendings: vec![consignment(1, State::Deposited), consignment(2, State::Deposited)],
            settled: vec![linked],
            contacts: [(Lane::new("VILLE", "xfb"), "Assistance DGFiP, 01 02 03 04 05".to_owned())].into(),
        }
    }

    #[test]
    fn the_tray_tells_whom_to_call_and_what_each_return_may_be_about() {
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let tray = tray();
        insta::assert_snapshot!(tray.render(view));
        assert_eq!(tray.exit(), Exit::Human);
        let json = tray.json();
        assert_eq!(json["orphans"][0]["suggested"], json!(id(1).to_string()));
        assert_eq!(json["orphans"][1]["suggested"], Value::Null);
        assert_eq!(Returns::default().render(view), "Aucun retour n'attend.\n");
        assert_eq!(Returns::default().exit(), Exit::Done);
    }
}
