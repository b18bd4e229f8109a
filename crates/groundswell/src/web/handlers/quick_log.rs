//! The quick log: filling the box, reading it, recording what came from it. It stands on a client's file
//! (`POST /clients/{id}/log`) and on a page of its own, where the client is chosen.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::barriers::{self, BarrierError, NewBarrier};
use domain::casework::contacts::{
    self, Contact, ContactError, Medium, Outcome, Remark, Topic, Visibility, WORDS_MOST, Whom,
};
use domain::casework::drafts::{self, Draft};
use domain::casework::quick_log::{self, LogError, Logged, QuickLog};
use domain::casework::tasks::{NewTask, TITLE_MOST, TaskError, TaskSource};
use domain::kernel::access::ClientGrant;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Role;
use domain::kernel::db::Tx;
use domain::kernel::ids::{AccountId, ClientId};
use domain::people::Client;

use super::client_file;
use crate::web::current::{CurrentCtx, own_path, page, page_with};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::quick_log::{ContactFields, QuickLogForm, QuickLogView, UnfinishedRow};
use crate::web::views::{Choice, Field};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/quick-log", Who::FILES_RECORD, show)
        .post("/quick-log", Who::FILES_RECORD, log_for_chosen)
        .post("/clients/{id}/log", Who::FILES_RECORD, log_on_file)
}

/// Barriers that can be ticked; the others are in the list beside them.
const CHIPS: usize = 6;

/// What is wrong, by the names of the fields.
pub type Wrong = BTreeMap<&'static str, String>;

/// What the box offers, loaded once for a page.
#[derive(Debug, Default)]
pub struct Offers {
    /// Codes of barriers, those recorded most first.
    barriers: Vec<&'static str>,
    organizations: Vec<(String, String, String)>,
    /// Who can be named as a reader; empty where the client is not known yet.
    readers: Vec<(AccountId, String)>,
}

impl Offers {
    pub async fn of(current: &CurrentCtx, tx: &Tx, grant: Option<&ClientGrant>) -> Result<Self, WebError> {
        let usage = barriers::usage(&current.ctx, tx).await?;
        let readers = match grant {
            Some(grant) => contacts::possible_readers(&current.ctx, tx, grant).await?,
            None => Vec::new(),
        };
        Ok(Self {
            barriers: barriers::ranked(&usage).into_iter().map(|mechanism| mechanism.code).collect(),
            organizations: barriers::organizations(tx).await?,
            readers,
        })
    }

    /// The system of an organization; None: it is not on the list.
    fn system_of(&self, organization: &str) -> Option<System> {
        let found = self.organizations.iter().find(|(id, ..)| id == organization);
        found.and_then(|(_, _, system)| System::from_code(system))
    }
}

/// What stands in the fields: typed, kept as a draft, or nothing yet.
pub struct Typed {
    pub form: Form,
    /// Nothing was typed: the usual choices stand.
    pub is_fresh: bool,
    pub wrong: Wrong,
}

impl Typed {
    pub fn nothing() -> Self {
        Self { form: Form::default(), is_fresh: true, wrong: Wrong::new() }
    }

    pub fn draft(draft: &Draft) -> Self {
        Self { form: Form::new(draft.fields.clone()), is_fresh: false, wrong: Wrong::new() }
    }

    pub fn wrong(form: &Form, wrong: Wrong) -> Self {
        Self { form: form.clone(), is_fresh: false, wrong }
    }

    pub fn field(&self, name: &str) -> Field {
        Field { value: self.form.text(name).to_owned(), error: self.wrong.get(name).cloned() }
    }

    /// The choice of a list, or the usual one.
    fn chosen<'t>(&'t self, name: &str, usual: &'t str) -> &'t str {
        match self.form.text(name) {
            "" => usual,
            chosen => chosen,
        }
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.form.all(name).any(|it| it == value)
    }
}

