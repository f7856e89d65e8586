//! `taskctl explain`: a file, an identifier, or the partner's name for something.

use std::ffi::OsString;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

/// What is to be explained.
#[derive(Debug, Args)]
pub struct Explain {
    /// Un fichier (chemin, ou nom seul dans un dossier surveillé), un identifiant ou son début, ou le nom que lui donne le partenaire.
    #[arg(value_name = "FICHIER-ou-IDENTIFIANT", value_parser = OsStringValueParser::new().try_map(named))]
    pub what: OsString,
}

fn named(what: OsString) -> Result<OsString, &'static str> {
    if what.is_empty() { Err("rien n'est nommé") } else { Ok(what) }
}

/// Examples and exit codes.
pub(super) const AFTER: &str = "\
Exemples :
  taskctl explain /srv/mandats/MAND_2026_11.xml     pourquoi ce fichier part, ou ne part pas
  taskctl explain MAND_2026_11.xml                  le nom seul : cherché dans les dossiers surveillés et dans l'historique
  taskctl explain 01j8zv3k7m2p9                     un envoi ou un retour ; le début de l'identifiant suffit
  taskctl explain 6289912                           la référence que cite le partenaire

Ne change rien, n'envoie rien ; utile service lancé ou arrêté.
Code de retour : 6 si quelqu'un doit décider, 1 si la suite viendra d'elle-même, 0 si c'est fini, 2 si rien ne porte ce nom.";
