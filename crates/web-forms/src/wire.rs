//! The only part with sockets: requests that stay on their origin, pages that stay within bounds.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use reqwest::{Method, Request, Response, StatusCode};
use rustls::crypto::SecureRandom;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::config::{Credentials, Site};
use crate::cookies::Cookies;
use crate::error::{Error, Kind, Result};
use crate::page::Page;
use crate::redact::Redactor;
use crate::text::charset::{self, Charset};
use crate::{retry_after, tls, urls};

/// Redirects followed of one request.
const MAX_REDIRECTS: usize = 10;

/// Characters of a password from which on it stands in no text by chance.
const SHORTEST_ECHO: usize = 6;

/// Pages up to that many bytes have passwords taken out of their source: every page whose words are kept, and not the long listings.
const CLEANED: usize = 64 * 1024;

/// An idle connection is not used again after that: servers drop theirs silently.
const IDLE: Duration = Duration::from_secs(5);

/// Connections and bounds, shared by the sessions of one client.
pub struct Line {
    /// What it was made from.
    pub site: Site,
    pub(crate) random: &'static dyn SecureRandom,
    http: reqwest::Client,
}

impl Line {
    /// Reads the trusted certificates. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] for a certificate, a key or a proxy that cannot be used.
    pub fn new(site: Site) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(&site)?)
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(site.timeouts.connect)
            .pool_idle_timeout(IDLE)
            .user_agent(site.agent);
        if let Some(proxy) = &site.proxy {
            let unusable = |_| Error::new(Kind::Config, "the proxy's URL cannot be used");
            let mut hop = reqwest::Proxy::all(proxy.url.clone()).map_err(unusable)?;
            if let Some(Credentials { user, password }) = &proxy.credentials {
                hop = hop.basic_auth(user, password.expose_secret());
            }
            builder = builder.proxy(hop);
        }
        let unusable = |error: reqwest::Error| {
            Error::new(Kind::Config, format!("no HTTP client: {}", chain(&error.without_url())))
        };
        let http = builder.build().map_err(unusable)?;
        let random = rustls::crypto::aws_lc_rs::default_provider().secure_random;
        Ok(Self { site, random, http })
    }

    /// Every secret that is known before the first request.
    fn secrets(&self) -> Redactor {
        let mut secrets = Redactor::new();
        for credentials in self.credentials() {
            secrets.add_user(&credentials.user);
            secrets.add(&base64(&pair(credentials)));
        }
        self.passwords().for_each(|password| secrets.add(password));
        secrets
    }

    /// Whether a text holds one of our passwords; shorter ones than six characters, which any text may hold, are not looked for.
    #[must_use]
    pub fn is_echoed_in(&self, text: &str) -> bool {
        self.without_passwords(text) != text
    }

    /// `text` without our passwords of six characters and more.
    fn without_passwords(&self, text: &str) -> String {
        let mut passwords = Redactor::new();
        let long = |password: &&str| password.chars().count() >= SHORTEST_ECHO;
        self.passwords().filter(long).for_each(|password| passwords.add(password));
        passwords.redact(text)
    }

    fn credentials(&self) -> impl Iterator<Item = &Credentials> {
        let proxy = self.site.proxy.as_ref().and_then(|proxy| proxy.credentials.as_ref());
        self.site.in_query.iter().chain(&self.site.others).chain(proxy)
    }

    fn passwords(&self) -> impl Iterator<Item = &str> {
        let paired = self.credentials().map(|credentials| &credentials.password);
        paired.chain(&self.site.secrets).map(ExposeSecret::expose_secret)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Line").field(&self.site).finish()
    }
}

/// A request for a page. Its address holds no credentials.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where.
    pub url: Url,
    /// The fields to send by POST and their character set; `None` for a GET.
    pub form: Option<(Vec<(String, String)>, Charset)>,
    /// Whether the site's credentials go into the query.
    pub in_query: bool,
}

/// A page that came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Where it came from, without credentials.
    pub url: Url,
    /// What it shows.
    pub page: Page,
    /// What it is written in.
    pub charset: Charset,
    /// The hint of its `Retry-After` header.
    pub retry_after: Option<Duration>,
    /// A `Basic` challenge came with it.
    pub asks_basic: bool,
    /// Whether all of it came; else `page` is empty and only the status tells.
    pub whole: bool,
}

