//! Needs and assessments of a client.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::assessments::{
    self as assess, Answer, AnswerFault, Answers, AssessmentError, Change, Instrument, Item, ItemKind, Kept,
    Missing, NeedState, NewAssessment, Stage,
};
use domain::casework::{barriers, drafts};
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ids::ClientId;
use serde::Deserialize;

use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::assessments::{
    AssessmentFormView, AssessmentRow, AssessmentView, AssessmentsView, InstrumentRow, NeedRow, Question,
    ScoreRow,
};
use crate::web::views::client::{ClientFrame, Tab};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get(Tab::Assessments.route(), Who::FILES, list)
        .get("/clients/{id}/assessments/new/{instrument}", Who::FILES_RECORD, new)
        .post("/clients/{id}/assessments/new/{instrument}", Who::FILES_RECORD, record)
        .get("/clients/{id}/assessments/{assessment}", Who::FILES, show)
        .post("/clients/{id}/needs/{need}", Who::FILES_RECORD, close)
}

/// The field of a draft that says which instrument it belongs to.
const INSTRUMENT: &str = "instrument";

async fn list(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let ctx = &current.ctx;
    let lang = current.lang;
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Assessments).await?;
    let kept = assess::assessments(&file.tx, &file.grant).await?;
    let needs = assess::needs_of(&file.tx, &file.grant).await?;
    let instruments = assess::instruments(&file.tx).await?;
    let has_case = !barriers::cases_to_record_in(ctx, &file.tx, &file.grant).await?.is_empty();
    let draft = drafts::draft(ctx, &file.tx, drafts::Form::Assessment, &id).await?;
    file.close().await?;

    let begun = draft.map(|draft| draft.text(INSTRUMENT).to_owned()).unwrap_or_default();
    let rows = kept.iter().map(|it| row(lang, &instruments, &kept, it)).collect();
    let newest = instruments
        .iter()
        .filter(|it| !instruments.iter().any(|other| other.id == it.id && other.version > it.version));
    let need_rows = needs.into_iter().map(|need| NeedRow {
        id: need.id,
        domain: need.domain,
        named_on: need.named_on.to_string(),
        met_on: need.met_on.map(|day| day.to_string()).unwrap_or_default(),
        state: need.state.code().to_owned(),
        note: need.note,
    });
    let (open, closed): (Vec<_>, Vec<_>) = need_rows.partition(|need| need.state == NeedState::Open.code());
    Ok(page(&AssessmentsView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        frame,
        needs: open,
        needs_closed: closed,
        assessments: rows,
        instruments: newest
            .map(|it| InstrumentRow {
                id: it.id.clone(),
                title: it.title.of(lang.code()).to_owned(),
                about: it.about.of(lang.code()).to_owned(),
                has_draft: it.id == begun,
            })
            .collect(),
        may_record: has_case && Who::FILES_RECORD.allows(&ctx.actor),
    }))
}

/// An assessment with its scores beside those of the time before, by the same instrument about the same system.
fn row(lang: Lang, instruments: &[Instrument], all: &[Kept], it: &Kept) -> AssessmentRow {
    let of =
        |kept: &Kept| instruments.iter().find(|is| is.id == kept.instrument && is.version == kept.version);
    let instrument = of(it);
    let before = all
        .iter()
        .skip_while(|other| other.id != it.id)
        .skip(1)
        .find(|other| other.instrument == it.instrument && other.system == it.system);
    let scores_before =
        before.and_then(|kept| Some(assess::scores(of(kept)?, &kept.answers))).unwrap_or_default();
    let text = |value: f64| lang.number(value, if value.fract().abs() < 1e-9 { 0 } else { 1 });
    let scores = instrument.map(|instrument| {
        assess::scores(instrument, &it.answers)
            .into_iter()
            .filter_map(|score| {
                let scale = instrument.scale(&score.scale)?;
                let earlier = scores_before.iter().find(|other| other.scale == score.scale);
                let earlier = earlier.and_then(|it| it.value);
                let level = scale.levels.iter().find(|level| level.code == score.level);
                let value = score.value.map_or_else(String::new, |value| match level {
                    Some(level) => format!("{} ({})", text(value), level.text.of(lang.code())),
                    None => text(value),
                });
                Some(ScoreRow {
                    title: scale.title.of(lang.code()).to_owned(),
                    value,
                    answered: format!("{} / {}", score.answered, score.of_items),
                    change: assess::change(scale, earlier, score.value).map_or("", change_key),
                    before: earlier.map(text).unwrap_or_default(),
                })
            })
            .collect()
    });
    AssessmentRow {
        id: it.id.clone(),
        title: instrument.map_or_else(|| it.instrument.clone(), |is| is.title.of(lang.code()).to_owned()),
        on: it.on.to_string(),
        stage: it.stage.code().to_owned(),
        by: it.recorded_by.clone(),
        system: it.system.clone(),
        scores: scores.unwrap_or_default(),
    }
}

