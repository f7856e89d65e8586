//! Cron expressions of five fields, read on the wall clock alone: what a zone skips or repeats is the business of [`super::wall`].

use std::ops::Range;
use std::str::FromStr;

use croner::Cron as Pattern;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Zoned;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

/// A cron expression that fires: minute, hour, day of the month, month, day of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pattern: Pattern,
}

/// A field of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    Day,
    /// 1 to 12, or `JAN`…
    Month,
    /// 0 to 7, or `MON`…
    Weekday,
}

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotACron {
    /// Not five fields; with six, the first is taken for seconds by some, and refused here.
    #[error("{0} fields where five are expected")]
    Fields(usize),
    /// A field cannot be read.
    #[error("the field {field:?} cannot be read: {words}")]
    Field {
        /// Which.
        field: CronField,
        /// Its bytes in the text.
        span: Range<usize>,
        /// The parser's words.
        words: String,
    },
    /// The fields are good one by one, not together.
    #[error("{0}")]
    Whole(String),
    /// It never fires: no such day exists.
    #[error("it never fires")]
    Never,
}

const FIELDS: [CronField; 5] =
    [CronField::Minute, CronField::Hour, CronField::Day, CronField::Month, CronField::Weekday];

impl Cron {
    /// As it was written, with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the wall shows at its times after `wall`, in order.
    pub(super) fn after(&self, wall: DateTime) -> impl Iterator<Item = DateTime> {
        let next = |from: &Zoned| self.pattern.find_next_occurrence(from, false).ok();
        let first = unzoned(wall).and_then(|from| next(&from));
        std::iter::successors(first, move |from| next(from)).map(|found| found.datetime())
    }

    /// What the wall showed at its times up to `wall`, itself included, latest first.
    pub(super) fn up_to(&self, wall: DateTime) -> impl Iterator<Item = DateTime> {
        let previous = |from: &Zoned, inclusive| self.pattern.find_previous_occurrence(from, inclusive).ok();
        let first = unzoned(wall).and_then(|from| previous(&from, true));
        std::iter::successors(first, move |from| previous(from, false)).map(|found| found.datetime())
    }
}

impl FromStr for Cron {
    type Err = NotACron;

    fn from_str(text: &str) -> Result<Self, NotACron> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let alone = fields.len() == 1 && fields[0].starts_with('@');
        if !alone && fields.len() != FIELDS.len() {
            return Err(NotACron::Fields(fields.len()));
        }
        let normal = fields.join(" ");
        let pattern = parse(&normal).map_err(|words| blame(text, &fields, words))?;
        let cron = Self { text: normal, pattern };
        let fires = cron.after(date(2024, 1, 1).at(0, 0, 0, 0)).next().is_some();
        if fires { Ok(cron) } else { Err(NotACron::Never) }
    }
}

/// The field at fault: the first that is refused alone.
fn blame(text: &str, fields: &[&str], words: String) -> NotACron {
    for (index, (field, part)) in FIELDS.into_iter().zip(fields).enumerate() {
        let mut alone = ["*"; FIELDS.len()];
        alone[index] = part;
        if let (Err(words), true) = (parse(&alone.join(" ")), fields.len() == FIELDS.len()) {
            let start = part.as_ptr().addr() - text.as_ptr().addr();
            return NotACron::Field { field, span: start..start + part.len(), words };
        }
    }
    NotACron::Whole(words)
}

fn parse(text: &str) -> Result<Pattern, String> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).map_err(|error| error.to_string())
}

/// A zone that neither skips nor repeats anything.
fn unzoned(wall: DateTime) -> Option<Zoned> {
    wall.to_zoned(TimeZone::UTC).ok()
}
