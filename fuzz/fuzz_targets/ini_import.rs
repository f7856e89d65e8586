//! Any bytes are an INI file that comes back unchanged, and a configuration that our reader accepts or that says what to complete.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use taskctl::config::{Source, parse};
use taskctl::import::ini::Ini;
use taskctl::import::{File, Kind, PathMap, import};

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(Ini::read(bytes).write(), bytes);
    let Ok(maps) = PathMap::parse(&[r"c:\transfert=/srv/transfert"]) else { return };
    let file = File { name: "automate.ini".to_owned(), bytes: bytes.to_vec() };
    let imported = import(&[file], &maps, partners::CHANNELS, false);
    assert!(imported.counts.understood <= imported.counts.entries);
    let source = Source { path: "taskctl.toml".into(), text: imported.toml };
    let (_, report) = parse(vec![source], Path::new("/station"), partners::CHANNELS);
    let told = imported.findings.iter().any(|finding| finding.kind == Kind::ToComplete);
    assert!(told || report.errors() == 0, "{report}");
});
