//! `taskctl verify` and `taskctl purge`.

use clap::Args;

/// What to prove.
#[derive(Debug, Args)]
pub struct Proof {
    /// Une tête de chaîne gardée ailleurs (fin d'une trace, export, sauvegarde) : dit si elle est bien dans le journal.
    #[arg(long, value_name = "EMPREINTE")]
    pub head: Option<String>,
}

/// What to purge.
#[derive(Debug, Args)]
pub struct Purge {
    /// Purge ce qui était terminé avant ce jour.
    #[arg(long, value_name = "AAAA-MM-JJ", conflicts_with = "older_than")]
    pub before: Option<String>,
    /// Purge ce qui est terminé depuis plus longtemps : 8y (ans), 30m (mois), 500d (jours).
    #[arg(long, value_name = "DURÉE", default_value = "8y")]
    pub older_than: String,
    /// Montre ce qui partirait, sans rien purger.
    #[arg(long)]
    pub dry_run: bool,
    /// Le motif, gardé dans le certificat.
    #[arg(long, value_name = "MOTIF", default_value = "")]
    pub why: String,
}
