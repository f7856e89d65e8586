//! A line between a client and a server that can be cut at a chosen moment.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Carries one connection.
pub(crate) struct Relay {
    pub(crate) port: u16,
    armed: Arc<AtomicBool>,
}

impl Relay {
    /// To `port`; when it is armed, the server's next bytes are swallowed, `cut` is called, and the line goes dead.
    pub(crate) async fn start(port: u16, cut: impl FnOnce() + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let armed = Arc::new(AtomicBool::new(false));
        let is_armed = Arc::clone(&armed);
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            let mut buffer = vec![0; 16 << 10];
            while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
                if is_armed.load(Ordering::SeqCst) {
                    cut();
                    break;
                }
                to_client.write_all(&buffer[..count]).await.unwrap();
            }
            up.abort();
        });
        Self { port: own, armed }
    }

    /// The server's next words are the last that it says, and nobody hears them.
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}
