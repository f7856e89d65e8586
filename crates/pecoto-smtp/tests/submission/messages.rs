use partner_sim::pecoto::{Protection, Report, Step};
use partner_sim::{MailServer, SmtpFaults};
use pecoto_smtp::submission::{Message, Received, Recipients, Source};

use crate::support::{Scene, agreed, draft, message};

/// Bytes of every value, dots and line ends where they hurt.
fn hostile(size: usize) -> Vec<u8> {
    b"\r\n.\r\n.\n\0\xff..\r.".iter().copied().chain(0..=255).cycle().take(size).collect()
}

#[tokio::test]
async fn every_protection_brings_every_byte_and_every_name() {
    for protection in [Protection::StartTls, Protection::Implicit, Protection::Clear] {
        for pipelining in [true, false] {
            let scene =
                Scene::set(protection, |server| if pipelining { server } else { server.without_pipelining() }).await;
            let mut session = scene.session().await;
            let names = ["plain.txt", "recensés d'été \"n° 1\";=%.txt", &"très long ".repeat(20)];
            for (name, size) in names.iter().zip([0, 1000, 300_000]) {
                let path = scene.folder.path().join("file");
                std::fs::write(&path, hostile(size)).unwrap();
                let message = Message::new(pecoto_smtp::submission::Draft {
                    source: Source::Path(path),
                    ..draft(name.trim(), &[])
                })
                .await
                .unwrap();
                let mut progress = 0;
                let receipt = session.submit(&message, agreed(), &mut |sent| progress = sent).await.unwrap();
                assert!(receipt.words.starts_with("250 2.0.0 Ok: queued"), "{}", receipt.words);
                assert_eq!(progress, size as u64);
            }
            session.close().await;
            let ledger = scene.ledger();
            let received: Vec<_> = ledger.iter().filter(|line| line.kind == "received").collect();
            for (line, (name, size)) in received.iter().zip(names.iter().zip([0, 1000, 300_000])) {
                use sha2::Digest as _;
                let hash: String =
                    sha2::Sha256::digest(hostile(size)).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!((line.name.as_deref(), line.sha256.as_deref()), (Some(name.trim()), Some(hash.as_str())));
            }
            assert_eq!(received.len(), 3, "{protection:?} {pipelining}");
            assert_eq!(ledger.last().and_then(|line| line.stage.as_deref()), Some("quit"));
        }
    }
}

