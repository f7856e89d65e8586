//! From what the operator types to what the journal is asked: states, names, days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use scheduler_core::consignment::{Status, Why};
use scheduler_core::journal::Query;
use scheduler_core::returned::ReturnState;

use crate::catalogue::{self, Language};
use crate::cli::History;
use crate::config;
use crate::import::plain;
use crate::output::clean;

/// A filter that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {given}")]
pub struct FilterError {
    /// Stable, in kebab case.
    pub code: &'static str,
    /// What was typed.
    pub given: String,
    /// What was meant perhaps.
    pub near: Option<String>,
    /// What there is.
    pub known: Vec<String>,
}

impl FilterError {
    /// The refusal of something that is not how this is written.
    #[must_use]
    pub fn malformed(code: &'static str, given: &str) -> Self {
        Self::new(code, given, Vec::new())
    }

    fn new(code: &'static str, given: &str, known: Vec<String>) -> Self {
        let near = config::closest(given, known.iter().map(String::as_str)).map(str::to_owned);
        Self { code, given: given.to_owned(), near, known }
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let said = catalogue::explain(language, &TimeZone::UTC, &Why::code(self.code));
        let mut text =
            language.pick(format!("« {} » : {said}", clean(&self.given)), format!("“{}”: {said}", clean(&self.given)));
        if let Some(near) = &self.near {
            text.push_str(
                &language.pick(format!(" Vouliez-vous dire « {near} » ?"), format!(" Did you mean “{near}”?")),
            );
        }
        if !self.known.is_empty() {
            text.push_str(language.pick("\nExistent : ", "\nThere are: "));
            text.push_str(&self.known.join(", "));
        }
        text
    }
}

/// A name that the operator gives, and that must be known to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A scenario.
    Scenario,
    /// A profile.
    Profile,
    /// A channel or a destination.
    Partner,
}

impl Named {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Scenario, Self::Profile, Self::Partner];

    /// What was given of this kind.
    #[must_use]
    pub fn given(self, wish: &History) -> Option<&str> {
        match self {
            Self::Scenario => wish.scenario.as_deref(),
            Self::Profile => wish.profile.as_deref(),
            Self::Partner => wish.partner.as_deref(),
        }
    }

    /// The refusal of a name that nobody knows.
    #[must_use]
    pub fn unknown(self, given: &str, mut known: Vec<String>) -> FilterError {
        known.sort();
        known.dedup();
        let code = match self {
            Self::Scenario => "filter-unknown-scenario",
            Self::Profile => "filter-unknown-profile",
            Self::Partner => "filter-unknown-partner",
        };
        FilterError::new(code, given, known)
    }
}

/// What to ask the journal. `channels` are the kinds of channels: a partner that is none of them is a destination.
///
/// # Errors
///
/// [`FilterError`] for a state or a day that is none. Names are for the caller to check: only the journal knows the former ones.
pub fn query(wish: &History, channels: &[&str], zone: &TimeZone) -> Result<Query, FilterError> {
    let (statuses, return_states) = states(&wish.state)?;
    let (from, to) = days(wish.from.as_deref(), wish.to.as_deref(), zone)?;
    let by_channel = |partner: &&String| channels.iter().any(|kind| kind.eq_ignore_ascii_case(partner));
    let channel = wish.partner.as_ref().filter(by_channel).cloned();
    let destination = if channel.is_none() { wish.partner.clone() } else { None };
    Ok(Query {
        statuses,
        return_states,
        scenario: wish.scenario.clone(),
        profile: wish.profile.clone(),
        channel,
        destination,
        name_part: wish.name.clone(),
        from,
        to,
        before: None,
        limit: wish.last,
    })
}

/// The instants at which the first day starts and the last ends, in the station's zone.
///
/// # Errors
///
/// [`FilterError`] for what is no day, or a last before the first.
pub fn days(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
) -> Result<(Option<Timestamp>, Option<Timestamp>), FilterError> {
    let (first, last) = (from.map(day).transpose()?, to.map(day).transpose()?);
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        return Err(FilterError::new("filter-dates-reversed", &format!("{first} … {last}"), Vec::new()));
    }
    let start = |date: Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    // The last possible day may have no beginning, and the one after it never comes.
    Ok((
        first.map(|date| start(date).unwrap_or(Timestamp::MAX)),
        last.and_then(|date| date.tomorrow().ok()).and_then(start),
    ))
}

