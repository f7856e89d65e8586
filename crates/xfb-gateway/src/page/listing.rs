//! The listing of offered files (docs/protocols/xfb-gateway.md 5.1 to 5.3).

use std::collections::HashSet;

use url::Url;
use web_forms::text::fold::{holds_any, plain};
use web_forms::urls;

use super::{Page, Row};
use crate::types::{LocalIdent, RemoteName};

/// Whether a file can be read (docs/protocols/xfb-gateway.md 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// B, to begin: available, or no state was shown.
    Available,
    /// E, ended: already read; only the partner's staff can make it available again.
    Ended,
}

/// One listed file. It holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// What identifies it for ever.
    pub local_ident: LocalIdent,
    /// Its name, hostile (see [`RemoteName`]).
    pub name: RemoteName,
    /// Its size in bytes as the page says: a hint, not a promise.
    pub size: Option<u64>,
    /// Whether it can be read.
    pub state: State,
    pub(crate) target: Url,
}

/// The page lists more files than its reader accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the listing holds more than {limit} files")]
pub struct TooManyRows {
    /// The most that is accepted.
    pub limit: usize,
}

/// A listing, in the page's order, each `local_ident` once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Every listed file, whatever its state.
    pub rows: Vec<Offer>,
    /// Links that looked like files and whose `local_ident` cannot be one.
    pub ignored: usize,
}

impl Listing {
    /// Reads the page `html` of the gateway whose entry is `base` (`https://host/depot-xt`). Only links below `base`, on
    /// its origin and with a `local_ident`, are files.
    ///
    /// # Errors
    ///
    /// [`TooManyRows`] where there are more than `limit` files.
    pub fn read(html: &str, base: &Url, limit: usize) -> Result<Self, TooManyRows> {
        Self::of_page(&Page::read(html), base, base, limit)
    }

    pub(crate) fn of_page(page: &Page, url: &Url, entry: &Url, limit: usize) -> Result<Self, TooManyRows> {
        let mut listing = Self::default();
        if page.overflow {
            return Err(TooManyRows { limit });
        }
        let columns = size_columns(page);
        let mut row_of = vec![None; page.links.len()];
        for row in &page.rows {
            row.links.iter().for_each(|place| row_of[*place] = Some(row));
        }
        let mut seen = HashSet::new();
        for (link, row) in page.links.iter().zip(row_of) {
            let Some(target) = urls::resolve(url, &link.href) else {
                continue;
            };
            let Some((name, ident)) = file_link(&target, entry) else {
                continue;
            };
            let Some(local_ident) = LocalIdent::read(&ident) else {
                listing.ignored += 1;
                continue;
            };
            if !seen.insert(local_ident.clone()) {
                continue;
            }
            if listing.rows.len() == limit {
                return Err(TooManyRows { limit });
            }
            let size = row.and_then(|row| size_in(row, columns, local_ident.as_str()));
            let state = row.map_or(State::Available, state_in);
            listing.rows.push(Offer { local_ident, name: RemoteName::read(&name), size, state, target });
        }
        Ok(listing)
    }

    /// Whether the page at `url`, an entry page, lists files itself.
    pub(super) fn is_on(page: &Page, url: &Url, entry: &Url) -> bool {
        page.links
            .iter()
            .filter_map(|link| urls::resolve(url, &link.href))
            .any(|link| file_link(&link, entry).is_some())
    }

    /// The files that can be read (docs/protocols/xfb-gateway.md 5.3).
    pub fn into_offers(self) -> impl Iterator<Item = Offer> {
        self.rows.into_iter().filter(|offer| offer.state == State::Available)
    }
}

/// The name, still encoded, and the `local_ident` of a link to a file.
fn file_link(target: &Url, entry: &Url) -> Option<(String, String)> {
    let name = target.path().strip_prefix(entry.path())?.strip_prefix('/')?;
    let (_, ident) = target.query_pairs().find(|(key, _)| key == "local_ident")?;
    (urls::same_origin(target, entry) && !name.is_empty()).then(|| (name.to_owned(), ident.into_owned()))
}

fn state_in(row: &Row) -> State {
    let letter = row.cells.iter().find(|cell| matches!(cell.as_str(), "B" | "E" | "b" | "e"));
    match letter.map(String::as_str) {
        Some("E" | "e") => State::Ended,
        _ => State::Available,
    }
}

/// The columns that the table's head calls a size.
fn size_columns(page: &Page) -> Option<usize> {
    let words = ["taille", "size", "octets", "bytes", "longueur"];
    let named = |cell: &String| holds_any(&plain(cell), words);
    page.rows.iter().filter(|row| row.links.is_empty()).find_map(|row| row.cells.iter().position(named))
}

/// The cell of the size column, else the only cell that is a number and not the identifier.
fn size_in(row: &Row, column: Option<usize>, ident: &str) -> Option<u64> {
    if let Some(column) = column {
        return row.cells.get(column).and_then(|cell| number(cell));
    }
    let mut numbers = row.cells.iter().filter(|cell| *cell != ident).filter_map(|cell| number(cell));
    numbers.next().filter(|_| numbers.next().is_none())
}

