use proptest::prelude::*;

use super::fold::fold_text;
use super::*;

fn matches(pattern: &str, name: &str) -> bool {
    let by_index = Matcher::new([(0, pattern)]).matches(name) != Verdict::Unmatched;
    assert_eq!(explain(pattern, name).reason.matches(), by_index, "explain disagrees: {pattern} {name}");
    by_index
}

/// The rules as one would write them on paper.
fn oracle(pattern: &str, name: &str) -> bool {
    fn glob(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => glob(rest, name) || !name.is_empty() && glob(pattern, &name[1..]),
            (Some(('?', rest)), Some((_, names))) => glob(rest, names),
            (Some((a, rest)), Some((b, names))) => a == b && glob(rest, names),
            _ => false,
        }
    }
    let hides = |text: &str| text.starts_with('.') || text.starts_with("~$");
    let chars = |text: &str| fold_text(text).chars().collect::<Vec<_>>();
    (!hides(name) || hides(pattern)) && (pattern == "*.*" || glob(&chars(pattern), &chars(name)))
}

#[test]
fn wildcards_mean_what_operators_expect() {
    for (pattern, name) in [
        ("*", "anything"),
        ("*.*", "anything.xml"),
        ("*.*", "no_dot"),
        ("mand*.xml", "MANDATS.XML"),
        ("MAND??.001", "mand12.001"),
        ("MAND*.*", "mandats.xml"),
        ("budget[1]{a}!.txt", "BUDGET[1]{A}!.TXT"),
        ("*été*", "L'ÉTÉ.pdf"),
        ("?t?", "été"),
        ("*a*b*c", "xxaxbxabc"),
        ("exact.xml", "Exact.Xml"),
        (".htaccess", ".HTACCESS"),
        (".*", ".hidden"),
        ("~$*", "~$budget.docx"),
        ("*~$", "budget~$"),
    ] {
        assert!(matches(pattern, name), "{pattern} should match {name}");
    }
    for (pattern, name) in [
        ("", "a"),
        ("mand*.xml", "mandats.xml.bak"),
        ("mand*.*", "mandats"),
        ("MAND??.001", "mand1.001"),
        ("[ab].txt", "a.txt"),
        ("{a,b}", "a"),
        ("?", "é\u{301}x"),
        ("é", "e\u{301}"),
        ("ß", "ss"),
        ("*", ".xml.part"),
        ("*.*", "~$budget.docx"),
        ("?htaccess", ".htaccess"),
    ] {
        assert!(!matches(pattern, name), "{pattern} should not match {name}");
    }
}

#[test]
fn first_scenario_wins_and_names_the_ones_it_shadows() {
    let matcher = Matcher::new([(4, "*.xml"), (2, "mand*"), (9, "*"), (7, "pes*")]);
    assert_eq!(matcher.matches("MAND1.XML"), Verdict::Matched { scenario: 2, shadowed: vec![4, 9] });
    assert_eq!(matcher.matches("readme"), Verdict::Matched { scenario: 9, shadowed: vec![] });
    assert_eq!(Matcher::new([]).matches("readme"), Verdict::Unmatched);
}

#[test]
fn verdicts_merge_in_configuration_order() {
    let of = |scenarios: &[usize]| scenarios.iter().fold(Verdict::Unmatched, |verdict, &s| verdict.and(s));
    assert_eq!(of(&[5, 1]).merge(of(&[3, 1])), Verdict::Matched { scenario: 1, shadowed: vec![3, 5] });
    assert_eq!(of(&[]).merge(of(&[3])), of(&[3]));
    assert_eq!(of(&[3]).merge(of(&[])), of(&[3]));
}

#[test]
fn explains_the_part_that_fails() {
    let differs = |expected: &str, found: &str| Reason::Differs { expected: expected.into(), found: found.into() };
    for (pattern, name, matched, reason) in [
        ("MANDAT*.xml", "Mandol1.xml", "MAND", differs("AT", "ol1.xml")),
        ("*.xml", "a.b.txt", "*.", differs("xml", "txt")),
        ("*.xml", "a.xm", "*.xm", Reason::TooShort { expected: "l".into() }),
        ("a??", "ab", "a?", Reason::TooShort { expected: "?".into() }),
        ("*.xml", "a.xml.bak", "*.xml", Reason::TooLong { rest: ".bak".into() }),
        ("*.xml", ".a.xml", "", Reason::Hidden),
        ("*.*", "a", "*.*", Reason::EveryName),
        ("a*", "abc", "a*", Reason::Matches),
    ] {
        let explained = explain(pattern, name);
        assert_eq!((explained.matched.as_str(), &explained.reason), (matched, &reason), "{pattern} {name}");
    }
    assert!(explain("été", "e\u{301}te\u{301}").decomposed);
    assert!(!explain("été", "été").decomposed);
}

#[test]
fn crowds_are_filed_under_a_rare_literal() {
    // Alike at both ends: only what is in between tells them apart.
    let patterns = (0..500).map(|n| format!("PES_*_code{n:03}_*.xml")).collect::<Vec<_>>();
    let matcher = Matcher::new(patterns.iter().map(String::as_str).enumerate());
    let mut compared = 0;
    matcher.index.candidates(b"pes_x_code123_y.xml", |_| compared += 1);
    assert_eq!(compared, 1);
    assert_eq!(matcher.matches("PES_x_CODE123_y.xml"), Verdict::Matched { scenario: 123, shadowed: vec![] });
}

#[test]
fn a_name_is_compared_with_few_of_a_thousand_patterns() {
    let patterns = (0..1000).map(|n| match n % 4 {
        0 => format!("MAND_{n:04}_*.xml"),
        1 => format!("*_{n:04}.txt"),
        2 => format!("*-{n:04}-*"),
        _ => format!("exact_{n:04}.dat"),
    });
    let patterns = patterns.collect::<Vec<_>>();
    let matcher = Matcher::new(patterns.iter().map(String::as_str).enumerate());
    for name in ["mand_0004_a.xml", "x_0005.txt", "a-0006-b", "exact_0007.dat", "other.pdf"] {
        let mut compared = 0;
        matcher.index.candidates(name.as_bytes(), |_| compared += 1);
        assert!(compared <= 2, "{name} was compared with {compared} patterns");
    }
}

proptest! {
    #[test]
    fn agrees_with_the_oracle(pattern in "[abA.éÉe\u{301}ßſS~$*?]{0,8}", name in "[abA.éÉe\u{301}ßſS~$*?]{0,9}") {
        prop_assert_eq!(matches(&pattern, &name), oracle(&pattern, &name));
    }

    #[test]
    fn the_index_finds_what_one_by_one_finds(
        patterns in prop::collection::vec("[aAé]{0,2}[b*?]{0,2}[ab.]{0,2}[*?]{0,1}[aé]{0,1}", 0..60),
        names in prop::collection::vec("[aAébB.]{0,7}", 1..8),
    ) {
        let matcher = Matcher::new(patterns.iter().map(String::as_str).enumerate());
        for name in names {
            let wanted = (0..patterns.len()).filter(|&i| oracle(&patterns[i], &name));
            prop_assert_eq!(matcher.matches(&name), wanted.fold(Verdict::Unmatched, Verdict::and), "{}", name);
        }
    }

    #[test]
    fn any_text_is_a_pattern_and_a_name(pattern in ".{0,40}", name in ".{0,300}") {
        prop_assert_eq!(matches(&pattern, &name), oracle(&pattern, &name));
    }
}
