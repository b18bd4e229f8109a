//! Evaluate: plan, lock, estimate; and what came of it, in words first.

use analytics::evaluate::{self as estimates, DesignName, EvaluationResult as Estimate, Interval};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::evaluation::{self, Design, Evaluation, PlaceStart, Plan, SeriesModel, TimeStep};
use domain::evidence::{self, Code};
use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;
use domain::kernel::ids::EvaluationId;
use domain::kernel::places;
use privacy::Disclosed;

use crate::jobs::evaluate;
use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::upload::{Upload, UploadedFile};
use crate::web::views::charts::{EventStudyChart, EventStudyPoint, ItsChart, ItsPoint};
use crate::web::views::evaluation::{
    AssumptionRow, AssumptionState, Effect, EffectRow, EvaluationChart, EvaluationFragment, EvaluationResult,
    EvaluationRow, EvaluationState, EvaluationView, EvaluationsView, NewEvaluationView, Verdict,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/evaluations", Who::EVALUATE, list)
        .upload("/evaluations", Who::EVALUATE, lock)
        .get("/evaluations/new", Who::EVALUATE, new)
        .get("/evaluations/{id}", Who::EVALUATE, one)
        .get("/evaluations/{id}/progress", Who::EVALUATE, progress)
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    let codes = evidence::codes(current.ctx.db()).await?;
    let rows = evaluation::evaluations(current.ctx.db(), 500)
        .await?
        .into_iter()
        .map(|it| EvaluationRow {
            href: format!("/evaluations/{}", it.id),
            what: what(current.lang, &codes, &it.plan),
            state: state(current.lang, &it),
            locked_at: it.locked_at.micros(),
            title: it.plan.title,
        })
        .collect();
    Ok(page(&EvaluationsView {
        chrome: current.chrome("nav-evaluate", Some(NavItem::Evaluate)),
        rows,
        may_add: Who::EVALUATE.allows(&current.ctx.actor),
        has_evidence: !codes.is_empty(),
        next_href: None,
    }))
}

fn estimate_of(evaluation: &Evaluation) -> Option<Estimate> {
    serde_json::from_value(evaluation.estimate.as_ref()?.result.clone()).ok()
}

const fn verdict(verdict: estimates::Verdict) -> Verdict {
    match verdict {
        estimates::Verdict::Better => Verdict::Better,
        estimates::Verdict::Worse => Verdict::Worse,
        estimates::Verdict::CannotTell => Verdict::CannotTell,
    }
}

fn state(lang: Lang, evaluation: &Evaluation) -> EvaluationState {
    match (estimate_of(evaluation), &evaluation.failure) {
        (Some(estimate), _) => EvaluationState::Done(verdict(estimate.effect.verdict)),
        (None, Some(stored)) => EvaluationState::Failed { reason: present::refusal(lang, stored) },
        (None, None) => EvaluationState::Estimating,
    }
}

/// The outcome in words.
fn what(lang: Lang, codes: &[Code], plan: &Plan) -> String {
    lang.find(&format!("{}-{}", plan.kind, plan.code)).unwrap_or_else(|| {
        codes
            .iter()
            .find(|code| code.dataset == plan.dataset && code.code == plan.code)
            .map_or_else(|| plan.code.replace('_', " "), |code| code.label.clone())
    })
}

async fn new(current: CurrentCtx) -> Result<Response, WebError> {
    let mut view = empty_view(&current).await?;
    view.step = Field::new("month");
    Ok(page(&view))
}

