//! A station's past opens in its future (P16): stations that released versions left, opened by the present program.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use scheduler_core::consignment::Status;
use scheduler_core::journal::{Query, Reader};

fn fixture(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("station-{version}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// A copy of the station, with the secret and the folders that are not kept with it.
struct Past(tempfile::TempDir);

impl Past {
    fn of(version: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(version), folder.path());
        for name in ["depot", "mails", "secrets"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let secret = folder.path().join("secrets/VILLE.xfb");
        fs::write(&secret, "mot-de-passe-de-demonstration").unwrap();
        fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Self(folder)
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("donnees")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskctl"));
        command.arg("--config").arg(self.0.path().join("taskctl.toml")).args(arguments);
        command.stdin(Stdio::null()).env("NO_COLOR", "1").env("USER", "agent").env_remove("SUDO_USER");
        command.output().unwrap()
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn journal<T>(&self, act: impl AsyncFnOnce(Reader) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { act(Reader::open(&self.data()).await.unwrap()).await })
    }

    fn sql(&self, sql: &str) {
        let status = Command::new("sqlite3").arg(Reader::file(&self.data())).arg(sql).status().unwrap();
        assert!(status.success());
    }
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Read before anything is brought up to date, then after the station wrote to it: the same history, and new events are added to the old chain.
#[test]
fn a_station_of_version_0_1_0_goes_on() {
    let past = Past::of("0.1.0");
    let history = past.says(&["history"]);
    insta::assert_snapshot!("history_of_0_1_0", history);
    let status = past.says(&["status"]);
    assert!(
        status
            .contains("préparé 1 · retenu 1 · en attente 1 · incertain 1 · déposé 1 · diffusé 8 · refusé 1 · annulé 1"),
        "{status}"
    );
    assert_eq!(past.run(&["verify"]).status.code(), Some(2), "not yet brought up to date");
    let before = past.journal(async |reader| reader.head().await.unwrap());
    assert_eq!(past.run(&["pause"]).status.code(), Some(0));
    assert_eq!(past.says(&["history"]), history);
    past.journal(async |reader| {
        assert!(reader.head().await.unwrap().seq > before.seq);
        assert!(
            reader.search(&Query::default()).await.unwrap().iter().any(|row| row.state.status() == Status::Refused)
        );
        assert_eq!(reader.small().await.unwrap().registers["numrec"], 3);
    });
    let verified = past.run(&["verify", "--head", &before.hex()]);
    assert_eq!(verified.status.code(), Some(0), "{}", words(&verified));
    let held = history.lines().find(|line| line.contains("titre_vide")).unwrap().rsplit('\t').next().unwrap();
    assert_eq!(past.run(&["cancel", held, "--why", "fichier vide"]).status.code(), Some(0));
    assert!(past.says(&["show", held]).contains(", « fichier vide »"));
}

#[test]
fn a_newer_journal_is_refused_in_words() {
    let past = Past::of("0.1.0");
    past.sql("PRAGMA user_version = 99");
    for command in ["status", "history", "pause", "verify"] {
        let output = past.run(&[command]);
        let told = words(&output);
        assert_eq!(output.status.code(), Some(2), "{command}: {told}");
        assert!(told.contains("Le journal a été écrit par une version plus récente de taskctl."), "{told}");
        assert!(told.contains("Installez la version la plus récente."), "{told}");
    }
}

#[test]
fn an_event_of_a_newer_version_is_refused_in_words() {
    let past = Past::of("0.1.0");
    assert_eq!(past.run(&["pause"]).status.code(), Some(0));
    let id = past.journal(async |reader| reader.last_consignments(1).await.unwrap()[0].id.to_string());
    past.sql("UPDATE events SET body = replace(body, '\"event\":\"accepted\"', '\"event\":\"beamed-up\"') WHERE subject = (SELECT MAX(id) FROM consignments)");
    let output = past.run(&["show", &id]);
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    assert!(words(&output).contains("Le journal a été écrit par une version plus récente de taskctl."));
}

#[test]
fn verify_tells_a_technician_what_is_wrong() {
    let past = Past::of("0.1.0");
    assert_eq!(past.run(&["pause"]).status.code(), Some(0));
    let head = past.journal(async |reader| reader.head().await.unwrap().hex());
    let neutral = |text: String| text.replace(&head, "TÊTE");
    let whole = neutral(past.says(&["verify"]));
    fs::write(past.data().join("store/01m81gad3g000"), "autre chose").unwrap();
    fs::remove_file(past.data().join("store/01m81gad3g005")).unwrap();
    fs::write(past.data().join("store/notes.txt"), "?").unwrap();
    past.sql("UPDATE consignments SET status = 'deposited' WHERE name = 'budget_01.xml'");
    let spoilt = past.run(&["verify"]);
    assert_eq!(spoilt.status.code(), Some(5));
    let spoilt = neutral(String::from_utf8(spoilt.stdout).unwrap());
    let elsewhere = past.run(&["verify", "--head", &"ab".repeat(32)]);
    assert_eq!(elsewhere.status.code(), Some(5));
    let elsewhere = neutral(String::from_utf8(elsewhere.stdout).unwrap());
    past.sql("UPDATE events SET body = replace(body, 'mandat_01', 'mandat_99') WHERE seq = 5");
    past.sql("UPDATE events SET body = replace(body, 'mandat', 'Mandat')");
    let broken = past.run(&["verify"]);
    assert_eq!(broken.status.code(), Some(5));
    let broken = neutral(String::from_utf8(broken.stdout).unwrap());
    for (told, lines) in [
        (
            &whole,
            &[
                "événements, entière.",
                "  tête TÊTE",
                "Projections : refaites depuis les événements, identiques.",
                "Fichiers gardés : 18 relus, conformes au journal",
                "Tout est prouvé.",
            ][..],
        ),
        (
            &spoilt,
            &[
                "événements, entière.",
                "  consignments 01m81gad3g005 : modifiée",
                "  01m81gad3g000 mandat_01.xml : MODIFIÉ",
                "  01m81gad3g005 budget_01.xml : ABSENT",
                "  notes.txt",
                "La preuve est rompue. Ne supprimez rien",
            ],
        ),
        (&elsewhere, &["LA TÊTE DONNÉE N'EST PAS DANS LA CHAÎNE"]),
        (
            &broken,
            &[
                "Chaîne ROMPUE à l'événement ",
                "son contenu n'est pas celui qui a été écrit.",
                "Projections : non comparées",
            ],
        ),
    ] {
        for line in lines {
            assert!(told.contains(line), "« {line} » : {told}");
        }
    }
    let json: serde_json::Value = serde_json::from_slice(&past.run(&["verify", "--json"]).stdout).unwrap();
    assert_eq!((&json["sound"], &json["unknown"][0]), (&false.into(), &"notes.txt".into()));
    assert_eq!(past.run(&["verify", "--head", "xyz"]).status.code(), Some(2));
}

#[test]
fn purge_never_takes_what_is_young() {
    let past = Past::of("0.1.0");
    assert_eq!(past.run(&["pause"]).status.code(), Some(0));
    let refused = past.run(&["purge", "--older-than", "30d"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(words(&refused).contains("Ce qui est si récent n'est jamais purgé"), "{}", words(&refused));
    let nothing = past.run(&["purge", "--before", "2018-01-01"]);
    assert_eq!(
        (nothing.status.code(), words(&nothing).as_str()),
        (Some(0), "Rien à purger : rien n'était terminé avant le 01/01/2018 00:00.\n")
    );
}
