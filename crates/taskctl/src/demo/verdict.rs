//! File by file: does the journal say what the simulator's ledger says?

use std::collections::BTreeMap;

use partner_sim::LedgerLine;
use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::journal::Reader;
use scheduler_core::returned::{Return, ReturnState};

use super::DemoError;

/// What both sides say.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Newest first.
    pub(super) consignments: Vec<Consignment>,
    pub(super) returns: Vec<Return>,
    /// Files that the partner holds.
    pub(super) held_there: usize,
    /// Every disagreement, in the operator's words.
    pub(super) disagreements: Vec<String>,
}

/// Rows read; a demonstration has far fewer.
const ALL: u32 = 1_000_000;

/// How often the partner holds a file, by account, name and content.
type Held = BTreeMap<(String, String, String), usize>;

impl Verdict {
    pub(super) async fn reach(reader: &Reader, lines: &[LedgerLine]) -> Result<Self, DemoError> {
        let consignments = reader.last_consignments(ALL).await?;
        let returns = reader.last_returns(ALL).await?;
        let mut held = held(lines);
        let held_there = held.values().sum();
        let mut disagreements = Vec::new();
        for row in &consignments {
            disagreements.extend(disagreement(row, &mut held));
        }
        for ((account, name, _), count) in held.iter().filter(|(_, count)| **count > 0) {
            disagreements.push(format!("{name} ({account}) : chez le partenaire {count} fois de trop"));
        }
        disagreements.extend(returns.iter().filter_map(|row| unread(row, lines)));
        Ok(Self { consignments, returns, held_there, disagreements })
    }
}

fn held(lines: &[LedgerLine]) -> Held {
    let mut held = Held::new();
    for line in lines.iter().filter(|line| line.kind == "received") {
        let key =
            (line.account.clone(), line.name.clone().unwrap_or_default(), line.sha256.clone().unwrap_or_default());
        *held.entry(key).or_default() += 1;
    }
    held
}

/// Takes what the partner holds of a consignment off the count; tells what does not fit its state.
fn disagreement(row: &Consignment, held: &mut Held) -> Option<String> {
    let facts = &row.facts;
    let key = (facts.lane.profile().to_lowercase(), facts.name.clone(), facts.sha256.clone());
    let there = held.get_mut(&key).filter(|count| **count > 0);
    let status = row.state.status();
    let found = there.is_some();
    if let Some(count) = there {
        *count -= 1;
    }
    match (found, status) {
        (true, status) if status.reached_partner() => None,
        (false, Status::Refused | Status::Held | Status::Cancelled) => None,
        (true, _) => Some(format!("{} : reçu par le partenaire, « {status} » dans le journal", facts.name)),
        (false, _) => Some(format!("{} : « {status} » dans le journal, absent chez le partenaire", facts.name)),
    }
}

/// A return that was published must have been served, and its bytes must stand where the journal says.
fn unread(row: &Return, lines: &[LedgerLine]) -> Option<String> {
    let served = || {
        lines.iter().any(|line| {
            line.kind == "served" && line.local_ident.map(|ident| ident.to_string()).as_ref() == Some(&row.offer.key)
        })
    };
    match row.state {
        ReturnState::Published | ReturnState::Disposed => {
            let path = row.path.as_deref().unwrap_or_default();
            let size = std::fs::metadata(path).map(|facts| facts.len()).ok();
            let whole = size == row.collected.as_ref().map(|collected| collected.size);
            (!(whole && served()))
                .then(|| format!("{} : rangé, mais pas conforme à ce que le partenaire a servi", row.offer.name))
        }
        ReturnState::Incomplete { .. } => None,
        _ => Some(format!("{} : pas encore rangé", row.offer.name)),
    }
}
