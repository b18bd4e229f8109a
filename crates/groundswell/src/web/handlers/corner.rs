//! The Corner: the clients' day beside the causes' news.

use axum::response::Response;
use domain::casework::tasks::{self, Need, Task, TaskSource};
use domain::casework::{caseload, cases};
use domain::evidence;
use domain::evidence::signals::{self, SignalFilter, SignalState};
use domain::issues::{self, Step};
use domain::kernel::ctx::Role;
use domain::kernel::places;

use super::caseload::reason;
use super::tasks::{Whose, row};
use crate::web::current::{CurrentCtx, page as html};
use crate::web::error::WebError;
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::views::NavItem;
use crate::web::views::corner::{CauseKind, CauseRow, CornerView, FirstSteps, MyDay, NeedRow, NewsRow};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/", Who::SignedIn, corner)
}

/// Tasks and clients that the Corner shows; the rest stands one click away.
const SHOWN: usize = 8;

async fn corner(current: CurrentCtx) -> Result<Response, WebError> {
    let account = current.account.clone().ok_or(WebError::NotFound)?;
    let actor = &current.ctx.actor;
    let my_day = if tasks::has_tasks(actor) { Some(my_day(&current).await?) } else { None };
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
    let found = caseload::my_day(&current.ctx, 200).await?;
    let (lang, today) = (current.lang, current.ctx.now.day());
    let rows = |is_shown: &dyn Fn(&Task) -> bool| {
        // A reminder's occasion stands among the clients who need action.
        let own = found.tasks.open.iter().filter(|task| task.source != TaskSource::Rule);
        own.filter(|task| is_shown(task)).map(|task| row(current, task, Whose::Plain)).collect::<Vec<_>>()
    };
    let mut due = rows(&|task| task.act_on.is_some_and(|day| day <= today));
    let due_tasks = count(due.len());
    due.truncate(SHOWN);
    let closures = if current.has(Role::Supervisor) {
        let tx = current.ctx.db().snapshot().await?;
        Some(count(cases::closures(&current.ctx, &tx, 100).await?.len()))
    } else {
        None
    };
    let needs = found.needs.iter().take(SHOWN).map(|line| NeedRow {
        href: format!("/clients/{}", line.client),
        name: line.list_name.clone(),
        area: line.area_name.clone(),
        reasons: line.needs.iter().map(|need| reason(lang, *need, today, &line.crisis_code)).collect(),
        is_crisis: line.needs.iter().any(|need| matches!(need, Need::Crisis(_))),
    });
    let lately = found.lately.iter().map(|line| NewsRow {
        on: line.on.to_string(),
        href: format!("/clients/{}", line.client),
        name: line.list_name.clone(),
        kind: line.kind.clone(),
        code: line.code.clone(),
    });
    Ok(MyDay {
        tasks: due,
        due_tasks,
        tomorrow: rows(&|task| task.act_on == Some(today.plus_days(1))).into_iter().take(SHOWN / 2).collect(),
        ended: found.tasks.ended.iter().take(3).map(|task| row(current, task, Whose::Plain)).collect(),
        open_tasks: count(found.tasks.open.len()),
        needs: needs.collect(),
        in_need: count(found.needs.len()),
        clients: found.open,
        lately: lately.collect(),
        log: super::quick_log::for_mine(current, "/", None).await?,
        may_search: current.app.may_open(&current.ctx.actor, "/clients"),
        closures,
    })
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
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
