//! Names of states, phases and events, as the field says them.

use scheduler_core::consignment::{Decision, Status, Verdict};
use scheduler_core::id::Id;
use scheduler_core::partner::Phase;
use scheduler_core::returned::ReturnState;

use super::Language;

/// The name of a consignment's state.
#[must_use]
pub fn status(language: Language, status: Status) -> &'static str {
    let (fr, en) = match status {
        Status::Queued => ("préparé", "prepared"),
        Status::Held => ("retenu", "held"),
        Status::Sending | Status::Committing => ("envoi en cours", "being sent"),
        Status::Waiting => ("en attente", "waiting"),
        Status::Uncertain => ("incertain", "uncertain"),
        Status::Deposited => ("déposé", "deposited"),
        Status::Delivered => ("diffusé", "delivered"),
        Status::Opened => ("ouvert", "opened"),
        Status::Acknowledged => ("accepté", "accepted"),
        Status::PartlyRejected => ("accepté en partie", "partly rejected"),
        Status::Rejected => ("rejeté", "rejected"),
        Status::Undelivered => ("échec", "undelivered"),
        Status::Unacknowledged => ("non acquitté", "unacknowledged"),
        Status::Refused => ("refusé", "refused"),
        Status::Cancelled => ("annulé", "cancelled"),
        _ => (status.as_str(), status.as_str()),
    };
    language.pick(fr, en)
}

/// The name of a return's state.
#[must_use]
pub fn return_state(language: Language, state: &ReturnState) -> &'static str {
    let (fr, en) = match state {
        ReturnState::Offered => ("disponible", "available"),
        ReturnState::Collecting => ("réception en cours", "being received"),
        ReturnState::Stored => ("reçu, à ranger", "received, to be filed"),
        ReturnState::Published | ReturnState::Disposed => ("reçu", "received"),
        ReturnState::Incomplete { .. } => ("incomplet", "incomplete"),
        _ => (state.as_str(), state.as_str()),
    };
    language.pick(fr, en)
}

/// The name of a phase (R13).
#[must_use]
pub fn phase(language: Language, phase: Phase) -> &'static str {
    let (fr, en) = match phase {
        Phase::Tunnel => ("Tunnel sécurisé", "Secure tunnel"),
        Phase::Network => ("Réseau CANOPEE", "CANOPEE network"),
        Phase::Portal => ("Portail ILEX", "ILEX portal"),
        Phase::Gateway => ("Serveur XFB/Gateway", "XFB/Gateway server"),
        Phase::Server => ("Serveur du partenaire", "Partner's server"),
        Phase::Send => ("Envoi", "Sending"),
        Phase::Receive => ("Réception", "Receiving"),
        Phase::Pacing => ("Délai entre fichiers", "Gap between files"),
        Phase::Resume => ("Reprise après rupture", "Resuming after a break"),
        Phase::Backup => ("Sauvegarde", "Backup"),
        Phase::Disconnect => ("Déconnexion", "Disconnecting"),
        _ => ("Étape", "Step"),
    };
    language.pick(fr, en)
}

/// A decision about an uncertain file.
#[must_use]
pub fn verdict(language: Language, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Deposited => language.pick("le partenaire l'a", "the partner has it"),
        Verdict::NotDeposited => {
            language.pick("le partenaire ne l'a pas, il sera renvoyé", "the partner does not have it, it is sent again")
        }
    }
}

/// A decision that may want two persons.
#[must_use]
pub fn decision(language: Language, decision: Decision) -> &'static str {
    let (fr, en) = match decision {
        Decision::Resolve { verdict: Verdict::Deposited } => {
            ("trancher : le partenaire l'a", "settle: the partner has it")
        }
        Decision::Resolve { verdict: Verdict::NotDeposited } => {
            ("trancher : le partenaire ne l'a pas, le renvoyer", "settle: the partner does not have it, send it again")
        }
        Decision::Release => ("libérer", "release"),
        Decision::Resend => ("renvoyer", "send again"),
        _ => ("décider", "decide"),
    };
    language.pick(fr, en)
}

/// What a second person types to take the same decision.
#[must_use]
pub fn command(decision: Decision, id: Id) -> String {
    match decision {
        Decision::Resolve { verdict: Verdict::Deposited } => format!("taskctl resolve {id} --deposited --why \"…\""),
        Decision::Resolve { verdict: Verdict::NotDeposited } => format!("taskctl resolve {id} --resend --why \"…\""),
        Decision::Release => format!("taskctl release {id} --why \"…\""),
        Decision::Resend => format!("taskctl resend {id} --why \"…\""),
        _ => format!("taskctl show {id}"),
    }
}

