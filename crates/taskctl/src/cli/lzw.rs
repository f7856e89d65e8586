//! `taskctl lzw …`: compression, and files in segments.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use lzw_segmenter::segment::DEFAULT_LIMIT;

use super::TEMPLATE;

/// What to do with compressed files and segments.
#[derive(Debug, Subcommand)]
pub enum Lzw {
    /// Compresse un fichier ; l'original reste.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl lzw compress mandats.xml                 écrit mandats.xml.Z, que lisent uncompress et gzip -d\n  taskctl lzw compress mandats.xml --level best    plus petit, plus lent\n  tar c dossier | taskctl lzw compress - -o dossier.tar.Z")]
    Compress(Compress),
    /// Rend un fichier compressé à sa forme d'origine ; le fichier compressé reste.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl lzw expand mandats.xml.Z                 écrit mandats.xml\n  taskctl lzw expand dossier.tar.Z -o - | tar x\n\nUn .Z n'a pas de marque de fin : coupé, il peut passer pour entier. Les segments (taskctl lzw split), eux, se vérifient.\nCode de retour : 5 si le fichier est abîmé ; rien n'est alors écrit.")]
    Expand(Expand),
    /// Coupe un fichier en segments compressés de moins de 2 Mo, chacun vérifiable seul.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl lzw split mandats.xml                    écrit mandats.xml.000001.seg, mandats.xml.000002.seg…\n  taskctl lzw split mandats.xml -o envoi/ --limit 500000\n  tar c dossier | taskctl lzw split - -o dossier.tar\n\nTriés par nom, les segments sont dans l'ordre. Ils n'apparaissent que tous ensemble, quand le fichier est coupé jusqu'au bout.")]
    Split(Split),
    /// Réunit des segments, dans n'importe quel ordre.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl lzw join mandats.xml.*.seg -o mandats.xml\n  taskctl lzw join recus/ -o mandats.xml           tous les .seg du dossier\n\nLes doublons ne gênent pas ; les segments abîmés, ceux d'un autre fichier et ceux qui manquent sont nommés.\nLe fichier n'apparaît que complet, son SHA-256 vérifié. Code de retour : 5 s'il ne peut pas l'être.")]
    Join(Join),
    /// Vérifie des segments, seuls et ensemble, ou des fichiers compressés, sans rien écrire.
    #[command(help_template = TEMPLATE, after_help = "Exemples :\n  taskctl lzw verify recus/\n  taskctl lzw verify mandats.xml.000003.seg mandats.xml.Z\n\nCode de retour : 0 si tout est sain et complet, 5 sinon.")]
    Verify(Verify),
}

/// What to compress, and how.
#[derive(Debug, Args)]
pub struct Compress {
    /// Le fichier ; « - » : l'entrée standard.
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Le fichier à écrire ; « - » : la sortie standard [défaut : FICHIER.Z, ou FICHIER.lzw].
    #[arg(short, long, value_name = "FICHIER")]
    pub output: Option<PathBuf>,
    /// z : le .Z de compress ; lzw12 : celui de GIF, 9 à 12 bits [défaut : z].
    #[arg(long, value_name = "CODEC", default_value = "z", hide_default_value = true, hide_possible_values = true)]
    pub codec: Stream,
    /// fast, default ou best : du plus rapide au plus petit (z seulement).
    #[arg(
        long,
        value_name = "NIVEAU",
        default_value = "default",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub level: Level,
    /// Combien de fils travaillent [défaut : un par cœur].
    #[arg(long, value_name = "NOMBRE")]
    pub threads: Option<NonZeroUsize>,
    /// Remplace le fichier à écrire s'il existe.
    #[arg(long)]
    pub force: bool,
}

/// What to expand.
#[derive(Debug, Args)]
pub struct Expand {
    /// Le fichier compressé ; « - » : l'entrée standard.
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Le fichier à écrire ; « - » : la sortie standard [défaut : FICHIER sans .Z ou .lzw].
    #[arg(short, long, value_name = "FICHIER")]
    pub output: Option<PathBuf>,
    /// z ou lzw12 [défaut : d'après les premiers octets].
    #[arg(long, value_name = "CODEC", hide_possible_values = true)]
    pub codec: Option<Stream>,
    /// Remplace le fichier à écrire s'il existe.
    #[arg(long)]
    pub force: bool,
}

/// What to split, and how.
#[derive(Debug, Args)]
pub struct Split {
    /// Le fichier ; « - » : l'entrée standard.
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Le nom sans numéro, ou un dossier [défaut : celui du fichier].
    #[arg(short, long, value_name = "NOM")]
    pub output: Option<PathBuf>,
    /// Octets d'un segment, au plus, de 1024 à 16777216 [défaut : 2000000].
    #[arg(long, value_name = "OCTETS", default_value_t = DEFAULT_LIMIT, hide_default_value = true)]
    pub limit: usize,
    /// lzw12 : compresse ce qui peut l'être ; stored : ne compresse rien [défaut : lzw12].
    #[arg(long, value_name = "CODEC", default_value = "lzw12", hide_default_value = true, hide_possible_values = true)]
    pub codec: Blocks,
    /// Longueur des enregistrements, en octets, pour qui reçoit ; 0 : aucune [défaut : 0].
    #[arg(long, value_name = "OCTETS", default_value_t = 0, hide_default_value = true)]
    pub record_length: u32,
    /// Combien de fils travaillent [défaut : un par cœur].
    #[arg(long, value_name = "NOMBRE")]
    pub threads: Option<NonZeroUsize>,
    /// Remplace les segments du même nom.
    #[arg(long)]
    pub force: bool,
}

/// What to join.
#[derive(Debug, Args)]
pub struct Join {
    /// Les segments, ou des dossiers qui en contiennent.
    #[arg(required = true, value_name = "SEGMENT")]
    pub files: Vec<PathBuf>,
    /// Le fichier à écrire ; « - » : la sortie standard.
    #[arg(short, long, value_name = "FICHIER")]
    pub output: PathBuf,
    /// Remplace le fichier à écrire s'il existe.
    #[arg(long)]
    pub force: bool,
}

/// What to verify.
#[derive(Debug, Args)]
pub struct Verify {
    /// Les segments, les fichiers compressés, ou des dossiers qui contiennent des segments.
    #[arg(required = true, value_name = "FICHIER")]
    pub files: Vec<PathBuf>,
}

/// How a whole file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stream {
    /// `.Z`.
    Z,
    /// GIF's.
    Lzw12,
}

/// How the blocks of segments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Blocks {
    /// Compressed where that helps.
    Lzw12,
    /// As they are.
    Stored,
}

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Fastest.
    Fast,
    /// In between.
    Default,
    /// Smallest.
    Best,
}
