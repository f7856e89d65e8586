//! From what the clock on the wall shows to instants, across the hours that a zone skips or repeats.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The instant at which the clock shows `wall` for the first time; the end of the jump where it jumps over it.
///
/// Never decreases when `wall` grows.
pub(super) fn first_shown(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // With the offset of after the jump, what is jumped over falls just before it.
            let before = after.to_timestamp(wall).ok()?;
            zone.following(before).next().map(|jump| jump.timestamp())
        }
    }
}

/// A bound of what the clock has shown up to `now`: in the second half of a repeated hour, also what it showed in the first.
pub(super) fn shown_until(zone: &TimeZone, now: Timestamp) -> DateTime {
    let wall = zone.to_datetime(now);
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Fold { before, after } if zone.to_offset(now) == after => {
            let repeated = SignedDuration::from_secs(i64::from(before.seconds() - after.seconds()));
            wall.saturating_add(repeated)
        }
        _ => wall,
    }
}
