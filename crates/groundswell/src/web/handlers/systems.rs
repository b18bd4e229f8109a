//! The systems around a client (ecomap, whom to call, household), and the web of systems over all clients.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::evidence::signals::{self, SignalFilter, SignalState};
use domain::kernel::access::AccessError;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ids::ClientId;
use domain::kernel::places;
use domain::people::ecomap::{self, Ecomap, Energy, HARDEST, Tie, TieError, TieKind, TieState, With};
use domain::people::household::{
    self, Candidate, ChangeRelation, Gender, Home, NewRelation, Other, Related, RelationError, RelationKind,
    Who,
};
use domain::people::professionals::{self, DirectoryError, DirectoryField, Link, Pick, SaveLink};
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::{Form, Reading};
use crate::web::i18n::Lang;
use crate::web::present;
use crate::web::routes::{Routes, Who as Whom};
use crate::web::views::client::Tab;
use crate::web::views::ecomap::{EcoPicture, EcoTie, Sign};
use crate::web::views::genogram::{GenoPerson, Genogram};
use crate::web::views::signals::sentence_case;
use crate::web::views::systems::{
    AcrossRow, AcrossView, CallForm, CallRow, ChoiceGroup, HistoryLine, HouseholdLine, PersonForm,
    SignalLink, SystemsView, Then, TieForm, TieLine, WhoToCall, bars,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/systems", Whom::SYSTEMS, across)
        .get("/clients/{id}/systems", Whom::FILES, show)
        .post("/clients/{id}/systems/ties", Whom::FILES_RECORD, tie_add)
        .post("/clients/{id}/systems/ties/{node}", Whom::FILES_RECORD, tie_change)
        .post("/clients/{id}/systems/ties/{node}/end", Whom::FILES_RECORD, tie_end)
        .post("/clients/{id}/systems/professionals", Whom::FILES_RECORD, call_add)
        .post("/clients/{id}/systems/professionals/{link}", Whom::FILES_RECORD, call_change)
        .post("/clients/{id}/systems/professionals/{link}/end", Whom::FILES_RECORD, call_end)
        .post("/clients/{id}/systems/household", Whom::FILES_RECORD, person_add)
        .post("/clients/{id}/systems/household/{entry}", Whom::FILES_RECORD, person_change)
}

/// Which forms are open, and which day the map is compared with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    on: String,
    tie: String,
    call: String,
    person: String,
    find: String,
}

/// A form that comes back with what was typed, instead of the one that the page would show.
#[derive(Debug, Default)]
enum Back<'f> {
    #[default]
    None,
    Tie(Reading<'f>, HasConflict),
    Call(Reading<'f>, &'f Form, HasConflict),
    Person(Reading<'f>, &'f Form, HasConflict),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HasConflict {
    Yes,
    No,
}

async fn show(
    current: CurrentCtx,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    Ok(page(&view(&current, &id, &asked, Back::None).await?))
}

/// The page with one form as it was typed.
async fn back(current: &CurrentCtx, id: &str, asked: &Asked, back: Back<'_>) -> Result<Response, WebError> {
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view(current, id, asked, back).await?))
}

fn home(id: &str, anchor: &str) -> String {
    format!("/clients/{id}/systems#{anchor}")
}

