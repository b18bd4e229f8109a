//! The cubes as the detectors want them: one outcome (a code of a data set) at a time.

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::codes::EventKind;

use crate::AnalyticsError;
use crate::base::{AtRisk, Base, Populations};
use crate::cubes::{AreaRow, Measures, OutcomeKey, Reader};
use crate::period::Period;

use super::Options;

/// Everything a run looks at, read from one state of the evidence.
pub(super) struct Facts {
    pub areas: Vec<AreaRow>,
    pub outcomes: Vec<OutcomeFacts>,
    pub fingerprint: String,
    populations: Populations,
    records: BTreeMap<String, Records>,
}

/// All records of a data set, for outcomes that have no other denominator.
#[derive(Default)]
struct Records {
    cells: BTreeMap<(String, Period), u64>,
    groups: BTreeMap<(String, String), BTreeMap<String, u64>>,
    group_periods: BTreeMap<(String, String), BTreeMap<Period, u64>>,
}

/// One code of one data set.
pub(super) struct OutcomeFacts {
    pub key: OutcomeKey,
    pub kind: EventKind,
    /// First and last day of the data set.
    pub span: Period,
    pub total: Measures,
    pub systems: BTreeMap<String, u64>,
    /// By area and period.
    pub cells: BTreeMap<(String, Period), Measures>,
    /// By dimension and value, by area.
    pub groups: BTreeMap<(String, String), BTreeMap<String, Measures>>,
    pub group_periods: BTreeMap<(String, String), BTreeMap<Period, Measures>>,
    /// One-day events by Monday.
    pub weeks: BTreeMap<domain::kernel::clock::Day, Measures>,
}

impl OutcomeFacts {
    /// The system with at least two thirds of the events, or empty.
    pub fn system(&self) -> String {
        self.systems
            .iter()
            .find(|(_, n)| **n * 3 >= self.total.n * 2 && self.total.n > 0)
            .map(|(system, _)| system.clone())
            .unwrap_or_default()
    }
}

/// Which outcomes can be a problem of a system: barriers, crises, decisions, and referrals that came to nothing. That a
/// contact, a service or a referral happened is no barrier.
pub(super) fn is_looked_at(kind: EventKind, code: &str) -> bool {
    match kind {
        EventKind::Barrier | EventKind::Crisis | EventKind::Decision => true,
        EventKind::Referral => matches!(code, "no_response" | "declined"),
        EventKind::Service | EventKind::Contact => false,
    }
}

