//! Durations as people write them: `30s`, `5min`, `2h`, `400d`, `1h30min`.

use std::time::Duration;

/// Longest duration taken: a hundred years.
const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

/// Why a text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotADuration {
    /// No number followed by a unit.
    Malformed,
    /// More than a hundred years.
    TooLong,
}

/// Reads a duration: whole numbers, each followed by `ms`, `s`, `min`, `h` or `d`.
pub(crate) fn parse(text: &str) -> Result<Duration, NotADuration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(NotADuration::Malformed);
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (unit, after) = after.split_at(letters);
        let milliseconds = milliseconds_in(unit).ok_or(NotADuration::Malformed)?;
        if number.is_empty() {
            return Err(NotADuration::Malformed);
        }
        let number: u64 = number.parse().map_err(|_| NotADuration::TooLong)?;
        let part = number.checked_mul(milliseconds).map(Duration::from_millis).ok_or(NotADuration::TooLong)?;
        total = total.saturating_add(part);
        rest = after;
    }
    if total > LONGEST { Err(NotADuration::TooLong) } else { Ok(total) }
}

fn milliseconds_in(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    })
}

/// What somebody who wrote `text` most likely meant, as it is to be written.
pub(crate) fn suggestion(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].trim();
    let unit = match unit {
        "" | "s" | "sec" | "secs" | "seconde" | "secondes" | "second" | "seconds" => "s",
        "m" | "mn" | "min" | "mins" | "minute" | "minutes" => "min",
        "h" | "heure" | "heures" | "hour" | "hours" => "h",
        "j" | "d" | "jour" | "jours" | "day" | "days" => "d",
        _ => return None,
    };
    (!digits.is_empty()).then(|| format!("{digits}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_unit_and_sums() {
        for (text, seconds) in
            [("30s", 30), ("5min", 300), ("2h", 7_200), ("400d", 34_560_000), ("1h30min", 5_400), ("0s", 0)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn refuses_what_could_mean_two_things_and_proposes() {
        for (text, proposed) in
            [("30", "30s"), ("10m", "10min"), ("400j", "400d"), ("30 secondes", "30s"), ("2 Heures", "2h")]
        {
            assert_eq!(parse(text), Err(NotADuration::Malformed), "{text}");
            assert_eq!(suggestion(text).as_deref(), Some(proposed), "{text}");
        }
        for text in ["", "s", "-5s", "1.5h", "5 min", "5min 3", "é"] {
            assert_eq!(parse(text), Err(NotADuration::Malformed), "{text}");
        }
        assert_eq!(suggestion("bientôt"), None);
    }

    #[test]
    fn a_hundred_years_is_the_limit() {
        assert_eq!(parse("36525d"), Ok(LONGEST));
        assert_eq!(parse("36526d"), Err(NotADuration::TooLong));
        assert_eq!(parse("99999999999999999999d"), Err(NotADuration::TooLong));
        assert_eq!(parse("18446744073709551615d"), Err(NotADuration::TooLong));
    }
}
