use std::fs;
use std::path::Path;
use std::process::Command;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Acceptance, ConsignmentEvent, State};
use scheduler_core::id::Id;
use scheduler_core::journal::{Draft, Durability, Journal};
use scheduler_core::returned::{Offer, ReturnEvent};
use serde_json::{Value, json};

use super::*;
use crate::testing::{at, consignment, id, paris};

/// Reads a trace with Python's own modules, as `docs/formats/legal-trace.md` says, and prints the same list whatever the format.
const FOREIGN: &str = r#"
import csv, json, re, sys
import xml.etree.ElementTree as tree

def exact(cell):
    return cell[1:] if cell.startswith("'") else cell

def text(file, name):
    found = file.find(name)
    if found is None:
        return None
    said = found.text or ""
    if found.get("escaped") == "true":
        said = re.sub(r"\\(\\|u[0-9a-f]{4})", lambda m: "\\" if m[1] == "\\" else chr(int(m[1][1:], 16)), said)
    return said

kind, path = sys.argv[1:]
if kind == "csv":
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    end = rows.pop()
    assert end["direction"] == "end", end
    out = [[r["direction"], r["id"], exact(r["name"]), r["size"] or None, r["sha1"] or None, r["sha256"] or None, r["outcome"], r["date"]] for r in rows]
    end = [exact(end["name"]), end["size"], end["id"], end["sha256"]]
elif kind == "xml":
    root = tree.parse(path).getroot()
    out = [[f.get("direction")] + [text(f, n) for n in ("id", "name", "size", "sha1", "sha256", "outcome", "date")] for f in root.iter("file")]
    end = root.find("end")
    end = [text(root, "station")] + [text(end, n) for n in ("records", "journal_seq", "journal_hash")]
else:
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    end = rows.pop()
    assert end["direction"] == "end", end
    size = lambda r: None if r["size"] is None else str(r["size"])
    out = [[r["direction"], r["id"], r["name"], size(r), r["sha1"], r["sha256"], r["outcome"], r["date"]] for r in rows]
    end = [end["station"], str(end["records"]), str(end["journal_seq"]), end["journal_hash"]]
print(json.dumps({"files": out, "end": end}))
"#;

/// Names that have hurt somebody: every character up to `ÿ` at both ends, formulas, ends of lines, what looks escaped.
fn hostile(number: usize) -> String {
    let special = [
        "=1+1",
        "+33",
        "-2",
        "@SUM(A1)",
        "'",
        "''=x",
        "\\u0001",
        "\\\\u{1}",
        "a\u{fffe}b",
        "\u{ffff}",
        "\r\n",
        "]]>",
        "&amp;",
        "\u{feff}x",
        " x ",
        " =1",
        "\u{a0}-1",
        "＝1",
        "\"",
        ";",
        "é;\"\n'",
    ];
    match number {
        0..=255 => {
            let c = char::from(u8::try_from(number).unwrap());
            format!("{c}nom{c}")
        }
        _ => format!("{}{}", special[number % special.len()], if number.is_multiple_of(2) { "" } else { ".xml" }),
    }
}

const SENT: usize = 1_100;
const RECEIVED: usize = 520;

fn number(number: usize) -> Id {
    id(i64::try_from(number).unwrap())
}