const fn change_key(change: Change) -> &'static str {
    match change {
        Change::Better => "assess-change-better",
        Change::Worse => "assess-change-worse",
        Change::NoReliableChange => "assess-change-none",
        Change::Same => "assess-change-same",
        Change::MovedBetter => "assess-change-moved-better",
        Change::MovedWorse => "assess-change-moved-worse",
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    corrects: String,
}

/// What stands in the fields of the form.
#[derive(Debug, Default)]
struct Typed {
    fields: Vec<(String, String)>,
    faults: BTreeMap<String, AnswerFault>,
    wrong: HashMap<&'static str, &'static str>,
}

impl Typed {
    fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn holds(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(key, held)| key == name && held == value)
    }
}

async fn new(
    current: CurrentCtx,
    Path((id, instrument)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let ctx = &current.ctx;
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Assessments).await?;
    let found = assess::instrument(&file.tx, &instrument, None).await?;
    let draft = drafts::draft(ctx, &file.tx, drafts::Form::Assessment, &id).await?;
    let corrected = match asked.corrects.as_str() {
        "" => None,
        old => Some(assess::assessment(&file.tx, &file.grant, old).await?.ok_or(WebError::NotFound)?),
    };
    file.close().await?;
    let instrument = found.ok_or(WebError::NotFound)?;
    // Another instrument's draft stays as it is until something is typed here.
    let draft = draft.filter(|it| it.text(INSTRUMENT) == instrument.id);
    let draft_at = draft.as_ref().map(|it| it.updated_at.micros().to_string()).unwrap_or_default();
    let mut typed = Typed { fields: vec![("on".to_owned(), ctx.now.day().to_string())], ..Typed::default() };
    if let Some(old) = &corrected {
        typed.fields = fields_of(old);
    } else if let Some(draft) = draft {
        typed.fields = draft.fields;
    }
    Ok(page(&form_view(&current, frame, &instrument, &typed, &asked.corrects, draft_at)))
}

/// The fields of the form as an assessment answered them.
fn fields_of(kept: &Kept) -> Vec<(String, String)> {
    let mut fields = vec![
        ("on".to_owned(), kept.on.to_string()),
        ("stage".to_owned(), kept.stage.code().to_owned()),
        ("system".to_owned(), kept.system.clone()),
    ];
    if kept.made_with_client {
        fields.push(("with_client".to_owned(), "yes".to_owned()));
    }
    for (item, answer) in &kept.answers {
        let values = match answer {
            Answer::One(text) | Answer::Text(text) | Answer::Missing(text) => vec![text.clone()],
            Answer::Number(number) => vec![number.to_string()],
            Answer::Many(codes) => codes.iter().cloned().collect(),
        };
        fields.extend(values.into_iter().map(|value| (field_name(item), value)));
    }
    fields
}

/// Items have a prefix of their own, so that none takes the name of a field of the form.
fn field_name(item: &str) -> String {
    format!("item-{item}")
}

