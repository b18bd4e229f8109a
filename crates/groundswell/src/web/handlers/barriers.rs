//! A client's barriers: recording one, correcting, closing; and the page of the code list.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::barriers::{
    self, Access, Barrier, BarrierError, Burden, COST_DAYS_MOST, Confidence, Details, How, Judgement,
    LIST_VERSION, Locus, MECHANISMS, NeedDomain, NewBarrier, Others, Resolution, Severity, TEXT_MOST, Usage,
    Verb, Verification, Version, Where, mechanism,
};
use domain::casework::crises;
use domain::evidence::signals::{self, SignalFilter, SignalState};
use domain::kernel::clock::Day;
use domain::kernel::codes::{EventKind, System};
use domain::kernel::ctx::Ctx;
use domain::kernel::db::Tx;
use domain::kernel::ids::ClientId;
use domain::{evidence, issues};
use serde::Deserialize;

use super::crises::crisis_row;
use crate::barrier_codes::{self, CodeWords};
use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::{Form, Reading};
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::asks::{Ask, AskKind, Pick, PickForm, Picker};
use crate::web::views::barriers::{
    BarrierRow, BarrierView, BarriersView, CodeRow, CodesView, End, JustRecorded, Live, VersionRow,
};
use crate::web::views::client::Tab;
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/barrier-codes", Who::SignedIn, codes)
        .get("/clients/{id}/barriers", Who::FILES, list)
        .post("/clients/{id}/barriers", Who::FILES_RECORD, record)
        .get("/clients/{id}/barriers/{barrier}", Who::FILES, one)
        .post("/clients/{id}/barriers/{barrier}", Who::FILES_RECORD, correct)
        .post("/clients/{id}/barriers/{barrier}/resolve", Who::FILES_RECORD, resolve)
        .post("/clients/{id}/barriers/{barrier}/reopen", Who::FILES_RECORD, reopen)
        .post("/clients/{id}/barriers/{barrier}/withdraw", Who::FILES_RECORD, withdraw)
}

/// How many mechanisms are offered before the whole list.
const USUAL: usize = 6;

/// How many past barriers stand on the page before the rest is folded away.
const PAST: usize = 6;

/// What the barrier pages are made from, as one transaction saw it.
struct Gathered {
    barriers: Vec<Barrier>,
    crises: Vec<crises::Crisis>,
    others: Vec<Others>,
    usage: Vec<Usage>,
    organizations: Vec<(String, String, String)>,
}

impl Gathered {
    async fn of(current: &CurrentCtx, file: &ClientFile) -> Result<Self, WebError> {
        let (ctx, tx, grant) = (&current.ctx, &file.tx, &file.grant);
        Ok(Self {
            barriers: barriers::barriers(ctx, tx, grant).await?,
            crises: crises::crises(ctx, tx, grant).await?,
            others: barriers::others(ctx, tx, grant, &current.app.config.policy).await?,
            usage: barriers::usage(ctx, tx).await?,
            organizations: barriers::organizations(tx).await?,
        })
    }

    fn others_text(&self, current: &CurrentCtx, code: &str) -> String {
        others_text(current.lang, self.others.iter().find(|others| others.code == code))
    }
}

/// "41 other clients in this area met this in the last 12 months."
fn others_text(lang: Lang, others: Option<&Others>) -> String {
    let Some(others) = others else { return lang.t("barriers-others-none") };
    match (others.count.value(), others.scope) {
        (Some(0), _) => lang.t("barriers-others-none"),
        (Some(n), Where::Area) => lang.t1("barriers-others-area", "n", lang.int(*n)),
        (Some(n), Where::Agency) => lang.t1("barriers-others-agency", "n", lang.int(*n)),
        (None, _) => lang.t1("barriers-others-few", "n", others.count.fewer_than().unwrap_or_default()),
    }
}

/// What is under way about barriers of our own casework, by code: an issue where one holds the signal, else the signal.
struct Lives(Vec<(String, Live)>);

impl Lives {
    async fn of(current: &CurrentCtx) -> Result<Self, WebError> {
        let actor = &current.ctx.actor;
        let (may_issues, may_signals) = (Who::ISSUES.allows(actor), Who::SIGNALS.allows(actor));
        if !may_issues && !may_signals {
            return Ok(Self(Vec::new()));
        }
        let db = current.ctx.db();
        let filter = SignalFilter {
            state: SignalState::Live,
            detector: String::new(),
            dataset: evidence::CASEWORK.to_owned(),
            code: String::new(),
            limit: 200,
        };
        let held = if may_issues { issues::issues_of_signals(db).await? } else { Vec::new() };
        let mut lives: Vec<(String, Live)> = Vec::new();
        let mut free: Vec<(String, Live)> = Vec::new();
        for stored in signals::signals(db, &filter).await? {
            let signal = stored.signal;
            if signal.kind != EventKind::Barrier {
                continue;
            }
            if let Some(issue) = held.iter().find(|issue| issue.signal_key == signal.key) {
                let live = Live {
                    text: current.t("barriers-live-issue"),
                    title: issue.title.clone(),
                    href: format!("/issues/{}", issue.issue),
                };
                lives.push((signal.code, live));
            } else if may_signals {
                let live = Live {
                    text: current.t("barriers-live-signal"),
                    title: current.t("barriers-live-see"),
                    href: format!("/signals/{}", crate::web::current::query_text(&signal.key)),
                };
                free.push((signal.code, live));
            }
        }
        lives.append(&mut free);
        Ok(Self(lives))
    }

