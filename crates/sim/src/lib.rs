//! A simulated agency with known truth.
//!
//! [`World::generate`] makes a fictional county, an agency in it, three years of its casework, and the effects that
//! are planted in the record: a cluster, a disparity, a break in trend, a path to crisis, a rule change that works,
//! and a group it leaves behind ([`Truth`]). The demo, the screenshots and the tests of the methods use this one
//! world. It knows nothing of the database, of forms or of detectors: it hands out plain structs and files.
//!
//! The same [`Config`] gives the same bytes: each stage has its own random stream, every map is ordered, and no
//! clock is read.

mod cases;
mod days;
pub mod duplicates;
mod events;
mod exposure;
mod files;
mod people;
mod places;
mod rates;
mod rng;
#[cfg(test)]
mod tests;
mod truth;
mod words;

use std::collections::BTreeMap;

use time::{Date, Duration, macros::date};

pub use cases::Case;
pub use days::DAYS_PER_MONTH;
pub use events::Event;
pub use exposure::{ClientMonths, Slice};
pub use files::{EVENTS_HEADER, events_csv_rows};
pub use people::{Client, Organization, Professional, Role, SYSTEMS, Staff};
pub use places::{AGE_BANDS, Area, COUNTY, District, GENDERS, LANGUAGES, PopulationCell};
pub use rates::Kind;
pub use truth::{
    Adoption, Cluster, Consequence, Disparity, LeftBehind, Path, Place, RuleChange, TrendBreak, Truth,
};

/// The agency's name.
pub const AGENCY: &str = "Larkwater Youth and Family Corner (fictional)";

const DISCLAIMER: &str = "Everything here is invented by a program: the county, the agency, every person, \
    organization, event and note. Any likeness to real people or places is chance.";

/// Which world to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub seed: u64,
    /// Clients over the whole time.
    pub clients: usize,
    /// Months simulated; the planted dates suppose at least 24.
    pub months: u32,
    /// First day of the record; the first of a month (any other day counts as the first of its month).
    pub start: Date,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 1, clients: 2_500, months: 36, start: date!(2023 - 11 - 01) }
    }
}

/// A simulated agency, its county and its record. Structs refer to each other by their place in these lists.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub config: Config,
    pub districts: Vec<District>,
    pub areas: Vec<Area>,
    pub organizations: Vec<Organization>,
    pub professionals: Vec<Professional>,
    pub staff: Vec<Staff>,
    pub clients: Vec<Client>,
    /// In the order of opening.
    pub cases: Vec<Case>,
    /// In the order of the day they happened.
    pub events: Vec<Event>,
    pub truth: Truth,
}

impl World {
    /// Makes the world of a configuration.
    pub fn generate(config: &Config) -> Self {
        let config = Config { start: days::month_start(config.start, 0), ..config.clone() };
        let end = days::month_start(config.start, config.months);
        let districts = places::districts();
        let areas = places::areas(config.seed);
        let organizations = people::organizations();
        let professionals = people::professionals(config.seed, &organizations);
        let staff = people::staff();
        let cases = cases::cases(&config, end, &staff);
        let seats = people::seats(config.seed, &areas, config.clients);
        let first_opened_on: Vec<Date> =
            cases.iter().filter(|case| !case.second).map(|case| case.opened_on).collect();
        let clients = people::clients(config.seed, &seats, &first_opened_on);
        let base_rates: BTreeMap<String, f64> = rates::BARRIERS
            .iter()
            .chain(&rates::CRISES)
            .map(|of| {
                let key = format!("{}/{}", of.kind.as_str(), of.code);
                (key, of.per_month * 1000.0)
            })
            .collect();
        let truth = Truth::plant(&config, &areas, &districts, end, base_rates);
        let events = events::events(&events::Setting {
            seed: config.seed,
            end,
            truth: &truth,
            areas: &areas,
            districts: &districts,
            organizations: &organizations,
            staff: &staff,
            clients: &clients,
            cases: &cases,
        });
        Self { config, districts, areas, organizations, professionals, staff, clients, cases, events, truth }
    }

    /// Says that all of it is invented; to be shown wherever a name of this world is.
    pub fn disclaimer() -> &'static str {
        DISCLAIMER
    }

    /// The day after the last simulated day.
    pub fn end(&self) -> Date {
        self.truth.last_day.saturating_add(Duration::days(1))
    }

    /// The map as GeoJSON; properties `code`, `name`, `district`.
    pub fn areas_geojson(&self) -> String {
        places::geojson(&self.areas, &self.districts)
    }
}
