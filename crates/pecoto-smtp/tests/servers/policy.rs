//! A greylist as Postfix asks one (its policy protocol): the first attempt for one recipient is refused for now, later ones pass.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

pub(super) struct Policy {
    pub(super) port: u16,
    over: Arc<AtomicBool>,
}

impl Policy {
    pub(super) fn start(grey: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let over = Arc::new(AtomicBool::new(false));
        let (seen, stop) = (Arc::new(AtomicBool::new(false)), Arc::clone(&over));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let seen = Arc::clone(&seen);
                thread::spawn(move || answer(stream, grey, &seen));
            }
        });
        Self { port, over }
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Attributes, one a line, then an empty line; the answer likewise.
fn answer(stream: TcpStream, grey: &str, seen: &AtomicBool) {
    let mut out = stream.try_clone().unwrap();
    let mut recipient = String::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if let Some(value) = line.strip_prefix("recipient=") {
            recipient = value.to_owned();
        } else if line.is_empty() {
            let is_first = recipient == grey && !seen.swap(true, Ordering::Relaxed);
            let action = if is_first { "450 4.2.0 Greylisted, try again" } else { "DUNNO" };
            if write!(out, "action={action}\n\n").is_err() {
                return;
            }
        }
    }
}
