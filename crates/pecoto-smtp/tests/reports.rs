//! Reports made by Postfix, and shaped as Thunderbird and Outlook write them; what hostile ones cannot do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use pecoto_smtp::mailbox::{
    Limits,
    report::{Action, Content, Disposition, Fact, Report, Standing, Status},
};
use proptest::prelude::*;

const FIXTURES: &[&str] = &[
    "postfix_delivered.eml",
    "postfix_relayed.eml",
    "postfix_delayed.eml",
    "postfix_failed.eml",
    "postfix_failed_full.eml",
    "thunderbird_displayed.eml",
    "outlook_displayed.eml",
    "outlook_deleted.eml",
];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(name)).unwrap()
}

fn read(bytes: &[u8]) -> Option<Report> {
    Report::read(bytes, &Limits::default()).unwrap()
}

fn report(name: &str) -> Report {
    read(&fixture(name)).unwrap()
}

#[test]
fn reports_of_real_systems_are_read() {
    for name in FIXTURES {
        insta::assert_debug_snapshot!(*name, report(name));
    }
}

#[test]
fn an_ordinary_mail_is_no_report() {
    let mail = b"Subject: a\nContent-Type: text/plain\n\nDisposition: manual-action/MDN-sent-manually; displayed\n";
    assert_eq!(read(mail), None);
}

/// Otherwise whoever attaches a report to a letter, to ask what it means, would be believed.
#[test]
fn a_report_inside_another_mail_is_not_that_mails() {
    let inner = String::from_utf8(fixture("postfix_failed.eml")).unwrap();
    let outer = format!("Subject: what is this?\nContent-Type: message/rfc822\n\n{inner}");
    assert_eq!(read(outer.as_bytes()), None);
}

#[test]
fn a_report_is_about_the_mail_that_it_names_and_no_other() {
    let failed = report("postfix_failed.eml");
    assert_eq!(failed.envelope_id(), Some("env-ferme+1"));
    let about = |id, envelope| failed.is_about(id, envelope);
    assert!(about("census-ferme@mairie.invalid", Some("env-ferme+1")));
    assert!(about("census-ferme@mairie.invalid", None));
    assert!(!about("census-ferme@mairie.invalid", Some("another")));
    assert!(!about("another@mairie.invalid", Some("env-ferme+1")));
    let displayed = report("thunderbird_displayed.eml");
    assert!(displayed.is_about("census-bureau@mairie.invalid", Some("never told by a mail program")));
    assert!(!displayed.is_about("census-ferme@mairie.invalid", None));
}

fn dsn(fields: &str) -> Option<Report> {
    read(format!("Subject: r\nContent-Type: message/delivery-status\n\n{fields}").as_bytes())
}

fn mdn(fields: &str) -> Option<Report> {
    read(format!("Subject: r\nContent-Type: message/disposition-notification\n\n{fields}").as_bytes())
}

#[test]
fn several_recipients_each_have_their_action() {
    let text = "Original-Envelope-Id: e\nReporting-MTA: dns; m\n\n\
        FINAL-RECIPIENT: rfc822;a@b\naction: Delivered (to maildir)\nStatus: 2.1.5 (fine)\n\n\n\
        Final-Recipient: rfc822; c@d\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n such user\n\n\
        Final-Recipient: rfc822; e@f\nAction: vanished\nStatus: 9.9\n";
    let Content::Delivery(told) = dsn(text).unwrap().content else { panic!() };
    let told: Vec<_> = told
        .recipients
        .iter()
        .map(|one| {
            (
                one.final_recipient.text.as_str(),
                one.action,
                one.status,
                one.diagnostic.as_ref().map(|d| d.text.as_str()),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a@b", Action::Delivered, Some(Status(2, 1, 5)), None),
            ("c@d", Action::Failed, Some(Status(5, 1, 1)), Some("550 5.1.1 no such user")),
        ]
    );
}

#[test]
fn a_report_that_says_nothing_is_none() {
    assert_eq!(dsn("Reporting-MTA: dns; m\n\n"), None);
    assert_eq!(dsn("Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@b\nStatus: 2.0.0\n"), None);
    assert_eq!(mdn("Final-Recipient: rfc822; a@b\n"), None);
    assert_eq!(mdn("Disposition: displayed\n"), None);
}

#[test]
fn dispositions_have_modes_and_modifiers() {
    let fields = "Disposition: automatic-action/MDN-sent-automatically; Deleted/error, Expired\nError: disk\n";
    let Content::Disposition(told) = mdn(fields).unwrap().content else { panic!() };
    assert_eq!((told.disposition, told.by_hand), (Disposition::Deleted, false));
    assert_eq!(told.modifiers, ["error", "expired"]);
    assert_eq!(told.error.as_deref(), Some("disk"));
}

#[test]
fn reports_are_bounded() {
    let recipient = "Final-Recipient: rfc822; a@b\nAction: failed\n\n";
    let many = format!("Reporting-MTA: dns; {}\n\n{}", "m".repeat(5_000), recipient.repeat(500));
    let Content::Delivery(told) = dsn(&many).unwrap().content else { panic!() };
    assert_eq!((told.recipients.len(), told.reporting_mta.unwrap().text.len()), (100, 1_000));
    let long = format!("Disposition: a;displayed\nOriginal-Message-ID: <{}>\n", "i".repeat(1_000));
    assert_eq!(mdn(&long).unwrap().original_message_id, None);
}

fn facts(names: &[&str], address: &str) -> Option<Fact> {
    let mut standing = Standing::default();
    names.iter().for_each(|name| standing.learn(&report(name)));
    standing.of(address)
}

#[test]
fn the_most_telling_fact_counts() {
    let bureau = "Bureau@BSN.invalid";
    assert_eq!(facts(&[], bureau), None);
    assert_eq!(facts(&["postfix_delivered.eml"], bureau), Some(Fact::Delivered));
    assert_eq!(facts(&["postfix_delivered.eml", "outlook_deleted.eml"], bureau), Some(Fact::Deleted));
    assert_eq!(facts(&["thunderbird_displayed.eml", "postfix_delivered.eml"], bureau), Some(Fact::Displayed));
    assert_eq!(facts(&["postfix_delivered.eml"], "ferme@bsn.invalid"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Any order, any number of repetitions.
    #[test]
    fn reports_give_the_same_standing_in_any_order(names in proptest::sample::subsequence(FIXTURES, 0..=FIXTURES.len()).prop_shuffle(), again in any::<prop::sample::Index>()) {
        let fold = |names: &[&str]| {
            let mut standing = Standing::default();
            names.iter().for_each(|name| standing.learn(&report(name)));
            standing
        };
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let mut repeated = names.clone();
        if !names.is_empty() {
            repeated.push(names[again.index(names.len())]);
        }
        prop_assert_eq!(fold(&names), fold(&sorted));
        prop_assert_eq!(fold(&repeated), fold(&sorted));
    }

    #[test]
    fn damaged_reports_are_bounded_or_refused(name in proptest::sample::select(FIXTURES), at in any::<prop::sample::Index>(), bytes in proptest::collection::vec(any::<u8>(), 0..40), cut in any::<bool>()) {
        let mut damaged = fixture(name);
        let at = at.index(damaged.len());
        if cut {
            damaged.truncate(at);
        }
        damaged.splice(at..at, bytes);
        if let Ok(Some(report)) = Report::read(&damaged, &Limits::default()) {
            prop_assert!(report.original_message_id.is_none_or(|id| id.len() <= 250));
            if let Content::Delivery(told) = report.content {
                prop_assert!((1..=100).contains(&told.recipients.len()));
            }
        }
    }
}
