use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::consignment::{Acceptance, Consignment, ConsignmentEvent, Lane, Says};
use scheduler_core::id::Id;
use scheduler_core::partner::{CONSIGNMENT, Notice, Section, Value};
use scheduler_core::scenario::{IfExists, Naming, Readiness, Retrieve};

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn section(fields: &[(&str, Value)]) -> Section {
    let mut section = Section::default();
    for (field, value) in
        [("server", text("localhost")), ("from", text("recensement@saint-eloi.fr")), ("security", text("none"))]
    {
        section.insert(field, value);
    }
    fields.iter().for_each(|(field, value)| section.insert(*field, value.clone()));
    section
}

fn profile(fields: &[(&str, Value)]) -> Profile {
    Profile {
        lane: Lane::new("VILLE", "pecoto"),
        channel: "pecoto".to_owned(),
        contact: None,
        retrieve: Retrieve::default(),
        naming: Naming { pattern: None, searches: Vec::new(), folder: "recus".into() },
        delay_up: None,
        delay_down: None,
        sessions: 1,
        secret_version: "1".to_owned(),
        fields: section(fields),
    }
}

fn scenario(fields: &[(&str, &str)]) -> Scenario {
    let mut own = Section::default();
    fields.iter().for_each(|(field, value)| own.insert(*field, text(value)));
    Scenario {
        name: "RECENSEMENT".to_owned(),
        enabled: true,
        lane: Lane::new("VILLE", "pecoto"),
        folder: "in".into(),
        pattern: "*".to_owned(),
        recursive: false,
        readiness: Readiness::Quiet,
        backup: None,
        if_exists: IfExists::Increment,
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: "pecoto".to_owned(),
        fields: own,
    }
}

fn consignment(number: i64) -> Consignment {
    let facts = Acceptance {
        scenario: "RECENSEMENT".to_owned(),
        lane: Lane::new("VILLE", "pecoto"),
        source: "/in/a.txt".to_owned(),
        name: "a.txt".to_owned(),
        size: 1,
        modified: Timestamp::UNIX_EPOCH,
        sha1: String::new(),
        sha256: "ba7816bf8f01cfea414140de5dae2223".to_owned(),
        destination: "pecoto".to_owned(),
        identity: None,
        held: None,
        sent_copy: false,
        again_of: None,
    };
    let accepted = ConsignmentEvent::Accepted(Box::new(facts));
    Consignment::apply(None, Id::from_i64(number).unwrap(), &accepted, Timestamp::UNIX_EPOCH).unwrap()
}

fn findings(fields: &[(&str, &str)], name: &str) -> Vec<String> {
    let facts = Facts { name, size: 10, head: b"", path: Path::new("") };
    Pecoto.plan(&scenario(fields), &facts).findings.into_iter().map(|why| why.code).collect()
}

#[test]
fn what_cannot_be_sent_is_found_before_any_connection() {
    let to = ("destination", "bsn@defense.example");
    assert_eq!(findings(&[to, ("subject", "Été"), ("sender", "a@b")], "é \"1\".txt"), [""; 0]);
    assert_eq!(findings(&[("destination", "a@b, c@d")], "a"), [""; 0]);
    assert_eq!(findings(&[], "a"), ["pecoto-destination-missing"]);
    assert_eq!(findings(&[("destination", "bsn")], "a"), ["smtp-address-refused"]);
    assert_eq!(findings(&[("destination", "a@b>\r\nRCPT TO:<c@d")], "a"), ["smtp-address-refused"]);
    assert_eq!(findings(&[to, ("subject", "a\r\nBcc: b@c")], "a"), ["smtp-text-refused"]);
    assert_eq!(findings(&[to, ("sender", "nobody")], "a\nb"), ["smtp-name-refused", "smtp-address-refused"]);
}

#[test]
fn every_wrong_field_is_named() {
    let problems = |fields: &[(&str, Value)]| {
        let refused = Pecoto.build(&profile(fields)).err().unwrap_or_default();
        refused.iter().map(|problem| (problem.field, problem.code)).collect::<Vec<_>>()
    };
    let secret = || Value::Secret("CANARI".to_owned().into());
    assert_eq!(problems(&[]), []);
    assert_eq!(
        problems(&[
            ("server", text("")),
            ("from", text("a b@c")),
            ("port", Value::Integer(0)),
            ("security", text("ssl"))
        ]),
        [
            ("server", "pecoto-field-missing"),
            ("from", "pecoto-field-refused"),
            ("security", "pecoto-field-refused"),
            ("port", "pecoto-field-refused")
        ]
    );
    assert_eq!(problems(&[("user", text("u"))]), [("password", "pecoto-field-missing")]);
    assert_eq!(problems(&[("password", secret())]), [("user", "pecoto-field-missing")]);
    assert_eq!(problems(&[("auth", text("cram-md5"))]), [("auth", "pecoto-field-refused")]);
    assert_eq!(problems(&[("ca", Value::Path("nowhere.pem".into()))]), [("ca", "pecoto-bad-pem")]);
    assert_eq!(
        problems(&[("client_key", Value::Path("a.key".into()))]),
        [("client_certificate", "pecoto-field-missing")]
    );
    assert_eq!(problems(&[("largest_message", Value::Integer(0))]), [("largest_message", "pecoto-field-refused")]);
    assert_eq!(
        problems(&[("timeout_answer", Value::Duration(Duration::ZERO))]),
        [("timeout_answer", "pecoto-field-refused")]
    );
    assert_eq!(problems(&[("mailbox_server", text("imap.example"))]), [("mailbox_user", "pecoto-field-missing")]);
    assert_eq!(problems(&[("answers_from", text("bsn@d.fr"))]), [("mailbox", "pecoto-field-missing")]);
    assert_eq!(
        problems(&[("server", text("smtp.example")), ("security", text("none"))]),
        [("security", "smtp-config")],
        "clear text leaves no machine"
    );
}

