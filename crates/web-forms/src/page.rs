//! Pages of a form-driven site, read by pure functions: text to [`Page`], [`Page`] to its log-in form and its way out.
//!
//! The readers take tag soup (unclosed tags, upper case, values without quotes), never fail on arbitrary text, and need
//! time and memory linear in the page (docs/decisions/0007-pages-are-read-by-our-own-tag-reader.md).

mod logon;
mod reader;
mod soup;

pub use logon::{LogOn, log_off};

use crate::text::fold::plain;

/// The most links, rows, forms, inputs of a form and headings kept of one page. Later ones set [`Page::overflow`].
pub const MAX_ITEMS: usize = 20_000;

/// One page, flattened. Texts have their white space folded and their character references decoded.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The title.
    pub title: String,
    /// `<H1>` to `<H6>`, in order.
    pub headings: Vec<String>,
    /// What a reader sees.
    pub text: String,
    /// `<A HREF>`, in order.
    pub links: Vec<Link>,
    /// `<FORM>`, in order.
    pub forms: Vec<Form>,
    /// `<TR>`, in order; a row of a table inside a row ends the outer one.
    pub rows: Vec<Row>,
    /// The page held more than [`MAX_ITEMS`] of something.
    pub overflow: bool,
}

/// A link.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The target as written.
    pub href: String,
    /// The text between the tags.
    pub text: String,
}

/// A table row.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The texts of its cells.
    pub cells: Vec<String>,
    /// Places of its links in [`Page::links`].
    pub links: Vec<usize>,
}

/// A form.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// The `action` as written; empty stands for the page's own address.
    pub action: String,
    /// Whether it is sent by POST.
    pub post: bool,
    /// Its controls, in order.
    pub inputs: Vec<Input>,
}

/// A control of a form.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// What it is.
    pub kind: Kind,
    /// The name it is sent under; without one it is never sent.
    pub name: String,
    /// Its `id`.
    pub id: String,
    /// Its `title`.
    pub title: String,
    /// Its `placeholder`.
    pub placeholder: String,
    /// The text of the `<LABEL>` that holds it or names its id.
    pub label: String,
    /// The text between the control before it (or the form's start) and itself.
    pub before: String,
    /// The value the page gives it.
    pub value: String,
}

/// What a control is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Free text: every type of input that is none of the others, text areas and lists.
    #[default]
    Text,
    /// A password.
    Password,
    /// A file.
    File,
    /// Hidden, or a ticked box: sent back unchanged.
    Hidden,
    /// A button that sends the form.
    Submit,
    /// Anything a browser would not send.
    Idle,
}

impl Form {
    /// What a browser sends of the untouched form: texts, hidden inputs, ticked boxes and the first button.
    #[must_use]
    pub fn unfilled(&self) -> Vec<(String, String)> {
        self.sent().map(|input| (input.name.clone(), input.value.clone())).collect()
    }

    /// The inputs that a browser sends, without passwords and files.
    pub fn sent(&self) -> impl Iterator<Item = &Input> {
        let button = self.inputs.iter().position(|input| input.kind == Kind::Submit);
        self.inputs
            .iter()
            .enumerate()
            .filter(move |(place, input)| {
                !input.name.is_empty() && (matches!(input.kind, Kind::Text | Kind::Hidden) || button == Some(*place))
            })
            .map(|(_, input)| input)
    }

    /// Whether it has a control of that kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.inputs.iter().any(|input| input.kind == kind)
    }
}

impl Page {
    /// Reads a page. Never fails: what is not understood is text.
    #[must_use]
    pub fn read(text: &str) -> Self {
        reader::read(text)
    }

    /// Title and headings, as words are compared ([`plain`]).
    pub fn banner(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.title).chain(&self.headings).map(|text| plain(text))
    }

    /// Title and visible text.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.title.is_empty(), self.text.is_empty()) {
            (false, false) => format!("{} | {}", self.title, self.text),
            (false, true) => self.title.clone(),
            _ => self.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::text::charset::decode;

    #[test]
    fn a_page_is_flattened() {
        let page = Page::read(
            "<HTML><HEAD><TITLE>ILEX &amp; co<META charset=x></HEAD><BODY><H1><FONT color=GREEN>Bien<B>venue</B></FONT>
             <P>Choisir&nbsp;: <A HREF=/a>un<BR>deux</A><A NAME=x>trois<A HREF='/b'>quatre<TABLE><TR><TH>A<TD>B<TR><TD>C</TABLE>cinq",
        );
        insta::assert_debug_snapshot!(page, @r#"
        Page {
            title: "ILEX & co",
            headings: [
                "Bienvenue",
            ],
            text: "Bienvenue Choisir : un deuxtroisquatre A B C cinq",
            links: [
                Link {
                    href: "/a",
                    text: "un deux",
                },
                Link {
                    href: "/b",
                    text: "quatre",
                },
            ],
            forms: [],
            rows: [
                Row {
                    cells: [
                        "A",
                        "B",
                    ],
                    links: [],
                },
                Row {
                    cells: [
                        "C",
                    ],
                    links: [],
                },
            ],
            overflow: false,
        }
        "#);
    }

    /// A reader that takes quadratic time does not end here.
    #[test]
    fn hostile_nesting_is_read_in_linear_time() {
        for piece in [
            "<div>",
            "<font a=1>",
            "<table><tr><td>",
            "<a href=x>",
            "<form><label><input name=a>",
            "<select><option>",
            "<h1>",
            "<",
            "&",
            "</",
        ] {
            let page = Page::read(&piece.repeat((1 << 20) / piece.len()));
            assert!(page.links.len() <= MAX_ITEMS && page.forms.len() <= MAX_ITEMS && page.rows.len() <= MAX_ITEMS);
        }
        let attributes: String = (0..100_000).map(|n| format!("a{n}=b ")).collect();
        assert_eq!(Page::read(&format!("<a href=x {attributes}>y")).links.len(), 1);
        let labels: String =
            (0..MAX_ITEMS).map(|n| format!("<label for=i{n}>l</label><input id=i{n} name=n{n}>")).collect();
        assert_eq!(Page::read(&format!("<form>{labels}")).forms[0].inputs.len(), MAX_ITEMS);
    }

    proptest! {
        #[test]
        fn no_page_makes_a_reader_fail(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            soup in proptest::collection::vec("<(/?)(a|form|input|label|select|option|textarea|tr|td|h1|title|script|br|button)( (href|name|type|for|id|value|action|method)=?[\"']?(file|hidden|password|x|/depot-xt/N\\?local_ident=1)?[\"']?){0,3}>?|[a-z é&;<]{0,8}", 0..40)) {
            let url = Url::parse("https://h/depot-xt").unwrap();
            for text in [decode(&bytes, None).0, soup.concat()] {
                let page = Page::read(&text);
                let _ = (LogOn::find(&page, &url), log_off(&page, &url), page.words(), page.banner().count());
            }
        }
    }
}