impl Answer {
    /// Whether its status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What one session says and hears. It holds cookies, which are secrets of this session.
pub struct Talk {
    /// What it talks over.
    pub line: Arc<Line>,
    /// What no text may show.
    pub secrets: Redactor,
    cookies: Cookies,
    /// Basic credentials and the address whose origin may see them.
    basic: Option<(Url, HeaderValue)>,
}

impl Talk {
    /// Nothing is sent.
    #[must_use]
    pub fn new(line: Arc<Line>) -> Self {
        Self { secrets: line.secrets(), line, cookies: Cookies::default(), basic: None }
    }

    /// From now on, `credentials` go to the origin of `url` with every request.
    ///
    /// # Errors
    ///
    /// [`Kind::Bug`] only.
    pub fn authorize(&mut self, url: &Url, credentials: &Credentials) -> Result<()> {
        let text = format!("Basic {}", base64(&pair(credentials)));
        let mut header = HeaderValue::from_str(&text).map_err(|_| Error::new(Kind::Bug, "no header from base64"))?;
        header.set_sensitive(true);
        self.basic = Some((url.clone(), header));
        Ok(())
    }

    /// Asks for a page and reads it whole, redirects followed on its origin. Dropped, the request may have been served.
    ///
    /// # Errors
    ///
    /// Every [`Kind`] of connections, limits and origins.
    pub async fn page(&mut self, ask: Ask, doing: &str) -> Result<Answer> {
        let deadline = Instant::now() + self.line.site.timeouts.answer;
        let response = self.head(ask, deadline, doing).await?;
        self.read(response, deadline, doing).await
    }

    /// Asks and follows redirects: the head of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::page`].
    pub async fn head(&mut self, ask: Ask, deadline: Instant, doing: &str) -> Result<Response> {
        let request = self.request(&ask)?;
        let response = self.response(self.execute(request), deadline, doing).await?;
        self.follow(response, ask, deadline, doing).await
    }

    /// Follows the redirects of the answer to `ask` that stay on its origin.
    pub(crate) async fn follow(
        &mut self,
        mut response: Response,
        mut ask: Ask,
        deadline: Instant,
        doing: &str,
    ) -> Result<Response> {
        for _ in 0..MAX_REDIRECTS {
            let Some(target) = self.target(&response, doing)? else {
                return Ok(response);
            };
            ask.url = target;
            if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                ask.form = None;
            }
            let request = self.request(&ask)?;
            response = self.response(self.execute(request), deadline, doing).await?;
        }
        Err(Error::new(Kind::ForeignOrigin, format!("{doing}: more than {MAX_REDIRECTS} redirects")))
    }

    /// Where a redirect leads.
    fn target(&self, response: &Response, doing: &str) -> Result<Option<Url>> {
        let location = response.headers().get(LOCATION).filter(|_| is_redirect(response.status()));
        let Some(location) = location else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        let foreign = || {
            let leads_to =
                response.url().join(&location).map_or_else(|_| "nowhere".to_owned(), |url| urls::shown_origin(&url));
            let message = format!("{doing}: redirected to another origin, {leads_to}");
            Error::new(Kind::ForeignOrigin, self.secrets.redact(&message))
        };
        urls::resolve(response.url(), &location).ok_or_else(foreign).map(Some)
    }

