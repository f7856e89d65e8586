//! Files sent (protocol 3, 4): read as they come, recorded before the answer leaves.

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

/// Reads one deposit and answers it.
pub(super) async fn receive(wire: &mut Wire, call: &Call<'_>) -> io::Result<After> {
    let mut attempt = call.shared.batch(call.server).begin();
    let mut body = Body::open(call.head, wire).await?;
    let mut deposit = Deposit::new(call);
    let end = deposit.read(wire, &mut body, &mut attempt).await;
    attempt.end();
    if let Ok(End::Whole) = end {
        return deposit.judge(wire, attempt.too_close()).await;
    }
    let verdict = deposit.verdict.take();
    deposit.incomplete()?;
    match (end?, verdict.and_then(|verdict| verdict.fault)) {
        (End::Cut, Some(fault @ (Fault::StallRequestAt { .. } | Fault::CutRequestAt { .. }))) => {
            misbehave::answer(wire, call, On::Upload, &fault).await
        }
        (End::Cut, _) => Ok(After::Close),
        _ => {
            let page = pages::said("Dépôt impossible", "Le formulaire n'est pas complet.", "");
            send_reply(wire, &Reply::page(&page), None, call.head.wants_close()).await
        }
    }
}

struct Deposit<'a> {
    call: &'a Call<'a>,
    incoming: Incoming,
    verdict: Option<Verdict>,
}

impl<'a> Deposit<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        let settings = &call.shared.settings;
        Self { call, incoming: Incoming::new(settings.keep_bytes.then(|| settings.state.clone())), verdict: None }
    }

    async fn read(&mut self, wire: &mut Wire, body: &mut Body, attempt: &mut Attempt) -> io::Result<End> {
        let (call, verdict) = (self.call, &mut self.verdict);
        // The fault is chosen here, where the file's name is known.
        let begin = |name: &str| {
            let picked = call.shared.pick(On::Upload, &call.commune, name);
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
        let verdict = self.verdict.take().unwrap_or_else(|| call.shared.pick(On::Upload, &call.commune, ""));
        if !call.inside {
            self.record("refused", "expired")?;
            return conclude(wire, call, On::Upload, &verdict, &misbehave::session_ended()).await;
        }
        let obeyed = match verdict.cut_at() {
            Some(_) => verdict.obeys_when_complete(),
            None => verdict.obeys(),
        };
        let answered = verdict.fault.as_ref().map_or("success", Fault::answered);
        let reply = match self.mistake() {
            Some(words) => {
                self.record("refused", "refused")?;
                Reply::page(&pages::said("Fichier refusé", words, &call.shared.echo(&call.commune)))
            }
            None if obeyed => self.accept(answered, too_close)?,
            None => {
                self.record("refused", answered)?;
                Reply::page(&pages::said("Accusé de dépôt", "Fichier transmis.", ""))
            }
        };
        conclude(wire, call, On::Upload, &verdict, &reply).await
    }

    /// What is wrong with the form, in the server's words.
    fn mistake(&self) -> Option<&'static str> {
        if !self.incoming.is_one_file() {
            return Some("Un fichier par dépôt.");
        }
        let unchanged = self.incoming.field(pages::TOKEN) == Some(self.call.token().as_str());
        let clicked = self.incoming.field("action") == Some("Transmettre");
        (!(unchanged && clicked)).then_some("Le formulaire n'est pas celui de votre session.")
    }

    fn accept(&mut self, answered: &str, lost: bool) -> io::Result<Reply> {
        let shared = self.call.shared;
        let number = shared.next_deposit();
        let stored = self.incoming.store(number, lost)?;
        let line = LedgerLine {
            local_ident: Some(number),
            lost: Some(lost),
            stored,
            ..self.line(if lost { "lost" } else { "received" }, Some(answered))
        };
        shared.ledger.append(line.clone())?;
        Ok(Reply::page(&pages::receipt(&format!("D{number:08}"), &line, &shared.echo(&self.call.commune))))
    }

    fn record(&self, kind: &str, answered: &str) -> io::Result<()> {
        self.call.shared.ledger.append(self.line(kind, Some(answered)))
    }

    fn incomplete(&self) -> io::Result<()> {
        self.call.shared.ledger.append(LedgerLine { sha256: None, ..self.line("incomplete", None) })
    }

    fn line(&self, kind: &str, answered: Option<&str>) -> LedgerLine {
        LedgerLine {
            name: self.incoming.file_name.clone(),
            size: Some(self.incoming.size),
            sha256: Some(self.incoming.sha256()),
            answered: answered.map(str::to_owned),
            ..LedgerLine::staged(kind, self.call.server.as_str(), &self.call.commune)
        }
    }
}