async fn view(
    current: &CurrentCtx,
    id: &str,
    asked: &Asked,
    back: Back<'_>,
) -> Result<SystemsView, WebError> {
    let lang = current.lang;
    let may_record = Whom::FILES_RECORD.allows(&current.ctx.actor);
    let mut file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Systems).await?;
    let map = ecomap::ecomap(&current.ctx, &file.tx, &file.grant).await?;
    let links = professionals::who_to_call(&current.ctx, &file.tx, &file.grant).await?;
    let people = household::household(&current.ctx, &file.tx, &file.grant).await?;
    let gender = household::gender_recorded(&file.tx, &file.grant).await?;
    let found = household::candidates(&current.ctx, &mut file.tx, &file.grant, &asked.find).await?;
    let organizations = professionals::directory(&file.tx, "", None, 1_000).await?;
    let picks = professionals::professionals_to_pick(&file.tx, 2_000).await?;
    file.close().await?;

    let today = current.ctx.now.day();
    let on = Day::parse_iso(&asked.on).ok().filter(|day| *day <= today);
    let now: Vec<&TieState> = map.on(today);
    let then: Vec<&TieState> = on.map(|day| map.on(day)).unwrap_or_default();
    let is_on = |states: &[&TieState], node: &str| states.iter().any(|state| state.node == node);
    let places: Vec<&str> =
        map.nodes().into_iter().filter(|node| is_on(&now, node) || is_on(&then, node)).collect();
    let href = |node: &str| {
        if may_record { format!("/clients/{id}/systems?tie={node}#tie-panel") } else { String::new() }
    };
    let drawn = |states: &[&TieState], is_now: bool| -> Vec<EcoTie> {
        states
            .iter()
            .filter_map(|state| {
                Some(EcoTie {
                    node: state.node.clone(),
                    name: name_of(lang, state),
                    sign: sign(state),
                    kind: state.kind?,
                    energy: state.energy,
                    since: state.since.to_string(),
                    href: if is_now { href(&state.node) } else { String::new() },
                    is_chosen: is_now && state.node == asked.tie,
                })
            })
            .collect()
    };
    let ties = places
        .iter()
        .filter_map(|node| {
            let state_now = now.iter().find(|state| state.node == *node);
            let state_then = then.iter().find(|state| state.node == *node);
            tie_line(lang, state_now.copied(), state_then.copied(), href(node))
        })
        .collect();
    let days = map.days();
    let day_choice = |day: &Day| {
        let iso = day.to_string();
        Choice::new(iso.clone(), lang.day(&iso)).chosen_if(&asked.on)
    };
    let client =
        GenoPerson { id: String::new(), kind: None, name: frame.name.clone(), gender, home: Home::Shared };
    let around: Vec<GenoPerson> = people.iter().filter(|it| it.is_now()).map(geno_person).collect();
    let mut chrome = current.chrome("client-tab-systems", Some(NavItem::Clients));
    chrome.path = format!("/clients/{id}/systems");
    let mut view = SystemsView {
        now: EcoPicture::draw(lang, "now", &frame.name, &drawn(&now, true), &places),
        then: on.map(|day| Then {
            day: lang.day(&day.to_string()),
            picture: EcoPicture::draw(lang, "then", &frame.name, &drawn(&then, false), &places),
        }),
        days: days.iter().map(day_choice).collect(),
        ties,
        tie: tie_form(current, id, &map, &asked.tie, &organizations),
        who: who_rows(current, id, &links),
        call: call_form(current, id, &links, &asked.call, &picks),
        household: people.iter().map(|it| household_line(lang, it)).collect(),
        genogram: (!around.is_empty()).then(|| Genogram::draw(lang, &client, &around)),
        person: person_form(current, id, &people, asked, found),
        may_record,
        chrome,
        frame,
    };
    put_back(&mut view, back);
    Ok(view)
}

/// What was typed takes the place of what is stored; the version is that of the newest, so that it is saved knowingly.
fn put_back(view: &mut SystemsView, back: Back<'_>) {
    match back {
        Back::None => {}
        Back::Tie(reading, conflict) => {
            let form = &mut view.tie;
            form.what = reading.field("tie_what");
            form.name = reading.field("tie_name");
            form.kind = reading.field("tie_kind");
            form.energy = reading.field("tie_energy");
            form.since = reading.field("tie_since");
            form.note = reading.field("tie_note");
            form.has_conflict = conflict == HasConflict::Yes;
            form.is_open = true;
        }
        Back::Call(reading, typed, conflict) => {
            let form = &mut view.call;
            form.professional = reading.field("call_professional");
            form.part = reading.field("call_part");
            form.talked = reading.field("call_talked");
            form.next_step = reading.field("call_next");
            check(&mut form.lead, typed, "call_lead");
            form.has_conflict = conflict == HasConflict::Yes;
            form.is_open = true;
        }
        Back::Person(reading, typed, conflict) => {
            let form = &mut view.person;
            form.other = reading.field("person_other");
            form.name = reading.field("person_name");
            form.kind = reading.field("person_kind");
            form.gender = reading.field("person_gender");
            form.from = reading.field("person_from");
            form.to = reading.field("person_to");
            form.note = reading.field("person_note");
            check(&mut form.home, typed, "person_home");
            form.has_conflict = conflict == HasConflict::Yes;
            form.is_open = true;
        }
    }
}

