//! Resolves the configuration and does what the command line asks.

use std::future::Future;
use std::path::{Path, PathBuf};

use scheduler_core::consignment::Verdict;
use scheduler_core::id::Id;
use scheduler_core::partner::Channel;
use scheduler_core::request::Command as Request;
use secrecy::ExposeSecret as _;

use crate::act::{self, ActError};
use crate::cli::{self, Cli, Command, Secret};
use crate::command::{View, check, export, history, import, init, log, lzw, secret, status};
use crate::config::{self, LoadError, Loaded};
use crate::exit::Exit;
use crate::look::{self, Answer, LookError};
use crate::output::{self, Style};
use crate::run;

/// Everything a command may need.
#[derive(Clone, Copy)]
struct App<'a> {
    cli: &'a Cli,
    channels: &'static [&'static dyn Channel],
    style: Style,
}

/// Does what the command line asks.
#[must_use]
pub fn run(cli: &Cli, channels: &'static [&'static dyn Channel]) -> Exit {
    let app = App { cli, channels, style: Style::detect() };
    match &cli.command {
        Command::Init { dir } => app.init(dir),
        Command::Import(wish) => app.import(wish),
        Command::Check => app.check(),
        Command::Secret(Secret::Set { name }) => app.secret(name),
        Command::Log { day } => app.log(day.as_deref()),
        Command::Lzw(wish) => lzw::run(wish, cli.json),
        Command::Status => app.look(async |loaded, view| look::status(loaded, view).await),
        Command::History(wish) => app.look(async |loaded, view| look::history(loaded, wish, view).await),
        Command::Export(wish) => app.export(wish),
        Command::Show { id } => app.look(async |loaded, view| look::show(loaded, id, view).await),
        Command::Run(run) if run.once => app.once(),
        Command::Run(_) => app.service(),
        #[cfg(feature = "rehearsal")]
        Command::Demo(wish) => app.demo(wish),
        command => app.request(command),
    }
}

/// The request that a command stands for, if it is one.
fn request(command: &Command) -> Result<Option<Request>, String> {
    Ok(Some(match command {
        Command::Send { files, scenario } => Request::Send { files: absolute(files), scenario: scenario.clone() },
        Command::Retrieve { profile } => Request::Retrieve { profile: profile.clone() },
        Command::Pause(scope) => Request::Pause { scope: scope.name() },
        Command::Resume(scope) => Request::Resume { scope: scope.name() },
        Command::Resolve(resolve) => {
            let verdict = if resolve.deposited { Verdict::Deposited } else { Verdict::NotDeposited };
            Request::Resolve { id: id(&resolve.id)?, verdict, why: resolve.why.clone() }
        }
        Command::Release(decision) => Request::Release { id: id(&decision.id)?, why: decision.why.clone() },
        Command::Cancel(decision) => Request::Cancel { id: id(&decision.id)?, why: decision.why.clone() },
        _ => return Ok(None),
    }))
}

/// Whether a command is about moving files, so that what still waits counts.
fn moves(command: &Command) -> bool {
    matches!(command, Command::Send { .. } | Command::Retrieve { .. })
}

fn id(text: &str) -> Result<Id, String> {
    text.trim().parse().map_err(|_| text.to_owned())
}

fn absolute(files: &[PathBuf]) -> Vec<PathBuf> {
    files.iter().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone())).collect()
}

