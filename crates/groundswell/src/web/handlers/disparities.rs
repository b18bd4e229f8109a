//! Disparities: one code, group by group, against a reference group.

use analytics::disparity::{self, Figure, GroupRow, Query as Asked, Table};
use analytics::{Base, Engine};
use axum::extract::Query;
use axum::response::Response;
use domain::evidence::{self, Code};
use domain::kernel::codes::EventKind;
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page};
use crate::web::error::WebError;
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::views::disparities::{
    DisparitiesView, DisparityResult, DisparityRow, RateStyle, RatioFigures,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/disparities", Who::DISPARITIES, show)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asking {
    dataset: String,
    /// `kind/code`
    event: String,
    dimension: String,
    reference: String,
}

async fn show(current: CurrentCtx, Query(asking): Query<Asking>) -> Result<Response, WebError> {
    let db = current.ctx.db();
    analytics::evidence::top_up(&current.ctx).await.map_err(WebError::broken)?;
    let mut codes = evidence::codes(db).await?;
    codes.retain(|code| matches!(code.kind, EventKind::Barrier | EventKind::Crisis | EventKind::Decision));
    let mut datasets: Vec<String> = codes.iter().map(|code| code.dataset.clone()).collect();
    datasets.dedup();
    let dataset = if datasets.contains(&asking.dataset) {
        asking.dataset.clone()
    } else {
        datasets.first().cloned().unwrap_or_default()
    };
    codes.retain(|code| code.dataset == dataset);
    // Another data set was picked: its first event stands in for one that it does not have.
    let chosen = codes.iter().find(|code| event_value(code) == asking.event).or(codes.first()).cloned();
    let dimensions = evidence::dimensions(db, &dataset).await?;
    let dimension = if dimensions.contains(&asking.dimension) {
        asking.dimension.clone()
    } else {
        dimensions.first().cloned().unwrap_or_default()
    };
    let choice = |list: &str, code: &String| Choice::new(code.clone(), current.lang.word(list, code));
    let mut view = DisparitiesView {
        chrome: current.chrome("nav-disparities", Some(NavItem::Disparities)),
        dataset: Field::new(dataset),
        datasets: datasets.iter().map(|it| choice("dataset", it)).collect(),
        event: Field::new(chosen.as_ref().map(event_value).unwrap_or_default()),
        events: codes.iter().map(|code| Choice::new(event_value(code), what(&current, code))).collect(),
        dimension: Field::new(dimension.clone()),
        dimensions: dimensions.iter().map(|it| choice("dimension", it)).collect(),
        reference: Field::new(asking.reference.clone()),
        references: vec![Choice::new("", current.t("disparity-largest"))],
        has_evidence: !codes.is_empty(),
        result: None,
    };
    if let Some(code) = chosen
        && !dimension.is_empty()
    {
        let query = Asked {
            dataset: code.dataset.clone(),
            kind: code.kind,
            code: code.code.clone(),
            dimension,
            reference: asking.reference,
            until: None,
            level: 0.95,
        };
        let engine = Engine::Database(db.clone());
        let table = disparity::disparity(&engine, &query, &current.app.config.policy)
            .await
            .map_err(WebError::broken)?;
        view.references
            .extend(table.rows.iter().map(|row| Choice::new(row.value.clone(), row.value.clone())));
        view.result = Some(result(&current, &code, &table));
    }
    Ok(page(&view))
}

fn event_value(code: &Code) -> String {
    format!("{}/{}", code.kind, code.code)
}

/// The words of our own list where there are any, else the file's own.
fn what(current: &CurrentCtx, code: &Code) -> String {
    current.lang.find(&format!("{}-{}", code.kind, code.code)).unwrap_or_else(|| code.label.clone())
}

fn result(current: &CurrentCtx, code: &Code, table: &Table) -> DisparityResult {
    let lang = current.lang;
    let (base, unit) = match &table.base {
        Base::Population { unit } => (present::base(lang, unit), present::unit(lang, unit)),
        other => (present::base(lang, &other.label()), lang.t("unit-rows")),
    };
    DisparityResult {
        what: what(current, code),
        dimension: table.query.dimension.clone(),
        reference: table.reference.clone(),
        base,
        style: if table.is_share { RateStyle::Share } else { RateStyle::Per { n: 1_000, unit } },
        from: table.period.map(|period| period.from.to_string()).unwrap_or_default(),
        to: table.period.map(|period| period.to.to_string()).unwrap_or_default(),
        rows: table.rows.iter().map(|row| shown(row, &table.reference)).collect(),
        cautions: table.cautions.iter().map(|key| (*key).to_owned()).collect(),
        docs_href: None,
    }
}

fn shown(row: &GroupRow, reference: &str) -> DisparityRow {
    let estimate = |it: Figure| it.estimate.unwrap_or(f64::NAN);
    let low = |it: Figure| it.lower.unwrap_or(0.0);
    let high = |it: Figure| it.upper.unwrap_or(f64::INFINITY);
    DisparityRow {
        value: row.value.clone(),
        events: row.events,
        base: row.exposure,
        rate: row.rate.map(estimate),
        rate_low: row.rate.map(low),
        rate_high: row.rate.map(high),
        ratio: row.ratio.zip(row.p).map(|(ratio, p)| RatioFigures {
            value: ratio.map(estimate),
            low: ratio.map(low),
            high: ratio.map(high),
            p,
        }),
        is_reference: row.value == reference,
    }
}
