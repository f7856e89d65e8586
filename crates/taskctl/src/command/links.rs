//! What ties sendings and returns together, and decisions that wait for a second person: lines that several commands show.

use scheduler_core::consignment::{Consignment, Proposal, Status};
use scheduler_core::returned::Return;

use super::View;
use crate::catalogue;
use crate::output::clean;

/// Labelled lines about a sending.
#[must_use]
pub fn of_consignment(row: &Consignment, view: View<'_>) -> Vec<(&'static str, String)> {
    let say = |fr, en| view.language.pick(fr, en);
    let proposal = row.proposal.as_ref().map(|proposal| (say("Proposé", "Proposed"), proposed(proposal, view)));
    ties(row, view).into_iter().chain(proposal).collect()
}

/// The other sendings and the returns that one is tied to.
fn ties(row: &Consignment, view: View<'_>) -> Vec<(&'static str, String)> {
    let say = |fr, en| view.language.pick(fr, en);
    let again_of = row.facts.again_of.map(|id| (say("Renvoi de", "Once more"), id.to_string()));
    let sent_again = row.sent_again.map(|id| (say("Renvoyé sous", "Sent again as"), id.to_string()));
    let answers = row.answers.iter().map(|id| (say("Retour", "Return"), id.to_string()));
    again_of.into_iter().chain(sent_again).chain(answers).collect()
}

/// Labelled lines about a return.
#[must_use]
pub fn of_return(row: &Return, view: View<'_>) -> Vec<(&'static str, String)> {
    let say = |fr, en| view.language.pick(fr, en);
    let about = row.about.map(|id| (say("Répond à l'envoi", "About sending"), id.to_string()));
    let dismissed = row.dismissed.then(|| (say("Écarté", "Dismissed"), say("oui", "yes").to_owned()));
    about.into_iter().chain(dismissed).collect()
}

/// What the history adds to a sending's file.
#[must_use]
pub fn in_history(row: &Consignment, view: View<'_>) -> String {
    let tied = ties(row, view).into_iter().map(|(label, id)| format!("{} {id}", label.to_lowercase()));
    let waits = row.proposal.as_ref().map(|proposal| proposed(proposal, view));
    let words: Vec<String> = tied.chain(waits).collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// A return's file, and the sending that it is about.
#[must_use]
pub fn of_file(row: &Return, view: View<'_>) -> String {
    let file = row.path.as_deref().unwrap_or(&row.offer.name);
    let about = |id| format!("{file} ({} {id})", view.language.pick("répond à", "about"));
    row.about.map_or_else(|| file.to_owned(), about)
}

/// What a command tells of a return that it linked, unlinked or dismissed: which, and to which sending, by name.
#[must_use]
pub fn settled(row: &Return, sending: Option<&Consignment>, view: View<'_>) -> String {
    let say = |fr, en| view.language.pick(fr, en);
    let named = |name: &str, id: &dyn std::fmt::Display| format!("{} ({id})", clean(name));
    let file = named(row.path.as_deref().unwrap_or(&row.offer.name), &row.id);
    let to = sending.map(|sending| named(&sending.facts.name, &sending.id)).unwrap_or_default();
    if row.about.is_some() {
        let state = sending.map(|sending| catalogue::status(view.language, sending.state.status())).unwrap_or_default();
        return format!("{} {file} {} {to}, {state}.\n", say("Relié :", "Linked:"), say("répond à", "is about"));
    }
    if row.dismissed {
        let rest = say("ne répond à aucun envoi ; il reste où il est", "is about no sending; it stays where it is");
        return format!("{} {file} {rest}.\n", say("Écarté :", "Dismissed:"));
    }
    let no_more = say("ne répond plus à", "is no longer about");
    let again =
        say("Il attend de nouveau son envoi : taskctl returns", "It waits for its sending again: taskctl returns");
    format!("{} {file} {no_more} {to}. {again}\n", say("Délié :", "Unlinked:"))
}

/// What a command that decided, or `status`, tells of a sending: who else must decide, or that the partner may have it twice.
#[must_use]
pub fn decided(row: &Consignment, view: View<'_>) -> String {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let name = clean(&row.facts.name);
    if let Some(proposal) = &row.proposal {
        let command = catalogue::command(proposal.decision, row.id);
        let rest = say(
            "Rien n'est fait avant qu'une seconde personne tape :",
            "Nothing is done before a second person types:",
        );
        return format!("{name}{colon} {}. {rest} {command}\n", clean(&proposed(proposal, view)));
    }
    let Some(by) = row.sent_again else { return String::new() };
    let held = row.state.status().reached_partner() && row.state.status() != Status::Undelivered;
    if held || row.maybe_received {
        let state = catalogue::status(view.language, row.state.status());
        let at = catalogue::moment(view.language, row.changed, view.zone);
        let (fr, en) = (
            format!(
                "ATTENTION, {name} : déjà {state} le {at} ; le partenaire le reçoit une seconde fois, sous l'identifiant {by}, sans contrôle de doublon. Pour l'arrêter s'il n'est pas parti : taskctl cancel {by} --why \"…\"\n"
            ),
            format!(
                "WARNING, {name}: already {state} on {at}; the partner gets it a second time, as {by}, without a duplicate check. To stop it if it has not left: taskctl cancel {by} --why \"…\"\n"
            ),
        );
        return view.language.pick(fr, en);
    }
    let sentence = say("repart sous l'identifiant", "leaves again as");
    format!("{name} {sentence} {by}, {}.\n", say("sans contrôle de doublon", "without a duplicate check"))
}

/// «trancher : le partenaire l'a, proposé par martin le …, « motif »».
fn proposed(proposal: &Proposal, view: View<'_>) -> String {
    let decision = catalogue::decision(view.language, proposal.decision);
    let at = catalogue::moment(view.language, proposal.at, view.zone);
    let (who, why) = (&proposal.who, &proposal.why);
    view.language.pick(
        format!("{decision}, proposé par {who} le {at}, « {why} »"),
        format!("{decision}, proposed by {who} on {at}, “{why}”"),
    )
}