fn check(choices: &mut [Choice], typed: &Form, name: &str) {
    for choice in choices {
        choice.is_chosen = typed.all(name).any(|value| value == choice.value);
    }
}

fn sign(state: &TieState) -> Sign {
    match (&state.with, state.system) {
        (With::Person(_), _) => Sign::Person,
        (With::Group(_), _) => Sign::Group,
        (With::System(system), _) => Sign::System(*system),
        (With::Organization(_), system) => Sign::System(system.unwrap_or(System::Other)),
    }
}

fn name_of(lang: Lang, state: &TieState) -> String {
    match &state.with {
        With::System(system) => sentence_case(&lang.word("system", system.code())),
        _ => state.name.clone(),
    }
}

fn tie_line(lang: Lang, now: Option<&TieState>, then: Option<&TieState>, href: String) -> Option<TieLine> {
    let state = now.or(then)?;
    let what = match &state.with {
        With::System(_) => String::new(),
        With::Person(_) => lang.word("with", "person"),
        With::Group(_) => lang.word("with", "group"),
        With::Organization(_) => {
            state.system.map(|system| lang.word("system", system.code())).unwrap_or_default()
        }
    };
    let then_kind = then.and_then(|state| state.kind);
    Some(TieLine {
        node: state.node.clone(),
        name: name_of(lang, state),
        what,
        kind: now.and_then(|state| state.kind),
        then: then_kind.map_or_else(|| "–".to_owned(), |kind| lang.word("tie", kind.code())),
        flow: state.energy,
        energy: if now.is_some() { lang.word("energy", state.energy.code()) } else { String::new() },
        since: now.map(|state| lang.day_short(&state.since.to_string())).unwrap_or_default(),
        note: now.map(|state| state.note.clone()).unwrap_or_default(),
        href,
    })
}

fn tie_form(
    current: &CurrentCtx,
    id: &str,
    map: &Ecomap,
    node: &str,
    organizations: &[professionals::DirectoryLine],
) -> TieForm {
    let lang = current.lang;
    let form = TieForm {
        kinds: TieKind::ALL
            .iter()
            .map(|kind| Choice::new(kind.code(), sentence_case(&lang.word("tie", kind.code()))))
            .collect(),
        energies: Energy::ALL
            .iter()
            .map(|energy| Choice::new(energy.code(), sentence_case(&lang.word("energy", energy.code()))))
            .collect(),
        energy: Field::new(Energy::Neither.code()),
        since: Field::new(current.ctx.now.day().to_string()),
        ..TieForm::default()
    };
    if let Some((state, kind)) = map.newest(node).and_then(|state| Some((state, state.kind?))) {
        let history = map.of(node).into_iter().map(|state| history_line(lang, state)).collect();
        return TieForm {
            action: format!("/clients/{id}/systems/ties/{node}"),
            title: name_of(lang, state),
            kind: Field::new(kind.code()),
            energy: Field::new(state.energy.code()),
            note: Field::new(state.note.clone()),
            seen: state.seq.to_string(),
            history,
            ..form
        };
    }
    let own = ["person", "group"].map(|with| Choice::new(with, sentence_case(&lang.word("with", with))));
    let whole = System::ALL.iter().map(|system| {
        let word = sentence_case(&lang.word("system", system.code()));
        Choice::new(format!("system:{}", system.code()), word)
    });
    let mut whats = vec![
        ChoiceGroup { label: lang.t("tie-group-own"), choices: own.into() },
        ChoiceGroup { label: lang.t("tie-group-system"), choices: whole.collect() },
    ];
    let mut by_system: BTreeMap<System, Vec<Choice>> = BTreeMap::new();
    for it in organizations {
        let choice = Choice::new(format!("organization:{}", it.id), it.name.clone());
        by_system.entry(it.system).or_default().push(choice);
    }
    whats.extend(by_system.into_iter().map(|(system, choices)| ChoiceGroup {
        label: sentence_case(&lang.word("system", system.code())),
        choices,
    }));
    TieForm { whats, is_open: map.states.is_empty(), ..form }
}

