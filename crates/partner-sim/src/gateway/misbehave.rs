//! Answers that take the place of the right one.

use std::io;

use jiff::Timestamp;

use super::{
    pages::{self, Links},
    serve::Call,
    settings::Portal,
    spool::{Offer, OfferState},
};
use crate::{
    answer::{After, send_reply},
    faults::{Fault, RetryAfter},
    http::{Reply, head_bytes},
    text,
    wire::{Goodbye, Wire},
};

/// Does what a fault that replaces the answer wants.
pub(super) async fn answer(wire: &mut Wire, call: &Call<'_>, fault: &Fault) -> io::Result<After> {
    match fault {
        Fault::Stall | Fault::StallRequestAt { .. } => {
            wire.until_gone().await;
            Ok(After::Close)
        }
        Fault::CutRequestAt { .. } => {
            wire.close(Goodbye::Silent).await?;
            Ok(After::Close)
        }
        Fault::EndlessHeaders => endless_headers(wire).await,
        Fault::EndlessListing => long_listing(wire, call, u64::MAX).await,
        Fault::OversizeListing { bytes } => long_listing(wire, call, *bytes).await,
        other => {
            if matches!(other, Fault::WrongPassword) {
                call.record("refused-login")?;
            }
            send_reply(wire, &reply(call, other), None, call.head.wants_close()).await
        }
    }
}

fn reply(call: &Call<'_>, fault: &Fault) -> Reply {
    let settings = &call.shared.settings;
    let said = |words: &str| Reply::page(&pages::said(settings, &call.account, words, "RED"));
    match fault {
        Fault::RefuseForGood { words } => said(words),
        Fault::RefuseForNow { retry_after: None } => said("File not received: server busy, try again later"),
        Fault::RefuseForNow { retry_after: Some(hint) } => {
            let hint = match hint {
                RetryAfter::Seconds(seconds) => seconds.to_string(),
                RetryAfter::Date(date) => date.clone(),
            };
            said("Service unavailable").status(503).header("Retry-After", hint)
        }
        Fault::WrongPassword => wrong_password(call),
        Fault::SessionExpired => said("Session expired"),
        Fault::RedirectElsewhere { url } => {
            Reply::page("<HTML><TITLE>Moved</TITLE></HTML>").status(302).header("Location", url)
        }
        Fault::UnknownHtml => Reply::page(&pages::unknown(settings, &call.account)),
        _ => said("Internal error of the transfer monitor").status(500),
    }
}

/// The answer to credentials that are not good.
pub(super) fn wrong_password(call: &Call<'_>) -> Reply {
    let settings = &call.shared.settings;
    match settings.portal {
        Some(Portal::Form) if call.stage == "portal" => Reply::page(&pages::portal_form(&portal_token(), true)),
        Some(Portal::Basic) if call.stage == "portal" => challenge(),
        _ => Reply::page(&pages::said(settings, &call.account, "Access denied: unknown user or bad password", "RED"))
            .status(settings.refusal_status),
    }
}

/// The portal's `Basic` challenge.
pub(super) fn challenge() -> Reply {
    Reply::page("<HTML><TITLE>401 Unauthorized</TITLE></HTML>")
        .status(401)
        .header("WWW-Authenticate", "Basic realm=\"ILEX\"")
}

/// The hidden input of the portal's form.
pub(super) fn portal_token() -> String {
    text::hex_of(b"ilex & portail")
}

async fn endless_headers(wire: &mut Wire) -> io::Result<After> {
    wire.send(b"HTTP/1.1 200 OK\r\n").await?;
    let line = format!("X-Bourrage: {}\r\n", "x".repeat(1000));
    loop {
        wire.send(line.as_bytes()).await?;
    }
}

/// A listing of at least `bytes` bytes, whose rows are all in state E, ended by the connection's end.
async fn long_listing(wire: &mut Wire, call: &Call<'_>, bytes: u64) -> io::Result<After> {
    let settings = &call.shared.settings;
    let links = Links::of(&call.account);
    let html = ("Content-Type".to_owned(), "text/html; charset=iso-8859-1".to_owned());
    wire.send(&head_bytes(200, &[html], "", true)).await?;
    let mut sent = wire_text(wire, &pages::listing_head(settings)).await?;
    let mut ident = 0;
    while sent < bytes {
        let rows: String = (0..100)
            .map(|step| {
                let offer = Offer {
                    local_ident: ident + step,
                    account: call.account.user.clone(),
                    name: format!("ANCIEN{:09}", ident + step),
                    size: 1,
                    at: Timestamp::UNIX_EPOCH,
                    state: OfferState::E,
                    link: None,
                };
                pages::listing_row(settings, &links, &offer)
            })
            .collect();
        ident += 100;
        sent += wire_text(wire, &rows).await?;
    }
    wire_text(wire, &pages::listing_tail(&links)).await?;
    wire.close(Goodbye::Notified).await?;
    Ok(After::Close)
}

async fn wire_text(wire: &mut Wire, html: &str) -> io::Result<u64> {
    let bytes = text::to_latin1(html);
    wire.send(&bytes).await?;
    Ok(bytes.len() as u64)
}
