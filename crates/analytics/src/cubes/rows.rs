//! The rows of cubes, typed. Every engine's row becomes one of these; fields are in the order in which rows are sorted.

use domain::kernel::clock::Day;
use domain::kernel::db::{DbError, Row};

use super::UNITS;
use crate::AnalyticsError;
use crate::period::Period;

/// A row of any engine, read by position.
pub(crate) trait Cells {
    fn text(&self, column: usize) -> Result<String, AnalyticsError>;
    fn int(&self, column: usize) -> Result<i64, AnalyticsError>;
    fn real(&self, column: usize) -> Result<f64, AnalyticsError>;

    fn count(&self, column: usize) -> Result<u64, AnalyticsError> {
        let value = self.int(column)?;
        u64::try_from(value).map_err(|_| AnalyticsError::Figure(format!("a count of {value}")))
    }

    fn day(&self, column: usize) -> Result<Day, AnalyticsError> {
        Day::parse_iso(&self.text(column)?).map_err(|error| AnalyticsError::Figure(error.to_string()))
    }

    /// The period of two columns: an empty second day means the month that begins on the first.
    fn period(&self, from: usize, to: usize) -> Result<Period, AnalyticsError> {
        let from = self.day(from)?;
        if self.text(to)?.is_empty() {
            Ok(Period::month_of(from))
        } else {
            Ok(Period::new(from, self.day(to)?))
        }
    }

    /// A sum of whole units of 2^-20.
    fn units(&self, column: usize) -> Result<f64, AnalyticsError> {
        Ok(self.int(column)? as f64 / UNITS)
    }
}

impl Cells for Row {
    fn text(&self, column: usize) -> Result<String, AnalyticsError> {
        own(Self::text(self, column))
    }

    fn int(&self, column: usize) -> Result<i64, AnalyticsError> {
        own(Self::int(self, column))
    }

    fn real(&self, column: usize) -> Result<f64, AnalyticsError> {
        own(Self::real(self, column))
    }
}

fn own<T>(value: Result<T, DbError>) -> Result<T, AnalyticsError> {
    value.map_err(AnalyticsError::from)
}

/// What is counted in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Measures {
    /// Events.
    pub n: u64,
    /// Sum of the rows' own denominators.
    pub exposure: f64,
    pub rows: u64,
    pub rows_without_exposure: u64,
    /// Rows that are one trial each: a denominator of exactly 1 and at most one event.
    pub trial_rows: u64,
}

impl Measures {
    pub fn add(&mut self, other: &Self) {
        self.n += other.n;
        self.exposure += other.exposure;
        self.rows += other.rows;
        self.rows_without_exposure += other.rows_without_exposure;
        self.trial_rows += other.trial_rows;
    }
}

/// One code of one data set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutcomeKey {
    pub dataset: String,
    pub kind: String,
    pub code: String,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct Span {
    pub dataset: String,
    pub period: Period,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct EventCell {
    pub of: OutcomeKey,
    pub system: String,
    pub area: String,
    pub period: Period,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct GroupAreaCell {
    pub of: OutcomeKey,
    pub dimension: String,
    pub value: String,
    pub area: String,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct GroupPeriodCell {
    pub of: OutcomeKey,
    pub dimension: String,
    pub value: String,
    pub period: Period,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct WeekCell {
    pub of: OutcomeKey,
    /// Its Monday.
    pub week: Day,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct GroupTotal {
    pub kind: String,
    pub code: String,
    pub value: String,
    pub period: Period,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct PanelCell {
    pub area: String,
    /// First day of the month, or Monday of the week.
    pub time: Day,
    /// Rows that are counts over a period of their own rather than one-day events.
    pub rows_of_periods: u64,
    pub measures: Measures,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct PanelGroupCell {
    pub value: String,
    pub cell: PanelCell,
}

/// How much is at risk in an area.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct PopulationCell {
    pub dataset: String,
    pub area: String,
    /// None: the amount holds for the whole time.
    pub period: Option<Period>,
    pub unit: String,
    pub amount: f64,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct PopulationGroupCell {
    pub dimension: String,
    pub value: String,
    pub cell: PopulationCell,
}

/// An area of the map, without its outline.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct AreaRow {
    pub code: String,
    pub name: String,
    /// The area it lies in, or empty.
    pub parent: String,
    /// Centroid, degrees (WGS 84).
    pub longitude: f64,
    pub latitude: f64,
}

pub(super) fn codes(row: &dyn Cells) -> Result<OutcomeKey, AnalyticsError> {
    Ok(OutcomeKey { dataset: row.text(0)?, kind: row.text(1)?, code: row.text(2)? })
}

pub(super) fn measures(row: &dyn Cells, at: usize) -> Result<Measures, AnalyticsError> {
    Ok(Measures {
        n: row.count(at)?,
        exposure: row.units(at + 1)?,
        rows: row.count(at + 2)?,
        rows_without_exposure: row.count(at + 3)?,
        trial_rows: row.count(at + 4)?,
    })
}

pub(super) fn group_area(row: &dyn Cells) -> Result<GroupAreaCell, AnalyticsError> {
    Ok(GroupAreaCell {
        of: codes(row)?,
        dimension: row.text(3)?,
        value: row.text(4)?,
        area: row.text(5)?,
        measures: measures(row, 6)?,
    })
}

pub(super) fn group_period(row: &dyn Cells) -> Result<GroupPeriodCell, AnalyticsError> {
    Ok(GroupPeriodCell {
        of: codes(row)?,
        dimension: row.text(3)?,
        value: row.text(4)?,
        period: row.period(5, 6)?,
        measures: measures(row, 7)?,
    })
}

pub(super) fn group_total(row: &dyn Cells) -> Result<GroupTotal, AnalyticsError> {
    Ok(GroupTotal {
        kind: row.text(0)?,
        code: row.text(1)?,
        value: row.text(2)?,
        period: Period::new(row.day(3)?, row.day(4)?),
        measures: measures(row, 5)?,
    })
}

pub(super) fn panel(row: &dyn Cells, at: usize) -> Result<PanelCell, AnalyticsError> {
    Ok(PanelCell {
        area: row.text(at)?,
        time: row.day(at + 1)?,
        rows_of_periods: row.count(at + 2)?,
        measures: measures(row, at + 3)?,
    })
}

/// Columns area, day_from, day_to, unit, amount from `at` on; the data set is the caller's.
pub(super) fn population(row: &dyn Cells, at: usize) -> Result<PopulationCell, AnalyticsError> {
    let period = if row.text(at + 1)?.is_empty() {
        None
    } else {
        Some(Period::new(row.day(at + 1)?, row.day(at + 2)?))
    };
    Ok(PopulationCell {
        dataset: String::new(),
        area: row.text(at)?,
        period,
        unit: row.text(at + 3)?,
        amount: row.units(at + 4)?,
    })
}
