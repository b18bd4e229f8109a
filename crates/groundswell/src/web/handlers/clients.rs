//! Is this person here already? The search, a new client with the first case, details, records entered twice, files opened
//! in an emergency.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::casework::cases;
use domain::casework::intake::{self, FirstCase, IntakeError};
use domain::kernel::access::{self, EMERGENCY_HOURS, EmergencyError, REASON_LEAST, Verdict, Via};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Role;
use domain::kernel::ids::{AccountId, ClientId};
use domain::people::details::{
    self, DIMENSIONS, Details, Entered, EnteredIdentifier, EnteredPhone, Person, SaveError, Why, Wrong,
};
use domain::people::matching::{self, Evidence, Field as Compared, Likeness};
use domain::people::merge::{self, MergeError};
use domain::people::search::{self, Typed};
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::client::Tab;
use crate::web::views::clients::{
    ClientRow, DetailsView, DuplicatesView, EmergenciesView, EmergencyRow, EmergencyView, Found,
    LikenessCard, MergedRow, NewClientView, OWN_WORDS, PairCard, PairRow, PersonFields, ResultsView,
    SearchView, Sentences, Side, says, sure,
};
use crate::web::views::{Choice, Field, FlashKind, NavItem, Page};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/clients", Who::FILES, list)
        .get("/clients/new", Who::FILES_RECORD, new)
        .post("/clients", Who::FILES_RECORD, add)
        .get(Tab::Details.route(), Who::FILES, show_details)
        .post("/clients/{id}/details", Who::FILES_RECORD, save_details)
        .get("/clients/{id}/emergency", Who::Roles(&[Role::Caseworker]), show_emergency)
        .post("/clients/{id}/emergency", Who::Roles(&[Role::Caseworker]), open_emergency)
        .get("/clients/duplicates", Who::SUPERVISE, duplicates)
        .post("/clients/duplicates/find", Who::SUPERVISE, find)
        .post("/clients/duplicates/merge", Who::SUPERVISE, merge_two)
        .post("/clients/duplicates/different", Who::SUPERVISE, different)
        .post("/clients/merges/{id}/undo", Who::SUPERVISE, undo)
        .get("/supervise/emergencies", Who::SUPERVISE, emergencies)
        .post("/supervise/emergencies/{id}", Who::SUPERVISE, review)
}

/// People on one page of results.
const SHOWN: usize = 20;

/// Pairs on one page.
const PAIRS: i64 = 10;

/// Seconds that a person waits for a look through the record before the page says that it goes on.
const PATIENCE: u64 = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

async fn list(current: CurrentCtx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let query = asked.q.trim().to_owned();
    let found = if query.is_empty() {
        Found::default()
    } else {
        let results = search::search(&current.ctx, &query, SHOWN).await?;
        let is_caseworker = current.has(Role::Caseworker);
        Found {
            is_asked: true,
            is_too_short: results.is_too_short,
            has_more: results.has_more,
            rows: results.lines.into_iter().map(|line| ClientRow::of(line, is_caseworker)).collect(),
        }
    };
    let may_add = current.has(Role::Caseworker) || current.has(Role::Supervisor);
    let chrome = current.chrome("nav-clients", Some(NavItem::Clients));
    if current.is_fragment {
        return Ok(Html(ResultsView { chrome, query, found, may_add }.page()).into_response());
    }
    let n_duplicates = match current.has(Role::Supervisor) {
        true => Some(matching::waiting(&current.ctx, 0).await?.n),
        false => None,
    };
    Ok(page(&SearchView { chrome, query, found, may_add, n_duplicates }))
}

async fn new(current: CurrentCtx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let entered = from_search(&asked.q);
    let view = new_view(&current, &entered, &Sentences::new(), &BTreeMap::new(), &[], "").await?;
    Ok(page(&view))
}

/// What was typed into the search goes along: words as the name, a day as the birth date, digits as the phone.
fn from_search(query: &str) -> Entered {
    let typed = Typed::parse(query);
    let is_name = |piece: &&str| !piece.chars().any(|it| it.is_ascii_digit());
    let name: Vec<&str> = query.split_whitespace().filter(is_name).collect();
    // `5/3/1990` stays as typed: the form asks which of the two days is meant.
    let born_on = query.split_whitespace().find(|piece| !search::days(piece).is_empty());
    let phone = if typed.phone.is_empty() { String::new() } else { query.trim().to_owned() };
    Entered {
        preferred_name: if typed.words.is_empty() { String::new() } else { name.join(" ") },
        born_on: born_on.unwrap_or_default().to_owned(),
        phones: vec![EnteredPhone { number: phone, ..EnteredPhone::default() }],
        identifiers: vec![EnteredIdentifier { kind: "agency".to_owned(), ..EnteredIdentifier::default() }],
        ..Entered::default()
    }
}

