//! The mail side of the exchanges of a French local authority.
//!
//! This crate knows no scheduler and no partner: it turns bytes into mails, and other software can link it alone.
//! [`submission`] sends a file by mail, once; [`mailbox`] is the one mail reader of the workspace.

pub mod mailbox;
pub mod submission;
