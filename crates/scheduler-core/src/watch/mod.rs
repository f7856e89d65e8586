//! What happens in watched folders: the periodic scan is the truth, events of the system only wake it up earlier.

pub mod events;
pub mod scan;
