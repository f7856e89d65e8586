//! The sentences of the journal's formats, proof and purge: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[(
    "journal-too-old",
    "Le journal a été écrit par une version plus ancienne de taskctl ; la station le met à niveau quand elle démarre.",
    "Relancez le service de la station, ou tapez : taskctl run --once. Puis recommencez.",
)];

pub(super) const EN: &[(&str, &str, &str)] = &[(
    "journal-too-old",
    "The journal was written by an older version of taskctl; the station brings it up to date when it starts.",
    "Restart the station's service, or type: taskctl run --once. Then try again.",
)];
