//! What workers do with referrals: each command is one transaction.

use super::links::{self, Link};
use super::store::{self, EventRow};
use super::{
    Command, How, LINE_MOST, NO_RESPONSE, NewReferral, NewStep, Outcome, Referral, ReferralError, State,
    TEXT_MOST, UNITS, Via, Wrong, barrier_code, checked, decide, due_after, step_checked,
};
use crate::casework::barriers::{self, NewBarrier};
use crate::kernel::access::{self, AccessError, CaseGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{AccountId, CaseId, ClientId, ReferralId};

/// The kind of the row that supersedes what was entered in error, as for notes; evidence and timeline leave it out.
const WITHDRAWN: &str = "withdrawn";

/// A referral that was kept or sent, and the link for its recipient if it went out.
#[derive(Debug)]
pub struct Saved {
    pub id: ReferralId,
    pub link: Option<Link>,
}

/// Keeps a referral as a draft or sends it. `draft` is the draft that it replaces.
pub async fn save(
    ctx: &Ctx,
    client: &ClientId,
    draft: Option<&ReferralId>,
    new: &NewReferral,
    how: How,
) -> Result<Saved, ReferralError> {
    let today = ctx.now.day();
    let wrong = checked(new, how, today);
    if !wrong.is_empty() {
        return Err(ReferralError::Wrong(wrong));
    }
    let mut tx = ctx.begin().await?;
    case_of(ctx, &mut tx, client, &new.case).await?;
    let open = vec![(&new.case).into(), today.to_string().into()];
    if tx.row(store::CASE_IS_OPEN, open).await?.is_none() {
        return Err(ReferralError::CaseClosed);
    }
    if let Some(draft) = draft {
        let (before, _) = store::referral(&tx, draft).await?.ok_or(AccessError::NotFound)?;
        if before.client != *client {
            return Err(AccessError::NotFound.into());
        }
        if tx.execute(store::REFERRAL_DRAFT_DELETE, vec![draft.into()]).await? == 0 {
            return Err(ReferralError::Changed);
        }
    }
    let referral = drafted(ctx, &tx, client, draft, new).await?;
    tx.execute(store::REFERRAL_INSERT, store::referral_values(&referral, "", "")).await?;
    written(ctx, &mut tx, "referral.write", &referral.id, "").await?;
    let link = match how {
        How::KeepAsDraft => None,
        How::Send => {
            let step = NewStep::plain(Command::Send, today);
            apply(ctx, &mut tx, &referral, &step, Via::Worker).await?;
            Some(links::make(ctx, &tx, &referral.id).await?)
        }
    };
    tx.commit().await?;
    Ok(Saved { id: referral.id, link })
}

/// The referral as a draft, with the organization as it stands on our list.
async fn drafted(
    ctx: &Ctx,
    tx: &Tx,
    client: &ClientId,
    draft: Option<&ReferralId>,
    new: &NewReferral,
) -> Result<Referral, ReferralError> {
    let today = ctx.now.day();
    let (mut recipient, mut system) = (new.recipient.trim().to_owned(), new.system);
    if !new.organization.is_empty() {
        let row = tx.row(store::REFERRAL_ORGANIZATION, vec![new.organization.clone().into()]).await?;
        let row = row.ok_or_else(|| ReferralError::Wrong(vec![Wrong::Recipient]))?;
        recipient = row.text(0)?;
        system = System::from_code(&row.text(1)?);
    }
    Ok(Referral {
        id: draft.cloned().unwrap_or_else(|| ReferralId::from_text(ctx.new_id())),
        case: new.case.clone(),
        client: client.clone(),
        organization: new.organization.clone(),
        recipient,
        system,
        need: new.need.clone(),
        service: new.service.trim().to_owned(),
        why: new.why.trim().to_owned(),
        shares: new.shares.trim().to_owned(),
        consented_on: new.consented_on,
        urgency: new.urgency,
        answer_days: new.answer_days,
        contact: new.contact.trim().to_owned(),
        state: State::Draft,
        outcome: None,
        reason: String::new(),
        created_on: today,
        sent_on: None,
        since_on: today,
        due_on: None,
        expected_on: None,
        ended_on: None,
        sent_by: AccountId::from_text(ctx.actor.label()),
        sent_by_name: String::new(),
        version: 1,
        has_barrier: false,
    })
}

/// Records what happened to a referral: what the recipient said on the phone, that we asked again, what came of it.
pub async fn record_step(
    ctx: &Ctx,
    client: &ClientId,
    id: &ReferralId,
    step: &NewStep,
) -> Result<(), ReferralError> {
    let mut tx = ctx.begin().await?;
    let (before, _) = opened(ctx, &mut tx, client, id).await?;
    // Sending makes the link too, and a silence is recorded with its barrier.
    if matches!(step.command, Command::Send | Command::NoResponse) {
        return Err(super::Forbidden { state: before.state, command: step.command }.into());
    }
    let wrong = step_checked(&before, step, ctx.now.day());
    if !wrong.is_empty() {
        return Err(ReferralError::Wrong(wrong));
    }
    apply(ctx, &mut tx, &before, step, Via::Worker).await?;
    tx.commit().await?;
    Ok(())
}

/// A new link for the recipient; the one before stops working.
pub async fn link_new(ctx: &Ctx, client: &ClientId, id: &ReferralId) -> Result<Link, ReferralError> {
    let mut tx = ctx.begin().await?;
    let (referral, _) = opened(ctx, &mut tx, client, id).await?;
    if !referral.state.is_open() {
        return Err(super::Forbidden { state: referral.state, command: Command::Ask }.into());
    }
    let link = links::make(ctx, &tx, id).await?;
    written(ctx, &mut tx, "referral.link", id, "").await?;
    tx.commit().await?;
    Ok(link)
}

/// The barrier that the end of a referral is, as the worker confirmed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarrierOf {
    /// Of the barriers' own list; empty: as the referral ended.
    pub code: String,
    pub on: Day,
    pub note: String,
}

