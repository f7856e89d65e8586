//! What was seen online, for people and for programs.

use std::fmt::Write as _;

use partners::probe::{Certificate, Connection, Seen, Tls};
use scheduler_core::partner::{Point, PointSecurity};
use serde_json::{Value, json};

use super::findings::Findings;
use super::online::{LogIn, Looked, Online, Tried, in_tunnel};
use crate::catalogue;
use crate::output::clean;

impl Findings<'_> {
    /// Point by point, then profile by profile.
    pub(super) fn render(&self, online: &Online) -> String {
        let mut text = String::from("En ligne, sans rien envoyer\n");
        for look in &online.looks {
            self.point(look, online, &mut text);
        }
        for tried in &online.profiles {
            let _ = writeln!(text, "\n  {} · identification", tried.lane);
            self.log_in_lines(tried, &mut text);
        }
        let _ = writeln!(text, "\n{} profil(s) joint(s) sur {}.\n", online.reached(), online.profiles.len());
        text
    }

    fn point(&self, look: &Looked, online: &Online, text: &mut String) {
        let lanes: Vec<String> = look.lanes.iter().take(5).map(ToString::to_string).collect();
        let more = look.lanes.len().saturating_sub(lanes.len());
        let more = if more > 0 { format!(" et {more} autre(s)") } else { String::new() };
        let _ = writeln!(text, "\n  {}{more} · {} · {}", lanes.join(", "), look.point.field, target(&look.point));
        let mut row = |name: &str, words: String| {
            let _ = writeln!(text, "      {name:<13}{words}");
        };
        let Seen { addresses, name_ms, connections, tls, own, .. } = &look.seen;
        match name_ms {
            Some(ms) => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                row("nom", format!("{} ({ms} ms)", addresses.join(", ")));
            }
            None if !addresses.is_empty() => row("nom", "une adresse est donnée : rien à chercher".to_owned()),
            None => row("nom", "non trouvé".to_owned()),
        }
        for connection in connections {
            row("connexion", self.connection(connection));
        }
        if let Some(tls) = tls {
            row("TLS", protocol(tls));
            for certificate in &tls.chain {
                row("certificat", self.certificate(certificate, online));
            }
        } else if look.point.security == PointSecurity::Clear && look.seen.trouble.is_none() {
            let tunnel = in_tunnel(&self.configuration.profiles[look.entry], &look.point);
            row("TLS", clear(tunnel, look.point.proxy.is_some()).to_owned());
        }
        for certificate in own {
            row("configuré", self.certificate(certificate, online));
        }
        if let Some(trouble) = &look.seen.trouble {
            row("échec", trouble.kind.code().to_owned());
        }
    }

    fn connection(&self, connection: &Connection) -> String {
        match &connection.trouble {
            None => format!("{} en {} ms", connection.address, connection.ms),
            Some(trouble) => {
                let code = trouble.kind.code();
                let sentence = catalogue::entry(self.language, code).map_or(code, |entry| entry.sentence);
                format!("{} : {sentence}", connection.address)
            }
        }
    }

    fn certificate(&self, certificate: &Certificate, online: &Online) -> String {
        let Certificate { subject, issuer, not_after, .. } = certificate;
        let (day, days) = (self.day(*not_after), certificate.days_left(online.at));
        let over = if days < 0 { ", dépassé" } else { "" };
        let (subject, issuer, days) = (clean(subject), clean(issuer), days.abs());
        format!("{subject}, signé par {issuer}, jusqu'au {day}{over} ({days} jours)")
    }

    fn log_in_lines(&self, tried: &Tried, text: &mut String) {
        let mut row = |words: &str| {
            let _ = writeln!(text, "      {words}");
        };
        match &tried.log_in {
            LogIn::NotBuilt => row("non tentée : la configuration de ce profil est à corriger d'abord."),
            LogIn::NotTried(refusal) => {
                let why = refusal.why(self.language, self.zone);
                row(&format!("non tentée : {}", clean(&catalogue::explain(self.language, self.zone, &why).sentence)));
            }
            LogIn::Visited { ms, rows } => {
                for visited in rows {
                    let field = visited.field.unwrap_or("?");
                    match &visited.done {
                        Ok(()) => row(&format!("{field} : acceptée, puis session fermée ({ms} ms)")),
                        Err(fault) => row(&format!("{field} : en échec ({})", fault.code)),
                    }
                }
            }
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
                json!({ "profile": profile, "tried": true, "ms": ms, "points": rows })
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

/// `gateway.example:443`, and the proxy that leads there.
fn target(point: &Point) -> String {
    let proxy = point.proxy.as_ref();
    let by = proxy.map(|proxy| format!(" par le proxy {}:{}", clean(&proxy.host), proxy.port)).unwrap_or_default();
    format!("{}:{}{by}", clean(&point.host), point.port)
}

fn protocol(tls: &Tls) -> String {
    let version = tls.protocol.as_deref().unwrap_or("non établi");
    let proof = if tls.verified { "certificat vérifié" } else { "certificat non vérifié : rien n'a été dit" };
    let asks = if tls.asks_certificate { " ; le serveur demande notre certificat" } else { "" };
    format!("{version}, {proof}{asks}")
}

/// What can be said of a point without TLS.
fn clear(tunnel: bool, proxy: bool) -> &'static str {
    match (tunnel, proxy) {
        (true, _) => "aucun : c'est le tunnel qui protège, et lui ne peut pas être vérifié d'ici",
        (false, true) => "aucun : au-delà du proxy, seule l'identification montre si le serveur répond",
        (false, false) => "aucun : adresse de cette machine",
    }
}
