//! Codes out of bytes that come in pieces.

/// The bits of taken bytes that no code has used yet, and how many to pass over.
#[derive(Debug, Default)]
pub(super) struct Bits {
    held: u32,
    count: usize,
    skip: usize,
}

impl Bits {
    /// The next `width` bits (at most 16), taking bytes of `input` from `consumed` on as needed; nothing if there are not enough.
    pub(super) fn peek(&mut self, width: usize, input: &[u8], consumed: &mut usize) -> Option<usize> {
        self.pass_over(input, consumed);
        while self.skip == 0 && self.count < width {
            self.take_byte(input, consumed)?;
        }
        (self.skip == 0).then(|| (self.held & ((1 << width) - 1)) as usize)
    }

    fn pass_over(&mut self, input: &[u8], consumed: &mut usize) {
        while self.skip > 0 {
            if self.count == 0 && self.take_byte(input, consumed).is_none() {
                return;
            }
            let now = self.skip.min(self.count);
            self.take(now);
            self.skip -= now;
        }
    }

    fn take_byte(&mut self, input: &[u8], consumed: &mut usize) -> Option<()> {
        self.held |= u32::from(*input.get(*consumed)?) << self.count;
        self.count += 8;
        *consumed += 1;
        Some(())
    }

    pub(super) fn take(&mut self, bits: usize) {
        self.held >>= bits;
        self.count -= bits;
    }

    /// Passes over the next `bits`.
    pub(super) fn skip(&mut self, bits: usize) {
        self.skip = bits;
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) const fn skipping(&self) -> bool {
        self.skip > 0
    }

    /// Where in the input the next code starts, in bits; nothing if it starts before.
    pub(super) fn position(&self, consumed: usize) -> Option<usize> {
        (consumed * 8).checked_sub(self.count)
    }

    /// Goes to `bit` of the input; returns how many of its bytes that takes.
    pub(super) fn go_to(&mut self, input: &[u8], bit: usize) -> usize {
        let consumed = bit.div_ceil(8);
        self.count = consumed * 8 - bit;
        self.held = if self.count == 0 { 0 } else { u32::from(input[consumed - 1]) >> (8 - self.count) };
        consumed
    }
}
