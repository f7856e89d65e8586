//! The sentences of INSEE's channel: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    // What is found in a file before it leaves
    (
        "aireppnet-encoding",
        "Le fichier contient un caractère que son encodage n'a pas.",
        "Produisez-le de nouveau dans le logiciel métier, puis : taskctl cancel ID --why \"…\". S'il est bon malgré tout : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-record-length",
        "Un enregistrement du fichier n'a pas la longueur exigée par le scénario.",
        "Produisez-le de nouveau dans le logiciel métier, puis : taskctl cancel ID --why \"…\". S'il est bon malgré tout : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-record-count",
        "Le fichier n'a pas le nombre d'enregistrements attendu.",
        "Produisez-le de nouveau dans le logiciel métier, puis : taskctl cancel ID --why \"…\". S'il est bon malgré tout : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-xml-malformed",
        "Le fichier XML est mal formé : il est sans doute incomplet.",
        "Produisez-le de nouveau dans le logiciel métier, puis : taskctl cancel ID --why \"…\".",
    ),
    (
        "aireppnet-xml-root",
        "Le fichier XML n'est pas celui que le scénario attend.",
        "Vérifiez qu'il est dans le bon dossier, puis : taskctl cancel ID --why \"…\". S'il est bon malgré tout : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-not-looked-at",
        "Le fichier n'a pas pu être relu avant l'envoi.",
        "Vérifiez le disque du dossier data_dir, puis : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-file-type-unknown",
        "Le scénario ne dit pas de quel type sont ses fichiers.",
        "Écrivez file_type = \"etat-civil\", \"elections-fr\" ou \"elections-ue\" dans le scénario, relancez la station, puis : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-expectation-refused",
        "Le scénario exige de ses fichiers quelque chose qui ne se peut pas.",
        "Corrigez le champ cité dans le scénario, relancez la station, puis : taskctl release ID --why \"…\".",
    ),
    // The client
    (
        "aireppnet-config",
        "La configuration du canal aireppnet est inutilisable.",
        "Tapez taskctl check et corrigez ce qui est souligné.",
    ),
    (
        "aireppnet-no-server",
        "Le profil ne nomme pas de serveur de l'INSEE pour ce type de fichier.",
        "Ajoutez son adresse au profil (etat_civil_url, elections_fr_url ou elections_ue_url), relancez la station, puis : taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-commune-refused",
        "Le code commune du profil n'en est pas un.",
        "Écrivez cinq chiffres, ou 2A ou 2B puis trois chiffres.",
    ),
    (
        "aireppnet-name-refused",
        "Le nom de ce fichier ne peut pas être transmis.",
        "Renommez le fichier sans caractères spéciaux et redéposez-le.",
    ),
    (
        "aireppnet-field-refused",
        "Une valeur du profil ne peut pas être écrite dans le formulaire de l'INSEE.",
        "Corrigez « deposit_fields » dans le profil.",
    ),
    (
        "aireppnet-file-unreadable",
        "Le fichier mis à l'abri ne peut pas être lu.",
        "Vérifiez le disque du dossier data_dir ; la station réessaie.",
    ),
    (
        "aireppnet-file-changed",
        "Le fichier a changé de taille pendant l'envoi.",
        "Rien à faire : la station recommence. Si cela se répète, vérifiez le disque.",
    ),
    (
        "aireppnet-commit-refused",
        "L'envoi a été arrêté juste avant sa fin ; l'INSEE n'a pas le fichier.",
        "Rien à faire : il repartira.",
    ),
    (
        "aireppnet-connect-failed",
        "Le serveur de l'INSEE ne répond pas.",
        "La station réessaie d'elle-même. Si cela dure : vérifiez le réseau, le pare-feu et l'adresse du profil.",
    ),
    (
        "aireppnet-proxy-refused",
        "Le serveur mandataire (proxy) refuse la connexion.",
        "Vérifiez l'adresse et le compte du proxy dans le profil.",
    ),
    (
        "aireppnet-tls-refused",
        "Le certificat du serveur de l'INSEE, ou le nôtre, n'est pas accepté.",
        "Vérifiez l'heure de cette machine, l'autorité de certification et le certificat du profil ; n'envoyez rien tant que ce n'est pas compris.",
    ),
    ("aireppnet-connection-lost", "La connexion s'est interrompue.", "La station réessaie d'elle-même."),
    ("aireppnet-timed-out", "Le serveur de l'INSEE est resté muet trop longtemps.", "La station réessaie d'elle-même."),
    (
        "aireppnet-foreign-origin",
        "Le serveur de l'INSEE renvoie vers une autre adresse ; rien ne lui a été confié.",
        "Vérifiez l'adresse du profil auprès de l'INSEE.",
    ),
    (
        "aireppnet-page-too-large",
        "Le serveur de l'INSEE a répondu par une page démesurée.",
        "La station réessaie. Si cela se répète, appelez l'INSEE.",
    ),
    (
        "aireppnet-login-refused",
        "L'INSEE refuse le code commune ou le mot de passe.",
        "Enregistrez le bon mot de passe (taskctl secret set …). La station suspend le profil jusque-là, pour ne pas bloquer le compte.",
    ),
    ("aireppnet-session-ended", "La session s'est terminée côté INSEE.", "La station se reconnecte d'elle-même."),
    ("aireppnet-refused-for-now", "L'INSEE demande de réessayer plus tard.", "La station réessaie d'elle-même."),
    ("aireppnet-page-refused", "L'INSEE refuse l'accès à une de ses pages.", "Demandez à l'INSEE d'ouvrir vos droits."),
    ("aireppnet-server-failed", "Le serveur de l'INSEE est en panne.", "La station réessaie d'elle-même."),
    (
        "aireppnet-unknown-page",
        "L'INSEE a répondu par une page inconnue.",
        "La page est gardée dans la trace. Si cela se répète, décrivez-la dans le profil (log_in, deposit, result) ou transmettez-la à votre support.",
    ),
    (
        "aireppnet-form-unmapped",
        "Le formulaire de dépôt de l'INSEE n'a pas le champ attendu ; rien n'a été envoyé.",
        "Nommez les champs dans « deposit » et « deposit_fields » du profil : la trace en donne la liste.",
    ),
    (
        "aireppnet-deposit-refused",
        "L'INSEE a refusé le fichier.",
        "Lisez le motif, corrigez, puis redéposez le fichier. En cas de doute, appelez l'INSEE.",
    ),
    (
        "aireppnet-deposit-unanswered",
        "Le fichier est parti en entier, mais aucune réponse ne dit si l'INSEE l'a reçu.",
        "Il ne sera pas renvoyé tant qu'on ne sait pas. Demandez à l'INSEE, puis : taskctl resolve ID --deposited --why \"…\" ou --resend.",
    ),
    ("aireppnet-bug", "taskctl s'est trompé.", "Transmettez la trace de la session à votre support."),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    (
        "aireppnet-encoding",
        "The file holds a character that its encoding does not have.",
        "Produce it again, then: taskctl cancel ID --why \"…\". If it is right all the same: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-record-length",
        "A record of the file has not the length that the scenario demands.",
        "Produce it again, then: taskctl cancel ID --why \"…\". If it is right all the same: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-record-count",
        "The file has not the expected number of records.",
        "Produce it again, then: taskctl cancel ID --why \"…\". If it is right all the same: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-xml-malformed",
        "The XML file is not well-formed: it is probably not whole.",
        "Produce it again, then: taskctl cancel ID --why \"…\".",
    ),
    (
        "aireppnet-xml-root",
        "The XML file is not the one that the scenario expects.",
        "Check that it is in the right folder, then: taskctl cancel ID --why \"…\". If it is right all the same: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-not-looked-at",
        "The file could not be looked at before it was sent.",
        "Check the disk of data_dir, then: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-file-type-unknown",
        "The scenario does not say of which type its files are.",
        "Write file_type = \"etat-civil\", \"elections-fr\" or \"elections-ue\" in the scenario, restart the station, then: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-expectation-refused",
        "The scenario demands something of its files that cannot be.",
        "Correct the field that is named, restart the station, then: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-config",
        "The configuration of the aireppnet channel cannot be used.",
        "Run taskctl check and correct what is underlined.",
    ),
    (
        "aireppnet-no-server",
        "The profile names no server of INSEE for this type of file.",
        "Add its address to the profile (etat_civil_url, elections_fr_url or elections_ue_url), restart the station, then: taskctl release ID --why \"…\".",
    ),
    (
        "aireppnet-commune-refused",
        "The profile's commune code is none.",
        "Write five digits, or 2A or 2B and three digits.",
    ),
    (
        "aireppnet-name-refused",
        "The name of this file cannot be sent.",
        "Rename the file without special characters and drop it again.",
    ),
    (
        "aireppnet-field-refused",
        "A value of the profile cannot be written in INSEE's form.",
        "Correct deposit_fields in the profile.",
    ),
    (
        "aireppnet-file-unreadable",
        "The stored file cannot be read.",
        "Check the disk of data_dir; the station tries again.",
    ),
    (
        "aireppnet-file-changed",
        "The file's size changed while it was sent.",
        "Nothing to do: the station starts over. If it happens again, check the disk.",
    ),
    (
        "aireppnet-commit-refused",
        "The sending was stopped just before its end; INSEE does not have the file.",
        "Nothing to do: it will leave again.",
    ),
    (
        "aireppnet-connect-failed",
        "INSEE's server does not answer.",
        "The station tries again by itself. If it lasts: check the network, the firewall and the profile's address.",
    ),
    (
        "aireppnet-proxy-refused",
        "The proxy refuses the connection.",
        "Check the proxy's address and account in the profile.",
    ),
    (
        "aireppnet-tls-refused",
        "The certificate of INSEE's server, or ours, is not accepted.",
        "Check this machine's clock, the profile's authority and its certificate; send nothing until it is understood.",
    ),
    ("aireppnet-connection-lost", "The connection broke.", "The station tries again by itself."),
    ("aireppnet-timed-out", "INSEE's server was silent for too long.", "The station tries again by itself."),
    (
        "aireppnet-foreign-origin",
        "INSEE's server leads to another address; nothing was entrusted to it.",
        "Check the profile's address with INSEE.",
    ),
    (
        "aireppnet-page-too-large",
        "INSEE's server answered with an oversized page.",
        "The station tries again. If it happens again, call INSEE.",
    ),
    (
        "aireppnet-login-refused",
        "INSEE refuses the commune code or the password.",
        "Store the right password (taskctl secret set …). Until then the profile is suspended, so that the account is not locked.",
    ),
    ("aireppnet-session-ended", "The session ended on INSEE's side.", "The station logs in again by itself."),
    ("aireppnet-refused-for-now", "INSEE asks to try again later.", "The station tries again by itself."),
    ("aireppnet-page-refused", "INSEE refuses one of its pages.", "Ask INSEE for the right to it."),
    ("aireppnet-server-failed", "INSEE's server is out of order.", "The station tries again by itself."),
    (
        "aireppnet-unknown-page",
        "INSEE answered with an unknown page.",
        "The page is kept in the trace. If it happens again, describe it in the profile (log_in, deposit, result) or hand it to your support.",
    ),
    (
        "aireppnet-form-unmapped",
        "INSEE's deposit form lacks the expected input; nothing was sent.",
        "Name the inputs in deposit and deposit_fields of the profile: the trace lists them.",
    ),
    (
        "aireppnet-deposit-refused",
        "INSEE refused the file.",
        "Read the reason, correct, then drop the file again. When in doubt, call INSEE.",
    ),
    (
        "aireppnet-deposit-unanswered",
        "The whole file left, but no answer tells whether INSEE received it.",
        "It will not be sent again until it is known. Ask INSEE, then: taskctl resolve ID --deposited --why \"…\" or --resend.",
    ),
    ("aireppnet-bug", "taskctl made a mistake.", "Hand the session's trace to your support."),
];
