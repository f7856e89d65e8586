//! The heart of an exchange scheduler: scenarios, watching, durable acceptance, journal, lanes and gates, returns, traces.
//!
//! It knows no protocol: partners come through the seam in [`partner`]. `docs/ARCHITECTURE.md` draws the whole,
//! `docs/state_machine.md` the states. Nothing that was accepted is ever lost, nothing is sent twice unless an operator says so;
//! the rules that make it so are cited where they are kept as «durability rule n».

pub mod account;
pub mod answers;
mod aside;
pub mod audit;
pub mod clock;
pub mod consignment;
mod copies;
pub mod crash;
mod dispatch;
mod evidence;
pub mod explain;
pub mod id;
mod intake;
pub mod journal;
pub mod lane;
pub mod live;
pub mod matcher;
pub mod matching;
#[cfg(any(test, feature = "test-support"))]
pub mod memory;
pub mod naming;
pub mod notice;
pub mod partner;
pub mod phase;
pub mod platform;
pub mod purge;
pub mod request;
pub mod restored;
pub mod returned;
mod returns;
pub mod scenario;
pub mod schedule;
pub mod section;
pub mod setup;
mod shared;
pub mod stability;
pub mod station;
pub mod stop;
pub mod store;
pub mod trace;
mod unmatched;
pub mod watch;
