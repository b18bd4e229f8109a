//! How often something happens to each group, and how much more often than to a reference group; through the privacy
//! gate.
//!
//! One dimension of one code. Where each row of the evidence is one person or one decision, a rate is a share with
//! Clopper-Pearson's exact interval, and its ratio to the reference has Miettinen and Nurminen's score interval; else a
//! rate has Garwood's exact interval, and the ratio the exact conditional one. What is shown is complementary-suppressed
//! over the column of groups, so that no hidden count follows from the total.

use std::collections::BTreeMap;

use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;
use privacy::{Cell, Disclosed, Policy, suppress_column};
use serde::Serialize;
use stats::dist::{binomial_logit_lower, binomial_logit_upper, logistic};
use stats::rates::{rate_exact, rate_ratio};
use stats::two_by_two::two_by_two;

use crate::AnalyticsError;
use crate::base::{Base, Populations};
use crate::cubes::{Engine, Measures};
use crate::period::Period;
use crate::said::Caution;

/// What to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    /// E.g. `language`.
    pub dimension: String,
    /// The group the others are compared with; empty: the one with the largest denominator.
    pub reference: String,
    /// The last day to look at.
    pub until: Option<Day>,
    /// Coverage of the intervals, e.g. 0.95.
    pub level: f64,
}

/// A figure with its interval; `None` is "the data do not say" (or, for a limit, unbounded).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    pub estimate: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// One group. A rate is events per one of the base (multiply by 100 for a share in percent, by 1,000 for a rate).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    pub value: String,
    pub events: Disclosed<u64>,
    /// How many (people, client-months ...) the events are measured against.
    pub exposure: Disclosed<f64>,
    pub rate: Disclosed<Figure>,
    /// Rate over the reference's rate; None for the reference itself.
    pub ratio: Option<Disclosed<Figure>>,
    /// Exact central p of "no difference from the reference".
    pub p: Option<Disclosed<f64>>,
    /// Hidden only to protect another row.
    pub complementary: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    pub query: Described,
    pub base: Base,
    /// Whether rates are shares.
    pub is_share: bool,
    pub period: Option<Period>,
    pub reference: String,
    pub rows: Vec<GroupRow>,
    /// Over the rows.
    pub events: Disclosed<u64>,
    pub exposure: Disclosed<f64>,
    /// Message keys.
    pub cautions: Vec<&'static str>,
}

/// The query as it was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Described {
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    pub dimension: String,
    pub level: f64,
}

/// One group's exact figures, inside this module only.
struct Exact {
    value: String,
    events: u64,
    exposure: f64,
}

/// Compares the groups of a dimension. A code that the evidence does not hold gives a table without rows.
pub async fn disparity(engine: &Engine, query: &Query, policy: &Policy) -> Result<Table, AnalyticsError> {
    let reader = engine.reader().await?;
    let totals = reader.group_totals(&query.dataset, &query.dimension, query.until).await?;
    let populations = Populations { all: vec![], by_group: reader.population_by_group().await? };
    let spans = reader.spans(query.until).await?;
    let period = spans.into_iter().find(|span| span.dataset == query.dataset).map(|span| span.period);

    let mut own: BTreeMap<String, Measures> = BTreeMap::new();
    let mut records: BTreeMap<String, u64> = BTreeMap::new();
    for total in totals {
        *records.entry(total.value.clone()).or_default() += total.measures.n;
        if total.kind == query.kind.code() && total.code == query.code {
            own.entry(total.value).or_default().add(&total.measures);
        }
    }
    let mut sum = Measures::default();
    own.values().for_each(|measures| sum.add(measures));
    let (base, rows) = exact_rows(query, &own, &sum, &records, &populations, period);
    table(query, policy, base, period, rows)
}

