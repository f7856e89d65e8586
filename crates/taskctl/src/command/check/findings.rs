//! What was found online, as problems: what, where in the configuration, what to do.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use partners::probe::{Certificate, Kind};
use scheduler_core::consignment::Why;
use scheduler_core::partner::{Again, Fault};

use super::online::{LogIn, Looked, Online, Tried, in_tunnel};
use super::permission::Refusal;
use crate::catalogue::{self, Language, Words};
use crate::config::{Configuration, Problem, Severity};
use crate::exit::Exit;
use crate::output::clean;

/// Days under which the end of a certificate is told.
const SOON: i64 = 30;

/// Codes of what is found beside what stops a look or a log-in.
#[cfg(test)]
pub(super) const CODES: [&str; 6] = [
    "online-some-addresses",
    "online-certificate-soon",
    "online-own-certificate-soon",
    "online-authority-soon",
    "online-log-in-timed-out",
    "online-log-in-failed",
];

/// Turns what was seen into problems.
pub(super) struct Findings<'c> {
    pub(super) configuration: &'c Configuration,
    pub(super) language: Language,
    pub(super) zone: &'c TimeZone,
}

impl Findings<'_> {
    /// Every problem, in the order of the configuration.
    pub(super) fn all(&self, online: &Online) -> Vec<Problem> {
        let looks = online.looks.iter().flat_map(|look| self.look(look, online.at));
        let mut problems: Vec<Problem> = Vec::new();
        for problem in looks.chain(online.profiles.iter().flat_map(|tried| self.log_in(tried))) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    fn look(&self, look: &Looked, at: Timestamp) -> Vec<Problem> {
        let mut found = Vec::new();
        if let Some(trouble) = &look.seen.trouble {
            let why = Why { code: trouble.kind.code().to_owned(), words: trouble.words.clone() };
            let severity = severity(trouble.kind.is_to_correct());
            let mut problem = self.problem(severity, &why, &subject(look), look.entry, Some(look.point.field));
            if in_tunnel(&self.configuration.profiles[look.entry], &look.point) {
                let tunnel = self.language.pick(
                    "Ce profil passe par un tunnel que quelqu'un d'autre établit : vérifiez d'abord qu'il est levé.",
                    "This profile goes through a tunnel that somebody else raises: check first that it is up.",
                );
                problem.help = Words::same(format!("{tunnel}\n{}", problem.help.said(self.language)));
            }
            found.push(problem);
        }
        found.extend(self.addresses(look));
        found.extend(self.certificates(look, at));
        found
    }

    /// Some of several addresses do not answer; a machine without IPv6 is no mistake.
    fn addresses(&self, look: &Looked) -> Option<Problem> {
        let silent = |kind| matches!(kind, Kind::Refused | Kind::TimedOut);
        let connections = &look.seen.connections;
        let any = connections.iter().any(|one| one.trouble.is_none());
        let bad = connections.iter().filter(|one| one.trouble.as_ref().is_some_and(|trouble| silent(trouble.kind)));
        let bad: Vec<String> = bad.map(|one| one.address.ip().to_string()).collect();
        let why = (any && !bad.is_empty()).then(|| Why::with("online-some-addresses", bad.join(", ")))?;
        Some(self.problem(Severity::Warning, &why, &subject(look), look.entry, Some(look.point.field)))
    }

    fn certificates(&self, look: &Looked, at: Timestamp) -> Vec<Problem> {
        let shown = look.seen.tls.iter().filter(|tls| tls.verified).flat_map(|tls| &tls.chain);
        let identity = look.point.trust.identity.as_ref().map_or(0, |identity| identity.chain.len());
        let (mine, authorities) = look.seen.own.split_at(identity.min(look.seen.own.len()));
        let of = |code: &'static str, field: &'static str| {
            move |certificate: &Certificate| {
                let days = certificate.days_left(at);
                let unit = self.language.pick("j", "d");
                let words =
                    format!("{}, {} ({days} {unit})", clean(&certificate.subject), self.day(certificate.not_after));
                (days < SOON).then(|| (Why::with(code, words), field))
            }
        };
        let shown = shown.filter_map(of("online-certificate-soon", look.point.field));
        let mine = mine.iter().filter_map(of("online-own-certificate-soon", "client_certificate"));
        let authorities = authorities.iter().filter_map(of("online-authority-soon", "ca"));
        let all = shown.chain(mine).chain(authorities);
        all.map(|(why, field)| self.problem(Severity::Warning, &why, &subject(look), look.entry, Some(field))).collect()
    }

    fn log_in(&self, tried: &Tried) -> Vec<Problem> {
        let lane = tried.lane.to_string();
        let suspended = tried.suspended().map(|refusal| {
            let why = refusal.why(self.language, self.zone);
            self.problem(Severity::Error, &why, &lane, tried.entry, None)
        });
        let faults = tried.log_in.faults().map(|(field, fault)| {
            self.problem(severity(is_to_correct(fault)), &fault.why(), &lane, tried.entry, field)
        });
        suspended.chain(faults).collect()
    }

    fn problem(&self, severity: Severity, why: &Why, about: &str, entry: usize, field: Option<&str>) -> Problem {
        let words = why.words.as_deref().map(clean);
        let told = catalogue::explain(self.language, self.zone, &Why { code: why.code.clone(), words });
        let code = catalogue::entry(self.language, &why.code).map_or("online-log-in-failed", |entry| entry.code);
        let message = Words::same(format!("{about}{} {}", self.language.colon(), told.sentence));
        let help = Words::same(told.next_step.unwrap_or_default());
        let place = self.configuration.profiles[entry].place_of(field).clone();
        Problem::found(severity, code, message, help).at(Some(place))
    }

    pub(super) fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime(self.language.pick("%d/%m/%Y", "%Y-%m-%d")).to_string()
    }
}

