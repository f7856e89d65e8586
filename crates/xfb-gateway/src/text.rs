//! What is told of characters alone: references, white space, case and accents.

pub(crate) mod charset;
pub(crate) mod entity;
pub(crate) mod fold;
