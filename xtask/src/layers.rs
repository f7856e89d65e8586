//! The only dependencies allowed between our crates (docs/ARCHITECTURE.md).

use std::collections::BTreeSet;

use crate::{
    paths,
    step::Notes,
    workspace::{self, Kind, Package},
};

/// A crate and those of ours it may use. A crate missing here is refused: whoever adds one decides on its layer.
const ALLOWED: &[(&str, &[&str])] = &[
    ("scheduler-core", &[]),
    ("xfb-gateway", &[]),
    ("pecoto-smtp", &[]),
    ("lzw-segmenter", &[]),
    ("partner-sim", &[]),
    ("partners", &["scheduler-core", "xfb-gateway", "pecoto-smtp"]),
    ("taskctl", &["lzw-segmenter", "partners", "scheduler-core", "partner-sim"]),
    (
        "conformance",
        &["lzw-segmenter", "scheduler-core", "xfb-gateway", "pecoto-smtp", "partner-sim", "partners", "taskctl"],
    ),
    ("taskctl-examples", &["scheduler-core", "xfb-gateway", "pecoto-smtp", "partner-sim", "partners"]),
    ("xtask", &[]),
];

/// # Errors
///
/// The dependencies that are not allowed.
pub(crate) fn check(_: &mut Notes) -> Result<(), String> {
    let packages = workspace::packages(&paths::root().join("Cargo.toml"))?;
    for (from, to) in edges(&packages, Kind::Dev) {
        println!("  for tests only: {from} → {to}");
    }
    let faults = faults(&packages);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn faults(packages: &[Package]) -> Vec<String> {
    let unknown = packages
        .iter()
        .filter(|package| allowed(&package.name).is_none())
        .map(|package| format!("{} has no layer: add it to xtask/src/layers.rs", package.name));
    let normal = edges(packages, Kind::Normal);
    let forbidden = normal
        .iter()
        .filter(|(from, to)| allowed(from).is_some_and(|allowed| !allowed.contains(to)))
        .map(|(from, to)| format!("{from} must not depend on {to}"));
    let circular = edges(packages, Kind::Dev)
        .into_iter()
        .filter(|(from, to)| from != to && reaches(&normal, to, from))
        .map(|(from, to)| format!("the tests of {from} use {to}, which uses {from}: two copies of its types"));
    let shared = edges(packages, Kind::Dev)
        .into_iter()
        .filter(|(from, _)| *from == "partner-sim")
        .map(|(_, to)| format!("partner-sim shares no code with its subjects, not even for tests: {to}"));
    unknown.chain(forbidden).chain(circular).chain(shared).collect()
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    ALLOWED.iter().find(|(from, _)| *from == name).map(|(_, to)| *to)
}

fn edges(packages: &[Package], kind: Kind) -> BTreeSet<(&str, &str)> {
    packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)))
        .filter(|(_, dependency)| dependency.kind == kind)
        .map(|(package, dependency)| (package.name.as_str(), dependency.name.as_str()))
        .collect()
}

fn reaches(edges: &BTreeSet<(&str, &str)>, from: &str, to: &str) -> bool {
    from == to || edges.iter().any(|(start, next)| *start == from && reaches(edges, next, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, normal: &[&str], dev: &[&str]) -> Package {
        let edge = |kind| move |name: &&str| Dependency { name: (*name).to_owned(), kind };
        let dependencies = normal.iter().map(edge(Kind::Normal)).chain(dev.iter().map(edge(Kind::Dev)));
        Package::bare(name, dependencies.collect())
    }

    #[test]
    fn the_allowed_edges_pass() {
        let packages = [
            package("partners", &["scheduler-core", "xfb-gateway"], &["partner-sim"]),
            package("xfb-gateway", &[], &["partner-sim"]),
        ];
        assert_eq!(faults(&packages), [""; 0]);
    }

    #[test]
    fn a_protocol_crate_that_sees_the_scheduler_is_refused() {
        assert_eq!(
            faults(&[package("xfb-gateway", &["scheduler-core"], &[])]),
            ["xfb-gateway must not depend on scheduler-core"]
        );
    }

    #[test]
    fn a_crate_without_a_layer_is_refused() {
        assert_eq!(faults(&[package("utils", &[], &[])]).len(), 1);
    }

    #[test]
    fn tests_may_not_close_a_circle() {
        let packages = [package("scheduler-core", &[], &["partners"]), package("partners", &["scheduler-core"], &[])];
        assert_eq!(faults(&packages).len(), 1);
    }

    #[test]
    fn a_crate_may_name_itself_to_turn_on_its_features_for_tests() {
        assert_eq!(faults(&[package("scheduler-core", &[], &["scheduler-core"])]), [""; 0]);
    }

    #[test]
    fn the_simulators_use_nothing_of_ours_even_for_tests() {
        assert_eq!(faults(&[package("partner-sim", &[], &["xfb-gateway"])]).len(), 1);
    }
}
