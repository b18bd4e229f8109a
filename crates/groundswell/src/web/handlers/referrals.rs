//! Referrals: the tab of a client's file, the board of those that wait, and the page behind a recipient's link.

#[cfg(test)]
mod tests;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::barriers::BarrierError;
use domain::casework::referrals::{
    self, Answer, AnswerError, BarrierOf, Command, How, Link, NewReferral, NewService, NewStep, Opened,
    Outcome, Referral, ReferralError, Urgency, Wrong,
};
use domain::kernel::accounts;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Role;
use domain::kernel::ids::{CaseId, ClientId, ReferralId};
use domain::people::{self, Client, Organization};
use serde::Deserialize;

use crate::cli::BASE_ADDRESS;
use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::client::Tab;
use crate::web::views::referrals::{
    AnswerView, BoardRow, BoardView, Card, HandOverView, LinkNoneView, NewFields, NewReferralView,
    NewServiceView, OrganizationOption, ReferralsView, ServiceRow, Typed, is_waiting,
};
use crate::web::views::{Choice, Field, NavItem};

const NEW: &str = "/clients/{id}/referrals/new";
const BOARD: &str = "/referrals";

pub fn routes(routes: Routes) -> Routes {
    routes
        .get(Tab::Referrals.route(), Who::FILES, tab)
        .get(NEW, Who::FILES_RECORD, new)
        .post(Tab::Referrals.route(), Who::FILES_RECORD, save)
        .post("/clients/{id}/referrals/{referral}/step", Who::FILES_RECORD, step)
        .post("/clients/{id}/referrals/{referral}/link", Who::FILES_RECORD, link)
        .post("/clients/{id}/referrals/{referral}/barrier", Who::FILES_RECORD, barrier)
        .get("/clients/{id}/services/new", Who::FILES_RECORD, service_new)
        .post("/clients/{id}/services", Who::FILES_RECORD, service_save)
        .get(BOARD, Who::FILES_RECORD, board)
        .get("/r/{secret}", Who::Anyone, link_show)
        .post("/r/{secret}", Who::Anyone, link_answer)
}

// ---- the tab ----------------------------------------------------------------------------------------------

async fn tab(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&tab_view(&current, &id, None).await?))
}

async fn tab_view(current: &CurrentCtx, id: &str, typed: Option<&Typed>) -> Result<ReferralsView, WebError> {
    let (ctx, lang, today) = (&current.ctx, current.lang, current.ctx.now.day());
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Referrals).await?;
    let all = referrals::of_client(ctx, &file.tx, &file.grant).await?;
    let services = referrals::services_of_client(&file.tx, &file.grant).await?;
    file.close().await?;
    let may_record = current.app.may_open(&ctx.actor, NEW);
    let is_shown_open = |referral: &Referral| {
        is_waiting(referral, today) || typed.is_some_and(|it| it.referral == referral.id.as_str())
    };
    let (mut open, over): (Vec<_>, Vec<_>) = all.iter().partition(|it| is_shown_open(&it.referral));
    // What waits for us first, the longest first; the sort keeps the newest first among equals.
    open.sort_by_key(|it| {
        let waits = referrals::waits(&it.referral, today);
        (!matches!(waits.turn, referrals::Turn::Worker(_)), std::cmp::Reverse(waits.days))
    });
    let card = |it: &referrals::WithSteps| Card::of(lang, it, today, may_record, typed);
    let mut chrome = current.chrome("ref-title", Some(NavItem::Clients));
    chrome.path = tab_path(id);
    Ok(ReferralsView {
        chrome,
        frame,
        may_record,
        may_board: current.app.may_open(&ctx.actor, BOARD),
        open: open.into_iter().map(card).collect(),
        over: over.into_iter().map(card).collect(),
        services: services.iter().map(|it| ServiceRow::of(lang, it)).collect(),
    })
}

fn tab_path(id: &str) -> String {
    Tab::Referrals.route().replace("{id}", id)
}

fn card_path(id: &str, referral: &str) -> String {
    format!("{}#referral-{referral}", tab_path(id))
}

// ---- a new referral -----------------------------------------------------------------------------------------

#[derive(Debug, Deserialize)]
struct From {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    again: String,
}

