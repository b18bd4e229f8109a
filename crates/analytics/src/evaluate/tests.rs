//! Known answers: the Sicilian smoking ban, and made panels whose effect is known.

use domain::evaluation::{PlaceStart, SeriesModel};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Site;
use domain::kernel::places::Area;

use super::*;
use crate::period::Period;
use crate::test_site::{self, Made, day};

const DATASET: &str = "made";

fn plan(design: Design) -> Plan {
    Plan {
        title: "A change".to_owned(),
        dataset: DATASET.to_owned(),
        kind: EventKind::Crisis,
        code: "stay".to_owned(),
        design,
        dimension: String::new(),
        value: String::new(),
        smallest_effect: None,
    }
}

fn before_and_after(on: &str, model: SeriesModel) -> Plan {
    plan(Design::InterruptedTimeSeries { changed_on: vec![day(on)], step: TimeStep::Month, model })
}

async fn site_with(rows: &[Made]) -> (tempfile::TempDir, Site) {
    let (folder, site) = test_site::sqlite().await;
    test_site::load(&site.system("test"), DATASET, EventKind::Crisis, rows).await;
    (folder, site)
}

async fn estimated(site: &Site, plan: &Plan) -> Result<EvaluationResult, EstimateError> {
    estimate(&site.system("evaluate"), &Engine::Database(site.db.clone()), plan).await
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
}

/// Monthly counts, with or without a denominator, in one place.
fn series(counts: &[(Period, i64, Option<f64>)]) -> Vec<Made> {
    counts
        .iter()
        .map(|(period, n, exposure)| Made {
            to: period.to,
            ..Made::on("stay", "A", period.from).counted(*n, *exposure)
        })
        .collect()
}

#[tokio::test]
async fn the_smoking_ban_of_sicily_gives_the_published_rate_ratio() {
    let Some(path) = test_site::shared_data("evaluate/sicily/data.csv") else { return };
    let counts: Vec<(Period, i64, Option<f64>)> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let month = Day::from_ymd(fields[0].parse().unwrap(), fields[1].parse().unwrap(), 1).unwrap();
            (Period::month_of(month), fields[2].parse().unwrap(), Some(fields[6].parse().unwrap()))
        })
        .collect();
    let (_folder, site) = site_with(&series(&counts)).await;
    let result = estimated(&site, &before_and_after("2005-01-01", SeriesModel::QuasiPoisson)).await.unwrap();
    // R: 0.8850715 (0.839401, 0.933227), dispersion 2.262186.
    near(result.effect.percent.value, -11.49285, 1e-4);
    near(result.effect.percent.lower, -16.0599, 1e-3);
    near(result.effect.percent.upper, -6.6773, 1e-3);
    near(result.effect.p.unwrap(), 3.642_277e-5, 1e-9);
    assert_eq!(result.effect.verdict, Verdict::Better);
    assert_eq!((result.size.periods_before, result.size.periods_after), (36, 23));
    assert_eq!(result.base, Base::Rows { trials: false });
    let with_slope = result.cross_check.as_ref().unwrap();
    assert!(with_slope.agrees && with_slope.percent.value < 0.0);
    let enough = result.assumptions.iter().find(|it| it.key == "assumption-enough-points").unwrap();
    assert_eq!(enough.state, AssumptionState::Checked);
    // Pages read the result back from its JSON.
    assert_reads_back(&result);
}

/// The same but for the last digit of a number, which the reader of JSON may round.
fn assert_reads_back(result: &EvaluationResult) {
    let json = serde_json::to_string(result).unwrap();
    let back: EvaluationResult = serde_json::from_str(&json).unwrap();
    near(back.effect.percent.value, result.effect.percent.value, 1e-9);
    assert_eq!((back.series.len(), &back.assumptions), (result.series.len(), &result.assumptions));
}

/// Two years of months that go up and down by one.
fn wobbling(level: i64, fall: i64, changed: &str) -> Vec<(Period, i64, Option<f64>)> {
    Period::months(day("2022-01-01"), day("2023-12-31"))
        .into_iter()
        .enumerate()
        .map(|(at, month)| {
            let wobble = [1, -1, 0, 1, 0, -1, 0][at % 7];
            let fell = if month.from >= day(changed) { fall } else { 0 };
            (month, level + wobble - fell, None)
        })
        .collect()
}