fn form_view(
    current: &CurrentCtx,
    frame: ClientFrame,
    instrument: &Instrument,
    typed: &Typed,
    corrects: &str,
    draft_at: String,
) -> AssessmentFormView {
    let lang = current.lang;
    let field = |name: &'static str| Field {
        value: typed.text(name).to_owned(),
        error: typed.wrong.get(name).map(|key| lang.t(key)),
    };
    let systems = if instrument.wants_system {
        let choose = Choice::new("", lang.t("assess-system-choose"));
        let all = System::ALL.iter().map(|it| Choice::new(it.code(), lang.word("system", it.code())));
        std::iter::once(choose).chain(all).collect()
    } else {
        Vec::new()
    };
    AssessmentFormView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        frame,
        instrument: instrument.id.clone(),
        version: instrument.version,
        title: instrument.title.of(lang.code()).to_owned(),
        about: instrument.about.of(lang.code()).to_owned(),
        source: instrument.source.clone(),
        corrects: corrects.to_owned(),
        on: field("on"),
        stage: field("stage"),
        stages: Stage::ALL
            .iter()
            .map(|it| Choice::new(it.code(), lang.t(&format!("stage-{}", it.code()))))
            .collect(),
        systems,
        system: field("system"),
        made_with_client: typed.holds("with_client", "yes"),
        questions: instrument.items.iter().map(|item| question(lang, instrument, item, typed)).collect(),
        author: current.account.as_ref().map(|it| it.id.to_string()).unwrap_or_default(),
        draft_at,
    }
}

fn question(lang: Lang, instrument: &Instrument, item: &Item, typed: &Typed) -> Question {
    let name = field_name(&item.id);
    let choice = |value: &str, label: String| {
        let is_chosen = typed.holds(&name, value);
        Choice { is_chosen, ..Choice::new(value, label) }
    };
    let show_if = item
        .show_if
        .iter()
        .map(|it| format!("{}:{}", field_name(&it.item), it.any_of.join(",")))
        .collect::<Vec<_>>()
        .join(";");
    Question {
        section: item.section.as_ref().map(|it| it.of(lang.code()).to_owned()).unwrap_or_default(),
        text: item.text.of(lang.code()).to_owned(),
        help: item.help.as_ref().map(|it| it.of(lang.code()).to_owned()).unwrap_or_default(),
        input: match item.kind {
            ItemKind::One => "radio",
            ItemKind::Many => "checkbox",
            ItemKind::Number => "number",
            ItemKind::Text => "text",
        },
        choices: instrument
            .choices(item)
            .iter()
            .map(|it| choice(&it.code, it.text.of(lang.code()).to_owned()))
            .collect(),
        missing: if matches!(item.kind, ItemKind::One) {
            Missing::ALL
                .iter()
                .map(|it| choice(it.code(), lang.t(&format!("missing-{}", it.code()))))
                .collect()
        } else {
            Vec::new()
        },
        value: typed.text(&name).to_owned(),
        error: typed.faults.get(&item.id).map(|fault| lang.t(fault_key(*fault))),
        show_if,
        name,
    }
}

const fn fault_key(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::NoSuchChoice => "assess-error-choice",
        AnswerFault::NotANumber => "assess-error-number",
        AnswerFault::OutOfRange => "assess-error-range",
        AnswerFault::TooLong => "assess-error-long",
    }
}

