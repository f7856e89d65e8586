use std::path::{Path, PathBuf};

use scheduler_core::consignment::Lane;
use scheduler_core::partner::Value;
use scheduler_core::scenario::{IfExists, Naming, Readiness, Retrieve};

use super::*;

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    Value::Texts(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

/// A profile; a field given as `None` is taken away.
fn profile(changes: &[(&str, Option<Value>)]) -> Profile {
    let mut usual = std::collections::BTreeMap::from([
        ("commune", text("2a004")),
        ("password", Value::Secret("canary".to_owned().into())),
        ("etat_civil_url", text("http://127.0.0.1:1/depot/")),
    ]);
    for (name, value) in changes {
        match value {
            Some(value) => drop(usual.insert(name, value.clone())),
            None => drop(usual.remove(name)),
        }
    }
    let mut fields = Section::default();
    usual.into_iter().for_each(|(name, value)| fields.insert(name, value));
    Profile {
        lane: Lane::new("VILLE", "aireppnet"),
        channel: "aireppnet".to_owned(),
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

fn problems(changes: &[(&str, Option<Value>)]) -> Vec<(&'static str, &'static str)> {
    let refused = Aireppnet.build(&profile(changes)).err().unwrap_or_default();
    assert!(refused.iter().all(|problem| !problem.help.fr.is_empty() && problem.help.fr != problem.help.en));
    refused.into_iter().map(|problem| (problem.field, problem.code)).collect()
}

#[test]
fn a_profile_becomes_an_end_point_named_after_its_servers() {
    let gate = |changes: &[(&str, Option<Value>)]| Aireppnet.build(&profile(changes)).unwrap().gate().key;
    assert_eq!(gate(&[]), "http://127.0.0.1:1/depot");
    let two = [
        ("elections_fr_url", Some(text("http://127.0.0.1:2"))),
        ("elections_ue_url", Some(text("http://127.0.0.1:1/depot"))),
    ];
    assert_eq!(gate(&two), "http://127.0.0.1:1/depot http://127.0.0.1:2", "two servers, whatever they serve");
    let everything = [
        ("proxy", Some(text("http://proxy.invalid:3128"))),
        ("timeout_answer", Some(Value::Duration(Duration::from_secs(2)))),
        ("log_in", Some(texts(&[("path", "entree"), ("user", "u"), ("password", "p"), ("refused", "non | jamais")]))),
        ("deposit", Some(texts(&[("path", "depot"), ("link", "a|b"), ("file", "f")]))),
        ("deposit_fields", Some(texts(&[("type", "EC")]))),
        ("result", Some(texts(&[("received", "oui"), ("refused", "non"), ("later", "demain"), ("reference", "N°")]))),
        ("session", Some(texts(&[("ended", "fini"), ("log_out", "sortir")]))),
    ];
    let config = Settings::read(&profile(&everything).fields).unwrap().config;
    assert_eq!(config.commune.as_str(), "2A004");
    assert_eq!(config.profile.log_in.refused, ["non", "jamais"]);
    assert_eq!(config.profile.deposit.link, ["a", "b"]);
    assert_eq!(config.profile.deposit.fields["type"], "EC");
    assert_eq!(config.profile.result.reference.as_deref(), Some("N°"));
    assert_eq!(config.profile.session.log_out, ["sortir"]);
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn a_minute_lies_between_two_files_unless_told() {
    assert_eq!(Aireppnet.capabilities().delay_up, Duration::from_secs(60));
}

#[test]
fn every_wrong_field_is_named() {
    let far = Some(text("http://etat-civil.invalid/"));
    for (changes, expected) in [
        (vec![("commune", None)], ("commune", "aireppnet-field-missing")),
        (vec![("commune", Some(text("2C004")))], ("commune", "aireppnet-commune-refused")),
        (vec![("password", None)], ("password", "aireppnet-field-missing")),
        (vec![("etat_civil_url", None)], ("etat_civil_url", "aireppnet-field-missing")),
        (vec![("etat_civil_url", far)], ("etat_civil_url", "aireppnet-plain-http")),
        (vec![("elections_ue_url", Some(text("ftp://x")))], ("elections_ue_url", "aireppnet-url-refused")),
        (vec![("elections_ue_url", Some(text("https://x/?a=1")))], ("elections_ue_url", "aireppnet-url-refused")),
        (vec![("client_key", Some(Value::Path("absent".into())))], ("client_certificate", "aireppnet-field-missing")),
        (vec![("ca", Some(Value::Path("absent".into())))], ("ca", "aireppnet-bad-pem")),
        (vec![("proxy_user", Some(text("u")))], ("proxy", "aireppnet-field-missing")),
        (vec![("result", Some(texts(&[("recieved", "x")])))], ("result", "aireppnet-unknown-key")),
        (vec![("timeout_stall", Some(Value::Duration(Duration::ZERO)))], ("timeout_stall", "aireppnet-field-refused")),
    ] {
        assert!(problems(&changes).contains(&expected), "{changes:?}: {:?}", problems(&changes));
    }
}

fn plan(name: &str, content: &str, fields: &[(&str, Value)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored");
    std::fs::write(&path, content).unwrap();
    plan_at(name, &path, fields)
}

fn plan_at(name: &str, path: &Path, fields: &[(&str, Value)]) -> Vec<String> {
    let mut section = Section::default();
    section.insert("file_type", text("etat-civil"));
    fields.iter().for_each(|(name, value)| section.insert(*name, value.clone()));
    let scenario = Scenario {
        name: "ETATCIVIL".to_owned(),
        enabled: true,
        lane: Lane::new("VILLE", "aireppnet"),
        folder: PathBuf::new(),
        pattern: "*".to_owned(),
        recursive: false,
        readiness: Readiness::Quiet,
        backup: None,
        if_exists: IfExists::Increment,
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: String::new(),
        fields: section,
    };
    let facts = Facts { name, size: 1, head: b"", path };
    let codes: Vec<String> = Aireppnet.plan(&scenario, &facts).findings.into_iter().map(|why| why.code).collect();
    let known: Vec<&str> = crate::codes().collect();
    assert!(codes.iter().all(|code| known.contains(&code.as_str())), "{codes:?}");
    codes
}

#[test]
fn a_file_is_looked_at_to_its_end_before_anything_is_sent() {
    let records = |length| [("record_length", Value::Integer(length)), ("encoding", text("latin1"))];
    assert_eq!(plan("wecivil1.038", "0001\r\n0002\r\n", &records(4)), [""; 0]);
    let far = format!("{}02\r\n", "0001\r\n".repeat(100_000));
    assert_eq!(plan("wecivil1.038", &far, &records(4)), ["aireppnet-record-length"]);
    assert_eq!(plan("wecivil1.038", "é", &[("encoding", text("ascii"))]), ["aireppnet-encoding"]);
    assert_eq!(plan("a.xml", "<a><b></a>", &[]), ["aireppnet-xml-malformed"]);
    assert_eq!(plan("a.xml", "<a/>", &[("xml_root", text("b"))]), ["aireppnet-xml-root"]);
    assert_eq!(plan("a", "x\ny\n", &[("records", Value::Integer(3))]), ["aireppnet-record-count"]);
    assert_eq!(plan("a", "x", &[]), [""; 0]);
}

#[test]
fn what_the_scenario_cannot_mean_holds_the_file() {
    assert_eq!(plan("a", "x", &[("file_type", text("cadastre"))]), ["aireppnet-file-type-unknown"]);
    assert_eq!(plan("a\nb", "x", &[]), ["aireppnet-name-refused"]);
    for (field, value) in
        [("encoding", text("ebcdic")), ("record_length", Value::Integer(0)), ("records", Value::Integer(-1))]
    {
        assert_eq!(plan("a", "x", &[(field, value)]), ["aireppnet-expectation-refused"]);
    }
    assert_eq!(plan_at("a", Path::new("/absent"), &[]), ["aireppnet-not-looked-at"]);
}
