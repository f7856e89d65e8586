//! What an honest gateway shows, and what its ledger tells.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use partner_sim::{Certificate, Delivery, Error, Gateway, OfferState, Portal};
use support::{Client, End, LOGGED, Site, USER, start, token, upload_body, upload_head, upload_request};

#[tokio::test]
async fn a_session_from_entry_to_logout() {
    let site = Site::with(|gateway| gateway.keep_bytes(true)).await;
    let mut client = site.connect().await;
    let entry = client.get(&format!("/depot-xt?{LOGGED}")).await;
    assert!(entry.text().contains("Serveur de fichiers du Trésor Public"), "Latin-1");
    let form = client.get(&entry.link("Envoi d'un fichier")).await;
    assert!(form.text().contains(&format!("VALUE=\"{}\"", token())));
    assert!(form.text().contains("VALUE=\"dépôt &quot;1&quot;\""));

    let answer = client.exchange(&upload_request("MANDAT1", b"content")).await;
    assert_eq!(
        answer.text(),
        "<HTML>\n<HEAD>\n  <TITLE>File received correctly</TITLE>\n</HEAD>\n<BODY>\n<CENTER>\n<H1><FONT color=GREEN>File received</FONT></H1>\n\
         <A HREF=\"?user=ville&password=p%26ss%20%C3%A9\">Continue ...</A>\n</CENTER>\n</BODY>\n</HTML>\n"
    );
    let bye = client.get(&entry.link("Déconnexion")).await;
    assert_eq!((bye.status(), bye.end), (200, End::Open));

    assert_eq!(site.kinds(), ["login", "received", "logout"]);
    let line = site.ledger().remove(1);
    assert_eq!((line.seq, line.account.as_str(), line.name.as_deref(), line.size), (2, USER, Some("MANDAT1"), Some(7)));
    assert_eq!((line.destination.as_deref(), line.application.as_deref()), (Some("C175"), Some("GRCT450")));
    assert_eq!((line.subject.as_deref(), line.cft.as_deref()), (Some("HÉLIOS"), Some("")));
    assert_eq!(line.sha256.as_deref(), Some("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"));
    assert_eq!((line.lost, line.answered.as_deref()), (Some(false), Some("success")));
    assert_eq!(std::fs::read(site.folder.path().join(line.stored.unwrap())).unwrap(), b"content");
    assert!(
        !std::fs::read_to_string(site.gateway.ledger_path()).unwrap().contains("p&ss"),
        "no password in the ledger"
    );
}

#[tokio::test]
async fn listing_and_consuming_download() {
    let site = Site::with(|gateway| gateway).await;
    let ident = site.gateway.offer(USER, "RCT290G", b"a return").unwrap();
    let listing = site.get(&format!("/depot-xt?{LOGGED}&action=liste")).await;
    assert!(listing.text().contains("<TD>B\n"));
    let link = listing.link("RCT290G</A>");
    assert_eq!(link, format!("/depot-xt/RCT290G?local_ident={ident}&{LOGGED}"));

    let file = site.get(&link).await;
    assert_eq!((file.body.as_slice(), file.end, file.header("Content-Length")), (&b"a return"[..], End::Clean, None));
    assert_eq!(site.gateway.offer_state(ident), Some(OfferState::E));
    assert!(site.get(&format!("/depot-xt?{LOGGED}&action=liste")).await.text().contains("<TD>E\n"));
    assert!(site.get(&link).await.text().contains("<TITLE>Unknown file"), "read once");
    assert_eq!(site.kinds(), ["served"]);
    assert_eq!(site.ledger()[0].answered.as_deref(), Some("complete"));

    assert!(site.gateway.make_available(ident).unwrap());
    assert_eq!(site.get(&link).await.body, b"a return");
}

#[tokio::test]
async fn a_listing_without_states_shows_available_files_only() {
    let site = Site::with(|gateway| gateway.listing_without_states().listing_without_sizes()).await;
    let read = site.gateway.offer(USER, "READ", b"x").unwrap();
    site.gateway.offer(USER, "NEW", b"x").unwrap();
    site.get(&format!("/depot-xt/READ?local_ident={read}&{LOGGED}")).await;
    let listing = site.get(&format!("/depot-xt?{LOGGED}&action=liste")).await.text();
    assert!(listing.contains("NEW</A>") && !listing.contains("READ</A>") && !listing.contains("Taille"));
}

