//! The same of the mail channel: a server that repeats the password, in clear and in base64, wherever it can, in its replies and its reports.

use std::sync::Arc;
use std::time::Duration;

use conformance::peer::mail::password;
use conformance::rig::gather;
use conformance::{MailPeer, Rig, Spec, check};
use partner_sim::SmtpFaults;
use partner_sim::pecoto::Step;
use scheduler_core::partner::Value;

use super::{MARK, assert_clean, base64, follow};

/// Every spelling that was sent.
fn needles() -> Vec<String> {
    let word = password("VILLE");
    let sent = [word.clone(), format!("\0VILLE\0{word}"), format!("user=VILLE\x01auth=Bearer {word}\x01\x01")];
    [MARK.to_owned(), MARK.to_lowercase()].into_iter().chain(sent.iter().map(|text| base64(text.as_bytes()))).collect()
}

pub(crate) async fn play() -> Vec<u8> {
    let mut live = Vec::new();
    for mechanism in ["plain", "login", "xoauth2"] {
        live.extend(with(mechanism).await);
    }
    live
}

fn menu() -> SmtpFaults {
    let word = password("VILLE");
    let echo = format!(
        "you said {word}, or {}, or {}",
        base64(word.as_bytes()),
        base64(format!("\0VILLE\0{word}").as_bytes())
    );
    [Step::LogIn, Step::Sender, Step::Recipient, Step::Data, Step::Message].into_iter().fold(
        SmtpFaults::new(),
        |plan, step| {
            let plan = plan.on(step).nth(1).reply(450, format!("4.3.0 {echo}"));
            match step {
                Step::Message | Step::Recipient => plan.on(step).nth(3).reply(550, format!("5.7.1 {echo}")),
                _ => plan,
            }
        },
    )
}

async fn with(mechanism: &str) -> Vec<u8> {
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.faults(menu())).await);
    let spec = Spec { delay_up: Duration::from_millis(60), ..Spec::of(&["VILLE"]) };
    let spec = spec.with("auth", Value::Text(mechanism.to_owned()));
    let mut rig = Rig::open(peer.clone(), spec).await;
    for name in ["a", "b", "c", "d", "e"] {
        rig.put("VILLE", name, name.as_bytes());
    }
    let live = follow(rig.root().join("data/live.json"), rig.settle()).await;
    // A report whose words hold the password.
    let row = rig.consignments().await.into_iter().find(|row| row.identifiers.contains_key("message-id")).unwrap();
    let report = format!(
        "From: <>\r\nMessage-ID: <echo@mx>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx\r\nOriginal-Envelope-Id: {}\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 {}\r\n\r\n--x--\r\n",
        row.identifiers["message-id"],
        password("VILLE")
    );
    std::fs::write(peer.mailbox("VILLE").join("new/echo.eml"), report).unwrap();
    rig.settle().await;
    check::contract(&rig).await;
    assert!(peer.server().faults_fired() >= 6, "{}", peer.server().faults_fired());
    let mut shown = format!("{:?} {:?} {:?}", rig.events().await, rig.station().live(), rig.consignments().await);
    let wrong = Value::Secret(format!("{MARK}WRONG").into());
    rig.reopen(|spec| {
        spec.fields.push(("password", wrong));
        "2".clone_into(&mut spec.secret_version);
    })
    .await;
    rig.put("VILLE", "after", b"after");
    rig.settle().await;
    assert_eq!(rig.suspended("VILLE").await, "smtp-login-refused");
    shown += &format!("{:?} {:?} {:?}", rig.events().await, rig.station(), rig.setup());
    let needles = needles();
    assert!(shown.contains("***"), "the server's words are kept, without what it repeated");
    assert_clean("a printed value", shown.as_bytes(), &needles);
    assert_clean("live.json", &live, &needles);
    let mut files = Vec::new();
    gather(rig.root(), &mut files);
    for file in files {
        assert_clean(&file.display().to_string(), &std::fs::read(&file).unwrap(), &needles);
    }
    live
}
