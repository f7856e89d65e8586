//! The sentences of looking for notices: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    (
        "notices-slow",
        "La relève des avis a été interrompue : elle ne répondait pas.",
        "La station réessaie d'elle-même ; les envois continuent.",
    ),
    (
        "notices-crashed",
        "La relève des avis s'est arrêtée sur une erreur interne ; les envois continuent.",
        "Transmettez la trace à votre support.",
    ),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    (
        "notices-slow",
        "Looking for notices was broken off: nothing answered.",
        "The station tries again by itself; files are sent as before.",
    ),
    (
        "notices-crashed",
        "Looking for notices ended with an internal error; files are sent as before.",
        "Give the trace to your support.",
    ),
];
