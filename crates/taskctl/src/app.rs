//! Resolves the configuration and does what the command line asks.

use std::ffi::OsStr;
use std::future::Future;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use scheduler_core::audit::AuditError;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Verdict;
use scheduler_core::id::Id;
use scheduler_core::journal::Sought;
use scheduler_core::partner::Channel;
use scheduler_core::purge::{Purgeable, latest, purgeable};
use scheduler_core::request::Command as Request;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::act::{self, ActError};
use crate::catalogue::system::french;
use crate::catalogue::{Language, Words};
use crate::cli::{self, Backup, Cli, Command, Restore, Resume, ReturnAction, Returns, Secret};
use crate::command::backup::BackupError;
use crate::command::filters::FilterError;
use crate::command::{
    View, backup, check, export, history, import, init, log, lzw, outcome, purge, secret, shell, status, verify,
};
use crate::config::{self, LoadError, Loaded};
use crate::exit::Exit;
use crate::look::{self, Answer, LookError};
use crate::output::{self, Count, Style};
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
    let exit = dispatch(cli, channels);
    if exit == Exit::Done && output::is_lost() { Exit::Unfinished } else { exit }
}

fn dispatch(cli: &Cli, channels: &'static [&'static dyn Channel]) -> Exit {
    let app = App { cli, channels, style: Style::detect() };
    match &cli.command {
        Command::Init { dir } => app.init(dir),
        Command::Import(wish) => app.import(wish),
        Command::Check(wish) => app.check(wish.online),
        Command::Secret(Secret::Set { name }) => app.secret(name),
        Command::Log { day } => app.log(day.as_deref()),
        Command::Backup(wish) => app.backup(wish),
        Command::Restore(wish) => app.restore(wish),
        Command::Resume(wish) if wish.after_restore => app.resume_restored(wish),
        Command::Lzw(wish) => lzw::run(wish, cli.json),
        Command::Status => app.look(async |loaded, view| look::status(loaded, view).await),
        Command::History(wish) => app.look(async |loaded, view| look::history(loaded, wish, view).await),
        Command::Export(wish) => app.export(wish),
        Command::Returns(Returns { all, action: None }) => {
            app.look(async |loaded, view| look::returns(loaded, *all, view).await)
        }
        Command::Show { id } => app.look(async |loaded, view| look::show(loaded, id, view).await),
        Command::Explain(explain) => app.explain(&explain.what),
        Command::Purge(wish) => app.purge(wish),
        Command::Verify(wish) => app.verify(wish.head.as_deref()),
        Command::Run(run) if run.once => app.once(),
        Command::Run(_) => app.service(),
        #[cfg(feature = "rehearsal")]
        Command::Demo(wish) => app.demo(wish),
        Command::Completions(wish) => {
            output::print(&String::from_utf8_lossy(&shell::completions(wish.shell)));
            Exit::Done
        }
        Command::Man(wish) => man(wish.output.as_deref()),
        command => app.request(command),
    }
}

/// The request that a command stands for, if it is one.
fn request(command: &Command) -> Result<Option<Request>, String> {
    Ok(Some(match command {
        Command::Send { files, scenario } => Request::Send { files: absolute(files), scenario: scenario.clone() },
        Command::Retrieve { profile } => Request::Retrieve { profile: profile.clone() },
        Command::Pause(scope) => Request::Pause { scope: scope.name(), why: scope.why.clone() },
        Command::Resume(wish) if wish.after_restore => {
            let why = wish.scope.why.clone().unwrap_or_default();
            Request::ResumeAfterRestore { numbers: wish.numbers.iter().cloned().collect(), why }
        }
        Command::Resume(wish) => Request::Resume { scope: wish.scope.name(), why: wish.scope.why.clone() },
        Command::Resolve(resolve) => {
            let verdict = if resolve.deposited { Verdict::Deposited } else { Verdict::NotDeposited };
            Request::Resolve { id: id(&resolve.id)?, verdict, why: resolve.why.clone() }
        }
        Command::Resend(decision) => Request::Resend { id: id(&decision.id)?, why: decision.why.clone() },
        Command::Returns(Returns { action: Some(action), .. }) => about_return(action)?,
        Command::Release(decision) => Request::Release { id: id(&decision.id)?, why: decision.why.clone() },
        Command::Cancel(decision) => Request::Cancel { id: id(&decision.id)?, why: decision.why.clone() },
        _ => return Ok(None),
    }))
}

