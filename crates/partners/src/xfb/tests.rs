use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scheduler_core::consignment::Lane;
use scheduler_core::partner::{Section, Value};
use scheduler_core::scenario::{IfExists, Naming, Readiness, Retrieve};

use super::*;

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn secret(value: &str) -> Value {
    Value::Secret(value.to_owned().into())
}

fn profile(more: &[(&str, Value)]) -> Profile {
    let mut fields = Section::default();
    let usual = [
        ("base_url", text("https://gateway.invalid:8443/a/")),
        ("user", text("canary-user")),
        ("password", secret("canary-password")),
        ("ca", Value::Path(certificates().join("ca.pem"))),
    ];
    for (name, value) in usual.iter().chain(more) {
        fields.insert(*name, value.clone());
    }
    Profile {
        lane: Lane::new("VILLE", "xfb"),
        channel: "xfb".to_owned(),
        contact: None,
        retrieve: Retrieve::default(),
        naming: Naming { pattern: None, searches: Vec::new(), folder: PathBuf::new() },
        delay_up: None,
        delay_down: None,
        sessions: 1,
        secret_version: String::new(),
        fields,
    }
}

/// `ca.pem`, `leaf.pem` and `leaf.key`, made once.
fn certificates() -> PathBuf {
    static FOLDER: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for (pem, key) in [("ca.pem", "ca.key"), ("leaf.pem", "leaf.key")] {
            let made = rcgen::generate_simple_self_signed(vec!["gateway.invalid".to_owned()]).unwrap();
            std::fs::write(folder.path().join(pem), made.cert.pem()).unwrap();
            std::fs::write(folder.path().join(key), made.signing_key.serialize_pem()).unwrap();
        }
        std::fs::write(folder.path().join("empty.pem"), "nothing\n").unwrap();
        folder
    });
    folder.path().to_owned()
}

