//! The commands: each is one transaction, and each leaves a change that the timeline shows.

use super::store::{
    self, APPROVAL, APPROVAL_DECIDE, APPROVAL_INSERT, APPROVALS_DROP, ASSIGNMENT_END, ASSIGNMENT_INSERT,
    CASE_FACTS, CASE_FACTS_IMPORT, CASE_FROM_CLIENT, CASE_LEAD, CASE_MOVE, CLOSURES, IS_NAMED, NewChange,
    day_text,
};
use super::{
    ApprovalState, CaseBox, CaseCommand, CaseError, CaseState, ChangeKind, EndReason, Moved, Part,
    WEIGHT_LEAST, WEIGHT_MOST, decide,
};
use crate::casework::tasks::{self, NewTask, TaskError, TaskSource};
use crate::casework::{Case, cases_insert};
use crate::kernel::access::{self, AccessError, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::{Actor, Ctx, Role};
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{AccountId, CaseId, ClientId};
use crate::people::Client;

/// A case to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// Planned, waitlist or active.
    pub state: CaseState,
    pub programme: String,
    pub opened_on: Day,
    pub worker: AccountId,
    /// The combination of groups of the client; None: that of their newest case.
    pub stratum_id: Option<i64>,
}

/// A case that goes to another worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    pub to: AccountId,
    /// What the new worker has to know.
    pub note: String,
    pub kept: Kept,
}

/// What becomes of the worker who hands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Leaves,
    StaysAsSupport,
}

/// A closing for the supervisor to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub approval: String,
    pub case: CaseId,
    pub client: ClientId,
    pub list_name: String,
    pub state: CaseState,
    pub end_reason: Option<EndReason>,
    pub opened_on: Day,
    pub closed_on: Option<Day>,
    pub asked_at: Instant,
    pub asked_by: String,
    pub note: String,
    /// Tasks that are still open.
    pub open_tasks: u64,
}

/// Opens a case of a client who has none, in the transaction of whoever needs it.
pub async fn open_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    new: &OpenCase,
) -> Result<CaseId, CaseError> {
    if grant.may() != May::Record {
        return Err(CaseError::ReadOnly);
    }
    if new.state.is_closed() || new.state == CaseState::OnHold {
        return Err(CaseError::StateForbids(new.state));
    }
    if new.opened_on > ctx.now.day() {
        return Err(CaseError::DayOutside);
    }
    let row = tx.row(CASE_FROM_CLIENT, vec![grant.client().into()]).await?.ok_or(AccessError::NotFound)?;
    if row.int(2)? > 0 {
        return Err(CaseError::AlreadyOpen);
    }
    let id = CaseId::from_text(ctx.new_id());
    let case = Case {
        id: id.clone(),
        client: grant.client().clone(),
        area: row.text(0)?,
        stratum_id: match new.stratum_id {
            Some(stratum) => stratum,
            None => row.int(1)?,
        },
        worker: new.worker.clone(),
        opened_on: new.opened_on,
        closed_on: None,
    };
    cases_insert(ctx, tx, &[case]).await?;
    import_facts(
        tx,
        &[ImportedFacts {
            case: id.clone(),
            state: new.state,
            programme: new.programme.clone(),
            ..ImportedFacts::of(&id)
        }],
    )
    .await?;
    let change = NewChange {
        to: new.state.code(),
        day: Some(new.opened_on),
        account: Some(&new.worker),
        ..NewChange::default()
    };
    store::change(ctx, tx, &id, ChangeKind::Opened, change).await?;
    written(ctx, tx, "case.open", &id, new.state.code()).await?;
    Ok(id)
}