/// Records that nobody answered, where the referral is still open, and the barrier that its end is: with the system and
/// organization of the referral.
pub async fn barrier_record(
    ctx: &Ctx,
    client: &ClientId,
    id: &ReferralId,
    barrier: &BarrierOf,
) -> Result<(), ReferralError> {
    let mut tx = ctx.begin().await?;
    let (mut referral, grant) = opened(ctx, &mut tx, client, id).await?;
    if referral.state.is_open() {
        let step = NewStep {
            reason: NO_RESPONSE.to_owned(),
            words: barrier.note.clone(),
            ..NewStep::plain(Command::NoResponse, barrier.on)
        };
        let wrong = step_checked(&referral, &step, ctx.now.day());
        if !wrong.is_empty() {
            return Err(ReferralError::Wrong(wrong));
        }
        referral = apply(ctx, &mut tx, &referral, &step, Via::Worker).await?;
    }
    let code = if barrier.code.is_empty() { barrier_code(&referral) } else { Some(barrier.code.as_str()) };
    let (Some(code), State::Failed | State::Rejected) = (code, referral.state) else {
        return Err(super::Forbidden { state: referral.state, command: Command::NoResponse }.into());
    };
    let new = NewBarrier {
        system: referral.system,
        organization: referral.organization.clone(),
        note: barrier.note.clone(),
        ..NewBarrier::new(code, barrier.on)
    };
    let event = barriers::record_in(ctx, &mut tx, &grant, &new).await?;
    if tx.execute(store::REFERRAL_BARRIER, vec![id.into(), event.into()]).await? == 0 {
        return Err(ReferralError::Changed);
    }
    written(ctx, &mut tx, "referral.barrier", id, code).await?;
    tx.commit().await?;
    Ok(())
}