    fn about(&self, code: &str) -> Option<Live> {
        self.0.iter().find(|(it, _)| it == code).map(|(_, live)| live.clone())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    new: String,
}

async fn list(
    current: CurrentCtx,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    Ok(page(&list_view(&current, &id, &query.new, None).await?))
}

/// The page of a client's barriers; `typed` is a form that needs another look.
async fn list_view(
    current: &CurrentCtx,
    id: &str,
    new: &str,
    typed: Option<&Reading<'_>>,
) -> Result<BarriersView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Barriers).await?;
    let gathered = Gathered::of(current, &file).await?;
    file.close().await?;
    let lives = Lives::of(current).await?;
    let today = current.ctx.now.day();
    let form = match typed {
        Some(reading) => {
            pick_form(current, &gathered.usage, &gathered.organizations, |name| reading.field(name))
        }
        None => pick_form(current, &gathered.usage, &gathered.organizations, |name| match name {
            "occurred_on" => Field::new(today.to_string()),
            _ => Field::default(),
        }),
    };
    let row = |barrier: &Barrier| barrier_row(current, id, barrier, &gathered, &lives);
    let mut past: Vec<BarrierRow> =
        gathered.barriers.iter().filter(|it| it.resolution.is_some()).map(row).collect();
    let just = gathered.barriers.iter().find(|barrier| !new.is_empty() && barrier.id == new);
    Ok(BarriersView {
        chrome: current.chrome("client-tab-barriers", Some(NavItem::Clients)),
        frame,
        new: just.map(|barrier| JustRecorded {
            text: current.lang.t1("barriers-recorded", "what", current.lang.word("barrier", &barrier.code)),
            others: gathered.others_text(current, &barrier.code),
            live: lives.about(&barrier.code),
            href: href(id, &barrier.id),
        }),
        open: gathered.barriers.iter().filter(|it| it.resolution.is_none()).map(row).collect(),
        older: past.split_off(PAST.min(past.len())),
        past,
        crises: gathered.crises.iter().map(|crisis| crisis_row(current, id, crisis)).collect(),
        form,
        may_record: Who::FILES_RECORD.allows(&current.ctx.actor),
    })
}

fn href(client: &str, barrier: &str) -> String {
    format!("/clients/{client}/barriers/{barrier}")
}

fn barrier_row(
    current: &CurrentCtx,
    client: &str,
    barrier: &Barrier,
    gathered: &Gathered,
    lives: &Lives,
) -> BarrierRow {
    let lang = current.lang;
    let end = barrier.resolution.as_ref();
    BarrierRow {
        href: href(client, &barrier.id),
        label: lang.word("barrier", &barrier.code),
        severity: barrier.details.severity.map(|it| lang.word("severity", it.code())).unwrap_or_default(),
        facts: facts_line(lang, barrier),
        own_words: barrier.details.own_words.clone(),
        axes: axes_line(lang, &barrier.details),
        others: gathered.others_text(current, &barrier.code),
        live: lives.about(&barrier.code),
        end: end.map(|end| end_text(lang, end)).unwrap_or_default(),
        is_good_end: end.is_some_and(|end| end.how.is_good()),
    }
}

/// "hospital, Larkwater Clinic · 3 May 2027 · Rosa Alvarez".
fn facts_line(lang: Lang, barrier: &Barrier) -> String {
    let mut facts = Vec::new();
    if !barrier.organization_name.is_empty() {
        facts.push(barrier.organization_name.clone());
    } else if let Some(system) = barrier.system {
        facts.push(lang.word("system", system.code()));
    }
    facts.push(lang.day(&barrier.occurred_on.to_string()));
    if !barrier.details.rule.is_empty() {
        facts.push(barrier.details.rule.clone());
    }
    facts.join(" · ")
}