fn problems(more: &[(&str, Value)]) -> Vec<(&'static str, &'static str)> {
    let refused = Xfb.build(&profile(more)).err().unwrap_or_default();
    assert!(refused.iter().all(|problem| !problem.help.fr.is_empty() && problem.help.fr != problem.help.en));
    refused.into_iter().map(|problem| (problem.field, problem.code)).collect()
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    Value::Texts(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

fn path(name: &str) -> Value {
    Value::Path(certificates().join(name))
}

#[test]
fn a_profile_becomes_an_end_point() {
    assert_eq!(problems(&[]), []);
    let partner = Xfb.build(&profile(&[])).unwrap();
    assert_eq!(partner.gate().key, "https://gateway.invalid:8443/a");
    let everything = [
        ("portal_url", text("https://portal.invalid/ilex?site=1")),
        ("portal_user", text("p")),
        ("portal_password", secret("p")),
        ("proxy", text("http://proxy.invalid:3128")),
        ("proxy_user", text("q")),
        ("proxy_password", secret("q")),
        ("client_certificate", path("leaf.pem")),
        ("client_key", path("leaf.key")),
        ("timeout_connect", Value::Duration(Duration::from_secs(1))),
        ("timeout_answer", Value::Duration(Duration::from_secs(2))),
        ("timeout_stall", Value::Duration(Duration::from_secs(3))),
        ("largest_return", Value::Integer(5)),
        ("fields", texts(&[("destination", "D"), ("parm_cft", "P")])),
        ("wording", texts(&[("refused", "rejet| non "), ("later", "plus tard")])),
        ("notices", path("mails")),
        ("notices_to", text("a@b")),
        ("notices_wording", texts(&[("correct", "Bien reçu")])),
    ];
    assert_eq!(problems(&everything), []);
    let settings = Settings::read(&profile(&everything).fields).unwrap();
    let config = settings.config;
    assert_eq!(config.timeouts.answer, Duration::from_secs(2));
    assert_eq!(config.limits.download_bytes, 5_000_000);
    assert_eq!(config.fields.destination.as_deref(), Some("D"));
    assert_eq!(config.fields.application, None);
    assert_eq!(config.wording.refused, ["rejet", "non"]);
    assert_eq!(config.portal.unwrap().credentials.user, "p");
    assert!(config.proxy.unwrap().credentials.is_some());
    assert_eq!(settings.notices.unwrap().to.as_deref(), Some("a@b"));
}

#[test]
fn the_mailbox_of_the_notices_may_be_on_a_server() {
    let usual = [
        ("notices_server", text("IMAP.mairie.invalid")),
        ("notices_user", text("helios")),
        ("notices_password", secret("canary-mail")),
        ("notices_from", text("XFB@dgfip.invalid, b@c")),
    ];
    assert_eq!(problems(&usual), []);
    let place =
        |more: &[(&str, Value)]| Xfb.build(&profile(&[&usual[..], more].concat())).unwrap().notices_place().unwrap();
    assert_eq!(place(&[]), "imap://helios@imap.mairie.invalid:993/INBOX");
    assert_eq!(
        place(&[("notices_to", text("Ville@mairie"))]),
        "imap://helios@imap.mairie.invalid:993/INBOX ville@mairie"
    );
    let everything = [
        ("notices_kind", text("pop3")),
        ("notices_security", text("starttls")),
        ("notices_ca", path("ca.pem")),
        ("notices_every", Value::Duration(Duration::from_secs(5))),
        ("notices_days", Value::Integer(7)),
    ];
    assert_eq!(place(&everything), "pop3://helios@imap.mairie.invalid:110/INBOX");
    let settings = Settings::read(&profile(&usual).fields).unwrap().notices.unwrap();
    assert_eq!(settings.from, ["xfb@dgfip.invalid", "b@c"]);
    assert!(!format!("{settings:?}").contains("canary"), "{settings:?}");
    let wrong: &[(&str, Value, (&str, &str))] = &[
        ("notices", path("mails"), ("notices", "xfb-field-refused")),
        ("notices_from", text(" "), ("notices_from", "xfb-field-missing")),
        ("notices_from", text("dgfip"), ("notices_from", "xfb-field-refused")),
        ("notices_user", text(""), ("notices_user", "xfb-field-missing")),
        ("notices_kind", text("exchange"), ("notices_kind", "xfb-field-refused")),
        ("notices_server", text("a b"), ("notices_server", "xfb-field-refused")),
        ("notices_port", Value::Integer(0), ("notices_port", "xfb-field-refused")),
        ("notices_ca", path("empty.pem"), ("notices_ca", "xfb-bad-pem")),
        ("notices_every", Value::Duration(Duration::ZERO), ("notices_every", "xfb-field-refused")),
        ("notices_days", Value::Integer(0), ("notices_days", "xfb-field-refused")),
    ];
    for (field, value, problem) in wrong {
        let told = problems(&[&usual[..], &[(*field, value.clone())]].concat());
        assert!(told.contains(problem), "{field}: {told:?}");
    }
    assert_eq!(problems(&[("notices_user", text("u"))]), [("notices_server", "xfb-field-missing")]);
    assert_eq!(
        problems(&[("notices", path("mails")), ("notices_every", Value::Duration(Duration::from_secs(1)))]),
        [("notices_server", "xfb-field-missing")]
    );
}

#[test]
fn the_portals_user_is_the_gateways_unless_told() {
    let portal = [("portal_url", text("https://portal.invalid/")), ("portal_password", secret("p"))];
    let settings = Settings::read(&profile(&portal).fields).unwrap();
    assert_eq!(settings.config.portal.unwrap().credentials.user, "canary-user");
}

#[test]
fn every_wrong_field_is_named() {
    type Given<'a> = &'a [(&'a str, Value)];
    let wrong: &[(Given<'_>, &[(&str, &str)])] = &[
        (&[("base_url", text(" "))], &[("base_url", "xfb-field-missing")]),
        (&[("base_url", text("gateway"))], &[("base_url", "xfb-url-refused")]),
        (&[("base_url", text("ftp://gateway.invalid"))], &[("base_url", "xfb-url-refused")]),
        (&[("base_url", text("https://u:p@gateway.invalid"))], &[("base_url", "xfb-url-refused")]),
        (&[("base_url", text("https://gateway.invalid/?user=u"))], &[("base_url", "xfb-url-refused")]),
        (&[("base_url", text("http://gateway.invalid"))], &[("base_url", "xfb-plain-http")]),
        (&[("base_url", text("http://128.0.0.1"))], &[("base_url", "xfb-plain-http")]),
        (&[("user", text(""))], &[("user", "xfb-field-missing")]),
        (&[("password", text("in clear"))], &[("password", "xfb-field-missing")]),
        (&[("portal_url", text("https://p.invalid"))], &[("portal_password", "xfb-field-missing")]),
        (&[("portal_password", secret("p"))], &[("portal_url", "xfb-field-missing")]),
        (
            &[("portal_url", text("http://p.invalid")), ("portal_password", secret("p"))],
            &[("portal_url", "xfb-plain-http")],
        ),
        (&[("proxy", text("proxy"))], &[("proxy", "xfb-url-refused")]),
        (&[("proxy_user", text("q"))], &[("proxy", "xfb-field-missing")]),
        (
            &[("proxy", text("http://proxy.invalid")), ("proxy_user", text("q"))],
            &[("proxy_password", "xfb-field-missing")],
        ),
        (
            &[("proxy", text("http://proxy.invalid")), ("proxy_password", secret("q"))],
            &[("proxy_user", "xfb-field-missing")],
        ),
        (&[("ca", path("absent.pem"))], &[("ca", "xfb-bad-pem")]),
        (&[("ca", path("empty.pem"))], &[("ca", "xfb-bad-pem")]),
        (&[("client_certificate", path("leaf.pem"))], &[("client_key", "xfb-field-missing")]),
        (&[("client_key", path("leaf.key"))], &[("client_certificate", "xfb-field-missing")]),
        (
            &[("client_certificate", path("leaf.pem")), ("client_key", path("leaf.pem"))],
            &[("client_key", "xfb-bad-pem")],
        ),
        (
            &[("client_certificate", path("leaf.pem")), ("client_key", path("ca.key"))],
            &[("client_certificate", "xfb-config")],
        ),
        (&[("timeout_stall", Value::Duration(Duration::ZERO))], &[("timeout_stall", "xfb-field-refused")]),
        (&[("largest_return", Value::Integer(-1))], &[("largest_return", "xfb-field-refused")]),
        (&[("largest_return", Value::Integer(i64::MAX))], &[("largest_return", "xfb-field-refused")]),
        (&[("fields", texts(&[("site", "D")]))], &[("fields", "xfb-unknown-key")]),
        (&[("wording", texts(&[("refused", " ")]))], &[("wording", "xfb-field-refused")]),
        (&[("notices_to", text("a@b"))], &[("notices", "xfb-field-missing")]),
        (
            &[("notices", path("mails")), ("notices_wording", texts(&[("fichier", "x")]))],
            &[("notices_wording", "xfb-unknown-key")],
        ),
    ];
    for (more, expected) in wrong {
        assert_eq!(problems(more), *expected, "{more:?}");
    }
    let several = problems(&[("base_url", text("")), ("user", text("")), ("ca", path("absent.pem"))]);
    assert_eq!(several.iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["base_url", "user", "ca"]);
    let known: Vec<&str> = Xfb.profile_fields().iter().map(|field| field.name).collect();
    let named = wrong.iter().flat_map(|(_, expected)| expected.iter().map(|(field, _)| *field));
    assert!(named.into_iter().all(|field| known.contains(&field)));
}

#[test]
fn plain_http_needs_a_tunnel_or_this_machine() {
    for loopback in ["http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:1", "http://LocalHost/x"] {
        assert_eq!(problems(&[("base_url", text(loopback))]), [], "{loopback}");
    }
    assert_eq!(problems(&[("base_url", text("http://gateway.invalid")), ("tunnel", text("external"))]), []);
}

#[test]
fn nothing_shows_a_secret() {
    let settings = Settings::read(&profile(&[]).fields).unwrap();
    let shown = format!("{settings:?} {:?}", EndPoint::new(settings.clone()).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

fn scenario(more: &[(&str, &str)]) -> Scenario {
    let mut fields = Section::default();
    for (name, value) in [("destination", "C175"), ("application", "GRCT450")].iter().chain(more) {
        fields.insert(*name, text(value));
    }
    Scenario {
        name: "MANDATS".to_owned(),
        enabled: true,
        lane: Lane::new("VILLE", "xfb"),
        folder: PathBuf::new(),
        pattern: "*".to_owned(),
        recursive: false,
        readiness: Readiness::Quiet,
        backup: None,
        if_exists: IfExists::Increment,
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: "xfb/C175/GRCT450".to_owned(),
        fields,
    }
}

fn findings(more: &[(&str, &str)], name: &str) -> Vec<String> {
    let facts = Facts { name, size: 1, head: b"x", path: Path::new("") };
    Xfb.plan(&scenario(more), &facts).findings.into_iter().map(|why| why.code).collect()
}

#[test]
fn what_the_gateway_cannot_carry_is_found_before_any_connection() {
    assert_eq!(findings(&[], "MANDATS été.xml"), [""; 0]);
    assert_eq!(findings(&[], "a\\b"), ["xfb-name-refused"]);
    assert_eq!(findings(&[("destination", "")], "a"), ["xfb-destination-missing"]);
    assert_eq!(findings(&[("application", "")], "a"), ["xfb-application-missing"]);
    assert_eq!(findings(&[("subject", "a\nb")], "a"), ["xfb-field-refused"]);
    assert_eq!(findings(&[("parm_cft", ""), ("subject", "")], "a"), [""; 0]);
    let all = findings(&[("destination", ""), ("application", ""), ("subject", "\0")], "\0");
    let known: Vec<&str> = crate::codes().collect();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|code| known.contains(&code.as_str())));
}

#[test]
fn a_pes_has_an_identity() {
    let head = b"<PES_Aller><Enveloppe><Parametres><NomFic V=\"N\"/></Parametres></Enveloppe><EnTetePES><CodCol V=\"1\"/></EnTetePES>";
    let facts = Facts { name: "a", size: 1, head, path: Path::new("") };
    assert_eq!(Xfb.plan(&scenario(&[]), &facts).identity.as_deref(), Some("N/1"));
}

#[test]
fn the_codes_of_the_mail_reader_are_known() {
    let missing = pecoto_smtp::mailbox::MailboxError::NotAFolder { path: PathBuf::new() };
    let source = std::io::Error::other("x");
    let unlistable = pecoto_smtp::mailbox::MailboxError::Unlistable { path: PathBuf::new(), source };
    assert!([missing, unlistable].iter().all(|error| crate::codes().any(|code| code == error.code())));
}

proptest! {
    #[test]
    fn building_never_panics(
        url in "[ -~]{0,30}", user in ".{0,10}", keys in prop::collection::btree_map("[a-z_]{0,12}", ".{0,10}", 0..4), size in any::<i64>(),
    ) {
        let keys: BTreeMap<String, String> = keys;
        let _ = Xfb.build(&profile(&[
            ("base_url", text(&url)),
            ("user", text(&user)),
            ("wording", Value::Texts(keys.clone())),
            ("notices_wording", Value::Texts(keys)),
            ("largest_return", Value::Integer(size)),
        ]));
    }

    #[test]
    fn planning_never_panics(name in ".{0,40}", value in ".{0,40}", head in prop::collection::vec(any::<u8>(), 0..200)) {
        let facts = Facts { name: &name, size: 1, head: &head, path: Path::new("") };
        let _ = Xfb.plan(&scenario(&[("destination", &value), ("subject", &value)]), &facts);
    }
}