async fn new_view(
    current: &CurrentCtx,
    entered: &Entered,
    wrong: &Sentences,
    case: &BTreeMap<&'static str, Field>,
    likenesses: &[Likeness],
    shown: &str,
) -> Result<NewClientView, WebError> {
    let known = details::known(&current.ctx).await?;
    let workers = if current.has(Role::Caseworker) {
        Vec::new()
    } else {
        let tx = current.ctx.db().snapshot().await?;
        let workers = cases::workers(&tx).await?.into_iter().filter(|worker| worker.is_caseworker);
        let choose = Choice::new("", current.t("clients-worker-choose"));
        std::iter::once(choose).chain(workers.map(|it| Choice::new(it.id.to_string(), it.name))).collect()
    };
    let is_caseworker = current.has(Role::Caseworker);
    let cards = likenesses.iter().map(|it| LikenessCard {
        row: ClientRow::of(it.line.clone(), is_caseworker),
        sure: sure(current.lang, &it.evidence),
        says: says(current.lang, &it.evidence).into_iter().map(|(_, says)| says).collect(),
    });
    let field = |name: &str| case.get(name).cloned().unwrap_or_default();
    let chrome = current.chrome("clients-new", Some(NavItem::Clients));
    Ok(NewClientView {
        person: PersonFields::new(chrome.clone(), entered, wrong, &known, true),
        chrome,
        programme: field("programme"),
        workers,
        worker: field("worker"),
        likenesses: cards.collect(),
        shown: shown.to_owned(),
    })
}

