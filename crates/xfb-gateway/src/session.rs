//! A session with the gateway (docs/protocols/xfb-gateway.md 3 to 7).

use std::sync::Arc;

use tokio::time::Instant;
use url::Url;
use web_forms::page::log_off;
use web_forms::wire::{Answer, Ask, Talk};

use crate::download::Download;
use crate::error::{Code, Consumed, Error, Result};
use crate::page::{Charset, Listing, Offer, State, UploadForm, Verdict, Way, Ways, kind};
use crate::phase::Phase;
use crate::portal;
use crate::site::Site;
use crate::trouble::unexpected;

/// An open session. One thing at a time; nothing is ever asked for that was not called for.
///
/// [`Session::close`] logs out. A session that is dropped instead stays open on the server until that forgets it.
#[must_use = "a session that is not closed stays open on the server"]
pub struct Session {
    pub(crate) site: Arc<Site>,
    pub(crate) talk: Talk,
    /// Where the entry page leads; `None` when the gateway must be entered (again).
    ways: Option<Ways>,
    form: Option<(UploadForm, Charset)>,
    gateway_out: Option<Url>,
    portal_out: Option<Url>,
}

impl Session {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self {
            talk: Talk::new(Arc::clone(&site.line)),
            site,
            ways: None,
            form: None,
            gateway_out: None,
            portal_out: None,
        }
    }

    pub(crate) async fn enter(&mut self, on_phase: &mut (dyn FnMut(Phase) + Send)) -> Result<()> {
        if let Some(portal) = self.site.config.portal.clone() {
            on_phase(Phase::Portal);
            self.portal_out = portal::log_in(&mut self.talk, &portal).await?;
        }
        on_phase(Phase::Gateway);
        self.enter_gateway().await
    }

    /// Enters the gateway (docs/protocols/xfb-gateway.md 3.5).
    async fn enter_gateway(&mut self) -> Result<()> {
        let doing = "entering the gateway";
        self.expire();
        let entry = self.site.entry.clone();
        let answer = self.page(&Way::to(entry.clone()), doing).await?;
        let ways = Ways::read(&answer.page, &answer.url, &entry, &self.site.config.wording);
        if !answer.is_success() || !ways.any() {
            return Err(self.trouble(&answer, doing));
        }
        self.form = self.form_of(&answer);
        self.ways = Some(ways);
        Ok(())
    }

    /// What was learnt of the gateway's pages holds no longer.
    pub(crate) fn expire(&mut self) {
        self.ways = None;
        self.form = None;
    }

    /// Visits a page of the gateway.
    async fn page(&mut self, way: &Way, doing: &str) -> Result<Answer> {
        let charset = self.form.as_ref().map_or(Charset::UTF_8, |(_, charset)| *charset);
        let form = way.post.clone().map(|fields| (fields, charset));
        let answer = self.talk.page(Ask { url: way.url.clone(), form, in_query: true }, doing).await?;
        self.note_way_out(&answer);
        Ok(answer)
    }

    pub(crate) fn note_way_out(&mut self, answer: &Answer) {
        if let Some(url) = log_off(&answer.page, &answer.url) {
            self.gateway_out = Some(url);
        }
    }

    /// Visits the page that `which` leads to. An expired session is entered again, once
    /// (docs/protocols/xfb-gateway.md 3.4).
    async fn visit(&mut self, which: fn(&Ways) -> Option<&Way>, doing: &str) -> Result<Answer> {
        let mut entered = false;
        loop {
            if self.ways.is_none() {
                self.enter_gateway().await?;
                entered = true;
            }
            let Some(way) = self.ways.as_ref().and_then(which).cloned() else {
                return Err(Error::new(Code::UnknownPage, format!("{doing}: the entry page does not lead there")));
            };
            let answer = self.page(&way, doing).await?;
            if entered || self.verdict(&answer) != Verdict::Expired {
                return Ok(answer);
            }
            self.expire();
        }
    }

    fn verdict(&self, answer: &Answer) -> Verdict {
        Verdict::of_page(answer.status, &answer.page, &self.site.config.wording)
    }

    /// The upload form, read once and kept until the session expires (docs/protocols/xfb-gateway.md 4.2).
    pub(crate) async fn upload_form(&mut self) -> Result<(UploadForm, Charset)> {
        let doing = "looking for the upload form";
        if self.form.is_none() {
            if self.ways.is_none() {
                self.enter_gateway().await?;
            }
            if self.form.is_none() {
                let answer = self.visit(|ways| ways.send.as_ref(), doing).await?;
                self.form = self.form_of(&answer);
                if self.form.is_none() {
                    return Err(self.trouble(&answer, doing));
                }
            }
        }
        self.form.clone().ok_or_else(|| Error::new(Code::Bug, doing))
    }

    fn form_of(&self, answer: &Answer) -> Option<(UploadForm, Charset)> {
        let found = UploadForm::find(&answer.page, &answer.url, &self.site.config.fields);
        found.filter(|_| answer.is_success()).map(|form| (form, answer.charset))
    }

    /// What the gateway holds for us: files that can be read, each once, in its order (docs/protocols/xfb-gateway.md 5.1 to
    /// 5.3). Nothing is consumed. A page without files that does not say that it is a listing is an error, never an empty listing (5.8).
    ///
    /// # Errors
    ///
    /// `xfb-unknown-page` for such a page; `xfb-listing-too-long` and `xfb-page-too-large` beyond [`Limits`](crate::Limits); the codes of pages and connections.
    pub async fn list(&mut self) -> Result<Vec<Offer>> {
        let doing = "reading the listing";
        let answer = self.visit(|ways| ways.receive.as_ref(), doing).await?;
        let listing = Listing::of_page(&answer.page, &answer.url, &self.site.entry, self.site.config.limits.rows)
            .map_err(|error| Error::new(Code::ListingTooLong, format!("{doing}: {error}")))?;
        let shows_none = listing.rows.is_empty() && listing.ignored == 0;
        let is_listing = || {
            self.verdict(&answer) == Verdict::Unknown && kind::is_empty_listing(&answer.page, &self.site.config.wording)
        };
        if !answer.is_success() || (shows_none && !is_listing()) {
            return Err(self.trouble(&answer, doing));
        }
        if listing.ignored > 0 {
            tracing::warn!(links = listing.ignored, "links of the listing without a usable local_ident were ignored");
        }
        Ok(listing.into_offers().collect())
    }

    /// Starts to read an offered file. CONSUMING: the gateway marks the file as read, once and for all; space must be checked
    /// before. A page that stands in the file's place consumes nothing (docs/protocols/xfb-gateway.md 5.2, 5.6).
    ///
    /// The request is never repeated. After a crash the file may be consumed: the listing does not offer it any more.
    ///
    /// # Errors
    ///
    /// [`Error::consumed`] tells what became of the offer: `xfb-download-refused`, `xfb-session-expired`, `xfb-login-refused` and
    /// `xfb-refused-for-now` consume nothing, `xfb-download-unanswered` may.
    pub async fn download(&mut self, offer: &Offer) -> Result<Download> {
        let doing = "asking for a file";
        if offer.state == State::Ended {
            return Err(Error::new(
                Code::DownloadRefused,
                "the file was read already: the partner must offer it again",
            ));
        }
        if self.ways.is_none() {
            self.enter_gateway().await?;
        }
        let ask = Ask { url: offer.target.clone(), form: None, in_query: true };
        let deadline = Instant::now() + self.site.config.timeouts.answer;
        let response = match self.talk.head(ask, deadline, doing).await {
            Err(error) if may_be_served(&error) => {
                let error = Error::from(error).recoded(Code::DownloadUnanswered, "the file may have been served");
                return Err(error.consuming(Consumed::Maybe));
            }
            other => other?,
        };
        let download = Download::start(&self.talk, &self.site, response, deadline).await;
        if download.as_ref().is_err_and(|error| error.is(Code::SessionExpired)) {
            self.expire();
        }
        download
    }

    /// Logs out of the gateway, then of the portal, as far as their pages showed a way out (docs/protocols/xfb-gateway.md 2.4,
    /// 7.1). What fails is given back and changes nothing.
    pub async fn close(mut self, on_phase: &mut (dyn FnMut(Phase) + Send)) -> Vec<Error> {
        let mut failures = Vec::new();
        for (phase, out, in_query, doing) in [
            (Phase::GatewayLogOut, self.gateway_out.take(), true, "logging out of the gateway"),
            (Phase::PortalLogOut, self.portal_out.take(), false, "logging out of the portal"),
        ] {
            let Some(url) = out else { continue };
            on_phase(phase);
            match self.talk.page(Ask { url, form: None, in_query }, doing).await {
                Ok(answer) if answer.is_success() => {}
                Ok(answer) => failures.push(self.trouble(&answer, doing)),
                Err(error) => failures.push(error.into()),
            }
        }
        failures
    }

    /// What a page says that is not the one asked for.
    pub(crate) fn trouble(&self, answer: &Answer, doing: &str) -> Error {
        unexpected(&self.talk, &self.site.config.wording, answer, doing)
    }
}

/// Whether the request may have reached the gateway.
fn may_be_served(error: &web_forms::Error) -> bool {
    matches!(error.kind, web_forms::Kind::ConnectionLost | web_forms::Kind::TimedOut)
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("entered", &self.ways.is_some()).finish_non_exhaustive()
    }
}
