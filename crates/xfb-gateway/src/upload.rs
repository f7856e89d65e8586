//! The deposit of one file (docs/protocols/xfb-gateway.md 4).

use std::fmt::Display;

pub use web_forms::deposit::Source;
use web_forms::deposit::{Parcel, Posted};
use web_forms::wire::Answer;

use crate::error::{Code, Error, Result};
use crate::page::{Role, Verdict};
use crate::session::Session;
use crate::types::{FieldText, FileName};

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
        let (input, name) = (&*form.file, upload.name.as_str());
        let parcel = Parcel { action, in_query: true, charset, fields: &fields, input, name, source: upload.source };
        match self.talk.deposit(parcel, commit, progress).await? {
            Posted::Early(answer) => Err(self.early(&answer)),
            Posted::Complete { answer, sent } => self.conclude(answer, sent),
        }
    }

    /// An answer before the body was complete: whatever it says, the file was not taken (docs/protocols/xfb-gateway.md 4.5).
    fn early(&mut self, answer: &Answer) -> Error {
        self.refusal(answer).unwrap_or_else(|| {
            let code = if answer.status >= 500 { Code::ServerFailed } else { Code::UnknownPage };
            let message = format!("{DOING}: the gateway answered before it had the file (status {})", answer.status);
            Error::new(code, message).said(&answer.page.words(), &self.talk.secrets)
        })
    }

    /// What the answer to a complete body means (docs/protocols/xfb-gateway.md 4.6 to 4.9).
    fn conclude(&mut self, answer: web_forms::Result<Answer>, sent: u64) -> Result<Receipt> {
        let answer = match answer.map_err(Error::from) {
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
        match Verdict::of_upload(answer.status, &answer.page, &self.site.config.wording) {
            Verdict::Received => Ok(Receipt { words: self.talk.secrets.start(&words, MAX_RECEIPT), sent }),
            // Statuses that mean a refusal mean it without their page.
            _ if !answer.whole => {
                let message = format!("{DOING}: the answer broke off (status {})", answer.status);
                Err(unanswered(Error::new(Code::ConnectionLost, message)))
            }
            _ => {
                let error =
                    Error::new(Code::UnknownPage, format!("{DOING}: an unknown page (status {})", answer.status));
                Err(unanswered(error.said(&words, &self.talk.secrets)))
            }
        }
    }

    /// The error for an answer that says that nothing was taken.
    fn refusal(&mut self, answer: &Answer) -> Option<Error> {
        let verdict = Verdict::of_upload(answer.status, &answer.page, &self.site.config.wording);
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
