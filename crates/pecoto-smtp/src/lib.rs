//! The mail side of the exchanges of a French local authority.
//!
//! This crate knows no scheduler and no partner: it turns bytes into mails, and other software can link it alone.
//! It starts with [`mailbox`], the one mail reader of the workspace; secure submission comes with the channel that needs it.

pub mod mailbox;
