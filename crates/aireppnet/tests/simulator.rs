//! The client opposite the simulated servers; their ledger file is the judge.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::Path;
use std::time::Duration;

use aireppnet::profile::Profile;
use aireppnet::{
    Again, Client, CommuneCode, Config, Credentials, Error, FileName, FileType, Identity, Proxy, Receipt, Received,
    Roots, Session, Source,
};
use partner_sim::{
    Aireppnet, AireppnetBuilder, Certificate, Echo, Fault, FaultPlan, LedgerLine, On, RetryAfter, RunningAireppnet,
    Server, read_ledger,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

const COMMUNE: &str = "2A004";
/// Nothing but the password holds these letters, in whatever spelling.
const CANARY: &str = "CANARIWORD";
const PASSWORD: &str = "CANARIWORD &é+\" <CANARIWORD";

struct Site {
    folder: tempfile::TempDir,
    servers: RunningAireppnet,
}

impl Site {
    async fn with(set: impl FnOnce(AireppnetBuilder) -> AireppnetBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = Aireppnet::builder(folder.path()).account(COMMUNE, PASSWORD).keep_bytes(true);
        let servers = set(builder).start().await.unwrap();
        Self { folder, servers }
    }

    async fn plain(plan: FaultPlan) -> Self {
        Self::with(|builder| builder.plain_http().faults(plan)).await
    }

    fn config(&self) -> Config {
        let mut profile = Profile::default();
        for (kind, server) in FileType::ALL.into_iter().zip(Server::ALL) {
            profile.servers.set(kind, self.servers.url(server).parse().unwrap());
        }
        let mut config = Config::new(profile, CommuneCode::try_from(COMMUNE).unwrap(), PASSWORD);
        if let Some(pem) = self.servers.ca_pem() {
            config.tls.roots = Roots::Only(vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()]);
        }
        config
    }

    async fn session(&self) -> Session {
        Client::new(self.config()).unwrap().log_in(FileType::EtatCivil).await.unwrap()
    }

    async fn refusal(&self, config: Config) -> Error {
        Client::new(config).unwrap().log_in(FileType::EtatCivil).await.unwrap_err()
    }

    fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.servers.ledger_path()).unwrap()
    }

    fn kinds(&self) -> String {
        self.ledger().into_iter().map(|line| line.kind).collect::<Vec<_>>().join(" ")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

async fn send(session: &mut Session, path: &Path) -> Result<Receipt, Error> {
    let name = FileName::try_from(path.file_name().unwrap().to_str().unwrap()).unwrap();
    session.deposit(&name, Source::Path(path.to_owned()), async { Ok::<(), String>(()) }, &mut |_| {}).await
}

#[tokio::test]
async fn each_type_goes_to_its_own_server_and_comes_back_with_a_proof() {
    for https in [false, true] {
        let site = Site::with(|builder| if https { builder } else { builder.plain_http() }).await;
        let client = Client::new(site.config()).unwrap();
        for kind in FileType::ALL {
            let bytes = format!("{kind}\r\n").repeat(20_000).into_bytes();
            let path = site.file(&format!("wé{kind} \"1\".038"), &bytes);
            let mut session = client.log_in(kind).await.unwrap();
            let (mut told, name) = (0, FileName::try_from(path.file_name().unwrap().to_str().unwrap()).unwrap());
            let commit = async { Ok::<(), String>(()) };
            let receipt =
                session.deposit(&name, Source::Path(path.clone()), commit, &mut |sent| told = sent).await.unwrap();
            assert!(session.close().await.is_none());
            let line = site.ledger().into_iter().rfind(|line| line.kind == "received").unwrap();
            assert_eq!((line.stage.as_deref(), line.account.as_str()), (Some(kind.as_str()), COMMUNE));
            assert_eq!(line.name.as_deref(), Some(name.as_str()));
            assert_eq!(std::fs::read(site.folder.path().join(line.stored.unwrap())).unwrap(), bytes);
            let number = format!("D{:08}", line.local_ident.unwrap());
            assert_eq!(receipt.reference.as_deref(), Some(number.as_str()));
            assert!(receipt.proof.contains("Accusé de dépôt") && receipt.proof.contains(&number), "{}", receipt.proof);
            assert_eq!((receipt.sent, told), (bytes.len() as u64, bytes.len() as u64));
        }
        assert_eq!(site.kinds(), ["login received logout"; 3].join(" "));
    }
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_opened_again_before_the_file() {
    let site = Site::plain(FaultPlan::new()).await;
    let path = site.file("wecivil1.038", b"0001");
    let mut session = site.session().await;
    send(&mut session, &path).await.unwrap();
    site.servers.end_sessions();
    send(&mut session, &path).await.unwrap();
    session.close().await;
    assert_eq!(site.kinds(), "login received login received logout", "nothing was sent into the void");
}

#[tokio::test]
async fn a_session_that_ends_under_a_deposit_leaves_the_file_surely_not_received() {
    let site = Site::plain(FaultPlan::new().upload().once().session_expired()).await;
    let path = site.file("wecivil1.038", b"0001");
    let mut session = site.session().await;
    let error = send(&mut session, &path).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("aireppnet-session-ended", Received::No));
    send(&mut session, &path).await.unwrap();
    assert_eq!(site.kinds(), "login refused received", "the session was open after all");
}

/// A server that ends every session at once: the client asks once more, not for ever.
#[tokio::test]
async fn a_session_that_never_lasts_is_an_error() {
    let site = Site::plain(FaultPlan::new().form().session_expired()).await;
    let path = site.file("wecivil1.038", b"0001");
    let mut session = site.session().await;
    let error = send(&mut session, &path).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("aireppnet-session-ended", Received::No));
    assert_eq!(site.kinds(), "login login");
}

