//! A maildir behind the surface of all mailboxes, without any server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use pecoto_smtp::mailbox::{Disposal, Fetched, Limits, MailId, Mailbox, Source};
use tempfile::TempDir;

fn maildir() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["new", "cur", "tmp"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

async fn open(folder: &TempDir) -> Mailbox {
    Mailbox::open(&Source::Maildir(folder.path().to_owned()), Limits::default()).await.unwrap()
}

async fn ids(mailbox: &mut Mailbox) -> Vec<MailId> {
    mailbox.list(|_| false).await.unwrap().new.into_iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn what_is_no_mail_stops_no_other_and_unfit_names_are_counted() {
    let folder = maildir();
    fs::create_dir(folder.path().join("new/1.folder")).unwrap();
    fs::write(folder.path().join("new/2.mail"), "Subject: s\n\n").unwrap();
    fs::write(folder.path().join("new/3 with spaces"), "Subject: s\n\n").unwrap();
    let mut mailbox = open(&folder).await;
    assert_eq!(mailbox.list(|_| false).await.unwrap().unfit, 1);
    let found = ids(&mut mailbox).await;
    assert!(matches!(mailbox.read(&found[0]).await.unwrap(), Fetched::Refused { .. }));
    assert!(matches!(mailbox.read(&found[1]).await.unwrap(), Fetched::Whole(_)));
}

#[tokio::test]
async fn marking_keeps_the_identity_and_every_flag() {
    let folder = maildir();
    fs::write(folder.path().join("new/1.host"), "Subject: s\n\n").unwrap();
    fs::write(folder.path().join("cur/2.host:2,FT"), "Subject: s\n\n").unwrap();
    let mut mailbox = open(&folder).await;
    let found = ids(&mut mailbox).await;
    for id in &found {
        mailbox.dispose(id, &Disposal::MarkSeen).await.unwrap();
        mailbox.dispose(id, &Disposal::MarkSeen).await.unwrap();
    }
    assert_eq!(ids(&mut mailbox).await, found);
    for name in ["cur/1.host:2,S", "cur/2.host:2,FST"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_is_no_maildir_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Mailbox::open(&Source::Maildir(folder.path().to_owned()), Limits::default()).await.unwrap_err();
    assert_eq!(refused.code(), "mailbox-not-a-folder");
}
