//! Random streams. Every stage of the simulation draws from its own stream, so that a change in one stage (one
//! more note, one more strength) leaves the random numbers of all the others as they were.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// One stream of random numbers, named by the stage that draws from it.
pub(crate) struct Stream(Xoshiro256PlusPlus);

/// Mixes words into one (the finaliser of `SplitMix64`, folded over the words).
pub(crate) fn mix(words: &[u64]) -> u64 {
    words.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |state, word| {
        let mut z = state.wrapping_add(*word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// A number in `[0, 1)` from the upper 53 bits of a word.
pub(crate) fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

/// The whole part of a number, 0 for what is negative or not a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to int cast saturates, which is what is wanted: counts and days of a simulation are small"
)]
pub(crate) fn whole(x: f64) -> u32 {
    x as u32
}

impl Stream {
    /// The stream of `stage` in the world of `seed`.
    pub(crate) fn new(seed: u64, stage: &str) -> Self {
        let name = stage.bytes().fold(0, |state, byte| mix(&[state, u64::from(byte)]));
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(&[seed, name])))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.word())
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; 0 where `n` is 0. The remainder's bias is below 2^-50 for the small `n` used here.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.word() % n).unwrap_or(0)
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let width = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.word() % width).unwrap_or(0)
    }

    /// Exponential with the given mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// One of `words`, each as likely; the empty text where there are none.
    pub(crate) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or("")
    }

    /// One of `(value, weight)`; `None` where there are none.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> Option<T> {
        let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for (value, weight) in choices {
            left -= weight;
            if left < 0.0 {
                return Some(*value);
            }
        }
        choices.last().map(|(value, _)| *value)
    }

    /// Puts the items in random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}
