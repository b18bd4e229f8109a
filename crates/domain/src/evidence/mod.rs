//! The pseudonymous evidence: what happened, where, when and to which groups, without anyone's name.
//!
//! Owns what was brought in from files ([`imports`]), the evidence table that all statistics read, and the
//! findings ([`signals`]) that come out of it. It deliberately does not know how a finding is computed (that is
//! `analytics`), nor what people do about it (that is `issues`).

pub mod imports;
pub mod signals;
mod store;

pub(crate) use store::STATEMENTS;
pub use store::{codes, dimensions, fingerprint, strata_ids, top_up};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kernel::codes::EventKind;

/// The dataset name of the agency's own case record.
pub const CASEWORK: &str = "casework";

/// A combination of group values, such as language Spanish and age band 18-25. Dimension to value.
pub type Stratum = BTreeMap<String, String>;

/// The one text of a combination: sorted, so that the same combination is the same row.
pub fn stratum_key(stratum: &Stratum) -> String {
    serde_json::to_string(stratum).unwrap_or_default()
}

/// One code of one data set, as people pick it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Code {
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    /// How people call it.
    pub label: String,
    /// How many events the evidence holds.
    pub n: u64,
    /// Whether every row carries its own denominator.
    pub has_exposure: bool,
}

/// What a top-up brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ToppedUp {
    pub from_cases: u64,
    pub from_files: u64,
    pub superseded: u64,
}
