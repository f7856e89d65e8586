//! A listing page gives at most as many files as allowed, each once, all on the gateway's origin (docs/protocols/xfb-gateway.md 5).

#![no_main]

use std::{collections::HashSet, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use url::Url;
use xfb_gateway::page::{Listing, decode};

const LIMIT: usize = 50;

static BASE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://gateway.example/depot-xt").expect("a constant"));

fuzz_target!(|bytes: &[u8]| {
    let (html, _) = decode(bytes, None);
    let Ok(listing) = Listing::read(&html, &BASE, LIMIT) else { return };
    assert!(listing.rows.len() <= LIMIT);
    let idents: HashSet<_> = listing.rows.iter().map(|offer| offer.local_ident.as_str()).collect();
    assert_eq!(idents.len(), listing.rows.len());
    let all = listing.rows.len();
    assert!(listing.into_offers().count() <= all);
});
