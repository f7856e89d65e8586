//! Backups of a station made by hand: what comes back, what is refused, and what is left behind.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use scheduler_core::consignment::{Acceptance, ConsignmentEvent, Lane, Status};
use scheduler_core::id::Id;
use scheduler_core::journal::{Draft, Event, Journal, Reader};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::key::Key;
use super::manifest::{Header, Member};
use super::*;
use crate::cli::Restore;
use crate::config::load_to_read;
use crate::exit::Exit;
use crate::testing::{CHANNELS, at, id};

const CONFIG: &str = "# la mairie\n[station]\nname = \"V\"\ndata_dir = 'donnees'\n\n\
    [profiles.VILLE.xfb]\nbase_url = \"https://gateway.example\"\nuser = \"u\"\n\n\
    [scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'mand/*'\ndestination = \"C175\"\napplication = \"GRCT450\"\n";

struct Town {
    folder: tempfile::TempDir,
    identity: age::x25519::Identity,
}

impl Town {
    /// A station with three files: two to be sent, one that arrived.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = Self { folder, identity: age::x25519::Identity::generate() };
        fs::create_dir_all(town.path("mand")).unwrap();
        fs::create_dir_all(town.path("donnees/store")).unwrap();
        fs::create_dir_all(town.path("traces/sessions")).unwrap();
        fs::write(town.path("taskctl.toml"), CONFIG).unwrap();
        fs::write(town.path("traces/20261122.log"), "la journée\n").unwrap();
        fs::write(town.path("traces/last.log"), "la session\n").unwrap();
        town.private("secrets/VILLE.xfb", "mot de passe");
        town.private("phrase", "correct horse battery staple\n");
        town.private("autre", "incorrect horse battery staple\n");
        let key = town.identity.to_string();
        town.private("cle.txt", key.expose_secret());
        let (journal, reader) = Journal::open(&town.path("donnees"), Clock::system(), Durability::Off).await.unwrap();
        for number in 1..=3 {
            town.accept(&journal, number).await;
        }
        let events = [
            ConsignmentEvent::Intended {
                session: id(9),
                gate: "g".to_owned(),
                numbers: Default::default(),
                identifiers: Default::default(),
            },
            ConsignmentEvent::Committing { session: id(9) },
            ConsignmentEvent::Deposited { identifiers: Default::default(), words: None },
        ];
        journal.commit(events.map(|event| Draft::consignment(id(3), event)).into()).await.unwrap();
        reader.close().await;
        journal.close().await;
        town
    }

    async fn accept(&self, journal: &Journal, number: i64) {
        let bytes = content(number);
        fs::write(self.path("donnees/store").join(id(number).to_string()), &bytes).unwrap();
        let facts = Acceptance {
            scenario: "MANDATS".to_owned(),
            lane: Lane::new("VILLE", "xfb"),
            source: format!("/srv/mand/{number}.xml"),
            name: format!("{number}.xml"),
            size: bytes.len() as u64,
            modified: at(0),
            sha1: String::new(),
            sha256: hash(&bytes),
            destination: "d".to_owned(),
            identity: None,
            held: None,
            sent_copy: false,
            again_of: None,
        };
        let accepted = ConsignmentEvent::Accepted(Box::new(facts));
        journal.commit(vec![Draft::consignment(id(number), accepted)]).await.unwrap();
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn private(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn loaded(&self) -> Loaded {
        load_to_read(&self.path("taskctl.toml"), CHANNELS).unwrap()
    }

    /// For a key: much faster than for a passphrase.
    fn wish(&self, file: &str) -> Backup {
        Backup {
            file: self.path(file),
            passphrase_file: None,
            recipients: vec![self.identity.to_public().to_string()],
            identity: None,
            without_secrets: false,
            work_factor: 10,
        }
    }

    fn with_phrase(&self, file: &str) -> Backup {
        Backup { recipients: Vec::new(), passphrase_file: Some(self.path("phrase")), ..self.wish(file) }
    }

    async fn backup(&self, wish: &Backup) -> Result<Made, BackupError> {
        backup(wish, &self.loaded(), CHANNELS).await
    }

    async fn restore(&self, file: &str, to: &str) -> Result<Brought, BackupError> {
        let wish = Restore {
            file: self.path(file),
            to: Some(self.path(to)),
            passphrase_file: None,
            identity: Some(self.path("cle.txt")),
        };
        restore(&wish, CHANNELS, "technicien").await
    }

    /// Names beside the station's own.
    fn strangers(&self) -> Vec<String> {
        let own = ["taskctl.toml", "mand", "donnees", "traces", "secrets", "phrase", "autre", "cle.txt"];
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !own.contains(&name.as_str()))
            .collect();
        names.extend(self.path("donnees/backup.work").exists().then(|| "backup.work".to_owned()));
        names.sort();
        names
    }

    /// What an archive with these members makes of a restore; nothing is left of it.
    async fn restore_forged(&self, forge: impl FnOnce(&mut Forge)) -> BackupError {
        let mut forged = Forge::default();
        forge(&mut forged);
        forged.write(&self.path("forged.age"), &self.identity);
        let error = self.restore("forged.age", "out").await.unwrap_err();
        assert_eq!(self.strangers(), ["forged.age"], "{error}");
        error
    }
}

