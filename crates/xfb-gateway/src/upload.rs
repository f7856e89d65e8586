//! The deposit of one file (docs/protocols/xfb-gateway.md 4).

use std::fmt::Display;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, stream};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, Request, Response};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::error::{Code, Error, Result};
use crate::multipart::{Envelope, boundary};
use crate::page::{Role, Verdict};
use crate::session::Session;
use crate::types::{FieldText, FileName};
use crate::wire::{Answer, Ask, timed_out};

/// Size of the pieces a file is sent in.
const PIECE: usize = 64 * 1024;

const DOING: &str = "sending a file";

/// What is to be deposited.
#[derive(Debug)]
#[non_exhaustive]
pub struct Upload {
    /// The name it arrives under.
    pub name: FileName,
    /// Its bytes.
    pub source: Source,
    /// The destination site (C175, A157…).
    pub destination: Option<FieldText>,
    /// The application reference (GRCT450…).
    pub application: Option<FieldText>,
    /// The subject («HÉLIOS»).
    pub subject: Option<FieldText>,
    /// «Parm CFT».
    pub parm_cft: Option<FieldText>,
}

impl Upload {
    /// A file without any field.
    #[must_use]
    pub fn new(name: FileName, source: Source) -> Self {
        Self { name, source, destination: None, application: None, subject: None, parm_cft: None }
    }

    fn value(&self, role: Role) -> Option<&str> {
        match role {
            Role::Destination => &self.destination,
            Role::Application => &self.application,
            Role::Subject => &self.subject,
            Role::ParmCft => &self.parm_cft,
        }
        .as_ref()
        .map(FieldText::as_str)
    }
}

/// Where the bytes come from.
#[derive(Debug)]
pub enum Source {
    /// A file, read from its start to its end.
    Path(PathBuf),
    /// An open file, read from where it stands: exactly `size` bytes must follow.
    Open {
        /// The file.
        file: File,
        /// The bytes that follow.
        size: u64,
    },
}

/// The gateway's word that it has the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Title and text of its page, secrets removed, bounded like [`Error::peer_words`].
    pub words: String,
    /// Bytes of the file that were sent.
    pub sent: u64,
}

/// Words of a receipt that are kept, in bytes.
const MAX_RECEIPT: usize = 4 * 1024;

type Piece = Result<Bytes, io::Error>;

