//! A lane in words: what keeps it, what is before, the pacing.

use std::time::Duration;

use scheduler_core::explain::{LaneOutlook, Pace};
use scheduler_core::lane::work::Hindrance;

use super::page::Page;
use crate::catalogue;

impl Page<'_> {
    pub(super) fn lane(&mut self, lane: &LaneOutlook) {
        let heading = self.say("Profil", "Profile");
        self.heading(&format!("{heading} {}", lane.lane));
        if let Some(scope) = &lane.paused {
            let text = self.paused(scope, lane.paused_by.as_deref());
            self.item(&text);
        }
        for hindrance in &lane.hindrances {
            let text = self.hindrance(hindrance, lane);
            self.item(&text);
        }
        let session = match &lane.session {
            Some(session) => {
                let phase = catalogue::phase(self.view.language, session.phase).to_owned();
                self.sentence("lane-session", &[("phase", phase)])
            }
            None => self.sentence("lane-no-session", &[]),
        };
        self.item(&session);
        if let Some(other) = &lane.busy {
            let text = self.sentence("gate-busy", &[("lane", other.to_string())]);
            self.item(&text);
        }
        if lane.ahead.files > 0 {
            let text = self.sentence("lane-ahead", &[("files", lane.ahead.files.to_string())]);
            self.item(&text);
        }
        if let Some(id) = lane.ahead.behind {
            let text = self.sentence("lane-behind", &[("id", id.to_string())]);
            self.item(&text);
        }
        if let Some(pace) = &lane.pacing {
            let text = self.pace(pace);
            self.item(&text);
        }
    }

    fn pace(&self, pace: &Pace) -> String {
        let last = pace.last_end.map(|at| self.when(at)).unwrap_or_default();
        let delay = self.span(Duration::from_millis(pace.delay_ms));
        self.sentence(pace.code, &[("delay", delay), ("last", last), ("until", self.when(pace.until))])
    }

    fn paused(&self, scope: &str, who: Option<&str>) -> String {
        let what = match scope.split_once(':') {
            Some(("scenario", name)) => format!("{} {name}", self.say("le scénario", "the scenario")),
            Some((_, name)) => format!("{} {name}", self.say("le profil", "the profile")),
            None => self.say("tout", "everything").to_owned(),
        };
        let who = who.map(|who| format!(" ({} {who})", self.say("par", "by"))).unwrap_or_default();
        self.sentence("lane-paused", &[("what", what), ("who", who)])
    }

    fn hindrance(&self, hindrance: &Hindrance, lane: &LaneOutlook) -> String {
        match hindrance {
            Hindrance::Restored => self.advice(hindrance.code(), &[]),
            Hindrance::Paused { scope } => self.paused(scope, lane.paused_by.as_deref()),
            Hindrance::Suspended { why } => {
                let profile = lane.lane.profile().to_owned();
                let places = [("why", self.why(why).sentence), ("lane", lane.lane.to_string()), ("profile", profile)];
                self.advice(hindrance.code(), &places)
            }
            Hindrance::LaneRests { until, why } | Hindrance::GateRests { until, why } => {
                let why = self.why(why).sentence;
                self.sentence(hindrance.code(), &[("until", self.when(*until)), ("why", why)])
            }
        }
    }
}
