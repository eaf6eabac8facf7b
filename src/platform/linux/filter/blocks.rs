//! Blocks of numbers that a filter can compare at once, as routes are written: a mask, and the bits under it.

/// The numbers whose bits under `mask` are those of `first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// The smallest of them.
    pub(super) first: u32,
    /// Bits that all of them have in common.
    pub(super) mask: u32,
}

impl Block {
    #[cfg(test)]
    fn has(self, number: u32) -> bool {
        number & self.mask == self.first
    }
}

/// Blocks that have every number below `end`, a power of two, except those of `kept`. None of them overlaps another.
pub(super) fn cover_all_but(kept: &[u32], end: u32) -> impl Iterator<Item = Block> + use<> {
    let mut blocks = Vec::new();
    let mut open = vec![(0, end)];
    while let Some((first, size)) = open.pop() {
        let has_kept = kept.iter().any(|number| (first..first + size).contains(number));
        if !has_kept {
            blocks.push(Block { first, mask: !(size - 1) });
        } else if size > 1 {
            open.extend([(first + size / 2, size / 2), (first, size / 2)]);
        }
    }
    blocks.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A number above `end` is in none of them.
        #[test]
        fn each_number_is_in_one_block_or_kept(
            kept in proptest::collection::vec(0_u32..64, 0..8),
            bits in 1_u32..8,
        ) {
            let end = 1 << bits;
            let blocks: Vec<_> = cover_all_but(&kept, end).collect();
            for number in 0..2 * end {
                let count = blocks.iter().filter(|block| block.has(number)).count();
                let expected = usize::from(number < end && !kept.contains(&number));
                prop_assert_eq!(count, expected, "{}", number);
            }
        }
    }
}
