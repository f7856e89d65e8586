//! One suite, every channel, every fault: each file of this folder is a part of the contract.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod contract;
mod cuts;
mod entering;
mod insee;
mod isolation;
mod mail;
mod notices;
mod receiving;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use conformance::{AireppnetPeer, GatewayPeer, MailPeer, MemoryPeer, Peer};
use partner_sim::Portal;
use partner_sim::pecoto::Protection;

/// Beyond what sockets buffer: a connection cut at its beginning is noticed before its end.
pub(crate) const LARGE: usize = 12_000_000;

/// Silence after which the impatient stations of these tests give up. Nothing is asserted of it.
pub(crate) const SILENCE: Duration = Duration::from_millis(400);

/// Bytes that no other file of a test has.
pub(crate) fn content(name: &str, size: usize) -> Vec<u8> {
    name.bytes().chain([b'\n']).cycle().take(size.max(name.len())).collect()
}

/// Every partner there is, in every way to reach it.
pub(crate) async fn peers(accounts: &[&str]) -> Vec<(&'static str, Arc<dyn Peer>)> {
    vec![
        ("memory", Arc::new(MemoryPeer::default())),
        ("http", Arc::new(GatewayPeer::start(accounts, |gateway| gateway.plain_http()).await)),
        ("https", Arc::new(GatewayPeer::start(accounts, |gateway| gateway.form_on_entry()).await)),
        (
            "https, portal with a form",
            Arc::new(GatewayPeer::start(accounts, |gateway| gateway.portal(Portal::Form)).await),
        ),
        (
            "http, basic portal",
            Arc::new(GatewayPeer::start(accounts, |gateway| gateway.plain_http().portal(Portal::Basic)).await),
        ),
        ("https through a proxy", Arc::new(GatewayPeer::start(accounts, |gateway| gateway).await.behind_proxy().await)),
        (
            "http through a proxy",
            Arc::new(GatewayPeer::start(accounts, |gateway| gateway.plain_http()).await.behind_proxy().await),
        ),
        ("INSEE over http", Arc::new(AireppnetPeer::start(accounts, |servers| servers.plain_http()).await)),
        ("INSEE over https", Arc::new(AireppnetPeer::start(accounts, |servers| servers).await)),
        (
            "INSEE, three servers",
            Arc::new(AireppnetPeer::start(accounts, |servers| servers.plain_http()).await.all_named()),
        ),
        (
            "INSEE over https through a proxy",
            Arc::new(AireppnetPeer::start(accounts, |servers| servers).await.behind_proxy().await),
        ),
        // No report comes back: what the suite asks of every channel is asked without them.
        ("mail with starttls", Arc::new(MailPeer::start(accounts, |server| server.reports([])).await)),
        (
            "mail with tls, step by step",
            Arc::new(
                MailPeer::start(accounts, |server| {
                    server.reports([]).protection(Protection::Implicit).without_pipelining()
                })
                .await,
            ),
        ),
    ]
}
