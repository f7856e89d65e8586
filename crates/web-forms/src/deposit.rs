//! The deposit of one file by a form: streamed from disk in constant memory, complete only with its last piece, which waits for the caller's
//! consent.
//!
//! A multipart body is complete only with its closing delimiter (`--boundary--`, RFC 2046 §5.1.1) and its `Content-Length` reached; a server
//! discards a body that ends before.

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
use url::Url;

use crate::error::{Error, Kind, Result};
use crate::multipart::{Envelope, boundary};
use crate::text::charset::Charset;
use crate::wire::{Answer, Ask, Talk, timed_out};

/// Size of the pieces a file is sent in.
const PIECE: usize = 64 * 1024;

const DOING: &str = "sending a file";

/// What is to be deposited.
#[derive(Debug)]
pub struct Parcel<'p> {
    /// Where the form is sent.
    pub action: Url,
    /// Whether the site's credentials go into the query.
    pub in_query: bool,
    /// What the form's page is written in: texts are sent in the same, as browsers do.
    pub charset: Charset,
    /// Every field but the file, in the form's order.
    pub fields: &'p [(String, String)],
    /// The name of the file's input; its part is the last one.
    pub input: &'p str,
    /// The name the file arrives under.
    pub name: &'p str,
    /// Its bytes.
    pub source: Source,
}

/// How an exchange ended that sent a file.
#[derive(Debug)]
pub enum Posted {
    /// The server answered before the body was complete: whatever it says, the file was not taken.
    Early(Answer),
    /// The whole body was handed over: from its last piece on the server may have the file, whatever comes back.
    Complete {
        /// Its answer, after redirects that fetch it; an error when none came. [`Kind::ProxyRefused`] alone means that the server never saw it.
        answer: Result<Answer>,
        /// Bytes of the file that were sent.
        sent: u64,
    },
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

type Piece = Result<Bytes, io::Error>;

impl Talk {
    /// Deposits one file.
    ///
    /// `commit` is awaited once, when all but the last piece has left; without its consent neither the file's last bytes nor the
    /// closing delimiter are handed over, the connection is cut, and the server surely has an incomplete body. It is never polled
    /// before, and never dropped halfway unless the whole call is. `progress` is told how many bytes of the file have been handed over.
    ///
    /// Dropped or killed before `commit` gave its consent: surely not received. After it, until this returns: perhaps.
    ///
    /// # Errors
    ///
    /// Any: the body was not complete, so the file was surely not received. What comes after it is in [`Posted::Complete`].
    pub async fn deposit<E: Display>(
        &mut self,
        parcel: Parcel<'_>,
        commit: impl Future<Output = Result<(), E>>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Posted> {
        let Parcel { action, in_query, charset, fields, input, name, source } = parcel;
        let envelope = Envelope::new(boundary(self.line.random)?, charset, fields, input, name)?;
        let file = LocalFile::open(source).await?;
        let sent = file.left;
        let (sender, body) = pieces();
        let ask = Ask { url: action, form: None, in_query };
        let request = self.upload_request(&ask, &envelope, sent, body)?;
        let answer = match self.post(request, sender, file, envelope, commit, progress).await? {
            Head::Early(answer) => return Ok(Posted::Early(answer)),
            Head::Late(answer) => answer,
        };
        Ok(Posted::Complete { answer: self.settle(answer, ask).await, sent })
    }

    fn upload_request(&self, ask: &Ask, envelope: &Envelope, size: u64, body: Body) -> Result<Request> {
        let too_large = || Error::new(Kind::FileUnreadable, "the file is too large for any request");
        let length = envelope.length(size).ok_or_else(too_large)?;
        let content_type =
            HeaderValue::try_from(envelope.content_type()).map_err(|_| Error::new(Kind::Bug, "no boundary"))?;
        let mut request = Request::new(Method::POST, self.full(&ask.url, ask.in_query));
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        *request.body_mut() = Some(body);
        self.sign(&mut request);
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
    ) -> Result<Head> {
        let size = file.left;
        let timeouts = self.line.site.timeouts;
        let mut answer = pin!(self.execute(request));
        let fed = tokio::select! {
            biased;
            early = &mut answer => Err(early),
            fed = feed(&sender, &mut file, &envelope, timeouts.connect + timeouts.stall, progress) => Ok(fed?),
        };
        let (permit, last) = match fed {
            Ok(fed) => fed,
            Err(early) => return self.early(early).await.map(Head::Early),
        };
        if let Err(refusal) = commit.await {
            let refusal = self.secrets.redact(&format!("the commit point refused: {refusal}"));
            return Err(Error::new(Kind::CommitRefused, refusal));
        }
        if let Some(early) = answer.as_mut().now_or_never() {
            return self.early(early).await.map(Head::Early);
        }
        permit.send(Ok(last));
        // From here on the server may have the file: no `?` any more.
        progress(size);
        let deadline = Instant::now() + timeouts.answer;
        Ok(Head::Late(self.response(answer, deadline, DOING).await))
    }

    /// An answer, or its failure, before the body was complete.
    async fn early(&mut self, answer: reqwest::Result<Response>) -> Result<Answer> {
        let response = self.accept(answer, DOING)?;
        let deadline = Instant::now() + self.line.site.timeouts.stall;
        let nothing = self.nothing(&response);
        // The server may close before its page is read: then the status tells.
        Ok(self.read(response, deadline, DOING).await.unwrap_or(nothing))
    }

    /// The page of the answer, after redirects that fetch it.
    async fn settle(&mut self, answer: Result<Response>, ask: Ask) -> Result<Answer> {
        let deadline = Instant::now() + self.line.site.timeouts.answer;
        let mut response = answer?;
        if matches!(response.status().as_u16(), 301..=303) {
            response = self.follow(response, ask, deadline, DOING).await?;
        }
        let nothing = self.nothing(&response);
        Ok(self.read(response, deadline, DOING).await.unwrap_or(nothing))
    }

    /// An answer of which only the head came.
    fn nothing(&self, response: &Response) -> Answer {
        Answer { whole: false, ..self.answer(response, &[]) }
    }
}

/// The head of an answer, by when it came.
enum Head {
    Early(Answer),
    Late(Result<Response>),
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
            Err(Error::new(Kind::ConnectionLost, format!("{DOING}: the connection ended")))
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
                    return Err(Error::new(Kind::FileUnreadable, "what is to be sent is not a file"));
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
    Error::new(Kind::FileUnreadable, format!("the file cannot be read: {error}"))
}

fn changed(how: &str) -> Error {
    Error::new(Kind::FileChanged, format!("the file {how} while it was sent"))
}
