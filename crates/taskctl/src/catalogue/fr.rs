//! The French sentences: code, what happened, what to do.

pub(super) const ENTRIES: &[(&str, &str, &str)] = &[
    // A file that is held back
    (
        "duplicate-content",
        "Ce contenu a déjà été envoyé à la même destination.",
        "S'il faut vraiment le renvoyer : taskctl release ID. Sinon : taskctl cancel ID.",
    ),
    (
        "duplicate-identity",
        "Un fichier portant la même identité (nom et collectivité) a déjà été envoyé à la même destination.",
        "S'il faut vraiment le renvoyer : taskctl release ID. Sinon : taskctl cancel ID.",
    ),
    (
        "empty-file",
        "Le fichier est vide.",
        "Produisez-le de nouveau dans le logiciel métier, puis : taskctl cancel ID.",
    ),
    (
        "too-large",
        "Le fichier dépasse la taille que le partenaire accepte.",
        "Découpez l'envoi dans le logiciel métier, puis : taskctl cancel ID.",
    ),
    (
        "backup-failed",
        "La copie de sauvegarde n'a pas pu être écrite ; le fichier n'est pas parti.",
        "Vérifiez le dossier « backup » du scénario (place, droits), puis : taskctl release ID.",
    ),
    (
        "scenario-gone",
        "Le scénario n'est plus dans la configuration.",
        "Remettez-le dans la configuration et relancez la station, ou : taskctl cancel ID.",
    ),
    (
        "store-missing",
        "Le fichier mis à l'abri a disparu du dossier data_dir.",
        "Cherchez qui l'a supprimé ; redéposez le fichier depuis la sauvegarde, puis : taskctl cancel ID.",
    ),
    (
        "store-changed",
        "Le fichier mis à l'abri a été modifié dans le dossier data_dir.",
        "Cherchez qui l'a modifié ; redéposez le fichier depuis la sauvegarde, puis : taskctl cancel ID.",
    ),
    // The station
    (
        "crash-after-commit-point",
        "La station s'est arrêtée pendant les derniers octets de l'envoi : le partenaire a peut-être le fichier.",
        "Attendez le mél du serveur, ou demandez au correspondant, puis : taskctl resolve ID --deposited ou --resend.",
    ),
    (
        "crash-while-collecting",
        "La station s'est arrêtée pendant la réception.",
        "Si le retour est incomplet, demandez au correspondant du partenaire de le remettre à disposition, en citant la référence.",
    ),
    (
        "stopped-by-operator",
        "L'opérateur a demandé l'arrêt avant la fin de l'envoi.",
        "Rien à faire : le fichier repartira au prochain démarrage.",
    ),
    ("request-interrupted", "La station s'est arrêtée pendant qu'elle traitait cette demande.", "Refaites la demande."),
    (
        "unknown-scenario",
        "Ce scénario n'existe pas dans la configuration de la station.",
        "Vérifiez le nom ; si vous venez de l'ajouter, relancez la station.",
    ),
    (
        "unknown-profile",
        "Ce profil n'existe pas dans la configuration de la station.",
        "Vérifiez le nom ; si vous venez de l'ajouter, relancez la station.",
    ),
    ("disk-full", "Le disque est plein.", "Libérez de la place ; la station reprend d'elle-même."),
    (
        "lane-crashed",
        "taskctl s'est trompé en traitant un profil ; les autres continuent.",
        "Relancez la station et transmettez la trace à votre support.",
    ),
    (
        "station-locked",
        "Une autre station taskctl tient déjà ce dossier de données.",
        "Arrêtez l'autre, ou passez par elle : les commandes lui sont transmises.",
    ),
    (
        "station-folder",
        "Un dossier de la station ne peut pas être utilisé.",
        "Vérifiez data_dir et trace_dir : existent-ils, le compte de taskctl peut-il y écrire ?",
    ),
    ("trace-failed", "Une trace n'a pas pu être rangée.", "Vérifiez la place et les droits du dossier trace_dir."),
    (
        "intake-lost",
        "Un fichier a été remis dans son dossier sans être pris.",
        "Rien à faire : il sera repris au prochain passage.",
    ),
    (
        "store-failed",
        "Le fichier n'a pas pu être mis à l'abri ; il reste où il est.",
        "Vérifiez le disque et les droits du dossier data_dir.",
    ),
    (
        "sent-copy-failed",
        "La seconde copie (sent_copy) n'a pas pu être écrite ; l'envoi, lui, est fait.",
        "Vérifiez ce dossier : place, droits.",
    ),
    (
        "publish-failed",
        "Le retour est reçu mais n'a pas pu être rangé dans son dossier.",
        "Vérifiez le dossier des retours ; la station réessaie d'elle-même.",
    ),
    (
        "journal-illegal-event",
        "L'état du fichier ne permet pas cette action.",
        "Regardez où il en est : taskctl show ID.",
    ),
    (
        "journal-database",
        "Le journal ne peut pas être lu ou écrit.",
        "Vérifiez le disque et les droits du dossier data_dir.",
    ),
    (
        "journal-damaged",
        "Le journal est abîmé.",
        "Ne supprimez rien. Restaurez la dernière sauvegarde, ou appelez votre support.",
    ),
    (
        "journal-too-new",
        "Le journal a été écrit par une version plus récente de taskctl.",
        "Installez la version la plus récente.",
    ),
    (
        "journal-network-file-system",
        "Le dossier data_dir est sur un partage réseau, où un journal ne peut pas vivre.",
        "Choisissez pour data_dir un dossier d'un disque de cette machine.",
    ),
    (
        "journal-closed",
        "Le journal s'est arrêté après une erreur.",
        "Lisez l'erreur qui précède, corrigez-la, puis relancez la station.",
    ),
    // Watched folders
    (
        "folder-missing",
        "Le dossier surveillé n'existe pas, ou son partage n'est pas monté.",
        "Créez le dossier ou montez le partage ; la surveillance reprend d'elle-même.",
    ),
    (
        "folder-unreadable",
        "Le dossier surveillé ne peut pas être lu.",
        "Donnez au compte de taskctl le droit de lire et d'écrire dans ce dossier.",
    ),
    (
        "folder-not-a-folder",
        "Ce qui est surveillé n'est pas un dossier.",
        "Corrigez « watch » du scénario : dossier/filtre.",
    ),
    (
        "folder-failed",
        "Le dossier surveillé n'a pas pu être parcouru jusqu'au bout.",
        "Vérifiez le disque ou le partage ; la surveillance reprend d'elle-même.",
    ),
    ("scan-symbolic-link", "C'est un lien symbolique : il n'est pas suivi.", "Déposez le fichier lui-même."),
    ("scan-not-a-file", "Ce n'est pas un fichier ordinaire.", ""),
    ("scan-name-not-utf-8", "Son nom n'est pas lisible (codage inconnu).", "Renommez-le."),
    ("scan-unreadable-file", "Il ne peut pas être examiné.", "Donnez au compte de taskctl le droit de le lire."),
    ("claim-vanished", "Le fichier a disparu avant d'être pris.", ""),
    (
        "claim-denied",
        "Le compte de taskctl n'a pas le droit de prendre le fichier.",
        "Donnez-lui le droit d'écrire dans le dossier surveillé.",
    ),
    ("claim-failed", "Le fichier n'a pas pu être pris.", "Vérifiez le disque ou le partage ; la station réessaie."),
    (
        "claim-stuck",
        "Le fichier a été pris mais n'a pas pu être remis en place.",
        "Cherchez-le dans le sous-dossier .taskctl du dossier surveillé ; la station le reprendra au démarrage.",
    ),
    ("claim-open-writer", "Un programme l'écrit encore.", ""),
    ("claim-changed", "Il a changé au moment d'être pris.", ""),
    ("stability-first-seen", "vu pour la première fois.", ""),
    ("stability-quiet-period", "pas encore inchangé assez longtemps.", ""),
    ("stability-open-writer", "un programme l'écrit encore.", ""),
    ("stability-no-done-file", "attend son fichier témoin.", ""),
    ("stability-too-young", "modifié trop récemment.", ""),
    ("stability-replaced", "un autre fichier a pris son nom.", ""),
    ("stability-size-changed", "sa taille vient de changer.", ""),
    ("stability-modified", "il vient d'être modifié.", ""),
    ("stability-inode-changed", "il vient d'être réécrit.", ""),
    ("stability-unknown", "son état n'est pas connu.", ""),
    ("watch-overflow", "Trop d'arrivées à la fois : le dossier est relu en entier.", ""),
    ("watch-thread-died", "La surveillance instantanée s'est arrêtée : le dossier est relu à intervalles.", ""),
    ("watch-failed", "La surveillance instantanée est impossible : le dossier est relu à intervalles.", ""),
    ("watch-refused", "Le système refuse la surveillance instantanée : le dossier est relu à intervalles.", ""),
    ("watch-unproven", "La surveillance instantanée n'est pas encore prouvée : le dossier est relu à intervalles.", ""),
    ("watch-silent", "La surveillance instantanée se tait : le dossier est relu à intervalles.", ""),
    (
        "watch-no-probe",
        "La surveillance instantanée ne peut pas être éprouvée ici : le dossier est relu à intervalles.",
        "",
    ),
    ("watch-network-file-system", "Partage réseau : le dossier est relu à intervalles.", ""),
    // XFB/Gateway
    (
        "xfb-destination-missing",
        "Le scénario n'a pas de site de destination.",
        "Ajoutez destination = \"…\" au scénario, relancez la station, puis : taskctl release ID.",
    ),
    (
        "xfb-application-missing",
        "Le scénario n'a pas de référence applicative.",
        "Ajoutez application = \"…\" au scénario, relancez la station, puis : taskctl release ID.",
    ),
    (
        "xfb-partner-not-authorised",
        "Le serveur signale par courriel un partenaire non autorisé.",
        "Demandez au correspondant du partenaire d'ouvrir vos droits pour cette application et cette destination, puis redéposez le fichier.",
    ),
    (
        "xfb-unknown-file",
        "Le serveur signale par courriel un fichier inexistant : il ne l'a pas.",
        "Vérifiez destination et application du scénario, puis redéposez le fichier.",
    ),
    (
        "xfb-notices-failed",
        "Les courriels du serveur n'ont pas pu être lus.",
        "Vérifiez le dossier « notices » du profil ; la station réessaie.",
    ),
    (
        "xfb-config",
        "La configuration du canal xfb est inutilisable.",
        "Tapez taskctl check et corrigez ce qui est souligné.",
    ),
    (
        "xfb-name-refused",
        "Le nom de ce fichier ne peut pas être transmis.",
        "Renommez le fichier sans caractères spéciaux et redéposez-le.",
    ),
    (
        "xfb-field-refused",
        "Une valeur du scénario ne peut pas être transmise.",
        "Corrigez objet, destination ou application dans le scénario.",
    ),
    (
        "xfb-file-unreadable",
        "Le fichier mis à l'abri ne peut pas être lu.",
        "Vérifiez le disque du dossier data_dir ; la station réessaie.",
    ),
    (
        "xfb-file-changed",
        "Le fichier a changé de taille pendant l'envoi.",
        "Rien à faire : la station recommence. Si cela se répète, vérifiez le disque.",
    ),
    (
        "xfb-commit-refused",
        "L'envoi a été arrêté juste avant sa fin ; le serveur n'a pas le fichier.",
        "Rien à faire : il repartira.",
    ),
    (
        "xfb-connect-failed",
        "Le serveur ne répond pas.",
        "La station réessaie d'elle-même. Si cela dure : vérifiez le réseau, le tunnel, le pare-feu et l'adresse du profil.",
    ),
    (
        "xfb-proxy-refused",
        "Le serveur mandataire (proxy) refuse la connexion.",
        "Vérifiez l'adresse et le compte du proxy dans le profil.",
    ),
    (
        "xfb-tls-refused",
        "Le certificat du serveur, ou le nôtre, n'est pas accepté.",
        "Vérifiez l'heure de cette machine et l'autorité de certification du profil ; n'envoyez rien tant que ce n'est pas compris.",
    ),
    ("xfb-connection-lost", "La connexion s'est interrompue.", "La station réessaie d'elle-même."),
    ("xfb-timed-out", "Le serveur est resté muet trop longtemps.", "La station réessaie d'elle-même."),
    (
        "xfb-foreign-origin",
        "Le serveur renvoie vers une autre adresse ; rien ne lui a été confié.",
        "Vérifiez l'adresse du profil auprès du correspondant du partenaire.",
    ),
    (
        "xfb-page-too-large",
        "Le serveur a répondu par une page démesurée.",
        "La station réessaie. Si cela se répète, appelez le correspondant du partenaire.",
    ),
    (
        "xfb-listing-too-long",
        "La liste des fichiers disponibles est démesurée.",
        "Demandez au correspondant du partenaire de faire le ménage dans votre boîte.",
    ),
    (
        "xfb-portal-refused",
        "Le portail ILEX refuse l'identifiant ou le mot de passe.",
        "Enregistrez le bon mot de passe (taskctl secret set …). Le profil est suspendu jusque-là, pour ne pas bloquer le compte.",
    ),
    (
        "xfb-login-refused",
        "Le serveur Gateway refuse l'identifiant ou le mot de passe.",
        "Enregistrez le bon mot de passe (taskctl secret set …). Le profil est suspendu jusque-là, pour ne pas bloquer le compte.",
    ),
    ("xfb-session-expired", "La session s'est terminée côté serveur.", "La station se reconnecte d'elle-même."),
    ("xfb-refused-for-now", "Le serveur demande de réessayer plus tard.", "La station réessaie d'elle-même."),
    (
        "xfb-page-refused",
        "Le serveur refuse l'accès à une de ses pages.",
        "Demandez au correspondant du partenaire d'ouvrir vos droits.",
    ),
    ("xfb-server-failed", "Le serveur est en panne.", "La station réessaie d'elle-même."),
    (
        "xfb-unknown-page",
        "Le serveur a répondu par une page inconnue.",
        "La page est gardée dans la trace. Si cela se répète, transmettez-la à votre support.",
    ),
    (
        "xfb-form-unmapped",
        "Le formulaire d'envoi du serveur n'a pas le champ attendu ; rien n'a été envoyé.",
        "Nommez les champs du formulaire dans « fields » du profil : la trace en donne la liste.",
    ),
    (
        "xfb-upload-refused",
        "Le serveur a refusé le fichier.",
        "Lisez le motif, corrigez, puis redéposez le fichier. En cas de doute, appelez le correspondant du partenaire.",
    ),
    (
        "xfb-upload-unanswered",
        "Le fichier est parti en entier, mais aucune réponse ne dit si le serveur l'a reçu.",
        "Il ne sera pas renvoyé tant qu'on ne sait pas. Attendez le mél du serveur, ou demandez au correspondant, puis : taskctl resolve ID --deposited ou --resend.",
    ),
    (
        "xfb-download-refused",
        "Le serveur refuse de donner ce fichier.",
        "Appelez le correspondant du partenaire en citant la référence.",
    ),
    (
        "xfb-download-unanswered",
        "Un fichier a été demandé et rien ne dit s'il a été servi.",
        "Demandez au correspondant du partenaire de le remettre à disposition, en citant la référence.",
    ),
    (
        "xfb-download-incomplete",
        "La réception d'un fichier s'est interrompue : le serveur le croit lu, il n'est pas entier.",
        "Demandez au correspondant du partenaire de le remettre à disposition, en citant la référence.",
    ),
    (
        "xfb-download-too-large",
        "Le fichier à recevoir dépasse la taille permise.",
        "Augmentez la limite du profil, puis demandez au correspondant de remettre le fichier à disposition.",
    ),
    ("xfb-bug", "taskctl s'est trompé.", "Transmettez la trace de la session à votre support."),
    // Mails
    ("mail-unreadable", "Un mél ne peut pas être lu.", "Vérifiez les droits du dossier de méls."),
    ("mail-too-large", "Un mél dépasse la taille permise ; il est ignoré.", ""),
    ("mail-too-complex", "Un mél est trop compliqué pour être honnête ; il est ignoré.", ""),
    ("mail-not-a-mail", "Un fichier du dossier de méls n'est pas un mél ; il est ignoré.", ""),
    ("mailbox-not-a-folder", "Le dossier de méls n'existe pas.", "Corrigez-le dans le profil."),
    (
        "mailbox-unlistable",
        "Le dossier de méls ne peut pas être lu.",
        "Donnez au compte de taskctl le droit de le lire.",
    ),
];
