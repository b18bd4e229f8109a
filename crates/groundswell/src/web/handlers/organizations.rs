//! The directory of organizations and the professionals in them.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::places;
use domain::people::professionals::{
    self, Contacts, DirectoryError, DirectoryField, DirectoryLine, OrganizationRecord, Professional,
    SaveOrganization, SaveProfessional,
};
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::form::{Form, Reading};
use crate::web::routes::{Routes, Who};
use crate::web::views::organizations::{
    NewOrganizationView, OrganizationFields, OrganizationRow, OrganizationView, OrganizationsView,
    ProfessionalForm, ProfessionalRow,
};
use crate::web::views::signals::sentence_case;
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/organizations", Who::DIRECTORY, list)
        .post("/organizations", Who::FILES_RECORD, add)
        .get("/organizations/new", Who::FILES_RECORD, new)
        .get("/organizations/{id}", Who::DIRECTORY, one)
        .post("/organizations/{id}", Who::FILES_RECORD, edit)
        .post("/organizations/{id}/professionals", Who::FILES_RECORD, professional_add)
        .post("/organizations/{id}/professionals/{professional}", Who::FILES_RECORD, professional_edit)
}

/// A directory page is looked through, not paged through: more is found by its name.
const SHOWN: i64 = 300;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    system: String,
}

