//! What is told of characters alone: references, white space, case and accents.

pub mod charset;
pub(crate) mod entity;
pub mod fold;
