//! The audit trail, for administrators and privacy officers.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use domain::kernel::accounts;
use domain::kernel::audit::{self, Entry, Filter, Verdict};
use domain::kernel::clock::Day;
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page, query_text};
use crate::web::error::WebError;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::audit::{AuditRow, AuditView, ChainState};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/audit", Who::AUDIT, list)
}

const PAGE_ROWS: i64 = 50;
/// A longer trail is not walked while somebody waits for the page; `groundswell audit verify` walks any.
const CHECKED_MOST: i64 = 100_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    who: String,
    action: String,
    from: String,
    to: String,
    before: Option<i64>,
}

async fn list(current: CurrentCtx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let db = current.ctx.db();
    let from = DayAsked::read(&asked.from, current.lang);
    let to = DayAsked::read(&asked.to, current.lang);
    let filter = Filter {
        actor: asked.who.clone(),
        action: asked.action.clone(),
        from: from.day.map(Day::starts_at),
        until: to.day.map(|day| day.plus_days(1).starts_at()),
        before_seq: asked.before,
        // One more than is shown tells whether there is another page.
        limit: PAGE_ROWS + 1,
        ..Filter::default()
    };
    let is_readable = from.field.error.is_none() && to.field.error.is_none();
    let mut entries = if is_readable { audit::entries(db, &filter).await? } else { Vec::new() };
    let is_more = entries.len() > usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    entries.truncate(usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX));
    let oldest = entries.last().map(|entry| entry.seq);
    let names: BTreeMap<String, String> = accounts::accounts(db)
        .await?
        .into_iter()
        .map(|account| (account.id.to_string(), account.name))
        .collect();
    let chain = if asked.before.is_none() { chain(&current).await? } else { ChainState::Unchecked };
    let view = AuditView {
        chrome: current.chrome("nav-audit", Some(NavItem::Audit)),
        rows: entries.into_iter().map(|entry| row(current.lang, &names, entry)).collect(),
        chain,
        people: people(&current, &names, &asked.who).await?,
        who: Field::new(asked.who.clone()),
        actions: actions(&current, &asked.action).await?,
        action: Field::new(asked.action.clone()),
        next_href: oldest.filter(|_| is_more).map(|seq| href(&asked, Some(seq))),
        first_href: asked.before.map(|_| href(&asked, None)),
        from: from.field,
        to: to.field,
    };
    Ok(page(&view))
}

/// A day of the filter with its field.
struct DayAsked {
    day: Option<Day>,
    field: Field,
}

impl DayAsked {
    fn read(text: &str, lang: Lang) -> Self {
        let trimmed = text.trim();
        match Day::parse_iso(trimmed) {
            Ok(day) => Self { day: Some(day), field: Field::new(trimmed) },
            Err(_) if trimmed.is_empty() => Self { day: None, field: Field::default() },
            Err(_) => Self { day: None, field: Field::wrong(text, lang.t("error-day")) },
        }
    }
}

async fn chain(current: &CurrentCtx) -> Result<ChainState, WebError> {
    let newest = audit::entries(current.ctx.db(), &Filter { limit: 1, ..Filter::default() }).await?;
    if newest.first().is_some_and(|entry| entry.seq > CHECKED_MOST) {
        return Ok(ChainState::Unchecked);
    }
    Ok(match audit::verify(&current.ctx).await? {
        Verdict::Whole { entries, head } => ChainState::Whole { entries, head },
        Verdict::BrokenAt { seq } => ChainState::BrokenAt { seq },
    })
}

fn row(lang: Lang, names: &BTreeMap<String, String>, entry: Entry) -> AuditRow {
    AuditRow {
        seq: entry.seq,
        at: entry.at.micros(),
        who: actor_text(lang, names, &entry.actor),
        action: entry.action,
        subject_kind: entry.subject_kind,
        subject_id: entry.subject_id,
        detail: entry.detail,
    }
}

/// An actor's label as people know them.
fn actor_text(lang: Lang, names: &BTreeMap<String, String>, label: &str) -> String {
    if let Some(name) = names.get(label) {
        return name.clone();
    }
    match label.strip_prefix("system:") {
        Some(command) => lang.t1("audit-actor-system", "command", command),
        None if label == "anonymous" => lang.t("audit-actor-anonymous"),
        None => label.to_owned(),
    }
}

/// Everybody who has an account, and whatever else did something lately.
async fn people(
    current: &CurrentCtx,
    names: &BTreeMap<String, String>,
    chosen: &str,
) -> Result<Vec<Choice>, WebError> {
    let lately = audit::actors(current.ctx.db()).await?;
    let others = lately.iter().filter(|label| !names.contains_key(*label));
    let mut labels: Vec<(String, &String)> =
        names.keys().chain(others).map(|label| (actor_text(current.lang, names, label), label)).collect();
    labels.sort();
    let everybody = Choice::new("", current.t("audit-everybody")).chosen_if(chosen);
    let rest = labels.into_iter().map(|(text, label)| Choice::new(label, text).chosen_if(chosen));
    Ok(std::iter::once(everybody).chain(rest).collect())
}

async fn actions(current: &CurrentCtx, chosen: &str) -> Result<Vec<Choice>, WebError> {
    let lang = current.lang;
    let all = Choice::new("", lang.t("filter-all")).chosen_if(chosen);
    let lately = audit::actions(current.ctx.db()).await?;
    let rest = lately.into_iter().map(|action| {
        let label = lang.word("action", &action.replace('.', "_"));
        Choice::new(action, label).chosen_if(chosen)
    });
    Ok(std::iter::once(all).chain(rest).collect())
}

/// The address of a page of the same entries.
fn href(asked: &Asked, before: Option<i64>) -> String {
    let mut parts: Vec<String> =
        [("who", &asked.who), ("action", &asked.action), ("from", &asked.from), ("to", &asked.to)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_text(value)))
            .collect();
    parts.extend(before.map(|seq| format!("before={seq}")));
    if parts.is_empty() { "/audit".to_owned() } else { format!("/audit?{}", parts.join("&")) }
}