fn day(text: &str) -> Result<Date, FilterError> {
    let wrong = || FilterError::new("filter-bad-date", text, Vec::new());
    // Only this form: others read 12/11 as the reader pleases.
    let shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    if shaped { text.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

/// The states of sendings and of returns that these words name, in French, in English, or as JSON does.
fn states(words: &[String]) -> Result<(Vec<Status>, Vec<String>), FilterError> {
    let (mut statuses, mut returns) = (Vec::new(), Vec::new());
    for word in words {
        let wanted = plain(word);
        let same = |names: [&str; 3]| names.iter().any(|name| plain(name) == wanted);
        let sent = Status::ALL.into_iter().filter(|status| same(names(*status)));
        let before = (statuses.len(), returns.len());
        statuses.extend(sent);
        returns.extend(
            return_states().iter().filter(|state| same(return_names(state))).map(|state| state.as_str().to_owned()),
        );
        if before == (statuses.len(), returns.len()) {
            return Err(FilterError::new("filter-unknown-state", word, known_states()));
        }
    }
    Ok((statuses, returns))
}

/// Every state as it may be typed: a comma divides two states.
fn known_states() -> Vec<String> {
    let returns = return_states();
    let all = Status::ALL.into_iter().map(names).chain(returns.iter().map(return_names));
    let mut known: Vec<String> = Vec::new();
    for [code, french, _] in all {
        let name = if french.contains(',') { format!("{code} ({french})") } else { french.to_owned() };
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known
}

fn names(status: Status) -> [&'static str; 3] {
    [status.as_str(), catalogue::status(Language::Fr, status), catalogue::status(Language::En, status)]
}

fn return_names(state: &ReturnState) -> [&'static str; 3] {
    [state.as_str(), catalogue::return_state(Language::Fr, state), catalogue::return_state(Language::En, state)]
}

/// One of each state.
fn return_states() -> [ReturnState; 6] {
    let why = Why::code("");
    [
        ReturnState::Offered,
        ReturnState::Collecting,
        ReturnState::Stored,
        ReturnState::Published,
        ReturnState::Disposed,
        ReturnState::Incomplete { why },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::paris;

    fn wish(change: impl FnOnce(&mut History)) -> Result<Query, FilterError> {
        let mut wish = History { last: 50, ..History::default() };
        change(&mut wish);
        query(&wish, &["xfb", "pecoto"], &paris())
    }

    fn state(word: &str) -> Result<(Vec<Status>, Vec<String>), FilterError> {
        wish(|wish| wish.state = vec![word.to_owned()]).map(|query| (query.statuses, query.return_states))
    }

    #[test]
    fn states_are_named_as_they_are_shown_or_as_programs_do() {
        for word in ["retenu", "Retenu", "held"] {
            assert_eq!(state(word), Ok((vec![Status::Held], vec![])), "{word}");
        }
        assert_eq!(state("envoi en cours").unwrap().0, [Status::Sending, Status::Committing]);
        assert_eq!(state("recu"), Ok((vec![], vec!["published".to_owned(), "disposed".to_owned()])));
        let error = state("rettenu").unwrap_err();
        assert_eq!((error.code, error.near.as_deref()), ("filter-unknown-state", Some("retenu")));
        insta::assert_snapshot!(error.in_words(Language::Fr));
    }

    #[test]
    fn every_state_can_be_asked_for() {
        for status in Status::ALL {
            for name in names(status) {
                assert!(state(name).unwrap().0.contains(&status), "{name}");
            }
        }
        for known in return_states() {
            for name in return_names(&known) {
                assert!(state(name).unwrap().1.contains(&known.as_str().to_owned()), "{name}");
            }
        }
    }

    #[test]
    fn days_are_those_of_the_station_and_both_ends_are_in() {
        let utc = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let between = |from, to| days(from, to, &paris());
        assert_eq!(
            between(Some("2026-11-22"), Some("2026-11-22")),
            Ok((utc("2026-11-21T23:00:00Z"), utc("2026-11-22T23:00:00Z")))
        );
        // Spring: a day of 23 hours.
        assert_eq!(
            between(Some("2026-03-29"), Some("2026-03-29")),
            Ok((utc("2026-03-28T23:00:00Z"), utc("2026-03-29T22:00:00Z")))
        );
        assert_eq!(between(None, None), Ok((None, None)));
        assert_eq!(between(Some("2026-11-22"), Some("2026-11-21")).unwrap_err().code, "filter-dates-reversed");
        for wrong in ["22/11/2026", "2026-02-30", "2026-1-1", "hier", "", "20261122", "+026-01-01", "2026-11-é"] {
            assert_eq!(between(Some(wrong), None).unwrap_err().code, "filter-bad-date", "{wrong}");
        }
        assert_eq!(between(None, Some("9999-12-31")), Ok((None, None)));
        assert_eq!(between(Some("9999-12-31"), None), Ok((Some(Timestamp::MAX), None)));
        assert_eq!(between(Some("0000-01-01"), None).unwrap().0.map(|at| at < Timestamp::UNIX_EPOCH), Some(true));
    }

    #[test]
    fn a_partner_is_a_channel_or_a_destination() {
        let partner = |name: &str| {
            wish(|wish| wish.partner = Some(name.to_owned())).map(|query| (query.channel, query.destination))
        };
        assert_eq!(partner("XFB"), Ok((Some("XFB".to_owned()), None)));
        assert_eq!(partner("C175"), Ok((None, Some("C175".to_owned()))));
    }
}
