//! The sentences of `history`'s filters and of `taskctl export`: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    ("filter-unknown-state", "Aucun état ne s'appelle ainsi.", "Écrivez-le comme « taskctl history » l'affiche."),
    (
        "filter-unknown-scenario",
        "Aucun scénario de ce nom, ni dans la configuration ni dans le journal.",
        "Corrigez son nom.",
    ),
    (
        "filter-unknown-profile",
        "Aucun profil de ce nom, ni dans la configuration ni dans le journal.",
        "Corrigez son nom.",
    ),
    (
        "filter-unknown-partner",
        "Aucun canal ni aucune destination de ce nom, ni dans la configuration ni dans le journal.",
        "Écrivez un canal (xfb) ou une destination (C175).",
    ),
    ("filter-bad-date", "Ce n'est pas une date.", "Écrivez-la AAAA-MM-JJ, par exemple 2026-11-22."),
    ("filter-bad-age", "Ce n'est pas une durée.", "Écrivez par exemple : taskctl purge --older-than 8y"),
    (
        "filter-bad-head",
        "Ce n'est pas une tête de chaîne.",
        "Donnez 12 à 64 chiffres hexadécimaux, comme à la fin d'une trace.",
    ),
    ("filter-dates-reversed", "La fin est avant le début.", "Donnez --from, puis --to au même jour ou plus tard."),
    ("export-exists", "Le fichier existe déjà.", "Choisissez un autre nom avec -o. Rien n'a été changé."),
    (
        "export-unwritable",
        "Le relevé ne peut pas être écrit.",
        "Vérifiez les droits et la place, ou choisissez un autre dossier avec -o. Aucun fichier incomplet n'est laissé.",
    ),
    (
        "export-no-journal",
        "La station n'a encore rien fait : il n'y a pas de journal.",
        "Vérifiez data_dir dans la configuration.",
    ),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    ("filter-unknown-state", "No state is called so.", "Write it as “taskctl history” shows it."),
    (
        "filter-unknown-scenario",
        "No scenario of that name, neither in the configuration nor in the journal.",
        "Correct its name.",
    ),
    (
        "filter-unknown-profile",
        "No profile of that name, neither in the configuration nor in the journal.",
        "Correct its name.",
    ),
    (
        "filter-unknown-partner",
        "No channel and no destination of that name, neither in the configuration nor in the journal.",
        "Write a channel (xfb) or a destination (C175).",
    ),
    ("filter-bad-date", "This is no date.", "Write it YYYY-MM-DD, for example 2026-11-22."),
    ("filter-bad-age", "This is no age.", "Write for example: taskctl purge --older-than 8y"),
    ("filter-bad-head", "This is no head of a chain.", "Give 12 to 64 hexadecimal digits, as at the end of a trace."),
    ("filter-dates-reversed", "The end is before the start.", "Give --from, then --to on the same day or later."),
    ("export-exists", "The file exists already.", "Choose another name with -o. Nothing was changed."),
    (
        "export-unwritable",
        "The record cannot be written.",
        "Check rights and space, or choose another folder with -o. No incomplete file is left.",
    ),
    (
        "export-no-journal",
        "The station has not done anything yet: there is no journal.",
        "Check data_dir in the configuration.",
    ),
];
