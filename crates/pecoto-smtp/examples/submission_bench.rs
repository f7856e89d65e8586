//! How long a small message takes, and how many go over one connection. Prints ratios against Postfix's `smtp-source`, run in turns in the same minute
//! against the same server.
//!
//! ```text
//! smtp-sink -u nobody 127.0.0.1:2525 1000 &          # Debian's package postfix
//! cargo run --release -p pecoto-smtp --example submission_bench -- 127.0.0.1:2525 [messages] [rounds]
//! ```

#![allow(clippy::unwrap_used, reason = "a program that measures may stop at the first trouble")]

use std::convert::Infallible;
use std::process::Command;
use std::time::{Duration, Instant};

use pecoto_smtp::submission::{Client, Config, Draft, Message, Recipients, Security, Session, Source};

/// Bytes of a message, about.
const SIZE: u64 = 4096;

/// Messages timed one by one.
const SINGLE: usize = 500;

struct Bench {
    address: String,
    client: Client,
    messages: Vec<Message>,
}

impl Bench {
    async fn new(address: &str, count: usize) -> Self {
        let (host, port) = address.rsplit_once(':').unwrap();
        let mut config = Config::new(host, port.parse().unwrap());
        config.security = Security::Clear;
        let mut messages = Vec::with_capacity(count);
        for index in 0..count {
            messages.push(message(index).await);
        }
        Self { address: address.to_owned(), client: Client::new(config).unwrap(), messages }
    }

    async fn session(&self) -> Session {
        self.client.connect().await.unwrap()
    }

    /// Messages a second, one after the other in groups.
    async fn ours(&self) -> f64 {
        let mut session = self.session().await;
        let mut sent = 0;
        let began = Instant::now();
        let commit = async |_| Ok::<_, Infallible>(());
        session.submit_all(&self.messages, commit, |_, outcome| sent += usize::from(outcome.is_ok())).await.unwrap();
        let took = began.elapsed();
        assert_eq!(sent, self.messages.len());
        session.close().await;
        rate(self.messages.len(), took)
    }

    /// The median time of one message on an open connection.
    async fn single(&self) -> Duration {
        let mut session = self.session().await;
        let mut times = Vec::with_capacity(SINGLE);
        for message in self.messages.iter().cycle().take(SINGLE) {
            let began = Instant::now();
            session.submit(message, async { Ok::<_, Infallible>(()) }, &mut |_| {}).await.unwrap();
            times.push(began.elapsed());
        }
        session.close().await;
        median(&mut times)
    }

    /// Messages a second by Postfix's own program, one connection, as many messages a connection as there are.
    fn smtp_source(&self) -> Option<f64> {
        let count = self.messages.len().to_string();
        let size = SIZE.to_string();
        let began = Instant::now();
        let mut command = Command::new("smtp-source");
        command.args([
            "-s",
            "1",
            "-d",
            "-m",
            &count,
            "-l",
            &size,
            "-f",
            "a@b.invalid",
            "-t",
            "c@d.invalid",
            &self.address,
        ]);
        let status = command.status().ok()?;
        status.success().then(|| rate(self.messages.len(), began.elapsed()))
    }
}

async fn message(index: usize) -> Message {
    let draft = |bytes: Vec<u8>| Draft {
        from: "recensement@saint-eloi.invalid".parse().unwrap(),
        to: Recipients::try_from(vec!["bsn@pecoto.invalid".parse().unwrap()]).unwrap(),
        subject: "Recensement".parse().unwrap(),
        id: format!("{index}@saint-eloi.invalid").parse().unwrap(),
        date: jiff::Timestamp::UNIX_EPOCH,
        text: "Fichier joint.".to_owned(),
        name: "liste.txt".parse().unwrap(),
        source: Source::Bytes(bytes.into()),
        read_receipt: true,
    };
    let around = Message::new(draft(Vec::new())).await.unwrap().size();
    let bytes = usize::try_from((SIZE - around) / 78 * 57).unwrap();
    Message::new(draft(vec![0xa5; bytes])).await.unwrap()
}

fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}

fn median<T: Copy + PartialOrd>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:2525".to_owned());
    let count = arguments.next().map_or(20_000, |count| count.parse().unwrap());
    let rounds = arguments.next().map_or(5, |rounds| rounds.parse().unwrap());
    let bench = Bench::new(&address, count).await;
    println!("{count} messages of {} bytes, {rounds} rounds, {address}", bench.messages[0].size());
    let (mut ours, mut single, mut source) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        single.push(bench.single().await);
        ours.push(bench.ours().await);
        source.extend(bench.smtp_source());
    }
    let (ours, single) = (median(&mut ours), median(&mut single));
    println!("one message on an open connection   {:>8.3} ms (median)", single.as_secs_f64() * 1e3);
    println!("one connection, in groups           {ours:>8.0} messages/s");
    if source.is_empty() {
        println!("SKIPPED: smtp-source is not installed");
    } else {
        let source = median(&mut source);
        println!("smtp-source, one connection         {source:>8.0} messages/s   ratio {:.2}", ours / source);
    }
}
