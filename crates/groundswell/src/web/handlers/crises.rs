//! A client's crises: recording one in a minute, what came before it, its review; and the supervisor's board.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::barriers::{self, Judgement, NewBarrier, mechanism};
use domain::casework::crises::{
    self, Board, BoardLine, Candidate, Crisis, CrisisError, CrisisLevel, NewCrisis, NewReview, REVIEW_DAYS,
    Setting, crisis_kind,
};
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::ClientId;
use serde::Deserialize;

use super::barriers::{day_or_today, sentence, short_text};
use crate::barrier_codes::fold;
use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::{Form, Reading};
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::asks::{Ask, AskKind, Pick, PickForm, Picker};
use crate::web::views::barriers::CrisisRow;
use crate::web::views::client::Tab;
use crate::web::views::crises::{BoardRow, BoardView, CrisisView, KindRow, NewCrisisView};
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/clients/{id}/crises/new", Who::FILES_RECORD, new)
        .post("/clients/{id}/crises", Who::FILES_RECORD, record)
        .get("/clients/{id}/crises/{crisis}", Who::FILES, one)
        .post("/clients/{id}/crises/{crisis}", Who::FILES_RECORD, correct)
        .post("/clients/{id}/crises/{crisis}/review", Who::FILES_RECORD, review)
        .post("/clients/{id}/crises/{crisis}/withdraw", Who::FILES_RECORD, withdraw)
        .get("/supervise/crises", Who::SUPERVISE, board)
}

/// How many kinds are offered before the whole list.
const USUAL: usize = 8;

/// A review is asked for in this many days; what is older than that was never meant to be reviewed.
const REVIEWS_REACH_DAYS: i64 = 120;

/// A crisis on the list of the client's barriers and crises.
pub fn crisis_row(current: &CurrentCtx, client: &str, crisis: &Crisis) -> CrisisRow {
    let (review, is_overdue) = review_state(current, crisis);
    CrisisRow {
        href: href(client, &crisis.id),
        label: current.lang.word("crisis", &crisis.code),
        on: current.lang.day(&crisis.occurred_on.to_string()),
        review,
        is_reviewed: crisis.review.is_some(),
        is_overdue,
    }
}

fn href(client: &str, crisis: &str) -> String {
    format!("/clients/{client}/crises/{crisis}")
}

/// What is known of the review, and whether it is overdue.
fn review_state(current: &CurrentCtx, crisis: &Crisis) -> (String, bool) {
    let lang = current.lang;
    let days = current.ctx.now.day().days_since(crisis.occurred_on);
    match &crisis.review {
        Some(review) => (preventable_text(lang, review.preventable), false),
        None if days > REVIEWS_REACH_DAYS => (lang.t("crises-state-none"), false),
        None if days > REVIEW_DAYS => (lang.t("crises-state-overdue"), true),
        None => (lang.t("crises-state-open"), false),
    }
}

fn preventable_text(lang: Lang, judgement: Judgement) -> String {
    lang.t(match judgement {
        Judgement::Yes => "crises-state-yes",
        Judgement::Partly => "crises-state-partly",
        Judgement::No => "crises-state-no",
        Judgement::Unsure => "crises-state-unsure",
    })
}

async fn new(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&new_view(&current, &id, None).await?))
}

async fn new_view(
    current: &CurrentCtx,
    id: &str,
    typed: Option<(&Form, &Reading<'_>)>,
) -> Result<NewCrisisView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Barriers).await?;
    let usage = crises::usage(&current.ctx, &file.tx).await?;
    file.close().await?;
    let today = current.ctx.now.day();
    let form = match typed {
        Some((form, reading)) => pick_form(current, &usage, |name| reading.field(name), &systems_of(form)),
        None => pick_form(
            current,
            &usage,
            |name| if name == "occurred_on" { Field::new(today.to_string()) } else { Field::default() },
            &[],
        ),
    };
    Ok(NewCrisisView { chrome: current.chrome("crises-record", Some(NavItem::Clients)), frame, form })
}

