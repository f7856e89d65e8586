//! The seam: what a channel offers, and what the scheduler lends it. Implemented by adapters, one per partner.

mod context;
mod fault;
mod point;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::context::{Context, Hold, Stopped};
pub use self::fault::{Again, Fault, Reach, Received};
pub use self::point::{Avoid, Greeting, Point, PointIdentity, PointProxy, PointSecurity, Trust, Visited};
use crate::consignment::{Consignment, Identifiers, Verdict, Why};
pub use crate::notice::{CONSIGNMENT, Evidence, LeftAlone, Notice, Notices};
pub use crate::phase::Phase;
use crate::returned::{Completeness, Offer};
use crate::scenario::{Profile, Scenario};
pub use crate::section::{Field, FieldKind, FieldProblem, Help, Section, Value};
use crate::store::Sink;

/// What a channel can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It deposits files.
    pub send: bool,
    /// It collects files.
    pub retrieve: bool,
    /// It can tell by itself whether it holds an uncertain file.
    pub reconcile: bool,
    /// It brings notices.
    pub evidence: bool,
    /// Bytes a file may have; `None` = no limit known.
    pub max_size: Option<u64>,
    /// Default gap before an upload.
    pub delay_up: Duration,
    /// Default gap before a download.
    pub delay_down: Duration,
    /// Least time between the end of a session and the next.
    pub between_sessions: Duration,
}

/// What is known of a file when it is planned, before any connection.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// File name.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// The first bytes, at most [`crate::store::HEAD`].
    pub head: &'a [u8],
    /// Its bytes in the store, never changing: for a channel that must look at all of them. Read on a thread that may block.
    pub path: &'a std::path::Path,
}

/// What a channel says of a file before anything is sent.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Why the file must not leave as it is; any holds it.
    pub findings: Vec<Why>,
    /// Registers that a number must be drawn from.
    pub registers: Vec<String>,
    /// How the partner would recognise a duplicate.
    pub identity: Option<String>,
}

/// A kind of exchange: static, stateless. Every question here is answered without any connection.
pub trait Channel: Send + Sync {
    /// Stable name, journalled, never renamed (`xfb`).
    fn kind(&self) -> &'static str;
    /// One line for help texts.
    fn summary(&self) -> &'static str;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// The fields of its profile section.
    fn profile_fields(&self) -> &'static [Field];
    /// The fields it adds to a scenario.
    fn scenario_fields(&self) -> &'static [Field];
    /// The end point that a profile describes.
    ///
    /// # Errors
    ///
    /// Every field that is wrong, with what to write instead.
    fn build(&self, profile: &Profile) -> Result<Arc<dyn Partner>, Vec<FieldProblem>>;
    /// Looks at a file before any connection.
    fn plan(&self, scenario: &Scenario, facts: &Facts<'_>) -> Plan;
}

/// The partner's end point: what pacing belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSpec {
    /// Shared by every profile that uses the end point (XFB: its base URL). Never holds a secret.
    pub key: String,
}

/// A partner's receipt for a deposit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// What the partner calls it.
    pub identifiers: Identifiers,
    /// Its words, secrets removed.
    pub words: Option<String>,
}

/// What a session is to deposit.
#[derive(Debug)]
pub struct Deposit<'a> {
    /// The consignment.
    pub consignment: &'a Consignment,
    /// The scenario it was accepted under, as configured now.
    pub scenario: &'a Scenario,
    /// Its bytes in the store, never changing.
    pub path: PathBuf,
}

/// What a partner answers when asked about an uncertain consignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciliation {
    /// It knows.
    Settled(Verdict),
    /// It cannot say, now or ever.
    StillUnknown,
}

/// A partner's end point, configured. Long-lived, shared by sessions.
#[async_trait]
pub trait Partner: Send + Sync {
    /// The end point that paces.
    fn gate(&self) -> GateSpec;
    /// Opens a session: tunnel, portal, gateway, whatever it takes.
    ///
    /// # Errors
    ///
    /// A [`Fault`]; nothing is left open.
    async fn connect(&self, context: &Context) -> Result<Box<dyn Session>, Fault>;
    /// Bytes that a file may have here, where the profile says less than the channel ([`Capabilities::max_size`]).
    fn max_size(&self) -> Option<u64> {
        None
    }
    /// What this end point will call the consignment, where that is known before it is sent (a Message-ID). Journalled with the intent, so that a
    /// notice about a doubtful one finds it; the same at every attempt. Pure.
    fn identifiers(&self, consignment: &Consignment) -> Identifiers {
        let _ = consignment;
        Identifiers::new()
    }
    /// Notices found since the last look, without a session (a folder of mails). May return one twice: the journal remembers keys.
    ///
    /// It answers within seconds, with what is known so far; a look that takes longer goes on by itself. Dropping the future loses no notice.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when the source cannot be read; it holds up nothing else. After [`Again::AfterOperator`] nobody asks again before a secret of
    /// the profile changed, or an operator resumed it.
    async fn notices(&self) -> Result<Notices, Fault> {
        Ok(Notices::default())
    }
    /// Where its notices come from, if other profiles may read the same: whichever of those that give the same text finds a notice, it may be about a
    /// file of any of them. Never holds a secret.
    fn notices_place(&self) -> Option<String> {
        None
    }
    /// Where [`connect`](Self::connect) and [`notices`](Self::notices) go, the main point first. Pure; for diagnosis only.
    fn points(&self) -> Vec<Point> {
        Vec::new()
    }
    /// Logs in wherever the end point would, and out again, once each; deposits nothing, reads no offer. After a refused password nothing
    /// further is tried with it. What needs something of `avoid` is not tried, and not told.
    async fn visit(&self, context: &Context, avoid: Avoid<'_>) -> Vec<Visited> {
        if self.points().iter().any(|point| avoid.is_broken(point.field)) {
            return Vec::new();
        }
        let field = self.points().first().map(|point| point.field);
        let done = match self.connect(context).await {
            Ok(session) => {
                session.close(context).await;
                Ok(())
            }
            Err(fault) => Err(fault),
        };
        vec![Visited { field, done }]
    }
}

/// One conversation with a partner.
#[async_trait]
pub trait Session: Send {
    /// Deposits one file. The implementation awaits [`Hold::commit_point`] before it gives out the bytes that make the message complete.
    ///
    /// # Errors
    ///
    /// A [`Fault`] whose `received` says whether the partner may hold the file.
    async fn deposit(&mut self, deposit: Deposit<'_>, hold: &Hold<'_>) -> Result<Receipt, Fault>;

    /// What the partner holds for us. Reads nothing of it.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    async fn offers(&mut self, context: &Context) -> Result<Vec<Offer>, Fault>;

    /// Reads one offer into `sink`, in order. Never asks twice.
    ///
    /// # Errors
    ///
    /// A [`Fault`]; `received: Maybe` means that the read may have consumed the offer.
    async fn collect(&mut self, offer: &Offer, sink: &mut Sink, context: &Context) -> Result<Completeness, Fault>;

    /// Takes the partner's copy away; only called once the journal holds the bytes. Repeated after a crash: must tolerate that it is gone.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    async fn dispose(&mut self, offer: &Offer, context: &Context) -> Result<(), Fault> {
        let _ = (offer, context);
        Ok(())
    }

    /// Asks the partner about an uncertain consignment.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    async fn reconcile(&mut self, consignment: &Consignment, context: &Context) -> Result<Reconciliation, Fault> {
        let _ = (consignment, context);
        Ok(Reconciliation::StillUnknown)
    }

    /// Logs out and closes everything; always called, also after a fault.
    async fn close(self: Box<Self>, context: &Context);
}
