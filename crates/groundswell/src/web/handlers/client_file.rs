//! The first page of a client's file: the log, the timeline, what is open; one note with its versions.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::contacts::{self, Contact, ContactError, Note, Version, Visibility};
use domain::casework::timeline::{self, Cursor, Filter, Line};
use domain::casework::{barriers, drafts, referrals, tasks};
use domain::kernel::clock::Day;
use domain::kernel::ids::ClientId;
use domain::people::Client;
use serde::Deserialize;

use super::quick_log::{self, Offers, Typed, Wrong};
use super::systems;
use crate::web::current::{CurrentCtx, page, page_with, query_text, see_other};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::client::Tab;
use crate::web::views::client_file::{
    CorrectionForm, FileView, NoteView, Panel, PanelRow, TimelineFilter, TimelinePrintView, TimelineRow,
    VersionRow,
};
use crate::web::views::quick_log::ContactFields;
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get(Tab::File.route(), Who::FILES, show)
        .get("/clients/{id}/notes/{note}", Who::FILES, show_note)
        .post("/clients/{id}/notes/{note}/correct", Who::FILES_RECORD, correct)
        .post("/clients/{id}/notes/{note}/visibility", Who::FILES_RECORD, visibility)
        .post("/clients/{id}/notes/{note}/withdraw", Who::FILES_RECORD, withdraw)
}

/// Lines of one page.
const LINES: i64 = 40;
/// Lines of a print.
const LINES_PRINTED: i64 = 2_000;
/// Letters of a note that a line shows.
const WORDS_SHOWN: usize = 420;
/// Rows of a panel.
const PANEL_ROWS: usize = 5;

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    text: String,
    from: String,
    to: String,
    new: String,
    before: String,
    view: String,
}

impl Asked {
    fn is_filter(&self) -> bool {
        [&self.kind, &self.text, &self.from, &self.to, &self.new].into_iter().any(|it| !it.is_empty())
    }

    /// The same question, as a query without a place.
    fn query(&self) -> String {
        let fields = [
            ("kind", &self.kind),
            ("text", &self.text),
            ("from", &self.from),
            ("to", &self.to),
            ("new", &self.new),
        ];
        let asked = fields.iter().filter(|(_, value)| !value.is_empty());
        asked.map(|(name, value)| format!("{name}={}&", query_text(value))).collect()
    }
}

async fn show(
    current: CurrentCtx,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    if asked.view == "print" {
        return print(&current, &id, &asked).await;
    }
    Ok(page(&view(&current, &id, asked, None).await?))
}

/// The page; `refused` is what was typed into the log and could not be recorded.
pub async fn view(
    current: &CurrentCtx,
    id: &str,
    asked: Asked,
    refused: Option<Typed>,
) -> Result<FileView, WebError> {
    let ctx = &current.ctx;
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::File).await?;
    let looked = timeline::look(ctx, &file.tx, &file.grant).await?;
    let (mut filter, from, to) = filter_of(current, &asked, LINES);
    if !asked.new.is_empty() {
        filter.since = looked;
    }
    let lines = timeline::lines(ctx, &file.tx, &file.grant, &filter, looked).await?;
    let has_case = !barriers::cases_to_record_in(ctx, &file.tx, &file.grant).await?.is_empty();
    let may_log = has_case && Who::FILES_RECORD.allows(&ctx.actor);
    let log =
        if may_log { Some(quick_log::on_file(current, &file.tx, &file.grant, refused).await?) } else { None };
    let who = systems::who_to_call(current, &file).await?;
    let panels = panels(current, &file).await?;
    file.close().await?;
    let base = format!("/clients/{id}?{}", asked.query());
    let rows: Vec<TimelineRow> = lines.lines.iter().map(|line| row(current.lang, id, line)).collect();
    Ok(FileView {
        chrome: current.chrome("nav-clients", Some(NavItem::Clients)),
        frame,
        log,
        has_case,
        n_new: rows.iter().filter(|row| row.is_new).count(),
        rows,
        looked_at: looked.map(|at| at.micros()),
        next_href: lines.next.map(|next| format!("{base}before={}#timeline", query_text(&next.text()))),
        print_href: format!("{base}view=print"),
        filter: TimelineFilter {
            kinds: timeline::KINDS
                .map(|kind| Choice::new(kind, current.lang.word("tlkind", kind)).chosen_if(&asked.kind))
                .to_vec(),
            is_asked: asked.is_filter(),
            text: asked.text,
            from,
            to,
            is_new_only: !asked.new.is_empty(),
        },
        who,
        panels,
    })
}

