//! The exchange scheduler of a French local authority: configuration, command line, message catalogues and what people read.

pub mod catalogue;
pub mod cli;
pub mod command;
pub mod config;
pub mod exit;
pub mod output;
#[cfg(test)]
mod testing;
