use std::sync::atomic::Ordering;

use jiff::Timestamp;
use notify::event::{
    AccessKind, AccessMode, CreateKind, DataChange, Flag, MetadataKind, ModifyKind, RemoveKind, RenameMode,
};
use notify::{Event, EventKind};

use super::*;
use crate::matcher::Matcher;

const PATIENCE: Duration = Duration::from_secs(5);
const CREATED: EventKind = EventKind::Create(CreateKind::File);

fn at(seconds: u64) -> Moment {
    Moment { wall: Timestamp::UNIX_EPOCH, steady: Duration::from_secs(seconds) }
}

fn watched(folder: &Path, recursive: bool) -> WatchedFolder {
    let matcher = Matcher::new([(0, "*")]);
    WatchedFolder { folder: folder.to_path_buf(), below: recursive.then(|| matcher.clone()), here: matcher }
}

/// A watcher's memory without a watcher: `/in` is folder 0, `/in/mand` folder 1.
fn shared() -> (Arc<Shared>, Wakes) {
    let by_path = HashMap::from([("/in".into(), 0), ("/in/mand".into(), 1)]);
    let shared = Arc::new(Shared { by_path, ..Shared::default() });
    (Arc::clone(&shared), Wakes(shared))
}

fn happens(shared: &Shared, kind: EventKind, path: &str) {
    shared.note(Ok(Event::new(kind).add_path(path.into())));
}

#[test]
fn many_events_are_one_wake_up_that_names_the_folders() {
    let (shared, wakes) = shared();
    for n in 0..100 {
        happens(&shared, CREATED, &format!("/in/{n}.xml"));
        happens(&shared, CREATED, &format!("/in/mand/sub/{n}.xml"));
    }
    happens(&shared, CREATED, "/elsewhere/a.xml");
    assert_eq!(wakes.take(), Some(Wake::Folders(BTreeSet::from([0, 1]))));
    assert_eq!(wakes.take(), None);
}

#[test]
fn what_we_do_ourselves_wakes_nobody() {
    let (shared, wakes) = shared();
    for kind in [
        EventKind::Access(AccessKind::Open(AccessMode::Any)),
        EventKind::Access(AccessKind::Close(AccessMode::Read)),
        EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
        EventKind::Modify(ModifyKind::Data(DataChange::Any)),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)),
        EventKind::Remove(RemoveKind::File),
    ] {
        happens(&shared, kind, "/in/a.xml");
        assert_eq!(wakes.take(), None, "{kind:?}");
    }
    happens(&shared, CREATED, "/in/.taskctl/01j8zv3k7m2p9~a.xml");
    happens(&shared, EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), "/in/.taskctl");
    happens(&shared, EventKind::Access(AccessKind::Open(AccessMode::Any)), "/in");
    assert_eq!(wakes.take(), None);
    for kind in [
        CREATED,
        EventKind::Access(AccessKind::Close(AccessMode::Write)),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)),
        EventKind::Any,
    ] {
        happens(&shared, kind, "/in/a.xml");
        assert_eq!(wakes.take(), Some(Wake::Folders(BTreeSet::from([0]))), "{kind:?}");
    }
    happens(&shared, EventKind::Remove(RemoveKind::Folder), "/in");
    assert_eq!(wakes.take(), Some(Wake::Folders(BTreeSet::from([0]))));
}

#[test]
fn an_overflow_or_a_failure_wakes_everything() {
    let (shared, wakes) = shared();
    happens(&shared, CREATED, "/in/a.xml");
    shared.note(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)));
    assert_eq!(wakes.take(), Some(Wake::Everything(Everything::Overflow)));
    assert_eq!(wakes.take(), None);
    shared.note(Err(notify::Error::generic("no more watches")));
    assert_eq!(wakes.take(), Some(Wake::Everything(Everything::Failed("no more watches".into()))));
}