    /// A request with everything that its origin may see.
    fn request(&self, ask: &Ask) -> Result<Request> {
        let mut request = Request::new(Method::GET, self.full(&ask.url, ask.in_query));
        if let Some((fields, charset)) = &ask.form {
            *request.method_mut() = Method::POST;
            *request.body_mut() = Some(charset.url_encoded(fields).into());
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        self.sign(&mut request);
        Ok(request)
    }

    pub(crate) fn full(&self, url: &Url, in_query: bool) -> Url {
        match &self.line.site.in_query {
            Some(Credentials { user, password }) if in_query => urls::with_credentials(url, user, password),
            _ => url.clone(),
        }
    }

    /// Adds cookies and Basic credentials.
    pub(crate) fn sign(&self, request: &mut Request) {
        if let Some(cookies) = self.cookies.header(request.url()) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        if let Some((_, header)) = self.basic.as_ref().filter(|(url, _)| urls::same_origin(url, request.url())) {
            let header = header.clone();
            request.headers_mut().insert(AUTHORIZATION, header);
        }
    }

    /// Starts a request; the answer's head is what the future gives.
    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = reqwest::Result<Response>> + Send + use<> {
        tracing::debug!(method = %request.method(), path = %self.secrets.redact(request.url().path()), "request");
        self.line.http.execute(request)
    }

    /// Waits for an answer's head and keeps its cookies.
    pub(crate) async fn response(
        &mut self,
        answer: impl Future<Output = reqwest::Result<Response>>,
        deadline: Instant,
        doing: &str,
    ) -> Result<Response> {
        let answer = timeout_at(deadline, answer).await.map_err(|_| timed_out(doing))?;
        self.accept(answer, doing)
    }

    /// The head of an answer that came.
    pub(crate) fn accept(&mut self, answer: reqwest::Result<Response>, doing: &str) -> Result<Response> {
        let response = answer.map_err(|error| self.failed(error, doing))?;
        tracing::debug!(status = response.status().as_u16(), "answer");
        self.cookies.keep(response.url(), response.headers(), &mut self.secrets);
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Error::new(Kind::ProxyRefused, format!("{doing}: the proxy refused the credentials")));
        }
        Ok(response)
    }

    /// Reads a page whole, within the bounds of size and time.
    ///
    /// # Errors
    ///
    /// As [`Self::page`].
    pub async fn read(&self, mut response: Response, deadline: Instant, doing: &str) -> Result<Answer> {
        let limit = self.line.site.page_bytes;
        let mut bytes = Vec::new();
        loop {
            let piece = timeout_at(deadline, response.chunk()).await.map_err(|_| timed_out(doing))?;
            let Some(piece) = piece.map_err(|error| self.failed(error, doing))? else {
                break;
            };
            if bytes.len() + piece.len() > limit {
                return Err(Error::new(Kind::PageTooLarge, format!("{doing}: the page is larger than {limit} bytes")));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(self.answer(&response, &bytes))
    }

    /// The page in `bytes`, which may be less than the whole body.
    #[must_use]
    pub fn answer(&self, response: &Response, bytes: &[u8]) -> Answer {
        let headers = response.headers();
        let (text, charset) = charset::decode(bytes, header(headers, CONTENT_TYPE.as_str()));
        Answer {
            status: response.status().as_u16(),
            url: urls::bare(response.url()),
            page: self.page_of(&text),
            charset,
            retry_after: header(headers, RETRY_AFTER.as_str())
                .and_then(|value| retry_after::read(value, jiff::Timestamp::now())),
            whole: true,
            asks_basic: headers
                .get_all(WWW_AUTHENTICATE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(asks_basic),
        }
    }

    /// A page whose title and text were taken from a source without our passwords: one with a `<` in it, told in clear, is half a tag to the
    /// reader, and what is left of it would be no secret that anybody knows.
    fn page_of(&self, text: &str) -> Page {
        let mut page = Page::read(text);
        if text.len() <= CLEANED {
            let clean = self.line.without_passwords(text);
            if clean != text {
                let Page { title, text, .. } = Page::read(&clean);
                (page.title, page.text) = (title, text);
            }
        }
        page
    }

    /// What a failed exchange means. The text holds neither address nor secret.
    #[must_use]
    pub fn failed(&self, error: reqwest::Error, doing: &str) -> Error {
        let error = error.without_url();
        let text = chain(&error);
        let tls = rustls_error(&error);
        let code = match tls {
            Some(rustls::Error::AlertReceived(_)) => Kind::TlsRefused,
            Some(_) if error.is_connect() => Kind::TlsRefused,
            _ if text.contains("proxy authorization required") => Kind::ProxyRefused,
            _ if error.is_connect() => Kind::ConnectFailed,
            _ if error.is_timeout() => Kind::TimedOut,
            _ => Kind::ConnectionLost,
        };
        Error::new(code, self.secrets.redact(&format!("{doing}: {text}")))
    }
}

/// Nothing came in time.
#[must_use]
pub fn timed_out(doing: &str) -> Error {
    Error::new(Kind::TimedOut, format!("{doing}: no answer in time"))
}

/// The text of a header.
#[must_use]
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn asks_basic(challenge: &str) -> bool {
    let is_basic =
        |part: &str| part.split_whitespace().next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"));
    challenge.split(',').any(is_basic)
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

fn rustls_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        let found = error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if found.is_some() {
            return found;
        }
        // An I/O error hides the one inside it from `source`.
        cause = inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    }
    None
}

fn pair(credentials: &Credentials) -> String {
    format!("{}:{}", credentials.user, credentials.password.expose_secret())
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut written = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * place) & 63]);
            written.push(if place <= group.len() { digit } else { '=' });
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text), expected);
        }
    }

    #[test]
    fn challenges_are_told_apart() {
        assert!(asks_basic("Basic realm=\"ILEX\""));
        assert!(asks_basic("Negotiate, basic realm=x"));
        assert!(!asks_basic("Digest realm=\"Basic\""));
    }
}
