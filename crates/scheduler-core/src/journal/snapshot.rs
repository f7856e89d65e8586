//! A copy of the journal as it stands at one instant, and walking through all that it knows.

use std::path::Path;

use super::JournalError;
use super::read::{Bind, Reader};
use crate::consignment::Consignment;
use crate::id::Id;
use crate::returned::Return;

impl Reader {
    /// Copies the journal, as the last commit left it, into `target`, which must be absent or empty; the station goes on writing meanwhile.
    /// The copy is one file in its final form. It is not synchronised; a crash leaves a part that is worthless.
    ///
    /// # Errors
    ///
    /// [`JournalError::Database`] when the journal cannot be read or the copy not be written.
    pub async fn snapshot(&self, target: &Path) -> Result<(), JournalError> {
        sqlx::query("VACUUM INTO ?").bind(target.to_string_lossy().into_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// Consignments after `after` (`None` = from the first), in the order of their acceptance, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn consignments_after(&self, after: Option<Id>, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE id > ? ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::Integer(after.map_or(0, Id::as_i64)), Bind::Integer(i64::from(limit))]).await
    }

    /// Returns after `after` (`None` = from the first), in the order in which they were seen, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn returns_after(&self, after: Option<Id>, limit: u32) -> Result<Vec<Return>, JournalError> {
        let sql = "SELECT doc FROM returns WHERE id > ? ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::Integer(after.map_or(0, Id::as_i64)), Bind::Integer(i64::from(limit))]).await
    }

    /// Returns once the file is closed by every clone of this reader.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