impl App<'_> {
    fn init(self, dir: &Path) -> Exit {
        match init::init(dir, self.channels) {
            Ok(path) => {
                output::print(&init::next_steps(&path, self.channels));
                Exit::Done
            }
            Err(error) => refuse(&error.in_words()),
        }
    }

    fn import(self, wish: &cli::Import) -> Exit {
        match import::import(wish, self.channels) {
            Ok(report) => self.answer(&report.render(), &report.json(), report.exit()),
            Err(error) => refuse(&error.in_words()),
        }
    }

    fn check(self) -> Exit {
        let path = match config::find(self.cli.config.as_deref()) {
            Ok(path) => path,
            Err(error) => return refuse(&no_configuration(&error)),
        };
        let checked = check::check(&path, self.channels);
        if self.cli.json {
            output::print_json(&checked.json());
        } else {
            output::print(&checked.render(self.style));
        }
        checked.exit()
    }

    fn secret(self, name: &str) -> Exit {
        let done =
            config::find(self.cli.config.as_deref()).map_err(|error| no_configuration(&error)).and_then(|path| {
                let store = || -> Result<PathBuf, secret::SecretError> {
                    let file = secret::file_of(name, &path, self.channels)?;
                    secret::store(&file, secret::ask(name)?.expose_secret())?;
                    Ok(file)
                };
                store().map_err(|error| error.in_words())
            });
        match done {
            Ok(file) => {
                output::print(&format!("Secret {name} enregistré dans {}.\n", file.display()));
                Exit::Done
            }
            Err(words) => refuse(&words),
        }
    }

    fn log(self, day: Option<&str>) -> Exit {
        self.with_configuration(|loaded| match log::read(&loaded.settings.trace_dir, day) {
            Ok(text) => {
                output::print(&text);
                Exit::Done
            }
            Err(error) => refuse(&error.in_words()),
        })
    }

    fn look(self, look: impl AsyncFn(&Loaded, View<'_>) -> Result<Answer, LookError>) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            match block_on(look(loaded, view)) {
                None => no_room(),
                Some(Ok(answer)) => self.answer(&answer.text, &answer.json, answer.exit),
                Some(Err(LookError::Unknown(id))) => refuse(&unknown_id(&id)),
                Some(Err(LookError::Filter(error))) => refuse(&error.in_words(loaded.language)),
                Some(Err(LookError::Journal(error))) => self.fail(&ActError::Journal(error), loaded),
            }
        })
    }

    fn export(self, wish: &cli::Export) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            let exported = block_on(async {
                let reader = look::journal(&loaded.settings.data_dir).await?;
                export::export(wish, loaded, reader, view).await
            });
            match exported {
                None => no_room(),
                Some(Ok(report)) if report.is_aside() => {
                    output::complain(&report.render(loaded.language));
                    Exit::Done
                }
                Some(Ok(report)) => self.answer(&report.render(loaded.language), &report.json(), Exit::Done),
                Some(Err(export::Failure::Journal(error))) => self.fail(&ActError::Journal(error), loaded),
                Some(Err(error @ export::Failure::Unwritable { .. })) => {
                    output::complain(&error.in_words(loaded.language));
                    Exit::Unfinished
                }
                Some(Err(error)) => refuse(&error.in_words(loaded.language)),
            }
        })
    }

    fn service(self) -> Exit {
        self.with_configuration(|loaded| match block_on(run::service(loaded, self.channels, self.style)) {
            None => no_room(),
            Some(Ok(exit)) => exit,
            Some(Err(error)) => self.fail(&error, loaded),
        })
    }

    fn once(self) -> Exit {
        self.with_configuration(|loaded| match block_on(run::once(loaded, self.channels, self.style)) {
            None => no_room(),
            Some(Ok(ran)) => {
                let view = self.view(loaded);
                let text = history::render(&ran.consignments, &ran.returns, view)
                    + &status::problems(&ran.problems, view)
                    + &status::obstacles(&ran.small, view);
                let mut json = history::json(&ran.consignments, &ran.returns);
                json["problems"] = serde_json::json!(ran.problems);
                self.answer(&text, &json, ran.exit)
            }
            Some(Err(error)) => self.fail(&error, loaded),
        })
    }

    #[cfg(feature = "rehearsal")]
    fn demo(self, wish: &cli::Demo) -> Exit {
        match block_on(crate::demo::play(wish, self.channels, self.style)) {
            None => no_room(),
            Some(Ok(exit)) => exit,
            Some(Err(crate::demo::DemoError::Configuration(LoadError::Invalid(report)))) => {
                refuse(&report.render(self.style.colours))
            }
            Some(Err(error)) => refuse(&format!("La démonstration ne peut pas être jouée : {error}.")),
        }
    }

    fn request(self, command: &Command) -> Exit {
        let request = match request(command) {
            Ok(Some(request)) => request,
            Ok(None) => return refuse("Cette commande n'est pas disponible dans cette version."),
            Err(id) => return refuse(&unknown_id(&id)),
        };
        self.with_configuration(|loaded| {
            if let Err(words) = preflight(&request, loaded) {
                return refuse(&words);
            }
            let acted = block_on(act::act(request.clone(), loaded, self.channels, self.style));
            match acted {
                None => no_room(),
                Some(Ok(outcome)) => {
                    let exit = if moves(command) { outcome.exit() } else { outcome.exit_of_decision() };
                    self.answer(&outcome.render(self.view(loaded)), &outcome.json(), exit)
                }
                Some(Err(error)) => self.fail(&error, loaded),
            }
        })
    }

    fn answer(self, text: &str, json: &serde_json::Value, exit: Exit) -> Exit {
        if self.cli.json {
            output::print_json(json);
        } else {
            output::print(text);
        }
        exit
    }

    fn fail(self, error: &ActError, loaded: &Loaded) -> Exit {
        output::complain(&act::in_words(error, loaded.language, &loaded.settings.timezone));
        match error {
            ActError::Interrupted => Exit::Interrupted,
            ActError::Fields(_) => Exit::Usage,
            error if error.code() == "station-locked" => Exit::Locked,
            error if error.code() == "journal-damaged" => Exit::Integrity,
            _ => Exit::Unfinished,
        }
    }

    fn view(self, loaded: &Loaded) -> View<'_> {
        View { language: loaded.language, zone: &loaded.settings.timezone, style: self.style }
    }

    fn with_configuration(self, act: impl FnOnce(&Loaded) -> Exit) -> Exit {
        let reads = matches!(
            self.cli.command,
            Command::Status | Command::History(_) | Command::Show { .. } | Command::Log { .. } | Command::Export(_)
        );
        let load = if reads { config::load_to_read } else { config::load };
        let loaded = config::find(self.cli.config.as_deref()).and_then(|path| load(&path, self.channels));
        match loaded {
            Ok(loaded) => act(&loaded),
            Err(LoadError::Invalid(report)) => {
                let errors = report.errors();
                refuse(&format!("{}{errors} erreur(s) dans la configuration.", report.render(self.style.colours)))
            }
            Err(error) => refuse(&no_configuration(&error)),
        }
    }
}

