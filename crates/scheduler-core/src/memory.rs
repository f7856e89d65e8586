//! The reference channel: a partner in memory with scripted faults, so that the core, and whoever embeds it, is tested without a network.
//!
//! It keeps the contract of [`crate::partner`] to the letter: bytes count as received only after the commit point, a consuming read
//! consumes when it begins, and its ledger counts every file that it really holds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::consignment::{Consignment, Identifiers, Says, Verdict, Why};
use crate::id::Id;
use crate::partner::{
    Again, CONSIGNMENT, Capabilities, Channel, Context, Deposit, Evidence, Facts, Fault, Field, FieldProblem, GateSpec,
    Hold, LeftAlone, Notice, Notices, Partner, Phase, Plan, Reach, Receipt, Received, Reconciliation, Session,
};
use crate::returned::{Completeness, Offer};
use crate::scenario::{Profile, Scenario};
use crate::store::Sink;

/// The identifier by which the partner names a consignment, where it does.
const REFERENCE: &str = "reference";

fn reference(id: Id) -> String {
    format!("REF-{id}")
}

/// What happens instead of a success.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Script {
    /// The connection cannot be opened.
    Unreachable,
    /// The password is refused.
    BadPassword,
    /// The file is refused for ever.
    Refuse,
    /// The file is refused for now, with a hint.
    Later(Option<Timestamp>),
    /// The connection is cut before the commit point.
    CutBefore,
    /// The connection is cut after the commit point; the partner did not get the file.
    CutAfterLost,
    /// The connection is cut after the commit point; the partner got the file.
    CutAfterReceived,
    /// Nothing is ever answered, before the commit point.
    Stall,
    /// The read is cut after this many bytes.
    CutRead(usize),
    /// Asked about a doubt, the partner cannot say.
    CannotSay,
}

/// A file that the partner holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipted {
    /// The account that sent it.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When the transfer began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

#[derive(Debug, Default)]
struct World {
    ledger: Vec<Receipted>,
    attempts: Vec<(Timestamp, Timestamp)>,
    scripts: BTreeMap<String, VecDeque<Script>>,
    offers: BTreeMap<String, Vec<(Offer, Vec<u8>)>>,
    evidence: BTreeMap<String, Vec<Evidence>>,
    left: BTreeMap<String, LeftAlone>,
    connections: u64,
    closed: u64,
    reconciles: bool,
    names: bool,
    transfer: Option<Duration>,
    looks: BTreeMap<String, u64>,
}

/// The partner's side; shared by every profile of a test.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<World>>);

impl Memory {
    /// The next attempts on `what` (a file name, `connect`, `read:NAME`, `notices:ACCOUNT`, or `ask:NAME` for questions about a doubt) go wrong like this, one after the other.
    pub fn script(&self, what: &str, scripts: impl IntoIterator<Item = Script>) {
        self.world(|world| world.scripts.entry(what.to_owned()).or_default().extend(scripts));
    }

    /// Offers a file to an account.
    pub fn offer(&self, account: &str, key: &str, name: &str, bytes: &[u8]) {
        let offer =
            Offer { key: key.to_owned(), name: name.to_owned(), size: Some(bytes.len() as u64), consuming: true };
        self.world(|world| world.offers.entry(account.to_owned()).or_default().push((offer, bytes.to_vec())));
    }

    /// Sends a notice about a file to an account.
    pub fn notify(&self, account: &str, key: &str, name: &str, says: Says, at: Timestamp) {
        let about = Identifiers::from([("name".to_owned(), name.to_owned())]);
        let evidence =
            Evidence { key: key.to_owned(), about, says: Notice::Consignment { says }, at, words: String::new() };
        self.world(|world| world.evidence.entry(account.to_owned()).or_default().push(evidence));
    }

    /// Sends a notice to an account as it is.
    pub fn tell(&self, account: &str, evidence: Evidence) {
        self.world(|world| world.evidence.entry(account.to_owned()).or_default().push(evidence));
    }

    /// What an account's notices lie among.
    pub fn leave_alone(&self, account: &str, left: LeftAlone) {
        self.world(|world| world.left.insert(account.to_owned(), left));
    }

    /// How often an account was asked for notices.
    #[must_use]
    pub fn looks(&self, account: &str) -> u64 {
        self.world(|world| world.looks.get(account).copied().unwrap_or_default())
    }

    /// Sends a notice that names a consignment exactly; [`Memory::name_consignments`] must have been asked for before that one was sent.
    pub fn notify_about(&self, account: &str, key: &str, id: Id, says: Notice, at: Timestamp) {
        let about =
            Identifiers::from([(CONSIGNMENT.to_owned(), id.to_string()), (REFERENCE.to_owned(), reference(id))]);
        let evidence = Evidence { key: key.to_owned(), about, says, at, words: String::new() };
        self.world(|world| world.evidence.entry(account.to_owned()).or_default().push(evidence));
    }