impl Facts {
    pub async fn read(reader: &Reader, options: &Options) -> Result<Self, AnalyticsError> {
        let until = options.until;
        let spans: BTreeMap<String, Period> =
            reader.spans(until).await?.into_iter().map(|span| (span.dataset, span.period)).collect();
        let mut records: BTreeMap<String, Records> = BTreeMap::new();
        let mut outcomes: BTreeMap<OutcomeKey, OutcomeFacts> = BTreeMap::new();
        for cell in reader.events(until).await? {
            let of_dataset = records.entry(cell.of.dataset.clone()).or_default();
            *of_dataset.cells.entry((cell.area.clone(), cell.period)).or_default() += cell.measures.n;
            let (Some(kind), Some(span)) = (EventKind::from_code(&cell.of.kind), spans.get(&cell.of.dataset))
            else {
                continue;
            };
            if !is_looked_at(kind, &cell.of.code) {
                continue;
            }
            let outcome = outcomes.entry(cell.of.clone()).or_insert_with(|| OutcomeFacts {
                key: cell.of,
                kind,
                span: *span,
                total: Measures::default(),
                systems: BTreeMap::new(),
                cells: BTreeMap::new(),
                groups: BTreeMap::new(),
                group_periods: BTreeMap::new(),
                weeks: BTreeMap::new(),
            });
            outcome.total.add(&cell.measures);
            *outcome.systems.entry(cell.system).or_default() += cell.measures.n;
            outcome.cells.entry((cell.area, cell.period)).or_default().add(&cell.measures);
        }
        for cell in reader.groups_by_area(until).await? {
            let group = (cell.dimension, cell.value);
            let of_dataset = records.entry(cell.of.dataset.clone()).or_default();
            *of_dataset.groups.entry(group.clone()).or_default().entry(cell.area.clone()).or_default() +=
                cell.measures.n;
            if let Some(outcome) = outcomes.get_mut(&cell.of) {
                outcome.groups.entry(group).or_default().entry(cell.area).or_default().add(&cell.measures);
            }
        }
        for cell in reader.groups_by_period(until).await? {
            let group = (cell.dimension, cell.value);
            let of_dataset = records.entry(cell.of.dataset.clone()).or_default();
            *of_dataset.group_periods.entry(group.clone()).or_default().entry(cell.period).or_default() +=
                cell.measures.n;
            if let Some(outcome) = outcomes.get_mut(&cell.of) {
                let periods = outcome.group_periods.entry(group).or_default();
                periods.entry(cell.period).or_default().add(&cell.measures);
            }
        }
        for cell in reader.weeks(until).await? {
            if let Some(outcome) = outcomes.get_mut(&cell.of) {
                outcome.weeks.entry(cell.week).or_default().add(&cell.measures);
            }
        }
        let populations =
            Populations { all: reader.population().await?, by_group: reader.population_by_group().await? };
        Ok(Self {
            areas: reader.areas().await?,
            outcomes: outcomes.into_values().collect(),
            fingerprint: reader.fingerprint().await?,
            populations,
            records,
        })
    }

    /// Events and denominators by area and period.
    pub fn grid(&self, outcome: &OutcomeFacts) -> Grid {
        let at_risk = self.populations.of_areas(&outcome.key.dataset);
        let records = self.records.get(&outcome.key.dataset);
        let (periods, are_months, is_approximate) = periods(outcome);
        let place = |period: Period| if are_months { Period::month_of(period.from) } else { period };
        let base = match (Base::of_rows(&outcome.total), &at_risk) {
            (Some(base), _) => base,
            (None, Some(at_risk)) => Base::Population { unit: at_risk.unit.clone() },
            (None, None) => Base::Records,
        };
        let mut names: BTreeSet<&str> = outcome.cells.keys().map(|(area, _)| area.as_str()).collect();
        match (&base, &at_risk, records) {
            (Base::Population { .. }, Some(at_risk), _) => names.extend(at_risk.areas()),
            (Base::Records, _, Some(records)) => {
                names.extend(records.cells.keys().map(|(area, _)| area.as_str()))
            }
            _ => {}
        }
        names.remove("");
        let areas: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut grid = Grid {
            events: vec![0; areas.len() * periods.len()],
            exposure: vec![0.0; areas.len() * periods.len()],
            coverage: at_risk.as_ref().and_then(AtRisk::coverage),
            areas,
            periods,
            are_months,
            is_approximate,
            base,
            left_out: 0,
        };
        match (&grid.base, &at_risk, records) {
            (Base::Rows { .. }, ..) => {
                for ((area, period), measures) in &outcome.cells {
                    if let Some(at) = grid.at(area, place(*period)) {
                        grid.add_exposure(at, measures.exposure);
                    }
                }
            }
            (Base::Population { .. }, Some(at_risk), _) => {
                for (row, area) in grid.areas.clone().iter().enumerate() {
                    for (column, period) in grid.periods.clone().into_iter().enumerate() {
                        // The first and the last month may have been recorded in part.
                        let seen = period.shared_days(outcome.span);
                        let over =
                            Period::new(period.from.max(outcome.span.from), period.to.min(outcome.span.to));
                        let amount = if at_risk.is_timed {
                            if seen > 0 { at_risk.amount(area, over) } else { 0.0 }
                        } else {
                            at_risk.amount(area, period) * seen as f64 / period.days() as f64
                        };
                        let at = row * grid.periods.len() + column;
                        grid.add_exposure(at, amount);
                    }
                }
            }
            (_, _, Some(records)) => {
                for ((area, period), n) in &records.cells {
                    if let Some(at) = grid.at(area, place(*period)) {
                        grid.add_exposure(at, *n as f64);
                    }
                }
            }
            _ => {}
        }
        for ((area, period), measures) in &outcome.cells {
            let at =
                grid.at(area, place(*period)).filter(|at| grid.exposure.get(*at).is_some_and(|it| *it > 0.0));
            match at.and_then(|at| grid.events.get_mut(at)) {
                Some(cell) => *cell += measures.n,
                None => grid.left_out += measures.n,
            }
        }
        grid
    }

