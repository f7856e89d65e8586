//! Codes that several channels give.

/// The disk is full: the scheduler's own code for it.
pub(crate) const DISK_FULL: &str = "disk-full";
/// The disk refused for another reason.
pub(crate) const STORE_FAILED: &str = "store-failed";

/// They stand once in the list of codes: those of the disk, and those of reading a mailbox.
pub(crate) const CODES: &[&str] = &[
    DISK_FULL,
    STORE_FAILED,
    "mailbox-not-a-folder",
    "mailbox-unlistable",
    "mailbox-file",
    "mailbox-settings",
    "mailbox-unreachable",
    "mailbox-tls",
    "mailbox-lost",
    "mailbox-timed-out",
    "mailbox-login-refused",
    "mailbox-in-use",
    "mailbox-refused",
    "mailbox-unsupported",
    "mailbox-protocol",
    "mailbox-foreign-identity",
];
