//! `partner-sim`: simulators of partners on loopback, as a program.

mod cli;

use std::{io::Write, process::ExitCode};

use clap::Parser;
use partner_sim::pecoto::Protection;
use partner_sim::{Aireppnet, Error, Gateway, GatewayBuilder, MailServer, Proxy, Server};

use cli::{AireppnetArgs, Cli, Command, GatewayArgs, MailArgs, ProxyArgs};

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Gateway(args) => gateway(args).await,
        Command::Aireppnet(args) => aireppnet(args).await,
        Command::Mail(args) => mail(args).await,
        Command::Proxy(args) => proxy(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("partner-sim: {why} [{}]", why.code());
            ExitCode::FAILURE
        }
    }
}

async fn gateway(args: GatewayArgs) -> Result<(), Error> {
    let state = args.state.clone();
    let gateway = builder(args).start().await?;
    if let Some(portal) = gateway.portal_url() {
        eprintln!("portal  {portal}");
    }
    eprintln!("ledger  {}", gateway.ledger_path().display());
    eprintln!("trust   {}", state.join("ca.pem").display());
    until_told(gateway.base_url()).await;
    gateway.stop().await;
    Ok(())
}

async fn aireppnet(args: AireppnetArgs) -> Result<(), Error> {
    let state = args.state.clone();
    let ports = [0, 1, 2].map(|index| args.ports.get(index).copied().unwrap_or(0));
    let mut servers =
        Aireppnet::builder(args.state).ports(ports).pacing(args.pacing).idle(args.idle).keep_bytes(args.keep_bytes);
    for login in args.account {
        servers = servers.account(login.user, login.password);
    }
    servers = if args.http { servers.plain_http() } else { servers.certificate(args.certificate.into()) };
    if args.client_certificates {
        servers = servers.client_certificates();
    }
    if let Some(file) = args.faults {
        servers = servers.faults_file(file);
    }
    let servers = servers.start().await?;
    eprintln!("ledger  {}", servers.ledger_path().display());
    eprintln!("trust   {}", state.join("ca.pem").display());
    until_told(&Server::ALL.map(|server| servers.url(server)).join(" ")).await;
    servers.stop().await;
    Ok(())
}

async fn mail(args: MailArgs) -> Result<(), Error> {
    let mut server = MailServer::new(&args.state).port(args.port).size(Some(args.size));
    for login in args.account {
        server = server.account(login.user, login.password);
    }
    if args.implicit_tls {
        server = server.protection(Protection::Implicit);
    }
    if args.keep_messages {
        server = server.keep_messages();
    }
    if args.silent {
        server = server.reports([]);
    }
    let server = server.start().await?;
    eprintln!("ledger  {}", server.ledger_path().display());
    eprintln!("trust   {}", args.state.join("ca.pem").display());
    until_told(&format!("smtp://{}", server.address())).await;
    server.stop().await;
    Ok(())
}

async fn proxy(args: ProxyArgs) -> Result<(), Error> {
    let mut proxy = Proxy::new().address(([127, 0, 0, 1], args.port).into());
    if let Some(cli::Login { user, password }) = args.account {
        proxy = proxy.credentials(user, password);
    }
    let proxy = proxy.start().await?;
    until_told(&proxy.url()).await;
    proxy.stop().await;
    Ok(())
}

fn builder(args: GatewayArgs) -> GatewayBuilder {
    let mut gateway = Gateway::builder(args.state)
        .port(args.port)
        .batch_delay(args.batch_delay)
        .keep_bytes(args.keep_bytes)
        .delivery(args.delivery.into());
    for login in args.account {
        gateway = gateway.account(login.user, login.password);
    }
    for login in args.portal_account {
        gateway = gateway.portal_account(login.user, login.password);
    }
    if let Some(portal) = args.portal {
        gateway = gateway.portal(portal.into());
    }
    gateway = if args.http { gateway.plain_http() } else { gateway.certificate(args.certificate.into()) };
    if let Some(folder) = args.mails {
        gateway = if args.mails_by_account { gateway.mails_by_account(folder) } else { gateway.mails(folder) };
        gateway = gateway.mail_delay(args.mail_delay).mail_copies(args.mail_copies);
    }
    if args.form_on_entry {
        gateway = gateway.form_on_entry();
    }
    match args.faults {
        Some(file) => gateway.faults_file(file),
        None => gateway,
    }
}

/// Says that it listens, and waits to be told to stop. Whoever waits for the line may send the signal at once: it is listened to before.
async fn until_told(url: &str) {
    #[cfg(unix)]
    let term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    // If whoever started us went away, there is nobody to tell.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "READY {url}").and_then(|()| out.flush());
    drop(out);
    #[cfg(unix)]
    if let Ok(mut term) = term {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
