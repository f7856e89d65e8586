//! The client against the simulated partner, which shares no code with it: its ledger file says what really arrived.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::time::Duration;

use partner_sim::{Delivery, Echo, Fault, FaultPlan, GatewayBuilder, On, RetryAfter, Running, read_ledger};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use xfb_gateway::{
    Client, Completeness, Config, Consumed, Credentials, Error, FieldText, FileName, Portal, Received, Roots, Session,
    Source, Upload,
};

const USER: &str = "VILLE DE X";
const PASSWORD: &str = "p&ss é+%'\"";

struct Site {
    folder: tempfile::TempDir,
    gateway: Running,
}

impl Site {
    async fn with(change: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = partner_sim::Gateway::builder(folder.path().join("state")).account(USER, PASSWORD);
        Self { gateway: change(builder).start().await.unwrap(), folder }
    }

    fn config(&self) -> Config {
        let credentials = Credentials::new(USER, PASSWORD);
        let mut config = Config::new(self.gateway.base_url().parse().unwrap(), credentials.clone());
        let url = self.gateway.portal_url().map(|url| url.parse().unwrap());
        config.portal = url.map(|url| Portal { url, credentials });
        if let Some(pem) = self.gateway.ca_pem() {
            config.tls.roots = Roots::Only(vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()]);
        }
        config
    }

    async fn enter(&self) -> Session {
        Client::new(self.config()).unwrap().enter(&mut |_| {}).await.unwrap()
    }

    async fn send(&self, session: &mut Session, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut upload = Upload::new(FileName::try_from(name).unwrap(), Source::Path(path));
        upload.destination = Some(FieldText::try_from("C175").unwrap());
        upload.application = Some(FieldText::try_from("GRCT450").unwrap());
        upload.subject = Some(FieldText::try_from("HÉLIOS").unwrap());
        upload.parm_cft = Some(FieldText::try_from("P1").unwrap());
        session.upload(upload, async { Ok::<(), String>(()) }, &mut |_| {}).await.map(|_| ())
    }

    fn kinds(&self, kind: &str) -> usize {
        read_ledger(self.gateway.ledger_path()).unwrap().iter().filter(|line| line.kind == kind).count()
    }
}

async fn read(session: &mut Session) -> Result<(Vec<u8>, Completeness), Error> {
    let offer = session.list().await?.remove(0);
    let mut download = session.download(&offer).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = download.chunk().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes, download.completeness().unwrap()))
}

#[tokio::test]
async fn a_whole_session_over_every_portal_and_echo() {
    use partner_sim::Portal::{Basic, Form};
    for (portal, echo, on_entry) in [
        (Form, Echo::Percent, false),
        (Form, Echo::PercentLower, true),
        (Basic, Echo::Form, false),
        (Form, Echo::Html, false),
    ] {
        let change = |builder: GatewayBuilder| {
            let builder = builder.portal(portal).echo(echo).hidden("jeton", "a b&é");
            if on_entry { builder.form_on_entry() } else { builder }
        };
        let site = Site::with(change).await;
        site.gateway.offer(USER, "RCT290G", b"returned").unwrap();
        let mut session = site.enter().await;
        site.send(&mut session, "MANDATS.xml", &[7; 200_000]).await.unwrap();
        site.send(&mut session, "été.xml", b"").await.unwrap();
        assert_eq!(read(&mut session).await.unwrap(), (b"returned".to_vec(), Completeness::Proven));
        assert!(session.list().await.unwrap().is_empty(), "read once");
        assert!(session.close(&mut |_| {}).await.is_empty());
        let ledger = read_ledger(site.gateway.ledger_path()).unwrap();
        let received: Vec<_> = ledger.into_iter().filter(|line| line.kind == "received").collect();
        let names: Vec<_> = received.iter().filter_map(|line| line.name.as_deref()).collect();
        assert_eq!(names, ["MANDATS.xml", "été.xml"]);
        let first = &received[0];
        let fields =
            [&first.destination, &first.application, &first.subject, &first.cft].map(|field| field.as_deref().unwrap());
        assert_eq!(fields, ["C175", "GRCT450", "HÉLIOS", "P1"]);
        assert_eq!(first.size, Some(200_000));
        assert_eq!(site.kinds("logout"), 2, "gateway and portal");
    }
}

#[tokio::test]
async fn every_delivery_is_judged() {
    for (delivery, plain, expected) in [
        (Delivery::Close, false, Some(Completeness::Proven)),
        (Delivery::Close, true, Some(Completeness::Unproven)),
        (Delivery::SilentClose, false, None),
        (Delivery::Chunked, true, Some(Completeness::Proven)),
        (Delivery::Length, true, Some(Completeness::Proven)),
    ] {
        let change = |builder: GatewayBuilder| if plain { builder.plain_http() } else { builder };
        let site = Site::with(|builder| change(builder.delivery(delivery))).await;
        site.gateway.offer(USER, "OCRE", &[1; 100_000]).unwrap();
        match (read(&mut site.enter().await).await, expected) {
            (Ok((bytes, completeness)), Some(expected)) => assert_eq!((bytes.len(), completeness), (100_000, expected)),
            (Err(error), None) => assert_eq!(error.consumed(), Consumed::Incomplete),
            (result, _) => panic!("{delivery:?} {plain}: {result:?}"),
        }
    }
}

