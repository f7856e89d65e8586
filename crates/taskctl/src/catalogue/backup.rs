//! The sentences of backups and of restored stations: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    // A restored station
    (
        "restored-station",
        "La station a été restaurée : l'ancienne a pu envoyer ce fichier après la sauvegarde.",
        "Demandez au partenaire s'il l'a. S'il l'a : taskctl resolve ID --deposited --why \"…\". S'il ne l'a pas : taskctl release ID --why \"…\".",
    ),
    (
        "station-restored",
        "La station vient d'une sauvegarde et rien ne part tant qu'elle n'est pas remise en marche.",
        "Tapez taskctl resume --after-restore : la commande dit quoi demander aux partenaires.",
    ),
    (
        "not-restored",
        "La station ne vient pas d'une sauvegarde, ou a déjà été remise en marche.",
        "Il n'y a rien à faire ; pour lever une pause : taskctl resume.",
    ),
    (
        "register-unconfirmed",
        "Il manque le dernier numéro que le partenaire connaît.",
        "Demandez-le, puis ajoutez --number REGISTRE=N pour chaque registre cité.",
    ),
    (
        "register-unknown",
        "Aucun registre de la station ne porte ce nom.",
        "Tapez taskctl resume --after-restore pour voir leurs noms.",
    ),
    (
        "register-goes-back",
        "Ce numéro est plus petit que le dernier que la station a elle-même donné.",
        "Vérifiez auprès du partenaire ; s'il connaît vraiment moins, donnez le dernier numéro connu ici.",
    ),
    (
        "register-leaps",
        "Ce numéro est à plus d'un million du dernier connu : c'est sans doute une faute de frappe.",
        "Vérifiez-le auprès du partenaire et recommencez.",
    ),
    // Backups
    (
        "backup-exists",
        "Le fichier existe déjà ; une sauvegarde n'en remplace jamais une autre.",
        "Donnez un autre nom, par exemple avec la date.",
    ),
    (
        "backup-partial",
        "Une sauvegarde interrompue a laissé un fichier incomplet, ou une autre est en train de s'écrire.",
        "Si aucune sauvegarde n'est en cours, supprimez le fichier .partial et recommencez.",
    ),
    (
        "backup-busy",
        "Une autre sauvegarde de cette station est en cours.",
        "Attendez qu'elle se termine et recommencez.",
    ),
    (
        "backup-never-ran",
        "La station n'a jamais tourné : il n'y a rien à sauvegarder.",
        "Lancez-la d'abord : taskctl run.",
    ),
    (
        "backup-no-key",
        "Il faut une phrase de passe ou une clé, et personne n'est là pour la taper.",
        "Ajoutez --passphrase-file FICHIER, ou --recipient CLÉ (--identity FICHIER pour restaurer).",
    ),
    (
        "backup-passphrase-short",
        "La phrase de passe est trop courte : douze caractères au moins.",
        "Prenez quatre mots au hasard, et gardez-les ailleurs que sur cette machine.",
    ),
    ("backup-passphrases-differ", "Les deux saisies diffèrent.", "Recommencez."),
    (
        "backup-key-file",
        "Le fichier de la phrase de passe ou de la clé est inutilisable.",
        "Vérifiez le chemin : une phrase de passe tient sur une ligne, une clé privée commence par AGE-SECRET-KEY-1.",
    ),
    (
        "backup-key-open",
        "D'autres comptes peuvent lire le fichier de la phrase de passe ou de la clé.",
        "Retirez-leur ce droit : chmod 600 FICHIER.",
    ),
    ("backup-recipient", "Ce n'est pas une clé publique age.", "Elle commence par age1 ; age-keygen l'affiche."),
    (
        "backup-wrong-key",
        "Cette phrase de passe, ou cette clé, n'ouvre pas la sauvegarde.",
        "Rien n'a été touché. Essayez-en une autre ; si vous êtes sûr d'elle, l'en-tête du fichier est abîmé.",
    ),
    (
        "backup-other-key",
        "La sauvegarde n'est pas chiffrée avec ce genre de clé.",
        "Une phrase de passe se donne par --passphrase-file ou au clavier, une clé privée par --identity.",
    ),
    (
        "backup-costly",
        "L'en-tête exige trop de calcul et de mémoire pour une sauvegarde honnête.",
        "Vérifiez d'où vient ce fichier.",
    ),
    ("backup-foreign", "Ce n'est pas une sauvegarde de taskctl.", "Vérifiez le nom du fichier."),
    (
        "backup-too-new",
        "La sauvegarde a été écrite par une version plus récente de taskctl.",
        "Installez cette version, ou une plus récente, et recommencez.",
    ),
    ("backup-damaged", "La sauvegarde est coupée ou modifiée.", "Rien n'a été touché. Prenez-en une autre."),
    (
        "backup-hostile",
        "L'archive contient ce qu'aucune sauvegarde ne contient : elle a été fabriquée.",
        "Rien n'a été touché. Ne vous en servez pas et cherchez d'où elle vient.",
    ),
    (
        "backup-store",
        "La réserve de la station n'a pas ce que dit le journal.",
        "La sauvegarde n'a pas été faite. Gardez les précédentes et faites examiner le disque.",
    ),
    ("backup-changed", "Un fichier a changé pendant la copie.", "Recommencez."),
    (
        "restore-target",
        "Le dossier existe et n'est pas vide ; une restauration ne touche à rien de ce qui existe.",
        "Donnez un dossier vide ou à créer : --to DOSSIER.",
    ),
    (
        "backup-space",
        "Il n'y a pas assez de place (octets nécessaires, octets libres).",
        "Libérez de la place, ou choisissez un autre disque.",
    ),
    (
        "backup-interrupted",
        "Interrompu : rien n'a été écrit, rien n'a été touché.",
        "Retapez la commande quand vous voudrez.",
    ),
    (
        "backup-unreadable",
        "Un fichier ne peut pas être lu.",
        "Lancez la commande avec le compte du service ; sinon, vérifiez le disque.",
    ),
    (
        "backup-unwritable",
        "Un fichier ne peut pas être écrit.",
        "Vérifiez le dossier et ses droits ; lancez la commande avec le compte du service.",
    ),
    (
        "backup-unverified",
        "La sauvegarde écrite ne se restaure pas ; elle a été supprimée.",
        "Vérifiez le disque qui la reçoit et recommencez.",
    ),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    // A restored station
    (
        "restored-station",
        "The station was restored: the old one may have sent this file after the backup.",
        "Ask the partner whether it has it. If it has: taskctl resolve ID --deposited --why \"…\". If not: taskctl release ID --why \"…\".",
    ),
    (
        "station-restored",
        "The station comes from a backup and nothing leaves until it is resumed.",
        "Type taskctl resume --after-restore: it tells what to ask the partners.",
    ),
    (
        "not-restored",
        "The station does not come from a backup, or was resumed already.",
        "There is nothing to do; to end a pause: taskctl resume.",
    ),
    (
        "register-unconfirmed",
        "The last number that the partner knows is missing.",
        "Ask for it, then add --number REGISTER=N for every register named.",
    ),
    (
        "register-unknown",
        "No register of the station bears that name.",
        "Type taskctl resume --after-restore to see their names.",
    ),
    (
        "register-goes-back",
        "That number is smaller than the last one that the station gave itself.",
        "Check with the partner; if it really knows less, give the last number known here.",
    ),
    (
        "register-leaps",
        "That number is more than a million from the last one known: it must be a slip of the hand.",
        "Check it with the partner and try again.",
    ),
    // Backups
    (
        "backup-exists",
        "The file exists; a backup never replaces another.",
        "Give another name, with the date for example.",
    ),
    (
        "backup-partial",
        "An interrupted backup left an incomplete file, or another one is being written.",
        "If no backup is being made, delete the .partial file and try again.",
    ),
    ("backup-busy", "Another backup of this station is being made.", "Wait until it ends and try again."),
    ("backup-never-ran", "The station never ran: there is nothing to back up.", "Run it first: taskctl run."),
    (
        "backup-no-key",
        "A passphrase or a key is needed, and nobody is there to type it.",
        "Add --passphrase-file FILE, or --recipient KEY (--identity FILE to restore).",
    ),
    (
        "backup-passphrase-short",
        "The passphrase is too short: twelve characters at least.",
        "Take four random words, and keep them elsewhere than on this machine.",
    ),
    ("backup-passphrases-differ", "The two entries differ.", "Try again."),
    (
        "backup-key-file",
        "The file of the passphrase or of the key cannot be used.",
        "Check the path: a passphrase is one line, a private key begins with AGE-SECRET-KEY-1.",
    ),
    (
        "backup-key-open",
        "Other accounts can read the file of the passphrase or of the key.",
        "Take that right from them: chmod 600 FILE.",
    ),
    ("backup-recipient", "This is not an age public key.", "It begins with age1; age-keygen prints it."),
    (
        "backup-wrong-key",
        "This passphrase, or key, does not open the backup.",
        "Nothing was touched. Try another; if you are sure of it, the file's header is damaged.",
    ),
    (
        "backup-other-key",
        "The backup is not encrypted with this kind of key.",
        "A passphrase is given by --passphrase-file or typed, a private key by --identity.",
    ),
    (
        "backup-costly",
        "Its header asks for more computing and memory than an honest backup.",
        "Find out where this file comes from.",
    ),
    ("backup-foreign", "This is not a backup of taskctl.", "Check the file's name."),
    (
        "backup-too-new",
        "The backup was written by a newer version of taskctl.",
        "Install that version, or a newer one, and try again.",
    ),
    ("backup-damaged", "The backup is truncated or altered.", "Nothing was touched. Take another one."),
    (
        "backup-hostile",
        "The archive holds what no backup holds: it was forged.",
        "Nothing was touched. Do not use it and find out where it comes from.",
    ),
    (
        "backup-store",
        "The station's store does not hold what the journal says.",
        "The backup was not made. Keep the earlier ones and have the disk examined.",
    ),
    ("backup-changed", "A file changed while it was being copied.", "Try again."),
    (
        "restore-target",
        "The folder exists and is not empty; a restore touches nothing that exists.",
        "Give a folder that is empty or absent: --to FOLDER.",
    ),
    ("backup-space", "There is not enough space (bytes needed, bytes free).", "Free some, or choose another disk."),
    (
        "backup-interrupted",
        "Interrupted: nothing was written, nothing was touched.",
        "Type the command again when you like.",
    ),
    (
        "backup-unreadable",
        "A file cannot be read.",
        "Run the command with the service's account; otherwise check the disk.",
    ),
    (
        "backup-unwritable",
        "A file cannot be written.",
        "Check the folder and its rights; run the command with the service's account.",
    ),
    (
        "backup-unverified",
        "The backup that was written does not restore; it was removed.",
        "Check the disk that receives it and try again.",
    ),
];
