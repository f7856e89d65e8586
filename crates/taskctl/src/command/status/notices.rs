//! What `status` tells of the places where notices come from: mails left alone, and what is wrong with a mailbox.

use std::fmt::Write as _;

use scheduler_core::consignment::{Lane, Why};
use scheduler_core::journal::Small;
use scheduler_core::live::Live;
use scheduler_core::notice::LeftAlone;

use super::View;
use crate::catalogue;
use crate::output::clean;

/// Lanes whose mailbox is not looked at before its password changes.
pub(super) fn suspended(small: &Small) -> Vec<&str> {
    small.lanes.iter().filter(|(_, row)| row.notices_suspended.is_some()).map(|(lane, _)| lane.as_str()).collect()
}

/// A line for each lane and thing; nothing when all is well.
pub(super) fn render(small: &Small, live: Option<&Live>, view: View<'_>) -> String {
    let mut text = String::new();
    for (lane, row) in &small.lanes {
        if let Some((why, _)) = &row.notices_suspended {
            let what = view.language.pick("boîte des avis suspendue", "mailbox of the notices suspended");
            trouble(&mut text, lane, what, why, view);
        }
    }
    for (lane, row) in live.iter().flat_map(|live| &live.notices) {
        if let Some(why) = row.trouble.as_ref().filter(|_| small.lane(lane).notices_suspended.is_none()) {
            let what = view.language.pick("avis non relevés", "notices not read");
            trouble(&mut text, lane, what, why, view);
        }
        left_alone(&mut text, lane, &row.left, view);
    }
    text
}

fn trouble(text: &mut String, lane: &Lane, what: &str, why: &Why, view: View<'_>) {
    let colon = view.language.colon();
    let words = catalogue::explain(view.language, view.zone, why).to_string();
    let _ = writeln!(text, "{lane}{colon} {what}. {}", clean(&words));
}

fn left_alone(text: &mut String, lane: &Lane, left: &LeftAlone, view: View<'_>) {
    let colon = view.language.colon();
    if left.unknown == 0 {
        return;
    }
    let what = view.language.pick(
        "courriel(s) non compris parmi les avis depuis le démarrage, laissé(s) intact(s)",
        "mail(s) among the notices not understood since the start, left alone",
    );
    let last = left.last.as_ref().map_or_else(String::new, |last| {
        let last = clean(last);
        view.language.pick(format!(" ; le dernier : « {last} »"), format!("; the last: “{last}”"))
    });
    let how = view.language.pick(
        "Pour voir : ouvrez la boîte dans votre messagerie. Si ce sont des avis, complétez notices_wording ou notices_from dans le profil.",
        "To look: open the mailbox in your mail program. If they are notices, complete notices_wording or notices_from in the profile.",
    );
    let _ = writeln!(text, "{lane}{colon} {} {what}{last}. {how}", left.unknown);
}

#[cfg(test)]
mod tests {
    use scheduler_core::journal::LaneRow;
    use scheduler_core::live::LiveNotices;

    use super::*;
    use crate::catalogue::Language;
    use crate::output::Style;
    use crate::testing::paris;

    #[test]
    fn what_is_wrong_with_mailboxes_is_told() {
        let zone = paris();
        let refused = Why::with("mailbox-login-refused", "[AUTHENTICATIONFAILED] no");
        let mut small = Small::default();
        small.lanes.insert(
            Lane::new("CCAS", "xfb"),
            LaneRow { notices_suspended: Some((refused.clone(), "1".to_owned())), ..LaneRow::default() },
        );
        let mut live = Live::default();
        let lost = Why::code("mailbox-unreachable");
        let left = LeftAlone { unknown: 2, others: 40, last: Some("xfb@dgfip : Mainte\u{1b}nance".to_owned()) };
        live.notices.insert(Lane::new("CCAS", "xfb"), LiveNotices { trouble: Some(refused), ..LiveNotices::default() });
        live.notices.insert(Lane::new("VILLE", "xfb"), LiveNotices { left, trouble: Some(lost) });
        for (language, name) in [(Language::Fr, "fr"), (Language::En, "en")] {
            let view = View { language, zone: &zone, style: Style::PLAIN };
            insta::assert_snapshot!(format!("notices_{name}"), render(&small, Some(&live), view));
        }
        assert_eq!(suspended(&small), ["CCAS.xfb"]);
        let view = View { language: Language::Fr, zone: &zone, style: Style::PLAIN };
        assert_eq!(render(&Small::default(), None, view), "");
    }
}
