//! Hides secrets in a configuration text before any line of it is shown. Works on broken texts too: it looks at words, not at TOML.

/// Words that, inside a key, make its value a secret.
const MARKERS: [&str; 8] = ["password", "passwd", "passphrase", "mot_de_passe", "motdepasse", "mdp", "secret", "token"];

/// The keys that may follow a secret's key without being one.
const HARMLESS: [&str; 3] = ["file", "env", "keyring"];

/// The text with every character of a secret replaced, byte for byte, so that places stay right. `names` are further keys that hold secrets.
pub(super) fn mask(text: &str, names: &[&str]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in assigned(text, names).into_iter().chain(in_urls(text)) {
        for byte in &mut bytes[range] {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

type Range = std::ops::Range<usize>;

/// The values assigned to keys that look like a secret's.
fn assigned(text: &str, names: &[&str]) -> Vec<Range> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('=') {
        let key = key_before(text, at);
        let key = key.to_lowercase();
        if !MARKERS.iter().any(|marker| key.contains(marker)) && !names.iter().any(|name| key == *name) {
            continue;
        }
        let rest = &text[at + 1..];
        let value = at + 1 + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        match text.as_bytes().get(value) {
            Some(b'{') => found.extend(in_table(text, value)),
            Some(_) => found.push(value..end_of_value(text, value)),
            None => {}
        }
    }
    found
}

/// The last word before an `=`.
fn key_before(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let key = text[line..at].trim_end().trim_end_matches(['"', '\'']);
    let start = key.rfind(['{', ',', '"', '\'', '.', ' ', '\t', '[']).map_or(0, |at| at + 1);
    key.get(start..).unwrap_or(key)
}

/// What an inline table holds beside the name of a file or of a variable.
fn in_table(text: &str, open: usize) -> Option<Range> {
    let end = text[open..].find(['\n', '}']).map_or(text.len(), |at| open + at);
    let inside = &text[open..end];
    let harmless = |at: usize| HARMLESS.contains(&key_before(text, open + at).to_lowercase().as_str());
    match inside.match_indices('=').find(|(at, _)| !harmless(*at)) {
        Some((at, _)) => Some(open + at + 1..end),
        None if !inside.contains('=') => Some(open + 1..end),
        None => None,
    }
}

/// The end of a value: its closing quotes, else the end of the line.
fn end_of_value(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let line = rest.find('\n').map_or(text.len(), |at| start + at);
    for quotes in ["\"\"\"", "'''"] {
        if let Some(inside) = rest.strip_prefix(quotes) {
            return inside.find(quotes).map_or(text.len(), |at| start + at + 6);
        }
    }
    line
}

/// Passwords inside addresses: `https://user:password@host`.
fn in_urls(text: &str) -> Vec<Range> {
    let mut found = Vec::new();
    for (at, separator) in text.match_indices("://") {
        let start = at + separator.len();
        let line = text[start..].find(['\n', '"', '\'', ' ']).map_or(text.len(), |at| start + at);
        let Some(sign) = text[start..line].rfind('@') else {
            continue;
        };
        if let Some(colon) = text[start..start + sign].find(':') {
            found.push(start + colon + 1..start + sign);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hides_secrets_however_they_are_written() {
        for text in [
            "password = \"Canari42\"",
            "password=Canari42",
            "\"password\" = 'Canari42' # Canari42",
            "password = \"\"\"\nCanari42\n\"\"\"",
            "portal_password = \"Canari42",
            "mot_de_passe = 'Canari42'",
            "xfb = { user = \"u\", password = \"Canari42\" }",
            "password = { value = \"Canari42\" }",
            "password = { file = \"a\", clear = 'Canari42' }",
            "password = { \"Canari42\": }",
            "code_pin = 'Canari42'",
            "base_url = \"https://u:Canari42@host/\"",
            "[profiles.VILLE.xfb]\nxfb.password = 'Canari42'\n",
        ] {
            let masked = mask(text, &["code_pin"]);
            assert!(!masked.contains("Canari42"), "{masked}");
            assert_eq!(masked.len(), text.len());
        }
    }

    #[test]
    fn shows_what_is_not_a_secret() {
        for text in [
            "password = { file = \"secrets/VILLE.xfb\" }",
            "user = \"u\"\nbase_url = \"https://host:8443/a\"",
            "password = { env = 'MDP' }",
        ] {
            assert_eq!(mask(text, &[]), text);
        }
    }

    proptest! {
        #[test]
        fn places_stay_right_and_nothing_panics(text in "(\\PC|[\n\"'={}:@/]|password|://){0,60}") {
            let masked = mask(&text, &["pin"]);
            prop_assert_eq!(masked.len(), text.len());
            prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }
    }
}