    /// Events and denominators by the values of each group dimension.
    pub fn dimensions(&self, outcome: &OutcomeFacts) -> Vec<Dimension> {
        let mut names: Vec<&str> = outcome.groups.keys().map(|(dimension, _)| dimension.as_str()).collect();
        names.dedup();
        names.into_iter().filter_map(|name| self.dimension(outcome, name)).collect()
    }

    fn dimension(&self, outcome: &OutcomeFacts, name: &str) -> Option<Dimension> {
        let groups = || outcome.groups.iter().filter(|((dimension, _), _)| dimension == name);
        let mut total = Measures::default();
        groups().flat_map(|(_, areas)| areas.values()).for_each(|measures| total.add(measures));
        let own = Base::of_rows(&total);
        let population = self.populations.of_groups(&outcome.key.dataset, name);
        let records = self.records.get(&outcome.key.dataset);
        let mut values: BTreeMap<String, Group> = BTreeMap::new();
        let base = match (own, population) {
            (Some(base), _) => {
                for ((_, value), areas) in groups() {
                    let group = values.entry(value.clone()).or_default();
                    for (area, measures) in areas {
                        group.cell(area).exposure += measures.exposure;
                    }
                }
                base
            }
            (None, Some(population)) => {
                let mut unit = String::new();
                for (value, at_risk) in &population {
                    unit.clone_from(&at_risk.unit);
                    let group = values.entry(value.clone()).or_default();
                    for area in at_risk.areas() {
                        group.cell(area).exposure += at_risk.amount(area, outcome.span);
                    }
                }
                Base::Population { unit }
            }
            (None, None) => {
                let records = records?;
                for ((dimension, value), areas) in &records.groups {
                    if dimension == name {
                        let group = values.entry(value.clone()).or_default();
                        for (area, n) in areas {
                            group.cell(area).exposure += *n as f64;
                        }
                    }
                }
                Base::Records
            }
        };
        for ((_, value), areas) in groups() {
            if let Some(group) = values.get_mut(value) {
                for (area, measures) in areas {
                    group.cell(area).events += measures.n;
                }
            }
        }
        for (value, group) in &mut values {
            group.events = group.areas.values().map(|cell| cell.events).sum();
            group.exposure = group.areas.values().map(|cell| cell.exposure).sum();
            let key = (name.to_owned(), value.clone());
            if let Some(periods) = outcome.group_periods.get(&key) {
                group.periods = periods.iter().map(|(period, measures)| (*period, measures.n)).collect();
            }
        }
        values.retain(|_, group| group.exposure > 0.0);
        Some(Dimension { name: name.to_owned(), base, values })
    }

    /// How much is at risk in each of these periods, where that changes over time; None where it does not, or where
    /// nothing but the count is known.
    pub fn exposure_over(&self, outcome: &OutcomeFacts, periods: &[Period]) -> Option<(Base, Vec<f64>)> {
        if Base::of_rows(&outcome.total).is_some() {
            return None;
        }
        let at_risk = self.populations.of_areas(&outcome.key.dataset).filter(|it| it.is_timed)?;
        let amounts: Vec<f64> = periods.iter().map(|period| at_risk.total(*period)).collect();
        amounts
            .iter()
            .all(|amount| *amount > 0.0)
            .then_some((Base::Population { unit: at_risk.unit.clone() }, amounts))
    }
}

