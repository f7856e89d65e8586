//! `taskctl lzw` through the real program: what it writes is read by `uncompress` and `gzip -d`, segments come back from any order, and what is damaged
//! or missing is named while nothing half done gets a name.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_taskctl");

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Names of the files in it, sorted.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.0.path()).arg("lzw").args(line.split_whitespace());
        command.env_remove("TASKCTL_CONFIG").env_remove("RUST_LOG");
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs it and expects this exit code; gives what it said, the standard error before the standard output.
    fn expect(&self, code: i32, line: &str) -> String {
        let output = self.run(line);
        let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        said
    }

    fn pipe(&self, line: &str, input: &[u8]) -> Output {
        let mut command = self.command(line);
        feed(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()), input)
    }
}

fn feed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        // A program that refuses its input closes it.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn text(lines: u32) -> Vec<u8> {
    (0..lines)
        .flat_map(|k| format!("{k:08};MANDAT;{:06};COMMUNE DE {}\n", k * 37 % 999_983, k % 17).into_bytes())
        .collect()
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..len).map(|_| next()).collect()
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", vec![]),
        ("byte", vec![b'x']),
        ("text", text(60_000)),
        ("noise", noise(700_000)),
        ("zeros", vec![0; 300_000]),
    ]
}

#[test]
fn uncompress_and_gzip_read_what_compress_writes_and_it_reads_theirs() {
    for (name, bytes) in samples() {
        for options in ["", "--level fast", "--level best", "--threads 2"] {
            let folder = Folder::new();
            folder.file(name, &bytes);
            folder.expect(0, &format!("compress {name} {options}"));
            let z = folder.path(&format!("{name}.Z"));
            for (program, option) in [("gzip", "-dc"), ("uncompress", "-c")] {
                let output = Command::new(program).arg(option).arg(&z).output().unwrap();
                assert!(output.status.success() && output.stdout == bytes, "{program} {name} {options}");
            }
            fs::remove_file(folder.path(name)).unwrap();
            folder.expect(0, &format!("expand {name}.Z"));
            assert_eq!(folder.read(name), bytes);
        }
        let folder = Folder::new();
        folder.file(name, &bytes);
        let theirs = feed(Command::new("compress").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()), &bytes);
        folder.file("theirs.Z", &theirs.stdout);
        if !theirs.stdout.is_empty() {
            folder.expect(0, "expand theirs.Z");
            assert_eq!(folder.read("theirs"), bytes);
        }
    }
}

#[test]
fn lzw12_comes_back_and_its_end_is_checked() {
    for (name, bytes) in samples() {
        let folder = Folder::new();
        folder.file(name, &bytes);
        folder.expect(0, &format!("compress {name} --codec lzw12"));
        folder.expect(0, &format!("expand {name}.lzw -o back"));
        assert_eq!(folder.read("back"), bytes);
        folder.expect(0, &format!("verify {name}.lzw"));
        let mut lzw = folder.read(&format!("{name}.lzw"));
        lzw.push(0);
        folder.file("long.lzw", &lzw);
        assert!(folder.expect(5, "expand long.lzw").contains("Quelque chose suit la fin"));
        folder.file("cut.lzw", &lzw[..lzw.len() - 2]);
        folder.expect(5, "verify cut.lzw");
        folder.expect(5, "expand cut.lzw --codec lzw12");
        assert!(!folder.names().iter().any(|name| name == "long" || name == "cut" || name.ends_with(".part")));
    }
}

#[test]
fn everything_goes_through_pipes() {
    let folder = Folder::new();
    let bytes = text(30_000);
    let z = folder.pipe("compress -", &bytes);
    assert!(z.status.success());
    assert_eq!(
        feed(Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()), &z.stdout).stdout,
        bytes
    );
    let back = folder.pipe("expand - -o -", &z.stdout);
    assert_eq!(back.stdout, bytes);
    assert!(folder.pipe("split - -o f --limit 50000", &bytes).status.success());
    assert_eq!(folder.run("join . -o -").stdout, bytes);
    assert_eq!(folder.pipe("split -", &bytes).status.code(), Some(2), "no name");
}

