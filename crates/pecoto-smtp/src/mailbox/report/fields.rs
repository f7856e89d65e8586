//! Groups of fields as both kinds of reports write them (RFC 3464 2.1, RFC 8098 3.1).

use crate::mailbox::mail::bounded;

/// Groups read of one report: the mail's own and its recipients'.
const MAX_GROUPS: usize = 101;
/// Fields read of one group.
const MAX_FIELDS: usize = 200;
/// Bytes of an identifier; a longer one is none of ours.
const MAX_ID: usize = 250;

/// A text and the type written before it, as in `rfc822; a@b` or `smtp; 550 no`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypedText {
    /// The type in lower case: `rfc822`, `utf-8`, `dns`, `smtp`, `x-postfix`…; empty when none was written.
    pub kind: String,
    /// The text, one line, at most 1,000 characters.
    pub text: String,
}

impl TypedText {
    pub(super) fn read(value: &str) -> Self {
        let (kind, text) = value.split_once(';').unwrap_or(("", value));
        Self { kind: bounded(kind).to_ascii_lowercase(), text: bounded(text) }
    }
}

/// Fields between two empty lines, names in lower case, folded lines joined.
#[derive(Debug, Default)]
pub(super) struct Group(Vec<(String, String)>);

impl Group {
    /// The value of the first field of this name, which is given in lower case; an empty one counts as none.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn typed(&self, name: &str) -> Option<TypedText> {
        self.value(name).map(TypedText::read).filter(|typed| !typed.text.is_empty())
    }

    fn push(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':')
            && self.0.len() < MAX_FIELDS
        {
            self.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// The groups of a part that hold any field.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut group = Group::default();
    for line in text.lines() {
        if !line.trim().is_empty() {
            group.push(line);
        } else if !group.0.is_empty() {
            groups.push(std::mem::take(&mut group));
            if groups.len() == MAX_GROUPS {
                return groups;
            }
        }
    }
    groups.push(group);
    groups.retain(|group| !group.0.is_empty());
    groups
}

/// An identifier without its angle brackets; none if it is empty, too long, or holds white space.
pub(super) fn message_id(value: &str) -> Option<String> {
    let value = value.trim();
    let id = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(value);
    let fits = (1..=MAX_ID).contains(&id.len()) && !id.contains(|c: char| c.is_whitespace() || c.is_control());
    fits.then(|| id.to_owned())
}
