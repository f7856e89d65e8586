use partner_sim::SmtpFaults;
use partner_sim::pecoto::{Protection, Step};
use pecoto_smtp::submission::{Again, Received};

use crate::support::{Scene, agreed, message};

#[tokio::test]
async fn cut_before_the_end_is_surely_not_received() {
    for protection in [Protection::Clear, Protection::Implicit] {
        for (step, at) in [
            (Step::Sender, 0),
            (Step::Recipient, 0),
            (Step::Data, 0),
            (Step::Message, 1000),
            (Step::Message, 9_000_000),
        ] {
            let scene = Scene::set(protection, |server| server).await;
            let plan = SmtpFaults::new().on(step).once();
            scene.server.set_faults(if at == 0 { plan.cut() } else { plan.cut_at(at) });
            // More than sockets hold: the end cannot have been handed over when the server goes.
            let message = message("a.bin", &vec![7; 12_000_000]).await;
            let error = scene.send(&message).await.unwrap_err();
            assert_eq!((error.code(), error.received()), ("smtp-connection-lost", Received::No), "{step:?} {at}");
            assert_eq!(error.again(), Again::Later);
            assert!(scene.received().is_empty());
            scene.send(&message).await.unwrap();
            assert_eq!(scene.received(), ["a.bin"]);
        }
    }
}

#[tokio::test]
async fn cut_after_the_end_is_doubtful_whatever_the_server_did() {
    for taken in [true, false] {
        for stall in [true, false] {
            let scene = Scene::set(Protection::StartTls, |server| server).await.impatient();
            let rule = SmtpFaults::new().message("a.bin").once();
            let rule = if taken { rule.taken() } else { rule };
            scene.server.set_faults(if stall { rule.stall() } else { rule.cut() });
            let error = scene.send(&message("a.bin", b"a").await).await.unwrap_err();
            assert_eq!((error.code(), error.received()), ("smtp-unanswered", Received::Maybe));
            assert_eq!(scene.received().len(), usize::from(taken));
        }
    }
}

#[tokio::test]
async fn what_is_neither_yes_nor_no_is_doubtful() {
    for (code, words) in [(354, "go on"), (334, "what")] {
        let scene = Scene::set(Protection::Clear, |server| server).await;
        scene.server.set_faults(SmtpFaults::new().message("a.bin").once().taken().reply(code, words));
        let error = scene.send(&message("a.bin", b"a").await).await.unwrap_err();
        assert_eq!((error.code(), error.received()), ("smtp-unanswered", Received::Maybe));
    }
}

#[tokio::test]
async fn a_refused_commit_point_leaves_an_incomplete_message() {
    let scene = Scene::set(Protection::StartTls, |server| server).await;
    let mut session = scene.session().await;
    let message = message("a.bin", &[1; 100_000]).await;
    let refused = async { Err::<(), _>("the journal is full") };
    let error = session.submit(&message, refused, &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("smtp-commit-refused", Received::No));
    let error = session.submit(&message, agreed(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "smtp-connection-lost", "the session is over: a message is under way in it");
    session.close().await;
    scene.send(&message).await.unwrap();
    assert_eq!(scene.received(), ["a.bin"]);
}

#[tokio::test]
async fn a_group_that_is_cut_is_doubtful_for_one_message_only() {
    let scene = Scene::set(Protection::Clear, |server| server).await;
    scene.server.set_faults(SmtpFaults::new().message("1.txt").once().taken().cut());
    let mut messages = Vec::new();
    for index in 0..4 {
        messages.push(message(&format!("{index}.txt"), b"x").await);
    }
    let mut session = scene.session().await;
    let mut outcomes = Vec::new();
    let commit = async |_| Ok::<_, std::convert::Infallible>(());
    let ended = session
        .submit_all(&messages, commit, |index, outcome| {
            outcomes.push((index, outcome.map_or_else(|error| Some(error.received()), |_| None)));
        })
        .await;
    assert_eq!(ended.unwrap_err().code(), "smtp-unanswered");
    assert_eq!(outcomes, [(0, None), (1, Some(Received::Maybe))], "the others were not begun");
    assert_eq!(scene.received(), ["0.txt", "1.txt"]);
}

#[tokio::test]
async fn silence_is_given_up() {
    for step in [Step::Connect, Step::Hello, Step::Sender, Step::Data] {
        let scene = Scene::set(Protection::Clear, |server| server).await.impatient();
        scene.server.set_faults(SmtpFaults::new().on(step).once().stall());
        let error = scene.send(&message("a.bin", b"a").await).await.unwrap_err();
        assert_eq!((error.code(), error.received()), ("smtp-timed-out", Received::No), "{step:?}");
    }
}
