//! The most memory that the real program holds, as the kernel counts it (`VmHWM`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use scheduler_core::consignment::Status;
use scheduler_core::journal::Reader;
use scheduler_core::live;
use tokio::runtime::Runtime;

use crate::Plan;
use crate::ground::{Dice, Ground, Outcome};
use crate::programs;
use crate::report::{at_most, median};
use crate::simulator::Simulator;
use crate::usage;

const IDLE_TARGET: f64 = 30.0;
const LARGE_TARGET: f64 = 64.0;
const QUEUED_TARGET: f64 = 128.0;

const LARGE: usize = 1_000_000_000;
const QUEUED: usize = 100_000;
const QUEUED_SIZE: usize = 2_000;

/// How long an idle service is looked at, once it is ready.
const IDLE: Duration = Duration::from_secs(5);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A service that does nothing for that long is stuck.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let (large, queued) = (plan.of(LARGE), plan.of(QUEUED));
    println!(
        "memory: VmHWM of the taskctl program, one profile and one scenario over HTTPS; the greatest of the runs is judged"
    );
    let (program, simulator) = (programs::build("taskctl")?, programs::build("partner-sim")?);
    let bench = Bench { ground: Ground::new()?, program, simulator };
    let mut dice = Dice::new();
    let mut peaks = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..plan.runs {
        peaks[0].push(bench.idle()?);
        peaks[1].push(bench.large(large, &mut dice)?);
        let (accepted, restarted) = bench.queued(queued, &mut dice)?;
        peaks[2].push(accepted);
        peaks[3].push(restarted);
    }
    let told = [
        (format!("memory, idle for {} s", IDLE.as_secs()), IDLE_TARGET),
        (format!("memory, while one file of {} MB is accepted and sent", large / 1_000_000), LARGE_TARGET),
        (format!("memory, while {queued} files are accepted and queued, sending paused"), QUEUED_TARGET),
        (format!("memory, started again with {queued} files queued"), QUEUED_TARGET),
    ];
    for ((what, target), peaks) in told.iter().zip(peaks) {
        let megabytes = || peaks.iter().map(|peak| *peak as f64 / 1e6);
        println!("  {what}: median {:.1} MB", median(megabytes()));
        at_most(what, megabytes().fold(0.0, f64::max), *target);
    }
    Ok(())
}

/// Where the programs are.
struct Bench {
    ground: Ground,
    program: PathBuf,
    simulator: PathBuf,
}

impl Bench {
    fn idle(&self) -> Outcome<u64> {
        let place = Place::new(self, "idle")?;
        let mut service = place.service()?;
        service.wait_until("the service runs", || Ok(live::read(&place.data()).is_some()))?;
        let since = Instant::now();
        service.wait_until("time passes", || Ok(since.elapsed() > IDLE))?;
        Ok(service.peak)
    }

    fn large(&self, size: usize, dice: &mut Dice) -> Outcome<u64> {
        let place = Place::new(self, "large")?;
        let part = place.folder.join("part");
        dice.file(&part, size)?;
        self.ground.settle()?;
        fs::rename(&part, place.inbox().join("large.xml"))?;
        let mut service = place.service()?;
        service.wait_until("the file is deposited", || place.are(Status::Deposited, 1))?;
        match place.simulator.received()? {
            1 => Ok(service.peak),
            received => Err(format!("the simulator received {received} files").into()),
        }
    }

    /// The peak of the service that accepts, and of the next one.
    fn queued(&self, files: usize, dice: &mut Dice) -> Outcome<(u64, u64)> {
        let place = Place::new(self, "queued")?;
        place.taskctl(&["pause"])?;
        dice.files(&place.inbox(), "mandat_", files, QUEUED_SIZE)?;
        let mut service = place.service()?;
        service.wait_until("all files are queued", || place.are(Status::Queued, files as u64))?;
        let accepted = service.peak;
        drop(service);
        fs::remove_file(live::file(&place.data()))?;
        let mut service = place.service()?;
        service.wait_until("the service runs again", || Ok(live::read(&place.data()).is_some()))?;
        let since = Instant::now();
        service.wait_until("time passes", || Ok(since.elapsed() > IDLE))?;
        Ok((accepted, service.peak))
    }
}

/// A configuration, its folders, and the simulator that it names.
struct Place {
    folder: PathBuf,
    program: PathBuf,
    simulator: Simulator,
}

impl Place {
    fn new(bench: &Bench, name: &str) -> Outcome<Self> {
        let folder = bench.ground.fresh(name)?;
        let simulator = Simulator::start(&bench.simulator, &folder.join("simulator"), 1)?;
        for below in ["secrets", "inbox"] {
            fs::create_dir(folder.join(below))?;
        }
        private(&folder.join("secrets"), 0o700)?;
        let secret = folder.join("secrets/password");
        fs::write(&secret, Simulator::PASSWORD)?;
        private(&secret, 0o600)?;
        let text =
            CONFIGURATION.replace("@url@", &simulator.url).replace("@ca@", &simulator.ca().display().to_string());
        fs::write(folder.join("taskctl.toml"), text)?;
        Ok(Self { folder, program: bench.program.clone(), simulator })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn inbox(&self) -> PathBuf {
        self.folder.join("inbox")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(self.folder.join("taskctl.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn taskctl(&self, arguments: &[&str]) -> Outcome<()> {
        match self.command(arguments).status()? {
            status if status.success() => Ok(()),
            status => Err(format!("taskctl {arguments:?}: {status}").into()),
        }
    }

    fn service(&self) -> Outcome<Service> {
        Ok(Service { child: self.command(&["run"]).spawn()?, peak: 0 })
    }

    /// Whether that many consignments are in a state, as the journal says.
    fn are(&self, status: Status, wanted: u64) -> Outcome<bool> {
        if !Reader::file(&self.data()).exists() {
            return Ok(false);
        }
        let counts = Runtime::new()?.block_on(async { Reader::open(&self.data()).await?.counts().await });
        // The journal may be at its first moment, without tables.
        Ok(counts.is_ok_and(|counts| counts.get(&status).copied() == Some(wanted)))
    }
}

/// A running `taskctl run`, and the most that it held when last looked at.
struct Service {
    child: Child,
    peak: u64,
}

impl Service {
    fn wait_until(&mut self, what: &str, mut done: impl FnMut() -> Outcome<bool>) -> Outcome<()> {
        let start = Instant::now();
        let (mut asked, mut pause) = (Instant::now(), LOOK);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("taskctl run ended ({status}) before {what}").into());
            }
            self.peak = usage::peak(&self.child.id().to_string())?;
            if asked.elapsed() >= pause {
                if done()? {
                    return Ok(());
                }
                (asked, pause) = (Instant::now(), (pause * 2).min(Duration::from_millis(500)));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{what}: not after {} s", PATIENCE.as_secs()).into());
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> Outcome<()> {
    Ok(fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?)
}

#[cfg(not(unix))]
fn private(_: &Path, _: u32) -> Outcome<()> {
    Ok(())
}

const CONFIGURATION: &str = r#"
[station]
name = "Mesure"
data_dir = "data"
trace_dir = "traces"
returns_dir = "recus"
rescan = "2s"
quiet = "1s"

[profiles.VILLE.xfb]
base_url = "@url@"
user = "u0"
password = { file = "secrets/password" }
ca = '@ca@'
delay_up = "1s"
delay_down = "1s"

[profiles.VILLE.retrieve]
after_send = true

[scenarios.MANDATS]
channel = "xfb"
profile = "VILLE"
watch = 'inbox/*.xml'
destination = "C175"
application = "GRCT450"
"#;
