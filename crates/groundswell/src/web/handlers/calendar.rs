//! The calendar: a week as a list, and a feed for other programs that works without logging in.

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::casework::caseload::{self, FeedEvent};
use domain::casework::tasks;
use domain::kernel::accounts;
use domain::kernel::audit::{self, Act};
use domain::kernel::clock::Day;
use interop::ics::{self, Entry};

use super::tasks::{Whose, row};
use crate::cli::BASE_ADDRESS;
use crate::web::current::{CurrentCtx, page};
use crate::web::error::WebError;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::NavItem;
use crate::web::views::calendar::{CalendarDay, CalendarView};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/calendar", Who::FILES_RECORD, week).post("/calendar/feed", Who::FILES_RECORD, renew).get(
        "/calendar/{secret}",
        Who::Anyone,
        feed,
    )
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    week: String,
}

async fn week(current: CurrentCtx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    Ok(page(&view(&current, asked.week.parse().ok(), None).await?))
}

async fn view(
    current: &CurrentCtx,
    asked: Option<Day>,
    feed: Option<String>,
) -> Result<CalendarView, WebError> {
    let today = current.ctx.now.day();
    let monday = asked.unwrap_or(today).week_start();
    let sunday = monday.plus_days(6);
    let mut tx = current.ctx.begin().await?;
    let found = tasks::worker_between(&current.ctx, &tx, monday, sunday).await?;
    let account = current.ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let act = Act { action: "calendar.read", subject_kind: "account", subject_id: &account, detail: "" };
    audit::append(&current.ctx, &mut tx, act).await?;
    tx.commit().await?;
    let lang = current.lang;
    let days = (0..7)
        .map(|at| {
            let day = monday.plus_days(at);
            let weekday = lang.t(&format!("weekday-{}", at + 1));
            CalendarDay {
                name: format!("{weekday} {}", lang.day_brief(&day.to_string())),
                is_today: day == today,
                rows: found
                    .iter()
                    .filter(|task| task.due_on == Some(day))
                    .map(|task| row(current, task, Whose::Plain))
                    .collect(),
            }
        })
        .collect();
    let address = |day: Day| format!("/calendar?week={day}");
    let is_this_week = monday == today.week_start();
    let back = if is_this_week { "/calendar".to_owned() } else { address(monday) };
    let mut chrome = current.chrome("calendar-title", Some(NavItem::Corner));
    chrome.path.clone_from(&back);
    Ok(CalendarView {
        chrome,
        week: lang.period(&monday.to_string(), &sunday.to_string()),
        days,
        earlier: address(monday.plus_days(-7)),
        later: address(monday.plus_days(7)),
        this_week: (!is_this_week).then(|| "/calendar".to_owned()),
        has_feed: feed.is_some() || caseload::feed_is_there(&current.ctx).await?.is_some(),
        feed,
        back,
    })
}

/// A new address: this answer is the only place where it ever stands.
async fn renew(current: CurrentCtx) -> Result<Response, WebError> {
    let secret = caseload::feed_renew(&current.ctx).await?;
    let base = accounts::setting(current.ctx.db(), BASE_ADDRESS).await?;
    Ok(page(&view(&current, None, Some(format!("{base}/calendar/{secret}.ics"))).await?))
}

async fn feed(current: CurrentCtx, Path(name): Path<String>) -> Result<Response, WebError> {
    let secret = name.strip_suffix(".ics").ok_or(WebError::NotFound)?;
    let (account, events) = caseload::feed(&current.ctx, secret).await?.ok_or(WebError::NotFound)?;
    let lang = Lang::from_code(&account.locale).unwrap_or_default();
    let entries: Vec<Entry> = events.into_iter().map(|event| entry(lang, event)).collect();
    let headers = [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, ics::calendar(&lang.t("calendar-feed-name"), &entries)).into_response())
}

/// Initials and the kind, never a name or what somebody typed.
fn entry(lang: Lang, event: FeedEvent) -> Entry {
    let kind = lang.word("task-kind", event.kind.code());
    Entry {
        uid: format!("{}@groundswell", event.task),
        summary: if event.initials.is_empty() { kind } else { format!("{} · {kind}", event.initials) },
        day: event.day,
        time: event.time,
        sequence: event.version - 1,
        made_at: event.made_at,
        is_done: event.is_done,
    }
}