/// `VILLE.xfb (gateway.example:443)`, the other profiles counted.
fn subject(look: &Looked) -> String {
    let others = match look.lanes.len() {
        0 | 1 => String::new(),
        count => format!(" + {}", count - 1),
    };
    let lane = look.lanes.first().map(ToString::to_string).unwrap_or_default();
    format!("{lane}{others} ({}:{})", clean(&look.point.host), look.point.port)
}

/// What is only out of reach needs no correction: the exit code says the same.
fn severity(to_correct: bool) -> Severity {
    if to_correct { Severity::Error } else { Severity::Warning }
}

/// Whether somebody must correct something, rather than wait.
fn is_to_correct(fault: &Fault) -> bool {
    !matches!(fault.again, Again::At(_))
}

impl Online {
    /// 2 when something must be corrected; else 3 when no partner could be reached, 1 when some could not.
    pub(super) fn exit(&self) -> Exit {
        let stopped = |look: &Looked| look.seen.trouble.as_ref().is_some_and(|trouble| trouble.kind.is_to_correct());
        let refused = |tried: &Tried| tried.log_in.faults().any(|(_, fault)| is_to_correct(fault));
        let to_correct = |tried: &Tried| tried.suspended().next().is_some() || refused(tried);
        if self.looks.iter().any(stopped) || self.profiles.iter().any(to_correct) {
            return Exit::Usage;
        }
        match self.reached() {
            _ if self.profiles.iter().all(|tried| self.is_fine(tried)) => Exit::Done,
            0 => Exit::Unreachable,
            _ => Exit::Unfinished,
        }
    }

    /// Profiles that a partner let in somewhere, and those of which nothing failed.
    pub(super) fn reached(&self) -> usize {
        self.profiles.iter().filter(|tried| self.is_fine(tried) || tried.log_in.is_accepted()).count()
    }

    /// Whether every point was reached, and the log-in, where it was tried, was accepted.
    fn is_fine(&self, tried: &Tried) -> bool {
        let points = tried.looks.iter().all(|look| self.looks[*look].seen.trouble.is_none());
        let built = !matches!(tried.log_in, LogIn::NotBuilt);
        built && points && tried.log_in.faults().next().is_none()
    }
}

impl Tried {
    /// Passwords of its own, or of its mailbox, that were refused and have not changed.
    pub(super) fn suspended(&self) -> impl Iterator<Item = &Refusal> {
        let log_in = match &self.log_in {
            LogIn::NotTried(refusal) => Some(refusal),
            _ => None,
        };
        log_in.into_iter().chain(&self.mailbox).filter(|refusal| matches!(refusal, Refusal::Suspended { .. }))
    }
}
