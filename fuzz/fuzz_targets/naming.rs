//! Whatever the pattern and the partner's name, a return's name is one safe path component (docs/ARCHITECTURE.md, hostile names).

#![no_main]

use std::sync::LazyLock;

use jiff::Zoned;
use libfuzzer_sys::fuzz_target;
use scheduler_core::naming::{LONGEST, Pattern, Searcher, Values, incremented, numbered, safe};

static AT: LazyLock<Zoned> = LazyLock::new(|| "2026-11-22T08:30:59[Europe/Paris]".parse().expect("a constant"));

fn check(name: &str) {
    assert!(!name.is_empty() && name.len() <= LONGEST);
    assert!(!name.contains(['/', '\\', '\0', ':']) && !name.contains(char::is_control));
    assert!(!name.starts_with('.') && name != "..");
    assert_eq!(safe(name), name);
}

fuzz_target!(|input: (&str, &str, &str, &str, u64)| {
    let (pattern, name, profile, content, numrec) = input;
    check(&safe(name));
    for name in [numbered(&safe(name), 2), incremented(&safe(name), u32::MAX)] {
        assert!(name.len() <= 255 && !name.contains(['/', '\\', '\0']));
    }
    let mut searcher = Searcher::new(&[(profile.to_owned(), name.to_owned())]);
    searcher.feed(content.as_bytes());
    let values = Values { name, at: &AT, numrec, profile, label: searcher.label() };
    check(&Pattern::default().render(&values));
    match Pattern::parse(pattern) {
        Ok(pattern) => check(&pattern.render(&values)),
        Err(error) => assert!(error.position() <= pattern.len()),
    }
});
