//! Log-in forms and log-out links.

use url::Url;

use super::{Form, Input, Kind, Page, plain};
use crate::text::fold::holds_any;
use crate::urls;

const LOG_OFF: [&str; 3] = ["logout", "logoff", "déconnexion"];

/// A form that asks for a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOn {
    /// Where it is sent; `None` if it leaves the origin of its page.
    pub action: Option<Url>,
    /// Whether it is sent by POST.
    pub post: bool,
    fields: Vec<(String, String)>,
    user: Option<String>,
    password: String,
}

impl LogOn {
    /// The first form of the page at `url` that has a named password input.
    #[must_use]
    pub fn find(page: &Page, url: &Url) -> Option<Self> {
        Self::find_named(page, url, None, None)
    }

    /// The same, where the names of the inputs for the user and the password are known.
    #[must_use]
    pub fn find_named(page: &Page, url: &Url, user: Option<&str>, password: Option<&str>) -> Option<Self> {
        page.forms.iter().find_map(|form| Self::of(form, url, user, password))
    }

    fn of(form: &Form, url: &Url, user: Option<&str>, password: Option<&str>) -> Option<Self> {
        let named = || form.inputs.iter().filter(|input| !input.name.is_empty());
        let is_password = |input: &Input| match password {
            Some(name) => input.name == name,
            None => input.kind == Kind::Password,
        };
        let password = named().position(is_password)?;
        let user = match user {
            Some(name) => Some(named().find(|input| input.name == name)?),
            None => named().take(password).filter(|input| input.kind == Kind::Text).last(),
        };
        Some(Self {
            action: urls::resolve(url, &form.action),
            post: form.post,
            fields: form.sent().map(|input| (input.name.clone(), input.value.clone())).collect(),
            user: user.map(|input| input.name.clone()),
            password: named().nth(password)?.name.clone(),
        })
    }

    /// What is sent, the password last.
    #[must_use]
    pub fn fill(&self, user: &str, password: &str) -> Vec<(String, String)> {
        let mut fields = self.fields.clone();
        for (name, value) in &mut fields {
            if Some(&*name) == self.user.as_ref() {
                user.clone_into(value);
            }
        }
        fields.push((self.password.clone(), password.to_owned()));
        fields
    }
}

/// The page's link to leave the session, if it stays on the page's origin.
#[must_use]
pub fn log_off(page: &Page, url: &Url) -> Option<Url> {
    let leaves = |text: &str| holds_any(&plain(text), LOG_OFF);
    let mut links = page.links.iter().filter(|link| leaves(&link.text) || leaves(&link.href));
    links.find_map(|link| urls::resolve(url, &link.href))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://ilex/portal?x=1").unwrap()
    }

    #[test]
    fn a_log_in_form_is_filled() {
        let page = Page::read(
            "<form action=search><input name=q></form><FORM METHOD=POST ACTION=login><INPUT TYPE=hidden NAME=token VALUE=t>
             <INPUT NAME=realm VALUE=r><INPUT NAME=uid><INPUT TYPE=PASSWORD NAME=pwd><INPUT NAME=after>",
        );
        let form = LogOn::find(&page, &url()).unwrap();
        assert_eq!(form.action.as_ref().unwrap().as_str(), "https://ilex/login");
        let fields: Vec<_> = form.fill("U", "P").into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        insta::assert_snapshot!(fields.join("&"), @"token=t&realm=r&uid=U&after=&pwd=P");
        let named = LogOn::find_named(&page, &url(), Some("realm"), None).unwrap();
        assert_eq!(named.fill("U", "P")[1], ("realm".into(), "U".into()));
        assert_eq!(LogOn::find_named(&page, &url(), Some("absent"), None), None);
        assert!(LogOn::find(&Page::read("<form><input name=uid></form>"), &url()).is_none());
    }

    #[test]
    fn the_way_out_is_found() {
        for (html, expected) in [
            ("<a href=/bye>D&eacute;connexion", Some("https://ilex/bye")),
            ("<a href='/LogOff?user=U&s=1'>x", Some("https://ilex/LogOff?s=1")),
            ("<a href=http://evil/logout>x</a><a href=out>Se deconnexion", Some("https://ilex/out")),
            ("<a href=http://evil/logout>x</a>", None),
            ("<a href=/>home", None),
        ] {
            assert_eq!(log_off(&Page::read(html), &url()).map(String::from).as_deref(), expected, "{html}");
        }
    }
}
