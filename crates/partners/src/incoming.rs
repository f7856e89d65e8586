//! Files that come in: the disk that refuses them.

use std::io;

use scheduler_core::partner::Fault;

/// The disk is full: the scheduler's own code for it.
const DISK_FULL: &str = "disk-full";
/// The disk refused for another reason.
const STORE_FAILED: &str = "store-failed";

/// The codes of [`refused`].
pub(crate) const CODES: &[&str] = &[DISK_FULL, STORE_FAILED];

/// The disk refused bytes of a file that is coming in.
pub(crate) fn refused(error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DISK_FULL,
        _ => STORE_FAILED,
    };
    Fault::session(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use scheduler_core::partner::Received;

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_one_that_fails() {
        for (kind, code) in [(io::ErrorKind::StorageFull, DISK_FULL), (io::ErrorKind::PermissionDenied, STORE_FAILED)] {
            let fault = refused(&kind.into());
            assert_eq!((fault.code.as_str(), fault.received), (code, Received::No));
        }
    }
}