#[tokio::test]
async fn nothing_is_complete_before_the_commit_point() {
    let site = Site::plain(FaultPlan::new()).await;
    let path = site.file("big.038", &vec![b'x'; 300_000]);
    let mut session = site.session().await;
    let name = FileName::try_from("big.038").unwrap();
    let refused = async { Err::<(), _>("stopped") };
    let error = session.deposit(&name, Source::Path(path.clone()), refused, &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("aireppnet-commit-refused", Received::No));
    send(&mut session, &path).await.unwrap();
    session.close().await;
    let sizes: Vec<_> = site.ledger().into_iter().filter_map(|line| Some((line.kind, line.size?))).collect();
    let cut = sizes.iter().find(|(kind, _)| kind == "incomplete");
    assert!(cut.is_none_or(|(_, size)| *size < 300_000), "{sizes:?}");
    assert_eq!(sizes.iter().filter(|(kind, _)| kind == "received").count(), 1);
}

#[tokio::test]
async fn answers_to_a_deposit_are_told_apart() {
    let elsewhere = || Fault::RedirectElsewhere { url: "http://127.0.0.1:9/".to_owned() };
    let hint = || Fault::RefuseForNow { retry_after: Some(RetryAfter::Seconds(7)) };
    let unanswered = "aireppnet-deposit-unanswered";
    for (fault, taken, code, received) in [
        (
            Fault::RefuseForGood { words: "Registre 12 inconnu".to_owned() },
            false,
            "aireppnet-deposit-refused",
            Received::No,
        ),
        (Fault::RefuseForNow { retry_after: None }, false, "aireppnet-refused-for-now", Received::No),
        (hint(), false, "aireppnet-refused-for-now", Received::No),
        (Fault::WrongPassword, false, "aireppnet-session-ended", Received::No),
        (Fault::Status500, false, unanswered, Received::Maybe),
        (Fault::Status500, true, unanswered, Received::Maybe),
        (Fault::UnknownHtml, true, unanswered, Received::Maybe),
        (elsewhere(), true, unanswered, Received::Maybe),
        (Fault::CutResponseAt { at: 0, close_notify: false }, true, unanswered, Received::Maybe),
        (Fault::CutBodyAt { at: 30, close_notify: false }, true, unanswered, Received::Maybe),
        (Fault::OversizeListing { bytes: 5 << 20 }, true, unanswered, Received::Maybe),
        (Fault::Stall, true, unanswered, Received::Maybe),
        (Fault::CutRequestAt { at: 100 }, false, "aireppnet-connection-lost", Received::No),
    ] {
        let rule = FaultPlan::new().upload().once();
        let plan = if taken { rule.taken() } else { rule }.with(fault.clone());
        let site = Site::plain(plan).await;
        let path = site.file("wecivil1.038", &vec![b'x'; 8_000_000]);
        let mut config = site.config();
        config.timeouts.answer = Duration::from_millis(if fault == Fault::Stall { 100 } else { 60_000 });
        let mut session = Client::new(config).unwrap().log_in(FileType::EtatCivil).await.unwrap();
        let error = send(&mut session, &path).await.unwrap_err();
        assert_eq!((error.code(), error.received()), (code, received), "{fault:?}: {error}");
        assert_eq!(site.kinds().contains("received"), taken, "{fault:?}");
        match fault {
            Fault::RefuseForGood { .. } => assert!(error.peer_words().unwrap().contains("Registre 12 inconnu")),
            Fault::RefuseForNow { retry_after: Some(_) } => {
                assert_eq!(error.again(), Again::Later(Some(Duration::from_secs(7))));
            }
            _ => {}
        }
        session.close().await;
    }
}

