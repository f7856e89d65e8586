//! The journal at size: a million consignments, written by the journal's own writer, then asked what operators ask.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Acceptance, ConsignmentEvent, Identifiers, Lane, Says, Status, Why};
use scheduler_core::id::Id;
use scheduler_core::journal::{Draft, Durability, Event, Journal, Query, Reader, StationEvent};
use scheduler_core::memory::Memory;
use scheduler_core::store::Way;
use tokio::runtime::Runtime;

use crate::Plan;
use crate::ground::{Ground, Outcome};
use crate::report::{at_least, at_most, median, within};
use crate::stations::Blueprint;
use crate::usage;

const CONSIGNMENTS: usize = 1_000_000;
const ASKED_TARGET: f64 = 50.0;
const NAME_TARGET: f64 = 500.0;
const OPEN_TARGET: f64 = 200.0;
const CHAIN_TARGET: f64 = 300_000.0;
/// Memory is bounded: no more than an idle service may hold with a queue of 100,000.
const MEMORY_TARGET: f64 = 128.0;

/// Consignments of one submission.
const AT_ONCE: usize = 1000;

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let count = plan.of(CONSIGNMENTS);
    println!(
        "journal: {count} consignments of six events each; {} runs of each question, the file in the system's cache",
        plan.runs
    );
    let ground = Ground::new()?;
    let folder = ground.fresh("journal")?;
    let data = folder.join("data");
    std::fs::create_dir_all(&data)?;
    let runtime = Runtime::new()?;
    let began = Instant::now();
    runtime.block_on(build(&data, count))?;
    let size = std::fs::metadata(Reader::file(&data))?.len() as f64 / 1e9;
    println!("  built in {:.0} s, {size:.2} GB, synchronous=OFF", began.elapsed().as_secs_f64());
    ground.settle()?;
    let bench = Bench { runs: plan.runs, runtime, middle: middle(count) };
    bench.open(&folder, &data)?;
    usage::forget_peak()?;
    let reader = bench.runtime.block_on(Reader::open(&data))?;
    bench.questions(&reader)?;
    bench.names(&reader, &data)?;
    at_most("memory, while all that was asked", usage::peak("self")? as f64 / 1e6, MEMORY_TARGET);
    bench.chain(&reader)
}

struct Bench {
    runs: usize,
    runtime: Runtime,
    /// A consignment in the middle.
    middle: Id,
}

