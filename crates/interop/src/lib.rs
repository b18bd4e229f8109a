//! Bytes of foreign formats to the project's facts.
//!
//! Everything here is pure: a reader goes in, rows and problems come out, in memory that does not grow with the file.
//! Nothing is stored and nothing is guessed silently. A problem names the file, the line, the column, what was
//! expected and the *kind* of what was found; it never repeats the value, which may be a client's.
//!
//! - [`events`]: a table (CSV and its relatives) whose rows are events, read through a [`events::Mapping`];
//! - [`areas`]: a GeoJSON map;
//! - [`population`]: a table of how many people live where, to divide by.

pub mod areas;
mod dates;
pub mod events;
pub mod ics;
mod number;
pub mod population;
mod problem;
mod strata;
mod table;
mod text;
pub mod words;

pub use dates::DateStyle;
pub use problem::{ColumnRef, FileCause, FileProblem, FileWarning, MissingColumn, RowProblem, value_kind};
pub use strata::StratumKey;
pub use words::Words;
