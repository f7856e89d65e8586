//! Files sent (protocol 4): read as they come, hashed, kept when asked, recorded before the answer leaves.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::BytesMut;
use sha2::{Digest, Sha256};

use super::{
    batch::Attempt,
    misbehave, pages,
    serve::{Call, conclude},
};
use crate::{
    answer::{After, send_reply},
    faults::{Fault, On, live::Verdict},
    http::{Body, Filled, Reply, bad},
    ledger::LedgerLine,
    multipart::{Multipart, Step},
    text,
    wire::Wire,
};

/// Reads one upload and answers it.
pub(super) async fn receive(wire: &mut Wire, call: &Call<'_>) -> io::Result<After> {
    let mut attempt = call.shared.batch.begin();
    let mut body = Body::open(call.head, wire).await?;
    let mut upload = Upload::new(call);
    let end = upload.read(wire, &mut body, &mut attempt).await;
    attempt.end();
    if let Ok(End::Whole) = end {
        return upload.judge(wire, attempt.too_close()).await;
    }
    let verdict = upload.verdict.take().unwrap_or_else(|| call.shared.pick(On::Upload, &call.account, ""));
    upload.incomplete()?;
    match (end?, verdict.fault) {
        (End::Cut, Some(fault @ (Fault::StallRequestAt { .. } | Fault::CutRequestAt { .. }))) => {
            misbehave::answer(wire, call, &fault).await
        }
        (End::Cut, _) => Ok(After::Close),
        _ => {
            let page =
                pages::said(&call.shared.settings, &call.account, "File not received: the form is not whole", "RED");
            send_reply(wire, &Reply::page(&page), None, call.head.wants_close()).await
        }
    }
}

/// How the reading of a body ended.
enum End {
    /// The closing delimiter and the announced end were both reached (protocol 4.5).
    Whole,
    /// The announced end came without the closing delimiter.
    Malformed,
    /// The client went away, or a fault cut.
    Cut,
}

struct Upload<'a> {
    call: &'a Call<'a>,
    fields: Vec<(String, String)>,
    file_name: Option<String>,
    files: u32,
    size: u64,
    hash: Sha256,
    draft: Option<Draft>,
    verdict: Option<Verdict>,
}

