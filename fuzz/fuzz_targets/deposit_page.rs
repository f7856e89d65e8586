//! Any page of INSEE's site is read, its form stays on its origin, only a 2xx page is a receipt, and a refusal always counts
//! (docs/protocols/aireppnet.md 2 to 4).

#![no_main]

use std::sync::LazyLock;

use aireppnet::page::{Deposit, MAX_ITEMS, Page, State, Verdict, decode, deposit_page, log_out, reference};
use aireppnet::profile::Profile;
use libfuzzer_sys::fuzz_target;
use url::Url;

static URL: LazyLock<Url> = LazyLock::new(|| Url::parse("https://insee.example/depot/").expect("a constant"));
static PROFILE: LazyLock<Profile> = LazyLock::new(Profile::default);

fuzz_target!(|bytes: &[u8]| {
    let (html, _) = decode(bytes, Some("text/html; charset=iso-8859-1"));
    let page = Page::read(&html);
    assert_eq!(page, Page::read(&html));
    assert!(page.links.len() <= MAX_ITEMS && page.forms.len() <= MAX_ITEMS);
    if let Ok(form) = Deposit::find(&page, &URL, &PROFILE) {
        assert!(form.action.is_none_or(|action| action.origin() == URL.origin()));
        assert!(form.fields.iter().all(|(name, _)| *name != form.file));
    }
    for way in [deposit_page(&page, &URL, &PROFILE), log_out(&page, &URL, &PROFILE)].into_iter().flatten() {
        assert_eq!(way.origin(), URL.origin());
    }
    assert!(reference(&page, &PROFILE).is_none_or(|number| number.chars().count() <= 64));
    for status in [302, 401, 404, 408, 500, 503] {
        assert_ne!(Verdict::of(status, &page, &PROFILE), Verdict::Received);
        assert_ne!(State::of(status, &page, &PROFILE), State::Inside);
    }
    let refused = Page::read(&format!("<h1>Fichier refusé</h1>{html}"));
    assert_ne!(Verdict::of(200, &refused, &PROFILE), Verdict::Received);
});
