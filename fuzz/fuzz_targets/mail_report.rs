//! Any bytes are a bounded report, a mail that is none, or an error; and so are the files in them (docs/protocols/mailbox.md 6, 7).

#![no_main]

use libfuzzer_sys::fuzz_target;
use pecoto_smtp::mailbox::{
    Attachment, Limits, MAX_ATTACHMENTS,
    report::{Content, Report, Standing},
};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let read = Report::read(bytes, &limits);
    assert_eq!(read.as_ref().ok(), Report::read(bytes, &limits).as_ref().ok());
    if let Ok(Some(report)) = read {
        assert!(report.original_message_id.as_ref().is_none_or(|id| (1..=250).contains(&id.len())));
        if let Content::Delivery(told) = &report.content {
            assert!((1..=100).contains(&told.recipients.len()));
        }
        let mut once = Standing::default();
        once.learn(&report);
        let mut twice = once.clone();
        twice.learn(&report);
        assert_eq!(once, twice);
    }
    if let Ok(files) = Attachment::all(bytes, &limits) {
        assert!(files.len() <= MAX_ATTACHMENTS);
        for file in files {
            assert!(!file.name.is_empty() && file.name.len() <= 200 && !file.name.starts_with('.'));
            assert!(!file.name.contains(['/', '\\']) && !file.name.contains(char::is_control));
            assert!(file.bytes.len() <= 2 * bytes.len());
        }
    }
});
