//! A sending or a return in words.

use scheduler_core::consignment::State;
use scheduler_core::explain::{ConsignmentOutlook, ReturnOutlook};
use scheduler_core::id::Id;
use scheduler_core::live::LiveFile;
use scheduler_core::returned::ReturnState;

use super::page::Page;
use crate::catalogue;

impl Page<'_> {
    pub(super) fn sending(&mut self, outlook: &ConsignmentOutlook, contact: Option<&str>) {
        let colon = self.view.language.colon();
        let row = &outlook.consignment;
        let state = catalogue::status(self.view.language, row.state.status());
        let label = self.say("Envoi", "Sending");
        self.title(&format!("{label} {}{colon} {state}", row.id));
        let (file, scenario, since, attempts) = (
            self.say("Fichier", "File"),
            self.say("Scénario", "Scenario"),
            self.say("Dans cet état depuis", "In this state since"),
            self.say("Essais", "Attempts"),
        );
        self.line(file, &row.facts.source);
        self.line(scenario, &row.facts.scenario);
        let changed = self.moment(row.changed);
        self.line(since, &changed);
        self.line(attempts, &row.attempts.to_string());
        self.names(outlook);
        self.reason(row.state.why(), row.id, contact);
        if let Some(code) = outlook.retry {
            let (label, text) = (self.say("Nouvel essai", "Next attempt"), self.sentence(code, &[]));
            self.line(label, &text);
        }
        self.in_hand(outlook.in_hand.as_ref());
        self.awaited(outlook);
        self.acts(outlook);
        let going = matches!(row.state, State::Uncertain { .. }) || row.state.status().is_pending();
        if going {
            self.lane(&outlook.lane);
        }
    }

    /// Numbers drawn, and what the partner calls it.
    fn names(&mut self, outlook: &ConsignmentOutlook) {
        let row = &outlook.consignment;
        for (register, number) in &row.numbers {
            let label = self.say("Numéro", "Number");
            self.line(label, &format!("{register} = {number}"));
        }
        for (name, value) in &row.identifiers {
            let label = self.say("Chez le partenaire", "At the partner's");
            self.line(label, &format!("{name} = {value}"));
        }
        if let Some(receipt) = &row.receipt {
            let label = self.say("Réponse", "Answer");
            self.line(label, receipt);
        }
    }

    fn reason(&mut self, why: Option<&scheduler_core::consignment::Why>, id: Id, contact: Option<&str>) {
        let Some(why) = why else { return };
        let said = self.why(why);
        let (reason, to_do) = (self.say("Motif", "Reason"), self.say("À faire", "To do"));
        self.line(reason, &said.sentence);
        if let Some(step) = said.next_step {
            self.line(to_do, &step.replace(" ID", &format!(" {id}")));
        }
        self.contact(contact);
    }

    fn in_hand(&mut self, file: Option<&LiveFile>) {
        let Some(file) = file else { return };
        let done = catalogue::bytes(self.view.language, file.done);
        let total = file.total.map(|total| catalogue::bytes(self.view.language, total)).unwrap_or_default();
        let label = self.say("En cours", "Under way");
        self.line(label, &format!("{done} / {total}"));
    }

    fn awaited(&mut self, outlook: &ConsignmentOutlook) {
        if outlook.awaited.is_empty() {
            return;
        }
        let heading = self.say("Ce qui peut encore venir", "What may still come");
        self.heading(heading);
        for awaited in &outlook.awaited {
            let text = self.sentence(awaited.code, &[]);
            let text = format!("- {text} → {}", self.state(awaited.to));
            self.item(&text);
        }
    }

    fn acts(&mut self, outlook: &ConsignmentOutlook) {
        let colon = self.view.language.colon();
        if outlook.acts.is_empty() {
            return;
        }
        let heading = self.say("Ce que vous pouvez faire", "What you may do");
        self.heading(heading);
        for act in &outlook.acts {
            let step = self.step(act.code, &[]).unwrap_or_default();
            let step = step.replace(" ID", &format!(" {}", outlook.consignment.id));
            let text = format!("- {} → {}{colon} {step}", self.sentence(act.code, &[]), self.state(act.to));
            self.item(&text);
        }
    }

    /// The name of a state in the reader's language.
    fn state(&self, name: &'static str) -> &'static str {
        let status = scheduler_core::consignment::Status::from_name(name);
        status.map_or(name, |status| catalogue::status(self.view.language, status))
    }

    /// Other sendings of a file of that name.
    pub(super) fn others(&mut self, others: &[Id]) {
        if others.is_empty() {
            return;
        }
        let heading = self.say("Autres envois de ce nom", "Other sendings of this name");
        self.heading(heading);
        for id in others {
            self.item(&format!("taskctl explain {id}"));
        }
    }

    pub(super) fn returned(&mut self, outlook: &ReturnOutlook, contact: Option<&str>) {
        let colon = self.view.language.colon();
        let row = &outlook.row;
        let state = catalogue::return_state(self.view.language, &row.state);
        let label = self.say("Retour", "Return");
        self.title(&format!("{label} {}{colon} {state}", row.id));
        let (name, key, path, since) = (
            self.say("Nom chez le partenaire", "Partner's name"),
            self.say("Référence à citer", "Reference to give"),
            self.say("Fichier", "File"),
            self.say("Dans cet état depuis", "In this state since"),
        );
        self.line(name, &row.offer.name);
        self.line(key, &row.offer.key);
        if let Some(stands) = &row.path {
            self.line(path, stands);
        }
        let changed = self.moment(row.changed);
        self.line(since, &changed);
        if let ReturnState::Incomplete { why } = &row.state {
            self.reason(Some(why), row.id, contact);
        }
        self.in_hand(outlook.in_hand.as_ref());
        if matches!(row.state, ReturnState::Offered | ReturnState::Collecting) {
            self.lane(&outlook.lane);
        }
    }
}