/// The question as the domain takes it, and the fields of its two days.
fn filter_of(current: &CurrentCtx, asked: &Asked, limit: i64) -> (Filter, Field, Field) {
    let day = |text: &str| match text.trim() {
        "" => (None, Field::default()),
        typed => match Day::parse_iso(typed) {
            Ok(day) => (Some(day), Field::new(typed)),
            Err(_) => (None, Field::wrong(typed, current.t("log-error-day"))),
        },
    };
    let ((from, from_field), (to, to_field)) = (day(&asked.from), day(&asked.to));
    let is_kind = timeline::KINDS.contains(&asked.kind.as_str());
    let filter = Filter {
        kind: if is_kind { asked.kind.clone() } else { String::new() },
        text: asked.text.clone(),
        from,
        to,
        since: None,
        before: Cursor::parse(&asked.before),
        limit,
    };
    (filter, from_field, to_field)
}

async fn print(current: &CurrentCtx, id: &str, asked: &Asked) -> Result<Response, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::File).await?;
    let (filter, ..) = filter_of(current, asked, LINES_PRINTED);
    let lines = timeline::lines(&current.ctx, &file.tx, &file.grant, &filter, None).await?;
    file.close().await?;
    let rows = lines.lines.iter().map(|line| TimelineRow {
        words: line.words.clone(),
        is_cut: false,
        href: String::new(),
        ..row(current.lang, id, line)
    });
    Ok(page(&TimelinePrintView {
        chrome: current.chrome("tl-title", Some(NavItem::Clients)),
        list_name: Client::list_name(&frame.name),
        back_href: format!("/clients/{id}"),
        today: current.ctx.now.day().to_string(),
        rows: rows.collect(),
        is_cut: lines.next.is_some(),
    }))
}

/// A line in words.
fn row(lang: Lang, client: &str, line: &Line) -> TimelineRow {
    let (words, is_cut) = cut(&line.words);
    let title = match line.kind.as_str() {
        "case" => lang.word("tlcase", &line.code),
        "task" => String::new(),
        kind => lang.word(kind, &line.code),
    };
    let with = if line.organization.is_empty() && !line.system.is_empty() {
        lang.word("system", &line.system)
    } else {
        line.organization.clone()
    };
    let mut facts = Vec::new();
    let mut readers = String::new();
    let mut href = match line.kind.as_str() {
        "barrier" | "crisis" => Tab::Barriers.route(),
        "referral" | "service" => Tab::Referrals.route(),
        "task" => Tab::Tasks.route(),
        _ => "",
    }
    .replace("{id}", client);
    if let Some(note) = &line.note {
        href = format!("/clients/{client}/notes/{}", note.id);
        if note.outcome == "attempted" {
            facts.push(lang.word("medium", &note.medium));
        }
        if note.whom != "client" {
            facts.push(lang.word("whom", &note.whom));
        }
        facts.extend(note.minutes.map(|minutes| lang.t1("tl-minutes", "n", minutes)));
        if note.is_with_client {
            facts.push(lang.t("tl-with-client"));
        }
        if note.visibility != "team" {
            readers = lang.word("reads", &note.visibility);
        }
    }
    TimelineRow {
        kind: line.kind.clone(),
        day: line.cursor.day.to_string(),
        until: line
            .until
            .filter(|until| *until != line.cursor.day)
            .map(|day| day.to_string())
            .unwrap_or_default(),
        title,
        with,
        words,
        is_cut,
        client_words: line.client_words.clone(),
        by: line.by.clone(),
        facts: facts.join(" · "),
        readers,
        href,
        is_new: line.is_new,
        is_corrected: line.is_corrected,
    }
}

