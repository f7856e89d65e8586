//! Searches find what a walk through everything finds; counters, names and dates follow from the events.

use super::*;
use crate::consignment::{Consignment, Status};
use crate::returned::Return;

/// What somebody who reads everything would find.
fn wanted(row: &Consignment, query: &Query) -> bool {
    let folded = crate::matcher::fold_text;
    let lane = &row.facts.lane;
    let is =
        |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| folded(wanted) == folded(value));
    (query.statuses.contains(&row.state.status()) || query.statuses.is_empty() && query.return_states.is_empty())
        && is(&query.scenario, &row.facts.scenario)
        && is(&query.profile, lane.profile())
        && is(&query.channel, lane.as_str().rsplit_once('.').unwrap().1)
        && query.destination.as_ref().is_none_or(|wanted| {
            row.facts.destination.split('/').any(|part| part == wanted) || row.facts.destination == *wanted
        })
        && query.name_part.as_ref().is_none_or(|part| folded(&row.facts.name).contains(&folded(part)))
        && query.from.is_none_or(|from| row.accepted >= from)
        && query.to.is_none_or(|to| row.accepted < to)
        && query.before.is_none_or(|before| row.id < before)
}

/// A consignment of many kinds, a minute after the one before.
fn varied(number: i64) -> Vec<Draft> {
    let pick = |list: &[&str], by: i64| list[usize::try_from(number / by).unwrap() % list.len()].to_owned();
    let facts = Acceptance {
        scenario: pick(&["MANDATS", "titres", "Budgets"], 1),
        lane: Lane::new(&pick(&["VILLE", "CCAS"], 2), &pick(&["xfb", "pecoto"], 5)),
        name: format!("{}_{number:03}.xml", pick(&["PESALR2", "été", "ÉTÉ 100%"], 7)),
        destination: pick(&["xfb/C175/GRCT450", "xfb/C176/GRCT450", "pecoto/a@b.invalid"], 3),
        held: (number % 4 == 0).then(why),
        ..acceptance()
    };
    let id = varied_id(number);
    let accepted = Draft::consignment(id, ConsignmentEvent::Accepted(Box::new(facts)));
    let cancelled = ConsignmentEvent::Cancelled { who: "agent".to_owned(), why: String::new() };
    std::iter::once(accepted).chain((number % 7 == 0).then(|| Draft::consignment(id, cancelled))).collect()
}

fn varied_id(number: i64) -> Id {
    Id::first_at(at().checked_add(jiff::SignedDuration::from_mins(number)).unwrap())
}

/// Every combination of a filter of each kind.
fn queries() -> Vec<Query> {
    let some = |text: &str| Some(text.to_owned());
    let mut queries = vec![Query { limit: 1000, ..Query::default() }];
    let mut cross = |with: &dyn Fn(&mut Query, usize), kinds: usize| {
        let before = std::mem::take(&mut queries);
        for query in &before {
            for kind in 0..kinds {
                let mut query = query.clone();
                with(&mut query, kind);
                queries.push(query);
            }
        }
    };
    cross(
        &|query, kind| {
            query.statuses = [vec![], vec![Status::Held], vec![Status::Queued, Status::Cancelled]][kind].clone()
        },
        3,
    );
    cross(&|query, kind| query.scenario = [None, some("mandats")][kind].clone(), 2);
    cross(&|query, kind| query.profile = [None, some("ville"), some("VIL")][kind].clone(), 3);
    cross(&|query, kind| query.channel = [None, some("XFB")][kind].clone(), 2);
    cross(&|query, kind| query.destination = [None, some("C175"), some("pecoto/a@b.invalid")][kind].clone(), 3);
    cross(&|query, kind| query.name_part = [None, some("Été"), some("100%_"), some("alr2_0")][kind].clone(), 4);
    cross(&|query, kind| query.limit = [1000, 3][kind], 2);
    queries
}

async fn varied_journal(folder: &Path) -> (Journal, Reader, Vec<Consignment>) {
    let (journal, reader) = Journal::open(folder, Clock::system(), Durability::Off).await.unwrap();
    for number in 0..120 {
        journal.commit(varied(number)).await.unwrap();
    }
    let all = reader.last_consignments(u32::MAX).await.unwrap();
    (journal, reader, all)
}

#[tokio::test]
async fn a_search_finds_what_reading_everything_finds() {
    let folder = tempfile::tempdir().unwrap();
    let (_journal, reader, all) = varied_journal(folder.path()).await;
    let mut told = 0;
    for query in queries() {
        let expected: Vec<Id> =
            all.iter().filter(|row| wanted(row, &query)).take(query.limit as usize).map(|row| row.id).collect();
        let found: Vec<Id> = reader.search(&query).await.unwrap().iter().map(|row| row.id).collect();
        assert_eq!(found, expected, "{query:?}");
        told += usize::from(!found.is_empty());
    }
    assert!(told > 100, "{told}");
}

