//! The command line: every command, its options and a help that teaches.

mod history;
mod import;
mod lzw;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use self::history::{Export, ExportFormat, History};
pub use self::import::Import;
pub use self::lzw::{Blocks, Compress, Expand, Join, Level, Lzw, Split, Stream, Verify};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "taskctl",
    version,
    about = "L'ordonnanceur d'échanges des collectivités : ce qui est déposé dans un dossier part, ce qui revient est rangé.",
    after_help = GENERAL,
    help_template = TEMPLATE,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    max_term_width = 110
)]
pub struct Cli {
    /// Affiche cette aide.
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = OPTIONS)]
    help: Option<bool>,
    /// Affiche la version.
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = OPTIONS)]
    version: Option<bool>,
    /// Fichier de configuration [défaut : ./taskctl.toml, puis /etc/taskctl/taskctl.toml].
    #[arg(long, global = true, env = "TASKCTL_CONFIG", hide_env_values = true, value_name = "FICHIER", help_heading = OPTIONS)]
    pub config: Option<PathBuf>,
    /// Répond en JSON, pour les programmes.
    #[arg(long, global = true, help_heading = OPTIONS)]
    pub json: bool,
    /// Ce qu'il faut faire.
    #[command(subcommand)]
    pub command: Command,
}

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}\n";

/// The heading of options that every command takes.
const OPTIONS: &str = "Options générales";

const GENERAL: &str = "\
Pour commencer :
  taskctl demo                       voir tout le travail sur un partenaire simulé, sans rien installer
  taskctl init                       écrire une configuration commentée
  taskctl secret set VILLE.xfb       enregistrer un mot de passe
  taskctl check                      vérifier avant de lancer
  taskctl run                        lancer la station

