//! A secret never comes out of any text, however it was written there (docs/protocols/xfb-gateway.md 9).

#![no_main]

use libfuzzer_sys::fuzz_target;
use xfb_gateway::redact::{REMOVED, Redactor};

fuzz_target!(|input: (&str, &str, &str)| {
    let (secret, before, after) = input;
    let secret = secret.trim();
    let size = secret.chars().count();
    // A secret that the replacement itself holds cannot be told from it; white space and control characters may be folded.
    if !(3..=40).contains(&size) || secret.contains(|c: char| c == '*' || c.is_whitespace() || c.is_control()) {
        return;
    }
    let mut redactor = Redactor::new();
    redactor.add(secret);
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let numbers: String = secret.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    for written in [secret, &percent, &percent.to_lowercase(), &numbers] {
        let text = format!("{before}{written}{after}");
        let clean = redactor.redact(&text);
        assert!(clean.contains(REMOVED), "{secret:?} {text:?} {clean:?}");
        assert!(!clean.contains(secret) && !clean.contains(written), "{secret:?} {text:?} {clean:?}");
        let start = redactor.start(&text, 64);
        assert!(start.len() <= 64 && !start.contains(secret) && !start.contains(written));
    }
});