impl<'a> Upload<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            fields: Vec::new(),
            file_name: None,
            files: 0,
            size: 0,
            hash: Sha256::new(),
            draft: None,
            verdict: None,
        }
    }

    async fn read(&mut self, wire: &mut Wire, body: &mut Body, attempt: &mut Attempt) -> io::Result<End> {
        let content_type = self.call.head.header("content-type").unwrap_or_default();
        let mut parts =
            Multipart::of(content_type).ok_or_else(|| bad("not a multipart/form-data body with a boundary"))?;
        let mut window = BytesMut::new();
        loop {
            match parts.next(&mut window)? {
                Step::Starved => match body.fill(wire, &mut window).await? {
                    Filled::More => attempt.touch(),
                    Filled::Complete => return Ok(End::Malformed),
                    Filled::Cut => return Ok(End::Cut),
                },
                Step::Field { name, value } => self.fields.push((name, value)),
                Step::FileBegins { file_name } => {
                    if self.begin_file(file_name, body)? {
                        return Ok(End::Cut);
                    }
                }
                Step::FileData(bytes) => self.keep(&bytes)?,
                Step::FileEnds => {}
                Step::Done => {
                    let ended = body.drain(wire).await?;
                    attempt.touch();
                    return Ok(if ended { End::Whole } else { End::Cut });
                }
            }
        }
    }

    /// The fault is chosen here, where the file's name is known; true when it cuts before this place.
    fn begin_file(&mut self, file_name: String, body: &mut Body) -> io::Result<bool> {
        self.files += 1;
        if self.files > 1 {
            // Refused once the body is whole.
            return Ok(false);
        }
        let verdict = self.call.shared.pick(On::Upload, &self.call.account, &file_name);
        self.file_name = Some(file_name);
        if self.call.shared.settings.keep_bytes {
            self.draft = Some(Draft::new(self.call)?);
        }
        let cut = match verdict.fault {
            Some(Fault::CutRequestAt { at } | Fault::StallRequestAt { at }) => {
                body.cut_at(at);
                body.read > at
            }
            _ => false,
        };
        self.verdict = Some(verdict);
        Ok(cut)
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        self.draft.as_mut().map_or(Ok(()), |draft| draft.file.write_all(bytes))
    }

    /// The body is whole: decides, records, then answers.
    async fn judge(mut self, wire: &mut Wire, too_close: bool) -> io::Result<After> {
        let call = self.call;
        let verdict = self.verdict.take().unwrap_or_else(|| call.shared.pick(On::Upload, &call.account, ""));
        if let Some(refusal) = call.refusal()? {
            return conclude(wire, call, &verdict, &refusal).await;
        }
        let settings = &call.shared.settings;
        let obeyed = match verdict.fault {
            Some(Fault::CutRequestAt { .. } | Fault::StallRequestAt { .. }) => verdict.obeys_when_complete(),
            _ => verdict.obeys(),
        };
        let reply = match self.mistake() {
            Some(words) => {
                self.refused("refused")?;
                Reply::page(&pages::said(settings, &call.account, words, "RED"))
            }
            None => {
                let answered = answered(verdict.fault.as_ref());
                if obeyed {
                    self.accept(answered, too_close)?
                } else {
                    self.refused(answered)?
                }
                Reply::page(&pages::received(settings, &call.account))
            }
        };
        conclude(wire, call, &verdict, &reply).await
    }

    /// What is wrong with the form, in the gateway's words.
    fn mistake(&self) -> Option<&'static str> {
        let unchanged = |(name, value): (String, String)| self.field(&name) == Some(value.as_str());
        if self.files != 1 || self.file_name.as_deref().is_none_or(str::is_empty) {
            return Some("File not received: one file per upload");
        }
        if !self.call.shared.hidden(&self.call.account.user).into_iter().all(unchanged) {
            return Some("File rejected: a hidden field came back changed");
        }
        None
    }

    fn accept(&mut self, answered: &str, lost: bool) -> io::Result<()> {
        let shared = self.call.shared;
        let ident = shared.idents.next();
        let draft = self.draft.take().filter(|_| !lost);
        let line = LedgerLine {
            local_ident: Some(ident),
            lost: Some(lost),
            stored: draft.map(|draft| draft.keep_as(self.call, ident)).transpose()?,
            ..self.line(if lost { "lost" } else { "received" }, Some(answered))
        };
        shared.ledger.append(line.clone())?;
        if lost { Ok(()) } else { shared.confirm(&line) }
    }

    fn refused(&mut self, answered: &str) -> io::Result<()> {
        self.draft = None;
        self.call.shared.ledger.append(self.line("refused", Some(answered)))
    }

    fn incomplete(&mut self) -> io::Result<()> {
        self.draft = None;
        let line = self.line("incomplete", None);
        self.call.shared.ledger.append(LedgerLine { sha256: None, ..line })
    }

    fn line(&self, kind: &str, answered: Option<&str>) -> LedgerLine {
        let fields = &self.call.shared.settings.fields;
        let sent = |name: &str| self.field(name).map(str::to_owned);
        LedgerLine {
            name: self.file_name.clone(),
            destination: sent(&fields.destination),
            application: sent(&fields.application),
            subject: sent(&fields.subject),
            cft: sent(&fields.cft),
            size: Some(self.size),
            sha256: Some(text::hex_of(&self.hash.clone().finalize())),
            answered: answered.map(str::to_owned),
            ..LedgerLine::new(kind, &self.call.account.user)
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The bytes of an upload that is not accepted yet; removed unless it is.
struct Draft {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Draft {
    fn new(call: &Call<'_>) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = call.shared.settings.state.join(format!("received/.draft-{}-{count}", std::process::id()));
        Ok(Self { file: File::create(&path)?, path, kept: false })
    }

    /// Gives the bytes their place; returns it, relative to the state directory.
    fn keep_as(mut self, call: &Call<'_>, ident: u64) -> io::Result<String> {
        let place = format!("received/{ident}");
        fs::rename(&self.path, call.shared.settings.state.join(&place))?;
        self.kept = true;
        Ok(place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn answered(fault: Option<&Fault>) -> &'static str {
    match fault {
        None | Some(Fault::HostileNames) => "success",
        Some(Fault::RefuseForGood { .. }) => "refused",
        Some(Fault::RefuseForNow { .. }) => "refused-for-now",
        Some(Fault::WrongPassword) => "bad-password",
        Some(Fault::SessionExpired) => "expired",
        Some(Fault::Status500) => "error-500",
        Some(Fault::UnknownHtml) => "unknown-page",
        Some(Fault::RedirectElsewhere { .. }) => "redirect",
        Some(Fault::Stall | Fault::StallRequestAt { .. }) => "stall",
        Some(Fault::SlowLoris { .. }) => "slow",
        Some(Fault::LateYes { .. }) => "late",
        Some(Fault::EndlessHeaders | Fault::EndlessListing | Fault::OversizeListing { .. }) => "endless",
        Some(_) => "cut",
    }
}
