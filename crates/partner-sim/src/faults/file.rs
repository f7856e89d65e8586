//! Faults written in a TOML or JSON file.
//!
//! ```toml
//! [[fault]]
//! on = "upload"          # any portal login entry form upload listing download logout mail
//! do = "cut-response"    # what happens
//! at = 120               # the fault's own values
//! close-notify = false
//! name = "MANDAT"        # which requests, all optional: name account nth every times
//! every = 10
//! times = 3
//! taken = true           # obey the request all the same (or false: do not)
//! ```

use std::{path::Path, time::Duration};

use serde::Deserialize;

use super::{Fault, FaultPlan, On, RetryAfter, Rule};
use crate::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    fault: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenRule {
    on: String,
    #[serde(rename = "do")]
    act: String,
    name: Option<String>,
    account: Option<String>,
    nth: Option<u64>,
    every: Option<u64>,
    times: Option<u64>,
    taken: Option<bool>,
    at: Option<u64>,
    #[serde(default)]
    close_notify: bool,
    words: Option<String>,
    retry_after: Option<Hint>,
    url: Option<String>,
    bytes: Option<u64>,
    wait_ms: Option<u64>,
    copies: Option<u32>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Hint {
    Seconds(u64),
    Date(String),
}

/// Reads a faults file: JSON when its name ends in `.json`, else TOML.
pub(crate) fn parse(path: &Path, text: &str) -> Result<FaultPlan, Error> {
    let written: Result<Written, String> = if path.extension().is_some_and(|end| end == "json") {
        serde_json::from_str(text).map_err(|why| why.to_string())
    } else {
        toml::from_str(text).map_err(|why| why.to_string())
    };
    let plan =
        written.and_then(|written| written.fault.into_iter().enumerate().map(numbered).collect::<Result<Vec<_>, _>>());
    plan.map(|rules| FaultPlan { rules }).map_err(|why| Error::Faults { path: path.to_owned(), why })
}

fn numbered((index, written): (usize, WrittenRule)) -> Result<Rule, String> {
    written.rule().map_err(|why| format!("fault {}: {why}", index + 1))
}

impl WrittenRule {
    fn rule(self) -> Result<Rule, String> {
        let (on, fault) = (self.on()?, self.fault()?);
        if (on == On::Mail) != fault.is_for_mails() {
            return Err(format!("`{}` cannot be done on `{}`", self.act, self.on));
        }
        if self.every == Some(0) || self.nth == Some(0) {
            return Err("`nth` and `every` count from 1".to_owned());
        }
        let Self { account, name, nth, every, times, taken, .. } = self;
        Ok(Rule { on, account, name, nth, every, times, taken, fault })
    }

    fn on(&self) -> Result<On, String> {
        Ok(match self.on.as_str() {
            "any" => On::Any,
            "portal" => On::Portal,
            "login" => On::Login,
            "entry" => On::Entry,
            "form" => On::Form,
            "upload" => On::Upload,
            "listing" => On::Listing,
            "download" => On::Download,
            "logout" => On::Logout,
            "mail" => On::Mail,
            other => {
                return Err(format!(
                    "on = \"{other}\": write any, portal, login, entry, form, upload, listing, download, logout or mail"
                ));
            }
        })
    }

    fn fault(&self) -> Result<Fault, String> {
        let words = || self.words.clone();
        Ok(match self.act.as_str() {
            "refuse-for-good" => Fault::RefuseForGood { words: words().unwrap_or_else(|| "File rejected".to_owned()) },
            "refuse-for-now" => Fault::RefuseForNow { retry_after: self.retry_after.clone().map(Hint::into) },
            "wrong-password" => Fault::WrongPassword,
            "cut-request" => Fault::CutRequestAt { at: self.needs(self.at, "at")? },
            "stall-request" => Fault::StallRequestAt { at: self.needs(self.at, "at")? },
            "cut-response" => Fault::CutResponseAt { at: self.needs(self.at, "at")?, close_notify: self.close_notify },
            "cut-body" => Fault::CutBodyAt { at: self.needs(self.at, "at")?, close_notify: self.close_notify },
            "cut-last-record" => Fault::CutLastRecord,
            "stall" => Fault::Stall,
            "slow-loris" => Fault::SlowLoris { pause: self.wait(50) },
            "status-500" => Fault::Status500,
            "unknown-html" => Fault::UnknownHtml,
            "session-expired" => Fault::SessionExpired,
            "late-yes" => Fault::LateYes { late: self.wait(60_000) },
            "oversize-listing" => Fault::OversizeListing { bytes: self.needs(self.bytes, "bytes")? },
            "endless-listing" => Fault::EndlessListing,
            "endless-headers" => Fault::EndlessHeaders,
            "hostile-names" => Fault::HostileNames,
            "redirect-elsewhere" => Fault::RedirectElsewhere { url: self.needs(self.url.clone(), "url")? },
            "partner-not-authorised" => Fault::PartnerNotAuthorised {
                reason: words().unwrap_or_else(|| "site inconnu pour cet ordonnateur".to_owned()),
            },
            "unknown-file" => {
                Fault::UnknownFile { reason: words().unwrap_or_else(|| "aucun fichier à transférer".to_owned()) }
            }
            "no-mail" => Fault::NoMail,
            "late-mail" => Fault::LateMail { late: self.wait(60_000) },
            "repeated-mail" => Fault::RepeatedMail { copies: self.needs(self.copies, "copies")? },
            other => {
                return Err(format!("do = \"{other}\" is not a fault; see `partner-sim gateway --help`"));
            }
        })
    }

    fn needs<T>(&self, value: Option<T>, name: &str) -> Result<T, String> {
        value.ok_or_else(|| format!("`{}` needs `{name}`", self.act))
    }

    fn wait(&self, default: u64) -> Duration {
        Duration::from_millis(self.wait_ms.unwrap_or(default))
    }
}

impl From<Hint> for RetryAfter {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::Seconds(seconds) => Self::Seconds(seconds),
            Hint::Date(date) => Self::Date(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::parse;
    use crate::{FaultPlan, RetryAfter};

    fn read(name: &str, text: &str) -> Result<FaultPlan, String> {
        parse(Path::new(name), text).map_err(|why| why.to_string())
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let wanted = FaultPlan::new()
            .upload()
            .named("MANDAT")
            .every(10)
            .times(3)
            .taken()
            .cut_response_at(120, false)
            .login()
            .refuse_for_now(Some(RetryAfter::Seconds(9)));
        let toml = "[[fault]]\non='upload'\ndo='cut-response'\nat=120\nname='MANDAT'\nevery=10\ntimes=3\ntaken=true\n\
            [[fault]]\non='login'\ndo='refuse-for-now'\nretry-after=9";
        let json = r#"{"fault":[{"on":"upload","do":"cut-response","at":120,"name":"MANDAT","every":10,"times":3,"taken":true},
            {"on":"login","do":"refuse-for-now","retry-after":9}]}"#;
        assert_eq!(read("f.toml", toml), Ok(wanted.clone()));
        assert_eq!(read("f.json", json), Ok(wanted));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("[[fault]]\non='uplaod'\ndo='stall'", "write any, portal"),
            ("[[fault]]\non='upload'\ndo='stal'", "is not a fault"),
            ("[[fault]]\non='upload'\ndo='cut-response'", "needs `at`"),
            ("[[fault]]\non='mail'\ndo='stall'", "cannot be done on `mail`"),
            ("[[fault]]\non='upload'\ndo='stall'\nnht=3", "unknown field `nht`"),
            ("[[fault]]\non='upload'\ndo='stall'\nnth=0", "count from 1"),
        ] {
            let said = read("f.toml", text).unwrap_err();
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
