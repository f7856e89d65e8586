//! Throw-away instances of Postfix and Dovecot: own configuration, queue, ports of the loopback, certificates; nothing of the machine's own mail
//! is touched. Both need root, to give their parts accounts of their own.

#![allow(dead_code, reason = "each test binary uses its part")]

mod config;
mod policy;
pub(crate) mod relay;

use std::{
    env, fs,
    io::{Read, Seek},
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use pecoto_smtp::{
    mailbox::{Security, Server, Source},
    submission::{Client, Config, Credentials, tls_config},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use policy::Policy;

/// The sender, whose mailbox the reports come back to.
pub(crate) const MAIRIE: &str = "recensement@mairie.invalid";
/// The recipient.
pub(crate) const BUREAU: &str = "bureau@bsn.invalid";
/// A recipient that is taken, and refused afterwards.
pub(crate) const CLOSED: &str = "ferme@bsn.invalid";
/// A recipient that cannot be delivered to for now.
pub(crate) const FULL: &str = "plein@bsn.invalid";
/// A recipient that is refused for now at the first attempt.
pub(crate) const GREY: &str = "gris@bsn.invalid";
/// The password of every account.
pub(crate) const PASSWORD: &str = "s3cret-of-the-tests";

/// The account that owns the mails: `nobody`.
const OWNER: u32 = 65_534;
/// Set by the documented test command where the servers must run.
const REQUIRED: &str = "MAIL_SERVERS_REQUIRED";
/// Another program may take a free port before the server does.
const ATTEMPTS: usize = 5;

#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) submission: u16,
    pub(crate) imap: u16,
    pub(crate) imaps: u16,
    pub(crate) pop3: u16,
    pub(crate) pop3s: u16,
    pub(crate) policy: u16,
}

/// Both servers, stopped when it is dropped.
pub(crate) struct Servers {
    pub(crate) ports: Ports,
    /// The only authority that their certificate comes from.
    pub(crate) authority: CertificateDer<'static>,
    folder: TempDir,
    _policy: Policy,
}

impl Servers {
    /// Postfix and Dovecot; `None`, and why, where they cannot run.
    pub(crate) fn start() -> Option<Self> {
        Self::begin(true)
    }

    /// Dovecot alone.
    pub(crate) fn mailboxes() -> Option<Self> {
        Self::begin(false)
    }

    fn begin(postfix: bool) -> Option<Self> {
        if let Err(why) = usable() {
            assert!(env::var_os(REQUIRED).is_none(), "{why}");
            println!("SKIPPED: the mail servers: {why}");
            return None;
        }
        let mut trouble = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(postfix) {
                Ok(servers) => return Some(servers),
                Err(why) => trouble = why,
            }
        }
        panic!("the mail servers do not start: {trouble}");
    }

    fn attempt(postfix: bool) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("mail").tempdir().unwrap();
        let (ports, policy) = free_ports();
        let authority = certificates(folder.path());
        lay_out(folder.path());
        config::write(folder.path(), &ports);
        let servers = Self { ports, authority, folder, _policy: policy };
        servers.dovecot()?;
        if postfix {
            servers.postfix("start")?;
        }
        Ok(servers)
    }

    /// Starts Dovecot; again after [`Self::stop_mailboxes`].
    pub(crate) fn dovecot(&self) -> Result<(), String> {
        done(Command::new("/usr/sbin/dovecot").arg("-c").arg(self.path("dovecot.conf")))
    }

    fn postfix(&self, word: &str) -> Result<(), String> {
        done(Command::new("/usr/sbin/postfix").arg("-c").arg(self.path("etc")).arg(word))
    }

    /// Ends Dovecot as a power cut does.
    pub(crate) fn stop_mailboxes(&self) {
        let master = fs::read_to_string(self.path("run/master.pid")).unwrap().trim().to_owned();
        let children = Command::new("pgrep").args(["-P", &master]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        for process in std::iter::once(master.as_str()).chain(children.lines()) {
            // Some end by themselves when their master does.
            let _ = done(Command::new("kill").args(["-KILL", process]));
        }
        fs::remove_file(self.path("run/master.pid")).unwrap();
    }

    /// Kills one session with a mailbox in the middle of what it does; whether there was one.
    pub(crate) fn kill_session(&self, protocol: &str) -> bool {
        let Ok(master) = fs::read_to_string(self.path("run/master.pid")) else { return false };
        done(Command::new("pkill").args(["-KILL", "-P", master.trim(), "-x", protocol])).is_ok()
    }

    /// What Dovecot's own tool says of a mailbox.
    pub(crate) fn doveadm(&self, words: &[&str]) -> String {
        let output = Command::new("doveadm").arg("-c").arg(self.path("dovecot.conf")).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A client of this server, at its own port or at another that leads there.
    pub(crate) fn client(&self, port: u16) -> Client {
        let mut config = Config::new("localhost", port);
        config.credentials = Some(Credentials::new(MAIRIE, PASSWORD.to_owned()));
        config.roots = Some(vec![self.authority.clone()]);
        Client::new(config).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The authority's certificate, as operators have it.
    pub(crate) fn authority_pem(&self) -> Vec<u8> {
        fs::read(self.path("authority.pem")).unwrap()
    }

    /// What the servers logged.
    pub(crate) fn logs(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap_or_default();
        format!("{}\n{}", read("postfix.log"), read("dovecot.log"))
    }

    pub(crate) fn tls(&self) -> Arc<ClientConfig> {
        tls_config(Some(std::slice::from_ref(&self.authority)), None).unwrap()
    }

    pub(crate) fn server(&self, port: u16, user: &str) -> Server {
        let security = if port == self.ports.imaps || port == self.ports.pop3s {
            Security::Implicit(self.tls())
        } else {
            Security::StartTls(self.tls())
        };
        Server::new("localhost", port, security, user, PASSWORD.into()).unwrap()
    }

    pub(crate) fn imap(&self, user: &str) -> Source {
        Source::Imap { server: self.server(self.ports.imaps, user), folder: "INBOX".to_owned() }
    }

    pub(crate) fn pop3(&self, user: &str) -> Source {
        Source::Pop3(self.server(self.ports.pop3s, user))
    }

    /// The maildir of an account, as the server keeps it.
    pub(crate) fn maildir(&self, user: &str) -> PathBuf {
        let (name, domain) = user.split_once('@').unwrap();
        self.path("mail").join(domain).join(name)
    }

    /// Puts a mail into a mailbox as a delivery does.
    pub(crate) fn deliver(&self, user: &str, name: &str, bytes: &[u8]) {
        let maildir = self.maildir(user);
        let mut made = Vec::new();
        for folder in ["tmp", "new", "cur"] {
            fs::create_dir_all(maildir.join(folder)).unwrap();
            made.push(maildir.join(folder));
        }
        let path = maildir.join("tmp").join(name);
        fs::write(&path, bytes).unwrap();
        let parents = [maildir.parent().unwrap().to_owned(), maildir.clone(), path.clone()];
        for path in made.iter().chain(&parents) {
            chown(path, Some(OWNER), Some(OWNER)).unwrap();
        }
        fs::rename(path, maildir.join("new").join(name)).unwrap();
    }

    /// What kills the processes of Postfix that talk to clients, at once and without a word.
    pub(crate) fn killer(&self) -> impl Fn() + Send + 'static {
        let master = fs::read_to_string(self.path("queue/pid/master.pid")).unwrap().trim().to_owned();
        move || {
            let output = Command::new("pgrep").args(["-P", &master, "-x", "smtpd"]).output().unwrap();
            let processes = String::from_utf8(output.stdout).unwrap();
            assert!(!processes.is_empty(), "nobody to kill");
            for process in processes.lines() {
                done(Command::new("kill").args(["-KILL", process])).unwrap();
            }
        }
    }

    /// A test mail program of others, told where the server is; its output.
    pub(crate) fn swaks(&self, words: &[&str]) -> Output {
        let port = self.ports.submission.to_string();
        let mut command = Command::new("swaks");
        command.args(["--server", "localhost", "--port", &port, "--tls", "--helo", "localhost"]);
        command.args(["--tls-ca-path"]).arg(self.path("authority.pem")).args(["--tls-verify"]);
        command.args(["--auth", "PLAIN", "--auth-password", PASSWORD, "--auth-hide-password"]);
        command.args(words).output().unwrap()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
        for name in ["queue/pid/master.pid", "run/master.pid"] {
            if let Ok(process) = fs::read_to_string(self.path(name)) {
                let _ = done(Command::new("kill").arg(process.trim()));
            }
        }
    }
}

/// Whether the servers can run here.
fn usable() -> Result<(), String> {
    let missing: Vec<&str> =
        ["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3", "/usr/bin/swaks"]
            .into_iter()
            .filter(|program| !Path::new(program).exists())
            .collect();
    if !missing.is_empty() {
        return Err(format!("not installed: {}", missing.join(", ")));
    }
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    if id.stdout.trim_ascii() == b"0" { Ok(()) } else { Err("they need root".to_owned()) }
}

/// A server that goes on in the background keeps its outputs open: they are a file's, since nobody could wait for the end of a pipe.
fn done(command: &mut Command) -> Result<(), String> {
    let mut words = tempfile::tempfile().unwrap();
    let outputs = [words.try_clone().unwrap(), words.try_clone().unwrap()];
    let [out, err] = outputs.map(Stdio::from);
    let status = command.stdin(Stdio::null()).stdout(out).stderr(err).status();
    let status = status.map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let mut text = String::new();
    words.rewind().and_then(|()| words.read_to_string(&mut text)).unwrap();
    Err(format!("{command:?}: {status} {text}"))
}

fn free_ports() -> (Ports, Policy) {
    let listeners: Vec<TcpListener> = (0..5).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    let [submission, imap, imaps, pop3, pop3s] = ports[..] else { unreachable!() };
    let policy = Policy::start(GREY);
    (Ports { submission, imap, imaps, pop3, pop3s, policy: policy.port }, policy)
}

fn lay_out(root: &Path) {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["etc", "queue", "data", "mail", "run", "state"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    let postfix = fs::read_to_string("/etc/passwd").unwrap();
    let postfix = postfix.lines().find_map(|line| line.strip_prefix("postfix:x:")?.split(':').next()?.parse().ok());
    chown(root.join("data"), Some(postfix.expect("the account of Postfix")), None).unwrap();
    chown(root.join("mail"), Some(OWNER), Some(OWNER)).unwrap();
}

/// `authority.pem`, and what it signed: `cert.pem`, `key.pem`.
fn certificates(root: &Path) -> CertificateDer<'static> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "throw-away authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    fs::write(root.join("authority.pem"), authority.pem()).unwrap();
    fs::write(root.join("cert.pem"), leaf.pem()).unwrap();
    fs::write(root.join("key.pem"), key.serialize_pem()).unwrap();
    authority.der().clone()
}
