//! What an operator decides, about sendings and about returns, and why.

use clap::{Args, Subcommand};
use scheduler_core::request::LONGEST_REASON;

use super::TEMPLATE;

/// What a pause covers; everything, unless it names a scenario or a profile.
#[derive(Debug, Args)]
pub struct Scope {
    /// Un seul scénario.
    #[arg(long, value_name = "NOM", conflicts_with = "profile")]
    pub scenario: Option<String>,
    /// Un seul profil.
    #[arg(long, value_name = "NOM")]
    pub profile: Option<String>,
    /// Le motif, gardé dans le journal.
    #[arg(long, value_name = "MOTIF", value_parser = reason)]
    pub why: Option<String>,
}

impl Scope {
    /// As requests name it: `all`, `scenario:NAME`, `profile:NAME`.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.scenario, &self.profile) {
            (Some(scenario), _) => format!("scenario:{scenario}"),
            (None, Some(profile)) => format!("profile:{profile}"),
            (None, None) => "all".to_owned(),
        }
    }
}

/// How a doubt is settled.
#[derive(Debug, Args)]
pub struct Resolve {
    /// L'identifiant de l'envoi incertain.
    #[arg(value_name = "IDENTIFIANT")]
    pub id: String,
    /// Le partenaire l'a reçu.
    #[arg(long, required_unless_present = "resend", conflicts_with = "resend")]
    pub deposited: bool,
    /// Le partenaire ne l'a pas : le renvoyer.
    #[arg(long)]
    pub resend: bool,
    /// Ce qui permet de le dire ; gardé dans le journal.
    #[arg(long, value_name = "MOTIF", value_parser = reason)]
    pub why: String,
}

/// A decision about one sending or one return.
#[derive(Debug, Args)]
pub struct Decision {
    /// L'identifiant, tel que « history » le montre.
    #[arg(value_name = "IDENTIFIANT")]
    pub id: String,
    /// Le motif, gardé dans le journal.
    #[arg(long, value_name = "MOTIF", value_parser = reason)]
    pub why: String,
}

/// The tray of returns.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Returns {
    /// Montre aussi les retours reliés et ceux qui ont été écartés.
    #[arg(long)]
    pub all: bool,
    /// Ce qu'il faut en faire.
    #[command(subcommand)]
    pub action: Option<ReturnAction>,
}

/// What to do with a return.
#[derive(Debug, Subcommand)]
pub enum ReturnAction {
    /// Relie un retour à l'envoi auquel il répond.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl returns link 01j8zv3k7m2p9 --to 01j8zv1c0k4d2 --why \"même bordereau\"")]
    Link(Link),
    /// Défait un lien.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl returns unlink 01j8zv3k7m2p9 --why \"répond à un autre envoi\"")]
    Unlink(Decision),
    /// Écarte un retour qui ne répond à aucun envoi.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl returns dismiss 01j8zv3k7m2p9 --why \"état mensuel, sans envoi\"\n\nLe fichier reçu reste où il est.")]
    Dismiss(Decision),
}

/// Which sending a return is about.
#[derive(Debug, Args)]
pub struct Link {
    /// L'identifiant du retour.
    #[arg(value_name = "RETOUR")]
    pub id: String,
    /// L'identifiant de l'envoi.
    #[arg(long, value_name = "ENVOI")]
    pub to: String,
    /// Le motif, gardé dans le journal.
    #[arg(long, value_name = "MOTIF", value_parser = reason)]
    pub why: String,
}

/// A reason that says something, and fits in the journal.
fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("le motif est vide ; écrivez ce qui permet de décider, par exemple --why \"confirmé par téléphone, Mme Martin\"".to_owned()),
        count if count > LONGEST_REASON => Err(format!("{count} caractères ; un motif en a {LONGEST_REASON} au plus")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something_and_is_bounded() {
        assert_eq!(reason("  vu avec Mme Martin "), Ok("vu avec Mme Martin".to_owned()));
        assert!(reason(" \t").is_err());
        assert!(reason(&"é".repeat(LONGEST_REASON)).is_ok());
        assert!(reason(&"é".repeat(LONGEST_REASON + 1)).is_err());
    }
}
