//! What a process used, as `/proc` tells it.

use std::fs;
use std::time::Duration;

use crate::ground::Outcome;

/// Processor time is counted in hundredths of a second on every Linux that we know.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process (`self`, or its number) since it began, all threads.
pub(crate) fn cpu(process: &str) -> Outcome<Duration> {
    Ok(ticks(process, 11)? + ticks(process, 12)?)
}

/// Processor time of the children that this process waited for.
pub(crate) fn cpu_of_children() -> Outcome<Duration> {
    Ok(ticks("self", 13)? + ticks("self", 14)?)
}

/// One field of `/proc/PROCESS/stat`, counted from the one after the name.
fn ticks(process: &str, field: usize) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(") ").ok_or("/proc/…/stat names no command")?;
    let ticks: u32 = rest.split(' ').nth(field).ok_or("/proc/…/stat is too short")?.parse()?;
    Ok(TICK * ticks)
}

/// Most bytes that a process ever held in memory (`VmHWM`).
pub(crate) fn peak(process: &str) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("/proc/…/status has no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Counts the peak of this process from now on.
pub(crate) fn forget_peak() -> Outcome<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// Processor time of this process since it began, all threads, to the nanosecond.
pub(crate) fn cpu_now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
