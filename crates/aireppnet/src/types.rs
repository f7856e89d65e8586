//! Checked values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};

/// A commune's INSEE code, the identifier of every log-in: five characters, two digits (or `2A`, `2B`) and three digits
/// (docs/protocols/aireppnet.md 1.2). It is public.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommuneCode(String);

impl CommuneCode {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for CommuneCode {
    type Error = Error;

    /// A lower-case letter is made upper-case.
    fn try_from(text: &str) -> Result<Self, Error> {
        let code = text.to_ascii_uppercase();
        let is_code = match code.as_bytes() {
            [b'2', b'A' | b'B', rest @ ..] | [b'0'..=b'9', b'0'..=b'9', rest @ ..] => {
                rest.len() == 3 && rest.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
        match is_code {
            true => Ok(Self(code)),
            false => Err(Error::new(
                Code::CommuneRefused,
                "a commune code has five digits, or 2A or 2B and three digits, like 96010 or 2A004",
            )),
        }
    }
}

impl fmt::Display for CommuneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file is about: it decides on the server (docs/protocols/aireppnet.md 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileType {
    /// État civil.
    EtatCivil,
    /// Elections, French citizens.
    ElectionsFr,
    /// Elections, other citizens of the European Union.
    ElectionsUe,
}

impl FileType {
    /// All three.
    pub const ALL: [Self; 3] = [Self::EtatCivil, Self::ElectionsFr, Self::ElectionsUe];

    /// `etat-civil`, `elections-fr`, `elections-ue`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EtatCivil => "etat-civil",
            Self::ElectionsFr => "elections-fr",
            Self::ElectionsUe => "elections-ue",
        }
    }

    /// The type of that name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name a file arrives under: 1 to 255 bytes, no control character, no `/` and no `\` (docs/protocols/aireppnet.md 5.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for FileName {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        let illegal = |c: char| c.is_control() || matches!(c, '/' | '\\');
        let why = match text.char_indices().find(|(_, c)| illegal(*c)) {
            _ if text.is_empty() || text.len() > 255 => "a file name must have 1 to 255 bytes".to_owned(),
            Some((at, c)) => format!("a file name cannot hold {c:?} (byte {at})"),
            None => return Ok(Self(text.to_owned())),
        };
        Err(Error::new(Code::NameRefused, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commune_codes_are_checked() {
        for (text, code) in [("96010", "96010"), ("2A004", "2A004"), ("2b033", "2B033"), ("97411", "97411")] {
            assert_eq!(CommuneCode::try_from(text).unwrap().as_str(), code);
        }
        for bad in ["", "9601", "960100", "2C004", "2A04", "A2004", "9601A", " 96010", "９6010", "2A00é"] {
            assert_eq!(CommuneCode::try_from(bad).unwrap_err().code(), "aireppnet-commune-refused", "{bad:?}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert!(FileName::try_from("wecivil1.038").is_ok());
        for bad in ["", "a/b", "a\\b", "a\nb", "a\0", &"x".repeat(256)] {
            assert_eq!(FileName::try_from(bad).unwrap_err().code(), "aireppnet-name-refused", "{bad:?}");
        }
    }

    #[test]
    fn types_are_named_alike_everywhere() {
        for known in FileType::ALL {
            assert_eq!(FileType::named(known.as_str()), Some(known));
            let written = toml::Value::try_from(known).unwrap();
            assert_eq!(written.as_str(), Some(known.as_str()));
        }
        assert_eq!(FileType::named("elections"), None);
    }
}
