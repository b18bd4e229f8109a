//! Areas of the map and how many people (or homes, or client-months) stand behind them.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{areas, areas_insert, population_insert};

use crate::kernel::clock::Day;

/// An area of the map: a ZIP code, a district, a hexagon.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub code: String,
    pub name: String,
    /// The area it lies in, or empty.
    pub parent: String,
    /// Centroid, degrees (WGS 84).
    pub longitude: f64,
    pub latitude: f64,
    /// A GeoJSON geometry as text.
    pub geometry: String,
}

/// How much there is at risk in an area, for one combination of groups, over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    pub area: String,
    pub stratum_id: i64,
    /// None: the amount holds for the whole time.
    pub period: Option<(Day, Day)>,
    pub amount: f64,
    pub unit: String,
}