/// The axes as a sentence of parts: "must change: capacity · costs: doing what is asked".
fn axes_line(lang: Lang, details: &Details) -> String {
    let mut parts = Vec::new();
    if let Some(locus) = details.locus {
        parts.push(lang.t1("barriers-axes-locus", "what", lang.word("locus", locus.code())));
    }
    if let Some(burden) = details.burden.filter(|it| *it != Burden::None) {
        parts.push(lang.t1("barriers-axes-burden", "what", lang.word("burden", burden.code())));
    }
    if let Some(domain) = details.domain {
        parts.push(lang.word("life", domain.code()));
    }
    if let Some(days) = details.cost_days.filter(|days| *days > 0) {
        parts.push(lang.t1("barriers-axes-days", "n", days));
    }
    parts.join(" · ")
}

fn end_text(lang: Lang, end: &Resolution) -> String {
    let how = lang.word("how", end.how.code());
    lang.t_with(
        "barriers-end-text",
        &[("how", how.into()), ("on", lang.day_short(&end.on.to_string()).into())],
    )
}

/// The picker of mechanisms, the ones this worker and the agency record most on top.
pub fn mechanism_picker(current: &CurrentCtx, usage: &[Usage], field: Field) -> Picker {
    let mut picks: Vec<Pick> = barriers::ranked(usage)
        .into_iter()
        .map(|mechanism| {
            let words = CodeWords::of(current.lang, mechanism);
            Pick {
                code: mechanism.code.to_owned(),
                search: words.search_text(),
                label: words.label,
                meaning: words.meaning,
            }
        })
        .collect();
    let rest = picks.split_off(USUAL.min(picks.len()));
    Picker {
        label: current.t("barriers-what"),
        rest_label: current.lang.t1("barriers-all", "n", rest.len()),
        find: current.t("picker-find"),
        field,
        usual: picks,
        rest,
    }
}

/// The choices of a code list, with "as usual" or "not said" on top.
fn choices<'c>(lang: Lang, none: &str, list: &str, codes: impl Iterator<Item = &'c str>) -> Vec<Choice> {
    let words = codes.map(|code| Choice::new(code, sentence(&lang.word(list, code))));
    std::iter::once(Choice::new("", lang.t(none))).chain(words).collect()
}

/// The first letter upper case, as a choice of a list begins.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The choices of the systems, none on top.
pub fn system_choices(lang: Lang, none: &str) -> Vec<Choice> {
    choices(lang, none, "system", System::ALL.iter().map(|it| it.code()))
}

/// The form of a barrier with what stands in its fields.
fn pick_form(
    current: &CurrentCtx,
    usage: &[Usage],
    organizations: &[(String, String, String)],
    field: impl Fn(&str) -> Field,
) -> PickForm {
    let lang = current.lang;
    let ask = |name: &'static str, kind: AskKind, key: &str| Ask::new(name, kind, field(name), lang.t(key));
    macro_rules! select {
        ($name:literal, $axis:ty, $list:literal, $none:literal, $key:literal) => {
            ask($name, AskKind::Select, $key).choices(choices(
                lang,
                $none,
                $list,
                <$axis>::ALL.iter().map(|it| it.code()),
            ))
        };
    }
    let none = std::iter::once(Choice::new("", lang.t("barriers-not-said")));
    let offices =
        none.chain(organizations.iter().map(|(id, name, _)| Choice::new(id.clone(), name.clone()))).collect();
    let more = vec![
        ask("own_words", AskKind::Area, "barriers-own-words").hint(lang.t("barriers-own-words-hint")),
        ask("note", AskKind::Area, "barriers-note"),
        select!("severity", Severity, "severity", "barriers-as-usual", "barriers-severity"),
        select!("domain", NeedDomain, "life", "barriers-not-said", "barriers-domain"),
        ask("organization", AskKind::Select, "barriers-organization").choices(offices),
        ask("rule", AskKind::Text, "barriers-rule").hint(lang.t("barriers-rule-hint")),
        ask("cost_days", AskKind::Number, "barriers-cost-days"),
        ask("cost_money", AskKind::Number, "barriers-cost-money"),
        ask("workaround", AskKind::Area, "barriers-workaround"),
        select!("preventable", Judgement, "judgement", "barriers-not-said", "barriers-preventable"),
        select!("verb", Verb, "verb", "barriers-as-usual", "barriers-verb"),
        select!("locus", Locus, "locus", "barriers-as-usual", "barriers-locus"),
        select!("burden", Burden, "burden", "barriers-as-usual", "barriers-burden"),
        select!("access", Access, "access", "barriers-as-usual", "barriers-access"),
        select!("confidence", Confidence, "confidence", "barriers-not-said", "barriers-confidence"),
        select!("verification", Verification, "verification", "barriers-as-usual", "barriers-verification"),
    ];
    let is_more_open = more.iter().any(|ask| ask.field.error.is_some() || !ask.field.value.is_empty());
    PickForm {
        picker: mechanism_picker(current, usage, field("code")),
        first: vec![
            ask("occurred_on", AskKind::Day, "barriers-when"),
            ask("system", AskKind::Select, "barriers-system")
                .choices(system_choices(lang, "barriers-not-said")),
        ],
        more,
        is_more_open,
    }
}

