//! The promises of the core, each with a proof that fails when its protection is removed. `docs/state_machine.md` draws what they speak of.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod burst;
mod collecting;
mod copies;
mod crash;
mod decisions;
mod doubts;
mod duplicates;
mod explain;
mod eyes;
mod faults;
mod isolation;
mod mishaps;
mod notices;
mod numbers;
mod operator;
mod pacing;
mod purge;
mod receipts;
mod refusals;
mod restored;
mod rests;
mod schedules;
mod support;
mod torn;
mod traces;
mod writers;