Codes de retour :
  0    tout va bien, ou rien à faire
  1    un fichier est refusé, en échec ou en attente
  2    commande ou configuration à corriger
  3    aucun partenaire joignable, rien n'est parti
  4    station verrouillée, et son service ne répond pas
  5    intégrité : journal ou fichiers abîmés
  6    un humain doit décider (incertain, retenu, incomplet)
  130  interrompu";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Écrit une configuration commentée et ses dossiers ; n'écrase jamais rien.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl init\n  taskctl init /etc/taskctl\n\nComplétez ensuite ce qui porte « A COMPLETER », puis tapez : taskctl check")]
    Init {
        /// Le dossier à préparer.
        #[arg(value_name = "DOSSIER", default_value = ".")]
        dir: PathBuf,
    },
    /// Reprend les fichiers de l'ancien ordonnanceur (automate.ini, hconnect.ini) ; ne devine rien.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl import automate.ini hconnect.ini\n  taskctl import automate.ini hconnect.ini --map 'c:\\transfert=/srv/transfert' --map 'c:\\taskauto=/srv/taskauto' -o taskctl.toml\n\nChaque ligne qui n'est pas comprise est listée, avec son numéro ; les mots de passe ne sont jamais recopiés.\nCode de retour : 0 si tout est repris, 1 s'il reste à compléter, 2 si rien n'a été écrit.")]
    Import(Import),
    /// Vérifie la configuration, les secrets et les dossiers, sans rien envoyer.
    #[command(help_template = TEMPLATE, after_help = "Chaque problème est montré avec sa ligne et ce qu'il faut écrire à la place.\nCode de retour : 0 si la station peut être lancée (les avertissements n'empêchent rien), 2 sinon.")]
    Check,
    /// Enregistre un mot de passe hors de la configuration.
    #[command(subcommand, help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE")]
    Secret(Secret),
    /// Lance la station : surveille, envoie, reçoit.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl run            en service, jusqu'à l'arrêt\n  taskctl run --once     une passe, pour le planificateur de tâches\n\nCtrl-C une fois : finir le fichier en cours et fermer la session. Deux fois : arrêter tout de suite.")]
    Run(Run),
    /// Envoie des fichiers maintenant, par un scénario.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl send mandat1.xml mandat2.xml --scenario MANDATS\n\nLes fichiers sont copiés ; les originaux restent où ils sont.")]
    Send {
        /// Les fichiers.
        #[arg(required = true, value_name = "FICHIER")]
        files: Vec<PathBuf>,
        /// Le scénario qui dit où et comment.
        #[arg(long, value_name = "NOM")]
        scenario: String,
    },
    /// Va chercher ce que les partenaires tiennent à disposition.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl retrieve\n  taskctl retrieve --profile VILLE")]
    Retrieve {
        /// Un seul profil.
        #[arg(long, value_name = "NOM")]
        profile: Option<String>,
    },
    /// Suspend les envois ; les fichiers continuent d'être pris en charge.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl pause\n  taskctl pause --scenario MANDATS\n  taskctl pause --profile VILLE")]
    Pause(Scope),
    /// Reprend les envois, et lève la suspension d'un profil dont le mot de passe a été refusé.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl resume\n  taskctl resume --profile VILLE")]
    Resume(Scope),
    /// Montre ce qui se passe : dossiers surveillés, fichier en cours, ce qui attend, ce qui demande une décision.
    #[command(help_template = TEMPLATE, after_help = "Code de retour : 6 si quelque chose demande une décision, 1 si des fichiers attendent, 0 sinon.")]
    Status,
    /// Montre les derniers envois et les derniers retours.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl history\n  taskctl history --last 200\n  taskctl history --state retenu,incertain\n  taskctl history --scenario MANDATS --from 2026-11-01 --to 2026-11-30\n  taskctl history --name pesalr2 --partner C175\n\nLes jours sont ceux de la station, premier et dernier compris.")]
    History(History),
    /// Montre tout ce qu'on sait d'un envoi ou d'un retour.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl show 01j8zv3k7m2p9")]
    Show {
        /// L'identifiant, tel que « history » le montre.
        id: String,
    },
    /// Tranche un envoi incertain : le partenaire l'a, ou il faut le renvoyer.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl resolve 01j8zv3k7m2p9 --deposited --why \"confirmé par téléphone, Mme Martin\"\n  taskctl resolve 01j8zv3k7m2p9 --resend --why \"absent de leur journal\"")]
    Resolve(Resolve),
    /// Laisse partir un envoi retenu (doublon, fichier vide, anomalie).
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl release 01j8zv3k7m2p9 --why \"renvoi demandé par la trésorerie\"")]
    Release(Decision),
    /// Abandonne un envoi ; sa sauvegarde reste.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl cancel 01j8zv3k7m2p9 --why \"remplacé par une version corrigée\"")]
    Cancel(Decision),
    /// Affiche la trace de la dernière session, ou d'une journée.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl log\n  taskctl log --day 20261122")]
    Log {
        /// La journée, AAAAMMJJ.
        #[arg(long, value_name = "AAAAMMJJ")]
        day: Option<String>,
    },
    /// Écrit la trace légale : une ligne ou un élément par fichier envoyé ou reçu, avec ses empreintes.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl export --format csv -o trace-2026.csv --from 2026-01-01 --to 2026-12-31\n  taskctl export --format xml -o trace.xml\n  taskctl export --format json | head -1\n\nLa dernière ligne porte la tête du journal : gardée ailleurs, elle prouve plus tard que rien n'a été réécrit.\nUn fichier n'apparaît que complet ; il n'écrase jamais rien.")]
    Export(Export),
    /// Compresse, et coupe un fichier en segments de moins de 2 Mo ; n'a besoin d'aucune configuration.
    #[command(subcommand, help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", after_help = "Exemples :\n  taskctl lzw split mandats.xml                    écrit mandats.xml.000001.seg, mandats.xml.000002.seg…\n  taskctl lzw join mandats.xml.*.seg -o mandats.xml\n\nChaque commande a son aide : taskctl lzw split --help")]
    Lzw(Lzw),
    /// Montre tout le travail sur des partenaires simulés, sur cette machine, sans rien installer.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl demo\n  taskctl demo --input mes_fichiers\n  taskctl demo --faults     avec pannes, refus et coupures")]
    Demo(Demo),
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Demande un mot de passe et le range dans un fichier que seul ce compte peut lire.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl secret set VILLE.xfb\n  echo \"$MDP\" | taskctl secret set VILLE.xfb\n\nLe nom est PROFIL.CANAL, comme dans la configuration.")]
    Set {
        /// PROFIL.CANAL, par exemple VILLE.xfb.
        name: String,
    },
}

