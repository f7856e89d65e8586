//! One suite, every channel, every fault: each file of this folder is a part of the contract.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod contract;

use std::sync::Arc;

use conformance::{GatewayPeer, MemoryPeer, Peer};
use partner_sim::Portal;

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
    ]
}
