use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::platform::Kind;

const QUIET: Duration = Duration::from_secs(10);
const FILE: &str = "/in/mandats.xml";

fn facts(size: u64) -> Facts {
    let ns = 1_700_000_000_000_000_000;
    Facts { kind: Kind::File, size, modified_ns: ns, changed_ns: Some(ns), identity: (1, 2) }
}

fn at(seconds: u64) -> Moment {
    let wall = Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap()).unwrap();
    Moment { wall, steady: Duration::from_secs(seconds) }
}

fn nobody() -> OpenWriters {
    OpenWriters::Known(HashSet::new())
}

struct Bench(Stability);

impl Bench {
    fn new() -> Self {
        Self(Stability::new(QUIET))
    }

    fn look(&mut self, now: Moment, facts: &Facts, rule: &Readiness, around: Surroundings<'_>) -> Verdict {
        self.0.begin_look(now);
        let verdict = self.0.judge(Path::new(FILE), facts, rule, around);
        self.0.end_look(|_| true);
        verdict
    }

    /// A look at second `seconds` that finds no writer.
    fn quiet(&mut self, seconds: u64, facts: &Facts) -> Verdict {
        let nobody = nobody();
        let around = Surroundings { writers: Some(&nobody), done_file: false };
        self.look(at(seconds), facts, &Readiness::Quiet, around)
    }
}

fn codes(verdict: &Verdict) -> Vec<&'static str> {
    match verdict {
        Verdict::NotYet { reasons, .. } => reasons.iter().map(Reason::code).collect(),
        Verdict::Changed { what, .. } => vec![what.code()],
        Verdict::AskWriters => vec!["ask"],
        Verdict::Ready(evidence) => vec![evidence.because.code(), evidence.writers.code()],
    }
}

