//! Any bytes are a bounded mail or an error, the same each time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pecoto_smtp::mailbox::{Limits, Mail};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { text_bytes: 200, ..Limits::default() };
    let Ok(mail) = Mail::parse("a.eml", bytes, &limits) else { return };
    assert!(mail.text.len() <= limits.text_bytes);
    assert!(!mail.key.is_empty() && !mail.key.contains(char::is_whitespace));
    assert!(!mail.subject.contains(char::is_control));
    assert_eq!(Mail::parse("a.eml", bytes, &limits).ok(), Some(mail));
});
