//! `taskctl show`: all that is known of one sending or one return.

use std::fmt::Write as _;

use scheduler_core::consignment::{Consignment, ConsignmentEvent, Why};
use scheduler_core::journal::{Event, Recorded};
use scheduler_core::returned::{Completeness, Return, ReturnEvent, ReturnState};
use serde_json::{Value, json};

use super::{View, links};
use crate::catalogue;
use crate::output::clean;

/// All that is known of a sending, and what happened to it.
#[must_use]
pub fn consignment(row: &Consignment, events: &[Recorded], contact: Option<&str>, view: View<'_>) -> String {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let state = catalogue::status(view.language, row.state.status());
    let mut sheet = Lines::titled(&format!("{} {}{colon} {state}", say("Envoi", "Sending"), row.id));
    let facts = &row.facts;
    sheet.line(say("Fichier", "File"), &facts.source);
    sheet.line(say("Taille", "Size"), &format!("{} ({})", catalogue::bytes(view.language, facts.size), facts.size));
    sheet.line(say("Scénario", "Scenario"), &facts.scenario);
    sheet.line(say("Profil", "Profile"), facts.lane.as_str());
    sheet.line(say("Destination", "Destination"), &facts.destination);
    sheet.line(say("Pris en charge", "Accepted"), &catalogue::moment(view.language, row.accepted, view.zone));
    sheet.line(say("Essais", "Attempts"), &row.attempts.to_string());
    sheet.line("SHA-1", &facts.sha1);
    sheet.line("SHA-256", &facts.sha256);
    for (name, value) in &row.identifiers {
        sheet.line(name, value);
    }
    sheet.maybe(say("Réponse", "Answer"), row.receipt.as_deref());
    for (label, text) in links::of_consignment(row, view) {
        sheet.line(label, &text);
    }
    reason(&mut sheet, row.state.why(), &row.id.to_string(), contact, view);
    sheet.history(events, view);
    sheet.0
}

/// All that is known of a return, and what happened to it.
#[must_use]
pub fn returned(row: &Return, events: &[Recorded], contact: Option<&str>, view: View<'_>) -> String {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let state = catalogue::return_state(view.language, &row.state);
    let mut sheet = Lines::titled(&format!("{} {}{colon} {state}", say("Retour", "Return"), row.id));
    sheet.line(say("Fichier", "File"), row.path.as_deref().unwrap_or(&row.offer.name));
    sheet.line(say("Nom chez le partenaire", "Partner's name"), &row.offer.name);
    sheet.line(say("Référence à citer", "Reference to give"), &row.offer.key);
    sheet.line(say("Profil", "Profile"), row.lane.as_str());
    if let Some(collected) = &row.collected {
        sheet.line(
            say("Taille", "Size"),
            &format!("{} ({})", catalogue::bytes(view.language, collected.size), collected.size),
        );
        sheet.line("SHA-1", &collected.sha1);
        sheet.line("SHA-256", &collected.sha256);
        let proof = match collected.completeness {
            Completeness::Proven => say("prouvée", "proven"),
            Completeness::Unproven => say("non prouvée par le serveur", "not proven by the server"),
        };
        sheet.line(say("Fin du fichier", "End of the file"), proof);
    }
    for (label, text) in links::of_return(row, view) {
        sheet.line(label, &text);
    }
    let why = match &row.state {
        ReturnState::Incomplete { why } => Some(why),
        _ => None,
    };
    reason(&mut sheet, why, &row.id.to_string(), contact, view);
    sheet.history(events, view);
    sheet.0
}

/// As programs read it.
#[must_use]
pub fn json(subject: &impl serde::Serialize, events: &[Recorded]) -> Value {
    let events: Vec<Value> =
        events.iter().map(|event| json!({ "seq": event.seq, "at": event.at, "event": event.event })).collect();
    json!({ "subject": subject, "events": events })
}

fn reason(sheet: &mut Lines, why: Option<&Why>, id: &str, contact: Option<&str>, view: View<'_>) {
    let Some(why) = why else { return };
    let say = |fr, en| view.language.pick(fr, en);
    let said = catalogue::explain(view.language, view.zone, why);
    sheet.line(say("Motif", "Reason"), &said.sentence);
    sheet.maybe(say("À faire", "To do"), said.next_step.map(|step| step.replace(" ID", &format!(" {id}"))).as_deref());
    sheet.maybe(say("Contact", "Contact"), contact);
}

/// Labelled lines.
struct Lines(String);

impl Lines {
    fn titled(title: &str) -> Self {
        Self(format!("{title}\n"))
    }

    fn line(&mut self, label: &str, text: &str) {
        let _ = writeln!(self.0, "  {label:<22} {}", clean(text));
    }

    fn maybe(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(label, text);
        }
    }

    fn history(&mut self, events: &[Recorded], view: View<'_>) {
        let _ = writeln!(self.0, "\n{}", view.language.pick("Historique", "History"));
        for recorded in events {
            if let Some(what) = happened(&recorded.event, view) {
                let _ = writeln!(
                    self.0,
                    "  {}  {}",
                    catalogue::moment(view.language, recorded.at, view.zone),
                    clean(&what)
                );
            }
        }
    }
}

fn happened(event: &Event, view: View<'_>) -> Option<String> {
    let colon = view.language.colon();
    let (name, detail) = match event {
        Event::Consignment { what, .. } => (what.name(), consignment_detail(what, view)),
        Event::Return { what, .. } => (what.name(), return_detail(what, view)),
        _ => return None,
    };
    let name = catalogue::event(view.language, name);
    Some(detail.map_or_else(|| name.clone(), |detail| format!("{name}{colon} {detail}")))
}