#[tokio::test]
async fn every_way_to_tell_the_end_of_a_download() {
    for (delivery, plain, end) in [
        (Delivery::Close, false, End::Clean),
        (Delivery::SilentClose, false, End::Torn),
        (Delivery::Close, true, End::Clean),
        (Delivery::Chunked, false, End::Open),
        (Delivery::Length, false, End::Open),
    ] {
        let site = Site::with(|gateway| if plain { gateway.plain_http() } else { gateway }.delivery(delivery)).await;
        let ident = site.gateway.offer(USER, "X", &[7; 100_000]).unwrap();
        let file = site.get(&format!("/depot-xt/X?local_ident={ident}&{LOGGED}")).await;
        assert_eq!(file.end, end, "{delivery:?} plain={plain}");
        assert_eq!(file.body.iter().filter(|&&byte| byte == 7).count(), 100_000);
        assert_eq!(file.header("Content-Length").is_some(), delivery == Delivery::Length);
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_recorded() {
    let site = Site::with(|gateway| gateway.refusal_status(401)).await;
    let entry = site.get("/depot-xt?user=ville&password=no").await;
    assert_eq!(entry.status(), 401);
    assert!(entry.text().contains("<TITLE>Access denied"));
    let body = upload_body(&[], "X", b"x");
    let head = String::from_utf8(upload_head(body.len())).unwrap().replace(LOGGED, "user=ville&password=no");
    let refused = site.connect().await.exchange(&[head.as_bytes(), &body].concat()).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(site.kinds(), ["refused-login", "refused-login"]);
}

#[tokio::test]
async fn the_form_must_come_back_as_it_was() {
    let site = Site::with(|gateway| gateway).await;
    let body = upload_body(&[("JETON", "other")], "X", b"x");
    let answer = site.connect().await.exchange(&[upload_head(body.len()), body].concat()).await;
    assert!(answer.text().contains("<TITLE>File rejected"));
    assert!(site.upload("", b"x").await.text().contains("<TITLE>File not received"));
    assert_eq!(site.kinds(), ["refused", "refused"]);
}

#[tokio::test]
async fn a_body_that_ends_early_is_not_received() {
    let site = Site::with(|gateway| gateway.keep_bytes(true)).await;
    let request = upload_request("MANDAT1", b"content");
    for cut in [request.len() - 1, request.len() - 4, request.len() - 20] {
        let mut client = site.connect().await;
        client.send(&request[..cut]).await;
        drop(client);
    }
    // Announced end reached, but no closing delimiter.
    let body = upload_body(&[], "MANDAT1", b"content");
    let short = &body[..body.len() - 8];
    let answer = site.connect().await.exchange(&[&upload_head(short.len()), short].concat()).await;
    assert!(answer.text().contains("<TITLE>File not received"));
    while site.ledger().len() < 4 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.kinds(), ["incomplete"; 4]);
    assert_eq!(std::fs::read_dir(site.folder.path().join("received")).unwrap().count(), 0);
}

#[tokio::test]
async fn portal_form() {
    let site = Site::with(|gateway| gateway.portal(Portal::Form).portal_account("mairie", "z=1")).await;
    assert!(site.gateway.portal_url().unwrap().ends_with("/portail/"));
    let outside = site.get(&format!("/depot-xt?{LOGGED}")).await;
    assert_eq!(outside.status(), 403, "no portal session");

    let form = site.get("/portail/").await.text();
    let token = form.split_once("NAME=JETON VALUE=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let login = |secret: &str| {
        let sent = format!("JETON={token}&SUITE=accueil+%26+suite&UTILISATEUR=mairie&SECRET={secret}");
        format!("POST /portail/login HTTP/1.1\r\nHost: sim\r\nContent-Length: {}\r\n\r\n{sent}", sent.len())
    };
    let refused = site.connect().await.exchange(login("no").as_bytes()).await;
    assert!(refused.text().contains("TYPE=PASSWORD"));
    let home = site.connect().await.exchange(login("z%3D1").as_bytes()).await;
    let cookie = home.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
    let with_cookie = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: sim\r\nCookie: a=b; {cookie}\r\n\r\n");
    let entry = site.connect().await.exchange(with_cookie(&format!("/depot-xt?{LOGGED}")).as_bytes()).await;
    assert_eq!(entry.status(), 200);
    assert_eq!(site.connect().await.exchange(with_cookie(&home.link("Déconnexion")).as_bytes()).await.status(), 200);
    assert_eq!(
        site.connect().await.exchange(with_cookie(&format!("/depot-xt?{LOGGED}")).as_bytes()).await.status(),
        403,
        "session over"
    );

    let told: Vec<_> = site.ledger().into_iter().map(|line| (line.kind, line.stage.unwrap())).collect();
    let told: Vec<_> = told.iter().map(|(kind, stage)| (kind.as_str(), stage.as_str())).collect();
    assert_eq!(
        told,
        [
            ("refused-login", "portal"),
            ("refused-login", "portal"),
            ("login", "portal"),
            ("login", "gateway"),
            ("logout", "portal"),
            ("refused-login", "portal")
        ]
    );
}

#[tokio::test]
async fn portal_basic() {
    let site = Site::with(|gateway| gateway.portal(Portal::Basic).portal_account("Aladdin", "open sesame")).await;
    let challenge = site.get("/portail/").await;
    assert_eq!(
        (challenge.status(), challenge.header("WWW-Authenticate").as_deref()),
        (401, Some("Basic realm=\"ILEX\""))
    );
    let home = site
        .connect()
        .await
        .exchange(b"GET /portail/ HTTP/1.1\r\nHost: sim\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n")
        .await;
    assert_eq!(home.status(), 200);
    assert!(home.header("Set-Cookie").is_some());
}

#[tokio::test]
async fn wrong_certificates_are_seen_by_a_client() {
    for certificate in [Certificate::OtherName, Certificate::OtherAuthority, Certificate::Expired] {
        let site = Site::with(|gateway| gateway.certificate(certificate)).await;
        assert!(Client::connect(&site.gateway).await.is_err(), "{certificate:?}");
    }
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let refused = Gateway::builder(folder.path()).address(address.parse().unwrap()).start().await;
        assert!(matches!(refused, Err(Error::NotLoopback { .. })), "{address}");
    }
}

