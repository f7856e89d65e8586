//! The fields of a profile and of a scenario: what an operator writes.

use pecoto_smtp::submission::{Address, Recipients, Result};
use scheduler_core::partner::{Field, FieldKind};

const fn optional(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { name, kind, required: false, help, example }
}

const fn required(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { required: true, ..optional(name, kind, help, example) }
}

/// The profile's. The server's password is the first secret: it bears the lane's name.
pub(super) static PROFILE: &[Field] = &[
    required("server", FieldKind::Text, "Serveur d'envoi (SMTP)", "\"smtp.mairie.fr\""),
    required("from", FieldKind::Text, "Adresse de l'expéditeur", "\"recensement@mairie.fr\""),
    optional("port", FieldKind::Integer, "Port du serveur ; 587 avec starttls, 465 avec tls", "587"),
    optional("security", FieldKind::Text, "Protection : starttls, ou tls dès la connexion", "\"starttls\""),
    optional("user", FieldKind::Text, "Identifiant sur le serveur, s'il en demande un", "\"recensement\""),
    optional(
        "password",
        FieldKind::Secret,
        "Mot de passe (ou jeton) du serveur",
        "{ file = \"secrets/VILLE.pecoto\" }",
    ),
    optional("auth", FieldKind::Text, "Authentification à utiliser : plain, login ou xoauth2", "\"plain\""),
    optional("hello", FieldKind::Text, "Nom sous lequel ce poste se présente", "\"poste.mairie.fr\""),
    optional("ca", FieldKind::Path, "Autorités de certification (PEM), à la place de celles du système", "'ca.pem'"),
    optional("client_certificate", FieldKind::Path, "Certificat à présenter au serveur (PEM)", "'mairie.pem'"),
    optional("client_key", FieldKind::Path, "Clé de ce certificat (PEM)", "'mairie.key'"),
    optional("largest_message", FieldKind::Integer, "Taille du plus grand message, en Mo", "25"),
    optional("delivery_reports", FieldKind::Boolean, "Demander un avis de distribution", "true"),
    optional("read_receipts", FieldKind::Boolean, "Demander un avis de lecture", "true"),
    optional("timeout_connect", FieldKind::Duration, "Attente d'une connexion", "\"30s\""),
    optional("timeout_answer", FieldKind::Duration, "Attente d'une réponse", "\"5min\""),
    optional("timeout_stall", FieldKind::Duration, "Silence permis au milieu d'un message", "\"3min\""),
    optional(
        "mailbox",
        FieldKind::Path,
        "Boîte où reviennent les avis : un dossier maildir de ce poste",
        "'courriels/VILLE'",
    ),
    optional("mailbox_server", FieldKind::Text, "… ou le serveur de cette boîte", "\"imap.mairie.fr\""),
    optional("mailbox_kind", FieldKind::Text, "imap ou pop3", "\"imap\""),
    optional("mailbox_port", FieldKind::Integer, "Port de ce serveur ; 993 (imap) ou 995 (pop3) sinon", "993"),
    optional("mailbox_security", FieldKind::Text, "Protection : tls dès la connexion, ou starttls", "\"tls\""),
    optional("mailbox_user", FieldKind::Text, "Identifiant de la boîte, s'il diffère", "\"recensement\""),
    optional(
        "mailbox_password",
        FieldKind::Secret,
        "Mot de passe de la boîte, s'il diffère",
        "{ file = \"secrets/VILLE.pecoto.mailbox_password\" }",
    ),
    optional("mailbox_folder", FieldKind::Text, "Dossier IMAP", "\"INBOX\""),
    optional(
        "answers_from",
        FieldKind::Text,
        "Adresses dont les pièces jointes sont reçues, séparées par des virgules",
        "\"bsn@defense.gouv.fr\"",
    ),
    optional(
        "answers_then",
        FieldKind::Text,
        "Ce que devient une réponse dont les pièces jointes sont à l'abri : keep, seen ou delete",
        "\"keep\"",
    ),
];

/// The scenario's.
pub(super) static SCENARIO: &[Field] = &[
    required("destination", FieldKind::Text, "Adresse du bureau du service national", "\"bsn@defense.gouv.fr\""),
    optional("subject", FieldKind::Text, "Objet du message ; Recensement si rien n'est écrit", "\"Recensement\""),
    optional("sender", FieldKind::Text, "Expéditeur, s'il diffère de celui du profil", "\"etatcivil@mairie.fr\""),
];

/// `a@b, c@d`.
pub(super) fn recipients(list: &str) -> Result<Recipients> {
    let addresses: Result<Vec<Address>> = list.split(',').map(|address| address.trim().parse()).collect();
    Recipients::try_from(addresses?)
}
