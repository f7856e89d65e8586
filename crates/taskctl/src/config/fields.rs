//! Reads the fields that a channel describes, whatever the channel.

use std::collections::BTreeMap;
use std::path::Path;

use scheduler_core::partner::{Field, FieldKind, Section, Value};
use url::{Host, Url};

use super::mistake;
use super::reader::{Collector, Item, Table};
use super::report::Place;
use super::secret::{self, SecretRequest};
use crate::catalogue::Words;

/// What the fields of a section gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// Their values, without the secrets.
    pub(super) section: Section,
    /// The secrets to be read.
    pub(super) secrets: Vec<SecretRequest>,
    /// Plain http addresses of machines other than this one.
    pub(super) plain: Vec<(&'static str, Place)>,
    /// Where each given field stands.
    pub(super) places: Vec<(&'static str, Place)>,
}

/// Where a section stands: what its paths and its secrets are named after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// The configuration's folder.
    pub(super) base: &'a Path,
    /// `VILLE.xfb`.
    pub(super) lane: &'a str,
}

/// Reads every field of `fields` in `table`.
pub(super) fn read(
    table: &mut Table<'_>,
    fields: impl IntoIterator<Item = &'static Field>,
    around: Surroundings<'_>,
    problems: &mut Collector,
) -> Fields {
    let mut found = Fields::default();
    let mut secrets = 0;
    for field in fields {
        if field.kind == FieldKind::Secret {
            let name = secret::name(around.lane, field.name, secrets == 0);
            secrets += 1;
            let item = table.item(field.name);
            let place = item.as_ref().map_or_else(|| table.place.clone(), |item| item.place.clone());
            let source = match &item {
                Some(item) => secret::read(item, &name, around.base, problems),
                None => Some(secret::default_source(&name, around.base)),
            };
            let required = field.required || item.is_some();
            found.secrets.extend(source.map(|source| SecretRequest {
                name,
                field: field.name,
                source,
                required,
                place,
            }));
            continue;
        }
        let item =
            if field.required { table.required(field.name, field.example, problems) } else { table.item(field.name) };
        let Some(item) = item else { continue };
        found.places.push((field.name, item.place.clone()));
        if let Some(value) = value(field, &item, around, &mut found.plain, problems) {
            found.section.insert(field.name, value);
        }
    }
    found
}

fn value(
    field: &'static Field,
    item: &Item<'_>,
    around: Surroundings<'_>,
    plain: &mut Vec<(&'static str, Place)>,
    problems: &mut Collector,
) -> Option<Value> {
    let example = field.example;
    Some(match field.kind {
        FieldKind::Integer => Value::Integer(item.integer(example, problems)?),
        FieldKind::Boolean => Value::Boolean(item.boolean(problems)?),
        FieldKind::Duration => Value::Duration(item.duration(example, problems)?),
        FieldKind::Path => Value::Path(item.path(around.base, example, problems)?),
        FieldKind::Texts => Value::Texts(texts(item, example, problems)?),
        FieldKind::Url => Value::Text(address(field, item, around, plain, problems)?),
        _ if field.required => Value::Text(item.words(example, problems)?.to_owned()),
        _ => Value::Text(item.text(example, problems)?.to_owned()),
    })
}

fn texts(item: &Item<'_>, example: &str, problems: &mut Collector) -> Option<BTreeMap<String, String>> {
    let Some(table) = Table::inside(item) else {
        let expected = Words::both("un groupe de textes entre accolades", "a group of texts between braces");
        problems.add(mistake::wrong_type(item.key, &expected, example), &item.place);
        return None;
    };
    let mut texts = BTreeMap::new();
    for inner in table.items() {
        texts.insert(inner.key.to_owned(), inner.text("\"…\"", problems)?.to_owned());
    }
    Some(texts)
}

fn address(
    field: &'static Field,
    item: &Item<'_>,
    around: Surroundings<'_>,
    plain: &mut Vec<(&'static str, Place)>,
    problems: &mut Collector,
) -> Option<String> {
    let text = item.words(field.example, problems)?.trim();
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        problems.add(mistake::bad_url(item.key, field.example), &item.place);
        return None;
    };
    if url.password().is_some() {
        problems.add(mistake::password_in_url(item.key, around.lane), &item.place);
        return None;
    }
    if url.scheme() == "http" && !is_loopback(&url) && !is_proxy(field) {
        plain.push((field.name, item.place.clone()));
    }
    Some(text.to_owned())
}

/// What goes through a proxy is protected by its own TLS.
fn is_proxy(field: &Field) -> bool {
    field.name.contains("proxy")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
