//! A client of the DGFiP's file transfer server: the ILEX portal and XFB/Gateway over HTTP.
//!
//! Local authorities deposit files at the Treasury, one upload each, and collect what it holds for them, one consuming read
//! each. The partner publishes no specification: what this crate knows, and where it knows it from, is in
//! `docs/protocols/xfb-gateway.md`, whose clauses are cited by number.
//!
//! # A walk-through
//!
//! ```no_run
//! use std::convert::Infallible;
//!
//! use xfb_gateway::{Client, Completeness, Config, Credentials, FieldText, FileName, Received, Source, Upload};
//!
//! # async fn walk() -> Result<(), Box<dyn std::error::Error>> {
//! // 1. Say where the gateway is. A portal, a proxy, a private CA, bounds and the site's own words are fields of Config.
//! let mut config = Config::new("https://xfb.example/".parse()?, Credentials::new("VILLE", "secret"));
//! config.timeouts.connect = std::time::Duration::from_secs(10);
//! let client = Client::new(config)?;
//!
//! // 2. Enter: portal first, if there is one, then the gateway.
//! let mut session = client.enter(&mut |phase| println!("{phase:?}")).await?;
//!
//! // 3. Deposit a file. The commit future is where a caller writes down that from now on the gateway may have the file:
//! //    it is awaited before the last bytes leave.
//! let mut upload = Upload::new(FileName::try_from("MANDATS.xml")?, Source::Path("MANDATS.xml".into()));
//! upload.destination = Some(FieldText::try_from("C175")?);
//! upload.application = Some(FieldText::try_from("GRCT450")?);
//! let commit = async { Ok::<(), Infallible>(()) };
//! match session.upload(upload, commit, &mut |sent| println!("{sent} bytes")).await {
//!     Ok(receipt) => println!("{}", receipt.words),
//!     Err(error) if error.received() == Received::Maybe => println!("ask the partner before sending again: {error}"),
//!     Err(error) => println!("surely not received ({}): {error}", error.code()),
//! }
//!
//! // 4. Collect. Each file can be read once only: check the space first, make it durable after.
//! for offer in session.list().await? {
//!     let mut download = session.download(&offer).await?;
//!     while let Some(bytes) = download.chunk().await? {
//!         println!("{} bytes of {:?}", bytes.len(), offer.name);
//!     }
//!     assert!(matches!(download.completeness(), Some(Completeness::Proven | Completeness::Unproven)));
//! }
//!
//! // 5. Always close: both log-outs are tried, failures are told.
//! for failure in session.close(&mut |_| {}).await {
//!     println!("{failure}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a caller can rely on
//!
//! - An upload whose error says [`Received::No`] was not received: the body was cut before its end or the gateway said no (4.5).
//! - A request that may have consumed a file is never repeated, and nothing is prefetched (5.6).
//! - Memory is bounded whatever the peer sends: pages by [`Limits`], files by pieces.
//! - Credentials go to their own origin only and are removed, in every spelling, from errors, words and traces (9).
//! - Pacing (6) is not kept here: it spans sessions and belongs to the caller.
//!
//! # Layers
//!
//! Checked types, then page reading ([`page`]: pure functions), then addresses and the multipart body, then the client, the
//! only part with sockets.

mod client;
mod config;
mod download;
mod error;
pub mod page;
mod phase;
mod portal;
mod session;
mod site;
mod trouble;
mod types;
mod upload;
mod urls;

pub use client::Client;
pub use config::{Config, Credentials, FieldNames, Identity, Limits, Portal, Proxy, Roots, Timeouts, Tls, Wording};
pub use download::{Completeness, Download};
pub use error::{Again, Blame, Consumed, Error, MAX_WORDS, Reach, Received, Result};
pub use page::{Offer, State};
pub use phase::Phase;
pub use session::Session;
pub use types::{FieldText, FileName, LocalIdent, RemoteName};
pub use upload::{Receipt, Source, Upload};
pub use web_forms::{redact, retry_after};
