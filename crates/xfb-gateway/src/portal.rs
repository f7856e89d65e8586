//! The ILEX portal (docs/protocols/xfb-gateway.md 2).

use secrecy::ExposeSecret;
use url::Url;
use web_forms::page::{LogOn, log_off};
use web_forms::wire::{Answer, Ask, Talk};

use crate::config::Portal;
use crate::error::{Code, Error, Result};

const DOING: &str = "logging in to the portal";

/// Logs in; gives the way out, if the portal shows one.
pub(crate) async fn log_in(talk: &mut Talk, portal: &Portal) -> Result<Option<Url>> {
    let door = Ask { url: portal.url.clone(), form: None, in_query: false };
    let first = talk.page(door.clone(), DOING).await?;
    let last = if first.status == 401 && first.asks_basic {
        talk.authorize(&portal.url, &portal.credentials)?;
        talk.page(door, DOING).await?
    } else {
        let form = LogOn::find(&first.page, &first.url).filter(|_| first.is_success());
        let form = form.ok_or_else(|| trouble(talk, &first, "the page asks for no password"))?;
        talk.page(filled(&form, &first, portal)?, DOING).await?
    };
    if !last.is_success() || LogOn::find(&last.page, &last.url).is_some() {
        return Err(trouble(talk, &last, "refused"));
    }
    Ok(log_off(&last.page, &last.url))
}

fn filled(form: &LogOn, first: &Answer, portal: &Portal) -> Result<Ask> {
    let foreign = || Error::new(Code::ForeignOrigin, format!("{DOING}: its form leads to another origin"));
    let mut url = form.action.clone().ok_or_else(foreign)?;
    let fields = form.fill(&portal.credentials.user, portal.credentials.password.expose_secret());
    if form.post {
        return Ok(Ask { url, form: Some((fields, first.charset)), in_query: false });
    }
    url.query_pairs_mut().clear().extend_pairs(fields);
    Ok(Ask { url, form: None, in_query: false })
}

/// A page that is not the one behind the log-in.
fn trouble(talk: &Talk, answer: &Answer, what: &str) -> Error {
    let status = answer.status;
    let asked_again = LogOn::find(&answer.page, &answer.url).is_some();
    let code = match status {
        401 | 403 => Code::PortalRefused,
        429 | 503 => Code::RefusedForNow,
        500.. => Code::ServerFailed,
        _ if asked_again => Code::PortalRefused,
        400.. => Code::PageRefused,
        _ => Code::UnknownPage,
    };
    let error = Error::new(code, format!("{DOING}: {what} (status {status})"));
    error.said(&answer.page.words(), &talk.secrets).hinted(answer.retry_after)
}