#[tokio::test]
async fn a_restart_keeps_ledger_numbers_states_and_authority() {
    let site = Site::with(|gateway| gateway).await;
    site.upload("ONE", b"1").await;
    let ident = site.gateway.offer(USER, "RETURN", b"x").unwrap();
    site.get(&format!("/depot-xt/RETURN?local_ident={ident}&{LOGGED}")).await;
    let (ca, address) = (site.gateway.ca_pem().unwrap().to_owned(), site.gateway.address());
    let Site { folder, gateway } = site;
    gateway.stop().await;
    // What a simulator leaves that is killed while it receives.
    let draft = folder.path().join("received/.draft-1-0");
    std::fs::write(&draft, "half a fi").unwrap();

    let gateway = start(folder.path(), |gateway| gateway.port(address.port())).await;
    assert!(!draft.exists());
    let site = Site { folder, gateway };
    assert_eq!(site.gateway.ca_pem(), Some(ca.as_str()));
    assert_eq!(site.gateway.offer_state(ident), Some(OfferState::E));
    site.upload("TWO", b"2").await;
    let lines = site.ledger();
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(lines[2].local_ident > Some(ident), "numbers are never used twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_uploads_are_each_received_once() {
    let site = std::sync::Arc::new(Site::with(|gateway| gateway.keep_bytes(true)).await);
    let lanes: Vec<_> = (0..64)
        .map(|lane| {
            let site = std::sync::Arc::clone(&site);
            tokio::spawn(async move {
                let mut client = site.connect().await;
                for file in 0..5 {
                    let answer = client
                        .exchange(&upload_request(&format!("F{lane}-{file}"), format!("{lane} {file}").as_bytes()))
                        .await;
                    assert!(answer.text().contains("File received"));
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    let lines = site.ledger();
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), (1..=320).collect::<Vec<_>>());
    let mut names: Vec<_> = lines.iter().map(|line| line.name.clone().unwrap()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 320);
    for line in lines {
        let stored = std::fs::read_to_string(site.folder.path().join(line.stored.unwrap())).unwrap();
        assert_eq!(format!("F{}", stored.replace(' ', "-")), line.name.unwrap());
    }
}
