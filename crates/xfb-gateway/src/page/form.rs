//! The upload form, found by what its fields are called (docs/protocols/xfb-gateway.md 4.1 to 4.3).

use url::Url;
use web_forms::text::fold::{holds_any, plain};
use web_forms::urls;

use super::{Form, Input, Kind, Page};

/// What a field of the upload form is for (docs/protocols/xfb-gateway.md 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The destination site (C175, A157…).
    Destination,
    /// The application reference (GRCT450…).
    Application,
    /// The subject («HÉLIOS»).
    Subject,
    /// «Parm CFT».
    ParmCft,
}

impl Role {
    /// Every role, in the order in which inputs are matched.
    pub const ALL: [Self; 4] = [Self::Destination, Self::Application, Self::Subject, Self::ParmCft];

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Destination => &["dest", "site"],
            Self::Application => &["appli", "ref"],
            Self::Subject => &["sujet", "subject", "objet", "message"],
            Self::ParmCft => &["parm", "cft"],
        }
    }

    /// A deposit without them would go astray; without the others it would not.
    fn must_be_sent(self) -> bool {
        matches!(self, Self::Destination | Self::Application)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Destination => "destination",
            Self::Application => "application",
            Self::Subject => "subject",
            Self::ParmCft => "parm_cft",
        })
    }
}

/// The input names of one site, where they are known. A named input must be on the form.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FieldNames {
    /// Name of the input for the destination.
    pub destination: Option<String>,
    /// Name of the input for the application.
    pub application: Option<String>,
    /// Name of the input for the subject.
    pub subject: Option<String>,
    /// Name of the input for the CFT parameter.
    pub parm_cft: Option<String>,
}

impl FieldNames {
    fn of(&self, role: Role) -> Option<&str> {
        match role {
            Role::Destination => &self.destination,
            Role::Application => &self.application,
            Role::Subject => &self.subject,
            Role::ParmCft => &self.parm_cft,
        }
        .as_deref()
    }
}

/// A value that must be sent finds no input (docs/protocols/xfb-gateway.md 4.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the upload form has no input for the {role}; it has {}", .seen.join(", "))]
#[non_exhaustive]
pub struct Unmapped {
    /// What the value is for.
    pub role: Role,
    /// The inputs of the form: name, then title, placeholder, label or text before it.
    pub seen: Vec<String>,
}

/// The form that takes a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadForm {
    /// Where it is sent, without credentials. `None` if its `action` leaves the origin of its page.
    pub action: Option<Url>,
    /// The name of the file's part.
    pub file: String,
    /// What else is sent, in the form's order: name, value, role.
    pub fields: Vec<(String, String, Option<Role>)>,
    seen: Vec<String>,
    /// The roles whose configured input is not on the form.
    absent: Vec<Role>,
}

impl UploadForm {
    /// Finds the upload form of the page at `url`: of the forms with a file input, the one with most of the fields.
    #[must_use]
    pub fn find(page: &Page, url: &Url, names: &FieldNames) -> Option<Self> {
        let mut best: Option<(usize, Self)> = None;
        for form in &page.forms {
            let Some(file) = file_input(form) else {
                continue;
            };
            let found = Self::of(form, file, url, names);
            let known = found.fields.iter().filter(|(_, _, role)| role.is_some()).count();
            if best.as_ref().is_none_or(|(most, _)| known > *most) {
                best = Some((known, found));
            }
        }
        best.map(|(_, form)| form)
    }

    pub(super) fn is_on(page: &Page) -> bool {
        page.forms.iter().any(|form| file_input(form).is_some())
    }

    fn of(form: &Form, file: &Input, url: &Url, names: &FieldNames) -> Self {
        let roles = roles(form, names);
        let role_of =
            |input: &Input| roles.iter().find(|(_, known)| std::ptr::eq(*known, input)).map(|(role, _)| *role);
        let absent = |role: &Role| names.of(*role).is_some() && !roles.iter().any(|(found, _)| found == role);
        Self {
            action: urls::resolve(url, &form.action),
            file: file.name.clone(),
            fields: form.sent().map(|input| (input.name.clone(), input.value.clone(), role_of(input))).collect(),
            seen: form.sent().filter(|input| input.kind == Kind::Text).map(describe).collect(),
            absent: Role::ALL.into_iter().filter(absent).collect(),
        }
    }

    /// Name and value of each part but the file, in the form's order, with the given values in their fields. A subject or
    /// CFT parameter without an input is not sent.
    ///
    /// # Errors
    ///
    /// [`Unmapped`] for a destination or application without an input, and for any value whose configured input is not
    /// on the form.
    pub fn fill<'v>(&self, value: impl Fn(Role) -> Option<&'v str>) -> Result<Vec<(String, String)>, Unmapped> {
        for role in Role::ALL {
            let found = self.fields.iter().any(|(_, _, known)| *known == Some(role));
            let needed = role.must_be_sent() || self.absent.contains(&role);
            if value(role).is_some() && needed && !found {
                return Err(Unmapped { role, seen: self.seen.clone() });
            }
        }
        let filled = |(name, default, role): &(String, String, Option<Role>)| {
            let text = role.and_then(&value).unwrap_or(default);
            (name.clone(), text.to_owned())
        };
        Ok(self.fields.iter().map(filled).collect())
    }
}

fn file_input(form: &Form) -> Option<&Input> {
    form.inputs.iter().find(|input| input.kind == Kind::File && !input.name.is_empty())
}