/// How to run.
#[derive(Debug, Args)]
pub struct Run {
    /// Une passe : regarder, prendre, envoyer et recevoir ce qui est dû, puis s'arrêter.
    #[arg(long)]
    pub once: bool,
}

/// What a pause covers; everything, unless it names a scenario or a profile.
#[derive(Debug, Args)]
pub struct Scope {
    /// Un seul scénario.
    #[arg(long, value_name = "NOM", conflicts_with = "profile")]
    pub scenario: Option<String>,
    /// Un seul profil.
    #[arg(long, value_name = "NOM")]
    pub profile: Option<String>,
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
    pub id: String,
    /// Le partenaire l'a reçu.
    #[arg(long, required_unless_present = "resend", conflicts_with = "resend")]
    pub deposited: bool,
    /// Le partenaire ne l'a pas : le renvoyer.
    #[arg(long)]
    pub resend: bool,
    /// Ce qui permet de le dire ; gardé dans le journal.
    #[arg(long, value_name = "MOTIF")]
    pub why: String,
}

/// A decision about one consignment.
#[derive(Debug, Args)]
pub struct Decision {
    /// L'identifiant de l'envoi.
    pub id: String,
    /// Le motif, gardé dans le journal.
    #[arg(long, value_name = "MOTIF", default_value = "")]
    pub why: String,
}

/// How to rehearse.
#[derive(Debug, Args)]
pub struct Demo {
    /// Un dossier de fichiers à vous, envoyés tels quels au partenaire simulé.
    #[arg(long, value_name = "DOSSIER")]
    pub input: Option<PathBuf>,
    /// Joue le menu des pannes et montre que rien ne se perd.
    #[arg(long)]
    pub faults: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_commands_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_verdict_is_asked_for_exactly_once_and_with_a_reason() {
        assert!(parse("taskctl resolve 01j8zv3k7m2p9 --deposited --why x").is_ok());
        assert!(parse("taskctl resolve 01j8zv3k7m2p9 --why x").is_err());
        assert!(parse("taskctl resolve 01j8zv3k7m2p9 --deposited --resend --why x").is_err());
        assert!(parse("taskctl resolve 01j8zv3k7m2p9 --deposited").is_err());
        assert!(parse("taskctl send --scenario MANDATS").is_err());
    }

    #[test]
    fn scopes_are_named_as_requests_name_them() {
        for (line, name) in
            [("", "all"), ("--scenario MANDATS", "scenario:MANDATS"), ("--profile VILLE", "profile:VILLE")]
        {
            let Command::Pause(scope) = parse(&format!("taskctl pause {line}")).unwrap().command else {
                panic!("pause")
            };
            assert_eq!(scope.name(), name);
        }
        assert!(parse("taskctl pause --profile VILLE --scenario MANDATS").is_err());
    }

    #[test]
    fn the_configuration_may_be_named_after_the_command() {
        let cli = parse("taskctl check --config /etc/x.toml --json").unwrap();
        assert_eq!((cli.config.as_deref(), cli.json), (Some(std::path::Path::new("/etc/x.toml")), true));
    }

    #[test]
    fn the_help_teaches() {
        let mut command = Cli::command().term_width(110);
        command.build();
        let mut help = command.render_help().to_string();
        for command in command.get_subcommands_mut() {
            help.push_str(&format!("\n===== {}", command.render_help()));
        }
        insta::assert_snapshot!(help);
    }

    #[test]
    fn the_help_of_lzw_teaches() {
        let mut command = Cli::command().term_width(110);
        command.build();
        let lzw = command.find_subcommand_mut("lzw").unwrap();
        let help = lzw
            .get_subcommands_mut()
            .fold(String::new(), |help, command| help + &format!("\n===== {}", command.render_help()));
        insta::assert_snapshot!(help);
    }
}
