//! The plan of a client, the reviews of what works, and what offices once agreed to.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::assessments::NEEDS;
use domain::casework::barriers;
use domain::casework::plans::{self, Goal, GoalState, NewGoal, NewStep, PlanError, StepState, StepWho};
use domain::casework::reviews::{self, HeldWith, ItemKind, NewItem, NewReview, Review, ReviewError};
use domain::kernel::clock::Day;
use domain::kernel::codes::System;

use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::client::Tab;
use crate::web::views::plan::{
    GoalRow, ItemRow, PlanView, PrecedentRow, ReviewBox, ReviewLine, ReviewRow, ReviewView, StepRow,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get(Tab::Plan.route(), Who::FILES, show)
        .post("/clients/{id}/goals", Who::FILES_RECORD, goal_add)
        .post("/clients/{id}/goals/{goal}/close", Who::FILES_RECORD, goal_close)
        .post("/clients/{id}/goals/{goal}/steps", Who::FILES_RECORD, step_add)
        .post("/clients/{id}/steps/{step}/close", Who::FILES_RECORD, step_close)
        .get("/clients/{id}/reviews/new", Who::FILES_RECORD, review_new)
        .post("/clients/{id}/reviews", Who::FILES_RECORD, review_hold)
        .post("/clients/{id}/reviews/{review}/precedent", Who::FILES_RECORD, precedent_keep)
        .post("/precedents/{precedent}/withdraw", Who::FILES_RECORD, precedent_withdraw)
}

/// Lines of a box of a new review.
const LINES: usize = 3;

async fn show(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&view(&current, &id).await?))
}

async fn view(current: &CurrentCtx, id: &str) -> Result<PlanView, WebError> {
    let ctx = &current.ctx;
    let lang = current.lang;
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Plan).await?;
    let goals = plans::goals(&file.tx, &file.grant).await?;
    let held = reviews::reviews(&file.tx, &file.grant).await?;
    let precedents = reviews::precedents(ctx, &file.tx, &file.grant).await?;
    let has_case = !barriers::cases_to_record_in(ctx, &file.tx, &file.grant).await?.is_empty();
    let organizations = organizations(current, &file).await?;
    file.close().await?;
    let today = ctx.now.day();
    let (open, closed): (Vec<Goal>, Vec<Goal>) =
        goals.into_iter().partition(|goal| goal.state == GoalState::Open);
    let none = || Choice::new("", lang.t("plan-none"));
    Ok(PlanView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        frame,
        goals: open.into_iter().map(|goal| goal_row(goal, today)).collect(),
        goals_closed: closed.into_iter().map(|goal| goal_row(goal, today)).collect(),
        reviews: held.into_iter().map(|review| review_row(current, review)).collect(),
        precedents: precedents
            .into_iter()
            .map(|it| PrecedentRow {
                id: it.id,
                organization: it.organization_name,
                system: it.system.map(System::code).unwrap_or_default().to_owned(),
                barrier: it.barrier,
                words: it.words,
                agreed_on: it.agreed_on.to_string(),
                by: it.recorded_by,
                may_withdraw: it.may_withdraw,
            })
            .collect(),
        may_record: has_case && Who::FILES_RECORD.allows(&ctx.actor),
        goal: Field::default(),
        need: Field::default(),
        needs: std::iter::once(none())
            .chain(NEEDS.iter().map(|code| Choice::new(*code, lang.word("need", code))))
            .collect(),
        due_on: Field::default(),
        whose: StepWho::ALL
            .iter()
            .map(|who| Choice::new(who.code(), lang.t(&format!("step-who-{}", who.code()))))
            .collect(),
        organizations,
        barriers: std::iter::once(none())
            .chain(barriers::MECHANISMS.iter().map(|it| Choice::new(it.code, lang.word("barrier", it.code))))
            .collect(),
        wrong: String::new(),
    })
}

async fn organizations(current: &CurrentCtx, file: &ClientFile) -> Result<Vec<Choice>, WebError> {
    let all = barriers::organizations(&file.tx).await?;
    let none = Choice::new("", current.t("plan-none"));
    Ok(std::iter::once(none).chain(all.into_iter().map(|(id, name, _)| Choice::new(id, name))).collect())
}

fn goal_row(goal: Goal, today: Day) -> GoalRow {
    let text = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    GoalRow {
        id: goal.id,
        version: goal.version,
        title: goal.title,
        need: goal.need,
        state: goal.state.code().to_owned(),
        set_on: goal.set_on.to_string(),
        due_on: text(goal.due_on),
        closed_on: text(goal.closed_on),
        outcome: goal.outcome,
        made_with_client: goal.made_with_client,
        steps: goal
            .steps
            .into_iter()
            .map(|step| StepRow {
                id: step.id,
                title: step.title,
                who: step.who.code().to_owned(),
                organization: step.organization_name,
                is_overdue: step.state == StepState::Open && step.due_on.is_some_and(|due| due < today),
                due_on: text(step.due_on),
                state: step.state.code().to_owned(),
            })
            .collect(),
    }
}

