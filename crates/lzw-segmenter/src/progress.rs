//! What a streaming step did.

/// How far one call of an encoder or a decoder came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "input not consumed must be given again, and output that was not written is not there"]
pub struct Progress {
    /// Bytes taken from the input: the rest must be given again.
    pub consumed_in: usize,
    /// Bytes written to the output.
    pub consumed_out: usize,
    /// What the next call needs.
    pub status: Status,
}

/// What the next call of an encoder or a decoder needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All input was taken. Never given once the caller has said that there is no more.
    NeedsInput,
    /// Room for more output.
    NeedsOutput,
    /// The stream has ended and all of it was written; further calls do nothing. Input not consumed is not the stream's.
    Done,
}

/// Moves as much as fits from `from[*start..]` to `to`; returns how much.
pub(crate) fn drain(from: &[u8], start: &mut usize, to: &mut [u8]) -> usize {
    let count = to.len().min(from.len() - *start);
    to[..count].copy_from_slice(&from[*start..*start + count]);
    *start += count;
    count
}
