use super::*;

fn header() -> Header {
    Header {
        file_id: FileId::derived(*b"0123456789abcdef"),
        number: 3,
        raw_offset: 0x0102_0304_0506,
        raw_len: 700_000,
        last: None,
        record_len: 240,
        blocks: 2,
        payload_len: 1234,
        payload_crc: 0xdead_beef,
    }
}

fn last() -> Header {
    let header = header();
    Header { last: Some(LastOf { file_len: header.raw_end(), sha256: [7; 32] }), ..header }
}

/// A header with other bytes at a place, and a check sum that agrees.
fn forged(mut bytes: [u8; HEADER_LEN], at: usize, field: &[u8]) -> Result<Header, SegmentError> {
    bytes[at..at + field.len()].copy_from_slice(field);
    let crc = crc32fast::hash(&bytes[..CRC_AT]);
    bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
    Header::parse(&bytes)
}

#[test]
fn a_header_is_what_the_document_says_byte_by_byte() {
    let bytes = last().to_bytes();
    let mut expected = b"\x89LZS\r\n\x1a\n\x01\x00\x01\x000123456789abcdef\x03\0\0\0\x03\0\0\0".to_vec();
    expected.extend_from_slice(&[6, 5, 4, 3, 2, 1, 0, 0]);
    expected.extend_from_slice(&700_000_u64.to_le_bytes());
    expected.extend_from_slice(&(0x0102_0304_0506_u64 + 700_000).to_le_bytes());
    expected.extend_from_slice(&[7; 32]);
    expected.extend_from_slice(b"\xf0\0\0\0\x02\0\0\0\xd2\x04\0\0\xef\xbe\xad\xde\0\0\0\0");
    expected.extend_from_slice(&crc32fast::hash(&expected).to_le_bytes());
    assert_eq!(bytes.as_slice(), expected);
}

#[test]
fn headers_come_back() {
    for header in [header(), last()] {
        assert_eq!(Header::parse(&header.to_bytes()).unwrap(), header);
    }
}

#[test]
fn every_prefix_is_truncated() {
    let bytes = last().to_bytes();
    for len in 0..HEADER_LEN {
        let error = Header::parse(&bytes[..len]).unwrap_err();
        assert!(matches!(error, SegmentError::Truncated { len: at } if at == len as u64), "{len}: {error}");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = last().to_bytes();
    for bit in 0..HEADER_LEN * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let code = Header::parse(&flipped).unwrap_err().code();
        assert_eq!(code, if bit < 64 { "segment-not-one" } else { "segment-header-damaged" }, "bit {bit}");
    }
}

#[test]
fn fields_that_contradict_each_other_are_told_by_their_place() {
    let inconsistent: [(Header, usize, &[u8], u64); 19] = [
        (header(), 10, &[2, 0], 10),
        (header(), 28, &[0; 4], 28),
        (header(), 28, &1_000_000_u32.to_le_bytes(), 28),
        (header(), 32, &[3, 0, 0, 0], 32),
        (last(), 32, &[4, 0, 0, 0], 32),
        (header(), 36, &[1, 0, 0, 0, 0, 0, 0, 0], 36),
        (header(), 28, &[1, 0, 0, 0], 36),
        (header(), 36, &[0xff; 8], 44),
        (header(), 36, &(i64::MAX as u64 - 699_999).to_le_bytes(), 44),
        (header(), 44, &[0xff; 8], 44),
        (header(), 44, &(2 * BLOCK as u64 + 1).to_le_bytes(), 44),
        (header(), 44, &[1, 0, 0, 0, 0, 0, 0, 0], 44),
        (header(), 52, &[1], 32),
        (last(), 52, &[0; 8], 52),
        (header(), 60, &[1], 32),
        (header(), 96, &[0; 4], 96),
        (header(), 96, &[0xff; 4], 96),
        (header(), 100, &[0xff; 4], 100),
        (header(), 108, &[1], 108),
    ];
    for (header, place, field, told) in inconsistent {
        let error = forged(header.to_bytes(), place, field).unwrap_err();
        assert!(matches!(error, SegmentError::Inconsistent { at, .. } if at == told), "{place} {field:?}: {error}");
    }
    let error = forged(header().to_bytes(), 8, &[2, 0]).unwrap_err();
    assert!(matches!(error, SegmentError::Version { version: 2 }), "{error}");
}

#[test]
fn the_longest_file_and_the_longest_segment_are_taken() {
    let end = Header { raw_offset: i64::MAX as u64 - 700_000, ..header() };
    let long = Header { payload_len: (LARGEST_LIMIT - HEADER_LEN) as u32, ..header() };
    let greatest = Header { number: MAX_SEGMENTS, raw_offset: u64::from(MAX_SEGMENTS) - 1, ..header() };
    for header in [end, long, greatest] {
        assert_eq!(Header::parse(&header.to_bytes()).unwrap(), header);
    }
}

fn table(entries: &[[u8; ENTRY_LEN]], stored: usize, raw_len: u64) -> Result<Vec<BlockEntry>, SegmentError> {
    let mut payload = entries.concat();
    payload.resize(payload.len() + stored, 0);
    let header = Header { blocks: entries.len() as u32, raw_len, ..header() };
    BlockEntry::parse_table(&header, &payload)
}

fn entry(raw_len: u32, stored_len: u32, codec: u8) -> [u8; ENTRY_LEN] {
    let mut bytes = BlockEntry { raw_len, stored_len, codec: Codec::Stored }.to_bytes();
    bytes[8] = codec;
    bytes
}

#[test]
fn a_table_comes_back() {
    let entries = table(&[entry(10, 10, 0), entry(BLOCK as u32, 7, 1)], 17, 10 + BLOCK as u64).unwrap();
    assert_eq!(entries[0], BlockEntry { raw_len: 10, stored_len: 10, codec: Codec::Stored });
    assert_eq!(entries[1], BlockEntry { raw_len: BLOCK as u32, stored_len: 7, codec: Codec::Lzw12 });
    assert_eq!(entries[1].to_bytes(), entry(BLOCK as u32, 7, 1));
}

#[test]
fn a_table_that_contradicts_itself_is_refused_where_it_does() {
    let sound = entry(10, 10, 0);
    let mut reserved = sound;
    reserved[10] = 1;
    let bad = [
        (vec![sound, entry(0, 0, 0)], 10, 10, 128),
        (vec![sound, entry(BLOCK as u32 + 1, 5, 1)], 15, 11 + BLOCK as u64, 128),
        (vec![sound, entry(9, 10, 0)], 20, 19, 132),
        (vec![sound, entry(10, 10, 1)], 20, 20, 132),
        (vec![sound, entry(10, 0, 1)], 10, 20, 132),
        (vec![sound, reserved], 20, 20, 137),
        (vec![sound, sound], 21, 20, 116),
        (vec![sound, sound], 19, 20, 116),
        (vec![sound, sound], 20, 21, 116),
    ];
    for (entries, stored, raw_len, told) in bad {
        let error = table(&entries, stored, raw_len).unwrap_err();
        assert!(matches!(error, SegmentError::Inconsistent { at, .. } if at == told), "{entries:?}: {error}");
    }
    let error = table(&[entry(10, 5, 2)], 5, 10).unwrap_err();
    assert!(matches!(error, SegmentError::Codec { codec: 2, at: 124 }), "{error}");
}