impl Session {
    /// Deposits one file, streamed from disk in constant memory.
    ///
    /// `commit` is awaited once, when all but the last piece has left; without its consent neither the file's last bytes nor the
    /// closing delimiter are handed over, the connection is cut, and the gateway surely has an incomplete body
    /// (docs/protocols/xfb-gateway.md 4.5). It is never polled before, and never dropped halfway unless the whole call is.
    /// `progress` is told how many bytes of the file have been handed over.
    ///
    /// Dropped or killed before `commit` gave its consent: surely not received. After it, until this returns: perhaps.
    ///
    /// # Errors
    ///
    /// [`Error::received`] is [`Received::Maybe`](crate::Received::Maybe) for `xfb-upload-unanswered` only: the whole body was sent and
    /// no known answer came. `xfb-upload-refused`, `xfb-refused-for-now`, `xfb-login-refused` and `xfb-session-expired` are the gateway's;
    /// after the last one the next call enters again. `xfb-form-unmapped` lists the inputs of the form.
    pub async fn upload<E: Display>(
        &mut self,
        upload: Upload,
        commit: impl Future<Output = Result<(), E>>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Receipt> {
        let (form, charset) = self.upload_form().await?;
        let unmapped =
            |error: crate::page::Unmapped| Error::new(Code::FormUnmapped, self.talk.secrets.redact(&error.to_string()));
        let fields = form.fill(|role| upload.value(role)).map_err(unmapped)?;
        let foreign = || Error::new(Code::ForeignOrigin, format!("{DOING}: the upload form leads to another origin"));
        let action = form.action.clone().ok_or_else(foreign)?;
        let envelope = Envelope::new(boundary(self.talk.wire.random)?, charset, &fields, &form.file, &upload.name)?;
        let file = LocalFile::open(upload.source).await?;
        let size = file.left;
        let (sender, body) = pieces();
        let request = self.upload_request(&action, &envelope, size, body)?;
        let answer = self.post(request, sender, file, envelope, commit, progress).await?;
        let ask = Ask { url: action, form: None, gateway: true };
        self.conclude(answer, ask, size).await
    }

    fn upload_request(&self, action: &url::Url, envelope: &Envelope, size: u64, body: Body) -> Result<Request> {
        let too_large = || Error::new(Code::FileUnreadable, "the file is too large for any request");
        let length = envelope.length(size).ok_or_else(too_large)?;
        let content_type =
            HeaderValue::try_from(envelope.content_type()).map_err(|_| Error::new(Code::Bug, "no boundary"))?;
        let mut request = Request::new(Method::POST, self.talk.full(action, true));
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        *request.body_mut() = Some(body);
        self.talk.sign(&mut request);
        Ok(request)
    }

    /// Sends the request and waits for the head of its answer, after the commit point.
    async fn post<E: Display>(
        &mut self,
        request: Request,
        sender: mpsc::Sender<Piece>,
        mut file: LocalFile,
        envelope: Envelope,
        commit: impl Future<Output = Result<(), E>>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Result<Response>> {
        let size = file.left;
        let timeouts = self.talk.wire.config.timeouts;
        let mut answer = pin!(self.talk.execute(request));
        let fed = tokio::select! {
            biased;
            early = &mut answer => Err(early),
            fed = feed(&sender, &mut file, &envelope, timeouts.connect + timeouts.stall, progress) => Ok(fed?),
        };
        let (permit, last) = match fed {
            Ok(fed) => fed,
            Err(early) => return Err(self.early(early).await),
        };
        if let Err(refusal) = commit.await {
            let refusal = self.talk.secrets.redact(&format!("the commit point refused: {refusal}"));
            return Err(Error::new(Code::CommitRefused, refusal));
        }
        if let Some(early) = answer.as_mut().now_or_never() {
            return Err(self.early(early).await);
        }
        permit.send(Ok(last));
        // From here on the gateway may have the file: every `?` must be `maybe_received`.
        progress(size);
        let deadline = Instant::now() + timeouts.answer;
        Ok(self.talk.response(answer, deadline, DOING).await)
    }

    /// An answer, or its failure, before the body was complete: whatever it says, the file was not taken
    /// (docs/protocols/xfb-gateway.md 4.5).
    async fn early(&mut self, answer: reqwest::Result<Response>) -> Error {
        let response = match self.talk.accept(answer, DOING) {
            Ok(response) => response,
            Err(error) => return error,
        };
        let deadline = Instant::now() + self.talk.wire.config.timeouts.stall;
        let nothing = self.talk.answer(&response, &[]);
        // The server may close before its page is read: then the status tells.
        let answer = self.talk.read(response, deadline, DOING).await.unwrap_or(nothing);
        match self.refusal(&answer) {
            Some(error) => error,
            None => {
                let code = if answer.status >= 500 { Code::ServerFailed } else { Code::UnknownPage };
                let message =
                    format!("{DOING}: the gateway answered before it had the file (status {})", answer.status);
                Error::new(code, message).said(&answer.page.words(), &self.talk.secrets)
            }
        }
    }

    /// What the answer to a complete body means (docs/protocols/xfb-gateway.md 4.6 to 4.9).
    async fn conclude(&mut self, answer: Result<Response>, ask: Ask, size: u64) -> Result<Receipt> {
        let answer = match self.settle(answer, ask).await {
            // The proxy kept the request for itself.
            Err(error) if error.is(Code::ProxyRefused) => return Err(error),
            Err(error) => return Err(unanswered(error)),
            Ok(answer) => answer,
        };
        self.note_way_out(&answer);
        if let Some(error) = self.refusal(&answer) {
            return Err(error);
        }
        let words = answer.page.words();
        match Verdict::of_upload(answer.status, &answer.page, &self.talk.wire.config.wording) {
            Verdict::Received => Ok(Receipt { words: self.talk.secrets.start(&words, MAX_RECEIPT), sent: size }),
            _ => {
                let error =
                    Error::new(Code::UnknownPage, format!("{DOING}: an unknown page (status {})", answer.status));
                Err(unanswered(error.said(&words, &self.talk.secrets)))
            }
        }
    }

    /// The page of the answer, after redirects that fetch it.
    async fn settle(&mut self, answer: Result<Response>, ask: Ask) -> Result<Answer> {
        let deadline = Instant::now() + self.talk.wire.config.timeouts.answer;
        let mut response = answer?;
        if matches!(response.status().as_u16(), 301..=303) {
            response = self.talk.follow(response, ask, deadline, DOING).await?;
        }
        let status = response.status().as_u16();
        let nothing = self.talk.answer(&response, &[]);
        match self.talk.read(response, deadline, DOING).await {
            // Statuses that mean a refusal mean it without their page.
            Err(_)
                if matches!(
                    Verdict::of_upload(status, &nothing.page, &self.talk.wire.config.wording),
                    Verdict::Unknown
                ) =>
            {
                Err(Error::new(Code::ConnectionLost, format!("{DOING}: the answer broke off (status {status})")))
            }
            Err(_) => Ok(nothing),
            answer => answer,
        }
    }

    /// The error for an answer that says that nothing was taken.
    fn refusal(&mut self, answer: &Answer) -> Option<Error> {
        let verdict = Verdict::of_upload(answer.status, &answer.page, &self.talk.wire.config.wording);
        let (code, what) = match verdict {
            Verdict::Refused => (Code::UploadRefused, "the gateway refused the file"),
            Verdict::RefusedForNow => (Code::RefusedForNow, "the gateway refused the file for now"),
            Verdict::LogInRefused => (Code::LogInRefused, "the gateway refused the credentials"),
            Verdict::Expired => (Code::SessionExpired, "the session has expired"),
            Verdict::Received | Verdict::Unknown => return None,
        };
        if verdict == Verdict::Expired {
            self.expire();
        }
        let error = Error::new(code, format!("{what} (status {})", answer.status));
        Some(error.said(&answer.page.words(), &self.talk.secrets).hinted(answer.retry_after))
    }
}

fn unanswered(error: Error) -> Error {
    error.recoded(Code::UploadUnanswered, "the gateway may have the file").maybe_received()
}

/// A body fed piece by piece. Dropping the sender early ends the body short of its length, which cuts the connection.
fn pieces() -> (mpsc::Sender<Piece>, Body) {
    let (sender, mut receiver) = mpsc::channel(1);
    (sender, Body::wrap_stream(stream::poll_fn(move |context| receiver.poll_recv(context))))
}

/// Hands over all but the last piece: gives the place for it, free only when the one before was taken, and the piece itself,
/// with the closing delimiter.
async fn feed<'s>(
    sender: &'s mpsc::Sender<Piece>,
    file: &mut LocalFile,
    envelope: &Envelope,
    patience: Duration,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(mpsc::Permit<'s, Piece>, Bytes)> {
    let size = file.left;
    place(sender, patience).await?.send(Ok(envelope.head.clone()));
    loop {
        let mut piece = file.read(envelope.tail.len()).await?;
        let place = place(sender, patience).await?;
        if file.left == 0 {
            file.must_end().await?;
            piece.extend_from_slice(&envelope.tail);
            return Ok((place, piece.freeze()));
        }
        place.send(Ok(piece.freeze()));
        progress(size - file.left);
    }
}

/// Waits until the piece before was taken.
async fn place(sender: &mpsc::Sender<Piece>, patience: Duration) -> Result<mpsc::Permit<'_, Piece>> {
    match timeout(patience, sender.reserve()).await {
        Ok(Ok(permit)) => Ok(permit),
        // The connection ended: the answer that is waited for beside this says why, if it comes.
        Ok(Err(_)) => {
            let _ = timeout(patience, pending::<()>()).await;
            Err(Error::new(Code::ConnectionLost, format!("{DOING}: the connection ended")))
        }
        Err(_) => Err(timed_out(DOING)),
    }
}

/// The file being sent.
struct LocalFile {
    file: File,
    left: u64,
}

impl LocalFile {
    async fn open(source: Source) -> Result<Self> {
        match source {
            Source::Open { file, size } => Ok(Self { file, left: size }),
            Source::Path(path) => {
                let file = File::open(&path).await.map_err(|error| unreadable(&error))?;
                let facts = file.metadata().await.map_err(|error| unreadable(&error))?;
                if !facts.is_file() {
                    return Err(Error::new(Code::FileUnreadable, "what is to be sent is not a file"));
                }
                Ok(Self { file, left: facts.len() })
            }
        }
    }

    /// The next piece, with `spare` bytes of room; empty for an empty file.
    async fn read(&mut self, spare: usize) -> Result<BytesMut> {
        let wanted = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        let mut piece = BytesMut::with_capacity(wanted + spare);
        while piece.len() < wanted {
            let missing = wanted - piece.len();
            let mut rest = (&mut self.file).take(missing as u64);
            if rest.read_buf(&mut piece).await.map_err(|error| unreadable(&error))? == 0 {
                return Err(changed("shrank"));
            }
        }
        self.left -= wanted as u64;
        Ok(piece)
    }

    async fn must_end(&mut self) -> Result<()> {
        match self.file.read(&mut [0]).await {
            Ok(0) => Ok(()),
            Ok(_) => Err(changed("grew")),
            Err(error) => Err(unreadable(&error)),
        }
    }
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(Code::FileUnreadable, format!("the file cannot be read: {error}"))
}

fn changed(how: &str) -> Error {
    Error::new(Code::FileChanged, format!("the file {how} while it was sent"))
}
