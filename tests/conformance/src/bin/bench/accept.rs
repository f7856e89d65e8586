//! Accepting a burst, beside the simplest loop that is as durable.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use scheduler_core::consignment::Status;
use scheduler_core::journal::Durability;
use scheduler_core::memory::Memory;
use scheduler_core::partner::Section;
use scheduler_core::station::Until;
use scheduler_core::store::Way;
use tokio::runtime::Runtime;

use crate::Plan;
use crate::ground::{Dice, Ground, Outcome};
use crate::report::{Sample, Series, at_least};
use crate::stations::{Blueprint, expect, expect_empty};
use crate::usage;

const FILES: usize = 10_000;
const SIZE: usize = 20_000;
const TARGET: f64 = 5.0;

/// Who takes the files.
#[derive(Clone, Copy, Debug)]
enum Contender {
    /// Whether the source goes too, as in a real acceptance: the target does not ask for it.
    Loop {
        moves: bool,
    },
    Station(Way),
}

/// Who, whether the files were on the disk before, and how that is told.
const CONTENDERS: [(Contender, bool, &str); 6] = [
    (Contender::Loop { moves: false }, true, "loop"),
    (Contender::Loop { moves: true }, true, "loop that removes the source too"),
    (Contender::Station(Way::Link), true, "station, link"),
    (Contender::Station(Way::Copy), true, "station, copy"),
    (Contender::Station(Way::Link), false, "station, link, files not flushed"),
    (Contender::Station(Way::Copy), false, "station, copy, files not flushed"),
];

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let files = plan.of(FILES);
    println!("accept: {files} files of {SIZE} random bytes stand in the inbox; everything paused, quiet 0");
    println!("  loop: copy, fdatasync, rename, fsync of the folder, file after file");
    println!("  station: run_once, from the call until all rows are in the journal and the claims are gone");
    println!("  flushed: nothing is waiting to be written when the clock starts, otherwise the whole burst is");
    let ground = Ground::new()?;
    let mut dice = Dice::new();
    let mut series = CONTENDERS.map(|(_, _, name)| Series::new(name));
    for _ in 0..plan.runs {
        for ((contender, flushed, name), series) in CONTENDERS.iter().zip(&mut series) {
            if !name.contains(&plan.only) {
                continue;
            }
            let folder = ground.fresh("accept")?;
            let inbox = folder.join("inbox-0");
            fs::create_dir(&inbox)?;
            dice.files(&inbox, "PESALR2_21750001600019_", files, SIZE)?;
            if *flushed {
                ground.settle()?;
            }
            series.samples.push(match contender {
                Contender::Loop { moves } => copy_loop(&inbox, &folder.join("copies"), *moves)?,
                Contender::Station(way) => station(&folder, *way, files)?,
            });
        }
    }
    series.iter().filter(|series| !series.samples.is_empty()).for_each(|series| series.show(files));
    if !plan.only.is_empty() {
        return Ok(());
    }
    let [plain, moving, stations @ ..] = &series;
    for ours in stations {
        println!("  {} against the loop that removes the source too: {:.2}", ours.name, ours.against(moving));
        at_least(&format!("accept, {} against the loop", ours.name), ours.against(plain), TARGET);
    }
    Ok(())
}

fn copy_loop(inbox: &Path, copies: &Path, moves: bool) -> Outcome<Sample> {
    fs::create_dir(copies)?;
    usage::forget_peak()?;
    let (cpu, start) = (usage::cpu("self")?, Instant::now());
    for entry in fs::read_dir(inbox)? {
        let source = entry?.path();
        let name = source.file_name().ok_or("a file without a name")?;
        let part = copies.join("part");
        let mut copy = File::create_new(&part)?;
        io::copy(&mut File::open(&source)?, &mut copy)?;
        copy.sync_data()?;
        fs::rename(&part, copies.join(name))?;
        File::open(copies)?.sync_all()?;
        if moves {
            fs::remove_file(&source)?;
        }
    }
    sample(start, cpu)
}

fn station(folder: &Path, way: Way, files: usize) -> Outcome<Sample> {
    let memory: &'static Memory = Box::leak(Box::default());
    let blueprint = Blueprint {
        folder: folder.to_owned(),
        channel: memory,
        profiles: vec![Section::default()],
        fields: Section::default(),
    };
    Runtime::new()?.block_on(async {
        let station = blueprint.open(way, Durability::Full).await?;
        usage::forget_peak()?;
        let (cpu, start) = (usage::cpu("self")?, Instant::now());
        station.run_once(Until::NothingDue).await?;
        let sample = sample(start, cpu)?;
        expect(&station, Status::Queued, files).await?;
        expect_empty(&blueprint.inbox(0))?;
        Ok(sample)
    })
}

fn sample(start: Instant, cpu: std::time::Duration) -> Outcome<Sample> {
    let wall = start.elapsed();
    Ok(Sample { wall, cpu: usage::cpu("self")?.saturating_sub(cpu), peak: usage::peak("self")? })
}
