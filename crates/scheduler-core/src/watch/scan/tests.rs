use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::consignment::Lane;
use crate::intake::CLAIMS;
use crate::partner::Section;
use crate::scenario::{IfExists, Readiness};

fn scenario(folder: &Path, pattern: &str, recursive: bool) -> Scenario {
    Scenario {
        name: pattern.to_owned(),
        enabled: true,
        lane: Lane::new("VILLE", "xfb"),
        folder: folder.to_path_buf(),
        pattern: pattern.to_owned(),
        recursive,
        readiness: Readiness::Quiet,
        backup: None,
        if_exists: IfExists::Increment,
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: String::new(),
        fields: Section::default(),
    }
}

fn tree(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    root
}

#[derive(Default)]
struct Report {
    /// Relative path, then the scenarios that want it, the one that takes it first.
    files: BTreeMap<String, Vec<usize>>,
    ignored: Vec<(String, &'static str)>,
    problems: Vec<(PathBuf, &'static str)>,
    looked: Looked,
}

fn look_at(scan: &Scan, wanted: impl Fn(usize) -> bool) -> Report {
    let mut report = Report::default();
    report.looked = scan.look_at(wanted, &mut |found| match found {
        Found::File(seen) => {
            assert!(seen.path.ends_with(&seen.relative) && seen.relative.ends_with(seen.name()));
            let scenarios = [seen.scenario].into_iter().chain(seen.shadowed).collect();
            let again = report.files.insert(seen.relative, scenarios);
            assert_eq!(again, None, "given twice: {}", seen.path.display());
        }
        Found::Ignored(ignored) => {
            let name = ignored.path.file_name().unwrap().to_string_lossy().into_owned();
            report.ignored.push((name, ignored.reason.code()));
        }
        Found::Problem(problem) => report.problems.push((problem.folder.clone(), problem.code())),
    });
    report.ignored.sort();
    report
}

fn look(scenarios: &[Scenario]) -> Report {
    look_at(&Scan::new(WatchedFolder::of(scenarios)), |_| true)
}

fn files(report: &Report) -> Vec<(&str, &[usize])> {
    report.files.iter().map(|(relative, scenarios)| (relative.as_str(), scenarios.as_slice())).collect()
}

#[test]
fn scenarios_that_share_a_folder_read_it_once() {
    let root = tree(&["MAND1.xml", "titre.xml", "readme.txt", "sub/MAND2.xml"]);
    let mut scenarios = ["*.pdf", "mand*", "*.xml"].map(|pattern| scenario(root.path(), pattern, false)).to_vec();
    scenarios.push(Scenario { enabled: false, ..scenario(root.path(), "readme*", false) });
    let report = look(&scenarios);
    assert_eq!(files(&report), [("MAND1.xml", &[1, 2][..]), ("titre.xml", &[2])]);
    assert_eq!((report.looked.names, report.looked.files), (4, 2));
    assert!(report.problems.is_empty() && report.ignored.is_empty());
}

#[test]
fn facts_are_those_of_the_file_system() {
    let root = tree(&["a.xml"]);
    let mut seen = Vec::new();
    Scan::new(WatchedFolder::of(&[scenario(root.path(), "*", false)])).look(&mut |found| {
        if let Found::File(file) = found {
            seen.push(file);
        }
    });
    let metadata = fs::metadata(root.path().join("a.xml")).unwrap();
    let modified = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    let [file] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((file.facts.size, file.path.as_path()), (1, root.path().join("a.xml").as_path()));
    assert_eq!(file.facts.modified_ns, i128::try_from(modified.as_nanos()).unwrap());
    assert_eq!(file.modified().as_nanosecond(), file.facts.modified_ns);
}

#[test]
fn sub_folders_belong_to_recursive_scenarios_only() {
    let root = tree(&["a.xml", "2026/b.xml", "2026/11/c.xml", "2026/11/d.txt"]);
    let scenarios = [scenario(root.path(), "*", false), scenario(root.path(), "*.xml", true)];
    let report = look(&scenarios);
    assert_eq!(files(&report), [("2026/11/c.xml", &[1][..]), ("2026/b.xml", &[1]), ("a.xml", &[0, 1])]);
}

#[test]
fn claims_snapshots_and_hidden_names_are_left_alone() {
    let claim = format!("{CLAIMS}/01j8zv3k7m2p9~a.xml");
    let below = format!("sub/{CLAIMS}/01j8zv3k7m2p9~b.xml");
    let root = tree(&[&claim, &below, ".snapshot/old.xml", ".a.xml.Xy12", "~$a.xml", "sub/b.xml"]);
    let report = look(&[scenario(root.path(), "*.*", true)]);
    assert_eq!(files(&report), [("sub/b.xml", &[0][..])]);
    let report = look(&[scenario(root.path(), ".a*", true)]);
    assert_eq!(files(&report), [(".a.xml.Xy12", &[0][..])]);
}

#[test]
fn a_watched_folder_below_a_recursive_one_is_read_once_and_the_first_scenario_wins() {
    let root = tree(&["a.xml", "mand/b.xml", "mand/deep/c.xml", "mand/b.txt"]);
    let mand = root.path().join("mand");
    let scenarios = [scenario(&mand, "b.*", false), scenario(root.path(), "*.xml", true), scenario(&mand, "*", true)];
    let scan = Scan::new(WatchedFolder::of(&scenarios));
    let expected = [("a.xml", &[1][..]), ("b.txt", &[0, 2]), ("b.xml", &[0, 1, 2]), ("mand/deep/c.xml", &[1, 2])];
    let report = look_at(&scan, |_| true);
    assert_eq!(files(&report), expected);
    assert_eq!(report.looked.names, 6);
    // Woken for the inner folder alone, the scenarios above still have their say.
    let inner = scan.folders().iter().position(|watched| watched.folder == mand).unwrap();
    let report = look_at(&scan, |index| index == inner);
    assert_eq!(files(&report), expected[1..]);
}

#[test]
fn a_folder_that_fails_stops_no_other() {
    let root = tree(&["good/a.xml", "file"]);
    let (good, file) = (root.path().join("good"), root.path().join("file"));
    let missing = root.path().join("missing");
    let report = look(&[scenario(&missing, "*", false), scenario(&file, "*", true), scenario(&good, "*", false)]);
    assert_eq!(files(&report), [("a.xml", &[2][..])]);
    let problems = [(file.clone(), "folder-not-a-folder"), (missing.clone(), "folder-missing")];
    let mut found = report.problems;
    found.sort();
    assert_eq!(found, problems);
    assert!(report.looked.read_to_end(&good.join("gone.xml")));
    assert!(!report.looked.read_to_end(&missing.join("gone.xml")));
    assert!(!report.looked.read_to_end(&root.path().join("elsewhere.xml")));
}

#[cfg(target_os = "linux")]
#[test]
fn only_regular_files_with_readable_names_are_taken() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let root = tree(&["a.xml", "real/b.xml"]);
    symlink(root.path().join("a.xml"), root.path().join("link.xml")).unwrap();
    symlink(root.path().join("a.xml"), root.path().join("link.txt")).unwrap();
    symlink(root.path().join("real"), root.path().join("alias")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join("pipe.xml"), rustix::fs::Mode::RWXU).unwrap();
    fs::write(root.path().join(OsStr::from_bytes(b"caf\xe9.xml")), "x").unwrap();
    let report = look(&[scenario(root.path(), "*.xml", true)]);
    assert_eq!(files(&report), [("a.xml", &[0][..]), ("real/b.xml", &[0])]);
    let ignored = [
        ("caf\u{fffd}.xml", "scan-name-not-utf-8"),
        ("link.xml", "scan-symbolic-link"),
        ("pipe.xml", "scan-not-a-file"),
    ];
    assert_eq!(report.ignored, ignored.map(|(name, code)| (name.to_owned(), code)));
}

#[cfg(target_os = "linux")]
#[test]
fn the_watched_folder_itself_may_be_a_link() {
    let root = tree(&["real/a.xml"]);
    let link = root.path().join("link");
    std::os::unix::fs::symlink(root.path().join("real"), &link).unwrap();
    assert_eq!(files(&look(&[scenario(&link, "*", false)])), [("a.xml", &[0][..])]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Folders watched at random in a tree: every file once, for the first scenario that a plain reading of the rules gives.
    #[test]
    fn agrees_with_a_plain_reading_of_the_rules(
        stand in prop::collection::btree_set("([ab]/){0,3}[xy]\\.[tu]", 0..12),
        watch in prop::collection::vec(("([ab]/){0,2}", "[xy*]\\.[t*]", any::<bool>()), 1..6),
    ) {
        let root = tree(&stand.iter().map(String::as_str).collect::<Vec<_>>());
        let rules = watch.iter().map(|(below, pattern, recursive)| scenario(&root.path().join(below), pattern, *recursive));
        let rules = rules.collect::<Vec<_>>();
        let mut expected = BTreeMap::new();
        for file in &stand {
            let path = root.path().join(file);
            let wants = |rule: &Scenario| {
                let here = path.parent() == Some(rule.folder.as_path());
                let below = rule.recursive && path.starts_with(&rule.folder);
                let name = path.file_name().unwrap().to_str().unwrap();
                (here || below) && crate::matcher::explain(&rule.pattern, name).reason.matches()
            };
            let wanted = (0..rules.len()).filter(|&rule| wants(&rules[rule])).collect::<Vec<_>>();
            if let Some(&first) = wanted.first() {
                expected.insert(path.clone(), (first, wanted));
            }
        }
        let mut found = BTreeMap::new();
        let looked = Scan::new(WatchedFolder::of(&rules)).look(&mut |what| if let Found::File(seen) = what {
            assert_eq!(rules[seen.scenario].folder.join(&seen.relative), seen.path);
            let all = [seen.scenario].into_iter().chain(seen.shadowed).collect::<Vec<_>>();
            assert_eq!(found.insert(seen.path, (seen.scenario, all)), None, "given twice");
        });
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(looked.files, u64::try_from(expected.len()).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn names_alone_tell_who_takes_a_file(
        wanted in prop::collection::vec((0..6_usize, 0..5_usize, any::<bool>(), prop::bool::weighted(0.8)), 1..6)
    ) {
        let folders = ["", "a", "a/b", "a/.h", "a/.h/c", "d"];
        let names = ["m.xml", "t.txt", ".m.xml", "x.xml"];
        let root = tempfile::tempdir().unwrap();
        for folder in folders {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            names.iter().for_each(|name| fs::write(root.path().join(folder).join(name), "x").unwrap());
        }
        let scenarios: Vec<Scenario> = wanted
            .into_iter()
            .map(|(folder, pattern, recursive, enabled)| {
                let folder = if folders[folder].is_empty() { root.path().to_owned() } else { root.path().join(folders[folder]) };
                Scenario { enabled, ..scenario(&folder, ["*", "*.xml", "m*", ".m*", "?.txt"][pattern], recursive) }
            })
            .collect();
        let scan = Scan::new(WatchedFolder::of(&scenarios));
        let mut taken = HashMap::new();
        scan.look(&mut |found| {
            if let Found::File(seen) = found {
                taken.insert(seen.path, Verdict::Matched { scenario: seen.scenario, shadowed: seen.shadowed });
            }
        });
        for path in folders.iter().flat_map(|folder| names.map(|name| root.path().join(folder).join(name))) {
            let path: PathBuf = path.components().collect();
            prop_assert_eq!(scan.who_wants(&path), taken.remove(&path).unwrap_or_default(), "{}", path.display());
        }
        prop_assert!(taken.is_empty());
    }
}
