//! The ways that lead on from the gateway's entry page (docs/protocols/xfb-gateway.md 3.2).

use url::Url;
use web_forms::urls;

use super::{Form, Kind, Listing, Page, UploadForm, Wording};

/// A link or a form that leads to another page. Its address holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) url: Url,
    /// The fields to send by POST; `None` for a GET.
    pub(crate) post: Option<Vec<(String, String)>>,
}

impl Way {
    pub(crate) fn to(url: Url) -> Self {
        Self { url, post: None }
    }

    /// The form sent as it stands, by its first button.
    fn through(form: &Form, page: &Url) -> Option<Self> {
        let mut url = urls::resolve(page, &form.action)?;
        let fields = form.unfilled();
        if form.post {
            return Some(Self { url, post: Some(fields) });
        }
        url.query_pairs_mut().clear().extend_pairs(fields);
        Some(Self::to(urls::bare(&url)))
    }
}

/// Where the entry page leads.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Ways {
    /// To the page with the upload form.
    pub(crate) send: Option<Way>,
    /// To the listing.
    pub(crate) receive: Option<Way>,
}

impl Ways {
    /// Reads the entry page at `url`, `entry` unless redirected. The page itself is the way where it holds the upload form
    /// or listed files.
    pub(crate) fn read(page: &Page, url: &Url, entry: &Url, wording: &Wording) -> Self {
        let here = |found: bool| found.then(|| Way::to(urls::bare(url)));
        let send = here(UploadForm::is_on(page)).or_else(|| find(page, url, |text| wording.sends(text)));
        let receive = find(page, url, |text| wording.receives(text)).or_else(|| here(Listing::is_on(page, url, entry)));
        Self { send, receive }
    }

    pub(crate) fn any(&self) -> bool {
        self.send.is_some() || self.receive.is_some()
    }
}

fn find(page: &Page, url: &Url, speaks_of_it: impl Fn(&str) -> bool) -> Option<Way> {
    let link = || {
        let mut spoken = page.links.iter().filter(|link| speaks_of_it(&link.text));
        spoken.find_map(|link| urls::resolve(url, &link.href)).map(Way::to)
    };
    let form = || {
        let buttons = |form: &&Form| form.inputs.iter().any(|i| i.kind == Kind::Submit && speaks_of_it(&i.value));
        let mut forms = page.forms.iter().filter(|form| !form.has(Kind::File)).filter(buttons);
        forms.find_map(|form| Way::through(form, url))
    };
    link().or_else(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(html: &str) -> Ways {
        let [url, entry] = ["http://h/depot-xt?user=U&password=P", "http://h/depot-xt"].map(|u| Url::parse(u).unwrap());
        Ways::read(&Page::read(html), &url, &entry, &Wording::default())
    }

    fn shown(way: Option<Way>) -> String {
        way.map_or_else(|| "-".to_owned(), |way| format!("{} {:?}", way.url, way.post))
    }

    #[test]
    fn links_forms_and_the_page_itself_lead_on() {
        let links = ways(
            "<A HREF='http://evil/send'>Envoi</A><A HREF='?op=s&user=U&password=P'>Envoi d'un fichier\
             <A HREF=?op=r&amp;user=U>R&eacute;ception d'un fichier</A>",
        );
        insta::assert_snapshot!(shown(links.send), @"http://h/depot-xt?op=s None");
        insta::assert_snapshot!(shown(links.receive), @"http://h/depot-xt?op=r None");
        let forms = ways(
            "<form action=/s><input type=hidden name=op value=s><input type=submit value='Envoi'></form>
             <form action=/r method=post><input type=hidden name=op value=r><input type=submit name=go value='Réception'></form>",
        );
        insta::assert_snapshot!(shown(forms.send), @"http://h/s?op=s None");
        insta::assert_snapshot!(shown(forms.receive), @r#"http://h/r Some([("op", "r"), ("go", "Réception")])"#);
        let both = ways("<form method=post><input type=file name=f></form><a href='/depot-xt/N?local_ident=1'>N</a>");
        insta::assert_snapshot!(shown(both.send), @"http://h/depot-xt None");
        insta::assert_snapshot!(shown(both.receive), @"http://h/depot-xt None");
        assert!(!ways("<h1>Welcome</h1>").any());
    }
}
