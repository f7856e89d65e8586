//! Strings kept as chains of codes: slower to read, but they need no window.

/// For each code the code of its string but for the last byte, that byte, and the string's length.
pub(super) struct Chains {
    before: Box<[u16]>,
    last: Box<[u8]>,
    length: Box<[u32]>,
}

impl Chains {
    pub(super) fn new(codes: usize) -> Self {
        Self {
            before: vec![0; codes].into_boxed_slice(),
            last: vec![0; codes].into_boxed_slice(),
            length: vec![0; codes].into_boxed_slice(),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "codes have 16 bits at most, and no string is longer than there are codes"
    )]
    pub(super) fn add(&mut self, code: usize, before: usize, last: u8, length: usize) {
        self.before[code] = before as u16;
        self.last[code] = last;
        self.length[code] = length as u32;
    }

    pub(super) fn before(&self, code: usize) -> usize {
        usize::from(self.before[code])
    }

    pub(super) fn last(&self, code: usize) -> u8 {
        self.last[code]
    }

    /// 0 if the code's string is not kept here.
    pub(super) fn length(&self, code: usize) -> usize {
        self.length[code] as usize
    }
}
