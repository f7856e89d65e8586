//! The four mails (protocol 8), read back with a mail reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{path::Path, time::Duration};

use mail_parser::MessageParser;
use partner_sim::{Fault, FaultPlan, MailCharset};
use support::{Site, USER};

/// Subject, body and Message-ID of every mail, oldest first.
fn mails(folder: &Path) -> Vec<(String, String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder.join("new")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.date().is_some() && mail.from().is_some());
        (
            mail.subject().unwrap().to_owned(),
            mail.body_text(0).unwrap().into_owned(),
            mail.message_id().unwrap().to_owned(),
        )
    };
    files.iter().map(read).collect()
}

#[tokio::test]
async fn the_four_kinds() {
    for charset in [MailCharset::Latin1, MailCharset::Utf8] {
        let folder = tempfile::tempdir().unwrap();
        let plan = FaultPlan::new()
            .mail()
            .nth(2)
            .with(Fault::PartnerNotAuthorised { reason: "site fermé".into() })
            .mail()
            .nth(3)
            .with(Fault::UnknownFile { reason: "vide".into() });
        let site = Site::with(|gateway| gateway.mails(folder.path()).mail_charset(charset).faults(plan)).await;
        for name in ["MANDAT1", "MANDAT2", "MANDAT3"] {
            site.upload(name, b"content").await;
        }
        let ident = site.gateway.offer(USER, "RCT290G", b"x").unwrap();

        let mails = mails(folder.path());
        let subjects: Vec<_> = mails.iter().map(|mail| mail.0.as_str()).collect();
        assert_eq!(
            subjects,
            ["Transfert correct", "Partenaire non autorisé", "Fichier inexistant", "Avis de mise à disposition"]
                .map(|words| format!("[XFB/Gateway] {words}"))
        );
        let received = &site.ledger()[0];
        for part in ["Fichier : MANDAT1", "Application : GRCT450", "Destination : C175", "Taille : 7", "Date : 2"] {
            assert!(mails[0].1.contains(part), "{part} in {}", mails[0].1);
        }
        assert!(mails[0].1.contains(&format!("Identifiant : {}", received.local_ident.unwrap())));
        assert!(mails[1].1.contains("Fichier : MANDAT2") && mails[1].1.contains("Motif : site fermé"));
        assert!(mails[3].1.contains("Fichier : RCT290G") && mails[3].1.contains(&format!("Identifiant : {ident}")));
        let mut ids: Vec<_> = mails.iter().map(|mail| mail.2.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }
}

#[tokio::test]
async fn copies_share_their_id_and_a_lost_file_has_no_mail() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::with(|gateway| {
        gateway.mails_by_account(folder.path()).mail_copies(2).batch_delay(Duration::from_secs(3600))
    })
    .await;
    site.upload("ONE", b"1").await;
    site.upload("TWO", b"2").await;
    let mails = mails(&folder.path().join(USER));
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].2, mails[1].2);
}

#[tokio::test]
async fn no_mail_and_late_mail() {
    let folder = tempfile::tempdir().unwrap();
    let plan = FaultPlan::new()
        .mail()
        .nth(1)
        .with(Fault::NoMail)
        .mail()
        .nth(2)
        .with(Fault::LateMail { late: Duration::from_secs(3600) });
    let site = Site::with(|gateway| gateway.mails(folder.path()).faults(plan)).await;
    site.upload("ONE", b"1").await;
    site.upload("TWO", b"2").await;
    assert!(mails(folder.path()).is_empty());
    site.upload("THREE", b"3").await;
    assert_eq!(mails(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_file_dropped_in_outgoing_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::with(|gateway| gateway.mails(folder.path())).await;
    let draft = folder.path().join("draft");
    std::fs::write(&draft, b"a return").unwrap();
    std::fs::rename(draft, site.gateway.outgoing(USER).unwrap().join("ACQ_001.xml")).unwrap();
    while mails(folder.path()).is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(mails(folder.path())[0].1.contains("Fichier : ACQ_001.xml"));
}