fn history_line(lang: Lang, state: &TieState) -> HistoryLine {
    let what = state.kind.map_or_else(
        || lang.t("tie-was-ended"),
        |kind| {
            let energy = lang.word("energy", state.energy.code());
            format!("{}, {energy}", sentence_case(&lang.word("tie", kind.code())))
        },
    );
    let args =
        [("day", lang.day(&state.since.to_string()).into()), ("name", state.recorded_by.as_str().into())];
    HistoryLine { what, when: lang.t_with("tie-history-when", &args), note: state.note.clone() }
}

/// The panel of whom to call, for a page of the client's file: draw it with the macro `who_to_call` of
/// `systems/parts.html`.
pub async fn who_to_call(current: &CurrentCtx, file: &ClientFile) -> Result<WhoToCall, WebError> {
    let links = professionals::who_to_call(&current.ctx, &file.tx, &file.grant).await?;
    Ok(who_rows(current, file.grant.client().as_str(), &links))
}

fn who_rows(current: &CurrentCtx, id: &str, links: &[Link]) -> WhoToCall {
    let lang = current.lang;
    let row = |link: &Link| {
        let day = link.talked_on.map(|day| lang.day_short(&day.to_string()));
        CallRow {
            id: link.id.clone(),
            name: link.name.clone(),
            part: link.part.clone(),
            organization_id: link.organization_id.clone(),
            organization: link.organization.clone(),
            tel: professionals::tel(&link.phone),
            phone: link.phone.clone(),
            email: link.email.clone(),
            is_lead: link.is_lead,
            has_left: link.has_left,
            talked: match &day {
                Some(day) => lang.t1("call-talked-on", "day", day.as_str()),
                None => lang.t("call-talked-never"),
            },
            talked_day: day.unwrap_or_else(|| "–".to_owned()),
            next_step: link.next_step.clone(),
        }
    };
    WhoToCall { client_id: id.to_owned(), rows: links.iter().map(row).collect() }
}

fn call_form(current: &CurrentCtx, id: &str, links: &[Link], chosen: &str, picks: &[Pick]) -> CallForm {
    let yes = Choice::new("yes", current.t("call-lead-yes"));
    if let Some(link) = links.iter().find(|link| link.id == chosen) {
        return CallForm {
            action: format!("/clients/{id}/systems/professionals/{}", link.id),
            title: link.name.clone(),
            version: link.version.to_string(),
            part: Field::new(link.part.clone()),
            talked: Field::new(link.talked_on.map(|day| day.to_string()).unwrap_or_default()),
            next_step: Field::new(link.next_step.clone()),
            lead: vec![Choice { is_chosen: link.is_lead, ..yes }],
            is_open: true,
            ..CallForm::default()
        };
    }
    let mut groups: Vec<ChoiceGroup> = Vec::new();
    for pick in picks.iter().filter(|pick| !links.iter().any(|link| link.professional_id == pick.id)) {
        let label =
            if pick.role.is_empty() { pick.name.clone() } else { format!("{}, {}", pick.name, pick.role) };
        let choice = Choice::new(pick.id.clone(), label);
        match groups.last_mut() {
            Some(group) if group.label == pick.organization => group.choices.push(choice),
            _ => groups.push(ChoiceGroup { label: pick.organization.clone(), choices: vec![choice] }),
        }
    }
    CallForm {
        action: format!("/clients/{id}/systems/professionals"),
        professionals: groups,
        lead: vec![yes],
        ..CallForm::default()
    }
}

