//! The sentences of operators' decisions and of what returns are about: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    (
        "reason-missing",
        "Une décision demande son motif.",
        "Recommencez avec --why \"…\" : ce qui permet de décider, gardé dans le journal.",
    ),
    ("reason-too-long", "Le motif dépasse 500 caractères.", "Raccourcissez-le."),
    (
        "request-not-allowed",
        "La demande vient d'un compte qui n'est pas écouté.",
        "Fermez le dossier data_dir/requests à tout le monde et donnez-le au groupe des opérateurs : chgrp OPERATEURS, chmod 2770.",
    ),
    (
        "account-unproven",
        "Le système ne dit pas de quel compte vient la demande.",
        "Tapez la commande depuis votre propre compte, sur la machine de la station.",
    ),
    (
        "four-eyes-same-account",
        "Ce compte a déjà proposé cette décision ; une seconde personne doit la prendre aussi.",
        "Demandez à une autre personne de taper la même commande depuis son compte.",
    ),
    ("unknown-sending", "Aucun envoi ne porte cet identifiant.", "La liste : taskctl history."),
    ("unknown-return", "Aucun retour ne porte cet identifiant.", "La liste : taskctl returns --all."),
    (
        "resend-uncertain",
        "Cet envoi est incertain : le partenaire l'a peut-être déjà.",
        "Demandez-lui, puis : taskctl resolve ID --resend --why \"…\" s'il ne l'a pas, --deposited s'il l'a.",
    ),
    (
        "resend-held",
        "Cet envoi est retenu : il n'est pas encore parti.",
        "Pour le laisser partir : taskctl release ID --why \"…\". Sinon : taskctl cancel ID --why \"…\".",
    ),
    ("resend-under-way", "Cet envoi est en cours.", "Attendez sa fin : taskctl show ID."),
    (
        "resend-superseded",
        "Cet envoi a déjà été renvoyé sous un autre identifiant.",
        "Regardez où en est celui-là avec taskctl show, et renvoyez-le lui au besoin.",
    ),
    (
        "resend-bytes-missing",
        "Les octets de cet envoi ne sont plus dans la station : ils ont été purgés ou supprimés.",
        "Reprenez le fichier dans la sauvegarde ou dans le logiciel métier, et redéposez-le.",
    ),
    (
        "resend-bytes-changed",
        "Les octets gardés ne sont plus ceux qui avaient été pris en charge ; rien n'est parti.",
        "Cherchez qui les a modifiés ; reprenez le fichier dans la sauvegarde ou dans le logiciel métier, et redéposez-le.",
    ),
    ("match-own-identifier", "notre identifiant de l'envoi y figure.", ""),
    ("match-partner-identifier", "la référence donnée par le partenaire y figure.", ""),
    ("match-identity", "l'identité du fichier y figure.", ""),
    ("match-name", "le nom envoyé est dans celui du retour.", ""),
    ("match-name-inside", "le nom envoyé est dans le contenu.", ""),
    ("match-number", "un long numéro est dans les deux noms.", ""),
    ("match-application", "même application.", ""),
    ("match-lane", "même canal.", ""),
    ("match-days", "trois jours au plus entre les deux.", ""),
    ("match-month", "trente jours au plus entre les deux.", ""),
    ("match-before", "le retour était là avant le fichier.", ""),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    (
        "reason-missing",
        "A decision needs its reason.",
        "Type it again with --why \"…\": what allows to decide, kept in the journal.",
    ),
    ("reason-too-long", "The reason is longer than 500 characters.", "Shorten it."),
    (
        "request-not-allowed",
        "The request comes from an account that is not listened to.",
        "Close the folder data_dir/requests to everybody and give it to the operators' group: chgrp OPERATORS, chmod 2770.",
    ),
    (
        "account-unproven",
        "The system does not tell which account the request comes from.",
        "Type the command from your own account, on the station's machine.",
    ),
    (
        "four-eyes-same-account",
        "This account proposed that decision already; a second person must take it too.",
        "Ask somebody else to type the same command from their account.",
    ),
    ("unknown-sending", "No sending bears that identifier.", "The list: taskctl history."),
    ("unknown-return", "No return bears that identifier.", "The list: taskctl returns --all."),
    (
        "resend-uncertain",
        "This sending is uncertain: the partner may have it already.",
        "Ask them, then: taskctl resolve ID --resend --why \"…\" if they do not have it, --deposited if they do.",
    ),
    (
        "resend-held",
        "This sending is held: it has not left yet.",
        "To let it go: taskctl release ID --why \"…\". Otherwise: taskctl cancel ID --why \"…\".",
    ),
    ("resend-under-way", "This sending is under way.", "Wait for its end: taskctl show ID."),
    (
        "resend-superseded",
        "This sending was sent once more already, under another identifier.",
        "See where that one stands with taskctl show, and send that one again if need be.",
    ),
    (
        "resend-bytes-missing",
        "The bytes of this sending are no longer in the station: they were purged or deleted.",
        "Take the file from the backup or from the business software, and drop it again.",
    ),
    (
        "resend-bytes-changed",
        "The bytes kept are no longer those that were accepted; nothing left.",
        "Find out who changed them; take the file from the backup or from the business software, and drop it again.",
    ),
    ("match-own-identifier", "our identifier of the sending is there.", ""),
    ("match-partner-identifier", "the reference that the partner gave is there.", ""),
    ("match-identity", "the file's identity is there.", ""),
    ("match-name", "the name sent is in the return's.", ""),
    ("match-name-inside", "the name sent is in the content.", ""),
    ("match-number", "a long number is in both names.", ""),
    ("match-application", "same application.", ""),
    ("match-lane", "same channel.", ""),
    ("match-days", "three days at most between the two.", ""),
    ("match-month", "thirty days at most between the two.", ""),
    ("match-before", "the return was there before the file.", ""),
];

#[cfg(test)]
mod tests {
    use scheduler_core::matching::Clue;

    use super::*;

    #[test]
    fn every_clue_has_its_words() {
        let known = |code| FR.iter().any(|(known, _, _)| *known == code);
        assert!(Clue::ALL.into_iter().all(|clue| known(clue.code())));
    }
}
