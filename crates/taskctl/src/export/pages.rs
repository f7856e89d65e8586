//! Sent and received files together, newest first, page after page.

use std::iter::Peekable;
use std::vec::IntoIter;

use jiff::Timestamp;
use scheduler_core::consignment::Consignment;
use scheduler_core::id::Id;
use scheduler_core::journal::{JournalError, Query, Reader};
use scheduler_core::returned::Return;

/// Rows held at a time, of each kind.
const PAGE: u32 = 500;

/// A file of either kind.
pub(super) enum Row {
    Sent(Box<Consignment>),
    Received(Box<Return>),
}

/// Both kinds, merged by identifier: identifiers grow with time.
pub(super) struct Pages<'r> {
    reader: &'r Reader,
    sent: Page<Consignment>,
    received: Page<Return>,
}

/// The rows of a page that were not given out yet, and what to ask for after them.
struct Page<T> {
    rows: Peekable<IntoIter<T>>,
    next: Option<Query>,
}

impl<'r> Pages<'r> {
    pub(super) fn new(reader: &'r Reader, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let query = Query { from, to, limit: PAGE, ..Query::default() };
        Self { reader, sent: Page::new(query.clone()), received: Page::new(query) }
    }

    /// The next file.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, JournalError> {
        if let Some(query) = self.sent.wanted() {
            let rows = self.reader.search(&query).await?;
            self.sent.fill(query, rows, |row| row.id);
        }
        if let Some(query) = self.received.wanted() {
            let rows = self.reader.search_returns(&query).await?;
            self.received.fill(query, rows, |row| row.id);
        }
        let sent = self.sent.rows.peek().map(|row| row.id);
        let received = self.received.rows.peek().map(|row| row.id);
        Ok(if sent > received {
            self.sent.rows.next().map(|row| Row::Sent(Box::new(row)))
        } else {
            self.received.rows.next().map(|row| Row::Received(Box::new(row)))
        })
    }
}

impl<T> Page<T> {
    fn new(query: Query) -> Self {
        Self { rows: Vec::new().into_iter().peekable(), next: Some(query) }
    }

    /// The page to ask for, once this one is given out.
    fn wanted(&mut self) -> Option<Query> {
        if self.rows.peek().is_none() { self.next.take() } else { None }
    }

    fn fill(&mut self, query: Query, rows: Vec<T>, id: impl Fn(&T) -> Id) {
        let more = rows.len() >= PAGE as usize;
        self.next = rows.last().filter(|_| more).map(|last| Query { before: Some(id(last)), ..query });
        self.rows = rows.into_iter().peekable();
    }
}
