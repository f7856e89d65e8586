//! Scripted misbehaviour of the mail server: which step of which message gets which trouble.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A step of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The greeting.
    Connect,
    /// `EHLO`.
    Hello,
    /// `STARTTLS`.
    StartTls,
    /// `AUTH`, once everything was said; its name is the user.
    LogIn,
    /// `MAIL`; its name is the sender's address.
    Sender,
    /// `RCPT`; its name is the recipient's address.
    Recipient,
    /// `DATA`.
    Data,
    /// The message itself; its name is the attachment's.
    Message,
}

/// A report about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Report {
    /// A delivery report: handed over.
    Delivered,
    /// A delivery report: handed on to a system that will tell nothing more.
    Relayed,
    /// A delivery report: still being tried.
    Delayed,
    /// A delivery report: given up.
    Failed,
    /// A disposition notification: shown to the recipient.
    Displayed,
    /// A disposition notification: deleted unread.
    Deleted,
}

/// One misbehaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// This reply in place of the usual one; the step is not obeyed.
    Reply {
        /// The reply's code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The connection is closed in place of the reply. At [`Step::Message`]: after the whole message.
    Cut,
    /// [`Step::Message`] only: the connection is closed when that many bytes of the message were read.
    CutAt {
        /// Bytes of the message.
        at: u64,
    },
    /// Nothing is answered, until the client goes.
    Stall,
    /// The reply comes byte by byte.
    Slow {
        /// Pause between two bytes.
        pause: Duration,
    },
    /// [`Step::Message`] only: these reports, in this order, in place of the usual ones. None: a server that tells nothing.
    Reports(Vec<Report>),
}

/// Which steps get a trouble.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    step: Step,
    name: Option<String>,
    nth: Option<u64>,
    times: Option<u64>,
    taken: bool,
    trouble: Trouble,
    seen: u64,
    fired: u64,
}

/// An ordered list of rules. The first that matches and fires gives the trouble; each counts the steps that match it.
#[derive(Clone, Debug, Default)]
pub struct SmtpFaults {
    rules: Vec<Rule>,
}

impl SmtpFaults {
    /// No trouble.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a rule.
    pub fn on(self, step: Step) -> SmtpRule {
        let rule =
            Rule { step, name: None, nth: None, times: None, taken: false, trouble: Trouble::Stall, seen: 0, fired: 0 };
        SmtpRule { plan: self, rule }
    }

    /// Begins a rule on the message whose attachment's name holds this text.
    pub fn message(self, name: impl Into<String>) -> SmtpRule {
        self.on(Step::Message).named(name)
    }
}

/// A rule being written; ends with a trouble.
#[derive(Clone, Debug)]
#[must_use = "a rule counts once its trouble is named"]
pub struct SmtpRule {
    plan: SmtpFaults,
    rule: Rule,
}

impl SmtpRule {
    /// Only where the step's name holds this text.
    pub fn named(mut self, part: impl Into<String>) -> Self {
        self.rule.name = Some(part.into());
        self
    }

    /// Only the n-th matching step (the first is 1).
    pub const fn nth(mut self, nth: u64) -> Self {
        self.rule.nth = Some(nth);
        self
    }

    /// At most once.
    pub const fn once(mut self) -> Self {
        self.rule.times = Some(1);
        self
    }

    /// The message is taken although the answer says nothing of it or the contrary.
    pub const fn taken(mut self) -> Self {
        self.rule.taken = true;
        self
    }

    /// Ends the rule.
    #[must_use]
    pub fn with(mut self, trouble: Trouble) -> SmtpFaults {
        self.rule.trouble = trouble;
        self.plan.rules.push(self.rule);
        self.plan
    }

    /// Ends with [`Trouble::Reply`].
    #[must_use]
    pub fn reply(self, code: u16, text: impl Into<String>) -> SmtpFaults {
        self.with(Trouble::Reply { code, text: text.into() })
    }

    /// Ends with [`Trouble::Cut`].
    #[must_use]
    pub fn cut(self) -> SmtpFaults {
        self.with(Trouble::Cut)
    }

    /// Ends with [`Trouble::CutAt`].
    #[must_use]
    pub fn cut_at(self, at: u64) -> SmtpFaults {
        self.with(Trouble::CutAt { at })
    }

    /// Ends with [`Trouble::Stall`].
    #[must_use]
    pub fn stall(self) -> SmtpFaults {
        self.with(Trouble::Stall)
    }

    /// Ends with [`Trouble::Reports`].
    #[must_use]
    pub fn reports(self, reports: impl Into<Vec<Report>>) -> SmtpFaults {
        self.with(Trouble::Reports(reports.into()))
    }
}

/// The trouble of one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    pub(super) trouble: Option<Trouble>,
    pub(super) taken: bool,
}

/// A plan at work.
#[derive(Debug, Default)]
pub(super) struct Live(Mutex<(Vec<Rule>, u64)>);

impl Live {
    pub(super) fn new(plan: SmtpFaults) -> Self {
        Self(Mutex::new((plan.rules, 0)))
    }

    pub(super) fn replace(&self, plan: SmtpFaults) {
        self.lock().0 = plan.rules;
    }

    pub(super) fn fired(&self) -> u64 {
        self.lock().1
    }

    pub(super) fn pick(&self, step: Step, name: &str) -> Verdict {
        let (rules, fired) = &mut *self.lock();
        let mut verdict = Verdict::default();
        for rule in rules.iter_mut() {
            if rule.step != step || !rule.name.as_ref().is_none_or(|part| name.contains(part.as_str())) {
                continue;
            }
            rule.seen += 1;
            let fires =
                rule.nth.is_none_or(|nth| nth == rule.seen) && rule.times.is_none_or(|times| rule.fired < times);
            if fires && verdict.trouble.is_none() {
                rule.fired += 1;
                verdict = Verdict { trouble: Some(rule.trouble.clone()), taken: rule.taken };
            }
        }
        *fired += u64::from(verdict.trouble.is_some());
        verdict
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<Rule>, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