fn geno_person(it: &Related) -> GenoPerson {
    let name = match &it.who {
        Who::Person(name) | Who::Client { name, .. } => name.clone(),
        Who::Unnamed => String::new(),
    };
    GenoPerson { id: it.id.clone(), kind: Some(it.kind), name, gender: it.gender, home: it.home }
}

fn household_line(lang: Lang, it: &Related) -> HouseholdLine {
    let (name, client_href) = match &it.who {
        Who::Person(name) => (name.clone(), String::new()),
        Who::Client { id, name } => (name.clone(), format!("/clients/{id}/systems")),
        Who::Unnamed => (String::new(), String::new()),
    };
    let day = |day: Day| lang.day_short(&day.to_string());
    let when = match (it.from, it.to) {
        (None, None) => lang.t("rel-when-open"),
        (Some(from), None) => lang.t1("rel-when-from", "from", day(from)),
        (None, Some(to)) => lang.t1("rel-when-to", "to", day(to)),
        (Some(from), Some(to)) => format!("{} – {}", day(from), day(to)),
    };
    HouseholdLine {
        id: it.id.clone(),
        name,
        client_href,
        kind: it.kind,
        home: lang.t(if it.home == Home::Shared { "rel-home-shared" } else { "rel-home-elsewhere" }),
        is_home: it.home == Home::Shared,
        when,
        note: it.note.clone(),
        is_now: it.is_now(),
    }
}

fn person_form(
    current: &CurrentCtx,
    id: &str,
    people: &[Related],
    asked: &Asked,
    found: Vec<Candidate>,
) -> PersonForm {
    let lang = current.lang;
    let day = |day: Option<Day>| Field::new(day.map(|day| day.to_string()).unwrap_or_default());
    let yes = Choice::new("yes", lang.t("rel-home-yes"));
    if let Some(it) = people.iter().find(|it| it.id == asked.person) {
        let title = match &it.who {
            Who::Person(name) | Who::Client { name, .. } => name.clone(),
            Who::Unnamed => lang.word("relation", it.kind.code()),
        };
        return PersonForm {
            action: format!("/clients/{id}/systems/household/{}", it.id),
            title,
            version: it.version.to_string(),
            home: vec![Choice { is_chosen: it.home == Home::Shared, ..yes }],
            from: day(it.from),
            to: day(it.to),
            note: Field::new(it.note.clone()),
            is_open: true,
            ..PersonForm::default()
        };
    }
    let has_asked = !asked.find.trim().is_empty();
    let find_is_empty = has_asked && found.is_empty();
    let none = Choice::new("", lang.t("rel-other-none"));
    let others: Vec<Choice> = found
        .into_iter()
        .map(|it| {
            let born = it.born_on.map(|day| lang.day_short(&day.to_string())).unwrap_or_default();
            let facts: Vec<String> = [it.area_name, born].into_iter().filter(|it| !it.is_empty()).collect();
            Choice::new(it.id.to_string(), it.name).with_hint(facts.join(" · "))
        })
        .collect();
    let other = others.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let relation =
        |kind: &RelationKind| Choice::new(kind.code(), sentence_case(&lang.word("relation", kind.code())));
    let gender = |it: &Gender| {
        let key = if it.code().is_empty() { "none" } else { it.code() };
        Choice::new(it.code(), sentence_case(&lang.word("gender", key)))
    };
    PersonForm {
        action: format!("/clients/{id}/systems/household"),
        find: asked.find.clone(),
        find_is_empty,
        other: Field::new(other),
        others: if others.is_empty() { Vec::new() } else { others.into_iter().chain([none]).collect() },
        kinds: RelationKind::ALL.iter().map(relation).collect(),
        genders: Gender::ALL.iter().map(gender).collect(),
        home: vec![yes],
        is_open: has_asked,
        ..PersonForm::default()
    }
}

