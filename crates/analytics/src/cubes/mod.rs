//! Cubes: the evidence, reduced to counts by what a detector looks at.
//!
//! Every query is written once, in the SQL that SQLite, PostgreSQL and DataFusion share, over one schema: `evidence`,
//! `stratum_value`, `population_current`, `area_current`. The [`Engine`] is where the data lies; nobody outside this
//! folder knows which one it was. A test runs every query on every engine and compares to the last digit.
//!
//! Three things make equal digits possible:
//! - **Sums of denominators are sums of whole numbers.** Floating-point addition depends on the order of the rows, and
//!   no two engines read rows in the same order. A denominator is therefore counted in units of 2^-20 (about a
//!   millionth), rounded row by row, and summed exactly; whole numbers, halves and quarters lose nothing. (The engines
//!   round exact halves of a unit differently; a decimal number with fewer than 21 decimals never is one.)
//! - **Sorting is ours.** PostgreSQL orders text by the locale of the server, the others by bytes; rows are sorted here
//!   after they are read, by bytes.
//! - `sum(n)` of PostgreSQL is `numeric`; `cast(.. as bigint)` makes it one type everywhere.
//!
//! Parameter `$1` is always the last day to look at (ISO text), or empty for no limit.

mod engine;
#[cfg(feature = "lake")]
mod export;
#[cfg(feature = "lake")]
mod lake;
mod rows;

#[cfg(test)]
#[cfg(feature = "lake")]
mod conformance;

pub use engine::{Engine, Reader};
#[cfg(feature = "lake")]
pub use export::{EvidenceRow, EvidenceWriter, Exported, Manifest, export_evidence};
pub use rows::{
    AreaRow, EventCell, GroupAreaCell, GroupPeriodCell, GroupTotal, Measures, OutcomeKey, PanelCell,
    PanelGroupCell, PopulationCell, PopulationGroupCell, Span, WeekCell,
};

use domain::kernel::clock::Day;
use domain::kernel::db::Sql;

use crate::AnalyticsError;
use crate::period::Period;
use rows::{codes, group_area, group_period, group_total, measures, panel, population};

/// Units in one: denominators are summed as whole numbers of 1/2^20.
pub(crate) const UNITS: f64 = 1_048_576.0;

/// The measures of every cube of events, in the order in which [`rows::measures`] reads them.
macro_rules! measures {
    () => {
        "cast(sum(e.n) as bigint) as n,
  cast(coalesce(sum(cast(round(e.exposure * 1048576.0) as bigint)), 0) as bigint) as exposure,
  cast(count(*) as bigint) as n_rows,
  cast(count(*) - count(e.exposure) as bigint) as without_exposure,
  cast(sum(case when e.exposure = 1.0 and e.n <= 1 then 1 else 0 end) as bigint) as trials"
    };
}

/// The same of rows that are sums already.
macro_rules! sums {
    () => {
        "cast(sum(g.n) as bigint),
  cast(sum(g.exposure) as bigint),
  cast(sum(g.n_rows) as bigint),
  cast(sum(g.without_exposure) as bigint),
  cast(sum(g.trials) as bigint)"
    };
}

/// A one-day event belongs to its month (the second day stays empty); a count over a period keeps the period.
macro_rules! period {
    () => {
        "case when e.day_from = e.day_to then e.month else e.day_from end as period_from,
  case when e.day_from = e.day_to then '' else e.day_to end as period_to"
    };
}

