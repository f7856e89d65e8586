//! P13: no secret leaves the process, whatever the partner echoes and whatever goes wrong. Every file that the station writes, everything
//! it logs at the finest level and every value it can print are searched for canaries.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "secrets/mail.rs"]
mod mail;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conformance::peer::gateway::{PROXY_PASSWORD, PROXY_USER, password};
use conformance::rig::gather;
use conformance::{AireppnetPeer, GatewayPeer, Peer as _, Rig, Spec, check};
use partner_sim::gateway::GatewayBuilder;
use partner_sim::{Echo, FaultPlan, On, Portal};
use scheduler_core::partner::Value;
use scheduler_core::request::Command;
use scheduler_core::setup::Connection;
use tracing_subscriber::fmt::MakeWriter;

/// The account; its name is secret too, since it stands in every address.
const USER: &str = "CANARIUSER&é";
const PORTAL_USER: &str = "CANARIPORTALUSER";
const PORTAL_PASSWORD: &str = "CANARIPORTALWORD <&é";

/// Nothing but the canaries holds this, in whatever spelling; only base64 hides it.
const MARK: &str = "CANARI";

/// Everything logged by this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Plain, and as the headers of `Basic` authentication spell it.
fn needles() -> Vec<String> {
    let pairs =
        [(USER, password(USER)), (PORTAL_USER, PORTAL_PASSWORD.to_owned()), (PROXY_USER, PROXY_PASSWORD.to_owned())];
    let basic = pairs.iter().map(|(user, password)| base64(format!("{user}:{password}").as_bytes()));
    [MARK.to_owned(), MARK.to_lowercase()].into_iter().chain(basic).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks_exact(3) {
        let word = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for shift in [18, 12, 6, 0] {
            out.push(char::from(DIGITS[(word >> shift & 63) as usize]));
        }
    }
    out
}

fn assert_clean(what: &str, bytes: &[u8], needles: &[String]) {
    for needle in needles {
        let found = bytes.windows(needle.len()).position(|window| window == needle.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
            panic!("{what} holds {needle:?}: …{}…", String::from_utf8_lossy(around));
        }
    }
}

/// Faults whose pages echo the credentials, or whose errors could hold an address.
fn menu() -> FaultPlan {
    let elsewhere = "https://127.0.0.1:9/depot-xt";
    let refused = "File rejected";
    FaultPlan::new()
        .upload()
        .named("refused")
        .once()
        .refuse_for_good(refused)
        .upload()
        .named("later")
        .once()
        .refuse_for_now(None)
        .upload()
        .named("unknown")
        .once()
        .unknown_html()
        .upload()
        .named("failed")
        .once()
        .status_500()
        .upload()
        .named("elsewhere")
        .once()
        .redirect_elsewhere(elsewhere)
        .upload()
        .named("expired")
        .once()
        .session_expired()
        .upload()
        .named("cut")
        .once()
        .cut_response_at(30, false)
        .upload()
        .named("half")
        .once()
        .cut_body_at(250, true)
        .on(On::Entry)
        .nth(2)
        .unknown_html()
        .on(On::Entry)
        .nth(3)
        .status_500()
        .on(On::Entry)
        .nth(4)
        .cut_response_at(200, false)
        .on(On::Form)
        .nth(2)
        .unknown_html()
        .on(On::Portal)
        .nth(2)
        .unknown_html()
        .on(On::Logout)
        .nth(1)
        .status_500()
        .on(On::Logout)
        .nth(2)
        .unknown_html()
        .listing()
        .nth(1)
        .unknown_html()
        .listing()
        .nth(2)
        .status_500()
        .download()
        .named("R1")
        .once()
        .refuse_for_good(refused)
        .download()
        .named("R2")
        .once()
        .taken()
        .status_500()
        .download()
        .named("R3")
        .once()
        .cut_body_at(1, false)
}

