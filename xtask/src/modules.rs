//! Imports between the rooms of a crate only go down: a circle of top-level modules is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{paths, sources, step::Notes, workspace};

type Graph = BTreeMap<String, BTreeSet<String>>;

/// # Errors
///
/// One circle for each crate that has any.
pub(crate) fn check(_: &mut Notes) -> Result<(), String> {
    let mut faults = Vec::new();
    for package in workspace::packages(&paths::root().join("Cargo.toml"))? {
        if let Some(circle) = circle(&graph(&package.folder.join("src"))?) {
            faults.push(format!("{}: {}", package.name, circle.join(" → ")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn graph(folder: &Path) -> Result<Graph, String> {
    let mut graph = Graph::new();
    for file in sources::below(folder)? {
        let parts = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let is_room =
            !matches!(parts[0].as_str(), "lib" | "main" | "bin") && parts.last().is_some_and(|last| last != "tests");
        if is_room {
            let text = sources::text(&file)?;
            let imports = imports(&text, parts.len() == 1);
            graph.entry(parts[0].clone()).or_default().extend(imports);
        }
    }
    let rooms: BTreeSet<String> = graph.keys().cloned().collect();
    for (room, imports) in &mut graph {
        imports.retain(|import| rooms.contains(import) && import != room);
    }
    Ok(graph)
}

/// The first names of every path below the crate's root, in code that is not for tests.
fn imports(text: &str, is_top: bool) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .flat_map(|line| [line, "\n"])
        .collect();
    let starts: &[&str] = if is_top { &["crate::", "super::"] } else { &["crate::"] };
    starts
        .iter()
        .flat_map(|start| code.split(start).skip(1))
        .flat_map(first_names)
        .filter(|name| !name.is_empty())
        .collect()
}

/// `a::b` gives `a`; `{a, b::{c, d}, e}` gives `a`, `b` and `e`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![leading_name(path)];
    };
    let mut names = Vec::new();
    let mut depth = 0u32;
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                names.push(leading_name(group[start..at].trim()));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn leading_name(path: &str) -> String {
    path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Takes away what leads nowhere until nothing is left, or only circles and what leads to them.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    let mut left = graph.clone();
    loop {
        let ends: BTreeSet<String> =
            left.iter().filter(|(_, imports)| imports.is_empty()).map(|(room, _)| room.clone()).collect();
        if ends.is_empty() {
            break;
        }
        left.retain(|room, _| !ends.contains(room));
        for imports in left.values_mut() {
            imports.retain(|import| !ends.contains(import));
        }
    }
    let mut walk = vec![left.keys().next()?.clone()];
    loop {
        let next = left.get(walk.last()?)?.iter().next()?.clone();
        if let Some(start) = walk.iter().position(|room| *room == next) {
            walk.push(next);
            return Some(walk.split_off(start));
        }
        walk.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph_of(edges: &[(&str, &[&str])]) -> Graph {
        edges
            .iter()
            .map(|(room, imports)| ((*room).to_owned(), imports.iter().map(|i| (*i).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn imports_are_read_in_every_form() {
        let text = "use crate::a::B;\nuse crate::{\n    c,\n    d::{E, f::{G}},\n    h::I,\n};\nfn x() { super::j::k() } // crate::no\n#[cfg(test)]\nuse crate::tested;";
        assert_eq!(imports(text, true).into_iter().collect::<Vec<_>>(), ["a", "c", "d", "h", "j"]);
        assert!(!imports("use super::j;", false).contains("j"));
    }

    #[test]
    fn a_circle_is_found_and_a_ladder_is_not() {
        assert_eq!(circle(&graph_of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), None);
        let found = circle(&graph_of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b", "d"]), ("d", &[])]));
        assert_eq!(found.unwrap(), ["b", "c", "b"]);
    }
}
