//! Scripted misbehaviour: which requests get which fault.
//!
//! ```
//! use std::time::Duration;
//! use partner_sim::{FaultPlan, RetryAfter};
//!
//! let plan = FaultPlan::new()
//!     .upload().nth(3).status_500()
//!     .upload().named("MANDAT").once().late_yes(Duration::from_secs(30))
//!     .download().every(2).cut_body_at(100, false)
//!     .login().account("ccas").refuse_for_now(Some(RetryAfter::Seconds(60)));
//! assert_eq!(plan.rules().len(), 4);
//! ```
//!
//! Rules are tried in their order; the first that matches and fires gives the fault. Each rule counts the requests that match *it*, fired or not,
//! so `nth` does not depend on the other rules.

pub(crate) mod file;
pub(crate) mod live;

use std::time::Duration;

/// What a request (or a mail) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum On {
    /// Everything but mails.
    Any,
    /// A portal page other than those below.
    Portal,
    /// Credentials sent to the portal.
    Login,
    /// The gateway's entry page.
    Entry,
    /// The page with the upload form, when it is a page of its own.
    Form,
    /// A file sent.
    Upload,
    /// The list of files to receive.
    Listing,
    /// A file fetched.
    Download,
    /// A log-out link followed, of the gateway or the portal.
    Logout,
    /// A mail about to be written.
    Mail,
}

/// The hint of a `Retry-After` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date, sent as it is.
    Date(String),
}

/// One misbehaviour. Where a count of bytes is asked, 0 means before the first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A refusal page with these words (protocol 4.7).
    RefuseForGood {
        /// Title and heading of the page.
        words: String,
    },
    /// 503 with `Retry-After`, or without a hint a page that says to try again later (4.8).
    RefuseForNow {
        /// The hint.
        retry_after: Option<RetryAfter>,
    },
    /// The answer to a wrong password (2.2, 3.3).
    WrongPassword,
    /// The connection is closed, without an answer, when that many bytes of the request body were read. When the body ends there or before, the file *was* received.
    CutRequestAt {
        /// Bytes of the request body.
        at: u64,
    },
    /// Nothing more is read after that many bytes of the request body, and nothing is answered.
    StallRequestAt {
        /// Bytes of the request body.
        at: u64,
    },
    /// The answer is cut after that many bytes, counted from its status line.
    CutResponseAt {
        /// Bytes of the answer.
        at: u64,
        /// Whether TLS says good-bye before the connection closes.
        close_notify: bool,
    },
    /// The answer is cut after that many bytes of its body, as they go over the wire (chunk sizes included).
    CutBodyAt {
        /// Bytes of the answer's body.
        at: u64,
        /// Whether TLS says good-bye before the connection closes.
        close_notify: bool,
    },
    /// The answer is cut inside its last TLS record.
    CutLastRecord,
    /// The request is read and never answered, until the client goes.
    Stall,
    /// The answer comes one byte at a time, with this pause between two bytes.
    SlowLoris {
        /// Pause between two bytes.
        pause: Duration,
    },
    /// A page with status 500.
    Status500,
    /// A page that nothing describes.
    UnknownHtml,
    /// The page of an expired session (3.4): nothing was done.
    SessionExpired,
    /// The request is obeyed and recorded, but the answer comes this much later.
    LateYes {
        /// How long the client waits in vain.
        late: Duration,
    },
    /// A listing of at least that many bytes, made of rows in state E.
    OversizeListing {
        /// Bytes of the page.
        bytes: u64,
    },
    /// A listing that never ends.
    EndlessListing,
    /// An answer whose headers never end.
    EndlessHeaders,
    /// Files with hostile names are put on offer (once), then the request goes on.
    HostileNames,
    /// 302 to this URL.
    RedirectElsewhere {
        /// The `Location`.
        url: String,
    },
    /// Mails only: the partner's site does not know this authority.
    PartnerNotAuthorised {
        /// The mail's reason.
        reason: String,
    },
    /// Mails only: the transfer found no file.
    UnknownFile {
        /// The mail's reason.
        reason: String,
    },
    /// Mails only: no mail at all.
    NoMail,
    /// Mails only: written this much later.
    LateMail {
        /// Delay.
        late: Duration,
    },
    /// Mails only: the same mail (same `Message-ID`) is written that many times.
    RepeatedMail {
        /// Number of copies in all.
        copies: u32,
    },
}

