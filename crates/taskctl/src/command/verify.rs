//! `taskctl verify`: the chain, the projections and the store, proven or contradicted, in words.

use std::fmt::Write as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scheduler_core::audit::{self, Audit, AuditError, Stage, Wrong};
use scheduler_core::id::Id;
use scheduler_core::journal::{Difference, Disagreement, Reader, Sought, Verified};
use serde_json::{Value, json};

use super::{Answer, View};
use crate::catalogue;
use crate::exit::Exit;
use crate::output::clean;

/// Lines of one kind that people get; programs get all.
const SHOWN: usize = 20;

/// Proves the station of `data_dir`; `head` is one that was kept elsewhere.
///
/// # Errors
///
/// [`AuditError`] when the proof cannot be made; what it contradicts is in the [`Answer`].
pub async fn verify(data_dir: &Path, head: Option<&Sought>, view: View<'_>) -> Result<Answer, AuditError> {
    if !Reader::exists(data_dir)? {
        let text = view
            .language
            .pick("Rien à vérifier : la station n'a jamais tourné.\n", "Nothing to verify: the station never ran.\n");
        return Ok(Answer { text: text.to_owned(), json: json!({ "sound": true, "events": 0 }), exit: Exit::Done });
    }
    let bar = bar(view);
    let told = |stage| follow(&bar, stage, view);
    let audit = audit::audit(data_dir, head.cloned(), told).await;
    bar.finish_and_clear();
    Ok(answer(&audit?, head.is_some(), view))
}

