//! The lines of traces: templates with `{name}` places, filled with what the scheduler tells.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use scheduler_core::consignment::Why;
use scheduler_core::trace::{Entry, Phrases};

use super::{Language, bytes, explain, hour, moment, phase};

/// What turns trace entries into lines of this language; give it to the station.
#[must_use]
pub fn phrases(language: Language) -> Phrases {
    Arc::new(move |entry, zone| line(language, entry, zone))
}

fn line(language: Language, entry: &Entry, zone: &TimeZone) -> String {
    let values = values(language, entry, zone);
    let mut text = fill(template(language, entry), &values);
    for (label, words) in further(language, entry, zone) {
        let _ = write!(text, "\n{label}{words}");
    }
    text
}

/// Replaces each `{name}` by its value; values are never searched again.
pub(crate) fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut parts = template.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once('}').unwrap_or(("", part));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        text.push_str(value);
        text.push_str(after);
    }
    text
}

fn template(language: Language, entry: &Entry) -> &'static str {
    let (fr, en) = match entry {
        Entry::Opened { .. } => {
            ("Nouvelle session - profil {lane} ({session})", "New session - profile {lane} ({session})")
        }
        Entry::Phase { .. } => ("{phase}…", "{phase}…"),
        Entry::Pacing { .. } => {
            ("Délai entre fichiers : attente jusqu'à {until}", "Gap between files: waiting until {until}")
        }
        Entry::Sending { attempt: 0 | 1, .. } => (
            "Envoi du fichier : {source} - scénario {scenario} - {size}",
            "Sending file: {source} - scenario {scenario} - {size}",
        ),
        Entry::Sending { .. } => (
            "Envoi du fichier : {source} - scénario {scenario} - {size} - essai n° {attempt}",
            "Sending file: {source} - scenario {scenario} - {size} - attempt {attempt}",
        ),
        Entry::Deposited { .. } => {
            ("Fin de transfert de {name} ... OK ({id})", "End of transfer of {name} ... OK ({id})")
        }
        Entry::Postponed { .. } => {
            ("{name} : remis à plus tard, pas avant {until} ({id})", "{name}: put off, not before {until} ({id})")
        }
        Entry::Refused { .. } => ("{name} : REFUSÉ ({id})", "{name}: REFUSED ({id})"),
        Entry::Uncertain { .. } => (
            "{name} : INCERTAIN, ne sera pas renvoyé sans preuve ni décision ({id})",
            "{name}: UNCERTAIN, not sent again without evidence or decision ({id})",
        ),
        Entry::Settled { deposited: true, .. } => {
            ("{name} : doute levé, le partenaire l'a ({id})", "{name}: doubt settled, the partner has it ({id})")
        }
        Entry::Settled { .. } => (
            "{name} : doute levé, le partenaire ne l'a pas, il sera renvoyé ({id})",
            "{name}: doubt settled, the partner does not have it, it is sent again ({id})",
        ),
        Entry::DoubtsLeft { .. } => (
            "{files} fichier(s) dont le partenaire ne sait rien encore : il sera interrogé à nouveau à partir de {until}",
            "{files} file(s) that the partner cannot tell of yet: it is asked again from {until} on",
        ),
        Entry::Held { .. } => ("{name} : retenu ({id})", "{name}: held ({id})"),
        Entry::Scheduled { .. } => ("Collecte prévue le {occurrence}", "Collection scheduled for {occurrence}"),
        Entry::Listed { .. } => (
            "{offers} fichier(s) disponible(s) sur le serveur, dont {fresh} nouveau(x)",
            "{offers} file(s) available on the server, {fresh} of them new",
        ),
        Entry::Offered { .. } => {
            ("Fichier {name} (référence {key}) disponible", "File {name} (reference {key}) available")
        }
        Entry::Collected { proven: true, .. } => {
            ("Réception du fichier {name} : {size} ... OK ({id})", "Receiving file {name}: {size} ... OK ({id})")
        }
        Entry::Collected { .. } => (
            "Réception du fichier {name} : {size} ... OK, mais le serveur ne prouve pas que c'est tout ({id})",
            "Receiving file {name}: {size} ... OK, yet the server does not prove that this is all ({id})",
        ),
        Entry::Published { .. } => ("Rangé sous : {path}", "Put at: {path}"),
        Entry::Incomplete { .. } => (
            "{name} : reçu INCOMPLET, référence à citer au partenaire : {key} ({id})",
            "{name}: received INCOMPLETE, reference to give the partner: {key} ({id})",
        ),
        Entry::Failed { until: Some(_), .. } => (
            "Échec de la session, nouvel essai pas avant {until}",
            "The session failed, not tried again before {until}",
        ),
        Entry::Failed { .. } => ("Échec de la session", "The session failed"),
        Entry::Unknown { last: Some(_), .. } => (
            "{mails} courriel(s) non compris parmi les avis depuis le démarrage, laissé(s) intact(s) ; le dernier : {last}",
            "{mails} mail(s) among the notices not understood since the start, left alone; the last: {last}",
        ),
        Entry::Unknown { .. } => (
            "{mails} courriel(s) non compris parmi les avis depuis le démarrage, laissé(s) intact(s)",
            "{mails} mail(s) among the notices not understood since the start, left alone",
        ),
        Entry::Suspended { .. } => ("Profil {lane} SUSPENDU", "Profile {lane} SUSPENDED"),
        Entry::Peer { .. } => ("// Réponse du serveur : {words}", "// The server's answer: {words}"),
        Entry::Closed { .. } => (
            "Fin de session : {sent} fichier(s) envoyé(s), {received} reçu(s)",
            "End of session: {sent} file(s) sent, {received} received",
        ),
        Entry::Interrupted => (
            "Session interrompue : la station s'est arrêtée avant la fin",
            "Session interrupted: the station stopped before its end",
        ),
        Entry::Chain { .. } => ("Journal : événement n° {seq}, empreinte {hash}", "Journal: event {seq}, hash {hash}"),
        _ => ("Événement inconnu de cette version", "An event that this version does not know"),
    };
    language.pick(fr, en)
}