/// The beginning of a long text, cut between words, and whether there is more.
fn cut(text: &str) -> (String, bool) {
    let Some((end, _)) = text.char_indices().nth(WORDS_SHOWN) else { return (text.to_owned(), false) };
    let (head, _) = text.split_at(end);
    let head = head.rsplit_once(char::is_whitespace).map_or(head, |(whole, _)| whole);
    (head.to_owned(), true)
}

/// What is open, at the side: referrals, tasks, barriers. What there is nothing of is left out, and so is
/// what this account has no page for.
async fn panels(current: &CurrentCtx, file: &ClientFile) -> Result<Vec<Panel>, WebError> {
    let (ctx, lang, id) = (&current.ctx, current.lang, file.grant.client().as_str());
    let today = ctx.now.day();
    let mut panels = Vec::new();
    let mut add = |panel: &'static str, key: &str, tab: Tab, mut rows: Vec<PanelRow>| {
        if rows.is_empty() || !current.app.may_open(&ctx.actor, tab.route()) {
            return;
        }
        let n_more = rows.len().saturating_sub(PANEL_ROWS);
        rows.truncate(PANEL_ROWS);
        let href = tab.route().replace("{id}", id);
        panels.push(Panel { id: panel, title: lang.t(key), href, rows, n_more });
    };

    let sent = referrals::of_client(ctx, &file.tx, &file.grant).await?;
    let sent =
        sent.iter().filter(|it| it.referral.sent_on.is_some() && it.referral.ended_on.is_none()).map(|it| {
            let ageing = referrals::ageing(&it.referral, &it.steps, today);
            PanelRow {
                title: it.referral.recipient.clone(),
                note: lang.t1("file-waiting", "n", ageing.total_days),
                is_due: it.referral.due_on.is_some_and(|due| due < today),
            }
        });
    add("panel-referrals", "file-open-referrals", Tab::Referrals, sent.collect());

    let open = tasks::of_client(ctx, &file.tx, &file.grant).await?;
    let open =
        open.into_iter().filter(|it| it.state == tasks::TaskState::Open && !it.title.is_empty()).map(|it| {
            let note = match it.due_on {
                Some(due) => lang.t1("file-due", "day", lang.day_short(&due.to_string())),
                None => lang.t("file-no-day"),
            };
            PanelRow { title: it.title, note, is_due: it.due_on.is_some_and(|due| due <= today) }
        });
    add("panel-tasks", "file-open-tasks", Tab::Tasks, open.collect());

    let met = barriers::barriers(ctx, &file.tx, &file.grant).await?;
    let met = met.into_iter().filter(|it| it.resolution.is_none()).map(|it| {
        let where_it_was = if it.organization_name.is_empty() {
            it.system.map(|system| lang.word("system", system.code())).unwrap_or_default()
        } else {
            it.organization_name
        };
        let since = lang.t1("file-since", "day", lang.day_short(&it.occurred_on.to_string()));
        let note = if where_it_was.is_empty() { since } else { format!("{where_it_was} · {since}") };
        PanelRow { title: lang.word("barrier", &it.code), note, is_due: false }
    });
    add("panel-barriers", "file-open-barriers", Tab::Barriers, met.collect());
    Ok(panels)
}

async fn show_note(
    current: CurrentCtx,
    Path((id, note)): Path<(String, String)>,
) -> Result<Response, WebError> {
    Ok(page(&note_view(&current, &id, &note, None, Wrong::new()).await?))
}

