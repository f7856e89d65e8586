//! P13 on the real program: passwords with odd characters, a partner whose pages echo them in every spelling, every fault that tells something,
//! every command. No file but the secrets' own, and no word of the program, holds them in any spelling.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod house;

use std::fs;
use std::path::Path;
use std::time::Duration;

use house::{House, Plan};
use partner_sim::{Aireppnet, Echo, FaultPlan, Portal, Server};

const GATEWAY: &str = "KANARIUN&%é+\" <KANARIDEUX";
const PORTAL: &str = "KANARITROIS&%é+\" <KANARIQUATRE";

/// Pieces that no spelling changes, so that a half-removed password is found too.
const PIECES: [&str; 6] = ["KANARIUN", "KANARIDEUX", "KANARITROIS", "KANARIQUATRE", "KANARICINQ", "KANARISIX"];

/// Every spelling of a password, and of its pieces.
fn spellings() -> Vec<Vec<u8>> {
    let mut all: Vec<String> = PIECES.iter().flat_map(|piece| [(*piece).to_owned(), piece.to_lowercase()]).collect();
    for secret in [GATEWAY, PORTAL] {
        let percent = percent(secret);
        let html = secret.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        all.extend([secret.to_owned(), percent.to_lowercase(), percent.replace("%20", "+"), html, percent]);
        all.push(base64(format!("ville:{secret}").as_bytes()));
    }
    // Characters beyond ASCII are one byte each in the older charset.
    let latin = all.iter().map(|text| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect());
    all.iter().map(|text| text.clone().into_bytes()).chain(latin).collect()
}

fn percent(text: &str) -> String {
    let escape =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

/// As in the header of `Basic` authentication; the last group, which may be padded, is left out.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let word = usize::from(three[0]) << 16 | usize::from(three[1]) << 8 | usize::from(three[2]);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[word >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

struct Search(Vec<Vec<u8>>);

impl Search {
    fn finds(&self, bytes: &[u8]) -> Option<String> {
        let (wanted, at) = self.0.iter().find_map(|wanted| {
            let at = bytes.windows(wanted.len()).position(|window| window == wanted.as_slice())?;
            Some((wanted, at))
        })?;
        let around = &bytes[at.saturating_sub(150)..(at + 80).min(bytes.len())];
        Some(format!("{} in …{}…", String::from_utf8_lossy(wanted), String::from_utf8_lossy(around)))
    }

    /// Files below `folder` that hold a password; how many files there were.
    fn below(&self, folder: &Path, found: &mut Vec<String>) -> usize {
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                count +=
                    if path.ends_with("secrets") || path.ends_with("treasury") { 0 } else { self.below(&path, found) };
                continue;
            }
            count += 1;
            found.extend(self.finds(&fs::read(&path).unwrap()).map(|what| format!("{}: {what}", path.display())));
        }
        count
    }
}

/// Pages that echo the credentials, and errors that could hold an address.
fn faults() -> FaultPlan {
    let on = |plan: FaultPlan, name: &str| plan.upload().named(name).once();
    let plan = on(FaultPlan::new(), "refused").refuse_for_good("File rejected");
    let plan = on(plan, "later").refuse_for_now(None);
    let plan = on(plan, "unknown").unknown_html();
    let plan = on(plan, "failed").status_500();
    let plan = on(plan, "elsewhere").redirect_elsewhere("http://127.0.0.1:9/depot-xt");
    let plan = on(plan, "expired").session_expired();
    let plan = on(plan, "password").wrong_password();
    let plan = on(plan, "cut").cut_response_at(30, false);
    let plan = plan.entry().nth(2).unknown_html().form().nth(2).unknown_html();
    let plan = plan.listing().nth(1).unknown_html().listing().nth(2).cut_response_at(20, false);
    plan.download()
        .named("R1")
        .once()
        .refuse_for_good("No such file")
        .download()
        .named("R2")
        .once()
        .cut_body_at(3, false)
}

/// The house, and every word that the program said.
struct Told {
    house: House,
    words: Vec<(String, Vec<u8>)>,
}

impl Told {
    fn say(&mut self, arguments: &[&str]) {
        let mut command = self.house.command(arguments);
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        let output = command.output().unwrap();
        for stream in [output.stdout, output.stderr] {
            self.words.push((arguments.join(" "), stream));
        }
    }

    /// In words and for programs.
    fn ask(&mut self, arguments: &[&str]) {
        self.say(arguments);
        self.say(&[arguments, &["--json"]].concat());
    }

