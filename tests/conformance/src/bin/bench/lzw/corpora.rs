//! What is compressed: census-like records, a PES-like file, and bytes that do not compress; always the same.

use std::fmt::Write as _;

const NAMES: &str = "MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEBVRE LEROY ROUX DAVID BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT \
    LAMBERT FONTAINE ROUSSEAU VINCENT MULLER FAURE ANDRE MERCIER BLANC GUERIN BOYER GARNIER CHEVALIER LEGRAND GAUTHIER GARCIA PERRIN ROBIN CLEMENT MORIN NICOLAS HENRY \
    MATHIEU MASSON MARCHAND DUVAL DENIS DUMONT LEMAIRE NOEL MEYER DUFOUR MEUNIER BRUN BLANCHARD GIRAUD JOLY RIVIERE LUCAS BRUNET GAILLARD BARBIER MARTINEZ ROCHE";
const FIRST_NAMES: &str = "MARIE JEAN PIERRE MICHEL ANDRE PHILIPPE NATHALIE ISABELLE SYLVIE CATHERINE ALAIN PATRICK DANIEL CHRISTOPHE FRANCOISE JACQUES MONIQUE NICOLAS LAURENT \
    VALERIE STEPHANE FREDERIC SANDRINE MARTINE CELINE VERONIQUE SEBASTIEN PASCAL ERIC OLIVIER THIERRY JULIEN DIDIER AURELIE CLAIRE EMILIE CAMILLE LEA MANON HUGO THEO INES";
const STREETS: [&str; 10] = [
    "RUE DE LA REPUBLIQUE",
    "AVENUE JEAN JAURES",
    "RUE VICTOR HUGO",
    "PLACE DE LA MAIRIE",
    "RUE DU GENERAL DE GAULLE",
    "BOULEVARD GAMBETTA",
    "IMPASSE DES LILAS",
    "RUE PASTEUR",
    "ALLEE DES CHENES",
    "RUE DES ECOLES",
];
const TOWNS: [&str; 12] = [
    "AUBAGNE",
    "MARSEILLE",
    "TOULOUSE",
    "NANTERRE",
    "LYON",
    "LILLE",
    "RENNES",
    "NANTES",
    "STRASBOURG",
    "BORDEAUX",
    "NICE",
    "GRENOBLE",
];
const ACCOUNTS: [&str; 8] = ["60611", "60612", "60622", "6064", "611", "6135", "61522", "64111"];
const RECORD: usize = 282;

