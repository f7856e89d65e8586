//! Files sent (protocol 4): read as they come, hashed, kept when asked, recorded before the answer leaves.

use std::io;

use super::{
    misbehave, pages,
    serve::{Call, conclude},
};
use crate::{
    answer::{After, send_reply},
    batch::Attempt,
    faults::{Fault, On, live::Verdict},
    http::{Body, Reply},
    incoming::{End, Incoming},
    ledger::LedgerLine,
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

struct Upload<'a> {
    call: &'a Call<'a>,
    incoming: Incoming,
    verdict: Option<Verdict>,
}

impl<'a> Upload<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        let settings = &call.shared.settings;
        let incoming = Incoming::new(settings.keep_bytes.then(|| settings.state.clone()));
        Self { call, incoming, verdict: None }
    }

    async fn read(&mut self, wire: &mut Wire, body: &mut Body, attempt: &mut Attempt) -> io::Result<End> {
        let call = self.call;
        let verdict = &mut self.verdict;
        // The fault is chosen here, where the file's name is known.
        let begin = |name: &str| {
            let picked = call.shared.pick(On::Upload, &call.account, name);
            let cut = picked.cut_at();
            *verdict = Some(picked);
            cut
        };
        let content_type = call.head.header("content-type").unwrap_or_default();
        self.incoming.read(content_type, wire, body, attempt, begin).await
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
                let answered = verdict.fault.as_ref().map_or("success", Fault::answered);
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
        let unchanged = |(name, value): (String, String)| self.incoming.field(&name) == Some(value.as_str());
        if !self.incoming.is_one_file() {
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
        let stored = self.incoming.store(ident, lost)?;
        let line = LedgerLine {
            local_ident: Some(ident),
            lost: Some(lost),
            stored,
            ..self.line(if lost { "lost" } else { "received" }, Some(answered))
        };
        shared.ledger.append(line.clone())?;
        if lost { Ok(()) } else { shared.confirm(&line) }
    }

    fn refused(&mut self, answered: &str) -> io::Result<()> {
        self.call.shared.ledger.append(self.line("refused", Some(answered)))
    }

    fn incomplete(&mut self) -> io::Result<()> {
        let line = self.line("incomplete", None);
        self.call.shared.ledger.append(LedgerLine { sha256: None, ..line })
    }

    fn line(&self, kind: &str, answered: Option<&str>) -> LedgerLine {
        let fields = &self.call.shared.settings.fields;
        let sent = |name: &str| self.incoming.field(name).map(str::to_owned);
        LedgerLine {
            name: self.incoming.file_name.clone(),
            destination: sent(&fields.destination),
            application: sent(&fields.application),
            subject: sent(&fields.subject),
            cft: sent(&fields.cft),
            size: Some(self.incoming.size),
            sha256: Some(self.incoming.sha256()),
            answered: answered.map(str::to_owned),
            ..LedgerLine::new(kind, &self.call.account.user)
        }
    }
}
