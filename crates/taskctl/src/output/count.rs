//! How many of how many are done, while a person waits.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Style;

/// One line on a terminal, nothing elsewhere. Written to the standard error.
#[derive(Debug)]
pub struct Count(Option<ProgressBar>);

impl Count {
    /// A count, when a person looks.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self(style.terminal.then(|| {
            let bar = ProgressBar::new(1);
            let template = ProgressStyle::with_template("{spinner} {bar:24} {pos}/{len}");
            bar.set_style(template.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }

    /// So many are done.
    pub fn show(&self, done: usize, total: usize) {
        if let Some(bar) = &self.0 {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }

    /// Takes it off the screen.
    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