async fn list(current: CurrentCtx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let lang = current.lang;
    let system = System::from_code(&asked.system);
    let mut found = professionals::directory(current.ctx.db(), &asked.q, system, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let is_cut = found.len() > shown;
    found.truncate(shown);
    let row = |it: DirectoryLine| OrganizationRow {
        people: lang.t1("org-n-people", "n", it.n_professionals),
        tel: professionals::tel(&it.phone),
        id: it.id,
        name: it.name,
        system: it.system.code().to_owned(),
        area: it.area_name,
        phone: it.phone,
        hours: it.hours,
    };
    let any = Choice::new("", lang.t("org-any"));
    Ok(page(&OrganizationsView {
        chrome: current.chrome("org-directory", Some(NavItem::Systems)),
        query: Field::new(asked.q),
        system: Field::new(asked.system),
        systems: std::iter::once(any).chain(systems(&current)).collect(),
        rows: found.into_iter().map(row).collect(),
        is_cut,
        may_edit: Who::FILES_RECORD.allows(&current.ctx.actor),
    }))
}

fn systems(current: &CurrentCtx) -> impl Iterator<Item = Choice> {
    let lang = current.lang;
    System::ALL
        .iter()
        .map(move |system| Choice::new(system.code(), sentence_case(&lang.word("system", system.code()))))
}

async fn empty_fields(current: &CurrentCtx) -> Result<OrganizationFields, WebError> {
    let mut areas: Vec<Choice> = places::areas(current.ctx.db())
        .await?
        .into_iter()
        .map(|area| Choice::new(area.code, area.name))
        .collect();
    areas.sort_by(|a, b| a.label.cmp(&b.label));
    let none = Choice::new("", current.t("org-area-none"));
    Ok(OrganizationFields {
        systems: systems(current).collect(),
        areas: std::iter::once(none).chain(areas).collect(),
        ..OrganizationFields::default()
    })
}

async fn fields_of(
    current: &CurrentCtx,
    record: &OrganizationRecord,
) -> Result<OrganizationFields, WebError> {
    Ok(OrganizationFields {
        name: Field::new(record.name.clone()),
        system: Field::new(record.system.code()),
        area: Field::new(record.area.clone()),
        address: Field::new(record.contacts.address.clone()),
        phone: Field::new(record.contacts.phone.clone()),
        hours: Field::new(record.contacts.hours.clone()),
        note: Field::new(record.contacts.note.clone()),
        ..empty_fields(current).await?
    })
}

async fn fields_typed(current: &CurrentCtx, reading: &Reading<'_>) -> Result<OrganizationFields, WebError> {
    Ok(OrganizationFields {
        name: reading.field("name"),
        system: reading.field("system"),
        area: reading.field("area"),
        address: reading.field("address"),
        phone: reading.field("phone"),
        hours: reading.field("hours"),
        note: reading.field("note"),
        ..empty_fields(current).await?
    })
}

async fn new(current: CurrentCtx) -> Result<Response, WebError> {
    let fields = empty_fields(&current).await?;
    Ok(page(&NewOrganizationView { chrome: current.chrome("org-new", Some(NavItem::Systems)), fields }))
}

fn organization_read(form: &Form, reading: &mut Reading<'_>) -> Option<SaveOrganization> {
    let system = reading.parse("system", |code| System::from_code(code).ok_or("error-required"))?;
    Some(SaveOrganization {
        name: form.text("name").to_owned(),
        system,
        area: form.text("area").to_owned(),
        contacts: Contacts {
            address: form.text("address").to_owned(),
            phone: form.text("phone").to_owned(),
            hours: form.text("hours").to_owned(),
            note: form.text("note").to_owned(),
        },
    })
}

/// Puts the error beside its field (names begin with `prefix`); the error back when it is no field's.
fn wrong(
    current: &CurrentCtx,
    reading: &mut Reading<'_>,
    error: DirectoryError,
    is_professional: IsProfessional,
) -> Result<(), DirectoryError> {
    let Some(field) = error.field() else { return Err(error) };
    let key = match error {
        DirectoryError::Name => "error-org-name",
        DirectoryError::Phone => "error-phone",
        DirectoryError::Email => "error-email",
        DirectoryError::Area => "error-required",
        _ => "error-too-long",
    };
    let name = match (is_professional, field) {
        (IsProfessional::Yes, DirectoryField::Role) => "pro_role",
        (IsProfessional::Yes, DirectoryField::Phone) => "pro_phone",
        (IsProfessional::Yes, DirectoryField::Email) => "pro_email",
        (IsProfessional::Yes, DirectoryField::Note) => "pro_note",
        (IsProfessional::Yes, _) => "pro_name",
        (IsProfessional::No, DirectoryField::Area) => "area",
        (IsProfessional::No, DirectoryField::Address) => "address",
        (IsProfessional::No, DirectoryField::Phone) => "phone",
        (IsProfessional::No, DirectoryField::Hours) => "hours",
        (IsProfessional::No, DirectoryField::Note) => "note",
        (IsProfessional::No, _) => "name",
    };
    reading.wrong(name, current.t(key));
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IsProfessional {
    Yes,
    No,
}

async fn add(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    if let Some(cmd) = organization_read(&form, &mut reading) {
        match professionals::organization_add(&current.ctx, &cmd).await {
            Ok(id) => {
                return current.done(current.t("flash-org-added"), &format!("/organizations/{id}")).await;
            }
            Err(error) => {
                wrong(&current, &mut reading, error, IsProfessional::No).map_err(WebError::broken)?;
            }
        }
    }
    let fields = fields_typed(&current, &reading).await?;
    let chrome = current.chrome("org-new", Some(NavItem::Systems));
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewOrganizationView { chrome, fields }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OneAsked {
    professional: String,
}

async fn one(
    current: CurrentCtx,
    Path(id): Path<String>,
    Query(asked): Query<OneAsked>,
) -> Result<Response, WebError> {
    Ok(page(&view(&current, &id, &asked.professional).await?))
}

async fn view(current: &CurrentCtx, id: &str, professional: &str) -> Result<OrganizationView, WebError> {
    let found = professionals::organization(current.ctx.db(), id).await?;
    let (record, people) = found.ok_or(WebError::NotFound)?;
    let tied = professionals::tied(&current.ctx, &current.app.config.policy, &record).await?;
    let mut chrome = current.chrome_titled(record.name.clone(), Some(NavItem::Systems));
    chrome.path = format!("/organizations/{id}");
    Ok(OrganizationView {
        chrome,
        fields: fields_of(current, &record).await?,
        tied,
        professional: professional_form(id, &people, professional),
        people: people.iter().map(|it| professional_row(current, it)).collect(),
        tel: professionals::tel(&record.contacts.phone),
        phone: record.contacts.phone,
        hours: record.contacts.hours,
        address: record.contacts.address,
        note: record.contacts.note,
        version: record.version,
        system: record.system.code().to_owned(),
        area: record.area_name,
        name: record.name,
        id: record.id,
        has_conflict: false,
        is_form_open: false,
        may_edit: Who::FILES_RECORD.allows(&current.ctx.actor),
    })
}

fn professional_row(current: &CurrentCtx, it: &Professional) -> ProfessionalRow {
    let left =
        it.left_on.map(|day| current.lang.t1("pro-left-on", "day", current.lang.day_short(&day.to_string())));
    ProfessionalRow {
        id: it.id.clone(),
        name: it.name.clone(),
        role: it.role.clone(),
        phone: it.phone.clone(),
        tel: professionals::tel(&it.phone),
        email: it.email.clone(),
        note: it.note.clone(),
        left: left.unwrap_or_default(),
    }
}

fn professional_form(id: &str, people: &[Professional], chosen: &str) -> ProfessionalForm {
    let Some(it) = people.iter().find(|it| it.id == chosen) else {
        return ProfessionalForm {
            action: format!("/organizations/{id}/professionals"),
            ..ProfessionalForm::default()
        };
    };
    ProfessionalForm {
        action: format!("/organizations/{id}/professionals/{}", it.id),
        title: it.name.clone(),
        version: it.version.to_string(),
        name: Field::new(it.name.clone()),
        role: Field::new(it.role.clone()),
        phone: Field::new(it.phone.clone()),
        email: Field::new(it.email.clone()),
        note: Field::new(it.note.clone()),
        left: Field::new(it.left_on.map(|day| day.to_string()).unwrap_or_default()),
        has_conflict: false,
        is_open: true,
    }
}

fn version(form: &Form) -> i64 {
    form.text("version").parse().unwrap_or(0)
}

async fn edit(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut has_conflict = false;
    if let Some(cmd) = organization_read(&form, &mut reading) {
        match professionals::organization_edit(&current.ctx, &id, version(&form), &cmd).await {
            Ok(()) => {
                return current.done(current.t("flash-org-saved"), &format!("/organizations/{id}")).await;
            }
            Err(DirectoryError::ChangedMeanwhile) => has_conflict = true,
            Err(DirectoryError::NotFound) => return Err(WebError::NotFound),
            Err(error) => {
                wrong(&current, &mut reading, error, IsProfessional::No).map_err(WebError::broken)?;
            }
        }
    }
    // The page shows the newest words; the form keeps what was typed, to be saved over them knowingly.
    let mut view = view(&current, &id, "").await?;
    view.fields = fields_typed(&current, &reading).await?;
    view.has_conflict = has_conflict;
    view.is_form_open = true;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

fn professional_read(form: &Form, reading: &mut Reading<'_>) -> Option<SaveProfessional> {
    let left_on = reading.parse("pro_left", |text| match text.trim() {
        "" => Ok(None),
        text => Day::parse_iso(text).map(Some).map_err(|_| "error-day"),
    })?;
    Some(SaveProfessional {
        name: form.text("pro_name").to_owned(),
        role: form.text("pro_role").to_owned(),
        phone: form.text("pro_phone").to_owned(),
        email: form.text("pro_email").to_owned(),
        note: form.text("pro_note").to_owned(),
        left_on,
    })
}

async fn professional_back(
    current: &CurrentCtx,
    id: &str,
    professional: &str,
    reading: &Reading<'_>,
    has_conflict: bool,
) -> Result<Response, WebError> {
    let mut view = view(current, id, professional).await?;
    view.professional = ProfessionalForm {
        name: reading.field("pro_name"),
        role: reading.field("pro_role"),
        phone: reading.field("pro_phone"),
        email: reading.field("pro_email"),
        note: reading.field("pro_note"),
        left: reading.field("pro_left"),
        has_conflict,
        is_open: true,
        ..view.professional
    };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn professional_add(
    current: CurrentCtx,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    if let Some(cmd) = professional_read(&form, &mut reading) {
        match professionals::professional_add(&current.ctx, &id, &cmd).await {
            Ok(_) => {
                return current.done(current.t("flash-pro-added"), &format!("/organizations/{id}")).await;
            }
            Err(DirectoryError::NotFound) => return Err(WebError::NotFound),
            Err(error) => {
                wrong(&current, &mut reading, error, IsProfessional::Yes).map_err(WebError::broken)?;
            }
        }
    }
    professional_back(&current, &id, "", &reading, false).await
}

async fn professional_edit(
    current: CurrentCtx,
    Path((id, professional)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let found = professionals::professional(current.ctx.db(), &professional).await?;
    found.filter(|it| it.organization_id == id).ok_or(WebError::NotFound)?;
    let mut reading = form.reading(current.lang);
    let mut has_conflict = false;
    if let Some(cmd) = professional_read(&form, &mut reading) {
        let saved = professionals::professional_edit(&current.ctx, &professional, version(&form), &cmd).await;
        match saved {
            Ok(()) => {
                return current.done(current.t("flash-pro-saved"), &format!("/organizations/{id}")).await;
            }
            Err(DirectoryError::ChangedMeanwhile) => has_conflict = true,
            Err(DirectoryError::NotFound) => return Err(WebError::NotFound),
            Err(error) => {
                wrong(&current, &mut reading, error, IsProfessional::Yes).map_err(WebError::broken)?;
            }
        }
    }
    professional_back(&current, &id, &professional, &reading, has_conflict).await
}
