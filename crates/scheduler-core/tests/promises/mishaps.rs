//! Disks, folders and listings that misbehave: a clear word, nothing lost, and it goes on when they are mended.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command as Process;

use scheduler_core::consignment::Status;
use scheduler_core::request::Command;
use scheduler_core::station::{Station, Until};

use crate::support::{House, count};

/// A folder that cannot be written, for root too: a file stands in its place.
fn blocked(house: &House, name: &str) -> std::path::PathBuf {
    let blocked = house.path(name);
    fs::write(&blocked, "in the way").unwrap();
    blocked
}

#[tokio::test]
async fn without_its_backup_nothing_leaves() {
    let house = House::new();
    let mut setup = house.setup();
    let backup = blocked(&house, "backup");
    setup.scenarios[0].backup = Some(backup.clone());
    for number in 0..20 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    // As a service: the lane is awake and takes whatever is queued.
    house.serve_until(setup.clone(), async |station| count(station, Status::Held).await == 20).await;
    assert_eq!(house.held_by_partner(), [""; 0]);
    let rows = house.consignments().await;
    assert!(rows.iter().all(|row| row.state.why().unwrap().code == "backup-failed"));
    let station = house.run_once(setup).await;
    let release = || Command::Release { id: rows[0].id, why: "mended".to_owned() };
    station.serve(release(), "operator", Until::Settled).await.unwrap();
    assert_eq!(count(&station, Status::Held).await, 20, "not mended yet");

    fs::remove_file(&backup).unwrap();
    station.serve(release(), "operator", Until::Settled).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.held_by_partner(), [rows[0].facts.name.clone()]);
    assert_eq!(house.names("backup"), [rows[0].facts.name.clone()]);
}

/// A crash between the claim's release and anything else never lets a file leave without its backup, nor keeps the station from starting.
#[tokio::test]
async fn a_blocked_backup_folder_never_keeps_the_station_from_starting() {
    let house = House::new();
    let mut setup = house.setup();
    drop(house.run_once(setup.clone()).await);
    house.drop_file("a.xml", "content");
    drop(house.run_once(setup.clone()).await);
    let row = house.consignments().await.remove(0);
    // As a crash right after the commit leaves it: the claim still stands.
    fs::write(house.path("inbox/.taskctl").join(format!("{}~a.xml", row.id)), "content").unwrap();
    setup.scenarios[0].backup = Some(blocked(&house, "backup"));
    drop(house.run_once(setup).await);
    assert_eq!(house.names("inbox/.taskctl"), [""; 0]);
    assert_eq!(house.memory.ledger().len(), 1);
}

#[tokio::test]
async fn a_store_that_refuses_leaves_files_in_the_inbox() {
    let house = House::new();
    let (store, away) = (house.data().join("store"), house.data().join("store.away"));
    let mut mended = false;
    house.drop_file("a.xml", "content");
    house
        .serve_until(house.setup(), async |station| {
            if !mended && !away.exists() {
                fs::rename(&store, &away).unwrap();
            }
            if !mended && station.live().problems.contains_key("store-failed") {
                assert_eq!(house.names("inbox"), [".taskctl", "a.xml"]);
                fs::rename(&away, &store).unwrap();
                mended = true;
            }
            count(station, Status::Deposited).await == 1 && station.live().problems.is_empty()
        })
        .await;
    assert!(mended);
    assert_eq!(house.held_by_partner(), ["a.xml"]);
}

#[tokio::test]
async fn a_folder_that_vanished_is_reported_and_the_others_are_served() {
    let house = House::new();
    fs::create_dir(house.path("other")).unwrap();
    let mut other = house.scenario("other");
    other.folder = house.path("other");
    let setup = house.setup_of(vec![house.scenario("letters"), other], vec![house.profile("VILLE", "memory")]);
    fs::remove_dir(house.path("inbox")).unwrap();
    let missing = format!("folder-missing:{}", house.path("inbox").display());
    fs::write(house.path("other/a.xml"), "content").unwrap();
    let mut back = false;
    house
        .serve_until(setup, async |station| {
            let deposited = count(station, Status::Deposited).await;
            if !back && deposited == 1 && station.live().problems.contains_key(&missing) {
                fs::create_dir(house.path("inbox")).unwrap();
                house.drop_file("b.xml", "content of b");
                back = true;
            }
            deposited == 2 && station.live().problems.is_empty()
        })
        .await;
    assert!(back);
}

