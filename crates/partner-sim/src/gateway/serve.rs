//! Requests of one connection, routed to their pages.

use std::{io, sync::Arc};

use tokio::net::TcpStream;

use super::{
    download, hostile, misbehave,
    pages::{self, GATEWAY, Links, PORTAL},
    portal,
    settings::Account,
    shared::Shared,
    spool::OfferState,
    upload,
};
use crate::{
    answer::{After, send_reply},
    faults::{Fault, On, live::Verdict},
    http::{Body, Head, Reply},
    ledger::LedgerLine,
    wire::{Goodbye, Wire},
};

/// The portal's cookie.
pub(super) const COOKIE: &str = "ILEXSESSION";

/// One request being answered.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) head: &'a Head,
    /// The credentials as sent; empty when there are none.
    pub(super) account: Account,
    pub(super) stage: &'static str,
}

impl Call<'_> {
    pub(super) fn record(&self, kind: &str) -> io::Result<()> {
        self.shared.ledger.append(LedgerLine::staged(kind, self.stage, &self.account.user))
    }

    /// The refusal of a gateway request whose credentials, or whose portal session, are not good; it is recorded.
    pub(super) fn refusal(&self) -> io::Result<Option<Reply>> {
        let settings = &self.shared.settings;
        let portal_needed = settings.portal.is_some() && settings.portal_required;
        if portal_needed && !self.shared.sessions.knows(self.head.cookie(COOKIE)) {
            self.shared.ledger.append(LedgerLine::staged("refused-login", "portal", &self.account.user))?;
            let page = pages::said(settings, &self.account, "Access denied: no portal session", "RED");
            return Ok(Some(Reply::page(&page).status(403)));
        }
        if self.shared.admits(&self.account) {
            return Ok(None);
        }
        self.record("refused-login")?;
        Ok(Some(misbehave::wrong_password(self)))
    }
}

/// Serves a connection until either side closes it.
pub(super) async fn connection(tcp: TcpStream, shared: Arc<Shared>) {
    let Ok(mut wire) = Wire::accept(tcp, shared.tls.as_ref()).await else {
        return;
    };
    match requests(&mut wire, &shared).await {
        Err(why) if why.kind() == io::ErrorKind::InvalidData => {
            let page = Reply::page(&format!("<HTML><TITLE>Bad request</TITLE><BODY>{why}</BODY></HTML>")).status(400);
            let _ = send_reply(&mut wire, &page, None, true).await;
        }
        // The client went away, or a fault is over.
        Ok(()) | Err(_) => {}
    }
}

async fn requests(wire: &mut Wire, shared: &Shared) -> io::Result<()> {
    while let Some(head) = Head::read(wire).await? {
        if respond(wire, shared, &head).await? == After::Close {
            return Ok(());
        }
    }
    wire.close(Goodbye::Notified).await
}

async fn respond(wire: &mut Wire, shared: &Shared, head: &Head) -> io::Result<After> {
    let sent = |name| head.param(name).unwrap_or_default().to_owned();
    let mut call =
        Call { shared, head, account: Account { user: sent("user"), password: sent("password") }, stage: "gateway" };
    if shared.settings.portal.is_some() && head.path.starts_with(PORTAL) {
        call.stage = "portal";
        return portal::respond(wire, call).await;
    }
    let action = head.param("action").unwrap_or_default();
    if head.method == "POST" && head.path == GATEWAY && action == "depot" {
        return upload::receive(wire, &call).await;
    }
    Body::open(head, wire).await?.drain(wire).await?;
    if let Some(ident) = head.param("local_ident") {
        return download::serve(wire, &call, ident).await;
    }
    let links = Links::of(&call.account);
    let hidden = || shared.hidden(&call.account.user);
    match (head.path.as_str(), action) {
        (GATEWAY, "") => {
            page(wire, &call, On::Entry, Some("login"), || pages::entry(&shared.settings, &links, &hidden())).await
        }
        (GATEWAY, "envoi") => {
            page(wire, &call, On::Form, None, || pages::form(&shared.settings, &links, &hidden())).await
        }
        (GATEWAY, "liste") => page(wire, &call, On::Listing, None, || listing(&call, &links)).await,
        (GATEWAY, "logout") => page(wire, &call, On::Logout, Some("logout"), pages::goodbye).await,
        _ => {
            send_reply(
                wire,
                &Reply::page("<HTML><TITLE>Not found</TITLE></HTML>").status(404),
                None,
                head.wants_close(),
            )
            .await
        }
    }
}

/// A page of the gateway; `record` = the ledger line written when the request is obeyed.
async fn page(
    wire: &mut Wire,
    call: &Call<'_>,
    on: On,
    record: Option<&str>,
    make: impl FnOnce() -> String,
) -> io::Result<After> {
    let verdict = call.shared.pick(on, &call.account, "");
    if verdict.fault == Some(Fault::HostileNames) {
        hostile::put_on_offer(call.shared, &call.account.user)?;
    }
    let reply = if !verdict.obeys() {
        Reply::page(&make())
    } else if let Some(refusal) = call.refusal()? {
        refusal
    } else {
        record.map_or(Ok(()), |kind| call.record(kind))?;
        Reply::page(&make())
    };
    conclude(wire, call, &verdict, &reply).await
}

/// Sends the reply, or what the fault puts in its place.
pub(super) async fn conclude(wire: &mut Wire, call: &Call<'_>, verdict: &Verdict, reply: &Reply) -> io::Result<After> {
    match &verdict.fault {
        Some(fault) if fault.replaces() => misbehave::answer(wire, call, fault).await,
        fault => {
            if let Some(Fault::LateYes { late }) = fault {
                tokio::time::sleep(*late).await;
            }
            send_reply(wire, reply, fault.as_ref(), call.head.wants_close()).await
        }
    }
}

fn listing(call: &Call<'_>, links: &Links) -> String {
    let settings = &call.shared.settings;
    if let Err(why) = call.shared.sweep() {
        eprintln!("partner-sim: the outgoing folder cannot be read: {why}");
    }
    let offers = call.shared.spool.of_account(&call.account.user);
    let rows: String = offers
        .iter()
        .filter(|offer| settings.listing_states || offer.state == OfferState::B)
        .map(|offer| pages::listing_row(settings, links, offer))
        .collect();
    format!("{}{rows}{}", pages::listing_head(settings), pages::listing_tail(links))
}