impl Fault {
    /// The fault takes the place of what the request asks for, so that nothing is done unless the rule says `taken`.
    pub(crate) const fn replaces(&self) -> bool {
        !matches!(
            self,
            Self::CutResponseAt { .. }
                | Self::CutBodyAt { .. }
                | Self::CutLastRecord
                | Self::SlowLoris { .. }
                | Self::LateYes { .. }
                | Self::HostileNames
        )
    }

    /// What the ledger says was answered.
    pub(crate) const fn answered(&self) -> &'static str {
        match self {
            Self::HostileNames => "success",
            Self::RefuseForGood { .. } => "refused",
            Self::RefuseForNow { .. } => "refused-for-now",
            Self::WrongPassword => "bad-password",
            Self::SessionExpired => "expired",
            Self::Status500 => "error-500",
            Self::UnknownHtml => "unknown-page",
            Self::RedirectElsewhere { .. } => "redirect",
            Self::Stall | Self::StallRequestAt { .. } => "stall",
            Self::SlowLoris { .. } => "slow",
            Self::LateYes { .. } => "late",
            Self::EndlessHeaders | Self::EndlessListing | Self::OversizeListing { .. } => "endless",
            _ => "cut",
        }
    }

    /// The fault only makes sense for mails.
    pub(crate) const fn is_for_mails(&self) -> bool {
        matches!(
            self,
            Self::PartnerNotAuthorised { .. }
                | Self::UnknownFile { .. }
                | Self::NoMail
                | Self::LateMail { .. }
                | Self::RepeatedMail { .. }
        )
    }
}

/// Which requests get a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) on: On,
    pub(crate) account: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) nth: Option<u64>,
    pub(crate) every: Option<u64>,
    pub(crate) times: Option<u64>,
    pub(crate) taken: Option<bool>,
    pub(crate) fault: Fault,
}

/// An ordered list of rules; see the module for how they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub(crate) rules: Vec<Rule>,
}

impl FaultPlan {
    /// A plan without a fault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Begins a rule.
    pub const fn on(self, on: On) -> RuleBuilder {
        RuleBuilder {
            plan: self,
            rule: Rule {
                on,
                account: None,
                name: None,
                nth: None,
                every: None,
                times: None,
                taken: None,
                fault: Fault::Stall,
            },
        }
    }

    /// Begins a rule on every request.
    pub const fn any(self) -> RuleBuilder {
        self.on(On::Any)
    }

    /// Begins a rule on credentials sent to the portal.
    pub const fn login(self) -> RuleBuilder {
        self.on(On::Login)
    }

    /// Begins a rule on the gateway's entry page.
    pub const fn entry(self) -> RuleBuilder {
        self.on(On::Entry)
    }

    /// Begins a rule on the upload form's page.
    pub const fn form(self) -> RuleBuilder {
        self.on(On::Form)
    }

    /// Begins a rule on uploads.
    pub const fn upload(self) -> RuleBuilder {
        self.on(On::Upload)
    }

    /// Begins a rule on listings.
    pub const fn listing(self) -> RuleBuilder {
        self.on(On::Listing)
    }

    /// Begins a rule on downloads.
    pub const fn download(self) -> RuleBuilder {
        self.on(On::Download)
    }

    /// Begins a rule on log-outs.
    pub const fn logout(self) -> RuleBuilder {
        self.on(On::Logout)
    }

    /// Begins a rule on mails.
    pub const fn mail(self) -> RuleBuilder {
        self.on(On::Mail)
    }
}

/// A rule being written; ends with a fault.
#[derive(Clone, Debug)]
#[must_use = "a rule counts once its fault is named"]
pub struct RuleBuilder {
    plan: FaultPlan,
    rule: Rule,
}

impl RuleBuilder {
    /// Only requests of this user.
    pub fn account(mut self, user: impl Into<String>) -> Self {
        self.rule.account = Some(user.into());
        self
    }