async fn new(
    current: CurrentCtx,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, WebError> {
    let (ctx, today) = (&current.ctx, current.ctx.now.day());
    let file = ClientFile::open(&current, &id).await?;
    let mut fields = NewFields {
        consented_on: Field::new(today.to_string()),
        answer_days: Field::new(referrals::ANSWER_DAYS.to_string()),
        need: Field::new("other"),
        ..NewFields::default()
    };
    if let Some(account) = ctx.actor.account() {
        fields.contact = Field::new(referrals::contact_before(&file.tx, account).await?);
    }
    let before = if from.draft.is_empty() { &from.again } else { &from.draft };
    let mut draft = String::new();
    if !before.is_empty() {
        let found =
            referrals::one(ctx, &file.tx, &file.grant, &ReferralId::from_text(before.as_str())).await?;
        let found = found.ok_or(WebError::NotFound)?.referral;
        let is_draft = !from.draft.is_empty();
        if is_draft && found.state == referrals::State::Draft {
            draft = found.id.to_string();
        }
        fields = fields_of(&found, fields, is_draft);
    }
    Ok(page(&new_view(&current, file, fields, draft).await?))
}

/// The fields of a referral that goes on; for another recipient the client is asked anew.
fn fields_of(found: &Referral, empty: NewFields, is_draft: bool) -> NewFields {
    let text = |text: &str| Field::new(text);
    let fields = NewFields {
        case: text(found.case.as_str()),
        need: text(&found.need),
        urgency: text(found.urgency.code()),
        service: text(&found.service),
        why: text(&found.why),
        shares: text(&found.shares),
        answer_days: Field::new(found.answer_days.to_string()),
        contact: text(&found.contact),
        ..empty
    };
    if !is_draft {
        return NewFields { system: text(found.system.map(System::code).unwrap_or_default()), ..fields };
    }
    NewFields {
        system: text(found.system.map(System::code).unwrap_or_default()),
        recipient: text(&found.recipient),
        has_consent: found.consented_on.is_some(),
        consented_on: found.consented_on.map_or(fields.consented_on, |day| Field::new(day.to_string())),
        ..fields
    }
}

async fn new_view(
    current: &CurrentCtx,
    file: ClientFile,
    fields: NewFields,
    draft: String,
) -> Result<NewReferralView, WebError> {
    let frame = file.frame(current, Tab::Referrals).await?;
    let cases = case_choices(current, &file).await?;
    let organizations = referrals::organizations(&file.tx).await?;
    file.close().await?;
    let mut chrome = current.chrome("ref-new", Some(NavItem::Clients));
    chrome.path = NEW.replace("{id}", &frame.id);
    Ok(NewReferralView {
        chrome,
        frame,
        fields,
        cases,
        organizations: options(current.lang, organizations),
        draft,
    })
}

async fn case_choices(current: &CurrentCtx, file: &ClientFile) -> Result<Vec<Choice>, WebError> {
    let lang = current.lang;
    let cases = referrals::open_cases(&current.ctx, &file.tx, &file.grant).await?;
    let label = |programme: &str, opened_on: Day| {
        let day = lang.day(&opened_on.to_string());
        match programme {
            "" => lang.t1("ref-field-case-plain", "day", day),
            name => lang.t_with("ref-field-case-of", &[("programme", name.into()), ("day", day.into())]),
        }
    };
    Ok(cases.iter().map(|(id, programme, on)| Choice::new(id.as_str(), label(programme, *on))).collect())
}

fn options(lang: Lang, organizations: Vec<Organization>) -> Vec<OrganizationOption> {
    let option = |it: Organization| OrganizationOption {
        name: it.name,
        system: it.system.code().to_owned(),
        system_word: lang.word("system", it.system.code()),
    };
    organizations.into_iter().map(option).collect()
}

/// The organization that was typed, by its name; of several with one name the one of the chosen system.
fn organization_typed(all: &[Organization], typed: &str, system: Option<System>) -> Option<String> {
    let typed = typed.trim().to_lowercase();
    let mut named: Vec<&Organization> =
        all.iter().filter(|it| it.name.trim().to_lowercase() == typed).collect();
    if named.len() > 1 {
        named.retain(|it| Some(it.system) == system);
    }
    named.first().map(|it| it.id.clone())
}

/// A day that may be left out, or that what was typed is none.
fn day_typed(text: &str) -> Result<Option<Day>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => Day::parse_iso(text).map(Some).map_err(|_| ()),
    }
}

