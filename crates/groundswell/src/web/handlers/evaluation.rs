//! Evaluate: plan, lock, estimate; and what came of it, in words first.

use analytics::evaluate::{AssumptionState, DesignName, EvaluationResult, Interval, Verdict};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::evaluation::{self, Design, Evaluation, PlaceStart, Plan, SeriesModel, TimeStep};
use domain::evidence::{self, Code};
use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;
use domain::kernel::ids::EvaluationId;
use domain::kernel::places;

use crate::jobs::evaluate;
use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::charts::{EventStudyChart, EventStudyPoint, ItsChart, ItsPoint};
use crate::web::views::evaluation::{
    AssumptionRow, CoefficientRow, EvaluationFormView, EvaluationRow, EvaluationView, EvaluationsView,
    Fact, GroupEffectRow,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/evaluations", Who::EVALUATE, list)
        .post("/evaluations", Who::EVALUATE, lock)
        .get("/evaluations/new", Who::EVALUATE, new)
        .get("/evaluations/{id}", Who::EVALUATE, one)
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    let codes = evidence::codes(current.ctx.db()).await?;
    let rows = evaluation::evaluations(current.ctx.db(), 500)
        .await?
        .into_iter()
        .map(|it| EvaluationRow {
            href: format!("/evaluations/{}", it.id),
            outcome: outcome_text(current.lang, &codes, &it.plan),
            verdict: verdict_code(&it).to_owned(),
            at: it.locked_at.micros(),
            by: it.locked_by,
            title: it.plan.title,
        })
        .collect();
    Ok(page(&EvaluationsView {
        chrome: current.chrome("nav-evaluate", Some(NavItem::Evaluate)),
        rows,
        may_edit: Who::EVALUATE.allows(&current.ctx.actor),
    }))
}

fn result_of(evaluation: &Evaluation) -> Option<EvaluationResult> {
    let estimate = evaluation.estimate.as_ref()?;
    serde_json::from_value(estimate.result.clone()).ok()
}

fn verdict_code(evaluation: &Evaluation) -> &'static str {
    match (result_of(evaluation), &evaluation.failure) {
        (Some(result), _) => match result.effect.verdict {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::CannotTell => "cannot_tell",
        },
        (None, Some(_)) => "failed",
        (None, None) => "locked",
    }
}

fn outcome_text(lang: Lang, codes: &[Code], plan: &Plan) -> String {
    let key = format!("{}-{}", plan.kind, plan.code);
    lang.find(&key).unwrap_or_else(|| {
        codes
            .iter()
            .find(|code| code.dataset == plan.dataset && code.code == plan.code)
            .map_or_else(|| plan.code.replace('_', " "), |code| code.label.clone())
    })
}

async fn new(current: CurrentCtx) -> Result<Response, WebError> {
    let mut view = form_view(&current).await?;
    view.design = Field::new("its");
    view.step = Field::new("month");
    Ok(page(&view))
}