/// A service as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewService {
    pub case: CaseId,
    pub what: String,
    /// An organization of our list, or empty with the name of the provider.
    pub organization: String,
    pub provider: String,
    pub system: Option<System>,
    pub from: Day,
    pub to: Option<Day>,
    pub amount_hundredths: Option<i64>,
    /// Of [`UNITS`], or empty.
    pub unit: String,
    pub note: String,
}

/// Records a service that a client received.
pub async fn service_record(ctx: &Ctx, client: &ClientId, new: &NewService) -> Result<(), ReferralError> {
    let wrong = service_checked(new, ctx.now.day());
    if !wrong.is_empty() {
        return Err(ReferralError::Wrong(wrong));
    }
    let mut tx = ctx.begin().await?;
    case_of(ctx, &mut tx, client, &new.case).await?;
    let mut system = new.system;
    if !new.organization.is_empty() {
        let row = tx.row(store::REFERRAL_ORGANIZATION, vec![new.organization.clone().into()]).await?;
        let row = row.ok_or_else(|| ReferralError::Wrong(vec![Wrong::Recipient]))?;
        system = System::from_code(&row.text(1)?);
    }
    let event = EventRow {
        case: &new.case,
        kind: "service",
        code: "received",
        system,
        organization: &new.organization,
        occurred_on: new.from,
        ended_on: new.to,
        note: new.note.trim(),
        supersedes: None,
    };
    let id = store::event_insert(ctx, &tx, &event).await?;
    let (what, provider) = (new.what.trim(), new.provider.trim());
    let values = store::service_detail_values(&id, "", what, provider, new.amount_hundredths, &new.unit);
    tx.execute(store::SERVICE_DETAIL_INSERT, values).await?;
    let act = Act { action: "service.record", subject_kind: "case_event", subject_id: &id, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(())
}

fn service_checked(new: &NewService, today: Day) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if new.what.trim().is_empty() {
        wrong.push(Wrong::What);
    }
    if new.organization.is_empty() && new.provider.trim().is_empty() {
        wrong.push(Wrong::Recipient);
    } else if new.organization.is_empty() && new.system.is_none() {
        wrong.push(Wrong::System);
    }
    if new.from > today {
        wrong.push(Wrong::Day);
    }
    if new.to.is_some_and(|to| to < new.from) {
        wrong.push(Wrong::Period);
    }
    let is_unit = new.unit.is_empty() || UNITS.contains(&new.unit.as_str());
    if !is_unit || new.amount_hundredths.is_some_and(|n| !(0..=1_000_000_000).contains(&n)) {
        wrong.push(Wrong::Amount);
    }
    let lines = [&new.what, &new.provider];
    if lines.iter().any(|it| it.chars().count() > LINE_MOST) || new.note.chars().count() > TEXT_MOST {
        wrong.push(Wrong::TooLong);
    }
    wrong
}

/// The case, opened for writing, if it is this client's.
async fn case_of(
    ctx: &Ctx,
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
) -> Result<CaseGrant, ReferralError> {
    let grant = access::case(ctx, tx, case.clone(), May::Record).await?;
    if grant.of_client().client() == client { Ok(grant) } else { Err(AccessError::NotFound.into()) }
}

/// A referral of this client, with its case opened for writing.
async fn opened(
    ctx: &Ctx,
    tx: &mut Tx,
    client: &ClientId,
    id: &ReferralId,
) -> Result<(Referral, CaseGrant), ReferralError> {
    let (referral, _) = store::referral(tx, id).await?.ok_or(AccessError::NotFound)?;
    let grant = case_of(ctx, tx, client, &referral.case).await?;
    Ok((referral, grant))
}

