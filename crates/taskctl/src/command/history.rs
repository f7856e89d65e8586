//! `taskctl history`: the table Date · Profil · Progression · État · Fichier local, and the identifiers that other commands take.

use jiff::Timestamp;
use scheduler_core::consignment::Consignment;
use scheduler_core::returned::{Return, ReturnState};
use serde_json::{Value, json};

use super::{View, links};
use crate::catalogue::{self, Language};
use crate::exit::Exit;
use crate::output::{Sheet, Tint};

/// The table of these sendings and returns, newest first.
#[must_use]
pub fn render(consignments: &[Consignment], returns: &[Return], view: View<'_>) -> String {
    let mut rows: Vec<Row> =
        consignments.iter().map(|row| sent(row, view)).chain(returns.iter().map(|row| received(row, view))).collect();
    if rows.is_empty() {
        return view.language.pick("Aucun envoi ni retour.\n", "Nothing sent or received.\n").to_owned();
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    let mut sheet = Sheet::new(header(view.language));
    for row in rows {
        sheet.row(row.cells);
    }
    sheet.render(view.style)
}

/// As programs read it.
#[must_use]
pub fn json(consignments: &[Consignment], returns: &[Return]) -> Value {
    json!({ "consignments": consignments, "returns": returns })
}

struct Row {
    at: Timestamp,
    cells: [(String, Tint); 6],
}

fn header(language: Language) -> [&'static str; 6] {
    language.pick(
        ["Date", "Profil", "Progression", "État", "Fichier local", "Identifiant"],
        ["Date", "Profile", "Progress", "State", "Local file", "Identifier"],
    )
}

fn sent(row: &Consignment, view: View<'_>) -> Row {
    let status = row.state.status();
    let tint = match Exit::of(row) {
        Exit::Done => Tint::Good,
        _ if status.is_pending() => Tint::Going,
        _ => Tint::Bad,
    };
    let cells = [
        (catalogue::moment(view.language, row.changed, view.zone), Tint::Plain),
        (format!("{} · {}", row.facts.lane.profile(), row.facts.scenario), Tint::Plain),
        (catalogue::progress(status, None), Tint::Plain),
        (catalogue::status(view.language, status).to_owned(), tint),
        (format!("{}{}", row.facts.source, links::in_history(row, view)), Tint::Plain),
        (row.id.to_string(), Tint::Plain),
    ];
    Row { at: row.changed, cells }
}

fn received(row: &Return, view: View<'_>) -> Row {
    let (progress, tint) = match row.state {
        ReturnState::Published | ReturnState::Disposed => ("100 %", Tint::Good),
        ReturnState::Stored => ("100 %", Tint::Going),
        ReturnState::Incomplete { .. } => ("?", Tint::Bad),
        _ => ("0 %", Tint::Going),
    };
    let arrow = view.language.pick("retour", "return");
    let cells = [
        (catalogue::moment(view.language, row.changed, view.zone), Tint::Plain),
        (format!("{} · {arrow}", row.lane.profile()), Tint::Plain),
        (progress.to_owned(), Tint::Plain),
        (catalogue::return_state(view.language, &row.state).to_owned(), tint),
        (links::of_file(row, view), Tint::Plain),
        (row.id.to_string(), Tint::Plain),
    ];
    Row { at: row.changed, cells }
}

#[cfg(test)]
mod tests {
    use scheduler_core::consignment::{State, Why};

    use super::*;
    use crate::output::Style;
    use crate::testing::{consignment, paris, returned};

    #[test]
    fn the_table_of_the_field() {
        let zone = paris();
        let why = || Why::code("xfb-upload-unanswered");
        let sent = [
            consignment(1, State::Deposited),
            consignment(2, State::Uncertain { why: why() }),
            consignment(3, State::Queued),
            consignment(4, State::Refused { why: why() }),
        ];
        let received = [returned(5, ReturnState::Disposed), returned(6, ReturnState::Incomplete { why: why() })];
        let text = render(
            &sent,
            &received,
            View { language: Language::Fr, zone: &zone, style: Style { terminal: true, colours: false } },
        );
        insta::assert_snapshot!(text);
        let plain = render(&[], &[], View { language: Language::Fr, zone: &zone, style: Style::PLAIN });
        assert_eq!(plain, "Aucun envoi ni retour.\n");
    }

    #[test]
    fn programs_get_states_by_their_stable_names() {
        let value = json(&[consignment(1, State::Deposited)], &[returned(2, ReturnState::Published)]);
        assert_eq!(
            (&value["consignments"][0]["state"], &value["returns"][0]["state"]),
            (&json!("deposited"), &json!("published"))
        );
    }
}
