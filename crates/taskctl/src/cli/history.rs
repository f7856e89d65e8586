//! `taskctl history` and `taskctl export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What to list: everything that is said holds at once.
#[derive(Clone, Debug, Default, Args)]
pub struct History {
    /// Dans cet état, tel que history l'affiche (retenu, incertain…) ; plusieurs séparés par des virgules.
    #[arg(long, value_name = "ÉTAT", value_delimiter = ',')]
    pub state: Vec<String>,
    /// D'un scénario.
    #[arg(long, value_name = "NOM")]
    pub scenario: Option<String>,
    /// D'un profil.
    #[arg(long, value_name = "NOM")]
    pub profile: Option<String>,
    /// D'un partenaire : un canal (xfb) ou une destination (C175).
    #[arg(long, value_name = "NOM")]
    pub partner: Option<String>,
    /// Dont le nom contient ce texte, majuscules ou minuscules.
    #[arg(long, value_name = "TEXTE")]
    pub name: Option<String>,
    /// Pris en charge ce jour-là ou après.
    #[arg(long, value_name = "AAAA-MM-JJ")]
    pub from: Option<String>,
    /// Pris en charge ce jour-là ou avant.
    #[arg(long, value_name = "AAAA-MM-JJ")]
    pub to: Option<String>,
    /// Combien d'envois, et combien de retours.
    #[arg(long, value_name = "NOMBRE", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub last: u32,
}

/// Which trace, and where it goes.
#[derive(Debug, Args)]
pub struct Export {
    /// csv : un tableau pour un tableur ; xml : un élément par fichier ; json : un objet par ligne.
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub format: ExportFormat,
    /// Pris en charge ce jour-là ou après.
    #[arg(long, value_name = "AAAA-MM-JJ")]
    pub from: Option<String>,
    /// Pris en charge ce jour-là ou avant.
    #[arg(long, value_name = "AAAA-MM-JJ")]
    pub to: Option<String>,
    /// Le fichier à écrire ; jamais écrasé [défaut : la sortie standard].
    #[arg(short, long, value_name = "FICHIER")]
    pub output: Option<PathBuf>,
}

/// How the trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A table.
    Csv,
    /// A document.
    Xml,
    /// Lines of JSON.
    Json,
}
