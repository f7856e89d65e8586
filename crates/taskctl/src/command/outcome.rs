//! What `send`, `retrieve`, `pause`, `resume`, `resend`, `resolve`, `release` and `cancel` answer once their request has ended.

use scheduler_core::consignment::{Consignment, Lane, Why};
use scheduler_core::journal::{LaneRow, RequestEvent};
use scheduler_core::returned::Return;
use serde_json::{Value, json};

use super::status::obstacle;
use super::{View, history, links};
use crate::catalogue;
use crate::exit::Exit;

/// How a request ended, and where what it touched stands now.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The end; `None` when the service did not answer.
    pub end: Option<RequestEvent>,
    /// Consignments that it touched.
    pub consignments: Vec<Consignment>,
    /// Returns that came in meanwhile.
    pub returns: Vec<Return>,
    /// Lanes that could not do what was asked, and why.
    pub obstacles: Vec<(Lane, LaneRow)>,
    /// Returns about which the operator decided.
    pub settled: Vec<Settled>,
}

/// A return that was linked, unlinked or dismissed.
#[derive(Clone, Debug)]
pub struct Settled {
    /// As it is now.
    pub row: Return,
    /// The sending that it was linked to last, if ever.
    pub sending: Option<Consignment>,
}

impl Outcome {
    /// 4 without an answer, 1 when it was not done, else what the files it touched ask for; 3 when nothing moved because no partner was reached.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.end {
            None => Exit::Locked,
            Some(RequestEvent::Failed { why }) => refusal(why),
            Some(_) => {
                let sent = self.consignments.iter().map(Exit::of);
                let received = self.returns.iter().map(Exit::of_return);
                let stopped = self.obstacles.iter().map(|(_, row)| blocked(row));
                Exit::all(sent.chain(received).chain(stopped))
            }
        }
    }

    /// The same for a decision: once taken, what becomes of the file is no failure of the command; 6 when a second person must take it too.
    #[must_use]
    pub fn exit_of_decision(&self) -> Exit {
        match &self.end {
            Some(RequestEvent::Done { .. }) if self.consignments.iter().any(|row| row.proposal.is_some()) => {
                Exit::Human
            }
            Some(RequestEvent::Done { .. }) => Exit::Done,
            _ => self.exit(),
        }
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, view: View<'_>) -> String {
        let say = |fr: &'static str, en| view.language.pick(fr, en);
        match &self.end {
            None => {
                let fr = "La station est verrouillée par un autre processus qui ne répond pas.\nRegardez s'il travaille encore (taskctl status), sinon arrêtez-le et recommencez.\n";
                say(fr, "The station is locked by another process that does not answer.\nSee whether it still works (taskctl status); if not, stop it and try again.\n").to_owned()
            }
            Some(RequestEvent::Failed { why }) => {
                format!("{} {}\n", say("Pas fait.", "Not done."), catalogue::explain(view.language, view.zone, why))
            }
            Some(_) if !self.settled.is_empty() => self
                .settled
                .iter()
                .map(|settled| links::settled(&settled.row, settled.sending.as_ref(), view))
                .collect(),
            Some(_) if self.consignments.is_empty() && self.returns.is_empty() && self.obstacles.is_empty() => {
                say("Fait.\n", "Done.\n").to_owned()
            }
            Some(_) => history::render(&self.consignments, &self.returns, view) + &self.advice(view),
        }
    }

    fn advice(&self, view: View<'_>) -> String {
        let mut text = advice(&self.consignments, view);
        for (lane, row) in &self.obstacles {
            text.push_str(&obstacle(lane, row, None, view));
        }
        text
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut json = json!({ "end": self.end, "consignments": self.consignments, "returns": self.returns, "obstacles": self.obstacles });
        if !self.settled.is_empty() {
            json["returns"] = json!(self.settled.iter().map(|settled| &settled.row).collect::<Vec<_>>());
        }
        json
    }
}

/// For each file that somebody must look at, or that waits: why, and what to do.
#[must_use]
pub fn advice(consignments: &[Consignment], view: View<'_>) -> String {
    let colon = view.language.colon();
    let said = |row: &Consignment| {
        let why = row.state.why().filter(|_| row.proposal.is_none() && row.sent_again.is_none())?;
        let why = catalogue::explain(view.language, view.zone, why).to_string().replace(" ID", &format!(" {}", row.id));
        Some(format!("{}{colon} {why}\n", crate::output::clean(&row.facts.name)))
    };
    consignments.iter().map(|row| links::decided(row, view) + &said(row).unwrap_or_default()).collect()
}

/// A suspended profile waits for somebody; one that rests could not be reached.
fn blocked(row: &LaneRow) -> Exit {
    match (&row.suspended, &row.rests) {
        (Some(_), _) => Exit::Human,
        (None, Some(_)) => Exit::Unreachable,
        (None, None) => Exit::Done,
    }
}

/// A request that names what does not exist is a mistake of usage.
fn refusal(why: &Why) -> Exit {
    if why.code.starts_with("unknown-") { Exit::Usage } else { Exit::Unfinished }
}

#[cfg(test)]
mod tests {
    use scheduler_core::consignment::State;

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::{consignment, paris};

    fn outcome(end: Option<RequestEvent>, consignments: Vec<Consignment>) -> (Exit, String) {
        let zone = paris();
        let outcome = Outcome { end, consignments, returns: Vec::new(), obstacles: Vec::new(), settled: Vec::new() };
        (outcome.exit(), outcome.render(View { language: Language::Fr, zone: &zone, style: Style::PLAIN }))
    }

    #[test]
    fn what_was_sent_is_listed_with_what_to_do_for_the_rest() {
        let done = RequestEvent::Done { touched: Vec::new() };
        let held =
            consignment(2, State::Held { why: Why::with("duplicate-content", "01kgep5afj001 2026-11-21T10:12:00Z") });
        let (exit, text) = outcome(Some(done.clone()), vec![consignment(1, State::Deposited), held]);
        assert_eq!(exit, Exit::Human);
        insta::assert_snapshot!(text);
        assert_eq!(outcome(Some(done.clone()), vec![consignment(1, State::Deposited)]).0, Exit::Done);
        assert_eq!(outcome(Some(done), Vec::new()), (Exit::Done, "Fait.\n".to_owned()));
    }

    #[test]
    fn a_silent_service_and_a_refused_request_have_their_own_codes() {
        assert_eq!(outcome(None, Vec::new()).0, Exit::Locked);
        let failed = |code| Some(RequestEvent::Failed { why: Why::code(code) });
        assert_eq!(outcome(failed("unknown-scenario"), Vec::new()).0, Exit::Usage);
        let (exit, text) = outcome(failed("journal-illegal-event"), Vec::new());
        assert_eq!(
            (exit, text.as_str()),
            (
                Exit::Unfinished,
                "Pas fait. L'état du fichier ne permet pas cette action. Regardez où il en est : taskctl show ID.\n"
            )
        );
    }
}
