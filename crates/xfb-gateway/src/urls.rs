//! Where the gateway answers (docs/protocols/xfb-gateway.md 3.1).

use url::Url;

/// Below its base address.
const ENTRY: &str = "/depot-xt";

/// `<base>/depot-xt`, without a query.
pub(crate) fn entry(base: &Url) -> Url {
    let mut entry = base.clone();
    let path = base.path().trim_end_matches('/');
    let path = if path.ends_with(ENTRY) { path.to_owned() } else { format!("{path}{ENTRY}") };
    entry.set_path(&path);
    entry.set_query(None);
    entry.set_fragment(None);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_below_the_base() {
        for (base, expected) in [
            ("https://xfb.test", "https://xfb.test/depot-xt"),
            ("https://xfb.test/", "https://xfb.test/depot-xt"),
            ("https://xfb.test/a/", "https://xfb.test/a/depot-xt"),
            ("https://xfb.test/a/depot-xt", "https://xfb.test/a/depot-xt"),
        ] {
            assert_eq!(entry(&Url::parse(base).unwrap()).as_str(), expected);
        }
    }
}
