//! Any bytes are decoded or refused, alike whole and in pieces, in bounded memory; what we and `weezl` both read, we read alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lzw_segmenter::{BlockDecoder, DecodeError, Decoder, Effort, Format, Status, expand};

/// More output than this is not waited for.
const LIMIT: usize = 4 * 1024 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, coded)) = bytes.split_first() else { return };
    let headed = [&[0x1f, 0x9d, 0x80 | 9 + size % 8], coded].concat();
    for (format, coded) in [(Format::Lzw12, coded), (Format::Z(Effort::Fast), coded), (Format::Z(Effort::Fast), &headed)] {
        let whole = expand(coded, format, LIMIT);
        let (pieces, end) = in_pieces(coded, format, usize::from(size) + 1);
        match (whole, end) {
            (Ok(raw), Ok(())) => assert!(raw == pieces),
            (Err(DecodeError::Length { .. }), Ok(())) => assert!(pieces.len() >= LIMIT),
            (Err(whole), Err(end)) => assert_eq!(whole, end),
            (whole, end) => panic!("whole {:?}, in pieces {end:?}", whole.map(|raw| raw.len())),
        }
    }
    let ours = expand(coded, Format::Lzw12, LIMIT);
    if let Ok(raw) = &ours {
        let theirs = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8).decode(coded);
        assert!(theirs.is_ok_and(|theirs| theirs == *raw), "weezl reads it otherwise");
        let mut block = vec![0; raw.len()];
        assert!(BlockDecoder::new().decode(coded, &mut block).is_ok() && block == *raw, "a block is read otherwise");
    }
});

fn in_pieces(coded: &[u8], format: Format, size: usize) -> (Vec<u8>, Result<(), DecodeError>) {
    let (mut decoder, mut raw, mut buffer, mut at) = (Decoder::new(format), Vec::new(), vec![0; 256 * size], 0);
    while raw.len() < LIMIT {
        let until = coded.len().min(at + size);
        match decoder.decode(&coded[at..until], &mut buffer, until == coded.len()) {
            Err(error) => return (raw, Err(error)),
            Ok(step) => {
                at += step.consumed_in;
                raw.extend_from_slice(&buffer[..step.consumed_out]);
                if step.status == Status::Done {
                    break;
                }
            }
        }
    }
    (raw, Ok(()))
}