fn exact_rows(
    query: &Query,
    own: &BTreeMap<String, Measures>,
    sum: &Measures,
    records: &BTreeMap<String, u64>,
    populations: &Populations,
    period: Option<Period>,
) -> (Base, Vec<Exact>) {
    let events = |value: &str| own.get(value).map_or(0, |measures| measures.n);
    if let Some(base) = Base::of_rows(sum) {
        let rows = own
            .iter()
            .map(|(value, it)| Exact { value: value.clone(), events: it.n, exposure: it.exposure })
            .collect();
        return (base, rows);
    }
    if let (Some(groups), Some(period)) = (populations.of_groups(&query.dataset, &query.dimension), period) {
        let unit = groups.values().next().map(|it| it.unit.clone()).unwrap_or_default();
        let rows = groups
            .iter()
            .map(|(value, at_risk)| Exact {
                value: value.clone(),
                events: events(value),
                exposure: at_risk.total(period),
            })
            .collect();
        return (Base::Population { unit }, rows);
    }
    let rows = records
        .iter()
        .map(|(value, &n)| Exact { value: value.clone(), events: events(value), exposure: n as f64 })
        .collect();
    (Base::Records, rows)
}

fn table(
    query: &Query,
    policy: &Policy,
    base: Base,
    period: Option<Period>,
    mut rows: Vec<Exact>,
) -> Result<Table, AnalyticsError> {
    rows.retain(|row| row.exposure > 0.0);
    let is_share = base.is_share();
    let reference = rows
        .iter()
        .find(|row| row.value == query.reference)
        .or_else(|| rows.iter().max_by(|a, b| a.exposure.total_cmp(&b.exposure).then(b.value.cmp(&a.value))))
        .map(|row| (row.value.clone(), row.events, row.exposure));
    let gates = gates(policy, &rows, is_share);
    let gate_of_reference = reference.as_ref().and_then(|(value, ..)| {
        rows.iter().zip(&gates).find(|(row, _)| row.value == *value).map(|(_, gate)| gate.count)
    });

    let mut shown = Vec::with_capacity(rows.len());
    for (row, gate) in rows.iter().zip(&gates) {
        let rate = rate_of(row, is_share, query.level)?;
        let compared = match &reference {
            Some((value, events, exposure)) if *value != row.value => {
                let (ratio, p) = compare(row, *events, *exposure, is_share, query.level)?;
                Some((ratio, p))
            }
            _ => None,
        };
        // A ratio and the reference's rate would give the row's rate back, and the other way round.
        let both = |of: Figure| match (gate.count.value(), gate_of_reference) {
            (None, _) | (_, None) => gate.count.map(|_| of),
            (Some(_), Some(reference)) => reference.map(|_| of),
        };
        shown.push(GroupRow {
            value: row.value.clone(),
            events: gate.count.map(|_| row.events),
            exposure: gate.count.map(|_| row.exposure),
            rate: gate.count.map(|_| rate),
            ratio: compared.map(|(ratio, _)| both(ratio)),
            p: compared.map(|(_, p)| both(Figure { estimate: Some(p), lower: None, upper: None }).map(|_| p)),
            complementary: gate.complementary,
        });
    }
    let events: u64 = rows.iter().map(|row| row.events).sum();
    let exposure: f64 = rows.iter().map(|row| row.exposure).sum();
    let mut cautions = vec![Caution::RecordingEffort.key(), Caution::NotAdjusted.key()];
    if base == Base::Records {
        cautions.push(Caution::NotPrevalence.key());
    }
    Ok(Table {
        query: Described {
            dataset: query.dataset.clone(),
            kind: query.kind,
            code: query.code.clone(),
            dimension: query.dimension.clone(),
            level: query.level,
        },
        base,
        is_share,
        period,
        reference: reference.map(|(value, ..)| value).unwrap_or_default(),
        rows: shown,
        events: policy.count(events),
        exposure: policy.derived(exposure, &[events]),
        cautions,
    })
}