    /// Every consignment has a reference of the partner's from its intent on.
    pub fn name_consignments(&self) {
        self.world(|world| world.names = true);
    }

    /// Forgets the notices: each was told often enough.
    pub fn forget_notices(&self) {
        self.world(|world| world.evidence.clear());
    }

    /// The partner can tell what it holds, when asked in a session.
    pub fn reconcile(&self, can: bool) {
        self.world(|world| world.reconciles = can);
    }

    /// The time that each transfer takes from now on.
    pub fn transfers_take(&self, time: Duration) {
        self.world(|world| world.transfer = Some(time));
    }

    /// Every file that it really holds, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<Receipted> {
        self.world(|world| world.ledger.clone())
    }

    /// Beginning and end of every transfer tried, answered or not.
    #[must_use]
    pub fn attempts(&self) -> Vec<(Timestamp, Timestamp)> {
        self.world(|world| world.attempts.clone())
    }

    /// Sessions opened, and sessions closed in order.
    #[must_use]
    pub fn sessions(&self) -> (u64, u64) {
        self.world(|world| (world.connections, world.closed))
    }

    fn world<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_script(&self, what: &str) -> Option<Script> {
        self.world(|world| world.scripts.get_mut(what)?.pop_front())
    }
}

#[async_trait]
impl Channel for Memory {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn summary(&self) -> &'static str {
        "a partner in memory, for tests"
    }

    fn capabilities(&self) -> Capabilities {
        let reconcile = self.world(|world| world.reconciles);
        Capabilities { send: true, retrieve: true, reconcile, evidence: true, ..Capabilities::default() }
    }

    fn profile_fields(&self) -> &'static [Field] {
        &[]
    }

    fn scenario_fields(&self) -> &'static [Field] {
        &[]
    }

    fn build(&self, profile: &Profile) -> Result<Arc<dyn Partner>, Vec<FieldProblem>> {
        let gate = profile.fields.text("gate").unwrap_or("memory").to_owned();
        let place = profile.fields.text("notices").map(ToOwned::to_owned);
        Ok(Arc::new(Account { memory: self.clone(), name: profile.lane.profile().to_owned(), gate, place }))
    }

    fn plan(&self, _: &Scenario, facts: &Facts<'_>) -> Plan {
        let finding = facts.head.starts_with(b"BAD").then(|| Why::code("memory-bad-file"));
        let identity = facts.head.strip_prefix(b"ID=").and_then(|rest| std::str::from_utf8(rest).ok()?.lines().next());
        Plan {
            findings: finding.into_iter().collect(),
            registers: Vec::new(),
            identity: identity.map(ToOwned::to_owned),
        }
    }
}

#[derive(Debug)]
struct Account {
    memory: Memory,
    name: String,
    gate: String,
    place: Option<String>,
}

#[async_trait]
impl Partner for Account {
    fn gate(&self) -> GateSpec {
        GateSpec { key: self.gate.clone() }
    }

    async fn connect(&self, context: &Context) -> Result<Box<dyn Session>, Fault> {
        context.phase(Phase::Gateway);
        match self.memory.next_script("connect").or_else(|| self.memory.next_script(&format!("connect:{}", self.name)))
        {
            Some(Script::BadPassword) => Err(Fault::session("memory-bad-password", "no such user".to_owned())
                .again(Again::AfterOperator)
                .reaching(Reach::Profile)),
            Some(Script::Stall) => std::future::pending().await,
            Some(_) => Err(Fault::session("memory-unreachable", None).reaching(Reach::Gate)),
            None => {
                self.memory.world(|world| world.connections += 1);
                Ok(Box::new(Talk { memory: self.memory.clone(), account: self.name.clone() }))
            }
        }
    }

    fn identifiers(&self, consignment: &Consignment) -> Identifiers {
        let named = self.memory.world(|world| world.names);
        named.then(|| (REFERENCE.to_owned(), reference(consignment.id))).into_iter().collect()
    }

    async fn notices(&self) -> Result<Notices, Fault> {
        let what = format!("notices:{}", self.name);
        self.memory.world(|world| *world.looks.entry(self.name.clone()).or_default() += 1);
        match self.memory.next_script(&what) {
            Some(Script::Stall) => std::future::pending().await,
            Some(Script::BadPassword) => {
                Err(Fault::session("memory-bad-password", "no such user".to_owned()).again(Again::AfterOperator))
            }
            Some(_) => Err(Fault::session("memory-unreachable", None)),
            None => Ok(self.memory.world(|world| Notices {
                found: world.evidence.get(&self.name).cloned().unwrap_or_default(),
                left: world.left.get(&self.name).cloned().unwrap_or_default(),
            })),
        }
    }

