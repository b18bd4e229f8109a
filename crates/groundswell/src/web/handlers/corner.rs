//! The Corner: the clients' day beside the causes' news.

use axum::response::Response;
use domain::casework;
use domain::evidence::signals::{self, SignalFilter, SignalState};
use domain::issues::{self, Step};
use domain::kernel::ctx::Role;
use domain::kernel::places;
use domain::evidence;

use crate::web::current::{CurrentCtx, page as html};
use crate::web::error::WebError;
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::views::NavItem;
use crate::web::views::corner::{
    CauseKind, CauseRow, ClientRow, CornerView, FirstSteps, LastBarrier, MyDay, NewsRow,
};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/", Who::SignedIn, corner)
}

/// Without a contact for longer than this, a client counts as quiet.
const QUIET_DAYS: u32 = 28;

async fn corner(current: CurrentCtx) -> Result<Response, WebError> {
    let account = current.account.clone().ok_or(WebError::NotFound)?;
    let actor = &current.ctx.actor;
    let my_day =
        if current.has(Role::Caseworker) { Some(my_day(&current).await?) } else { None };
    let may_see_signals = Who::SIGNALS.allows(actor);
    let may_see_issues = Who::ISSUES.allows(actor);
    let mut causes = Vec::new();
    if may_see_issues {
        causes.extend(issue_rows(&current).await?);
    }
    if may_see_signals {
        causes.extend(signal_rows(&current).await?);
    }
    let view = CornerView {
        chrome: current.chrome("nav-corner", Some(NavItem::Corner)),
        first_name: account.name.split_whitespace().next().unwrap_or_default().to_owned(),
        today: current.ctx.now.day().to_string(),
        my_day,
        causes,
        first_steps: first_steps(&current).await?,
        may_see_signals,
        may_see_issues,
    };
    Ok(html(&view))
}

async fn my_day(current: &CurrentCtx) -> Result<MyDay, WebError> {
    let day = casework::caseload::my_day(&current.ctx, 60).await?;
    let today = current.ctx.now.day();
    let clients = day
        .needs
        .into_iter()
        .map(|line| {
            let days =
                line.facts.last_contact_on.map(|on| u32::try_from(today.days_since(on)).unwrap_or(0));
            ClientRow {
                name: line.list_name,
                area: line.area_name,
                days_since_contact: days,
                is_quiet: days.is_none_or(|days| days > QUIET_DAYS),
                barrier: None,
            }
        })
        .collect();
    let lately = day
        .lately
        .into_iter()
        .map(|line| NewsRow {
            on: line.on.to_string(),
            name: line.list_name,
            kind: line.kind,
            code: line.code,
        })
        .collect();
    Ok(MyDay { clients, lately })
}

async fn signal_rows(current: &CurrentCtx) -> Result<Vec<CauseRow>, WebError> {
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: String::new(),
        dataset: String::new(),
        code: String::new(),
        limit: 4,
    };
    let names = present::area_names(&places::areas(current.ctx.db()).await?);
    let policy = &current.app.config.policy;
    let stored = signals::signals(current.ctx.db(), &filter).await?;
    Ok(stored
        .iter()
        .map(|stored| {
            let finding = present::finding(policy, &names, &stored.signal);
            CauseRow {
                kind: CauseKind::Signal,
                title: finding.title(current.lang),
                href: format!("/signals/{}", present::key_in_address(&stored.signal.key)),
                note: finding.sentence(current.lang).replace("**", ""),
            }
        })
        .collect())
}

async fn issue_rows(current: &CurrentCtx) -> Result<Vec<CauseRow>, WebError> {
    let issues = issues::issues(current.ctx.db(), 4).await?;
    Ok(issues
        .into_iter()
        .map(|issue| CauseRow {
            kind: CauseKind::Issue { step: step_number(issue.step) },
            title: issue.title,
            href: format!("/issues/{}", issue.id),
            note: current.lang.instant(issue.opened_at.micros()),
        })
        .collect())
}

/// 1 to 5.
pub fn step_number(step: Step) -> u8 {
    Step::ALL.iter().position(|it| *it == step).and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(1)
}

/// What a new agency does first; none once everything has been done.
async fn first_steps(current: &CurrentCtx) -> Result<Option<FirstSteps>, WebError> {
    let db = current.ctx.db();
    let has_run = signals::runs(db, 1).await?.iter().any(|run| run.finished_at.is_some());
    let steps = FirstSteps {
        has_areas: !places::areas(db).await?.is_empty(),
        has_events: evidence::imports::batches(db, 50)
            .await?
            .iter()
            .any(|batch| batch.kind == evidence::imports::BatchKind::Events)
            || has_run,
        has_run,
        may_import: Who::IMPORTS.allows(&current.ctx.actor),
        may_run: Who::IDENTIFY.allows(&current.ctx.actor),
    };
    Ok((!(steps.has_areas && steps.has_events && steps.has_run)).then_some(steps))
}