async fn save(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let ctx = &current.ctx;
    let file = ClientFile::open(&current, &id).await?;
    let organizations = referrals::organizations(&file.tx).await?;
    let how = if form.text("how") == "keep" { How::KeepAsDraft } else { How::Send };
    let system = System::from_code(form.text("system"));
    let has_consent = !form.text("consent").is_empty();
    let day = day_typed(form.text("consented_on"));
    let organization = organization_typed(&organizations, form.text("recipient"), system).unwrap_or_default();
    let need = form.text("need");
    let new = NewReferral {
        case: CaseId::from_text(form.text("case")),
        recipient: if organization.is_empty() {
            form.text("recipient").trim().to_owned()
        } else {
            String::new()
        },
        organization,
        system,
        need: if referrals::NEEDS.contains(&need) { need.to_owned() } else { "other".to_owned() },
        service: form.text("service").to_owned(),
        why: form.text("why").to_owned(),
        shares: form.text("shares").to_owned(),
        // A tick without a day was given today.
        consented_on: if has_consent { day.ok().flatten().or(Some(ctx.now.day())) } else { None },
        urgency: Urgency::from_code(form.text("urgency")).unwrap_or(Urgency::Routine),
        answer_days: form.text("answer_days").trim().parse().unwrap_or(0),
        contact: form.text("contact").to_owned(),
    };
    let draft = Some(form.text("draft")).filter(|draft| !draft.is_empty()).map(ReferralId::from_text);
    // The transaction of the page must not hold the lock while the command writes.
    file.close().await?;
    match referrals::save(ctx, &ClientId::from_text(id.as_str()), draft.as_ref(), &new, how).await {
        Ok(saved) => match saved.link {
            Some(link) => hand_over(&current, &id, &saved.id, &link).await,
            None => current.done(current.t("ref-flash-kept"), &tab_path(&id)).await,
        },
        Err(ReferralError::Wrong(wrong)) => {
            let fields = new_fields(&current, &form, has_consent, &wrong);
            let file = ClientFile::open(&current, &id).await?;
            let view = new_view(&current, file, fields, form.text("draft").to_owned()).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(referral_error(&current, error)),
    }
}

fn new_fields(current: &CurrentCtx, form: &Form, has_consent: bool, wrong: &[Wrong]) -> NewFields {
    let mut reading = form.reading(current.lang);
    let long = |name: &str, most: usize| form.text(name).chars().count() > most;
    for wrong in wrong {
        let (name, key) = match wrong {
            Wrong::Recipient => ("recipient", "ref-wrong-recipient"),
            Wrong::System => ("system", "ref-wrong-system"),
            Wrong::Service => ("service", "ref-wrong-service"),
            Wrong::Consent => ("consented_on", "ref-wrong-consent"),
            Wrong::ConsentLater => ("consented_on", "ref-wrong-consent-later"),
            Wrong::AnswerDays => ("answer_days", "ref-wrong-answer-days"),
            Wrong::Contact => ("contact", "ref-wrong-contact"),
            _ => {
                for name in ["recipient", "service", "contact"] {
                    if long(name, 200) {
                        reading.wrong(name, current.t("ref-wrong-too-long"));
                    }
                }
                for name in ["why", "shares"] {
                    if long(name, referrals::TEXT_MOST) {
                        reading.wrong(name, current.t("ref-wrong-too-long"));
                    }
                }
                continue;
            }
        };
        reading.wrong(name, current.t(key));
    }
    NewFields {
        case: reading.field("case"),
        system: reading.field("system"),
        recipient: reading.field("recipient"),
        need: reading.field("need"),
        urgency: reading.field("urgency"),
        service: reading.field("service"),
        why: reading.field("why"),
        shares: reading.field("shares"),
        has_consent,
        consented_on: reading.field("consented_on"),
        answer_days: reading.field("answer_days"),
        contact: reading.field("contact"),
    }
}

/// The link, this once, and the letter with it.
async fn hand_over(
    current: &CurrentCtx,
    client: &str,
    id: &ReferralId,
    link: &Link,
) -> Result<Response, WebError> {
    let (ctx, lang) = (&current.ctx, current.lang);
    let base = accounts::setting(ctx.db(), BASE_ADDRESS).await?;
    let file = ClientFile::open(current, client).await?;
    let frame = file.frame(current, Tab::Referrals).await?;
    let identity = people::identity(ctx, &file.tx, &file.grant).await?;
    let found = referrals::one(ctx, &file.tx, &file.grant, id).await?.ok_or(WebError::NotFound)?.referral;
    file.close().await?;
    let mut chrome = current.chrome("ref-hand-title", Some(NavItem::Clients));
    // The address of this answer takes no GET that shows a link: the language switch leads back to the list.
    chrome.path = tab_path(client);
    let text = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    Ok(page(&HandOverView {
        chrome,
        frame,
        address: format!("{base}/r/{}", link.secret),
        expires_on: link.expires_at.day().to_string(),
        today: ctx.now.day().to_string(),
        due_on: text(found.due_on),
        consented_on: text(found.consented_on),
        recipient: found.recipient,
        client_name: Client::list_name(&identity.preferred_name),
        service: found.service,
        need: lang.word("ref-need", &found.need),
        urgency: lang.t(&format!("ref-urgency-{}", found.urgency.code())),
        why: found.why,
        shares: found.shares,
        worker: found.sent_by_name,
        contact: found.contact,
    }))
}

async fn link(
    current: CurrentCtx,
    Path((id, referral)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let referral = ReferralId::from_text(referral);
    match referrals::link_new(&current.ctx, &ClientId::from_text(id.as_str()), &referral).await {
        Ok(link) => hand_over(&current, &id, &referral, &link).await,
        Err(error) => Err(referral_error(&current, error)),
    }
}

// ---- steps ----------------------------------------------------------------------------------------------------

/// The step that a form speaks of, or what is wrong with its days.
fn step_typed(form: &Form, command: Command, today: Day) -> Result<NewStep, Vec<Wrong>> {
    let (on, expected_on) = (day_typed(form.text("on")), day_typed(form.text("expected_on")));
    let (Ok(on), Ok(expected_on)) = (on, expected_on) else {
        let mut wrong = Vec::new();
        if on.is_err() {
            wrong.push(Wrong::Day);
        }
        if expected_on.is_err() {
            wrong.push(Wrong::ExpectedOn);
        }
        return Err(wrong);
    };
    Ok(NewStep {
        command,
        on: on.unwrap_or(today),
        expected_on,
        reason: form.text("reason").to_owned(),
        outcome: Outcome::from_code(form.text("outcome")),
        words: form.text("words").trim().to_owned(),
        said_by: form.text("said_by").trim().to_owned(),
    })
}

fn typed(lang: Lang, form: &Form, referral: &str, command: &str, wrong: &[Wrong]) -> Typed {
    let mut reading = form.reading(lang);
    for wrong in wrong {
        let (name, key) = match wrong {
            Wrong::Day => ("on", "ref-wrong-day"),
            Wrong::ExpectedOn => ("expected_on", "ref-wrong-expected"),
            Wrong::Reason => ("reason", "ref-wrong-reason"),
            Wrong::Outcome => ("outcome", "ref-wrong-outcome"),
            _ => ("words", "ref-wrong-too-long"),
        };
        reading.wrong(name, lang.t(key));
    }
    Typed {
        referral: referral.to_owned(),
        command: command.to_owned(),
        on: reading.field("on"),
        expected: reading.field("expected_on"),
        reason: reading.field("reason"),
        outcome: reading.field("outcome"),
        said_by: reading.field("said_by"),
        words: reading.field("words"),
        code: reading.field("code"),
    }
}

async fn step_again(
    current: &CurrentCtx,
    form: &Form,
    id: &str,
    referral: &str,
    command: &str,
    wrong: &[Wrong],
) -> Result<Response, WebError> {
    let typed = typed(current.lang, form, referral, command, wrong);
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &tab_view(current, id, Some(&typed)).await?))
}

