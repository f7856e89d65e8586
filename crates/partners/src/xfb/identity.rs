//! How the DGFiP recognises a PES: the `NomFic` and the `CodCol` that the sender wrote in it, whatever the file's own name.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Longest value taken; the format allows 100 characters for `NomFic` and 3 for `CodCol`.
const LONGEST: usize = 200;

/// How far into a file its XML declaration may reach.
const DECLARATION: usize = 200;

/// `NomFic/CodCol` of the PES that begins with `head`; `None` for anything else, and where either stands beyond it. Never fails.
pub(super) fn of(head: &[u8]) -> Option<String> {
    let text = decode(head);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    let (mut nom_fic, mut cod_col) = (None, None);
    while nom_fic.is_none() || cod_col.is_none() {
        // The head may be cut anywhere: what was read before an error holds.
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                match (path.last().map(String::as_str), name.as_str()) {
                    (None, root) if !root.starts_with("PES_") => return None,
                    (Some("Parametres"), "NomFic") => nom_fic = value(&tag),
                    (Some("EnTetePES"), "CodCol" | "CodColl") => cod_col = value(&tag),
                    _ => {}
                }
                path.push(name);
            }
            Event::End(_) => drop(path.pop()),
            Event::Eof => return None,
            _ => {}
        }
    }
    Some(format!("{}/{}", nom_fic?, cod_col?))
}

fn value(tag: &BytesStart<'_>) -> Option<String> {
    let attribute = tag.try_get_attribute("V").ok()??;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    let value = value.trim();
    (1..=LONGEST).contains(&value.len()).then(|| value.to_owned())
}

/// By the byte order mark, else by the XML declaration, else UTF-8 where the bytes are, else windows-1252, which holds ISO-8859-1.
fn decode(head: &[u8]) -> Cow<'_, str> {
    let fallback = || match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_some() => WINDOWS_1252,
        _ => UTF_8,
    };
    declared(head).unwrap_or_else(fallback).decode(head).0
}

fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let start = &head[..head.len().min(DECLARATION)];
    let declaration = start.strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let text = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, label) = text.split_once("encoding")?;
    let label = label.trim_start().strip_prefix('=')?.trim_start();
    let quote = label.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(label[1..].split(quote).next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PES: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\">\
        <Enveloppe><Parametres><Version V=\"1\"/><TypFic V=\"PESALR2\"/><NomFic V=\"D\u{e9}penses &amp; 1\"/></Parametres>\
        <Emetteur><Sigle V=\"X\"/></Emetteur></Enveloppe><EnTetePES><DteStr V=\"2026-11-22\"/><CodCol V=\"123\"/></EnTetePES>\
        <PES_DepenseAller><Piece><NomFic V=\"another\"/><CodCol V=\"999\"/></Piece></PES_DepenseAller></n:PES_Aller>";

    fn latin1(text: &str) -> Vec<u8> {
        WINDOWS_1252.encode(text).0.into_owned()
    }

    #[test]
    fn a_pes_is_its_name_and_its_authority() {
        assert_eq!(of(&latin1(PES)).as_deref(), Some("Dépenses & 1/123"));
        let utf8 = PES.replace("ISO-8859-1", "utf-8");
        assert_eq!(of(utf8.as_bytes()).as_deref(), Some("Dépenses & 1/123"));
        let undeclared = PES.split_once("\r\n").map(|(_, rest)| rest).unwrap();
        assert_eq!(of(undeclared.as_bytes()).as_deref(), Some("Dépenses & 1/123"));
        assert_eq!(of(&latin1(undeclared)).as_deref(), Some("Dépenses & 1/123"));
        let retour = PES.replace("CodCol ", "CodColl ");
        assert_eq!(of(&latin1(&retour)).as_deref(), Some("Dépenses & 1/123"));
    }

    #[test]
    fn anything_else_has_none() {
        for other in [
            "",
            "fixed width 0000012",
            "<Enveloppe><Parametres><NomFic V=\"a\"/></Parametres><EnTetePES><CodCol V=\"1\"/></EnTetePES></Enveloppe>",
            "<PES_Aller/>",
            "<PES_Aller><Enveloppe><Parametres><NomFic V=\"\"/></Parametres></Enveloppe><EnTetePES><CodCol V=\"1\"/></EnTetePES></PES_Aller>",
            "<PES_Aller><Enveloppe><Parametres><NomFic/></Parametres></Enveloppe><EnTetePES><CodCol V=\"1\"/></EnTetePES></PES_Aller>",
            "<!DOCTYPE PES_Aller [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><PES_Aller><Enveloppe><Parametres><NomFic V=\"&b;\"/></Parametres></Enveloppe><EnTetePES><CodCol V=\"1\"/></EnTetePES></PES_Aller>",
        ] {
            assert_eq!(of(other.as_bytes()), None, "{other}");
        }
        let long = PES.replace("&amp; 1", &"x".repeat(LONGEST));
        assert_eq!(of(&latin1(&long)), None);
    }

    #[test]
    fn a_head_cut_anywhere_tells_the_same_or_nothing() {
        let whole = latin1(PES);
        let enough = PES.find("<CodCol").unwrap();
        for cut in 0..whole.len() {
            let found = of(&whole[..cut]);
            assert!(found.is_none() || found.as_deref() == Some("Dépenses & 1/123"), "{cut}");
            assert!(found.is_none() || cut > enough, "{cut}");
        }
    }

    proptest! {
        #[test]
        fn it_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = of(&bytes);
        }

        #[test]
        fn nor_on_anything_like_a_pes(at in 0..PES.len(), noise in prop::collection::vec(any::<u8>(), 0..8), drop in 0_usize..40) {
            let mut bytes = latin1(PES);
            let at = at.min(bytes.len());
            let end = (at + drop).min(bytes.len());
            bytes.splice(at..end, noise);
            let _ = of(&bytes);
        }

        #[test]
        fn whatever_the_declaration(label in "[ -~]{0,40}") {
            let _ = of(format!("<?xml version=\"1.0\" encoding{label}?><PES_Aller/>").as_bytes());
        }
    }
}