fn systems_of(form: &Form) -> Vec<System> {
    form.all("systems").filter_map(System::from_code).collect()
}

fn pick_form(
    current: &CurrentCtx,
    usage: &[(String, u64)],
    field: impl Fn(&str) -> Field,
    systems: &[System],
) -> PickForm {
    let lang = current.lang;
    let ask = |name: &'static str, kind: AskKind, key: &str| Ask::new(name, kind, field(name), lang.t(key));
    let choices = |none: &str, list: &str, codes: &[&str]| -> Vec<Choice> {
        let words = codes.iter().map(|code| Choice::new(*code, sentence(&lang.word(list, code))));
        std::iter::once(Choice::new("", lang.t(none))).chain(words).collect()
    };
    let levels: Vec<&str> = CrisisLevel::ALL.iter().map(|it| it.code()).collect();
    let settings: Vec<&str> = Setting::ALL.iter().map(|it| it.code()).collect();
    let judgements: Vec<&str> = Judgement::ALL.iter().map(|it| it.code()).collect();
    let system_checks = System::ALL
        .iter()
        .map(|system| Choice {
            is_chosen: systems.contains(system),
            ..Choice::new(system.code(), sentence(&lang.word("system", system.code())))
        })
        .collect();
    let mut usual: Vec<Pick> = crises::ranked(usage)
        .into_iter()
        .map(|kind| {
            let label = lang.word("crisis", kind.code);
            let search = fold(&format!("{label} {}", kind.code.replace('_', " ")));
            Pick { code: kind.code.to_owned(), label, meaning: String::new(), search }
        })
        .collect();
    let rest = usual.split_off(USUAL.min(usual.len()));
    let more = vec![
        ask("setting", AskKind::Select, "crises-setting").choices(choices(
            "barriers-not-said",
            "setting",
            &settings,
        )),
        ask("ended_on", AskKind::Day, "crises-ended").hint(lang.t("crises-ended-hint")),
        ask("systems", AskKind::Checks, "crises-systems").choices(system_checks),
        ask("foreseeable", AskKind::Select, "crises-foreseeable").choices(choices(
            "barriers-not-said",
            "judgement",
            &judgements,
        )),
        ask("note", AskKind::Area, "barriers-note"),
    ];
    let is_more_open = !systems.is_empty()
        || more.iter().any(|ask| ask.field.error.is_some() || !ask.field.value.is_empty());
    PickForm {
        picker: Picker {
            label: lang.t("crises-what"),
            rest_label: lang.t1("crises-all", "n", rest.len()),
            find: lang.t("picker-find-crisis"),
            field: field("code"),
            usual,
            rest,
        },
        first: vec![
            ask("occurred_on", AskKind::Day, "barriers-when"),
            ask("level", AskKind::Select, "crises-level").choices(choices(
                "crises-as-usual",
                "crisis-level",
                &levels,
            )),
        ],
        more,
        is_more_open,
    }
}

fn read(ctx: &Ctx, form: &Form, reading: &mut Reading<'_>) -> Option<NewCrisis> {
    let code = reading.parse("code", |text| match crisis_kind(text) {
        Some(kind) => Ok(kind.code.to_owned()),
        None => Err("error-crises-code"),
    });
    let occurred_on = reading.parse("occurred_on", |text| day_or_today(ctx, text));
    let ended_on = reading.parse("ended_on", |text| {
        if text.trim().is_empty() { Ok(None) } else { day_or_today(ctx, text).map(Some) }
    });
    let note = reading.parse("note", short_text);
    Some(NewCrisis {
        code: code?,
        occurred_on: occurred_on?,
        ended_on: ended_on?,
        level: CrisisLevel::from_code(form.text("level")),
        setting: Setting::from_code(form.text("setting")),
        foreseeable: Judgement::from_code(form.text("foreseeable")),
        systems: systems_of(form),
        note: note?,
    })
}