    /// Only files whose name holds this text.
    pub fn named(mut self, part: impl Into<String>) -> Self {
        self.rule.name = Some(part.into());
        self
    }

    /// Only the n-th matching request (the first is 1).
    pub const fn nth(mut self, nth: u64) -> Self {
        self.rule.nth = Some(nth);
        self
    }

    /// Only every n-th matching request (n, 2n, 3n …).
    pub const fn every(mut self, every: u64) -> Self {
        self.rule.every = Some(every);
        self
    }

    /// At most that many times.
    pub const fn times(mut self, times: u64) -> Self {
        self.rule.times = Some(times);
        self
    }

    /// At most once.
    pub const fn once(self) -> Self {
        self.times(1)
    }

    /// The request is obeyed (file received, file consumed) although the answer says nothing of it or the contrary.
    pub const fn taken(mut self) -> Self {
        self.rule.taken = Some(true);
        self
    }

    /// The request is not obeyed, even where the fault alone would let it be.
    pub const fn not_taken(mut self) -> Self {
        self.rule.taken = Some(false);
        self
    }

    /// Ends the rule with this fault.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> FaultPlan {
        self.rule.fault = fault;
        self.plan.rules.push(self.rule);
        self.plan
    }

    /// Ends with [`Fault::RefuseForGood`].
    #[must_use]
    pub fn refuse_for_good(self, words: impl Into<String>) -> FaultPlan {
        self.with(Fault::RefuseForGood { words: words.into() })
    }

    /// Ends with [`Fault::RefuseForNow`].
    #[must_use]
    pub fn refuse_for_now(self, retry_after: Option<RetryAfter>) -> FaultPlan {
        self.with(Fault::RefuseForNow { retry_after })
    }

    /// Ends with [`Fault::WrongPassword`].
    #[must_use]
    pub fn wrong_password(self) -> FaultPlan {
        self.with(Fault::WrongPassword)
    }

    /// Ends with [`Fault::CutRequestAt`].
    #[must_use]
    pub fn cut_request_at(self, at: u64) -> FaultPlan {
        self.with(Fault::CutRequestAt { at })
    }

    /// Ends with [`Fault::CutResponseAt`].
    #[must_use]
    pub fn cut_response_at(self, at: u64, close_notify: bool) -> FaultPlan {
        self.with(Fault::CutResponseAt { at, close_notify })
    }

    /// Ends with [`Fault::CutBodyAt`].
    #[must_use]
    pub fn cut_body_at(self, at: u64, close_notify: bool) -> FaultPlan {
        self.with(Fault::CutBodyAt { at, close_notify })
    }

    /// Ends with [`Fault::CutLastRecord`].
    #[must_use]
    pub fn cut_last_record(self) -> FaultPlan {
        self.with(Fault::CutLastRecord)
    }

    /// Ends with [`Fault::Stall`].
    #[must_use]
    pub fn stall(self) -> FaultPlan {
        self.with(Fault::Stall)
    }

    /// Ends with [`Fault::SlowLoris`].
    #[must_use]
    pub fn slow_loris(self, pause: Duration) -> FaultPlan {
        self.with(Fault::SlowLoris { pause })
    }

    /// Ends with [`Fault::Status500`].
    #[must_use]
    pub fn status_500(self) -> FaultPlan {
        self.with(Fault::Status500)
    }

    /// Ends with [`Fault::UnknownHtml`].
    #[must_use]
    pub fn unknown_html(self) -> FaultPlan {
        self.with(Fault::UnknownHtml)
    }

    /// Ends with [`Fault::SessionExpired`].
    #[must_use]
    pub fn session_expired(self) -> FaultPlan {
        self.with(Fault::SessionExpired)
    }

    /// Ends with [`Fault::LateYes`].
    #[must_use]
    pub fn late_yes(self, late: Duration) -> FaultPlan {
        self.with(Fault::LateYes { late })
    }

    /// Ends with [`Fault::RedirectElsewhere`].
    #[must_use]
    pub fn redirect_elsewhere(self, url: impl Into<String>) -> FaultPlan {
        self.with(Fault::RedirectElsewhere { url: url.into() })
    }
}
