use std::io::{Cursor, SeekFrom};

use proptest::prelude::*;

use super::*;

fn look(expected: &Expectation, bytes: impl AsRef<[u8]>) -> String {
    let findings = expected.look(Cursor::new(bytes.as_ref().to_vec())).unwrap();
    assert!(findings.iter().all(|finding| CODES.contains(&finding.code)));
    let lines: Vec<_> = findings.iter().map(|finding| format!("{}: {}", finding.code, finding.words)).collect();
    lines.join(" | ")
}

fn flat(record_length: u32) -> Expectation {
    Expectation { record_length: Some(record_length), ..Expectation::default() }
}

#[test]
fn records_have_their_length() {
    for (text, found) in [
        ("ABCD\nEFGH\n", ""),
        ("ABCD\r\nEFGH\r\n", ""),
        ("ABCD\r\nEFGH", ""),
        ("ABCDEFGH", ""),
        ("ABCD\nEFG\n", "aireppnet-record-length: record 2: 3 bytes where 4 must be"),
        ("ABCD\n\nEFGH\n", "aireppnet-record-length: record 2: 0 bytes where 4 must be"),
        ("ABCD\nEFGHI", "aireppnet-record-length: record 2: 5 bytes where 4 must be"),
        ("ABC\r\r\nEFGH\n", ""),
        ("ABCDE", "aireppnet-record-length: 5 bytes without a separator are no multiple of 4"),
        ("", "aireppnet-record-count: no record at all"),
        ("<a/>", ""),
    ] {
        assert_eq!(look(&flat(4), text), found, "{text:?}");
    }
}

#[test]
fn records_are_counted() {
    let counted =
        |records, record_length| Expectation { records: Some(records), record_length, ..Expectation::default() };
    for (text, expected, found) in [
        ("a\nbb\nc", counted(3, None), ""),
        ("a\nbb\nc\n", counted(3, None), ""),
        ("a\nbb\n", counted(3, None), "aireppnet-record-count: 2 records where 3 must be"),
        ("abcdef", counted(3, Some(2)), ""),
        ("", counted(0, None), ""),
    ] {
        assert_eq!(look(&expected, text), found, "{text:?}");
    }
}

#[test]
fn bytes_have_their_encoding() {
    let in_encoding = |encoding| Expectation { encoding: Some(encoding), ..Expectation::default() };
    use TextEncoding::{Ascii, Latin1, Utf8};
    for (bytes, encoding, found) in [
        (b"DUPONT\r\n".as_slice(), Ascii, ""),
        (b"ok\nDUPR\xC9", Ascii, "aireppnet-encoding: line 2: byte 0xC9 is not ascii"),
        (b"DUPR\xC9\n", Latin1, ""),
        (b"a\x85", Latin1, "aireppnet-encoding: line 1: byte 0x85 is not latin1"),
        (b"a\0", Latin1, "aireppnet-encoding: line 1: byte 0x00 is not latin1"),
        ("É\n".as_bytes(), Utf8, ""),
        (b"\n\nDUPR\xC9\n", Utf8, "aireppnet-encoding: line 3: byte 0xC9 is not utf-8"),
        (b"DUPR\xC3", Utf8, "aireppnet-encoding: line 1: the end of the file is not utf-8"),
        (b"a\x1a", Utf8, "aireppnet-encoding: line 1: byte 0x1A is not utf-8"),
    ] {
        assert_eq!(look(&in_encoding(encoding), bytes), found, "{bytes:?}");
    }
    // A character on the border between two pieces.
    for before in PIECE - 3..PIECE + 1 {
        let text = format!("{}é€{}", "a".repeat(before), "b".repeat(10));
        assert_eq!(look(&in_encoding(Utf8), text), "");
    }
}

const NAMESPACE: &str = "http://xml.insee.fr/schema/etat-civil";

fn envoi() -> Expectation {
    Expectation {
        xml_root: Some("EnvoiLotBulletins".to_owned()),
        xml_namespace: Some(NAMESPACE.to_owned()),
        ..Expectation::default()
    }
}

fn document(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ec:EnvoiLotBulletins xmlns:ec=\"{NAMESPACE}\">\n{inside}\n</ec:EnvoiLotBulletins>\n"
    )
}

