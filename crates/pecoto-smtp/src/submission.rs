//! Secure submission of a file by mail (docs/protocols/pecoto.md).
//!
//! # A walk-through
//!
//! ```no_run
//! use std::convert::Infallible;
//!
//! use pecoto_smtp::submission::{Address, Client, Config, Credentials, Draft, Message, Received, Recipients, Source};
//!
//! # async fn walk() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = Config::new("smtp.saint-eloi.example", 587); // STARTTLS; no fall-back to clear text
//! config.credentials = Some(Credentials::new("recensement", "secret".to_owned()));
//! let client = Client::new(config)?;
//!
//! let to: Address = "bsn@defense.example".parse()?;
//! let message = Message::new(Draft {
//!     from: "recensement@saint-eloi.example".parse()?,
//!     to: Recipients::from(to),
//!     subject: "Recensement 2026".parse()?,
//!     id: "2026-11-22.1@saint-eloi.example".parse()?, // the same at every attempt
//!     date: jiff::Timestamp::now(),
//!     text: "Fichier joint.".to_owned(),
//!     name: "recensés 2026.txt".parse()?,
//!     source: Source::Path("recenses.txt".into()),
//!     read_receipt: true,
//! })
//! .await?;
//! client.check(&message)?; // too large: known before anything is connected
//!
//! let mut session = client.connect().await?;
//! // Awaited before the line that completes the message: write down there that from now on the server may have it.
//! let commit = async { Ok::<(), Infallible>(()) };
//! match session.submit(&message, commit, &mut |sent| println!("{sent} bytes")).await {
//!     Ok(receipt) => println!("{}", receipt.words),
//!     Err(error) if error.received() == Received::Maybe => println!("wait for the delivery report: {error}"),
//!     Err(error) => println!("surely not received ({}): {error}", error.code()),
//! }
//! session.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layers
//!
//! Checked types; then pure functions and machines over bytes ([`Replies`], [`Extensions`], [`Stuffing`]); then the wire, the only part
//! with a socket. Its own client, because the usual one waits 40 ms for each small message.

mod auth;
mod client;
mod commands;
mod config;
mod error;
mod extensions;
mod message;
mod reply;
mod secrets;
mod session;
mod stuffing;
mod tls;
mod types;
mod verdict;
mod wire;

pub use auth::{Credentials, Mechanism};
pub use client::Client;
pub use config::{Config, Identity, Security, Timeouts};
pub use error::{Again, Blame, Error, MAX_WORDS, Reach, Received, Result};
pub use extensions::Extensions;
pub use message::{Draft, Message, Source, encoded_size};
pub use reply::{BadReply, MAX_LINE, MAX_LINES, Replies, Reply, Status};
pub use session::{Receipt, Session};
pub use stuffing::Stuffing;
pub use tls::tls_config;
pub use types::{Address, FileName, Hello, Line, MAX_RECIPIENTS, MessageId, Recipients};
