//! Exit codes, and which of several applies.

use std::process::ExitCode;

use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::returned::{Return, ReturnState};

/// What the process tells whoever started it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, or nothing to do.
    #[default]
    Done,
    /// 1: a file was refused, failed or still waits.
    Unfinished,
    /// 2: usage or configuration.
    Usage,
    /// 3: no partner could be reached, nothing left.
    Unreachable,
    /// 4: the station is locked and its service does not answer.
    Locked,
    /// 5: integrity: journal or store are damaged.
    Integrity,
    /// 6: a human must decide (uncertain, held, incomplete).
    Human,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unfinished => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Locked => 4,
            Self::Integrity => 5,
            Self::Human => 6,
            Self::Interrupted => 130,
        }
    }

    /// The one that applies when both do: interruption, usage and lock end a command before anything else counts, then 5, 6, 1, 3.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.rank() <= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Usage => 1,
            Self::Locked => 2,
            Self::Integrity => 3,
            Self::Human => 4,
            Self::Unfinished => 5,
            Self::Unreachable => 6,
            Self::Done => 7,
        }
    }

    /// What a consignment asks for.
    #[must_use]
    pub fn of(consignment: &Consignment) -> Self {
        match consignment.state.status() {
            status if status.needs_human() => Self::Human,
            Status::Deposited | Status::Delivered | Status::Opened | Status::Acknowledged | Status::Cancelled => {
                Self::Done
            }
            _ => Self::Unfinished,
        }
    }

    /// What a return asks for.
    #[must_use]
    pub fn of_return(returned: &Return) -> Self {
        match returned.state {
            ReturnState::Incomplete { .. } => Self::Human,
            ReturnState::Published | ReturnState::Disposed => Self::Done,
            _ => Self::Unfinished,
        }
    }

    /// The one that applies to all of them.
    #[must_use]
    pub fn all(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().fold(Self::Done, Self::and)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_then_human_then_unfinished_then_unreachable() {
        let order = [Exit::Integrity, Exit::Human, Exit::Unfinished, Exit::Unreachable, Exit::Done];
        for (rank, first) in order.iter().enumerate() {
            for second in &order[rank..] {
                assert_eq!(first.and(*second), *first);
                assert_eq!(second.and(*first), *first);
            }
        }
        assert_eq!(Exit::all(order), Exit::Integrity);
        assert_eq!(Exit::all([]), Exit::Done);
    }
}