/// Takes a step: the state after it, the row of what happened, the service if the client got one.
pub(super) async fn apply(
    ctx: &Ctx,
    tx: &mut Tx,
    before: &Referral,
    step: &NewStep,
    via: Via,
) -> Result<Referral, ReferralError> {
    let after = after(before, step)?;
    // Saying a new day for the same thing is no new fact, but asking again is.
    let is_news = after.state != before.state || step.command == Command::Ask;
    let event = match step.command.event_code().filter(|_| is_news) {
        None => String::new(),
        Some(code) => {
            let event = EventRow {
                case: &before.case,
                kind: "referral",
                code,
                system: before.system,
                organization: &before.organization,
                occurred_on: step.on,
                ended_on: None,
                note: step.words.trim(),
                supersedes: None,
            };
            store::event_insert(ctx, tx, &event).await?
        }
    };
    store::step_insert(ctx, tx, &after, step, via, &event).await?;
    if !store::moved(tx, before, &after).await? {
        return Err(ReferralError::Changed);
    }
    if after.outcome == Some(Outcome::Attained) && before.outcome != after.outcome {
        service_of(ctx, tx, &after, step.on).await?;
    }
    if step.command == Command::EnterInError {
        take_back(ctx, tx, before).await?;
        tx.execute(store::LINKS_DELETE, vec![(&before.id).into()]).await?;
    }
    written(ctx, tx, "referral.step", &before.id, step.command.code()).await?;
    Ok(Referral { version: before.version + 1, ..after })
}

/// What a step makes of a referral.
pub(super) fn after(before: &Referral, step: &NewStep) -> Result<Referral, ReferralError> {
    let forbidden = super::Forbidden { state: before.state, command: step.command };
    let state = decide(before.state, step.command)?;
    // What the client said stays said; a mistake is the whole referral's to be entered in error.
    let is_settled = matches!(before.outcome, Some(Outcome::Attained | Outcome::NotAttained));
    if step.command == Command::SayOutcome && is_settled {
        return Err(forbidden.into());
    }
    let is_new_state = state != before.state;
    Ok(Referral {
        state,
        outcome: match step.command {
            Command::Complete | Command::SayOutcome => step.outcome,
            _ => before.outcome,
        },
        reason: if step.reason.is_empty() { before.reason.clone() } else { step.reason.clone() },
        sent_on: if step.command == Command::Send { Some(step.on) } else { before.sent_on },
        since_on: if is_new_state { step.on } else { before.since_on },
        due_on: due_after(state, step, before.answer_days),
        expected_on: if state.is_open() {
            step.expected_on.or(before.expected_on.filter(|_| !is_new_state))
        } else {
            None
        },
        ended_on: if state.is_over() { before.ended_on.or(Some(step.on)) } else { None },
        ..before.clone()
    })
}

/// The client got what the referral was for.
async fn service_of(ctx: &Ctx, tx: &Tx, referral: &Referral, on: Day) -> Result<(), DbError> {
    let event = EventRow {
        case: &referral.case,
        kind: "service",
        code: "received",
        system: referral.system,
        organization: &referral.organization,
        occurred_on: on,
        ended_on: None,
        note: "",
        supersedes: None,
    };
    let id = store::event_insert(ctx, tx, &event).await?;
    let (what, provider) = (&referral.service, &referral.recipient);
    let values = store::service_detail_values(&id, referral.id.as_str(), what, provider, None, "");
    tx.execute(store::SERVICE_DETAIL_INSERT, values).await.map(drop)
}

/// What a referral that was entered in error left in the record no longer counts.
async fn take_back(ctx: &Ctx, tx: &Tx, referral: &Referral) -> Result<(), DbError> {
    let of_referral = vec![(&referral.case).into(), (&referral.id).into()];
    for row in tx.rows(store::REFERRAL_EVENTS, of_referral).await? {
        let kind = row.text(1)?;
        let event = EventRow {
            case: &referral.case,
            kind: WITHDRAWN,
            code: &kind,
            system: referral.system,
            organization: &referral.organization,
            occurred_on: row.day(2)?,
            ended_on: None,
            note: "",
            supersedes: Some(row.int(0)?),
        };
        store::event_insert(ctx, tx, &event).await?;
    }
    Ok(())
}

pub(super) async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    id: &ReferralId,
    detail: &str,
) -> Result<(), DbError> {
    audit::append(ctx, tx, Act { action, subject_kind: "referral", subject_id: id.as_str(), detail }).await
}
