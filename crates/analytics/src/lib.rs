//! What the evidence says: cubes, detectors, comparisons of groups and estimates of effects.
//!
//! Evidence is reduced to small dense tables ("cubes") by the engine where the data lies, [`cubes`]; `stats` infers on
//! the cubes; the results are signals ([`identify`]), tables of groups that passed the privacy gate ([`disparity`]) and
//! estimates of what a change did ([`evaluate`]). This crate never sees a name or a note: only pseudonymous counts by
//! code, place, time and group.

mod base;
pub mod cubes;
pub mod disparity;
mod error;
pub mod evaluate;
pub mod evidence;
pub mod identify;
#[cfg(feature = "lake")]
pub mod lake_table;
mod period;
pub mod said;

#[cfg(test)]
mod test_site;

pub use base::Base;
pub use cubes::Engine;
pub use error::AnalyticsError;
pub use period::Period;