fn bar(view: View<'_>) -> ProgressBar {
    let bar = ProgressBar::new(1);
    if !view.style.terminal {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn follow(bar: &ProgressBar, stage: Stage, view: View<'_>) {
    let colon = view.language.colon();
    let say = |fr, en| view.language.pick(fr, en);
    let (done, all, what) = match stage {
        Stage::Events(done, all) => (done, all, say("événements du journal", "events of the journal")),
        Stage::Files(done, all) => (done, all, say("fichiers gardés par la station", "files kept by the station")),
    };
    bar.set_length(all.max(1));
    bar.set_position(done);
    bar.set_message(format!("{what}{colon} {done}"));
}

/// What was found, for people and for programs. Damage, or a head that is not there, is exit code 5.
#[must_use]
pub fn answer(audit: &Audit, asked: bool, view: View<'_>) -> Answer {
    let lost = asked && audit.proof.chain.as_ref().is_ok_and(|verified| verified.sought.is_none());
    let sound = audit.is_sound() && !lost;
    let mut text = String::new();
    chain(&mut text, audit, asked, view);
    projections(&mut text, audit, view);
    store(&mut text, audit, view);
    let verdict = match sound {
        true => view.language.pick("Tout est prouvé.", "Everything is proven."),
        false => view.language.pick(
            "La preuve est rompue. Ne supprimez rien, gardez une copie du dossier des données, puis restaurez la dernière sauvegarde ou appelez votre support.",
            "The proof is broken. Delete nothing, keep a copy of the data folder, then restore the last backup or call your support.",
        ),
    };
    let _ = writeln!(text, "\n{verdict}");
    let exit = if sound { Exit::Done } else { Exit::Integrity };
    Answer { text, json: json(audit, asked, sound), exit }
}

fn chain(text: &mut String, audit: &Audit, asked: bool, view: View<'_>) {
    let colon = view.language.colon();
    let say = |fr: &'static str, en| view.language.pick(fr, en);
    match &audit.proof.chain {
        Ok(verified) => {
            let _ = writeln!(
                text,
                "{}{colon} {} {}.\n  {} {}",
                say("Chaîne", "Chain"),
                verified.head.seq,
                say("événements, entière", "events, whole"),
                say("tête", "head"),
                verified.head.hex()
            );
            if verified.purged > 0 {
                let _ = writeln!(
                    text,
                    "  {} {}",
                    verified.purged,
                    say("événements purgés, chacun sous certificat", "events purged, each under a certificate")
                );
            }
            if asked {
                sought(text, verified, view);
            }
        }
        Err(broken) => {
            let what = view.language.pick(french(&broken.what), &broken.what);
            let at = say("Chaîne ROMPUE à l'événement", "Chain BROKEN at event");
            let _ = writeln!(text, "{at} {}{colon} {}.", broken.seq, clean(what));
        }
    }
    if let Some(illegal) = &audit.proof.illegal {
        let at = say("Événement impossible", "Impossible event");
        let _ = writeln!(text, "{at} {}{colon} {}.", illegal.seq, clean(&illegal.what));
    }
}

fn sought(text: &mut String, verified: &Verified, view: View<'_>) {
    let colon = view.language.colon();
    let say = |fr: &'static str, en| view.language.pick(fr, en);
    let _ = match verified.sought {
        Some(place) if place.seq == 0 => writeln!(
            text,
            "  {}",
            say(
                "la tête donnée est celle d'un journal encore vide : elle ne prouve rien de ce qui suit",
                "the head given is that of a journal still empty: it proves nothing of what follows"
            )
        ),
        Some(place) => writeln!(
            text,
            "  {} {}, {}{colon} {}",
            say("la tête donnée est celle de l'événement", "the head given is that of event"),
            place.seq,
            catalogue::moment(view.language, place.at, view.zone),
            say("rien n'a été réécrit avant", "nothing before it was rewritten"),
        ),
        None => writeln!(
            text,
            "  {}",
            say(
                "LA TÊTE DONNÉE N'EST PAS DANS LA CHAÎNE : le passé a été réécrit depuis, ou elle vient d'une autre station",
                "THE HEAD GIVEN IS NOT IN THE CHAIN: the past was rewritten since, or it comes from another station"
            )
        ),
    };
}

fn projections(text: &mut String, audit: &Audit, view: View<'_>) {
    let colon = view.language.colon();
    let say = |fr: &'static str, en| view.language.pick(fr, en);
    let proof = &audit.proof;
    for line in &proof.structure {
        let _ = writeln!(text, "{}{colon} {}", say("Fichier du journal abîmé", "Journal file damaged"), clean(line));
    }
    if proof.chain.is_err() || proof.illegal.is_some() {
        let _ = writeln!(
            text,
            "{}",
            say(
                "Projections : non comparées, la chaîne ne le permet pas.",
                "Projections: not compared, the chain does not allow it."
            )
        );
        return;
    }
    if proof.differences.is_empty() {
        let _ = writeln!(
            text,
            "{}",
            say(
                "Projections : refaites depuis les événements, identiques.",
                "Projections: told again from the events, identical."
            )
        );
        return;
    }
    let _ = writeln!(
        text,
        "{}{colon} {}",
        say(
            "Projections : lignes qui ne disent pas ce que disent les événements",
            "Projections: rows that do not say what the events say"
        ),
        proof.differences.len()
    );
    for difference in proof.differences.iter().take(SHOWN) {
        let what = match difference.what {
            Disagreement::Changed => say("modifiée", "changed"),
            Disagreement::Missing => say("absente", "missing"),
            Disagreement::Unexplained => say("inexpliquée", "unexplained"),
        };
        let _ = writeln!(text, "  {} {}{colon} {what}", difference.table, clean(&row(difference)));
    }
    more(text, proof.differences.len(), view);
}

/// A row's key as other commands take it.
fn row(difference: &Difference) -> String {
    let number = difference.row.parse().ok().and_then(Id::from_i64);
    number.map_or_else(|| difference.row.clone(), |id| id.to_string())
}

fn store(text: &mut String, audit: &Audit, view: View<'_>) {
    let colon = view.language.colon();
    let say = |fr: &'static str, en| view.language.pick(fr, en);
    let sound = audit.files - audit.spoilt.len() as u64;
    let _ = writeln!(
        text,
        "{}{colon} {sound} {} ({}).",
        say("Fichiers gardés", "Kept files"),
        say("relus, conformes au journal", "read again, as the journal says"),
        catalogue::bytes(view.language, audit.bytes)
    );
    for spoilt in audit.spoilt.iter().take(SHOWN) {
        let what = match &spoilt.wrong {
            Wrong::Missing => say("ABSENT", "MISSING").to_owned(),
            Wrong::Changed => say("MODIFIÉ", "CHANGED").to_owned(),
            Wrong::Unreadable { error } => format!("{} ({error})", say("ILLISIBLE", "UNREADABLE")),
        };
        let _ = writeln!(text, "  {} {}{colon} {}", spoilt.id, clean(&spoilt.name), clean(&what));
    }
    more(text, audit.spoilt.len(), view);
    if !audit.unknown.is_empty() {
        let _ = writeln!(
            text,
            "{}{colon} {}",
            say(
                "Fichiers que le journal ne connaît pas (restes d'une coupure, ou fichiers posés là par quelqu'un)",
                "Files that the journal does not know (left by a crash, or put there by somebody)"
            ),
            audit.unknown.len()
        );
        for name in audit.unknown.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}", clean(name));
        }
        more(text, audit.unknown.len(), view);
    }
}

