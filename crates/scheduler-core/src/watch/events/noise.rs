//! Which events are worth a look.

use notify::EventKind;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};

/// Whether an event of this kind may mean that a file is there to be taken; `itself`: it concerns the watched folder, not something in it.
///
/// Our own looks open folders, claims rename files away, hard links change inodes: none of these may wake us, or we would never sleep.
/// A write that goes on is not worth a look either: its end is, and a look notices every write.
pub(super) fn matters(kind: EventKind, itself: bool) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Modify(ModifyKind::Metadata(_) | ModifyKind::Data(_)) => false,
        EventKind::Modify(ModifyKind::Name(RenameMode::From | RenameMode::Both)) | EventKind::Remove(_) => itself,
        _ => true,
    }
}
