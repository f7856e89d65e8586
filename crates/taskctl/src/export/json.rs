//! The trace as JSON: one object a line, so that a reader of any size of trace holds one of them.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{End, Record};

/// Lines being written.
pub(super) struct Lines<'w>(&'w mut dyn Write);

impl<'w> Lines<'w> {
    pub(super) fn start(out: &'w mut dyn Write) -> Self {
        Self(out)
    }

    pub(super) fn record(&mut self, record: &Record) -> io::Result<()> {
        self.line(record)
    }

    pub(super) fn end(mut self, end: &End) -> io::Result<()> {
        self.line(end)?;
        self.0.flush()
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, value)?;
        self.0.write_all(b"\n")
    }
}