/// A day as typed; empty is none.
fn day_or_none(text: &str) -> Result<Option<Day>, &'static str> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { Day::parse_iso(text).map(Some).map_err(|_| "error-day") }
}

fn day(text: &str) -> Result<Day, &'static str> {
    Day::parse_iso(text.trim()).map_err(|_| "error-day")
}

fn tie_read(form: &Form, reading: &mut Reading<'_>) -> Option<Tie> {
    let kind = reading.parse("tie_kind", |text| TieKind::from_code(text).ok_or("error-tie-kind"));
    let energy = reading.parse("tie_energy", |text| Energy::from_code(text).ok_or("error-required"));
    let since = reading.parse("tie_since", day);
    Some(Tie { kind: kind?, energy: energy?, since: since?, note: form.text("tie_note").to_owned() })
}

fn with_read(form: &Form, reading: &mut Reading<'_>) -> Option<With> {
    let name = form.text("tie_name").to_owned();
    reading.parse("tie_what", |what| match what.split_once(':') {
        None if what == "person" => Ok(With::Person(name)),
        None if what == "group" => Ok(With::Group(name)),
        Some(("system", code)) => System::from_code(code).map(With::System).ok_or("error-required"),
        Some(("organization", id)) => Ok(With::Organization(id.to_owned())),
        _ => Err("error-required"),
    })
}

/// The error beside its field, whether it is a conflict; or the error that is no field's.
fn tie_wrong(
    current: &CurrentCtx,
    reading: &mut Reading<'_>,
    error: TieError,
) -> Result<HasConflict, WebError> {
    let (field, key) = match error {
        TieError::Name => ("tie_name", "error-tie-name"),
        TieError::Organization => ("tie_what", "error-required"),
        TieError::AlreadyThere => ("tie_what", "error-tie-there"),
        TieError::Note => ("tie_note", "error-note-long"),
        TieError::Future => ("tie_since", "error-day-future"),
        TieError::ChangedMeanwhile => return Ok(HasConflict::Yes),
        TieError::NotFound | TieError::Access(AccessError::NotFound) => return Err(WebError::NotFound),
        error => return Err(WebError::broken(error)),
    };
    reading.wrong(field, current.t(key));
    Ok(HasConflict::No)
}

async fn tie_add(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let (with, tie) = (with_read(&form, &mut reading), tie_read(&form, &mut reading));
    if let (Some(with), Some(tie)) = (with, tie) {
        match ecomap::tie_add(&current.ctx, ClientId::from_text(id.as_str()), &with, &tie).await {
            Ok(_) => return current.done(current.t("flash-tie-added"), &home(&id, "map")).await,
            Err(error) => tie_wrong(&current, &mut reading, error)?,
        };
    }
    back(&current, &id, &Asked::default(), Back::Tie(reading, HasConflict::No)).await
}

fn seen(form: &Form) -> i64 {
    form.text("seen").parse().unwrap_or(0)
}

