//! What the scheduler lends to a session: phases, progress, traces, the clock, the stop request and the commit point.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::consignment::{ConsignmentEvent, Lane};
use crate::crash::CrashPoint;
use crate::id::{Id, Ids};
use crate::journal::{Draft, Journal, JournalError};
use crate::live::Board;
use crate::phase::Phase;
use crate::stop::Stop;
use crate::trace::{Entry, SessionTrace};

/// What a session may use of the scheduler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) lane: Lane,
    pub(crate) session: Id,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
    pub(crate) board: Arc<Board>,
    pub(crate) trace: Arc<SessionTrace>,
}

impl Context {
    /// For a look at a partner beside the station's work ([`Partner::visit`](super::Partner::visit)): nothing is journalled, shown or traced.
    #[must_use]
    pub fn apart(lane: Lane, clock: Clock, stop: Stop) -> Self {
        let session = Ids::after(None).next(clock.now());
        Self { lane, session, clock, stop, board: Arc::default(), trace: Arc::new(SessionTrace::nowhere()) }
    }

    /// The lane it works for.
    #[must_use]
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The session's identifier.
    #[must_use]
    pub fn session(&self) -> Id {
        self.session
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock to wait on.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The operator's stop request.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Shows and traces that a phase begins.
    pub fn phase(&self, phase: Phase) {
        self.board.phase(&self.lane, phase, self.now());
        self.trace(Entry::Phase { phase });
    }

    /// Shows how far the file in hand is, in bytes; cheap enough for every chunk.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.board.progress(&self.lane, done, total);
    }

    /// Writes a line in the session's trace.
    pub fn trace(&self, entry: Entry) {
        self.trace.write(self.now(), &entry);
    }
}

/// Why the last bytes must not leave.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stopped {
    /// The operator asked to stop at once.
    #[error("stopped by the operator before the commit point")]
    ByOperator,
    /// The journal cannot take the commitment.
    #[error("the journal refused the commitment")]
    Journal(#[from] JournalError),
}

/// The commit point of one deposit.
#[derive(Debug)]
pub struct Hold<'a> {
    context: &'a Context,
    journal: &'a Journal,
    consignment: Id,
    crossed: AtomicBool,
}

impl<'a> Hold<'a> {
    pub(crate) fn new(context: &'a Context, journal: &'a Journal, consignment: Id) -> Self {
        Self { context, journal, consignment, crossed: AtomicBool::new(false) }
    }

    /// The session's context.
    #[must_use]
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// To be awaited before the bytes that make the message complete are given out: journals `Committing`.
    /// Dead before it returns = surely not received. A second call does nothing.
    ///
    /// # Errors
    ///
    /// [`Stopped`]: the bytes must not leave; the deposit is to end with `received: No`.
    pub async fn commit_point(&self) -> Result<(), Stopped> {
        if self.has_crossed() {
            return Ok(());
        }
        if self.context.stop.is_now() {
            return Err(Stopped::ByOperator);
        }
        CrashPoint::BeforeCommitting.pass();
        let event = ConsignmentEvent::Committing { session: self.context.session };
        self.journal.commit(vec![Draft::consignment(self.consignment, event)]).await?;
        self.crossed.store(true, Ordering::SeqCst);
        CrashPoint::Committing.pass();
        Ok(())
    }

    /// Whether the commit point was crossed: only then may the partner hold the file.
    #[must_use]
    pub fn has_crossed(&self) -> bool {
        self.crossed.load(Ordering::SeqCst)
    }
}
