//! Commands as bytes (RFC 5321 4.1, RFC 3461 4): pure.

use super::extensions::Extensions;
use super::message::Message;
use super::types::{Address, xtext};

/// `MAIL`: the size is told where the server wants it, and delivery reports are to name the message by its Message-ID.
pub(super) fn mail(message: &Message, extensions: &Extensions, reports: bool) -> String {
    let mut command = format!("MAIL FROM:<{}>", message.from);
    if extensions.size.is_some() {
        command.push_str(&format!(" SIZE={}", message.size()));
    }
    if reports && extensions.dsn {
        command.push_str(&format!(" RET=HDRS ENVID={}", xtext(message.id.as_str())));
    }
    command + "\r\n"
}

/// `RCPT`: every outcome is to be reported (docs/protocols/pecoto.md 4.4).
pub(super) fn rcpt(address: &Address, extensions: &Extensions, reports: bool) -> String {
    let report = if reports && extensions.dsn {
        format!(" NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{}", xtext(address.as_str()))
    } else {
        String::new()
    };
    format!("RCPT TO:<{address}>{report}\r\n")
}
