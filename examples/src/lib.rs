//! Stand-alone uses of the crates of this workspace: see `examples/`.
