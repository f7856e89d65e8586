//! Crossing an HTTP proxy by CONNECT (RFC 9110 9.3.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scheduler_core::partner::{Point, PointProxy};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::{Kind, Patience, Trouble, Wire};

/// Bytes of the head of an answer.
const LONGEST: usize = 8 * 1024;

/// Asks for the point; on success what follows is the point's.
pub(super) async fn cross(
    wire: &mut Box<dyn Wire>,
    proxy: &PointProxy,
    point: &Point,
    patience: Patience,
) -> Result<(), Trouble> {
    let silent = || Trouble::new(Kind::NotAProxy);
    let head = timeout(patience.answer, ask(wire, &request(proxy, point))).await.map_err(|_| silent())?;
    let head = head.map_err(|error| Trouble::with(Kind::NotAProxy, &error.to_string()))?;
    let line = head.lines().next().unwrap_or_default();
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse::<u16>().ok());
    let kind = match status {
        Some(200..=299) => return Ok(()),
        Some(407) if proxy.credentials.is_some() => Kind::ProxyRefusesPassword,
        Some(407) => Kind::ProxyAsksPassword,
        Some(500..=599) => Kind::ProxyCannotReach,
        Some(_) => Kind::ProxyRefuses,
        None => Kind::NotAProxy,
    };
    // Of a proxy's words only the status: some echo what they refuse.
    Err(status.map_or_else(|| Trouble::new(kind), |status| Trouble::with(kind, &format!("HTTP {status}"))))
}

fn request(proxy: &PointProxy, point: &Point) -> String {
    let host = if point.host.contains(':') { format!("[{}]", point.host) } else { point.host.clone() };
    let target = format!("{host}:{}", point.port);
    let credentials = proxy.credentials.as_ref().map(|(user, password)| {
        let pair = STANDARD.encode(format!("{}:{}", user.expose_secret(), password.expose_secret()));
        format!("Proxy-Authorization: Basic {pair}\r\n")
    });
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", credentials.unwrap_or_default())
}

/// Reads the head byte by byte: what follows it belongs to the point.
async fn ask(wire: &mut Box<dyn Wire>, request: &str) -> std::io::Result<String> {
    wire.write_all(request.as_bytes()).await?;
    wire.flush().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST {
        head.push(wire.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