#[tokio::test]
async fn a_refused_log_in_is_known_and_leaves_nothing_open() {
    let site = Site::plain(FaultPlan::new()).await;
    let mut config = site.config();
    config.password = "wrong".into();
    let error = site.refusal(config).await;
    assert_eq!((error.code(), error.again()), ("aireppnet-login-refused", Again::AfterOperator));
    assert_eq!(site.kinds(), "refused-login");

    for (plan, code) in [
        (FaultPlan::new().on(On::Portal).refuse_for_now(None), "aireppnet-refused-for-now"),
        (FaultPlan::new().login().refuse_for_now(Some(RetryAfter::Seconds(1))), "aireppnet-refused-for-now"),
        (FaultPlan::new().on(On::Portal).status_500(), "aireppnet-server-failed"),
        (FaultPlan::new().on(On::Portal).unknown_html(), "aireppnet-unknown-page"),
        (FaultPlan::new().entry().unknown_html(), "aireppnet-unknown-page"),
        (FaultPlan::new().login().redirect_elsewhere("http://127.0.0.1:9/"), "aireppnet-foreign-origin"),
        (FaultPlan::new().on(On::Portal).with(Fault::EndlessListing), "aireppnet-page-too-large"),
        (FaultPlan::new().on(On::Portal).cut_response_at(5, false), "aireppnet-connection-lost"),
    ] {
        site.servers.set_faults(plan);
        assert_eq!(site.refusal(site.config()).await.code(), code);
    }
}

#[tokio::test]
async fn a_form_that_lacks_an_input_is_an_error_before_any_byte() {
    let site = Site::plain(FaultPlan::new()).await;
    let path = site.file("wecivil1.038", b"0001");
    let mut config = site.config();
    config.profile.deposit.fields = [("typeFichier".to_owned(), "EC".to_owned())].into();
    let mut session = Client::new(config).unwrap().log_in(FileType::EtatCivil).await.unwrap();
    let error = send(&mut session, &path).await.unwrap_err();
    assert_eq!(error.code(), "aireppnet-form-unmapped");
    assert!(error.to_string().ends_with("there are: jeton, commentaire, fichier, action"), "{error}");
    session.close().await;
    assert_eq!(site.kinds(), "login logout");
}

/// The servers are asked for nothing while a client waits: 60 s later it leaves by itself, and comes back for the next file.
#[tokio::test]
async fn an_idle_client_logs_out() {
    let site = Site::plain(FaultPlan::new()).await;
    let path = site.file("wecivil1.038", b"0001");
    let mut session = site.session().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(59)).await;
    tokio::select! {
        biased;
        _ = session.idle() => panic!("too early"),
        () = std::future::ready(()) => {}
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert!(session.idle().await.is_none());
    assert_eq!(site.kinds(), "login logout");
    send(&mut session, &path).await.unwrap();
    session.close().await;
    assert_eq!(site.kinds(), "login logout login received logout");
}