#[test]
fn no_secret_is_printed() {
    let secret = |word: &str| Value::Secret(word.to_owned().into());
    let fields = [
        ("user", text("u")),
        ("password", secret("CANARI-1")),
        ("mailbox_server", text("imap.example")),
        ("mailbox_password", secret("CANARI-2")),
        ("ca", Value::Path("x".into())),
    ];
    let section = section(&fields[..4]);
    let told =
        format!("{:?} {:?} {:?}", Settings::read(&section), profile(&fields), Pecoto.build(&profile(&fields)).err());
    assert!(!told.contains("CANARI"), "{told}");
}

#[test]
fn the_limit_leaves_room_for_base64() {
    let partner = Pecoto.build(&profile(&[("largest_message", Value::Integer(10))])).unwrap();
    let largest = partner.max_size().unwrap();
    assert!(pecoto_smtp::submission::encoded_size(largest) + 8192 <= 10_000_000);
    assert!(largest > 7_000_000, "{largest}");
}

#[test]
fn the_identity_is_the_consignments_for_ever_and_leads_back() {
    let partner = Pecoto.build(&profile(&[])).unwrap();
    let known = partner.identifiers(&consignment(7));
    assert_eq!(known, partner.identifiers(&consignment(7)));
    assert_ne!(known, partner.identifiers(&consignment(8)));
    let id = &known["message-id"];
    assert!(id.ends_with(".ba7816bf8f01cfea@saint-eloi.fr"), "{id}");
    let about = identity::about(id).unwrap();
    assert_eq!(about[CONSIGNMENT], consignment(7).id.to_string());
    assert_eq!(about["message-id"], *id);
    assert_eq!(identity::about("somebody.elses@mail"), None);
}

fn report(action: &str, id: &str) -> String {
    format!(
        "From: <>\r\nTo: a@b\r\nSubject: r\r\nMessage-ID: <{action}@mx>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n\
         --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\nOriginal-Envelope-Id: {id}\r\n\r\nFinal-Recipient: rfc822; c@d\r\nAction: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--x--\r\n"
    )
}

#[tokio::test]
async fn reports_in_a_maildir_become_evidence_once() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["new", "cur", "tmp"] {
        fs::create_dir(folder.path().join(part)).unwrap();
    }
    let id = identity::message_id(&consignment(7), "saint-eloi.fr").unwrap();
    for (index, action) in ["delivered", "delayed", "relayed", "expanded", "failed"].iter().enumerate() {
        fs::write(folder.path().join("new").join(format!("{index}.eml")), report(action, id.as_str())).unwrap();
    }
    fs::write(folder.path().join("new/other.eml"), report("failed", "somebody@else")).unwrap();
    fs::write(folder.path().join("new/spam.eml"), "From: x@y\r\nSubject: z\r\n\r\nhello").unwrap();
    let partner = Pecoto.build(&profile(&[("mailbox", Value::Path(folder.path().to_owned()))])).unwrap();
    let notices = partner.notices().await.unwrap().found;
    let says: Vec<_> = notices
        .iter()
        .map(|evidence| match &evidence.says {
            Notice::Consignment { says } => says.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    let why = Why::with("pecoto-undelivered", "5.1.1 550 5.1.1 unknown");
    assert_eq!(says, [Says::Delivered, Says::Deposited, Says::Deposited, Says::Delivered, Says::Undelivered { why }]);
    assert!(notices.iter().all(|evidence| evidence.about["message-id"] == id.as_str()));
    assert_eq!(partner.notices().await.unwrap().found, [], "once");
    assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 7, "nothing is moved or deleted");
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_read_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = folder.path().join("later");
    let partner = Pecoto.build(&profile(&[("mailbox", Value::Path(mailbox.clone()))])).unwrap();
    assert_eq!(partner.notices().await.unwrap_err().code, "mailbox-not-a-folder");
    for part in ["new", "cur"] {
        fs::create_dir_all(mailbox.join(part)).unwrap();
    }
    assert_eq!(partner.notices().await.unwrap().found, []);
}
