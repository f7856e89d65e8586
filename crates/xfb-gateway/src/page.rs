//! Pages of the portal and of the gateway, read by pure functions: bytes to text, text to [`Page`], [`Page`] to what
//! the protocol asks of it ([`Listing`], [`UploadForm`], [`Verdict`]).
//!
//! The readers take tag soup (unclosed tags, upper case, values without quotes), never fail on arbitrary text, and need
//! time and memory linear in the page (see `docs/protocols/xfb-gateway.md` 2 to 5 for what they look for).

mod form;
pub(crate) mod kind;
mod listing;
mod verdict;
mod ways;

pub use form::{FieldNames, Role, Unmapped, UploadForm};
pub use listing::{Listing, Offer, State, TooManyRows};
pub use verdict::{Verdict, Wording};
pub(crate) use ways::{Way, Ways};
pub use web_forms::page::{Form, Input, Kind, Link, MAX_ITEMS, Page, Row};
pub use web_forms::text::charset::{Charset, decode};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    proptest! {
        #[test]
        fn no_page_makes_a_reader_fail(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            soup in proptest::collection::vec("<(/?)(a|form|input|label|select|option|textarea|tr|td|h1|title|script|br|button)( (href|name|type|for|id|value|action|method)=?[\"']?(file|hidden|password|x|/depot-xt/N\\?local_ident=1)?[\"']?){0,3}>?|[a-z é&;<]{0,8}", 0..40)) {
            let url = Url::parse("https://h/depot-xt").unwrap();
            for text in [decode(&bytes, None).0, soup.concat()] {
                let page = Page::read(&text);
                let _ = Listing::of_page(&page, &url, &url, 5);
                let _ = UploadForm::find(&page, &url, &FieldNames::default()).map(|form| form.fill(|_| Some("v")));
                let _ = Ways::read(&page, &url, &url, &Wording::default());
                let _ = Verdict::of_upload(200, &page, &Wording::default());
                let _ = (kind::is_empty_listing(&page, &Wording::default()), kind::is_no_file(&page, &url, &url), kind::asks_to_log_in(&page));
            }
        }
    }
}