domain::statements! {
    /// The first and last day of every data set.
    SPANS = "\
select e.dataset, min(e.day_from), max(e.day_to)
from evidence e
where ($1 = '' or e.day_to <= $1)
group by e.dataset";
    /// data set x kind x code x system x area x period.
    EVENTS = concat!("\
select e.dataset, e.kind, e.code, e.system, e.area,
  ", period!(), ",
  ", measures!(), "
from evidence e
where ($1 = '' or e.day_to <= $1)
group by 1, 2, 3, 4, 5, 6, 7");
    /// data set x kind x code x group x area. A combination of groups counts once in each of its dimensions, so the rows
    /// are summed by combination before they are multiplied.
    GROUPS_BY_AREA = concat!("\
select g.dataset, g.kind, g.code, v.dimension, v.value, g.area,
  ", sums!(), "
from (
  select e.dataset, e.kind, e.code, e.stratum_id, e.area,
    ", measures!(), "
  from evidence e
  where ($1 = '' or e.day_to <= $1)
  group by 1, 2, 3, 4, 5
) g
join stratum_value v on v.stratum_id = g.stratum_id
group by 1, 2, 3, 4, 5, 6");
    /// data set x kind x code x group x period.
    GROUPS_BY_PERIOD = concat!("\
select g.dataset, g.kind, g.code, v.dimension, v.value, g.period_from, g.period_to,
  ", sums!(), "
from (
  select e.dataset, e.kind, e.code, e.stratum_id,
    ", period!(), ",
    ", measures!(), "
  from evidence e
  where ($1 = '' or e.day_to <= $1)
  group by 1, 2, 3, 4, 5, 6
) g
join stratum_value v on v.stratum_id = g.stratum_id
group by 1, 2, 3, 4, 5, 6, 7");
    /// One-day events by data set x kind x code x week: counts over longer periods cannot be split into weeks.
    WEEKS = concat!("\
select e.dataset, e.kind, e.code, e.week,
  ", measures!(), "
from evidence e
where ($1 = '' or e.day_to <= $1)
  and e.day_from = e.day_to
group by 1, 2, 3, 4");
    /// One data set and dimension: kind x code x value.
    GROUP_TOTALS = concat!("\
select e.kind, e.code, v.value, min(e.day_from), max(e.day_to),
  ", measures!(), "
from evidence e
join stratum_value v on v.stratum_id = e.stratum_id
where ($1 = '' or e.day_to <= $1)
  and e.dataset = $2
  and v.dimension = $3
group by 1, 2, 3");
    /// One code: area x month of its first day.
    PANEL_MONTHS = concat!("\
select e.area, e.month, cast(sum(case when e.day_from = e.day_to then 0 else 1 end) as bigint),
  ", measures!(), "
from evidence e
where ($1 = '' or e.day_to <= $1)
  and e.dataset = $2
  and e.kind = $3
  and e.code = $4
group by 1, 2");
    /// One code: area x week of its first day.
    PANEL_WEEKS = concat!("\
select e.area, e.week, cast(sum(case when e.day_from = e.day_to then 0 else 1 end) as bigint),
  ", measures!(), "
from evidence e
where ($1 = '' or e.day_to <= $1)
  and e.dataset = $2
  and e.kind = $3
  and e.code = $4
group by 1, 2");
    /// One code and dimension: value x area x month.
    PANEL_MONTHS_BY_GROUP = concat!("\
select v.value, e.area, e.month, cast(sum(case when e.day_from = e.day_to then 0 else 1 end) as bigint),
  ", measures!(), "
from evidence e
join stratum_value v on v.stratum_id = e.stratum_id
where ($1 = '' or e.day_to <= $1)
  and e.dataset = $2
  and e.kind = $3
  and e.code = $4
  and v.dimension = $5
group by 1, 2, 3");
    /// One code and dimension: value x area x week.
    PANEL_WEEKS_BY_GROUP = concat!("\
select v.value, e.area, e.week, cast(sum(case when e.day_from = e.day_to then 0 else 1 end) as bigint),
  ", measures!(), "
from evidence e
join stratum_value v on v.stratum_id = e.stratum_id
where ($1 = '' or e.day_to <= $1)
  and e.dataset = $2
  and e.kind = $3
  and e.code = $4
  and v.dimension = $5
group by 1, 2, 3");
    /// How much is at risk: data set x area x period.
    POPULATION = "\
select p.dataset, p.area, p.day_from, p.day_to, p.unit, cast(sum(cast(round(p.amount * 1048576.0) as bigint)) as bigint)
from population_current p
group by 1, 2, 3, 4, 5";
    /// data set x group x area x period.
    POPULATION_BY_GROUP = "\
select p.dataset, v.dimension, v.value, p.area, p.day_from, p.day_to, p.unit,
  cast(sum(cast(round(p.amount * 1048576.0) as bigint)) as bigint)
from population_current p
join stratum_value v on v.stratum_id = p.stratum_id
group by 1, 2, 3, 4, 5, 6, 7";
    /// The areas of the map with their centroids.
    AREAS = "\
select a.code, a.name, a.parent, a.longitude, a.latitude
from area_current a";
}

/// Every cube query, for tests that prepare them and for benchmarks that give them to another engine.
pub const fn statements() -> &'static [Sql] {
    STATEMENTS
}

/// What is read of one code of one data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelOf<'a> {
    pub dataset: &'a str,
    pub kind: &'a str,
    pub code: &'a str,
    pub until: Option<Day>,
}

impl PanelOf<'_> {
    fn parameters(&self) -> Vec<String> {
        vec![until_text(self.until), self.dataset.to_owned(), self.kind.to_owned(), self.code.to_owned()]
    }
}

fn until_text(until: Option<Day>) -> String {
    until.map(|day| day.to_string()).unwrap_or_default()
}

/// Rows in the order of their fields, whatever order the engine gave them in.
fn sorted<T: PartialOrd>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    rows
}

impl Reader {
    pub async fn spans(&self, until: Option<Day>) -> Result<Vec<Span>, AnalyticsError> {
        let rows = self
            .read(SPANS, vec![until_text(until)], |row| {
                Ok(Span { dataset: row.text(0)?, period: Period::new(row.day(1)?, row.day(2)?) })
            })
            .await?;
        Ok(sorted(rows))
    }

    pub async fn events(&self, until: Option<Day>) -> Result<Vec<EventCell>, AnalyticsError> {
        let rows = self
            .read(EVENTS, vec![until_text(until)], |row| {
                Ok(EventCell {
                    of: codes(row)?,
                    system: row.text(3)?,
                    area: row.text(4)?,
                    period: row.period(5, 6)?,
                    measures: measures(row, 7)?,
                })
            })
            .await?;
        Ok(sorted(rows))
    }

    pub async fn groups_by_area(&self, until: Option<Day>) -> Result<Vec<GroupAreaCell>, AnalyticsError> {
        Ok(sorted(self.read(GROUPS_BY_AREA, vec![until_text(until)], group_area).await?))
    }

    pub async fn groups_by_period(&self, until: Option<Day>) -> Result<Vec<GroupPeriodCell>, AnalyticsError> {
        Ok(sorted(self.read(GROUPS_BY_PERIOD, vec![until_text(until)], group_period).await?))
    }

    pub async fn weeks(&self, until: Option<Day>) -> Result<Vec<WeekCell>, AnalyticsError> {
        let rows = self
            .read(WEEKS, vec![until_text(until)], |row| {
                Ok(WeekCell { of: codes(row)?, week: row.day(3)?, measures: measures(row, 4)? })
            })
            .await?;
        Ok(sorted(rows))
    }

    pub async fn group_totals(
        &self,
        dataset: &str,
        dimension: &str,
        until: Option<Day>,
    ) -> Result<Vec<GroupTotal>, AnalyticsError> {
        let parameters = vec![until_text(until), dataset.to_owned(), dimension.to_owned()];
        Ok(sorted(self.read(GROUP_TOTALS, parameters, group_total).await?))
    }

    pub async fn panel_months(&self, of: PanelOf<'_>) -> Result<Vec<PanelCell>, AnalyticsError> {
        Ok(sorted(self.read(PANEL_MONTHS, of.parameters(), |row| panel(row, 0)).await?))
    }

    pub async fn panel_weeks(&self, of: PanelOf<'_>) -> Result<Vec<PanelCell>, AnalyticsError> {
        Ok(sorted(self.read(PANEL_WEEKS, of.parameters(), |row| panel(row, 0)).await?))
    }

    pub async fn panel_months_by_group(
        &self,
        of: PanelOf<'_>,
        dimension: &str,
    ) -> Result<Vec<PanelGroupCell>, AnalyticsError> {
        self.panel_by_group(PANEL_MONTHS_BY_GROUP, of, dimension).await
    }

    pub async fn panel_weeks_by_group(
        &self,
        of: PanelOf<'_>,
        dimension: &str,
    ) -> Result<Vec<PanelGroupCell>, AnalyticsError> {
        self.panel_by_group(PANEL_WEEKS_BY_GROUP, of, dimension).await
    }

    async fn panel_by_group(
        &self,
        sql: Sql,
        of: PanelOf<'_>,
        dimension: &str,
    ) -> Result<Vec<PanelGroupCell>, AnalyticsError> {
        let mut parameters = of.parameters();
        parameters.push(dimension.to_owned());
        let rows = self
            .read(sql, parameters, |row| Ok(PanelGroupCell { value: row.text(0)?, cell: panel(row, 1)? }))
            .await?;
        Ok(sorted(rows))
    }

    pub async fn population(&self) -> Result<Vec<PopulationCell>, AnalyticsError> {
        let rows = self
            .read(POPULATION, vec![], |row| {
                Ok(PopulationCell { dataset: row.text(0)?, ..population(row, 1)? })
            })
            .await?;
        Ok(sorted(rows))
    }

    pub async fn population_by_group(&self) -> Result<Vec<PopulationGroupCell>, AnalyticsError> {
        let rows = self
            .read(POPULATION_BY_GROUP, vec![], |row| {
                Ok(PopulationGroupCell {
                    dimension: row.text(1)?,
                    value: row.text(2)?,
                    cell: PopulationCell { dataset: row.text(0)?, ..population(row, 3)? },
                })
            })
            .await?;
        Ok(sorted(rows))
    }

    pub async fn areas(&self) -> Result<Vec<AreaRow>, AnalyticsError> {
        let rows = self
            .read(AREAS, vec![], |row| {
                Ok(AreaRow {
                    code: row.text(0)?,
                    name: row.text(1)?,
                    parent: row.text(2)?,
                    longitude: row.real(3)?,
                    latitude: row.real(4)?,
                })
            })
            .await?;
        Ok(sorted(rows))
    }
}
