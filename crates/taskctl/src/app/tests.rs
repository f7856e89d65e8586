//! Commands on a real station whose partner is in memory.

mod decisions;

use std::fs;

use clap::Parser as _;
use scheduler_core::memory::{Memory, Script};
use scheduler_core::station::Station;
use scheduler_core::stop::Stopper;

use super::*;
use crate::catalogue::Language;
use crate::cli::History;
use crate::command::outcome::Outcome;
use crate::setup;

struct Bench {
    dir: tempfile::TempDir,
    memory: &'static Memory,
    channels: &'static [&'static dyn Channel],
}

const TEXT: &str = "[station]\nname = \"Mairie\"\n[profiles.VILLE.memory]\ncontact = { name = \"Assistance\", address = \"01 02 03 04 05\" }\n[scenarios.MANDATS]\nchannel = \"memory\"\nprofile = \"VILLE\"\nwatch = 'mand/*'\n";

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("taskctl.toml"), TEXT).unwrap();
        fs::create_dir(dir.path().join("mand")).unwrap();
        let memory: &'static Memory = Box::leak(Box::default());
        let channels: &'static [&'static dyn Channel] = Box::leak(Box::new([memory as &dyn Channel]));
        Self { dir, memory, channels }
    }

    fn loaded(&self) -> Loaded {
        config::load(&self.dir.path().join("taskctl.toml"), self.channels).unwrap()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    async fn send(&self, files: Vec<PathBuf>) -> Outcome {
        let request = Request::Send { files, scenario: "MANDATS".to_owned() };
        act::act(request, &self.loaded(), self.channels, Style::PLAIN).await.unwrap()
    }
}

#[tokio::test]
async fn a_file_is_sent_here_when_the_station_is_free_and_then_read_back() {
    let bench = Bench::new();
    let path = bench.file("a.xml", "<PES/>");
    let outcome = bench.send(vec![path.clone()]).await;
    assert_eq!(outcome.exit(), Exit::Done);
    assert_eq!(bench.memory.ledger().iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.xml"]);
    assert!(path.is_file(), "the original stays");
    let loaded = config::load_to_read(&bench.dir.path().join("taskctl.toml"), bench.channels).unwrap();
    let view = View { language: Language::Fr, zone: &loaded.settings.timezone, style: Style::PLAIN };
    let history = look::history(&loaded, &History { last: 10, ..History::default() }, view).await.unwrap();
    assert!(history.text.contains("déposé") && history.text.contains("a.xml"), "{history}");
    let id = outcome.consignments[0].id.to_string();
    let shown = look::show(&loaded, &id, view).await.unwrap();
    assert!(shown.text.contains("reçu par le serveur du partenaire"), "{shown}");
    let status = look::status(&loaded, view).await.unwrap();
    assert_eq!((status.exit, &status.json["counts"]["deposited"]), (Exit::Done, &serde_json::json!(1)));
    assert!(matches!(look::show(&loaded, "rien", view).await, Err(LookError::Unknown(_))));
    let trace = log::read(&loaded.settings.trace_dir, None).unwrap();
    assert!(trace.contains("Fin de transfert de a.xml ... OK"), "{trace}");
}

#[tokio::test]
async fn a_refusal_and_a_doubt_have_their_own_codes_and_words() {
    let bench = Bench::new();
    bench.memory.script("no.xml", [Script::Refuse]);
    bench.memory.script("cut.xml", [Script::CutAfterLost]);
    let refused = bench.send(vec![bench.file("no.xml", "1")]).await;
    assert_eq!(refused.exit(), Exit::Unfinished);
    let doubted = bench.send(vec![bench.file("cut.xml", "2")]).await;
    assert_eq!(doubted.exit(), Exit::Human);
    let id = doubted.consignments[0].id;
    let request = Request::Resolve { id, verdict: Verdict::Deposited, why: "vu dans leur journal".to_owned() };
    let resolved = act::act(request, &bench.loaded(), bench.channels, Style::PLAIN).await.unwrap();
    assert_eq!(resolved.exit(), Exit::Done);
    assert_eq!(bench.memory.ledger(), [], "what an operator settles is not sent again");
}

#[tokio::test]
async fn a_partner_that_cannot_be_reached_is_told_with_the_next_attempt() {
    let bench = Bench::new();
    bench.memory.script("connect", [Script::Unreachable]);
    let loaded = bench.loaded();
    let request = Request::Retrieve { profile: None };
    let outcome = act::act(request, &loaded, bench.channels, Style::PLAIN).await.unwrap();
    assert_eq!(outcome.exit(), Exit::Unreachable);
    let view = View { language: Language::Fr, zone: &loaded.settings.timezone, style: Style::PLAIN };
    let text = outcome.render(view);
    assert!(text.contains("VILLE.memory : pas de session avant le"), "{text}");
}

#[tokio::test]
async fn a_busy_station_is_handed_the_file_and_followed() {
    let bench = Bench::new();
    let (loaded, stopper) = (bench.loaded(), Stopper::default());
    let setup = setup::setup(&loaded, bench.channels).unwrap();
    let station = Station::open(setup, setup::options(Language::Fr, stopper.listener())).await.unwrap();
    let service = tokio::spawn(async move { station.run().await });
    let outcome = bench.send(vec![bench.file("a.xml", "<PES/>")]).await;
    assert_eq!((outcome.exit(), bench.memory.ledger().len()), (Exit::Done, 1));
    stopper.press();
    service.await.unwrap().unwrap();
}

#[test]
fn what_does_not_exist_is_told_before_the_station_is_troubled() {
    let bench = Bench::new();
    let loaded = bench.loaded();
    let told = |line: &str| {
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let words = preflight(&request(&cli.command).unwrap().unwrap(), &loaded).unwrap_err();
        assert_eq!(crate::testing::untranslated(&words), None);
        words.said(Language::Fr).to_owned()
    };
    assert_eq!(
        told("taskctl send x --scenario MANDAT"),
        "Le scénario « MANDAT » n'existe pas. Vouliez-vous dire « MANDATS » ?\nExistent : MANDATS"
    );
    assert!(told("taskctl send /nulle/part --scenario MANDATS").contains("/nulle/part"));
    assert!(told("taskctl pause --profile VILE").contains("« VILLE »"));
    assert!(told("taskctl retrieve --profile CCAS").starts_with("Le profil"));
    let cli = Cli::try_parse_from(["taskctl", "cancel", "pas-un-id", "--why", "x"]).unwrap();
    assert!(request(&cli.command).is_err());
}
