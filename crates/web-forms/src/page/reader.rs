//! Tokens to [`Page`].

use super::soup::{Tag, Token, Tokens};
use super::{Form, Input, Kind, Link, MAX_ITEMS, Page, Row};
use crate::text::entity;
use crate::text::fold::Folded;

/// Bound of titles, headings, link texts, labels and cells, in bytes.
const MAX_PHRASE: usize = 512;
/// Cells kept of one row.
const MAX_CELLS: usize = 64;

const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
/// Tags that do not end a word, a heading or a title.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "big", "blink", "code", "em", "font", "i", "label", "nobr", "s", "small", "span", "strong",
    "sub", "tt", "u",
];

pub(super) fn read(text: &str) -> Page {
    let mut reader = Reader::default();
    for token in Tokens::new(text) {
        match token {
            Token::Open(tag) => reader.open(&tag),
            Token::Close(name) => reader.close(&name),
            Token::Text(raw) => reader.text(&entity::decode(raw)),
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    page: Page,
    visible: Folded,
    title: Option<Folded>,
    heading: Option<Folded>,
    link: Option<(usize, Folded)>,
    row: Option<Row>,
    cell: Option<Folded>,
    form: Option<OpenForm>,
}

/// A form being read.
#[derive(Default)]
struct OpenForm {
    form: Form,
    /// Text since the last control.
    before: Folded,
    /// The `for` of the open label and its text.
    label: Option<(String, Folded)>,
    /// `for` (or place of the control held, as `Err`) and text of the closed labels.
    labels: Vec<(Labelled, String)>,
    /// The text area or option whose content is being read.
    content: Option<Content>,
}

enum Labelled {
    Id(String),
    Place(usize),
}

enum Content {
    Area(String),
    /// A list whose value is not known yet: its first option, or its selected one.
    List {
        settled: bool,
        option: Option<Folded>,
    },
}

impl Reader {
    fn text(&mut self, text: &str) {
        if let Some(title) = &mut self.title {
            title.push(text, MAX_PHRASE);
            return;
        }
        self.visible.push(text, usize::MAX);
        let phrases = [self.heading.as_mut(), self.link.as_mut().map(|(_, t)| t), self.cell.as_mut()];
        phrases.into_iter().flatten().for_each(|phrase| phrase.push(text, MAX_PHRASE));
        if let Some(form) = &mut self.form {
            form.text(text);
        }
    }

    fn open(&mut self, tag: &Tag) {
        self.boundary(&tag.name);
        match tag.name.as_str() {
            "title" if self.page.title.is_empty() => self.title = Some(Folded::default()),
            name if HEADINGS.contains(&name) => self.heading = Some(Folded::default()),
            "a" => self.open_link(tag),
            "tr" => {
                self.end_row();
                self.row = Some(Row::default());
            }
            "td" | "th" => {
                self.end_cell();
                self.cell = Some(Folded::default());
            }
            "form" => {
                self.end_form();
                self.form = Some(OpenForm::new(tag));
            }
            _ => {
                if let Some(form) = &mut self.form {
                    form.open(tag, &mut self.page.overflow);
                }
            }
        }
    }

    fn close(&mut self, name: &str) {
        self.boundary(name);
        match name {
            "a" => self.end_link(),
            "td" | "th" => self.end_cell(),
            "tr" | "table" => self.end_row(),
            "form" => self.end_form(),
            _ => {
                if let Some(form) = &mut self.form {
                    form.close(name);
                }
            }
        }
    }

    /// What any tag ends: a title; and, unless it is an inline one, a word and a heading.
    fn boundary(&mut self, name: &str) {
        if let Some(title) = self.title.take() {
            self.page.title = title.into_text();
        }
        if INLINE.contains(&name) {
            return;
        }
        self.visible.gap();
        let phrases = [self.link.as_mut().map(|(_, t)| t), self.cell.as_mut()];
        phrases.into_iter().flatten().for_each(Folded::gap);
        match &mut self.heading {
            Some(heading) if name == "br" => heading.gap(),
            heading => {
                if let Some(ended) = heading.take() {
                    keep(&mut self.page.headings, ended.into_text(), &mut self.page.overflow);
                }
            }
        }
    }

    fn open_link(&mut self, tag: &Tag) {
        self.end_link();
        let Some(href) = tag.value("href") else {
            return;
        };
        let place = self.page.links.len();
        let link = Link { href: href.trim().to_owned(), text: String::new() };
        if keep(&mut self.page.links, link, &mut self.page.overflow) {
            self.link = Some((place, Folded::default()));
            if let Some(row) = &mut self.row {
                row.links.push(place);
            }
        }
    }

    fn end_link(&mut self) {
        if let Some((place, text)) = self.link.take() {
            self.page.links[place].text = text.into_text();
        }
    }

    fn end_cell(&mut self) {
        let (Some(cell), Some(row)) = (self.cell.take(), &mut self.row) else {
            return;
        };
        if row.cells.len() < MAX_CELLS {
            row.cells.push(cell.into_text());
        }
    }

    fn end_row(&mut self) {
        self.end_link();
        self.end_cell();
        if let Some(row) = self.row.take() {
            keep(&mut self.page.rows, row, &mut self.page.overflow);
        }
    }

    fn end_form(&mut self) {
        if let Some(form) = self.form.take() {
            keep(&mut self.page.forms, form.finish(), &mut self.page.overflow);
        }
    }

    fn finish(mut self) -> Page {
        self.boundary("html");
        self.end_row();
        self.end_link();
        self.end_form();
        self.page.text = self.visible.into_text();
        self.page
    }
}

impl OpenForm {
    fn new(tag: &Tag) -> Self {
        let post = tag.value("method").is_some_and(|method| method.trim().eq_ignore_ascii_case("post"));
        let form = Form { action: tag.owned("action").trim().to_owned(), post, inputs: Vec::new() };
        Self { form, ..Self::default() }
    }

    fn text(&mut self, text: &str) {
        match &mut self.content {
            Some(Content::Area(value)) => value.push_str(text),
            Some(Content::List { option: Some(option), .. }) => option.push(text, MAX_PHRASE),
            Some(Content::List { .. }) => {}
            None => {
                self.before.push(text, MAX_PHRASE);
                if let Some((_, label)) = &mut self.label {
                    label.push(text, MAX_PHRASE);
                }
            }
        }
    }

    fn open(&mut self, tag: &Tag, overflow: &mut bool) {
        match tag.name.as_str() {
            "label" => {
                self.end_label();
                self.label = Some((tag.owned("for"), Folded::default()));
            }
            "option" => self.open_option(tag),
            "input" | "button" | "textarea" | "select" => {
                self.end_content();
                self.control(tag, overflow);
            }
            _ => self.before.gap(),
        }
    }

    fn control(&mut self, tag: &Tag, overflow: &mut bool) {
        let place = self.form.inputs.len();
        let input = Input {
            kind: kind(tag),
            name: tag.owned("name"),
            id: tag.owned("id"),
            title: tag.owned("title"),
            placeholder: tag.owned("placeholder"),
            label: String::new(),
            before: self.before.take(),
            value: tag.value("value").unwrap_or_else(|| if is_box(tag) { "on" } else { "" }).to_owned(),
        };
        if !keep(&mut self.form.inputs, input, overflow) {
            return;
        }
        if let Some((id, text)) = &self.label
            && id.is_empty()
        {
            self.labels.push((Labelled::Place(place), text.as_str().to_owned()));
        }
        self.content = match tag.name.as_str() {
            "textarea" => Some(Content::Area(String::new())),
            "select" => Some(Content::List { settled: false, option: None }),
            _ => None,
        };
    }

    fn open_option(&mut self, tag: &Tag) {
        self.end_option();
        let Some(Content::List { settled, option }) = &mut self.content else {
            return;
        };
        let Some(list) = self.form.inputs.last_mut() else {
            return;
        };
        let selected = tag.value("selected").is_some();
        if *settled && !selected {
            return;
        }
        *settled = true;
        match tag.value("value") {
            Some(value) => list.value = value.to_owned(),
            None => *option = Some(Folded::default()),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "label" => self.end_label(),
            "option" => self.end_option(),
            "textarea" | "select" => self.end_content(),
            _ => self.before.gap(),
        }
    }

    fn end_option(&mut self) {
        if let Some(Content::List { option, .. }) = &mut self.content
            && let Some(text) = option.take()
            && let Some(list) = self.form.inputs.last_mut()
        {
            list.value = text.into_text();
        }
    }

    fn end_content(&mut self) {
        self.end_option();
        if let Some(Content::Area(value)) = self.content.take()
            && let Some(area) = self.form.inputs.last_mut()
        {
            area.value = value;
        }
    }

    fn end_label(&mut self) {
        if let Some((id, text)) = self.label.take()
            && !id.is_empty()
        {
            self.labels.push((Labelled::Id(id), text.into_text()));
        }
    }

    fn finish(mut self) -> Form {
        self.end_content();
        self.end_label();
        let mut by_id = std::collections::HashMap::new();
        for (labelled, text) in self.labels {
            match labelled {
                Labelled::Id(id) => {
                    by_id.entry(id).or_insert(text);
                }
                Labelled::Place(place) => self.form.inputs[place].label = text,
            }
        }
        for input in self.form.inputs.iter_mut().filter(|input| !input.id.is_empty()) {
            if let Some(text) = by_id.get(&input.id) {
                input.label.clone_from(text);
            }
        }
        self.form
    }
}

fn kind(tag: &Tag) -> Kind {
    if tag.value("disabled").is_some() {
        return Kind::Idle;
    }
    let written = tag.value("type").unwrap_or_default().trim().to_ascii_lowercase();
    match (tag.name.as_str(), written.as_str()) {
        ("textarea" | "select", _) => Kind::Text,
        ("button", "" | "submit") | ("input", "submit" | "image") => Kind::Submit,
        ("button", _) | (_, "button" | "reset") => Kind::Idle,
        (_, "password") => Kind::Password,
        (_, "file") => Kind::File,
        (_, "hidden") => Kind::Hidden,
        (_, "checkbox" | "radio") if tag.value("checked").is_some() => Kind::Hidden,
        (_, "checkbox" | "radio") => Kind::Idle,
        _ => Kind::Text,
    }
}

fn is_box(tag: &Tag) -> bool {
    tag.value("type").is_some_and(|kind| ["checkbox", "radio"].iter().any(|b| kind.trim().eq_ignore_ascii_case(b)))
}

/// Adds an item unless there are too many already.
fn keep<T>(items: &mut Vec<T>, item: T, overflow: &mut bool) -> bool {
    let room = items.len() < MAX_ITEMS;
    if room {
        items.push(item);
    } else {
        *overflow = true;
    }
    room
}
