//! The demo's referrals: what the simulated record says happened, with the words a worker would have typed.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::casework::referrals::{self, Command, Loaded, NewStep, Outcome, Referral, State, Urgency};
use domain::casework::{self, Case};
use domain::kernel::clock::{Day, Instant};
use domain::kernel::codes::System;
use domain::kernel::ctx::Ctx;
use domain::kernel::db::Tx;
use domain::kernel::ids::{AccountId, ReferralId};
use domain::people::Organization;
use sim::{Event, World};

/// Cases closed longer ago than this are left to the record.
const DAYS_BACK: i64 = 180;

/// What is asked of each system: need, service, why.
const ASKED: [(&str, &str, [&str; 2], &str); 8] = [
    (
        "school",
        "education",
        ["Meeting about a shorter school day", "Place in the reading group"],
        "Two weeks of lessons were missed; a smaller group would help.",
    ),
    (
        "probation",
        "return_from_custody",
        ["Appointments after work hours", "One contact person"],
        "The job starts at six; morning appointments cost it.",
    ),
    (
        "child_protection",
        "child_safety",
        ["Family support at home", "Visits on weekends"],
        "The family asks for help before it gets loud.",
    ),
    (
        "hospital",
        "mental_health",
        ["Follow-up after the ward", "Family sessions"],
        "The first weeks at home were the hard ones last time.",
    ),
    (
        "housing",
        "housing_instability",
        ["Help with the rent arrears", "A repair of the heating"],
        "A letter from the landlord names a date.",
    ),
    (
        "benefits",
        "money",
        ["Reopening after a missed letter", "A worker who speaks the language"],
        "The letter came to the old address.",
    ),
    (
        "court",
        "legal",
        ["A later date for the hearing", "An interpreter"],
        "The notice came four days before.",
    ),
    ("", "other", ["Somebody to talk to", "Help with the forms"], "Asked for by the family."),
];

/// Makes a referral of every one that the record knows as sent, for cases that are open or were closed lately. The events
/// are in the database already, in the order of the world's.
pub async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    world: &World,
    cases: &[Case],
    organizations: &[Organization],
    staff: &[AccountId],
) -> anyhow::Result<()> {
    let ids = casework::event_ids(tx).await?;
    let mut outcomes: BTreeMap<usize, Vec<&Event>> = BTreeMap::new();
    for event in &world.events {
        if let Some(sent) = event.referral {
            outcomes.entry(sent).or_default().push(event);
        }
    }
    let end = Day::new(world.end()).context("place the end of the simulated time")?;
    let since = end.plus_days(-DAYS_BACK);
    let record = Record { ids, end };
    let mut loaded = Vec::new();
    for event in world.events.iter().filter(|event| event.kind.as_str() == "referral" && event.code == "sent")
    {
        let case = cases.get(event.case).context("find the case of a simulated referral")?;
        if case.closed_on.is_some_and(|closed| closed < since) {
            continue;
        }
        let Some(organization) = event.organization.and_then(|at| organizations.get(at)) else { continue };
        let sender = staff.get(event.worker).context("find who sent a simulated referral")?;
        let of_it = outcomes.get(&event.id).map_or(&[][..], Vec::as_slice);
        loaded.push(referral(ctx, &record, event, of_it, (case, organization, sender))?);
    }
    referrals::insert_loaded(ctx, tx, &loaded).await?;
    Ok(())
}

/// The ids of the events in the database, in the world's order, and the day on which the simulated time ends.
struct Record {
    ids: Vec<String>,
    end: Day,
}

