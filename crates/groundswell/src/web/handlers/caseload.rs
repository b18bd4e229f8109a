//! The caseload board.

use axum::extract::Query as UrlQuery;
use axum::response::Response;
use domain::casework::caseload::{self, BoardFilter, BoardLine, Scope, Sort};
use domain::casework::cases::{self, CaseState};
use domain::casework::tasks::{Need, QUIET_DAYS};
use domain::kernel::accounts;
use domain::kernel::clock::Day;
use domain::kernel::ctx::Role;
use domain::kernel::ids::AccountId;

use super::tasks::{day_text, worker_choices};
use crate::web::current::{CurrentCtx, own_path, page, query_text, see_other};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::caseload::{BoardRow, BoardView, FilterLink, TransferForm};
use crate::web::views::{Choice, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/caseload", Who::FILES_RECORD, board).post("/caseload/order", Who::FILES_RECORD, order)
}

/// Rows of a page: a caseload of 30 fits, a supervisor pages.
const ROWS: i64 = 50;

/// What the address asks for.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    who: String,
    state: String,
    sort: String,
    need: String,
    from: String,
}

/// The same, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    who: String,
    state: String,
    sort: String,
    only_needs: bool,
    from: i64,
}

impl From<Asked> for Query {
    fn from(asked: Asked) -> Self {
        Self {
            who: asked.who,
            state: asked.state,
            sort: asked.sort,
            only_needs: asked.need == "1",
            from: asked.from.parse().unwrap_or(0).clamp(0, 1_000_000),
        }
    }
}

impl Query {
    /// Of a path of our own.
    pub(super) fn of(path: &str) -> Self {
        let uri = path.parse::<axum::http::Uri>().ok();
        let asked = uri.and_then(|uri| UrlQuery::<Asked>::try_from_uri(&uri).ok());
        asked.map(|UrlQuery(asked)| asked.into()).unwrap_or_default()
    }

    fn address(&self, who: &str, from: i64) -> String {
        let mut parts = Vec::new();
        for (name, value) in [("who", who), ("state", &self.state), ("sort", &self.sort)] {
            if !value.is_empty() {
                parts.push(format!("{name}={}", query_text(value)));
            }
        }
        if self.only_needs {
            parts.push("need=1".to_owned());
        }
        if from > 0 {
            parts.push(format!("from={from}"));
        }
        if parts.is_empty() { "/caseload".to_owned() } else { format!("/caseload?{}", parts.join("&")) }
    }
}

async fn board(current: CurrentCtx, UrlQuery(asked): UrlQuery<Asked>) -> Result<Response, WebError> {
    Ok(page(&view(&current, &asked.into(), None).await?))
}

/// The board; `again` is a transfer that needs another look.
pub(super) async fn view(
    current: &CurrentCtx,
    query: &Query,
    again: Option<TransferForm>,
) -> Result<BoardView, WebError> {
    let own = current.ctx.actor.account().cloned().ok_or(WebError::NotFound)?;
    let (is_caseworker, is_supervisor) = (current.has(Role::Caseworker), current.has(Role::Supervisor));
    let scope = match query.who.as_str() {
        "" if is_caseworker => Scope::LedBy(own.clone()),
        "support" => Scope::SupportedBy(own.clone()),
        "" | "all" if is_supervisor => Scope::Everybody,
        id if is_supervisor => Scope::LedBy(AccountId::from_text(id)),
        _ => return Err(WebError::NotFound),
    };
    let mut of = String::new();
    if let Scope::LedBy(id) = &scope
        && *id != own
    {
        of = accounts::account(current.ctx.db(), id).await?.ok_or(WebError::NotFound)?.name;
    }
    let kept = caseload::order_kept(&current.ctx).await?;
    let sort = Sort::from_code(&query.sort).unwrap_or(kept);
    let filter = BoardFilter {
        scope: scope.clone(),
        state: CaseState::from_code(&query.state),
        only_needs: query.only_needs,
        sort,
        offset: query.from,
        most: ROWS,
    };
    let found = caseload::board(&current.ctx, &filter).await?;
    let transfer = if is_supervisor {
        let tx = current.ctx.db().snapshot().await?;
        let workers = cases::workers(&tx).await?;
        let leads = worker_choices(&workers, current, |it| it.is_caseworker);
        Some(TransferForm { leads, back: query.address(&query.who, query.from), ..again.unwrap_or_default() })
    } else {
        None
    };
    let lang = current.lang;
    let sentence = [
        lang.t1("board-open", "n", found.open),
        lang.t1("board-weight", "n", found.weight),
        lang.t1("board-needs-n", "n", found.in_need),
    ]
    .join(" ");
    let mut chrome = current.chrome("nav-caseload", Some(NavItem::Caseload));
    chrome.path = query.address(&query.who, query.from);
    let says_who = scope == Scope::Everybody || matches!(scope, Scope::SupportedBy(_));
    let link = |who: &str, key: &str| FilterLink {
        href: query.address(who, 0),
        label: lang.t(key),
        is_current: query.who == who || (who == "all" && query.who.is_empty() && !is_caseworker),
    };
    let mut scopes = Vec::new();
    if is_caseworker {
        scopes.push(link("", "board-mine"));
    }
    if found.supported > 0 || matches!(scope, Scope::SupportedBy(_)) {
        scopes.push(link("support", "board-supported"));
    }
    if is_supervisor {
        scopes.push(link("all", "board-all"));
    }
    Ok(BoardView {
        chrome,
        sentence,
        of,
        rows: found.lines.iter().map(|line| row(current, line, says_who)).collect(),
        scopes,
        who: query.who.clone(),
        state: query.state.clone(),
        states: std::iter::once(Choice::new("", lang.t("board-any-state")))
            .chain(
                CaseState::ALL
                    .iter()
                    .filter(|state| !state.is_closed())
                    .map(|state| Choice::new(state.code(), lang.word("case-state", state.code()))),
            )
            .collect(),
        sort: sort.code().to_owned(),
        sorts: Sort::ALL
            .iter()
            .map(|it| Choice::new(it.code(), lang.word("board-sort", it.code())))
            .collect(),
        only_needs: query.only_needs,
        may_keep: sort != kept,
        earlier: (query.from > 0).then(|| query.address(&query.who, (query.from - ROWS).max(0))),
        later: found.has_more.then(|| query.address(&query.who, query.from + ROWS)),
        may_supervise: is_supervisor,
        transfer,
    })
}

