//! The command line: every command, its options and a help that teaches.

mod backup;
mod check;
mod decisions;
mod explain;
mod history;
mod import;
mod journal;
mod lzw;
mod shell;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use self::backup::{Backup, Restore, Resume};
pub use self::check::Check;
pub use self::decisions::{Decision, Link, Resolve, ReturnAction, Returns, Scope};
pub use self::explain::Explain;
pub use self::history::{Export, ExportFormat, History};
pub use self::import::Import;
pub use self::journal::{Proof, Purge};
pub use self::lzw::{Blocks, Compress, Expand, Join, Level, Lzw, Split, Stream, Verify};
pub use self::shell::{Completions, Man};

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
    /// Vérifie la configuration, les secrets, les dossiers et, sur demande, les partenaires, sans rien envoyer.
    #[command(help_template = TEMPLATE, after_help = check::AFTER)]
    Check(Check),
    /// Enregistre un mot de passe hors de la configuration.
    #[command(subcommand, help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", after_help = "Exemple :\n  taskctl secret set VILLE.xfb\n\nChaque commande a son aide : taskctl secret set --help")]
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
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl pause\n  taskctl pause --scenario MANDATS --why \"nouvelle version du logiciel métier\"\n  taskctl pause --profile VILLE")]
    Pause(Scope),
    /// Reprend les envois, et lève la suspension d'un profil dont le mot de passe a été refusé.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl resume\n  taskctl resume --profile VILLE\n  taskctl resume --after-restore                          dit quels numéros confirmer\n  taskctl resume --after-restore --number numrec=42 --why \"M. Durand, au téléphone\"")]
    Resume(Resume),
    /// Montre ce qui se passe : dossiers surveillés, fichier en cours, ce qui attend, ce qui demande une décision.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl status\n  taskctl status --json     pour la supervision\n\nCode de retour : 6 si quelque chose demande une décision, 1 si des fichiers attendent, 0 sinon.")]
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
    /// Explique un fichier, un envoi ou un retour : pourquoi, ce qui est attendu, quand et qui décide.
    #[command(help_template = TEMPLATE, after_help = explain::AFTER)]
    Explain(Explain),
    /// Renvoie : tout de suite ce qui attend, une seconde fois ce qui est terminé.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl resend 01j8zv3k7m2p9 --why \"perdu par le partenaire, demandé par Mme Martin\"\n\nUn envoi terminé (déposé, refusé, annulé…) repart sous un nouvel identifiant, avec les mêmes octets, sans contrôle de doublon :\nle partenaire peut alors l'avoir deux fois. Un envoi incertain se tranche avec : taskctl resolve ID --resend")]
    Resend(Decision),
    /// Tranche un envoi incertain : le partenaire l'a, ou il faut le renvoyer.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl resolve 01j8zv3k7m2p9 --deposited --why \"confirmé par téléphone, Mme Martin\"\n  taskctl resolve 01j8zv3k7m2p9 --resend --why \"absent de leur journal\"")]
    Resolve(Resolve),
    /// Laisse partir un envoi retenu (doublon, fichier vide, anomalie).
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl release 01j8zv3k7m2p9 --why \"renvoi demandé par la trésorerie\"")]
    Release(Decision),
    /// Abandonne un envoi ; sa sauvegarde reste.
    #[command(help_template = TEMPLATE, after_help = "Exemple :\n  taskctl cancel 01j8zv3k7m2p9 --why \"remplacé par une version corrigée\"")]
    Cancel(Decision),
    /// Montre les retours incomplets, et ceux dont on ne sait pas à quel envoi ils répondent.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", after_help = "Exemples :\n  taskctl returns\n  taskctl returns --all\n  taskctl returns link 01j8zv3k7m2p9 --to 01j8zv1c0k4d2 --why \"même bordereau\"\n\nPour chaque retour, les envois possibles sont proposés avec les raisons. Seul un identifiant exact relie sans qu'on le demande.\nCode de retour : 6 si un retour est incomplet, 0 sinon.")]
    Returns(Returns),
    /// Affiche la trace de la dernière session, ou d'une journée.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl log\n  taskctl log --day 20261122")]
    Log {
        /// La journée, AAAAMMJJ.
        #[arg(long, value_name = "AAAAMMJJ")]
        day: Option<String>,
    },
    /// Sauvegarde toute la station, même en marche, dans un fichier chiffré, relu et restauré à blanc avant d'être déclaré bon.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl backup /mnt/nas/ville-20261122.age\n  taskctl backup sauve.age --passphrase-file /root/phrase     sans personne pour la taper\n  taskctl backup sauve.age --recipient age1…                  seule la clé privée l'ouvrira\n\nLe fichier est au format age : « age -d » le lit aussi.\nCode de retour : 5 si la sauvegarde écrite ne se restaure pas ; elle est alors supprimée.")]
    Backup(Backup),
    /// Restaure une station dans un dossier vide ; elle reste retenue jusqu'à « resume --after-restore ».
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl restore ville-20261122.age --to /srv/taskctl\n  taskctl restore sauve.age --identity /root/cle.txt\n\nRien de ce qui existe n'est touché. Lancez la commande avec le compte du service.\nCode de retour : 2 si la phrase de passe ou la clé n'ouvre pas la sauvegarde, 5 si elle est abîmée.")]
    Restore(Restore),
    /// Purge ce qui est terminé depuis longtemps : journal, fichiers gardés, traces ; un certificat reste.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl purge --dry-run             montre ce qui partirait, terminé depuis plus de 8 ans\n  taskctl purge\n  taskctl purge --before 2018-01-01 --why \"délai légal passé\"\n  taskctl purge --older-than 30m\n\nCe qui attend, ce qui est retenu, incertain ou incomplet n'est jamais purgé, ni ce qui a moins de 400 jours.\nLes empreintes et les numéros restent : taskctl verify prouve toujours toute la chaîne.")]
    Purge(Purge),
    /// Prouve que rien n'a été changé : journal, états, fichiers gardés.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl verify\n  taskctl verify --head 8d1f0a…        la tête notée à la fin d'une trace est-elle bien dans la chaîne ?\n\nNe change rien ; la station peut tourner. Gardez la tête ailleurs (papier, mél) : elle seule prouve que la fin n'a pas été réécrite.\nCode de retour : 0 si tout est prouvé, 5 sinon.")]
    Verify(Proof),
    /// Écrit la trace légale : une ligne ou un élément par fichier envoyé ou reçu, avec ses empreintes.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl export --format csv -o trace-2026.csv --from 2026-01-01 --to 2026-12-31\n  taskctl export --format xml -o trace.xml\n  taskctl export --format json | head -1\n\nLa dernière ligne porte la tête du journal : gardée ailleurs, elle prouve plus tard que rien n'a été réécrit.\nUn fichier n'apparaît que complet ; il n'écrase jamais rien.")]
    Export(Export),
    /// Compresse, et coupe un fichier en segments de moins de 2 Mo ; n'a besoin d'aucune configuration.
    #[command(subcommand, help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", after_help = "Exemples :\n  taskctl lzw split mandats.xml                    écrit mandats.xml.000001.seg, mandats.xml.000002.seg…\n  taskctl lzw join mandats.xml.*.seg -o mandats.xml\n\nChaque commande a son aide : taskctl lzw split --help")]
    Lzw(Lzw),
    /// Montre tout le travail sur des partenaires simulés, sur cette machine, sans rien installer.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl demo\n  taskctl demo --input mes_fichiers\n  taskctl demo --faults     avec pannes, refus et coupures")]
    Demo(Demo),
    /// Affiche le script qui complète les commandes de taskctl dans un interpréteur (bash, zsh, fish, powershell, elvish).
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl completions bash > /etc/bash_completion.d/taskctl\n  taskctl completions zsh > /usr/local/share/zsh/site-functions/_taskctl")]
    Completions(Completions),
    /// Affiche la page de manuel, ou les écrit toutes dans un dossier.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl man | man -l -\n  taskctl man -o /usr/local/share/man/man1")]
    Man(Man),
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Demande un mot de passe et le range dans un fichier que seul ce compte peut lire.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl secret set VILLE.xfb\n  echo \"$MDP\" | taskctl secret set VILLE.xfb\n\nLe nom est PROFIL.CANAL, comme dans la configuration.")]
    Set {
        /// PROFIL.CANAL, par exemple VILLE.xfb.
        #[arg(value_name = "NOM")]
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
        for command in
            ["release", "cancel", "resend", "returns dismiss", "returns unlink", "returns link --to 01j8zv3k7m2p9"]
        {
            let line = |reason| format!("taskctl {command} 01j8zv3k7m2p9{reason}");
            assert!(parse(&line(" --why x")).is_ok() && parse(&line("")).is_err(), "{command}");
        }
        assert!(parse("taskctl returns --all").is_ok() && parse("taskctl returns").is_ok());
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

    /// Every command and what is under it, each as it is typed.
    fn all(command: &mut clap::Command, path: &str) -> Vec<(String, String, Option<String>)> {
        let after = command.get_after_help().map(ToString::to_string);
        let mut found = vec![(path.to_owned(), command.render_help().to_string(), after)];
        for command in command.get_subcommands_mut() {
            let path = format!("{path} {}", command.get_name());
            found.extend(all(command, &path));
        }
        found
    }

    fn whole() -> Vec<(String, String, Option<String>)> {
        let mut command = Cli::command().term_width(110);
        command.build();
        all(&mut command, "taskctl")
    }

    #[test]
    fn the_help_of_every_command_teaches() {
        let help: String = whole().iter().map(|(path, help, _)| format!("\n===== {path} --help\n{help}")).collect();
        insta::assert_snapshot!(help);
    }

    #[test]
    fn every_command_shows_an_example_of_itself() {
        for (path, _, after) in whole() {
            let after = after.unwrap_or_default();
            assert!(after.lines().any(|line| line.contains(&path) && line.starts_with("  ")), "{path}: {after}");
        }
    }

    /// The examples are lines that the program understands.
    #[test]
    fn every_example_can_be_typed() {
        for line in whole().iter().flat_map(|(_, _, after)| after.iter().flat_map(|after| after.lines())) {
            let Some(at) = line.find("taskctl ").filter(|_| line.starts_with("  ")) else { continue };
            let typed = line[at..].split(['|', '>']).next().unwrap_or_default();
            let typed = typed.split("   ").next().unwrap_or_default();
            let words = typed.replace(" \"", " '").replace('"', "'");
            let mut arguments: Vec<String> = Vec::new();
            for (index, part) in words.split('\'').enumerate() {
                match index % 2 {
                    0 => arguments.extend(part.split_whitespace().map(str::to_owned)),
                    _ => arguments.push(part.to_owned()),
                }
            }
            let parsed = Cli::try_parse_from(&arguments);
            assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|error| error.to_string()).unwrap_or_default());
        }
    }
}