async fn record(
    current: CurrentCtx,
    Path((id, instrument)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let ctx = &current.ctx;
    let version = form.text("version").parse().ok();
    let found = assess::instrument(ctx.db(), &instrument, version).await?;
    let instrument = found.ok_or(WebError::NotFound)?;
    let corrects = form.text("corrects").to_owned();
    let mut typed = Typed {
        fields: form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ..Typed::default()
    };
    let answers = assess::read(&instrument, |item| {
        let name = field_name(item);
        form.pairs().filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
    });
    let on = Day::parse_iso(form.text("on").trim()).ok();
    match on {
        None => drop(typed.wrong.insert("on", "log-error-day")),
        Some(on) if on > ctx.now.day() => drop(typed.wrong.insert("on", "assess-error-future")),
        Some(_) => {}
    }
    let stage = Stage::from_code(form.text("stage"));
    if stage.is_none() {
        typed.wrong.insert("stage", "assess-error-stage");
    }
    let system = System::from_code(form.text("system")).map(|it| it.code().to_owned()).unwrap_or_default();
    if instrument.wants_system && system.is_empty() {
        typed.wrong.insert("system", "assess-error-system");
    }
    let answers = answers.unwrap_or_else(|faults| {
        typed.faults = faults;
        Answers::new()
    });
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Assessments).await?;
    let cases = barriers::cases_to_record_in(ctx, &file.tx, &file.grant).await?;
    let case = match corrects.as_str() {
        "" => cases.into_iter().next(),
        old => assess::assessment(&file.tx, &file.grant, old).await?.map(|it| it.case),
    };
    file.close().await?;
    let case = case.ok_or(WebError::NotFound)?;
    let (Some(on), Some(stage), true) = (on, stage, typed.wrong.is_empty() && typed.faults.is_empty()) else {
        let draft_at = form.text("draft_at").to_owned();
        let view = form_view(&current, frame, &instrument, &typed, &corrects, draft_at);
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let new = NewAssessment {
        instrument: instrument.id.clone(),
        version: instrument.version,
        stage,
        on,
        system,
        made_with_client: form.text("with_client") == "yes",
        answers,
        corrects: (!corrects.is_empty()).then_some(corrects),
    };
    match assess::record(ctx, &case, &new).await {
        Ok(made) => {
            current.done(current.t("assess-saved"), &format!("/clients/{id}/assessments/{made}")).await
        }
        Err(AssessmentError::Access(error)) => Err(error.into()),
        Err(AssessmentError::Db(error)) => Err(error.into()),
        Err(AssessmentError::Superseded) => Err(WebError::Conflict(current.t("assess-superseded"))),
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn show(
    current: CurrentCtx,
    Path((id, assessment)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let lang = current.lang;
    let file = ClientFile::open(&current, &id).await?;
    let frame = file.frame(&current, Tab::Assessments).await?;
    let kept = assess::assessment(&file.tx, &file.grant, &assessment).await?;
    let all = assess::assessments(&file.tx, &file.grant).await?;
    let instruments = assess::instruments(&file.tx).await?;
    file.close().await?;
    let kept = kept.ok_or(WebError::NotFound)?;
    let instrument = instruments.iter().find(|it| it.id == kept.instrument && it.version == kept.version);
    let instrument = instrument.ok_or(WebError::NotFound)?;
    let stands = all.iter().any(|it| it.id == kept.id);
    let mut section = String::new();
    let answers = instrument
        .items
        .iter()
        .filter(|item| assess::shows(item, &kept.answers))
        .map(|item| {
            if let Some(words) = &item.section {
                words.of(lang.code()).clone_into(&mut section);
            }
            let answer = kept.answers.get(&item.id);
            (section.clone(), item.text.of(lang.code()).to_owned(), said(lang, instrument, item, answer))
        })
        .collect();
    Ok(page(&AssessmentView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        row: row(lang, &instruments, &all, &kept),
        source: instrument.source.clone(),
        made_with_client: kept.made_with_client,
        answers,
        correct_href: if stands && Who::FILES_RECORD.allows(&current.ctx.actor) {
            format!("/clients/{id}/assessments/new/{}?corrects={}", kept.instrument, kept.id)
        } else {
            String::new()
        },
        frame,
    }))
}

/// An answer in the reader's language.
fn said(lang: Lang, instrument: &Instrument, item: &Item, answer: Option<&Answer>) -> String {
    let choice = |code: &str| {
        let found = instrument.choices(item).iter().find(|it| it.code == code);
        found.map_or_else(|| code.to_owned(), |it| it.text.of(lang.code()).to_owned())
    };
    match answer {
        None => lang.t("missing-not_asked"),
        Some(Answer::One(code)) => choice(code),
        Some(Answer::Many(codes)) => lang.list(&codes.iter().map(|code| choice(code)).collect::<Vec<_>>()),
        Some(Answer::Number(number)) => lang.number(*number, if number.fract().abs() < 1e-9 { 0 } else { 2 }),
        Some(Answer::Text(text)) => text.clone(),
        Some(Answer::Missing(code)) => lang.t(&format!("missing-{code}")),
    }
}

async fn close(
    current: CurrentCtx,
    Path((id, need)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let state = NeedState::from_code(form.text("state")).filter(|it| *it != NeedState::Open);
    let state = state.ok_or(WebError::Unreadable)?;
    let to = format!("/clients/{id}/assessments");
    match assess::need_close(&current.ctx, ClientId::from_text(id), &need, state, form.text("note")).await {
        Ok(true) => current.done(current.t("assess-need-closed"), &to).await,
        Ok(false) => Ok(see_other(&to)),
        Err(AssessmentError::Access(error)) => Err(error.into()),
        Err(AssessmentError::Db(error)) => Err(error.into()),
        Err(error) => Err(WebError::broken(error)),
    }
}