/// Why a case needs action, in words.
pub(super) fn reason(lang: Lang, need: Need, today: Day, crisis: &str) -> String {
    let day = day_text(lang, need.day(), today);
    match need {
        Need::Quiet(last) => {
            lang.t1("need-quiet", "n", u64::try_from(today.days_since(last)).unwrap_or_default())
        }
        Need::Crisis(_) => {
            let what =
                if crisis.is_empty() { lang.word("kind", "crisis") } else { lang.word("crisis", crisis) };
            lang.t_with("need-crisis", &[("what", what.into()), ("day", day.into())])
        }
        Need::Due(due) if due == today => lang.t("need-due-today"),
        Need::DateNear(near) if near == today => lang.t("need-date-today"),
        Need::DateNear(_) => lang.t("need-date-tomorrow"),
        need => lang.t1(&format!("need-{}", need.code()), "day", day),
    }
}

/// How long ago somebody spoke with the client.
pub(super) fn contact(lang: Lang, last: Option<Day>, today: Day) -> String {
    match last.map(|last| u64::try_from(today.days_since(last)).unwrap_or_default()) {
        None => lang.t("corner-no-contact"),
        Some(0) => lang.t("corner-today"),
        Some(days) => lang.t1("corner-days", "n", days),
    }
}

fn row(current: &CurrentCtx, line: &BoardLine, says_who: bool) -> BoardRow {
    let (lang, today) = (current.lang, current.ctx.now.day());
    let facts = &line.facts;
    let is_active = facts.state == CaseState::Active;
    let last = facts.last_contact_on;
    let crisis = facts
        .crisis_on
        .map(|on| format!("{}, {}", lang.word("crisis", &line.crisis_code), day_text(lang, on, today)));
    BoardRow {
        case: line.case.to_string(),
        href: format!("/clients/{}", line.client),
        name: line.list_name.clone(),
        area: line.area_name.clone(),
        worker: if says_who { line.worker_name.clone() } else { String::new() },
        state: if is_active { String::new() } else { lang.word("case-state", facts.state.code()) },
        contact: contact(lang, last, today),
        is_quiet: is_active && last.is_none_or(|last| today.days_since(last) > QUIET_DAYS),
        due: match facts.next_due_on {
            None => String::new(),
            Some(due) if due == today => lang.t("task-today"),
            Some(due) if due < today => lang.t1("task-since", "day", day_text(lang, due, today)),
            Some(due) => day_text(lang, due, today),
        },
        is_overdue: facts.next_due_on.is_some_and(|due| due < today),
        barriers: line.open_barriers,
        referrals: line.open_referrals,
        crisis: crisis.unwrap_or_default(),
        reasons: line.needs.iter().map(|need| reason(lang, *need, today, &line.crisis_code)).collect(),
    }
}

async fn order(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let sort = Sort::from_code(form.text("sort")).ok_or(WebError::Unreadable)?;
    caseload::order_write(&current.ctx, sort).await?;
    Ok(see_other(own_path(form.text("back")).unwrap_or("/caseload")))
}