/// The fields of a contact, with the choices of the page's language.
pub fn contact_fields(current: &CurrentCtx, offers: &Offers, typed: &Typed) -> ContactFields {
    let lang = current.lang;
    let one_of = |list: &str, codes: &[&str], chosen: &str| {
        codes
            .iter()
            .map(|code| Choice::new(*code, lang.word(list, code)).chosen_if(chosen))
            .collect::<Vec<_>>()
    };
    let any_of = |name: &str, choices: Vec<Choice>| {
        choices
            .into_iter()
            .map(|choice| Choice { is_chosen: typed.has(name, &choice.value), ..choice })
            .collect::<Vec<_>>()
    };
    let media: Vec<&str> = Medium::ALL.iter().map(|it| it.code()).collect();
    let whom: Vec<&str> = Whom::ALL.iter().map(|it| it.code()).collect();
    let topics = Topic::ALL.iter().map(|it| Choice::new(it.code(), lang.word("topic", it.code()))).collect();
    let systems: Vec<&str> = System::ALL.iter().map(|it| it.code()).collect();
    let at = typed.field("at");
    let readers: Vec<&str> = if offers.readers.is_empty() {
        Visibility::CODES.into_iter().filter(|code| *code != "named").collect()
    } else {
        Visibility::CODES.to_vec()
    };
    ContactFields {
        media: one_of("medium", &media, typed.chosen("medium", "in_person")),
        is_attempted: typed.form.text("attempted") == "yes",
        systems: one_of("system", &systems, &at.value),
        organizations: offers
            .organizations
            .iter()
            .map(|(id, name, _)| Choice::new(id, name).chosen_if(&at.value))
            .collect(),
        at,
        on: typed.field("on"),
        minutes: typed.field("minutes"),
        place: typed.field("place"),
        client_words: typed.field("client_words"),
        whom: one_of("whom", &whom, typed.chosen("whom", "client")),
        topics: any_of("topics", topics),
        is_with_client: typed.form.text("with_client") == "yes",
        readers: one_of("reads", &readers, typed.chosen("visibility", "team")),
        named: any_of(
            "named",
            offers.readers.iter().map(|(id, name)| Choice::new(id.as_str(), name)).collect(),
        ),
        readers_error: Field { value: String::new(), error: typed.wrong.get("visibility").cloned() },
    }
}

/// Where the box stands, and so where it goes.
struct Place {
    action: String,
    draft: String,
    back: String,
}

fn filled(
    current: &CurrentCtx,
    offers: &Offers,
    typed: &Typed,
    place: Place,
    draft: Option<&Draft>,
) -> QuickLogForm {
    let lang = current.lang;
    let barrier = |code: &&'static str| Choice {
        is_chosen: typed.has("barrier", code),
        ..Choice::new(*code, lang.word("barrier", code))
    };
    let is_ticked = |code: &&&'static str| typed.has("barrier", code);
    // A barrier that was ticked stays among those to tick, wherever it stands in the list now.
    let (first, rest) = offers.barriers.split_at(CHIPS.min(offers.barriers.len()));
    let chips = first.iter().chain(rest.iter().filter(is_ticked)).map(barrier).collect();
    let more = typed.form.text("more_barrier");
    let contact = contact_fields(current, offers, typed);
    let is_more_open = !typed.is_fresh
        && (["on", "minutes", "place", "client_words", "with_client"]
            .iter()
            .any(|name| !typed.form.text(name).is_empty())
            || typed.chosen("visibility", "team") != "team"
            || typed.chosen("whom", "client") != "client"
            || typed.form.all("topics").next().is_some());
    let kept_key = draft.map(|draft| draft.text(drafts::KEY_FIELD)).filter(|key| !key.is_empty());
    let typed_key = Some(typed.form.text("key")).filter(|key| !key.is_empty());
    QuickLogForm {
        action: place.action,
        draft: place.draft,
        author: current.ctx.actor.label(),
        key: typed_key.or(kept_key).map_or_else(|| current.ctx.new_id(), str::to_owned),
        draft_at: draft.map(|draft| draft.updated_at.micros().to_string()).unwrap_or_default(),
        restored: if typed.wrong.is_empty() {
            draft.map(|draft| lang.instant(draft.updated_at.micros())).unwrap_or_default()
        } else {
            String::new()
        },
        back: place.back,
        clients: Vec::new(),
        client: typed.field("client"),
        words: typed.field("words"),
        task: typed.field("task"),
        due_on: typed.field("due_on"),
        barriers: chips,
        more_barriers: rest
            .iter()
            .map(|code| Choice::new(*code, lang.word("barrier", code)).chosen_if(more))
            .collect(),
        due: ["today", "tomorrow", "week", "day"]
            .map(|code| {
                Choice::new(code, lang.t(&format!("log-due-{code}")))
                    .chosen_if(typed.chosen("due", "tomorrow"))
            })
            .to_vec(),
        contact,
        is_more_open,
    }
}

