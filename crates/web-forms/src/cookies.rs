//! Cookies of one session, each sent back to the origin that set it.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::Url;

use crate::redact::Redactor;

/// Cookies kept of one session; later ones are dropped.
const MAX_COOKIES: usize = 100;
/// Shorter values are settings (`fr`, `1`), not secrets: to remove them would spoil every text.
const SECRET_FROM: usize = 8;

/// Origin and name to value. Paths, domains and dates are ignored: a session is short and stays on its origins.
#[derive(Default)]
pub(crate) struct Cookies(BTreeMap<(String, String), String>);

impl Cookies {
    /// Keeps what the answer from `url` sets, and makes it a secret.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap, secrets: &mut Redactor) {
        for set in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(set.as_bytes());
            let Some((name, value)) = text.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let (key, value) = ((url.origin().ascii_serialization(), name.trim().to_owned()), value.trim());
            if value.is_empty() || ends_at_once(&text) {
                self.0.remove(&key);
            } else if self.0.len() < MAX_COOKIES || self.0.contains_key(&key) {
                if value.len() >= SECRET_FROM {
                    secrets.add(value.trim_matches('"'));
                }
                self.0.insert(key, value.to_owned());
            }
        }
    }

    /// The header for a request to `url`.
    pub(crate) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let origin = url.origin().ascii_serialization();
        let own = self.0.iter().filter(|((known, _), _)| *known == origin);
        let pairs: Vec<_> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|header| !header.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }
}

fn ends_at_once(set: &str) -> bool {
    let mut attributes = set.split(';').skip(1).filter_map(|attribute| attribute.split_once('='));
    let age = attributes.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"));
    age.is_some_and(|(_, age)| age.trim().parse::<i64>().is_ok_and(|age| age <= 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_to_their_origin_only() {
        let [portal, gateway] = ["https://ilex:8443/a", "https://ilex/b"].map(|url| Url::parse(url).unwrap());
        let (mut cookies, mut secrets) = (Cookies::default(), Redactor::new());
        let mut keep = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(SET_COOKIE, HeaderValue::from_static(text));
            cookies.keep(&portal, &headers, &mut secrets);
            let shown = |url| cookies.header(url).map(|header| header.to_str().unwrap().to_owned()).unwrap_or_default();
            assert_eq!(shown(&gateway), "");
            shown(&portal)
        };
        assert_eq!(keep("SID=0123456789abcdef; Path=/; HttpOnly"), "SID=0123456789abcdef");
        assert_eq!(keep("lang=fr"), "SID=0123456789abcdef; lang=fr");
        assert_eq!(keep("lang="), "SID=0123456789abcdef");
        assert_eq!(keep("nonsense"), "SID=0123456789abcdef");
        assert_eq!(keep("SID=x; Max-Age=0"), "");
        assert_eq!(secrets.redact("0123456789abcdef fr"), "*** fr");
    }
}
