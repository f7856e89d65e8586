use std::path::{Component, Path};

use jiff::Zoned;
use proptest::prelude::*;

use super::*;

fn at() -> Zoned {
    "2026-11-22T08:30:59[Europe/Paris]".parse().unwrap()
}

fn render(pattern: &str, name: &str, label: Option<&str>) -> String {
    let values = Values { name, at: &at(), numrec: 7, profile: "VILLE", label };
    Pattern::parse(pattern).unwrap().render(&values)
}

fn default(name: &str) -> String {
    Pattern::default().render(&Values { name, at: &at(), numrec: 7, profile: "VILLE", label: None })
}

/// Everything that a published name promises, on every platform.
fn is_harmless(name: &str) -> bool {
    let one_component = Path::new(name).components().eq([Component::Normal(name.as_ref())]);
    let hostile = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let stem = name.split('.').next().unwrap().trim_end().to_uppercase();
    let device = ["CON", "PRN", "AUX", "NUL", "COM1", "COM0", "LPT9", "COM²", "CONIN$"].contains(&stem.as_str());
    one_component
        && !name.chars().any(hostile)
        && !name.contains("..")
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
        && !device
        && name.len() <= LONGEST
}

#[test]
fn the_default_is_the_name_then_date_seconds_minutes_hours() {
    assert_eq!(default("ACQUIT.xml"), "ACQUIT.xml_20261122_593008");
    assert_eq!(default("P.030004.GRCT450"), "P.030004.GRCT450_20261122_593008");
    assert_eq!(default(""), "sans_nom_20261122_593008");
}

#[test]
fn patterns_take_every_variable_in_any_case() {
    assert_eq!(render("LA[annee][numrec].020", "x", None), "LA20260007.020");
    assert_eq!(render("[ANNEE]-[mois]-[jour]T[heure]h[min]m[Sec]", "x", None), "2026-11-22T08h30m59");
    assert_eq!(render("[nomprofil]_[recherche]_[nom]", "a.xml", Some("paie")), "VILLE_paie_a.xml");
    assert_eq!(render("[recherche][nom]", "a.xml", None), "a.xml");
    assert_eq!(render("fixed]", "a.xml", None), "fixed]");
    assert!(Pattern::parse("x[numrec]").unwrap().uses_numrec());
    assert!(!Pattern::parse("numrec[nom]").unwrap().uses_numrec());
    assert!(!Pattern::default().uses_numrec());
}

#[test]
fn faulty_patterns_are_refused_with_their_place() {
    let error = Pattern::parse("é[nom][année].x").unwrap_err();
    assert_eq!((error.code(), error.position()), ("naming-unknown-variable", 7));
    assert!(error.to_string().contains("[annee] [mois]"), "{error}");
    let error = Pattern::parse("a[nom").unwrap_err();
    assert_eq!((error.code(), error.position()), ("naming-unclosed-bracket", 1));
    assert_eq!(Pattern::parse(" ").unwrap_err().code(), "naming-empty-pattern");
    assert_eq!(Pattern::parse("[[nom]]").unwrap_err().code(), "naming-unknown-variable");
}

