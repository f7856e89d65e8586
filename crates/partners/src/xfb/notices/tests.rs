use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const BODY: &str = "Bonjour,\n\nFichier : MANDATS_\u{e9}t\u{e9}: 1.xml\nApplication : GRCT450\nDestination : C175\nTaille : 1234\n\
    Date : 2026-11-22T08:00:00.123456789Z\nIdentifiant : 62899\n";

fn mail(subject: &str, body: &str) -> Mail {
    let bytes = format!(
        "Date: Sun, 22 Nov 2026 09:30:00 +0100\r\nFrom: <xfb@gateway.invalid>\r\nTo: Mairie <Ville@mairie.invalid>\r\nSubject: {subject}\r\n\
         Message-ID: <1@gateway.invalid>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    );
    Mail::parse("mail", bytes.as_bytes(), &Limits::default()).unwrap()
}

fn reader(own: &[(&str, &str)], to: Option<&str>) -> Reader {
    let own = own.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let mut secrets = Redactor::new();
    secrets.add("canary-password");
    Reader { to: to.map(ToOwned::to_owned), from: Vec::new(), words: Words::new(&own), secrets }
}

fn told(reader: &Reader, mail: &Mail) -> Option<Evidence> {
    match reader.sort(mail, now()) {
        Sorted::Notice(evidence) => Some(*evidence),
        Sorted::Unknown | Sorted::Others => None,
    }
}

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn read(subject: &str, body: &str) -> Option<Evidence> {
    told(&reader(&[], None), &mail(subject, body))
}

fn undelivered(evidence: &Evidence) -> (&str, Option<&str>) {
    match &evidence.says {
        Notice::Consignment { says: Says::Undelivered { why } } => (&why.code, why.words.as_deref()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_correct_transfer_is_delivered() {
    let evidence = read("[XFB/Gateway] Transfert  CORRECT", BODY).unwrap();
    assert_eq!(evidence.key, "1@gateway.invalid");
    assert_eq!(evidence.says, Notice::Consignment { says: Says::Delivered });
    let expected = [
        ("name", "MANDATS_été: 1.xml"),
        ("application", "GRCT450"),
        ("destination", "C175"),
        ("size", "1234"),
        ("local_ident", "62899"),
    ];
    let expected: Identifiers = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(evidence.about, expected);
    assert_eq!(evidence.at.to_string(), "2026-11-22T08:00:00.123456789Z");
    assert!(evidence.words.starts_with("[XFB/Gateway] Transfert CORRECT | Bonjour,"), "{}", evidence.words);
}

#[test]
fn failures_are_undelivered_with_their_reason() {
    let body = format!("{BODY}Motif : site inconnu canary-password\n");
    for subject in ["Partenaire non autorise", "=?utf-8?Q?Partenaire_non_autoris=C3=A9?="] {
        let evidence = read(subject, &body).unwrap();
        assert_eq!(undelivered(&evidence), (NOT_AUTHORISED, Some("site inconnu ***")));
        assert!(!evidence.words.contains("canary"));
    }
    let evidence = read("Fichier inexistant", BODY).unwrap();
    assert_eq!(undelivered(&evidence), (UNKNOWN_FILE, Some("Fichier inexistant")));
    assert!([NOT_AUTHORISED, UNKNOWN_FILE, LOOK_FAILED].iter().all(|code| super::super::CODES.contains(code)));
}

#[test]
fn an_availability_notice_asks_for_a_retrieval() {
    for subject in ["Avis de mise a disposition", "=?iso-8859-1?Q?Avis_de_mise_=E0_disposition?="] {
        let evidence = read(subject, "Fichier : R1\nIdentifiant : 7\n").unwrap();
        assert_eq!(evidence.says, Notice::Available);
        assert_eq!(evidence.about.get("local_ident").map(String::as_str), Some("7"));
        assert_eq!(evidence.at.to_string(), "2026-11-22T08:30:00Z", "the header's date");
    }
    assert!(read("Avis de mise à disposition", "").is_some());
}

#[test]
fn what_is_no_notice_is_left_alone() {
    assert_eq!(read("Facture", BODY), None);
    assert_eq!(read("Transfert incorrect", BODY), None);
    assert_eq!(read("Transfert correct", "no file is named"), None);
    assert_eq!(read("Transfert correct", "Fichier :\n"), None);
    assert_eq!(read("Re: Transfert correct", "> Fichier : quoted.xml"), None);
    assert_eq!(read("Transfert correct ou Fichier inexistant", BODY), None, "two kinds at once");
}

#[test]
fn a_site_has_its_own_words() {
    let own = [("correct", "Bien reçu|OK"), ("file", "Nom du fichier"), ("date", "Horodatage")];
    let body = "nom du FICHIER : a.xml\nHorodatage : 2026-01-01T00:00:00+01:00\n";
    let evidence = told(&reader(&own, None), &mail("bien RECU ce jour", body)).unwrap();
    assert_eq!(evidence.about.get("name").map(String::as_str), Some("a.xml"));
    assert_eq!(evidence.at.to_string(), "2025-12-31T23:00:00Z");
    assert!(told(&reader(&own, None), &mail("Transfert correct", BODY)).is_some());
}

#[test]
fn a_shared_folder_is_sorted_by_address() {
    let mail = mail("Transfert correct", BODY);
    assert!(told(&reader(&[], Some("ville@MAIRIE.invalid")), &mail).is_some());
    assert_eq!(reader(&[], Some("ccas@mairie.invalid")).sort(&mail, now()), Sorted::Others);
}

/// Who is believed: the addresses that are written, if there are any. A people's mail is their affair, one that only pretends is counted.
#[test]
fn a_notice_of_a_wrong_sender_is_left_alone() {
    let reader = Reader { from: vec!["xfb@gateway.invalid".to_owned()], ..reader(&[], None) };
    let from = |sender: &str, subject: &str| {
        let mut mail = mail(subject, BODY);
        mail.from = Some(sender.to_owned());
        mail
    };
    assert!(told(&reader, &from("XFB@Gateway.invalid", "Transfert correct")).is_some());
    for pretender in ["xfb@gateway.example", "", "xfb@gateway.invalid.evil.example", "xfb@gateway.invalid>"] {
        let mail = from(pretender, "Transfert correct");
        assert_eq!((reader.sort(&mail, now()), reader.may_tell(&mail)), (Sorted::Unknown, false), "{pretender}");
    }
    assert_eq!(reader.sort(&from("xfb@gateway.invalid", "Maintenance"), now()), Sorted::Unknown);
    assert_eq!(reader.sort(&from("maire@mairie.invalid", "Facture"), now()), Sorted::Others);
    let long = "é".repeat(500);
    assert_eq!(reader.title(&from("a@b", "mot canary-password\u{a0}été")), "a@b : mot *** été");
    assert!(reader.title(&from("a@b", &long)).len() <= TITLE);
}

#[test]
fn an_undated_notice_is_of_now() {
    let bytes = b"Subject: Fichier inexistant\r\nMessage-ID: <2@x>\r\n\r\nFichier : a\nDate : hier\n";
    let mail = Mail::parse("mail", bytes, &Limits::default()).unwrap();
    assert_eq!(told(&reader(&[], None), &mail).unwrap().at, now());
}

fn notices(folder: &Path) -> Notices {
    Notices::new(
        NoticeSettings {
            place: Where::Folder(folder.to_owned()),
            password: None,
            to: None,
            from: Vec::new(),
            words: Words::new(&BTreeMap::new()),
        },
        Redactor::new(),
    )
}

fn deliver(folder: &Path, name: &str, id: &str) {
    let text = format!("Subject: Transfert correct\r\nMessage-ID: <{id}>\r\n\r\nFichier : {name}\n");
    fs::write(folder.join("new").join(name), text).unwrap();
}

#[tokio::test]
async fn mails_are_told_once_a_process_and_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("new")).unwrap();
    let first = notices(folder.path());
    assert_eq!(first.read().await.unwrap(), partner::Notices::default());
    deliver(folder.path(), "a", "1@x");
    fs::write(folder.path().join("new/bad"), "").unwrap();
    let told = first.read().await.unwrap();
    assert_eq!((told.found.len(), told.left.unknown), (1, 1));
    deliver(folder.path(), "b", "2@x");
    let keys: Vec<String> = first.read().await.unwrap().found.into_iter().map(|evidence| evidence.key).collect();
    assert_eq!(keys, ["2@x"]);
    assert_eq!(notices(folder.path()).read().await.unwrap().found.len(), 2);
}

#[tokio::test]
async fn more_mails_than_one_look_reads_are_all_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("new")).unwrap();
    let many = Limits::default().messages_per_look + 5;
    (0..many).for_each(|n| deliver(folder.path(), &format!("f{n}"), &format!("{n}@x")));
    assert_eq!(notices(folder.path()).read().await.unwrap().found.len(), many);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let fault = notices(Path::new("/nowhere/at/all")).read().await.unwrap_err();
    assert_eq!(fault.code, "mailbox-not-a-folder");
}

proptest! {
    #[test]
    fn hostile_words_never_panic(subject in "\\PC{0,60}", body in "(?s).{0,300}", at in 0_usize..4) {
        let kinds = ["Transfert correct", "Partenaire non autorisé", "Fichier inexistant", "Avis de mise à disposition"];
        let mut mail = mail(&subject.replace(char::is_control, " "), &body);
        let _ = reader(&[], None).sort(&mail, now());
        mail.subject = format!("{subject}{}", kinds[at]);
        let _ = reader(&[], None).sort(&mail, now());
    }
}