/// A day of a form; empty means today.
pub fn day_or_today(ctx: &Ctx, text: &str) -> Result<Day, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(ctx.now.day());
    }
    let day = Day::parse_iso(text).map_err(|_| "error-day")?;
    if day > ctx.now.day() { Err("error-barriers-future") } else { Ok(day) }
}

/// A text of a form that is not too long.
pub fn short_text(text: &str) -> Result<String, &'static str> {
    if text.trim().chars().count() > TEXT_MOST {
        Err("error-barriers-long")
    } else {
        Ok(text.trim().to_owned())
    }
}

fn days(text: &str) -> Result<Option<u32>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let days: u32 = text.parse().map_err(|_| "error-barriers-days")?;
    if days > COST_DAYS_MOST { Err("error-barriers-days") } else { Ok(Some(days)) }
}

/// An amount as people type it, "12", "12.50" or "12,50", in the smallest unit.
fn money(text: &str) -> Result<Option<u32>, &'static str> {
    const WRONG: &str = "error-barriers-money";
    let text = text.trim().trim_start_matches(['$', '€', '£']).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 2 || !is_number(whole) || !is_number(part) {
        return Err(WRONG);
    }
    let whole: u32 = whole.parse().map_err(|_| WRONG)?;
    let part: u32 = format!("{part:0<2}").parse().map_err(|_| WRONG)?;
    Ok(Some(whole * 100 + part))
}

/// The barrier that a form says; none when something in it is wrong.
fn read(ctx: &Ctx, form: &Form, reading: &mut Reading<'_>) -> Option<NewBarrier> {
    let code = reading.parse("code", |text| match mechanism(text) {
        Some(mechanism) => Ok(mechanism.code.to_owned()),
        None => Err("error-barriers-code"),
    });
    let occurred_on = reading.parse("occurred_on", |text| day_or_today(ctx, text));
    let note = reading.parse("note", short_text);
    let own_words = reading.parse("own_words", short_text);
    let rule = reading.parse("rule", short_text);
    let workaround = reading.parse("workaround", short_text);
    let cost_days = reading.parse("cost_days", days);
    let cost_cents = reading.parse("cost_money", money);
    Some(NewBarrier {
        code: code?,
        system: System::from_code(form.text("system")),
        organization: form.text("organization").to_owned(),
        occurred_on: occurred_on?,
        note: note?,
        details: Details {
            burden: Burden::from_code(form.text("burden")),
            access: Access::from_code(form.text("access")),
            locus: Locus::from_code(form.text("locus")),
            severity: Severity::from_code(form.text("severity")),
            domain: NeedDomain::from_code(form.text("domain")),
            verb: Verb::from_code(form.text("verb")),
            preventable: Judgement::from_code(form.text("preventable")),
            confidence: Confidence::from_code(form.text("confidence")),
            verification: Verification::from_code(form.text("verification")),
            rule: rule?,
            workaround: workaround?,
            cost_days: cost_days?,
            cost_cents: cost_cents?,
            own_words: own_words?,
        },
    })
}

/// Notes at its field what the domain found wrong; what is no field's is an error of the page.
fn note_wrong(reading: &mut Reading<'_>, current: &CurrentCtx, error: BarrierError) -> Result<(), WebError> {
    let (field, key) = match error {
        BarrierError::Code => ("code", "error-barriers-code"),
        BarrierError::Future => ("occurred_on", "error-barriers-future"),
        BarrierError::Organization => ("organization", "error-barriers-organization"),
        BarrierError::TooLong => ("note", "error-barriers-long"),
        BarrierError::CostDays => ("cost_days", "error-barriers-days"),
        BarrierError::ResolvedOn => ("resolved_on", "error-barriers-resolved"),
        BarrierError::NotFound => return Err(WebError::NotFound),
        other => return Err(WebError::broken(other)),
    };
    reading.wrong(field, current.t(key));
    Ok(())
}