impl Bench {
    fn open(&self, folder: &Path, data: &Path) -> Outcome<()> {
        let mut times = [Vec::new(), Vec::new()];
        let channel = Box::leak(Box::new(Memory::default()));
        let blueprint = Blueprint {
            folder: folder.to_owned(),
            channel,
            profiles: vec![Default::default()],
            fields: Default::default(),
        };
        for _ in 0..self.runs {
            times[0].push(self.runtime.block_on(async {
                let began = Instant::now();
                let (journal, reader) = Journal::open(data, Clock::system(), Durability::Off).await?;
                let time = began.elapsed();
                reader.head().await?;
                journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()]).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(time.as_secs_f64() * 1e3)
            })?);
            times[1].push(self.runtime.block_on(async {
                let began = Instant::now();
                let station = blueprint.start(Way::Link, Durability::Off).await?;
                let time = began.elapsed();
                station.run_once(scheduler_core::station::Until::NothingDue).await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(time.as_secs_f64() * 1e3)
            })?);
        }
        let [journal, station] = times;
        within("journal, opened to write", median(journal.into_iter()), OPEN_TARGET);
        within("station, opened after an orderly stop", median(station.into_iter()), OPEN_TARGET);
        Ok(())
    }

    /// Asks several times and judges the middle of it.
    fn ask(&self, what: &str, target: f64, ask: impl AsyncFn() -> Outcome<usize>) -> Outcome<()> {
        let mut times = Vec::new();
        let mut rows = 0;
        for _ in 0..self.runs.max(3) {
            let began = Instant::now();
            rows = self.runtime.block_on(ask())?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        within(&format!("{what} ({rows} rows)"), median(times.into_iter()), target);
        Ok(())
    }

    fn questions(&self, reader: &Reader) -> Outcome<()> {
        self.ask("status: counters, decisions, incomplete returns, lanes", ASKED_TARGET, async || {
            let counts = reader.counts().await?;
            let uncertain = reader.with_status(Status::Uncertain, 200).await?;
            let held = reader.with_status(Status::Held, 200).await?;
            let incomplete = reader.returns_with_status("incomplete", 200).await?;
            reader.small().await?;
            Ok(counts.len() + uncertain.len() + held.len() + incomplete.len())
        })?;
        self.ask("the last 50", ASKED_TARGET, async || Ok(reader.search(&Query::default()).await?.len()))?;
        self.ask("one by its identifier, with its events", ASKED_TARGET, async || {
            let row = reader.consignment(self.middle).await?.ok_or("it is not there")?;
            Ok(reader.events_of(row.id).await?.len())
        })?;
        self.ask("by what the partner calls it", ASKED_TARGET, async || Ok(reader.called("ident-500").await?.len()))?;
        let some = |text: &str| Some(text.to_owned());
        let from = Some(instant(self.middle));
        let after = |seconds| from?.checked_add(SignedDuration::from_secs(seconds)).ok();
        let frequent = Query { statuses: vec![Status::Delivered], ..Query::default() };
        let rare = Query { scenario: some("RARE"), ..Query::default() };
        for (what, query) in [
            ("state, frequent", frequent.clone()),
            ("state, rare", Query { statuses: vec![Status::Uncertain], ..Query::default() }),
            ("scenario, frequent", Query { scenario: some("S0"), ..Query::default() }),
            ("scenario, rare", rare.clone()),
            ("profile", Query { profile: some("P3"), ..Query::default() }),
            ("channel, every row", Query { channel: some("memory"), ..Query::default() }),
            ("destination, frequent", Query { destination: some("C175"), ..Query::default() }),
            ("destination, rare", Query { destination: some("C999"), ..Query::default() }),
            ("dates, a second with 1,000", Query { from, to: after(1), ..Query::default() }),
            ("dates, a minute with 60,000", Query { from, to: after(60), ..Query::default() }),
            ("dates, from then on", Query { from, ..Query::default() }),
            ("dates and state", Query { from, to: after(60), ..frequent.clone() }),
            ("dates and scenario, rare", Query { from, to: after(60), ..rare.clone() }),
            ("a page in the middle", Query { before: Some(self.middle), ..Query::default() }),
            ("state and scenario", Query { scenario: some("RARE"), ..frequent }),
        ] {
            self.ask(&format!("by {what}"), ASKED_TARGET, async || Ok(reader.search(&query).await?.len()))?;
        }
        Ok(())
    }

    fn names(&self, reader: &Reader, data: &Path) -> Outcome<()> {
        for (what, part) in [("frequent", "alr2_"), ("the oldest", "_0000000.xml"), ("of nothing", "qqqq")] {
            let query = Query { name_part: Some(part.to_owned()), ..Query::default() };
            self.ask(&format!("by a part of the name, {what}"), NAME_TARGET, async || {
                Ok(reader.search(&query).await?.len())
            })?;
        }
        let sql = "SELECT doc FROM consignments WHERE name LIKE '%qqqq%' ORDER BY id DESC LIMIT 50";
        let began = Instant::now();
        let peer =
            Program::new("sqlite3").arg("-readonly").arg(Reader::file(data)).arg(sql).stdout(Stdio::null()).status();
        if peer.is_ok_and(|status| status.success()) {
            println!("  sqlite3, the same part of nothing with LIKE: {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
        }
        Ok(())
    }

    fn chain(&self, reader: &Reader) -> Outcome<()> {
        usage::forget_peak()?;
        let mut rates = Vec::new();
        for _ in 0..self.runs.min(3) {
            let began = Instant::now();
            let verified = self.runtime.block_on(reader.verify())??;
            rates.push(verified.head.seq as f64 / began.elapsed().as_secs_f64());
        }
        at_least("chain verification, events a second", median(rates.into_iter()), CHAIN_TARGET);
        at_most("memory, while the chain is verified", usage::peak("self")? as f64 / 1e6, MEMORY_TARGET);
        Ok(())
    }
}

/// Identifiers a millisecond apart, the last of them now.
fn id(number: usize) -> Id {
    let start: Timestamp = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_790_000_000);
    let after = SignedDuration::from_millis(i64::try_from(number).unwrap_or(i64::MAX));
    Id::first_at(start.checked_add(after).unwrap_or(start))
}

