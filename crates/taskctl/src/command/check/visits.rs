//! `check --online` opposite the simulated gateway: what is told, and what the partner saw of it.

use std::fs;
use std::time::Duration;

use partner_sim::{Certificate, Gateway, GatewayBuilder, Running, read_ledger};
use partners::CHANNELS;
use partners::probe::Patience;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Lane, Why};
use scheduler_core::journal::{Draft, Durability, GateRow, Journal, LaneEvent, LaneRow, Small};
use scheduler_core::station::Lock;

use super::*;
use crate::catalogue;

/// Nobody is waited for long.
const BRIEF: Limits = Limits {
    patience: Patience {
        name: Duration::from_secs(5),
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        tls: Duration::from_secs(2),
    },
    log_in: Duration::from_secs(60),
};

struct Town {
    dir: tempfile::TempDir,
    gateway: Running,
}

impl Town {
    /// A town whose password is this one, opposite a gateway where it is `juste`.
    async fn new(password: &str, build: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let builder = Gateway::builder(dir.path().join("treasury")).account("ville", "juste");
        let gateway = build(builder).start().await.unwrap();
        if let Some(pem) = gateway.ca_pem() {
            fs::write(dir.path().join("ca.pem"), pem).unwrap();
        }
        fs::create_dir_all(dir.path().join("mand")).unwrap();
        let town = Self { dir, gateway };
        let ca = if town.gateway.ca_pem().is_some() { "ca = 'ca.pem'\n" } else { "" };
        let url = town.gateway.base_url().to_owned();
        town.write(&format!("[profiles.VILLE.xfb]\nbase_url = \"{url}\"\nuser = \"ville\"\n{ca}"));
        town.secret("VILLE.xfb", password);
        town
    }

    /// The same town, that asks for English.
    fn in_english(&self) {
        let path = self.dir.path().join("taskctl.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("[station]\nlanguage = \"en\"\n{text}")).unwrap();
    }

    fn write(&self, profiles: &str) {
        let scenario = "[scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'mand/*'\ndestination = \"C\"\napplication = \"A\"\n";
        fs::write(self.dir.path().join("taskctl.toml"), format!("{profiles}{scenario}")).unwrap();
    }

    fn secret(&self, name: &str, value: &str) {
        crate::command::secret::store(&self.dir.path().join("secrets").join(name), value).unwrap();
    }

    async fn check(&self) -> Checked {
        let mut checked = check(&self.dir.path().join("taskctl.toml"), CHANNELS);
        checked.go_online(CHANNELS, BRIEF, |_, _| {}).await;
        checked
    }

    /// What the station would have journalled.
    async fn journal(&self, lane: &Lane, what: LaneEvent) {
        let data = self.dir.path().join("data");
        fs::create_dir_all(&data).unwrap();
        let (journal, reader) = Journal::open(&data, Clock::system(), Durability::Full).await.unwrap();
        journal.commit(vec![Draft::lane(lane, what)]).await.unwrap();
        drop((journal, reader));
    }

    /// What the partner saw, in order.
    fn seen(&self) -> Vec<String> {
        read_ledger(self.gateway.ledger_path()).unwrap().into_iter().map(|line| line.kind).collect()
    }

    /// Instants, ports and durations hidden.
    fn filtered(&self) -> insta::Settings {
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(&regex_of(&self.dir.path().display().to_string()), "/station");
        settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
        settings.add_filter(r"─{5,}", "───");
        settings.add_filter(r"\d+ ms", "N ms");
        settings.add_filter(r"\(-?\d+ (j|d)", "(N $1");
        settings.add_filter("(\"(?:ms|name_ms|port)\"): \\d+", "$1: \"N\"");
        settings.add_filter("(\"days_left\": \\[)[^\\]]*", "$1 N ");
        settings
    }
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

