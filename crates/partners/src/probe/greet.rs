//! What is said to mail servers before TLS; nothing of who we are.

use scheduler_core::partner::Greeting;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::{Kind, Patience, Trouble, Wire};

/// Bytes of a line, and lines of an answer.
const LONGEST: usize = 1_000;
const LINES: usize = 100;

/// Hears the greeting and asks for TLS; on success what follows is TLS.
pub(super) async fn ask(wire: &mut Box<dyn Wire>, greeting: Greeting, patience: Patience) -> Result<(), Trouble> {
    let asked = timeout(patience.answer, converse(wire, greeting)).await;
    asked.unwrap_or_else(|_| Err(Trouble::new(Kind::NoGreeting)))
}

async fn converse(wire: &mut Box<dyn Wire>, greeting: Greeting) -> Result<(), Trouble> {
    match greeting {
        Greeting::Smtp => {
            expect(wire, None, "220", Kind::NoGreeting).await?;
            expect(wire, Some("EHLO [127.0.0.1]"), "250", Kind::NoGreeting).await?;
            expect(wire, Some("STARTTLS"), "220", Kind::NoStartTls).await
        }
        Greeting::Imap => {
            expect(wire, None, "* OK", Kind::NoGreeting).await?;
            expect(wire, Some("a1 STARTTLS"), "a1 OK", Kind::NoStartTls).await
        }
        Greeting::Pop3 => {
            expect(wire, None, "+OK", Kind::NoGreeting).await?;
            expect(wire, Some("STLS"), "+OK", Kind::NoStartTls).await
        }
    }
}

/// Says a command and reads its answer: several lines where the fourth character is a hyphen (RFC 5321 4.2.1); untagged ones are passed over.
async fn expect(wire: &mut Box<dyn Wire>, say: Option<&str>, wanted: &str, otherwise: Kind) -> Result<(), Trouble> {
    let lost = |error: std::io::Error| Trouble::with(otherwise, &error.to_string());
    if let Some(command) = say {
        wire.write_all(format!("{command}\r\n").as_bytes()).await.map_err(lost)?;
        wire.flush().await.map_err(lost)?;
    }
    for _ in 0..LINES {
        let line = line(wire).await.map_err(lost)?;
        let goes_on = line.as_bytes().get(3) == Some(&b'-') || (wanted.starts_with('a') && line.starts_with('*'));
        if !goes_on {
            return if line.starts_with(wanted) { Ok(()) } else { Err(Trouble::with(otherwise, &line)) };
        }
    }
    Err(Trouble::new(otherwise))
}

/// Byte by byte: nothing that comes after the last line may be read in clear.
async fn line(wire: &mut Box<dyn Wire>) -> std::io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") && line.len() < LONGEST {
        line.push(wire.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
