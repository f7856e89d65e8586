//! `taskctl import`.

use std::path::PathBuf;

use clap::Args;

/// The former scheduler's files, and where its folders are now.
#[derive(Debug, Args)]
pub struct Import {
    /// Les fichiers de paramètres : automate.ini, hconnect.ini…
    #[arg(required = true, value_name = "FICHIER")]
    pub files: Vec<PathBuf>,
    /// Où est maintenant un dossier : 'c:\transfert=/srv/transfert' (autant de fois qu'il faut).
    #[arg(long, value_name = "ANCIEN=NOUVEAU")]
    pub map: Vec<String>,
    /// La configuration à écrire ; jamais écrasée [défaut : taskctl.toml].
    #[arg(short, long, value_name = "FICHIER", default_value = "taskctl.toml", hide_default_value = true)]
    pub output: PathBuf,
}