fn about_return(action: &ReturnAction) -> Result<Request, String> {
    Ok(match action {
        ReturnAction::Link(link) => Request::Link { id: id(&link.id)?, to: id(&link.to)?, why: link.why.clone() },
        ReturnAction::Unlink(decision) => Request::Unlink { id: id(&decision.id)?, why: decision.why.clone() },
        ReturnAction::Dismiss(decision) => Request::Dismiss { id: id(&decision.id)?, why: decision.why.clone() },
    })
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

    fn check(self, online: bool) -> Exit {
        let path = match config::find(self.cli.config.as_deref()) {
            Ok(path) => path,
            Err(error) => return refuse(&no_configuration(&error)),
        };
        let mut checked = check::check(&path, self.channels);
        if online && self.go_online(&mut checked).is_none() {
            return no_room(checked.language());
        }
        if self.cli.json {
            output::print_json(&checked.json());
        } else {
            output::print(&checked.render(self.style));
        }
        checked.exit()
    }

    /// A name server that never answers is not waited for at the end.
    fn go_online(self, checked: &mut check::Checked) -> Option<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok()?;
        let count = Count::new(self.style);
        let step = |done, total| count.show(done, total);
        runtime.block_on(checked.go_online(self.channels, check::Limits::default(), step));
        runtime.shutdown_background();
        count.clear();
        Some(())
    }

    fn secret(self, name: &str) -> Exit {
        let path = match config::find(self.cli.config.as_deref()) {
            Ok(path) => path,
            Err(error) => return refuse(&no_configuration(&error)),
        };
        let (configuration, _) = config::understand(&path, self.channels);
        let language = configuration.language;
        let store = || -> Result<PathBuf, secret::SecretError> {
            let file = secret::file_of(name, &configuration)?;
            secret::store(&file, secret::ask(name, language)?.expose_secret())?;
            Ok(file)
        };
        match store() {
            Ok(file) => {
                output::print(&language.pick(
                    format!("Secret {name} enregistré dans {}.\n", file.display()),
                    format!("Secret {name} stored in {}.\n", file.display()),
                ));
                Exit::Done
            }
            Err(error) => refuse(&error.in_words(language)),
        }
    }

    fn log(self, day: Option<&str>) -> Exit {
        self.with_configuration(|loaded| match log::read(&loaded.settings.trace_dir, day) {
            Ok(text) => {
                output::print(&text);
                Exit::Done
            }
            Err(error) => refuse(&error.in_words(loaded.language)),
        })
    }

    fn look(self, look: impl AsyncFn(&Loaded, View<'_>) -> Result<Answer, LookError>) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            match block_on(look(loaded, view)) {
                None => no_room(loaded.language),
                Some(Ok(answer)) => self.answer(&answer.text, &answer.json, answer.exit),
                Some(Err(LookError::Unknown(id))) => refuse(&unknown_id(&id, loaded.language)),
                Some(Err(LookError::Filter(error))) => refuse(&error.in_words(loaded.language)),
                Some(Err(LookError::Journal(error))) => self.fail(&ActError::Journal(error), loaded),
            }
        })
    }

    fn explain(self, what: &OsStr) -> Exit {
        self.look(async |loaded, view| look::explain(loaded, self.channels, what, view).await)
    }

    fn verify(self, head: Option<&str>) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            let sought = head.map(Sought::new);
            if let (Some(head), Some(None)) = (head, &sought) {
                return refuse(&FilterError::malformed("filter-bad-head", head).in_words(view.language));
            }
            match block_on(verify::verify(&loaded.settings.data_dir, sought.flatten().as_ref(), view)) {
                None => no_room(loaded.language),
                Some(Ok(answer)) => self.answer(&answer.text, &answer.json, answer.exit),
                Some(Err(AuditError::Journal(error))) => self.fail(&ActError::Journal(error), loaded),
                Some(Err(AuditError::Folder { error, .. })) => self.fail(&ActError::Spool(error), loaded),
            }
        })
    }

    fn purge(self, wish: &cli::Purge) -> Exit {
        self.with_configuration(|loaded| {
            let (view, now) = (self.view(loaded), Clock::system().now());
            let before = match purge::before(wish, now, view.zone) {
                Ok(before) => before,
                Err(error) => return refuse(&error.in_words(view.language)),
            };
            match block_on(self.purge_before(wish, before, loaded)) {
                None => no_room(loaded.language),
                Some(Ok(answer)) => self.answer(&answer.text, &answer.json, answer.exit),
                Some(Err(error)) => self.fail(&error, loaded),
            }
        })
    }

    async fn purge_before(self, wish: &cli::Purge, before: Timestamp, loaded: &Loaded) -> Result<Answer, ActError> {
        let view = self.view(loaded);
        let setup = crate::setup::setup(loaded, self.channels).map_err(ActError::Fields)?;
        let latest = latest(&setup, Clock::system().now());
        if before > latest {
            let text = format!("{}\n", purge::too_young(latest, view));
            return Ok(Answer {
                text,
                json: json!({ "refused": "purge-too-young", "latest": latest }),
                exit: Exit::Usage,
            });
        }
        let what = match look::journal(&loaded.settings.data_dir).await? {
            Some(reader) => purgeable(&reader, &setup, before).await?,
            None => Purgeable::default(),
        };
        if !wish.dry_run && what != Purgeable::default() {
            let request = Request::Purge { before, why: wish.why.clone() };
            let outcome = act::act(request, loaded, self.channels, self.style).await?;
            if outcome.exit_of_decision() != Exit::Done {
                let exit = outcome.exit_of_decision();
                return Ok(Answer { text: outcome.render(view), json: outcome.json(), exit });
            }
        }
        let text = purge::render(&what, before, wish.dry_run, view);
        Ok(Answer { text, json: purge::json(&what, before, wish.dry_run), exit: Exit::Done })
    }

    fn export(self, wish: &cli::Export) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            let exported = block_on(async {
                let reader = look::journal(&loaded.settings.data_dir).await?;
                export::export(wish, loaded, reader, view).await
            });
            match exported {
                None => no_room(loaded.language),
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
            None => no_room(loaded.language),
            Some(Ok(exit)) => exit,
            Some(Err(error)) => self.fail(&error, loaded),
        })
    }

    fn once(self) -> Exit {
        self.with_configuration(|loaded| match block_on(run::once(loaded, self.channels, self.style)) {
            None => no_room(loaded.language),
            Some(Ok(ran)) => {
                let view = self.view(loaded);
                let text = status::restored(&ran.small, view)
                    + &history::render(&ran.consignments, &ran.returns, view)
                    + &outcome::advice(&ran.consignments, view)
                    + &status::problems(&ran.problems, view)
                    + &status::obstacles(&ran.small, Clock::system().now(), view)
                    + &status::undecided(ran.undecided, view);
                let mut json = history::json(&ran.consignments, &ran.returns);
                json["undecided"] = json!(ran.undecided);
                json["problems"] = serde_json::json!(ran.problems);
                json["restored"] = serde_json::json!(ran.small.restored);
                self.answer(&text, &json, ran.exit)
            }
            Some(Err(error)) => self.fail(&error, loaded),
        })
    }

    #[cfg(feature = "rehearsal")]
    fn demo(self, wish: &cli::Demo) -> Exit {
        match block_on(crate::demo::play(wish, self.channels, self.style)) {
            None => no_room(Language::Fr),
            Some(Ok(exit)) => exit,
            Some(Err(crate::demo::DemoError::Configuration(LoadError::Invalid(report)))) => {
                refuse(&report.render(self.style.colours))
            }
            Some(Err(error)) => refuse(&error.in_words()),
        }
    }

    fn request(self, command: &Command) -> Exit {
        self.with_configuration(|loaded| {
            let language = loaded.language;
            let request = match request(command) {
                Ok(Some(request)) => request,
                Ok(None) => {
                    return refuse(language.pick(
                        "Cette commande n'est pas disponible dans cette version.",
                        "This command is not available in this version.",
                    ));
                }
                Err(id) => return refuse(&unknown_id(&id, language)),
            };
            if let Err(words) = preflight(&request, loaded) {
                return refuse(words.said(language));
            }
            let acted = block_on(async {
                if self.only_asks(loaded) {
                    act::delegate(request.clone(), loaded, self.style).await
                } else {
                    act::act(request.clone(), loaded, self.channels, self.style).await
                }
            });
            match acted {
                None => no_room(language),
                Some(Ok(outcome)) => {
                    let exit = if moves(command) { outcome.exit() } else { outcome.exit_of_decision() };
                    self.answer(&outcome.render(self.view(loaded)), &outcome.json(), exit)
                }
                Some(Err(error)) => self.fail(&error, loaded),
            }
        })
    }

    fn backup(self, wish: &Backup) -> Exit {
        self.with_configuration(|loaded| {
            let made = block_on(async {
                let made = backup::backup(wish, loaded, self.channels).await?;
                let note = Request::NoteBackup { backup: made.facts.clone() };
                let noted = act::act(note, loaded, self.channels, self.style).await;
                let noted = noted.is_ok_and(|outcome| outcome.exit_of_decision() == Exit::Done);
                Ok::<_, BackupError>((made, noted))
            });
            match made {
                None => no_room(loaded.language),
                Some(Ok((made, noted))) => {
                    let exit = if noted { Exit::Done } else { Exit::Unfinished };
                    self.answer(&made.render(noted, self.view(loaded)), &made.json(noted), exit)
                }
                Some(Err(error)) => {
                    output::complain(&error.in_words(loaded.language));
                    error.exit()
                }
            }
        })
    }

    fn restore(self, wish: &Restore) -> Exit {
        match block_on(backup::restore(wish, self.channels, act::operator().who())) {
            None => no_room(Language::Fr),
            Some(Ok(brought)) => self.answer(&brought.render(), &brought.json(), Exit::Done),
            Some(Err(error)) => {
                output::complain(&error.in_words(Language::Fr));
                error.exit()
            }
        }
    }

    /// Without every number, says which to ask for.
    fn resume_restored(self, wish: &Resume) -> Exit {
        self.with_configuration(|loaded| {
            let view = self.view(loaded);
            let unsaid = wish.numbers.is_empty() && wish.scope.why.is_none();
            match block_on(backup::unconfirmed(loaded, &wish.numbers)) {
                None => no_room(loaded.language),
                Some(Err(error)) => self.fail(&ActError::Journal(error), loaded),
                Some(Ok(left)) if left.restored.is_some() && (!left.registers.is_empty() || unsaid) => {
                    self.answer(&left.questions(view), &left.json(), Exit::Human)
                }
                Some(Ok(left)) => {
                    let exit = self.request(&self.cli.command);
                    if exit == Exit::Done && !self.cli.json {
                        output::print(&left.danger(view));
                    }
                    exit
                }
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
            error if matches!(error.code(), "journal-too-new" | "journal-too-old") => Exit::Usage,
            _ => Exit::Unfinished,
        }
    }

    /// Whether this account may not read the passwords of a station that runs: it leaves its request to the service, which has them.
    fn only_asks(self, loaded: &Loaded) -> bool {
        let closed = |request: &config::SecretRequest| match &request.source {
            config::SecretSource::File(path) => {
                std::fs::File::open(path).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
            }
            config::SecretSource::Env(_) => false,
        };
        loaded.secrets.iter().any(closed) && look::running(&loaded.settings.data_dir).is_some()
    }

    fn view(self, loaded: &Loaded) -> View<'_> {
        View { language: loaded.language, zone: &loaded.settings.timezone, style: self.style }
    }

    fn with_configuration(self, act: impl FnOnce(&Loaded) -> Exit) -> Exit {
        let reads = matches!(
            self.cli.command,
            Command::Status
                | Command::History(_)
                | Command::Show { .. }
                | Command::Log { .. }
                | Command::Verify(_)
                | Command::Export(_)
        ) || matches!(&self.cli.command, Command::Returns(returns) if returns.action.is_none());
        let load = match self.cli.command {
            Command::Explain(_) => config::load_if_allowed,
            _ if reads => config::load_to_read,
            _ => config::load,
        };
        let loaded = config::find(self.cli.config.as_deref()).and_then(|path| {
            load(&path, self.channels).or_else(|error| {
                let reading = config::load_to_read(&path, self.channels).ok();
                let asks = matches!(request(&self.cli.command), Ok(Some(_)));
                reading.filter(|loaded| asks && self.only_asks(loaded)).ok_or(error)
            })
        });
        match loaded {
            Ok(loaded) => act(&loaded),
            Err(LoadError::Invalid(report)) => {
                let (errors, told) = (report.errors(), report.render(self.style.colours));
                refuse(&report.language().pick(
                    format!("{told}{errors} erreur(s) dans la configuration."),
                    format!("{told}{errors} error(s) in the configuration."),
                ))
            }
            Err(error) => refuse(&no_configuration(&error)),
        }
    }
}

