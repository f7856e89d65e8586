//! Tag soup to a flat run of tags and text, in one pass.
//!
//! No tree is built: a page comes from a peer that may be hostile, and tree builders take quadratic time on nested or
//! unclosed tags (measured: 269 KB of `<font a=N>` keep html5ever 0.40 busy for 18 s). This reader is linear in time
//! and memory whatever the page holds, and the pages of clauses 2 to 5 need no tree.

use crate::text::entity;

/// The most attributes kept of one tag; later ones are dropped.
const MAX_ATTRIBUTES: usize = 64;

/// One piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Open(Tag),
    /// The name, in lower case.
    Close(String),
    /// Raw text: character references are not decoded yet.
    Text(&'a str),
}

/// An opening tag: names in lower case, values decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of the first attribute of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn owned(&self, name: &str) -> String {
        self.value(name).unwrap_or_default().to_owned()
    }
}

/// Iterates over the pieces of a page.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    /// The element whose raw content comes next.
    raw: Option<&'static str>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(page: &'a str) -> Self {
        Self { rest: page, raw: None }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Passes over everything up to and with `end`; over the whole rest without one.
    fn skip_past(&mut self, end: &str) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(length);
    }

    fn skip_raw(&mut self, element: &str) {
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</") {
            let name = from + at + 2;
            if self.rest.as_bytes()[name..]
                .get(..element.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(element.as_bytes()))
            {
                self.take(name - 2);
                return;
            }
            from = name;
        }
        self.take(self.rest.len());
    }

    fn text(&mut self) -> Token<'a> {
        let length = self.rest.bytes().skip(1).position(|b| b == b'<').map_or(self.rest.len(), |at| at + 1);
        Token::Text(self.take(length))
    }

    fn close(&mut self) -> Token<'a> {
        self.take(2);
        let name = self.word(|b| b.is_ascii_whitespace() || b == b'>');
        self.skip_past(">");
        Token::Close(name)
    }

    /// An opening tag, or nothing where the page ends inside it: half a link is no link.
    fn open(&mut self) -> Option<Token<'a>> {
        self.take(1);
        let name = self.word(|b| b.is_ascii_whitespace() || b == b'>' || b == b'/');
        let mut attributes = Vec::new();
        loop {
            self.skip(|b| b.is_ascii_whitespace() || b == b'/');
            match self.rest.bytes().next()? {
                b'>' => break,
                _ => {
                    let attribute = self.attribute()?;
                    if attributes.len() < MAX_ATTRIBUTES {
                        attributes.push(attribute);
                    }
                }
            }
        }
        self.take(1);
        self.raw = ["script", "style"].into_iter().find(|raw| *raw == name);
        Some(Token::Open(Tag { name, attributes }))
    }

    fn attribute(&mut self) -> Option<(String, String)> {
        let mut name = self.take(usize::from(self.rest.starts_with('='))).to_owned();
        name.push_str(&self.word(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'=')));
        self.skip(|b| b.is_ascii_whitespace());
        if !self.rest.starts_with('=') {
            return Some((name, String::new()));
        }
        self.take(1);
        self.skip(|b| b.is_ascii_whitespace());
        let raw = match self.rest.bytes().next()? {
            quote @ (b'"' | b'\'') => {
                self.take(1);
                let value = self.take(self.rest.bytes().position(|b| b == quote)?);
                self.take(1);
                value
            }
            _ => self.until(|b| b.is_ascii_whitespace() || b == b'>'),
        };
        Some((name, entity::decode(raw).into_owned()))
    }

    fn word(&mut self, ends: impl Fn(u8) -> bool) -> String {
        self.until(ends).to_ascii_lowercase()
    }

    fn until(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.bytes().position(ends).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        self.until(|b| !skipped(b));
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if let Some(element) = self.raw.take() {
                self.skip_raw(element);
            }
            let bytes = self.rest.as_bytes();
            match (bytes.first()?, bytes.get(1)) {
                (b'<', Some(b'!')) if self.rest.starts_with("<!--") => self.skip_past("-->"),
                (b'<', Some(b'!' | b'?')) => self.skip_past(">"),
                (b'<', Some(b'/')) if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => {
                    return Some(self.close());
                }
                (b'<', Some(letter)) if letter.is_ascii_alphabetic() => {
                    let opened = self.open();
                    if opened.is_none() {
                        self.rest = "";
                    }
                    return opened;
                }
                _ => return Some(self.text()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(page: &str) -> String {
        Tokens::new(page)
            .map(|token| match token {
                Token::Open(tag) => format!("+{}{:?}", tag.name, tag.attributes),
                Token::Close(name) => format!("-{name}"),
                Token::Text(text) => format!("{text:?}"),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn soup_is_read() {
        for (page, read) in [
            ("<A HREF=x Class='b c'>t</A >", r#"+a[("href", "x"), ("class", "b c")] "t" -a"#),
            ("<br/><hr / x>", r#"+br[] +hr[("x", "")]"#),
            ("a<b", r#""a""#),
            ("1 < 2 <", r#""1 " "< 2 " "<""#),
            ("<!-- <a> --><!DOCTYPE html>x<!-- open", r#""x""#),
            ("<script>if (a<b) '<a href=x>'</SCRIPT>y", r#"+script[] -script "y""#),
            ("<a href=\"x>y", ""),
            ("<a href=/d?i=1&amp;u=é>é", r#"+a[("href", "/d?i=1&u=é")] "é""#),
            ("</>x", r#""</>x""#),
            ("<a =x y= >", r#"+a[("=x", ""), ("y", "")]"#),
        ] {
            assert_eq!(show(page), read, "{page}");
        }
    }

    #[test]
    fn half_a_tag_at_the_end_is_dropped() {
        let page = "<a href=\"/depot-xt/N?local_ident=62899\">";
        for cut in 1..page.len() {
            assert_eq!(Tokens::new(&page[..cut]).count(), usize::from(cut == 1), "{cut}");
        }
    }
}
