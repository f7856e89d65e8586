//! Sending over HTTPS to the simulated gateway: one lane, many, and many without synchronisation.

use std::path::Path;
use std::time::{Duration, Instant};

use scheduler_core::consignment::Status;
use scheduler_core::journal::Durability;
use scheduler_core::partner::{Section, Value};
use scheduler_core::request::Command;
use scheduler_core::station::Until;
use scheduler_core::store::Way;
use tokio::runtime::Runtime;

use crate::Plan;
use crate::ground::{Dice, Ground, Outcome};
use crate::programs;
use crate::report::{Sample, Series, at_least, median};
use crate::simulator::Simulator;
use crate::stations::{Blueprint, expect};
use crate::usage;

const SIZE: usize = 2_000;
const LANES: usize = 64;

/// Files of a lane that is alone, and of each of many: long enough that sessions are opened for many files.
const ALONE: usize = 1_000;
const EACH: usize = 100;

/// Many lanes are worth so many alone, or this part of what they are without synchronisation: whichever is less.
const LANES_WORTH: f64 = 20.0;
const DURABLE_WORTH: f64 = 0.5;

/// Lanes, files of each, durability, and how that is told.
type Contender = (usize, usize, Durability, &'static str);

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let (alone, each) = (plan.of(ALONE), plan.of(EACH));
    let contenders: [Contender; 3] = [
        (1, alone, Durability::Full, "1 lane"),
        (LANES, each, Durability::Full, "64 lanes"),
        (LANES, each, Durability::Off, "64 lanes, synchronous=OFF"),
    ];
    println!(
        "send: files of {SIZE} bytes over HTTPS keep-alive to the simulator in its own process, pacing 0, {LANES} sessions"
    );
    println!(
        "  {alone} files on one lane, {each} on each of {LANES}; accepted before, timed from resuming to all deposited, sessions included"
    );
    let program = programs::build("partner-sim")?;
    let ground = Ground::new()?;
    let mut dice = Dice::new();
    let mut series = contenders.map(|contender| Series::new(contender.3));
    let mut theirs = contenders.map(|_| Vec::new());
    for _ in 0..plan.runs {
        for ((contender, series), theirs) in contenders.iter().zip(&mut series).zip(&mut theirs) {
            let (sample, simulator) = run(&ground.fresh("send")?, &program, *contender, &mut dice)?;
            series.samples.push(sample);
            theirs.push(simulator.as_secs_f64());
        }
    }
    for ((contender, series), theirs) in contenders.iter().zip(&series).zip(theirs) {
        series.show(contender.0 * contender.1);
        println!("    the simulator used {:.2} s of processor time", median(theirs.into_iter()));
    }
    // Rates, since a lane alone has fewer files.
    let work = (LANES * each) as f64 / alone as f64;
    let (lanes, durable) = (series[1].against(&series[0]) * work, series[1].against(&series[2]));
    println!("  64 lanes are {lanes:.1} x one lane, and {durable:.2} x the same without synchronisation");
    let reached = (lanes / LANES_WORTH).max(durable / DURABLE_WORTH);
    at_least("send, 64 lanes against min(20 x one lane, 0.5 x synchronous=OFF)", reached, 1.0);
    Ok(())
}

/// One run: our time, and the simulator's processor time.
fn run(
    folder: &Path,
    program: &Path,
    (lanes, each, durability, _): Contender,
    dice: &mut Dice,
) -> Outcome<(Sample, Duration)> {
    let simulator = Simulator::start(program, &folder.join("simulator"), lanes)?;
    let mut fields = Section::default();
    for (name, value) in [("destination", "C175"), ("application", "GRCT450")] {
        fields.insert(name, Value::Text(value.to_owned()));
    }
    let blueprint = Blueprint {
        folder: folder.to_owned(),
        channel: &partners::xfb::Xfb,
        profiles: (0..lanes).map(|account| simulator.profile(account)).collect(),
        fields,
    };
    Runtime::new()?.block_on(async {
        let station = blueprint.open(Way::Link, durability).await?;
        for lane in 0..lanes {
            dice.files(&blueprint.inbox(lane), &format!("mandat_{lane}_"), each, SIZE)?;
        }
        station.run_once(Until::NothingDue).await?;
        expect(&station, Status::Queued, lanes * each).await?;
        usage::forget_peak()?;
        let (cpu, theirs, start) = (usage::cpu("self")?, simulator.cpu()?, Instant::now());
        station.serve(Command::Resume { scope: "all".to_owned(), why: None }, "bench", Until::NothingDue).await?;
        station.run_once(Until::NothingDue).await?;
        let wall = start.elapsed();
        let sample = Sample { wall, cpu: usage::cpu("self")?.saturating_sub(cpu), peak: usage::peak("self")? };
        let theirs = simulator.cpu()?.saturating_sub(theirs);
        expect(&station, Status::Deposited, lanes * each).await?;
        match simulator.received()? {
            received if received == lanes * each => Ok((sample, theirs)),
            received => Err(format!("{} files were sent, the simulator received {received}", lanes * each).into()),
        }
    })
}