#[tokio::test]
async fn counts_without_a_denominator_are_estimated_as_counts_and_say_so() {
    let (_folder, site) = site_with(&series(&wobbling(40, 10, "2023-01-01"))).await;
    for model in [SeriesModel::QuasiPoisson, SeriesModel::NeweyWest] {
        let result = estimated(&site, &before_and_after("2023-01-01", model)).await.unwrap();
        near(result.effect.percent.value, -25.0, 4.0);
        assert_eq!((result.base, result.measure.as_str()), (Base::Counts, "events"));
        assert!(result.cautions.iter().any(|key| key == "caution-counts-not-rates"));
        assert!(result.effect.smallest_visible_percent.unwrap() < 25.0);
    }
}

#[tokio::test]
async fn the_month_in_which_a_change_begins_belongs_to_neither_side() {
    let (_folder, site) = site_with(&series(&wobbling(40, 10, "2023-01-01"))).await;
    let result = estimated(&site, &before_and_after("2022-12-15", SeriesModel::QuasiPoisson)).await.unwrap();
    assert_eq!((result.size.periods_before, result.size.periods_after), (11, 12));
}

#[tokio::test]
async fn a_short_past_is_refused_with_what_would_help() {
    let (_folder, site) = site_with(&series(&wobbling(40, 10, "2023-01-01"))).await;
    let refused =
        estimated(&site, &before_and_after("2022-08-01", SeriesModel::QuasiPoisson)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "estimate the change: only 7 whole months lie before it; at least 8 are needed, so bring in older records"
    );
    let refused =
        estimated(&site, &before_and_after("2023-11-01", SeriesModel::QuasiPoisson)).await.unwrap_err();
    assert!(matches!(refused, EstimateError::Refused(Refusal::TooFewAfter { have: 2, .. })));
    let refused =
        estimated(&site, &before_and_after("2025-01-01", SeriesModel::QuasiPoisson)).await.unwrap_err();
    assert!(matches!(refused, EstimateError::Refused(Refusal::ChangeOutside)));
}

async fn rollout(fall: i64) -> (tempfile::TempDir, Site, Vec<PlaceStart>) {
    rollout_with(12, fall, vec![]).await
}

/// Six districts of four areas; four districts begin one after the other, two never. Spanish speakers are not reached.
/// `level` events an area, a month and a language; and `more` rows.
async fn rollout_with(level: i64, fall: i64, more: Vec<Made>) -> (tempfile::TempDir, Site, Vec<PlaceStart>) {
    let (folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let starts: Vec<PlaceStart> = ["2022-10-01", "2022-12-01", "2023-02-01", "2023-04-01", "", ""]
        .iter()
        .enumerate()
        .map(|(at, from)| PlaceStart {
            area: format!("District {at}"),
            from: (!from.is_empty()).then(|| day(from)),
        })
        .collect();
    let mut areas: Vec<Area> = Vec::new();
    let mut rows = more;
    let mut state = 11_u64;
    let mut wobble = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % 5).unwrap() - 2
    };
    for (at, start) in starts.iter().enumerate() {
        for number in 0..4 {
            let code = format!("{at}{number}");
            areas.push(Area { parent: start.area.clone(), ..test_site::line_of_areas(&[&code]).remove(0) });
            for month in Period::months(day("2022-01-01"), day("2023-12-31")) {
                let begun = start.from.is_some_and(|from| month.from >= from);
                for (language, reached) in [("English", true), ("Spanish", false)] {
                    let n = (level + wobble() - if begun && reached { fall } else { 0 }).max(0);
                    rows.push(
                        Made { to: month.to, ..Made::on("stay", &code, month.from) }
                            .group("language", language)
                            .counted(n, Some(100.0)),
                    );
                }
            }
        }
    }
    test_site::places(&ctx, DATASET, &areas, &[]).await;
    test_site::load(&ctx, DATASET, EventKind::Crisis, &rows).await;
    (folder, site, starts)
}