/// One gate per row: closed as soon as its events, those without the event (shares) or its people are few, or as another
/// row needs its protection.
fn gates(policy: &Policy, rows: &[Exact], is_share: bool) -> Vec<Cell> {
    let column =
        |of: &dyn Fn(&Exact) -> u64| suppress_column(policy, &rows.iter().map(of).collect::<Vec<u64>>());
    let mut gates = column(&|row| row.events);
    if is_share {
        let others = [
            column(&|row| whole(row.exposure).saturating_sub(row.events)),
            column(&|row| whole(row.exposure)),
        ];
        for other in others {
            for (gate, cell) in gates.iter_mut().zip(other) {
                // Closed by two columns: it counts as small in its own right if either says so.
                if cell.count.value().is_none() && (gate.count.value().is_some() || !cell.complementary) {
                    *gate = cell;
                }
            }
        }
    }
    gates
}

fn rate_of(row: &Exact, is_share: bool, level: f64) -> Result<Figure, AnalyticsError> {
    if !is_share {
        let rate = rate_exact(row.events, row.exposure, level)
            .map_err(|error| AnalyticsError::Figure(error.to_string()))?;
        return Ok(Figure { estimate: Some(rate.rate), lower: Some(rate.lower), upper: Some(rate.upper) });
    }
    let (a, n) = (row.events, whole(row.exposure));
    let tail = (1.0 - level) / 2.0;
    Ok(Figure {
        estimate: Some(a as f64 / row.exposure),
        lower: Some(if a == 0 { 0.0 } else { logistic(binomial_logit_lower(tail, a, n)) }),
        upper: Some(if a >= n { 1.0 } else { logistic(binomial_logit_upper(tail, a, n)) }),
    })
}

fn compare(
    row: &Exact,
    events: u64,
    exposure: f64,
    is_share: bool,
    level: f64,
) -> Result<(Figure, f64), AnalyticsError> {
    let wrong = |error: String| AnalyticsError::Figure(error);
    let finite = |limit: f64| limit.is_finite().then_some(limit);
    if is_share {
        let without = |events: u64, exposure: f64| whole(exposure).saturating_sub(events);
        let it = two_by_two(
            row.events,
            without(row.events, row.exposure),
            events,
            without(events, exposure),
            level,
        )
        .map_err(|error| wrong(error.to_string()))?;
        let ratio = it.risk_ratio;
        let figure = Figure {
            estimate: ratio.estimate.and_then(finite),
            lower: finite(ratio.lower),
            upper: finite(ratio.upper),
        };
        return Ok((figure, it.p_central));
    }
    let it = rate_ratio(row.events, row.exposure, events, exposure, level)
        .map_err(|error| wrong(error.to_string()))?;
    let figure =
        Figure { estimate: it.ratio.and_then(finite), lower: finite(it.lower), upper: finite(it.upper) };
    Ok((figure, it.p_central))
}

