//! File names that cannot hurt.

/// Bytes of a name that [`safe`] gives at most: room is left for `_2`, `_3`… below the 255 that file systems allow.
pub const LONGEST: usize = 180;

/// Bytes that file systems allow.
const FILE_SYSTEM: usize = 255;

/// What a name without any usable character becomes.
const NAMELESS: &str = "sans_nom";

/// A single, normal path component made of `name`, on every platform; never empty, at most [`LONGEST`] bytes.
///
/// - separators, the other characters Windows refuses (`< > : " | ? *`), control characters and those that turn or hide
///   text (U+200E, U+202E…) become `_`;
/// - several dots in a row become one, a dot at the beginning `_`; spaces at both ends and dots at the end go;
/// - reserved device names (`CON`, `NUL`, `COM1`…, with any extension) get a `_` in front;
/// - a long name loses the end of its stem and keeps its extension;
/// - nothing left: `sans_nom`.
///
/// Safe names stay as they are: `safe(safe(x)) == safe(x)`. Different names may become alike: publish without replacing.
#[must_use]
pub fn safe(name: &str) -> String {
    bounded(name, LONGEST)
}

/// [`safe`] within fewer bytes, at least 20.
pub(super) fn bounded(name: &str, longest: usize) -> String {
    let mut clean = String::with_capacity(name.len().min(longest));
    for c in name.chars().map(|c| if is_hostile(c) { '_' } else { c }) {
        if c != '.' || !clean.ends_with('.') {
            clean.push(c);
        }
    }
    let ends: &[char] = &[' ', '.'];
    let mut clean = clean.trim_end_matches(ends).trim_start_matches(' ').to_owned();
    if clean.starts_with('.') {
        clean.replace_range(..1, "_");
    }
    if is_device(&clean) {
        clean.insert(0, '_');
    }
    let clean = shortened(&clean, "", longest);
    if clean.is_empty() { NAMELESS.to_owned() } else { clean }
}

/// The name to try when `name` is taken by another return: `numbered("a.xml", 2)` is `a_2.xml`.
///
/// At most 255 bytes, whatever `name` is.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    shortened(name, &format!("_{number}"), FILE_SYSTEM)
}

/// The name of the `number`th other backup of a file: `incremented("a.xml", 1)` is `a_1.xml`.
///
/// At most 255 bytes, whatever `name` is.
#[must_use]
pub fn incremented(name: &str, number: u32) -> String {
    numbered(name, number)
}

/// `stem + mark + extension` of at most `longest` bytes; what is too much is cut from the end of the stem.
fn shortened(name: &str, mark: &str, longest: usize) -> String {
    let (stem, extension) = split(name);
    let room = longest.saturating_sub(mark.len() + extension.len());
    let end = (0..=room.min(stem.len())).rev().find(|&end| stem.is_char_boundary(end)).unwrap_or(0);
    let ends: &[char] = &[' ', '.'];
    let stem = if end < stem.len() { stem[..end].trim_end_matches(ends) } else { stem };
    format!("{stem}{mark}{extension}")
}

/// Stem and extension with its dot. An extension is a few ASCII letters and digits: a date after a dot is none.
fn split(name: &str) -> (&str, &str) {
    let is_extension = |text: &str| (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_extension(extension) => name.split_at(stem.len()),
        _ => (name, ""),
    }
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Names that Windows keeps for devices, whatever follows their first dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut digits = port.unwrap_or_default().chars();
    matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}
