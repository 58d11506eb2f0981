//! Value per tier of many boxes. Most functions run in one tier: then one number tells which.

use crate::tree::N_TIERS;

/// No tier at all: the root.
const NONE: u32 = u32::MAX;

/// The tiers of boxes, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct TierMixes {
    /// The only tier, [`NONE`], or the row of `mixes` behind as many as there are tiers.
    code: Vec<u32>,
    mixes: Vec<[u64; N_TIERS]>,
}

impl TierMixes {
    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Adds a box of this total value.
    pub(super) fn push(&mut self, mix: [u64; N_TIERS], total: u64) {
        let code = self.code_of(mix, total);
        self.code.push(code);
    }

    /// Adds a box by its code.
    pub(super) fn push_code(&mut self, code: u32) {
        self.code.push(code);
    }

    /// The code of a box of this total value, to be added later.
    pub(super) fn code_of(&mut self, mix: [u64; N_TIERS], total: u64) -> u32 {
        let mut used = (0..N_TIERS).filter(|tier| mix[*tier] > 0);
        match (used.next(), used.next()) {
            (None, _) => NONE,
            (Some(tier), None) if mix[tier] == total => tier as u32,
            _ => {
                self.mixes.push(mix);
                u32::try_from(self.mixes.len() - 1 + N_TIERS).unwrap_or(NONE)
            }
        }
    }

    /// Value per tier of a box of this total value.
    pub(crate) fn get(&self, at: usize, total: u64) -> [u64; N_TIERS] {
        let mut mix = [0; N_TIERS];
        match self.code.get(at) {
            Some(tier) if (*tier as usize) < N_TIERS => mix[*tier as usize] = total,
            Some(code) => mix = self.mixes.get((*code as usize).wrapping_sub(N_TIERS)).copied().unwrap_or(mix),
            None => {}
        }
        mix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let boxes = [([0, 0, 0, 0, 0], 9), ([0, 7, 0, 0, 0], 7), ([1, 0, 0, 0, 2], 3), ([0, 0, 4, 0, 0], 5)];
        let mut mixes = TierMixes::default();
        for (mix, total) in boxes {
            mixes.push(mix, total);
        }
        for (at, (mix, total)) in boxes.into_iter().enumerate() {
            assert_eq!(mixes.get(at, total), mix);
        }
        assert_eq!(mixes.get(4, 1), [0; N_TIERS]);
    }
}
