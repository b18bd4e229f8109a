//! Random data sets without a cluster, conditional on the number of cases.

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Cases by location, without the empty cells (most cells of a fine table are empty).
#[derive(Debug, Clone)]
pub(super) struct Sparse {
    offsets: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

impl Sparse {
    pub(super) fn from_dense(cases: &[u32], periods: usize) -> Sparse {
        let mut sparse = Sparse { offsets: vec![0], entries: Vec::new() };
        for row in cases.chunks(periods) {
            sparse.entries.extend((0_u32..).zip(row).filter(|(_, c)| **c > 0).map(|(t, &c)| (t, c)));
            sparse.offsets.push(u32::try_from(sparse.entries.len()).unwrap_or(u32::MAX));
        }
        sparse
    }

    /// (period, cases) of one location.
    pub(super) fn of(&self, location: u32) -> &[(u32, u32)] {
        let location = location as usize;
        &self.entries[self.offsets[location] as usize..self.offsets[location + 1] as usize]
    }
}

/// Draws replicates.
#[derive(Debug)]
pub(super) enum Sampler {
    /// Every case falls into a cell by itself, with the model's probabilities.
    Multinomial { cases: u64, cells: Alias },
    /// Every case keeps its period and falls into a location by itself; for each period with cases its
    /// number, its cases and its locations.
    WithinPeriods { periods: Vec<(usize, u64, Alias)>, cells: usize },
    /// The cases are a random choice among all people; the vector holds each person's cell.
    WithoutReplacement { cells: usize, cases: u64, people: Vec<u32> },
    /// The cases keep their places and swap their times within their stratum; for each stratum the
    /// location and the time of every case.
    Permutation { strata: Vec<(Vec<u32>, Vec<u32>)>, cells: usize },
}

/// A table to draw from with given weights: Walker's alias method in Vose's form, in which each draw costs
/// one index and one comparison.
#[derive(Debug)]
pub(super) struct Alias {
    keep: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    fn new(weights: &[f64]) -> Alias {
        let n = weights.len();
        let mean = weights.iter().sum::<f64>() / n as f64;
        let mut keep: Vec<f64> = weights.iter().map(|w| w / mean).collect();
        let mut other: Vec<u32> = (0_u32..).take(n).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0_u32..).take(n).partition(|&i| keep[i as usize] < 1.0);
        while let (Some(&s), Some(&l)) = (small.last(), large.last()) {
            small.pop();
            other[s as usize] = l;
            keep[l as usize] -= 1.0 - keep[s as usize];
            if keep[l as usize] < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        // What rounding left over is a whole column, except that an impossible cell stays impossible.
        for i in small.into_iter().chain(large) {
            if weights[i as usize] > 0.0 {
                keep[i as usize] = 1.0;
            }
        }
        Alias { keep, other }
    }

    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> usize {
        let i = rng.random_range(0..self.keep.len());
        if rng.random::<f64>() < self.keep[i] { i } else { self.other[i] as usize }
    }
}

impl Sampler {
    pub(super) fn multinomial(weights: &[f64], cases: u64) -> Sampler {
        Sampler::Multinomial { cases, cells: Alias::new(weights) }
    }

    /// `weights` is location by period; `cases` those of each period.
    pub(super) fn within_periods(weights: &[f64], cases: &[u64]) -> Sampler {
        let of_period = |t: usize| weights.iter().skip(t).step_by(cases.len()).copied().collect::<Vec<f64>>();
        let periods = cases
            .iter()
            .enumerate()
            .filter(|(_, cases)| **cases > 0)
            .map(|(t, &cases)| (t, cases, Alias::new(&of_period(t))))
            .collect();
        Sampler::WithinPeriods { periods, cells: weights.len() }
    }

    pub(super) fn without_replacement(people: &[f64], cases: u64) -> Sampler {
        let mut all = Vec::new();
        for (cell, &n) in (0_u32..).zip(people) {
            let mut left = n;
            while left >= 0.5 {
                all.push(cell);
                left -= 1.0;
            }
        }
        Sampler::WithoutReplacement { cells: people.len(), cases, people: all }
    }

    pub(super) fn permutation(strata: &[&[u32]], periods: usize) -> Sampler {
        let cells = strata.first().map_or(0, |table| table.len());
        let mut cases = Vec::new();
        for table in strata {
            let (mut locations, mut times) = (Vec::new(), Vec::new());
            for (location, row) in (0_u32..).zip(table.chunks(periods)) {
                for (time, &n) in (0_u32..).zip(row) {
                    for _ in 0..n {
                        locations.push(location);
                        times.push(time);
                    }
                }
            }
            cases.push((locations, times));
        }
        Sampler::Permutation { strata: cases, cells }
    }

    /// Replicate number `replicate`: its stream depends on the seed and the number alone.
    pub(super) fn draw(&self, seed: u64, replicate: u64, periods: usize) -> Sparse {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(stream(seed, replicate));
        let mut counts;
        match self {
            Sampler::Multinomial { cases, cells } => {
                counts = vec![0_u32; cells.keep.len()];
                for _ in 0..*cases {
                    counts[cells.draw(&mut rng)] += 1;
                }
            }
            Sampler::WithinPeriods { periods: tables, cells } => {
                counts = vec![0_u32; *cells];
                for (period, cases, locations) in tables {
                    for _ in 0..*cases {
                        counts[locations.draw(&mut rng) * periods + period] += 1;
                    }
                }
            }
            Sampler::WithoutReplacement { cells, cases, people } => {
                counts = vec![0_u32; *cells];
                let mut people = people.clone();
                for i in 0..usize::try_from(*cases).unwrap_or(usize::MAX).min(people.len()) {
                    let j = rng.random_range(i..people.len());
                    people.swap(i, j);
                    counts[people[i] as usize] += 1;
                }
            }
            Sampler::Permutation { strata, cells } => {
                counts = vec![0_u32; *cells];
                for (locations, times) in strata {
                    let mut times = times.clone();
                    for (i, &location) in locations.iter().enumerate() {
                        let j = rng.random_range(i..times.len());
                        times.swap(i, j);
                        counts[location as usize * periods + times[i] as usize] += 1;
                    }
                }
            }
        }
        Sparse::from_dense(&counts, periods)
    }
}

/// Mixes a seed and a number to a seed of their own (the finaliser of SplitMix64), so that neighbouring
/// numbers give unrelated streams.
fn stream(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
