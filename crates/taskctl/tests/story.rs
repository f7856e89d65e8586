//! A technician's story, through the real program and opposite a simulated Treasury: the old station's settings are taken over, their mistakes found and
//! mended, files leave, the power is cut in the middle, the doubt is explained and settled, the whole is exported, proven, backed up and
//! restored elsewhere, where nothing is sent again.

#![allow(clippy::unwrap_used, reason = "in tests")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use partner_sim::{Gateway, Running, read_ledger};
use serde_json::Value;

const PASSWORD: &str = "mot-de-passe-de-test";

struct Town {
    folder: tempfile::TempDir,
    treasury: Running,
    _runtime: tokio::runtime::Runtime,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let builder = Gateway::builder(folder.path().join("treasury")).account("ville", PASSWORD).plain_http();
        let treasury = runtime.block_on(builder.start()).unwrap();
        for name in ["transfert/mand", "paye", "taskauto/backup"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        Self { folder, treasury, _runtime: runtime }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, config: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskctl"));
        command.arg("--config").arg(self.path(config)).args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).env("NO_COLOR", "1").env_remove("TASKCTL_CRASH_AT");
        command
    }

    /// Runs it on the station of that configuration, expects this exit code, gives what it printed.
    fn of(&self, config: &str, code: i32, arguments: &[&str]) -> String {
        let output = self.command(config, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    fn run(&self, code: i32, arguments: &[&str]) -> String {
        self.of("taskctl.toml", code, arguments)
    }

    fn json(&self, config: &str, arguments: &[&str]) -> Value {
        let output = self.command(config, &[arguments, &["--json"]].concat()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }

    fn drop_file(&self, name: &str) {
        fs::write(self.path("transfert/mand").join(name), format!("content of {name}\n")).unwrap();
    }

    /// How often the Treasury really received each file.
    fn received(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in read_ledger(self.treasury.ledger_path()).unwrap().into_iter().filter(|line| line.kind == "received")
        {
            *counts.entry(line.name.unwrap_or_default()).or_default() += 1;
        }
        counts
    }

    /// The old station's files, as it left them: in its own encoding, with its own mistakes.
    fn leave_old_settings(&self) {
        let automate = "[MANDATS]\r\nActif=1\r\nProtocole=VPN/HELIOS\r\nSujet du message=HÉLIOS\r\nSite de destination=C175\r\n\
            Référence applicative=GRCT450\r\nProfil de connexion=VILLE\r\nCorbeille de départ=c:\\transfert\\mand\\*\r\n\
            Déplacer les fichiers trouvés dans=c:\\transfert\\mand\r\nAction si le fichier existe déjà=Incrémenter\r\n\r\n\
            [TITRES]\r\nActif=1\r\nProtocole=VPN/HELIOS\r\nCode=GRCT450\r\nAlias=C175\r\nProfil de connexion=VILLE\r\n\
            Filtre=C:\\Transfert\\mand\\TITRE*.TXT\r\nBackup=c:\\taskauto\\backup\r\nCouleur=3\r\n\r\n\
            [PAYE]\r\nActif=1\r\nProtocole=VPN/HELIOS\r\nRéférence applicative=GRMH100\r\nSite de destination=A131\r\n\
            Profil de connexion=VILLE\r\nCorbeille de départ=t:\\paye\\*\r\nBackup=c:\\taskauto\\backup\r\n";
        let hconnect = format!(
            "[CONFIG]\r\nhorodatage=1\r\n\r\n[PROFIL:VILLE]\r\nAdresse de connexion={}\r\nIdentifiant=ville\r\nMot de passe={PASSWORD}\r\n",
            self.treasury.base_url()
        );
        for (name, text) in [("automate.ini", automate), ("hconnect.ini", hconnect.as_str())] {
            let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
            fs::write(self.path(name), bytes).unwrap();
        }
    }

    /// Corrects the configuration where `check` pointed.
    fn correct(&self, changes: &[(&str, &str)]) {
        let mut text = fs::read_to_string(self.path("taskctl.toml")).unwrap();
        for (wrong, right) in changes {
            assert!(text.contains(wrong), "{wrong} in {text}");
            text = text.replacen(wrong, right, 1);
        }
        fs::write(self.path("taskctl.toml"), text).unwrap();
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The codes of what `check` found.
fn codes(checked: &Value) -> Vec<&str> {
    let problems = checked["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

/// Each file's state, by name.
fn states(history: &Value) -> BTreeMap<String, String> {
    let rows = history["consignments"].as_array().unwrap();
    rows.iter().map(|row| (row["name"].as_str().unwrap().into(), row["state"].as_str().unwrap().into())).collect()
}

fn import(town: &Town) {
    town.leave_old_settings();
    let root = town.folder.path().display();
    let (transfert, taskauto) = (format!("c:\\transfert={root}/transfert"), format!("c:\\taskauto={root}/taskauto"));
    let told = town.of(
        "none.toml",
        1,
        &["import", "automate.ini", "hconnect.ini", "--map", &transfert, "--map", &taskauto, "-o", "taskctl.toml"],
    );
    assert!(told.contains("[TITRES] Couleur"), "what was not understood is told: {told}");
    let written = fs::read_to_string(town.path("taskctl.toml")).unwrap();
    assert!(!written.contains(PASSWORD) && !told.contains(PASSWORD), "a password was copied");
}

fn mend(town: &Town) {
    let checked = town.json("taskctl.toml", &["check"]);
    let found = codes(&checked);
    for planted in ["copies-caught", "scenario-shadowed", "dos-path", "secret-missing"] {
        assert!(found.contains(&planted), "{planted} in {found:?}");
    }
    let root = town.folder.path().display();
    town.correct(&[
        (&format!("watch = '{root}/transfert/mand/*'"), &format!("watch = '{root}/transfert/mand/mandat*'")),
        (&format!("backup = '{root}/transfert/mand'"), &format!("backup = '{root}/taskauto/backup'")),
        (r"watch = 't:\paye\*'", &format!("watch = '{root}/paye/*'")),
        ("user = \"ville\"", "user = \"ville\"\ndelay_up = \"0s\"\ndelay_down = \"0s\""),
        ("[station]", "[station]\nrescan = \"100ms\"\nquiet = \"50ms\"\nretry_first = \"50ms\""),
    ]);
    let mut secret = town
        .command("taskctl.toml", &["secret", "set", "VILLE.xfb"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(secret.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(secret.wait().unwrap().success());
    town.run(0, &["check"]);
}

/// Four files; the power goes while the second's last bytes may be leaving.
fn cut_the_power(town: &Town) -> String {
    (1..=4).for_each(|number| town.drop_file(&format!("mandat{number}.txt")));
    let cut =
        town.command("taskctl.toml", &["run", "--once"]).env("TASKCTL_CRASH_AT", "Committing:2").output().unwrap();
    assert_eq!(cut.status.code(), None, "killed: {}", said(&cut));
    town.run(6, &["run", "--once"]);
    let history = town.json("taskctl.toml", &["history"]);
    let doubtful = |row: &&Value| row["state"] == "uncertain";
    let doubts: Vec<&Value> = history["consignments"].as_array().unwrap().iter().filter(doubtful).collect();
    assert_eq!(doubts.len(), 1, "{history}");
    doubts[0]["name"].as_str().unwrap().to_owned()
}

fn settle(town: &Town, name: &str) {
    let told = town.run(6, &["explain", name]);
    assert!(told.contains("incertain") && told.contains("taskctl resolve"), "{told}");
    let history = town.json("taskctl.toml", &["history", "--name", name]);
    let id = history["consignments"][0]["id"].as_str().unwrap();
    let verdict = if town.received().contains_key(name) { "--deposited" } else { "--resend" };
    town.run(0, &["resolve", id, verdict, "--why", "vu avec Mme Martin, au téléphone"]);
    town.run(0, &["run", "--once"]);
    let received = town.received();
    assert!(received.len() == 4 && received.values().all(|count| *count == 1), "{received:?}");
}

fn prove(town: &Town) {
    town.run(0, &["export", "--format", "csv", "-o", "trace.csv"]);
    let trace = fs::read_to_string(town.path("trace.csv")).unwrap();
    assert_eq!(trace.lines().filter(|line| line.starts_with("sent;")).count(), 4, "{trace}");
    let head = trace.split(|c: char| !c.is_ascii_hexdigit()).rfind(|word| word.len() == 64).unwrap().to_owned();
    town.run(0, &["verify", "--head", &head]);
}

fn back_up(town: &Town) -> &'static str {
    let phrase = town.path("phrase");
    fs::write(&phrase, "quatre mots pris au hasard\n").unwrap();
    fs::set_permissions(&phrase, fs::Permissions::from_mode(0o600)).unwrap();
    town.run(0, &["backup", "ville.age", "--passphrase-file", "phrase", "--work-factor", "10"]);
    town.of("none.toml", 0, &["restore", "ville.age", "--to", "twin", "--passphrase-file", "phrase"]);
    "twin/taskctl.toml"
}

/// The twin knows all that the station knew, holds what was not finished, and touches nothing.
fn compare(town: &Town, twin: &str, before: &Value) {
    let (had, has) = (states(before), states(&town.json(twin, &["history"])));
    assert_eq!(had.keys().collect::<Vec<_>>(), has.keys().collect::<Vec<_>>());
    for (name, state) in &had {
        let expected = if state == "queued" { "held" } else { state };
        assert_eq!(has[name], expected, "{name}");
    }
    let finished = |history: &Value| -> Vec<Value> {
        let rows = history["consignments"].as_array().unwrap().iter();
        rows.filter(|row| row["state"] != "held" && row["state"] != "queued").cloned().collect()
    };
    assert_eq!(
        finished(before),
        finished(&town.json(twin, &["history"])),
        "what was finished is the same to the letter"
    );
    let received = town.received();
    town.drop_file("mandat6.txt");
    let told = town.of(twin, 6, &["run", "--once"]);
    assert!(told.contains("RESTAURÉE"), "{told}");
    assert_eq!(town.received(), received, "nothing is sent again");
    assert!(town.path("transfert/mand/mandat6.txt").exists(), "nothing is taken");
    town.of(twin, 0, &["verify"]);
}

#[test]
fn a_technician_s_story() {
    let town = Town::new();
    import(&town);
    mend(&town);
    let doubtful = cut_the_power(&town);
    settle(&town, &doubtful);
    prove(&town);
    // Something must be under way when the backup is made.
    town.run(0, &["pause"]);
    town.drop_file("mandat5.txt");
    town.run(1, &["run", "--once"]);
    let before = town.json("taskctl.toml", &["history"]);
    let twin = back_up(&town);
    compare(&town, twin, &before);
}
