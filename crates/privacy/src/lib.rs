//! Disclosure control: what may be shown about groups of people.
//!
//! A figure about a small group can point at a person. Macro pages, reports, exports and aggregate answers
//! therefore accept only [`Disclosed`] values, and only this crate can build one. What is hidden says so
//! ("fewer than 11") and is never blank, so that a reader does not take it for zero.
//!
//! This crate knows numbers and thresholds; it knows nothing of clients, pages or storage.

mod policy;
mod table;

pub use policy::{Disclosed, Policy, ThresholdTooLow};
pub use table::{Cell, suppress_column};
