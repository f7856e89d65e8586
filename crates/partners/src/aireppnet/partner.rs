//! The seam, over the client: one end point, its servers, their sessions.

use std::collections::BTreeMap;

use aireppnet::{Client, Error, FileName, FileType, Received, Source};
use async_trait::async_trait;
use jiff::Timestamp;
use scheduler_core::consignment::Identifiers;
use scheduler_core::partner::{
    Again, Avoid, Context, Deposit, Fault, FieldProblem, GateSpec, Hold, Partner, Phase, Point, Reach, Receipt,
    Session, Visited,
};
use scheduler_core::returned::{Completeness, Offer};
use scheduler_core::store::Sink;
use scheduler_core::trace::Entry;

use super::settings::{SERVERS, Settings};
use super::{TYPE_UNKNOWN, file_type};
use crate::settings::unfit;
use crate::{fault, web};

/// INSEE's servers as one profile sees them. Its connections outlive its sessions.
#[derive(Debug)]
pub(super) struct EndPoint {
    client: Client,
    gate: String,
    /// Those that the profile names, and where they are.
    servers: Vec<(FileType, Point)>,
}

impl EndPoint {
    /// # Errors
    ///
    /// The field to blame for what the client cannot use.
    pub(super) fn new(settings: Settings) -> Result<Self, Vec<FieldProblem>> {
        let Settings { config, gate } = settings;
        let field = if config.tls.identity.is_some() { "client_certificate" } else { "ca" };
        let point = |(kind, field)| {
            let url = config.profile.servers.of(kind)?;
            Some((kind, web::point(field, url, config.proxy.as_ref(), &config.tls)))
        };
        let servers = SERVERS.into_iter().filter_map(point).collect();
        let client = Client::new(config).map_err(|error| vec![unfit(field, error.code(), &error)])?;
        Ok(Self { client, gate, servers })
    }
}

#[async_trait]
impl Partner for EndPoint {
    fn gate(&self) -> GateSpec {
        GateSpec { key: self.gate.clone() }
    }

    /// Logs in at once where there is one server; with several, the files decide which are needed.
    async fn connect(&self, context: &Context) -> Result<Box<dyn Session>, Fault> {
        let mut talk = Talk { client: self.client.clone(), one: None, doors: BTreeMap::new() };
        if let [(only, _)] = self.servers.as_slice() {
            talk.one = Some(*only);
            talk.open(*only, context).await?;
        }
        Ok(Box::new(talk))
    }

    fn points(&self) -> Vec<Point> {
        self.servers.iter().map(|(_, point)| point.clone()).collect()
    }

    /// Every server, one after the other: they share the password, which is not shown to the next once one refused it.
    async fn visit(&self, context: &Context, avoid: Avoid<'_>) -> Vec<Visited> {
        let mut visited = Vec::new();
        for (kind, point) in self.servers.iter().filter(|(_, point)| !avoid.is_broken(point.field)) {
            let done = match self.client.log_in(*kind).await {
                Ok(session) => {
                    session.close().await;
                    Ok(())
                }
                Err(error) => Err(of(&error, context.now())),
            };
            let refused = done.as_ref().is_err_and(|fault| fault.again == Again::AfterOperator);
            visited.push(Visited { field: Some(point.field), done });
            if refused {
                break;
            }
        }
        visited
    }
}

/// A server, in this session.
#[derive(Debug)]
enum Door {
    Open(Box<aireppnet::Session>),
    /// It could not be reached: its files wait for another session, without asking again.
    Shut(Fault),
}

/// The sessions with the servers that were needed.
#[derive(Debug)]
struct Talk {
    client: Client,
    /// The only server, if there is only one.
    one: Option<FileType>,
    doors: BTreeMap<FileType, Door>,
}

impl Talk {
    async fn open(&mut self, kind: FileType, context: &Context) -> Result<&mut aireppnet::Session, Fault> {
        if !self.doors.contains_key(&kind) {
            context.phase(Phase::Server);
            let door = match self.client.log_in(kind).await {
                Ok(session) => Door::Open(Box::new(session)),
                Err(error) => Door::Shut(self.narrowed(of(&error, context.now()))),
            };
            self.doors.insert(kind, door);
        }
        match self.doors.get_mut(&kind) {
            Some(Door::Open(session)) => Ok(session),
            Some(Door::Shut(fault)) => Err(fault.clone()),
            None => Err(Fault::session("aireppnet-bug", "a door that was not kept".to_owned())),
        }
    }

    /// Where there are several servers, the trouble of one is not the others': its files wait, theirs go on. What concerns the password
    /// concerns them all.
    fn narrowed(&self, fault: Fault) -> Fault {
        match fault.reach {
            Reach::Session | Reach::Gate if self.one.is_none() => fault.reaching(Reach::Consignment),
            _ => fault,
        }
    }
}

#[async_trait]
impl Session for Talk {
    /// The client awaits the commit point once, before the piece that ends the file and the body (docs/protocols/aireppnet.md 3.4).
    async fn deposit(&mut self, deposit: Deposit<'_>, hold: &Hold<'_>) -> Result<Receipt, Fault> {
        let context = hold.context();
        let facts = &deposit.consignment.facts;
        let kind = file_type(deposit.scenario).ok_or_else(|| held(TYPE_UNKNOWN))?;
        let name = FileName::try_from(facts.name.as_str()).map_err(|error| of(&error, context.now()))?;
        let session = self.open(kind, context).await?;
        context.phase(Phase::Send);
        let mut progress = |sent| context.progress(sent, Some(facts.size));
        let source = Source::Path(deposit.path.clone());
        let error = match session.deposit(&name, source, hold.commit_point(), &mut progress).await {
            Ok(receipt) => {
                let identifiers = receipt.reference.map(|reference| ("reference".to_owned(), reference));
                let identifiers: Identifiers = identifiers.into_iter().collect();
                return Ok(Receipt { identifiers, words: Some(receipt.proof) });
            }
            Err(error) => error,
        };
        let maybe = hold.has_crossed() && error.received() == Received::Maybe;
        let stopped = error.code() == "aireppnet-commit-refused";
        let told = fault::deposit(of(&error, context.now()), maybe, stopped);
        if told.reach != Reach::Consignment {
            self.leave(kind, context).await;
        }
        // What the operator stopped is stopped whatever the server.
        Err(if stopped { told } else { self.narrowed(told) })
    }

    async fn offers(&mut self, _: &Context) -> Result<Vec<Offer>, Fault> {
        Ok(Vec::new())
    }

    async fn collect(&mut self, _: &Offer, _: &mut Sink, _: &Context) -> Result<Completeness, Fault> {
        Err(Fault::session("aireppnet-bug", "nothing is ever offered".to_owned()))
    }

    async fn close(mut self: Box<Self>, context: &Context) {
        for kind in FileType::ALL {
            self.leave(kind, context).await;
        }
    }
}

impl Talk {
    /// Logs out of a server; the next file for it logs in again.
    async fn leave(&mut self, kind: FileType, context: &Context) {
        if let Some(Door::Open(session)) = self.doors.remove(&kind)
            && let Some(error) = session.close().await
        {
            let why = of(&error, context.now()).why();
            context.trace(Entry::Failed { why, until: None });
        }
    }
}

fn of(error: &Error, now: Timestamp) -> Fault {
    let words = error.peer_words().map_or_else(|| error.to_string(), ToOwned::to_owned);
    web::fault(error.code(), error.again(), error.reach(), &words, now)
}

/// Held until somebody changes the configuration.
fn held(code: &'static str) -> Fault {
    Fault::session(code, None).again(Again::AfterOperator).reaching(Reach::Consignment)
}