pub(super) struct Corpus {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn texts(length: usize) -> [Corpus; 2] {
    [Corpus { name: "records", bytes: records(length) }, Corpus { name: "PES XML", bytes: pes(length) }]
}

pub(super) fn random(length: usize) -> Corpus {
    let mut dice = Dice::new(7);
    let bytes = (0..length / 8).flat_map(|_| dice.roll().to_le_bytes()).collect();
    Corpus { name: "random", bytes }
}

fn records(length: usize) -> Vec<u8> {
    let mut dice = Dice::new(284);
    let mut text = String::with_capacity(length + RECORD);
    while text.len() < length {
        let start = text.len();
        let (name, first) = (dice.word(NAMES), format!("{} {}", dice.word(FIRST_NAMES), dice.word(FIRST_NAMES)));
        let (birth, county, town) = (dice.date(), dice.number(1, 95), dice.number(1, 700));
        let _ = write!(text, "{}{:<14}{name:<40}{first:<45}", dice.number(1, 2), dice.number(0, 99_999_999_999_999));
        let _ = write!(text, "{birth}{county:02}{town:03}{:<30}", dice.pick(&TOWNS));
        let _ = write!(text, "{:<50}", format!("{} {}", dice.number(1, 250), dice.pick(&STREETS)));
        let _ = write!(
            text,
            "{county:02}{:03}{:<30}{}IRMA{:06}FR",
            dice.number(0, 999),
            dice.pick(&TOWNS),
            dice.date(),
            dice.number(1, 9999)
        );
        let _ = write!(text, "{:<20}", dice.word(FIRST_NAMES));
        text.truncate(start + RECORD);
        let padding = start + RECORD - text.len();
        let _ = write!(text, "{:padding$}\r\n", "");
    }
    text.truncate(length);
    text.into_bytes()
}

fn pes(length: usize) -> Vec<u8> {
    let mut dice = Dice::new(2);
    let mut text = String::with_capacity(length + 100_000);
    text.push_str("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\">\n<PES_DepenseAller>\n");
    for slip in 1.. {
        if text.len() >= length {
            break;
        }
        let _ = write!(
            text,
            "<Bordereau><BlocBordereau><Exer V=\"2007\"/><IdBord V=\"{slip}\"/><DteBordEm V=\"{}\"/><TypBord V=\"01\"/>",
            dice.date()
        );
        let _ =
            writeln!(text, "<NbrPce V=\"{}\"/><MtBordHT V=\"{}\"/></BlocBordereau>", dice.number(1, 40), dice.amount());
        for _ in 0..dice.number(1, 12) {
            piece(&mut text, &mut dice);
        }
        text.push_str("</Bordereau>\n");
    }
    text.truncate(length);
    text.into_bytes()
}

fn piece(text: &mut String, dice: &mut Dice) {
    let _ = write!(
        text,
        "  <Piece><BlocPiece><InfoPce><IdPce V=\"{}\"/><TypPce V=\"01\"/><NatPce V=\"01\"/>",
        dice.number(1, 99_999)
    );
    let _ = write!(text, "<Obj V=\"FACTURE {} {} DU {}\"/>", dice.word(NAMES), dice.number(1, 9999), dice.date());
    let _ = writeln!(text, "<NumeroFacture V=\"F{}\"/></InfoPce></BlocPiece>", dice.number(100_000, 999_999));
    for line in 1..=dice.number(1, 3) {
        let _ = write!(
            text,
            "    <LigneDePiece><BlocLignePiece><InfoLignePiece><IdLigne V=\"{line}\"/><Nature V=\"{}\"/>",
            dice.pick(&ACCOUNTS)
        );
        let _ = write!(
            text,
            "<Fonction V=\"{}\"/><TxTva V=\"19.6\"/><MtHT V=\"{}\"/><MtTVA V=\"{}\"/>",
            dice.number(10, 99),
            dice.amount(),
            dice.amount()
        );
        let _ = write!(
            text,
            "</InfoLignePiece></BlocLignePiece><Tiers><InfoTiers><IdTiers V=\"{:06}\"/><NatJur V=\"03\"/>",
            dice.number(1, 999_999)
        );
        let _ = write!(
            text,
            "<Nom V=\"{}\"/><Prenom V=\"{}\"/></InfoTiers><Adresse>",
            dice.word(NAMES),
            dice.word(FIRST_NAMES)
        );
        let _ = write!(
            text,
            "<Adr2 V=\"{} {}\"/><CP V=\"{:05}\"/>",
            dice.number(1, 250),
            dice.pick(&STREETS),
            dice.number(1000, 95_999)
        );
        let _ = write!(
            text,
            "<Ville V=\"{}\"/></Adresse><CpteBancaire><CodeEtab V=\"{}\"/>",
            dice.pick(&TOWNS),
            dice.number(10_000, 30_099)
        );
        let _ = write!(
            text,
            "<CodeGuic V=\"{:05}\"/><IdCpte V=\"{:011}\"/>",
            dice.number(0, 99_999),
            dice.number(0, 99_999_999_999)
        );
        let _ = writeln!(text, "<CleRib V=\"{}\"/></CpteBancaire></Tiers></LigneDePiece>", dice.number(1, 97));
    }
    text.push_str("  </Piece>\n");
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn number(&mut self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low + 1)
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[usize::try_from(self.roll() % words.len() as u64).unwrap_or(0)]
    }

    fn word(&mut self, words: &'static str) -> &'static str {
        let count = words.split_whitespace().count() as u64;
        words.split_whitespace().nth(usize::try_from(self.roll() % count).unwrap_or(0)).unwrap_or_default()
    }

    fn date(&mut self) -> String {
        format!("{}-{:02}-{:02}", self.number(1925, 2007), self.number(1, 12), self.number(1, 28))
    }

    fn amount(&mut self) -> String {
        format!("{}.{:02}", self.number(1, 9999), self.number(0, 99))
    }
}
