//! Names of segments (`docs/formats/segment.md` 6.5).

const END: &str = ".seg";
const DIGITS: usize = 6;

/// What follows a file's name in that of its segment `number`: `.000001.seg`. Names sort as numbers do.
#[must_use]
pub fn suffix(number: u32) -> String {
    format!(".{number:0DIGITS$}{END}")
}

/// A segment's file name taken apart: the file's name, and the number.
#[must_use]
pub fn parts(name: &str) -> Option<(&str, u32)> {
    let (base, number) = name.strip_suffix(END)?.rsplit_once('.')?;
    let digits = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|_| digits && !base.is_empty())?;
    Some((base, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::MAX_SEGMENTS;

    #[test]
    fn names_sort_as_numbers_do_and_are_read_back() {
        let names: Vec<String> = [1, 2, 9, 10, 11, 9_999, 10_000, 10_001, MAX_SEGMENTS]
            .map(|number| format!("a.xml{}", suffix(number)))
            .into();
        assert_eq!(names[0], "a.xml.000001.seg");
        assert!(names.is_sorted());
        assert!(names.iter().all(|name| name.len() == names[0].len()));
        assert_eq!(parts("a.xml.010000.seg"), Some(("a.xml", 10_000)));
        for other in ["a.xml", "a.seg", ".000001.seg", "a.00001.seg", "a.+00001.seg", "a.000001.SEG", "a.0000001.seg"] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
