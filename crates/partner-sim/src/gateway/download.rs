//! Files fetched: read once, then in state E (protocol 5).

use std::{
    fs::File,
    io::{self, Read},
};

use super::{
    misbehave, pages,
    serve::{Call, conclude},
    settings::Delivery,
};
use crate::{
    answer::{After, Answer, send_reply},
    faults::{Fault, On},
    http::{Reply, head_bytes},
    ledger::LedgerLine,
    wire::{Goodbye, Wire},
};

/// Bytes read from the file at a time.
const PIECE: usize = 32 * 1024;

/// Answers a request for the file with this number.
pub(super) async fn serve(wire: &mut Wire, call: &Call<'_>, ident: &str) -> io::Result<After> {
    let shared = call.shared;
    let ident = ident.parse().unwrap_or(0);
    let name = shared.spool.find(ident).map(|offer| offer.name).unwrap_or_default();
    let verdict = shared.pick(On::Download, &call.account, &name);
    if let Some(refusal) = call.refusal()? {
        return conclude(wire, call, &verdict, &refusal).await;
    }
    let replaced = verdict.fault.as_ref().filter(|fault| fault.replaces());
    if let Some(fault) = replaced.filter(|_| !verdict.obeys()) {
        return misbehave::answer(wire, call, fault).await;
    }
    let Some((offer, file)) = shared.spool.read(&call.account.user, ident, verdict.obeys())? else {
        let page = pages::said(&shared.settings, &call.account, "Unknown file: not available any more", "RED");
        return send_reply(wire, &Reply::page(&page), None, call.head.wants_close()).await;
    };
    if verdict.obeys() {
        shared.ledger.append(LedgerLine {
            name: Some(offer.name.clone()),
            local_ident: Some(ident),
            size: Some(offer.size),
            answered: Some(if cuts(verdict.fault.as_ref()) { "cut" } else { "complete" }.to_owned()),
            ..LedgerLine::new("served", &call.account.user)
        })?;
    }
    match (&verdict.fault, replaced) {
        (_, Some(fault)) => misbehave::answer(wire, call, fault).await,
        (fault, None) => {
            if let Some(Fault::LateYes { late }) = fault {
                tokio::time::sleep(*late).await;
            }
            stream(wire, call, file, offer.size, fault.as_ref()).await
        }
    }
}

/// The client cannot have got the whole file, unless the cut was after its end.
const fn cuts(fault: Option<&Fault>) -> bool {
    match fault {
        Some(Fault::CutResponseAt { .. } | Fault::CutBodyAt { .. } | Fault::CutLastRecord) => true,
        Some(fault) => fault.replaces(),
        None => false,
    }
}

async fn stream(
    wire: &mut Wire,
    call: &Call<'_>,
    mut file: File,
    size: u64,
    fault: Option<&Fault>,
) -> io::Result<After> {
    let delivery = call.shared.settings.delivery;
    let close = call.head.wants_close() || matches!(delivery, Delivery::Close | Delivery::SilentClose);
    let framing = match delivery {
        Delivery::Chunked => "Transfer-Encoding: chunked".to_owned(),
        Delivery::Length => format!("Content-Length: {size}"),
        Delivery::Close | Delivery::SilentClose => String::new(),
    };
    let kind = ("Content-Type".to_owned(), "application/octet-stream".to_owned());
    let head = head_bytes(200, &[kind], &framing, close);
    let mut answer = Answer::new(wire, fault, head.len());
    let mut piece = vec![0; PIECE];
    let mut next = head;
    loop {
        if answer.write(&next).await? == After::Close {
            return Ok(After::Close);
        }
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        next = framed(&piece[..read], delivery);
    }
    if delivery == Delivery::Chunked && answer.write(b"0\r\n\r\n").await? == After::Close {
        return Ok(After::Close);
    }
    if answer.finish().await? == After::Close {
        return Ok(After::Close);
    }
    if !close {
        return Ok(After::Keep);
    }
    let goodbye = if delivery == Delivery::SilentClose { Goodbye::Silent } else { Goodbye::Notified };
    wire.close(goodbye).await?;
    Ok(After::Close)
}

fn framed(piece: &[u8], delivery: Delivery) -> Vec<u8> {
    if delivery != Delivery::Chunked {
        return piece.to_vec();
    }
    let mut out = format!("{:x}\r\n", piece.len()).into_bytes();
    out.extend_from_slice(piece);
    out.extend_from_slice(b"\r\n");
    out
}