fn referral(
    ctx: &Ctx,
    record: &Record,
    sent: &Event,
    of_it: &[&Event],
    (case, organization, sender): (&Case, &Organization, &AccountId),
) -> anyhow::Result<Loaded> {
    let end = record.end;
    let event_id = |event: &Event| record.ids.get(event.id).cloned().unwrap_or_default();
    let day = |event: &Event| Day::new(event.occurred_on).context("place a simulated day in the calendar");
    let moment = |event: &Event| -> anyhow::Result<Instant> {
        Ok(Instant::on_day(Day::new(event.recorded_on).context("place a simulated day in the calendar")?, 16))
    };
    let sent_on = day(sent)?;
    let (_, need, services, why) = ASKED
        .iter()
        .find(|(system, ..)| *system == sent.system || system.is_empty())
        .context("know a system")?;
    let service = services.get(sent.id % services.len()).copied().unwrap_or_default();
    let mut steps =
        vec![(NewStep::plain(Command::Send, sent_on), State::Requested, moment(sent)?, event_id(sent))];
    let (mut state, mut since_on, mut outcome, mut reason) = (State::Requested, sent_on, None, String::new());
    let mut came = Vec::new();
    let barrier = of_it.iter().find(|event| event.kind.as_str() == "barrier");
    for event in of_it {
        let on = day(event)?;
        let mut step = match (event.kind.as_str(), event.code) {
            ("referral", "accepted") => NewStep::plain(Command::Accept, on),
            ("referral", "declined") => {
                let code = barrier.map(|event| event.code).filter(|code| referrals::REASONS.contains(code));
                NewStep { reason: code.unwrap_or("other").to_owned(), ..NewStep::plain(Command::Reject, on) }
            }
            ("referral", "no_response") => {
                NewStep { reason: "no_response".to_owned(), ..NewStep::plain(Command::NoResponse, on) }
            }
            ("service", _) => {
                NewStep { outcome: Some(Outcome::Attained), ..NewStep::plain(Command::Complete, on) }
            }
            _ => continue,
        };
        state = referrals::decide(state, step.command).context("follow a simulated referral")?;
        since_on = on;
        let is_service = step.command == Command::Complete;
        if is_service {
            outcome = step.outcome;
            came.push(event_id(event));
        } else {
            step.words = String::new();
            reason.clone_from(&step.reason);
        }
        // The service stands in the record as itself; the step adds nothing to it.
        let of_step = if is_service { String::new() } else { event_id(event) };
        steps.push((step, state, moment(event)?, of_step));
    }
    // What the record leaves open: some have been heard of, and what was accepted long ago was asked about since.
    let heard_on = since_on.plus_days(5).min(end);
    let more = match (state, sent.id % 5) {
        (State::Requested, 0) => Some(NewStep {
            expected_on: Some(end.plus_days(40)),
            words: "We decide at the team meeting.".to_owned(),
            ..NewStep::plain(Command::Receive, heard_on)
        }),
        (State::Requested, 1) => Some(NewStep {
            expected_on: Some(end.plus_days(75)),
            words: "Three are before you.".to_owned(),
            ..NewStep::plain(Command::Wait, heard_on)
        }),
        (State::Accepted, _) if end.days_since(since_on) > 45 => Some(NewStep {
            outcome: Some(Outcome::Unknown),
            ..NewStep::plain(Command::Complete, since_on.plus_days(40))
        }),
        (State::Accepted, 0 | 1) => {
            Some(NewStep { expected_on: Some(end.plus_days(60)), ..NewStep::plain(Command::Start, heard_on) })
        }
        _ => None,
    };
    let mut expected_on = None;
    if let Some(step) = more {
        state = referrals::decide(state, step.command).context("follow a simulated referral")?;
        (since_on, expected_on) = (step.on, step.expected_on);
        outcome = step.outcome.or(outcome);
        steps.push((step, state, Instant::on_day(since_on, 16), String::new()));
    }
    let last = steps.last().map(|(step, ..)| step.clone()).context("a referral has a first step")?;
    let referral = Referral {
        id: ReferralId::from_text(ctx.new_id()),
        case: case.id.clone(),
        client: case.client.clone(),
        organization: organization.id.clone(),
        recipient: organization.name.clone(),
        system: System::from_code(sent.system),
        need: (*need).to_owned(),
        service: service.to_owned(),
        why: (*why).to_owned(),
        shares: "Name, phone number and what is asked.".to_owned(),
        consented_on: Some(sent_on),
        urgency: match sent.id % 9 {
            0 => Urgency::Urgent,
            1..=3 => Urgency::Soon,
            _ => Urgency::Routine,
        },
        answer_days: referrals::ANSWER_DAYS,
        contact: "555 0100".to_owned(),
        state,
        outcome,
        reason,
        created_on: sent_on,
        sent_on: Some(sent_on),
        since_on,
        due_on: referrals::due_after(state, &last, referrals::ANSWER_DAYS),
        expected_on: expected_on.filter(|_| state.is_open()),
        ended_on: state.is_over().then_some(since_on),
        sent_by: sender.clone(),
        sent_by_name: String::new(),
        version: 1,
        has_barrier: false,
    };
    let barrier = barrier.map(|event| event_id(event)).unwrap_or_default();
    Ok(Loaded { referral, barrier, steps, services: came })
}
