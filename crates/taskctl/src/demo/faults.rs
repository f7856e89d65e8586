//! The fault menu that `--faults` plays: each line once, on a file of its own.

use std::time::Duration;

use partner_sim::{FaultPlan, RetryAfter, SmtpFaults};

/// What goes wrong, in the operator's words.
pub(super) const MENU: [&str; 18] = [
    "portail : session expirée à l'entrée",
    "1er mandat : refusé pour l'instant, revenir dans une seconde",
    "2e mandat : connexion coupée au milieu de l'envoi",
    "3e mandat : reçu, mais la réponse est une erreur 500",
    "1er titre : reçu, mais la réponse arrive trop tard",
    "2e titre : page incompréhensible, fichier perdu, aucun mél",
    "budget : refusé définitivement",
    "HOPAYRA : le serveur ne répond plus",
    "liste des retours : connexion coupée",
    "un retour : lecture coupée avant la fin",
    "CCAS : réponse coupée dans son dernier enregistrement",
    "déconnexion : page d'erreur",
    "1er état civil : l'INSEE termine la session pendant l'envoi",
    "2e état civil : connexion coupée au milieu de l'envoi",
    "élections : reçu, mais la réponse est une page incompréhensible",
    "1er recensement : liste grise, refusé pour l'instant",
    "2e recensement : connexion coupée au milieu du message",
    "3e recensement : reçu, mais coupé après le point final ; l'avis lèvera le doute",
];

/// The plans of the simulators.
#[derive(Debug, Default)]
pub(super) struct Plans {
    pub(super) treasury: FaultPlan,
    pub(super) insee: FaultPlan,
    pub(super) bureau: SmtpFaults,
}

/// What [`MENU`] tells.
pub(super) fn plans() -> Plans {
    Plans { treasury: treasury(), insee: insee(), bureau: bureau() }
}

fn bureau() -> SmtpFaults {
    SmtpFaults::new()
        .message("T1")
        .once()
        .reply(450, "4.2.0 greylisted, come back later")
        .message("T2")
        .once()
        .cut_at(900)
        .message("T3")
        .once()
        .taken()
        .cut()
}

fn insee() -> FaultPlan {
    FaultPlan::new()
        .upload()
        .named("wecivil1")
        .once()
        .session_expired()
        .upload()
        .named("wecivil2")
        .once()
        .cut_request_at(900)
        .upload()
        .named("elections_")
        .once()
        .taken()
        .unknown_html()
}

fn treasury() -> FaultPlan {
    FaultPlan::new()
        .entry()
        .account("ville")
        .nth(1)
        .session_expired()
        .upload()
        .account("ville")
        .named("_M01")
        .once()
        .refuse_for_now(Some(RetryAfter::Seconds(1)))
        .upload()
        .account("ville")
        .named("_M02")
        .once()
        .cut_request_at(2000)
        .upload()
        .account("ville")
        .named("_M03")
        .once()
        .taken()
        .status_500()
        .upload()
        .account("ville")
        .named("_T01")
        .once()
        .late_yes(Duration::from_secs(5))
        .upload()
        .account("ville")
        .named("_T02")
        .once()
        .not_taken()
        .unknown_html()
        .upload()
        .account("ville")
        .named("_B01")
        .once()
        .refuse_for_good("File not received: application GHEL450 not authorized")
        .upload()
        .account("ville")
        .named("HOPAYRA")
        .once()
        .not_taken()
        .stall()
        .listing()
        .account("ville")
        .once()
        .cut_body_at(40, false)
        .download()
        .named("RCT290G")
        .account("ville")
        .once()
        .cut_body_at(300, false)
        .upload()
        .account("ccas")
        .named("_T01")
        .once()
        .taken()
        .cut_last_record()
        .logout()
        .once()
        .status_500()
}