#[tokio::test]
async fn certificates_are_checked_and_shown() {
    for wrong in [Certificate::OtherName, Certificate::OtherAuthority, Certificate::Expired] {
        let site = Site::with(|builder| builder.certificate(wrong)).await;
        assert_eq!(site.refusal(site.config()).await.code(), "aireppnet-tls-refused", "{wrong:?}");
    }
    let site = Site::with(AireppnetBuilder::client_certificates).await;
    let error = site.refusal(site.config()).await;
    assert!(["aireppnet-tls-refused", "aireppnet-connection-lost"].contains(&error.code()), "{error:?}");
    let pem = |name: &str| site.folder.path().join(name);
    let chain: Vec<_> = CertificateDer::pem_file_iter(pem("client.pem")).unwrap().map(Result::unwrap).collect();
    assert_eq!(chain.len(), 2, "the certificate and the intermediate authority");
    let identity = |chain: &[CertificateDer<'static>]| Identity {
        chain: chain.to_vec(),
        key: PrivateKeyDer::from_pem_file(pem("client.key")).unwrap(),
    };
    let mut config = site.config();
    config.tls.identity = Some(identity(&chain[..1]));
    let error = site.refusal(config).await;
    assert!(["aireppnet-tls-refused", "aireppnet-connection-lost"].contains(&error.code()), "half a chain: {error:?}");
    let mut config = site.config();
    config.tls.identity = Some(identity(&chain));
    let session = Client::new(config).unwrap().log_in(FileType::EtatCivil).await.unwrap();
    assert!(session.close().await.is_none());
    assert_eq!(site.kinds(), "login logout");
}

#[tokio::test]
async fn a_proxy_is_used_with_its_credentials() {
    for https in [false, true] {
        let site = Site::with(|builder| if https { builder } else { builder.plain_http() }).await;
        let proxy = partner_sim::Proxy::new().credentials("mairie", "mot").start().await.unwrap();
        let through = |password: &str| {
            let mut config = site.config();
            let credentials = Some(Credentials::new("mairie", password));
            config.proxy = Some(Proxy { url: proxy.url().parse().unwrap(), credentials });
            config
        };
        assert_eq!(site.refusal(through("wrong")).await.code(), "aireppnet-proxy-refused");
        assert_eq!(site.kinds(), "");
        let path = site.file("wecivil1.038", b"0001");
        let mut session = Client::new(through("mot")).unwrap().log_in(FileType::EtatCivil).await.unwrap();
        send(&mut session, &path).await.unwrap();
        assert!(session.close().await.is_none());
        assert_eq!(site.kinds(), "login received logout");
    }
}

#[tokio::test]
async fn no_text_gives_the_password_away() {
    let mut texts = Vec::new();
    for echo in [Echo::Percent, Echo::PercentLower, Echo::Form, Echo::Clear, Echo::Html] {
        let plan = FaultPlan::new()
            .upload()
            .nth(1)
            .refuse_for_good("non")
            .upload()
            .nth(2)
            .unknown_html()
            .upload()
            .nth(3)
            .status_500()
            .logout()
            .status_500();
        let site = Site::with(|builder| builder.echo(echo).plain_http().faults(plan)).await;
        let path = site.file("wecivil1.038", b"0001");
        texts.push(format!("{:?} {:?}", site.config(), Client::new(site.config()).unwrap()));
        let mut session = site.session().await;
        texts.push(format!("{session:?}"));
        for _ in 0..3 {
            let error = send(&mut session, &path).await.unwrap_err();
            assert!(error.peer_words().unwrap().contains("***"), "the page did tell the password: {error:?}");
            texts.push(format!("{error} {error:#?} {:?}", error.peer_words()));
        }
        let receipt = send(&mut session, &path).await.unwrap();
        assert!(receipt.proof.contains("***") && receipt.proof.contains(COMMUNE), "{}", receipt.proof);
        texts.push(format!("{receipt:?}"));
        texts.push(format!("{:#?}", session.close().await.unwrap()));
    }
    for text in texts {
        assert!(!text.to_uppercase().contains(CANARY), "{text}");
    }
}
