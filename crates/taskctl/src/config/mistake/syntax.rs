//! Files that cannot be read, and TOML itself.

use std::path::Path;

use super::{Mistake, error};
use crate::catalogue::Words;
use crate::catalogue::system::french;

pub(crate) fn toml_syntax(words: &Words) -> Mistake {
    error(
        "toml-syntax",
        Words::both(format!("Ligne illisible : {}.", words.fr), format!("Unreadable line: {}.", words.en)),
        Words::both(
            "Écrivez par exemple : clé = \"texte\", clé = 12, clé = true ; un commentaire commence par #.",
            "Write for example: key = \"text\", key = 12, key = true; a comment begins with #.",
        ),
    )
}

pub(crate) fn duplicate_key() -> Mistake {
    error(
        "duplicate-key",
        Words::both(
            "Cette clé ou cette section est déjà donnée plus haut dans le fichier.",
            "This key or this section is already given higher in the file.",
        ),
        Words::both(
            "Gardez-en une seule, ou donnez un autre nom à celle-ci.",
            "Keep only one of them, or give this one another name.",
        ),
    )
}

pub(crate) fn backslash_in_quotes() -> Mistake {
    error(
        "backslash-in-quotes",
        Words::both(
            "Entre guillemets, la barre « \\ » a un sens spécial.",
            "Between quotation marks, the backslash “\\” has a special meaning.",
        ),
        Words::both(
            "Écrivez les chemins entre apostrophes : 'c:\\transfert\\mand\\*'",
            "Write paths between apostrophes: 'c:\\transfert\\mand\\*'",
        ),
    )
}

pub(crate) fn unreadable(path: &Path, why: &str) -> Mistake {
    error(
        "file-unreadable",
        Words::both(
            format!("Le fichier {} ne peut pas être lu : {}.", path.display(), french(&why)),
            format!("The file {} cannot be read: {why}.", path.display()),
        ),
        Words::both(
            "Vérifiez qu'il existe et que le compte de taskctl a le droit de le lire.",
            "Check that it exists and that taskctl's account may read it.",
        ),
    )
}

pub(crate) fn not_utf8(path: &Path, line: usize) -> Mistake {
    error(
        "file-not-utf8",
        Words::both(
            format!("Le fichier {} n'est pas en UTF-8 (ligne {line}).", path.display()),
            format!("The file {} is not in UTF-8 (line {line}).", path.display()),
        ),
        Words::both(
            "Ouvrez-le dans votre éditeur et choisissez « Enregistrer sous… », codage UTF-8.",
            "Open it in your editor and choose “Save as…”, encoding UTF-8.",
        ),
    )
}