fn review_row(current: &CurrentCtx, review: Review) -> ReviewRow {
    let system = review.system.map(System::code).unwrap_or_default();
    let may_open = !system.is_empty() && Who::ISSUES_OPEN.allows(&current.ctx.actor);
    let items = review
        .items
        .into_iter()
        .map(|item| ItemRow {
            // The client's words stay in the file: an issue is written anew.
            issue_href: if may_open && matches!(item.kind, ItemKind::Add | ItemKind::TakeAway) {
                format!("/issues/new?system={system}")
            } else {
                String::new()
            },
            kind: item.kind.code().to_owned(),
            words: item.words,
            is_clients_words: item.is_clients_words,
            is_agreed: item.is_agreed,
        })
        .collect();
    ReviewRow {
        id: review.id,
        held_on: review.held_on.to_string(),
        held_with: review.held_with.code().to_owned(),
        system: system.to_owned(),
        organization: review.organization_name,
        by: review.recorded_by,
        items,
    }
}

/// An empty field is no day.
fn day_or_none(text: &str) -> Result<Option<Day>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => Day::parse_iso(text).map(Some).map_err(drop),
    }
}

fn plan_key(error: &PlanError) -> Option<&'static str> {
    match error {
        PlanError::Words => Some("plan-error-words"),
        PlanError::Why => Some("plan-error-why"),
        PlanError::Changed => Some("plan-error-changed"),
        PlanError::Gone => Some("plan-error-gone"),
        PlanError::Task(_) | PlanError::Access(_) | PlanError::Db(_) => None,
    }
}

/// After a command: the page with what was done, or with what is wrong.
async fn after(
    current: &CurrentCtx,
    id: &str,
    done: Result<(), PlanError>,
    key: &str,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => current.done(current.t(key), &format!("/clients/{id}/plan")).await,
        Err(PlanError::Access(error)) => Err(error.into()),
        Err(PlanError::Db(error)) => Err(error.into()),
        Err(error) => match plan_key(&error) {
            Some(key) => {
                let view = PlanView { wrong: current.t(key), ..view(current, id).await? };
                Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
            }
            None => Err(WebError::broken(error)),
        },
    }
}

async fn goal_add(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let file = ClientFile::open(&current, &id).await?;
    let cases = barriers::cases_to_record_in(&current.ctx, &file.tx, &file.grant).await?;
    file.close().await?;
    let case = cases.into_iter().next().ok_or(WebError::NotFound)?;
    let Ok(due_on) = day_or_none(form.text("due_on")) else {
        return goal_again(&current, &id, &form, "due_on", "log-error-day").await;
    };
    let new = NewGoal {
        title: form.text("goal").to_owned(),
        need: NEEDS.iter().find(|need| **need == form.text("need")).copied().unwrap_or_default().to_owned(),
        due_on,
        made_with_client: form.text("with_client") == "yes",
    };
    match plans::goal_add(&current.ctx, case, &new).await {
        Err(PlanError::Words) => goal_again(&current, &id, &form, "goal", "plan-error-words").await,
        other => after(&current, &id, other.map(drop), "plan-goal-set").await,
    }
}