async fn record(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    if let Some(new) = read(&current.ctx, &form, &mut reading) {
        match barriers::record(&current.ctx, &ClientId::from_text(id.clone()), None, &new).await {
            Ok(new) => return Ok(see_other(&format!("/clients/{id}/barriers?new={new}"))),
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let view = list_view(&current, &id, "", Some(&reading)).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn one(current: CurrentCtx, Path((id, barrier)): Path<(String, String)>) -> Result<Response, WebError> {
    Ok(page(&one_view(&current, &id, &barrier, &Typed::default()).await?))
}

/// What was typed on the page of one barrier and needs another look.
#[derive(Default)]
struct Typed<'t, 'f> {
    form: Option<&'t Reading<'f>>,
    resolve: Option<&'t Reading<'f>>,
    has_conflict: bool,
}

async fn one_view(
    current: &CurrentCtx,
    id: &str,
    barrier: &str,
    typed: &Typed<'_, '_>,
) -> Result<BarrierView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Barriers).await?;
    let gathered = Gathered::of(current, &file).await?;
    let history = history(current, &file.tx, &file, barrier).await?;
    file.close().await?;
    let found = gathered.barriers.iter().find(|it| it.id == barrier).ok_or(WebError::NotFound)?;
    let lang = current.lang;
    let form = match typed.form {
        Some(reading) => {
            pick_form(current, &gathered.usage, &gathered.organizations, |name| reading.field(name))
        }
        None => {
            pick_form(current, &gathered.usage, &gathered.organizations, |name| stored_field(found, name))
        }
    };
    let today = current.ctx.now.day();
    let resolve_field = |name: &'static str| match typed.resolve {
        Some(reading) => reading.field(name),
        None if name == "resolved_on" => Field::new(today.to_string()),
        None => Field::default(),
    };
    let ways = choices(lang, "barriers-how-choose", "how", How::ALL.iter().map(|it| it.code()));
    Ok(BarrierView {
        chrome: current.chrome("client-tab-barriers", Some(NavItem::Clients)),
        frame,
        id: found.id.clone(),
        event_id: found.event_id.clone(),
        label: sentence(&lang.word("barrier", &found.code)),
        meaning: lang.find(&format!("barrier-is-{}", found.code)).unwrap_or_default(),
        own_words: found.details.own_words.clone(),
        facts: facts(lang, found),
        end: found
            .resolution
            .as_ref()
            .map(|end| End { text: end_text(lang, end), is_good: end.how.is_good() }),
        others: gathered.others_text(current, &found.code),
        live: Lives::of(current).await?.about(&found.code),
        history,
        form,
        resolve: vec![
            Ask::new("how", AskKind::Select, resolve_field("how"), lang.t("barriers-how")).choices(ways),
            Ask::new("resolved_on", AskKind::Day, resolve_field("resolved_on"), lang.t("barriers-how-when")),
            Ask::new(
                "resolve_note",
                AskKind::Area,
                resolve_field("resolve_note"),
                lang.t("barriers-how-note"),
            )
            .hint(lang.t("barriers-how-note-hint")),
        ],
        may_record: Who::FILES_RECORD.allows(&current.ctx.actor),
        has_conflict: typed.has_conflict,
    })
}

async fn history(
    current: &CurrentCtx,
    tx: &Tx,
    file: &ClientFile,
    barrier: &str,
) -> Result<Vec<VersionRow>, WebError> {
    let lang = current.lang;
    let row = |version: Version| VersionRow {
        text: format!(
            "{} · {}",
            lang.word("barrier", &version.code),
            lang.day(&version.occurred_on.to_string())
        ),
        by: version.recorded_by,
        at: version.recorded_at.micros(),
    };
    let versions = barriers::versions(&current.ctx, tx, &file.grant, barrier).await?;
    Ok(versions.into_iter().map(row).collect())
}

/// A field of the correction as the barrier stands.
fn stored_field(barrier: &Barrier, name: &str) -> Field {
    let details = &barrier.details;
    let code = |code: Option<&'static str>| code.unwrap_or_default().to_owned();
    Field::new(match name {
        "code" => barrier.code.clone(),
        "occurred_on" => barrier.occurred_on.to_string(),
        "system" => code(barrier.system.map(System::code)),
        "organization" => barrier.organization.clone(),
        "note" => barrier.note.clone(),
        "own_words" => details.own_words.clone(),
        "rule" => details.rule.clone(),
        "workaround" => details.workaround.clone(),
        "cost_days" => details.cost_days.map(|days| days.to_string()).unwrap_or_default(),
        "cost_money" => details.cost_cents.map(money_text).unwrap_or_default(),
        "severity" => code(details.severity.map(Severity::code)),
        "domain" => code(details.domain.map(NeedDomain::code)),
        "verb" => code(details.verb.map(Verb::code)),
        "locus" => code(details.locus.map(Locus::code)),
        "burden" => code(details.burden.map(Burden::code)),
        "access" => code(details.access.map(Access::code)),
        "preventable" => code(details.preventable.map(Judgement::code)),
        "confidence" => code(details.confidence.map(Confidence::code)),
        "verification" => code(details.verification.map(Verification::code)),
        _ => String::new(),
    })
}

