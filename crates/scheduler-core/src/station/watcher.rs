use std::sync::Arc;
use super::{StationError, WatchMode};
use crate::shared::Core;
use crate::intake::Intake;
pub(super) struct Watcher;
impl Watcher { pub(super) fn new(_c: Arc<Core>, _i: Intake, _m: WatchMode)->Self{Self} pub(super) async fn run(&self){} pub(super) async fn look_twice(&self)->Result<(),StationError>{Ok(())} }