/// A journal in which sendings and returns alternate at its end; what a trace must hold of it, newest first.
async fn journal(folder: &Path) -> (Reader, Vec<Value>) {
    let (journal, reader) = Journal::open(folder, Clock::system(), Durability::Off).await.unwrap();
    let (mut drafts, mut expected) = (Vec::new(), Vec::new());
    for place in 0..SENT {
        let facts = Acceptance { name: hostile(place), ..consignment(0, State::Queued).facts };
        expected.push((
            number(2 * place),
            json!(["sent", hostile(place), facts.size.to_string(), facts.sha1, facts.sha256, "queued"]),
        ));
        drafts.push(Draft::consignment(number(2 * place), ConsignmentEvent::Accepted(Box::new(facts))));
    }
    for place in 0..RECEIVED {
        let id = number(2 * place + 1);
        let offer = Offer { key: place.to_string(), name: hostile(place), size: None, consuming: true };
        let lane = consignment(0, State::Queued).facts.lane;
        expected.push((id, json!(["received", hostile(place), null, null, null, "offered"])));
        drafts.push(Draft::returned(id, ReturnEvent::Offered { lane, gate: "g".to_owned(), offer }));
    }
    journal.commit(drafts).await.unwrap();
    expected.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let with_id = |(id, mut row): (Id, Value)| {
        row.as_array_mut().unwrap().insert(1, json!(id.to_string()));
        row
    };
    (reader, expected.into_iter().map(with_id).collect())
}

fn scope(zone: &TimeZone) -> Scope<'_> {
    Scope { station: "=Mairie de l'Été", zone, language: Language::Fr, from: None, to: None, now: at(0) }
}

#[tokio::test]
async fn other_software_reads_back_every_name_of_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, expected) = journal(folder.path()).await;
    let zone = paris();
    for (kind, format) in [("csv", Format::Csv), ("xml", Format::Xml), ("json", Format::Json)] {
        let mut bytes = Vec::new();
        let told = export(&reader, &scope(&zone), format, &mut bytes).await.unwrap();
        assert_eq!((told.sent, told.received), (SENT as u64, RECEIVED as u64));
        assert_eq!((told.seq, told.hash.len()), ((SENT + RECEIVED) as i64, 64));
        let path = folder.path().join(format!("trace.{kind}"));
        fs::write(&path, &bytes).unwrap();
        let Ok(output) = Command::new("python3").args(["-c", FOREIGN, kind]).arg(&path).output() else {
            println!("SKIPPED: python3 is not here");
            return;
        };
        assert!(output.status.success(), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
        let mut read: Value = serde_json::from_slice(&output.stdout).unwrap();
        let files = read["files"].as_array_mut().unwrap();
        for file in files.iter_mut() {
            let date = file.as_array_mut().unwrap().pop().unwrap();
            assert!(date.as_str().unwrap().parse::<Timestamp>().is_ok(), "{kind}: {date}");
        }
        assert_eq!(files.len(), expected.len(), "{kind}");
        for (read, expected) in files.iter().zip(&expected) {
            assert_eq!(read, expected, "{kind}");
        }
        let end = json!(["=Mairie de l'Été", told.seq.to_string(), told.seq.to_string(), told.hash]);
        assert_eq!(read["end"], end, "{kind}");
    }
}

#[tokio::test]
async fn no_cell_is_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, _) = journal(folder.path()).await;
    let (zone, mut bytes) = (paris(), Vec::new());
    export(&reader, &scope(&zone), Format::Csv, &mut bytes).await.unwrap();
    let mut table = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(&bytes[3..]);
    for record in table.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
        }
    }
}

#[tokio::test]
async fn only_the_days_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, _) = journal(folder.path()).await;
    let zone = paris();
    let far = Scope { to: Some(at(0)), ..scope(&zone) };
    let mut bytes = Vec::new();
    let told = export(&reader, &Scope { from: Some(Timestamp::MAX), ..far }, Format::Json, &mut bytes).await.unwrap();
    assert_eq!((told.sent, told.received, bytes.iter().filter(|&&byte| byte == b'\n').count()), (0, 0, 1));
}

/// A disk that fills up is told; nothing pretends to be whole.
#[tokio::test]
async fn a_trace_that_cannot_be_written_is_an_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (reader, _) = journal(folder.path()).await;
    let zone = paris();
    for format in [Format::Csv, Format::Xml, Format::Json] {
        for room in [0, 10, 4_000] {
            let done = export(&reader, &scope(&zone), format, &mut Full(room)).await;
            assert!(matches!(done, Err(ExportError::Write(_))), "{format:?} {room}");
        }
    }
}