async fn step(
    current: CurrentCtx,
    Path((id, referral)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let command = Command::from_code(form.text("command")).ok_or(WebError::Unreadable)?;
    let step = match step_typed(&form, command, current.ctx.now.day()) {
        Ok(step) => step,
        Err(wrong) => return step_again(&current, &form, &id, &referral, command.code(), &wrong).await,
    };
    let client = ClientId::from_text(id.as_str());
    let done =
        referrals::record_step(&current.ctx, &client, &ReferralId::from_text(referral.as_str()), &step).await;
    match done {
        Ok(()) => current.done(current.t("ref-flash-step"), &card_path(&id, &referral)).await,
        Err(ReferralError::Wrong(wrong)) => {
            step_again(&current, &form, &id, &referral, command.code(), &wrong).await
        }
        Err(error) => Err(referral_error(&current, error)),
    }
}

async fn barrier(
    current: CurrentCtx,
    Path((id, referral)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let Ok(on) = day_typed(form.text("on")) else {
        return step_again(&current, &form, &id, &referral, "barrier", &[Wrong::Day]).await;
    };
    let barrier = BarrierOf {
        code: form.text("code").to_owned(),
        on: on.unwrap_or(current.ctx.now.day()),
        note: form.text("words").trim().to_owned(),
    };
    let client = ClientId::from_text(id.as_str());
    let done =
        referrals::barrier_record(&current.ctx, &client, &ReferralId::from_text(referral.as_str()), &barrier)
            .await;
    match done {
        Ok(()) => current.done(current.t("ref-flash-barrier"), &card_path(&id, &referral)).await,
        Err(ReferralError::Wrong(wrong)) => {
            step_again(&current, &form, &id, &referral, "barrier", &wrong).await
        }
        Err(ReferralError::Barrier(BarrierError::Future)) => {
            step_again(&current, &form, &id, &referral, "barrier", &[Wrong::Day]).await
        }
        Err(ReferralError::Barrier(BarrierError::TooLong)) => {
            step_again(&current, &form, &id, &referral, "barrier", &[Wrong::TooLong]).await
        }
        Err(error) => Err(referral_error(&current, error)),
    }
}

fn referral_error(current: &CurrentCtx, error: ReferralError) -> WebError {
    match error {
        ReferralError::Access(error) => error.into(),
        ReferralError::Forbidden(_) | ReferralError::Changed => {
            WebError::Conflict(format!("{}.", current.t("ref-conflict")))
        }
        ReferralError::CaseClosed => WebError::Conflict(format!("{}.", current.t("ref-case-closed"))),
        ReferralError::Wrong(_) | ReferralError::Barrier(BarrierError::Code) => WebError::Unreadable,
        error => WebError::broken(error),
    }
}

// ---- services ---------------------------------------------------------------------------------------------------

async fn service_new(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let empty = Form::default();
    let from = Field::new(current.ctx.now.day().to_string());
    let view = service_view(&current, &id, &empty, &[]).await?;
    Ok(page(&NewServiceView { from, ..view }))
}

async fn service_view(
    current: &CurrentCtx,
    id: &str,
    form: &Form,
    wrong: &[(&'static str, &str)],
) -> Result<NewServiceView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Referrals).await?;
    let cases = case_choices(current, &file).await?;
    let organizations = referrals::organizations(&file.tx).await?;
    file.close().await?;
    let mut reading = form.reading(current.lang);
    for (name, key) in wrong {
        reading.wrong(name, current.t(key));
    }
    let mut chrome = current.chrome("ref-service-new", Some(NavItem::Clients));
    chrome.path = format!("/clients/{id}/services/new");
    Ok(NewServiceView {
        chrome,
        frame,
        case: reading.field("case"),
        cases,
        organizations: options(current.lang, organizations),
        what: reading.field("what"),
        system: reading.field("system"),
        recipient: reading.field("recipient"),
        from: reading.field("from"),
        to: reading.field("to"),
        amount: reading.field("amount"),
        unit: reading.field("unit"),
        note: reading.field("note"),
    })
}

/// `1.5` or `1,5` in hundredths; empty is none.
fn hundredths(text: &str) -> Result<Option<i64>, ()> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(());
    }
    format!("{whole}{part:0<2}").parse().map(Some).map_err(|_| ())
}

