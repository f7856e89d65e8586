//! Any page is read, its upload form stays on its origin and is filled or refused, and only a 2xx page says that a file was
//! received (docs/protocols/xfb-gateway.md 4).

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use url::Url;
use xfb_gateway::page::{FieldNames, MAX_ITEMS, Page, UploadForm, Verdict, Wording, decode};

static URL: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://gateway.example/depot-xt?user=u&password=p").expect("a constant"));

fuzz_target!(|bytes: &[u8]| {
    let (html, _) = decode(bytes, Some("text/html; charset=iso-8859-1"));
    let page = Page::read(&html);
    assert_eq!(page, Page::read(&html));
    assert!(page.links.len() <= MAX_ITEMS && page.forms.len() <= MAX_ITEMS);
    assert!(page.rows.iter().flat_map(|row| &row.links).all(|link| *link < page.links.len()));
    if let Some(form) = UploadForm::find(&page, &URL, &FieldNames::default()) {
        assert!(form.action.as_ref().is_none_or(|action| action.origin() == URL.origin()));
        if let Ok(fields) = form.fill(|_| Some("value")) {
            assert_eq!(fields.len(), form.fields.len());
        }
    }
    for status in [302, 404, 408, 500, 503] {
        assert_ne!(Verdict::of_upload(status, &page, &Wording::default()), Verdict::Received);
    }
});
