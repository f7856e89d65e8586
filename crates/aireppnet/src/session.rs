//! A session with one server (docs/protocols/aireppnet.md 1.4, 2, 3).

use std::fmt::Display;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use tokio::time::{Instant, sleep_until};
use url::Url;
use web_forms::deposit::{Parcel, Posted, Source};
use web_forms::page::LogOn;
use web_forms::text::charset::Charset;
use web_forms::urls;
use web_forms::wire::{Answer, Ask, Line, Talk};

use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::page::{self, Deposit, State, Verdict};
use crate::types::FileName;

/// Bytes of a result page that are kept as proof.
const MAX_PROOF: usize = 4 * 1024;

/// What a form sends, and what it is written in.
type Fields = (Vec<(String, String)>, Charset);

/// An open session with one server. One thing at a time.
///
/// [`Session::close`] logs out. A session that is dropped instead stays open on the server until that forgets it.
#[must_use = "a session that is not closed stays open on the server"]
pub struct Session {
    config: Arc<Config>,
    talk: Talk,
    base: Url,
    /// Where the deposit page is; `None` when nobody is logged in.
    inside: Option<Url>,
    out: Option<Url>,
    /// The last exchange.
    last: Instant,
}

/// The server's word that it has the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Title and text of the result page: the proof. At most 4 KB, secrets removed (docs/protocols/aireppnet.md 4.1).
    pub proof: String,
    /// The number it gave the deposit, at most 64 characters.
    pub reference: Option<String>,
    /// Bytes of the file that were sent.
    pub sent: u64,
}

impl Session {
    pub(crate) fn new(config: Arc<Config>, line: Arc<Line>, base: Url) -> Self {
        Self { config, talk: Talk::new(line), base, inside: None, out: None, last: Instant::now() }
    }

    /// Logs in (docs/protocols/aireppnet.md 2).
    pub(crate) async fn log_in(&mut self) -> Result<()> {
        let doing = "logging in";
        (self.inside, self.out) = (None, None);
        let names = &self.config.profile.log_in;
        let door = self.below(names.path.as_deref())?;
        let answer = self.visit(door, None, doing).await?;
        let home = match self.filled(&answer, doing)? {
            Some((action, fields)) => self.visit(action, fields, doing).await?,
            None => answer,
        };
        match self.state(&home) {
            State::Inside => {}
            // The form again.
            State::Outside => return Err(self.said(Code::LogInRefused, "refused", &home, doing)),
            _ => return Err(self.trouble(&home, "refused", doing)),
        }
        let page = match self.config.profile.deposit.path.as_deref() {
            Some(path) => self.below(Some(path))?,
            None => page::deposit_page(&home.page, &home.url, &self.config.profile)
                .ok_or_else(|| self.said(Code::UnknownPage, "the page leads to no deposit", &home, doing))?,
        };
        self.inside = Some(page);
        Ok(())
    }

    /// The log-in form of a page, filled: where it is sent, and its fields unless they are in the address. `None` on the page of a session that is
    /// open after all (docs/protocols/aireppnet.md 2.1).
    fn filled(&self, answer: &Answer, doing: &str) -> Result<Option<(Url, Option<Fields>)>> {
        let Config { profile, commune, password, .. } = &*self.config;
        let (user_input, password_input) = (profile.log_in.user.as_deref(), profile.log_in.password.as_deref());
        let form = LogOn::find_named(&answer.page, &answer.url, user_input, password_input);
        let Some(form) = form.filter(|_| answer.is_success()) else {
            let leads_on = page::deposit_page(&answer.page, &answer.url, profile).is_some();
            return match self.state(answer) {
                State::Inside if leads_on => Ok(None),
                _ => Err(self.trouble(answer, "the page asks for no password", doing)),
            };
        };
        let foreign = || Error::new(Code::ForeignOrigin, format!("{doing}: its form leads to another origin"));
        let mut action = form.action.clone().ok_or_else(foreign)?;
        let fields = form.fill(commune.as_str(), password.expose_secret());
        if form.post {
            return Ok(Some((action, Some((fields, answer.charset)))));
        }
        action.query_pairs_mut().clear().extend_pairs(fields);
        Ok(Some((action, None)))
    }