async fn service_save(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut wrong: Vec<(&'static str, &str)> = Vec::new();
    let from = day_typed(form.text("from"));
    let to = day_typed(form.text("to"));
    let amount = hundredths(form.text("amount"));
    if !matches!(from, Ok(Some(_))) {
        wrong.push(("from", "ref-wrong-day-form"));
    }
    if to.is_err() {
        wrong.push(("to", "ref-wrong-day-form"));
    }
    if amount.is_err() {
        wrong.push(("amount", "ref-wrong-amount"));
    }
    if let (Ok(Some(from)), Ok(to), Ok(amount_hundredths)) = (from, to, amount) {
        let system = System::from_code(form.text("system"));
        let organizations = {
            let file = ClientFile::open(&current, &id).await?;
            let organizations = referrals::organizations(&file.tx).await?;
            file.close().await?;
            organizations
        };
        let organization =
            organization_typed(&organizations, form.text("recipient"), system).unwrap_or_default();
        let new = NewService {
            case: CaseId::from_text(form.text("case")),
            what: form.text("what").to_owned(),
            provider: if organization.is_empty() { form.text("recipient").to_owned() } else { String::new() },
            organization,
            system,
            from,
            to,
            amount_hundredths,
            unit: form.text("unit").to_owned(),
            note: form.text("note").to_owned(),
        };
        match referrals::service_record(&current.ctx, &ClientId::from_text(id.as_str()), &new).await {
            Ok(()) => return current.done(current.t("ref-flash-service"), &tab_path(&id)).await,
            Err(ReferralError::Wrong(found)) => wrong.extend(found.iter().map(|wrong| match wrong {
                Wrong::What => ("what", "ref-wrong-what"),
                Wrong::Recipient => ("recipient", "ref-wrong-recipient"),
                Wrong::System => ("system", "ref-wrong-system"),
                Wrong::Day => ("from", "ref-wrong-day"),
                Wrong::Period => ("to", "ref-wrong-period"),
                Wrong::Amount => ("amount", "ref-wrong-amount"),
                _ => ("note", "ref-wrong-too-long"),
            })),
            Err(error) => return Err(referral_error(&current, error)),
        }
    }
    let view = service_view(&current, &id, &form, &wrong).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

// ---- the board ----------------------------------------------------------------------------------------------------

#[derive(Debug, Deserialize)]
struct Whose {
    #[serde(default)]
    whose: String,
}

async fn board(current: CurrentCtx, Query(asked): Query<Whose>) -> Result<Response, WebError> {
    let may_all = current.has(Role::Supervisor);
    // Somebody who only supervises has no cases of their own to begin with.
    let is_all =
        may_all && (asked.whose == "all" || (asked.whose.is_empty() && !current.has(Role::Caseworker)));
    let today = current.ctx.now.day();
    let lines = referrals::board(&current.ctx, is_all).await?;
    let rows = lines.iter().map(|line| BoardRow::of(current.lang, line, today));
    let (ours, theirs) = rows.partition(|row| row.is_ours);
    let chrome = current.chrome("ref-board-title", Some(NavItem::Referrals));
    Ok(page(&BoardView { chrome, ours, theirs, may_all, is_all }))
}

// ---- the recipient's link -------------------------------------------------------------------------------------------

#[derive(Debug, Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
}

async fn link_show(
    current: CurrentCtx,
    Path(secret): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    match referrals::open(&current.ctx, &secret, &current.address).await? {
        Opened::Asked(asked) => {
            let is_thanked = Answer::from_code(&done.done).is_some();
            Ok(page(&answer_view(&current, &secret, &asked, is_thanked, None)))
        }
        other => Ok(link_none(&current, &other)),
    }
}

fn answer_view(
    current: &CurrentCtx,
    secret: &str,
    asked: &referrals::Asked,
    is_thanked: bool,
    typed: Option<&Typed>,
) -> AnswerView {
    let mut chrome = current.chrome("ref-link-title", None);
    chrome.path = format!("/r/{secret}");
    AnswerView::of(chrome, secret, asked, current.ctx.now.day(), is_thanked, typed)
}

fn link_none(current: &CurrentCtx, opened: &Opened) -> Response {
    let (name, status) = match opened {
        Opened::Over => ("over", StatusCode::OK),
        Opened::Wait => ("wait", StatusCode::TOO_MANY_REQUESTS),
        Opened::Nothing | Opened::Asked(_) => ("none", StatusCode::NOT_FOUND),
    };
    let title = format!("ref-link-{name}-title");
    let mut chrome = current.chrome(&title, None);
    // Neither what was typed nor a language switch with it: all that open nothing are the same page.
    chrome.path = "/".to_owned();
    let view =
        LinkNoneView { title: current.t(&title), text: current.t(&format!("ref-link-{name}")), chrome };
    page_with(status, &view)
}

async fn link_answer(
    current: CurrentCtx,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, WebError> {
    let (ctx, address) = (&current.ctx, current.address.as_str());
    let Some(answer) = Answer::from_code(form.text("command")) else { return Err(WebError::Unreadable) };
    let step = step_typed(&form, Command::Receive, ctx.now.day());
    let done = match step {
        Ok(step) => referrals::answer(ctx, &secret, address, answer, step).await,
        Err(wrong) => Err(AnswerError::Wrong(wrong)),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/r/{secret}?done={}", answer.code()))),
        Err(AnswerError::Opened(opened)) => Ok(link_none(&current, &opened)),
        Err(AnswerError::Wrong(wrong)) => match referrals::open(ctx, &secret, address).await? {
            Opened::Asked(asked) => {
                let typed = typed(current.lang, &form, "", answer.code(), &wrong);
                let view = answer_view(&current, &secret, &asked, false, Some(&typed));
                Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
            }
            other => Ok(link_none(&current, &other)),
        },
        Err(AnswerError::Broken(error)) => Err(referral_error(&current, error)),
    }
}
