//! The fields of a profile and of a scenario: what an operator writes.

use scheduler_core::partner::{Field, FieldKind};

/// The fields that end up in the upload form (docs/protocols/xfb-gateway.md 4.1), by their scenario keys.
pub(super) const SENT: [&str; 4] = ["destination", "application", "subject", "parm_cft"];

const fn optional(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { name, kind, required: false, help, example }
}

const fn required(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { required: true, ..optional(name, kind, help, example) }
}

/// The profile's. The gateway's password is the first secret: it bears the lane's name.
pub(super) static PROFILE: &[Field] = &[
    required("base_url", FieldKind::Url, "Adresse du serveur XFB/Gateway", "\"https://gateway.partenaires\""),
    required("user", FieldKind::Text, "Identifiant donné par la DGFiP", "\"u12345\""),
    required("password", FieldKind::Secret, "Mot de passe du serveur", "{ file = \"secrets/VILLE.xfb\" }"),
    optional(
        "portal_url",
        FieldKind::Url,
        "Adresse du portail ILEX, s'il y en a un",
        "\"https://portail.partenaires/ilex\"",
    ),
    optional("portal_user", FieldKind::Text, "Identifiant du portail, s'il diffère de celui du serveur", "\"p12345\""),
    optional(
        "portal_password",
        FieldKind::Secret,
        "Mot de passe du portail",
        "{ file = \"secrets/VILLE.xfb.portal_password\" }",
    ),
    optional("proxy", FieldKind::Url, "Serveur mandataire (proxy) par lequel passer", "\"http://proxy.mairie:3128\""),
    optional("proxy_user", FieldKind::Text, "Identifiant du proxy", "\"mairie\""),
    optional(
        "proxy_password",
        FieldKind::Secret,
        "Mot de passe du proxy",
        "{ file = \"secrets/VILLE.xfb.proxy_password\" }",
    ),
    optional(
        "ca",
        FieldKind::Path,
        "Autorités de certification du serveur (PEM), à la place de celles du système",
        "'ca.pem'",
    ),
    optional("client_certificate", FieldKind::Path, "Certificat à présenter au serveur (PEM)", "'mairie.pem'"),
    optional("client_key", FieldKind::Path, "Clé de ce certificat (PEM)", "'mairie.key'"),
    optional("tunnel", FieldKind::Text, "Tunnel qui protège l'adresse : http est alors permis", "\"external\""),
    optional("timeout_connect", FieldKind::Duration, "Attente d'une connexion", "\"30s\""),
    optional("timeout_answer", FieldKind::Duration, "Attente d'une réponse, une fois la demande envoyée", "\"3min\""),
    optional("timeout_stall", FieldKind::Duration, "Silence permis au milieu d'un fichier", "\"90s\""),
    optional(
        "largest_return",
        FieldKind::Integer,
        "Taille d'un fichier reçu au-delà de laquelle il est abandonné, en Mo",
        "1024",
    ),
    optional(
        "fields",
        FieldKind::Texts,
        "Noms des champs du formulaire d'envoi, si taskctl ne les reconnaît pas",
        "{ destination = \"SITE_DEST\", application = \"REF_APPLI\", subject = \"SUJET\", parm_cft = \"PARM_CFT\" }",
    ),
    optional(
        "wording",
        FieldKind::Texts,
        "Mots propres à ce serveur, séparés par « | »",
        "{ refused = \"rejet technique|fichier non conforme\" }",
    ),
    optional(
        "notices",
        FieldKind::Path,
        "Dossier des courriels du serveur (maildir ou fichiers .eml), un par profil",
        "'courriels/VILLE'",
    ),
    optional(
        "notices_server",
        FieldKind::Text,
        "… ou le serveur de la boîte où ils arrivent ; rien n'y est marqué, déplacé ni supprimé",
        "\"imap.mairie.fr\"",
    ),
    optional("notices_kind", FieldKind::Text, "imap ou pop3", "\"imap\""),
    optional("notices_port", FieldKind::Integer, "Port de ce serveur ; 993 (imap) ou 995 (pop3) sinon", "993"),
    optional("notices_security", FieldKind::Text, "Protection : tls dès la connexion, ou starttls", "\"tls\""),
    optional("notices_user", FieldKind::Text, "Identifiant de la boîte", "\"helios@mairie.fr\""),
    optional(
        "notices_password",
        FieldKind::Secret,
        "Mot de passe de la boîte",
        "{ file = \"secrets/VILLE.xfb.notices_password\" }",
    ),
    optional("notices_folder", FieldKind::Text, "Dossier IMAP", "\"INBOX\""),
    optional(
        "notices_ca",
        FieldKind::Path,
        "Autorités de certification du serveur de la boîte (PEM), à la place de celles du système",
        "'ca-messagerie.pem'",
    ),
    optional("notices_every", FieldKind::Duration, "Temps entre deux relèves de la boîte", "\"2min\""),
    optional(
        "notices_days",
        FieldKind::Integer,
        "Ancienneté, en jours, des courriels relus au démarrage (1000 au plus)",
        "30",
    ),
    optional(
        "notices_from",
        FieldKind::Text,
        "Adresses d'où viennent les courriels du serveur, séparées par des virgules ; obligatoire avec notices_server",
        "\"xfb@dgfip.finances.gouv.fr\"",
    ),
    optional(
        "notices_to",
        FieldKind::Text,
        "Destinataire des courriels de ce profil, si plusieurs profils partagent le dossier ou la boîte",
        "\"helios@mairie.fr\"",
    ),
    optional(
        "notices_wording",
        FieldKind::Texts,
        "Mots propres aux courriels de ce serveur, séparés par « | »",
        "{ correct = \"Transfert réussi\", file = \"Nom du fichier\" }",
    ),
];

/// The scenario's.
pub(super) static SCENARIO: &[Field] = &[
    optional("subject", FieldKind::Text, "Objet de l'envoi ; HÉLIOS si rien n'est écrit", "\"HÉLIOS\""),
    required("destination", FieldKind::Text, "Site de destination", "\"C175\""),
    required("application", FieldKind::Text, "Référence applicative", "\"GRCT450\""),
    optional("parm_cft", FieldKind::Text, "Paramètre CFT, si le site en demande un", "\"PARM1\""),
];
