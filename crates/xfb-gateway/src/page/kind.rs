//! What kind of page stands there when nothing on it is what was looked for (docs/protocols/xfb-gateway.md 3.4, 5.6, 5.8).

use url::Url;

use web_forms::page::log_off;
use web_forms::text::fold::{holds_any, plain};
use web_forms::urls;

use super::{Kind, Page, Wording};

/// Heads of the column that names the files of a listing.
const FILE_COLUMN: [&str; 4] = ["fichier", "file", "nom", "name"];
/// In titles and headings of a page that stands in the place of a listing.
const TROUBLE: [&str; 7] = ["erreur", "error", "impossible", "maintenance", "indisponible", "unavailable", "interdit"];
/// Whole titles and headings of the error pages that servers make by themselves.
const SERVER_ERRORS: [&str; 12] = [
    "not found",
    "forbidden",
    "bad gateway",
    "bad request",
    "gateway timeout",
    "gateway time-out",
    "internal server error",
    "service unavailable",
    "service temporarily unavailable",
    "service indisponible",
    "page introuvable",
    "erreur interne du serveur",
];

/// A page that asks to log in, whatever it says: the session is over (docs/protocols/xfb-gateway.md 3.4).
pub(crate) fn asks_to_log_in(page: &Page) -> bool {
    let asks = |form: &super::Form| form.has(Kind::Password) && !form.has(Kind::File);
    page.forms.iter().any(asks) && !page.links.iter().any(|link| link.href.contains("local_ident="))
}

/// A listing without files says that it is one (docs/protocols/xfb-gateway.md 5.8).
pub(crate) fn is_empty_listing(page: &Page, wording: &Wording) -> bool {
    let in_trouble = page.banner().any(|phrase| holds_any(&phrase, TROUBLE));
    let named = page.banner().any(|phrase| wording.receives(&phrase)) && !wording.says_received(page);
    let is_column = |cell: &String| FILE_COLUMN.contains(&plain(cell).as_str());
    let head =
        page.rows.iter().any(|row| row.links.is_empty() && row.cells.len() > 1 && row.cells.iter().any(is_column));
    !in_trouble && !asks_to_log_in(page) && (named || head)
}

/// A page of the gateway's own, or of the server's, in the place of a file: it leads on inside the gateway or out of it, or it is
/// a server's error page (docs/protocols/xfb-gateway.md 5.6).
pub(crate) fn is_no_file(page: &Page, url: &Url, entry: &Url) -> bool {
    let target = |link: &super::Link| urls::resolve(url, &link.href).filter(|target| urls::same_origin(target, entry));
    let is_entry = |target: Url| target.path().trim_end_matches('/') == entry.path();
    let leads_on = |link: &super::Link| target(link).is_some_and(is_entry) || link.href.contains("local_ident=");
    log_off(page, url).is_some()
        || page.links.iter().any(leads_on)
        || page.banner().any(|phrase| is_server_error(&phrase))
}

/// `404 not found`, `error 503`, `http status 500 – …`, or one of the usual phrases alone.
fn is_server_error(phrase: &str) -> bool {
    let starts = ["http status ", "http error ", "error ", "erreur "];
    let announced = starts.iter().find_map(|start| phrase.strip_prefix(start));
    let rest = announced.unwrap_or(phrase);
    let (number, words) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let has_status = number.len() == 3 && number.starts_with(['4', '5']);
    let said = words.trim_matches(|c: char| !c.is_alphanumeric());
    let known = SERVER_ERRORS.contains(&said) && (has_status || number.is_empty());
    known || (announced.is_some() && has_status && said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Url {
        Url::parse("https://h/depot-xt").unwrap()
    }

    #[test]
    fn only_a_page_that_says_so_is_an_empty_listing() {
        let wording = Wording { receive: vec!["Boîte de retour".to_owned()], ..Wording::default() };
        for (html, expected) in [
            ("<H1>R&eacute;ception d'un fichier</H1><P>Aucun fichier", true),
            ("<TITLE>XFB/Gateway - Download", true),
            ("<H2>boite de retour", true),
            ("<TABLE><TR><TH>Fichier<TH>Date<TH>Etat</TABLE>", true),
            ("<TABLE><TR><TD>Fichier</TABLE>", false),
            ("", false),
            ("<P>R&eacute;ception d'un fichier", false),
            ("<H1>Maintenance du site", false),
            ("<TITLE>R&eacute;ception</TITLE><H1>Erreur", false),
            ("<H1>File received", false),
            ("<H1>R&eacute;ception</H1><FORM><INPUT TYPE=password NAME=p></FORM>", false),
        ] {
            assert_eq!(is_empty_listing(&Page::read(html), &wording), expected, "{html}");
        }
    }

    #[test]
    fn pages_in_the_place_of_a_file_are_known_and_reports_are_not() {
        for (html, expected) in [
            ("<TITLE>500 Internal Server Error</TITLE>", true),
            ("<H1>HTTP Status 404 – Not Found</H1>", true),
            ("<H1>Erreur 503</H1>", true),
            ("<H1>Service Unavailable</H1>", true),
            ("<A HREF=/depot-xt?action=liste>Retour</A>", true),
            ("<A HREF=/depot-xt/A?local_ident=3>A</A>", true),
            ("<A HREF=/portail/logout>x</A>", true),
            ("<H1>Erreurs du bordereau 404</H1>", false),
            ("<H1>404</H1>", false),
            ("<H1>Error in account 512</H1>", false),
            (
                "<TITLE>Etat des restes</TITLE><A HREF=http://elsewhere/depot-xt>x</A><A HREF=#top>y</A><A HREF=detail.html>z</A>",
                false,
            ),
        ] {
            let url = Url::parse("https://h/depot-xt/RCT290G").unwrap();
            let found = is_no_file(&Page::read(html), &url, &entry());
            assert_eq!(found, expected, "{html}");
        }
    }

    #[test]
    fn a_form_that_asks_for_a_password_is_a_log_in() {
        assert!(asks_to_log_in(&Page::read("<FORM><INPUT NAME=u><INPUT TYPE=PASSWORD NAME=p></FORM>")));
        for other in
            ["<FORM><INPUT NAME=u></FORM>", "<FORM><INPUT TYPE=file NAME=f><INPUT TYPE=password NAME=p></FORM>"]
        {
            assert!(!asks_to_log_in(&Page::read(other)), "{other}");
        }
    }
}
