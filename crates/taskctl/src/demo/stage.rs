//! The stage of the demonstration: a folder, the simulated partners on loopback (Treasury, INSEE, bureau du service national), a configuration as an operator would write it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use partner_sim::{
    Aireppnet, Gateway, LedgerLine, MailServer, Portal, Running, RunningAireppnet, RunningMail, Server, read_ledger,
};
use tempfile::TempDir;

use super::DemoError;
use super::faults::Plans;
use super::files::{self, TOWNS, Town};

/// What the simulated batch needs between two files; the station waits a little longer.
const BATCH_DELAY: Duration = Duration::from_millis(200);

/// The scenarios of the source document, with their wildcard and application.
const SCENARIOS: [(&str, &str, &str); 4] = [
    ("MANDATS", "PESALR2_*_M*.xml", "GRCT450"),
    ("TITRES", "PESALR2_*_T*.xml", "GRCT450"),
    ("BUDGETS", "PESALR2_*_B*.xml", "GHEL450"),
    ("HOPAYRA", "*-HOPAYRA*", "GRMH100"),
];

/// The scenarios for INSEE: wildcard, type of file, what is demanded before sending.
const INSEE: [(&str, &str, &str, &str); 2] = [
    ("ETATCIVIL", "wecivil*", "etat-civil", "encoding = \"latin1\"\nrecord_length = 120\n"),
    ("ELECTIONS", "elections_*.xml", "elections-fr", "xml_namespace = \"http://xml.insee.fr/schema/electoral\"\n"),
];

/// Everything that the demonstration stands on. Once it is played, the folder stays: its traces are there to be read.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    pub(super) treasury: Running,
    pub(super) insee: RunningAireppnet,
    pub(super) bureau: RunningMail,
    /// Until there is something to read in it, the folder goes with the stage.
    unplayed: Option<TempDir>,
}

impl Stage {
    /// Sets the stage in a new folder of the system's temporary one.
    pub(super) async fn set(faults: Plans, own_files: bool) -> Result<Self, DemoError> {
        let set = tempfile::Builder::new().prefix("taskctl-demo-").tempdir()?;
        let folder = set.path().to_owned();
        fs::create_dir_all(folder.join("secrets"))?;
        let mut gateway = Gateway::builder(folder.join("tresorerie"))
            .portal(Portal::Form)
            .batch_delay(BATCH_DELAY)
            .keep_bytes(true)
            .mails_by_account(folder.join("mails"))
            .faults(faults.treasury);
        let mut insee =
            Aireppnet::builder(folder.join("insee")).pacing(BATCH_DELAY).keep_bytes(true).faults(faults.insee);
        let mut bureau = MailServer::new(folder.join("bureau")).keep_messages().faults(faults.bureau);
        for town in TOWNS {
            gateway = gateway.account(town.profile.to_lowercase(), password(&town));
            let secret = |kind| folder.join("secrets").join(format!("{}.{kind}", town.profile));
            write_secret(&secret("xfb"), &password(&town))?;
            if let Some(commune) = town.commune {
                insee = insee.account(commune, password(&town));
                bureau = bureau.account(town.profile.to_lowercase(), password(&town));
                write_secret(&secret("aireppnet"), &password(&town))?;
                write_secret(&secret("pecoto"), &password(&town))?;
            }
        }
        let insee = insee.start().await?;
        if let Some(ca) = insee.ca_pem() {
            fs::write(folder.join("insee.pem"), ca)?;
        }
        let treasury = gateway.start().await?;
        if let Some(ca) = treasury.ca_pem() {
            fs::write(folder.join("autorite.pem"), ca)?;
        }
        for town in TOWNS {
            for (name, bytes) in files::returns(&town) {
                treasury.offer(&town.profile.to_lowercase(), name, &bytes)?;
            }
        }
        let stage = Self { folder, treasury, insee, bureau: bureau.start().await?, unplayed: Some(set) };
        fs::write(stage.configuration(), stage.text(own_files))?;
        Ok(stage)
    }

