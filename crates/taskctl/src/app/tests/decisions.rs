//! Decisions as people type them and what they read, whole sessions.

use scheduler_core::clock::Clock;
use scheduler_core::station::Until;

use super::*;
use crate::cli::History;

/// A session at the terminal: what is typed, what is printed, the code; identifiers, dates and folders by names that do not change.
struct Session<'a> {
    bench: &'a Bench,
    names: Vec<(String, &'static str)>,
    text: String,
}

impl<'a> Session<'a> {
    fn new(bench: &'a Bench) -> Self {
        let folder = bench.dir.path().display().to_string();
        Self { bench, names: vec![(folder, "/srv/taskctl")], text: String::new() }
    }

    fn name(&mut self, id: impl ToString, name: &'static str) {
        self.names.push((id.to_string(), name));
    }

    fn note(&mut self, account: &str, line: &[&str], text: &str, exit: Exit) {
        let word = |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
        let line = line.iter().map(word).collect::<Vec<_>>().join(" ");
        let mut text = format!("{account}$ taskctl {line}\n{text}[{}]\n\n", exit.code());
        for (what, name) in self.names.iter().rev() {
            text = text.replace(what, name);
        }
        self.text.push_str(&undated(&text));
    }

    /// A command that acts, by an account.
    async fn acts(&mut self, account: &str, line: &[&str]) -> Outcome {
        let loaded = self.bench.loaded();
        let cli = Cli::try_parse_from([&["taskctl"], line].concat()).unwrap();
        let request = request(&cli.command).unwrap().unwrap();
        let setup = setup::setup(&loaded, self.bench.channels).unwrap();
        let station = Station::open(setup, setup::options(Language::Fr, Stopper::default().listener())).await.unwrap();
        let id = station.serve(request, account, Until::NothingDue).await.unwrap();
        let outcome = act::outcome(station.reader(), id, None, Clock::system().now()).await.unwrap();
        let view = View { language: Language::Fr, zone: &loaded.settings.timezone, style: Style::PLAIN };
        if let [old] = &outcome.consignments[..] {
            self.name(old.id, "ENVOI");
        }
        if let [_, new] = &outcome.consignments[..] {
            self.name(new.id, "NOUVEAU");
        }
        self.note(account, line, &outcome.render(view), outcome.exit_of_decision());
        outcome
    }

    /// A command that looks.
    async fn looks(&mut self, line: &[&str]) {
        let loaded = self.bench.loaded();
        let view = View { language: Language::Fr, zone: &loaded.settings.timezone, style: Style::PLAIN };
        let answer = match *line {
            ["status"] => look::status(&loaded, view).await,
            ["history"] => look::history(&loaded, &History { last: 50, ..Default::default() }, view).await,
            ["returns"] => look::returns(&loaded, false, view).await,
            ["returns", "--all"] => look::returns(&loaded, true, view).await,
            ["show", id] => look::show(&loaded, id, view).await,
            ref other => panic!("{other:?}"),
        };
        let answer = answer.unwrap();
        self.note("martin", line, &answer.text, answer.exit);
    }
}

/// Every date and hour becomes the same.
fn undated(text: &str) -> String {
    const SHAPE: &[u8; 16] = b"00/00/0000 00:00";
    let mut text = text.to_owned();
    let alike = |bytes: &[u8]| {
        bytes.iter().zip(SHAPE).all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
    };
    for at in 0..text.len().saturating_sub(SHAPE.len()) {
        if alike(&text.as_bytes()[at..at + SHAPE.len()]) {
            text.replace_range(at..at + SHAPE.len(), "22/11/2026 09:00");
        }
    }
    text
}

/// A file that the partner has leaves once more: the operator is warned, and both are named everywhere; asked again, it does not.
#[tokio::test]
async fn a_settled_file_is_sent_again() {
    let bench = Bench::new();
    let old = bench.send(vec![bench.file("a.xml", "<PES/>")]).await.consignments[0].id.to_string();
    let mut session = Session::new(&bench);
    session.name(&old, "ENVOI");
    let line = ["resend", old.as_str(), "--why", "perdu par eux, Mme Martin"];
    let outcome = session.acts("martin", &line).await;
    assert_eq!(bench.memory.ledger().len(), 2);
    session.looks(&["history"]).await;
    session.looks(&["show", &outcome.consignments[1].id.to_string()]).await;
    session.acts("martin", &line).await;
    insta::assert_snapshot!(session.text);
}

#[tokio::test]
async fn two_persons_let_a_held_file_go() {
    let bench = Bench::new();
    let strict = TEXT.replacen("[station]", "[station]\nfour_eyes = true", 1);
    fs::write(bench.dir.path().join("taskctl.toml"), strict).unwrap();
    let id = bench.send(vec![bench.file("vide.xml", "")]).await.consignments[0].id.to_string();
    let mut session = Session::new(&bench);
    session.name(&id, "ENVOI");
    let line = ["release", id.as_str(), "--why", "vide, voulu"];
    session.acts("martin", &line).await;
    session.looks(&["status"]).await;
    session.acts("martin", &line).await;
    session.acts("dupont", &["release", &id, "--why", "vu avec lui"]).await;
    session.looks(&["show", &id]).await;
    insta::assert_snapshot!(session.text);
}

#[tokio::test]
async fn a_return_is_suggested_its_sending_and_linked() {
    let bench = Bench::new();
    let sent = bench.send(vec![bench.file("PESALR2_001.xml", "<PES/>")]).await.consignments[0].id.to_string();
    bench.memory.offer("VILLE", "62896", "ACK_PESALR2_001\u{1b}[2J", b"accuse");
    bench.memory.offer("VILLE", "62897", "etat mensuel", b"rien");
    bench.memory.script("read:incomplet", [Script::CutRead(3)]);
    bench.memory.offer("VILLE", "62898", "incomplet", b"un long retour");
    let retrieve = Request::Retrieve { profile: None };
    let retrieved = act::act(retrieve, &bench.loaded(), bench.channels, Style::PLAIN).await.unwrap();
    let named = |name: &str| {
        let row = retrieved.returns.iter().find(|row| row.offer.name.starts_with(name)).unwrap();
        (row.id.to_string(), row.path.clone().unwrap_or_default())
    };
    let ((answer, path), (report, other), (cut, _)) = (named("ACK"), named("etat"), named("incomplet"));
    let mut session = Session::new(&bench);
    session.name(path, "/srv/taskctl/recus/VILLE/ACK_PESALR2_001");
    session.name(other, "/srv/taskctl/recus/VILLE/etat mensuel");
    for (id, name) in [(&sent, "ENVOI"), (&answer, "RETOUR"), (&report, "ETAT"), (&cut, "INCOMPLET")] {
        session.name(id, name);
    }
    session.looks(&["returns"]).await;
    session.acts("martin", &["returns", "link", &answer, "--to", &sent, "--why", "même bordereau"]).await;
    session.acts("martin", &["returns", "dismiss", &report, "--why", "état mensuel, sans envoi"]).await;
    session.looks(&["returns", "--all"]).await;
    session.looks(&["show", &answer]).await;
    session.looks(&["show", &sent]).await;
    session.acts("martin", &["returns", "unlink", &answer, "--why", "répond à un autre"]).await;
    assert!(!session.text.contains('\u{1b}'));
    insta::assert_snapshot!(session.text);
}
