//! Disparities: one code, group by group, against a reference group.

use analytics::disparity::{self, Figure, GroupRow, Query as Asked, Table};
use analytics::{Base, Engine};
use axum::extract::Query;
use axum::response::Response;
use domain::evidence::{self, Code};
use domain::kernel::codes::EventKind;
use privacy::Disclosed;
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page};
use crate::web::error::WebError;
use crate::web::routes::{Routes, Who};
use crate::web::views::disparities::{DisparitiesView, DisparityResult, DisparityRow};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/disparities", Who::DISPARITIES, show)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asking {
    /// `dataset|kind|code`
    code: String,
    by: String,
    reference: String,
}

async fn show(current: CurrentCtx, Query(asking): Query<Asking>) -> Result<Response, WebError> {
    let db = current.ctx.db();
    analytics::evidence::top_up(&current.ctx).await.map_err(WebError::broken)?;
    let mut codes = evidence::codes(db).await?;
    codes.retain(|code| matches!(code.kind, EventKind::Barrier | EventKind::Crisis | EventKind::Decision));
    let chosen = codes.iter().find(|code| code_value(code) == asking.code).or(codes.first()).cloned();
    let dimensions = match &chosen {
        Some(code) => evidence::dimensions(db, &code.dataset).await?,
        None => Vec::new(),
    };
    let by = if dimensions.contains(&asking.by) {
        asking.by.clone()
    } else {
        dimensions.first().cloned().unwrap_or_default()
    };
    let mut view = DisparitiesView {
        chrome: current.chrome("nav-disparities", Some(NavItem::Disparities)),
        code: Field::new(chosen.as_ref().map(code_value).unwrap_or_default()),
        codes: codes.iter().map(|code| Choice::new(code_value(code), code_label(&current, code))).collect(),
        by: Field::new(by.clone()),
        bys: dimensions
            .iter()
            .map(|it| Choice::new(it.clone(), current.lang.word("dimension", it)))
            .collect(),
        reference: Field::new(asking.reference.clone()),
        references: Vec::new(),
        result: None,
    };
    if let Some(code) = chosen
        && !by.is_empty()
    {
        let query = Asked {
            dataset: code.dataset.clone(),
            kind: code.kind,
            code: code.code.clone(),
            dimension: by,
            reference: asking.reference,
            until: None,
            level: 0.95,
        };
        let engine = Engine::Database(db.clone());
        let table = disparity::disparity(&engine, &query, &current.app.config.policy)
            .await
            .map_err(WebError::broken)?;
        view.reference = Field::new(table.reference.clone());
        view.references = table.rows.iter().map(|row| Choice::new(row.value.clone(), row.value.clone())).collect();
        view.result = Some(result(&current, &code, &table));
    }
    Ok(page(&view))
}

fn code_value(code: &Code) -> String {
    format!("{}|{}|{}", code.dataset, code.kind, code.code)
}

/// The words of our own list where there are any, else the file's own.
fn code_label(current: &CurrentCtx, code: &Code) -> String {
    let key = format!("{}-{}", code.kind, code.code);
    let what = current.lang.find(&key).unwrap_or_else(|| code.label.clone());
    format!("{what} ({})", current.lang.word("dataset", &code.dataset))
}

fn result(current: &CurrentCtx, code: &Code, table: &Table) -> DisparityResult {
    let lang = current.lang;
    let scale = |figure: f64| {
        if table.is_share { lang.percent(figure, 2) } else { lang.number(figure * 1_000.0, 1) }
    };
    let rows: Vec<DisparityRow> = table
        .rows
        .iter()
        .map(|row| {
            let exposure_digits = usize::from(!table.is_share && !is_whole(row));
            let (ratio, low, high) = match &row.ratio {
                None => (None, None, None),
                Some(figure) => {
                    let part = |of: fn(&Figure) -> f64| Some((*figure).map(|it| of(&it)));
                    (
                        part(|it| it.estimate.unwrap_or(f64::NAN)),
                        part(|it| it.lower.unwrap_or(0.0)),
                        part(|it| it.upper.unwrap_or(f64::INFINITY)),
                    )
                }
            };
            DisparityRow {
                label: row.value.clone(),
                events: row.events,
                exposure_text: hidden_or(current, row.exposure, |it| lang.number(it, exposure_digits)),
                rate_text: hidden_or(current, row.rate, |it| it.estimate.map_or_else(|| "–".to_owned(), scale)),
                rate_interval: hidden_or(current, row.rate, |it| match (it.lower, it.upper) {
                    (Some(low), Some(high)) => {
                        lang.t_with("disparity-interval", &[("low", scale(low).into()), ("high", scale(high).into())])
                    }
                    _ => "–".to_owned(),
                }),
                ratio,
                low,
                high,
                is_reference: row.value == table.reference,
            }
        })
        .collect();
    let base_text = match &table.base {
        Base::Population { unit } => lang.t1("disparity-base-population", "unit", unit.as_str()),
        other => lang.t(&other.label()),
    };
    DisparityResult { sentence: sentence(current, code, table), base_text, rows, is_share: table.is_share }
}

fn is_whole(row: &GroupRow) -> bool {
    row.exposure.value().is_some_and(|it| it.fract().abs() < 1e-9)
}

fn hidden_or<T: Copy>(current: &CurrentCtx, figure: Disclosed<T>, form: impl Fn(T) -> String) -> String {
    figure.value().map_or_else(|| current.t("too-few"), |it| form(*it))
}

/// The largest clear difference from the reference, in one sentence.
fn sentence(current: &CurrentCtx, code: &Code, table: &Table) -> String {
    let lang = current.lang;
    let what = lang
        .find(&format!("{}-{}", code.kind, code.code))
        .unwrap_or_else(|| code.label.clone());
    let clear = table
        .rows
        .iter()
        .filter_map(|row| {
            let ratio = row.ratio.as_ref()?.value()?;
            Some((row, ratio.estimate?, ratio.lower.unwrap_or(0.0), ratio.upper.unwrap_or(f64::INFINITY)))
        })
        .filter(|(_, _, low, _)| *low > 1.0)
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match clear {
        None => lang.t_with(
            "disparity-sentence-none",
            &[("what", what.into()), ("reference", table.reference.as_str().into())],
        ),
        Some((row, ratio, low, high)) => lang.t_with(
            "disparity-sentence",
            &[
                ("what", what.into()),
                ("group", row.value.as_str().into()),
                ("reference", table.reference.as_str().into()),
                ("ratio", lang.number(ratio, 2).into()),
                ("interval", lang.interval(low, high, 2).into()),
            ],
        ),
    }
}