/// The box of a client's file: what was typed and refused, or the draft, or an empty one.
pub async fn on_file(
    current: &CurrentCtx,
    tx: &Tx,
    grant: &ClientGrant,
    refused: Option<Typed>,
) -> Result<QuickLogForm, WebError> {
    let client = grant.client();
    let draft = drafts::draft(&current.ctx, tx, drafts::Form::Log, client.as_str()).await?;
    let typed = refused.or_else(|| draft.as_ref().map(Typed::draft)).unwrap_or_else(Typed::nothing);
    let offers = Offers::of(current, tx, Some(grant)).await?;
    let place = Place {
        action: format!("/clients/{client}/log"),
        draft: format!("/drafts/log/{client}"),
        back: format!("/clients/{client}"),
    };
    Ok(filled(current, &offers, &typed, place, draft.as_ref()))
}

/// The box for one of the caller's clients, for a page that is about none. None: they work with nobody. `back` is where
/// the page goes afterwards.
pub async fn for_mine(
    current: &CurrentCtx,
    back: &str,
    refused: Option<Typed>,
) -> Result<Option<QuickLogForm>, WebError> {
    let mine = contacts::my_clients(&current.ctx).await?;
    if mine.is_empty() {
        return Ok(None);
    }
    let tx = current.ctx.db().snapshot().await?;
    let draft = drafts::draft(&current.ctx, &tx, drafts::Form::Mine, drafts::OWN).await?;
    let typed = refused.or_else(|| draft.as_ref().map(Typed::draft)).unwrap_or_else(Typed::nothing);
    let offers = Offers::of(current, &tx, None).await?;
    let place = Place {
        action: "/quick-log".to_owned(),
        draft: format!("/drafts/mine/{}", drafts::OWN),
        back: back.to_owned(),
    };
    let mut form = filled(current, &offers, &typed, place, draft.as_ref());
    form.clients = mine
        .into_iter()
        .map(|it| {
            Choice::new(it.client.as_str(), Client::list_name(&it.preferred_name))
                .chosen_if(&form.client.value)
        })
        .collect();
    Ok(Some(form))
}

async fn show(current: CurrentCtx) -> Result<Response, WebError> {
    Ok(page(&own_page(&current, None).await?))
}

async fn own_page(current: &CurrentCtx, refused: Option<Typed>) -> Result<QuickLogView, WebError> {
    let unfinished = drafts::mine(&current.ctx)
        .await?
        .into_iter()
        .filter(|it| it.form != drafts::Form::Mine)
        .map(|it| {
            let (client, name) = it.client.unwrap_or_else(|| (ClientId::from_text(""), String::new()));
            let href = match it.form {
                drafts::Form::Log => format!("/clients/{client}"),
                drafts::Form::Correction => format!("/clients/{client}/notes/{}", it.record),
                drafts::Form::Assessment => format!("/clients/{client}/assessments"),
                drafts::Form::Mine => "/quick-log".to_owned(),
            };
            UnfinishedRow { name: Client::list_name(&name), href, at: it.updated_at.micros() }
        })
        .collect();
    Ok(QuickLogView {
        chrome: current.chrome("log-title", None),
        log: for_mine(current, "", refused).await?,
        unfinished,
    })
}

