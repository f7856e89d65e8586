//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use partner_sim::{Certificate, Delivery, Portal};

/// Simulators of partners, for tests and rehearsal. They listen on 127.0.0.1 only.
#[derive(Parser)]
#[command(name = "partner-sim", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The Treasury's portal and file gateway over HTTPS.
    Gateway(GatewayArgs),
    /// INSEE's three deposit servers over HTTPS.
    Aireppnet(AireppnetArgs),
    /// A mail submission server whose reports come back into maildirs.
    Mail(MailArgs),
    /// An HTTP proxy with credentials, towards loopback only.
    Proxy(ProxyArgs),
}

const GATEWAY_HELP: &str = "\
The program prints `READY <base url>` once it listens, and stops on Ctrl-C or SIGTERM.

In the state directory (kept over restarts):
  ledger.jsonl      one JSON object a line: what was really received, lost, refused, served; log-ins and log-outs
  received/         bytes of received files, with --keep-bytes
  outgoing/<user>/  a file renamed into it becomes a return on offer, once readable (state B, then E)
  ca.pem            the authority to trust

Faults file (TOML, or JSON if it ends in .json), looked at before every request:
  [[fault]]
  on = \"upload\"         # any portal login entry form upload listing download logout mail
  do = \"cut-response\"   # see below
  at = 120
  name = \"MANDAT\"       # which ones, all optional: name, account, nth, every, times
  nth = 3
  taken = true          # obey the request all the same; false: do not

  refuse-for-good [words]   refuse-for-now [retry-after]  wrong-password  session-expired
  cut-request at            stall-request at              stall           slow-loris [wait-ms]
  cut-response at [close-notify]   cut-body at [close-notify]   cut-last-record
  status-500  unknown-html  redirect-elsewhere url  late-yes [wait-ms]
  oversize-listing bytes    endless-listing  endless-headers  hostile-names
  on = \"mail\": partner-not-authorised [words]  unknown-file [words]  no-mail  late-mail [wait-ms]  repeated-mail copies

Example:
  partner-sim gateway --state /tmp/sim --account ville:secret --portal form --batch-delay 5s --mails /tmp/sim/mails
  curl --cacert /tmp/sim/ca.pem 'https://127.0.0.1:PORT/depot-xt?user=ville&password=secret'";

#[derive(Args)]
#[command(after_help = GATEWAY_HELP)]
pub(crate) struct GatewayArgs {
    /// Folder of the ledger and of everything else that lasts; created if need be.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Port of 127.0.0.1 to listen on; 0 = a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// A user of the gateway, and of the portal unless --portal-account is given. May be repeated.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login)]
    pub(crate) account: Vec<Login>,
    /// Put a portal in front of the gateway.
    #[arg(long, value_enum)]
    pub(crate) portal: Option<PortalArg>,
    /// A user of the portal alone. May be repeated.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login)]
    pub(crate) portal_account: Vec<Login>,
    /// Plain HTTP instead of HTTPS.
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) http: bool,
    /// What is wrong with the certificate.
    #[arg(long, value_enum, default_value_t = CertificateArg::Good)]
    pub(crate) certificate: CertificateArg,
    /// Lose, silently, a file whose upload begins less than this after the end of the one before (30s, 500ms); 0s = never.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(crate) batch_delay: Duration,
    /// Keep the bytes of received files.
    #[arg(long)]
    pub(crate) keep_bytes: bool,
    /// Maildir for the server's mails.
    #[arg(long, value_name = "DIR")]
    pub(crate) mails: Option<PathBuf>,
    /// One maildir for each user, under the folder of --mails.
    #[arg(long, requires = "mails")]
    pub(crate) mails_by_account: bool,
    /// Mails come this much later.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(crate) mail_delay: Duration,
    /// Each mail is delivered that many times.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) mail_copies: u32,
    /// How the end of a download is told.
    #[arg(long, value_enum, default_value_t = DeliveryArg::Close)]
    pub(crate) delivery: DeliveryArg,
    /// Put the upload form on the entry page.
    #[arg(long)]
    pub(crate) form_on_entry: bool,
    /// Faults to play.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

const AIREPPNET_HELP: &str = "\
The program prints `READY <état civil> <élections FR> <élections UE>`, three base URLs, once it listens, and stops on Ctrl-C or SIGTERM.

In the state directory (kept over restarts):
  ledger.jsonl      one JSON object a line: what was really received, lost, refused; log-ins and log-outs; `stage` names the server
  received/         bytes of received files, with --keep-bytes
  ca.pem            the authority to trust
  client.pem, client.key   with --client-certificates: what to show

