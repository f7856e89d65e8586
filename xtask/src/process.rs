//! Child processes: their output goes to a log, their last words to the terminal when they fail.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{self, Stdio},
    thread,
};

/// Lines of a failed command's output shown on the terminal; its log holds all.
const LAST_LINES: usize = 120;

/// A command to run at the repository's root.
#[derive(Debug)]
pub(crate) struct Command {
    words: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Command {
    pub(crate) fn new<T: Into<OsString>>(words: impl IntoIterator<Item = T>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), environment: Vec::new() }
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo<T: Into<OsString>>(words: impl IntoIterator<Item = T>) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Self::new([cargo]);
        command.words.extend(words.into_iter().map(Into::into));
        command
    }

    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name, value.as_ref().to_owned()));
        self
    }

    /// The command as somebody would type it.
    pub(crate) fn shown(&self) -> String {
        let words = self.words.iter().map(|word| word.to_string_lossy());
        words.collect::<Vec<_>>().join(" ")
    }

    fn prepared(&self) -> process::Command {
        let (program, arguments) = self.words.split_first().map_or((None, [].as_slice()), |(p, a)| (Some(p), a));
        let mut command = process::Command::new(program.cloned().unwrap_or_default());
        command.args(arguments).current_dir(crate::paths::root()).stdin(Stdio::null());
        // Cargo tells its children which package they are built for; that is xtask's, not theirs.
        command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Whether it can be started and succeeds, silently.
    pub(crate) fn succeeds(&self) -> bool {
        let status = self.prepared().stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Its standard output.
    ///
    /// # Errors
    ///
    /// Its standard error, when it fails.
    pub(crate) fn answer(&self) -> Result<String, String> {
        let output = self.prepared().output().map_err(|error| self.unstarted(&error))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("{}\n{}", self.shown(), String::from_utf8_lossy(&output.stderr)))
        }
    }

    /// Runs with the terminal's own output.
    pub(crate) fn shown_live(&self) -> process::ExitCode {
        println!("$ {}", self.shown());
        match self.prepared().status() {
            Ok(status) if status.success() => process::ExitCode::SUCCESS,
            Ok(_) => process::ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}", self.unstarted(&error));
                process::ExitCode::FAILURE
            }
        }
    }

    /// Runs with all output in `log` (appended), each line also given to `each`.
    ///
    /// # Errors
    ///
    /// The last lines of its output, when it fails.
    pub(crate) fn logged(&self, log: &Path, mut each: impl FnMut(&str)) -> Result<(), String> {
        let mut file = open_log(log).map_err(|error| format!("{}: {error}", log.display()))?;
        // One pipe for both outputs keeps their lines in order.
        let (reader, writer) = io::pipe().map_err(|error| error.to_string())?;
        let second = writer.try_clone().map_err(|error| error.to_string())?;
        let mut command = self.prepared();
        let child = command.stdout(writer).stderr(second).spawn();
        // The command holds the pipe's other end, and the end of the output is its closing.
        drop(command);
        let mut child = child.map_err(|error| self.unstarted(&error))?;
        let lines = copy_lines(reader, &mut file, &mut each);
        let status = child.wait().map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(());
        }
        let skipped = lines.len().saturating_sub(LAST_LINES);
        Err(format!("$ {}\n{}\n({status}; all of it: {})", self.shown(), lines[skipped..].join("\n"), log.display()))
    }

    fn unstarted(&self, error: &io::Error) -> String {
        format!("{} cannot be started: {error}", self.shown())
    }
}

fn open_log(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(log)
}

fn copy_lines(output: impl Read, log: &mut impl Write, each: &mut impl FnMut(&str)) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // A full disk must not hide what the command says.
        let _ = writeln!(log, "{line}");
        each(&line);
        lines.push(line);
    }
    lines
}

/// Runs `job` on every item, `width` at a time, and gives the answers in the items' order.
pub(crate) fn in_parallel<T: Sync, A: Send>(items: &[T], width: usize, job: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let mut answers = Vec::new();
    for group in items.chunks(width) {
        thread::scope(|scope| {
            let handles: Vec<_> = group.iter().map(|item| scope.spawn(|| job(item))).collect();
            answers.extend(handles.into_iter().filter_map(|handle| handle.join().ok()));
        });
    }
    answers
}