fn values(language: Language, entry: &Entry, zone: &TimeZone) -> Vec<(&'static str, String)> {
    match entry {
        Entry::Opened { lane, session } => {
            vec![("lane", lane.to_string()), ("session", session.to_string())]
        }
        Entry::Phase { phase: current } => vec![("phase", phase(language, *current).to_owned())],
        Entry::Pacing { until } => vec![("until", hour(*until, zone))],
        Entry::Sending { id, scenario, source, size, attempt } => vec![
            ("id", id.to_string()),
            ("scenario", scenario.clone()),
            ("source", source.clone()),
            ("size", bytes(language, *size)),
            ("attempt", attempt.to_string()),
        ],
        Entry::Postponed { id, name, until, .. } => {
            vec![("id", id.to_string()), ("name", name.clone()), ("until", moment(language, *until, zone))]
        }
        Entry::Deposited { id, name, .. }
        | Entry::Refused { id, name, .. }
        | Entry::Uncertain { id, name, .. }
        | Entry::Settled { id, name, .. }
        | Entry::Held { id, name, .. } => {
            vec![("id", id.to_string()), ("name", name.clone())]
        }
        Entry::DoubtsLeft { files, until } => {
            vec![("files", files.to_string()), ("until", moment(language, *until, zone))]
        }
        Entry::Scheduled { occurrence } => vec![("occurrence", moment(language, *occurrence, zone))],
        Entry::Listed { offers, fresh } => {
            vec![("offers", offers.to_string()), ("fresh", fresh.to_string())]
        }
        Entry::Offered { name, key } => vec![("name", name.clone()), ("key", key.clone())],
        Entry::Collected { id, name, size, .. } => {
            vec![("id", id.to_string()), ("name", name.clone()), ("size", bytes(language, *size))]
        }
        Entry::Published { path, .. } => vec![("path", path.clone())],
        Entry::Incomplete { id, name, key, .. } => {
            vec![("id", id.to_string()), ("name", name.clone()), ("key", key.clone())]
        }
        Entry::Failed { until, .. } => until.iter().map(|until| ("until", moment(language, *until, zone))).collect(),
        Entry::Unknown { mails, last } => {
            vec![("mails", mails.to_string()), ("last", last.clone().unwrap_or_default())]
        }
        Entry::Suspended { lane, .. } => vec![("lane", lane.to_string())],
        Entry::Peer { words } => vec![("words", words.clone())],
        Entry::Closed { sent, received } => vec![("sent", sent.to_string()), ("received", received.to_string())],
        Entry::Chain { seq, hash } => vec![("seq", seq.to_string()), ("hash", hash.clone())],
        _ => Vec::new(),
    }
}

/// What follows the line: the partner's words, the reason, what to do, whom to call.
fn further(language: Language, entry: &Entry, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Entry::Deposited { words: Some(words), .. } = entry {
        lines.push((language.pick("Réponse du serveur : ", "The server's answer: "), words.clone()));
    }
    if let Some(why) = reason(entry) {
        let said = explain(language, zone, why);
        lines.push((language.pick("Motif : ", "Reason: "), said.sentence));
        if let Some(step) = said.next_step {
            lines.push((language.pick("À faire : ", "To do: "), step.replace(" ID", &subject(entry))));
        }
    }
    if let Entry::Refused { contact: Some(contact), .. } | Entry::Incomplete { contact: Some(contact), .. } = entry {
        lines.push((language.pick("Contact : ", "Contact: "), contact.clone()));
    }
    lines
}

/// The identifier that commands of the next step are given.
fn subject(entry: &Entry) -> String {
    match entry {
        Entry::Postponed { id, .. }
        | Entry::Refused { id, .. }
        | Entry::Uncertain { id, .. }
        | Entry::Held { id, .. } => format!(" {id}"),
        _ => " ID".to_owned(),
    }
}

fn reason(entry: &Entry) -> Option<&Why> {
    match entry {
        Entry::Postponed { why, .. }
        | Entry::Refused { why, .. }
        | Entry::Uncertain { why, .. }
        | Entry::Held { why, .. }
        | Entry::Incomplete { why, .. }
        | Entry::Failed { why, .. }
        | Entry::Suspended { why, .. } => Some(why),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