    fn notices_place(&self) -> Option<String> {
        self.place.clone()
    }
}

#[derive(Debug)]
struct Talk {
    memory: Memory,
    account: String,
}

impl Talk {
    fn receive(&self, deposit: &Deposit<'_>, began: Timestamp, ended: Timestamp) -> Result<(), Fault> {
        let bytes =
            std::fs::read(&deposit.path).map_err(|error| Fault::session("memory-unreadable", error.to_string()))?;
        let (account, name) = (self.account.clone(), deposit.consignment.facts.name.clone());
        self.memory.world(|world| world.ledger.push(Receipted { account, name, bytes, began, ended }));
        Ok(())
    }
}

/// Time that a transfer takes unless the test says otherwise.
const TRANSFER: Duration = Duration::from_millis(20);

#[async_trait]
impl Session for Talk {
    async fn deposit(&mut self, deposit: Deposit<'_>, hold: &Hold<'_>) -> Result<Receipt, Fault> {
        let context = hold.context();
        let name = &deposit.consignment.facts.name;
        let script = self.memory.next_script(name);
        let began = context.now();
        let time = self.memory.world(|world| world.transfer.unwrap_or(TRANSFER));
        context.clock().sleep(time).await;
        let ended = context.now();
        self.memory.world(|world| world.attempts.push((began, ended)));
        let cut = || Fault::session("memory-cut", None);
        match &script {
            Some(Script::CutBefore) => return Err(cut()),
            Some(Script::Stall) => std::future::pending().await,
            _ => {}
        }
        hold.commit_point().await.map_err(|error| Fault::session("memory-stopped", error.to_string()))?;
        let refused = Fault {
            received: Received::No,
            again: Again::Never,
            reach: Reach::Consignment,
            code: "memory-refused".to_owned(),
            words: Some("we will not have it".to_owned()),
        };
        match script {
            Some(Script::Refuse) => return Err(refused),
            Some(Script::Later(hint)) => return Err(refused.again(Again::At(hint))),
            Some(Script::CutAfterLost) => return Err(cut().maybe_received()),
            Some(Script::CutAfterReceived) => {
                self.receive(&deposit, began, ended)?;
                return Err(cut().maybe_received());
            }
            _ => {}
        }
        self.receive(&deposit, began, ended)?;
        context.progress(deposit.consignment.facts.size, None);
        Ok(Receipt { identifiers: Identifiers::new(), words: Some("received".to_owned()) })
    }

    async fn offers(&mut self, _: &Context) -> Result<Vec<Offer>, Fault> {
        let listed = self.memory.world(|world| world.offers.get(&self.account).cloned().unwrap_or_default());
        Ok(listed.into_iter().map(|(offer, _)| offer).collect())
    }

    async fn collect(&mut self, offer: &Offer, sink: &mut Sink, context: &Context) -> Result<Completeness, Fault> {
        let taken = self.memory.world(|world| {
            let offers = world.offers.get_mut(&self.account)?;
            let index = offers.iter().position(|(known, _)| known.key == offer.key)?;
            Some(offers.remove(index).1)
        });
        let bytes = taken.ok_or_else(|| Fault::session("memory-gone", None))?;
        let cut = match self.memory.next_script(&format!("read:{}", offer.name)) {
            Some(Script::CutRead(at)) => Some(at.min(bytes.len())),
            _ => None,
        };
        for chunk in bytes[..cut.unwrap_or(bytes.len())].chunks(7) {
            sink.write(chunk)
                .await
                .map_err(|error| Fault::session("store-failed", error.to_string()).maybe_received())?;
            context.progress(sink.size(), offer.size);
        }
        match cut {
            Some(_) => Err(Fault::session("memory-cut", None).maybe_received()),
            None => Ok(Completeness::Proven),
        }
    }

    async fn reconcile(&mut self, consignment: &Consignment, _: &Context) -> Result<Reconciliation, Fault> {
        match self.memory.next_script(&format!("ask:{}", consignment.facts.name)) {
            Some(Script::CannotSay) => return Ok(Reconciliation::StillUnknown),
            Some(_) => return Err(Fault::session("memory-cut", None)),
            None => {}
        }
        let held = self.memory.ledger().iter().any(|row| row.name == consignment.facts.name);
        Ok(Reconciliation::Settled(if held { Verdict::Deposited } else { Verdict::NotDeposited }))
    }

    async fn close(self: Box<Self>, _: &Context) {
        self.memory.world(|world| world.closed += 1);
    }
}