/// Opens another case of a client whose file the caller may write in.
pub async fn case_open(ctx: &Ctx, client: ClientId, new: &OpenCase) -> Result<CaseId, CaseError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    lead_checked(ctx, &tx, &grant, &new.worker).await?;
    let id = open_in(ctx, &mut tx, &grant, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Facts of a case that come with it from elsewhere: the demo, an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFacts {
    pub case: CaseId,
    pub state: CaseState,
    pub programme: String,
    pub weight: i64,
    pub end_reason: Option<EndReason>,
    pub review_on: Option<Day>,
    pub plan_review_on: Option<Day>,
}

impl ImportedFacts {
    /// An active case of ordinary weight.
    pub fn of(case: &CaseId) -> Self {
        Self {
            case: case.clone(),
            state: CaseState::Active,
            programme: String::new(),
            weight: 1,
            end_reason: None,
            review_on: None,
            plan_review_on: None,
        }
    }
}

/// Writes facts of cases that have just been inserted.
pub async fn import_facts(tx: &mut Tx, facts: &[ImportedFacts]) -> Result<(), DbError> {
    for it in facts {
        let values = vec![
            (&it.case).into(),
            it.state.code().into(),
            it.programme.clone().into(),
            it.weight.into(),
            it.end_reason.map(EndReason::code).unwrap_or_default().into(),
            day_text(it.review_on),
            day_text(it.plan_review_on),
        ];
        tx.execute(CASE_FACTS_IMPORT, values).await?;
    }
    Ok(())
}

/// Moves a case by one step. `version` is that of the page the caller looked at.
pub async fn change_state(
    ctx: &Ctx,
    case: CaseId,
    version: i64,
    command: &CaseCommand,
    note: &str,
) -> Result<CaseState, CaseError> {
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let before = loaded(&tx, &grant).await?;
    let moved = decide(before.standing, command, ctx.now.day())?;
    let note = note.trim();
    if command.needs_note() && note.is_empty() {
        return Err(CaseError::NoteMissing);
    }
    if before.version != version {
        return Err(CaseError::Changed);
    }
    let day = match command {
        CaseCommand::Close(_, on) => Some(*on),
        _ => None,
    };
    moved_write(ctx, &mut tx, &before, moved, day, note).await?;
    tx.commit().await?;
    Ok(moved.state)
}

/// Writes a step: the state, the change, the approval that it asks for or makes idle.
async fn moved_write(
    ctx: &Ctx,
    tx: &mut Tx,
    before: &CaseBox,
    moved: Moved,
    day: Option<Day>,
    note: &str,
) -> Result<(), CaseError> {
    let case = &before.id;
    let end_reason = moved.end_reason.map(EndReason::code).unwrap_or_default();
    let values = vec![
        case.into(),
        before.version.into(),
        moved.state.code().into(),
        day_text(moved.closed_on),
        end_reason.into(),
        day_text(moved.review_on),
    ];
    if tx.execute(CASE_MOVE, values).await? == 0 {
        return Err(CaseError::Changed);
    }
    let change = NewChange {
        from: before.standing.state.code(),
        to: moved.state.code(),
        reason: end_reason,
        day,
        note,
        ..NewChange::default()
    };
    store::change(ctx, tx, case, ChangeKind::State, change).await?;
    tx.execute(APPROVALS_DROP, vec![case.into()]).await?;
    if moved.wants_approval {
        // A supervisor's own closing has been looked at.
        let by = ctx.actor.label();
        let is_supervisor = matches!(ctx.actor, Actor::Person { .. }) && ctx.actor.has(Role::Supervisor);
        let state = if is_supervisor { ApprovalState::Approved } else { ApprovalState::Asked };
        let values = vec![
            ctx.new_id().into(),
            case.into(),
            "closing".into(),
            "".into(),
            state.code().into(),
            ctx.now.micros().into(),
            by.clone().into(),
            is_supervisor.then(|| ctx.now.micros()).into(),
            (if is_supervisor { by } else { String::new() }).into(),
        ];
        tx.execute(APPROVAL_INSERT, values).await?;
    }
    if moved.state.is_closed() {
        tasks::settle_in(ctx, tx, case).await?;
    }
    let detail = format!("{} -> {}", before.standing.state.code(), moved.state.code());
    Ok(written(ctx, tx, "case.move", case, &detail).await?)
}

/// Programme, weight and the plan's next review.
pub async fn facts_write(
    ctx: &Ctx,
    case: CaseId,
    version: i64,
    programme: &str,
    weight: i64,
    plan_review_on: Option<Day>,
) -> Result<(), CaseError> {
    if !(WEIGHT_LEAST..=WEIGHT_MOST).contains(&weight) {
        return Err(CaseError::WeightOutside);
    }
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let before = loaded(&tx, &grant).await?;
    let programme = programme.split_whitespace().collect::<Vec<_>>().join(" ");
    let values = vec![
        (&before.id).into(),
        version.into(),
        programme.clone().into(),
        weight.into(),
        day_text(plan_review_on),
    ];
    if tx.execute(CASE_FACTS, values).await? == 0 {
        return Err(CaseError::Changed);
    }
    let mut fields = Vec::new();
    if before.programme != programme {
        let change = NewChange { from: &before.programme, to: &programme, ..NewChange::default() };
        store::change(ctx, &tx, &before.id, ChangeKind::Programme, change).await?;
        fields.push("programme");
    }
    if before.weight != weight {
        let (from, to) = (before.weight.to_string(), weight.to_string());
        let change = NewChange { from: &from, to: &to, ..NewChange::default() };
        store::change(ctx, &tx, &before.id, ChangeKind::Weight, change).await?;
        fields.push("weight");
    }
    if before.plan_review_on != plan_review_on {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let (from, to) = (day(before.plan_review_on), day(plan_review_on));
        let change = NewChange { from: &from, to: &to, ..NewChange::default() };
        store::change(ctx, &tx, &before.id, ChangeKind::PlanReview, change).await?;
        fields.push("plan_review_on");
    }
    written(ctx, &mut tx, "case.facts", &before.id, &fields.join(",")).await?;
    Ok(tx.commit().await?)
}

/// Gives a case to another lead, at once: the one in the lead or a supervisor does that. The old lead's open tasks go
/// along, and the new one gets a task with the note.
pub async fn transfer(ctx: &Ctx, case: CaseId, handover: &Handover) -> Result<(), CaseError> {
    let mut tx = ctx.begin().await?;
    transfer_in(ctx, &mut tx, case, handover).await?;
    Ok(tx.commit().await?)
}

/// Gives several cases to another lead; all or none. For supervisors.
pub async fn transfer_many(ctx: &Ctx, cases: &[CaseId], handover: &Handover) -> Result<usize, CaseError> {
    if !ctx.actor.has(Role::Supervisor) {
        return Err(CaseError::NotYours);
    }
    let mut tx = ctx.begin().await?;
    for case in cases {
        transfer_in(ctx, &mut tx, case.clone(), handover).await?;
    }
    tx.commit().await?;
    Ok(cases.len())
}

async fn transfer_in(ctx: &Ctx, tx: &mut Tx, case: CaseId, handover: &Handover) -> Result<(), CaseError> {
    let grant = access::case(ctx, tx, case, May::Record).await?;
    let before = loaded(tx, &grant).await?;
    may_staff(ctx, &before)?;
    if before.standing.state.is_closed() {
        return Err(CaseError::StateForbids(before.standing.state));
    }
    let note = handover.note.trim();
    if note.is_empty() {
        return Err(CaseError::NoteMissing);
    }
    if before.lead == handover.to {
        return Err(CaseError::NotAWorker);
    }
    lead_checked(ctx, tx, grant.of_client(), &handover.to).await?;
    let today = ctx.now.day();
    tx.execute(CASE_LEAD, vec![grant.case().into(), (&handover.to).into()]).await?;
    end_part(tx, grant.case(), &before.lead, Part::Lead, today).await?;
    end_part(tx, grant.case(), &handover.to, Part::Support, today).await?;
    begin_part(ctx, tx, grant.case(), &handover.to, Part::Lead, today).await?;
    if handover.kept == Kept::StaysAsSupport {
        begin_part(ctx, tx, grant.case(), &before.lead, Part::Support, today).await?;
    }
    tasks::move_in(tx, grant.case(), &before.lead, &handover.to).await?;
    let change = NewChange {
        from: before.lead.as_str(),
        to: handover.to.as_str(),
        note,
        account: Some(&handover.to),
        ..NewChange::default()
    };
    let change = store::change(ctx, tx, grant.case(), ChangeKind::Transfer, change).await?;
    // The task's title is a label: what there is to know stands in the note on the file's timeline.
    let task = NewTask {
        due_on: Some(today),
        worker: None,
        source_key: change,
        ..NewTask::new(TaskSource::Transfer, note.chars().take(tasks::TITLE_MOST).collect::<String>())
    };
    tasks::add_in(ctx, tx, &grant, &task).await.map_err(not_a_task)?;
    Ok(written(ctx, tx, "case.transfer", grant.case(), "").await?)
}

/// Gives somebody a supporting part in a case.
pub async fn assign(ctx: &Ctx, case: CaseId, to: &AccountId) -> Result<(), CaseError> {
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let before = loaded(&tx, &grant).await?;
    may_staff(ctx, &before)?;
    let team = store::assignments(&tx, grant.case()).await?;
    let is_there = before.lead == *to || team.iter().any(|it| it.account == *to && it.to.is_none());
    let is_worker = store::workers(&tx).await?.iter().any(|it| it.id == *to);
    if is_there || !is_worker {
        return Err(CaseError::NotAWorker);
    }
    named_checked(&tx, grant.of_client(), to).await?;
    begin_part(ctx, &tx, grant.case(), to, Part::Support, ctx.now.day()).await?;
    let change = NewChange { to: Part::Support.code(), account: Some(to), ..NewChange::default() };
    store::change(ctx, &tx, grant.case(), ChangeKind::Assigned, change).await?;
    written(ctx, &mut tx, "case.assign", grant.case(), Part::Support.code()).await?;
    Ok(tx.commit().await?)
}

/// Ends a supporting part; the person's open tasks in the case go to the lead.
pub async fn unassign(ctx: &Ctx, case: CaseId, who: &AccountId) -> Result<(), CaseError> {
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let before = loaded(&tx, &grant).await?;
    // Everybody may step back from what they support.
    if ctx.actor.account() != Some(who) {
        may_staff(ctx, &before)?;
    }
    if end_part(&tx, grant.case(), who, Part::Support, ctx.now.day()).await? == 0 {
        return Err(CaseError::NotAWorker);
    }
    tasks::move_in(&tx, grant.case(), who, &before.lead).await?;
    let change = NewChange { from: Part::Support.code(), account: Some(who), ..NewChange::default() };
    store::change(ctx, &tx, grant.case(), ChangeKind::Unassigned, change).await?;
    written(ctx, &mut tx, "case.unassign", grant.case(), Part::Support.code()).await?;
    Ok(tx.commit().await?)
}

/// Closings that nobody has looked at. For supervisors; a list of names, so it is written down by whoever calls.
pub async fn closures(ctx: &Ctx, tx: &Tx, most: i64) -> Result<Vec<Closure>, DbError> {
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let rows = tx.rows(CLOSURES, vec![account.into(), most.into()]).await?;
    rows.iter()
        .map(|row| {
            let state = row.text(4)?;
            Ok(Closure {
                approval: row.text(0)?,
                case: CaseId::from_text(row.text(1)?),
                client: ClientId::from_text(row.text(2)?),
                list_name: Client::list_name(&row.text(3)?),
                state: CaseState::from_code(&state)
                    .ok_or_else(|| DbError::Stored(format!("a state of a case: {state}")))?,
                end_reason: EndReason::from_code(&row.text(5)?),
                closed_on: row.day_or_none(6)?,
                asked_at: row.instant(7)?,
                asked_by: row.text(8)?,
                opened_on: row.day(9)?,
                note: row.text(10)?,
                open_tasks: row.count(11)?,
            })
        })
        .collect()
}

/// Says that a closing is in order.
pub async fn approve(ctx: &Ctx, approval: &str, note: &str) -> Result<(), CaseError> {
    let mut tx = ctx.begin().await?;
    let grant = decided(ctx, &mut tx, approval, ApprovalState::Approved, note.trim()).await?;
    let change = NewChange { note: note.trim(), ..NewChange::default() };
    store::change(ctx, &tx, grant.case(), ChangeKind::Approved, change).await?;
    written(ctx, &mut tx, "case.approve", grant.case(), "closing").await?;
    Ok(tx.commit().await?)
}

/// Sends a closing back: the case is active again, and its lead has a task that says why.
pub async fn send_back(ctx: &Ctx, approval: &str, note: &str) -> Result<(), CaseError> {
    let note = note.trim();
    if note.is_empty() {
        return Err(CaseError::NoteMissing);
    }
    let mut tx = ctx.begin().await?;
    let grant = decided(ctx, &mut tx, approval, ApprovalState::SentBack, note).await?;
    let before = loaded(&tx, &grant).await?;
    let moved = Moved {
        state: CaseState::Active,
        closed_on: None,
        end_reason: None,
        review_on: None,
        wants_approval: false,
    };
    moved_write(ctx, &mut tx, &before, moved, None, note).await?;
    let change = NewChange { note, ..NewChange::default() };
    store::change(ctx, &tx, grant.case(), ChangeKind::SentBack, change).await?;
    let task = NewTask {
        due_on: Some(ctx.now.day()),
        source_key: approval.to_owned(),
        ..NewTask::new(TaskSource::Approval, note.chars().take(tasks::TITLE_MOST).collect::<String>())
    };
    tasks::add_in(ctx, &mut tx, &grant, &task).await.map_err(not_a_task)?;
    written(ctx, &mut tx, "case.send_back", grant.case(), "closing").await?;
    Ok(tx.commit().await?)
}

async fn decided(
    ctx: &Ctx,
    tx: &mut Tx,
    approval: &str,
    state: ApprovalState,
    note: &str,
) -> Result<CaseGrant, CaseError> {
    if !ctx.actor.has(Role::Supervisor) {
        return Err(AccessError::NotFound.into());
    }
    let row = tx.row(APPROVAL, vec![approval.to_owned().into()]).await?.ok_or(AccessError::NotFound)?;
    let grant = access::case(ctx, tx, CaseId::from_text(row.text(0)?), May::Record).await?;
    let values = vec![
        approval.to_owned().into(),
        state.code().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        note.to_owned().into(),
    ];
    if tx.execute(APPROVAL_DECIDE, values).await? == 0 {
        return Err(CaseError::Decided);
    }
    Ok(grant)
}

async fn loaded(tx: &Tx, grant: &CaseGrant) -> Result<CaseBox, CaseError> {
    Ok(store::case_box(tx, grant.case()).await?.ok_or(AccessError::NotFound)?)
}

/// The lead of the case, a supervisor or a command decides who works on it.
fn may_staff(ctx: &Ctx, case: &CaseBox) -> Result<(), CaseError> {
    let is_lead = ctx.actor.account() == Some(&case.lead);
    if is_lead || ctx.actor.has(Role::Supervisor) { Ok(()) } else { Err(CaseError::NotYours) }
}

/// A lead is an active caseworker, and named where the client is restricted.
async fn lead_checked(_: &Ctx, tx: &Tx, client: &ClientGrant, lead: &AccountId) -> Result<(), CaseError> {
    if !store::workers(tx).await?.iter().any(|it| it.id == *lead && it.is_caseworker) {
        return Err(CaseError::NotAWorker);
    }
    named_checked(tx, client, lead).await
}

async fn named_checked(tx: &Tx, client: &ClientGrant, who: &AccountId) -> Result<(), CaseError> {
    let row = tx.row(IS_NAMED, vec![client.client().into(), who.into()]).await?;
    match row {
        Some(row) if row.int(0)? > 0 && row.int(1)? == 0 => Err(CaseError::NotNamed),
        _ => Ok(()),
    }
}

async fn begin_part(
    ctx: &Ctx,
    tx: &Tx,
    case: &CaseId,
    who: &AccountId,
    part: Part,
    on: Day,
) -> Result<u64, DbError> {
    let values = vec![
        ctx.new_id().into(),
        case.into(),
        who.into(),
        part.code().into(),
        on.to_string().into(),
        "".into(),
    ];
    tx.execute(ASSIGNMENT_INSERT, values).await
}

async fn end_part(tx: &Tx, case: &CaseId, who: &AccountId, part: Part, on: Day) -> Result<u64, DbError> {
    let values = vec![case.into(), who.into(), part.code().into(), on.to_string().into()];
    tx.execute(ASSIGNMENT_END, values).await
}

fn not_a_task(error: TaskError) -> CaseError {
    match error {
        TaskError::Db(error) => error.into(),
        TaskError::Access(error) => error.into(),
        error => DbError::Stored(error.to_string()).into(),
    }
}

async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    case: &CaseId,
    detail: &str,
) -> Result<(), DbError> {
    audit::append(ctx, tx, Act { action, subject_kind: "client_case", subject_id: case.as_str(), detail })
        .await
}