async fn empty_view(current: &CurrentCtx) -> Result<NewEvaluationView, WebError> {
    let db = current.ctx.db();
    analytics::evidence::top_up(&current.ctx).await.map_err(WebError::broken)?;
    let codes = evidence::codes(db).await?;
    let outcomes = codes
        .iter()
        .filter(|code| matches!(code.kind, EventKind::Barrier | EventKind::Crisis | EventKind::Decision))
        .map(|code| {
            let words = current.lang.find(&format!("{}-{}", code.kind, code.code));
            let words = words.unwrap_or_else(|| code.label.clone());
            let dataset = current.lang.word("dataset", &code.dataset);
            Choice::new(
                format!("{}/{}/{}", code.dataset, code.kind, code.code),
                format!("{words} ({dataset})"),
            )
        })
        .collect();
    let mut datasets: Vec<&str> = codes.iter().map(|code| code.dataset.as_str()).collect();
    datasets.dedup();
    let mut dimensions: Vec<String> = Vec::new();
    for dataset in datasets {
        for dimension in evidence::dimensions(db, dataset).await? {
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
    }
    // Everybody, and beside that each value of one dimension.
    let everybody = Choice::new("", current.t("evaluation-everybody"));
    let each = dimensions.iter().map(|it| {
        let words =
            current.lang.t1("evaluation-everybody-by", "dimension", current.lang.word("dimension", it));
        Choice::new(it.clone(), words)
    });
    Ok(NewEvaluationView {
        chrome: current.chrome("evaluation-new", Some(NavItem::Evaluate)),
        title: Field::default(),
        outcome: Field::default(),
        outcomes,
        same_day: Field::default(),
        elsewhere: Field::default(),
        changed_on: Field::default(),
        starts: Field::default(),
        starts_file: Field::default(),
        step: Field::default(),
        group: Field::default(),
        groups: std::iter::once(everybody).chain(each).collect(),
        smallest: Field::default(),
    })
}

async fn lock(current: CurrentCtx, upload: Upload) -> Result<Response, WebError> {
    let form = &upload.form;
    let known = places::areas(current.ctx.db()).await?;
    let starts_text = starts_text(form, upload.file.as_ref()).await?;
    let mut reading = form.reading(current.lang);
    let title = reading.parse("title", |text| {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= 200;
        if fits { Ok(text.to_owned()) } else { Err("error-evaluation-title") }
    });
    let outcome = reading.parse("outcome", |text| outcome(text).ok_or("error-outcome"));
    let step = if form.text("step") == "week" { TimeStep::Week } else { TimeStep::Month };
    let same_day = reading.parse("same_day", |text| yes_no(text).ok_or("error-same-day"));
    let elsewhere = reading.parse("elsewhere", |text| yes_no(text).ok_or("error-elsewhere"));
    let smallest = reading.parse("smallest", |text| match text.trim().trim_end_matches('%').trim() {
        "" => Ok(None),
        number => number
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .filter(|it| (0.0..=100.0).contains(it))
            .map(|it| Some(format!("{}", it / 100.0)))
            .ok_or("error-smallest"),
    });
    // One day everywhere and nowhere without it: before and after. Everything else compares places.
    let design = match (same_day, elsewhere) {
        (Some(true), Some(false)) => {
            reading.parse("changed_on", |text| days(text).ok_or("error-changed-on")).map(|changed_on| {
                Design::InterruptedTimeSeries { changed_on, step, model: SeriesModel::QuasiPoisson }
            })
        }
        (Some(_), Some(_)) => match starts(&starts_text, &known) {
            Ok(starts) => Some(Design::Staggered { starts, step }),
            Err(_) => {
                reading.wrong("starts", current.t("error-starts"));
                None
            }
        },
        _ => None,
    };
    let (Some(title), Some((dataset, kind, code)), Some(design), Some(smallest_effect)) =
        (title, outcome, design, smallest)
    else {
        let mut view = empty_view(&current).await?;
        view.title = reading.field("title");
        view.outcome = reading.field("outcome");
        view.same_day = reading.field("same_day");
        view.elsewhere = reading.field("elsewhere");
        view.changed_on = reading.field("changed_on");
        view.starts = reading.field("starts");
        view.step = reading.field("step");
        view.group = reading.field("group");
        view.smallest = reading.field("smallest");
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let plan = Plan {
        title,
        dataset,
        kind,
        code,
        design,
        dimension: form.text("group").to_owned(),
        value: String::new(),
        smallest_effect,
    };
    let id = evaluate::lock_and_estimate(&current.ctx, &plan).await.map_err(WebError::broken)?;
    current.done(current.t("evaluation-locked"), &format!("/evaluations/{id}")).await
}

/// What was typed, and the file's lines after it.
async fn starts_text(form: &Form, file: Option<&UploadedFile>) -> Result<String, WebError> {
    let mut text = form.text("starts").to_owned();
    if let Some(file) = file
        && file.bytes <= 1 << 20
    {
        let bytes = tokio::fs::read(file.path()).await.map_err(WebError::broken)?;
        text.push('\n');
        text.push_str(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}'));
    }
    Ok(text)
}

fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// `dataset/kind/code`.
fn outcome(text: &str) -> Option<(String, EventKind, String)> {
    let mut parts = text.splitn(3, '/');
    let (dataset, kind, code) = (parts.next()?, parts.next()?, parts.next()?);
    Some((dataset.to_owned(), EventKind::from_code(kind)?, code.to_owned()))
}

/// One or more days, a line (or a comma) between.
fn days(text: &str) -> Option<Vec<Day>> {
    let days: Option<Vec<Day>> = text
        .split(['\n', ','])
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .map(|it| Day::parse_iso(it).ok())
        .collect();
    days.filter(|days| !days.is_empty())
}

/// `area or district,day` a line; no day means never. The number of the first line that does not fit, from 1.
fn starts(text: &str, known: &[places::Area]) -> Result<Vec<PlaceStart>, u32> {
    let mut starts = Vec::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim();
        if line.is_empty() || (number == 1 && line.to_lowercase().starts_with("area")) {
            continue;
        }
        let (name, day) = line.rsplit_once(',').unwrap_or((line, ""));
        let (name, day) = (name.trim(), day.trim());
        let from = if day.is_empty() { None } else { Some(Day::parse_iso(day).map_err(|_| number)?) };
        let area = known
            .iter()
            .find(|area| area.code.eq_ignore_ascii_case(name) || area.name.eq_ignore_ascii_case(name));
        let district = known.iter().find(|area| area.parent.eq_ignore_ascii_case(name));
        let place = match (area, district) {
            (Some(area), _) => area.code.clone(),
            (None, Some(area)) => area.parent.clone(),
            (None, None) => return Err(number),
        };
        starts.push(PlaceStart { area: place, from });
    }
    if starts.iter().any(|start| start.from.is_some()) { Ok(starts) } else { Err(1) }
}

async fn found(current: &CurrentCtx, id: String) -> Result<Evaluation, WebError> {
    let found = evaluation::evaluation(current.ctx.db(), &EvaluationId::from_text(id)).await?;
    found.ok_or(WebError::NotFound)
}

async fn progress(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let found = found(&current, id).await?;
    Ok(page(&EvaluationFragment {
        chrome: current.chrome("nav-evaluate", Some(NavItem::Evaluate)),
        id: found.id.to_string(),
        state: state(current.lang, &found),
    }))
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let found = found(&current, id).await?;
    let codes = evidence::codes(current.ctx.db()).await?;
    let lang = current.lang;
    let result = estimate_of(&found).map(|estimate| shown(&current, &found, &estimate));
    Ok(page(&EvaluationView {
        chrome: current.chrome_titled(found.plan.title.clone(), Some(NavItem::Evaluate)),
        id: found.id.to_string(),
        title: found.plan.title.clone(),
        what: what(lang, &codes, &found.plan),
        design: lang.t(match found.plan.design {
            Design::InterruptedTimeSeries { .. } => "design-its",
            Design::Staggered { .. } => "design-staggered",
        }),
        when: when(lang, &found.plan.design),
        locked_at: found.locked_at.micros(),
        locked_by: found.locked_by.clone(),
        state: state(lang, &found),
        result,
    }))
}

/// When the change came, in words.
fn when(lang: Lang, design: &Design) -> String {
    match design {
        Design::InterruptedTimeSeries { changed_on, .. } => {
            let days: Vec<String> = changed_on.iter().map(|day| lang.day(&day.to_string())).collect();
            lang.list(&days)
        }
        Design::Staggered { starts, .. } => {
            let places: Vec<String> = starts
                .iter()
                .take(12)
                .map(|start| match start.from {
                    Some(day) => format!("{}: {}", start.area, lang.day_short(&day.to_string())),
                    None => format!("{}: –", start.area),
                })
                .collect();
            let more = if starts.len() > places.len() { " …" } else { "" };
            format!("{}{more}", places.join("; "))
        }
    }
}

/// The estimate through the privacy gate. Aggregates rest on all events after the change; single points on their own.
fn shown(current: &CurrentCtx, found: &Evaluation, estimate: &Estimate) -> EvaluationResult {
    let lang = current.lang;
    let policy = &current.app.config.policy;
    let behind = [estimate.size.events];
    let gate = |value: f64| policy.derived(value, &behind);
    let triple = |it: Interval| (gate(it.value), gate(it.lower), gate(it.upper));
    let effect = &estimate.effect;
    let mut parts: Vec<EffectRow> = Vec::new();
    if estimate.changes.len() > 1 {
        parts.extend(estimate.changes.iter().map(|change| EffectRow {
            label: lang.day(&change.on.to_string()),
            percent: Some(triple(change.percent)),
            p: change.p,
            reason: String::new(),
            against: None,
        }));
    }
    if let Some(check) = &estimate.cross_check {
        parts.push(EffectRow {
            label: format!("{}: {}", lang.t("evaluation-second-method"), lang.word("method", &check.method)),
            percent: Some(triple(check.percent)),
            p: None,
            reason: String::new(),
            against: None,
        });
    }
    let groups = estimate
        .groups
        .iter()
        .map(|group| EffectRow {
            label: group.value.clone(),
            percent: group.effect.as_ref().map(|it| {
                let behind = [counted(it.observed)];
                let gate = |value: f64| policy.derived(value, &behind);
                (gate(it.percent.value), gate(it.percent.lower), gate(it.percent.upper))
            }),
            p: group.q,
            against: group.pooled.as_ref().and_then(|it| {
                let behind = [counted(it.events)];
                let gate = |value: f64| policy.derived(value, &behind);
                it.against_others.map(|it| (gate(it.value), gate(it.lower), gate(it.upper)))
            }),
            reason: if group.reason.is_empty() { String::new() } else { lang.t(&group.reason) },
        })
        .collect();
    EvaluationResult {
        verdict: verdict(effect.verdict),
        effect: Effect {
            percent: gate(effect.percent.value),
            low: gate(effect.percent.lower),
            high: gate(effect.percent.upper),
            observed: gate(effect.observed),
            expected: gate(effect.expected.value),
            expected_low: gate(effect.expected.lower),
            expected_high: gate(effect.expected.upper),
            p: effect.p,
            smallest_visible: effect.smallest_visible_percent.map(f64::abs),
        },
        p_method: lang.word("p-method", &effect.p_method),
        charts: charts(current, estimate),
        parts,
        groups_of: estimate.groups_of.clone(),
        groups,
        assumptions: estimate
            .assumptions
            .iter()
            .map(|it| AssumptionRow {
                key: it.key.clone(),
                state: match it.state {
                    estimates::AssumptionState::Checked => AssumptionState::Checked,
                    estimates::AssumptionState::Weak => AssumptionState::Weak,
                    estimates::AssumptionState::CannotBeChecked => AssumptionState::CannotBeChecked,
                },
                figures: it
                    .figures
                    .iter()
                    .map(|(name, value)| {
                        format!("{}: {}", lang.word("figure", name), present::figure(lang, value))
                    })
                    .collect::<Vec<_>>()
                    .join("; "),
            })
            .collect(),
        cautions: estimate.cautions.iter().filter(|key| lang.find(key).is_some()).cloned().collect(),
        method: lang.word("method", &estimate.method),
        docs_href: None,
        options: present::settings(lang, &present::AreaNames::new(), &estimate.options),
        n_events: policy.count(estimate.size.events),
        step: estimate.step.code().to_owned(),
        n_before: estimate.size.periods_before,
        n_after: estimate.size.periods_after,
        n_changed: estimate.size.places_changed,
        n_compared: estimate.size.places_compared,
        from: estimate.from.to_string(),
        to: estimate.to.to_string(),
        base: present::base(lang, &estimate.base.label()),
        fingerprint: found.estimate.as_ref().map(|it| it.fingerprint.clone()).unwrap_or_default(),
        code_version: found.estimate.as_ref().map(|it| it.code_version.clone()).unwrap_or_default(),
    }
}

fn charts(current: &CurrentCtx, estimate: &Estimate) -> Vec<EvaluationChart> {
    let policy = &current.app.config.policy;
    // What a model expects is about no group of people; only what was seen is.
    let model = |value: f64| -> Disclosed<f64> { policy.about_nobody(value) };
    let mut charts = Vec::new();
    if estimate.design == DesignName::InterruptedTimeSeries && !estimate.series.is_empty() {
        let points = estimate
            .series
            .iter()
            .map(|point| ItsPoint {
                day: point.from.to_string(),
                observed: policy.derived(point.observed, &[counted(point.observed)]),
                fitted: point.fitted.map(|it| model(it.value)),
                counterfactual: point.counterfactual.filter(|_| point.after).map(|it| model(it.value)),
                low: point.counterfactual.filter(|_| point.after).map(|it| model(it.lower)),
                high: point.counterfactual.filter(|_| point.after).map(|it| model(it.upper)),
            })
            .collect();
        let changed_on = estimate.changes.first().map_or(estimate.from, |change| change.on).to_string();
        charts.push(EvaluationChart::Series(ItsChart { points, changed_on }));
    }
    if !estimate.event_study.is_empty() {
        let axis = current.t(&format!("event-study-axis-{}", estimate.step.code()));
        let points = estimate
            .event_study
            .iter()
            .map(|point| EventStudyPoint {
                step: i32::try_from(point.since).unwrap_or(0),
                estimate: model(point.effect),
                low: model(point.band_lower.or(point.lower).unwrap_or(point.effect)),
                high: model(point.band_upper.or(point.upper).unwrap_or(point.effect)),
                is_reference: point.is_reference,
            })
            .collect();
        charts.push(EvaluationChart::EventStudy(EventStudyChart { points, axis }));
    }
    charts
}

/// A count that a series holds as a float. What is no count that a privacy gate knows counts as one event.
fn counted(value: f64) -> u64 {
    format!("{:.0}", value.max(0.0)).parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, name: &str, parent: &str) -> places::Area {
        places::Area {
            code: code.to_owned(),
            name: name.to_owned(),
            parent: parent.to_owned(),
            longitude: 0.0,
            latitude: 0.0,
            geometry: String::new(),
        }
    }

    #[test]
    fn places_are_named_by_code_name_or_district_and_an_empty_day_means_never() {
        let known = [area("A1", "Millrace", "North"), area("A2", "Quarry Hill", "South")];
        let found = starts("area,from\nnorth, 2024-03-01\n\nquarry hill,\n", &known).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].area, "North");
        assert_eq!((found[1].area.as_str(), found[1].from), ("A2", None));
        assert_eq!(starts("North, 2024-03-01\nNowhere, 2024-01-01", &known), Err(2));
        assert_eq!(starts("North, March", &known), Err(1));
        assert_eq!(starts("North", &known), Err(1), "somebody must have started");
    }

    #[test]
    fn days_stand_on_lines_and_nothing_else_is_a_day() {
        assert_eq!(days("2024-03-01\n2025-01-15\n").unwrap().len(), 2);
        assert_eq!(days("1 March"), None);
        assert_eq!(days("  "), None);
    }

    #[test]
    fn small_points_of_a_series_count_as_small() {
        assert_eq!(counted(3.0), 3);
        assert_eq!(counted(-1.0), 0);
        assert_eq!(counted(f64::NAN), 0);
    }
}
