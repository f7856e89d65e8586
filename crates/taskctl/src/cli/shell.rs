//! The command line itself, for shells and for `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Which shell completes.
#[derive(Debug, Args)]
pub struct Completions {
    /// L'interpréteur de commandes.
    #[arg(value_name = "INTERPRETEUR", hide_possible_values = true)]
    pub shell: Shell,
}

/// Where manual pages go.
#[derive(Debug, Args)]
pub struct Man {
    /// Écrit toutes les pages, une par commande, dans ce dossier, au lieu d'afficher la première.
    #[arg(short, long, value_name = "DOSSIER")]
    pub output: Option<PathBuf>,
}