#[tokio::test]
async fn a_staggered_change_is_found_and_so_is_the_group_it_does_not_reach() {
    let (_folder, site, starts) = rollout(6).await;
    let mut plan = plan(Design::Staggered { starts, step: TimeStep::Month });
    plan.dimension = "language".to_owned();
    let result = estimated(&site, &plan).await.unwrap();
    // 12 of 100 of each language a month; English speakers fall to 6: a quarter less for all.
    near(result.effect.percent.value, -25.0, 3.0);
    assert!(result.effect.percent.lower < -25.0 && result.effect.percent.upper > -25.0);
    assert_eq!((result.effect.verdict, result.effect.p_method.as_str()), (Verdict::Better, "shuffle"));
    assert_eq!(
        (result.size.deciding_units, result.size.places_changed, result.size.places_compared),
        (6, 16, 8)
    );
    assert_eq!(result.cohorts.len(), 4);
    assert!(result.event_study.iter().any(|point| point.is_reference && point.effect.abs() < 1e-12));
    assert!(result.cross_check.as_ref().unwrap().percent.value < -20.0);
    assert_eq!(result.groups_of, "language");
    let verdict = |value: &str| {
        let group = result.groups.iter().find(|group| group.value == value).unwrap();
        group.effect.as_ref().unwrap().verdict
    };
    assert_eq!((verdict("English"), verdict("Spanish")), (Verdict::Better, Verdict::CannotTell));
    let expected = result.effect.expected;
    assert!(expected.lower < expected.value && result.effect.observed < expected.lower);
    // Four districts began; each decided for four areas.
    assert!(result.cautions.iter().any(|key| key == "caution-few-clusters"));
    // English speakers' rate halves, so that of Spanish speakers doubles beside it.
    let spanish = result.groups.iter().find(|group| group.value == "Spanish").unwrap();
    let against = spanish.pooled.as_ref().unwrap().against_others.unwrap();
    near(against.value, 2.0, 0.1);
    assert!(against.lower > 1.7 && against.upper < 2.4, "{against:?}");
    assert!(spanish.pooled.as_ref().unwrap().against_others_q.unwrap() < 0.001);
    assert_reads_back(&result);
}

#[tokio::test]
async fn a_group_with_few_events_is_estimated_over_all_places_and_says_so() {
    // Too few before the first change for an estimate of its own.
    let mut rows = Vec::new();
    for district in 0..6 {
        for month in ["2022-06-01", "2022-11-01", "2023-01-01", "2023-05-01", "2023-08-01", "2023-11-01"] {
            let month = Period::month_of(day(month));
            let one = Made { to: month.to, ..Made::on("stay", &format!("{district}0"), month.from) };
            rows.push(one.group("language", "Somali").counted(1, Some(100.0)));
        }
    }
    let (_folder, site, starts) = rollout_with(12, 6, rows).await;
    let mut plan = plan(Design::Staggered { starts, step: TimeStep::Month });
    plan.dimension = "language".to_owned();
    let result = estimated(&site, &plan).await.unwrap();
    let somali = result.groups.iter().find(|group| group.value == "Somali").unwrap();
    let effect = somali.effect.as_ref().unwrap();
    assert_eq!((effect.p_method.as_str(), effect.verdict), ("pooled", Verdict::CannotTell));
    assert!(effect.percent.lower < 0.0 && effect.percent.upper > 0.0 && somali.reason.is_empty());
    assert!(result.cautions.iter().any(|key| key == "caution-small-groups-pooled"));
}

#[tokio::test]
async fn a_change_that_did_nothing_cannot_be_told_and_says_what_could_have_been_seen() {
    let (_folder, site, starts) = rollout(0).await;
    let result = estimated(&site, &plan(Design::Staggered { starts, step: TimeStep::Month })).await.unwrap();
    assert_eq!(result.effect.verdict, Verdict::CannotTell);
    // The interval is the shuffle turned round: it holds "no change" just where the shuffle does not speak against it.
    assert!(result.effect.p.unwrap() > 0.05);
    assert!(result.effect.percent.lower < 0.0 && result.effect.percent.upper > 0.0);
    let visible = result.effect.smallest_visible_percent.unwrap();
    assert!(visible > 0.0 && visible < 15.0, "{visible}");
}

