//! `at = ["12:00"]` and `cron = "0 */2 * * 1-5"` of `[profiles.NAME.retrieve]`.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use scheduler_core::partner::Channel;
use scheduler_core::scenario::Retrieve;
use scheduler_core::schedule::{Cron, CronField, NotACron, Schedule};

use super::mistake;
use super::reader::{Collector, Item, Table};
use super::report::Place;
use crate::catalogue::Words;

const MINUTE: Duration = Duration::from_secs(60);

const HOURS: &str = "[\"12:00\", \"18:30\"]";

/// When returns are collected, and where the hours stand.
#[derive(Clone, Debug)]
pub(super) struct Retrieval {
    retrieve: Retrieve,
    hours: Option<Place>,
}

impl Default for Retrieval {
    fn default() -> Self {
        Self { retrieve: Retrieve { after_send: true, ..Retrieve::default() }, hours: None }
    }
}

/// Reads `[profiles.NAME.retrieve]`.
pub(super) fn read(mut table: Table<'_>, problems: &mut Collector) -> Retrieval {
    let after_send = table.item("after_send").and_then(|item| item.boolean(problems)).unwrap_or(true);
    let at = table.item("at");
    let listed = at.as_ref().map(|item| item.list(HOURS, problems)).unwrap_or_default();
    let hours = listed.iter().filter_map(|item| hour(item, problems)).collect();
    let cron = table.item("cron");
    let expression = cron.as_ref().and_then(|item| expression(item, problems));
    table.finish(problems);
    let retrieve = Retrieve { after_send, schedule: Schedule::new(hours, expression) };
    Retrieval { retrieve, hours: cron.or(at).map(|item| item.place) }
}

impl Retrieval {
    /// What it means on a channel: where nothing is collected, hours mean nothing. Tells when they come more often than the channel takes.
    pub(super) fn on(&self, channel: &dyn Channel, delay_down: Option<Duration>, problems: &mut Collector) -> Retrieve {
        let able = channel.capabilities();
        if !able.retrieve {
            return Retrieve { schedule: Schedule::default(), ..self.retrieve.clone() };
        }
        let least = delay_down.unwrap_or(able.delay_down).max(able.between_sessions);
        if let (Some(gap), Some(place)) = (self.closer_than(least), &self.hours) {
            problems.add(mistake::schedule_too_often(channel.kind(), gap, least), place);
        }
        self.retrieve.clone()
    }

    /// The shortest time between two collections, when it is less than `least`.
    fn closer_than(&self, least: Duration) -> Option<Duration> {
        // Hours are read to the minute: what a minute satisfies needs no search.
        if least <= MINUTE {
            return None;
        }
        let shortest = self.retrieve.schedule.shortest_gap(&TimeZone::UTC, Timestamp::UNIX_EPOCH)?;
        Duration::try_from(shortest).ok().filter(|gap| *gap < least)
    }

    /// Tells hours that none of a profile's channels can serve.
    pub(super) fn check_use(&self, name: &str, channels: &[&dyn Channel], problems: &mut Collector) {
        let served = channels.is_empty() || channels.iter().any(|channel| channel.capabilities().retrieve);
        if let (false, Some(place)) = (served, &self.hours) {
            problems.add(mistake::schedule_useless(name), place);
        }
    }
}

fn hour(item: &Item<'_>, problems: &mut Collector) -> Option<Time> {
    let text = item.text(HOURS, problems)?;
    let time = exact(text);
    if time.is_none() {
        problems.add(mistake::bad_hour(text, suggestion(text).as_deref()), &item.place);
    }
    time
}

/// `HH:MM`, and nothing else.
fn exact(text: &str) -> Option<Time> {
    let [a, b, b':', c, d] = text.as_bytes() else { return None };
    let digits = [a, b, c, d];
    let whole = digits.iter().all(|digit| digit.is_ascii_digit());
    whole.then(|| clock(text.get(..2)?, text.get(3..)?))?
}

fn clock(hour: &str, minute: &str) -> Option<Time> {
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// What somebody who wrote `text` most likely meant, as it is to be written.
fn suggestion(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (hour, minute) = match text.as_str() {
        "midi" | "noon" => ("12", "00"),
        "minuit" | "midnight" => ("0", "00"),
        _ => (numbers.next()?, numbers.next().unwrap_or("00")),
    };
    let hour = if hour == "24" { "0" } else { hour };
    clock(hour, minute).map(|time| time.strftime("%H:%M").to_string())
}

fn expression(item: &Item<'_>, problems: &mut Collector) -> Option<Cron> {
    let text = item.words("\"0 */2 * * 1-5\"", problems)?;
    let error = match text.parse::<Cron>() {
        Ok(cron) => return Some(cron),
        Err(error) => error,
    };
    let mut place = item.place.clone();
    let mistake = match error {
        NotACron::Fields(6) => mistake::cron_seconds(text),
        NotACron::Fields(count) => mistake::cron_fields(count),
        NotACron::Field { field, span, .. } => {
            // Between its quotes, a text without escapes stands as it is.
            if place.span.len() == text.len() + 2 {
                place.span = place.span.start + 1 + span.start..place.span.start + 1 + span.end;
            }
            let (what, possible) = in_words(field);
            mistake::cron_field(&text[span], &what, &possible)
        }
        NotACron::Never => mistake::cron_never(text),
        other => mistake::bad_cron(&other.to_string()),
    };
    problems.add(mistake, &place);
    None
}

/// What a field is, and what it may hold.
fn in_words(field: CronField) -> (Words, Words) {
    match field {
        CronField::Minute => {
            (Words::both("la minute (1er champ)", "the minute (1st field)"), Words::both("0 à 59", "0 to 59"))
        }
        CronField::Hour => {
            (Words::both("l'heure (2e champ)", "the hour (2nd field)"), Words::both("0 à 23", "0 to 23"))
        }
        CronField::Day => (
            Words::both("le jour du mois (3e champ)", "the day of the month (3rd field)"),
            Words::both("1 à 31, ou L pour le dernier", "1 to 31, or L for the last"),
        ),
        CronField::Month => {
            (Words::both("le mois (4e champ)", "the month (4th field)"), Words::both("1 à 12", "1 to 12"))
        }
        CronField::Weekday => (
            Words::both("le jour de la semaine (5e champ)", "the day of the week (5th field)"),
            Words::both("0 à 7, où 1 est lundi, 0 et 7 dimanche", "0 to 7, where 1 is Monday, 0 and 7 are Sunday"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_two_digits_a_colon_and_two_digits() {
        for (text, time) in [("00:00", Some((0, 0))), ("23:59", Some((23, 59))), ("24:00", None), ("12:60", None)] {
            assert_eq!(exact(text).map(|time| (time.hour(), time.minute())), time, "{text}");
        }
        for text in ["", "9:00", "12h00", "12:00:00", "+1:00", "1é:0", "12：00"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_proposed() {
        for (text, meant) in [
            ("9:00", Some("09:00")),
            ("18h30", Some("18:30")),
            ("18 H", Some("18:00")),
            ("12:00:00", Some("12:00")),
            ("24:00", Some("00:00")),
            ("Midi", Some("12:00")),
            ("25:00", None),
            ("99999999999999999999", None),
            ("le soir", None),
        ] {
            assert_eq!(suggestion(text).as_deref(), meant, "{text}");
        }
    }
}
