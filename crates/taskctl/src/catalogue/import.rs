//! The sentences of `taskctl import`: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    // To complete
    ("import-password", "Les mots de passe ne sont jamais recopiés.", "Tapez chaque commande :"),
    ("import-to-fill-in", "Les fichiers ne le disent pas.", "Remplacez « A COMPLETER » :"),
    (
        "import-profile-undescribed",
        "Des scénarios nomment un profil qu'aucun fichier lu ne décrit.",
        "Donnez aussi à lire le fichier qui le décrit, ou complétez sa section :",
    ),
    (
        "import-profile-ambiguous",
        "Le profil sert sur plusieurs canaux, et rien ne dit pour lequel est cette section.",
        "Recopiez ses lignes à la main dans la bonne section :",
    ),
    (
        "import-profile-unused",
        "Le profil n'a pas été repris : aucun scénario ne s'en sert, et son canal n'est pas connu.",
        "S'il doit recevoir des fichiers, ajoutez sa section à la main :",
    ),
    (
        "import-protocol-missing",
        "Le protocole du scénario n'est pas connu : il est écrit en commentaire.",
        "Écrivez channel = \"xfb\", \"aireppnet\" ou \"pecoto\", puis retirez les # de la section :",
    ),
    (
        "import-channel-missing",
        "Le canal du scénario n'existe pas dans cette version : il est écrit en commentaire, et n'enverra rien.",
        "Gardez l'ancien logiciel pour lui, ou faites-le passer par un autre canal :",
    ),
    (
        "import-enabled-missing",
        "Rien ne dit si le scénario est coché : il est arrêté.",
        "Écrivez enabled = true dans ceux qui doivent partir :",
    ),
    (
        "import-path-unmapped",
        "Ce chemin Windows n'existe pas sur cette machine.",
        "Recommencez avec --map 'c:\\dossier=/nouveau/dossier', ou corrigez-le dans la configuration :",
    ),
    (
        "import-path-wildcard",
        "Un joker ne peut être que dans le nom du fichier, pas dans celui du dossier.",
        "Faites un scénario par dossier :",
    ),
    (
        "import-address-credentials",
        "L'adresse contient un identifiant ou un mot de passe : elle n'a pas été recopiée.",
        "Écrivez-la sans eux dans la configuration :",
    ),
    (
        "import-address-plain",
        "L'adresse est en http, sans chiffrement.",
        "Mettez https, ou retirez le # devant tunnel = \"external\" si un VPN la protège :",
    ),
    (
        "import-server-addresses",
        "L'ancien logiciel connaissait les adresses des serveurs de l'INSEE ; ses fichiers ne les disent pas.",
        "Écrivez au moins une de etat_civil_url, elections_fr_url, elections_ue_url :",
    ),
    (
        "import-vpn",
        "Le VPN ne se règle pas dans cette configuration.",
        "Gardez ces valeurs pour celui qui installe le VPN sur ce poste :",
    ),
    (
        "import-format-refused",
        "La chaîne renommer_format n'est pas utilisable : les fichiers reçus garderont leur nom et leur date.",
        "Écrivez pattern dans la section naming du profil :",
    ),
    (
        "import-format-missing",
        "Le renommage est demandé sans renommer_format : les fichiers reçus garderont leur nom et leur date.",
        "Écrivez pattern dans la section naming du profil :",
    ),
    (
        "import-hour-missing",
        "Le retrait programmé est coché, sans heure de retrait : il n'est pas repris.",
        "Écrivez at = [\"12:00\"] dans la section retrieve du profil :",
    ),
    (
        "import-hour-unsaid",
        "Une heure de retrait est donnée, et rien ne dit si le retrait programmé est coché : il est écrit en commentaire.",
        "Retirez le # devant at dans la section retrieve des profils qui doivent recevoir à cette heure :",
    ),
    // Not understood
    ("import-not-a-line", "Ce n'est ni une section, ni « clé = valeur ».", ""),
    ("import-outside-sections", "La ligne est avant la première section.", ""),
    ("import-broken-section", "La ligne suit une section mal écrite : on ne sait pas à quoi elle appartient.", ""),
    ("import-unknown-section", "La section n'est pas connue.", "Voyez docs/formats/ini-import.md :"),
    ("import-unknown-key", "La clé n'est pas connue.", "Voyez docs/formats/ini-import.md :"),
    ("import-unknown-value", "La clé est connue, pas la valeur.", ""),
    ("import-duplicate-section", "La section est déjà dans le fichier : la première compte.", ""),
    ("import-duplicate-key", "La clé est déjà dans la section : la première compte.", ""),
    // Notes
    ("import-renamed", "Le nom ne pouvait pas être repris tel quel.", ""),
    ("import-not-needed", "Compris, et sans objet ici.", ""),
    (
        "import-retrieval-only",
        "Un retrait n'est pas un scénario : le profil reçoit après chaque envoi, ou par taskctl retrieve.",
        "",
    ),
    (
        "import-searches-unused",
        "Les textes de [RECHERCHE] ne servent que si pattern contient [recherche] : ils sont écrits en commentaire.",
        "",
    ),
    // Nothing done
    ("import-unreadable", "Le fichier ne peut pas être lu.", "Vérifiez son nom et ses droits. Rien n'a été écrit."),
    (
        "import-not-text",
        "Ce n'est pas un fichier de paramètres : il contient des octets nuls (binaire, ou Unicode du Bloc-notes).",
        "Dans le Bloc-notes : Enregistrer sous, Codage ANSI. Rien n'a été écrit.",
    ),
    (
        "import-too-large",
        "Le fichier est trop grand pour un fichier de paramètres (16 Mo au plus).",
        "Rien n'a été écrit.",
    ),
    (
        "import-bad-map",
        "Cette correspondance n'en est pas une.",
        "Écrivez --map 'c:\\transfert=/srv/transfert'. Rien n'a été écrit.",
    ),
    (
        "import-exists",
        "La configuration existe déjà.",
        "Choisissez un autre nom avec -o, ou renommez-la d'abord. Rien n'a été changé.",
    ),
    (
        "import-unwritable",
        "La configuration ne peut pas être écrite.",
        "Vérifiez les droits et la place, ou choisissez un autre dossier avec -o.",
    ),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    ("import-password", "Passwords are never copied.", "Type each command:"),
    ("import-to-fill-in", "The files do not say it.", "Replace “A COMPLETER”:"),
    (
        "import-profile-undescribed",
        "Scenarios name a profile that none of the files describes.",
        "Import the file that describes it too, or complete its section:",
    ),
    (
        "import-profile-ambiguous",
        "The profile serves on several channels, and nothing says for which one this section is.",
        "Copy its lines by hand into the right section:",
    ),
    (
        "import-profile-unused",
        "The profile was left out: no scenario uses it, and its channel is not known.",
        "If it is to receive files, add its section by hand:",
    ),
    (
        "import-protocol-missing",
        "The scenario's protocol is not known: it is written as a comment.",
        "Write channel = \"xfb\", \"aireppnet\" or \"pecoto\", then remove the # of the section:",
    ),
    (
        "import-channel-missing",
        "The scenario's channel does not exist in this version: it is written as a comment, and will send nothing.",
        "Keep the former product for it, or use another channel:",
    ),
    (
        "import-enabled-missing",
        "Nothing says whether the scenario is switched on: it is off.",
        "Write enabled = true in those that are to send:",
    ),
    (
        "import-path-unmapped",
        "This Windows path does not exist on this machine.",
        "Start again with --map 'c:\\folder=/new/folder', or correct it in the configuration:",
    ),
    (
        "import-path-wildcard",
        "A wildcard can only be in the file's name, not in the folder's.",
        "Make one scenario a folder:",
    ),
    (
        "import-address-credentials",
        "The address holds a user or a password: it was not copied.",
        "Write it without them in the configuration:",
    ),
    (
        "import-address-plain",
        "The address is plain http.",
        "Make it https, or remove the # before tunnel = \"external\" if a VPN protects it:",
    ),
    (
        "import-server-addresses",
        "The former product knew the addresses of INSEE's servers; its files do not say them.",
        "Write at least one of etat_civil_url, elections_fr_url, elections_ue_url:",
    ),
    (
        "import-vpn",
        "The VPN is not part of this configuration.",
        "Keep these values for whoever installs the VPN on this machine:",
    ),
    (
        "import-format-refused",
        "renommer_format cannot be used: returns will keep their name and date.",
        "Write pattern in the profile's naming section:",
    ),
    (
        "import-format-missing",
        "Renaming is asked for without renommer_format: returns will keep their name and date.",
        "Write pattern in the profile's naming section:",
    ),
    (
        "import-hour-missing",
        "The scheduled collection is ticked, without an hour: it was not taken over.",
        "Write at = [\"12:00\"] in the profile's retrieve section:",
    ),
    (
        "import-hour-unsaid",
        "An hour of collection is given, and nothing says whether it is ticked: it is written as a comment.",
        "Remove the # before at in the retrieve section of the profiles that must collect at that hour:",
    ),
    ("import-not-a-line", "This is neither a section nor “key = value”.", ""),
    ("import-outside-sections", "The line stands before the first section.", ""),
    ("import-broken-section", "The line follows a malformed section: nobody knows what it belongs to.", ""),
    ("import-unknown-section", "The section is not known.", "See docs/formats/ini-import.md:"),
    ("import-unknown-key", "The key is not known.", "See docs/formats/ini-import.md:"),
    ("import-unknown-value", "The key is known, its value is not.", ""),
    ("import-duplicate-section", "The section is in the file already: the first one counts.", ""),
    ("import-duplicate-key", "The key is in the section already: the first one counts.", ""),
    ("import-renamed", "The name could not be kept as it is.", ""),
    ("import-not-needed", "Understood, and of no use here.", ""),
    (
        "import-retrieval-only",
        "Collecting is no scenario: the profile collects after each sending, or with taskctl retrieve.",
        "",
    ),
    (
        "import-searches-unused",
        "The texts of [RECHERCHE] only serve if pattern holds [recherche]: they are written as comments.",
        "",
    ),
    ("import-unreadable", "The file cannot be read.", "Check its name and rights. Nothing was written."),
    (
        "import-not-text",
        "This is no parameter file: it holds zero bytes (binary, or Notepad's Unicode).",
        "In Notepad: Save as, encoding ANSI. Nothing was written.",
    ),
    ("import-too-large", "The file is too large for a parameter file (16 MB at most).", "Nothing was written."),
    (
        "import-bad-map",
        "This maps no folder to another.",
        "Write --map 'c:\\transfert=/srv/transfert'. Nothing was written.",
    ),
    (
        "import-exists",
        "The configuration exists already.",
        "Choose another name with -o, or rename it first. Nothing was changed.",
    ),
    (
        "import-unwritable",
        "The configuration cannot be written.",
        "Check rights and space, or choose another folder with -o.",
    ),
];
