//! Looking at folders: what is reported, once, in which order, and what never stops the rest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use jiff::{SignedDuration, Timestamp};
use pecoto_smtp::mailbox::{
    Limits,
    maildir::{Look, Seen},
};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn maildir() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["new", "cur", "tmp"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

fn bytes(id: &str, day: u32) -> String {
    format!("Message-ID: <{id}>\nDate: Mon, {day} Jan 2024 08:00:00 +0100\nSubject: s\n\ntext\n")
}

/// Writes a mail whose last change lies `age` before [`NOW`].
fn put(folder: &Path, name: &str, content: &str, age: Duration) {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::from(NOW) - age).unwrap();
}

fn look(folder: &Path) -> Look {
    Look::new(folder, Limits::default())
}

fn keys(seen: &Seen) -> Vec<&str> {
    seen.mails.iter().map(|mail| mail.key.as_str()).collect()
}

fn codes(seen: &Seen) -> Vec<&str> {
    seen.problems.iter().map(|problem| problem.error.code()).collect()
}

fn later(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

#[test]
fn a_maildir_gives_new_and_cur_by_date_and_never_tmp() {
    let folder = maildir();
    fs::write(folder.path().join("cur/1.a.host:2,S"), bytes("second", 2)).unwrap();
    fs::write(folder.path().join("new/3.c.host"), bytes("first", 1)).unwrap();
    fs::write(folder.path().join("new/2.b.host"), bytes("third", 3)).unwrap();
    fs::write(folder.path().join("tmp/4.d.host"), bytes("unfinished", 4)).unwrap();
    fs::write(folder.path().join("new/.hidden"), bytes("hidden", 4)).unwrap();
    fs::write(folder.path().join("new/0.a.host"), "Subject: undated\nMessage-ID: <undated>\n\n").unwrap();
    let seen = look(folder.path()).look(NOW).unwrap();
    assert_eq!(keys(&seen), ["undated", "first", "second", "third"]);
    assert!(seen.problems.is_empty() && !seen.more);
}

#[test]
fn a_mail_is_reported_once_even_when_it_is_marked_as_read() {
    let folder = maildir();
    fs::write(folder.path().join("new/1.a.host"), bytes("one", 1)).unwrap();
    let mut look = look(folder.path());
    assert_eq!(keys(&look.look(NOW).unwrap()), ["one"]);
    fs::rename(folder.path().join("new/1.a.host"), folder.path().join("cur/1.a.host:2,S")).unwrap();
    assert_eq!(keys(&look.look(NOW).unwrap()), [""; 0]);
    fs::write(folder.path().join("new/2.b.host"), bytes("two", 1)).unwrap();
    assert_eq!(keys(&look.look(NOW).unwrap()), ["two"]);
}

/// Were the old mail parsed again, it would be found damaged.
#[test]
fn a_mail_that_was_read_is_not_opened_again() {
    let folder = maildir();
    let path = folder.path().join("cur/1.a.host:2,");
    fs::write(&path, bytes("one", 1)).unwrap();
    let mut look = look(folder.path());
    look.look(NOW).unwrap();
    fs::write(&path, "no mail any more").unwrap();
    let seen = look.look(NOW).unwrap();
    assert!(seen.mails.is_empty() && seen.problems.is_empty());
}

#[test]
fn a_look_takes_the_oldest_names_up_to_its_limit_and_says_that_more_is_left() {
    let folder = maildir();
    for n in 0..7 {
        fs::write(folder.path().join(format!("new/{n}.host")), bytes(&format!("{n}"), 20 - n)).unwrap();
    }
    let mut look = Look::new(folder.path(), Limits { messages_per_look: 3, ..Limits::default() });
    let rounds: Vec<_> = (0..4).map(|_| look.look(NOW).unwrap()).collect();
    assert_eq!(
        rounds.iter().map(keys).collect::<Vec<_>>(),
        [vec!["2", "1", "0"], vec!["5", "4", "3"], vec!["6"], vec![]]
    );
    assert_eq!(rounds.iter().map(|seen| seen.more).collect::<Vec<_>>(), [true, true, false, false]);
}

#[test]
fn one_bad_mail_is_a_problem_and_stops_no_other() {
    let folder = maildir();
    fs::write(folder.path().join("new/1.bad"), [0xff; 100]).unwrap();
    fs::write(folder.path().join("new/2.large"), vec![b'x'; 1_001]).unwrap();
    fs::create_dir(folder.path().join("new/3.folder")).unwrap();
    fs::write(folder.path().join("new/4.good"), bytes("good", 1)).unwrap();
    let mut look = Look::new(folder.path(), Limits { message_bytes: 1_000, ..Limits::default() });
    let seen = look.look(NOW).unwrap();
    assert_eq!(keys(&seen), ["good"]);
    assert_eq!(codes(&seen), ["mail-not-a-mail", "mail-too-large", "mail-unreadable"]);
    let again = look.look(NOW).unwrap();
    assert!(again.mails.is_empty() && again.problems.is_empty(), "each problem is reported once: {:?}", again.problems);
}

#[test]
fn an_unreadable_mail_is_read_as_soon_as_it_can_be() {
    let folder = maildir();
    let path = folder.path().join("new/1.host");
    fs::create_dir(&path).unwrap();
    let mut look = look(folder.path());
    assert_eq!(codes(&look.look(NOW).unwrap()), ["mail-unreadable"]);
    fs::remove_dir(&path).unwrap();
    fs::write(&path, bytes("late", 1)).unwrap();
    assert_eq!(keys(&look.look(NOW).unwrap()), ["late"]);
    assert_eq!(keys(&look.look(NOW).unwrap()), [""; 0]);
}

/// Opening a pipe without a writer would block for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_never_opened() {
    let folder = maildir();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("new/1.pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(codes(&look(folder.path()).look(NOW).unwrap()), ["mail-unreadable"]);
}

#[test]
fn nothing_changes_in_the_source() {
    let folder = maildir();
    fs::write(folder.path().join("new/1.host"), bytes("one", 1)).unwrap();
    let path = folder.path().join("new/1.host");
    let before = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    look(folder.path()).look(NOW).unwrap();
    assert_eq!((fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()), before);
    let names: Vec<_> = fs::read_dir(folder.path().join("cur")).unwrap().collect();
    assert!(names.is_empty());
}

#[test]
fn a_plain_folder_gives_its_old_eml_files_at_once_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let hour = Duration::from_secs(3_600);
    put(folder.path(), "b.eml", &bytes("second", 2), hour);
    put(folder.path(), "a.EML", &bytes("first", 2), hour);
    put(folder.path(), "c.eml.part", &bytes("part", 1), hour);
    put(folder.path(), "notes.txt", &bytes("notes", 1), hour);
    fs::create_dir(folder.path().join("d.eml")).unwrap();
    let mut look = look(folder.path());
    assert_eq!(keys(&look.look(NOW).unwrap()), ["first", "second"]);
    assert_eq!(keys(&look.look(later(60)).unwrap()), [""; 0]);
}

