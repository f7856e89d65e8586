//! Medians, and lines that tell them.

use std::time::Duration;

/// One contender's run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// From the first byte of work to the last.
    pub(crate) wall: Duration,
    /// Processor time, all threads.
    pub(crate) cpu: Duration,
    /// Most memory held at once, in bytes.
    pub(crate) peak: u64,
}

/// A contender's runs.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Sample>,
}

impl Series {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, samples: Vec::new() }
    }

    /// How many times faster than `peer`: the median over runs made in the same minute.
    pub(crate) fn against(&self, peer: &Self) -> f64 {
        let pairs = self.samples.iter().zip(&peer.samples);
        median(pairs.map(|(ours, theirs)| theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()))
    }

    /// Median of the wall times.
    pub(crate) fn wall(&self) -> Duration {
        Duration::from_secs_f64(median(self.samples.iter().map(|sample| sample.wall.as_secs_f64())))
    }

    /// `name  wall  cpu  peak`, each the median, for `items` pieces of work.
    pub(crate) fn show(&self, items: usize) {
        let cpu = median(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()));
        let peak = median(self.samples.iter().map(|sample| sample.peak as f64));
        let wall = self.wall().as_secs_f64();
        let walls: Vec<_> = self.samples.iter().map(|sample| format!("{:.2}", sample.wall.as_secs_f64())).collect();
        let rate = items as f64 / wall;
        print!("  {:<34} {wall:>8.3} s  {rate:>9.0} /s  cpu {cpu:>6.2} s", self.name);
        if peak > 0.0 {
            print!("  peak {:>4.0} MB", peak / 1e6);
        }
        println!("  ({})", walls.join(" "));
    }
}

/// The middle one; nothing when there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `PASS` or `BELOW`, for a figure that must be at least its target.
pub(crate) fn at_least(what: &str, measured: f64, target: f64) {
    let word = if measured >= target { "PASS" } else { "BELOW" };
    println!("{word:<5} {what}: {measured:.2} (target: at least {target:.2})");
}

/// `PASS` or `BELOW`, for megabytes that must be at most their target.
pub(crate) fn at_most(what: &str, megabytes: f64, target: f64) {
    let word = if megabytes <= target { "PASS" } else { "BELOW" };
    println!("{word:<5} {what}: {megabytes:.1} MB (target: at most {target:.0} MB)");
}

/// `PASS` or `BELOW`, for milliseconds that must be at most their target.
pub(crate) fn within(what: &str, milliseconds: f64, target: f64) {
    let word = if milliseconds <= target { "PASS" } else { "BELOW" };
    println!("{word:<5} {what}: {milliseconds:.2} ms (target: at most {target:.0} ms)");
}

/// The machine, and how busy it is: figures of a busy one are worth little.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{cores} cores ({}), load {load} at start", model.map_or("unknown", |(_, name)| name.trim()))
}
