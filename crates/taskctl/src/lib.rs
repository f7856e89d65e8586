//! The exchange scheduler of a French local authority: configuration, command line, message catalogues and what people read.

pub mod act;
pub mod app;
pub mod catalogue;
pub mod cli;
pub mod command;
pub mod config;
#[cfg(feature = "rehearsal")]
pub mod demo;
pub mod exit;
pub mod export;
pub mod import;
pub mod logging;
pub mod look;
pub mod output;
pub mod run;
pub mod setup;
pub mod signals;
#[cfg(test)]
mod testing;
pub mod usage;
