//! The phases of a session.

/// What a session is doing, told while it enters and leaves (docs/protocols/xfb-gateway.md 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Logging in to the ILEX portal.
    Portal,
    /// Entering the gateway.
    Gateway,
    /// Logging out of the gateway.
    GatewayLogOut,
    /// Logging out of the portal.
    PortalLogOut,
}