#[tokio::test]
async fn a_thin_roll_out_is_estimated_by_quarters_and_says_quarter() {
    let (_folder, site, starts) = rollout_with(1, 0, vec![]).await;
    let thin = estimated(&site, &plan(Design::Staggered { starts, step: TimeStep::Month })).await.unwrap();
    assert_eq!(thin.step, Step::Quarter);
    let json = serde_json::to_value(&thin).unwrap();
    assert_eq!(json["step"], "quarter");
    assert!(thin.options.contains(&("step".to_owned(), "quarter".to_owned())), "{:?}", thin.options);
    assert!(thin.series.iter().all(|point| point.to.days_since(point.from) > 80));
    let (_folder, site, starts) = rollout(0).await;
    let thick = estimated(&site, &plan(Design::Staggered { starts, step: TimeStep::Month })).await.unwrap();
    assert_eq!(thick.step, Step::Month);
}

#[test]
fn what_is_kept_of_a_refusal_is_a_key_and_its_figures() {
    let refusal = Refusal::TooFewBefore { have: 5, need: 8, step: TimeStep::Month };
    let json = serde_json::to_string(&refusal.note()).unwrap();
    assert_eq!(json, r#"{"key":"unable-too-few-before","have":5,"need":8,"step":"month"}"#);
    let back: RefusalNote = serde_json::from_str(&json).unwrap();
    assert_eq!(back, refusal.note());
    assert!(Refusal::KEYS.contains(&refusal.key()));
    let model = EstimateError::Refused(Refusal::Model("the fit did not settle".to_owned()));
    assert_eq!(serde_json::to_string(&model.note()).unwrap(), r#"{"key":"unable-model"}"#);
}

#[tokio::test]
async fn one_date_for_every_place_leaves_nobody_to_compare_with() {
    let (_folder, site, mut starts) = rollout(6).await;
    for start in &mut starts {
        start.from = Some(day("2022-12-01"));
    }
    let refused =
        estimated(&site, &plan(Design::Staggered { starts, step: TimeStep::Month })).await.unwrap_err();
    assert!(matches!(refused, EstimateError::Refused(Refusal::NoComparison)), "{refused}");
}

#[tokio::test]
async fn counts_over_months_are_not_split_into_weeks() {
    let (_folder, site, starts) = rollout(6).await;
    let refused =
        estimated(&site, &plan(Design::Staggered { starts, step: TimeStep::Week })).await.unwrap_err();
    assert!(matches!(refused, EstimateError::Refused(Refusal::CountsOverLongerPeriods)));
}

#[test]
fn fewer_crises_are_better_and_fewer_services_are_worse() {
    let fell = Interval { value: -20.0, lower: -30.0, upper: -10.0 };
    assert_eq!(verdict(fell, Some(0.01), good(EventKind::Crisis, "arrest")), Verdict::Better);
    assert_eq!(verdict(fell, Some(0.01), good(EventKind::Service, "received")), Verdict::Worse);
    assert_eq!(verdict(fell, Some(0.20), Good::Fewer), Verdict::CannotTell);
    assert_eq!(verdict(Interval { upper: 1.0, ..fell }, Some(0.01), Good::Fewer), Verdict::CannotTell);
}

#[tokio::test]
async fn a_place_that_nobody_knows_is_named() {
    let (_folder, site, mut starts) = rollout(6).await;
    starts.push(PlaceStart { area: "Nowhere".to_owned(), from: Some(day("2023-01-01")) });
    let plan = plan(Design::Staggered { starts, step: TimeStep::Month });
    let refused = estimated(&site, &plan).await.unwrap_err();
    assert!(refused.to_string().contains("Nowhere"), "{refused}");
    let EstimateError::Refused(refusal) = refused else { panic!("{refused}") };
    assert_eq!(refusal.key(), "unable-place-unknown");
}

#[test]
fn months_joined_to_quarters_keep_every_event_of_the_quarters() {
    let panel = panel::Panel {
        areas: vec!["A".to_owned(), "B".to_owned()],
        periods: Period::months(day("2023-01-01"), day("2023-08-31")),
        counts: (1..=16).collect(),
        exposure: Some(vec![1.0; 16]),
        base: Base::Counts,
    };
    let joined = panel.joined(3, 4);
    // January stands alone at the beginning and August at the end.
    assert_eq!(
        joined.periods,
        [
            Period::new(day("2023-02-01"), day("2023-04-30")),
            Period::new(day("2023-05-01"), day("2023-07-31")),
        ]
    );
    assert_eq!(joined.counts, [2 + 3 + 4, 5 + 6 + 7, 10 + 11 + 12, 13 + 14 + 15]);
    assert_eq!(joined.exposure, Some(vec![3.0; 4]));
}