#[tokio::test]
async fn the_identity_is_the_message_s_and_the_envelope_s_and_reports_are_asked_for() {
    let scene = Scene::set(Protection::Clear, |server| server.reports([Report::Delivered, Report::Displayed])).await;
    let message = message("a.txt", b"a").await;
    for _ in 0..2 {
        scene.send(&message).await.unwrap();
    }
    let ids: Vec<_> = scene.ledger().into_iter().filter_map(|line| line.message_id).collect();
    assert_eq!(ids, [message.id().as_str(), message.id().as_str()], "the same at every attempt");
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(scene.server.mailbox("ville").unwrap().join("new")).unwrap() {
        mails.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let count = |part: &str| mails.iter().filter(|mail| mail.contains(part)).count();
    assert_eq!(count(&format!("Original-Envelope-Id: {}", message.id())), 2);
    assert_eq!(count("Original-Recipient: rfc822;bsn@pecoto.invalid"), 2);
    assert_eq!(count(&format!("Original-Message-ID: <{}>", message.id())), 2);
}

#[tokio::test]
async fn without_dsn_nothing_is_asked_of_the_server() {
    let mut scene = Scene::set(Protection::Clear, MailServer::without_dsn).await;
    scene.send(&message("a.txt", b"a").await).await.unwrap();
    scene.config.delivery_reports = false;
    scene.send(&message("b.txt", b"b").await).await.unwrap();
    assert_eq!(scene.received().len(), 2);
}

#[tokio::test]
async fn too_large_for_the_profile_is_known_before_connecting_and_for_the_server_before_data() {
    let mut scene = Scene::set(Protection::Clear, |server| server.size(Some(5000))).await;
    let large = message("large.bin", &hostile(6000)).await;
    scene.config.largest = large.size() - 1;
    assert_eq!(scene.client().check(&large).unwrap_err().code(), "smtp-too-large");
    assert!(scene.ledger().is_empty());
    scene.config.largest = large.size();
    scene.client().check(&large).unwrap();
    let mut session = scene.session().await;
    let error = session.submit(&large, agreed(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("smtp-too-large", Received::No));
    session.submit(&message("small.bin", b"s").await, agreed(), &mut |_| {}).await.unwrap();
    session.close().await;
    assert_eq!(scene.received(), ["small.bin"]);
}

/// Refused at each step for now or for good, then the same session goes on.
#[tokio::test]
async fn a_refusal_says_how_long_it_lasts_and_spoils_nothing() {
    for pipelining in [true, false] {
        for step in [Step::Sender, Step::Recipient, Step::Data, Step::Message] {
            for (code, words, expected) in
                [(450, "4.2.0 greylisted", "smtp-refused-for-now"), (550, "5.1.1 unknown", "")]
            {
                let scene =
                    Scene::set(
                        Protection::Clear,
                        |server| if pipelining { server } else { server.without_pipelining() },
                    )
                    .await;
                scene.server.set_faults(SmtpFaults::new().on(step).once().reply(code, words));
                let mut session = scene.session().await;
                let (a, b) = (message("a.txt", b"a").await, message("b.txt", b"b").await);
                let error = session.submit(&a, agreed(), &mut |_| {}).await.unwrap_err();
                let permanent = match step {
                    Step::Sender => "smtp-sender-refused",
                    Step::Recipient => "smtp-recipient-refused",
                    _ => "smtp-message-refused",
                };
                assert_eq!(error.code(), if expected.is_empty() { permanent } else { expected }, "{step:?} {code}");
                assert_eq!((error.reply(), error.received()), (Some(code), Received::No));
                assert_eq!(error.peer_words(), Some(format!("{code} {words}").as_str()));
                assert_eq!(error.status(), words.split(' ').next());
                session.submit(&b, agreed(), &mut |_| {}).await.unwrap();
                session.submit(&a, agreed(), &mut |_| {}).await.unwrap();
                session.close().await;
                assert_eq!(scene.received(), ["b.txt", "a.txt"], "{step:?} {code}");
            }
        }
    }
}

#[tokio::test]
async fn all_recipients_or_none() {
    for pipelining in [true, false] {
        let scene =
            Scene::set(Protection::Clear, |server| if pipelining { server } else { server.without_pipelining() }).await;
        scene.server.set_faults(SmtpFaults::new().on(Step::Recipient).named("b@").once().reply(550, "5.1.1 unknown"));
        let to = ["a@pecoto.invalid", "b@pecoto.invalid", "c@pecoto.invalid"].map(|address| address.parse().unwrap());
        let mut draft = draft("a.txt", b"a");
        draft.to = Recipients::try_from(to.to_vec()).unwrap();
        let message = Message::new(draft).await.unwrap();
        let error = scene.send(&message).await.unwrap_err();
        assert_eq!(error.code(), "smtp-recipient-refused");
        assert!(scene.received().is_empty());
        scene.send(&message).await.unwrap();
        let line = scene.ledger().into_iter().find(|line| line.kind == "received").unwrap();
        assert_eq!(line.destination.as_deref(), Some("a@pecoto.invalid,b@pecoto.invalid,c@pecoto.invalid"));
    }
}

#[tokio::test]
async fn many_in_groups() {
    for pipelining in [true, false] {
        let scene =
            Scene::set(Protection::StartTls, |server| if pipelining { server } else { server.without_pipelining() })
                .await;
        scene.server.set_faults(
            SmtpFaults::new()
                .on(Step::Recipient)
                .nth(2)
                .reply(450, "4.2.0 greylisted")
                .message("3.txt")
                .once()
                .reply(554, "5.7.1 no"),
        );
        let mut messages = Vec::new();
        for index in 0..6 {
            messages.push(message(&format!("{index}.txt"), &hostile(5000 + index)).await);
        }
        let mut session = scene.session().await;
        let (mut commits, mut outcomes) = (Vec::new(), Vec::new());
        let commit = async |index| {
            commits.push(index);
            Ok::<_, std::convert::Infallible>(())
        };
        let done = |index, outcome: pecoto_smtp::submission::Result<_>| {
            outcomes.push((index, outcome.err().map(|error| error.code())));
        };
        session.submit_all(&messages, commit, done).await.unwrap();
        session.close().await;
        assert_eq!(scene.received(), ["0.txt", "2.txt", "4.txt", "5.txt"]);
        assert_eq!(commits, [0, 2, 3, 4, 5], "only what was about to be completed");
        outcomes.sort_by_key(|(index, _)| *index);
        let expected = [None, Some("smtp-refused-for-now"), None, Some("smtp-message-refused"), None, None];
        assert_eq!(outcomes, expected.into_iter().enumerate().collect::<Vec<_>>());
    }
}
