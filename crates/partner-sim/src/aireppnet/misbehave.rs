//! Answers that take the place of the right one.

use std::io;

use super::{pages, serve::Call};
use crate::{
    answer::{After, send_reply},
    faults::{Fault, On, RetryAfter},
    http::{Reply, head_bytes},
    wire::{Goodbye, Wire},
};

const LATER: &str = "Service momentanément indisponible, veuillez réessayer ultérieurement.";

/// Does what a fault that replaces the answer wants.
pub(super) async fn answer(wire: &mut Wire, call: &Call<'_>, on: On, fault: &Fault) -> io::Result<After> {
    match fault {
        Fault::Stall | Fault::StallRequestAt { .. } => {
            wire.until_gone().await;
            Ok(After::Close)
        }
        Fault::CutRequestAt { .. } => {
            wire.close(Goodbye::Silent).await?;
            Ok(After::Close)
        }
        Fault::EndlessHeaders => {
            endless(wire, b"HTTP/1.1 200 OK\r\n", u64::MAX, |wide| format!("X-Bourrage: {wide}\r\n")).await
        }
        Fault::EndlessListing => long_page(wire, u64::MAX).await,
        Fault::OversizeListing { bytes } => long_page(wire, *bytes).await,
        other => {
            if matches!(other, Fault::WrongPassword) {
                call.record("refused-login")?;
            }
            send_reply(wire, &reply(call, on, other), None, call.head.wants_close()).await
        }
    }
}

fn reply(call: &Call<'_>, on: On, fault: &Fault) -> Reply {
    let said = |heading: &str, words: &str| Reply::page(&pages::said(heading, words, &call.shared.echo(&call.commune)));
    match fault {
        Fault::RefuseForGood { words } => said("Fichier refusé", words),
        Fault::RefuseForNow { retry_after: None } if on == On::Upload => said("Dépôt impossible", LATER),
        Fault::RefuseForNow { retry_after: None } => said("Service momentanément indisponible", LATER),
        Fault::RefuseForNow { retry_after: Some(hint) } => {
            let hint = match hint {
                RetryAfter::Seconds(seconds) => seconds.to_string(),
                RetryAfter::Date(date) => date.clone(),
            };
            said("Service indisponible", LATER).status(503).header("Retry-After", hint)
        }
        Fault::WrongPassword => wrong_password(),
        Fault::SessionExpired => session_ended(),
        Fault::RedirectElsewhere { url } => {
            Reply::page("<html><title>Déplacé</title></html>").status(302).header("Location", url)
        }
        Fault::UnknownHtml => said("Message du jour", "Le site sera en maintenance dimanche."),
        _ => said("Erreur interne", "Une erreur est survenue.").status(500),
    }
}

/// The answer to credentials that are not good.
pub(super) fn wrong_password() -> Reply {
    Reply::page(&pages::log_in("Connexion refusée"))
}

/// The answer to a request of a session that is over.
pub(super) fn session_ended() -> Reply {
    Reply::page(&pages::log_in("Session expirée"))
}

/// A page of at least `bytes` bytes.
async fn long_page(wire: &mut Wire, bytes: u64) -> io::Result<After> {
    let html = ("Content-Type".to_owned(), "text/html; charset=iso-8859-1".to_owned());
    endless(wire, &head_bytes(200, &[html], "", true), bytes, |wide| format!("<p>{wide}\n")).await
}

async fn endless(wire: &mut Wire, head: &[u8], bytes: u64, line: impl Fn(&str) -> String) -> io::Result<After> {
    wire.send(head).await?;
    let line = line(&"x".repeat(1000));
    let mut sent = 0;
    while sent < bytes {
        wire.send(line.as_bytes()).await?;
        sent += line.len() as u64;
    }
    wire.close(Goodbye::Notified).await?;
    Ok(After::Close)
}
