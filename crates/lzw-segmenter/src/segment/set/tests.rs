use super::*;

/// Segment `number` of a file of `of`, ten bytes each.
fn segment(number: u32, of: u32) -> Header {
    let raw_offset = u64::from(number - 1) * 10;
    let last = (number == of).then(|| LastOf { file_len: u64::from(of) * 10, sha256: [1; 32] });
    let file_id = FileId::derived([9; 16]);
    Header { file_id, number, raw_offset, raw_len: 10, last, record_len: 0, blocks: 1, payload_len: 22, payload_crc: 5 }
}

fn of(numbers: &[u32], of: u32) -> Set {
    let mut set = Set::default();
    for number in numbers {
        let header = segment(*number, of);
        assert_eq!(set.check("s", &header), Ok(Added::New), "{number}");
        set.add("s", &header);
    }
    set
}

#[test]
fn every_order_makes_the_file_and_only_all_of_them_do() {
    let orders = [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2], [1, 4, 2, 3]];
    for order in orders {
        for count in 0..4 {
            assert!(of(&order[..count], 4).whole().is_err());
        }
        let whole = of(&order, 4).whole().unwrap();
        assert_eq!((whole.segments, whole.file_len, whole.sha256), (4, 40, [1; 32]));
    }
}

#[test]
fn what_is_missing_is_named() {
    let told = |numbers: &[u32]| of(numbers, 12).missing().to_string();
    assert_eq!(told(&[]), "from 1 on");
    assert_eq!(told(&[1, 2]), "from 3 on");
    assert_eq!(told(&[2, 7]), "1, 3 to 6, from 8 on");
    assert_eq!(told(&[12]), "1 to 11");
    assert_eq!(told(&[1, 3, 12]), "2, 4 to 11");
    let every_other: Vec<u32> = (1..=51).filter(|n| n % 2 == 0 || *n == 51).collect();
    assert!(of(&every_other, 51).missing().to_string().ends_with("37, 39 and 5 more gaps"));
}

#[test]
fn the_same_again_is_tolerated_and_another_with_its_number_is_not() {
    let set = of(&[2], 4);
    assert_eq!(set.check("s", &segment(2, 4)), Ok(Added::Again));
    let other = Header { payload_crc: 6, ..segment(2, 4) };
    let error = set.check("copy", &other).unwrap_err();
    assert_eq!(error.to_string(), "copy contradicts segment 2: both cannot be of this file");
}

#[test]
fn other_files_are_refused_by_name() {
    let mut set = Set::default();
    set.add("a.000002.seg", &segment(2, 4));
    let id = Header { file_id: FileId::derived([8; 16]), ..segment(1, 4) };
    let records = Header { record_len: 80, ..segment(1, 4) };
    for other in [id, records] {
        let error = set.check("b.000001.seg", &other).unwrap_err();
        assert_eq!(error.to_string(), "b.000001.seg belongs to another file than a.000002.seg");
    }
}

#[test]
fn what_contradicts_those_there_is_refused() {
    let at = |number, raw_offset, raw_len| Header { raw_offset, raw_len, ..segment(number, 12) };
    let refused = [
        // Neighbours that overlap, or leave a gap.
        (of(&[3], 12), at(4, 29, 10)),
        (of(&[3], 12), at(4, 31, 10)),
        (of(&[3], 12), at(2, 10, 11)),
        (of(&[3], 12), at(2, 10, 9)),
        // Others need a byte for each one in between.
        (of(&[3], 12), at(6, 31, 10)),
        (of(&[6], 12), at(3, 20, 29)),
        // The last one.
        (of(&[12], 12), segment(13, 20)),
        (of(&[12], 12), segment(13, 13)),
        (of(&[13], 20), segment(12, 12)),
    ];
    for (set, header) in refused {
        let answer = set.check("s", &header);
        assert!(matches!(answer, Err(SetError::Contradiction { .. })), "{header:?}: {answer:?}");
    }
    assert_eq!(of(&[3], 12).check("s", &at(6, 32, 10)), Ok(Added::New));
    assert_eq!(of(&[6], 12).check("s", &at(3, 20, 28)), Ok(Added::New));
}
