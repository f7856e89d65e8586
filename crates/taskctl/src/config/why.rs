//! Why each mistake matters, in one French sentence, where its message does not tell already.

/// Why the mistake of this code matters.
pub(super) fn of(code: &str) -> Option<&'static str> {
    REASONS.iter().find(|(known, _)| *known == code).map(|(_, why)| *why)
}

const REASONS: &[(&str, &str)] = &[
    ("duplicate-key", "Des deux valeurs, personne ne saurait laquelle vaut."),
    ("backslash-in-quotes", "« \\t » y deviendrait une tabulation, et le chemin ne serait plus le même."),
    ("file-not-utf8", "Un nom accentué serait mal lu, et son dossier ne serait jamais trouvé."),
    ("unknown-key", "Une clé mal écrite serait ignorée sans que personne le voie."),
    ("misplaced-key", "Hors de sa section, elle n'aurait aucun effet."),
    ("duration-zero", "Sans délai, la station ne ferait plus que cela."),
    ("quiet-short", "Le partenaire recevrait un fichier tronqué, sans erreur visible."),
    ("unknown-timezone", "Les heures des retraits, des noms et des traces seraient fausses."),
    ("dos-path", "Ce dossier n'existera jamais ici : aucun fichier n'y serait vu."),
    ("unc-path", "Ce partage ne s'ouvre pas par ce nom ici : aucun fichier n'y serait vu."),
    ("secret-in-clear", "Quiconque lit la configuration, ou une de ses sauvegardes, aurait le mot de passe."),
    ("password-in-url", "Quiconque lit la configuration, ou une de ses sauvegardes, aurait le mot de passe."),
    ("secret-missing", "Sans lui, le partenaire refuse l'entrée."),
    (
        "secret-readable-by-others",
        "Avec ce mot de passe, n'importe quel compte de la machine peut envoyer au nom de la collectivité.",
    ),
    ("secret-empty", "Un mot de passe vide est refusé, et des refus répétés peuvent bloquer le compte."),
    ("secret-spaces", "Une espace invisible suffit à faire refuser le mot de passe, puis à bloquer le compte."),
    ("secret-several-lines", "Ce qui suit la première ligne ferait partie du mot de passe, qui serait refusé."),
    ("secret-folder-writable", "Un autre compte peut remplacer ce mot de passe par le sien, ou l'effacer."),
    ("secret-watched", "Le mot de passe partirait chez un partenaire, et le fichier disparaîtrait d'ici."),
    ("configuration-watched", "La configuration partirait chez un partenaire, et la station ne redémarrerait plus."),
    ("duplicate-name", "Leurs fichiers, leurs numéros et leurs traces seraient confondus."),
    ("plain-http", "Quiconque écoute le réseau aurait le mot de passe et les fichiers."),
    ("searches-unused", "Les retours ne porteront pas le nom attendu."),
    ("scenario-shadowed", "Ce scénario ne recevra jamais un fichier : ils partiront tous par l'autre."),
    ("scenario-unreachable", "Ce scénario ne recevra jamais un fichier : ils partiront tous par les autres."),
    ("scenario-overlap", "Un fichier peut partir vers une destination que vous n'attendez pas."),
    ("copies-caught", "Chaque envoi en provoquerait un autre, sans fin."),
    ("copies-watched", "Le même fichier peut partir deux fois, vers deux destinations."),
    (
        "station-folder-watched",
        "Les retours, ou les fichiers de la station elle-même, repartiraient vers le partenaire.",
    ),
    (
        "pacing-short",
        "Le partenaire traite les dépôts par lots : un fichier qui suit de trop près le précédent peut être perdu sans aucune erreur.",
    ),
    ("folder-missing", "Rien ne partira de ce dossier tant qu'il manque."),
    ("folder-not-writable", "Un fichier est pris en le renommant : sans ce droit, aucun ne partira."),
    ("folder-read-only", "Un fichier est pris en le renommant : sur ce montage, aucun ne partira."),
    ("folder-sticky", "Un fichier est pris en le renommant : ceux que d'autres comptes déposent ne partiraient pas."),
    ("claims-elsewhere", "D'un volume à l'autre un fichier ne se renomme pas d'un coup : aucun ne partirait."),
    ("folder-unusable", "La station s'arrêterait au premier fichier."),
    (
        "data-dir-on-network",
        "Une coupure du réseau y abîmerait le journal, seule preuve de ce qui est parti : la station refuse de s'y lancer.",
    ),
    ("inbox-on-another-volume", "Chaque fichier pris y est copié, au lieu d'être partagé sans copie."),
    ("space-low", "Disque plein, la station ne peut plus prendre de fichier ni ranger de retour."),
    ("space-gone", "Un retour que le partenaire ne donne qu'une fois ne pourrait pas être rangé."),
    ("clock-wrong", "Les certificats paraîtraient invalides, et les traces légales porteraient de fausses dates."),
    // Online
    ("online-name-unknown", "Sans adresse, ce serveur ne peut pas être joint."),
    ("online-name-unanswered", "Tant que le serveur de noms ne répond pas, rien ne peut partir."),
    ("online-connection-timed-out", "Un pare-feu qui jette les paquets se voit ainsi : rien ne pourra partir."),
    ("online-some-addresses", "Chaque connexion perdra du temps à essayer l'adresse qui ne répond pas."),
    ("online-certificate-expired", "Rien ne prouve plus à qui l'on parle : le mot de passe n'est pas envoyé."),
    ("online-certificate-too-early", "Rien ne prouve encore à qui l'on parle : le mot de passe n'est pas envoyé."),
    (
        "online-certificate-name",
        "Ce serveur est peut-être un autre que le partenaire : le mot de passe ne lui est pas envoyé.",
    ),
    ("online-unknown-authority", "Rien ne prouve à qui l'on parle : le mot de passe n'est pas envoyé."),
    ("online-certificate-of-authority", "Rien ne prouve à qui l'on parle : le mot de passe n'est pas envoyé."),
    ("online-certificate-soon", "Ce jour-là, plus rien ne partira."),
    ("online-own-certificate-soon", "Ce jour-là, le partenaire refusera l'entrée."),
    ("online-tls-too-old", "Ces versions ne protègent plus ni le mot de passe ni les fichiers."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_is_given_once_and_is_a_sentence() {
        let codes: BTreeSet<&str> = REASONS.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), REASONS.len());
        for (code, why) in REASONS {
            assert!(why.ends_with('.') && why.len() < 160, "{code}");
        }
        assert_eq!(of("nothing-of-the-kind"), None);
    }
}
