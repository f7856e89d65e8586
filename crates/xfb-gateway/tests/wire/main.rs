//! The client against raw sockets: what it sends and what it makes of what comes back, byte by byte.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod download;
mod entry;
mod listing;
mod proxy;
mod secrets;
mod support;
mod tls;
mod upload;