fn money_text(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Everything that is known of a barrier, in plain words; what nobody said is left out.
fn facts(lang: Lang, barrier: &Barrier) -> Vec<(String, String)> {
    let details = &barrier.details;
    let word =
        |list: &str, code: Option<&'static str>| code.map(|code| lang.word(list, code)).unwrap_or_default();
    let level = details.locus.map(Locus::level);
    let locus =
        match (word("locus", details.locus.map(Locus::code)), word("level", level.map(|it| it.code()))) {
            (locus, level) if !locus.is_empty() && !level.is_empty() => format!("{locus} ({level})"),
            (locus, _) => locus,
        };
    let access = match details.access {
        Some(access) => {
            let ability = lang.word("ability", access.code());
            lang.t_with(
                "barriers-access-text",
                &[("what", lang.word("access", access.code()).into()), ("ability", ability.into())],
            )
        }
        None => String::new(),
    };
    let recorded = format!("{}, {}", barrier.recorded_by, lang.instant(barrier.recorded_at.micros()));
    let money = details.cost_cents.map(|cents| lang.number(f64::from(cents) / 100.0, 2)).unwrap_or_default();
    let end_note = barrier.resolution.as_ref().map(|end| end.note.clone()).unwrap_or_default();
    [
        ("barriers-when", lang.day(&barrier.occurred_on.to_string())),
        ("barriers-system", word("system", barrier.system.map(System::code))),
        ("barriers-organization", barrier.organization_name.clone()),
        ("barriers-rule", details.rule.clone()),
        ("barriers-severity", word("severity", details.severity.map(Severity::code))),
        ("barriers-domain", word("life", details.domain.map(NeedDomain::code))),
        ("barriers-locus", locus),
        ("barriers-burden", word("burden", details.burden.map(Burden::code))),
        ("barriers-access", access),
        ("barriers-verb", word("verb", details.verb.map(Verb::code))),
        ("barriers-preventable", word("judgement", details.preventable.map(Judgement::code))),
        ("barriers-cost-days", details.cost_days.map(|days| days.to_string()).unwrap_or_default()),
        ("barriers-cost-money", money),
        ("barriers-workaround", details.workaround.clone()),
        ("barriers-confidence", word("confidence", details.confidence.map(Confidence::code))),
        ("barriers-verification", word("verification", details.verification.map(Verification::code))),
        ("barriers-note", barrier.note.clone()),
        ("barriers-how-note", end_note),
        ("barriers-recorded-by", recorded),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (lang.t(key), value))
    .collect()
}

async fn correct(
    current: CurrentCtx,
    Path((id, barrier)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let client = ClientId::from_text(id.clone());
    let mut has_conflict = false;
    if let Some(new) = read(&current.ctx, &form, &mut reading) {
        match barriers::correct(&current.ctx, &client, &barrier, form.text("event"), &new).await {
            Ok(_) => {
                return current.done(current.t("flash-barrier-corrected"), &href(&id, &barrier)).await;
            }
            Err(BarrierError::ChangedMeanwhile) => has_conflict = true,
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let typed = Typed { form: Some(&reading), has_conflict, ..Typed::default() };
    let view = one_view(&current, &id, &barrier, &typed).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn resolve(
    current: CurrentCtx,
    Path((id, barrier)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let how = reading.parse("how", |text| How::from_code(text).ok_or("error-barriers-how"));
    let on = reading.parse("resolved_on", |text| day_or_today(&current.ctx, text));
    let note = reading.parse("resolve_note", short_text);
    if let (Some(how), Some(on), Some(note)) = (how, on, note) {
        let client = ClientId::from_text(id.clone());
        match barriers::resolve(&current.ctx, &client, &barrier, &Resolution { on, how, note }).await {
            Ok(()) => {
                let back = format!("/clients/{id}/barriers");
                return current.done(current.t("flash-barrier-resolved"), &back).await;
            }
            Err(BarrierError::ChangedMeanwhile) => {
                return changed_meanwhile(&current, &href(&id, &barrier)).await;
            }
            Err(error) => note_wrong(&mut reading, &current, error)?,
        }
    }
    let typed = Typed { resolve: Some(&reading), ..Typed::default() };
    let view = one_view(&current, &id, &barrier, &typed).await?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

/// Somebody else was faster: the page as it stands now says what they did.
async fn changed_meanwhile(current: &CurrentCtx, to: &str) -> Result<Response, WebError> {
    current.flash(FlashKind::Note, current.t("flash-barrier-changed")).await?;
    Ok(see_other(to))
}

async fn reopen(
    current: CurrentCtx,
    Path((id, barrier)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let to = href(&id, &barrier);
    match barriers::reopen(&current.ctx, &ClientId::from_text(id), &barrier).await {
        Ok(()) => current.done(current.t("flash-barrier-reopened"), &to).await,
        Err(BarrierError::ChangedMeanwhile) => changed_meanwhile(&current, &to).await,
        Err(BarrierError::NotFound) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn withdraw(
    current: CurrentCtx,
    Path((id, barrier)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let client = ClientId::from_text(id.clone());
    match barriers::withdraw(&current.ctx, &client, &barrier, form.text("event")).await {
        Ok(()) => {
            current.done(current.t("flash-barrier-withdrawn"), &format!("/clients/{id}/barriers")).await
        }
        Err(BarrierError::ChangedMeanwhile) => changed_meanwhile(&current, &href(&id, &barrier)).await,
        Err(BarrierError::NotFound) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CodesQuery {
    q: String,
}

async fn codes(current: CurrentCtx, Query(query): Query<CodesQuery>) -> Result<Response, WebError> {
    let lang = current.lang;
    let codes = barrier_codes::all(lang)
        .into_iter()
        .filter(|words| words.answers(&query.q))
        .map(|words| {
            let details = Details::default().or_usual_for(words.mechanism.code);
            let severity = lang.word("severity", words.mechanism.severity.code());
            CodeRow {
                code: words.mechanism.code.to_owned(),
                label: sentence(&words.label),
                synonyms: words.synonyms.join(", "),
                meaning: words.meaning,
                examples: words.examples,
                not_this: words.not_this,
                axes: format!("{} · {severity}", axes_line(lang, &details)),
            }
        })
        .collect();
    let view = CodesView {
        chrome: current.chrome("barrier-codes-title", None),
        query: Field::new(query.q),
        codes,
        version: format!("{LIST_VERSION}, {}", lang.int(u64::try_from(MECHANISMS.len()).unwrap_or_default())),
    };
    Ok(page(&view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_people_type_it() {
        for (typed, cents) in [
            ("", None),
            ("12", Some(1200)),
            ("12.5", Some(1250)),
            ("$ 0,05", Some(5)),
            (" 300.00 ", Some(30000)),
        ] {
            assert_eq!(money(typed), Ok(cents), "{typed}");
        }
        for wrong in ["-1", "a", "1.234", ".5", "1.2.3", "99999999"] {
            assert_eq!(money(wrong), Err("error-barriers-money"), "{wrong}");
        }
    }
}

#[cfg(test)]
mod pages {
    use std::collections::BTreeMap;

    use axum::http::StatusCode;
    use domain::kernel::ctx::Role;
    use domain::kernel::ids::{AccountId, CaseId, ClientId};
    use domain::{casework, evidence, people};

    use crate::web::tests::{Bench, Browser};

    /// Rosa with `n` clients `c0` ... in one area, each with an open case.
    pub(crate) async fn with_clients(n: usize) -> (Bench, Browser) {
        let bench = Bench::new().await;
        let rosa = bench.person("rosa", &[Role::Caseworker]).await;
        let ctx = bench.app.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        let strata = evidence::strata_ids(&tx, &[BTreeMap::new()]).await.unwrap();
        let opened_on = ctx.now.day().plus_days(-200);
        for number in 0..n {
            let id = ClientId::from_text(format!("c{number}"));
            let client = people::Client {
                id: id.clone(),
                preferred_name: "Lucía Moreno".to_owned(),
                legal_name: "Lucía Moreno".to_owned(),
                pronouns: String::new(),
                language: "Spanish".to_owned(),
                born_on: opened_on.plus_days(-6_000),
                area: "A1".to_owned(),
                strength: String::new(),
                wish: String::new(),
                groups: BTreeMap::new(),
            };
            people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
            let case = casework::Case {
                id: CaseId::from_text(format!("case{number}")),
                client: id,
                area: "A1".to_owned(),
                stratum_id: strata[0],
                worker: AccountId::from_text(rosa.id.as_str()),
                opened_on,
                closed_on: None,
            };
            casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let browser = bench.signed_in("rosa").await;
        (bench, browser)
    }

    #[tokio::test]
    async fn a_tap_records_a_barrier_and_says_how_many_others_met_it() {
        let (_bench, mut rosa) = with_clients(12).await;
        for number in 0..12 {
            let path = format!("/clients/c{number}/barriers");
            assert_eq!(rosa.get(&path).await.status, StatusCode::OK);
            let done = rosa.post(&path, &[("code", "waitlist")]).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
            assert!(done.location().starts_with(&format!("{path}?new=")));
            let page = rosa.get(done.location()).await;
            assert!(page.text.contains("Recorded: waitlist"));
            let says = match number {
                0 => "No other client on record",
                11 => "11 other clients in this area",
                _ => "Fewer than 11 other clients",
            };
            assert!(page.text.contains(says), "{number}: {says}");
            assert!(page.text.contains("One open barrier") && page.text.contains("must change: capacity"));
        }
    }

    #[tokio::test]
    async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept() {
        let (_bench, mut rosa) = with_clients(1).await;
        rosa.get("/clients/c0/barriers").await;
        let fields = [("occurred_on", "2099-01-01"), ("own_words", "Siempre mañana"), ("cost_money", "lots")];
        let wrong = rosa.post("/clients/c0/barriers", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in ["Choose what got in the way", "still to come", "Type an amount", "Siempre mañana"] {
            assert!(wrong.text.contains(part), "{part}");
        }
    }

    #[tokio::test]
    async fn a_barrier_is_corrected_closed_opened_again_and_taken_back() {
        let (_bench, mut rosa) = with_clients(1).await;
        rosa.get("/clients/c0/barriers").await;
        let done = rosa.post("/clients/c0/barriers", &[("code", "cost"), ("system", "school")]).await;
        let id = done.location().split("new=").nth(1).unwrap().to_owned();
        let path = format!("/clients/c0/barriers/{id}");
        let page = rosa.get(&path).await;
        assert!(
            page.text.contains("Affordability") || page.text.contains("one can pay for it"),
            "{}",
            page.text
        );
        let fields = [("code", "transport"), ("cost_days", "11"), ("cost_money", "12,50"), ("event", &*id)];
        assert_eq!(rosa.post(&path, &fields).await.location(), path);
        let page = rosa.get(&path).await;
        assert!(page.text.contains("12.50") && page.text.contains("History"));
        // The same form a second time was filled from a row that holds no more.
        let late = rosa.post(&path, &fields).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.text.contains("Somebody else changed this"));
        let end = format!("{path}/resolve");
        assert!(rosa.post(&end, &[]).await.text.contains("Choose how it ended"));
        assert_eq!(rosa.post(&end, &[("how", "appealed")]).await.location(), "/clients/c0/barriers");
        assert!(rosa.get("/clients/c0/barriers").await.text.contains("won a complaint or appeal"));
        assert_eq!(rosa.post(&format!("{path}/reopen"), &[]).await.location(), path);
        let page = rosa.get(&path).await;
        let event = page.text.split("name=\"event\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let gone = rosa.post(&format!("{path}/withdraw"), &[("event", event)]).await;
        assert_eq!(gone.location(), "/clients/c0/barriers");
        assert_eq!(rosa.get(&path).await.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_crisis_takes_two_fields_and_its_review_records_the_barrier() {
        let (bench, mut rosa) = with_clients(1).await;
        rosa.get("/clients/c0/barriers").await;
        rosa.post("/clients/c0/barriers", &[("code", "waitlist")]).await;
        rosa.get("/clients/c0/crises/new").await;
        let wrong = rosa.post("/clients/c0/crises", &[]).await;
        assert!(wrong.text.contains("Choose what happened"));
        let done = rosa.post("/clients/c0/crises", &[("code", "eviction")]).await;
        let path = done.location().to_owned();
        let page = rosa.get(&path).await;
        assert!(page.text.contains("within 24 hours") && page.text.contains("Barrier: waitlist"));
        let before = page.text.split("name=\"before\" type=\"checkbox\" value=\"").nth(1).unwrap();
        let before = before.split('"').next().unwrap();
        let fields =
            [("before", before), ("version", "0"), ("record", "yes"), ("tried", "Called the court.")];
        let wrong = rosa.post(&format!("{path}/review"), &fields).await;
        assert!(wrong.text.contains("Say whether it could have been prevented"));
        assert!(
            wrong.text.contains("Called the court.") && wrong.text.contains("Choose what got in the way")
        );
        let fields = [&fields[..], &[("preventable", "yes"), ("barrier", "no_response")]].concat();
        let done = rosa.post(&format!("{path}/review"), &fields).await;
        let list = rosa.get(done.location()).await;
        assert!(list.text.contains("Recorded: no answer") && list.text.contains("2 open barriers"));
        assert!(list.text.contains("could have been prevented"));
        assert!(rosa.get(&path).await.text.contains("checked"));

        assert_eq!(rosa.get("/supervise/crises").await.status, StatusCode::NOT_FOUND);
        bench.person("vera", &[Role::Supervisor]).await;
        let mut vera = bench.signed_in("vera").await;
        let board = vera.get("/supervise/crises").await;
        assert!(board.text.contains("Lucía M.") && board.text.contains("No review is overdue"));
    }

    #[tokio::test]
    async fn the_code_list_is_searched_by_any_word() {
        let (_bench, mut rosa) = with_clients(0).await;
        assert!(rosa.get("/barrier-codes").await.text.contains("36 codes"));
        let found = rosa.get("/barrier-codes?q=interpreter").await;
        assert!(found.text.contains("One code") && found.text.contains("language_access"));
        assert!(rosa.get("/barrier-codes?q=zzz").await.text.contains("No code matches"));
    }
}