/// A denominator of trials as the whole number it is.
pub(crate) fn whole(exposure: f64) -> u64 {
    // Exact up to 2^53; a denominator never is negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, not negative, far under 2^53"
    )]
    let n = exposure.clamp(0.0, 9.0e15).round() as u64;
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::{self, Made, day};

    fn query(code: &str, dimension: &str, reference: &str) -> Query {
        Query {
            dataset: "court".to_owned(),
            kind: EventKind::Decision,
            code: code.to_owned(),
            dimension: dimension.to_owned(),
            reference: reference.to_owned(),
            until: None,
            level: 0.95,
        }
    }

    async fn table_of(rows: &[Made], query: &Query) -> Table {
        let (_folder, site) = test_site::sqlite().await;
        let ctx = site.system("test");
        test_site::load(&ctx, "court", EventKind::Decision, rows).await;
        crate::evidence::top_up(&ctx).await.unwrap();
        disparity(&Engine::Database(site.db.clone()), query, &Policy::default()).await.unwrap()
    }

    #[tokio::test]
    async fn risk_scores_by_race_are_the_published_shares() {
        let Some(folder) = test_site::shared_data("justice") else { return };
        let text = std::fs::read_to_string(folder.join("justice_cases.csv")).unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let at = |name: &str| header.iter().position(|it| *it == name).unwrap();
        let (on, race, score, again) =
            (at("compas_screening_date"), at("race"), at("score_text"), at("two_year_recid"));
        let rows: Vec<Made> = lines
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                let came_again = fields[again] == "1";
                let scored_low = fields[score] == "Low";
                let (code, n) = if came_again {
                    ("scored_low_though_came_again", i64::from(scored_low))
                } else {
                    ("scored_high_though_did_not", i64::from(!scored_low))
                };
                Made::on(code, "", day(fields[on])).group("race", fields[race]).counted(n, Some(1.0))
            })
            .collect();
        let (_folder, site) = test_site::sqlite().await;
        let ctx = site.system("test");
        test_site::load(&ctx, "court", EventKind::Decision, &rows).await;
        crate::evidence::top_up(&ctx).await.unwrap();
        let engine = Engine::Database(site.db.clone());
        let percent = async |code: &str, value: &str| {
            let table =
                disparity(&engine, &query(code, "race", "Caucasian"), &Policy::default()).await.unwrap();
            assert_eq!(table.base, Base::Rows { trials: true });
            let row = table.rows.into_iter().find(|row| row.value == value).unwrap();
            let rate = row.rate.value().unwrap();
            assert!(rate.lower.unwrap() < rate.estimate.unwrap() && rate.estimate < rate.upper);
            (rate.estimate.unwrap() * 10_000.0).round() / 100.0
        };
        assert_eq!(percent("scored_high_though_did_not", "African-American").await, 44.85);
        assert_eq!(percent("scored_high_though_did_not", "Caucasian").await, 23.45);
        assert_eq!(percent("scored_low_though_came_again", "African-American").await, 27.99);
        assert_eq!(percent("scored_low_though_came_again", "Caucasian").await, 47.72);
    }

    fn trials(value: &str, events: u32, people: u32) -> Vec<Made> {
        (0..people)
            .map(|person| {
                Made::on("denied", "", day("2024-01-02"))
                    .group("language", value)
                    .counted(i64::from(person < events), Some(1.0))
            })
            .collect()
    }

    #[tokio::test]
    async fn a_small_group_hides_and_takes_another_with_it() {
        let rows = [trials("English", 60, 200), trials("Spanish", 45, 90), trials("Hmong", 3, 40)].concat();
        let table = table_of(&rows, &query("denied", "language", "English")).await;
        let hidden: Vec<&str> = table
            .rows
            .iter()
            .filter(|row| row.events.value().is_none())
            .map(|row| row.value.as_str())
            .collect();
        assert_eq!(hidden, ["Hmong", "Spanish"]);
        assert!(table.rows.iter().all(|row| row.events.value().is_some() == row.rate.value().is_some()));
        assert_eq!(table.events.value(), Some(&108));
    }

    #[tokio::test]
    async fn nearly_everybody_in_a_group_is_as_telling_as_nearly_nobody() {
        let rows = [trials("English", 60, 200), trials("Spanish", 88, 90), trials("Hmong", 30, 60)].concat();
        let table = table_of(&rows, &query("denied", "language", "English")).await;
        let spanish = table.rows.iter().find(|row| row.value == "Spanish").unwrap();
        assert!(spanish.rate.value().is_none() && !spanish.complementary);
    }

    #[tokio::test]
    async fn without_a_denominator_the_base_is_all_records_and_says_so() {
        let on = day("2024-01-02");
        let mut rows = Vec::new();
        for (value, denied, other) in [("English", 30, 70), ("Spanish", 40, 40)] {
            rows.push(Made::on("denied", "", on).group("language", value).counted(denied, None));
            rows.push(Made::on("granted", "", on).group("language", value).counted(other, None));
        }
        let table = table_of(&rows, &query("denied", "language", "English")).await;
        assert_eq!(table.base, Base::Records);
        assert!(table.cautions.contains(&"caution-not-prevalence"));
        let spanish = table.rows.iter().find(|row| row.value == "Spanish").unwrap();
        let ratio = spanish.ratio.unwrap();
        assert!((ratio.value().unwrap().estimate.unwrap() - 0.5 / 0.3).abs() < 1e-12);
    }
}
