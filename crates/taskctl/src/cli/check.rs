//! The options of `taskctl check`.

use clap::Args;

/// What is printed after the help.
pub(super) const AFTER: &str = "\
Exemples :
  taskctl check
  taskctl check --online

Chaque problème est montré avec sa ligne, pourquoi il compte et ce qu'il faut écrire à la place.

En ligne : le nom, la connexion, le proxy et les certificats de chaque partenaire sont vérifiés, puis \
l'identification est tentée une seule fois et la session refermée. Elle ne l'est pas quand la station est en service, \
quand le mot de passe a déjà été refusé, ni avant la fin d'un délai demandé par le partenaire.
Durées maximales : 5 s par nom, 10 s par étape, 2 min par identification.

Code de retour : 0 si la station peut être lancée (les avertissements n'empêchent rien) ; 2 si la configuration, \
un mot de passe ou un certificat est à corriger ; 3 si aucun partenaire n'est joignable ; 1 si certains ne le sont pas.";

/// How much to check.
#[derive(Clone, Copy, Debug, Args)]
pub struct Check {
    /// Vérifie aussi les partenaires : noms, ports, certificats, identification.
    #[arg(long)]
    pub online: bool,
}
