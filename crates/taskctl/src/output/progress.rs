//! Live progress: a bar per session on a terminal, a line per change elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use scheduler_core::consignment::Lane;
use scheduler_core::live::{Live, LiveLane};

use super::{Style, clean, complain};
use crate::catalogue::{self, Language};

/// Shows what the live picture says, again and again. Written to the standard error, so that the standard output stays for results.
#[derive(Debug)]
pub struct Bars {
    language: Language,
    drawn: Option<MultiProgress>,
    lanes: BTreeMap<Lane, Shown>,
}

#[derive(Debug)]
struct Shown {
    bar: Option<ProgressBar>,
    last: String,
}

impl Bars {
    /// Bars when a person looks, lines otherwise.
    #[must_use]
    pub fn new(language: Language, style: Style) -> Self {
        Self { language, drawn: style.terminal.then(MultiProgress::new), lanes: BTreeMap::new() }
    }

    /// Shows the picture as it is now.
    pub fn show(&mut self, live: &Live) {
        self.lanes.retain(|lane, shown| {
            let open = live.lanes.contains_key(lane);
            if let (false, Some(bar)) = (open, &shown.bar) {
                bar.finish_and_clear();
            }
            open
        });
        for (lane, row) in &live.lanes {
            let drawn = self.drawn.as_ref();
            let shown =
                self.lanes.entry(lane.clone()).or_insert_with(|| Shown { bar: drawn.map(bar), last: String::new() });
            shown.update(lane, row, self.language);
        }
    }

    /// Takes everything off the screen.
    pub fn clear(&mut self) {
        self.show(&Live::default());
    }
}

impl Shown {
    fn update(&mut self, lane: &Lane, row: &LiveLane, language: Language) {
        let line = line(lane, row, language);
        let Some(bar) = &self.bar else {
            if line != self.last {
                complain(&line);
                self.last = line;
            }
            return;
        };
        let (done, total) = row.file.as_ref().map_or((0, None), |file| (file.done, file.total));
        bar.set_length(total.unwrap_or(done).max(1));
        bar.set_position(done);
        bar.set_message(line);
    }
}

/// A bar while a file is read; nothing where nobody looks, or where it is read in a moment.
#[derive(Debug)]
pub struct Gauge(ProgressBar);

impl Gauge {
    /// Files below that size are read in a moment.
    const SHOWN_FROM: u64 = 64 << 20;

    /// A bar for `total` bytes.
    #[must_use]
    pub fn new(style: Style, total: u64) -> Self {
        let shown = style.terminal && total >= Self::SHOWN_FROM;
        Self(if shown { ProgressBar::new(total) } else { ProgressBar::hidden() })
    }

    /// So many bytes are read.
    pub fn at(&self, read: u64) {
        self.0.set_position(read);
    }

    /// Takes it off the screen.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn bar(drawn: &MultiProgress) -> ProgressBar {
    let bar = drawn.add(ProgressBar::new(1));
    let style = ProgressStyle::with_template("{spinner} {bar:24} {bytes:>10} {binary_bytes_per_sec:>12}  {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// `VILLE.xfb · Envoi · MANDATS · PESALR2_001.xml`
fn line(lane: &Lane, row: &LiveLane, language: Language) -> String {
    let phase = catalogue::phase(language, row.phase);
    match &row.file {
        Some(file) => format!("{lane} · {phase} · {} · {}", file.scenario, clean(&file.name)),
        None => format!("{lane} · {phase}"),
    }
}

#[cfg(test)]
mod tests {
    use scheduler_core::live::LiveFile;
    use scheduler_core::partner::Phase;

    use super::*;

    #[test]
    fn a_session_is_told_in_one_line() {
        let since = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut row = LiveLane { phase: Phase::Portal, since, file: None };
        let lane = Lane::new("VILLE", "xfb");
        assert_eq!(line(&lane, &row, Language::Fr), "VILLE.xfb · Portail ILEX");
        row.phase = Phase::Send;
        let id = "01j8zv3k7m2p9".parse().unwrap();
        row.file = Some(LiveFile {
            id,
            scenario: "MANDATS".to_owned(),
            name: "a.xml".to_owned(),
            done: 1,
            total: Some(2),
            since,
        });
        assert_eq!(line(&lane, &row, Language::Fr), "VILLE.xfb · Envoi · MANDATS · a.xml");
    }
}
