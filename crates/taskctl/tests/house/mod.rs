//! A station in a temporary folder, driven through the real program, with the simulated gateway in this process.
//! What was really received is read from the simulator's ledger file, what the station believes from its journal.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use partner_sim::{Echo, FaultPlan, Gateway, LedgerLine, Portal, Running, read_ledger};
use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::journal::Reader;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_taskctl");
pub const PASSWORD: &str = "mot-de-passe-de-test";

/// How the gateway and the station of a test are set up.
pub struct Plan {
    pub https: bool,
    pub mails: bool,
    pub faults: FaultPlan,
    /// Lines added to the profile.
    pub profile: String,
    /// Lines added to the station.
    pub station: String,
    /// Where the station's data live, when not in the house.
    pub data_dir: Option<PathBuf>,
    /// The gateway's password.
    pub password: &'static str,
    /// The portal's, if there is a portal.
    pub portal: Option<(Portal, &'static str)>,
    /// What else the gateway is told.
    pub echo: Echo,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            https: false,
            mails: true,
            faults: FaultPlan::new(),
            profile: String::new(),
            station: String::new(),
            data_dir: None,
            password: PASSWORD,
            portal: None,
            echo: Echo::default(),
        }
    }
}

pub struct House {
    pub folder: tempfile::TempDir,
    pub runtime: tokio::runtime::Runtime,
    pub gateway: Running,
    pub data_dir: PathBuf,
}

impl House {
    pub fn new(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut builder = Gateway::builder(folder.path().join("treasury"))
            .account("ville", plan.password)
            .faults(plan.faults)
            .echo(plan.echo);
        if let Some((portal, password)) = plan.portal {
            builder = builder.portal(portal).portal_account("ville", password);
        }
        if plan.mails {
            builder = builder.mails(folder.path().join("mails"));
        }
        if !plan.https {
            builder = builder.plain_http();
        }
        let gateway = runtime.block_on(builder.start()).unwrap();
        let data_dir = plan.data_dir.unwrap_or_else(|| folder.path().join("data"));
        let house = Self { folder, runtime, gateway, data_dir };
        house.secret("VILLE.xfb", plan.password);
        let mut profile = plan.profile;
        if let (Some((_, password)), Some(url)) = (plan.portal, house.gateway.portal_url()) {
            house.secret("VILLE.xfb.portal_password", password);
            profile.push_str(&format!("portal_url = \"{url}\"\n"));
        }
        house.write(&profile, &plan.station);
        house
    }

    fn write(&self, profile: &str, station: &str) {
        let root = self.folder.path();
        for folder in ["inbox", "backup", "envoyes"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let ca = self.gateway.ca_pem().map_or(String::new(), |pem| {
            fs::write(root.join("ca.pem"), pem).unwrap();
            "ca = \"ca.pem\"\n".to_owned()
        });
        let notices = if profile.contains("notices_server") { "" } else { "notices = \"mails\"\n" };
        let text = format!(
            "[station]\nname = \"test\"\ndata_dir = '{}'\nreturns_dir = \"recus\"\ntrace_dir = \"traces\"\nrescan = \"100ms\"\nquiet = \"30ms\"\nretry_first = \"50ms\"\nretry_max = \"200ms\"\n{station}\n\
             [profiles.VILLE.xfb]\nbase_url = \"{}\"\nuser = \"ville\"\n{notices}delay_up = \"0s\"\ndelay_down = \"0s\"\n{ca}{profile}\n\
             [profiles.VILLE.retrieve]\nafter_send = true\n\n\
             [scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'inbox/*.txt'\ndestination = \"C175\"\napplication = \"GRCT450\"\nbackup = \"backup\"\nsent_copy = \"envoyes\"\n",
            self.data_dir.display(),
            self.gateway.base_url(),
        );
        fs::create_dir_all(root.join("mails")).unwrap();
        fs::write(root.join("taskctl.toml"), text).unwrap();
    }

    /// Gives the station a secret, as an operator does: in a file that only its owner may read.
    pub fn secret(&self, name: &str, value: &str) {
        let path = self.folder.path().join("secrets").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, value).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    pub fn inbox(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    /// Drops a file whose content names it.
    pub fn drop_file(&self, name: &str) {
        self.drop_bytes(name, format!("content of {name}\n").repeat(40).as_bytes());
    }

    pub fn drop_bytes(&self, name: &str, bytes: &[u8]) {
        let hidden = self.inbox().join(format!(".{name}.part"));
        fs::write(&hidden, bytes).unwrap();
        fs::rename(hidden, self.inbox().join(name)).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.prepare(&mut command, arguments);
        command
    }

    pub fn prepare(&self, command: &mut Command, arguments: &[&str]) {
        command.arg("--config").arg(self.folder.path().join("taskctl.toml")).args(arguments);
        command.stdin(Stdio::null()).env_remove("TASKCTL_CRASH_AT").env("NO_COLOR", "1");
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn spawn(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).envs(environment.iter().copied());
        command.spawn().unwrap()
    }

    pub fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.gateway.ledger_path()).unwrap()
    }

    /// How often the partner really received each file.
    pub fn received(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in self.ledger().into_iter().filter(|line| line.kind == "received") {
            *counts.entry(line.name.unwrap_or_default()).or_default() += 1;
        }
        counts
    }

    pub fn journal<T>(&self, read: impl AsyncFnOnce(Reader) -> T) -> Option<T> {
        self.runtime.block_on(async {
            let reader = Reader::open(&self.data_dir).await.ok()?;
            // A kill may fall before the first start has made the journal's tables.
            reader.head().await.ok()?;
            Some(read(reader).await)
        })
    }

    pub fn consignments(&self) -> Vec<Consignment> {
        self.journal(async |reader| reader.last_consignments(u32::MAX).await.unwrap()).unwrap_or_default()
    }

    pub fn with_status(&self, status: Status) -> Vec<Consignment> {
        self.consignments().into_iter().filter(|row| row.state.status() == status).collect()
    }

    /// Runs passes until nothing is pending.
    pub fn settle(&self) {
        for _ in 0..40 {
            self.run(&["run", "--once"]);
            let pending = self.consignments().iter().any(|row| row.state.status().is_pending());
            if !pending && names(&self.inbox()).is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the station does not settle: {:?}", self.consignments());
    }
}

/// Names of files in a folder, hidden ones left out.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The real program under `strace -f`, its arguments still to come; or why that is not possible here.
pub fn traced(options: &[&str]) -> Result<Command, String> {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    match tried {
        Err(error) => return Err(format!("strace cannot be run: {error}")),
        Ok(output) if !output.status.success() => {
            return Err(format!("strace may not trace: {}", words(&output).trim()));
        }
        Ok(_) => {}
    }
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(options).arg(PROGRAM);
    Ok(command)
}

/// The program's words, both streams.
pub fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
