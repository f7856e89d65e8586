//! No file grows past what one can hold in mind; functions are measured by clippy.

use crate::{paths, sources, step::Notes};

const MAX_LINES: usize = 800;

/// # Errors
///
/// The files over the limit.
pub(crate) fn check(_: &mut Notes) -> Result<(), String> {
    let mut faults = Vec::new();
    for file in sources::below(paths::root())? {
        let lines = sources::text(&file)?.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{} has {lines} lines, {MAX_LINES} are allowed", file.display()));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}
