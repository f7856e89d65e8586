//! Submission against the simulated server, whose ledger file tells what was really received.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod cuts;
mod entry;
mod messages;
mod support;
