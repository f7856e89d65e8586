//! A client of INSEE's deposit servers: état civil and elections files over TLS (AIREPPNET).
//!
//! The pages are not public: the client is driven by a description of the site ([`profile::Profile`]) whose defaults match the simulator. What is
//! known, and what is our assumption, is in `docs/protocols/aireppnet.md`, whose clauses are cited by number.
//!
//! ```no_run
//! # async fn walk() -> Result<(), Box<dyn std::error::Error>> {
//! use aireppnet::{Client, CommuneCode, Config, FileName, FileType, Received, Source, findings::Expectation, profile::Profile};
//!
//! let path = std::path::Path::new("wecivil1.038");
//! let findings = Expectation::default().look_at(path)?; // before any connection; any finding is a reason not to send
//! assert!(findings.is_empty(), "{findings:?}");
//!
//! let mut profile = Profile::default();
//! profile.servers.set(FileType::EtatCivil, "https://etat-civil.example/".parse()?);
//! let client = Client::new(Config::new(profile, CommuneCode::try_from("96010")?, "secret"))?;
//! let mut session = client.log_in(FileType::EtatCivil).await?;
//! // Awaited before the last bytes leave: where a caller writes down that from now on INSEE may have the file.
//! let commit = async { Ok::<(), std::convert::Infallible>(()) };
//! match session.deposit(&FileName::try_from("wecivil1.038")?, Source::Path(path.into()), commit, &mut |_| {}).await {
//!     Ok(receipt) => println!("{:?}: {}", receipt.reference, receipt.proof),
//!     Err(error) if error.received() == Received::Maybe => println!("ask INSEE before sending again: {error}"),
//!     Err(error) => println!("surely not received ({}): {error}", error.code()),
//! }
//! session.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What a caller can rely on
//!
//! - A deposit whose error says [`Received::No`] was not received: the body was cut before its end, or the server said no (3.4, 4).
//! - A session that the server ended is opened again before a byte of the next file leaves (1.4).
//! - Memory is bounded whatever the peer sends and however large the file is.
//! - The password goes to its own origin only and is removed, in every spelling, from errors, words and proofs (7).
//! - Pacing (1.3) is not kept here: it spans sessions and belongs to the caller.

mod client;
mod config;
mod error;
pub mod findings;
pub mod page;
pub mod profile;
mod session;
mod types;

pub use client::Client;
pub use config::{Config, Credentials, Identity, Proxy, Roots, Timeouts, Tls};
pub use error::{Again, Blame, Error, MAX_WORDS, Reach, Received, Result};
pub use session::{Receipt, Session};
pub use types::{CommuneCode, FileName, FileType};
pub use web_forms::deposit::Source;