#[test]
fn liveness_follows_the_answers_to_probes() {
    let mut proof = Proof::default();
    let tell = |proof: &Proof, answered, seconds| match proof.liveness(answered, PATIENCE, Duration::from_secs(seconds))
    {
        Liveness::Events => "events",
        Liveness::Polling(why) => why.code(),
    };
    assert_eq!(tell(&proof, false, 0), "watch-unproven");
    assert!(proof.wants_watch(false) && proof.is_due(Duration::ZERO));
    proof.watched(Ok(()));
    proof.probed(Duration::ZERO, false, Ok(()));
    assert_eq!(tell(&proof, false, 4), "watch-unproven");
    assert_eq!(tell(&proof, false, 5), "watch-silent");
    assert_eq!(tell(&proof, true, 5), "events");
    assert!(!proof.wants_watch(true) && proof.wants_watch(false));
    assert!(!proof.is_due(Duration::from_secs(9)) && proof.is_due(Duration::from_secs(10)));
    proof.probed(Duration::from_secs(60), true, Ok(()));
    assert_eq!(tell(&proof, false, 64), "events");
    assert_eq!(tell(&proof, false, 65), "watch-silent");
    proof.probed(Duration::from_secs(120), false, Ok(()));
    assert_eq!(tell(&proof, false, 121), "watch-unproven");
    proof.probed(Duration::from_secs(120), true, Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(tell(&proof, true, 121), "watch-no-probe");
    proof.remote(Some("nfs"));
    assert_eq!(tell(&proof, true, 121), "watch-network-file-system");
    proof.watched(Err("no more watches".into()));
    assert_eq!(tell(&proof, true, 121), "watch-refused");
    assert!(proof.wants_watch(true));
}

/// Gives up after a time that only a failure takes.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.unwrap()
}

/// Waits until the folder is as `wanted`.
async fn until(events: &Events, index: usize, wanted: impl Fn(&Liveness) -> bool) {
    soon(async {
        while !wanted(&events.liveness(PATIENCE, at(0))[index]) {
            events.shared.bell.notified().await;
        }
    })
    .await;
}

#[cfg(target_os = "linux")]
mod real {
    use super::*;

    #[tokio::test]
    async fn an_arrival_wakes_and_the_probe_is_answered() {
        let root = tempfile::tempdir().unwrap();
        let (flat, deep) = (root.path().join("flat"), root.path().join("deep"));
        fs::create_dir_all(deep.join("sub")).unwrap();
        fs::create_dir(&flat).unwrap();
        let (mut events, wakes) = Events::start(&[watched(&flat, false), watched(&deep, true)], at(0));
        for index in [0, 1] {
            until(&events, index, |liveness| *liveness == Liveness::Events).await;
        }
        assert_eq!(wakes.take(), None, "a probe is no wake-up");

        fs::write(flat.join("a.xml"), "x").unwrap();
        assert_eq!(soon(wakes.next()).await, Wake::Folders(BTreeSet::from([0])));
        fs::write(deep.join("sub/b.xml"), "x").unwrap();
        // What is left of the first arrival may come along.
        let wakes_the_second = |wake| matches!(wake, Wake::Folders(folders) if folders.contains(&1));
        soon(async { while !wakes_the_second(wakes.next().await) {} }).await;

        events.probe(at(60));
        assert_eq!(events.liveness(PATIENCE, at(61)), [Liveness::Events, Liveness::Events]);
        for index in [0, 1] {
            soon(async {
                while !events.shared.state().answered.contains(&index) {
                    events.shared.bell.notified().await
                }
            })
            .await;
        }
        let left = fs::read_dir(&flat).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<BTreeSet<_>>(), BTreeSet::from([".taskctl".into(), "a.xml".into()]));
    }

    #[tokio::test]
    async fn a_folder_that_comes_back_is_watched_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("in");
        let (mut events, wakes) = Events::start(&[watched(&folder, false)], at(0));
        let code = |events: &Events| match &events.liveness(PATIENCE, at(0))[0] {
            Liveness::Events => "events",
            Liveness::Polling(why) => why.code(),
        };
        assert_eq!(code(&events), "watch-refused");
        fs::create_dir(&folder).unwrap();
        events.probe(at(10));
        until(&events, 0, |liveness| *liveness == Liveness::Events).await;

        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(soon(wakes.next()).await, Wake::Folders(BTreeSet::from([0])));
        events.probe(at(20));
        events.probe(at(30));
        assert_eq!(code(&events), "watch-refused");
        fs::create_dir(&folder).unwrap();
        events.probe(at(40));
        until(&events, 0, |liveness| *liveness == Liveness::Events).await;
    }

    #[tokio::test]
    async fn the_death_of_the_watchers_thread_is_noticed() {
        let root = tempfile::tempdir().unwrap();
        let (mut events, wakes) = Events::start(&[watched(root.path(), false)], at(0));
        until(&events, 0, |liveness| *liveness == Liveness::Events).await;
        events.shared.sabotaged.store(true, Ordering::SeqCst);
        fs::write(root.path().join("a.xml"), "x").unwrap();
        assert_eq!(soon(wakes.next()).await, Wake::Everything(Everything::WatcherDied));
        assert_eq!(events.liveness(PATIENCE, at(0)), [Liveness::Polling(Polling::WatcherDied)]);
        events.probe(at(10));
        drop(events);
        assert_eq!(wakes.take(), None);
    }
}