async fn add(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let entered = entered(&form);
    let area = details::area_code(&current.ctx, &entered.area).await?;
    let mut wrong = match details::checked(&entered, area.as_deref(), current.ctx.now.day()) {
        Ok(_) => Sentences::new(),
        Err(wrong) => sentences(current.lang, &wrong),
    };
    let worker = form.text("worker").trim();
    let mut case: BTreeMap<&'static str, Field> = BTreeMap::new();
    case.insert("programme", Field::new(form.text("programme")));
    case.insert("worker", Field::new(worker));
    if worker.is_empty() && !current.has(Role::Caseworker) {
        case.insert("worker", Field::wrong("", current.t("client-error-worker")));
        wrong.entry("worker".to_owned()).or_insert_with(|| current.t("client-error-worker"));
    }
    if !wrong.is_empty() {
        let view = new_view(&current, &entered, &wrong, &case, &[], "").await?;
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    let alike = matching::check(&current.ctx, &entered.traits(&area.unwrap_or_default())).await?;
    let ids: Vec<&str> = alike.iter().map(|it| it.line.client.as_str()).collect();
    // "Somebody else" was said of those who were shown; whoever was added in the meantime is shown first.
    let said_of: Vec<&str> = form.text("shown").split(' ').collect();
    let is_said = form.text("different") == "yes" && ids.iter().all(|id| said_of.contains(id));
    if !alike.is_empty() && !is_said {
        let view = new_view(&current, &entered, &wrong, &case, &alike, &ids.join(" ")).await?;
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    let worker = (!worker.is_empty()).then(|| AccountId::from_text(worker));
    let first = FirstCase { programme: form.text("programme").to_owned(), worker };
    match intake::add(&current.ctx, &entered, &first).await {
        Ok((client, _)) if current.has(Role::Supervisor) || first.worker.is_none() => {
            current.done(current.t("clients-added"), &after_adding(&current, &client)).await
        }
        Ok(_) => current.done(current.t("clients-added"), "/clients").await,
        Err(IntakeError::Details(SaveError::Wrong(wrong))) => {
            let wrong = sentences(current.lang, &wrong);
            let view = new_view(&current, &entered, &wrong, &case, &[], "").await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(IntakeError::NotYours) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}

/// The file, or its details where there is no other page of it.
fn after_adding(current: &CurrentCtx, client: &ClientId) -> String {
    let tab =
        if current.app.may_open(&current.ctx.actor, Tab::File.route()) { Tab::File } else { Tab::Details };
    tab.route().replace("{id}", client.as_str())
}

/// The person as typed.
fn entered(form: &Form) -> Entered {
    let text = |name: &str| form.text(name).to_owned();
    let mut entered = Entered {
        preferred_name: text("preferred_name"),
        legal_name: text("legal_name"),
        pronouns: text("pronouns"),
        language: text("language"),
        born_on: text("born_on"),
        address: text("address"),
        area: text("area"),
        strength: text("strength"),
        wish: text("wish"),
        ..Entered::default()
    };
    for dimension in DIMENSIONS {
        let words = text(&format!("words-{dimension}"));
        let choice = text(&format!("group-{dimension}"));
        // Words that were typed count, whatever the list beside them says.
        let answer = if words.trim().is_empty() { choice } else { words };
        let answer = if answer == OWN_WORDS { String::new() } else { answer };
        entered.groups.insert(dimension.to_owned(), answer);
    }
    for at in 0..20 {
        let name = format!("phone-{at}");
        let phone = EnteredPhone {
            id: text(&format!("{name}-id")),
            number: text(&name),
            label: text(&format!("{name}-label")),
            may_leave_message: form.text(&format!("{name}-message")) == "yes",
        };
        if !phone.id.is_empty() || !phone.number.trim().is_empty() || at == 0 {
            entered.phones.push(phone);
        }
        let name = format!("identifier-{at}");
        let identifier = EnteredIdentifier {
            id: text(&format!("{name}-id")),
            kind: text(&format!("{name}-kind")),
            value: text(&name),
        };
        if !identifier.id.is_empty() || !identifier.value.trim().is_empty() || at == 0 {
            entered.identifiers.push(identifier);
        }
    }
    entered
}

fn sentences(lang: Lang, wrong: &Wrong) -> Sentences {
    wrong.iter().map(|(field, why)| (field.clone(), sentence(lang, field, *why))).collect()
}

fn sentence(lang: Lang, field: &str, why: Why) -> String {
    let key = match why {
        Why::Missing if field == "preferred_name" => "client-error-name",
        Why::Missing => "error-required",
        Why::TooLong => "client-error-long",
        Why::NotADay => "client-error-day",
        Why::TwoDays(one, other) => {
            let day = |day: Day| lang.day(&day.to_string());
            return lang
                .t_with("client-error-two-days", &[("one", day(one).into()), ("two", day(other).into())]);
        }
        Why::InTheFuture => "client-error-future",
        Why::NoSuchArea => "client-error-area",
        Why::NotAPhone => "client-error-phone",
    };
    lang.t(key)
}

async fn show_details(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Details).await?;
    let details = details::details(&current.ctx, &file.tx, &file.grant).await?;
    // Whoever reads only, by role, gets no form.
    let may_edit = file.grant.via() != Via::Privacy;
    file.close().await?;
    let known = details::known(&current.ctx).await?;
    let chrome = current.chrome("client-tab-details", Some(NavItem::Clients));
    Ok(page(&DetailsView {
        person: PersonFields::new(chrome.clone(), &as_entered(&details), &Sentences::new(), &known, false),
        facts: if may_edit { Vec::new() } else { facts(current.lang, &details) },
        chrome,
        frame,
        version: details.version,
        may_edit,
        is_changed: false,
    }))
}

/// The details as they would stand in the form, with a line for one more phone and number.
fn as_entered(details: &Details) -> Entered {
    let person = &details.person;
    let mut phones: Vec<EnteredPhone> = details
        .phones
        .iter()
        .map(|it| EnteredPhone {
            id: it.id.clone(),
            number: it.number.clone(),
            label: it.label.clone(),
            may_leave_message: it.may_leave_message,
        })
        .collect();
    phones.push(EnteredPhone::default());
    let mut identifiers: Vec<EnteredIdentifier> = details
        .identifiers
        .iter()
        .map(|it| EnteredIdentifier { id: it.id.clone(), kind: it.kind.clone(), value: it.value.clone() })
        .collect();
    identifiers.push(EnteredIdentifier { kind: "agency".to_owned(), ..EnteredIdentifier::default() });
    Entered {
        preferred_name: person.preferred_name.clone(),
        legal_name: person.legal_name.clone(),
        pronouns: person.pronouns.clone(),
        language: person.language.clone(),
        born_on: person.born_on.map(|day| day.to_string()).unwrap_or_default(),
        address: person.address.clone(),
        area: details.area_name.clone(),
        strength: person.strength.clone(),
        wish: person.wish.clone(),
        groups: person
            .groups
            .iter()
            .map(|(dimension, answer)| (dimension.clone(), answer.stored().to_owned()))
            .collect(),
        phones,
        identifiers,
    }
}

fn facts(lang: Lang, details: &Details) -> Vec<(String, String)> {
    let person = &details.person;
    let born = person.born_on.map(|day| lang.day(&day.to_string())).unwrap_or_default();
    [
        ("client-preferred-name", person.preferred_name.clone()),
        ("client-legal-name", person.legal_name.clone()),
        ("client-born-on", born),
        ("client-pronouns", person.pronouns.clone()),
        ("client-language", person.language.clone()),
        ("client-area", details.area_name.clone()),
        ("client-address", person.address.clone()),
        ("client-phones", phones_text(details)),
        ("client-identifiers", identifiers_text(lang, details)),
        ("client-strength", person.strength.clone()),
        ("client-wish", person.wish.clone()),
    ]
    .map(|(key, value)| (lang.t(key), value))
    .to_vec()
}

fn phones_text(details: &Details) -> String {
    details.phones.iter().map(|it| it.number.as_str()).collect::<Vec<_>>().join(", ")
}

fn identifiers_text(lang: Lang, details: &Details) -> String {
    let text = |it: &details::Identifier| format!("{} ({})", it.value, lang.word("identifier", &it.kind));
    details.identifiers.iter().map(text).collect::<Vec<_>>().join(", ")
}

async fn save_details(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let entered = entered(&form);
    let version = form.text("version").parse().map_err(|_| WebError::Unreadable)?;
    let client = ClientId::from_text(id.as_str());
    let (wrong, now) = match details::save(&current.ctx, client, version, &entered).await {
        Ok(()) => return current.done(current.t("client-saved"), &format!("/clients/{id}/details")).await,
        Err(SaveError::Access(error)) => return Err(error.into()),
        Err(SaveError::Db(error)) => return Err(error.into()),
        Err(SaveError::Wrong(wrong)) => (sentences(current.lang, &wrong), None),
        Err(SaveError::Changed(now)) => (differences(current.lang, &entered, &now), Some(now)),
    };
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Details).await?;
    file.close().await?;
    let known = details::known(&current.ctx).await?;
    let chrome = current.chrome("client-tab-details", Some(NavItem::Clients));
    let status = if now.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = DetailsView {
        person: PersonFields::new(
            chrome.clone(),
            &with_new_lines(entered, now.as_deref()),
            &wrong,
            &known,
            false,
        ),
        chrome,
        frame,
        version: now.as_ref().map_or(version, |now| now.version),
        may_edit: true,
        is_changed: now.is_some(),
        facts: Vec::new(),
    };
    Ok(page_with(status, &view))
}

/// What was typed, with the phones and numbers that somebody else has added in the meantime.
fn with_new_lines(mut entered: Entered, now: Option<&Details>) -> Entered {
    let Some(now) = now.map(as_entered) else { return entered };
    for phone in now.phones.into_iter().filter(|it| !it.id.is_empty()) {
        if !entered.phones.iter().any(|it| it.id == phone.id) {
            entered.phones.push(phone);
        }
    }
    for identifier in now.identifiers.into_iter().filter(|it| !it.id.is_empty()) {
        if !entered.identifiers.iter().any(|it| it.id == identifier.id) {
            entered.identifiers.push(identifier);
        }
    }
    entered
}

/// Where what was typed differs from what is stored now.
fn differences(lang: Lang, entered: &Entered, now: &Details) -> Sentences {
    let typed = Person {
        preferred_name: entered.preferred_name.trim().to_owned(),
        legal_name: entered.legal_name.trim().to_owned(),
        pronouns: entered.pronouns.trim().to_owned(),
        language: entered.language.trim().to_owned(),
        born_on: Day::parse_iso(entered.born_on.trim()).ok(),
        address: entered.address.trim().to_owned(),
        area: if entered.area.trim() == now.area_name {
            now.person.area.clone()
        } else {
            entered.area.trim().to_owned()
        },
        strength: entered.strength.trim().to_owned(),
        wish: entered.wish.trim().to_owned(),
        groups: entered
            .groups
            .iter()
            .map(|(dimension, answer)| (dimension.clone(), details::Answer::from_stored(answer)))
            .collect(),
    };
    let stored = as_entered(now);
    let value = |field: &str| match field {
        "preferred_name" => stored.preferred_name.clone(),
        "legal_name" => stored.legal_name.clone(),
        "pronouns" => stored.pronouns.clone(),
        "language" => stored.language.clone(),
        "born_on" => stored.born_on.clone(),
        "address" => stored.address.clone(),
        "area" => stored.area.clone(),
        "strength" => stored.strength.clone(),
        "wish" => stored.wish.clone(),
        dimension => match now.person.groups.get(dimension) {
            Some(details::Answer::Said(words)) => words.clone(),
            Some(details::Answer::DoesntKnow) => lang.t("group-doesnt-know"),
            Some(details::Answer::PrefersNotToAnswer) => lang.t("group-prefers-not"),
            Some(details::Answer::NotCollected) | None => lang.t("group-not-collected"),
        },
    };
    details::changed(&now.person, &typed)
        .into_iter()
        .map(|field| {
            let value = value(field);
            let text = if value.is_empty() {
                lang.t("client-stored-now-empty")
            } else {
                lang.t1("client-stored-now", "value", value)
            };
            (field.to_owned(), text)
        })
        .collect()
}

/// Somebody whom the caller sees and does not work with, or "not found".
async fn stranger(current: &CurrentCtx, id: &str) -> Result<ClientRow, WebError> {
    let line = search::line(&current.ctx, &ClientId::from_text(id)).await?;
    let line = line.filter(|it| !it.is_restricted).ok_or(WebError::NotFound)?;
    Ok(ClientRow::of(line, current.has(Role::Caseworker)))
}

async fn show_emergency(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let row = stranger(&current, &id).await?;
    if row.may_open {
        return Ok(crate::web::current::see_other(&format!("/clients/{id}")));
    }
    Ok(page(&emergency_view(&current, row, Field::default())))
}

fn emergency_view(current: &CurrentCtx, row: ClientRow, reason: Field) -> EmergencyView {
    EmergencyView {
        chrome: current.chrome("emergency", Some(NavItem::Clients)),
        row,
        reason,
        hours: EMERGENCY_HOURS,
    }
}

async fn open_emergency(
    current: CurrentCtx,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.as_str());
    match access::open_in_emergency(&current.ctx, &client, form.text("reason")).await {
        Ok(()) => {
            current.flash(FlashKind::Note, current.t("emergency-opened")).await?;
            Ok(crate::web::current::see_other(&after_adding(&current, &client)))
        }
        Err(EmergencyError::ReasonTooShort) => {
            let row = stranger(&current, &id).await?;
            let sentence = current.lang.t1("emergency-too-short", "n", REASON_LEAST);
            let view = emergency_view(&current, row, Field::wrong(form.text("reason"), sentence));
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(EmergencyError::Access(error)) => Err(error.into()),
        Err(EmergencyError::Db(error)) => Err(error.into()),
    }
}

async fn duplicates(current: CurrentCtx) -> Result<Response, WebError> {
    let waiting = matching::waiting(&current.ctx, PAIRS).await?;
    let clients: Vec<ClientId> =
        waiting.pairs.iter().flat_map(|pair| [pair.one.clone(), pair.other.clone()]).collect();
    let details = details::details_of(&current.ctx, &clients).await?;
    let mut both = details.into_iter();
    let mut pairs = Vec::new();
    for pair in &waiting.pairs {
        if let (Some(Some(one)), Some(Some(other))) = (both.next(), both.next()) {
            pairs.push(pair_card(current.lang, pair, &one, &other));
        }
    }
    let merged = merge::merges(&current.ctx, 10).await?.into_iter().map(|it| MergedRow {
        id: it.id,
        survivor: Side { id: it.survivor.to_string(), name: it.survivor_name },
        merged_name: it.merged_name,
        at: it.at.micros(),
        by: it.by,
    });
    Ok(page(&DuplicatesView {
        chrome: current.chrome("duplicates", Some(NavItem::Clients)),
        n: waiting.n,
        pairs,
        looked_at: waiting.looked_at.map(domain::kernel::clock::Instant::micros),
        merged: merged.collect(),
    }))
}

fn pair_card(lang: Lang, pair: &matching::Pair, one: &Details, other: &Details) -> PairCard {
    let side =
        |id: &ClientId, it: &Details| Side { id: id.to_string(), name: it.person.preferred_name.clone() };
    let evidence: &Evidence = &pair.evidence;
    let told: BTreeMap<Compared, _> = says(lang, evidence).into_iter().collect();
    let born = |it: &Details| it.person.born_on.map(|day| lang.day(&day.to_string())).unwrap_or_default();
    let row = |key: &str, of: &dyn Fn(&Details) -> String, field: Compared| PairRow {
        label: lang.t(key),
        one: of(one),
        other: of(other),
        says: told.get(&field).cloned(),
    };
    PairCard {
        one: side(&pair.one, one),
        other: side(&pair.other, other),
        sure: sure(lang, evidence),
        rows: vec![
            row("client-preferred-name", &|it| it.person.preferred_name.clone(), Compared::Given),
            row("client-legal-name", &|it| it.person.legal_name.clone(), Compared::Family),
            row("client-born-on", &born, Compared::Born),
            row("client-phones", &phones_text, Compared::Phone),
            row("client-identifiers", &|it| identifiers_text(lang, it), Compared::Identifier),
            row("client-area", &|it| it.area_name.clone(), Compared::Area),
        ],
    }
}

async fn find(current: CurrentCtx) -> Result<Response, WebError> {
    let ctx = current.ctx.clone();
    let looking = tokio::spawn(async move { matching::find(&ctx).await });
    // The look goes on when the person does not wait for it any longer.
    let message = match tokio::time::timeout(Duration::from_secs(PATIENCE), looking).await {
        Ok(Ok(found)) => {
            let found = found?;
            let args = [("clients", found.clients.into()), ("n", found.possible.into())];
            current.lang.t_with("duplicates-found", &args)
        }
        Ok(Err(error)) => return Err(WebError::broken(error)),
        Err(_) => current.t("duplicates-still-looking"),
    };
    current.done(message, "/clients/duplicates").await
}

async fn merge_two(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let id = |name: &str| ClientId::from_text(form.text(name));
    match merge::merge(&current.ctx, &id("survivor"), &id("merged")).await {
        Ok(_) => current.done(current.t("duplicates-merge-done"), "/clients/duplicates").await,
        Err(error) => Err(merge_error(&current, error)),
    }
}

async fn undo(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    match merge::unmerge(&current.ctx, &id).await {
        Ok(_) => current.done(current.t("duplicates-undone"), "/clients/duplicates").await,
        Err(error) => Err(merge_error(&current, error)),
    }
}

fn merge_error(current: &CurrentCtx, error: MergeError) -> WebError {
    match error {
        MergeError::RestrictedApart => WebError::Conflict(current.t("duplicates-restricted-apart")),
        MergeError::LaterFirst => WebError::Conflict(current.t("duplicates-later-first")),
        MergeError::NotStanding => WebError::Conflict(current.t("duplicates-not-standing")),
        MergeError::Same => WebError::Unreadable,
        MergeError::Access(error) => error.into(),
        MergeError::Db(error) => error.into(),
    }
}

async fn different(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let id = |name: &str| ClientId::from_text(form.text(name));
    matching::different(&current.ctx, &id("one"), &id("other")).await?;
    current.done(current.t("duplicates-apart"), "/clients/duplicates").await
}

async fn emergencies(current: CurrentCtx) -> Result<Response, WebError> {
    let rows = access::emergencies(&current.ctx, 100).await?.into_iter().map(|it| EmergencyRow {
        id: it.id,
        client_id: it.client.to_string(),
        client_name: it.client_name,
        by: it.by,
        reason: it.reason,
        from: it.from.micros(),
        until: it.until.micros(),
        verdict: it.verdict.map(|verdict| verdict.code().to_owned()).unwrap_or_default(),
    });
    let chrome = current.chrome("emergencies", Some(NavItem::Clients));
    Ok(page(&EmergenciesView { chrome, rows: rows.collect() }))
}

async fn review(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let verdict = Verdict::from_code(form.text("verdict")).ok_or(WebError::Unreadable)?;
    if access::review(&current.ctx, &id, verdict).await? {
        current.done(current.t("emergencies-noted"), "/supervise/emergencies").await
    } else {
        Err(WebError::Conflict(current.t("emergencies-own")))
    }
}

#[cfg(test)]
#[path = "clients_tests.rs"]
mod tests;
