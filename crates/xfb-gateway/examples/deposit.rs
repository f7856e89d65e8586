//! Deposits one file and says whether the gateway has it.
//!
//! ```text
//! XFB_URL=https://xfb.example/ XFB_USER=VILLE XFB_PASSWORD=… XFB_DESTINATION=C175 XFB_APPLICATION=GRCT450 \
//!     cargo run -p xfb-gateway --example deposit -- MANDATS.xml
//! ```

use std::convert::Infallible;
use std::env::var;
use std::error::Error;
use std::path::PathBuf;

use xfb_gateway::{Client, Config, Credentials, FieldText, FileName, Received, Source, Upload};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).ok_or("which file?")?);
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name in UTF-8, please")?;
    let mut upload = Upload::new(FileName::try_from(name)?, Source::Path(path.clone()));
    upload.destination = Some(FieldText::try_from(var("XFB_DESTINATION")?.as_str())?);
    upload.application = Some(FieldText::try_from(var("XFB_APPLICATION")?.as_str())?);

    let config = Config::new(var("XFB_URL")?.parse()?, Credentials::new(var("XFB_USER")?, var("XFB_PASSWORD")?));
    let mut session = Client::new(config)?.enter(&mut |phase| eprintln!("{phase:?}")).await?;
    // A scheduler would write down here that the outcome is open from now on.
    let commit = async { Ok::<(), Infallible>(()) };
    let outcome = session.upload(upload, commit, &mut |sent| eprintln!("{sent} bytes")).await;
    for failure in session.close(&mut |phase| eprintln!("{phase:?}")).await {
        eprintln!("{failure}");
    }
    match outcome {
        Ok(receipt) => println!("deposited: {}", receipt.words),
        Err(error) if error.received() == Received::Maybe => println!("NOT KNOWN, ask before sending again: {error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