/// The page of a note; `refused` is a correction that could not be saved, `wrong` what is wrong with the readers.
async fn note_view(
    current: &CurrentCtx,
    id: &str,
    note_id: &str,
    refused: Option<Typed>,
    wrong: Wrong,
) -> Result<NoteView, WebError> {
    let (ctx, lang) = (&current.ctx, current.lang);
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::File).await?;
    let note = contacts::note(ctx, &file.tx, &file.grant, note_id).await?.ok_or(WebError::NotFound)?;
    let version = note.current().ok_or(WebError::NotFound)?.clone();
    let may_write = Who::FILES_RECORD.allows(&ctx.actor) && note.withdrawn.is_none();
    let offers = Offers::of(current, &file.tx, Some(&file.grant)).await?;
    let draft = drafts::draft(ctx, &file.tx, drafts::Form::Correction, note_id).await?;
    file.close().await?;
    let correction = (may_write && note.may_correct(ctx)).then(|| {
        let is_open = refused.is_some() || draft.is_some();
        let typed = refused.or_else(|| draft.as_ref().map(Typed::draft)).unwrap_or_else(|| Typed {
            form: as_typed(&version.contact),
            is_fresh: false,
            wrong: Wrong::new(),
        });
        let kept = |name: &str| draft.as_ref().map(|it| it.text(name).to_owned()).filter(|it| !it.is_empty());
        CorrectionForm {
            draft: format!("/drafts/correction/{note_id}"),
            author: ctx.actor.label(),
            key: kept(drafts::KEY_FIELD).unwrap_or_else(|| ctx.new_id()),
            draft_at: draft.as_ref().map(|it| it.updated_at.micros().to_string()).unwrap_or_default(),
            restored: draft.as_ref().map(|it| lang.instant(it.updated_at.micros())).unwrap_or_default(),
            seen: version.event.clone(),
            words: typed.field("words"),
            contact: ContactFields {
                readers: Vec::new(),
                ..quick_log::contact_fields(current, &offers, &typed)
            },
            is_open,
        }
    });
    let is_own = may_write && note.is_own(ctx);
    let readers_typed = Typed {
        form: Form::new(
            std::iter::once(("visibility".to_owned(), note.visibility.code().to_owned()))
                .chain(note.readers.iter().map(|(account, _)| ("named".to_owned(), account.to_string())))
                .collect(),
        ),
        is_fresh: false,
        wrong,
    };
    let readers = quick_log::contact_fields(current, &offers, &readers_typed);
    Ok(NoteView {
        chrome: current.chrome("cnote-title", Some(NavItem::Clients)),
        frame,
        id: note.id.clone(),
        current: version_row(lang, &version),
        earlier: note.versions.iter().rev().skip(1).map(|version| version_row(lang, version)).collect(),
        author: note.author_name.clone(),
        readers: readers_text(lang, &note),
        withdrawn: note.withdrawn.map(|(who, at)| (who, at.micros())),
        correction,
        seen: version.event.clone(),
        visibilities: if is_own { readers.readers } else { Vec::new() },
        named: if is_own { readers.named } else { Vec::new() },
        named_error: readers.readers_error,
    })
}

fn readers_text(lang: Lang, note: &Note) -> String {
    match &note.visibility {
        Visibility::Named(_) => {
            let names: Vec<String> = note.readers.iter().map(|(_, name)| name.clone()).collect();
            lang.list(&names)
        }
        other => lang.word("reads", other.code()),
    }
}

