//! `taskctl resume --after-restore`: what must be asked before a restored station may work again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::journal::{JournalError, Reader, Restored};
use scheduler_core::restored;
use serde_json::{Value, json};

use crate::catalogue;
use crate::command::View;
use crate::config::Loaded;

/// Most held files that are read.
const LISTED: u32 = 1000;

/// What stands between a restored station and its work.
#[derive(Clone, Debug)]
pub struct Unconfirmed {
    /// Where the station comes from; `None` when it was not restored, or was resumed already.
    pub restored: Option<Restored>,
    /// Registers whose last number is not confirmed, and the last number that is known.
    pub registers: BTreeMap<String, u64>,
    /// Files that the restore held.
    pub held: Vec<Consignment>,
    /// Name and address of every partner's contact.
    contacts: Vec<(String, String)>,
}

/// Reads what must be confirmed, `numbers` being those that are.
///
/// # Errors
///
/// [`JournalError`] when the journal cannot be read.
pub async fn unconfirmed(loaded: &Loaded, numbers: &[(String, u64)]) -> Result<Unconfirmed, JournalError> {
    let profiles = loaded.profiles.iter();
    let contacts = profiles.filter_map(|profile| {
        let contact = profile.contact.as_ref()?;
        Some((profile.lane.to_string(), format!("{}, {}", contact.name, contact.address)))
    });
    let reader = Reader::open(&loaded.settings.data_dir).await?;
    let small = reader.small().await?;
    let mut registers = restored::registers(&loaded.settings, &loaded.profiles, &small.registers);
    registers.retain(|register, _| !numbers.iter().any(|(given, _)| given == register));
    let mut held = reader.with_status(Status::Held, LISTED).await?;
    held.retain(|row| row.state.why().is_some_and(|why| why.code == restored::CODE));
    Ok(Unconfirmed { restored: small.restored, registers, held, contacts: contacts.collect() })
}

impl Unconfirmed {
    /// The numbers to ask for, and whom.
    #[must_use]
    pub fn questions(&self, view: View<'_>) -> String {
        let colon = view.language.colon();
        let say = |fr, en| view.language.pick(fr, en);
        let mut text = String::new();
        if let Some(restored) = &self.restored {
            let at = catalogue::moment(view.language, restored.from.created, view.zone);
            let _ = writeln!(
                text,
                "{} {at} ({}).",
                say("Cette station vient de la sauvegarde du", "This station comes from the backup of"),
                restored.from.file
            );
        }
        let why = say("--why \"l'ancienne est éteinte\"", "--why \"the old one is off\"");
        if self.registers.is_empty() {
            let none = say(
                "Aucun numéro n'est à demander. Assurez-vous que l'ancienne station est arrêtée, puis :",
                "There is no number to ask for. Make sure that the old station is stopped, then:",
            );
            let _ = writeln!(text, "{none} taskctl resume --after-restore {why}");
            return text + &self.danger(view);
        }
        let _ = writeln!(
            text,
            "{}",
            say(
                "Avant de reprendre, demandez le dernier numéro que le partenaire connaît :",
                "Before it goes on, ask for the last number that the partner knows:"
            )
        );
        for (register, known) in &self.registers {
            let _ = writeln!(
                text,
                "  {register}{colon} {} {known}",
                say("dernier numéro connu ici", "last number known here")
            );
            let named: Vec<_> = self.contacts.iter().filter(|(lane, _)| register.contains(lane.as_str())).collect();
            let whom = if named.is_empty() { self.contacts.iter().collect() } else { named };
            for (lane, contact) in whom {
                let _ = writeln!(text, "    {lane}{colon} {contact}");
            }
        }
        let numbers: String = self.registers.iter().map(|(name, known)| format!(" --number {name}={known}")).collect();
        let (then, whole) = (say("Puis", "Then"), say("en remplaçant chaque nombre", "replacing each number"));
        let _ = writeln!(text, "{then} ({whole}){colon} taskctl resume --after-restore{numbers} {why}");
        text + &self.danger(view)
    }

    /// What is held, and what a release may do.
    #[must_use]
    pub fn danger(&self, view: View<'_>) -> String {
        if self.held.is_empty() {
            return String::new();
        }
        let count = self.held.len();
        view.language.pick(
            format!("{count} envoi(s) restent retenus par la restauration. L'ancienne station a pu les envoyer après la sauvegarde : demandez au partenaire avant chaque « taskctl release ID » ; s'il les a : taskctl resolve ID --deposited.\nLes fichiers des dossiers surveillés ont pu l'être aussi : la station ne peut pas le savoir.\n"),
            format!("{count} sending(s) stay held by the restore. The old station may have sent them after the backup: ask the partner before each “taskctl release ID”; if it has them: taskctl resolve ID --deposited.\nThe files in the watched folders may have been sent too: the station cannot know.\n"),
        )
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "restored": self.restored,
            "unconfirmed": self.registers,
            "held": self.held.iter().map(|row| row.id).collect::<Vec<_>>(),
        })
    }
}

/// One made by hand.
#[cfg(test)]
pub(super) fn sample(
    restored: Option<Restored>,
    registers: BTreeMap<String, u64>,
    held: Vec<Consignment>,
    contacts: Vec<(String, String)>,
) -> Unconfirmed {
    Unconfirmed { restored, registers, held, contacts }
}