fn codes(checked: &Checked) -> Vec<String> {
    let json = checked.json();
    let problems = json["online"]["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_partner_in_order_is_entered_once_and_given_nothing() {
    let town = Town::new("juste", |gateway| gateway).await;
    let checked = town.check().await;
    assert_eq!((checked.exit(), codes(&checked)), (Exit::Done, Vec::new()));
    assert_eq!(town.seen().iter().filter(|kind| *kind == "login").count(), 1);
    assert!(town.seen().iter().all(|kind| ["login", "logout"].contains(&kind.as_str())), "{:?}", town.seen());
    assert!(!town.dir.path().join("data").exists(), "nothing is kept");
    town.filtered().bind(|| {
        insta::assert_snapshot!("in_order", checked.render(Style::PLAIN));
        insta::assert_snapshot!("in_order_json", serde_json::to_string_pretty(&checked.json()["online"]).unwrap());
    });
}

#[tokio::test]
async fn a_refused_password_is_tried_once_and_is_to_be_corrected() {
    let town = Town::new("faux", |gateway| gateway.plain_http()).await;
    let checked = town.check().await;
    assert_eq!((checked.exit(), codes(&checked)), (Exit::Usage, vec!["xfb-login-refused".to_owned()]));
    assert_eq!(town.seen(), ["refused-login"]);
    town.filtered().bind(|| insta::assert_snapshot!("refused_password", checked.render(Style::PLAIN)));
    town.in_english();
    let checked = town.check().await;
    town.filtered().bind(|| insta::assert_snapshot!("refused_password_in_english", checked.render(Style::PLAIN)));
}

#[tokio::test]
async fn nobody_is_logged_in_to_behind_an_unproven_certificate() {
    for (certificate, code) in [
        (Certificate::Expired, "online-certificate-expired"),
        (Certificate::OtherName, "online-certificate-name"),
        (Certificate::OtherAuthority, "online-unknown-authority"),
    ] {
        let town = Town::new("juste", |gateway| gateway.certificate(certificate)).await;
        let checked = town.check().await;
        assert_eq!((checked.exit(), codes(&checked)), (Exit::Usage, vec![code.to_owned()]));
        assert_eq!(checked.json()["online"]["log_ins"][0]["code"], "online-log-in-unreached");
        assert_eq!(town.seen(), [""; 0], "{code}");
        if certificate == Certificate::Expired {
            town.filtered().bind(|| insta::assert_snapshot!("expired", checked.render(Style::PLAIN)));
            town.in_english();
            let checked = town.check().await;
            town.filtered().bind(|| insta::assert_snapshot!("expired_in_english", checked.render(Style::PLAIN)));
        }
    }
}

/// A port where nobody listens, and one where nobody answers.
async fn dead() -> (u16, tokio::net::TcpListener) {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    (gone.local_addr().unwrap().port(), silent)
}

#[tokio::test]
async fn partners_out_of_reach_are_told_apart_from_mistakes() {
    let town = Town::new("juste", |gateway| gateway.plain_http()).await;
    let (gone, silent) = dead().await;
    let silent_port = silent.local_addr().unwrap().port();
    let profile = |name: &str, url: &str| {
        town.secret(&format!("{name}.xfb"), "juste");
        format!("[profiles.{name}.xfb]\nbase_url = \"{url}\"\nuser = \"ville\"\nca = 'ca.pem'\n")
    };
    let authority = rcgen::generate_simple_self_signed(["a.invalid".to_owned()]).unwrap();
    fs::write(town.dir.path().join("ca.pem"), authority.cert.pem()).unwrap();
    let away = profile("VILLE", &format!("http://127.0.0.1:{gone}/"))
        + &profile("CCAS", &format!("https://127.0.0.1:{silent_port}/"));
    town.write(&away);
    let checked = town.check().await;
    assert_eq!(
        (checked.exit(), codes(&checked)),
        (Exit::Unreachable, vec!["online-connection-refused".to_owned(), "online-tls-timed-out".to_owned()])
    );
    town.write(&(away + &profile("EAU", town.gateway.base_url())));
    let checked = town.check().await;
    assert_eq!((checked.exit(), checked.json()["online"]["reached"].as_u64()), (Exit::Unfinished, Some(1)));
    assert_eq!(town.seen().iter().filter(|kind| *kind == "login").count(), 1);
}

#[tokio::test]
async fn points_that_profiles_share_are_looked_at_once() {
    let town = Town::new("juste", |gateway| gateway.plain_http().account("ccas", "juste")).await;
    let url = town.gateway.base_url();
    let profile = |name: &str, user: &str| format!("[profiles.{name}.xfb]\nbase_url = \"{url}\"\nuser = \"{user}\"\n");
    town.secret("CCAS.xfb", "juste");
    town.write(&(profile("VILLE", "ville") + &profile("CCAS", "ccas")));
    let json = town.check().await.json();
    assert_eq!(json["online"]["points"].as_array().unwrap().len(), 1);
    assert_eq!(json["online"]["points"][0]["profiles"], serde_json::json!(["VILLE.xfb", "CCAS.xfb"]));
    assert_eq!(town.seen().iter().filter(|kind| *kind == "login").count(), 2);
}

#[tokio::test]
async fn a_station_at_work_is_not_disturbed() {
    let town = Town::new("juste", |gateway| gateway.plain_http()).await;
    fs::create_dir(town.dir.path().join("data")).unwrap();
    let lock = Lock::take(&town.dir.path().join("data")).unwrap();
    let checked = town.check().await;
    assert_eq!(checked.json()["online"]["log_ins"][0]["code"], "online-log-in-station-runs");
    assert_eq!((checked.exit(), town.seen()), (Exit::Done, Vec::new()));
    drop(lock);
    assert_eq!(town.check().await.json()["online"]["log_ins"][0]["tried"], true);
}

#[tokio::test]
async fn what_the_journal_says_is_respected() {
    let town = Town::new("juste", |gateway| gateway.plain_http()).await;
    let (configuration, _) = config::inspect(&town.dir.path().join("taskctl.toml"), CHANNELS);
    let profile = configuration.profiles[0].profile.clone();
    let version = profile.secret_version.clone();
    let connection = scheduler_core::setup::Connection::build(profile.clone(), CHANNELS[0]).unwrap();
    let now = crate::testing::at(0);
    let refused = |row: LaneRow, gate: GateRow| {
        let (lanes, gates) = ([(profile.lane.clone(), row)], [(connection.partner.gate().key, gate)]);
        let small = Small { lanes: lanes.into(), gates: gates.into(), ..Small::default() };
        permission::unready(&small, &connection, now).map(|refusal| refusal.code())
    };
    let why = || Why::code("xfb-login-refused");
    let suspended = |version: &str| LaneRow { suspended: Some((why(), version.to_owned())), ..LaneRow::default() };
    let rests = |minute| Some((crate::testing::at(minute), why()));
    assert_eq!(refused(LaneRow::default(), GateRow::default()), None);
    assert_eq!(refused(suspended(&version), GateRow::default()), Some("online-log-in-suspended"));
    assert_eq!(refused(suspended("another"), GateRow::default()), None, "the password was changed");
    let resting = LaneRow { rests: rests(1), ..LaneRow::default() };
    assert_eq!(refused(resting, GateRow::default()), Some("online-log-in-rests"));
    let gate = GateRow { rests: rests(1), ..GateRow::default() };
    assert_eq!(refused(LaneRow::default(), gate), Some("online-log-in-rests"));
    let over = GateRow { rests: rests(-1), last_end: Some(crate::testing::at(-1)) };
    assert_eq!(refused(LaneRow::default(), over), None);
    let recent = GateRow { last_end: Some(now), ..GateRow::default() };
    assert_eq!(refused(LaneRow::default(), recent), Some("online-log-in-paced"));
}

/// A town whose notices come from a mailbox where nobody listens.
async fn without_mailbox() -> Town {
    let town = Town::new("juste", |gateway| gateway.plain_http()).await;
    let (gone, _silent) = dead().await;
    let url = town.gateway.base_url();
    let mailbox = format!(
        "notices_server = \"127.0.0.1\"\nnotices_port = {gone}\nnotices_user = \"avis\"\nnotices_from = \"xfb@dgfip.invalid\"\n"
    );
    town.write(&format!("[profiles.VILLE.xfb]\nbase_url = \"{url}\"\nuser = \"ville\"\n{mailbox}"));
    town.secret("VILLE.xfb.notices_password", "juste");
    town
}

#[tokio::test]
async fn a_broken_mailbox_keeps_nobody_from_the_gateway() {
    let town = without_mailbox().await;
    let checked = town.check().await;
    assert_eq!((checked.exit(), codes(&checked)), (Exit::Unfinished, vec!["online-connection-refused".to_owned()]));
    assert_eq!(town.seen().iter().filter(|kind| *kind == "login").count(), 1, "{}", checked.render(Style::PLAIN));
    let json = checked.json();
    assert_eq!((&json["online"]["reached"], &json["errors"], &json["warnings"]), (&1.into(), &0.into(), &1.into()));
    assert_eq!(json["online"]["log_ins"][0]["points"][0]["field"], "base_url");
    let (configuration, _) = config::inspect(&town.dir.path().join("taskctl.toml"), CHANNELS);
    let profile = &configuration.profiles[0].profile;
    let secret_version = profile.secret_version.clone();
    let refused = LaneEvent::NoticesSuspended { why: Why::code("mailbox-login-refused"), secret_version };
    town.journal(&profile.lane, refused).await;
    let checked = town.check().await;
    assert_eq!(checked.exit(), Exit::Usage);
    assert_eq!(codes(&checked), ["online-mailbox-suspended", "online-connection-refused"]);
}

#[tokio::test]
async fn a_password_that_the_station_saw_refused_is_not_tried_again_before_it_changes() {
    let town = Town::new("faux", |gateway| gateway.plain_http()).await;
    let (configuration, _) = config::inspect(&town.dir.path().join("taskctl.toml"), CHANNELS);
    let profile = &configuration.profiles[0].profile;
    let refused =
        LaneEvent::Suspended { why: Why::code("xfb-login-refused"), secret_version: profile.secret_version.clone() };
    town.journal(&profile.lane, refused).await;
    let mailbox =
        LaneEvent::NoticesSuspended { why: Why::code("mailbox-login-refused"), secret_version: "1".to_owned() };
    town.journal(&profile.lane, mailbox).await;
    let checked = town.check().await;
    assert_eq!((checked.exit(), codes(&checked)), (Exit::Usage, vec!["online-log-in-suspended".to_owned()]));
    assert_eq!(town.seen(), [""; 0], "nothing was tried");
    let text = checked.render(Style::PLAIN);
    let today = jiff::Timestamp::now().to_zoned(configuration.settings.timezone.clone()).strftime("%Y").to_string();
    assert!(text.contains("n'est pas essayé de nouveau") && text.contains(&format!("/{today} ")), "{text}");
    assert!(text.contains("taskctl secret set"), "{text}");
    town.secret("VILLE.xfb", "juste, autrement");
    assert_eq!(codes(&town.check().await), ["xfb-login-refused"]);
}

#[test]
fn every_code_has_its_sentences() {
    let known: Vec<&str> = catalogue::codes().collect();
    let own = permission::Refusal::CODES.iter().chain(&findings::CODES);
    let missing: Vec<&&str> = own.filter(|code| !known.contains(code)).collect();
    assert_eq!(missing, [&""; 0]);
}