/// Digits, grouped by spaces or not, with the unit bytes or none.
fn number(cell: &str) -> Option<u64> {
    let plain = plain(cell);
    let digits = ["octets", "octet", "bytes", "o", "b"].iter().find_map(|unit| plain.strip_suffix(unit));
    let digits: String = digits.unwrap_or(&plain).split_whitespace().collect();
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("https://h/depot-xt").unwrap()
    }

    fn shown(html: &str) -> String {
        let listing = Listing::read(html, &base(), 100).unwrap();
        let row =
            |o: &Offer| format!("{} {:?} {:?} {:?} {}", o.local_ident, o.name.as_str(), o.size, o.state, o.target);
        let rows: Vec<_> = listing.rows.iter().map(row).collect();
        format!("{}\nignored {}", rows.join("\n"), listing.ignored)
    }

    #[test]
    fn the_table_of_the_gateway_is_read() {
        let page = "<HTML><TITLE>Réception d'un fichier</TITLE><TABLE BORDER=1>
            <TR><TH>Fichier<TH>Date<TH>Taille<TH>Etat
            <TR><TD><A HREF=\"/depot-xt/RCT290G?local_ident=62899&user=U&password=P\">RCT290G</A><TD>20/11/2026 10:12<TD>12&nbsp;345 octets<TD> B
            <tr><td><a href='/depot-xt/OCRE%20%E9?user=U&amp;password=P&amp;local_ident=62900'>OCRE</a></td><td>x</td><td>?</td><td>E</td></tr>
            </TABLE><A HREF=\"/depot-xt?user=U&password=P\">Retour</A>";
        insta::assert_snapshot!(shown(page), @r#"
        62899 "RCT290G" Some(12345) Available https://h/depot-xt/RCT290G?local_ident=62899
        62900 "OCRE é" None Ended https://h/depot-xt/OCRE%20%E9?local_ident=62900
        ignored 0
        "#);
    }

    #[test]
    fn bare_links_are_available_and_hostile_ones_are_data() {
        let page = "<a href=/depot-xt/A?local_ident=1&user=U&password=P>A</a><br>
            <a href=/depot-xt/A2?local_ident=1>the same again
            <a href=https://evil/depot-xt/B?local_ident=2>B</a> <a href=http://h/depot-xt/B?local_ident=2>B</a>
            <a href=/depot-xt/../etc/passwd?local_ident=3>C</a> <a href=/depot-xt/?local_ident=3>C</a>
            <a href=/depot-xtra/D?local_ident=4>D</a> <a href=/depot-xt/E>E</a>
            <a href=/depot-xt/F?local_ident=../../x>F</a>
            <a href=/depot-xt/..%2f..%2fetc%2Fpasswd?local_ident=5&sort=a+b>G</a>
            <a href='javascript:x?local_ident=6'>H</a> <a href=/depot-xt/CON/a?local_ident=7>";
        insta::assert_snapshot!(shown(page), @r#"
        1 "A" None Available https://h/depot-xt/A?local_ident=1
        5 "../../etc/passwd" None Available https://h/depot-xt/..%2f..%2fetc%2Fpasswd?local_ident=5&sort=a+b
        7 "CON/a" None Available https://h/depot-xt/CON/a?local_ident=7
        ignored 1
        "#);
    }

    #[test]
    fn sizes_are_read_only_where_they_are_plain() {
        for (cells, size) in [
            ("<td>1 234<td>B", Some(1234)),
            ("<td>7<td>12<td>B", Some(12)),
            ("<td>11<td>12<td>B", None),
            ("<td>1,2 Mo<td>B", None),
            ("<td>20/11/2026<td>0", Some(0)),
            ("<td>99999999999999999999999", None),
        ] {
            let page = format!("<tr><td><a href=/depot-xt/N?local_ident=7>N</a>{cells}</tr>");
            assert_eq!(Listing::read(&page, &base(), 10).unwrap().rows[0].size, size, "{cells}");
        }
    }

    #[test]
    fn too_many_files_are_an_error() {
        let row = |n: usize| format!("<a href=/depot-xt/N?local_ident={n}>");
        let page: String = (0..11).map(row).collect();
        assert_eq!(Listing::read(&page, &base(), 10), Err(TooManyRows { limit: 10 }));
        assert_eq!(Listing::read(&page, &base(), 11).unwrap().rows.len(), 11);
        let flood: String = (0..=crate::page::MAX_ITEMS).map(row).collect();
        assert!(Listing::read(&flood, &base(), usize::MAX).is_err());
    }

    fn escaped(name: &str) -> String {
        name.bytes().map(|b| format!("%{b:02X}")).collect()
    }

    proptest! {
        #[test]
        fn a_generated_page_is_read_back(files in proptest::collection::vec(
            ("[0-9a-zA-Z]{1,12}", "N\\PC{0,20}", proptest::option::of(any::<u32>()), any::<bool>(), any::<bool>()), 0..20)) {
            let mut page = String::from("<h1>R&eacute;ception</h1><table>");
            let mut expected: Vec<(String, String, Option<u64>, State)> = Vec::new();
            for (ident, name, size, ended, soup) in files {
                let ident = format!("{ident}-{}", expected.len());
                let size_text = size.map_or_else(String::new, |size| size.to_string());
                let letter = if ended { "E" } else { "B" };
                let href = format!("/depot-xt/{}?local_ident={ident}&user=U&password=P", escaped(&name));
                page.push_str(&if soup {
                    format!("<TR><TD><A HREF={href}>x<TD>1/1/26<TD>{size_text}<TD>{letter}")
                } else {
                    format!("<tr><td><a href=\"{}\">x</a></td><td>{size_text}</td><td>{letter}</td></tr>\n", href.replace('&', "&amp;"))
                });
                let state = if ended { State::Ended } else { State::Available };
                expected.push((ident, name, size.map(u64::from), state));
            }
            let read: Vec<_> = Listing::read(&page, &base(), 100).unwrap().rows.into_iter()
                .map(|o| (o.local_ident.to_string(), o.name.to_string(), o.size, o.state)).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), soup in "[<>/a-d=\"' &;#!-]{0,200}") {
            let (text, _) = crate::page::decode(&bytes, None);
            let _ = Listing::read(&text, &base(), 10);
            let _ = Listing::read(&soup, &base(), 10);
        }
    }
}