fn consignment_detail(event: &ConsignmentEvent, view: View<'_>) -> Option<String> {
    let semicolon = view.language.semicolon();
    let explained = |why: &Why| catalogue::explain(view.language, view.zone, why).sentence;
    Some(match event {
        ConsignmentEvent::Released { who, why }
        | ConsignmentEvent::Cancelled { who, why }
        | ConsignmentEvent::Hastened { who, why } => decided(who, why, view),
        ConsignmentEvent::Proposed { decision, who, why } | ConsignmentEvent::Seconded { decision, who, why } => {
            format!("{}{semicolon} {}", catalogue::decision(view.language, *decision), decided(who, why, view))
        }
        ConsignmentEvent::SentAgain { by, who, why } => format!("{by}{semicolon} {}", decided(who, why, view)),
        ConsignmentEvent::Answered { by } | ConsignmentEvent::Unanswered { by } => by.to_string(),
        ConsignmentEvent::Accepted(facts) if facts.again_of.is_some() => {
            format!("{} {}", view.language.pick("renvoi de", "once more"), facts.again_of?)
        }
        ConsignmentEvent::Accepted(facts) => explained(facts.held.as_ref()?),
        ConsignmentEvent::Resolved { verdict, who, why } => {
            format!("{}{semicolon} {}", catalogue::verdict(view.language, *verdict), decided(who, why, view))
        }
        ConsignmentEvent::Reconciled { verdict, by } => {
            format!("{} ({by})", catalogue::verdict(view.language, *verdict))
        }
        ConsignmentEvent::Held { why } | ConsignmentEvent::Refused { why } | ConsignmentEvent::Doubted { why } => {
            explained(why)
        }
        ConsignmentEvent::Postponed { until, why } => {
            format!("{} → {}", explained(why), catalogue::moment(view.language, *until, view.zone))
        }
        ConsignmentEvent::Intended { gate, .. } => gate.clone(),
        ConsignmentEvent::Deposited { words, .. } => words.clone()?,
        ConsignmentEvent::Evidenced { key, .. } => key.clone(),
        ConsignmentEvent::Copied { path } => path.clone()?,
        _ => return None,
    })
}

fn return_detail(event: &ReturnEvent, view: View<'_>) -> Option<String> {
    let semicolon = view.language.semicolon();
    let explained = |why: &Why| catalogue::explain(view.language, view.zone, why).sentence;
    Some(match event {
        ReturnEvent::Published { path } => path.clone(),
        ReturnEvent::Linked { to, who: Some(who), why } => format!("{to}{semicolon} {}", decided(who, why, view)),
        ReturnEvent::Linked { to, who: None, why } => format!("{to}{semicolon} {}", explained(&Why::code(why))),
        ReturnEvent::Unlinked { who, why } | ReturnEvent::Dismissed { who, why } => decided(who, why, view),
        ReturnEvent::Missed { why } => explained(why),
        ReturnEvent::Incomplete { why, received } => {
            format!("{} ({})", explained(why), catalogue::bytes(view.language, *received))
        }
        _ => return None,
    })
}

fn decided(who: &str, why: &str, view: View<'_>) -> String {
    if why.is_empty() { who.to_owned() } else { format!("{who}, {}", view.language.quoted(why)) }
}

#[cfg(test)]
mod tests {
    use scheduler_core::consignment::{State, Verdict};

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::{at, consignment as sample, id, paris, returned as sample_return};

    fn recorded(events: Vec<ConsignmentEvent>) -> Vec<Recorded> {
        let wrap = |(seq, what)| Recorded { seq, at: at(seq), event: Event::Consignment { id: id(1), what } };
        (0_i64..).zip(events).map(wrap).collect()
    }

    #[test]
    fn an_uncertain_file_tells_what_to_do_and_whom_to_call() {
        let zone = paris();
        let why = || Why::with("xfb-upload-unanswered", "connection closed");
        let row = sample(1, State::Uncertain { why: why() });
        let events = recorded(vec![
            ConsignmentEvent::Accepted(Box::new(row.facts.clone())),
            ConsignmentEvent::Intended {
                session: id(9),
                gate: "https://gateway.partenaires".to_owned(),
                numbers: Default::default(),
                identifiers: Default::default(),
            },
            ConsignmentEvent::Committing { session: id(9) },
            ConsignmentEvent::Doubted { why: why() },
            ConsignmentEvent::Resolved {
                verdict: Verdict::NotDeposited,
                who: "martin".to_owned(),
                why: "absent\u{1b}[2J de leur journal".to_owned(),
            },
        ]);
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let text = consignment(&row, &events, Some("Assistance DGFiP, 01 02 03 04 05"), view);
        insta::assert_snapshot!(text);
        let value = json(&row, &events);
        assert_eq!(
            (&value["subject"]["state"], &value["events"][4]["event"]["event"]),
            (&json!("uncertain"), &json!("resolved"))
        );
    }

    #[test]
    fn an_incomplete_return_tells_the_reference_to_quote() {
        let zone = paris();
        let why = Why::code("xfb-download-incomplete");
        let row = sample_return(6, ReturnState::Incomplete { why: why.clone() });
        let events = [Recorded {
            seq: 1,
            at: at(1),
            event: Event::Return { id: id(6), what: ReturnEvent::Incomplete { why, received: 812 } },
        }];
        let text = returned(
            &row,
            &events,
            Some("Assistance DGFiP"),
            View { language: Language::Fr, zone: &zone, style: Style::PLAIN },
        );
        insta::assert_snapshot!(text);
    }
}
