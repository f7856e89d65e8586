//! Files beside the configuration that profiles name: authorities, certificates, keys.

use std::path::PathBuf;

use scheduler_core::partner::{Channel, FieldKind};

use crate::config::{Loaded, SecretSource};

/// A file or folder that a profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// `VILLE.xfb.ca`.
    pub(super) field: String,
    pub(super) path: PathBuf,
    /// Whether it is a private key.
    pub(super) private: bool,
}

/// What profiles name, whether or not it exists.
pub(super) fn files(loaded: &Loaded, channels: &[&dyn Channel]) -> Vec<Named> {
    let mut files = Vec::new();
    for profile in &loaded.profiles {
        let fields = channels.iter().filter(|channel| channel.kind() == profile.channel);
        for field in fields.flat_map(|channel| channel.profile_fields()).filter(|field| field.kind == FieldKind::Path) {
            if let Some(path) = profile.fields.path(field.name) {
                let path = path.components().collect();
                let private = field.name.ends_with("key");
                files.push(Named { field: format!("{}.{}", profile.lane, field.name), path, private });
            }
        }
    }
    files
}

/// What the configuration names and this machine does not have, with what to do: a line each.
pub(super) fn missing(loaded: &Loaded, channels: &[&dyn Channel], config: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for request in &loaded.secrets {
        if let SecretSource::File(path) = &request.source
            && request.required
            && !path.exists()
        {
            let name = &request.name;
            lines.push(format!("le secret {name} : taskctl secret set {name} --config {config}"));
        }
    }
    for Named { field, path, .. } in files(loaded, channels).into_iter().filter(|named| !named.path.exists()) {
        let path = path.display();
        lines.push(format!("{path} (profiles.{field}) : copiez-le là, ou corrigez son chemin dans {config}"));
    }
    lines
}