    /// Deposits one file, streamed from disk in constant memory.
    ///
    /// The deposit page is asked for first: a session that the server has ended is opened again then, before any byte of the file
    /// leaves (docs/protocols/aireppnet.md 1.4).
    ///
    /// `commit` is awaited once, when all but the last piece has left; without its consent neither the file's last bytes nor the
    /// closing delimiter are handed over and the connection is cut: the server has an incomplete body (3.4). `progress` is told how
    /// many bytes have been handed over. Dropped or killed before `commit` gave its consent: surely not received. After it, until this
    /// returns: perhaps.
    ///
    /// # Errors
    ///
    /// [`Error::received`] is [`Received::Maybe`](crate::Received::Maybe) for `aireppnet-deposit-unanswered` only: the whole body was sent and no known
    /// answer came (4.5). `aireppnet-deposit-refused`, `aireppnet-refused-for-now` and `aireppnet-session-ended` are the server's; after the last one the
    /// next call logs in again. `aireppnet-form-unmapped` lists the inputs of the form.
    pub async fn deposit<E: Display>(
        &mut self,
        name: &FileName,
        source: Source,
        commit: impl Future<Output = Result<(), E>>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Receipt> {
        let doing = "sending a file";
        let page = self.deposit_page().await?;
        let unmapped =
            |why: page::Unmapped| Error::new(Code::FormUnmapped, self.talk.secrets.redact(&format!("{doing}: {why}")));
        let form = Deposit::find(&page.page, &page.url, &self.config.profile).map_err(unmapped)?;
        let foreign = || Error::new(Code::ForeignOrigin, format!("{doing}: the form leads to another origin"));
        let parcel = Parcel {
            action: form.action.ok_or_else(foreign)?,
            in_query: false,
            charset: page.charset,
            fields: &form.fields,
            input: &form.file,
            name: name.as_str(),
            source,
        };
        let posted = self.talk.deposit(parcel, commit, progress).await;
        self.last = Instant::now();
        match posted? {
            Posted::Early(answer) => Err(self.early(&answer, doing)),
            Posted::Complete { answer, sent } => self.conclude(answer, sent, doing),
        }
    }

    /// The deposit page, from a session that is open.
    async fn deposit_page(&mut self) -> Result<Answer> {
        let doing = "asking for the deposit page";
        let mut fresh = false;
        loop {
            let Some(page) = self.inside.clone() else {
                self.log_in().await?;
                fresh = true;
                continue;
            };
            let answer = self.visit(page, None, doing).await?;
            match self.state(&answer) {
                State::Inside => return Ok(answer),
                State::Outside | State::LogInRefused if !fresh => self.inside = None,
                State::Outside => return Err(self.said(Code::SessionEnded, "the session has ended", &answer, doing)),
                _ => return Err(self.trouble(&answer, "refused", doing)),
            }
        }
    }

    /// An answer before the body was complete: whatever it says, the file was not taken (docs/protocols/aireppnet.md 3.4).
    fn early(&mut self, answer: &Answer, doing: &str) -> Error {
        self.refusal(answer).unwrap_or_else(|| {
            let code = if answer.status >= 500 { Code::ServerFailed } else { Code::UnknownPage };
            self.said(code, "the server answered before it had the file", answer, doing)
        })
    }

    /// What the answer to a complete body means (docs/protocols/aireppnet.md 4).
    fn conclude(&mut self, answer: web_forms::Result<Answer>, sent: u64, doing: &str) -> Result<Receipt> {
        let answer = match answer.map_err(Error::from) {
            // The proxy kept the request for itself.
            Err(error) if error.is(Code::ProxyRefused) => return Err(error),
            Err(error) => return Err(error.unanswered()),
            Ok(answer) => answer,
        };
        if let Some(refusal) = self.refusal(&answer) {
            return Err(refusal);
        }
        match Verdict::of(answer.status, &answer.page, &self.config.profile) {
            Verdict::Received => Ok(Receipt {
                proof: self.talk.secrets.start(&answer.page.words(), MAX_PROOF),
                reference: page::reference(&answer.page, &self.config.profile)
                    .map(|reference| self.talk.secrets.redact(&reference)),
                sent,
            }),
            // A refusal by status is one without its page.
            _ if !answer.whole => {
                let message = format!("{doing}: the answer broke off (status {})", answer.status);
                Err(Error::new(Code::ConnectionLost, message).unanswered())
            }
            _ => Err(self.said(Code::UnknownPage, "an unknown page", &answer, doing).unanswered()),
        }
    }

    /// The error for an answer that says that nothing was taken.
    fn refusal(&mut self, answer: &Answer) -> Option<Error> {
        let (code, what) = match Verdict::of(answer.status, &answer.page, &self.config.profile) {
            Verdict::Refused => (Code::DepositRefused, "the server refused the file"),
            Verdict::RefusedForNow => (Code::RefusedForNow, "the server refused the file for now"),
            Verdict::SessionEnded => {
                self.inside = None;
                (Code::SessionEnded, "the session has ended")
            }
            Verdict::Received | Verdict::Unknown => return None,
        };
        Some(self.said(code, what, answer, "sending a file"))
    }

    /// Returns once nothing was asked for during the profile's idle time, after logging out: to be raced against the arrival of the
    /// next file (docs/protocols/aireppnet.md 1.5). Waiting for the gap between two files is no idleness: do not call it meanwhile.
    ///
    /// Dropped before, nothing was done. Afterwards the session is usable: the next deposit logs in again. What failed is given back.
    pub async fn idle(&mut self) -> Option<Error> {
        sleep_until(self.last + self.config.profile.session.idle()).await;
        self.log_out().await
    }

    /// Logs out, if anybody is logged in and a page showed the way. What fails is given back and changes nothing.
    pub async fn close(mut self) -> Option<Error> {
        self.log_out().await
    }

    async fn log_out(&mut self) -> Option<Error> {
        let doing = "logging out";
        self.inside.take()?;
        let out = self.out.take()?;
        match self.visit(out, None, doing).await {
            Ok(answer) if answer.is_success() => None,
            Ok(answer) => Some(self.trouble(&answer, "refused", doing)),
            Err(error) => Some(error),
        }
    }

    /// An address below the base.
    fn below(&self, path: Option<&str>) -> Result<Url> {
        let Some(path) = path else { return Ok(self.base.clone()) };
        let mut base = self.base.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let foreign = || Error::new(Code::ForeignOrigin, format!("the path {path:?} leads to another origin"));
        urls::resolve(&base, path).ok_or_else(foreign)
    }

    async fn visit(&mut self, url: Url, form: Option<Fields>, doing: &str) -> Result<Answer> {
        let answer = self.talk.page(Ask { url, form, in_query: false }, doing).await;
        self.last = Instant::now();
        let answer = answer?;
        if let Some(out) = page::log_out(&answer.page, &answer.url, &self.config.profile) {
            self.out = Some(out);
        }
        Ok(answer)
    }

    fn state(&self, answer: &Answer) -> State {
        State::of(answer.status, &answer.page, &self.config.profile)
    }

    /// What a page says that is not the one asked for.
    fn trouble(&self, answer: &Answer, what: &str, doing: &str) -> Error {
        let code = match self.state(answer) {
            State::LogInRefused => Code::LogInRefused,
            State::Later => Code::RefusedForNow,
            State::Failed => Code::ServerFailed,
            State::Refused => Code::PageRefused,
            State::Inside | State::Outside => Code::UnknownPage,
        };
        self.said(code, what, answer, doing)
    }

    fn said(&self, code: Code, what: &str, answer: &Answer, doing: &str) -> Error {
        let error = Error::new(code, format!("{doing}: {what} (status {})", answer.status));
        error.said(&answer.page.words(), &self.talk.secrets).hinted(answer.retry_after)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("logged_in", &self.inside.is_some()).finish_non_exhaustive()
    }
}