/// What can be told wrong of a request before the station is troubled.
fn preflight(request: &Request, loaded: &Loaded) -> Result<(), String> {
    let scenarios = || loaded.scenarios.iter().map(|scenario| scenario.name.as_str());
    let profiles = || loaded.profiles.iter().map(|profile| profile.lane.profile());
    match request {
        Request::Send { files, scenario } => {
            known("scénario", scenario, scenarios())?;
            match files.iter().find(|file| !file.is_file()) {
                Some(file) => {
                    Err(format!("{} n'existe pas, ou n'est pas un fichier. Rien n'a été envoyé.", file.display()))
                }
                None => Ok(()),
            }
        }
        Request::Retrieve { profile: Some(profile) } => known("profil", profile, profiles()),
        Request::Pause { scope } | Request::Resume { scope } => match scope.split_once(':') {
            Some(("scenario", name)) => known("scénario", name, scenarios()),
            Some((_, name)) => known("profil", name, profiles()),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn known<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), String> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let perhaps =
        config::closest(name, names.clone()).map(|near| format!(" Vouliez-vous dire « {near} » ?")).unwrap_or_default();
    let mut all: Vec<&str> = names.collect();
    all.dedup();
    Err(format!("Le {what} « {name} » n'existe pas.{perhaps}\nExistent : {}", all.join(", ")))
}

/// Runs a future to its end; `None` when the machine has no room for a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok()?;
    Some(runtime.block_on(future))
}

fn no_room() -> Exit {
    output::complain("Le système n'a pas la place de lancer cette commande.");
    Exit::Unfinished
}

fn refuse(words: &str) -> Exit {
    output::complain(words);
    Exit::Usage
}

fn unknown_id(id: &str) -> String {
    format!("Rien ne porte l'identifiant « {} ». La liste : taskctl history", output::clean(id))
}

fn no_configuration(error: &LoadError) -> String {
    match error {
        LoadError::NotFound => "Pas de configuration : ni ./taskctl.toml ni /etc/taskctl/taskctl.toml n'existe.\nPour en écrire une : taskctl init     Pour en nommer une : taskctl --config FICHIER …".to_owned(),
        LoadError::Invalid(report) => report.render(false),
    }
}

#[cfg(test)]
mod tests;