fn note_wrong(reading: &mut Reading<'_>, current: &CurrentCtx, error: CrisisError) -> Result<(), WebError> {
    let (field, key) = match error {
        CrisisError::Code => ("code", "error-crises-code"),
        CrisisError::Future => ("occurred_on", "error-barriers-future"),
        CrisisError::Ended => ("ended_on", "error-crises-ended"),
        CrisisError::TooLong => ("note", "error-barriers-long"),
        CrisisError::NotFound => return Err(WebError::NotFound),
        other => return Err(WebError::broken(other)),
    };
    reading.wrong(field, current.t(key));
    Ok(())
}

async fn record(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    if let Some(new) = read(&current.ctx, &form, &mut reading) {
        match crises::record(&current.ctx, &ClientId::from_text(id.clone()), &new).await {
            Ok(crisis) => return current.done(current.t("flash-crisis-recorded"), &href(&id, &crisis)).await,
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let view = new_view(&current, &id, Some((&form, &reading))).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn one(current: CurrentCtx, Path((id, crisis)): Path<(String, String)>) -> Result<Response, WebError> {
    Ok(page(&one_view(&current, &id, &crisis, &Typed::default()).await?))
}

/// What was typed on the page of one crisis and needs another look.
#[derive(Default)]
struct Typed<'t, 'f> {
    correct: Option<(&'t Form, &'t Reading<'f>)>,
    review: Option<(&'t Form, &'t Reading<'f>)>,
    has_conflict: bool,
}

async fn one_view(
    current: &CurrentCtx,
    id: &str,
    crisis: &str,
    typed: &Typed<'_, '_>,
) -> Result<CrisisView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Barriers).await?;
    let all = crises::crises(&current.ctx, &file.tx, &file.grant).await?;
    let found = all.into_iter().find(|it| it.id == crisis).ok_or(WebError::NotFound)?;
    let candidates = crises::candidates(&current.ctx, &file.tx, &file.grant, &found).await?;
    let usage = crises::usage(&current.ctx, &file.tx).await?;
    let mechanisms = barriers::usage(&current.ctx, &file.tx).await?;
    file.close().await?;

    let lang = current.lang;
    let ticked_now: Option<Vec<&str>> = typed.review.map(|(form, _)| ticks(form).collect());
    let choice = |candidate: &Candidate| Choice {
        is_chosen: match &ticked_now {
            Some(ticked) => ticked.contains(&candidate.event_id.as_str()),
            None => candidate.is_ticked,
        },
        ..Choice::new(candidate.event_id.clone(), candidate_text(lang, candidate, found.occurred_on))
    };
    let form = match typed.correct {
        Some((form, reading)) => pick_form(current, &usage, |name| reading.field(name), &systems_of(form)),
        None => pick_form(current, &usage, |name| stored_field(&found, name), &found.systems),
    };
    let (review_text, is_overdue) = review_state(current, &found);
    let field = |name: &'static str| match typed.review {
        Some((_, reading)) => reading.field(name),
        None => review_field(&found, name),
    };
    Ok(CrisisView {
        chrome: current.chrome("crises-title", Some(NavItem::Clients)),
        frame,
        id: found.id.clone(),
        event_id: found.event_id.clone(),
        version: found.review.as_ref().map_or(0, |review| review.version),
        label: sentence(&lang.word("crisis", &found.code)),
        facts: facts(lang, &found),
        review_text,
        is_reviewed: found.review.is_some(),
        is_overdue,
        form,
        suggested: candidates.iter().filter(|it| it.is_suggested).map(choice).collect(),
        others: candidates.iter().filter(|it| !it.is_suggested).map(choice).collect(),
        ticked: candidates
            .iter()
            .filter(|it| it.is_ticked)
            .map(|it| candidate_text(lang, it, found.occurred_on))
            .collect(),
        no_error: Field::default(),
        review: review_asks(lang, &mechanisms, typed.review.map(|(form, _)| form), field),
        may_record: Who::FILES_RECORD.allows(&current.ctx.actor),
        has_conflict: typed.has_conflict,
    })
}

/// "Barrier: waitlist · hospital, Larkwater Clinic · 12 days before".
fn candidate_text(lang: Lang, candidate: &Candidate, crisis_on: Day) -> String {
    let mut parts = vec![format!(
        "{}: {}",
        sentence(&lang.word("kind", &candidate.kind)),
        lang.word(&candidate.kind, &candidate.code)
    )];
    if !candidate.organization_name.is_empty() {
        parts.push(candidate.organization_name.clone());
    } else if !candidate.system.is_empty() {
        parts.push(lang.word("system", &candidate.system));
    }
    parts.push(lang.day_short(&candidate.occurred_on.to_string()));
    parts.push(lang.t1("crises-days-before", "n", crisis_on.days_since(candidate.occurred_on)));
    parts.join(" · ")
}

fn stored_field(crisis: &Crisis, name: &str) -> Field {
    Field::new(match name {
        "code" => crisis.code.clone(),
        "occurred_on" => crisis.occurred_on.to_string(),
        "ended_on" => crisis.ended_on.map(|day| day.to_string()).unwrap_or_default(),
        "level" => crisis.level.code().to_owned(),
        "setting" => crisis.setting.map(Setting::code).unwrap_or_default().to_owned(),
        "foreseeable" => crisis.foreseeable.map(Judgement::code).unwrap_or_default().to_owned(),
        "note" => crisis.note.clone(),
        _ => String::new(),
    })
}

fn review_field(crisis: &Crisis, name: &str) -> Field {
    let Some(review) = &crisis.review else { return Field::default() };
    Field::new(match name {
        "preventable" => review.preventable.code().to_owned(),
        "tried" => review.tried.clone(),
        "missing" => review.missing.clone(),
        "barrier" => review.barrier_code.clone(),
        _ => String::new(),
    })
}

fn review_asks(
    lang: Lang,
    usage: &[barriers::Usage],
    typed: Option<&Form>,
    field: impl Fn(&'static str) -> Field,
) -> Vec<Ask> {
    let judgements =
        Judgement::ALL.iter().map(|it| Choice::new(it.code(), sentence(&lang.word("judgement", it.code()))));
    let none = std::iter::once(Choice::new("", lang.t("crises-barrier-none")));
    let mechanisms = barriers::ranked(usage)
        .into_iter()
        .map(|it| Choice::new(it.code, sentence(&lang.word("barrier", it.code))));
    let also = Choice {
        is_chosen: typed.is_some_and(|form| form.text("record") == "yes"),
        ..Choice::new("yes", lang.t("crises-barrier-record"))
    };
    vec![
        Ask::new("preventable", AskKind::Select, field("preventable"), lang.t("crises-preventable")).choices(
            std::iter::once(Choice::new("", lang.t("crises-preventable-choose"))).chain(judgements).collect(),
        ),
        Ask::new("tried", AskKind::Area, field("tried"), lang.t("crises-tried")),
        Ask::new("missing", AskKind::Area, field("missing"), lang.t("crises-missing")),
        Ask::new("barrier", AskKind::Select, field("barrier"), lang.t("crises-barrier"))
            .choices(none.chain(mechanisms).collect()),
        Ask::new("record", AskKind::Checks, Field::default(), lang.t("crises-barrier-also"))
            .choices(vec![also]),
    ]
}

fn facts(lang: Lang, crisis: &Crisis) -> Vec<(String, String)> {
    let systems: Vec<String> = crisis.systems.iter().map(|it| lang.word("system", it.code())).collect();
    let review = crisis.review.as_ref();
    let barrier = review.map(|it| it.barrier_code.as_str()).filter(|code| !code.is_empty());
    let end = crisis.ended_on.map(|day| lang.day(&day.to_string())).unwrap_or_default();
    [
        ("barriers-when", lang.day(&crisis.occurred_on.to_string())),
        ("crises-ended", end),
        ("crises-level", lang.word("crisis-level", crisis.level.code())),
        ("crises-setting", crisis.setting.map(|it| lang.word("setting", it.code())).unwrap_or_default()),
        ("crises-systems", lang.list(&systems)),
        (
            "crises-foreseeable",
            crisis.foreseeable.map(|it| lang.word("judgement", it.code())).unwrap_or_default(),
        ),
        ("barriers-note", crisis.note.clone()),
        ("crises-tried", review.map(|it| it.tried.clone()).unwrap_or_default()),
        ("crises-missing", review.map(|it| it.missing.clone()).unwrap_or_default()),
        ("crises-barrier", barrier.map(|code| lang.word("barrier", code)).unwrap_or_default()),
        (
            "crises-reviewed-by",
            review.map(|it| format!("{}, {}", it.by, lang.day(&it.on.to_string()))).unwrap_or_default(),
        ),
        (
            "barriers-recorded-by",
            format!("{}, {}", crisis.recorded_by, lang.instant(crisis.recorded_at.micros())),
        ),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (lang.t(key), value))
    .collect()
}

async fn correct(
    current: CurrentCtx,
    Path((id, crisis)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut has_conflict = false;
    if let Some(new) = read(&current.ctx, &form, &mut reading) {
        let client = ClientId::from_text(id.clone());
        match crises::correct(&current.ctx, &client, &crisis, form.text("event"), &new).await {
            Ok(_) => return current.done(current.t("flash-barrier-corrected"), &href(&id, &crisis)).await,
            Err(CrisisError::ChangedMeanwhile) => has_conflict = true,
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let typed = Typed { correct: Some((&form, &reading)), has_conflict, ..Typed::default() };
    let view = one_view(&current, &id, &crisis, &typed).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

/// Ids of what was ticked in either list.
fn ticks(form: &Form) -> impl Iterator<Item = &str> {
    form.all("before").chain(form.all("before-other"))
}

async fn review(
    current: CurrentCtx,
    Path((id, crisis)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.clone());
    let ticked: Vec<String> = ticks(&form).map(str::to_owned).collect();
    if form.text("only") == "before" {
        return match crises::tick(&current.ctx, &client, &crisis, &ticked).await {
            Ok(()) => current.done(current.t("flash-crisis-ticked"), &href(&id, &crisis)).await,
            Err(CrisisError::NotFound) => Err(WebError::NotFound),
            Err(error) => Err(WebError::broken(error)),
        };
    }
    let mut reading = form.reading(current.lang);
    let preventable =
        reading.parse("preventable", |text| Judgement::from_code(text).ok_or("error-crises-preventable"));
    let tried = reading.parse("tried", short_text);
    let missing = reading.parse("missing", short_text);
    let code = form.text("barrier");
    let wants_barrier = form.text("record") == "yes";
    let barrier_code = reading.parse("barrier", |text| match mechanism(text) {
        Some(mechanism) => Ok(mechanism.code.to_owned()),
        None if text.is_empty() && !wants_barrier => Ok(String::new()),
        None => Err("error-barriers-code"),
    });
    let mut has_conflict = false;
    if let (Some(preventable), Some(tried), Some(missing), Some(barrier_code)) =
        (preventable, tried, missing, barrier_code)
    {
        let record = match wants_barrier {
            true => Some(barrier_of_review(&current, &client, &crisis, code).await?),
            false => None,
        };
        let version = form.text("version").parse().unwrap_or(0);
        let new = NewReview { preventable, tried, missing, barrier_code, record, version };
        match crises::review(&current.ctx, &client, &crisis, &ticked, &new).await {
            Ok(Some(barrier)) => return Ok(see_other(&format!("/clients/{id}/barriers?new={barrier}"))),
            Ok(None) => return current.done(current.t("flash-crisis-reviewed"), &href(&id, &crisis)).await,
            Err(CrisisError::ChangedMeanwhile) => has_conflict = true,
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let typed = Typed { review: Some((&form, &reading)), has_conflict, ..Typed::default() };
    let view = one_view(&current, &id, &crisis, &typed).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

/// The barrier that a review found: of the crisis's day and first system.
async fn barrier_of_review(
    current: &CurrentCtx,
    client: &ClientId,
    crisis: &str,
    code: &str,
) -> Result<NewBarrier, WebError> {
    let file = ClientFile::open(current, client.as_str()).await?;
    let all = crises::crises(&current.ctx, &file.tx, &file.grant).await?;
    file.close().await?;
    let found = all.into_iter().find(|it| it.id == crisis).ok_or(WebError::NotFound)?;
    let mut barrier = NewBarrier::new(code, found.occurred_on);
    barrier.system = found.systems.first().copied();
    barrier.details.severity = Some(barriers::Severity::Crisis);
    Ok(barrier)
}

async fn withdraw(
    current: CurrentCtx,
    Path((id, crisis)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.clone());
    match crises::withdraw(&current.ctx, &client, &crisis, form.text("event")).await {
        Ok(()) => {
            current.done(current.t("flash-barrier-withdrawn"), &format!("/clients/{id}/barriers")).await
        }
        Err(CrisisError::NotFound) => Err(WebError::NotFound),
        Err(CrisisError::ChangedMeanwhile) => {
            current.flash(FlashKind::Note, current.t("flash-barrier-changed")).await?;
            Ok(see_other(&href(&id, &crisis)))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BoardQuery {
    kind: String,
    days: String,
}

/// The numbers of days after which a review counts as overdue that a supervisor may choose from.
const DAYS: [i64; 4] = [7, REVIEW_DAYS, 30, 60];

async fn board(current: CurrentCtx, Query(query): Query<BoardQuery>) -> Result<Response, WebError> {
    const LINES: usize = 25;
    const NEWEST: usize = 12;
    let lang = current.lang;
    let days = query.days.parse().ok().filter(|days| DAYS.contains(days)).unwrap_or(REVIEW_DAYS);
    let since = current.ctx.now.day().plus_days(-REVIEWS_REACH_DAYS);
    let Board { open, newest, kinds } = crises::board(&current.ctx, &query.kind, since).await?;
    let row = |line: &BoardLine| {
        let is_overdue = line.preventable.is_none() && line.days > days && line.days <= REVIEWS_REACH_DAYS;
        BoardRow {
            href: href(line.client.as_str(), &line.id),
            name: line.list_name.clone(),
            label: lang.word("crisis", &line.code),
            state: match line.preventable {
                Some(judgement) => preventable_text(lang, judgement),
                None if is_overdue => lang.t1("crises-overdue-by", "n", line.days - days),
                None if line.days > REVIEWS_REACH_DAYS => lang.t("crises-state-none"),
                None => lang.t("crises-state-open"),
            },
            is_overdue,
            is_reviewed: line.preventable.is_some(),
            on: lang.day_short(&line.occurred_on.to_string()),
            level: lang.word("crisis-level", line.level.code()),
            worker: line.worker.clone(),
        }
    };
    let all = Choice::new("", lang.t("filter-all"));
    let view = BoardView {
        chrome: current.chrome("crises-board", None),
        n_overdue: open.iter().filter(|line| line.days > days).count(),
        n_more: open.len().saturating_sub(LINES),
        open: open.iter().take(LINES).map(row).collect(),
        newest: newest.iter().take(NEWEST).map(row).collect(),
        kinds_choices: std::iter::once(all)
            .chain(kinds.iter().map(|kind| Choice::new(kind.code.clone(), lang.word("crisis", &kind.code))))
            .collect(),
        kinds: kinds
            .iter()
            .map(|kind| KindRow {
                label: lang.word("crisis", &kind.code),
                n: kind.n,
                n_reviewed: kind.n_reviewed,
                n_preventable: kind.n_preventable,
            })
            .collect(),
        kind: Field::new(query.kind),
        days: Field::new(days.to_string()),
        days_choices: DAYS
            .iter()
            .map(|n| Choice::new(n.to_string(), lang.t1("crises-days", "n", *n)))
            .collect(),
    };
    Ok(page(&view))
}
