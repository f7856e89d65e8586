//! What the adapters of form-driven sites do alike: their clients' errors in the scheduler's terms, and their profiles' fields.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use scheduler_core::partner::{Again, Fault, Help, Point, PointProxy, PointSecurity, Reach};
use url::{Host, Url};
use web_forms::config::{Credentials, Identity, Proxy, Roots, Timeouts, Tls};
use web_forms::outcome;

use crate::fault;
use crate::settings::Reader;

/// A fault before anything was received.
pub(crate) fn fault(
    code: &'static str,
    again: outcome::Again,
    reach: outcome::Reach,
    words: &str,
    now: Timestamp,
) -> Fault {
    let again = match again {
        outcome::Again::Never => Again::Never,
        outcome::Again::Later(hint) => Again::At(hint.map(|silence| after(now, silence))),
        outcome::Again::AfterOperator => Again::AfterOperator,
    };
    let reach = match reach {
        outcome::Reach::File => Reach::Consignment,
        outcome::Reach::Session => Reach::Session,
        outcome::Reach::Profile => Reach::Profile,
        outcome::Reach::Gateway => Reach::Gate,
    };
    fault::of(code, again, reach, words)
}

fn after(now: Timestamp, silence: Duration) -> Timestamp {
    let silence = SignedDuration::try_from(silence).unwrap_or(SignedDuration::MAX);
    now.checked_add(silence).unwrap_or(Timestamp::MAX)
}

impl Reader<'_> {
    pub(crate) fn proxy(&mut self) -> Option<Proxy> {
        let (user, password) = (self.text("proxy_user").map(ToOwned::to_owned), self.secret("proxy_password"));
        let Some(text) = self.text("proxy") else {
            if user.is_some() || password.is_some() {
                self.missing("proxy", Help::new(
                    "Écrivez l'adresse du proxy, proxy = \"http://proxy:3128\", ou retirez proxy_user et proxy_password.",
                    "Write the proxy's address, proxy = \"http://proxy:3128\", or remove proxy_user and proxy_password.",
                ));
            }
            return None;
        };
        let url = self.url("proxy", text)?;
        let credentials = match (user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user, password)),
            (None, None) => None,
            (Some(_), None) => {
                let kind = self.codes.kind;
                let help = Help::new(
                    format!("Enregistrez le mot de passe du proxy : taskctl secret set PROFIL.{kind}.proxy_password"),
                    format!("Store the proxy's password: taskctl secret set PROFILE.{kind}.proxy_password"),
                );
                self.missing("proxy_password", help);
                None
            }
            (None, Some(_)) => {
                self.missing(
                    "proxy_user",
                    Help::new(
                        "Écrivez l'identifiant du proxy : proxy_user = \"…\"",
                        "Write the proxy's user: proxy_user = \"…\"",
                    ),
                );
                None
            }
        };
        Some(Proxy { url, credentials })
    }

    pub(crate) fn roots(&mut self) -> Roots {
        self.authorities().map_or(Roots::System, Roots::Only)
    }

    pub(crate) fn identity(&mut self) -> Option<Identity> {
        self.client_certificate().map(|(chain, key)| Identity { chain, key })
    }

    pub(crate) fn timeouts(&mut self) -> Timeouts {
        let usual = Timeouts::default();
        Timeouts {
            connect: self.duration("timeout_connect", usual.connect),
            answer: self.duration("timeout_answer", usual.answer),
            stall: self.duration("timeout_stall", usual.stall),
        }
    }

    /// A table of texts whose keys are known.
    pub(crate) fn texts(&mut self, field: &'static str, known: &[&str]) -> BTreeMap<String, String> {
        let texts = self.section.texts(field).cloned().unwrap_or_default();
        for (key, text) in &texts {
            if !known.contains(&key.as_str()) {
                let known = known.join(", ");
                let fr = format!("« {key} » n'existe pas ici. Écrivez : {known}");
                let help = Help::new(fr, format!("There is no \"{key}\" here. Write: {known}"));
                self.problem(field, self.codes.unknown_key, help);
            } else if text.trim().is_empty() {
                let fr = format!("« {key} » est vide : écrivez sa valeur, ou retirez-le.");
                self.refused(field, Help::new(fr, format!("\"{key}\" is empty: write its value, or remove it.")));
            }
        }
        texts
    }

    pub(crate) fn url(&mut self, field: &'static str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = url else {
            let fr = format!("Écrivez une adresse complète, qui commence par https:// : {field} = \"https://…\"");
            let en = format!("Write a whole address, which begins with https:// : {field} = \"https://…\"");
            self.problem(field, self.codes.url, Help::new(fr, en));
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            let help = Help::new(
                "Écrivez l'adresse sans identifiant ni mot de passe : ils ont leurs propres lignes.",
                "Write the address without user and password: they have lines of their own.",
            );
            self.problem(field, self.codes.url, help);
            return None;
        }
        Some(url)
    }

    /// Credentials stand in every address: without TLS they are for loopback, or for a tunnel, only.
    pub(crate) fn refuse_plain(&mut self, field: &'static str, url: &Url) {
        if url.scheme() == "http" && !is_loopback(url) && self.text("tunnel").is_none() {
            let help = Help::new(
                "Écrivez https:// ; ou tunnel = \"external\" si un tunnel protège cette adresse.",
                "Write https://, or tunnel = \"external\" if a tunnel protects this address.",
            );
            self.problem(field, self.codes.plain, help);
        }
    }
}

/// The point that an address stands for.
pub(crate) fn point(field: &'static str, url: &Url, proxy: Option<&Proxy>, tls: &Tls) -> Point {
    let authorities = match &tls.roots {
        Roots::Only(authorities) => Some(authorities.as_slice()),
        Roots::System => None,
    };
    let identity = tls.identity.as_ref().map(|identity| (identity.chain.as_slice(), &identity.key));
    let proxy = proxy.map(|proxy| PointProxy {
        host: host(&proxy.url),
        port: proxy.url.port_or_known_default().unwrap_or_default(),
        tls: proxy.url.scheme() == "https",
        credentials: proxy.credentials.as_ref().map(|known| (known.user.clone().into(), known.password.clone())),
    });
    Point {
        field,
        host: host(url),
        port: url.port_or_known_default().unwrap_or_default(),
        security: if url.scheme() == "https" { PointSecurity::Tls } else { PointSecurity::Clear },
        proxy,
        trust: crate::point::trust(authorities, identity),
    }
}

/// Without the brackets of an IPv6 address.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned()
}

/// `rejet|refus technique` is two.
pub(crate) fn alternatives(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