/// Dates are those of the journal, to the microsecond, whatever the identifiers say.
#[tokio::test]
async fn dates_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let now = Clock::system().now();
    for number in 0..20 {
        let id = Id::first_at(now.checked_add(jiff::SignedDuration::from_hours(number - 10)).unwrap());
        let event = ConsignmentEvent::Accepted(Box::new(Acceptance { held: None, ..acceptance() }));
        journal.commit(vec![Draft::consignment(id, event)]).await.unwrap();
    }
    let all = reader.last_consignments(u32::MAX).await.unwrap();
    for bounds in [(None, None), (Some(4), None), (None, Some(9)), (Some(3), Some(17)), (Some(5), Some(5))] {
        let at = |index: Option<usize>| index.map(|index: usize| all[all.len() - 1 - index].accepted);
        for scenario in [None, Some("titres".to_owned())] {
            let query = Query { from: at(bounds.0), to: at(bounds.1), scenario, ..Query::default() };
            let expected: Vec<Id> = all.iter().filter(|row| wanted(row, &query)).map(|row| row.id).collect();
            let found: Vec<Id> = reader.search(&query).await.unwrap().iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{bounds:?}");
        }
    }
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let (_journal, reader, all) = varied_journal(folder.path()).await;
    for name_part in [None, Some("été".to_owned())] {
        let mut query = Query { name_part, profile: Some("VILLE".to_owned()), limit: 7, ..Query::default() };
        let mut found = Vec::new();
        loop {
            let page = reader.search(&query).await.unwrap();
            let Some(last) = page.last() else { break };
            query.before = Some(last.id);
            found.extend(page.iter().map(|row| row.id));
        }
        query.before = None;
        let expected: Vec<Id> = all.iter().filter(|row| wanted(row, &query)).map(|row| row.id).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn what_the_partner_calls_something_leads_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let identifiers = |value: &str| Identifiers::from([("local_ident".to_owned(), value.to_owned())]);
    let intended = |value| ConsignmentEvent::Intended {
        session: id(50),
        gate: "https://gateway".to_owned(),
        numbers: BTreeMap::new(),
        identifiers: identifiers(value),
    };
    let deposited = ConsignmentEvent::Deposited { identifiers: identifiers("62901"), words: None };
    let notice = ConsignmentEvent::Evidenced {
        key: "<mail@partner>".to_owned(),
        says: Says::Delivered,
        identifiers: Identifiers::new(),
    };
    let accepted = ConsignmentEvent::Accepted(Box::new(Acceptance { held: None, ..acceptance() }));
    let events = [accepted, intended("first"), ConsignmentEvent::Committing { session: id(50) }, deposited, notice];
    journal.commit(events.map(|event| Draft::consignment(id(1), event)).into()).await.unwrap();
    let offer = Offer { key: "61000".to_owned(), name: "ACQUIT.xml".to_owned(), size: None, consuming: true };
    let offered = ReturnEvent::Offered { lane: lane(), gate: "https://gateway".to_owned(), offer };
    journal.commit(vec![Draft::returned(id(2), offered)]).await.unwrap();
    for name in ["first", "62901", "<mail@partner>", "PES.xml"] {
        assert_eq!(reader.called(name).await.unwrap().len(), 1, "{name}");
    }
    for name in ["61000", "ACQUIT.xml"] {
        let found: Vec<Return> = reader.called_returns(name).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [id(2)], "{name}");
    }
    assert!(reader.called("6290").await.unwrap().is_empty());
    let named = Query { name_part: Some("acquit".to_owned()), ..Query::default() };
    assert_eq!(reader.search_returns(&named).await.unwrap().len(), 1);
    for elsewhere in [
        Query { scenario: Some("titres".to_owned()), ..Query::default() },
        Query { statuses: vec![Status::Queued], ..Query::default() },
    ] {
        assert!(reader.search_returns(&elsewhere).await.unwrap().is_empty());
    }
}

/// Counters, names, dates and what things are called: as if told again from everything, at the end of lives of all kinds.
#[tokio::test]
async fn counters_and_finds_follow_from_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let mut dice = Dice(4);
    for _ in 0..150 {
        let known = replayed(&reader).await;
        let _ = journal.commit(dice.submission(&known)).await;
    }
    let known = replayed(&reader).await;
    let mut counted = BTreeMap::new();
    for row in known.consignments.values() {
        *counted.entry(row.state.status()).or_insert(0) += 1;
    }
    assert_eq!(reader.counts().await.unwrap(), counted);
    let mut lanes = BTreeMap::new();
    known.returns.values().for_each(|row| *lanes.entry(row.lane.as_str().to_owned()).or_insert(0) += 1);
    assert_eq!(reader.counted("return-lane").await.unwrap(), lanes);
    let mut connection = SqliteConnectOptions::new().filename(Reader::file(folder.path())).connect().await.unwrap();
    for (sql, found) in [
        ("SELECT id, at, folded FROM finder ORDER BY id", &known.finds.sent),
        ("SELECT id, at, folded FROM return_finder ORDER BY id", &known.finds.received),
    ] {
        let rows: Vec<(i64, i64, String)> = ::sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        let expected = found.iter().map(|(id, named)| (id.as_i64(), named.at, named.folded.clone()));
        assert_eq!(rows, expected.collect::<Vec<_>>());
        assert!(!rows.is_empty());
    }
    let sql = "SELECT value, id FROM called ORDER BY value, id";
    let called: Vec<(String, i64)> = ::sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    let expected = known.finds.called.iter().map(|(value, id)| (value.clone(), id.as_i64()));
    assert_eq!(called, expected.collect::<Vec<_>>());
}
