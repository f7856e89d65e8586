//! The sentences of the journal's formats, proof and purge: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    (
        "journal-too-old",
        "Le journal a été écrit par une version plus ancienne de taskctl ; la station le met à niveau quand elle démarre.",
        "Relancez le service de la station, ou tapez : taskctl run --once. Puis recommencez.",
    ),
    (
        "purge-too-young",
        "Ce qui est si récent n'est jamais purgé : la station y cherche encore les doublons.",
        "Choisissez une date plus ancienne (--before AAAA-MM-JJ, --older-than 8y).",
    ),
    (
        "purge-unfinished",
        "Le journal est purgé, mais des fichiers ou des traces n'ont pas pu être effacés.",
        "Vérifiez les droits et le disque du dossier data_dir, puis relancez la station : elle finit d'elle-même. Pour les traces : taskctl purge.",
    ),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    (
        "journal-too-old",
        "The journal was written by an older version of taskctl; the station brings it up to date when it starts.",
        "Restart the station's service, or type: taskctl run --once. Then try again.",
    ),
    (
        "purge-too-young",
        "What is that young is never purged: the station still looks for duplicates in it.",
        "Choose an older date (--before YYYY-MM-DD, --older-than 8y).",
    ),
    (
        "purge-unfinished",
        "The journal is purged, but files or traces could not be removed.",
        "Check permissions and disk of the data_dir folder, then restart the station: it finishes by itself. For traces: taskctl purge.",
    ),
];
