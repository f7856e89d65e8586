//! One file to a gateway, with `xfb-gateway` alone: no scheduler, no journal. The gateway here is the simulated one.

use std::convert::Infallible;

use partner_sim::{Gateway, read_ledger};
use xfb_gateway::{Client, Config, Credentials, FileName, Source, Upload};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let gateway =
        Gateway::builder(folder.path().join("treasury")).account("ville", "secret").plain_http().start().await?;
    let file = folder.path().join("mandat.xml");
    std::fs::write(&file, "<mandats/>")?;

    let client = Client::new(Config::new(gateway.base_url().parse()?, Credentials::new("ville", "secret")))?;
    let mut session = client.enter(&mut |phase| println!("{phase:?}…")).await?;
    let mut upload = Upload::new(FileName::try_from("mandat.xml")?, Source::Path(file));
    upload.destination = Some("C175".try_into()?);
    upload.application = Some("GRCT450".try_into()?);
    // Whoever keeps a journal writes «committing» here: nothing complete leaves before this future ends.
    let commit = async { Ok::<(), Infallible>(()) };
    let receipt = session.upload(upload, commit, &mut |sent| println!("{sent} bytes")).await?;
    println!("the gateway says: {}", receipt.words);
    session.close(&mut |_| {}).await;

    let received = read_ledger(gateway.ledger_path())?.into_iter().filter(|line| line.kind == "received").count();
    gateway.stop().await;
    if received == 1 { Ok(()) } else { Err("the gateway did not receive it once".into()) }
}