/// The periods of an outcome in order; whether they are months; whether counts over other periods had to be put into the
/// month of their first day.
fn periods(outcome: &OutcomeFacts) -> (Vec<Period>, bool, bool) {
    let own: BTreeSet<Period> = outcome.cells.keys().map(|(_, period)| *period).collect();
    let are_months = own.iter().all(|period| Period::month_of(period.from) == *period);
    let ordered: Vec<Period> = own.into_iter().collect();
    // A file may name the day on which one period ends and the next begins in both of them.
    let overlap = ordered.windows(2).any(|pair| matches!(pair, [a, b] if b.from < a.to));
    if are_months || overlap {
        (Period::months(outcome.span.from, outcome.span.to), true, overlap && !are_months)
    } else {
        (ordered, false, false)
    }
}

/// Events and denominators of one outcome, area by period, row by row.
pub(super) struct Grid {
    pub areas: Vec<String>,
    pub periods: Vec<Period>,
    pub events: Vec<u64>,
    pub exposure: Vec<f64>,
    pub base: Base,
    pub are_months: bool,
    pub is_approximate: bool,
    /// What a population over periods speaks of.
    pub coverage: Option<Period>,
    /// Events where nobody is at risk, or whose area is not known.
    pub left_out: u64,
}

impl Grid {
    fn at(&self, area: &str, period: Period) -> Option<usize> {
        let row = self.areas.binary_search_by(|it| it.as_str().cmp(area)).ok()?;
        let column = self.periods.binary_search(&period).ok()?;
        Some(row * self.periods.len() + column)
    }

    fn add_exposure(&mut self, at: usize, amount: f64) {
        if let Some(cell) = self.exposure.get_mut(at) {
            *cell += amount;
        }
    }

    pub fn n_events(&self) -> u64 {
        self.events.iter().sum()
    }

    /// Events and exposure of each area over all periods.
    pub fn by_area(&self) -> Vec<(u64, f64)> {
        let width = self.periods.len().max(1);
        self.events
            .chunks(width)
            .zip(self.exposure.chunks(width))
            .map(|(events, exposure)| (events.iter().sum(), exposure.iter().sum()))
            .collect()
    }

    /// Events and exposure of each period over the areas that `within` holds for.
    pub fn by_period(&self, within: impl Fn(usize) -> bool) -> Vec<(u64, f64)> {
        let width = self.periods.len().max(1);
        let mut sums = vec![(0, 0.0); self.periods.len()];
        for (row, (events, exposure)) in
            self.events.chunks(width).zip(self.exposure.chunks(width)).enumerate()
        {
            if within(row) {
                for (sum, (n, amount)) in sums.iter_mut().zip(events.iter().zip(exposure)) {
                    sum.0 += n;
                    sum.1 += amount;
                }
            }
        }
        sums
    }
}

/// The values of one group dimension.
pub(super) struct Dimension {
    pub name: String,
    pub base: Base,
    pub values: BTreeMap<String, Group>,
}

#[derive(Default)]
pub(super) struct Group {
    pub events: u64,
    pub exposure: f64,
    pub areas: BTreeMap<String, GroupCell>,
    pub periods: BTreeMap<Period, u64>,
}

#[derive(Default, Clone, Copy)]
pub(super) struct GroupCell {
    pub events: u64,
    pub exposure: f64,
}

impl Group {
    fn cell(&mut self, area: &str) -> &mut GroupCell {
        if !self.areas.contains_key(area) {
            self.areas.insert(area.to_owned(), GroupCell::default());
        }
        self.areas.entry(area.to_owned()).or_default()
    }
}
