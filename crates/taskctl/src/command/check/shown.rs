//! What was seen online, for people and for programs.

use std::fmt::Write as _;

use partners::probe::{Certificate, Connection, Seen, Tls};
use scheduler_core::partner::{Point, PointSecurity};
use serde_json::{Value, json};

use super::findings::Findings;
use super::online::{LogIn, Looked, Online, Tried, in_tunnel};
use super::permission::Refusal;
use crate::catalogue;
use crate::output::clean;

impl Findings<'_> {
    /// Point by point, then profile by profile.
    pub(super) fn render(&self, online: &Online) -> String {
        let title = self.say("En ligne, sans rien envoyer", "Online, sending nothing");
        let mut text = format!("{title}\n");
        for look in &online.looks {
            self.point(look, online, &mut text);
        }
        for tried in &online.profiles {
            let _ = writeln!(text, "\n  {} · {}", tried.lane, self.say("identification", "log-in"));
            self.log_in_lines(tried, &mut text);
        }
        let (reached, all) = (online.reached(), online.profiles.len());
        text + &self.language.pick(
            format!("\n{reached} profil(s) joint(s) sur {all}.\n\n"),
            format!("\n{reached} of {all} profile(s) reached.\n\n"),
        )
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        self.language.pick(fr, en)
    }

    fn point(&self, look: &Looked, online: &Online, text: &mut String) {
        let lanes: Vec<String> = look.lanes.iter().take(5).map(ToString::to_string).collect();
        let more = match look.lanes.len().saturating_sub(lanes.len()) {
            0 => String::new(),
            more => self.language.pick(format!(" et {more} autre(s)"), format!(" and {more} other(s)")),
        };
        let _ = writeln!(text, "\n  {}{more} · {} · {}", lanes.join(", "), look.point.field, self.target(&look.point));
        let mut row = |name: &str, words: String| {
            let _ = writeln!(text, "      {name:<13}{words}");
        };
        let Seen { connections, tls, own, .. } = &look.seen;
        row(self.say("nom", "name"), self.name(&look.seen));
        for connection in connections {
            row(self.say("connexion", "connection"), self.connection(connection));
        }
        if let Some(tls) = tls {
            row("TLS", self.protocol(tls));
            for certificate in &tls.chain {
                row(self.say("certificat", "certificate"), self.certificate(certificate, online));
            }
        } else if look.point.security == PointSecurity::Clear && look.seen.trouble.is_none() {
            let tunnel = in_tunnel(&self.configuration.profiles[look.entry], &look.point);
            row("TLS", self.clear(tunnel, look.point.proxy.is_some()).to_owned());
        }
        for certificate in own {
            row(self.say("configuré", "configured"), self.certificate(certificate, online));
        }
        if let Some(trouble) = &look.seen.trouble {
            row(self.say("échec", "failure"), trouble.kind.code().to_owned());
        }
    }

    fn name(&self, seen: &Seen) -> String {
        let Seen { addresses, name_ms, .. } = seen;
        match name_ms {
            Some(ms) => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                format!("{} ({ms} ms)", addresses.join(", "))
            }
            None if !addresses.is_empty() => self
                .say("une adresse est donnée : rien à chercher", "an address is given: nothing to look up")
                .to_owned(),
            None => self.say("non trouvé", "not found").to_owned(),
        }
    }

    fn connection(&self, connection: &Connection) -> String {
        let address = &connection.address;
        match &connection.trouble {
            None => format!("{address} {} {} ms", self.say("en", "in"), connection.ms),
            Some(trouble) => {
                let code = trouble.kind.code();
                let sentence = catalogue::entry(self.language, code).map_or(code, |entry| entry.sentence);
                format!("{address}{} {sentence}", self.language.colon())
            }
        }
    }

    fn certificate(&self, certificate: &Certificate, online: &Online) -> String {
        let Certificate { subject, issuer, not_after, .. } = certificate;
        let (day, days) = (self.day(*not_after), certificate.days_left(online.at));
        let over = if days < 0 { self.language.pick(", dépassé", ", over") } else { "" };
        let (subject, issuer, days) = (clean(subject), clean(issuer), days.abs());
        self.language.pick(
            format!("{subject}, signé par {issuer}, jusqu'au {day}{over} ({days} jours)"),
            format!("{subject}, signed by {issuer}, until {day}{over} ({days} days)"),
        )
    }

    fn log_in_lines(&self, tried: &Tried, text: &mut String) {
        let mut row = |words: &str| {
            let _ = writeln!(text, "      {words}");
        };
        match &tried.log_in {
            LogIn::NotBuilt => row(self.say(
                "non tentée : la configuration de ce profil est à corriger d'abord.",
                "not tried: the configuration of this profile is to be corrected first.",
            )),
            LogIn::NotTried(refusal) => {
                let why = refusal.why(self.language, self.zone);
                let sentence = clean(&catalogue::explain(self.language, self.zone, &why).sentence);
                row(&format!("{} {sentence}", self.say("non tentée :", "not tried:")));
            }
            LogIn::Visited { ms, rows } => {
                if let Some(refusal) = &tried.mailbox {
                    let why = refusal.why(self.language, self.zone);
                    let sentence = clean(&catalogue::explain(self.language, self.zone, &why).sentence);
                    row(&format!("{} {sentence}", self.say("boîte non tentée :", "mailbox not tried:")));
                }
                for visited in rows {
                    let (field, colon) = (visited.field.unwrap_or("?"), self.language.colon());
                    match &visited.done {
                        Ok(()) => {
                            let done = self.say("acceptée, puis session fermée", "accepted, then session closed");
                            row(&format!("{field}{colon} {done} ({ms} ms)"));
                        }
                        Err(fault) => {
                            row(&format!("{field}{colon} {} ({})", self.say("en échec", "failed"), fault.code));
                        }
                    }
                }
            }
        }
    }

    /// `gateway.example:443`, and the proxy that leads there.
    fn target(&self, point: &Point) -> String {
        let by = point.proxy.as_ref().map_or_else(String::new, |proxy| {
            format!(" {} {}:{}", self.say("par le proxy", "through the proxy"), clean(&proxy.host), proxy.port)
        });
        format!("{}:{}{by}", clean(&point.host), point.port)
    }

    fn protocol(&self, tls: &Tls) -> String {
        let version = tls.protocol.as_deref().unwrap_or_else(|| self.say("non établi", "not established"));
        let proof = if tls.verified {
            self.say("certificat vérifié", "certificate verified")
        } else {
            self.say("certificat non vérifié : rien n'a été dit", "certificate not verified: nothing was said")
        };
        let asks = if tls.asks_certificate {
            self.say(" ; le serveur demande notre certificat", "; the server asks for our certificate")
        } else {
            ""
        };
        format!("{version}, {proof}{asks}")
    }

    /// What can be said of a point without TLS.
    fn clear(&self, tunnel: bool, proxy: bool) -> &'static str {
        match (tunnel, proxy) {
            (true, _) => self.say(
                "aucun : c'est le tunnel qui protège, et lui ne peut pas être vérifié d'ici",
                "none: it is the tunnel that protects, and that one cannot be verified from here",
            ),
            (false, true) => self.say(
                "aucun : au-delà du proxy, seule l'identification montre si le serveur répond",
                "none: beyond the proxy, only the log-in shows whether the server answers",
            ),
            (false, false) => self.say("aucun : adresse de cette machine", "none: an address of this machine"),
        }
    }

    /// As programs read it.
    pub(super) fn json(&self, online: &Online) -> Value {
        let points: Vec<Value> = online.looks.iter().map(|look| point_json(look, online)).collect();
        let log_ins: Vec<Value> = online.profiles.iter().map(|tried| self.log_in_json(tried)).collect();
        json!({ "reached": online.reached(), "points": points, "log_ins": log_ins })
    }

    fn log_in_json(&self, tried: &Tried) -> Value {
        let profile = tried.lane.as_str();
        match &tried.log_in {
            LogIn::NotBuilt => json!({ "profile": profile, "tried": false, "code": "online-not-built" }),
            LogIn::NotTried(refusal) => {
                let why = refusal.why(self.language, self.zone);
                json!({ "profile": profile, "tried": false, "code": why.code, "words": why.words })
            }
            LogIn::Visited { ms, rows } => {
                let rows: Vec<Value> = rows
                    .iter()
                    .map(|row| match &row.done {
                        Ok(()) => json!({ "field": row.field, "accepted": true }),
                        Err(fault) => json!({
                            "field": row.field, "accepted": false, "code": fault.code, "words": fault.words,
                        }),
                    })
                    .collect();
                let mailbox = tried.mailbox.as_ref().map(Refusal::code);
                let mut value = json!({ "profile": profile, "tried": true, "ms": ms, "points": rows });
                mailbox.into_iter().for_each(|code| value["mailbox"] = json!({ "tried": false, "code": code }));
                value
            }
        }
    }
}

fn point_json(look: &Looked, online: &Online) -> Value {
    let Point { field, host, port, security, proxy, .. } = &look.point;
    let lanes: Vec<&str> = look.lanes.iter().map(|lane| lane.as_str()).collect();
    let mut seen = json!(look.seen);
    let chain = look.seen.tls.iter().flat_map(|tls| &tls.chain);
    let days: Vec<i64> = chain.map(|certificate| certificate.days_left(online.at)).collect();
    seen["days_left"] = json!(days);
    json!({
        "profiles": lanes,
        "field": field,
        "host": host,
        "port": port,
        "security": match security {
            PointSecurity::Tls => "tls",
            PointSecurity::StartTls(_) => "starttls",
            _ => "clear",
        },
        "proxy": proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host, proxy.port)),
        "seen": seen,
    })
}