/// What happened to a consignment or a return, by the name the journal gives it.
#[must_use]
pub fn event(language: Language, name: &str) -> String {
    let (fr, en) = match name {
        "accepted" => ("pris en charge", "accepted"),
        "released" => ("libéré par un opérateur", "released by an operator"),
        "held" => ("retenu", "held"),
        "intended" => ("début de l'envoi", "sending begins"),
        "committing" => ("derniers octets de l'envoi", "last bytes of the sending"),
        "deposited" => ("reçu par le serveur du partenaire", "received by the partner's server"),
        "postponed" => ("remis à plus tard", "put off"),
        "interrupted" => ("interrompu par l'arrêt de la station", "interrupted by the station's stop"),
        "refused" => ("refusé par le partenaire", "refused by the partner"),
        "doubted" => ("issue incertaine", "outcome uncertain"),
        "reconciled" => ("doute levé par le partenaire", "doubt settled by the partner"),
        "evidenced" => ("avis du partenaire", "notice from the partner"),
        "resolved" => ("doute levé par un opérateur", "doubt settled by an operator"),
        "cancelled" => ("annulé par un opérateur", "cancelled by an operator"),
        "hastened" => ("à tenter tout de suite, demandé par un opérateur", "to be tried at once, asked by an operator"),
        "proposed" => {
            ("décision proposée, une seconde personne est attendue", "decision proposed, a second person is awaited")
        }
        "seconded" => ("décision confirmée par une seconde personne", "decision seconded by another person"),
        "sent-again" => ("renvoyé par un opérateur", "sent once more by an operator"),
        "answered" => ("retour relié", "return linked"),
        "unanswered" => ("retour délié", "return unlinked"),
        "linked" => ("relié à un envoi", "linked to a sending"),
        "unlinked" => ("lien défait", "link taken back"),
        "dismissed" => ("écarté par un opérateur", "dismissed by an operator"),
        "copied" => ("seconde copie faite", "second copy made"),
        "offered" => ("disponible chez le partenaire", "available at the partner's"),
        "collecting" => ("début de la réception", "reception begins"),
        "stored" => ("mis à l'abri", "secured"),
        "published" => ("rangé dans son dossier", "put in its folder"),
        "disposed" => ("terminé", "done"),
        "missed" => ("réception manquée, à refaire", "reception missed, to be done again"),
        "incomplete" => ("reçu incomplet", "received incomplete"),
        other => (other, other),
    };
    language.pick(fr, en).to_owned()
}

/// A size: `812 o`, `19,5 Ko`, `1,2 Go`.
#[must_use]
pub fn bytes(language: Language, count: u64) -> String {
    let units = language.pick(["o", "Ko", "Mo", "Go", "To"], ["B", "KB", "MB", "GB", "TB"]);
    let mut tenths = u128::from(count) * 10;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    if unit == 0 {
        return format!("{count} {}", units[0]);
    }
    format!("{}{}{} {}", tenths / 10, language.pick(',', '.'), tenths % 10, units[unit])
}

/// How far a consignment is, in per cent of its bytes; complete once the partner holds it.
#[must_use]
pub fn progress(status: Status, live: Option<(u64, u64)>) -> String {
    if status.reached_partner() {
        return "100 %".to_owned();
    }
    match live {
        Some((done, total)) if total > 0 => {
            format!("{} %", done.min(total).saturating_mul(100) / total)
        }
        Some(_) | None if status == Status::Uncertain => "?".to_owned(),
        _ => "0 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_french_name_of_its_own() {
        let names: Vec<&str> = Status::ALL.into_iter().map(|s| status(Language::Fr, s)).collect();
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len() - 1, "only sending and committing look alike: {names:?}");
        assert!(Status::ALL.into_iter().all(|s| s == Status::Opened || status(Language::Fr, s) != s.as_str()));
    }

    #[test]
    fn sizes() {
        for (count, text) in [
            (0, "0 o"),
            (1023, "1023 o"),
            (1024, "1,0 Ko"),
            (19_999, "19,5 Ko"),
            (1 << 30, "1,0 Go"),
            (u64::MAX, "16777215,9 To"),
        ] {
            assert_eq!(bytes(Language::Fr, count), text);
        }
    }

    #[test]
    fn progress_is_complete_only_when_the_partner_holds_the_file() {
        assert_eq!(progress(Status::Deposited, None), "100 %");
        assert_eq!(progress(Status::Sending, Some((512, 1024))), "50 %");
        assert_eq!(progress(Status::Sending, Some((5, 0))), "0 %");
        assert_eq!(progress(Status::Uncertain, None), "?");
        assert_eq!(progress(Status::Refused, None), "0 %");
    }
}