async fn form_view(current: &CurrentCtx) -> Result<EvaluationFormView, WebError> {
    let db = current.ctx.db();
    analytics::evidence::top_up(&current.ctx).await.map_err(WebError::broken)?;
    let codes = evidence::codes(db).await?;
    let outcomes = codes
        .iter()
        .filter(|code| matches!(code.kind, EventKind::Barrier | EventKind::Crisis | EventKind::Decision))
        .map(|code| {
            let what = current
                .lang
                .find(&format!("{}-{}", code.kind, code.code))
                .unwrap_or_else(|| code.label.clone());
            let dataset = current.lang.word("dataset", &code.dataset);
            Choice::new(format!("{}|{}|{}", code.dataset, code.kind, code.code), format!("{what} ({dataset})"))
        })
        .collect();
    let mut dimensions: Vec<String> = Vec::new();
    for code in &codes {
        for dimension in evidence::dimensions(db, &code.dataset).await? {
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
    }
    let nobody = Choice::new("", current.t("evaluation-by-none"));
    let bys = dimensions.iter().map(|it| Choice::new(it.clone(), current.lang.word("dimension", it)));
    let choice = |value: &str| {
        Choice::new(value, current.t(&format!("evaluation-design-{value}")))
            .with_hint(current.t(&format!("evaluation-design-{value}-hint")))
    };
    Ok(EvaluationFormView {
        chrome: current.chrome("evaluation-new", Some(NavItem::Evaluate)),
        title: Field::default(),
        outcome: Field::default(),
        outcomes,
        design: Field::default(),
        designs: vec![choice("its"), choice("staggered")],
        changed_on: Field::default(),
        places: Field::default(),
        step: Field::default(),
        steps: ["month", "week"]
            .map(|it| Choice::new(it, current.t(&format!("evaluation-step-{it}"))))
            .to_vec(),
        by: Field::default(),
        bys: std::iter::once(nobody).chain(bys).collect(),
    })
}

async fn lock(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let title = reading.parse("title", |text| {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= 200;
        if fits { Ok(text.to_owned()) } else { Err("evaluation-error-title") }
    });
    let outcome = reading.parse("outcome", |text| outcome(text).ok_or("evaluation-error-outcome"));
    let step = if form.text("step") == "week" { TimeStep::Week } else { TimeStep::Month };
    let is_staggered = form.text("design") == "staggered";
    let design = if is_staggered {
        let known = places::areas(current.ctx.db()).await?;
        match starts(form.text("places"), &known) {
            Ok(starts) => Some(Design::Staggered { starts, step }),
            Err(line) => {
                reading.wrong("places", current.lang.t1("evaluation-error-places", "line", line));
                None
            }
        }
    } else {
        reading
            .parse("changed_on", |text| days(text).ok_or("evaluation-error-date"))
            .map(|changed_on| Design::InterruptedTimeSeries { changed_on, step, model: SeriesModel::QuasiPoisson })
    };
    let (Some(title), Some((dataset, kind, code)), Some(design)) = (title, outcome, design) else {
        let mut view = form_view(&current).await?;
        view.title = reading.field("title");
        view.outcome = reading.field("outcome");
        view.design = reading.field("design");
        view.changed_on = reading.field("changed_on");
        view.places = reading.field("places");
        view.step = reading.field("step");
        view.by = reading.field("by");
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let plan = Plan {
        title,
        dataset,
        kind,
        code,
        design,
        dimension: form.text("by").to_owned(),
        value: String::new(),
        smallest_effect: None,
    };
    let id = evaluate::lock_and_estimate(&current.ctx, &plan).await.map_err(WebError::broken)?;
    current.done(current.t("flash-evaluation-locked"), &format!("/evaluations/{id}")).await
}

/// `dataset|kind|code`.
fn outcome(text: &str) -> Option<(String, EventKind, String)> {
    let mut parts = text.splitn(3, '|');
    let (dataset, kind, code) = (parts.next()?, parts.next()?, parts.next()?);
    Some((dataset.to_owned(), EventKind::from_code(kind)?, code.to_owned()))
}

/// One or more days, with commas between.
fn days(text: &str) -> Option<Vec<Day>> {
    let days: Option<Vec<Day>> = text.split(',').map(|it| Day::parse_iso(it.trim()).ok()).collect();
    days.filter(|days| !days.is_empty())
}

/// `area or district, day` a line; no day means never. The number of the first line that does not fit, from 1.
fn starts(text: &str, known: &[places::Area]) -> Result<Vec<PlaceStart>, u32> {
    let mut starts = Vec::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (name, day) = line.rsplit_once(',').unwrap_or((line, ""));
        let (name, day) = (name.trim(), day.trim());
        let is_known = known.iter().any(|area| {
            area.code.eq_ignore_ascii_case(name)
                || area.name.eq_ignore_ascii_case(name)
                || area.parent.eq_ignore_ascii_case(name)
        });
        let from = if day.is_empty() { None } else { Some(Day::parse_iso(day).map_err(|_| number)?) };
        if !is_known {
            return Err(number);
        }
        // A name of one area is turned into its code; districts stay as they are.
        let code = known
            .iter()
            .find(|area| area.name.eq_ignore_ascii_case(name) || area.code.eq_ignore_ascii_case(name))
            .map_or_else(|| name.to_owned(), |area| area.code.clone());
        starts.push(PlaceStart { area: code, from });
    }
    if starts.iter().any(|start| start.from.is_some()) { Ok(starts) } else { Err(1) }
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let db = current.ctx.db();
    let found = evaluation::evaluation(db, &EvaluationId::from_text(id)).await?.ok_or(WebError::NotFound)?;
    let codes = evidence::codes(db).await?;
    let what = outcome_text(current.lang, &codes, &found.plan);
    let result = result_of(&found);
    let mut view = EvaluationView {
        chrome: current.chrome_titled(found.plan.title.clone(), Some(NavItem::Evaluate)),
        title: found.plan.title.clone(),
        verdict: verdict_code(&found).to_owned(),
        sentences: Vec::new(),
        its: None,
        event_study: None,
        numbers: Vec::new(),
        coefficients: Vec::new(),
        groups: Vec::new(),
        assumptions: Vec::new(),
        limits: Vec::new(),
        plan: plan_facts(&current, &found, &what),
        failure: found.failure.clone(),
    };
    if let Some(result) = &result {
        fill(&current, &mut view, result, &what);
    }
    Ok(page(&view))
}

fn fill(current: &CurrentCtx, view: &mut EvaluationView, result: &EvaluationResult, what: &str) {
    let lang = current.lang;
    let policy = &current.app.config.policy;
    view.sentences = sentences(lang, result, what);
    if result.design == DesignName::InterruptedTimeSeries {
        let changed_on = result.changes.first().map_or(result.from, |change| change.on).to_string();
        let points = result
            .series
            .iter()
            .map(|point| {
                let counts = [rounded(point.observed)];
                let gate = |value: f64| policy.derived(value, &counts);
                ItsPoint {
                    day: point.from.to_string(),
                    observed: gate(point.observed),
                    fitted: point.fitted.map(|it| policy.about_nobody(it.value)),
                    counterfactual: point.counterfactual.map(|it| policy.about_nobody(it.value)),
                    low: point.counterfactual.map(|it| policy.about_nobody(it.lower)),
                    high: point.counterfactual.map(|it| policy.about_nobody(it.upper)),
                }
            })
            .collect();
        view.its = Some(ItsChart { points, changed_on });
        view.limits = vec![lang.t("evaluation-limit-its")];
    } else {
        let points = result
            .event_study
            .iter()
            .map(|point| EventStudyPoint {
                step: i32::try_from(point.since).unwrap_or(0),
                estimate: policy.about_nobody(point.effect),
                low: policy.about_nobody(point.band_lower.or(point.lower).unwrap_or(point.effect)),
                high: policy.about_nobody(point.band_upper.or(point.upper).unwrap_or(point.effect)),
                is_reference: point.is_reference,
            })
            .collect();
        view.event_study = Some(EventStudyChart { points });
        view.limits = vec![lang.t("evaluation-limit-staggered")];
    }
    view.limits.extend(result.cautions.iter().filter_map(|key| lang.find(key)));
    view.numbers = numbers(lang, result);
    view.coefficients = result
        .coefficients
        .iter()
        .map(|it| CoefficientRow {
            name: it.name.clone(),
            estimate: it.estimate.map_or_else(|| "–".to_owned(), |x| lang.number(x, 4)),
            interval: match (it.lower, it.upper) {
                (Some(low), Some(high)) => lang.interval(low, high, 4),
                _ => "–".to_owned(),
            },
            p: it.p.map_or_else(|| "–".to_owned(), |p| lang.p_value(p)),
        })
        .collect();
    view.groups = result
        .groups
        .iter()
        .map(|group| GroupEffectRow {
            label: group.value.clone(),
            effect: group.effect.as_ref().map_or_else(|| "–".to_owned(), |it| signed(lang, it.percent.value)),
            interval: group.effect.as_ref().map_or_else(|| "–".to_owned(), |it| percents(lang, it.percent)),
            p: group.effect.as_ref().and_then(|it| it.p).map_or_else(|| "–".to_owned(), |p| lang.p_value(p)),
            note: lang.find(&group.reason).unwrap_or_else(|| group.reason.clone()),
        })
        .collect();
    view.assumptions = result
        .assumptions
        .iter()
        .map(|it| {
            let figures: Vec<(&str, crate::web::i18n::Arg<'_>)> =
                it.figures.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
            let text = match lang.find(&it.key) {
                Some(plain) if figures.is_empty() => plain,
                _ => lang.t_with(&it.key, &figures),
            };
            AssumptionRow {
                text,
                state: match it.state {
                    AssumptionState::Checked => "ok",
                    AssumptionState::Weak => "weak",
                    AssumptionState::CannotBeChecked => "unknown",
                }
                .to_owned(),
            }
        })
        .collect();
}

fn rounded(value: f64) -> u64 {
    // Counts of a series are whole and small enough; anything else counts as large.
    if (0.0..1e15).contains(&value) { format!("{value:.0}").parse().unwrap_or(u64::MAX) } else { u64::MAX }
}

fn signed(lang: Lang, percent: f64) -> String {
    let sign = if percent > 0.0 { "+" } else { "" };
    format!("{sign}{}", lang.percent(percent / 100.0, 1))
}

fn percents(lang: Lang, of: Interval) -> String {
    lang.t_with("evaluation-interval", &[
        ("low", signed(lang, of.lower).into()),
        ("high", signed(lang, of.upper).into()),
    ])
}

/// What happened, in words a board can read; never "significant".
fn sentences(lang: Lang, result: &EvaluationResult, what: &str) -> Vec<String> {
    let effect = &result.effect;
    let key = match effect.verdict {
        Verdict::CannotTell => "evaluation-sentence-cannot",
        _ if effect.percent.value < 0.0 => "evaluation-sentence-fewer",
        _ => "evaluation-sentence-more",
    };
    let change = effect.percent.value.abs();
    let (near, far) = (effect.percent.lower.abs(), effect.percent.upper.abs());
    let (low, high) = if effect.percent.value < 0.0 { (far, near) } else { (near, far) };
    let mut sentences = vec![lang.t_with(
        key,
        &[
            ("what", what.into()),
            ("n_expected", lang.number(effect.expected.value, 0).into()),
            ("n_observed", lang.number(effect.observed, 0).into()),
            ("change", lang.percent(change / 100.0, 0).into()),
            ("low", lang.percent(low / 100.0, 0).into()),
            ("high", lang.percent(high / 100.0, 0).into()),
            ("interval", percents(lang, effect.percent).into()),
        ],
    )];
    if let Some(smallest) = effect.smallest_visible_percent {
        let smallest = lang.percent(smallest.abs() / 100.0, 0);
        sentences.push(lang.t1("evaluation-sentence-smallest", "smallest", smallest));
    }
    if result.changes.len() > 1 {
        for change in &result.changes {
            sentences.push(lang.t_with(
                "evaluation-sentence-change",
                &[
                    ("on", lang.day(&change.on.to_string()).into()),
                    ("change", signed(lang, change.percent.value).into()),
                    ("interval", percents(lang, change.percent).into()),
                ],
            ));
        }
    }
    sentences
}

fn numbers(lang: Lang, result: &EvaluationResult) -> Vec<Fact> {
    let fact = |key: &str, value: String| Fact { label: lang.t(&format!("evaluation-number-{key}")), value };
    let mut facts = vec![
        fact("effect", format!("{} ({})", signed(lang, result.effect.percent.value), percents(lang, result.effect.percent))),
        fact("observed", lang.number(result.effect.observed, 0)),
        fact("expected", format!(
            "{} ({})",
            lang.number(result.effect.expected.value, 1),
            lang.interval(result.effect.expected.lower, result.effect.expected.upper, 1)
        )),
        fact("p", result.effect.p.map_or_else(|| "–".to_owned(), |p| lang.p_value(p))),
        fact("period", lang.period(&result.from.to_string(), &result.to.to_string())),
        fact("before", lang.int(result.size.periods_before)),
        fact("after", lang.int(result.size.periods_after)),
        fact("method", result.method.clone()),
    ];
    if result.design == DesignName::Staggered {
        facts.push(fact("changed", lang.int(result.size.places_changed)));
        facts.push(fact("compared", lang.int(result.size.places_compared)));
    }
    facts
}

/// The locked plan, and how to find the estimate again.
fn plan_facts(current: &CurrentCtx, found: &Evaluation, what: &str) -> Vec<Fact> {
    let lang = current.lang;
    let fact = |key: &str, value: String| Fact { label: lang.t(&format!("evaluation-plan-{key}")), value };
    let mut facts = vec![
        fact("outcome", format!("{what} ({})", lang.word("dataset", &found.plan.dataset))),
        fact("locked", format!("{}, {}", lang.instant(found.locked_at.micros()), found.locked_by)),
    ];
    match &found.plan.design {
        Design::InterruptedTimeSeries { changed_on, .. } => {
            let days: Vec<String> = changed_on.iter().map(|day| lang.day(&day.to_string())).collect();
            facts.push(fact("design", lang.t("evaluation-design-its")));
            facts.push(fact("changed", lang.list(&days)));
        }
        Design::Staggered { starts, .. } => {
            facts.push(fact("design", lang.t("evaluation-design-staggered")));
            let places: Vec<String> = starts
                .iter()
                .take(12)
                .map(|start| match start.from {
                    Some(day) => format!("{}: {}", start.area, lang.day_short(&day.to_string())),
                    None => format!("{}: {}", start.area, lang.t("evaluation-never")),
                })
                .collect();
            facts.push(fact("changed", places.join("; ")));
        }
    }
    if let Some(estimate) = &found.estimate {
        facts.push(fact("fingerprint", estimate.fingerprint.clone()));
        facts.push(fact("version", estimate.code_version.clone()));
    }
    facts
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
        let starts = starts("North, 2024-03-01\n\nquarry hill,\n", &known).unwrap();
        assert_eq!(starts.len(), 2);
        assert_eq!(starts[0].area, "North");
        assert_eq!((starts[1].area.as_str(), starts[1].from), ("A2", None));
        assert_eq!(super::starts("North, 2024-03-01\nNowhere, 2024-01-01", &known), Err(2));
        assert_eq!(super::starts("North, March", &known), Err(1));
        assert_eq!(super::starts("North", &known), Err(1), "somebody must have started");
    }
}
