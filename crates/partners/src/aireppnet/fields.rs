//! The fields of a profile and of a scenario: what an operator writes.

use scheduler_core::partner::{Field, FieldKind};

const fn optional(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { name, kind, required: false, help, example }
}

const fn required(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { required: true, ..optional(name, kind, help, example) }
}

/// The profile's. The password is the first secret: it bears the lane's name.
pub(super) static PROFILE: &[Field] = &[
    required("commune", FieldKind::Text, "Code INSEE de la commune", "\"96010\""),
    required("password", FieldKind::Secret, "Mot de passe", "{ file = \"secrets/VILLE.aireppnet\" }"),
    optional(
        "etat_civil_url",
        FieldKind::Url,
        "Adresse du serveur de l'état civil",
        "\"https://etat-civil.partenaires/\"",
    ),
    optional(
        "elections_fr_url",
        FieldKind::Url,
        "Adresse du serveur des élections, ressortissants français",
        "\"https://elections-fr.partenaires/\"",
    ),
    optional(
        "elections_ue_url",
        FieldKind::Url,
        "Adresse du serveur des élections, ressortissants de l'Union européenne",
        "\"https://elections-ue.partenaires/\"",
    ),
    optional("proxy", FieldKind::Url, "Serveur mandataire (proxy) par lequel passer", "\"http://proxy.mairie:3128\""),
    optional("proxy_user", FieldKind::Text, "Identifiant du proxy", "\"mairie\""),
    optional(
        "proxy_password",
        FieldKind::Secret,
        "Mot de passe du proxy",
        "{ file = \"secrets/VILLE.aireppnet.proxy_password\" }",
    ),
    optional(
        "ca",
        FieldKind::Path,
        "Autorités de certification du serveur (PEM), à la place de celles du système",
        "'ca.pem'",
    ),
    optional("client_certificate", FieldKind::Path, "Certificat à présenter, suivi de sa chaîne (PEM)", "'mairie.pem'"),
    optional("client_key", FieldKind::Path, "Clé de ce certificat (PEM)", "'mairie.key'"),
    optional("tunnel", FieldKind::Text, "Tunnel qui protège l'adresse : http est alors permis", "\"external\""),
    optional("timeout_connect", FieldKind::Duration, "Attente d'une connexion", "\"30s\""),
    optional("timeout_answer", FieldKind::Duration, "Attente d'une réponse, une fois la demande envoyée", "\"3min\""),
    optional("timeout_stall", FieldKind::Duration, "Silence permis au milieu d'un fichier", "\"90s\""),
    optional(
        "log_in",
        FieldKind::Texts,
        "Page de connexion, si elle diffère ; mots séparés par « | »",
        "{ path = \"connexion\", user = \"commune\", password = \"motdepasse\", refused = \"accès interdit\" }",
    ),
    optional(
        "deposit",
        FieldKind::Texts,
        "Page de dépôt, si elle diffère : adresse, lien qui y mène, champ du fichier",
        "{ path = \"depot\", link = \"télétransmettre\", file = \"fichier\" }",
    ),
    optional(
        "deposit_fields",
        FieldKind::Texts,
        "Valeurs à mettre dans d'autres champs du formulaire de dépôt",
        "{ commentaire = \"mairie\" }",
    ),
    optional(
        "result",
        FieldKind::Texts,
        "Mots de la page de résultat, séparés par « | »",
        "{ received = \"bien reçu\", refused = \"non conforme\", later = \"demain\", reference = \"Récépissé n°\" }",
    ),
    optional(
        "session",
        FieldKind::Texts,
        "Mots d'une session terminée et du lien de déconnexion, séparés par « | »",
        "{ ended = \"délai dépassé\", log_out = \"quitter\" }",
    ),
];

/// The scenario's.
pub(super) static SCENARIO: &[Field] = &[
    required(
        "file_type",
        FieldKind::Text,
        "Type de fichier : etat-civil, elections-fr ou elections-ue",
        "\"etat-civil\"",
    ),
    optional("encoding", FieldKind::Text, "Encodage exigé avant l'envoi : ascii, latin1 ou utf-8", "\"latin1\""),
    optional("record_length", FieldKind::Integer, "Longueur exigée de chaque enregistrement, hors séparateurs", "284"),
    optional("records", FieldKind::Integer, "Nombre d'enregistrements exigé", "120"),
    optional("xml_root", FieldKind::Text, "Élément racine exigé d'un fichier XML", "\"EnvoiLotBulletins\""),
    optional(
        "xml_namespace",
        FieldKind::Text,
        "Espace de noms exigé de cette racine",
        "\"http://xml.insee.fr/schema/etat-civil\"",
    ),
];
