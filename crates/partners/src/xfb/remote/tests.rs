use std::fs;
use std::path::Path;
use std::time::SystemTime;

use pecoto_smtp::mailbox::Source;
use scheduler_core::partner::{self, PointSecurity, Trust};

use super::*;

/// Mails looked at in one go.
const MANY: usize = 20;

/// A maildir stands for the server: the looks do not know the difference.
struct House {
    folder: tempfile::TempDir,
    remote: Remote,
    reader: Reader,
    mails: Mails,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        ["new", "cur"].iter().for_each(|part| fs::create_dir(folder.path().join(part)).unwrap());
        let (remote, mails) = (Self::remote(folder.path()), Mails::default());
        Self { folder, remote, reader: Reader::believing("xfb@gateway.invalid"), mails }
    }

    fn remote(folder: &Path) -> Remote {
        Self::remote_in(Source::Maildir(folder.to_owned()))
    }

    fn remote_in(source: Source) -> Remote {
        let (security, trust) = (PointSecurity::Clear, Trust::default());
        let point = Point { field: "notices_server", host: String::new(), port: 0, security, proxy: None, trust };
        let account = Account { source, name: "a mailbox".to_owned(), point };
        let settings = RemoteSettings { account, every: Duration::from_secs(1), days: 30 };
        Remote { at_once: MANY, ..Remote::new(settings) }
    }

    fn put(&self, name: &str, from: &str, subject: &str) {
        let mail =
            format!("From: <{from}>\r\nSubject: {subject}\r\nMessage-ID: <{name}@x>\r\n\r\nFichier : {name}\r\n");
        fs::write(self.folder.path().join("new").join(name), mail).unwrap();
    }

    fn notices(&self, from: usize, to: usize) {
        (from..to).for_each(|n| self.put(&format!("{n:05}"), "xfb@gateway.invalid", "Transfert correct"));
    }

    fn age(&self, name: &str, days: u64) {
        let file = fs::OpenOptions::new().write(true).open(self.folder.path().join("new").join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(days * 86_400)).unwrap();
    }

    async fn look(&self) -> partner::Notices {
        self.remote.look(&self.reader, &self.mails, Timestamp::now()).await.unwrap();
        self.mails.tell()
    }

    async fn keys(&self) -> Vec<String> {
        self.look().await.found.into_iter().map(|evidence| evidence.key).collect()
    }
}

#[tokio::test]
async fn each_mail_is_looked_at_once_and_stays_where_it_is() {
    let house = House::new();
    house.notices(0, 2);
    house.put("human", "maire@mairie.invalid", "Bonjour");
    house.put("forged", "xfb@gateway.example", "Transfert correct");
    fs::write(house.folder.path().join("new/broken"), "").unwrap();
    let first = house.look().await;
    assert_eq!(first.found.len(), 2);
    assert_eq!((first.left.unknown, first.left.others), (2, 1));
    house.notices(2, 3);
    let second = house.look().await;
    assert_eq!((second.found.len(), second.found[0].key.as_str()), (1, "00002@x"));
    assert_eq!(second.left, first.left, "counted once");
    assert_eq!(fs::read_dir(house.folder.path().join("new")).unwrap().count(), 6);
    assert_eq!(house.remote.seen.lock().await.names.len(), 6);
    fs::remove_file(house.folder.path().join("new/00000")).unwrap();
    assert_eq!(house.keys().await, [""; 0]);
    assert_eq!(house.remote.seen.lock().await.names.len(), 5, "what is gone is forgotten");
}

#[tokio::test]
async fn a_first_look_takes_the_newest_and_later_ones_everything() {
    let house = House::new();
    house.notices(0, MANY + 5);
    let first = house.keys().await;
    assert_eq!((first.len(), first[0].as_str()), (MANY, "00005@x"));
    house.notices(MANY + 5, 2 * MANY + 12);
    assert_eq!(house.keys().await.len(), MANY);
    assert_eq!(house.keys().await.len(), 7);
    assert_eq!(house.keys().await.len(), 0);
}

/// A mail at which every session breaks is tried again, after those that nobody looked at yet.
#[tokio::test]
async fn a_mail_that_breaks_the_session_hides_no_other() {
    let remote = House::remote_in(crate::breaking::mailbox().await);
    let house = House { remote, ..House::new() };
    for found in [0, 2] {
        house.remote.look(&house.reader, &house.mails, Timestamp::now()).await.unwrap_err();
        assert_eq!(house.mails.tell().found.len(), found, "tried last from then on");
    }
}

#[tokio::test]
async fn a_mail_that_broke_a_session_comes_last() {
    for first in [true, false] {
        let house = House::new();
        if !first {
            house.put("00000", "maire@mairie.invalid", "Bonjour");
            house.look().await;
        }
        house.notices(1, MANY + 5);
        let source = Source::Maildir(house.folder.path().to_owned());
        let breaking = Mailbox::open(&source, limits()).await.unwrap().list(|_| false).await.unwrap().new;
        let breaking = breaking.into_iter().find(|entry| entry.id.as_str().ends_with("00010")).unwrap();
        house.remote.seen.lock().await.stumble(&breaking.id);
        let (keys, last) = (house.keys().await, if first { "00010@x" } else { "00021@x" });
        assert_eq!((keys.len(), keys.last().map(String::as_str)), (MANY, Some(last)));
    }
}

#[tokio::test]
async fn what_is_too_old_is_left_alone_uncounted() {
    let house = House::new();
    house.notices(0, 3);
    house.age("00000", 31);
    house.age("00001", 29);
    let told = house.look().await;
    assert_eq!((told.found.len(), told.left.unknown), (2, 0));
}

/// A notice is a few lines; what claims to be one and is not, is not kept in memory.
#[tokio::test]
async fn a_mail_without_measure_is_not_read() {
    let house = House::new();
    let large = format!(
        "From: <xfb@gateway.invalid>\r\nSubject: Transfert correct\r\n\r\n{}",
        "x".repeat(usize::try_from(LARGEST).unwrap() + 1)
    );
    fs::write(house.folder.path().join("new/large"), large).unwrap();
    let told = house.look().await;
    assert_eq!((told.found.len(), told.left.unknown), (0, 1));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_told_and_looked_at_once_it_is() {
    let house = House::new();
    house.notices(0, 1);
    fs::rename(house.folder.path().join("cur"), house.folder.path().join("away")).unwrap();
    let error = house.remote.look(&house.reader, &house.mails, Timestamp::now()).await.unwrap_err();
    assert_eq!(error.code(), "mailbox-not-a-folder");
    fs::rename(house.folder.path().join("away"), house.folder.path().join("cur")).unwrap();
    assert_eq!(house.keys().await, ["00000@x"]);
}