#[test]
fn a_growing_file_is_read_only_once_it_has_settled() {
    let folder = tempfile::tempdir().unwrap();
    let moment = Duration::from_millis(1);
    let mut look = look(folder.path());
    put(folder.path(), "a.eml", "Message-ID: <a>\n\nFichier", moment);
    let first = look.look(NOW).unwrap();
    assert_eq!((first.mails.len(), first.waiting), (0, 1));
    put(folder.path(), "a.eml", "Message-ID: <a>\n\nFichier : X.xml\n", moment);
    assert_eq!(look.look(later(3)).unwrap().waiting, 1, "it changed since the look before");
    assert_eq!(look.look(later(4)).unwrap().waiting, 1, "one second is not enough");
    let last = look.look(later(5)).unwrap();
    assert_eq!(last.mails[0].text, "Fichier : X.xml\n");
    assert_eq!(last.waiting, 0);
}

#[test]
fn a_file_that_was_replaced_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let hour = Duration::from_secs(3_600);
    let mut look = look(folder.path());
    put(folder.path(), "a.eml", "", hour);
    assert_eq!(codes(&look.look(NOW).unwrap()), ["mail-not-a-mail"]);
    put(folder.path(), "a.eml", &bytes("whole", 1), hour);
    assert_eq!(look.look(later(1)).unwrap().waiting, 1);
    assert_eq!(keys(&look.look(later(2)).unwrap()), ["whole"]);
}

#[test]
fn a_mail_that_left_is_forgotten_and_reported_if_it_returns() {
    let folder = maildir();
    let path = folder.path().join("new/1.host");
    fs::write(&path, bytes("one", 1)).unwrap();
    let mut look = look(folder.path());
    look.look(NOW).unwrap();
    fs::remove_file(&path).unwrap();
    look.look(NOW).unwrap();
    fs::write(&path, bytes("one", 1)).unwrap();
    assert_eq!(keys(&look.look(NOW).unwrap()), ["one"]);
}

#[test]
fn a_folder_that_is_none_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file, folder.path().join("missing")] {
        assert_eq!(look(&path).look(NOW).unwrap_err().code(), "mailbox-not-a-folder");
    }
}