fn version_row(lang: Lang, version: &Version) -> VersionRow {
    let contact = &version.contact;
    let mut facts = Vec::new();
    if contact.code() == "attempted" {
        facts.push(lang.word("medium", contact.medium.code()));
    }
    facts.push(lang.word("whom", contact.whom.code()));
    if !version.organization_name.is_empty() {
        facts.push(version.organization_name.clone());
    } else if let Some(system) = contact.system {
        facts.push(lang.word("system", system.code()));
    }
    facts.extend(contact.minutes.map(|minutes| lang.t1("tl-minutes", "n", minutes)));
    if !contact.place.is_empty() {
        facts.push(contact.place.clone());
    }
    facts.extend(contact.topics.iter().map(|topic| lang.word("topic", topic.code())));
    if contact.is_with_client {
        facts.push(lang.t("tl-with-client"));
    }
    VersionRow {
        day: contact.on.to_string(),
        title: lang.word("contact", contact.code()),
        facts: facts.join(" · "),
        words: contact.words.clone(),
        client_words: contact.client_words.clone(),
        by: version.recorded_by.clone(),
        at: version.recorded_at.micros(),
    }
}

/// A contact as it would have been typed, for the form that corrects it.
fn as_typed(contact: &Contact) -> Form {
    let system = contact.system.map(|system| system.code().to_owned()).unwrap_or_default();
    let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
    let mut pairs = vec![
        ("on", contact.on.to_string()),
        ("medium", contact.medium.code().to_owned()),
        ("attempted", yes(contact.outcome == contacts::Outcome::Attempted)),
        ("whom", contact.whom.code().to_owned()),
        ("at", if contact.organization.is_empty() { system } else { contact.organization.clone() }),
        ("minutes", contact.minutes.map(|minutes| minutes.to_string()).unwrap_or_default()),
        ("place", contact.place.clone()),
        ("words", contact.words.clone()),
        ("client_words", contact.client_words.clone()),
        ("with_client", yes(contact.is_with_client)),
    ];
    pairs.extend(contact.topics.iter().map(|topic| ("topics", topic.code().to_owned())));
    Form::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn correct(
    current: CurrentCtx,
    Path((id, note)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let tx = current.ctx.db().snapshot().await?;
    let offers = Offers::of(&current, &tx, None).await?;
    drop(tx);
    let mut wrong = Wrong::new();
    let contact = quick_log::contact_of(&current, &form, &offers, &mut wrong);
    if wrong.is_empty() {
        let client = ClientId::from_text(&id);
        match contacts::correct(&current.ctx, &client, &note, form.text("seen"), &contact).await {
            Ok(()) => {
                return current
                    .done(current.t("cnote-corrected"), &format!("/clients/{id}/notes/{note}"))
                    .await;
            }
            Err(error) => wrong = quick_log::contact_refused(&current, error)?,
        }
    }
    let view = note_view(&current, &id, &note, Some(Typed::wrong(&form, wrong)), Wrong::new()).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn visibility(
    current: CurrentCtx,
    Path((id, note)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(&id);
    let visibility = quick_log::visibility_of(&form);
    match contacts::visibility_change(&current.ctx, &client, &note, &visibility).await {
        Ok(()) => {
            current.done(current.t("cnote-visibility-changed"), &format!("/clients/{id}/notes/{note}")).await
        }
        Err(error) => {
            let wrong = quick_log::contact_refused(&current, error)?;
            let view = note_view(&current, &id, &note, None, wrong).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
    }
}

async fn withdraw(
    current: CurrentCtx,
    Path((id, note)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(&id);
    match contacts::withdraw(&current.ctx, &client, &note, form.text("seen")).await {
        Ok(()) => current.done(current.t("cnote-is-withdrawn"), &format!("/clients/{id}#timeline")).await,
        Err(ContactError::ChangedMeanwhile) => {
            current.flash(FlashKind::Failed, current.t("cnote-changed-meanwhile")).await?;
            Ok(see_other(&format!("/clients/{id}/notes/{note}")))
        }
        Err(error) => {
            quick_log::contact_refused(&current, error)?;
            Err(WebError::Unreadable)
        }
    }
}

#[cfg(test)]
#[path = "client_file_tests.rs"]
pub(in crate::web) mod tests;
