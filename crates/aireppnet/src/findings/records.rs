//! Records of a fixed length (docs/protocols/aireppnet.md 5.3, 5.4).

use std::io::{self, Read};

use super::{Expectation, Finding, PIECE, RECORD_COUNT, RECORD_LENGTH};

/// A file of records, as far as it was read.
#[derive(Default)]
struct Records {
    /// Whole records, ended by a separator.
    ended: u64,
    /// Bytes of the record at hand, its CR included.
    length: u64,
    /// The last byte was a CR.
    after_cr: bool,
    /// The first record with another length: its number and length.
    odd: Option<(u64, u64)>,
}

/// A wrong length, a wrong count.
pub(super) fn look(bytes: &mut impl Read, expected: &Expectation) -> io::Result<Vec<Finding>> {
    let wanted = expected.record_length.map(u64::from);
    let mut records = Records::default();
    let mut piece = vec![0; PIECE];
    loop {
        let count = bytes.read(&mut piece)?;
        if count == 0 {
            return Ok(records.findings(wanted, expected.records));
        }
        records.read(&piece[..count], wanted);
    }
}

impl Records {
    fn read(&mut self, bytes: &[u8], wanted: Option<u64>) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let length = self.length - u64::from(self.after_cr);
                    self.ended += 1;
                    self.compare(self.ended, length, wanted);
                    self.length = 0;
                }
                _ => self.length += 1,
            }
            self.after_cr = *byte == b'\r';
        }
    }

    fn compare(&mut self, number: u64, length: u64, wanted: Option<u64>) {
        if wanted.is_some_and(|wanted| wanted != length) && self.odd.is_none() {
            self.odd = Some((number, length));
        }
    }

    fn findings(mut self, wanted: Option<u64>, expected: Option<u64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut count = self.ended;
        match wanted.filter(|wanted| *wanted > 0 && self.ended == 0) {
            // No separator at all.
            Some(wanted) => {
                count = self.length / wanted;
                if !self.length.is_multiple_of(wanted) {
                    let words = format!("{} bytes without a separator are no multiple of {wanted}", self.length);
                    findings.push(Finding::new(RECORD_LENGTH, words));
                }
            }
            None if self.length > 0 => {
                count += 1;
                self.compare(count, self.length, wanted);
            }
            None => {}
        }
        if let (Some((number, length)), Some(wanted)) = (self.odd, wanted) {
            findings
                .push(Finding::new(RECORD_LENGTH, format!("record {number}: {length} bytes where {wanted} must be")));
        }
        match expected {
            Some(expected) if expected != count => {
                findings.push(Finding::new(RECORD_COUNT, format!("{count} records where {expected} must be")));
            }
            None if count == 0 => findings.push(Finding::new(RECORD_COUNT, "no record at all")),
            _ => {}
        }
        findings
    }
}