#[test]
fn hostile_names_become_harmless() {
    for (hostile, wanted) in [
        ("../../etc/passwd", "__._etc_passwd"),
        (r"C:\Windows\win.ini", "C__Windows_win.ini"),
        ("/etc/passwd", "_etc_passwd"),
        (r"\\server\share", "__server_share"),
        ("..", "sans_nom"),
        ("...", "sans_nom"),
        (" . ", "sans_nom"),
        ("", "sans_nom"),
        (".taskctl", "_taskctl"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("com1 .txt", "_com1 .txt"),
        ("LPT²", "_LPT²"),
        ("COM10", "COM10"),
        ("console.txt", "console.txt"),
        ("a\0b\r\nc\u{7f}", "a_b__c_"),
        ("facture\u{202e}fdp.exe", "facture_fdp.exe"),
        ("fin. . ", "fin"),
        ("a:stream", "a_stream"),
        ("été 2026.xml", "été 2026.xml"),
    ] {
        assert_eq!(safe(hostile), wanted);
    }
}

#[test]
fn long_names_keep_their_extension_and_the_date() {
    let long = format!("{}.xml", "é".repeat(300));
    let short = safe(&long);
    assert!(short.len() <= LONGEST && short.len() >= LONGEST - 1 && short.ends_with("é.xml"), "{short}");
    assert!(default(&long).ends_with("é.xml_20261122_593008"));
    assert!(default(&"x".repeat(300)).ends_with("x_20261122_593008"));
    assert!(render("[nom]_[numrec].020", &long, None).ends_with(".xml_0007.020"));
}

#[test]
fn taken_names_are_numbered_before_the_extension() {
    assert_eq!(numbered("a.xml", 2), "a_2.xml");
    assert_eq!(numbered("a.tar.gz", 3), "a.tar_3.gz");
    assert_eq!(numbered("ACQUIT.xml_20261122_593008", 2), "ACQUIT.xml_20261122_593008_2");
    assert_eq!(numbered("sans extension", 2), "sans extension_2");
    assert_eq!(incremented("a.xml", 1), "a_1.xml");
    assert_eq!(incremented(".profile", 1), ".profile_1");
    let longest = format!("{}.xml", "a".repeat(251));
    assert_eq!(incremented(&longest, 12), format!("{}_12.xml", "a".repeat(248)));
}

fn search(searches: &[(&str, &str)], pieces: &[&[u8]]) -> Option<String> {
    let searches = searches.iter().map(|(text, label)| ((*text).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    let mut searcher = Searcher::new(&searches);
    pieces.iter().for_each(|piece| searcher.feed(piece));
    searcher.label().map(ToOwned::to_owned)
}

#[test]
fn the_first_configured_text_that_is_found_wins() {
    let searches = [("PAYE", "paie"), ("DEPENSE", "mandats"), ("", "rien"), ("RECETTE", "titres")];
    assert_eq!(search(&searches, &[b"x RECETTE y DEPENSE z"]).as_deref(), Some("mandats"));
    assert_eq!(search(&searches, &[b"RECETTE", b" DEPENSE PAYE"]).as_deref(), Some("paie"));
    assert_eq!(search(&searches, &[b"REC", b"", b"ETT", b"E"]).as_deref(), Some("titres"));
    assert_eq!(search(&searches, &[b"recette"]), None);
    assert_eq!(search(&[], &[b"anything"]), None);
    assert_eq!(search(&[("abcd", "1"), ("bc", "2")], &[b"abcx"]).as_deref(), Some("2"));
}

#[test]
fn accents_are_found_in_both_encodings() {
    let searches = [("Dépense", "d")];
    assert_eq!(search(&searches, &["une Dépense".as_bytes()]).as_deref(), Some("d"));
    assert_eq!(search(&searches, &[b"une D\xe9pense"]).as_deref(), Some("d"));
    assert_eq!(search(&searches, &[b"une Depense"]), None);
}

proptest! {
    #[test]
    fn no_name_escapes(name in any::<String>(), label in any::<String>(), profile in any::<String>(), pattern in 0_usize..4) {
        let pattern = ["[nom]", "[recherche][nom]", "[nomprofil].[nom].", " [nom]/..\\[recherche]"][pattern];
        let values = Values { name: &name, at: &at(), numrec: u64::MAX, profile: &profile, label: Some(&label) };
        for made in [Pattern::parse(pattern).unwrap().render(&values), Pattern::default().render(&values), safe(&name)] {
            prop_assert!(is_harmless(&made), "{made:?}");
            prop_assert_eq!(&safe(&made), &made, "not stable");
            let number = numbered(&made, u32::MAX);
            prop_assert!(number != made && number.len() <= 255);
            prop_assert!(Path::new(&number).components().eq([Component::Normal(number.as_ref())]));
        }
    }

    #[test]
    fn no_dangerous_name_escapes(name in r#"([./\\: ~]|CON|nul|com[0-9¹²³]|LPT1|[a-z]|é){0,90}(\.[a-z]{0,12})?"#) {
        prop_assert!(is_harmless(&safe(&name)), "{:?}", safe(&name));
        prop_assert_eq!(safe(&safe(&name)), safe(&name));
        prop_assert!(is_harmless(&default(&name)));
    }

    #[test]
    fn any_pattern_is_read_or_refused(pattern in r"[\[\]a-zé]{0,6}(\[(nom|numrec|x)\])?.{0,6}") {
        if let Err(error) = Pattern::parse(&pattern) {
            prop_assert!(pattern.is_char_boundary(error.position()));
        }
    }

    #[test]
    fn cutting_the_content_changes_nothing(content in "[abc]{0,60}", cuts in prop::collection::vec(0_usize..60, 0..6)) {
        let searches = [("abca", "1"), ("bcb", "2"), ("ca", "3")];
        let whole = search(&searches, &[content.as_bytes()]);
        let mut cuts = cuts.into_iter().map(|cut| cut.min(content.len())).collect::<Vec<_>>();
        cuts.extend([0, content.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &content.as_bytes()[cut[0]..cut[1]]).collect::<Vec<_>>();
        prop_assert_eq!(&search(&searches, &pieces), &whole);
        let wanted = searches.iter().find(|(text, _)| content.contains(text)).map(|(_, label)| (*label).to_owned());
        prop_assert_eq!(whole, wanted);
    }
}