/// The page with the form of a goal as it was typed, and what is wrong with one of its fields.
async fn goal_again(
    current: &CurrentCtx,
    id: &str,
    form: &Form,
    field: &'static str,
    key: &str,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    reading.wrong(field, current.t(key));
    let view = PlanView {
        goal: reading.field("goal"),
        need: reading.field("need"),
        due_on: reading.field("due_on"),
        ..view(current, id).await?
    };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn goal_close(
    current: CurrentCtx,
    Path((id, goal)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let state = GoalState::from_code(form.text("state")).filter(|it| *it != GoalState::Open);
    let state = state.ok_or(WebError::Unreadable)?;
    let version = form.text("version").parse().map_err(|_| WebError::Unreadable)?;
    let done = plans::goal_close(&current.ctx, &goal, version, state, form.text("outcome")).await;
    after(&current, &id, done, "plan-goal-closed").await
}

async fn step_add(
    current: CurrentCtx,
    Path((id, goal)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let who = StepWho::from_code(form.text("who")).ok_or(WebError::Unreadable)?;
    let Ok(due_on) = day_or_none(form.text("due_on")) else {
        let view = PlanView { wrong: current.t("log-error-day"), ..view(&current, &id).await? };
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let new = NewStep {
        title: form.text("title").to_owned(),
        who,
        organization: form.text("organization").to_owned(),
        due_on,
    };
    let done = plans::step_add(&current.ctx, &goal, &new).await.map(drop);
    after(&current, &id, done, "plan-step-added").await
}

async fn step_close(
    current: CurrentCtx,
    Path((id, step)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let state = StepState::from_code(form.text("state")).filter(|it| *it != StepState::Open);
    let state = state.ok_or(WebError::Unreadable)?;
    let done = plans::step_close(&current.ctx, &step, state).await;
    after(&current, &id, done, "plan-step-closed").await
}

async fn review_new(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let form = Form::default();
    let view = review_view(&current, &id, &form, None).await?;
    Ok(page(&view))
}

/// The form of a review with what was typed, and what is wrong with it.
async fn review_view(
    current: &CurrentCtx,
    id: &str,
    form: &Form,
    wrong: Option<&ReviewError>,
) -> Result<ReviewView, WebError> {
    let lang = current.lang;
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Plan).await?;
    let organizations = organizations(current, &file).await?;
    file.close().await?;
    let or = |name: &str, default: String| match form.text(name) {
        "" => default,
        typed => typed.to_owned(),
    };
    let error = |is_wrong: bool, key: &str| is_wrong.then(|| current.t(key));
    let boxes = ItemKind::ALL
        .iter()
        .map(|kind| ReviewBox {
            kind: kind.code(),
            lines: (1..=LINES)
                .map(|at| ReviewLine {
                    words: form.text(&format!("{}-{at}", kind.code())).to_owned(),
                    is_clients: form.text(&format!("{}-{at}-own", kind.code())) == "yes",
                    is_agreed: form.text(&format!("{}-{at}-agreed", kind.code())) == "yes",
                })
                .collect(),
        })
        .collect();
    Ok(ReviewView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        frame,
        held_on: Field {
            value: or("held_on", current.ctx.now.day().to_string()),
            error: match wrong {
                Some(ReviewError::InTheFuture) => Some(current.t("log-error-future")),
                _ => error(
                    !form.text("held_on").is_empty() && Day::parse_iso(form.text("held_on").trim()).is_err(),
                    "log-error-day",
                ),
            },
        },
        held_with: Field::new(or("held_with", HeldWith::Client.code().to_owned())),
        with: HeldWith::ALL
            .iter()
            .map(|it| Choice::new(it.code(), lang.t(&format!("held-with-{}", it.code()))))
            .collect(),
        system: Field {
            value: form.text("system").to_owned(),
            error: error(matches!(wrong, Some(ReviewError::NoSystem)), "review-error-system"),
        },
        systems: std::iter::once(Choice::new("", lang.t("plan-none")))
            .chain(System::ALL.iter().map(|it| Choice::new(it.code(), lang.word("system", it.code()))))
            .collect(),
        organization: Field::new(form.text("organization")),
        organizations,
        boxes,
        wrong: error(matches!(wrong, Some(ReviewError::Words)), "review-error-words").unwrap_or_default(),
    })
}

async fn review_hold(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let file = ClientFile::open(&current, &id).await?;
    let cases = barriers::cases_to_record_in(&current.ctx, &file.tx, &file.grant).await?;
    file.close().await?;
    let case = cases.into_iter().next().ok_or(WebError::NotFound)?;
    let held_with = HeldWith::from_code(form.text("held_with")).ok_or(WebError::Unreadable)?;
    let Ok(held_on) = Day::parse_iso(form.text("held_on").trim()) else {
        let view = review_view(&current, &id, &form, None).await?;
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let items = ItemKind::ALL
        .iter()
        .flat_map(|kind| (1..=LINES).map(move |at| (*kind, format!("{}-{at}", kind.code()))))
        .map(|(kind, name)| NewItem {
            kind,
            words: form.text(&name).to_owned(),
            is_clients_words: form.text(&format!("{name}-own")) == "yes",
            is_agreed: form.text(&format!("{name}-agreed")) == "yes",
        })
        .collect();
    let new = NewReview {
        held_on,
        held_with,
        system: System::from_code(form.text("system")),
        organization: form.text("organization").to_owned(),
        items,
    };
    match reviews::hold(&current.ctx, case, &new).await {
        Ok(_) => current.done(current.t("review-held"), &format!("/clients/{id}/plan")).await,
        Err(ReviewError::Access(error)) => Err(error.into()),
        Err(ReviewError::Db(error)) => Err(error.into()),
        Err(ReviewError::Task(error)) => Err(WebError::broken(error)),
        Err(error) => {
            let view = review_view(&current, &id, &form, Some(&error)).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
    }
}

async fn precedent_keep(
    current: CurrentCtx,
    Path((id, review)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let code = form.text("barrier");
    let barrier = barriers::MECHANISMS.iter().find(|it| it.code == code).map_or("", |it| it.code);
    match reviews::precedent_keep(&current.ctx, &review, barrier, form.text("words")).await {
        Ok(_) => current.done(current.t("precedent-kept"), &format!("/clients/{id}/plan")).await,
        Err(ReviewError::Access(error)) => Err(error.into()),
        Err(ReviewError::Db(error)) => Err(error.into()),
        Err(ReviewError::Words) => {
            let view = PlanView { wrong: current.t("precedent-error-words"), ..view(&current, &id).await? };
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn precedent_withdraw(
    current: CurrentCtx,
    Path(precedent): Path<String>,
    form: Form,
) -> Result<Response, WebError> {
    let back = crate::web::current::own_path(form.text("back")).unwrap_or("/").to_owned();
    match reviews::precedent_withdraw(&current.ctx, &precedent).await {
        Ok(()) => current.done(current.t("precedent-withdrawn"), &back).await,
        Err(ReviewError::Access(error)) => Err(error.into()),
        Err(ReviewError::Db(error)) => Err(error.into()),
        Err(error) => Err(WebError::broken(error)),
    }
}
