//! The client's errors in the scheduler's terms.

use std::io;

use jiff::Timestamp;
use scheduler_core::partner::{Again, Fault, Reach};
use xfb_gateway::{Consumed, Error};

use crate::{fault, incoming, web};

/// What an error tells, apart from the type that only the client can make.
#[derive(Clone, Debug)]
struct Told {
    code: &'static str,
    received: xfb_gateway::Received,
    consumed: Consumed,
    again: xfb_gateway::Again,
    reach: xfb_gateway::Reach,
    words: String,
}

impl From<&Error> for Told {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code(),
            received: error.received(),
            consumed: error.consumed(),
            again: error.again(),
            reach: error.reach(),
            words: error.peer_words().map_or_else(|| error.to_string(), ToOwned::to_owned),
        }
    }
}

/// Entering, listing, leaving: nothing is sent, nothing is consumed.
pub(super) fn session(error: &Error, now: Timestamp) -> Fault {
    Told::from(error).fault(now)
}

/// Depositing; `crossed` = the commit point was: before it nothing can have been received (docs/protocols/xfb-gateway.md 4.5).
pub(super) fn deposit(error: &Error, crossed: bool, now: Timestamp) -> Fault {
    Told::from(error).deposit(crossed, now)
}

/// Collecting.
pub(super) fn collect(error: &Error, now: Timestamp) -> Fault {
    Told::from(error).collect(now)
}

/// The disk refused bytes of a file that is being read, and is therefore consumed.
pub(super) fn sink(error: &io::Error) -> Fault {
    incoming::refused(error).maybe_received()
}

impl Told {
    fn fault(self, now: Timestamp) -> Fault {
        web::fault(self.code, self.again, self.reach, &self.words, now)
    }

    fn deposit(self, crossed: bool, now: Timestamp) -> Fault {
        let maybe = crossed && self.received == xfb_gateway::Received::Maybe;
        let held_back = self.code == "xfb-commit-refused";
        fault::deposit(self.fault(now), maybe, held_back)
    }

    /// One offer that cannot be had never stops the profile: it is told, and the partner is asked.
    fn collect(self, now: Timestamp) -> Fault {
        let (consumed, one_file) = (self.consumed, self.reach == xfb_gateway::Reach::File);
        let too_large = self.code == "xfb-download-too-large";
        let fault = self.fault(now);
        let fault = match consumed {
            Consumed::No => fault,
            Consumed::Maybe | Consumed::Incomplete => fault.maybe_received(),
        };
        match (one_file, consumed == Consumed::No || too_large) {
            (false, _) => fault,
            (true, true) => fault.again(Again::At(None)),
            // The connection broke: the next offer is safer in a new session.
            (true, false) => fault.again(Again::At(None)).reaching(Reach::Session),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scheduler_core::partner::Received;

    use super::*;

    const AGAIN: [xfb_gateway::Again; 3] =
        [xfb_gateway::Again::Never, xfb_gateway::Again::Later(None), xfb_gateway::Again::AfterOperator];
    const REACH: [xfb_gateway::Reach; 4] = [
        xfb_gateway::Reach::File,
        xfb_gateway::Reach::Session,
        xfb_gateway::Reach::Profile,
        xfb_gateway::Reach::Gateway,
    ];

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn told(code: &'static str, again: xfb_gateway::Again, reach: xfb_gateway::Reach) -> Told {
        Told {
            code,
            received: xfb_gateway::Received::No,
            consumed: Consumed::No,
            again,
            reach,
            words: "mots".to_owned(),
        }
    }

    #[test]
    fn a_real_error_keeps_its_code_and_its_words() {
        let error = xfb_gateway::FileName::try_from("a/b").unwrap_err();
        let fault = deposit(&error, false, now());
        assert_eq!(fault.code, "xfb-name-refused");
        assert_eq!(fault.again, Again::Never);
        assert_eq!(fault.reach, Reach::Consignment);
        assert_eq!(fault.words, Some(error.to_string()));
    }

    #[test]
    fn the_partners_hint_becomes_an_instant() {
        let hint = xfb_gateway::Again::Later(Some(Duration::from_secs(60)));
        let fault = told("xfb-refused-for-now", hint, xfb_gateway::Reach::Gateway).fault(now());
        let at = "2026-11-22T08:01:00Z".parse().unwrap();
        assert_eq!((fault.again, fault.reach), (Again::At(Some(at)), Reach::Gate));
        let never = xfb_gateway::Again::Later(Some(Duration::MAX));
        let fault = told("xfb-refused-for-now", never, xfb_gateway::Reach::Gateway).fault(now());
        assert_eq!(fault.again, Again::At(Some(Timestamp::MAX)));
    }

    #[test]
    fn nothing_is_doubtful_before_the_commit_point() {
        for (again, reach) in AGAIN.iter().flat_map(|again| REACH.iter().map(move |reach| (*again, *reach))) {
            let mut told = told("xfb-upload-unanswered", again, reach);
            told.received = xfb_gateway::Received::Maybe;
            assert_eq!(told.clone().deposit(false, now()).received, Received::No);
            let doubt = told.deposit(true, now());
            assert_eq!((doubt.received, doubt.again, doubt.reach), (Received::Maybe, Again::At(None), Reach::Session));
        }
    }

    #[test]
    fn only_what_the_client_says_was_perhaps_received_is_doubtful() {
        let refusal = told("xfb-upload-refused", xfb_gateway::Again::Never, xfb_gateway::Reach::File);
        let fault = refusal.deposit(true, now());
        assert_eq!((fault.received, fault.again, fault.reach), (Received::No, Again::Never, Reach::Consignment));
    }

    #[test]
    fn a_refused_commit_point_ends_the_session() {
        let stopped = told("xfb-commit-refused", xfb_gateway::Again::Later(None), xfb_gateway::Reach::File);
        let fault = stopped.deposit(false, now());
        assert_eq!((fault.received, fault.reach), (Received::No, Reach::Session));
    }

    #[test]
    fn one_offer_never_suspends_the_profile() {
        for (code, consumed, received, reach) in [
            ("xfb-download-refused", Consumed::No, Received::No, Reach::Consignment),
            ("xfb-download-incomplete", Consumed::Incomplete, Received::Maybe, Reach::Session),
            ("xfb-download-unanswered", Consumed::Maybe, Received::Maybe, Reach::Session),
            ("xfb-download-too-large", Consumed::Incomplete, Received::Maybe, Reach::Consignment),
        ] {
            let mut told = told(code, xfb_gateway::Again::AfterOperator, xfb_gateway::Reach::File);
            told.consumed = consumed;
            let fault = told.collect(now());
            assert_eq!(fault.received, received, "{code}");
            assert_eq!((fault.again, fault.reach), (Again::At(None), reach), "{code}");
        }
        let password = told("xfb-login-refused", xfb_gateway::Again::AfterOperator, xfb_gateway::Reach::Profile);
        let fault = password.collect(now());
        assert_eq!((fault.again, fault.reach, fault.received), (Again::AfterOperator, Reach::Profile, Received::No));
    }

    #[test]
    fn a_disk_that_refuses_has_consumed_the_offer() {
        let fault = sink(&io::ErrorKind::StorageFull.into());
        assert_eq!((fault.code.as_str(), fault.received), ("disk-full", Received::Maybe));
    }
}