#[test]
fn segments_come_back_shuffled_and_with_duplicates() {
    for (name, bytes) in samples() {
        let folder = Folder::new();
        folder.file(name, &bytes);
        let said = folder.expect(0, &format!("split {name} -o seg --limit 60000 --threads 2 --record-length 10"));
        let mut segments: Vec<String> = folder.names().into_iter().filter(|it| it.ends_with(".seg")).collect();
        assert_eq!(segments[0], "seg.000001.seg");
        assert!(said.contains(&format!("{} segment", segments.len())), "{said}");
        segments.reverse();
        let middle = segments.len() / 2;
        segments.rotate_left(middle);
        segments.extend(segments.clone());
        folder.expect(0, &format!("verify {}", segments.join(" ")));
        folder.expect(0, &format!("join {} -o back", segments.join(" ")));
        assert_eq!(folder.read("back"), bytes);
    }
}

#[test]
fn a_folder_that_is_not_there_yet_is_made() {
    let folder = Folder::new();
    folder.file("mandats.xml", b"<PES/>");
    folder.expect(0, "split mandats.xml -o envoi/");
    assert!(folder.path("envoi/mandats.xml.000001.seg").is_file());
}

fn split_noise(folder: &Folder) -> Vec<u8> {
    let bytes = noise(100_000);
    folder.file("recus/x", &bytes);
    folder.expect(0, "split recus/x --limit 20000");
    fs::remove_file(folder.path("recus/x")).unwrap();
    bytes
}

#[test]
fn missing_segments_are_named_and_nothing_is_written() {
    let folder = Folder::new();
    split_noise(&folder);
    for number in [2, 3, 5] {
        fs::remove_file(folder.path(&format!("recus/x.{number:06}.seg"))).unwrap();
    }
    let said = folder.expect(5, "join recus -o back");
    assert_eq!(
        said,
        "back : Il manque des segments. Numéros : 2 à 3, 5. Redemandez-les, puis recommencez avec tous.\n"
    );
    assert!(folder.expect(5, "verify recus").contains("Numéros : 2 à 3, 5."));
    fs::remove_file(folder.path("recus/x.000006.seg")).unwrap();
    assert!(folder.expect(5, "join recus -o back").contains("Numéros : 2 à 3, 5 et suivants"));
    assert_eq!(folder.names(), ["recus"]);
}

#[test]
fn damaged_segments_are_named_and_a_sound_copy_serves() {
    let folder = Folder::new();
    let bytes = split_noise(&folder);
    let sound = folder.read("recus/x.000002.seg");
    let damage = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    for (at, words) in
        [(0, "son début est abîmé"), (20, "L'en-tête du segment est abîmé"), (5000, "Le contenu du segment est abîmé")]
    {
        folder.file("recus/x.000002.seg", &damage(at));
        for command in ["join recus -o back", "verify recus"] {
            let said = folder.expect(5, command);
            assert!(
                said.contains("x.000002.seg : ") && said.contains(words) && said.contains("Numéros : 2."),
                "{said}"
            );
        }
    }
    assert_eq!(folder.names(), ["recus"]);
    folder.file("copie.seg", &sound);
    let said = folder.expect(0, "join recus copie.seg -o back");
    assert!(said.contains("x.000002.seg : Le contenu du segment est abîmé"), "{said}");
    assert_eq!(folder.read("back"), bytes);
}

#[test]
fn segments_of_other_files_are_refused_by_name() {
    let folder = Folder::new();
    let bytes = split_noise(&folder);
    folder.file("other", &text(20));
    folder.expect(0, "split other -o recus");
    let said = folder.expect(0, "join recus -o back");
    assert!(said.contains("other.000001.seg : Le segment est d'un autre fichier"), "{said}");
    assert_eq!(folder.read("back"), bytes);
    let said = folder.expect(0, "verify recus");
    assert!(said.contains("recus/x : ") && said.contains("recus/other : 1 segment,"), "{said}");
}

