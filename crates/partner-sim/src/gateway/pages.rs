//! The pages, in the HTML of their time: upper-case tags, cells never closed, Latin-1 accents.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    settings::{Account, Settings},
    spool::Offer,
};
use crate::text;

/// The gateway's one path.
pub(super) const GATEWAY: &str = "/depot-xt";
/// The portal's folder.
pub(super) const PORTAL: &str = "/portail/";

/// Links of the pages made for one account.
pub(super) struct Links {
    query: String,
}

impl Links {
    pub(super) fn of(account: &Account) -> Self {
        Self { query: format!("user={}&password={}", text::percent(&account.user), text::percent(&account.password)) }
    }

    fn to(&self, action: &str) -> String {
        format!("{GATEWAY}?{}&action={action}", self.query)
    }

    fn offer(&self, offer: &Offer) -> String {
        let path = offer.link.clone().unwrap_or_else(|| format!("{GATEWAY}/{}", text::percent(&offer.name)));
        format!("{path}?local_ident={}&{}", offer.local_ident, self.query)
    }
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<HTML>\n<HEAD>\n<TITLE>{title}</TITLE>\n<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=iso-8859-1\">\n</HEAD>\n\
         <BODY BGCOLOR=#FFFFFF>\n<CENTER>\n{content}\n</CENTER>\n</BODY>\n</HTML>\n"
    )
}

pub(super) fn entry(settings: &Settings, links: &Links, hidden: &[(String, String)]) -> String {
    let sending = if settings.form_on_entry {
        form_only(settings, links, hidden)
    } else {
        format!("<TR><TD><A HREF=\"{}\">Envoi d'un fichier</A>\n", links.to("envoi"))
    };
    page(
        "XFB/Gateway",
        &format!(
            "<H1>Serveur de fichiers du Trésor Public</H1>\n<TABLE BORDER=1>\n{sending}\
             <TR><TD><A HREF=\"{}\">Réception d'un fichier</A>\n</TABLE>\n<P><A HREF=\"{}\">Déconnexion</A>",
            links.to("liste"),
            links.to("logout")
        ),
    )
}

pub(super) fn form(settings: &Settings, links: &Links, hidden: &[(String, String)]) -> String {
    page(
        "XFB/Gateway - Envoi",
        &format!(
            "<H1>Envoi d'un fichier</H1>\n{}\n<P><A HREF=\"{}\">D&eacute;connexion</A>",
            form_only(settings, links, hidden),
            links.to("logout")
        ),
    )
}

fn form_only(settings: &Settings, links: &Links, hidden: &[(String, String)]) -> String {
    let fields = &settings.fields;
    let mut rows = String::new();
    for (label, name) in [
        ("Site de destination", &fields.destination),
        ("Référence applicative", &fields.application),
        ("Sujet du message", &fields.subject),
        ("Parm CFT", &fields.cft),
    ] {
        rows.push_str(&format!("<TR><TD>{label} :<TD><INPUT TYPE=text NAME=\"{}\" SIZE=20>\n", text::html(name)));
    }
    let hidden: String = hidden
        .iter()
        .map(|(name, value)| {
            format!("<INPUT TYPE=hidden NAME=\"{}\" VALUE=\"{}\">\n", text::html(name), text::html(value))
        })
        .collect();
    format!(
        "<FORM METHOD=POST ENCTYPE=\"multipart/form-data\" ACTION=\"{}\">\n{hidden}<TABLE>\n{rows}\
         <TR><TD>Fichier :<TD><INPUT TYPE=file NAME=\"{}\">\n</TABLE>\n<INPUT TYPE=submit VALUE=\"Envoyer\">\n</FORM>\n",
        links.to("depot"),
        text::html(&fields.file)
    )
}

/// The success page of protocol 4.6, to the letter.
pub(super) fn received(settings: &Settings, account: &Account) -> String {
    let (user, password) = (settings.echo.apply(&account.user), settings.echo.apply(&account.password));
    format!(
        "<HTML>\n<HEAD>\n  <TITLE>File received correctly</TITLE>\n</HEAD>\n<BODY>\n<CENTER>\n<H1><FONT color=GREEN>File received</FONT></H1>\n\
         <A HREF=\"?user={user}&password={password}\">Continue ...</A>\n</CENTER>\n</BODY>\n</HTML>\n"
    )
}

