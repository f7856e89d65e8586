//! A configuration text and where its lines begin, looked for once: a report shows one line for each of thousands of problems.

use std::iter;
use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::report::Source;

/// A source whose lines are known.
#[derive(Debug)]
pub(super) struct Sheet<'s> {
    source: &'s Source,
    /// Where each line begins; never empty.
    starts: Vec<usize>,
}

impl<'s> Sheet<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let starts = iter::once(0).chain(source.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { source, starts }
    }

    pub(super) fn source(&self) -> &'s Source {
        self.source
    }

    /// The line that holds a place, counted from 1, and the character of it, counted from 1.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let text = &self.source.text;
        let at = if text.is_char_boundary(at) { at } else { text.len() };
        let line = self.line_of(at);
        (line + 1, text[self.starts[line]..at].chars().count() + 1)
    }

    /// The part of `span` that stands on its first line; at least one character where the line has any.
    pub(super) fn one_line(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.source.text;
        let line = self.line_around(span.start);
        let start = text.floor_char_boundary(span.start.min(line.end));
        let end = text.floor_char_boundary(span.end.clamp(start, line.end));
        if start < end {
            return start..end;
        }
        let before = text[line.start..start].chars().next_back().map_or(0, char::len_utf8);
        match text[start..line.end].chars().next() {
            Some(next) => start..start + next.len_utf8(),
            None => start - before..start,
        }
    }

    /// The line that holds a place, without its end.
    fn line_around(&self, at: usize) -> Range<usize> {
        let line = self.line_of(at);
        let end = self.starts.get(line + 1).map_or(self.source.text.len(), |next| next - 1);
        self.starts[line]..end
    }

    /// Counted from 0.
    fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }
}

/// Shows the whole line of a place, and no other; asked for no context, the place alone.
impl SourceCode for Sheet<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Source { path, text } = self.source;
        let line = self.line_of(span.offset());
        let (shown, column) = if before == 0 && after == 0 {
            (span.offset()..span.offset() + span.len(), span.offset() - self.starts[line])
        } else {
            (self.line_around(span.offset()), 0)
        };
        let data = text.as_bytes().get(shown.clone()).ok_or(MietteError::OutOfBounds)?;
        let span = SourceSpan::from((shown.start, shown.len()));
        Ok(Box::new(MietteSpanContents::new_named(path.display().to_string(), data, span, line, column, 1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What was counted from the start of the text for each place, before lines were remembered.
        #[test]
        fn a_place_is_where_counting_from_the_start_finds_it(text in "[aé\r\n]{0,40}", place in 0..45_usize, length in 0..9_usize) {
            let source = Source { path: "a.toml".into(), text };
            let (text, sheet) = (&source.text, Sheet::new(&source));
            let before = text.get(..place).unwrap_or(text);
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            prop_assert_eq!(sheet.position(place), (before.matches('\n').count() + 1, before[start..].chars().count() + 1));
            let shown = sheet.one_line(&(place..place + length));
            prop_assert!(!text[shown.clone()].contains('\n'));
            let span = SourceSpan::from((shown.start, shown.len()));
            let alone = sheet.read_span(&span, 0, 0).unwrap();
            prop_assert_eq!(alone.data(), text[shown.clone()].as_bytes());
            prop_assert_eq!(alone.line(), text[..shown.start].matches('\n').count());
            let whole = sheet.read_span(&span, 1, 1).unwrap();
            let line = text.split('\n').nth(alone.line()).unwrap();
            prop_assert_eq!((whole.data(), whole.column()), (line.as_bytes(), 0));
            prop_assert_eq!(&text[whole.span().offset() + alone.column()..][..shown.len()], &text[shown]);
        }
    }

    #[test]
    fn what_is_beyond_the_text_is_refused() {
        let source = Source { path: "a.toml".into(), text: "a = 1\n".to_owned() };
        let beyond = SourceSpan::from((4, 9));
        assert!(matches!(Sheet::new(&source).read_span(&beyond, 0, 0), Err(MietteError::OutOfBounds)));
    }
}
