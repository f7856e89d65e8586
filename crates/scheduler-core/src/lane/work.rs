//! What a lane can do at an instant, and what keeps it from it.

use jiff::Timestamp;
use serde::Serialize;

use crate::consignment::{Lane, Why};
use crate::journal::{Due, Small};

/// What a lane can do at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Open a session: there are files to send, or returns to collect.
    Session,
    /// Nothing before an instant.
    At(Timestamp),
    /// Nothing but to ask the partner again about doubts, not before an instant.
    Ask(Timestamp),
    /// Nothing until somebody rings.
    Nothing,
}

/// What keeps a lane from opening a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code")]
pub enum Hindrance {
    /// The station was restored from a backup, and no operator has resumed it yet.
    #[serde(rename = "station-restored")]
    Restored,
    /// Its password was refused: nothing until the secret changes, or an operator resumes it.
    #[serde(rename = "lane-suspended")]
    Suspended {
        /// The partner's words.
        why: Why,
    },
    /// An operator paused everything, or its profile.
    #[serde(rename = "lane-paused")]
    Paused {
        /// `all` or `profile:NAME`.
        scope: String,
    },
    /// It rests after a session that failed.
    #[serde(rename = "lane-rests")]
    LaneRests {
        /// Until then.
        until: Timestamp,
        /// What failed.
        why: Why,
    },
    /// The partner's end point rests, for every lane.
    #[serde(rename = "gate-rests")]
    GateRests {
        /// Until then.
        until: Timestamp,
        /// What failed.
        why: Why,
    },
}

impl Hindrance {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Restored => "station-restored",
            Self::Suspended { .. } => "lane-suspended",
            Self::Paused { .. } => "lane-paused",
            Self::LaneRests { .. } => "lane-rests",
            Self::GateRests { .. } => "gate-rests",
        }
    }

    /// When it ends by itself; `None` when only an operator ends it.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Restored | Self::Suspended { .. } | Self::Paused { .. } => None,
            Self::LaneRests { until, .. } | Self::GateRests { until, .. } => Some(*until),
        }
    }

    /// Everything that keeps `lane` from a session with `gate` at `now`. `secret_version` is that of the configured secret; `None` = not
    /// known, then a suspension is taken to last.
    #[must_use]
    pub fn all(small: &Small, lane: &Lane, gate: &str, secret_version: Option<&str>, now: Timestamp) -> Vec<Self> {
        let restored = small.restored.as_ref().map(|_| Self::Restored);
        let row = small.lane(lane);
        let lasts = |refused: &str| secret_version.is_none_or(|version| version == refused);
        let suspended = row.suspended.filter(|(_, refused)| lasts(refused)).map(|(why, _)| Self::Suspended { why });
        let scopes = ["all".to_owned(), format!("profile:{}", lane.profile())];
        let paused = scopes.into_iter().find(|scope| small.pauses.contains(scope)).map(|scope| Self::Paused { scope });
        let rests = row.rests.map(|(until, why)| Self::LaneRests { until, why });
        let gate_rests = small.gate(gate).rests.map(|(until, why)| Self::GateRests { until, why });
        let all = [restored, suspended, paused, rests, gate_rests].into_iter().flatten();
        all.filter(|hindrance| hindrance.until().is_none_or(|until| until > now)).collect()
    }
}

impl Work {
    /// What a lane can do at `now`, given what is `due`, whether returns are `wanted`, and from when on doubts are asked about (`asks`).
    #[must_use]
    pub fn of(hindrances: &[Hindrance], due: &Due, wanted: bool, asks: Option<Timestamp>, now: Timestamp) -> Self {
        if hindrances.iter().any(|hindrance| hindrance.until().is_none()) {
            return Self::Nothing;
        }
        let rests = hindrances.iter().filter_map(Hindrance::until).max();
        let ready = wanted || matches!(due, Due::Now(_)) || asks.is_some_and(|at| at <= now);
        match (ready, rests, due, asks) {
            (true, Some(until), ..) => Self::At(until),
            (true, None, ..) => Self::Session,
            (false, _, Due::At(instant), asks) => Self::At(asks.map_or(*instant, |asks| asks.min(*instant))),
            (false, _, _, Some(asks)) => Self::Ask(asks),
            (false, ..) => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn lane() -> Lane {
        Lane::new("VILLE", "xfb")
    }

    fn hindered(change: impl FnOnce(&mut Small)) -> Vec<Hindrance> {
        let mut small = Small::default();
        change(&mut small);
        Hindrance::all(&small, &lane(), "gate", Some("2"), second(10))
    }

    fn suspended(small: &mut Small, version: &str) {
        small.lanes.entry(lane()).or_default().suspended = Some((Why::code("refused"), version.to_owned()));
    }

    #[test]
    fn a_suspension_lasts_until_the_secret_changes() {
        assert_eq!(hindered(|small| suspended(small, "2"))[0].code(), "lane-suspended");
        assert_eq!(hindered(|small| suspended(small, "1")), []);
        let mut small = Small::default();
        suspended(&mut small, "1");
        assert_eq!(
            Hindrance::all(&small, &lane(), "gate", None, second(10)).len(),
            1,
            "an unknown secret lifts nothing"
        );
    }

    #[test]
    fn pauses_and_rests_of_others_or_of_the_past_hinder_nothing() {
        let pause = |scope: &str| {
            let hindrances = hindered(|small| small.pauses.extend([scope.to_owned()]));
            hindrances.first().map(Hindrance::code)
        };
        assert_eq!(pause("all"), Some("lane-paused"));
        assert_eq!(pause("profile:VILLE"), Some("lane-paused"));
        assert_eq!(pause("profile:CCAS"), None);
        assert_eq!(pause("scenario:MANDATS"), None);
        let rest = |at| {
            hindered(|small| {
                small.gates.entry("gate".to_owned()).or_default().rests = Some((second(at), Why::code("down")));
            })
        };
        assert_eq!(rest(11)[0].until(), Some(second(11)));
        assert_eq!(rest(10), []);
    }

    #[test]
    fn a_rest_is_waited_out_and_an_operator_waited_for() {
        let rests = [Hindrance::GateRests { until: second(30), why: Why::code("down") }];
        let paused = [Hindrance::Paused { scope: "all".to_owned() }];
        let work = |hindrances: &[_], due, wanted, asks| Work::of(hindrances, &due, wanted, asks, second(10));
        assert_eq!(work(&[], Due::Nothing, true, None), Work::Session);
        assert_eq!(work(&rests, Due::Nothing, true, None), Work::At(second(30)));
        assert_eq!(work(&paused, Due::Nothing, true, None), Work::Nothing);
        assert_eq!(work(&[], Due::At(second(20)), false, Some(second(15))), Work::At(second(15)));
        assert_eq!(work(&[], Due::Nothing, false, Some(second(10))), Work::Session);
        assert_eq!(work(&[], Due::Nothing, false, Some(second(15))), Work::Ask(second(15)));
        assert_eq!(work(&[], Due::Nothing, false, None), Work::Nothing);
    }
}
