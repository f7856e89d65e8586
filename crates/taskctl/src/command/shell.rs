//! `taskctl completions` and `taskctl man`: what the command line tells of itself, made from its definition and therefore never behind it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Cli;

/// Headings of manual pages, as `man` shows them in French; `NOM` is what `mandb` looks for.
const HEADINGS: [(&str, &str); 4] =
    [("NAME", "NOM"), ("SUBCOMMANDS", "COMMANDES"), ("EXTRA", "EXEMPLES"), ("VERSION", "VERSION")];

/// The script by which a shell completes our commands, options and their values.
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "taskctl", &mut script);
    script
}

/// The manual page of the program.
///
/// # Errors
///
/// When the page cannot be rendered.
pub fn page() -> io::Result<String> {
    render(whole())
}

/// Writes every manual page, `taskctl.1`, `taskctl-run.1`…, replacing those of an older version; makes the folder.
///
/// # Errors
///
/// The folder or the page that cannot be written.
pub fn write_pages(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    let mut written = Vec::new();
    for command in pages(whole()) {
        let path = folder.join(format!("{}.1", command.get_display_name().unwrap_or("taskctl")));
        render(command).and_then(|page| fs::write(&path, page)).map_err(|error| (path.clone(), error))?;
        written.push(path);
    }
    Ok(written)
}

fn whole() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// A command, and those under it.
fn pages(command: Command) -> Vec<Command> {
    let under: Vec<Command> = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    std::iter::once(command).chain(under.into_iter().flat_map(pages)).collect()
}

fn render(command: Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).manual("taskctl").render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    Ok(page.lines().map(|line| heading(line) + "\n").collect())
}

/// A line of a page, in French when it is one of clap's own headings.
fn heading(line: &str) -> String {
    let named = line.strip_prefix(".SH ").and_then(|name| HEADINGS.iter().find(|(english, _)| *english == name));
    named.map_or_else(|| line.to_owned(), |(_, french)| format!(".SH {french}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let script = String::from_utf8(completions(shell)).unwrap();
            for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }

    #[test]
    fn every_command_has_its_page() {
        let folder = tempfile::tempdir().unwrap();
        let written = write_pages(&folder.path().join("man1")).unwrap();
        let names: Vec<String> =
            written.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        for wanted in ["taskctl.1", "taskctl-run.1", "taskctl-secret-set.1", "taskctl-lzw-split.1"] {
            assert!(names.iter().any(|name| name == wanted), "{names:?}");
        }
        for path in &written {
            let page = fs::read_to_string(path).unwrap();
            assert!(page.contains(".SH NOM") && !page.contains(".SH EXTRA"), "{}", path.display());
        }
    }

    #[test]
    fn a_page_reads_well() {
        let run = pages(whole()).into_iter().find(|command| command.get_display_name() == Some("taskctl-run")).unwrap();
        insta::assert_snapshot!(render(run).unwrap());
    }
}