fn middle(count: usize) -> Id {
    id(count / 2)
}

fn instant(of: Id) -> Timestamp {
    Timestamp::from_millisecond(of.as_i64() >> 15).unwrap_or(Timestamp::UNIX_EPOCH)
}

async fn build(data: &Path, count: usize) -> Outcome<()> {
    let clock = Clock::starting_at(instant(id(0)));
    let (journal, _) = Journal::open(data, clock.clone(), Durability::Off).await?;
    for first in (0..count).step_by(AT_ONCE) {
        clock.set(instant(id(first)));
        let drafts = (first..count.min(first + AT_ONCE)).flat_map(|number| life(number, count)).collect();
        journal.commit(drafts).await?;
    }
    journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()]).await?;
    Ok(())
}

/// A consignment as the field has them: nearly all delivered, some refused; of the last, some held, uncertain, waiting.
fn life(number: usize, count: usize) -> Vec<Draft> {
    use ConsignmentEvent as E;
    let (own, session) = (id(number), id(number / 50 * 50));
    let held = (number + 300 > count && number.is_multiple_of(10)).then(|| Why::code("duplicate-content"));
    let waits = held.is_some() || number + 20 > count;
    let rare = number % 50_000 == 77;
    let facts = Acceptance {
        scenario: if rare {
            "RARE".to_owned()
        } else {
            format!("S{}", if number.is_multiple_of(2) { 0 } else { number % 40 })
        },
        lane: Lane::new(&format!("P{}", number % 8), "memory"),
        source: format!("/srv/transfert/mandats/PESALR2_21340001900017_{number:07}.xml"),
        name: format!("PESALR2_21340001900017_{number:07}.xml"),
        size: 19_500,
        modified: instant(own),
        sha1: format!("{number:040x}"),
        sha256: format!("{number:064x}"),
        destination: if rare { "memory/C999/GRCT450" } else { "memory/C175/GRCT450" }.to_owned(),
        identity: Some(format!("NomFic{number}/078")),
        held,
        sent_copy: true,
        again_of: None,
    };
    let identifiers = |name: &str, value: String| Identifiers::from([(name.to_owned(), value)]);
    let mut events = vec![E::Accepted(Box::new(facts))];
    if !waits {
        events.push(E::Intended {
            session,
            gate: "memory".to_owned(),
            numbers: BTreeMap::new(),
            identifiers: identifiers("name", format!("P{number}.XML")),
        });
        events.push(E::Committing { session });
        let why = || Why::with("memory-refused", "we will not have it");
        match number {
            number if number % 100 == 50 => events.push(E::Refused { why: why() }),
            number if number + 1000 > count && number % 20 == 3 => events.push(E::Doubted { why: why() }),
            number => events.extend([
                E::Deposited {
                    identifiers: identifiers("local_ident", format!("ident-{number}")),
                    words: Some("File sent OK".to_owned()),
                },
                E::Copied { path: Some(format!("/srv/envoyes/PESALR2_21340001900017_{number:07}.xml")) },
                E::Evidenced {
                    key: format!("<{number}.transfer@gateway.invalid>"),
                    says: Says::Delivered,
                    identifiers: Identifiers::new(),
                },
            ]),
        }
    }
    events.into_iter().map(|event| Draft::consignment(own, event)).collect()
}
