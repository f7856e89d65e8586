//! Names of segments.

/// The file that holds segment `number` of `base`: names sort as numbers do (`docs/formats/segment.md` 6.5).
#[must_use]
pub fn file_name(base: &str, number: u32) -> String {
    format!("{base}.{number:06}.seg")
}