#[test]
fn xml_is_read_to_its_end() {
    for (inside, found) in [
        ("<ec:Nom a='1'>é &amp; &#233;</ec:Nom><!-- c --><?p i?><![CDATA[<x>]]>", ""),
        (
            "<ec:Nom>",
            "aireppnet-xml-malformed: line 4: ill-formed document: expected `</ec:Nom>`, but `</ec:EnvoiLotBulletins>` was found",
        ),
        (
            "<a b='1' b='2'/>",
            "aireppnet-xml-malformed: line 3: position 8: duplicated attribute, previous declaration at position 2",
        ),
        ("<a b=1/>", "aireppnet-xml-malformed: line 3: position 4: attribute value must be enclosed in `\"` or `'`"),
        ("<x:a/>", "aireppnet-xml-malformed: line 3: the prefix x is not declared"),
        ("&bomb;", "aireppnet-xml-malformed: line 3: an entity that nothing declares"),
        (
            "a & b",
            "aireppnet-xml-malformed: line 4: ill-formed document: entity or character reference not closed: `;` not found before end of input",
        ),
    ] {
        assert_eq!(look(&envoi(), document(inside)), found, "{inside}");
    }
    for (text, found) in [
        ("<a/>", ""),
        ("<a><b></a>", "aireppnet-xml-malformed: line 1: ill-formed document: expected `</b>`, but `</a>` was found"),
        ("<a>", "aireppnet-xml-malformed: line 1: the file ends inside 1 open elements"),
        ("<a/><b/>", "aireppnet-xml-malformed: line 1: a second root element"),
        ("<a/>b", "aireppnet-xml-malformed: line 1: text outside the root element"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "aireppnet-xml-malformed: line 1: a document type declaration"),
        ("<!-- a -->", "aireppnet-xml-root: line 1: no root element"),
        ("no xml at all", ""),
    ] {
        assert_eq!(look(&Expectation::default(), text), found, "{text}");
    }
    let deep = "<a>".repeat(300) + &"</a>".repeat(300);
    assert_eq!(
        look(&Expectation::default(), deep),
        "aireppnet-xml-malformed: line 1: elements too deep inside one another"
    );
}

#[test]
fn the_root_is_the_expected_one() {
    let with = |text: &str| look(&envoi(), text);
    assert_eq!(with("<EnvoiLotBulletins/>"), format!("aireppnet-xml-root: line 1: \"\" where \"{NAMESPACE}\" must be"));
    assert_eq!(
        with(&format!("<Envoi xmlns='{NAMESPACE}'/>")),
        "aireppnet-xml-root: line 1: \"Envoi\" where \"EnvoiLotBulletins\" must be"
    );
    assert_eq!(with(&format!("<EnvoiLotBulletins xmlns='{NAMESPACE}'/>")), "");
    assert_eq!(with("0001DUPONT"), "aireppnet-xml-malformed: line 1: text outside the root element");
}

#[test]
fn xml_is_read_in_its_own_encoding() {
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let declared = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>";
    assert_eq!(look(&Expectation::default(), latin(declared)), "");
    let undeclared = "<a>\né</a>";
    assert_eq!(
        look(&Expectation::default(), latin(undeclared)),
        "aireppnet-encoding: line 2: a byte that UTF-8, the file's own encoding, does not have"
    );
    let marked: Vec<u8> =
        b"\xFF\xFE".iter().copied().chain("<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(look(&Expectation::default(), marked), "");
    assert_eq!(look(&Expectation::default(), "\u{FEFF}<a>é</a>"), "");
}

/// A file of any size that is never in memory.
struct Endless {
    start: &'static [u8],
    rest: u8,
    at: u64,
    size: u64,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.size - self.at).unwrap_or(usize::MAX).min(into.len());
        for byte in &mut into[..count] {
            let known = usize::try_from(self.at).ok().and_then(|at| self.start.get(at));
            *byte = known.copied().unwrap_or(self.rest);
            self.at += 1;
        }
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        assert_eq!(to, SeekFrom::Start(0));
        self.at = 0;
        Ok(0)
    }
}

#[test]
fn no_piece_of_a_file_fills_the_memory() {
    for start in [b"<a>".as_slice(), b"<a ", b"<!--", b"<a><![CDATA[", b"<a b='", b"<?p "] {
        let huge = Endless { start, rest: b'x', at: 0, size: 1 << 40 };
        let found = Expectation::default().look(huge).unwrap();
        assert_eq!(found[0].code, "aireppnet-xml-malformed", "{start:?}");
        assert!(found[0].words.contains("more than"), "{found:?}");
    }
}

proptest! {
    #[test]
    fn any_file_is_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..400), soup in "(<(/?)[ab]( c='d')?(/?)>|<!--|&amp;|&|\\]\\]>|[a-zé \n<]){0,40}") {
        let everything = Expectation { encoding: Some(TextEncoding::Utf8), record_length: Some(3), records: Some(4), ..envoi() };
        for bytes in [bytes.as_slice(), soup.as_bytes()] {
            look(&everything, bytes);
            look(&Expectation::default(), bytes);
        }
    }

    #[test]
    fn utf_8_is_what_the_standard_library_says(bytes in proptest::collection::vec(prop_oneof![0x20..=0x7E_u8, 0x80..=0xFF_u8], 0..60)) {
        let expected = Expectation { encoding: Some(TextEncoding::Utf8), ..Expectation::default() };
        let found = look(&expected, &bytes);
        prop_assert_eq!(!found.contains("aireppnet-encoding: line 1"), std::str::from_utf8(&bytes).is_ok(), "{}", found);
    }

    #[test]
    fn records_that_are_right_are_never_wrong(length in 1..40_u32, count in 1..30_u64, crlf in any::<bool>()) {
        let line = "x".repeat(length as usize) + if crlf { "\r\n" } else { "\n" };
        let expected = Expectation { record_length: Some(length), records: Some(count), ..Expectation::default() };
        let text = line.repeat(usize::try_from(count).unwrap());
        prop_assert_eq!(look(&expected, &text), "");
        prop_assert_eq!(look(&expected, text.trim_end()), "");
        prop_assert!(!look(&expected, &text[1..]).is_empty());
    }
}
