//! Signals: the list, one signal, looking again, putting one aside. And disparities, group by group.

use std::collections::BTreeSet;

use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::evidence::signals::{self, Run, RunState, SignalError, SignalFilter, SignalState, StoredSignal};
use domain::issues::{self, SignalIssue};
use domain::kernel::clock::Day;
use domain::kernel::places;
use serde::Deserialize;

use crate::jobs::running::last_finished_run;
use crate::web::current::{CurrentCtx, page as html, page_with, see_other};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::views::signals::{
    FindingKind, How, RunFragment, RunInfo, Running, SignalCard, SignalFilters, SignalStatus, SignalView,
    SignalsView,
};
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/signals", Who::SIGNALS, list)
        .post("/signals/look", Who::IDENTIFY, look)
        .get("/signals/run", Who::SIGNALS, run_state)
        .get("/signals/{key}", Who::SIGNALS, page)
        .post("/signals/{key}/dismiss", Who::SIGNALS_DISMISS, dismiss)
        .post("/signals/{key}/restore", Who::SIGNALS_DISMISS, restore)
}

/// The false-discovery limit of every run that a page starts.
const LIMIT: f64 = 0.05;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    kind: String,
    code: String,
    area: String,
    group: String,
    dataset: String,
}

async fn list(current: CurrentCtx, Query(query): Query<ListQuery>) -> Result<Response, WebError> {
    let db = current.ctx.db();
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: String::new(),
        dataset: String::new(),
        code: String::new(),
        limit: 500,
    };
    let all = signals::signals(db, &filter).await?;
    let areas = places::areas(db).await?;
    let names = present::area_names(&areas);
    let policy = &current.app.config.policy;
    let last_run = last_finished_run(&current.ctx).await?;
    let held = issues::issues_of_signals(db).await?;
    let cards = all
        .iter()
        .filter(|stored| passes(&query, stored))
        .map(|stored| SignalCard {
            href: format!("/signals/{}", present::key_in_address(&stored.signal.key)),
            finding: present::finding(policy, &names, &stored.signal),
            status: status(stored, &held),
            spark: present::sparkline(policy, &stored.signal),
        })
        .collect();
    let last_day = all.iter().flat_map(|it| it.signal.detail.trend.iter().map(|point| point.to)).max();
    let runs = signals::runs(db, 1).await?;
    let newest = runs.first();
    let has_evidence = !domain::evidence::imports::batches(db, 1).await?.is_empty() || last_run.is_some();
    let view = SignalsView {
        chrome: current.chrome("nav-signals", Some(NavItem::Signals)),
        cards,
        first_rank: 1,
        filters: filters(&current, &query, &all, &names),
        last_run: last_run.as_ref().map(|run| run_info(run, last_day)),
        running: newest.and_then(running),
        // What went wrong is for the log and the run's row; nothing was changed by it.
        run_error: newest
            .filter(|run| matches!(run.state, RunState::Failed | RunState::Interrupted))
            .map(|_| current.t("error-run")),
        not_looked: last_run
            .as_ref()
            .map(|run| present::not_looked(current.lang, &run.notes))
            .unwrap_or_default(),
        may_run: Who::IDENTIFY.allows(&current.ctx.actor),
        has_evidence,
        may_import: Who::IMPORTS.allows(&current.ctx.actor),
        next_href: None,
    };
    Ok(html(&view))
}

fn passes(query: &ListQuery, stored: &StoredSignal) -> bool {
    let signal = &stored.signal;
    let group = format!("{}|{}", signal.dimension, signal.value);
    (query.kind.is_empty() || present::finding_kind(signal).code() == query.kind)
        && (query.code.is_empty() || signal.code == query.code)
        && (query.area.is_empty() || signal.areas.contains(&query.area))
        && (query.group.is_empty() || group == query.group)
        && (query.dataset.is_empty() || signal.dataset == query.dataset)
}

