//! When a lane may go on: what it can do, the pacing of the partner's end point, and the silence after a failure.

pub mod gate;
pub mod retry;
pub mod work;