    /// The partners, in the operator's words, and where they are.
    pub(super) fn partners(&self) -> String {
        format!(
            "Trésorerie simulée : {}\nINSEE simulé : {}\nBureau du service national simulé : smtp://{}\n",
            self.treasury.base_url(),
            Server::ALL.map(|server| self.insee.url(server)).join(" "),
            self.bureau.address()
        )
    }

    /// Stops the partners; tells how many faults they played.
    pub(super) async fn clear(self) -> u64 {
        let fired = self.treasury.faults_fired() + self.insee.faults_fired() + self.bureau.faults_fired();
        self.treasury.stop().await;
        self.insee.stop().await;
        self.bureau.stop().await;
        fired
    }

    /// From now on the folder stays.
    pub(super) fn keep(&mut self) {
        self.unplayed.take().map(TempDir::keep);
    }

    /// The configuration file.
    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("taskctl.toml")
    }

    /// The folder that a scenario of a profile watches.
    pub(super) fn inbox(&self, profile: &str, scenario: &str) -> PathBuf {
        self.folder.join("depot").join(profile.to_lowercase()).join(scenario.to_lowercase())
    }

    /// Puts a file in a watched folder as a careful writer would: under a hidden name first.
    pub(super) fn drop_file(&self, profile: &str, scenario: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let inbox = self.inbox(profile, scenario);
        fs::create_dir_all(&inbox)?;
        let hidden = inbox.join(format!(".{name}.part"));
        fs::write(&hidden, bytes)?;
        fs::rename(hidden, inbox.join(name))
    }

    /// What the partners really received, served and refused, each in its order; INSEE's lines under the account of their profile.
    pub(super) fn ledger(&self) -> Result<Vec<LedgerLine>, DemoError> {
        let mut lines = read_ledger(self.treasury.ledger_path())?;
        lines.extend(read_ledger(self.bureau.ledger_path())?);
        for mut line in read_ledger(self.insee.ledger_path())? {
            if let Some(town) = TOWNS.iter().find(|town| town.commune == Some(line.account.as_str())) {
                line.account = town.profile.to_lowercase();
            }
            lines.push(line);
        }
        Ok(lines)
    }

    fn text(&self, own_files: bool) -> String {
        let mut text = "# Écrit par « taskctl demo ». Le partenaire est simulé, sur cette machine.\n\n[station]\nname = \"Démonstration\"\nlanguage = \"fr\"\n\
             timezone = \"Europe/Paris\"\ndata_dir = \"donnees\"\nreturns_dir = \"recus\"\ntrace_dir = \"traces\"\nrescan = \"500ms\"\nquiet = \"1s\"\n\
             retry_first = \"500ms\"\nretry_max = \"2s\"\n"
            .to_owned();
        for town in TOWNS {
            self.profile(&mut text, &town);
            if own_files && town.profile == TOWNS[0].profile {
                scenario(&mut text, &town, "FICHIERS", "*", "GHELPES2", true);
            } else {
                for (name, pattern, application) in SCENARIOS {
                    scenario(&mut text, &town, name, pattern, application, false);
                }
                self.insee(&mut text, &town);
                self.bureau(&mut text, &town);
            }
        }
        text
    }

    /// INSEE's servers in a commune's profile, and its scenarios.
    fn insee(&self, text: &mut String, town: &Town) {
        let (Some(commune), profile) = (town.commune, town.profile) else { return };
        let _ = write!(
            text,
            "\n[profiles.{profile}.aireppnet]\ncommune = \"{commune}\"\npassword = {{ file = \"secrets/{profile}.aireppnet\" }}\n\
             etat_civil_url = \"{}\"\nelections_fr_url = \"{}\"\nelections_ue_url = \"{}\"\nca = \"insee.pem\"\ndelay_up = \"300ms\"\n\
             timeout_answer = \"3s\"\ntimeout_stall = \"2s\"\ncontact = {{ name = \"INSEE, direction régionale\", address = \"04 67 15 70 00\" }}\n",
            self.insee.url(Server::EtatCivil),
            self.insee.url(Server::ElectionsFr),
            self.insee.url(Server::ElectionsUe)
        );
        for (name, pattern, file_type, demanded) in INSEE {
            let folder = format!("{}/{}", profile.to_lowercase(), name.to_lowercase());
            let _ = write!(
                text,
                "\n[scenarios.{profile}-{name}]\nchannel = \"aireppnet\"\nprofile = \"{profile}\"\nwatch = 'depot/{folder}/{pattern}'\n\
                 file_type = \"{file_type}\"\n{demanded}backup = \"sauvegarde/{folder}\"\nif_exists = \"increment\"\n"
            );
        }
    }

    /// The census of a commune, by mail.
    fn bureau(&self, text: &mut String, town: &Town) {
        let (profile, account) = (town.profile, town.profile.to_lowercase());
        if town.commune.is_none() {
            return;
        }
        let _ = write!(
            text,
            "\n[profiles.{profile}.pecoto]\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"recensement@saint-eloi.invalid\"\nuser = \"{account}\"\n\
             password = {{ file = \"secrets/{profile}.pecoto\" }}\nca = \"bureau/ca.pem\"\nmailbox = \"bureau/mails/{account}\"\ntimeout_answer = \"3s\"\n\
             contact = {{ name = \"M. Petit, bureau du service national\", address = \"04 67 00 00 01\" }}\n\n\
             [scenarios.{profile}-RECENSEMENT]\nchannel = \"pecoto\"\nprofile = \"{profile}\"\nwatch = 'depot/{account}/recensement/*'\n\
             destination = \"bsn@pecoto.invalid\"\nsubject = \"Recensement - Ville de Saint-Éloi\"\nbackup = \"sauvegarde/{account}/recensement\"\n",
            port = self.bureau.address().port()
        );
    }

    fn profile(&self, text: &mut String, town: &Town) {
        let (profile, account) = (town.profile, town.profile.to_lowercase());
        let _ = write!(
            text,
            "\n[profiles.{profile}.xfb]\nbase_url = \"{}\"\nuser = \"{account}\"\npassword = {{ file = \"secrets/{profile}.xfb\" }}\n",
            self.treasury.base_url()
        );
        if let Some(portal) = self.treasury.portal_url() {
            let _ =
                writeln!(text, "portal_url = \"{portal}\"\nportal_password = {{ file = \"secrets/{profile}.xfb\" }}");
        }
        let _ = write!(
            text,
            "ca = \"autorite.pem\"\nnotices = \"mails/{account}\"\ndelay_up = \"300ms\"\ndelay_down = \"100ms\"\ntimeout_answer = \"3s\"\ntimeout_stall = \"2s\"\n\
             contact = {{ name = \"Mme Martin, Trésorerie de Saint-Éloi\", address = \"04 67 00 00 00\" }}\n\n\
             [profiles.{profile}.retrieve]\nafter_send = true\n"
        );
    }
}

fn scenario(text: &mut String, town: &Town, name: &str, pattern: &str, application: &str, again: bool) {
    let folder = format!("{}/{}", town.profile.to_lowercase(), name.to_lowercase());
    let _ = write!(
        text,
        "\n[scenarios.{}-{name}]\nchannel = \"xfb\"\nprofile = \"{}\"\nwatch = 'depot/{folder}/{pattern}'\ndestination = \"C175\"\n\
         application = \"{application}\"\nbackup = \"sauvegarde/{folder}\"\nif_exists = \"increment\"\n",
        town.profile, town.profile
    );
    if again {
        text.push_str("duplicate_window = \"0s\"\n");
    }
}

/// A password of the simulated partner, of no value to anybody.
fn password(town: &Town) -> String {
    format!("demo-{}", town.siret)
}

fn write_secret(path: &Path, secret: &str) -> io::Result<()> {
    fs::write(path, secret)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
