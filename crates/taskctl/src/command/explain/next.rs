//! The next decision in words.

use scheduler_core::explain::{Next, Who};
use scheduler_core::id::Id;

use super::page::Page;

impl Page<'_> {
    /// The next decision, and what comes after it.
    pub(super) fn next(&mut self, next: &Next, id: Option<Id>) {
        let heading = self.say("Prochaine décision", "Next decision");
        self.heading(heading);
        self.decision(next, id);
        let mut after = next.then.as_deref();
        while let Some(next) = after {
            let label = self.say("Ensuite", "Then");
            self.item(&format!("{label} :"));
            self.decision(next, id);
            after = next.then.as_deref();
        }
    }

    /// Whom to call.
    pub(super) fn contact(&mut self, contact: Option<&str>) {
        if let Some(contact) = contact {
            let label = self.say("Contact", "Contact");
            self.line(label, contact);
        }
    }

    fn decision(&mut self, next: &Next, id: Option<Id>) {
        let who = match next.who {
            Who::Station => self.say("la station", "the station"),
            Who::Lane => self.say("le profil, en session", "the profile, in a session"),
            Who::Partner => self.say("le partenaire", "the partner"),
            Who::Operator => self.say("vous", "you"),
            Who::Nobody => self.say("personne", "nobody"),
        };
        let values = values(next);
        let (label, sentence) = (self.say("Qui", "Who"), self.sentence(next.code, &values));
        self.line(label, who);
        if let Some(at) = next.at {
            let (label, at) = (self.say("Quand, au plus tôt", "When, at the earliest"), self.moment(at.max(self.now)));
            self.line(label, &at);
        }
        let label = self.say("Quoi", "What");
        self.line(label, &sentence);
        if let Some(step) = self.step(next.code, &values) {
            let step = id.map_or_else(|| step.clone(), |id| step.replace(" ID", &format!(" {id}")));
            let label = self.say("À faire", "To do");
            self.line(label, &step);
        }
    }
}

fn values(next: &Next) -> Vec<(&'static str, String)> {
    let what = next.what.clone().unwrap_or_default();
    let option = match what.split_once(':') {
        Some((kind, name)) => format!(" --{kind} {name}"),
        None => String::new(),
    };
    vec![("what", what), ("option", option), ("of", next.of.map(|id| id.to_string()).unwrap_or_default())]
}