async fn play(echo: Echo, set: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Vec<u8> {
    let mails = tempfile::tempdir().unwrap();
    let folder = mails.path().to_owned();
    let peer = GatewayPeer::start(&[USER], |gateway| {
        set(gateway.echo(echo).portal_account(PORTAL_USER, PORTAL_PASSWORD).mails(folder).faults(menu()))
    });
    let peer = Arc::new(Named(peer.await.behind_proxy().await));
    let spec = Spec {
        after_send: true,
        // Long enough for the live picture to be published several times.
        delay_up: Duration::from_millis(60),
        ..Spec::of(&["VILLE"])
    };
    let spec = spec.with("notices", Value::Path(mails.path().to_owned()));
    let mut rig = Rig::open(peer.clone(), spec).await;
    for name in ["refused", "later", "unknown", "failed", "elsewhere", "expired", "cut", "half", "good"] {
        rig.put("VILLE", name, name.as_bytes());
    }
    for name in ["R1", "R2", "R3", "R4"] {
        peer.offer(USER, name, b"four");
    }
    let live = follow(rig.root().join("data/live.json"), rig.settle()).await;
    rig.retrieve().await;
    check::contract(&rig).await;
    assert!(peer.0.gateway().faults_fired() >= 15, "{}", peer.0.gateway().faults_fired());

    let mut shown = format!("{:?} {:?}", rig.events().await, rig.station().live());
    shown += &format!("{:?} {:?}", rig.consignments().await, rig.returns().await);
    // A refused password, at each stage, last: the profile is suspended after it.
    for field in ["password", "portal_password", "proxy_password"] {
        let wrong = Value::Secret(format!("{MARK}WRONG").into());
        rig.reopen(|spec| {
            spec.fields.truncate(1);
            spec.fields.push((field, wrong));
            field.clone_into(&mut spec.secret_version);
        })
        .await;
        let name = format!("after {field}");
        rig.put("VILLE", &name, name.as_bytes());
        rig.settle().await;
        assert_ne!(rig.suspended("VILLE").await, "", "{field}");
        shown += &format!("{:?}", rig.events().await);
    }
    // What cannot be built is told without what was given.
    let mut profile = rig.setup().lanes.into_values().next().unwrap().profile;
    profile.fields.insert("base_url", Value::Text(format!("https://{MARK}:{MARK}@gateway.invalid/?user={MARK}")));
    let refused = Connection::build(profile, peer.channel()).unwrap_err();
    shown += &format!("{refused:?}");

    let needles = needles();
    assert!(shown.contains("***"), "the partner's words are kept, without what it echoed");
    assert_clean("a printed value", shown.as_bytes(), &needles);
    // Users stand in the configuration in clear; passwords nowhere.
    let points: Vec<_> = rig.setup().lanes.values().map(|connection| connection.partner.points()).collect();
    assert!(!points.is_empty());
    let configured = format!("{:?} {:?} {points:?}", rig.station(), rig.setup());
    let passwords: Vec<String> = needles
        .iter()
        .skip(2)
        .cloned()
        .chain(["CANARIWORD", "CANARIPORTALWORD", "CANARIPROXYWORD", "CANARIWRONG"].map(ToOwned::to_owned))
        .collect();
    assert_clean("the configuration", configured.as_bytes(), &passwords);
    let mut files = Vec::new();
    gather(rig.root(), &mut files);
    assert!(
        files.iter().any(|file| file.ends_with("journal.sqlite"))
            && files.iter().any(|file| file.ends_with("last.log"))
    );
    for file in files {
        assert_clean(&file.display().to_string(), &std::fs::read(&file).unwrap(), &needles);
        assert_clean("a file's name", file.to_string_lossy().as_bytes(), &needles);
    }
    live
}

/// INSEE's servers, whose pages tell the password too.
fn insee_menu() -> FaultPlan {
    let on = |plan: FaultPlan, name: &str| plan.upload().named(name).once();
    let plan = on(FaultPlan::new(), "refused").refuse_for_good("Registre inconnu");
    let plan = on(plan, "later").refuse_for_now(None);
    let plan = on(plan, "unknown").unknown_html();
    let plan = on(plan, "failed").status_500();
    let plan = on(plan, "elsewhere").redirect_elsewhere("https://127.0.0.1:9/");
    let plan = on(plan, "ended").session_expired();
    let plan = on(plan, "cut").cut_response_at(30, false);
    plan.on(On::Form).nth(3).unknown_html().on(On::Entry).nth(2).status_500().on(On::Logout).nth(1).status_500()
}

async fn play_insee(echo: Echo, https: bool) {
    let peer = AireppnetPeer::start(&["VILLE"], |servers| {
        let servers = servers.echo(echo).faults(insee_menu());
        if https { servers } else { servers.plain_http() }
    });
    let peer = Arc::new(peer.await.behind_proxy().await);
    let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for name in ["refused", "later", "unknown", "failed", "elsewhere", "ended", "cut", "good"] {
        rig.put("VILLE", name, name.as_bytes());
    }
    rig.settle().await;
    rig.ask(Command::Resume { scope: "all".to_owned(), why: None }).await;
    rig.settle().await;
    check::contract(&rig).await;
    assert!(peer.servers().faults_fired() >= 9, "{}", peer.servers().faults_fired());
    let mut shown = format!("{:?} {:?} {:?}", rig.events().await, rig.station().live(), rig.consignments().await);
    for field in ["password", "proxy_password"] {
        let wrong = Value::Secret(format!("{MARK}WRONG").into());
        rig.reopen(|spec| {
            spec.fields = vec![(field, wrong)];
            field.clone_into(&mut spec.secret_version);
        })
        .await;
        let name = format!("after {field}");
        rig.put("VILLE", &name, name.as_bytes());
        rig.settle().await;
        assert_ne!(rig.suspended("VILLE").await, "", "{field}");
        shown += &format!("{:?}", rig.events().await);
    }
    assert!(shown.contains("***"), "the pages are kept, without the password that they tell");
    let needles = needles();
    assert_clean("a printed value", shown.as_bytes(), &needles);
    let points: Vec<_> = rig.setup().lanes.values().map(|connection| connection.partner.points()).collect();
    assert!(!points.is_empty());
    let configured = format!("{:?} {:?} {points:?}", rig.station(), rig.setup());
    for password in ["CANARIWORD", "CANARIPROXYWORD", "CANARIWRONG"] {
        assert_clean("the configuration", configured.as_bytes(), &[password.to_owned()]);
    }
    let mut files = Vec::new();
    gather(rig.root(), &mut files);
    for file in files {
        assert_clean(&file.display().to_string(), &std::fs::read(&file).unwrap(), &needles);
    }
}

/// Reads a file again and again while something runs.
async fn follow(file: PathBuf, run: impl Future<Output = ()>) -> Vec<u8> {
    let mut seen = Vec::new();
    let watch = async {
        loop {
            if let Ok(bytes) = std::fs::read(&file) {
                seen.extend(bytes);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = run => {}
        () = watch => {}
    }
    seen
}

/// The gateway, whose account is not named like the profile.
struct Named(GatewayPeer);

impl conformance::Peer for Named {
    fn channel(&self) -> &'static dyn scheduler_core::partner::Channel {
        self.0.channel()
    }

    fn profile(&self, _: &str) -> scheduler_core::partner::Section {
        let mut section = self.0.profile(USER);
        if section.text("portal_url").is_some() {
            section.insert("portal_user", Value::Text(PORTAL_USER.to_owned()));
            section.insert("portal_password", Value::Secret(PORTAL_PASSWORD.to_owned().into()));
        }
        section
    }

    fn trouble(&self, troubles: &[(&str, conformance::Trouble)]) {
        self.0.trouble(troubles);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.0.offer(account, name, bytes);
    }

    fn received(&self) -> Vec<conformance::Reception> {
        self.0.received()
    }

    fn sessions(&self) -> (usize, usize) {
        self.0.sessions()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_the_process() {
    let log = Log::default();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).init();
    let mut live = Vec::new();
    for echo in [Echo::Percent, Echo::PercentLower, Echo::Form, Echo::Clear, Echo::Html] {
        live.extend(play(echo, |gateway| gateway.portal(Portal::Form)).await);
    }
    live.extend(play(Echo::Clear, |gateway| gateway.plain_http().portal(Portal::Basic)).await);
    for echo in [Echo::Percent, Echo::PercentLower, Echo::Form, Echo::Clear, Echo::Html] {
        play_insee(echo, echo == Echo::Clear).await;
    }
    live.extend(mail::play().await);
    let logged = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for level in ["TRACE", "DEBUG"] {
        assert!(String::from_utf8_lossy(&logged).contains(level), "nothing was logged at {level}");
    }
    assert!(String::from_utf8_lossy(&live).contains("VILLE"), "live.json was seen");
    let needles = needles();
    assert_clean("live.json", &live, &needles);
    assert_clean("the log", &logged, &needles);
}
