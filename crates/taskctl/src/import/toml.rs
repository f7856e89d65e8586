//! Writes commented TOML.

use std::fmt::Write as _;

use crate::output::clean;

/// A text being written; a part of it may be commented out.
#[derive(Debug, Default)]
pub(super) struct Toml {
    out: String,
    off: bool,
}

impl Toml {
    /// A part of which every line is a comment.
    pub(super) fn commented() -> Self {
        Self { out: String::new(), off: true }
    }

    /// Whether every line is a comment.
    pub(super) const fn is_commented(&self) -> bool {
        self.off
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }

    fn mark(&self) -> &'static str {
        if self.off { "# " } else { "" }
    }

    /// `# text`.
    pub(super) fn remark(&mut self, text: &str) {
        let _ = writeln!(self.out, "# {}", clean(text));
    }

    /// `[path]`.
    pub(super) fn header(&mut self, path: &str) {
        let _ = writeln!(self.out, "{}[{path}]", self.mark());
    }

    /// `key = value`, and a remark behind it unless it is empty.
    pub(super) fn line(&mut self, key: &str, value: &str, remark: &str) {
        let mark = self.mark();
        let _ = match remark {
            "" => writeln!(self.out, "{mark}{key} = {value}"),
            _ => writeln!(self.out, "{mark}{key} = {value}    # {}", clean(remark)),
        };
    }

    /// A line, or a value of several, that somebody may switch on.
    pub(super) fn proposal(&mut self, key: &str, value: &str, remark: &str) {
        let value = value.replace('\n', "\n# ");
        let _ = writeln!(self.out, "# {key} = {value}    # {}", clean(remark));
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }
}

/// Between quotation marks.
pub(super) fn text(value: &str) -> String {
    let mut out = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Between apostrophes, where backslashes are backslashes, unless that cannot be.
pub(super) fn path(value: &str) -> String {
    if value.chars().any(|c| c == '\'' || c.is_control()) { text(value) } else { format!("'{value}'") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> String {
        let table: ::toml::Table = format!("a = {value}").parse().unwrap();
        table["a"].as_str().unwrap().to_owned()
    }

    proptest! {
        #[test]
        fn any_text_comes_back(value in any::<String>()) {
            prop_assert_eq!(read(&text(&value)), value.clone());
            prop_assert_eq!(read(&path(&value)), value);
        }

        #[test]
        fn a_remark_is_one_line(value in any::<String>()) {
            let mut toml = Toml::commented();
            toml.remark(&value);
            toml.header("a");
            toml.line("b", "1", &value);
            prop_assert!(toml.into_text().parse::<::toml::Table>().unwrap().is_empty());
        }
    }
}