async fn log_for_chosen(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let client = form.text("client");
    let refused = |wrong| Typed::wrong(&form, wrong);
    if client.is_empty() {
        let wrong = Wrong::from([("client", current.t("log-error-client"))]);
        let view = own_page(&current, Some(refused(wrong))).await?;
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    match recorded(&current, &form, ClientId::from_text(client), drafts::Form::Mine).await? {
        Ok(logged) => {
            let file = format!("/clients/{client}");
            let back = own_path(form.text("back")).unwrap_or(&file).to_owned();
            current.done(said(&current, &logged), &back).await
        }
        Err(wrong) => {
            let view = own_page(&current, Some(refused(wrong))).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
    }
}

async fn log_on_file(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    match recorded(&current, &form, ClientId::from_text(&id), drafts::Form::Log).await? {
        Ok(logged) => current.done(said(&current, &logged), &format!("/clients/{id}")).await,
        Err(wrong) => {
            let refused = Typed::wrong(&form, wrong);
            let view = client_file::view(&current, &id, client_file::Asked::default(), Some(refused)).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
    }
}

/// Records what came from the box, or says what is wrong with it.
async fn recorded(
    current: &CurrentCtx,
    form: &Form,
    client: ClientId,
    draft: drafts::Form,
) -> Result<Result<Logged, Wrong>, WebError> {
    let tx = current.ctx.db().snapshot().await?;
    let offers = Offers { organizations: barriers::organizations(&tx).await?, ..Offers::default() };
    drop(tx);
    let mut wrong = Wrong::new();
    let contact = contact_of(current, form, &offers, &mut wrong);
    let day = contact.on;
    let barriers = form
        .all("barrier")
        .chain(Some(form.text("more_barrier")).filter(|code| !code.is_empty()))
        .map(|code| NewBarrier {
            system: contact.system,
            organization: contact.organization.clone(),
            ..NewBarrier::new(code, day)
        })
        .collect();
    let task = task_of(current, form, &mut wrong);
    let visibility = visibility_of(form);
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let log = QuickLog {
        key: form.text("key").to_owned(),
        client,
        case: None,
        contact,
        visibility,
        barriers,
        task,
        form: draft,
    };
    match quick_log::log(&current.ctx, &log).await {
        Ok(logged) => Ok(Ok(logged)),
        Err(error) => refused_by(current, error).map(Err),
    }
}

/// The contact as it was typed; what cannot be read is noted.
pub fn contact_of(current: &CurrentCtx, form: &Form, offers: &Offers, wrong: &mut Wrong) -> Contact {
    let today = current.ctx.now.day();
    let on = match form.text("on").trim() {
        "" => today,
        text => Day::parse_iso(text).unwrap_or_else(|_| {
            wrong.insert("on", current.t("log-error-day"));
            today
        }),
    };
    let minutes = match form.text("minutes").trim() {
        "" => None,
        text => {
            let minutes = text.parse::<u32>().ok().filter(|minutes| *minutes < 100_000);
            if minutes.is_none() {
                wrong.insert("minutes", current.t("log-error-minutes"));
            }
            minutes
        }
    };
    let at = form.text("at");
    let (system, organization) = match System::from_code(at) {
        Some(system) => (Some(system), String::new()),
        None if at.is_empty() => (None, String::new()),
        None => {
            let system = offers.system_of(at);
            if system.is_none() {
                wrong.insert("at", current.t("log-error-at"));
            }
            (system, at.to_owned())
        }
    };
    Contact {
        on,
        medium: Medium::from_code(form.text("medium")).unwrap_or(Medium::InPerson),
        outcome: if form.text("attempted") == "yes" { Outcome::Attempted } else { Outcome::Made },
        whom: Whom::from_code(form.text("whom")).unwrap_or(Whom::Client),
        system,
        organization,
        minutes,
        topics: form.all("topics").filter_map(Topic::from_code).collect(),
        place: form.text("place").to_owned(),
        words: form.text("words").to_owned(),
        client_words: form.text("client_words").to_owned(),
        is_with_client: form.text("with_client") == "yes",
    }
}

pub fn visibility_of(form: &Form) -> Visibility {
    let named = form.all("named").map(AccountId::from_text).collect();
    Visibility::from_code(form.text("visibility"), named).unwrap_or(Visibility::Team)
}

fn task_of(current: &CurrentCtx, form: &Form, wrong: &mut Wrong) -> Option<NewTask> {
    let title = form.text("task").trim();
    if title.is_empty() {
        return None;
    }
    let today = current.ctx.now.day();
    let due_on = match form.text("due") {
        "today" => today,
        "week" => today.plus_days(7),
        "day" => Day::parse_iso(form.text("due_on").trim()).unwrap_or_else(|_| {
            wrong.insert("due_on", current.t("log-error-day"));
            today
        }),
        _ => today.plus_days(1),
    };
    Some(NewTask {
        due_on: Some(due_on),
        // A supervisor's note leaves the task with the one who works on the case.
        worker: if current.has(Role::Caseworker) { current.ctx.actor.account().cloned() } else { None },
        ..NewTask::new(TaskSource::Note, title)
    })
}

/// A refusal that the person can mend stands beside its field; the others are errors of the page.
fn refused_by(current: &CurrentCtx, error: LogError) -> Result<Wrong, WebError> {
    let beside = |name, sentence: String| Ok(Wrong::from([(name, sentence)]));
    match error {
        LogError::Contact(error) => contact_refused(current, error),
        LogError::Barrier(BarrierError::Future) => beside("on", current.t("log-error-future")),
        LogError::Barrier(BarrierError::Organization) => beside("at", current.t("log-error-at")),
        LogError::Barrier(BarrierError::Code) => Err(WebError::Unreadable),
        LogError::Task(TaskError::TitleMissing | TaskError::TitleTooLong) => {
            beside("task", current.lang.t1("log-error-task", "n", TITLE_MOST))
        }
        LogError::NoCase => Err(WebError::Conflict(current.t("log-no-case"))),
        LogError::NoKey => Err(WebError::Unreadable),
        LogError::Access(error) => Err(error.into()),
        error => Err(WebError::broken(error)),
    }
}

pub fn contact_refused(current: &CurrentCtx, error: ContactError) -> Result<Wrong, WebError> {
    let beside = |name, sentence: String| Ok(Wrong::from([(name, sentence)]));
    match error {
        ContactError::Empty => beside("words", current.t("log-error-empty")),
        ContactError::TooLong => beside("words", current.lang.t1("log-error-too-long", "n", WORDS_MOST)),
        ContactError::InTheFuture => beside("on", current.t("log-error-future")),
        ContactError::NobodyNamed => beside("visibility", current.t("log-error-named")),
        ContactError::ChangedMeanwhile => beside("words", current.t("cnote-changed-meanwhile")),
        ContactError::NotYours => Err(WebError::Conflict(current.t("cnote-not-yours"))),
        ContactError::Access(error) => Err(error.into()),
        ContactError::Db(error) => Err(error.into()),
    }
}

/// What was recorded, as the notice of the next page.
fn said(current: &CurrentCtx, logged: &Logged) -> String {
    if logged.was_done {
        return current.t("log-saved-already");
    }
    let mut what = Vec::new();
    if logged.note.is_some() {
        what.push(current.t("log-saved-note"));
    }
    if logged.n_barriers > 0 {
        what.push(current.lang.t1("log-saved-barriers", "n", logged.n_barriers));
    }
    if logged.has_task {
        what.push(current.t("log-saved-task"));
    }
    let mut text = current.lang.t1("log-saved", "what", current.lang.list(&what));
    for remark in &logged.remarks {
        text.push(' ');
        text.push_str(&current.t(match remark {
            Remark::Long => "log-remark-long",
            Remark::LongAgo => "log-remark-long-ago",
        }));
    }
    text
}