fn filters(
    current: &CurrentCtx,
    query: &ListQuery,
    all: &[StoredSignal],
    names: &present::AreaNames,
) -> SignalFilters {
    let lang = current.lang;
    let choices = |chosen: &str, found: BTreeSet<(String, String)>| -> Vec<Choice> {
        let every = Choice::new("", lang.t("filter-all")).chosen_if(chosen);
        let rest = found.into_iter().map(|(label, value)| Choice::new(value, label).chosen_if(chosen));
        std::iter::once(every).chain(rest).collect()
    };
    let kinds = all
        .iter()
        .map(|it| present::finding_kind(&it.signal))
        .map(|kind: FindingKind| (lang.t(&format!("finding-kind-{}", kind.code())), kind.code().to_owned()))
        .collect();
    let codes = all
        .iter()
        .map(|it| (lang.word(it.signal.kind.code(), &it.signal.code), it.signal.code.clone()))
        .collect();
    let areas = all
        .iter()
        .flat_map(|it| &it.signal.areas)
        .map(|code| (names.get(code).cloned().unwrap_or_else(|| code.clone()), code.clone()))
        .collect();
    let groups = all
        .iter()
        .filter(|it| !it.signal.dimension.is_empty())
        .map(|it| {
            let dimension = lang.word("dimension", &it.signal.dimension);
            let label = format!("{dimension}: {}", it.signal.value);
            (label, format!("{}|{}", it.signal.dimension, it.signal.value))
        })
        .collect();
    let datasets =
        all.iter().map(|it| (lang.word("dataset", &it.signal.dataset), it.signal.dataset.clone())).collect();
    SignalFilters {
        kind: Field::new(query.kind.clone()),
        kinds: choices(&query.kind, kinds),
        code: Field::new(query.code.clone()),
        codes: choices(&query.code, codes),
        area: Field::new(query.area.clone()),
        areas: choices(&query.area, areas),
        group: Field::new(query.group.clone()),
        groups: choices(&query.group, groups),
        dataset: Field::new(query.dataset.clone()),
        datasets: choices(&query.dataset, datasets),
    }
}

fn status(stored: &StoredSignal, held: &[SignalIssue]) -> SignalStatus {
    if let Some(issue) = held.iter().find(|it| it.signal_key == stored.signal.key) {
        return SignalStatus::InIssue {
            title: issue.title.clone(),
            href: format!("/issues/{}", issue.issue),
        };
    }
    if stored.state == SignalState::Dismissed {
        return SignalStatus::Dismissed { reason: stored.reason.clone(), by: String::new(), at: 0 };
    }
    if stored.fingerprint == stored.first_fingerprint { SignalStatus::New } else { SignalStatus::Open }
}

/// `last_day`: the last day that the findings' own series reach.
fn run_info(run: &Run, last_day: Option<Day>) -> RunInfo {
    RunInfo {
        at: run.finished_at.unwrap_or(run.started_at).micros(),
        n_looked: run.hypotheses,
        n_passed: run.found,
        limit: LIMIT,
        until: run.until.or(last_day).unwrap_or_else(|| run.started_at.day()).to_string(),
    }
}

fn running(run: &Run) -> Option<Running> {
    (run.state == RunState::Running).then(|| Running {
        n_done: run.done,
        n_total: run.total.max(1),
        step: run.stage.clone(),
    })
}

async fn look(current: CurrentCtx) -> Result<Response, WebError> {
    let key = if current.app.jobs.look(current.ctx.clone()) { "flash-run-started" } else { "flash-run-busy" };
    // The run's row is there a moment later; the page shows it either way on its next look.
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    current.flash(FlashKind::Note, current.t(key)).await?;
    Ok(see_other("/signals"))
}

