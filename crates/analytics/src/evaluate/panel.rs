//! The outcome of a plan as numbers: area by period, zero-filled, with what it is measured against.

use std::collections::{BTreeMap, BTreeSet};

use domain::evaluation::{Plan, TimeStep};
use domain::kernel::clock::Day;

use super::{EstimateError, Refusal};
use crate::base::{AtRisk, Base, Populations};
use crate::cubes::{AreaRow, Measures, PanelCell, PanelOf, Reader};
use crate::period::Period;

/// Everything of one code that estimates are made from, read from one state of the evidence.
pub(super) struct Source {
    pub areas: Vec<AreaRow>,
    pub fingerprint: String,
    /// Whether counts over periods of their own had to be put into the month of their first day.
    pub is_approximate: bool,
    step: TimeStep,
    dataset: String,
    dimension: String,
    span: Period,
    cells: Vec<PanelCell>,
    by_group: BTreeMap<String, Vec<PanelCell>>,
    populations: Populations,
}

/// Counts of one group (or of everybody), area by period, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub areas: Vec<String>,
    pub periods: Vec<Period>,
    pub counts: Vec<u64>,
    /// None: nothing but counts is known.
    pub exposure: Option<Vec<f64>>,
    pub base: Base,
}

impl Source {
    pub async fn read(reader: &Reader, plan: &Plan, step: TimeStep) -> Result<Self, EstimateError> {
        let spans = reader.spans(None).await?;
        let span =
            spans.into_iter().find(|span| span.dataset == plan.dataset).ok_or(Refusal::NoEvents)?.period;
        let of = PanelOf { dataset: &plan.dataset, kind: plan.kind.code(), code: &plan.code, until: None };
        let cells = match step {
            TimeStep::Month => reader.panel_months(of).await?,
            TimeStep::Week => reader.panel_weeks(of).await?,
        };
        let over_periods: u64 = cells.iter().map(|cell| cell.rows_of_periods).sum();
        if cells.iter().all(|cell| cell.measures.n == 0) {
            return Err(Refusal::NoEvents.into());
        }
        if over_periods > 0 && step == TimeStep::Week {
            return Err(Refusal::CountsOverLongerPeriods.into());
        }
        let mut by_group: BTreeMap<String, Vec<PanelCell>> = BTreeMap::new();
        if !plan.dimension.is_empty() {
            let cells = match step {
                TimeStep::Month => reader.panel_months_by_group(of, &plan.dimension).await?,
                TimeStep::Week => reader.panel_weeks_by_group(of, &plan.dimension).await?,
            };
            for it in cells {
                by_group.entry(it.value).or_default().push(it.cell);
            }
        }
        let populations =
            Populations { all: reader.population().await?, by_group: reader.population_by_group().await? };
        Ok(Self {
            areas: reader.areas().await?,
            fingerprint: reader.fingerprint().await?,
            is_approximate: over_periods > 0,
            step,
            dataset: plan.dataset.clone(),
            dimension: plan.dimension.clone(),
            span,
            cells,
            by_group,
            populations,
        })
    }

    /// The values of the plan's dimension that have events.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.by_group.keys().map(String::as_str)
    }

    /// Everybody, or one group of the plan's dimension.
    pub fn panel(&self, group: Option<&str>) -> Panel {
        let none = Vec::new();
        let cells = group.map_or(&self.cells, |value| self.by_group.get(value).unwrap_or(&none));
        // A period that was recorded in part would look like a fall.
        let periods: Vec<Period> = match self.step {
            TimeStep::Month => Period::months(self.span.from, self.span.to),
            TimeStep::Week => Period::weeks(self.span.from, self.span.to),
        }
        .into_iter()
        .filter(|period| period.from >= self.span.from && period.to <= self.span.to)
        .collect();
        let mut total = Measures::default();
        cells.iter().for_each(|cell| total.add(&cell.measures));
        let own = Base::of_rows(&total);
        let at_risk = match group {
            None => self.populations.of_areas(&self.dataset),
            Some(value) => self
                .populations
                .of_groups(&self.dataset, &self.dimension)
                .and_then(|mut groups| groups.remove(value)),
        };
        let mut names: BTreeSet<&str> = cells.iter().map(|cell| cell.area.as_str()).collect();
        if let (None, Some(at_risk)) = (&own, &at_risk) {
            names.extend(at_risk.areas());
        }
        let areas: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut counts = vec![0; areas.len() * periods.len()];
        let mut carried = vec![0.0; counts.len()];
        for cell in cells {
            let row = areas.binary_search(&cell.area);
            let column = periods.binary_search_by(|period| period.from.cmp(&cell.time));
            let (Ok(row), Ok(column)) = (row, column) else { continue };
            let at = row * periods.len() + column;
            if let (Some(count), Some(exposure)) = (counts.get_mut(at), carried.get_mut(at)) {
                *count += cell.measures.n;
                *exposure += cell.measures.exposure;
            }
        }
        let (base, exposure) = match (own, at_risk) {
            (Some(base), _) => (base, Some(carried)),
            (None, Some(at_risk)) => {
                let amounts = amounts(&at_risk, &areas, &periods);
                (Base::Population { unit: at_risk.unit }, Some(amounts))
            }
            (None, None) => (Base::Counts, None),
        };
        Panel { areas, periods, counts, exposure, base }
    }
}

fn amounts(at_risk: &AtRisk, areas: &[String], periods: &[Period]) -> Vec<f64> {
    areas.iter().flat_map(|area| periods.iter().map(|period| at_risk.amount(area, *period))).collect()
}

impl Panel {
    pub fn n_events(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Counts over all areas, and the exposure where every period has some.
    pub fn series(&self) -> (Vec<f64>, Option<Vec<f64>>) {
        let width = self.periods.len().max(1);
        let mut counts = vec![0.0; self.periods.len()];
        for row in self.counts.chunks(width) {
            counts.iter_mut().zip(row).for_each(|(sum, n)| *sum += *n as f64);
        }
        let exposure = self.exposure.as_ref().map(|amounts| {
            let mut sums = vec![0.0; self.periods.len()];
            for row in amounts.chunks(width) {
                sums.iter_mut().zip(row).for_each(|(sum, amount)| *sum += amount);
            }
            sums
        });
        (counts, exposure.filter(|sums| sums.iter().all(|amount| *amount > 0.0)))
    }

    /// The same with `of` periods taken together, so that one of the longer ones begins at position `at`. Periods at either
    /// end that make no whole one are left out.
    pub fn joined(&self, of: usize, at: usize) -> Self {
        let of = of.max(1);
        let (skip, width) = (at % of, self.periods.len());
        let n = width.saturating_sub(skip) / of;
        let periods = self
            .periods
            .get(skip..skip + n * of)
            .unwrap_or_default()
            .chunks(of)
            .filter_map(|chunk| Some(Period::new(chunk.first()?.from, chunk.last()?.to)))
            .collect();
        let rows = 0..self.areas.len();
        let cells = rows.flat_map(|row| (0..n).map(move |column| row * width + skip + column * of));
        let counts = cells.clone().map(|from| self.counts.iter().skip(from).take(of).sum()).collect();
        let exposure = self
            .exposure
            .as_ref()
            .map(|amounts| cells.map(|from| amounts.iter().skip(from).take(of).sum()).collect());
        Self { areas: self.areas.clone(), periods, counts, exposure, base: self.base.clone() }
    }

    /// Position of the period in which a day lies, or of the first one when the day is earlier; None after the end.
    pub fn position(&self, day: Day) -> Option<usize> {
        self.periods.iter().position(|period| period.to >= day)
    }
}
