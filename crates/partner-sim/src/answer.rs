//! Answers on their way out, with what a fault does to their bytes.

use std::{io, time::Duration};

use crate::{
    faults::Fault,
    http::Reply,
    wire::{Goodbye, Wire},
};

/// Most plaintext bytes of one TLS record.
const RECORD: usize = 16 * 1024;

/// Whether the connection can carry another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Keep,
    Close,
}

/// One answer being sent.
pub(crate) struct Answer<'a> {
    wire: &'a mut Wire,
    fault: Option<&'a Fault>,
    cut: Option<(u64, Goodbye)>,
    sent: u64,
    held: Vec<u8>,
}

impl<'a> Answer<'a> {
    /// `head` = bytes of the answer's head.
    pub(crate) fn new(wire: &'a mut Wire, fault: Option<&'a Fault>, head: usize) -> Self {
        let cut = match fault {
            Some(&Fault::CutResponseAt { at, close_notify }) => Some((at, goodbye(close_notify))),
            Some(&Fault::CutBodyAt { at, close_notify }) => {
                Some((at.saturating_add(head as u64), goodbye(close_notify)))
            }
            _ => None,
        };
        Self { wire, fault, cut, sent: 0, held: Vec::new() }
    }

    /// Sends the next bytes; [`After::Close`] = the fault has cut the connection.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<After> {
        if matches!(self.fault, Some(Fault::CutLastRecord)) {
            let before = std::mem::replace(&mut self.held, bytes.to_vec());
            return self.push(&before).await;
        }
        self.push(bytes).await
    }

    /// The answer is whole.
    pub(crate) async fn finish(mut self) -> io::Result<After> {
        if matches!(self.fault, Some(Fault::CutLastRecord)) {
            let held = std::mem::take(&mut self.held);
            let (first, last) = held.split_at(held.len().saturating_sub(RECORD / 2));
            self.push(first).await?;
            self.wire.send_cut(last).await?;
            self.wire.close(Goodbye::Silent).await?;
            return Ok(After::Close);
        }
        match self.cut {
            None => Ok(After::Keep),
            Some((_, goodbye)) => {
                self.wire.close(goodbye).await?;
                Ok(After::Close)
            }
        }
    }

    async fn push(&mut self, bytes: &[u8]) -> io::Result<After> {
        let left = self.cut.map_or(u64::MAX, |(at, _)| at.saturating_sub(self.sent));
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        match self.fault {
            Some(&Fault::SlowLoris { pause }) => self.drip(&bytes[..room], pause).await?,
            _ => self.wire.send(&bytes[..room]).await?,
        }
        self.sent += room as u64;
        match self.cut {
            Some((_, goodbye)) if room < bytes.len() => {
                self.wire.close(goodbye).await?;
                Ok(After::Close)
            }
            _ => Ok(After::Keep),
        }
    }

    async fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.wire.send(std::slice::from_ref(byte)).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }
}

/// Sends an answer that is in memory.
pub(crate) async fn send_reply(
    wire: &mut Wire,
    reply: &Reply,
    fault: Option<&Fault>,
    close: bool,
) -> io::Result<After> {
    let (bytes, head) = reply.bytes(close);
    let mut answer = Answer::new(wire, fault, head);
    let apart = if matches!(fault, Some(Fault::CutLastRecord)) { head } else { 0 };
    if apart > 0 {
        answer.write(&bytes[..apart]).await?;
    }
    if answer.write(&bytes[apart..]).await? == After::Close || answer.finish().await? == After::Close {
        return Ok(After::Close);
    }
    if close {
        wire.close(Goodbye::Notified).await?;
        return Ok(After::Close);
    }
    Ok(After::Keep)
}

const fn goodbye(close_notify: bool) -> Goodbye {
    if close_notify { Goodbye::Notified } else { Goodbye::Silent }
}
