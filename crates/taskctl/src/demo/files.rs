//! Synthetic files of the shape that business software makes: PES v2 in ISO-8859-1, and a fixed-width payroll file.

use std::fmt::Write as _;

/// A collectivité of the demonstration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Town {
    /// Its profile.
    pub(super) profile: &'static str,
    pub(super) name: &'static str,
    pub(super) siret: &'static str,
    /// CodCol.
    pub(super) code: &'static str,
    /// The commune's INSEE code, where it is one.
    pub(super) commune: Option<&'static str>,
}

/// The two of them.
pub(super) const TOWNS: [Town; 2] = [
    Town {
        profile: "VILLE",
        name: "Ville de Saint-Éloi",
        siret: "21340001900017",
        code: "100",
        commune: Some("34999"),
    },
    Town { profile: "CCAS", name: "CCAS de Saint-Éloi", siret: "26340001400019", code: "101", commune: None },
];

/// A file to drop.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The scenario whose folder gets it, without the profile.
    pub(super) scenario: &'static str,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// What business software would drop in a day.
pub(super) fn of(town: &Town) -> Vec<Made> {
    let mut made = Vec::new();
    for number in 1..=3 {
        made.push(pes(town, "MANDATS", "Depense", number, 40 * number));
    }
    for number in 1..=2 {
        made.push(pes(town, "TITRES", "Recette", number, 25 * number));
    }
    made.push(pes(town, "BUDGETS", "Budget", 1, 400));
    made.push(payroll(town));
    if let Some(commune) = town.commune {
        made.extend((1..=3).map(|number| bulletins(commune, number)));
        made.push(voters(commune));
        made.extend((1..=3).map(|quarter| census(town, quarter)));
    }
    made
}

/// The young people who had themselves registered in a quarter; the layout is ours.
fn census(town: &Town, quarter: usize) -> Made {
    let mut text = format!("RECENSEMENT;{};2026;T{quarter}\r\n", town.name);
    for line in 1..=20 * quarter {
        let _ = write!(text, "{line:04};NOM{line:03};Prénom{line:03};2010-0{}-15\r\n", 1 + line % 9);
    }
    let name = format!("recensés 2026 T{quarter}.txt");
    Made { scenario: "RECENSEMENT", name, bytes: text.into_bytes() }
}

/// What the Treasury holds for them: a revenue file and a return.
pub(super) fn returns(town: &Town) -> [(&'static str, Vec<u8>); 2] {
    let mut ocre = String::new();
    for line in 1..=30 {
        let _ = write!(ocre, "OCRE{}{line:06}{:>20}\r\n", town.code, format!("{}.50", line * 17));
    }
    let back = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<n:PES_Retour xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour\">\n<EnTetePES><DteStr V=\"2026-11-20\"/><IdPost V=\"034001\"/><IdColl V=\"{}\"/><CodColl V=\"{}\"/><CodBud V=\"00\"/></EnTetePES>\n</n:PES_Retour>\n",
        town.siret, town.code
    );
    [("RCT290G", ocre.into_bytes()), ("PES2R_DEP", back.into_bytes())]
}

fn pes(town: &Town, scenario: &'static str, domain: &str, number: usize, pieces: usize) -> Made {
    let name = format!("PESALR2_{}_261122_{}{number:02}.xml", town.siret, &scenario[..1]);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\">\n\
         <Enveloppe><Parametres><Version V=\"1\"/><TypFic V=\"PESALR2\"/><NomFic V=\"{scenario}-{}-{number:03}\"/></Parametres>\
         <Emetteur><Sigle V=\"{}\"/></Emetteur></Enveloppe>\n\
         <EnTetePES><DteStr V=\"2026-11-22\"/><IdPost V=\"034001\"/><IdColl V=\"{}\"/><CodCol V=\"{}\"/><CodBud V=\"00\"/><LibelleColBud V=\"{}\"/></EnTetePES>\n\
         <PES_{domain}Aller><EnTete{domain}><IdVer V=\"2\"/></EnTete{domain}><Bordereau><BlocBordereau><Exer V=\"2026\"/><IdBord V=\"{number}\"/>\
         <NbrPce V=\"{pieces}\"/></BlocBordereau>\n",
        town.profile, town.profile, town.siret, town.code, town.name
    );
    for piece in 1..=pieces {
        let _ = writeln!(
            text,
            "<Piece><BlocPiece><InfoPce><IdPce V=\"{piece}\"/><TypPce V=\"01\"/><NatPce V=\"01\"/><Obj V=\"Pièce n° {piece} - fourniture à la régie\"/></InfoPce></BlocPiece>\
             <LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V=\"1\"/><Nature V=\"60632\"/><Fonction V=\"020\"/><MtHT V=\"{}.{:02}\"/></InfoLignePce></BlocLignePiece></LigneDePiece></Piece>",
            piece * 37,
            piece % 100
        );
    }
    let _ = writeln!(text, "</Bordereau></PES_{domain}Aller>\n</n:PES_Aller>");
    Made { scenario, name, bytes: latin1(&text) }
}