    /// Passes and retrievals until something is so.
    fn work(&mut self, until: impl Fn(&House) -> bool) {
        for _ in 0..60 {
            self.say(&["run", "--once"]);
            self.say(&["retrieve"]);
            if until(&self.house) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the day does not end: {:?} {:?}", self.house.consignments(), self.house.ledger());
    }

    fn ask_everything(&mut self) {
        for command in ["check", "status", "history", "log"] {
            self.ask(&[command]);
        }
        self.ask(&["check", "--online"]);
        let rows = self.house.consignments().into_iter().map(|row| row.id.to_string());
        let returns =
            self.house.journal(async |reader| reader.last_returns(u32::MAX).await.unwrap()).unwrap_or_default();
        for id in rows.chain(returns.into_iter().map(|row| row.id.to_string())) {
            self.ask(&["show", &id]);
        }
    }
}

/// A phrase that nobody may read in what a backup or a restore leaves.
const PHRASE: &str = "KANARICINQ mots de passe";

impl Told {
    /// Backs the station up with its secrets, and brings it back beside itself.
    fn back_up(&mut self) {
        self.house.secret("phrase", PHRASE);
        self.house.secret("fausse", "KANARISIX mots de passe");
        let root = self.house.folder.path().to_owned();
        let path = |below: &str| root.join(below).to_str().unwrap().to_owned();
        let (file, phrase, wrong) = (path("v.age"), path("secrets/phrase"), path("secrets/fausse"));
        self.say(&["backup", &file, "--work-factor", "10", "--passphrase-file", &phrase]);
        assert!(root.join("v.age").is_file(), "{:?}", self.words.last());
        self.say(&["backup", &file, "--work-factor", "10", "--passphrase-file", &phrase]);
        self.say(&["restore", &file, "--to", &path("faux"), "--passphrase-file", &wrong]);
        self.say(&["restore", &file, "--to", &path("retour"), "--passphrase-file", &phrase]);
        assert!(root.join("retour/secrets/VILLE.xfb").is_file(), "{:?}", self.words.last());
    }
}

/// A whole working day opposite a partner that echoes passwords this way.
fn day(echo: Echo, portal: Portal) -> Told {
    let plan = Plan { password: GATEWAY, portal: Some((portal, PORTAL)), echo, faults: faults(), ..Plan::default() };
    let mut told = Told { house: House::new(plan), words: Vec::new() };
    for name in ["good", "refused", "later", "unknown", "failed", "elsewhere", "expired", "cut"] {
        told.house.drop_file(&format!("{name}.txt"));
    }
    for name in ["R1", "R2", "R3"] {
        told.house.gateway.offer("ville", name, name.as_bytes()).unwrap();
    }
    told.work(|house| {
        house.received().len() >= 3 && house.consignments().iter().all(|row| !row.state.status().is_pending())
    });
    told.work(|house| house.ledger().iter().any(|line| line.kind == "served" && line.name.as_deref() == Some("R3")));
    told.house.drop_file("password.txt");
    told.say(&["run", "--once"]);
    told.ask(&["resume"]);
    told.house.gateway.set_faults(FaultPlan::new().login().wrong_password().entry().wrong_password());
    // Refused here too, in pages that tell the password.
    told.ask(&["check", "--online"]);
    told.house.drop_file("login.txt");
    told.say(&["run", "--once"]);
    told.ask_everything();
    told.house.gateway.set_faults(FaultPlan::new().entry().redirect_elsewhere("http://127.0.0.1:9/elsewhere"));
    told.ask(&["resume"]);
    told.say(&["run", "--once"]);
    told.ask_everything();
    told.back_up();
    told
}

fn nothing_leaves(echo: Echo, portal: Portal) {
    let told = day(echo, portal);
    let search = Search(spellings());
    let ledger = told.house.ledger();
    let kinds: Vec<&str> = ledger.iter().map(|line| line.kind.as_str()).collect();
    for kind in ["received", "refused", "login"] {
        assert!(kinds.contains(&kind), "the day lacks {kind}: {kinds:?}");
    }
    assert!(told.house.gateway.faults_fired() >= 10, "{} faults", told.house.gateway.faults_fired());

    let mut found = Vec::new();
    for secret in ["VILLE.xfb", "VILLE.xfb.portal_password"] {
        let bytes = fs::read(told.house.folder.path().join("secrets").join(secret)).unwrap();
        assert!(search.finds(&bytes).is_some(), "the search finds what is there");
    }
    let files = search.below(told.house.folder.path(), &mut found);
    assert!(files > 10, "{files} files were searched");
    let said: usize = told.words.iter().map(|(_, words)| words.len()).sum();
    assert!(said > 10_000, "{said} bytes were said");
    found.extend(told.words.iter().filter_map(|(who, words)| search.finds(words).map(|what| format!("{who}: {what}"))));
    assert_eq!(found, Vec::<String>::new(), "{echo:?}, {portal:?}");
}

/// A day with INSEE, whose pages tell the password this way.
fn nothing_leaves_towards_insee(echo: Echo) {
    let state = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let on = |plan: FaultPlan, name: &str| plan.upload().named(name).once();
    let plan = on(FaultPlan::new(), "refused").refuse_for_good("Registre inconnu");
    let plan = on(on(plan, "unknown").unknown_html(), "failed").status_500();
    let plan = on(on(plan, "later").refuse_for_now(None), "ended").session_expired();
    let servers = Aireppnet::builder(state.path()).account("34172", GATEWAY).plain_http().echo(echo).faults(plan);
    let servers = runtime.block_on(servers.start()).unwrap();
    let profile = format!(
        "\n[profiles.VILLE.aireppnet]\ncommune = \"34172\"\netat_civil_url = \"{}\"\ndelay_up = \"0s\"\n",
        servers.url(Server::EtatCivil)
    );
    let station = "\n[scenarios.ETATCIVIL]\nchannel = \"aireppnet\"\nprofile = \"VILLE\"\nwatch = 'inbox/*.038'\nfile_type = \"etat-civil\"\n";
    let house = House::new(Plan { profile, station: station.to_owned(), ..Plan::default() });
    house.secret("VILLE.aireppnet", GATEWAY);
    let mut told = Told { house, words: Vec::new() };
    for name in ["good", "refused", "unknown", "failed", "later", "ended"] {
        told.house.drop_file(&format!("{name}.038"));
    }
    told.work(|house| {
        let rows = house.consignments();
        rows.len() == 6 && rows.iter().all(|row| !row.state.status().is_pending())
    });
    servers.set_faults(FaultPlan::new().login().wrong_password());
    told.house.drop_file("password.038");
    told.say(&["run", "--once"]);
    told.ask_everything();
    assert!(servers.faults_fired() >= 6, "{} faults", servers.faults_fired());
    let search = Search(spellings());
    let mut found = Vec::new();
    let files = search.below(told.house.folder.path(), &mut found);
    assert!(files > 10, "{files} files were searched");
    let said = String::from_utf8_lossy(&told.words.iter().flat_map(|(_, words)| words).copied().collect::<Vec<u8>>())
        .into_owned();
    assert!(said.contains("***"), "the pages did tell the password");
    found.extend(told.words.iter().filter_map(|(who, words)| search.finds(words).map(|what| format!("{who}: {what}"))));
    assert_eq!(found, Vec::<String>::new(), "{echo:?}");
}

/// A mailbox of notices that cannot be reached: its password is with the profile all the same, and told nowhere.
#[test]
fn the_password_of_the_mailbox_of_notices() {
    let profile = "notices_server = \"127.0.0.1\"\nnotices_port = 9\nnotices_user = \"helios\"\nnotices_from = \"xfb@dgfip.invalid\"\n";
    let house = House::new(Plan { password: GATEWAY, profile: profile.to_owned(), ..Plan::default() });
    house.secret("VILLE.xfb.notices_password", PORTAL);
    let mut told = Told { house, words: Vec::new() };
    told.house.drop_file("good.txt");
    told.say(&["run", "--once"]);
    assert_eq!(told.house.received().len(), 1);
    told.ask_everything();
    let said: Vec<u8> = told.words.iter().flat_map(|(_, words)| words).copied().collect();
    assert!(String::from_utf8_lossy(&said).contains("mailbox-unreachable"), "it was looked for");
    let search = Search(spellings());
    let mut found = Vec::new();
    assert!(search.below(told.house.folder.path(), &mut found) > 5);
    found.extend(told.words.iter().filter_map(|(who, words)| search.finds(words).map(|what| format!("{who}: {what}"))));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn echoed_by_insee() {
    for echo in [Echo::Clear, Echo::Percent, Echo::Html] {
        nothing_leaves_towards_insee(echo);
    }
}

#[test]
fn echoed_in_clear() {
    nothing_leaves(Echo::Clear, Portal::Form);
}

#[test]
fn echoed_percent_encoded() {
    nothing_leaves(Echo::Percent, Portal::Form);
    nothing_leaves(Echo::PercentLower, Portal::Basic);
}

#[test]
fn echoed_form_encoded() {
    nothing_leaves(Echo::Form, Portal::Form);
}

#[test]
fn echoed_as_html() {
    nothing_leaves(Echo::Html, Portal::Basic);
}
