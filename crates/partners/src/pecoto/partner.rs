//! The seam, over the client: one server, its sessions, the mailbox of its reports.

use async_trait::async_trait;
use jiff::Timestamp;
use pecoto_smtp::submission::{Client, Draft, FileName, Line, Message, Result, Source};
use scheduler_core::consignment::{Consignment, Identifiers};
use scheduler_core::partner::{
    Again, Avoid, Context, Deposit, Fault, FieldProblem, GateSpec, Hold, Notices, Partner, Phase, Point, Receipt,
    Session, Visited,
};
use scheduler_core::returned::{Completeness, Offer};
use scheduler_core::store::Sink;

use super::answers::Answers;
use super::inbox::Inbox;
use super::settings::{Sending, Settings};
use super::{SUBJECT, fault, fields, identity};
use crate::settings::unfit;

/// Bytes of a message beside its attachment, at most: headers, text, boundaries.
const AROUND: u64 = 8192;

/// A server as one profile sees it.
#[derive(Debug)]
pub(super) struct EndPoint {
    client: Client,
    sending: Sending,
    inbox: Option<Inbox>,
    points: Vec<Point>,
}

impl EndPoint {
    /// # Errors
    ///
    /// The field to blame for what the client cannot use.
    pub(super) fn new(settings: Settings) -> std::result::Result<Self, Vec<FieldProblem>> {
        let Settings { config, sending, mailbox, points } = settings;
        let field = match (&config.identity, &config.credentials) {
            (Some(_), _) => "client_certificate",
            (None, _) if config.security == pecoto_smtp::submission::Security::Clear => "security",
            (None, Some(_)) if config.roots.is_none() => "user",
            _ => "ca",
        };
        let client = Client::new(config).map_err(|error| vec![unfit(field, error.code(), &error)])?;
        let inbox = mailbox.map(|settings| Inbox::new(settings, client.clone()));
        Ok(Self { client, sending, inbox, points })
    }
}

#[async_trait]
impl Partner for EndPoint {
    fn gate(&self) -> GateSpec {
        GateSpec { key: self.sending.gate.clone() }
    }

    /// What base64 leaves of the largest message (docs/protocols/pecoto.md 4.6).
    fn max_size(&self) -> Option<u64> {
        Some(self.sending.largest.saturating_sub(AROUND) / 78 * 57)
    }

    fn identifiers(&self, consignment: &Consignment) -> Identifiers {
        let id = identity::message_id(consignment, self.sending.from.domain());
        id.map(|id| Identifiers::from([(identity::MESSAGE_ID.to_owned(), id.to_string())])).unwrap_or_default()
    }

    async fn connect(&self, context: &Context) -> std::result::Result<Box<dyn Session>, Fault> {
        context.phase(Phase::Server);
        let session = self.client.connect().await.map_err(|error| fault::session(&error))?;
        let answers = self.inbox.as_ref().map(Inbox::answers);
        Ok(Box::new(Talk { session, client: self.client.clone(), sending: self.sending.clone(), answers }))
    }

    async fn notices(&self) -> std::result::Result<Notices, Fault> {
        match &self.inbox {
            Some(inbox) => inbox.notices().await,
            None => Ok(Notices::default()),
        }
    }

    fn points(&self) -> Vec<Point> {
        self.points.clone()
    }

    /// The server, then the mailbox.
    async fn visit(&self, _: &Context, avoid: Avoid<'_>) -> Vec<Visited> {
        let mut visited = Vec::new();
        if !avoid.is_broken("server") {
            let done = match self.client.connect().await {
                Ok(session) => {
                    session.close().await;
                    Ok(())
                }
                Err(error) => Err(fault::session(&error)),
            };
            visited.push(Visited { field: Some("server"), done });
        }
        let refused = |row: &Visited| row.done.as_ref().is_err_and(|fault| fault.again == Again::AfterOperator);
        let left = visited.iter().any(refused) || avoid.notices;
        if let (false, Some(inbox)) = (left, &self.inbox)
            && !avoid.is_broken(inbox.field())
        {
            visited.push(Visited { field: Some(inbox.field()), done: inbox.visit().await });
        }
        visited
    }
}

/// An open session.
struct Talk {
    session: pecoto_smtp::submission::Session,
    client: Client,
    sending: Sending,
    answers: Option<Answers>,
}

impl Talk {
    async fn message(&self, deposit: &Deposit<'_>, now: Timestamp) -> Result<Message> {
        let facts = &deposit.consignment.facts;
        let value = |field: &str| deposit.scenario.fields.text(field).map(str::trim).filter(|text| !text.is_empty());
        let from = value("sender").map_or_else(|| Ok(self.sending.from.clone()), str::parse)?;
        let name: FileName = facts.name.parse()?;
        let text = format!(
            "Bonjour,\n\nVeuillez trouver ci-joint le fichier « {} » ({} octets).\nEmpreinte SHA-256 : {}\n\nCe message est émis par un automate.\n",
            facts.name, facts.size, facts.sha256
        );
        let message = Message::new(Draft {
            from,
            to: fields::recipients(value("destination").unwrap_or_default())?,
            subject: value("subject").unwrap_or(SUBJECT).parse::<Line>()?,
            id: identity::message_id(deposit.consignment, self.sending.from.domain())?,
            date: now,
            text,
            name,
            source: Source::Path(deposit.path.clone()),
            read_receipt: self.sending.read_receipts,
        })
        .await?;
        self.client.check(&message).map(|()| message)
    }
}

#[async_trait]
impl Session for Talk {
    /// The client awaits the commit point once, before the line that completes the message (docs/protocols/pecoto.md 5.3).
    async fn deposit(&mut self, deposit: Deposit<'_>, hold: &Hold<'_>) -> std::result::Result<Receipt, Fault> {
        let context = hold.context();
        let size = deposit.consignment.facts.size;
        let told = |error| fault::deposit(&error, hold.has_crossed());
        let message = self.message(&deposit, context.now()).await.map_err(told)?;
        let mut progress = |sent| context.progress(sent, Some(size));
        let receipt = self.session.submit(&message, hold.commit_point(), &mut progress).await.map_err(told)?;
        let identifiers = Identifiers::from([(identity::MESSAGE_ID.to_owned(), message.id().to_string())]);
        Ok(Receipt { identifiers, words: Some(crate::fault::bounded(&receipt.words)) })
    }

    async fn offers(&mut self, _: &Context) -> std::result::Result<Vec<Offer>, Fault> {
        match &mut self.answers {
            Some(answers) => answers.offers().await,
            None => Ok(Vec::new()),
        }
    }

    async fn collect(
        &mut self,
        offer: &Offer,
        sink: &mut Sink,
        context: &Context,
    ) -> std::result::Result<Completeness, Fault> {
        match &mut self.answers {
            Some(answers) => answers.collect(offer, sink, context).await,
            None => Err(Fault::session(super::answers::GONE, None)),
        }
    }

    async fn dispose(&mut self, offer: &Offer, _: &Context) -> std::result::Result<(), Fault> {
        match &mut self.answers {
            Some(answers) => answers.dispose(offer).await,
            None => Ok(()),
        }
    }

    async fn close(self: Box<Self>, _: &Context) {
        self.session.close().await;
        if let Some(answers) = self.answers {
            answers.close().await;
        }
    }
}