/// HOPAYRA: 144 bytes and CRLF, a record an agent, amounts in cents.
fn payroll(town: &Town) -> Made {
    let mut text = String::new();
    for agent in 1_u64..=60 {
        let id = format!("B90J000{:05}{:07}", 10_000 + agent, 4000 + agent);
        let bank = format!(
            "{:<5}{}{:>4}{:05}{:05}{:011}{:02}",
            "90JB0",
            "22",
            "",
            20_041,
            1_009,
            agent * 7_919,
            97 - agent % 97
        );
        let salary = 150_000 + agent * 311 + town.code.parse::<u64>().unwrap_or_default();
        let line = format!(
            "{id:<19}{bank:<34}{:<24}{}{:<30}E{:<25}{:08}",
            "LA BANQUE",
            1 + agent % 2,
            format!("AGENT {agent}"),
            "",
            salary
        );
        let _ = write!(text, "{line:<144.144}\r\n");
    }
    Made { scenario: "HOPAYRA", name: format!("{}-HOPAYRA11.txt", town.profile), bytes: latin1(&text) }
}

/// Records of bulletins. Their drawing is ours: INSEE's is not public.
fn bulletins(commune: &str, number: usize) -> Made {
    let mut text = String::new();
    for act in 1..=12 {
        let line = format!("{commune}N2026{number:03}{act:05}{:<40}{:<30}", "SAINT-ÉLOI", format!("PRÉNOM{act}"));
        let _ = write!(text, "{line:<120.120}\r\n");
    }
    Made { scenario: "ETATCIVIL", name: format!("wecivil{number}.038"), bytes: latin1(&text) }
}

/// A file of the electoral schema's namespace.
fn voters(commune: &str) -> Made {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<el:EnvoiAvis xmlns:el=\"http://xml.insee.fr/schema/electoral\" commune=\"{commune}\">\n"
    );
    for number in 1..=20 {
        let _ = writeln!(text, "<el:Avis type=\"inscription\"><el:Nom>ÉLECTEUR {number}</el:Nom></el:Avis>");
    }
    text.push_str("</el:EnvoiAvis>\n");
    Made { scenario: "ELECTIONS", name: format!("elections_{commune}.xml"), bytes: latin1(&text) }
}

/// The texts above hold nothing outside Latin-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payroll_records_have_144_bytes() {
        for town in TOWNS {
            let made = payroll(&town);
            assert!(
                made.bytes
                    .split_inclusive(|&byte| byte == b'\n')
                    .all(|line| line.len() == 146 && line.ends_with(b"\r\n"))
            );
        }
    }

    #[test]
    fn every_file_is_named_once_and_none_is_empty() {
        let made: Vec<Made> = TOWNS.iter().flat_map(of).collect();
        let names: std::collections::BTreeSet<_> = made.iter().map(|file| &file.name).collect();
        assert_eq!(names.len(), made.len());
        assert!(made.iter().all(|file| !file.bytes.is_empty()));
    }

    #[test]
    fn pes_files_are_latin_1_and_say_so() {
        let made = pes(&TOWNS[0], "MANDATS", "Depense", 1, 2);
        assert!(made.bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"));
        assert!(std::str::from_utf8(&made.bytes).is_err(), "accents are single bytes");
    }
}
