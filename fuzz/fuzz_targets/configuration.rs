//! Any text is a configuration or a report that can be shown.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use taskctl::config::{Source, parse};

fuzz_target!(|text: &str| {
    let source = Source { path: "taskctl.toml".into(), text: text.to_owned() };
    let (_, report) = parse(vec![source], Path::new("/station"), partners::CHANNELS);
    assert!(report.errors() <= report.problems().len());
    assert_eq!(report.problems().is_empty(), report.render(false).is_empty());
    assert!(report.json().is_array());
});
