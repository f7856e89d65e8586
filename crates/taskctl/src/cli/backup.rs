//! `taskctl backup`, `taskctl restore`, and what ends a restored station's hold.

use std::path::PathBuf;

use clap::Args;

use super::Scope;

/// What to back up, and for whom.
#[derive(Debug, Args)]
pub struct Backup {
    /// Le fichier à écrire ; il ne doit pas exister.
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Lit la phrase de passe dans un fichier que seul ce compte peut lire [défaut : elle est demandée deux fois].
    #[arg(long, value_name = "FICHIER", conflicts_with = "recipients")]
    pub passphrase_file: Option<PathBuf>,
    /// Chiffre pour une clé publique age (age1…) au lieu d'une phrase de passe ; peut être répété.
    #[arg(long = "recipient", value_name = "CLÉ")]
    pub recipients: Vec<String>,
    /// Avec --recipient : relit la sauvegarde avec cette clé privée, pour prouver qu'elle l'ouvre.
    #[arg(long, value_name = "FICHIER", requires = "recipients")]
    pub identity: Option<PathBuf>,
    /// Laisse de côté les mots de passe des profils.
    #[arg(long)]
    pub without_secrets: bool,
    /// The cost of trying a passphrase, as a power of two: for tests.
    #[arg(long, hide = true, default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    pub work_factor: u8,
}

/// What to restore, and where.
#[derive(Debug, Args)]
pub struct Restore {
    /// La sauvegarde.
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Le dossier de la station restaurée, vide ou à créer [défaut : le nom de la sauvegarde, dans le dossier courant].
    #[arg(long, value_name = "DOSSIER")]
    pub to: Option<PathBuf>,
    /// Lit la phrase de passe dans un fichier que seul ce compte peut lire [défaut : elle est demandée].
    #[arg(long, value_name = "FICHIER", conflicts_with = "identity")]
    pub passphrase_file: Option<PathBuf>,
    /// Le fichier de la clé privée age, si la sauvegarde est chiffrée pour une clé.
    #[arg(long, value_name = "FICHIER")]
    pub identity: Option<PathBuf>,
}

/// What to resume: a pause, or a restored station.
#[derive(Debug, Args)]
pub struct Resume {
    /// What a pause covered.
    #[command(flatten)]
    pub scope: Scope,
    /// Remet en marche une station restaurée, une fois les numéros confirmés ; sans --number, dit lesquels.
    #[arg(long, conflicts_with_all = ["scenario", "profile"])]
    pub after_restore: bool,
    /// Le dernier numéro que le partenaire connaît, pour chaque registre ; à répéter.
    #[arg(long = "number", value_name = "REGISTRE=N", requires = "after_restore", value_parser = number)]
    pub numbers: Vec<(String, u64)>,
}

fn number(text: &str) -> Result<(String, u64), String> {
    let wrong = || "écrivez REGISTRE=N, par exemple numrec=42".to_owned();
    let (register, number) = text.rsplit_once('=').ok_or_else(wrong)?;
    Ok((register.trim().to_owned(), number.trim().parse().map_err(|_| wrong())?))
}
