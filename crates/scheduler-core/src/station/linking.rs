//! What an operator says of returns: which sending they are about, or that they are about none.

use super::Station;
use crate::consignment::{ConsignmentEvent, Why};
use crate::id::Id;
use crate::journal::{Draft, JournalError};
use crate::returned::{Return, ReturnEvent};
use crate::shared::why;

impl Station {
    pub(super) async fn link(&self, id: Id, to: Id, who: String, reason: String) -> Result<Vec<Id>, Why> {
        self.known_return(id).await?;
        if self.core.reader.consignment(to).await.map_err(refused)?.is_none() {
            return Err(Why::with("unknown-sending", to.to_string()));
        }
        let linked = ReturnEvent::Linked { to, who: Some(who), why: reason };
        self.draft(vec![Draft::returned(id, linked), Draft::consignment(to, ConsignmentEvent::Answered { by: id })])
            .await?;
        Ok(vec![id])
    }

    pub(super) async fn unlink(&self, id: Id, who: String, reason: String) -> Result<Vec<Id>, Why> {
        let row = self.known_return(id).await?;
        let mut drafts = vec![Draft::returned(id, ReturnEvent::Unlinked { who, why: reason })];
        // The sending may have been purged since.
        if let Some(to) = row.about
            && self.core.reader.consignment(to).await.map_err(refused)?.is_some()
        {
            drafts.push(Draft::consignment(to, ConsignmentEvent::Unanswered { by: id }));
        }
        self.draft(drafts).await?;
        Ok(vec![id])
    }

    pub(super) async fn dismiss(&self, id: Id, who: String, reason: String) -> Result<Vec<Id>, Why> {
        self.known_return(id).await?;
        self.draft(vec![Draft::returned(id, ReturnEvent::Dismissed { who, why: reason })]).await?;
        Ok(vec![id])
    }

    async fn known_return(&self, id: Id) -> Result<Return, Why> {
        let row = self.core.reader.returned(id).await.map_err(refused)?;
        row.ok_or_else(|| Why::with("unknown-return", id.to_string()))
    }
}

fn refused(error: JournalError) -> Why {
    why(error.code(), &error)
}