fn more(text: &mut String, count: usize, view: View<'_>) {
    let colon = view.language.colon();
    if count > SHOWN {
        let and = view.language.pick("et d'autres ; la liste entière", "and others; the whole list");
        let _ = writeln!(text, "  … {and}{colon} taskctl verify --json");
    }
}

fn json(audit: &Audit, asked: bool, sound: bool) -> Value {
    let proof = &audit.proof;
    let verified = proof.chain.as_ref().ok();
    let place = |broken: &scheduler_core::journal::Broken| json!({ "seq": broken.seq, "what": broken.what });
    let found = verified.and_then(|verified| verified.sought);
    json!({
        "sound": sound,
        "events": verified.map(|verified| verified.head.seq),
        "head": verified.map(|verified| verified.head.hex()),
        "purged": verified.map(|verified| verified.purged),
        "broken": proof.chain.as_ref().err().map(place),
        "illegal": proof.illegal.as_ref().map(place),
        "differences": proof.differences,
        "structure": proof.structure,
        "files": audit.files,
        "bytes": audit.bytes,
        "spoilt": audit.spoilt,
        "unknown": audit.unknown,
        "sought": asked.then(|| found.map(|place| json!({ "seq": place.seq, "at": place.at }))),
    })
}

/// What is wrong at a link of the chain, for a French technician.
fn french(what: &str) -> &str {
    match what {
        "its row cannot be read" => "sa ligne est illisible",
        "its number does not follow the one before" => "son numéro ne suit pas le précédent",
        "it does not name the hash of the one before" => "il ne porte pas l'empreinte du précédent",
        "the hash of its body is not 32 bytes" => "l'empreinte de son contenu n'a pas 32 octets",
        "its hash does not follow from its number, time and body" => {
            "son empreinte n'est pas celle de son numéro, de sa date et de son contenu"
        }
        "its body is not the one that was written" => "son contenu n'est pas celui qui a été écrit",
        "its body was removed without a certificate" => "son contenu a été retiré sans certificat de purge",
        "it is said to be purged and is not" => "il est dit purgé et ne l'est pas",
        "its body cannot be read" => "son contenu est illisible",
        "it is filed under another subject" => "il est rangé sous un autre sujet",
        "what is missing is not what this certificate says was purged" => {
            "ce qui manque n'est pas ce que ce certificat dit avoir purgé"
        }
        "bodies are missing in the name of a certificate that is not here" => {
            "des contenus manquent au nom d'un certificat qui n'existe pas"
        }
        other => other,
    }
}