/// What can be told wrong of a request before the station is troubled.
fn preflight(request: &Request, loaded: &Loaded) -> Result<(), Words> {
    let scenarios = || loaded.scenarios.iter().map(|scenario| scenario.name.as_str());
    let profiles = || loaded.profiles.iter().map(|profile| profile.lane.profile());
    let (scenario, profile) = (("scénario", "scenario"), ("profil", "profile"));
    match request {
        Request::Send { files, scenario: name } => {
            known(scenario, name, scenarios())?;
            match files.iter().find(|file| file.to_str().is_none() || !file.is_file()) {
                Some(file) if file.to_str().is_none() => Err(Words::both(
                    format!(
                        "Le nom de {} n'est pas lisible (codage inconnu). Renommez-le. Rien n'a été envoyé.",
                        file.display()
                    ),
                    format!(
                        "The name of {} cannot be read (unknown encoding). Rename it. Nothing was sent.",
                        file.display()
                    ),
                )),
                Some(file) => Err(Words::both(
                    format!("{} n'existe pas, ou n'est pas un fichier. Rien n'a été envoyé.", file.display()),
                    format!("{} does not exist, or is not a file. Nothing was sent.", file.display()),
                )),
                None => Ok(()),
            }
        }
        Request::Retrieve { profile: Some(name) } => known(profile, name, profiles()),
        Request::Pause { scope, .. } | Request::Resume { scope, .. } => match scope.split_once(':') {
            Some(("scenario", name)) => known(scenario, name, scenarios()),
            Some((_, name)) => known(profile, name, profiles()),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// `what` is what has this name, in French and in English.
fn known<'a>(what: (&str, &str), name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Words> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let perhaps = config::closest(name, names.clone()).map_or_else(
        || Words::same(""),
        |near| Words::both(format!(" Vouliez-vous dire « {near} » ?"), format!(" Did you mean “{near}”?")),
    );
    let mut all: Vec<&str> = names.collect();
    all.dedup();
    let ((fr, en), all) = (what, all.join(", "));
    Err(Words::both(
        format!("Le {fr} « {name} » n'existe pas.{}\nExistent : {all}", perhaps.fr),
        format!("The {en} “{name}” does not exist.{}\nThere are: {all}", perhaps.en),
    ))
}

fn man(folder: Option<&Path>) -> Exit {
    let Some(folder) = folder else {
        return match shell::page() {
            Ok(page) => {
                output::print(&page);
                Exit::Done
            }
            Err(error) => unwritten("Le manuel", &error),
        };
    };
    match shell::write_pages(folder) {
        Ok(written) => {
            output::print(&format!("{} pages de manuel dans {}.\n", written.len(), folder.display()));
            Exit::Done
        }
        Err((path, error)) => unwritten(&path.display().to_string(), &error),
    }
}

fn unwritten(what: &str, error: &std::io::Error) -> Exit {
    output::complain(&format!("{} ne peut pas être écrit : {}.", output::clean(what), french(error)));
    Exit::Unfinished
}

/// Runs a future to its end; `None` when the machine has no room for a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok()?;
    Some(runtime.block_on(future))
}

fn no_room(language: Language) -> Exit {
    output::complain(
        language.pick(
            "Le système n'a pas la place de lancer cette commande.",
            "The system has no room to run this command.",
        ),
    );
    Exit::Unfinished
}

fn refuse(words: &str) -> Exit {
    output::complain(words);
    Exit::Usage
}

fn unknown_id(id: &str, language: Language) -> String {
    let id = output::clean(id);
    language.pick(
        format!("Rien ne porte l'identifiant « {id} ». La liste : taskctl history"),
        format!("Nothing bears the identifier “{id}”. The list: taskctl history"),
    )
}

fn no_configuration(error: &LoadError) -> String {
    match error {
        LoadError::NotFound => "Pas de configuration : ni ./taskctl.toml ni /etc/taskctl/taskctl.toml n'existe.\nPour en écrire une : taskctl init     Pour en nommer une : taskctl --config FICHIER …".to_owned(),
        LoadError::Invalid(report) => report.render(false),
    }
}

#[cfg(test)]
mod tests;
