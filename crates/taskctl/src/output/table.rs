//! Tables for people: framed on a terminal, columns separated by tabulations elsewhere.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

use super::Style;

/// What a cell's colour says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// Nothing.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// It goes on by itself.
    Going,
    /// Somebody must act.
    Bad,
}

/// A table being filled.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<(String, Tint)>>,
}

impl Sheet {
    /// A table with these columns.
    #[must_use]
    pub fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = (T, Tint)>) {
        self.rows.push(cells.into_iter().map(|(text, tint)| (clean(&text.into()), tint)).collect());
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As text, ending with a line end.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        if style.terminal { self.framed(style) } else { self.lines() }
    }

    fn framed(&self, style: Style) -> String {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        if style.colours {
            table.enforce_styling();
        } else {
            table.force_no_tty().set_width(120);
        }
        table.set_header(self.header.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
        for row in &self.rows {
            table.add_row(row.iter().map(|(text, tint)| paint(Cell::new(text), *tint)));
        }
        // Narrower, columns of a few letters could not be read.
        let needed = u16::try_from(12 * self.header.len()).unwrap_or(u16::MAX);
        if table.width().is_some_and(|width| width < needed) {
            return self.stacked();
        }
        format!("{table}\n")
    }

    /// A line a cell, an empty line between rows.
    fn stacked(&self) -> String {
        let cell = |(title, (text, _)): (&String, &(String, Tint))| format!("{title} : {text}\n");
        let rows = self.rows.iter().map(|row| self.header.iter().zip(row).map(cell).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }

    fn lines(&self) -> String {
        let header = self.header.join("\t");
        let rows = self.rows.iter().map(|row| row.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\t"));
        std::iter::once(header).chain(rows).map(|line| line + "\n").collect()
    }
}

fn paint(cell: Cell, tint: Tint) -> Cell {
    match tint {
        Tint::Plain => cell,
        Tint::Good => cell.fg(Color::Green),
        Tint::Going => cell.fg(Color::Cyan),
        Tint::Bad => cell.fg(Color::Red).add_attribute(Attribute::Bold),
    }
}

/// Names come from partners and users: nothing that moves the cursor, ends the line or turns what follows around reaches the terminal.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks of direction, by which a name shows another extension than it has, and ends of lines.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_what_it_is() {
        assert_eq!(clean("acquit\u{202e}lmx.exe"), "acquit\u{fffd}lmx.exe");
        assert_eq!(clean("a\u{2066}b\u{2028}c\u{200f}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(clean("été d'août «\u{a0}1\u{202f}€\u{a0}»"), "été d'août «\u{a0}1\u{202f}€\u{a0}»");
    }

    #[test]
    fn stacked_where_columns_do_not_fit() {
        let mut sheet = Sheet::new(["Profil", "État"]);
        sheet.row([("VILLE", Tint::Plain), ("déposé", Tint::Good)]);
        sheet.row([("CCAS", Tint::Plain), ("refusé", Tint::Bad)]);
        assert_eq!(sheet.stacked(), "Profil : VILLE\nÉtat : déposé\n\nProfil : CCAS\nÉtat : refusé\n");
    }

    #[test]
    fn framed_on_a_terminal_and_plain_elsewhere() {
        let mut sheet = Sheet::new(["Profil", "État"]);
        sheet.row([("VILLE", Tint::Plain), ("déposé", Tint::Good)]);
        sheet.row([("CCAS\u{1b}[2J", Tint::Plain), ("re\tfusé", Tint::Bad)]);
        assert_eq!(sheet.render(Style::PLAIN), "Profil\tÉtat\nVILLE\tdéposé\nCCAS\u{fffd}[2J\tre\u{fffd}fusé\n");
        let framed = sheet.render(Style { terminal: true, colours: false });
        assert!(framed.contains("┌") && !framed.contains('\u{1b}'), "{framed}");
        assert!(sheet.render(Style { terminal: true, colours: true }).contains("\u{1b}["));
    }
}