/// The disk keeps what was accepted even when the folder of returns is in the way; it is published when the folder is mended.
#[tokio::test]
async fn a_return_waits_in_the_store_for_its_folder() {
    let house = House::new();
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.retrieve.after_send = true;
    let blocked = blocked(&house, "received/VILLE");
    house.memory.offer("VILLE", "key", "in.xml", b"content");
    house.drop_file("a.xml", "content");
    let station = house.run_once(setup).await;
    assert!(station.live().problems.contains_key("publish-failed"));
    assert_eq!(station.reader().returns_with_status("stored", 10).await.unwrap().len(), 1);
    fs::remove_file(blocked).unwrap();
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.names("received/VILLE").len(), 1);
    assert_eq!(station.reader().returns_with_status("disposed", 10).await.unwrap().len(), 1);
    assert!(station.live().problems.is_empty());
}

/// A listing that names an offer twice is read once, and is no trouble of the station.
#[tokio::test]
async fn an_offer_listed_twice_is_collected_once() {
    let house = House::new();
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.retrieve.after_send = true;
    for _ in 0..2 {
        house.memory.offer("VILLE", "key", "in.xml", b"content");
    }
    house.memory.offer("VILLE", "other key", "in.xml", b"other content");
    house.drop_file("a.xml", "content");
    let station = house.run_once(setup).await;
    assert_eq!(house.names("received/VILLE").len(), 2);
    assert!(station.live().problems.is_empty(), "{:?}", station.live().problems);
    assert_eq!(house.memory.sessions(), (1, 1));
}

#[tokio::test]
async fn bytes_that_vanished_from_the_store_are_told_and_the_rest_is_sent() {
    let house = House::new();
    for name in ["a.xml", "b.xml", "c.xml"] {
        house.drop_file(name, format!("content of {name}"));
    }
    let station = house.open(house.setup()).await;
    station.serve(Command::Pause { scope: "all".to_owned(), why: None }, "operator", Until::Settled).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    let rows = house.consignments().await;
    fs::remove_file(house.data().join("store").join(rows[0].id.to_string())).unwrap();
    fs::write(house.data().join("store").join(rows[1].id.to_string()), "shorter").unwrap();
    station.serve(Command::Resume { scope: "all".to_owned(), why: None }, "operator", Until::Settled).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    let codes: Vec<_> =
        house.consignments().await.iter().map(|row| row.state.why().map(|why| why.code.clone())).collect();
    assert_eq!(codes, [Some("store-missing".to_owned()), Some("store-changed".to_owned()), None]);
    assert_eq!(house.memory.ledger().len(), 1);
}

/// One file that this user may not read keeps no other from being taken.
///
/// Root may read everything: then the test starts itself again as nobody.
#[tokio::test]
async fn a_file_that_cannot_be_read_stalls_no_other() {
    const NOBODY: u32 = 65534;
    let house = House::new();
    for number in 0..10 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    let secret = house.path("inbox/secret.xml");
    fs::write(&secret, "not yours").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&secret).is_ok() {
        let name = "mishaps::a_file_that_cannot_be_read_stalls_no_other";
        let program = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let copy = program.path().join("promises");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let mut process = Process::new(copy);
        process.args([name, "--exact"]).current_dir("/");
        let out = std::os::unix::process::CommandExt::uid(&mut process, NOBODY).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
        assert!(String::from_utf8_lossy(&out.stdout).contains("1 passed"));
        return;
    }
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Deposited).await, 10);
    assert!(secret.exists(), "it is left where it stands");
}

/// What stands in a watched folder and will never be taken as it is is told by every pass, until it is gone.
#[tokio::test]
async fn what_is_left_alone_is_told() {
    let house = House::new();
    let (unnamed, link) = (house.path("inbox").join(OsStr::from_bytes(b"\xe9t\xe9.xml")), house.path("inbox/link.xml"));
    fs::write(&unnamed, "content").unwrap();
    symlink(house.path("data"), &link).unwrap();
    let told = |station: &Station| station.live().problems.into_keys().collect::<Vec<_>>();
    let station = house.run_once(house.setup()).await;
    let left = |code: &str, path: &Path| format!("{code}:{}", path.display());
    assert_eq!(told(&station), [left("scan-name-not-utf-8", &unnamed), left("scan-symbolic-link", &link)]);
    fs::remove_file(&link).unwrap();
    fs::rename(&unnamed, house.path("inbox/ete.xml")).unwrap();
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(told(&station), [""; 0]);
    assert_eq!(count(&station, Status::Deposited).await, 1);
}