/// A page that says no, and echoes the credentials as the success page does.
pub(super) fn said(settings: &Settings, account: &Account, words: &str, colour: &str) -> String {
    let (user, password) = (settings.echo.apply(&account.user), settings.echo.apply(&account.password));
    page(
        &text::html(words),
        &format!(
            "<H1><FONT color={colour}>{}</FONT></H1>\n<P>Demande de {user}\n<A HREF=\"?user={user}&password={password}\">Continue ...</A>",
            text::html(words)
        ),
    )
}

/// The beginning of a listing, up to its first row.
pub(super) fn listing_head(settings: &Settings) -> String {
    let size = if settings.listing_sizes { "<TH>Taille" } else { "" };
    let state = if settings.listing_states { "<TH>Etat" } else { "" };
    format!(
        "<HTML>\n<HEAD>\n<TITLE>XFB/Gateway - R&eacute;ception</TITLE>\n</HEAD>\n<BODY BGCOLOR=#FFFFFF>\n<CENTER>\n<H1>Réception d'un fichier</H1>\n\
         <P>Clic droit puis enregistrer : pas de double clic.\n<TABLE BORDER=1>\n<TR><TH>Fichier<TH>Date{size}{state}\n"
    )
}

pub(super) fn listing_row(settings: &Settings, links: &Links, offer: &Offer) -> String {
    let size = if settings.listing_sizes { format!("<TD ALIGN=right>{}", offer.size) } else { String::new() };
    let state = if settings.listing_states { format!("<TD>{}", offer.state.letter()) } else { String::new() };
    format!(
        "<TR><TD><A HREF=\"{}\">{}</A><TD>{}{size}{state}\n",
        links.offer(offer),
        text::html(&offer.name),
        french_date(offer.at)
    )
}

pub(super) fn listing_tail(links: &Links) -> String {
    format!("</TABLE>\n<P><A HREF=\"{}\">Déconnexion</A>\n</CENTER>\n</BODY>\n</HTML>\n", links.to("logout"))
}

pub(super) fn goodbye() -> String {
    page("XFB/Gateway", "<H1>Au revoir</H1>\n<P>Vous êtes déconnecté.")
}

pub(super) fn portal_form(token: &str, refused: bool) -> String {
    let refusal = if refused {
        "<P><FONT color=RED>Identification refusée : utilisateur inconnu ou mot de passe erroné.</FONT>\n"
    } else {
        ""
    };
    page(
        "Portail ILEX",
        &format!(
            "<H1>Réseau CANOPEE - Portail ILEX</H1>\n{refusal}<FORM METHOD=POST ACTION=\"login\">\n\
             <INPUT TYPE=hidden NAME=JETON VALUE=\"{token}\">\n<INPUT TYPE=hidden NAME=SUITE VALUE=\"accueil &amp; suite\">\n\
             <TABLE><TR><TD>ID :<TD><INPUT NAME=UTILISATEUR>\n<TR><TD>Mot de passe :<TD><INPUT TYPE=PASSWORD NAME=SECRET>\n</TABLE>\n\
             <INPUT TYPE=submit VALUE=\"Valider\">\n</FORM>"
        ),
    )
}

pub(super) fn portal_home() -> String {
    page(
        "Portail ILEX - Accueil",
        &format!(
            "<H1>Bienvenue sur le portail ILEX</H1>\n<P><A HREF=\"{GATEWAY}\">Cft</A>\n<P><A HREF=\"{PORTAL}logout\">Déconnexion</A>"
        ),
    )
}

/// A page that is neither known success nor known refusal.
pub(super) fn unknown(settings: &Settings, account: &Account) -> String {
    said(settings, account, "Maintenance du site - message du jour", "BLUE")
}

fn french_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%d/%m/%Y %H:%M").to_string()
}
