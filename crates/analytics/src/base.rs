//! What rates are measured against.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cubes::{Measures, PopulationCell, PopulationGroupCell};
use crate::period::Period;

/// The denominator of a rate, as it was found: the rows' own; else the data set's population; else the population that
/// serves every data set; else all records of the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "base", rename_all = "snake_case")]
pub enum Base {
    /// Every row carries its own. `trials`: each row is one person or one decision, so a rate is a share.
    Rows { trials: bool },
    /// A population, in its unit.
    Population { unit: String },
    /// All records of the data set: a share of what was recorded, not a rate among people.
    Records,
    /// Nothing but the count itself (series over time only).
    Counts,
}

impl Base {
    /// The message keys that [`Base::label`] may give; a unit of a file is no key.
    pub const KEYS: [&'static str; 4] = ["base-trials", "base-rows", "base-records", "base-counts"];

    /// As stored in a signal: the unit, or a message key that begins with `base-`.
    pub fn label(&self) -> String {
        match self {
            Self::Rows { trials: true } => "base-trials".to_owned(),
            Self::Rows { trials: false } => "base-rows".to_owned(),
            Self::Population { unit } => unit.clone(),
            Self::Records => "base-records".to_owned(),
            Self::Counts => "base-counts".to_owned(),
        }
    }

    /// Whether events are some of the denominator, each of which either had the event or had not.
    pub const fn is_share(&self) -> bool {
        matches!(self, Self::Rows { trials: true } | Self::Records)
    }

    /// The rows' own denominator, if every row of these has one.
    pub(crate) fn of_rows(total: &Measures) -> Option<Self> {
        (total.rows > 0 && total.rows_without_exposure == 0 && total.exposure > 0.0)
            .then_some(Self::Rows { trials: total.trial_rows == total.rows })
    }
}

/// The amounts of one population table: constant, or over periods.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AtRisk {
    pub unit: String,
    /// Whether the amounts are over periods. Constant amounts beside such ones are left out.
    pub is_timed: bool,
    by_area: BTreeMap<String, Vec<(Option<Period>, f64)>>,
}

impl AtRisk {
    fn of<'a>(cells: impl Iterator<Item = &'a PopulationCell>) -> Option<Self> {
        let mut at_risk = Self::default();
        for cell in cells {
            if at_risk.unit.is_empty() {
                at_risk.unit.clone_from(&cell.unit);
            }
            at_risk.is_timed |= cell.period.is_some();
            at_risk.by_area.entry(cell.area.clone()).or_default().push((cell.period, cell.amount));
        }
        (!at_risk.by_area.is_empty()).then_some(at_risk)
    }

    /// How much is at risk in an area over a stretch of time. An amount over a period is spread evenly over its days;
    /// a constant amount counts once for every stretch, so that stretches are equally long time units.
    pub(crate) fn amount(&self, area: &str, over: Period) -> f64 {
        let Some(rows) = self.by_area.get(area) else { return 0.0 };
        rows.iter()
            .map(|(period, amount)| match period {
                Some(period) => amount * over.shared_days(*period) as f64 / period.days() as f64,
                None if self.is_timed => 0.0,
                None => *amount,
            })
            .sum()
    }

    /// The same over all areas.
    pub(crate) fn total(&self, over: Period) -> f64 {
        self.by_area.keys().map(|area| self.amount(area, over)).sum()
    }

    pub(crate) fn areas(&self) -> impl Iterator<Item = &str> {
        self.by_area.keys().map(String::as_str)
    }

    /// The stretch of time that the amounts speak of; None when they are constant.
    pub(crate) fn coverage(&self) -> Option<Period> {
        let periods = || self.by_area.values().flatten().filter_map(|(period, _)| *period);
        let from = periods().map(|period| period.from).min()?;
        Some(Period::new(from, periods().map(|period| period.to).max()?))
    }
}

/// Every population table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Populations {
    pub all: Vec<PopulationCell>,
    pub by_group: Vec<PopulationGroupCell>,
}

impl Populations {
    /// The population of a data set, else the one that serves every data set.
    pub(crate) fn of_areas(&self, dataset: &str) -> Option<AtRisk> {
        [dataset, ""].iter().find_map(|name| AtRisk::of(self.all.iter().filter(|cell| cell.dataset == *name)))
    }

    /// The same by the values of a group dimension, where the population knows the dimension.
    pub(crate) fn of_groups(&self, dataset: &str, dimension: &str) -> Option<BTreeMap<String, AtRisk>> {
        [dataset, ""].iter().find_map(|name| {
            let cells =
                || self.by_group.iter().filter(|it| it.cell.dataset == *name && it.dimension == dimension);
            let mut values: Vec<&str> = cells().map(|it| it.value.as_str()).collect();
            values.sort_unstable();
            values.dedup();
            let groups: BTreeMap<String, AtRisk> = values
                .into_iter()
                .filter_map(|value| {
                    let of = AtRisk::of(cells().filter(|it| it.value == value).map(|it| &it.cell))?;
                    Some((value.to_owned(), of))
                })
                .collect();
            (!groups.is_empty()).then_some(groups)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::kernel::clock::Day;

    fn period(from: &str, to: &str) -> Period {
        Period::new(Day::parse_iso(from).unwrap(), Day::parse_iso(to).unwrap())
    }

    fn cell(dataset: &str, over: Option<Period>, amount: f64) -> PopulationCell {
        PopulationCell {
            dataset: dataset.to_owned(),
            area: "A".to_owned(),
            period: over,
            unit: "people".to_owned(),
            amount,
        }
    }

    #[test]
    fn an_amount_over_a_year_is_spread_over_its_days_and_a_constant_one_is_not() {
        let year = period("2023-01-01", "2023-12-31");
        let april = period("2023-04-01", "2023-04-30");
        let timed = Populations { all: vec![cell("", Some(year), 365.0)], by_group: vec![] };
        let at_risk = timed.of_areas("x").unwrap();
        assert!((at_risk.amount("A", april) - 30.0).abs() < 1e-12);
        assert_eq!(at_risk.coverage(), Some(year));
        let constant = Populations { all: vec![cell("", None, 365.0)], by_group: vec![] };
        assert!((constant.of_areas("x").unwrap().amount("A", april) - 365.0).abs() < 1e-12);
    }

    #[test]
    fn a_data_sets_own_population_comes_before_the_one_for_all() {
        let both = Populations { all: vec![cell("", None, 1.0), cell("x", None, 2.0)], by_group: vec![] };
        let over = period("2023-01-01", "2023-01-31");
        assert!((both.of_areas("x").unwrap().total(over) - 2.0).abs() < 1e-12);
        assert!((both.of_areas("y").unwrap().total(over) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rows_are_trials_only_when_each_is_one() {
        let trials = Measures { n: 3, exposure: 7.0, rows: 7, rows_without_exposure: 0, trial_rows: 7 };
        assert_eq!(Base::of_rows(&trials), Some(Base::Rows { trials: true }));
        assert_eq!(Base::of_rows(&Measures { trial_rows: 6, ..trials }), Some(Base::Rows { trials: false }));
        assert_eq!(Base::of_rows(&Measures { rows_without_exposure: 1, ..trials }), None);
    }
}
