//! Where the demo's cases stand, and what its people have to do: programmes, weights, waitlists, tasks around today, and
//! a few closings for the supervisor to look at.

use anyhow::Context as _;
use domain::casework::Case;
use domain::casework::caseload;
use domain::casework::cases::{self, CaseCommand, CaseState, EndReason, ImportedFacts};
use domain::casework::tasks::{self, NewTask, TaskKind, TaskSource};
use domain::kernel::access::{self, May};
use domain::kernel::clock::Day;
use domain::kernel::ctx::{Actor, Ctx, Role, Site};
use domain::kernel::db::Tx;
use sim::World;

const PROGRAMMES: [&str; 4] =
    ["Family support", "Housing first steps", "Youth and school", "Benefits and work"];

/// What there is to do: kind, title, days from today, time.
const TASKS: [(TaskKind, &str, i64, &str); 12] = [
    (TaskKind::Visit, "Home visit: look at the letter together", 0, "09:30"),
    (TaskKind::Call, "Ask the school about the seat in the bus", 0, ""),
    (TaskKind::Court, "Go along to the hearing", 1, "13:30"),
    (TaskKind::ToDo, "Send the copy of the lease", -2, ""),
    (TaskKind::Meeting, "Meet the clinic about the care plan", 2, "11:00"),
    (TaskKind::ToDo, "Check that the renewal has arrived", 4, ""),
    (TaskKind::Call, "Ask how the first week went", 1, ""),
    (TaskKind::Visit, "Visit with the housing worker", 3, "15:00"),
    (TaskKind::ToDo, "Find a class in the evening", 8, ""),
    (TaskKind::Call, "Call back about the childcare place", -5, ""),
    (TaskKind::ToDo, "Write down what was agreed with the landlord", 0, ""),
    (TaskKind::Court, "Court date: bring the pay slips", 6, "09:00"),
];

/// Writes where each case stands, and tasks in every fourth open one.
pub async fn write(ctx: &Ctx, tx: &mut Tx, world: &World, made: &[Case]) -> anyhow::Result<()> {
    let today = ctx.now.day();
    let mut facts = Vec::with_capacity(made.len());
    for (at, (case, simulated)) in made.iter().zip(&world.cases).enumerate() {
        let is_open = case.closed_on.is_none();
        let (state, review_on) = match (is_open, at % 19, at % 23) {
            (false, ..) => (CaseState::Finished, None),
            (true, 7, _) => (CaseState::Waitlist, Some(today.plus_days(i64::try_from(at % 40)? - 12))),
            (true, _, 11) => (CaseState::OnHold, Some(today.plus_days(i64::try_from(at % 30)? - 6))),
            _ => (CaseState::Active, None),
        };
        let plan_review_on = (is_open && at % 3 == 0).then(|| review_day(case.opened_on, today));
        facts.push(ImportedFacts {
            state,
            programme: PROGRAMMES.get(at % PROGRAMMES.len()).copied().unwrap_or_default().to_owned(),
            weight: if at % 11 == 0 { 3 } else { 1 + i64::from(at % 4 == 0) },
            end_reason: simulated.closed_because.map(end_reason),
            review_on,
            plan_review_on,
            ..ImportedFacts::of(&case.id)
        });
    }
    cases::import_facts(tx, &facts).await?;
    let open = made.iter().filter(|case| case.closed_on.is_none());
    for (case, (kind, title, days, time)) in open.step_by(4).zip(TASKS.iter().cycle()) {
        let grant = access::case(ctx, tx, case.id.clone(), May::Record).await?;
        let task = NewTask {
            kind: *kind,
            due_on: Some(today.plus_days(*days)),
            due_at: (*time).to_owned(),
            ..NewTask::new(TaskSource::Person, *title)
        };
        tasks::add_in(ctx, tx, &grant, &task).await?;
    }
    Ok(())
}

/// A plan is looked at every 90 days.
fn review_day(opened_on: Day, today: Day) -> Day {
    let days = today.days_since(opened_on).max(0);
    opened_on.plus_days((days / 90 + 1) * 90)
}

fn end_reason(simulated: &str) -> EndReason {
    match simulated {
        "moved_away" => EndReason::MovedAway,
        "lost_touch" => EndReason::LostContact,
        "asked_to_stop" => EndReason::Withdrew,
        "handed_over" => EndReason::ReferredOut,
        _ => EndReason::GoalsMet,
    }
}

/// Lets three workers close a case today, and the rules look for reminders.
pub async fn work(site: &Site, made: &[Case]) -> anyhow::Result<()> {
    let today = site.clock.now().day();
    let mut closed_by = Vec::new();
    for case in made.iter().filter(|case| case.closed_on.is_none()) {
        if closed_by.contains(&&case.worker) {
            continue;
        }
        closed_by.push(&case.worker);
        let roles = [Role::Caseworker].into_iter().collect();
        let ctx = site.ctx(Actor::Person { account: case.worker.clone(), roles });
        let close = CaseCommand::Close(EndReason::GoalsMet, today);
        let note = "The family has what it came for, and knows whom to call.";
        cases::change_state(&ctx, case.id.clone(), 1, &close, note)
            .await
            .context("close a case of the demo")?;
        if closed_by.len() == 3 {
            break;
        }
    }
    caseload::remind(&site.system("reminders")).await?;
    Ok(())
}
