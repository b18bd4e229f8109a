//! Where does the evidence point at a system? Detectors over cubes, and one bound on false discoveries over all of them.

use domain::evidence::signals::Signal;
use domain::kernel::clock::{Clock, Day};

/// How to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The last day to look at; None: all there is.
    pub until: Option<Day>,
    /// Same evidence and seed, same signals, byte for byte; the number of threads does not matter.
    pub seed: u64,
    /// Random data sets that a space-time scan is compared with.
    pub replicates: u32,
    /// Coverage of intervals.
    pub level: f64,
    /// Accepted share of false discoveries among the signals.
    pub fdr: f64,
    /// Worker threads; 0 is one per core.
    pub threads: usize,
    /// Where the time of the run's end comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { until: None, seed: 1, replicates: 999, level: 0.95, fdr: 0.05, threads: 0, clock: Clock::Real }
    }
}

/// Something a detector could not look at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    pub dataset: String,
    pub kind: String,
    pub code: String,
    /// Message key, `note-...`.
    pub key: &'static str,
}

/// What a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Tests of the family, all detectors together.
    pub hypotheses: u64,
    /// Best first.
    pub signals: Vec<Signal>,
    /// Of the evidence that was read.
    pub fingerprint: String,
    pub notes: Vec<Note>,
}