Faults are written as for `partner-sim gateway`; on = portal (the log-in page), login, entry (the page after it), form, upload, logout.

Example:
  partner-sim aireppnet --state /tmp/insee --account 96010:secret";

#[derive(Args)]
#[command(after_help = AIREPPNET_HELP)]
pub(crate) struct AireppnetArgs {
    /// Folder of the ledger and of everything else that lasts; created if need be.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Ports of 127.0.0.1 to listen on, for état civil, élections FR and élections UE; 0 = a free one.
    #[arg(long, value_name = "PORT", num_args = 3, default_values_t = [0, 0, 0])]
    pub(crate) ports: Vec<u16>,
    /// A commune code and its password. May be repeated.
    #[arg(long, value_name = "COMMUNE:PASSWORD", value_parser = login)]
    pub(crate) account: Vec<Login>,
    /// Plain HTTP instead of HTTPS.
    #[arg(long, conflicts_with_all = ["certificate", "client_certificates"])]
    pub(crate) http: bool,
    /// What is wrong with the certificate.
    #[arg(long, value_enum, default_value_t = CertificateArg::Good)]
    pub(crate) certificate: CertificateArg,
    /// Serve only those who show client.pem.
    #[arg(long)]
    pub(crate) client_certificates: bool,
    /// Lose, silently, a file whose deposit begins less than this after the end of the one before on its server; 0s = never.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) pacing: Duration,
    /// Sessions end after that long without a request.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) idle: Duration,
    /// Keep the bytes of received files.
    #[arg(long)]
    pub(crate) keep_bytes: bool,
    /// Faults to play.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

/// Prints `READY smtp://127.0.0.1:PORT` once it listens; stops on Ctrl-C or SIGTERM. The state directory holds ledger.jsonl, ca.pem and mails/<user>/.
#[derive(Args)]
pub(crate) struct MailArgs {
    /// Folder of the ledger and of everything else that lasts; created if need be.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Port of 127.0.0.1 to listen on; 0 = a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// A user. May be repeated.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login, required = true)]
    pub(crate) account: Vec<Login>,
    /// TLS from the first byte instead of STARTTLS.
    #[arg(long)]
    pub(crate) implicit_tls: bool,
    /// Announced size of a message, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 50_000_000)]
    pub(crate) size: u64,
    /// Keep whole messages in received/.
    #[arg(long)]
    pub(crate) keep_messages: bool,
    /// Tell nothing of what became of the messages.
    #[arg(long)]
    pub(crate) silent: bool,
}

#[derive(Args)]
pub(crate) struct ProxyArgs {
    /// Port of 127.0.0.1 to listen on; 0 = a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The credentials to ask for; without it, everyone is served.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login)]
    pub(crate) account: Option<Login>,
}

#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PortalArg {
    /// A page with a form.
    Form,
    /// A Basic challenge.
    Basic,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CertificateArg {
    Good,
    OtherName,
    OtherAuthority,
    Expired,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum DeliveryArg {
    /// Close the connection, with TLS `close_notify`.
    Close,
    /// Close it without `close_notify`.
    SilentClose,
    Chunked,
    /// Content-Length.
    Length,
}

impl From<PortalArg> for Portal {
    fn from(arg: PortalArg) -> Self {
        match arg {
            PortalArg::Form => Self::Form,
            PortalArg::Basic => Self::Basic,
        }
    }
}

impl From<CertificateArg> for Certificate {
    fn from(arg: CertificateArg) -> Self {
        match arg {
            CertificateArg::Good => Self::Good,
            CertificateArg::OtherName => Self::OtherName,
            CertificateArg::OtherAuthority => Self::OtherAuthority,
            CertificateArg::Expired => Self::Expired,
        }
    }
}

impl From<DeliveryArg> for Delivery {
    fn from(arg: DeliveryArg) -> Self {
        match arg {
            DeliveryArg::Close => Self::Close,
            DeliveryArg::SilentClose => Self::SilentClose,
            DeliveryArg::Chunked => Self::Chunked,
            DeliveryArg::Length => Self::Length,
        }
    }
}

fn login(text: &str) -> Result<Login, String> {
    let (user, password) = text.split_once(':').ok_or("write it as user:password")?;
    Ok(Login { user: user.to_owned(), password: password.to_owned() })
}

fn time(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|why| format!("{why}; write 30s, 500ms or 1m"))?;
    Duration::try_from(span).map_err(|_| "a time cannot be negative".to_owned())
}