async fn tie_change(
    current: CurrentCtx,
    Path((id, node)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut conflict = HasConflict::No;
    if let Some(tie) = tie_read(&form, &mut reading) {
        let client = ClientId::from_text(id.as_str());
        match ecomap::tie_change(&current.ctx, client, &node, seen(&form), &tie).await {
            Ok(()) => return current.done(current.t("flash-tie-saved"), &home(&id, "map")).await,
            Err(error) => conflict = tie_wrong(&current, &mut reading, error)?,
        }
    }
    let asked = Asked { tie: node, ..Asked::default() };
    back(&current, &id, &asked, Back::Tie(reading, conflict)).await
}

async fn tie_end(
    current: CurrentCtx,
    Path((id, node)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.as_str());
    let today = current.ctx.now.day();
    match ecomap::tie_end(&current.ctx, client, &node, seen(&form), today).await {
        Ok(()) => current.done(current.t("flash-tie-ended"), &home(&id, "map")).await,
        Err(TieError::ChangedMeanwhile) => Err(WebError::Conflict(current.t("tie-conflict"))),
        Err(TieError::NotFound | TieError::Access(AccessError::NotFound)) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}

fn link_read(form: &Form, reading: &mut Reading<'_>) -> Option<SaveLink> {
    let talked_on = reading.parse("call_talked", day_or_none)?;
    Some(SaveLink {
        part: form.text("call_part").to_owned(),
        is_lead: form.text("call_lead") == "yes",
        talked_on,
        next_step: form.text("call_next").to_owned(),
    })
}

fn link_wrong(
    current: &CurrentCtx,
    reading: &mut Reading<'_>,
    error: DirectoryError,
) -> Result<HasConflict, WebError> {
    match (&error, error.field()) {
        (DirectoryError::ChangedMeanwhile, _) => Ok(HasConflict::Yes),
        (DirectoryError::NotFound | DirectoryError::Access(AccessError::NotFound), _) => {
            Err(WebError::NotFound)
        }
        (_, Some(field)) => {
            let (name, key) = match field {
                DirectoryField::TalkedOn => ("call_talked", "error-day-future"),
                DirectoryField::Professional => ("call_professional", "error-call-there"),
                DirectoryField::NextStep => ("call_next", "error-too-long"),
                _ => ("call_part", "error-too-long"),
            };
            reading.wrong(name, current.t(key));
            Ok(HasConflict::No)
        }
        _ => Err(WebError::broken(error)),
    }
}

async fn call_add(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let professional = reading.parse("call_professional", |text| {
        if text.is_empty() { Err("error-call-professional") } else { Ok(text.to_owned()) }
    });
    let link = link_read(&form, &mut reading);
    if let (Some(professional), Some(link)) = (professional, link) {
        let client = ClientId::from_text(id.as_str());
        match professionals::link_add(&current.ctx, client, &professional, &link).await {
            Ok(_) => return current.done(current.t("flash-call-added"), &home(&id, "call-heading")).await,
            Err(error) => link_wrong(&current, &mut reading, error)?,
        };
    }
    back(&current, &id, &Asked::default(), Back::Call(reading, &form, HasConflict::No)).await
}

fn version(form: &Form) -> i64 {
    form.text("version").parse().unwrap_or(0)
}

async fn call_change(
    current: CurrentCtx,
    Path((id, link)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut conflict = HasConflict::No;
    if let Some(cmd) = link_read(&form, &mut reading) {
        let client = ClientId::from_text(id.as_str());
        match professionals::link_change(&current.ctx, client, &link, version(&form), &cmd).await {
            Ok(()) => return current.done(current.t("flash-call-saved"), &home(&id, "call-heading")).await,
            Err(error) => conflict = link_wrong(&current, &mut reading, error)?,
        }
    }
    let asked = Asked { call: link, ..Asked::default() };
    back(&current, &id, &asked, Back::Call(reading, &form, conflict)).await
}

async fn call_end(
    current: CurrentCtx,
    Path((id, link)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.as_str());
    match professionals::link_end(&current.ctx, client, &link, version(&form)).await {
        Ok(()) => current.done(current.t("flash-call-ended"), &home(&id, "call-heading")).await,
        Err(DirectoryError::ChangedMeanwhile) => Err(WebError::Conflict(current.t("tie-conflict"))),
        Err(DirectoryError::NotFound | DirectoryError::Access(AccessError::NotFound)) => {
            Err(WebError::NotFound)
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

fn person_wrong(
    current: &CurrentCtx,
    reading: &mut Reading<'_>,
    error: RelationError,
) -> Result<HasConflict, WebError> {
    let (field, key) = match error {
        RelationError::Name => ("person_name", "error-rel-name"),
        RelationError::NoSuchClient | RelationError::Oneself => ("person_other", "error-rel-client"),
        RelationError::Note => ("person_note", "error-note-long"),
        RelationError::Future => ("person_from", "error-day-future"),
        RelationError::Backwards => ("person_to", "error-day-backwards"),
        RelationError::AlreadyThere => ("person_kind", "error-rel-there"),
        RelationError::ChangedMeanwhile => return Ok(HasConflict::Yes),
        RelationError::NotFound | RelationError::Access(AccessError::NotFound) => {
            return Err(WebError::NotFound);
        }
        error => return Err(WebError::broken(error)),
    };
    reading.wrong(field, current.t(key));
    Ok(HasConflict::No)
}

fn home_read(form: &Form) -> Home {
    if form.text("person_home") == "yes" { Home::Shared } else { Home::Elsewhere }
}

async fn person_add(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let kind = reading.parse("person_kind", |text| RelationKind::from_code(text).ok_or("error-required"));
    let from = reading.parse("person_from", day_or_none);
    let other = match form.text("person_other") {
        "" => Other::Person {
            name: form.text("person_name").to_owned(),
            gender: Gender::from_code(form.text("person_gender")).unwrap_or(Gender::NotRecorded),
        },
        client => Other::Client(ClientId::from_text(client)),
    };
    if let (Some(kind), Some(from)) = (kind, from) {
        let note = form.text("person_note").to_owned();
        let cmd = NewRelation { kind, other, home: home_read(&form), from, note };
        match household::relation_add(&current.ctx, ClientId::from_text(id.as_str()), &cmd).await {
            Ok(_) => {
                return current.done(current.t("flash-rel-added"), &home(&id, "household-heading")).await;
            }
            Err(error) => person_wrong(&current, &mut reading, error)?,
        };
    }
    back(&current, &id, &Asked::default(), Back::Person(reading, &form, HasConflict::No)).await
}

async fn person_change(
    current: CurrentCtx,
    Path((id, entry)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut conflict = HasConflict::No;
    let from = reading.parse("person_from", day_or_none);
    let to = reading.parse("person_to", day_or_none);
    if let (Some(from), Some(to)) = (from, to) {
        let note = form.text("person_note").to_owned();
        let cmd = ChangeRelation { home: home_read(&form), from, to, note };
        let client = ClientId::from_text(id.as_str());
        match household::relation_change(&current.ctx, client, &entry, version(&form), &cmd).await {
            Ok(()) => {
                return current.done(current.t("flash-rel-saved"), &home(&id, "household-heading")).await;
            }
            Err(error) => conflict = person_wrong(&current, &mut reading, error)?,
        }
    }
    let asked = Asked { person: entry, ..Asked::default() };
    back(&current, &id, &asked, Back::Person(reading, &form, conflict)).await
}

/// Which systems weigh on how many clients, with the signals of each.
async fn across(current: CurrentCtx) -> Result<Response, WebError> {
    let db = current.ctx.db();
    let policy = &current.app.config.policy;
    let web = ecomap::across(&current.ctx, policy).await?;
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: String::new(),
        dataset: String::new(),
        code: String::new(),
        limit: 500,
    };
    let signals = signals::signals(db, &filter).await?;
    let names = present::area_names(&places::areas(db).await?);
    let of_system = |system: System| {
        signals
            .iter()
            .filter(|stored| stored.signal.system == system.code())
            .take(3)
            .map(|stored| SignalLink {
                href: format!("/signals/{}", present::key_in_address(&stored.signal.key)),
                title: present::finding(policy, &names, &stored.signal).title(current.lang),
            })
            .collect()
    };
    let mut rows: Vec<AcrossRow> = web
        .systems
        .iter()
        .map(|row| AcrossRow {
            system: row.system.code().to_owned(),
            clients: row.clients,
            by_kind: HARDEST.map(|kind| row.of(kind)),
            parts: Vec::new(),
            signals: of_system(row.system),
        })
        .collect();
    bars(&mut rows);
    let chrome = current.chrome("across-title", Some(NavItem::Systems));
    Ok(page(&AcrossView { chrome, clients: web.clients, rows }))
}

#[cfg(test)]
#[path = "systems_tests.rs"]
mod tests;
