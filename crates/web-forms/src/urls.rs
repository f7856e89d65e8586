//! Addresses: one origin a conversation, credentials in no address that is kept or shown.
//!
//! Some sites want `user` and `password` in every query and echo them in every link: parameters of these two names are taken off whatever
//! address is read, and put on again where a request says so.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

const CREDENTIALS: [&str; 2] = ["user", "password"];

/// Same scheme, host and port; false for addresses that have none, like `javascript:`.
#[must_use]
pub fn same_origin(one: &Url, other: &Url) -> bool {
    one.has_host() && one.origin() == other.origin()
}

/// The address that `reference` of the page at `base` leads to, if it stays on that origin.
#[must_use]
pub fn resolve(base: &Url, reference: &str) -> Option<Url> {
    base.join(reference).ok().filter(|target| same_origin(base, target)).map(|target| bare(&target))
}

/// `url` without fragment, user information and the credentials of its query.
#[must_use]
pub fn bare(url: &Url) -> Url {
    let mut bare = url.clone();
    bare.set_fragment(None);
    // Fails only for addresses that cannot hold any.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    let kept: Vec<_> = url.query_pairs().filter(|(name, _)| !CREDENTIALS.contains(&name.as_ref())).collect();
    if kept.is_empty() {
        bare.set_query(None);
    } else if kept.len() < url.query_pairs().count() {
        bare.query_pairs_mut().clear().extend_pairs(kept);
    }
    bare
}

/// `url` with the credentials in its query, whatever was there before.
#[must_use]
pub fn with_credentials(url: &Url, user: &str, password: &SecretString) -> Url {
    let mut full = bare(url);
    full.query_pairs_mut().append_pair(CREDENTIALS[0], user).append_pair(CREDENTIALS[1], password.expose_secret());
    full
}

/// Scheme, host and port: what an operator needs to see of a foreign address, without anything secret.
#[must_use]
pub fn shown_origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn credentials_come_and_go() {
        let page = url("https://h/depot-xt/N?user=U&local_ident=1&password=P#x");
        assert_eq!(bare(&page).as_str(), "https://h/depot-xt/N?local_ident=1");
        let full = with_credentials(&page, "a b", &SecretString::from("p&=é"));
        assert_eq!(full.as_str(), "https://h/depot-xt/N?local_ident=1&user=a+b&password=p%26%3D%C3%A9");
        assert_eq!(bare(&full).as_str(), "https://h/depot-xt/N?local_ident=1");
        assert_eq!(bare(&url("http://u:p@h/?user=U&password=P")).as_str(), "http://h/");
        assert_eq!(bare(&url("http://h/?a=%20b")).as_str(), "http://h/?a=%20b");
    }

    #[test]
    fn links_stay_on_their_origin() {
        let base = url("https://h/depot-xt");
        assert_eq!(resolve(&base, "?a=1").unwrap().as_str(), "https://h/depot-xt?a=1");
        for foreign in ["http://h/", "https://h:444/", "//evil/", "javascript:alert(1)", "https://h.evil/", "data:,x"] {
            assert_eq!(resolve(&base, foreign), None, "{foreign}");
        }
    }
}
