use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::clock::Clock;
use crate::journal::{Durability, Journal};

/// The data folder that version 0.1.0 left.
fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../taskctl/tests/fixtures/station-0.1.0/donnees")
}

/// A copy of it, brought up to date.
async fn old_station() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture().join("journal.sqlite"), folder.path().join("journal.sqlite")).unwrap();
    drop(Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap());
    fs::create_dir(folder.path().join("store")).unwrap();
    for entry in fs::read_dir(fixture().join("store")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join("store").join(entry.file_name())).unwrap();
    }
    folder
}

async fn look(folder: &Path) -> Audit {
    audit(folder, None, |_| {}).await.unwrap()
}

#[tokio::test]
async fn any_changed_byte_of_a_stored_file_is_named() {
    let folder = old_station().await;
    let found = look(folder.path()).await;
    assert!(found.is_sound() && found.unknown.is_empty(), "{found:?}");
    assert_eq!(found.files, 18);
    for (turn, entry) in fs::read_dir(folder.path().join("store")).unwrap().enumerate() {
        let path = entry.unwrap().path();
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        match turn * 7 % (whole.len() + 1) {
            place if place < whole.len() => changed[place] ^= 1 << (turn % 8),
            _ => changed.push(b'x'),
        }
        fs::write(&path, changed).unwrap();
        let spoilt = look(folder.path()).await.spoilt;
        let id = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            spoilt.iter().map(|spoilt| (spoilt.id.to_string(), &spoilt.wrong)).collect::<Vec<_>>(),
            [(id.to_owned(), &Wrong::Changed)]
        );
        fs::remove_file(&path).unwrap();
        assert_eq!(look(folder.path()).await.spoilt[0].wrong, Wrong::Missing);
        fs::write(&path, whole).unwrap();
    }
    fs::write(folder.path().join("store/notes.txt"), "x").unwrap();
    fs::write(folder.path().join("store/0000000000007"), "x").unwrap();
    let found = look(folder.path()).await;
    assert!(found.is_sound());
    assert_eq!(found.unknown, ["0000000000007", "notes.txt"]);
}

#[tokio::test]
async fn what_is_purged_meanwhile_is_not_missing() {
    let folder = old_station().await;
    let reader = Reader::open(folder.path()).await.unwrap();
    let known = reader.last_consignments(1).await.unwrap()[0].id;
    let gone = Id::first_at(Clock::system().now());
    let spoilt = |id, wrong| Spoilt { id, name: "a.xml".to_owned(), wrong };
    let found = [spoilt(known, Wrong::Missing), spoilt(gone, Wrong::Missing), spoilt(gone, Wrong::Changed)];
    let left = still(&reader, found.to_vec()).await.unwrap();
    assert_eq!(left, [found[0].clone(), found[2].clone()]);
}