/// Whatever goes wrong: «surely not received» is never said of a file that is in the ledger, and a receipt never of one that
/// is not.
#[tokio::test]
async fn no_fault_makes_the_client_say_what_is_not_so() {
    let upload = || FaultPlan::new().upload();
    let plans = [
        (upload().refuse_for_good("Partner not authorized"), Some("xfb-upload-refused")),
        (upload().refuse_for_now(None), Some("xfb-refused-for-now")),
        (upload().refuse_for_now(Some(RetryAfter::Seconds(9))), Some("xfb-refused-for-now")),
        (upload().wrong_password(), None),
        (upload().session_expired(), Some("xfb-session-expired")),
        (upload().unknown_html(), Some("xfb-upload-unanswered")),
        (upload().taken().unknown_html(), Some("xfb-upload-unanswered")),
        (upload().status_500(), Some("xfb-upload-unanswered")),
        (upload().taken().status_500(), Some("xfb-upload-unanswered")),
        (upload().cut_request_at(0), None),
        (upload().cut_request_at(700), None),
        (upload().cut_request_at(100_000), None),
        (upload().cut_request_at(10_000_000), Some("xfb-upload-unanswered")),
        (upload().cut_response_at(0, true), Some("xfb-upload-unanswered")),
        (upload().cut_response_at(20, false), Some("xfb-upload-unanswered")),
        (upload().cut_body_at(30, false), Some("xfb-upload-unanswered")),
        (upload().late_yes(Duration::from_secs(3600)), Some("xfb-upload-unanswered")),
        (upload().stall(), Some("xfb-upload-unanswered")),
        (upload().redirect_elsewhere("http://127.0.0.2:9/"), Some("xfb-upload-unanswered")),
        (FaultPlan::new().entry().wrong_password(), Some("xfb-login-refused")),
        (FaultPlan::new().form().status_500(), Some("xfb-server-failed")),
        (FaultPlan::new().form().once().session_expired(), Some("")),
        (FaultPlan::new().form().unknown_html(), Some("xfb-unknown-page")),
        (FaultPlan::new().form().with(Fault::EndlessHeaders), Some("xfb-connection-lost")),
    ];
    for (plan, code) in plans {
        let site = Site::with(|builder| builder.faults(plan.clone())).await;
        let mut config = site.config();
        config.timeouts.answer = Duration::from_secs(2);
        let outcome = match Client::new(config).unwrap().enter(&mut |_| {}).await {
            Err(error) => Err(error),
            Ok(mut session) => {
                let outcome = site.send(&mut session, "MANDATS.xml", &[7; 200_000]).await;
                session.close(&mut |_| {}).await;
                outcome
            }
        };
        let received = site.kinds("received");
        match &outcome {
            Ok(()) => assert_eq!(received, 1, "{plan:?}"),
            Err(error) if error.received() == Received::No => assert_eq!(received, 0, "{plan:?}: {error:?}"),
            Err(_) => {}
        }
        if let Some(code) = code {
            assert_eq!(outcome.as_ref().err().map_or("", Error::code), code, "{plan:?}: {outcome:?}");
        }
        let text = format!("{outcome:?}");
        assert!(!text.contains("VILLE DE X") && !text.contains("p&ss"), "{text}");
    }
}

#[tokio::test]
async fn hostile_listings_and_names_are_contained() {
    let listing = || FaultPlan::new().on(On::Listing);
    for (plan, expected) in [
        (listing().with(Fault::OversizeListing { bytes: 6 << 20 }), "xfb-page-too-large"),
        (listing().with(Fault::EndlessListing), "xfb-page-too-large"),
        (listing().with(Fault::EndlessHeaders), "xfb-connection-lost"),
        (listing().slow_loris(Duration::from_millis(50)), "xfb-timed-out"),
    ] {
        let site = Site::with(|builder| builder.faults(plan)).await;
        let mut config = site.config();
        config.timeouts.answer = Duration::from_secs(5);
        let mut session = Client::new(config).unwrap().enter(&mut |_| {}).await.unwrap();
        assert_eq!(session.list().await.unwrap_err().code(), expected);
    }
    let site = Site::with(|builder| builder.faults(listing().once().with(Fault::HostileNames))).await;
    let mut session = site.enter().await;
    let offers = session.list().await.unwrap();
    assert!(offers.iter().any(|offer| offer.name.as_str().contains("..")), "{offers:?}");
    assert!(offers.iter().all(|offer| offer.name.as_str().len() <= 255));
    for offer in offers {
        let mut download = session.download(&offer).await.unwrap();
        while download.chunk().await.unwrap().is_some() {}
    }
    assert!(session.list().await.unwrap().is_empty());
}
