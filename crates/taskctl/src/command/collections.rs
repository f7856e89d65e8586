//! When each profile's returns are collected next, and were last: part of `taskctl status`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::Lane;
use scheduler_core::journal::Small;
use scheduler_core::scenario::Profile;
use serde_json::{Value, json};

use super::View;
use crate::catalogue;

/// The collections of a lane that follows a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The lane.
    pub lane: Lane,
    /// The occurrence that comes next.
    pub next: Option<Timestamp>,
    /// The occurrence whose collection is still to be done: the station did not run, the profile is held back, or its session is under way.
    pub overdue: Option<Timestamp>,
    /// When its returns were last collected, for whatever reason.
    pub last: Option<Timestamp>,
}

/// The lanes that follow a schedule, in the order of the configuration.
#[must_use]
pub fn of(profiles: &[Profile], small: &Small, zone: &TimeZone, now: Timestamp) -> Vec<Collection> {
    let scheduled = profiles.iter().filter(|profile| !profile.retrieve.schedule.is_empty());
    scheduled.map(|profile| collection(profile, small, zone, now)).collect()
}

fn collection(profile: &Profile, small: &Small, zone: &TimeZone, now: Timestamp) -> Collection {
    let (schedule, mark) = (&profile.retrieve.schedule, small.lane(&profile.lane).schedule);
    let upcoming = schedule.upcoming(zone, mark.as_ref(), now);
    let missed = upcoming.filter(|at| *at <= now);
    Collection {
        lane: profile.lane.clone(),
        next: if missed.is_some() { schedule.next(zone, now) } else { upcoming },
        overdue: missed.or_else(|| mark.as_ref()?.owed),
        last: mark.as_ref().and_then(|mark| mark.collected),
    }
}

impl Collection {
    /// A line, as people read it.
    #[must_use]
    pub fn render(&self, view: View<'_>) -> String {
        let say = |fr, en| view.language.pick(fr, en);
        let dated = |label, at: Option<Timestamp>| {
            at.map(|at| format!(" · {label} {}", catalogue::moment(view.language, at, view.zone))).unwrap_or_default()
        };
        format!(
            "{} {}{}{}{}\n",
            say("Collecte", "Collection"),
            self.lane,
            dated(say("à faire depuis le", "overdue since"), self.overdue),
            dated(say("prochaine le", "next on"), self.next),
            dated(say("dernière le", "last on"), self.last),
        )
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "lane": self.lane, "next": self.next, "overdue": self.overdue, "last": self.last })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use scheduler_core::journal::LaneRow;
    use scheduler_core::scenario::{Naming, Retrieve};
    use scheduler_core::schedule::{Mark, Schedule};
    use scheduler_core::section::Section;

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::paris;

    fn town() -> Profile {
        let schedule = Schedule::new(vec![time(12, 0, 0, 0), time(18, 30, 0, 0)], None);
        Profile {
            lane: Lane::new("VILLE", "xfb"),
            channel: "xfb".to_owned(),
            contact: None,
            retrieve: Retrieve { after_send: true, schedule },
            naming: Naming { pattern: None, searches: Vec::new(), folder: "/srv/recus/VILLE".into() },
            delay_up: None,
            delay_down: None,
            sessions: 1,
            secret_version: String::new(),
            fields: Section::default(),
        }
    }

    fn said(mark: Option<Mark>, now: &str) -> String {
        let (zone, profile) = (paris(), town());
        let mut small = Small::default();
        small.lanes.insert(profile.lane.clone(), LaneRow { schedule: mark, ..LaneRow::default() });
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        of(&[profile], &small, &zone, now.parse().unwrap()).iter().map(|found| found.render(view)).collect()
    }

    #[test]
    fn the_next_collection_the_last_and_the_one_that_was_missed() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let noon = at("2026-11-22T12:00:00+01:00");
        let mark = Mark {
            schedule: town().retrieve.schedule.name(&paris()),
            since: noon,
            fired: vec![noon],
            owed: None,
            collected: Some(at("2026-11-22T12:00:20+01:00")),
        };
        let new = said(None, "2026-11-22T10:00:00+01:00");
        assert_eq!(new, "Collecte VILLE.xfb · prochaine le 22/11/2026 12:00\n");
        let done = said(Some(mark.clone()), "2026-11-22T13:00:00+01:00");
        assert_eq!(done, "Collecte VILLE.xfb · prochaine le 22/11/2026 18:30 · dernière le 22/11/2026 12:00\n");
        let missed = "Collecte VILLE.xfb · à faire depuis le 22/11/2026 18:30 · prochaine le 23/11/2026 12:00 · dernière le 22/11/2026 12:00\n";
        assert_eq!(said(Some(mark.clone()), "2026-11-22T19:00:00+01:00"), missed);
        let held = Mark { owed: Some(noon), ..mark };
        assert!(
            said(Some(held), "2026-11-22T13:00:00+01:00")
                .contains("à faire depuis le 22/11/2026 12:00 · prochaine le 22/11/2026 18:30")
        );
    }

    #[test]
    fn a_profile_without_hours_has_no_line() {
        let profile = Profile { retrieve: Retrieve::default(), ..town() };
        assert_eq!(of(&[profile], &Small::default(), &paris(), Timestamp::UNIX_EPOCH), []);
    }
}