fn content(number: i64) -> Vec<u8> {
    format!("content {number}\n").repeat(100).into_bytes()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn events(data_dir: &Path) -> Vec<Event> {
    let reader = Reader::open(data_dir).await.unwrap();
    reader.verify().await.unwrap().unwrap();
    reader.events_after(0, u32::MAX).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

fn mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_comes_back_held() {
    let town = Town::new().await;
    let made = town.backup(&town.with_phrase("v.age")).await.unwrap();
    assert_eq!((made.facts.members, made.verified_with), (8, Verified::Passphrase));
    assert_eq!((town.strangers(), mode(&made.path)), (vec!["v.age".to_owned()], 0o600));
    let wish = |phrase: &str| Restore {
        file: made.path.clone(),
        to: Some(town.path("retour")),
        passphrase_file: Some(town.path(phrase)),
        identity: None,
    };
    let refused = restore(&wish("autre"), CHANNELS, "technicien").await.unwrap_err();
    assert_eq!((refused.code(), refused.exit()), ("backup-wrong-key", Exit::Usage));
    assert_eq!(town.strangers(), ["v.age"]);

    let brought = restore(&wish("phrase"), CHANNELS, "technicien").await.unwrap();
    assert_eq!((brought.held, brought.readable), (2, true));
    assert_eq!(town.strangers(), ["retour", "v.age"]);
    let (before, after) = (events(&town.path("donnees")).await, events(&town.path("retour/data")).await);
    assert_eq!((&after[..before.len()], after.len()), (&before[..], before.len() + 3), "the same past, then the hold");
    for number in 1..=3 {
        let path = town.path("retour/data/store").join(id(number).to_string());
        assert_eq!(fs::read(path).unwrap(), content(number));
    }
    let reader = Reader::open(&town.path("retour/data")).await.unwrap();
    assert_eq!(reader.counts().await.unwrap(), [(Status::Held, 2), (Status::Deposited, 1)].into());
    let mark = reader.small().await.unwrap().restored.unwrap();
    assert_eq!((mark.from.seq, mark.from.hash), (made.facts.seq, made.facts.hash));
    assert_eq!(fs::read_to_string(town.path("retour/secrets/VILLE.xfb")).unwrap(), "mot de passe");
    assert_eq!(mode(&town.path("retour/secrets/VILLE.xfb")), 0o600);
    assert_eq!(mode(&town.path("retour")), 0o700);
    assert_eq!(fs::read_to_string(town.path("retour/traces/20261122.log")).unwrap(), "la journée\n");
    let moved = load_to_read(&town.path("retour/taskctl.toml"), CHANNELS).unwrap();
    assert_eq!(moved.settings.data_dir, town.path("retour/data"));
    assert_eq!(moved.scenarios[0].folder, town.path("mand"), "what the station watches stays where it is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_stay_where_they_are_when_asked() {
    let town = Town::new().await;
    let wish = Backup { without_secrets: true, ..town.wish("v.age") };
    let made = town.backup(&wish).await.unwrap();
    assert_eq!(made.left_out, ["le secret VILLE.xfb"], "nobody misses what was never given");
    assert_eq!(made.verified_with, Verified::EphemeralKey);
    town.restore("v.age", "retour").await.unwrap();
    assert!(!town.path("retour/secrets").exists());
    town.private("secrets/VILLE.xfb.portal_password", "p");
    let wish = Backup { without_secrets: true, ..town.wish("w.age") };
    let made = town.backup(&wish).await.unwrap();
    assert_eq!(made.left_out, ["le secret VILLE.xfb", "le secret VILLE.xfb.portal_password"]);
}

/// The old machine may be gone: what profiles name comes along, and what does not is told with what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorities_and_keys_that_profiles_name_come_back() {
    let town = Town::new().await;
    let named = "user = \"u\"\nca = 'pki/ca.pem'\nclient_key = 'pki/m.key'\nnotices = 'mels'\n";
    fs::write(town.path("taskctl.toml"), CONFIG.replace("user = \"u\"\n", named)).unwrap();
    for name in ["ca.pem", "m.key"] {
        town.private(&format!("pki/{name}"), name);
    }
    let channels = partners::CHANNELS;
    let loaded = load_to_read(&town.path("taskctl.toml"), channels).unwrap();
    backup(&town.wish("v.age"), &loaded, channels).await.unwrap();
    let wish = Backup { without_secrets: true, ..town.wish("w.age") };
    let made = backup(&wish, &loaded, channels).await.unwrap();
    assert!(made.left_out.iter().any(|what| what.contains("VILLE.xfb.client_key")), "{:?}", made.left_out);
    fs::rename(town.path("pki"), town.path("donnees/pki")).unwrap();
    fs::rename(town.path("secrets"), town.path("donnees/secrets")).unwrap();

    let back = async |file: &str, to: &str| {
        let (file, to) = (town.path(file), Some(town.path(to)));
        let wish = Restore { file, to, passphrase_file: None, identity: Some(town.path("cle.txt")) };
        restore(&wish, channels, "technicien").await
    };
    let brought = back("v.age", "retour").await.unwrap();
    assert_eq!(brought.missing.len(), 1, "{:?}", brought.missing);
    assert!(brought.missing[0].contains("mels (profiles.VILLE.xfb.notices)"), "{:?}", brought.missing);
    let loaded = load_to_read(&brought.config, channels).unwrap();
    for (field, content) in [("ca", "ca.pem"), ("client_key", "m.key")] {
        let path = loaded.profiles[0].fields.path(field).unwrap();
        assert!(path.starts_with(town.path("retour/secrets")), "{}", path.display());
        assert_eq!((fs::read_to_string(path).unwrap().as_str(), mode(path)), (content, 0o600));
    }

    let brought = back("w.age", "sans").await.unwrap();
    let text = brought.render();
    let config = brought.config.display();
    assert!(text.contains(&format!("le secret VILLE.xfb : taskctl secret set VILLE.xfb --config {config}")), "{text}");
    assert!(text.contains("pki/m.key (profiles.VILLE.xfb.client_key) : copiez-le là"), "{text}");
    assert!(!text.contains("ca.pem"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_proves_that_its_owner_can_open_it() {
    let town = Town::new().await;
    let other = age::x25519::Identity::generate().to_public().to_string();
    let wish = Backup { identity: Some(town.path("cle.txt")), ..town.wish("v.age") };
    assert_eq!(town.backup(&wish).await.unwrap().verified_with, Verified::Identity);
    let wrong = Backup { recipients: vec![other], file: town.path("w.age"), ..wish };
    let refused = town.backup(&wrong).await.unwrap_err();
    assert_eq!((refused.code(), refused.exit()), ("backup-unverified", Exit::Integrity));
    assert_eq!(town.strangers(), ["v.age"], "what cannot be opened is not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_exists_is_replaced() {
    let town = Town::new().await;
    fs::write(town.path("v.age"), "precious").unwrap();
    assert_eq!(town.backup(&town.wish("v.age")).await.unwrap_err().code(), "backup-exists");
    assert_eq!(fs::read_to_string(town.path("v.age")).unwrap(), "precious");
    fs::write(town.path("w.age.partial"), "precious").unwrap();
    assert_eq!(town.backup(&town.wish("w.age")).await.unwrap_err().code(), "backup-partial");
    assert_eq!(fs::read_to_string(town.path("w.age.partial")).unwrap(), "precious");

    town.backup(&town.wish("x.age")).await.unwrap();
    fs::create_dir(town.path("plein")).unwrap();
    fs::write(town.path("plein/fichier"), "precious").unwrap();
    fs::create_dir(town.path("vide")).unwrap();
    std::os::unix::fs::symlink(town.path("vide"), town.path("lien")).unwrap();
    for target in ["plein", "plein/fichier", "lien"] {
        let refused = town.restore("x.age", target).await.unwrap_err();
        assert_eq!((refused.code(), refused.exit()), ("restore-target", Exit::Usage), "{target}");
    }
    assert_eq!(fs::read_dir(town.path("plein")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(town.path("vide")).unwrap().count(), 0);
    town.restore("x.age", "vide").await.unwrap();
    assert_eq!(town.strangers(), ["lien", "plein", "v.age", "vide", "w.age.partial", "x.age"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_store_makes_no_backup() {
    let town = Town::new().await;
    let path = town.path("donnees/store").join(id(1).to_string());
    let mut other = content(1);
    other[7] ^= 1;
    for damage in [Some(other), Some(b"short".to_vec()), None] {
        match damage {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let refused = town.backup(&town.wish("v.age")).await.unwrap_err();
        assert_eq!((refused.code(), refused.exit()), ("backup-store", Exit::Integrity));
        assert_eq!(town.strangers(), [""; 0]);
    }
    fs::write(&path, content(1)).unwrap();
    fs::remove_file(town.path("donnees/store").join(id(3).to_string())).unwrap();
    let made = town.backup(&town.wish("v.age")).await.unwrap();
    assert!(
        made.left_out.iter().any(|what| what.ends_with("réserve : 1")),
        "a purged file is said: {:?}",
        made.left_out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_backup_at_a_time_and_what_a_kill_left_is_swept() {
    let town = Town::new().await;
    let work = Work::new(&town.path("donnees")).unwrap();
    assert_eq!(town.backup(&town.wish("v.age")).await.unwrap_err().code(), "backup-busy");
    fs::write(work.path().join("left"), "by a kill").unwrap();
    std::mem::forget(work);
    // The system frees the lock of a process that dies; here the descriptor stays open, so another folder stands for it.
    let second = tempfile::tempdir().unwrap();
    fs::create_dir_all(second.path().join("backup.work/trial")).unwrap();
    let work = Work::new(second.path()).unwrap();
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 0);
}

/// Whatever byte is changed, wherever it is cut: refused, and nothing is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_noticed() {
    let town = Town::new().await;
    let made = town.backup(&town.wish("v.age")).await.unwrap();
    let whole = fs::read(&made.path).unwrap();
    let key = Key::Identities(vec![town.identity.clone()]);
    let file = town.path("altered.age");
    let meter = Meter::new("", &Arc::default());
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&file, bytes).unwrap();
        let into = tempfile::tempdir().unwrap();
        let outcome = unpack::unpack(&file, &key, into.path(), &meter);
        let code = outcome.err().unwrap_or_else(|| panic!("{what} was not noticed")).code();
        assert!(matches!(code, "backup-damaged" | "backup-foreign" | "backup-wrong-key"), "{what}: {code}");
    };
    let header = 600;
    let places = (0..header).chain((header..whole.len()).step_by(977)).chain(whole.len() - 40..whole.len());
    for place in places {
        let mut altered = whole.clone();
        altered[place] ^= 1 << (place % 8);
        refused(&altered, &format!("byte {place}"));
    }
    let chunk = 64 * 1024 + 16;
    let cuts = (0..header).step_by(7).chain((header..whole.len()).step_by(1409));
    let borders = (1..=whole.len() / chunk).flat_map(|n| [n * chunk - 1, n * chunk, n * chunk + 1]);
    for cut in cuts.chain(borders).chain([whole.len() - 1]) {
        refused(&whole[..cut.min(whole.len() - 1)], &format!("cut at {cut}"));
    }
    refused(&[&whole[..], b"x"].concat(), "one byte more");
    let opened = tempfile::tempdir().unwrap();
    unpack::unpack(&made.path, &key, opened.path(), &meter).unwrap();
}

/// What is forged, how, and the code of the refusal.
type Forged = (&'static str, fn(&mut Forge), &'static str);

/// A tar archive made by somebody who knows the public key, and wants more than a restore.
struct Forge {
    header: Header,
    members: Vec<Member>,
    entries: Vec<(tar::Header, Vec<u8>)>,
    tail: Vec<u8>,
}

impl Default for Forge {
    fn default() -> Self {
        let header = Header {
            kind: Header::kind(),
            version: manifest::VERSION,
            station: "V".to_owned(),
            created: at(0),
            program: "0.1.0".to_owned(),
            seq: 0,
            hash: "0".repeat(64),
            config: "taskctl.toml".to_owned(),
            base: PathBuf::from("/etc/taskctl"),
            members: 0,
            bytes: 0,
            left_out: Vec::new(),
        };
        Self { header, members: Vec::new(), entries: Vec::new(), tail: vec![0; 1024] }
    }
}

impl Forge {
    fn announce(&mut self, name: &str, bytes: &[u8]) {
        let size = bytes.len() as u64;
        self.members.push(Member { name: name.to_owned(), size, sha256: hash(bytes), from: None });
        self.header.members += 1;
        self.header.bytes += size;
    }

    fn entry(&mut self, name: &str, kind: tar::EntryType, bytes: &[u8]) {
        let mut header = tar::Header::new_ustar();
        let field = &mut header.as_ustar_mut().unwrap().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        self.entries.push((header, bytes.to_vec()));
    }

    fn both(&mut self, name: &str, bytes: &[u8]) {
        self.announce(name, bytes);
        self.entry(name, tar::EntryType::Regular, bytes);
    }

    fn write(self, path: &Path, identity: &age::x25519::Identity) {
        let mut manifest = serde_json::to_string(&self.header).unwrap() + "\n";
        for member in &self.members {
            manifest += &(serde_json::to_string(member).unwrap() + "\n");
        }
        let mut first = Self::default();
        first.entry(manifest::NAME, tar::EntryType::Regular, manifest.as_bytes());
        let lock = Lock::Recipients(vec![identity.to_public()], Vec::new());
        let mut out = lock.encrypt(fs::File::create(path).unwrap()).unwrap();
        for (header, bytes) in first.entries.iter().chain(&self.entries) {
            out.write_all(header.as_bytes()).unwrap();
            out.write_all(bytes).unwrap();
            out.write_all(&vec![0; (512 - bytes.len() % 512) % 512]).unwrap();
        }
        out.write_all(&self.tail).unwrap();
        out.finish().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_archives_are_refused_whole() {
    use tar::EntryType as Kind;
    let town = Town::new().await;
    for name in ["../evil", "/tmp/evil", "store/../../../evil", "secrets/../evil", "config/data", "evil", "config/a/b"]
    {
        let refused = town.restore_forged(|forge| forge.both(name, b"evil")).await;
        assert_eq!((refused.code(), refused.exit()), ("backup-hostile", Exit::Integrity), "{name}");
    }
    let good = "config/taskctl.toml";
    for kind in [
        Kind::Symlink,
        Kind::Link,
        Kind::Directory,
        Kind::Char,
        Kind::Fifo,
        Kind::GNULongName,
        Kind::XHeader,
        Kind::GNUSparse,
    ] {
        let refused = town
            .restore_forged(|forge| {
                forge.announce(good, b"evil");
                forge.entry(good, kind, b"evil");
            })
            .await;
        assert_eq!(refused.code(), "backup-hostile", "{kind:?}");
    }
    let cases: [Forged; 9] = [
        (
            "another name",
            |forge| {
                forge.announce("config/a.toml", b"x");
                forge.entry("config/b.toml", tar::EntryType::Regular, b"x");
            },
            "backup-hostile",
        ),
        (
            "another size",
            |forge| {
                forge.announce("config/a.toml", b"x");
                forge.entry("config/a.toml", tar::EntryType::Regular, b"xx");
            },
            "backup-hostile",
        ),
        (
            "another content",
            |forge| {
                forge.announce("config/a.toml", b"x");
                forge.entry("config/a.toml", tar::EntryType::Regular, b"y");
            },
            "backup-damaged",
        ),
        ("missing", |forge| forge.announce("config/a.toml", b"x"), "backup-damaged"),
        ("unannounced", |forge| forge.entry("config/a.toml", tar::EntryType::Regular, b"x"), "backup-hostile"),
        (
            "twice",
            |forge| {
                forge.both("config/a.toml", b"x");
                forge.both("config/a.toml", b"x");
            },
            "backup-hostile",
        ),
        ("bytes after the end", |forge| forge.tail.extend(b"more"), "backup-hostile"),
        ("too big for any disk", |forge| forge.header.bytes = u64::MAX, "backup-space"),
        ("newer", |forge| forge.header.version = 2, "backup-too-new"),
    ];
    for (what, forge, code) in cases {
        assert_eq!(town.restore_forged(forge).await.code(), code, "{what}");
    }
    let refused = town.restore_forged(|forge| forge.both(good, b"")).await;
    assert_eq!(refused.code(), "backup-damaged", "no journal: {refused}");
    let refused = town.restore_forged(|forge| forge.both("journal.sqlite", &[7; 4096])).await;
    assert_eq!(refused.code(), "backup-damaged", "no database: {refused}");
}

/// A journal that is whole and is not the one that was announced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_must_end_as_announced_and_hold_its_chain() {
    let town = Town::new().await;
    let journal = fs::read(Reader::file(&town.path("donnees"))).unwrap();
    let refused = town.restore_forged(|forge| forge.both("journal.sqlite", &journal)).await;
    assert_eq!(refused.code(), "backup-damaged");
    assert!(refused.to_string().contains("does not end"), "{refused}");
}

/// Reading back decides: a file that changed on its way to the disk never gets its name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_disk_altered_is_not_valid() {
    let town = Town::new().await;
    let (lock, _) = lock(&town.wish("v.age"), Language::Fr).unwrap();
    let loaded = town.loaded();
    let work = Work::new(&loaded.settings.data_dir).unwrap();
    let meter = Meter::new("", &Arc::default());
    let what = content::Wanted { loaded: &loaded, named: &[], secrets: true };
    let content = content::gather(what, &work, at(0), &meter).await.unwrap();
    let path = town.path("v.age.partial");
    pack::pack(&content, &lock, fs::File::create(&path).unwrap(), &path, &meter).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    let refused =
        verify(&path, &lock, &content.header, &work, &meter).await.map_err(BackupError::unverified).unwrap_err();
    assert_eq!((refused.code(), refused.exit()), ("backup-unverified", Exit::Integrity));
}

#[test]
fn passphrases_and_keys_are_refused_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        path
    };
    let phrase = |text: &str, mode| key::new_passphrase_in(&file("phrase", text, mode)).err().map(|error| error.code());
    assert_eq!(phrase("long enough to be tried\r\n", 0o600), None);
    assert_eq!(phrase("eleven char", 0o600), Some("backup-passphrase-short"));
    assert_eq!(phrase("long enough\nbut two lines", 0o600), Some("backup-key-file"));
    assert_eq!(phrase("", 0o600), Some("backup-key-file"));
    assert_eq!(phrase("long enough to be tried", 0o640), Some("backup-key-open"));
    let keys = |text: &str| Lock::recipients(&[text.to_owned()], None).err().map(|error| error.code());
    assert_eq!(keys("age1notakey"), Some("backup-recipient"));
    let secret = age::x25519::Identity::generate();
    assert_eq!(keys(&secret.to_public().to_string()), None);
    let error =
        Lock::recipients(&[secret.to_public().to_string()], Some(&file("cle", "AGE-SECRET-KEY-1KANARI", 0o600)));
    let error = error.err().unwrap();
    assert_eq!(error.code(), "backup-key-file");
    assert!(!error.to_string().contains("KANARI") && !error.in_words(Language::Fr).contains("KANARI"));
}

/// P16: a backup that this version wrote opens in every later one, whose station is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_the_first_format_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (file, identity) = (folder.path().join("mairie.age"), folder.path().join("cle.txt"));
    fs::write(&file, include_bytes!("fixtures/backup-format-1.age")).unwrap();
    fs::write(&identity, include_str!("fixtures/age-1.1.1.key")).unwrap();
    fs::set_permissions(&identity, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let to = Some(folder.path().join("retour"));
    let wish = Restore { file, to, passphrase_file: None, identity: Some(identity) };
    let brought = restore(&wish, CHANNELS, "technicien").await.unwrap();
    assert_eq!((brought.held, brought.header.seq), (1, 13));
    let reader = Reader::open(&folder.path().join("retour/data")).await.unwrap();
    let row = reader.last_consignments(1).await.unwrap().remove(0);
    let bytes = fs::read(folder.path().join("retour/data/store").join(row.id.to_string())).unwrap();
    assert_eq!((row.facts.name.as_str(), row.state.status(), bytes), ("a.xml", Status::Held, b"<PES/>\n".to_vec()));
}

/// Made by another program: the header and the encryption are age's, not ours.
#[test]
fn a_file_of_another_implementation_is_opened() {
    const FILE: &[u8] = include_bytes!("fixtures/age-1.1.1.age");
    const KEY: &str = include_str!("fixtures/age-1.1.1.key");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.age");
    fs::write(&path, FILE).unwrap();
    let identity = KEY.lines().find(|line| line.starts_with("AGE-")).unwrap().parse().unwrap();
    let mut text = String::new();
    let mut opened = Key::Identities(vec![identity]).decrypt(&path).unwrap();
    io::Read::read_to_string(&mut opened, &mut text).unwrap();
    assert_eq!(text, "known answer\n".repeat(5_200));
}

#[test]
fn identifiers_of_the_tests_are_those_of_the_store() {
    assert!(manifest::place(&format!("store/{}", id(1))).is_some());
    let _: Id = id(1);
}

#[test]
fn every_code_has_its_sentences() {
    let missing: Vec<&str> =
        BackupError::CODES.into_iter().filter(|code| !catalogue::codes().any(|known| known == *code)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn what_people_read() {
    let zone = crate::testing::paris();
    let view = View { language: Language::Fr, zone: &zone, style: crate::output::Style::PLAIN };
    let facts =
        BackupMade { file: "v.age".to_owned(), seq: 143, hash: "9f".repeat(32), members: 57, bytes: 12_897_321 };
    let left_out = vec!["le secret VILLE.xfb".to_owned()];
    let path = PathBuf::from("/mnt/nas/v.age");
    let made = Made { path, facts, left_out, verified_with: Verified::EphemeralKey };
    let mut held = crate::testing::consignment(1, scheduler_core::consignment::State::Queued);
    held.facts.name = "a.xml".to_owned();
    let origin =
        scheduler_core::journal::Origin { file: "v.age".to_owned(), created: at(0), seq: 143, hash: "9f".repeat(32) };
    let restored = scheduler_core::journal::Restored { from: origin, who: "technicien".to_owned(), at: at(60) };
    let contacts = vec![("VILLE.xfb".to_owned(), "Assistance DGFiP, 01 02 03 04 05".to_owned())];
    let registers = [("numrec".to_owned(), 42)].into();
    let asked = resume::sample(Some(restored), registers, vec![held], contacts);
    let errors: String = [
        BackupError::WrongKey,
        BackupError::Target(PathBuf::from("/srv/taskctl")),
        BackupError::Damaged("its header is cut".to_owned()).unverified(),
    ]
    .map(|error| error.in_words(view.language) + "\n")
    .concat();
    insta::assert_snapshot!(made.render(true, view) + "\n" + &asked.questions(view) + "\n" + &errors);
}