fn next_look(verdict: &Verdict) -> Timestamp {
    match verdict {
        Verdict::NotYet { next_look, .. } | Verdict::Changed { next_look, .. } => *next_look,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unchanged_file_is_taken_after_the_quiet_period() {
    let mut bench = Bench::new();
    let first = bench.quiet(0, &facts(5));
    assert_eq!((codes(&first), next_look(&first)), (vec!["stability-first-seen"], at(10).wall));
    let second = bench.quiet(4, &facts(5));
    assert_eq!((codes(&second), next_look(&second)), (vec!["stability-quiet-period"], at(10).wall));
    let third = bench.quiet(10, &facts(5));
    let evidence = Evidence { because: Because::Quiet(QUIET), writers: NoWriter::Certain };
    assert_eq!(third, Verdict::Ready(evidence));
}

#[test]
fn every_change_begins_the_quiet_period_again() {
    let same = facts(5);
    let changes = [
        (facts(6), "stability-size-changed"),
        (facts(4), "stability-size-changed"),
        (Facts { modified_ns: 7, ..same }, "stability-modified"),
        (Facts { modified_ns: i128::MAX, ..same }, "stability-modified"),
        (Facts { changed_ns: Some(7), ..same }, "stability-inode-changed"),
        (Facts { identity: (1, 3), ..same }, "stability-replaced"),
    ];
    for (changed, code) in changes {
        let mut bench = Bench::new();
        let _ = bench.quiet(0, &same);
        let verdict = bench.quiet(60, &changed);
        assert_eq!((codes(&verdict), next_look(&verdict)), (vec![code], at(70).wall));
        assert_eq!(codes(&bench.quiet(69, &changed)), ["stability-quiet-period"]);
        assert_eq!(codes(&bench.quiet(70, &changed)), ["stability-unchanged", "stability-no-writer"]);
    }
}

#[test]
fn modification_times_are_not_believed() {
    for modified_ns in [0, i128::from(i64::MAX), i128::MAX, i128::MIN] {
        let mut bench = Bench::new();
        let found = Facts { modified_ns, changed_ns: None, ..facts(5) };
        assert_eq!(codes(&bench.quiet(0, &found)), ["stability-first-seen"]);
        assert_eq!(codes(&bench.quiet(9, &found)), ["stability-quiet-period"]);
        assert_eq!(codes(&bench.quiet(10, &found)), ["stability-unchanged", "stability-no-writer"]);
    }
}

#[test]
fn a_wall_clock_set_forward_shortens_nothing() {
    let mut bench = Bench::new();
    let _ = bench.quiet(0, &facts(5));
    let nobody = nobody();
    let around = Surroundings { writers: Some(&nobody), done_file: false };
    let jumped = Moment { wall: at(1_000_000).wall, steady: Duration::from_secs(1) };
    assert_eq!(codes(&bench.look(jumped, &facts(5), &Readiness::Quiet, around)), ["stability-quiet-period"]);
}

#[test]
fn a_long_look_finds_its_files_at_its_end() {
    let nobody = nobody();
    let around = Surroundings { writers: Some(&nobody), done_file: false };
    for (took, taken_at) in [(0, 10), (1, 10), (2, 12), (30, 40)] {
        let mut bench = Bench::new();
        bench.0.begin_look(at(0));
        let _ = bench.0.judge(Path::new(FILE), &facts(5), &Readiness::Quiet, around);
        bench.0.took_until(at(took));
        bench.0.end_look(|_| true);
        assert_eq!(codes(&bench.quiet(taken_at - 1, &facts(5))), ["stability-quiet-period"], "took {took} s");
        bench.0.took_until(at(taken_at + 100));
        assert_eq!(codes(&bench.quiet(taken_at, &facts(5)))[0], "stability-unchanged", "took {took} s");
    }
}

#[test]
fn two_looks_are_needed_even_without_a_quiet_period() {
    let mut stability = Stability::new(Duration::ZERO);
    let nobody = nobody();
    let around = Surroundings { writers: Some(&nobody), done_file: false };
    let judge =
        |stability: &mut Stability| codes(&stability.judge(Path::new(FILE), &facts(5), &Readiness::Quiet, around));
    stability.begin_look(at(0));
    assert_eq!(judge(&mut stability), ["stability-first-seen"]);
    assert_eq!(judge(&mut stability), ["stability-quiet-period"]);
    stability.begin_look(at(0));
    assert_eq!(judge(&mut stability), ["stability-unchanged", "stability-no-writer"]);
}

#[test]
fn writers_are_asked_for_and_respected_under_every_rule() {
    let rules = [
        Readiness::Quiet,
        Readiness::DoneFile(".done".into()),
        Readiness::Renamed,
        Readiness::MinimumAge(Duration::from_secs(1)),
    ];
    let busy = OpenWriters::Known(HashSet::from([(1, 2)]));
    let partly = OpenWriters::Partial { found: HashSet::new(), hidden: 3 };
    let unknown = OpenWriters::CannotTell("network".into());
    for rule in rules {
        let mut bench = Bench::new();
        let with = |writers| Surroundings { writers, done_file: true };
        let _ = bench.look(at(0), &facts(5), &rule, with(None));
        assert_eq!(bench.look(at(20), &facts(5), &rule, with(None)), Verdict::AskWriters, "{rule:?}");
        assert_eq!(codes(&bench.look(at(20), &facts(5), &rule, with(Some(&busy)))), ["stability-open-writer"]);
        let among = codes(&bench.look(at(20), &facts(5), &rule, with(Some(&partly))));
        assert_eq!(among[1], "stability-no-visible-writer");
        let blind = codes(&bench.look(at(20), &facts(5), &rule, with(Some(&unknown))));
        assert_eq!(blind[1], "stability-writers-unknown");
    }
}

#[test]
fn a_done_file_or_a_final_name_is_enough_at_the_first_look() {
    let nobody = nobody();
    let with = |done_file| Surroundings { writers: Some(&nobody), done_file };
    let rule = Readiness::DoneFile(".done".into());
    let mut bench = Bench::new();
    let waits = bench.look(at(0), &facts(5), &rule, with(false));
    let name = "mandats.xml.done".to_owned();
    assert_eq!(waits, Verdict::NotYet { reasons: vec![Reason::NoDoneFile { name }], next_look: at(10).wall });
    assert_eq!(codes(&bench.look(at(1), &facts(5), &rule, with(true)))[0], "stability-done-file");
    assert_eq!(codes(&bench.look(at(2), &facts(5), &Readiness::Renamed, with(false)))[0], "stability-renamed");
    assert_eq!(done_file(Path::new("/in/a.xml"), ".done"), Path::new("/in/a.xml.done"));
}

#[test]
fn a_minimum_age_is_counted_from_the_last_change() {
    let hour = Duration::from_secs(3600);
    let rule = Readiness::MinimumAge(hour);
    let nobody = nobody();
    let around = Surroundings { writers: Some(&nobody), done_file: false };
    let stamped = |modified: u64, changed: Option<u64>| Facts {
        modified_ns: at(modified).wall.as_nanosecond(),
        changed_ns: changed.map(|c| at(c).wall.as_nanosecond()),
        ..facts(5)
    };
    let second_look = |found: &Facts, seconds: u64| {
        let mut bench = Bench::new();
        let _ = bench.look(at(seconds - 10), found, &rule, around);
        bench.look(at(seconds), found, &rule, around)
    };
    assert_eq!(codes(&second_look(&stamped(0, Some(0)), 3600))[0], "stability-unchanged");
    // Copied at 3000 with an old modification time: the file system knows better.
    let preserved = second_look(&stamped(0, Some(3000)), 3600);
    assert_eq!((codes(&preserved), next_look(&preserved)), (vec!["stability-too-young"], at(6600).wall));
    // From the future: what we saw ourselves counts.
    let mut bench = Bench::new();
    let future = stamped(1_000_000, None);
    let _ = bench.look(at(0), &future, &rule, around);
    assert_eq!(codes(&bench.look(at(3599), &future, &rule, around)), ["stability-too-young"]);
    assert_eq!(codes(&bench.look(at(3600), &future, &rule, around))[0], "stability-unchanged");
}

#[test]
fn what_went_away_is_forgotten_where_the_look_was_complete() {
    let mut stability = Stability::new(QUIET);
    let judge = |stability: &mut Stability, path: &str| {
        let _ = stability.judge(Path::new(path), &facts(1), &Readiness::Quiet, Surroundings::default());
    };
    stability.begin_look(at(0));
    for path in ["/a/1", "/a/2", "/b/1"] {
        judge(&mut stability, path);
    }
    stability.end_look(|_| true);
    assert_eq!(stability.len(), 3);
    stability.begin_look(at(1));
    judge(&mut stability, "/a/1");
    stability.end_look(|path| path.starts_with("/a"));
    assert_eq!(stability.len(), 2);
    stability.forget(Path::new("/a/1"));
    stability.forget(Path::new("/b/1"));
    assert!(stability.is_empty());
}

#[test]
fn a_hundred_thousand_files_fit_in_twenty_megabytes() {
    let mut stability = Stability::new(QUIET);
    stability.begin_look(at(0));
    let mut paths = 0;
    for n in 0..100_000 {
        let path = PathBuf::from(format!("/srv/collectivites/ville/depart/mandats/PES_{n:08}_20261122.xml"));
        // Allocators round up to 16 bytes and keep 8 of their own.
        paths += path.as_os_str().len().next_multiple_of(16) + 8;
        let _ = stability.judge(&path, &facts(1), &Readiness::Quiet, Surroundings::default());
    }
    let buckets = stability.files.capacity() * 8 / 7;
    let table = buckets * (size_of::<(Box<Path>, Observed)>() + 1);
    assert!(table + paths <= 20_000_000, "{table} + {paths}");
    stability.begin_look(at(1));
    stability.end_look(|_| true);
    assert_eq!(stability.files.capacity(), 0);
}

/// What a writer does next, and how long until then.
#[derive(Clone, Copy, Debug)]
enum Step {
    Append,
    Rewrite,
    PutTimeBack,
    Nothing,
}

fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
    let step = prop_oneof![Just(Step::Append), Just(Step::Rewrite), Just(Step::PutTimeBack), Just(Step::Nothing)];
    prop::collection::vec((step, 0_u64..25), 1..20)
}

proptest! {
    /// The writer holds the file open, pauses as long as it likes, preallocates, puts times back; somebody plays with the wall clock.
    #[test]
    fn a_file_being_written_is_never_taken(steps in steps(), jumps in prop::collection::vec(-100_000_i64..100_000, 20)) {
        let busy = OpenWriters::Known(HashSet::from([(1, 2)]));
        let unknown = OpenWriters::CannotTell(String::new());
        let (mut seeing, mut blind) = (Bench::new(), Bench::new());
        let (mut found, mut seconds, mut last_write) = (facts(0), 0, 0);
        for ((step, pause), jump) in steps.into_iter().zip(jumps) {
            let before = found;
            match step {
                Step::Append => found.size += 1,
                Step::Rewrite => found.modified_ns += 1,
                Step::PutTimeBack => found.modified_ns = 0,
                Step::Nothing => {}
            }
            if !matches!(step, Step::Nothing) {
                found.changed_ns = found.changed_ns.map(|ns| ns + 1);
            }
            if found != before {
                last_write = seconds;
            }
            let moment = at(seconds);
            let moment = Moment { wall: moment.wall + jiff::SignedDuration::from_secs(jump), ..moment };
            let around = |writers| Surroundings { writers: Some(writers), done_file: false };
            let verdict = seeing.look(moment, &found, &Readiness::Quiet, around(&busy));
            prop_assert!(!matches!(verdict, Verdict::Ready(_)));
            let verdict = blind.look(moment, &found, &Readiness::Quiet, around(&unknown));
            if matches!(verdict, Verdict::Ready(_)) {
                prop_assert!(seconds - last_write >= QUIET.as_secs());
            }
            seconds += pause;
        }
    }
}