#[test]
fn what_is_there_is_not_touched_without_force() {
    let folder = Folder::new();
    folder.file("a", &text(500));
    folder.expect(0, "compress a");
    folder.expect(0, "split a");
    let before = folder.names();
    for line in ["compress a", "expand a.Z", "split a", "join a.000001.seg -o a"] {
        assert!(folder.expect(2, line).contains("existe déjà"), "{line}");
    }
    assert_eq!((folder.names(), folder.read("a")), (before, text(500)));
    for line in ["compress a --force", "expand a.Z --force", "split a --force", "join a.000001.seg -o a --force"] {
        folder.expect(0, line);
    }
    assert_eq!(folder.read("a"), text(500));
}

#[test]
fn a_new_split_leaves_no_segment_of_the_old_one() {
    let folder = Folder::new();
    folder.file("a", &noise(100_000));
    folder.expect(0, "split a --limit 10000");
    assert!(folder.names().len() > 5);
    folder.expect(0, "split a --force");
    assert_eq!(folder.names(), ["a", "a.000001.seg"]);
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let folder = Folder::new();
    folder.file("a.txt", b"plain text");
    let said = |code, line: &str| folder.expect(code, line);
    assert!(said(2, "compress gone").contains("gone : Le fichier ne peut pas être lu."));
    assert!(said(2, "compress .").contains("C'est un dossier"));
    assert!(said(2, "expand a.txt").contains("Donnez-le avec -o."));
    assert!(said(5, "expand a.txt -o b").contains("Ce n'est ni un .Z ni un fichier LZW."));
    assert!(said(2, "split a.txt --limit 1000").contains("Corrigez --limit."));
    assert!(said(2, "join . -o b").contains("Ce dossier ne contient aucun segment"));
    assert!(said(1, "compress a.txt -o gone/b").contains("Le fichier ne peut pas être écrit."));
    folder.expect(0, "split a.txt");
    assert!(said(2, "expand a.txt.000001.seg -o b").contains("taskctl lzw join"));
    assert_eq!(folder.names(), ["a.txt", "a.txt.000001.seg"]);
}

#[test]
fn programs_read_json() {
    let folder = Folder::new();
    folder.file("a", &text(500));
    let json = |line: &str| -> serde_json::Value { serde_json::from_slice(&folder.run(line).stdout).unwrap() };
    let compressed = json("compress a --json");
    assert_eq!((&compressed["file"], compressed["bytes_in"].as_u64()), (&"a.Z".into(), Some(text(500).len() as u64)));
    assert_eq!(compressed["bytes_out"].as_u64(), Some(folder.read("a.Z").len() as u64));
    let split = json("split a --json");
    let verified = json("verify a.000001.seg --json");
    assert_eq!(verified["sound"][0]["sha256"], split["sha256"]);
    assert_eq!(json("join a.000001.seg -o b --json")["sha256"], split["sha256"]);
    folder.file("a.000001.seg", b"?");
    assert_eq!(json("verify a.000001.seg --json")["wrong"][0]["code"], "segment-not-one");
}

#[cfg(unix)]
#[test]
fn a_killed_command_leaves_no_file_that_looks_whole() {
    let folder = Folder::new();
    for line in ["compress - -o out", "expand - -o out --codec lzw12", "split - -o out"] {
        let mut child = folder.command(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Once the pipe has taken more than it holds, the program works.
        let bytes = if line.starts_with("expand") { vec![0; 64] } else { noise(1 << 20) };
        let _ = stdin.write_all(&bytes);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(folder.names().iter().all(|name| name.ends_with(".part")), "{:?}", folder.names());
    }
    assert!(Path::new(&folder.path("out")).symlink_metadata().is_err());
}
