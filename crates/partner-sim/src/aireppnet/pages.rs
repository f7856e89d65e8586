//! The pages: what an administration's site of its time looked like.

use crate::{ledger::LedgerLine, text};

/// The hidden input that only the session's own form has.
pub(super) const TOKEN: &str = "jeton";

fn page(title: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"iso-8859-1\">\n<title>Aireppnet - {title}</title>\n</head>\n\
         <body>\n{content}\n</body>\n</html>\n"
    )
}

pub(super) fn log_in(heading: &str) -> String {
    page(
        "Connexion",
        &format!(
            "<h1>{heading}</h1>\n<form action=\"/connexion\" method=\"post\">\n<input type=\"hidden\" name=\"suite\" value=\"accueil &amp; d&eacute;p&ocirc;t\">\n\
             <p><label for=\"c\">Code commune</label> <input id=\"c\" name=\"commune\" size=\"5\">\n\
             <p><label for=\"m\">Mot de passe</label> <input id=\"m\" type=\"password\" name=\"motdepasse\">\n\
             <p><input type=\"submit\" value=\"Se connecter\">\n</form>"
        ),
    )
}

pub(super) fn home(server: &str, commune: &str) -> String {
    page(
        "Accueil",
        &format!(
            "<h1>Bienvenue</h1>\n<p>Commune {commune}, fichiers {server}\n<ul>\n<li><a href=\"/saisie\">Saisir un bulletin</a>\n\
             <li><a href=\"/depot\">D&eacute;poser un fichier</a>\n</ul>\n<p><a href=\"/deconnexion\">D&eacute;connexion</a>"
        ),
    )
}

pub(super) fn deposit(token: &str) -> String {
    page(
        "Transfert",
        &format!(
            "<h1>Transfert de fichier</h1>\n<form action=\"/depot\" method=\"post\" enctype=\"multipart/form-data\">\n\
             <input type=\"hidden\" name=\"{TOKEN}\" value=\"{token}\">\n<p>Commentaire <input name=\"commentaire\">\n\
             <p>Fichier <input type=\"file\" name=\"fichier\">\n<p><input type=\"submit\" name=\"action\" value=\"Transmettre\">\n</form>\n\
             <p><a href=\"/deconnexion\">D&eacute;connexion</a>"
        ),
    )
}

pub(super) fn receipt(number: &str, line: &LedgerLine, echo: &str) -> String {
    page(
        "Résultat",
        &format!(
            "<h1>Accusé de dépôt</h1>\n{echo}<table>\n<tr><td>Num&eacute;ro de d&eacute;p&ocirc;t :<td>{number}\n<tr><td>Commune :<td>{}\n\
             <tr><td>Fichier :<td>{}\n<tr><td>Taille :<td>{} octets\n</table>\n<p><a href=\"/deconnexion\">D&eacute;connexion</a>",
            text::html(&line.account),
            text::html(line.name.as_deref().unwrap_or_default()),
            line.size.unwrap_or_default()
        ),
    )
}

pub(super) fn said(heading: &str, words: &str, echo: &str) -> String {
    page(
        heading,
        &format!(
            "<h1>{heading}</h1>\n<p>{}\n{echo}<p><a href=\"/deconnexion\">D&eacute;connexion</a>",
            text::html(words)
        ),
    )
}
