use jiff::SignedDuration;
use jiff::civil::time;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn paris() -> TimeZone {
    zone("Europe/Paris")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn daily(hours: &[(i8, i8)]) -> Schedule {
    Schedule::new(hours.iter().map(|(hour, minute)| time(*hour, *minute, 0, 0)).collect(), None)
}

fn cron(text: &str) -> Schedule {
    Schedule::new(Vec::new(), Some(text.parse().unwrap()))
}

/// The next occurrences, on the wall and with the offset.
fn next(schedule: &Schedule, zone: &TimeZone, after: &str, count: usize) -> Vec<String> {
    let following = std::iter::successors(schedule.next(zone, at(after)), |at| schedule.next(zone, *at));
    following.take(count).map(|at| at.to_zoned(zone.clone()).strftime("%d %H:%M%z").to_string()).collect()
}

#[test]
fn an_hour_that_the_clock_jumps_over_is_the_end_of_the_jump() {
    for schedule in [daily(&[(2, 30)]), cron("30 2 * * *")] {
        let days = next(&schedule, &paris(), "2026-03-28T12:00:00+01:00", 2);
        assert_eq!(days, ["29 03:00+0200", "30 02:30+0200"]);
    }
    let both = daily(&[(2, 15), (2, 45), (3, 0)]);
    assert_eq!(next(&both, &paris(), "2026-03-28T12:00:00+01:00", 2), ["29 03:00+0200", "30 02:15+0200"]);
    let lord_howe = next(&cron("15 2 * * *"), &zone("Australia/Lord_Howe"), "2026-10-03T12:00:00+10:30", 2);
    assert_eq!(lord_howe, ["04 02:30+1100", "05 02:15+1100"], "a jump of half an hour");
}

#[test]
fn an_hour_that_the_clock_shows_twice_is_the_first() {
    for schedule in [daily(&[(2, 30)]), cron("30 2 * * *"), cron("30 */2 * * *")] {
        let nights = next(&schedule, &paris(), "2026-10-25T02:00:00+02:00", 2);
        assert_eq!(nights[0], "25 02:30+0200");
        assert!(!nights[1].starts_with("25 02"), "{nights:?}");
    }
    for schedule in [daily(&[(2, 30), (0, 15)]), cron("15,30 0,2 * * *")] {
        let shown_before = schedule.latest(&paris(), at("2026-10-25T02:10:00+01:00"));
        assert_eq!(shown_before, Some(at("2026-10-25T02:30:00+02:00")), "the wall shows less than it did");
    }
    let lord_howe = next(&daily(&[(1, 45)]), &zone("Australia/Lord_Howe"), "2026-04-04T12:00:00+11:00", 2);
    assert_eq!(lord_howe, ["05 01:45+1100", "06 01:45+1030"]);
}

#[test]
fn a_day_that_a_zone_skips_is_collected_when_the_next_begins() {
    let days = next(&daily(&[(12, 0)]), &zone("Pacific/Apia"), "2011-12-29T13:00:00-10:00", 2);
    assert_eq!(days, ["31 00:00+1400", "31 12:00+1400"]);
}

#[test]
fn hours_and_an_expression_count_an_instant_once() {
    let schedule = Schedule::new(vec![time(12, 0, 0, 0), time(18, 30, 0, 0)], Some("0 */6 * * 1-5".parse().unwrap()));
    let week = next(&schedule, &paris(), "2026-11-20T10:00:00+01:00", 6);
    assert_eq!(
        week,
        ["20 12:00+0100", "20 18:00+0100", "20 18:30+0100", "21 12:00+0100", "21 18:30+0100", "22 12:00+0100"]
    );
    assert_eq!(schedule.name(&paris()), "12:00 18:30 cron 0 */6 * * 1-5 Europe/Paris");
    assert_eq!(schedule.shortest_gap(&paris(), at("2026-11-20T10:00:00Z")), Some(SignedDuration::from_mins(30)));
    assert_eq!(Schedule::default().name(&paris()), "");
    assert_eq!(Schedule::default().next(&paris(), at("2026-11-20T10:00:00Z")), None);
}

#[test]
fn an_expression_that_cannot_be_followed_says_where() {
    let refused = |text: &str| text.parse::<Cron>().unwrap_err();
    assert_eq!(refused("0 12 * *"), NotACron::Fields(4));
    assert_eq!(refused("0 0 12 * * *"), NotACron::Fields(6));
    assert_eq!(refused(""), NotACron::Fields(0));
    for never in ["0 0 31 2 *", "0 0 30 2 *", "0 12 31 4,6 *"] {
        assert_eq!(refused(never), NotACron::Never, "{never}");
    }
    for (text, field, span) in [
        ("61 12 * * *", CronField::Minute, 0..2),
        ("0  25 * * *", CronField::Hour, 3..5),
        ("0 12 0 * *", CronField::Day, 5..6),
        ("0 12 * jan-foo *", CronField::Month, 7..14),
        ("0 12 * * 9", CronField::Weekday, 9..10),
        ("0 12 * * é", CronField::Weekday, 9..11),
    ] {
        match refused(text) {
            NotACron::Field { field: found, span: at, .. } => assert_eq!((found, at), (field, span), "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
    assert!(matches!(refused("@midi"), NotACron::Whole(_)));
    let leap: Cron = " 0 12\t29 2 * ".parse().unwrap();
    assert_eq!(leap.as_str(), "0 12 29 2 *");
    assert!("@daily".parse::<Cron>().is_ok());
}

#[test]
fn what_is_new_or_changed_brings_nothing_of_the_past() {
    let (noon, zone, now) = (daily(&[(12, 0)]), paris(), at("2026-11-22T12:00:05+01:00"));
    assert_eq!(noon.decide(&zone, None, now), Decision::Follow);
    let mark = Mark::follow(None, noon.name(&zone), now);
    assert_eq!(noon.decide(&zone, Some(&mark), now), Decision::Nothing);
    assert_eq!(noon.upcoming(&zone, Some(&mark), now), Some(at("2026-11-23T12:00:00+01:00")));
    let later = at("2026-11-29T10:00:00+01:00");
    let overdue = at("2026-11-28T12:00:00+01:00");
    assert_eq!(noon.decide(&zone, Some(&mark), later), Decision::Collect(overdue));
    assert_eq!(noon.upcoming(&zone, Some(&mark), later), Some(overdue));
    for changed in [daily(&[(11, 0)]), cron("0 * * * *")] {
        assert_eq!(changed.decide(&zone, Some(&mark), later), Decision::Follow);
    }
    assert_eq!(noon.decide(&TimeZone::UTC, Some(&mark), later), Decision::Follow, "other instants");
    let none = Schedule::default();
    assert_eq!(none.decide(&zone, Some(&mark), later), Decision::Follow, "so that it is new when it comes back");
    let mark = Mark::follow(Some(mark), none.name(&zone), later);
    assert_eq!(none.decide(&zone, Some(&mark), now), Decision::Nothing);
    assert_eq!(none.decide(&zone, None, now), Decision::Nothing);
}

#[test]
fn a_clock_set_back_brings_nothing_again_and_loses_nothing() {
    let (hours, zone) = (daily(&[(12, 0), (18, 30)]), paris());
    let mut mark = Mark::follow(None, hours.name(&zone), at("2026-11-22T08:00:00+01:00"));
    let noon = at("2026-11-22T12:00:00+01:00");
    mark.fire(noon);
    // A quarter of an hour back, then on.
    let back = at("2026-11-22T11:50:00+01:00");
    assert_eq!(hours.decide(&zone, Some(&mark), back), Decision::Follow);
    let mark = Mark::follow(Some(mark), hours.name(&zone), back);
    assert_eq!(hours.decide(&zone, Some(&mark), noon), Decision::Nothing);
    assert_eq!(hours.upcoming(&zone, Some(&mark), back), Some(at("2026-11-22T18:30:00+01:00")));
    // A machine that starts in another century and learns the time later.
    let lost = Mark::follow(Some(mark), hours.name(&zone), at("2000-01-01T00:00:00Z"));
    assert_eq!(hours.decide(&zone, Some(&lost), at("2026-11-22T12:10:00+01:00")), Decision::Nothing);
    let evening = at("2026-11-22T18:30:00+01:00");
    assert_eq!(hours.decide(&zone, Some(&lost), at("2026-11-22T19:00:00+01:00")), Decision::Collect(evening));
    // A clock set years forward, and right again: one collection then, and the ordinary ones now.
    let mut far = lost;
    far.fire(at("2036-11-22T12:00:00+01:00"));
    let far = Mark::follow(Some(far), hours.name(&zone), at("2026-11-22T18:00:00+01:00"));
    assert_eq!(hours.decide(&zone, Some(&far), at("2026-11-22T18:31:00+01:00")), Decision::Collect(evening));
}

#[test]
fn only_the_last_occurrences_are_remembered() {
    let mut mark = Mark::follow(None, String::new(), at("2026-01-01T00:00:00Z"));
    for minute in 0..100 {
        mark.fire(at("2026-01-01T00:00:00Z") + SignedDuration::from_mins(minute));
    }
    assert_eq!((mark.fired.len(), mark.fired[31]), (REMEMBERED, at("2026-01-01T01:39:00Z")));
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let hour = (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| time(hour, minute, 0, 0));
    let expression = prop::sample::select(vec![
        "0 */2 * * 1-5",
        "*/10 * * * *",
        "30 2 * * *",
        "0,30 2,3 * * *",
        "15 0 1 * *",
        "0 12 * * 1#1",
        "5 4 29 2 *",
    ]);
    let expression = prop::option::of(expression.prop_map(|text| text.parse().unwrap()));
    (prop::collection::vec(hour, 0..4), expression).prop_map(|(at, cron)| Schedule::new(at, cron))
}

fn any_zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec![
        "Europe/Paris",
        "America/Noronha",
        "Australia/Lord_Howe",
        "America/Miquelon",
        "Africa/Casablanca",
        "Asia/Beirut",
        "America/Havana",
        "Pacific/Noumea",
    ])
    .prop_map(zone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// From wherever it is asked, the schedule is one and the same series of instants.
    #[test]
    fn looking_forward_and_back_sees_the_same_instants(
        schedule in any_schedule(), zone in any_zone(), from in 1_704_067_200_i64..2_051_222_400, within in 0_i64..200_000,
    ) {
        let from = Timestamp::from_second(from).unwrap();
        let Some(next) = schedule.next(&zone, from) else {
            prop_assert!(schedule.is_empty());
            return Ok(());
        };
        prop_assert!(next > from);
        prop_assert_eq!(schedule.latest(&zone, next), Some(next));
        let before = schedule.latest(&zone, next - SignedDuration::from_micros(1)).unwrap();
        prop_assert!(before <= from);
        prop_assert_eq!(schedule.next(&zone, before), Some(next));
        let between = from + SignedDuration::from_secs(within).min(next.duration_since(from) - SignedDuration::from_secs(1));
        prop_assert_eq!(schedule.next(&zone, between.max(from)), Some(next));
    }

    #[test]
    fn any_text_is_an_expression_or_is_refused(text in "[0-9*/,@#LW? a-zA-Z+é-]{0,24}") {
        if let Ok(cron) = text.parse::<Cron>() {
            prop_assert!(Schedule::new(Vec::new(), Some(cron)).next(&TimeZone::UTC, Timestamp::UNIX_EPOCH).is_some());
        }
    }
}