/// Which input is for what: by configured name; else by the words of one aspect after the other, each input once.
fn roles<'f>(form: &'f Form, names: &FieldNames) -> Vec<(Role, &'f Input)> {
    let open: Vec<&Input> = form.sent().filter(|input| input.kind == Kind::Text).collect();
    let mut found: Vec<(Role, &Input)> = Vec::new();
    for role in Role::ALL {
        if let Some(input) = names.of(role).and_then(|name| open.iter().find(|input| input.name == name)) {
            found.push((role, input));
        }
    }
    let aspects: [fn(&Input) -> &str; 6] =
        [|i| &i.name, |i| &i.id, |i| &i.title, |i| &i.placeholder, |i| &i.label, |i| &i.before];
    for aspect in aspects {
        for role in Role::ALL {
            if names.of(role).is_some() || found.iter().any(|(known, _)| *known == role) {
                continue;
            }
            let free = |input: &&&Input| !found.iter().any(|(_, taken)| std::ptr::eq(*taken, **input));
            let speaks = |input: &&&Input| holds_any(&plain(aspect(input)), role.words().iter().copied());
            if let Some(input) = open.iter().filter(free).find(speaks) {
                found.push((role, input));
            }
        }
    }
    found
}

fn describe(input: &Input) -> String {
    let hints = [&input.title, &input.placeholder, &input.label, &input.before];
    match hints.into_iter().find(|hint| !hint.is_empty()) {
        Some(hint) => format!("{:?} ({hint})", input.name),
        None => format!("{:?}", input.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(html: &str, names: &FieldNames) -> Option<UploadForm> {
        UploadForm::find(&Page::read(html), &Url::parse("https://h/depot-xt/send?user=U&password=P").unwrap(), names)
    }

    fn filled(html: &str, names: &FieldNames) -> String {
        let form = find(html, names).unwrap();
        let value = |role| {
            Some(match role {
                Role::Destination => "C175",
                Role::Application => "GRCT450",
                Role::Subject => "HÉLIOS",
                Role::ParmCft => "P1",
            })
        };
        match form.fill(value) {
            Ok(parts) => {
                let parts: Vec<_> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let action = form.action.map_or_else(|| "elsewhere".to_owned(), |url| url.to_string());
                format!("{action} file={} {}", form.file, parts.join(" "))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn fields_are_found_by_what_they_are_called() {
        let by_name = "<FORM METHOD=POST ENCTYPE=multipart/form-data ACTION=/depot-xt/up?user=U&password=P>
            <INPUT TYPE=HIDDEN NAME=op VALUE=put><INPUT NAME=P_DEST><INPUT NAME=P_APPLI VALUE=x><INPUT NAME=Sujet>
            <INPUT NAME=PARM><INPUT TYPE=hidden NAME=tail VALUE='a b'><INPUT TYPE=FILE NAME=fic><INPUT TYPE=SUBMIT NAME=ok VALUE=Envoi>
            <INPUT TYPE=SUBMIT NAME=other VALUE=Non></FORM>";
        insta::assert_snapshot!(filled(by_name, &FieldNames::default()),
            @"https://h/depot-xt/up file=fic op=put P_DEST=C175 P_APPLI=GRCT450 Sujet=HÉLIOS PARM=P1 tail=a b ok=Envoi");
        let by_text =
            "<form method=post><table><tr><td>Site destinataire :<td><input name=f1><tr><td>Référence applicative
            <td><input name=f2 size=8><tr><td><label for=o>Objet</label><td><input name=f3 id=o><tr><td>
            <label>CFT <input name=f4></label><input type=file name=f5></table>";
        insta::assert_snapshot!(filled(by_text, &FieldNames::default()),
            @"https://h/depot-xt/send file=f5 f1=C175 f2=GRCT450 f3=HÉLIOS f4=P1");
        let by_hint =
            "<form action=up><textarea name=a title='Message'>m</textarea><input name=b placeholder=Destination>
            <select name=c id=appli><option value=1>un<option selected>deux</select><input name=d type=text value=kept>
            <input type=checkbox name=e checked><input type=checkbox name=g><input type=file name=f>";
        insta::assert_snapshot!(filled(by_hint, &FieldNames::default()),
            @"https://h/depot-xt/up file=f a=HÉLIOS b=C175 c=GRCT450 d=kept e=on");
    }

    #[test]
    fn configured_names_win_and_must_exist() {
        let page =
            "<form><input name=dest><input name=where title=Cible><input name=ref><input type=file name=f></form>";
        let names = |destination: &str| FieldNames { destination: Some(destination.into()), ..FieldNames::default() };
        insta::assert_snapshot!(filled(page, &names("where")), @"https://h/depot-xt/send file=f dest= where=C175 ref=GRCT450");
        insta::assert_snapshot!(filled(page, &names("gone")),
            @r#"the upload form has no input for the destination; it has "dest", "where" (Cible), "ref""#);
    }

    #[test]
    fn what_must_be_sent_needs_an_input() {
        let page = "<form><input name=dest><input name=x><input type=file name=f></form>";
        insta::assert_snapshot!(filled(page, &FieldNames::default()),
            @r#"the upload form has no input for the application; it has "dest", "x""#);
        let form = find(page, &FieldNames::default()).unwrap();
        let parts = form.fill(|role| (role == Role::Subject).then_some("dropped")).unwrap();
        assert_eq!(parts, [("dest".into(), String::new()), ("x".into(), String::new())]);
    }

    #[test]
    fn the_form_with_the_fields_is_taken_and_stays_at_home() {
        let page = "<form action=/logo><input type=file name=logo></form><form action=http://evil/up>
            <input name=dest><input name=appli><input type=file name=f></form>";
        insta::assert_snapshot!(filled(page, &FieldNames::default()), @"elsewhere file=f dest=C175 appli=GRCT450");
        assert_eq!(find("<form><input name=dest><input type=file></form>", &FieldNames::default()), None);
        assert_eq!(find("<input type=file name=f>", &FieldNames::default()), None);
    }
}
