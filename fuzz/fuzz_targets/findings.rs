//! Any file is looked at in constant memory, whatever is expected of it (docs/protocols/aireppnet.md 5).

#![no_main]

use std::io::Cursor;

use aireppnet::findings::{CODES, Expectation, TextEncoding};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let expected = Expectation {
        encoding: TextEncoding::ALL.get(usize::from(choice % 4)).copied(),
        record_length: (choice & 4 != 0).then_some(u32::from(choice >> 3) + 1),
        records: (choice & 8 != 0).then_some(u64::from(choice >> 4)),
        xml_root: (choice & 16 != 0).then(|| "EnvoiLotBulletins".to_owned()),
        xml_namespace: (choice & 32 != 0).then(|| "http://xml.insee.fr/schema/etat-civil".to_owned()),
    };
    let look = |expected: &Expectation| expected.look(Cursor::new(bytes)).expect("memory can be read");
    for finding in look(&expected) {
        assert!(CODES.contains(&finding.code) && finding.words.chars().count() <= 300);
    }
    if expected.encoding == Some(TextEncoding::Utf8) && std::str::from_utf8(bytes).is_err() {
        assert!(look(&expected).iter().any(|finding| finding.code == "aireppnet-encoding"));
    }
});
