//! The ILEX portal (protocol 2).

use std::io;

use bytes::BytesMut;

use super::{
    misbehave::{challenge, portal_token, wrong_password},
    pages::{self, PORTAL},
    serve::{COOKIE, Call, conclude},
    settings::{Account, Portal},
};
use crate::{
    answer::After,
    faults::{Fault, On},
    http::{Body, Filled, Head, Reply, bad},
    text,
    wire::Wire,
};

/// Longest form taken, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Answers a request under the portal's folder.
pub(super) async fn respond(wire: &mut Wire, mut call: Call<'_>) -> io::Result<After> {
    let sent = form(call.head, wire).await?;
    let page = &call.head.path[PORTAL.len()..];
    let inside = call.shared.sessions.knows(call.head.cookie(COOKIE));
    match (page, call.shared.settings.portal) {
        ("logout", _) => logout(wire, &call).await,
        (_, Some(Portal::Basic)) => {
            let Some((user, password)) = call.head.header("authorization").and_then(text::basic) else {
                return plain(wire, &call, &challenge()).await;
            };
            call.account = Account { user, password };
            login(wire, &call, true).await
        }
        ("login", _) if call.head.method == "POST" => {
            let field = |name: &str| {
                sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
            };
            call.account = Account { user: field("UTILISATEUR"), password: field("SECRET") };
            let unchanged = field("JETON") == portal_token() && field("SUITE") == "accueil & suite";
            login(wire, &call, unchanged).await
        }
        _ if inside => plain(wire, &call, &Reply::page(&pages::portal_home())).await,
        _ => plain(wire, &call, &Reply::page(&pages::portal_form(&portal_token(), false))).await,
    }
}

async fn plain(wire: &mut Wire, call: &Call<'_>, reply: &Reply) -> io::Result<After> {
    let verdict = call.shared.pick(On::Portal, &call.account, "");
    conclude(wire, call, &verdict, reply).await
}

async fn login(wire: &mut Wire, call: &Call<'_>, unchanged: bool) -> io::Result<After> {
    let verdict = call.shared.pick(On::Login, &call.account, "");
    let admitted = unchanged && call.shared.settings.portal_users().contains(&call.account);
    let reply = if !admitted {
        if verdict.fault != Some(Fault::WrongPassword) {
            call.record("refused-login")?;
        }
        wrong_password(call)
    } else if verdict.obeys() {
        call.record("login")?;
        let cookie = call.shared.sessions.open();
        Reply::page(&pages::portal_home()).header("Set-Cookie", format!("{COOKIE}={cookie}; Path=/; HttpOnly"))
    } else {
        Reply::page(&pages::portal_home())
    };
    conclude(wire, call, &verdict, &reply).await
}

async fn logout(wire: &mut Wire, call: &Call<'_>) -> io::Result<After> {
    let verdict = call.shared.pick(On::Logout, &call.account, "");
    if verdict.obeys() {
        call.shared.sessions.close(call.head.cookie(COOKIE));
        call.record("logout")?;
    }
    conclude(wire, call, &verdict, &Reply::page(&pages::goodbye())).await
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
