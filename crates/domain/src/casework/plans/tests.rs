use super::*;
use crate::casework::test_bench::{Bench, day};
use crate::kernel::access::{self, May};
use crate::kernel::ctx::{Ctx, Role};

async fn of(bench: &Bench, ctx: &Ctx, name: &str) -> Vec<Goal> {
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(ctx, &mut tx, bench.client_id(name), May::Read).await.unwrap();
    goals(&tx, &grant).await.unwrap()
}

fn goal(title: &str) -> NewGoal {
    NewGoal { title: title.to_owned(), need: "employment".to_owned(), due_on: None, made_with_client: true }
}

fn step(title: &str, who: StepWho) -> NewStep {
    NewStep { title: title.to_owned(), who, organization: String::new(), due_on: Some(day("2025-06-20")) }
}

#[tokio::test]
async fn a_workers_step_is_a_task_and_closing_a_goal_drops_what_is_open() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let ctx = bench.ctx(&rosa, Role::Caseworker);
    let case = bench.case("Dee Ward", &rosa, "2025-01-10").await;
    let id = goal_add(&ctx, case, &goal("  A job with regular hours ")).await.unwrap();
    let mine = step_add(&ctx, &id, &step("Ask the depot", StepWho::Worker)).await.unwrap();
    step_add(&ctx, &id, &step("Write a list of hours", StepWho::Client)).await.unwrap();
    let tasks = bench.tasks(&ctx).await;
    let open: Vec<&str> = tasks.open.iter().map(|task| task.title.as_str()).collect();
    assert!(open.contains(&"Ask the depot") && !open.contains(&"Write a list of hours"), "{open:?}");

    step_close(&ctx, &mine, StepState::Done).await.unwrap();
    assert!(matches!(step_close(&ctx, &mine, StepState::Done).await, Err(PlanError::Gone)));
    assert!(matches!(goal_close(&ctx, &id, 1, GoalState::Dropped, " ").await, Err(PlanError::Why)));
    goal_close(&ctx, &id, 1, GoalState::Reached, "Hired in June").await.unwrap();
    assert!(matches!(goal_close(&ctx, &id, 1, GoalState::Partly, "x").await, Err(PlanError::Changed)));
    assert!(matches!(step_add(&ctx, &id, &step("Late", StepWho::Client)).await, Err(PlanError::Gone)));

    let goals = of(&bench, &ctx, "Dee Ward").await;
    let [one] = goals.as_slice() else { panic!("{goals:?}") };
    assert_eq!(
        (one.title.as_str(), one.state, one.outcome.as_str()),
        ("A job with regular hours", GoalState::Reached, "Hired in June")
    );
    assert_eq!(
        one.steps.iter().map(|it| it.state).collect::<Vec<_>>(),
        [StepState::Done, StepState::Dropped]
    );
}

#[tokio::test]
async fn a_plan_is_not_found_by_somebody_who_does_not_work_with_the_client() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sam = bench.person("sam", Role::Caseworker).await;
    let ctx = bench.ctx(&rosa, Role::Caseworker);
    let case = bench.case("Dee Ward", &rosa, "2025-01-10").await;
    let id = goal_add(&ctx, case.clone(), &goal("A home")).await.unwrap();
    let other = bench.ctx(&sam, Role::Caseworker);
    let missing = |error| matches!(error, Err(PlanError::Access(access::AccessError::NotFound)));
    assert!(missing(goal_add(&other, case, &goal("x")).await.map(drop)));
    assert!(missing(goal_close(&other, &id, 1, GoalState::Reached, "").await));
    assert!(missing(step_add(&other, &id, &step("x", StepWho::Client)).await.map(drop)));
    assert!(matches!(
        goal_add(&ctx, crate::kernel::ids::CaseId::from_text("nonsense"), &goal("x")).await,
        Err(PlanError::Access(_))
    ));
    assert!(matches!(checked(&"x".repeat(WORDS_MOST + 1)), Err(PlanError::Words)));
}
