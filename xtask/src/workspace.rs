//! What `cargo metadata` says of our crates.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::Command;

/// One crate of a workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Where its manifest lies.
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

/// An edge to another crate of the repository.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Dev,
}

#[derive(Debug)]
struct Target {
    name: String,
    kind: String,
}

impl Package {
    /// The names of its targets of one kind (`bin`, `example`, `lib`…).
    pub(crate) fn targets(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.targets.iter().filter(move |target| target.kind == kind).map(|target| target.name.as_str())
    }

    /// A crate without targets, for the tests of the rules on dependencies.
    #[cfg(test)]
    pub(crate) fn bare(name: &str, dependencies: Vec<Dependency>) -> Self {
        Self { name: name.to_owned(), folder: PathBuf::new(), dependencies, targets: Vec::new() }
    }

    fn read(json: &Value) -> Option<Self> {
        let dependencies = json["dependencies"].as_array()?;
        Some(Self {
            name: json["name"].as_str()?.to_owned(),
            folder: Path::new(json["manifest_path"].as_str()?).parent()?.to_owned(),
            dependencies: dependencies.iter().filter_map(Dependency::read).collect(),
            targets: json["targets"].as_array()?.iter().filter_map(Target::read).collect(),
        })
    }
}

impl Dependency {
    /// Only those given by a path are ours.
    fn read(json: &Value) -> Option<Self> {
        json["path"].as_str()?;
        let kind = if json["kind"] == "dev" { Kind::Dev } else { Kind::Normal };
        Some(Self { name: json["name"].as_str()?.to_owned(), kind })
    }
}

impl Target {
    fn read(json: &Value) -> Option<Self> {
        Some(Self { name: json["name"].as_str()?.to_owned(), kind: json["kind"][0].as_str()?.to_owned() })
    }
}

/// The crates of the workspace of this manifest, without those from elsewhere.
///
/// # Errors
///
/// The words of cargo, when it cannot read the manifest.
pub(crate) fn packages(manifest: &Path) -> Result<Vec<Package>, String> {
    let text =
        Command::cargo(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest).answer()?;
    let json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let packages = json["packages"].as_array().ok_or("cargo metadata names no packages")?;
    Ok(packages.iter().filter_map(Package::read).collect())
}
