//! Simulators of the partners of French local authorities, for tests, rehearsal and benchmarks.
//!
//! They share no code with the clients, listen on loopback only, and tell what they really received in a ledger *file* ([`ledger`]): tests count on that
//! file, never on an in-process handle. What they get wrong is scripted ([`faults`]).
//!
//! ```
//! use partner_sim::{FaultPlan, Gateway, Portal, read_ledger};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let state = folder.path().join("gateway");
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let gateway = Gateway::builder(&state)
//!     .account("ville", "secret")
//!     .portal(Portal::Form)
//!     .faults(FaultPlan::new().upload().nth(3).status_500())
//!     .start()
//!     .await?;
//! println!("{} {:?}", gateway.base_url(), gateway.portal_url());
//! assert!(read_ledger(gateway.ledger_path())?.is_empty());
//! gateway.stop().await;
//! # Ok::<(), partner_sim::Error>(())
//! # })?;
//! # Ok(())
//! # }
//! ```

pub mod aireppnet;
mod answer;
mod batch;
mod error;
pub mod faults;
pub mod gateway;
mod http;
mod incoming;
pub mod ledger;
mod mail;
mod multipart;
pub mod pecoto;
mod proxy;
mod text;
mod tls;
mod wire;

pub use aireppnet::{Aireppnet, AireppnetBuilder, RunningAireppnet, Server};
pub use error::Error;
pub use faults::{Fault, FaultPlan, On, RetryAfter, Rule, RuleBuilder};
pub use gateway::{Delivery, Echo, FieldNames, Gateway, GatewayBuilder, OfferState, Portal, Running};
pub use ledger::{LedgerLine, read_ledger};
pub use mail::MailCharset;
pub use pecoto::{MailServer, RunningMail, SmtpFaults};
pub use proxy::{Proxy, RunningProxy};
pub use tls::Certificate;
