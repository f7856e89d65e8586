//! Requests of one connection, routed to their pages.

use std::{io, sync::Arc, time::Instant};

use bytes::BytesMut;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

use super::{Server, deposit, misbehave, pages, shared::Shared};
use crate::{
    answer::{After, send_reply},
    faults::{Fault, On, live::Verdict},
    http::{Body, Filled, Head, Reply, bad},
    ledger::LedgerLine,
    text,
    wire::{Goodbye, Wire},
};

/// The session's cookie.
const COOKIE: &str = "AIRESESSION";

/// Longest log-in form taken, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// One request being answered.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) server: Server,
    pub(super) head: &'a Head,
    /// Whose session it is, or who wants to log in; empty when nobody is known.
    pub(super) commune: String,
    /// The session is open.
    pub(super) inside: bool,
}

impl Call<'_> {
    pub(super) fn record(&self, kind: &str) -> io::Result<()> {
        self.shared.ledger.append(LedgerLine::staged(kind, self.server.as_str(), &self.commune))
    }

    /// The hidden input of this session's form.
    pub(super) fn token(&self) -> String {
        let cookie = self.head.cookie(COOKIE).unwrap_or_default();
        text::hex_of(&Sha256::digest(format!("form of {cookie}"))[..8])
    }
}

/// Serves a connection until either side closes it.
pub(super) async fn connection(tcp: TcpStream, server: Server, shared: Arc<Shared>) {
    let Ok(mut wire) = Wire::accept(tcp, shared.tls.as_ref()).await else {
        return;
    };
    match requests(&mut wire, server, &shared).await {
        Err(why) if why.kind() == io::ErrorKind::InvalidData => {
            let page = Reply::page(&pages::said("Requête refusée", &why.to_string(), "")).status(400);
            let _ = send_reply(&mut wire, &page, None, true).await;
        }
        // The client went away, or a fault is over.
        Ok(()) | Err(_) => {}
    }
}

async fn requests(wire: &mut Wire, server: Server, shared: &Shared) -> io::Result<()> {
    while let Some(head) = Head::read(wire).await? {
        if respond(wire, server, shared, &head).await? == After::Close {
            return Ok(());
        }
    }
    wire.close(Goodbye::Notified).await
}

async fn respond(wire: &mut Wire, server: Server, shared: &Shared, head: &Head) -> io::Result<After> {
    let known = shared.sessions.touch(server, head.cookie(COOKIE), Instant::now());
    let inside = known.is_some();
    let mut call = Call { shared, server, head, commune: known.unwrap_or_default(), inside };
    if (head.method.as_str(), head.path.as_str()) == ("POST", "/depot") {
        return deposit::receive(wire, &call).await;
    }
    let sent = form(head, wire).await?;
    match (head.method.as_str(), head.path.as_str()) {
        ("POST", "/connexion") => log_in(wire, &mut call, &sent).await,
        ("GET", "/") if !inside => page(wire, &call, On::Portal, || pages::log_in("Connexion")).await,
        ("GET", "/" | "/accueil") => page(wire, &call, On::Entry, || pages::home(server.as_str(), &call.commune)).await,
        ("GET", "/depot") => page(wire, &call, On::Form, || pages::deposit(&call.token())).await,
        ("GET", "/deconnexion") => log_out(wire, &call).await,
        _ => send_reply(wire, &Reply::page("<title>Introuvable</title>").status(404), None, head.wants_close()).await,
    }
}

/// A page of an open session; without one, what an ended session is told.
async fn page(wire: &mut Wire, call: &Call<'_>, on: On, make: impl FnOnce() -> String) -> io::Result<After> {
    let verdict = call.shared.pick(on, &call.commune, "");
    if verdict.fault == Some(Fault::SessionExpired) {
        call.shared.sessions.close(call.head.cookie(COOKIE));
    }
    let reply = if call.inside || on == On::Portal { Reply::page(&make()) } else { misbehave::session_ended() };
    conclude(wire, call, on, &verdict, &reply).await
}

async fn log_in(wire: &mut Wire, call: &mut Call<'_>, sent: &[(String, String)]) -> io::Result<After> {
    let field = |name: &str| sent.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    field("commune").clone_into(&mut call.commune);
    let verdict = call.shared.pick(On::Login, &call.commune, "");
    let unchanged = field("suite") == "accueil & dépôt";
    let reply = if !(unchanged && call.shared.admits(&call.commune, field("motdepasse"))) {
        if verdict.fault != Some(Fault::WrongPassword) {
            call.record("refused-login")?;
        }
        misbehave::wrong_password()
    } else if verdict.obeys() {
        call.record("login")?;
        let cookie = call.shared.sessions.open(call.server, &call.commune, Instant::now());
        Reply::page("<title>Accueil</title>")
            .status(302)
            .header("Location", "/accueil")
            .header("Set-Cookie", format!("{COOKIE}={cookie}; Path=/; HttpOnly"))
    } else {
        misbehave::wrong_password()
    };
    conclude(wire, call, On::Login, &verdict, &reply).await
}

async fn log_out(wire: &mut Wire, call: &Call<'_>) -> io::Result<After> {
    let verdict = call.shared.pick(On::Logout, &call.commune, "");
    if verdict.obeys() && call.inside {
        call.shared.sessions.close(call.head.cookie(COOKIE));
        call.record("logout")?;
    }
    conclude(wire, call, On::Logout, &verdict, &Reply::page(&pages::log_in("Vous êtes déconnecté"))).await
}

/// Sends the reply, or what the fault puts in its place.
pub(super) async fn conclude(
    wire: &mut Wire,
    call: &Call<'_>,
    on: On,
    verdict: &Verdict,
    reply: &Reply,
) -> io::Result<After> {
    match &verdict.fault {
        Some(fault) if fault.replaces() => misbehave::answer(wire, call, on, fault).await,
        fault => {
            if let Some(Fault::LateYes { late }) = fault {
                tokio::time::sleep(*late).await;
            }
            send_reply(wire, reply, fault.as_ref(), call.head.wants_close()).await
        }
    }
}

/// The request's form fields; empty without a body.
async fn form(head: &Head, wire: &mut Wire) -> io::Result<Vec<(String, String)>> {
    let mut body = Body::open(head, wire).await?;
    let mut window = BytesMut::new();
    while body.fill(wire, &mut window).await? == Filled::More {
        if window.len() > MAX_FORM {
            return Err(bad("form too long"));
        }
    }
    Ok(text::pairs(&text::latin1_or_utf8(&window)))
}
