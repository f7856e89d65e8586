//! `taskctl purge`: what is finished and old goes; a certificate stays.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use scheduler_core::purge::Purgeable;
use serde_json::{Value, json};

use super::View;
use super::filters::{self, FilterError};
use crate::catalogue;
use crate::cli::Purge;

/// The instant before which is purged: the beginning of a day of the station.
///
/// # Errors
///
/// [`FilterError`] for what is neither a day nor an age.
pub fn before(wish: &Purge, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, FilterError> {
    if let Some(day) = &wish.before {
        return Ok(filters::days(Some(day), None, zone)?.0.unwrap_or(Timestamp::MAX));
    }
    let age = span(&wish.older_than);
    let day = age.and_then(|age| now.to_zoned(zone.clone()).date().checked_sub(age).ok());
    let start = day.and_then(|day| day.to_zoned(zone.clone()).ok());
    start.map(|at| at.timestamp()).ok_or_else(|| FilterError::malformed("filter-bad-age", &wish.older_than))
}

/// `8y`, `30m`, `500d`; years, months and days of the calendar.
fn span(text: &str) -> Option<Span> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = i32::from(number.parse::<u16>().ok().filter(|number| digits && *number > 0)?);
    match unit {
        "y" | "a" if number <= 1000 => Some(number.years()),
        "m" => Some(number.months()),
        "d" | "j" => Some(number.days()),
        _ => None,
    }
}

/// Why something that young is not purged.
#[must_use]
pub fn too_young(latest: Timestamp, view: View<'_>) -> String {
    let why = scheduler_core::consignment::Why::code("purge-too-young");
    let day = catalogue::moment(view.language, latest, view.zone);
    let at_most = view.language.pick("Au plus tard :", "At the latest:");
    format!("{} {at_most} {day}.", catalogue::explain(view.language, view.zone, &why))
}

/// What goes, or would.
#[must_use]
pub fn render(what: &Purgeable, before: Timestamp, dry: bool, view: View<'_>) -> String {
    let say = |fr: &'static str, en| view.language.pick(fr, en);
    let day = |at| catalogue::moment(view.language, at, view.zone);
    let Purgeable { consignments, returns, bytes, traces, .. } = *what;
    if (consignments, returns, traces) == (0, 0, 0) {
        let none =
            say("Rien à purger : rien n'était terminé avant le", "Nothing to purge: nothing was finished before");
        return format!("{none} {}.\n", day(before));
    }
    let mut text = String::new();
    let title = match dry {
        true => say("Serait purgé, terminé avant le", "Would be purged, finished before"),
        false => say("Purgé, terminé avant le", "Purged, finished before"),
    };
    let _ = writeln!(text, "{title} {}{}", day(before), view.language.colon());
    let _ = writeln!(
        text,
        "  {consignments} {}, {returns} {}",
        say("envoi(s)", "sending(s)"),
        say("retour(s)", "return(s)")
    );
    let _ =
        writeln!(text, "  {} {}", catalogue::bytes(view.language, bytes), say("de fichiers gardés", "of kept files"));
    let _ = writeln!(text, "  {traces} {}", say("journée(s) de traces", "day(s) of traces"));
    if let (Some(oldest), Some(youngest)) = (what.oldest, what.youngest) {
        let _ = writeln!(text, "  {} {} {} {}", say("du", "from"), day(oldest), say("au", "to"), day(youngest));
    }
    let end = match dry {
        true => say(
            "Rien n'a été purgé. Pour le faire : la même commande sans --dry-run",
            "Nothing was purged. To do it: the same command without --dry-run",
        ),
        false => say(
            "Un certificat reste dans le journal : taskctl verify le contrôle.",
            "A certificate stays in the journal: taskctl verify checks it.",
        ),
    };
    let _ = writeln!(text, "{end}");
    text
}

/// As programs read it.
#[must_use]
pub fn json(what: &Purgeable, before: Timestamp, dry: bool) -> Value {
    json!({ "before": before, "purged": !dry, "what": what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::paris;

    fn wish(before: Option<&str>, older_than: &str) -> Purge {
        Purge {
            before: before.map(ToOwned::to_owned),
            older_than: older_than.to_owned(),
            dry_run: false,
            why: String::new(),
        }
    }

    #[test]
    fn ages_end_at_the_beginning_of_a_day_of_the_station() {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let zone = paris();
        let told = |wish: &Purge| before(wish, now, &zone).map(|at| at.to_string());
        for (older_than, expected) in [
            ("8y", "2018-11-21T23:00:00Z"),
            ("8a", "2018-11-21T23:00:00Z"),
            ("15m", "2025-08-21T22:00:00Z"),
            ("500d", "2025-07-09T22:00:00Z"),
        ] {
            assert_eq!(told(&wish(None, older_than)).unwrap(), expected, "{older_than}");
        }
        assert_eq!(told(&wish(Some("2018-01-01"), "8y")).unwrap(), "2017-12-31T23:00:00Z");
        for (before, older_than) in
            [(None, "8"), (None, "y"), (None, "0y"), (None, "+8y"), (None, "65535y"), (None, "é"), (None, "")]
        {
            assert_eq!(told(&wish(before, older_than)).unwrap_err().code, "filter-bad-age", "{before:?} {older_than}");
        }
        for day in ["01/01/2018", "20180101", "2018-01-01T00:00", " "] {
            assert_eq!(told(&wish(Some(day), "8y")).unwrap_err().code, "filter-bad-date", "{day}");
        }
    }

    #[test]
    fn what_goes_is_counted() {
        let at = |text: &str| text.parse().unwrap();
        let what = Purgeable {
            consignments: 1204,
            returns: 3010,
            bytes: 812_000_000,
            traces: 251,
            oldest: Some(at("2017-01-03T09:12:00Z")),
            youngest: Some(at("2018-11-20T15:40:00Z")),
        };
        let zone = paris();
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        let before = at("2018-11-21T23:00:00Z");
        let told = render(&what, before, true, view);
        let expected = [
            "Serait purgé, terminé avant le 22/11/2018 00:00 :",
            "  1204 envoi(s), 3010 retour(s)",
            "  774,3 Mo de fichiers gardés",
            "  251 journée(s) de traces",
            "  du 03/01/2017 10:12 au 20/11/2018 16:40",
            "Rien n'a été purgé. Pour le faire : la même commande sans --dry-run",
        ];
        assert_eq!(told.lines().collect::<Vec<_>>(), expected);
        assert!(render(&what, before, false, view).ends_with("taskctl verify le contrôle.\n"));
        let nothing = render(&Purgeable::default(), before, false, view);
        assert_eq!(nothing, "Rien à purger : rien n'était terminé avant le 22/11/2018 00:00.\n");
    }
}
