//! Why each mistake matters, in one sentence, where its message does not tell already.

use crate::catalogue::Words;

/// Why the mistake of this code matters.
pub(super) fn of(code: &str) -> Option<Words> {
    REASONS.iter().find(|(known, ..)| *known == code).map(|(_, fr, en)| Words::both(*fr, *en))
}

/// Code, French, English.
const REASONS: &[(&str, &str, &str)] = &[
    (
        "duplicate-key",
        "Des deux valeurs, personne ne saurait laquelle vaut.",
        "Of the two values, nobody would know which one counts.",
    ),
    (
        "backslash-in-quotes",
        "« \\t » y deviendrait une tabulation, et le chemin ne serait plus le même.",
        "“\\t” would become a tab in it, and the path would no longer be the same.",
    ),
    (
        "file-not-utf8",
        "Un nom accentué serait mal lu, et son dossier ne serait jamais trouvé.",
        "A name with accents would be misread, and its folder would never be found.",
    ),
    (
        "unknown-key",
        "Une clé mal écrite serait ignorée sans que personne le voie.",
        "A misspelt key would be ignored without anybody seeing it.",
    ),
    (
        "misplaced-key",
        "Hors de sa section, elle n'aurait aucun effet.",
        "Outside of its section, it would have no effect.",
    ),
    (
        "duration-zero",
        "Sans délai, la station ne ferait plus que cela.",
        "Without a delay, the station would do nothing else any more.",
    ),
    (
        "quiet-short",
        "Le partenaire recevrait un fichier tronqué, sans erreur visible.",
        "The partner would receive a truncated file, without any visible error.",
    ),
    (
        "unknown-timezone",
        "Les heures des retraits, des noms et des traces seraient fausses.",
        "The times of collections, of names and of traces would be wrong.",
    ),
    (
        "dos-path",
        "Ce dossier n'existera jamais ici : aucun fichier n'y serait vu.",
        "This folder will never exist here: no file would be seen in it.",
    ),
    (
        "unc-path",
        "Ce partage ne s'ouvre pas par ce nom ici : aucun fichier n'y serait vu.",
        "This share does not open by this name here: no file would be seen in it.",
    ),
    (
        "secret-in-clear",
        "Quiconque lit la configuration, ou une de ses sauvegardes, aurait le mot de passe.",
        "Whoever reads the configuration, or one of its backups, would have the password.",
    ),
    (
        "password-in-url",
        "Quiconque lit la configuration, ou une de ses sauvegardes, aurait le mot de passe.",
        "Whoever reads the configuration, or one of its backups, would have the password.",
    ),
    ("secret-missing", "Sans lui, le partenaire refuse l'entrée.", "Without it, the partner refuses to let us in."),
    (
        "secret-readable-by-others",
        "Avec ce mot de passe, n'importe quel compte de la machine peut envoyer au nom de la collectivité.",
        "With this password, any account of the machine can send in the local authority's name.",
    ),
    (
        "secret-empty",
        "Un mot de passe vide est refusé, et des refus répétés peuvent bloquer le compte.",
        "An empty password is refused, and repeated refusals may lock the account.",
    ),
    (
        "secret-spaces",
        "Une espace invisible suffit à faire refuser le mot de passe, puis à bloquer le compte.",
        "One invisible space is enough for the password to be refused, then for the account to be locked.",
    ),
    (
        "secret-several-lines",
        "Ce qui suit la première ligne ferait partie du mot de passe, qui serait refusé.",
        "What follows the first line would be part of the password, which would be refused.",
    ),
    (
        "secret-folder-writable",
        "Un autre compte peut remplacer ce mot de passe par le sien, ou l'effacer.",
        "Another account can put its own password in the place of this one, or erase it.",
    ),
    (
        "secret-watched",
        "Le mot de passe partirait chez un partenaire, et le fichier disparaîtrait d'ici.",
        "The password would leave for a partner, and the file would disappear from here.",
    ),
    (
        "configuration-watched",
        "La configuration partirait chez un partenaire, et la station ne redémarrerait plus.",
        "The configuration would leave for a partner, and the station would not start again.",
    ),
    (
        "duplicate-name",
        "Leurs fichiers, leurs numéros et leurs traces seraient confondus.",
        "Their files, their numbers and their traces would be mixed up.",
    ),
    (
        "plain-http",
        "Quiconque écoute le réseau aurait le mot de passe et les fichiers.",
        "Whoever listens to the network would have the password and the files.",
    ),
    ("searches-unused", "Les retours ne porteront pas le nom attendu.", "Returns will not bear the expected name."),
    (
        "scenario-shadowed",
        "Ce scénario ne recevra jamais un fichier : ils partiront tous par l'autre.",
        "This scenario will never receive a file: they will all leave by the other.",
    ),
    (
        "scenario-unreachable",
        "Ce scénario ne recevra jamais un fichier : ils partiront tous par les autres.",
        "This scenario will never receive a file: they will all leave by the others.",
    ),
    (
        "scenario-overlap",
        "Un fichier peut partir vers une destination que vous n'attendez pas.",
        "A file may leave for a destination that you do not expect.",
    ),
    (
        "copies-caught",
        "Chaque envoi en provoquerait un autre, sans fin.",
        "Each sending would cause another one, without end.",
    ),
    (
        "copies-watched",
        "Le même fichier peut partir deux fois, vers deux destinations.",
        "The same file may leave twice, for two destinations.",
    ),
    (
        "station-folder-watched",
        "Les retours, ou les fichiers de la station elle-même, repartiraient vers le partenaire.",
        "Returns, or the files of the station itself, would leave for the partner again.",
    ),
    (
        "pacing-short",
        "Le partenaire traite les dépôts par lots : un fichier qui suit de trop près le précédent peut être perdu sans aucune erreur.",
        "The partner handles deposits in batches: a file that follows the previous one too closely may be lost without any error.",
    ),
    (
        "folder-missing",
        "Rien ne partira de ce dossier tant qu'il manque.",
        "Nothing will leave from this folder as long as it is missing.",
    ),
    (
        "folder-not-writable",
        "Un fichier est pris en le renommant : sans ce droit, aucun ne partira.",
        "A file is taken by renaming it: without this right, none will leave.",
    ),
    (
        "folder-read-only",
        "Un fichier est pris en le renommant : sur ce montage, aucun ne partira.",
        "A file is taken by renaming it: on this mount, none will leave.",
    ),
    (
        "folder-sticky",
        "Un fichier est pris en le renommant : ceux que d'autres comptes déposent ne partiraient pas.",
        "A file is taken by renaming it: those that other accounts drop would not leave.",
    ),
    (
        "claims-elsewhere",
        "D'un volume à l'autre un fichier ne se renomme pas d'un coup : aucun ne partirait.",
        "From one volume to another a file is not renamed in one stroke: none would leave.",
    ),
    ("folder-unusable", "La station s'arrêterait au premier fichier.", "The station would stop at the first file."),
    (
        "data-dir-on-network",
        "Une coupure du réseau y abîmerait le journal, seule preuve de ce qui est parti : la station refuse de s'y lancer.",
        "A network outage would damage the journal there, the only proof of what left: the station refuses to start on it.",
    ),
    (
        "inbox-on-another-volume",
        "Chaque fichier pris y est copié, au lieu d'être partagé sans copie.",
        "Each file taken is copied there, instead of being shared without a copy.",
    ),
    (
        "space-low",
        "Disque plein, la station ne peut plus prendre de fichier ni ranger de retour.",
        "On a full disk, the station can neither take files nor put returns away.",
    ),
    (
        "space-gone",
        "Un retour que le partenaire ne donne qu'une fois ne pourrait pas être rangé.",
        "A return that the partner gives only once could not be put away.",
    ),
    (
        "clock-wrong",
        "Les certificats paraîtraient invalides, et les traces légales porteraient de fausses dates.",
        "Certificates would look invalid, and the legal traces would bear false dates.",
    ),
    // Online
    (
        "online-name-unknown",
        "Sans adresse, ce serveur ne peut pas être joint.",
        "Without an address, this server cannot be reached.",
    ),
    (
        "online-name-unanswered",
        "Tant que le serveur de noms ne répond pas, rien ne peut partir.",
        "As long as the name server does not answer, nothing can leave.",
    ),
    (
        "online-connection-timed-out",
        "Un pare-feu qui jette les paquets se voit ainsi : rien ne pourra partir.",
        "This is what a firewall that drops packets looks like: nothing will be able to leave.",
    ),
    (
        "online-some-addresses",
        "Chaque connexion perdra du temps à essayer l'adresse qui ne répond pas.",
        "Every connection will lose time trying the address that does not answer.",
    ),
    (
        "online-certificate-expired",
        "Rien ne prouve plus à qui l'on parle : le mot de passe n'est pas envoyé.",
        "Nothing proves any more whom we talk to: the password is not sent.",
    ),
    (
        "online-certificate-too-early",
        "Rien ne prouve encore à qui l'on parle : le mot de passe n'est pas envoyé.",
        "Nothing proves yet whom we talk to: the password is not sent.",
    ),
    (
        "online-certificate-of-authority",
        "Rien ne prouve à qui l'on parle : le mot de passe n'est pas envoyé.",
        "Nothing proves whom we talk to: the password is not sent.",
    ),
    (
        "online-certificate-name",
        "Ce serveur est peut-être un autre que le partenaire : le mot de passe ne lui est pas envoyé.",
        "This server may be another than the partner: the password is not sent to it.",
    ),
    (
        "online-unknown-authority",
        "Rien ne prouve à qui l'on parle : le mot de passe n'est pas envoyé.",
        "Nothing proves whom we talk to: the password is not sent.",
    ),
    ("online-certificate-soon", "Ce jour-là, plus rien ne partira.", "On that day, nothing will leave any more."),
    (
        "online-own-certificate-soon",
        "Ce jour-là, le partenaire refusera l'entrée.",
        "On that day, the partner will refuse to let us in.",
    ),
    (
        "online-tls-too-old",
        "Ces versions ne protègent plus ni le mot de passe ni les fichiers.",
        "These versions no longer protect the password or the files.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::untranslated;

    #[test]
    fn every_reason_is_given_once_and_is_a_sentence() {
        let codes: BTreeSet<&str> = REASONS.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes.len(), REASONS.len());
        for (code, fr, en) in REASONS {
            assert!(fr.ends_with('.') && fr.len() < 160, "{code}");
            assert!(en.ends_with('.') && en.len() < 160, "{code}");
            assert_eq!(untranslated(&Words::both(*fr, *en)), None, "{code}");
        }
        assert_eq!(of("nothing-of-the-kind"), None);
    }
}
