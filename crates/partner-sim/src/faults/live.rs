//! A plan at work: its counters, and the file it may come from.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Fault, FaultPlan, On, Rule, file};
use crate::Error;

/// What a request is to be matched against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) on: On,
    pub(crate) account: &'a str,
    pub(crate) name: &'a str,
}

/// The fault of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) fault: Option<Fault>,
    taken: Option<bool>,
}

impl Verdict {
    /// The request is to be obeyed.
    pub(crate) fn obeys(&self) -> bool {
        self.taken.unwrap_or_else(|| !self.fault.as_ref().is_some_and(Fault::replaces))
    }

    /// Where the fault cuts the request's body.
    pub(crate) const fn cut_at(&self) -> Option<u64> {
        match self.fault {
            Some(Fault::CutRequestAt { at } | Fault::StallRequestAt { at }) => Some(at),
            _ => None,
        }
    }

    /// The request is to be obeyed once its whole body was read, although the fault cuts.
    pub(crate) fn obeys_when_complete(&self) -> bool {
        self.taken.unwrap_or(true)
    }
}

/// The plan in force.
pub(crate) struct Live {
    inner: Mutex<Inner>,
}

struct Inner {
    rules: Vec<Counted>,
    fired: u64,
    source: Option<Source>,
}

struct Counted {
    rule: Rule,
    seen: u64,
    fired: u64,
}

struct Source {
    path: PathBuf,
    text: Option<String>,
}

impl Live {
    pub(crate) fn new(plan: FaultPlan, path: Option<PathBuf>) -> Result<Self, Error> {
        let mut inner = Inner { rules: counted(plan), fired: 0, source: None };
        if let Some(path) = path {
            let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
            inner.rules.extend(counted(file::parse(&path, &text)?));
            let text = Some(text);
            inner.source = Some(Source { path, text });
        }
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// Replaces the plan; every counter starts again.
    pub(crate) fn replace(&self, plan: FaultPlan) {
        self.lock().rules = counted(plan);
    }

    /// Number of faults given so far.
    pub(crate) fn fired(&self) -> u64 {
        self.lock().fired
    }

    /// Counts the request and gives its fault, if any.
    pub(crate) fn pick(&self, subject: Subject<'_>) -> Verdict {
        let mut inner = self.lock();
        inner.reread();
        let mut verdict = Verdict::default();
        for counted in &mut inner.rules {
            let fires = counted.meets(subject);
            if fires && verdict.fault.is_none() {
                counted.fired += 1;
                verdict = Verdict { fault: Some(counted.rule.fault.clone()), taken: counted.rule.taken };
            }
        }
        inner.fired += u64::from(verdict.fault.is_some());
        verdict
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The file is read before each request, so that a change counts from the very next one. A broken file leaves the plan as it was; a file that was
    /// removed is an empty plan.
    fn reread(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        let text = fs::read_to_string(&source.path).ok();
        if text == source.text {
            return;
        }
        source.text = text;
        match file::parse(&source.path, source.text.as_deref().unwrap_or_default()) {
            Ok(plan) => self.rules = counted(plan),
            Err(why) => eprintln!("partner-sim: {why}; the faults stay as they were"),
        }
    }
}

impl Counted {
    /// Counts a matching request; true when it is one that the rule wants.
    fn meets(&mut self, subject: Subject<'_>) -> bool {
        let rule = &self.rule;
        let kind = rule.on == subject.on || (rule.on == On::Any && subject.on != On::Mail);
        let account = rule.account.as_ref().is_none_or(|account| account == subject.account);
        let name = rule.name.as_ref().is_none_or(|name| subject.name.contains(name.as_str()));
        if !(kind && account && name) {
            return false;
        }
        self.seen += 1;
        rule.nth.is_none_or(|nth| nth == self.seen)
            && rule.every.is_none_or(|every| self.seen.is_multiple_of(every))
            && rule.times.is_none_or(|times| self.fired < times)
    }
}

fn counted(plan: FaultPlan) -> Vec<Counted> {
    plan.rules.into_iter().map(|rule| Counted { rule, seen: 0, fired: 0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultPlan, Live, On, Subject};

    fn picks(live: &Live, on: On, account: &str, names: &[&str]) -> Vec<bool> {
        names.iter().map(|name| live.pick(Subject { on, account, name }).fault.is_some()).collect()
    }

    #[test]
    fn nth_every_times_and_filters() {
        let plan = FaultPlan::new()
            .upload()
            .named("MAND")
            .nth(2)
            .status_500()
            .download()
            .every(2)
            .times(2)
            .stall()
            .listing()
            .account("ccas")
            .once()
            .unknown_html();
        let live = Live::new(plan, None).unwrap();
        assert_eq!(
            picks(&live, On::Upload, "a", &["TITRE1", "MAND1", "TITRE2", "MAND2", "MAND3"]),
            [false, false, false, true, false]
        );
        assert_eq!(picks(&live, On::Download, "a", &["x"; 7]), [false, true, false, true, false, false, false]);
        assert_eq!(picks(&live, On::Listing, "ville", &[""]), [false]);
        assert_eq!(picks(&live, On::Listing, "ccas", &["", ""]), [true, false]);
        assert_eq!(live.fired(), 4);
    }

    #[test]
    fn the_first_rule_wins_and_the_others_count_on() {
        let plan = FaultPlan::new().upload().nth(1).status_500().any().nth(2).stall();
        let live = Live::new(plan, None).unwrap();
        let subject = Subject { on: On::Upload, account: "a", name: "b" };
        assert_eq!(live.pick(subject).fault, Some(Fault::Status500));
        assert_eq!(live.pick(subject).fault, Some(Fault::Stall));
        assert_eq!(picks(&live, On::Mail, "a", &["b"]), [false], "any leaves mails alone");
    }

    #[test]
    fn what_is_obeyed() {
        let verdict = |plan| Live::new(plan, None).unwrap().pick(Subject { on: On::Upload, account: "", name: "" });
        assert!(verdict(FaultPlan::new()).obeys());
        assert!(!verdict(FaultPlan::new().upload().status_500()).obeys());
        assert!(verdict(FaultPlan::new().upload().taken().status_500()).obeys());
        assert!(verdict(FaultPlan::new().upload().cut_response_at(0, true)).obeys());
        assert!(!verdict(FaultPlan::new().upload().not_taken().cut_response_at(0, true)).obeys());
    }

    #[test]
    fn a_changed_file_counts_from_the_next_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faults.toml");
        std::fs::write(&path, "").unwrap();
        let live = Live::new(FaultPlan::new(), Some(path.clone())).unwrap();
        assert_eq!(picks(&live, On::Upload, "a", &["b"]), [false]);
        std::fs::write(&path, "[[fault]]\non = \"upload\"\ndo = \"stall\"\n").unwrap();
        assert_eq!(picks(&live, On::Upload, "a", &["b"]), [true]);
        std::fs::write(&path, "[[fault]]\non = \"nonsense\"\ndo = \"stall\"\n").unwrap();
        assert_eq!(picks(&live, On::Upload, "a", &["b"]), [true], "a broken file changes nothing");
    }
}
