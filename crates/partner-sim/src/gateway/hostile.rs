//! Offers whose names must never become paths.

use std::io;

use super::{pages::GATEWAY, shared::Shared};

/// Puts the hostile names on offer for `user`, once.
pub(super) fn put_on_offer(shared: &Shared, user: &str) -> io::Result<()> {
    let known = shared.spool.of_account(user);
    for (name, link) in names() {
        if !known.iter().any(|offer| offer.name == name) {
            shared.offer(user, &name, b"hostile name, harmless content", link)?;
        }
    }
    Ok(())
}

/// Names, and the link's path where it is not the percent-encoded name.
fn names() -> Vec<(String, Option<String>)> {
    let plain = [
        "../../etc/passwd",
        "..\\..\\windows\\system32\\drivers\\etc\\hosts",
        "/etc/shadow",
        "C:\\x",
        "C:x",
        "\\\\server\\share\\x",
        "CON",
        "nul.txt",
        "AUX .xml",
        ".",
        "..",
        "",
        " ",
        "a\0b",
        "a\nb\r\nc",
        "a:stream",
        "trailing. ",
        "-rf",
        "%2e%2e%2fpasswd",
        "~/.ssh/authorized_keys",
        "gnp.\u{202e}exe",
        "<script>alert(1)</script>\"'",
    ];
    let mut names: Vec<_> = plain.iter().map(|&name| (name.to_owned(), None)).collect();
    names.push(("x".repeat(5000), None));
    names.push(("../../etc/group".to_owned(), Some(format!("{GATEWAY}/../../etc/group"))));
    names
}