async fn run_state(current: CurrentCtx) -> Result<Response, WebError> {
    let runs = signals::runs(current.ctx.db(), 1).await?;
    let running = runs.first().and_then(running);
    let is_done = running.is_none();
    let chrome = current.chrome("nav-signals", Some(NavItem::Signals));
    let mut response = html(&RunFragment { chrome, running });
    if is_done {
        response.headers_mut().insert("HX-Refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn page(current: CurrentCtx, Path(key): Path<String>) -> Result<Response, WebError> {
    Ok(html(&signal_view(&current, &key).await?))
}

async fn signal_view(current: &CurrentCtx, key: &str) -> Result<SignalView, WebError> {
    let db = current.ctx.db();
    let stored = signals::signal(db, key).await?.ok_or(WebError::NotFound)?;
    let signal = &stored.signal;
    let policy = &current.app.config.policy;
    let areas = places::areas(db).await?;
    let names = present::area_names(&areas);
    let finding = present::finding(policy, &names, signal);
    let lang = current.lang;
    let run = last_finished_run(&current.ctx).await?;
    let method = &signal.detail.method;
    let replicates = method.replicates.map(u64::from);
    let n_as_strong = replicates.map(|n| {
        let rank = signal.p * (n as f64 + 1.0);
        // p is (1 + as strong) / (1 + replicates): a small whole number comes back.
        (0..=n).find(|k| (*k as f64 + 1.0) >= rank - 0.5).unwrap_or(n)
    });
    let how = How {
        method: lang.find(&format!("method-{}", method.name)).unwrap_or_else(|| method.name.clone()),
        docs_href: None,
        n_events: policy
            .count(signal.detail.areas.iter().map(|it| it.observed).sum::<u64>().max(signal.observed)),
        from: signal.detail.trend.first().map_or(signal.from, |it| it.from).to_string(),
        to: signal.detail.trend.last().map_or(signal.to, |it| it.to).to_string(),
        seed: Some(method.seed),
        n_replicates: replicates,
        n_as_strong,
        n_hypotheses: method.hypotheses,
        p: signal.p,
        p_adjusted: signal.q,
        limit: LIMIT,
        settings: present::settings(lang, &names, &method.options),
        fingerprint: stored.fingerprint.clone(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        computed_at: run.map_or(0, |run| run.finished_at.unwrap_or(run.started_at).micros()),
    };
    Ok(SignalView {
        chrome: current.chrome_titled(finding.title(lang), Some(NavItem::Signals)),
        id: present::key_in_address(&signal.key),
        status: status(&stored, &issues::issues_of_signals(db).await?),
        may_open_issue: Who::ISSUES_EDIT.allows(&current.ctx.actor),
        may_dismiss: Who::SIGNALS_DISMISS.allows(&current.ctx.actor),
        dismiss_reason: Field::default(),
        base: present::base(lang, &signal.detail.base),
        map: present::map(policy, &areas, signal),
        areas: present::area_rows(policy, &names, signal),
        trend: present::trend(policy, signal),
        period: present::period(signal),
        groups: present::group_blocks(policy, signal),
        how,
        caveats: present::caveats(lang, signal),
        finding,
    })
}

async fn dismiss(current: CurrentCtx, Path(key): Path<String>, form: Form) -> Result<Response, WebError> {
    let reason = form.text("reason");
    match signals::dismiss(&current.ctx, &key, reason).await {
        Ok(()) => current.done(current.t("flash-signal-dismissed"), "/signals").await,
        Err(SignalError::NotFound) => Err(WebError::NotFound),
        Err(SignalError::ReasonMissing) => {
            let mut view = signal_view(&current, &key).await?;
            view.dismiss_reason = Field::wrong(reason, current.t("error-required"));
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn restore(current: CurrentCtx, Path(key): Path<String>) -> Result<Response, WebError> {
    match signals::restore(&current.ctx, &key).await {
        Ok(()) => {
            let to = format!("/signals/{}", present::key_in_address(&key));
            current.done(current.t("flash-signal-restored"), &to).await
        }
        Err(SignalError::NotFound) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}
