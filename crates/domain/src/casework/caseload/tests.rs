use super::*;
use crate::casework::tasks::{self, NewTask, TaskSource};
use crate::casework::test_bench::{Bench, day};
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::Role;
use crate::kernel::db::Sql;

fn whole(scope: Scope) -> BoardFilter {
    BoardFilter { scope, state: None, only_needs: false, sort: Sort::Need, offset: 0, most: 50 }
}

#[tokio::test]
async fn the_board_stands_by_need_and_says_why() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let quiet = bench.case("Kim Adler", &rosa, "2025-01-10").await;
    let calm = bench.case("Dee Walsh", &rosa, "2025-01-10").await;
    let crisis = bench.case("Lucía Moreno", &rosa, "2025-01-10").await;
    bench.event(&quiet, EventKind::Contact, "call", "2025-05-10").await;
    bench.event(&calm, EventKind::Contact, "visit", "2025-06-12").await;
    // Somebody tried: that is no contact.
    bench.event(&quiet, EventKind::Contact, "attempted", "2025-06-14").await;
    bench.event(&crisis, EventKind::Contact, "visit", "2025-06-10").await;
    bench.event(&crisis, EventKind::Crisis, "inpatient_stay", "2025-06-13").await;
    bench.event(&crisis, EventKind::Barrier, "waitlist", "2025-06-01").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let board = board(&as_rosa, &whole(Scope::LedBy(rosa.clone()))).await.unwrap();
    let lines: Vec<_> = board
        .lines
        .iter()
        .map(|line| (line.list_name.as_str(), line.needs.iter().map(|it| it.code()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(lines, [("Lucía M.", vec!["crisis"]), ("Kim A.", vec!["quiet"]), ("Dee W.", vec![])]);
    assert_eq!((board.open, board.in_need, board.weight), (3, 2, 3));
    assert_eq!((board.lines[0].open_barriers, board.lines[0].crisis_code.as_str()), (1, "inpatient_stay"));
    let only = BoardFilter { only_needs: true, most: 1, ..whole(Scope::LedBy(rosa)) };
    let first = super::board(&as_rosa, &only).await.unwrap();
    assert!(first.lines.len() == 1 && first.has_more);
}

#[tokio::test]
async fn a_reminder_is_written_once_and_settles_when_its_occasion_has_passed() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let case = bench.case("Kim Adler", &rosa, "2025-01-10").await;
    bench.event(&case, EventKind::Contact, "call", "2025-05-10").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let system = bench.site.system("reminders");
    remind(&system).await.unwrap();
    remind(&system).await.unwrap();
    let open = bench.tasks(&as_rosa).await.open;
    assert_eq!((open.len(), open[0].rule()), (1, "quiet"));
    // Not needed: it does not come back for the same silence.
    tasks::not_needed(&as_rosa, open[0].id.clone(), "she is abroad").await.unwrap();
    remind(&system).await.unwrap();
    assert!(bench.tasks(&as_rosa).await.open.is_empty());
    tasks::open_again(&as_rosa, open[0].id.clone()).await.unwrap();
    bench.event(&case, EventKind::Contact, "visit", "2025-06-12").await;
    remind(&system).await.unwrap();
    assert!(bench.tasks(&as_rosa).await.open.is_empty());
    let again = tasks::task(&as_rosa, &open[0].id).await.unwrap();
    assert_eq!(again.task.state, tasks::TaskState::Settled);
}

#[tokio::test]
async fn a_task_with_a_key_is_written_once_and_a_restricted_client_is_in_nobody_elses_lists() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sue = bench.person("sue", Role::Supervisor).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-06-14").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let new = NewTask {
        due_on: Some(day("2025-06-10")),
        source_key: "form-1".to_owned(),
        ..NewTask::new(TaskSource::Note, "Call the school")
    };
    let first = tasks::add(&as_rosa, case.clone(), &new).await.unwrap();
    assert_eq!(tasks::add(&as_rosa, case.clone(), &new).await.unwrap(), first);
    let as_sue = bench.ctx(&sue, Role::Supervisor);
    let figures = supervision(&as_sue).await.unwrap();
    assert_eq!((figures.workers[0].clients, figures.workers[0].overdue), (1, 1));
    bench.restrict("Lucía Moreno", &[]).await;
    let figures = supervision(&as_sue).await.unwrap();
    assert_eq!((figures.workers[0].clients, figures.workers[0].overdue), (0, 0));
    assert!(board(&as_sue, &whole(Scope::Everybody)).await.unwrap().lines.is_empty());
    // Even the lead is not named: no list, no task, no feed has the client.
    let day_of_rosa = my_day(&as_rosa, 50).await.unwrap();
    assert!(day_of_rosa.tasks.open.is_empty() && day_of_rosa.needs.is_empty());
    let secret = feed_renew(&as_rosa).await.unwrap();
    assert!(feed(&bench.site.system("feed"), &secret).await.unwrap().unwrap().1.is_empty());
}

#[tokio::test]
async fn the_feed_knows_initials_and_ends_with_its_secret_or_its_account() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-06-14").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let new = NewTask { due_on: Some(day("2025-06-20")), ..NewTask::new(TaskSource::Person, "CANARY") };
    tasks::add(&as_rosa, case, &new).await.unwrap();
    let old = feed_renew(&as_rosa).await.unwrap();
    let secret = feed_renew(&as_rosa).await.unwrap();
    let anybody = bench.site.ctx(crate::kernel::ctx::Actor::Anonymous);
    assert!(feed(&anybody, &old).await.unwrap().is_none());
    let (_, events) = feed(&anybody, &secret).await.unwrap().unwrap();
    assert_eq!(events[0].initials, "L. M.");
    let text = format!("{events:?}");
    assert!(!text.contains("CANARY") && !text.contains("Lucía"));
    bench.deactivate(&rosa).await;
    assert!(feed(&anybody, &secret).await.unwrap().is_none());
}

/// The board of 50,000 open cases of one worker, and of the whole agency, is a walk along an index.
#[tokio::test]
async fn fifty_thousand_rows_are_walked_along_an_index() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    bench.many_cases(&rosa, 50_000).await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let today = as_rosa.now.day();
    for (name, scope) in [("one worker", Scope::LedBy(rosa.clone())), ("everybody", Scope::Everybody)] {
        for (sort, offset) in [(Sort::Need, 0), (Sort::Need, 25_000), (Sort::Name, 0), (Sort::Contact, 0)] {
            let filter = BoardFilter { sort, offset, ..whole(scope.clone()) };
            let begun = std::time::Instant::now();
            let found = board(&as_rosa, &filter).await.unwrap();
            let took = begun.elapsed();
            println!("board of {name}, {}, from row {offset}: {} ms", sort.code(), took.as_millis());
            assert_eq!((found.lines.len(), found.open), (50, 50_000));
        }
    }
    let begun = std::time::Instant::now();
    supervision(&as_rosa).await.unwrap();
    println!("supervision: {} ms", begun.elapsed().as_millis());
    for sql in [super::store::BOARD_LED_NEED, super::store::BOARD_ALL_NEED] {
        let text = format!("explain query plan {}", sql.text).leak();
        let values = vec![
            rosa.to_string().into(),
            "".into(),
            "".into(),
            today.to_string().into(),
            50_i64.into(),
            0_i64.into(),
        ];
        let plan = bench.site.db.rows(Sql { name: "plan", text }, values).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.text(3).unwrap()).collect();
        assert!(plan.iter().any(|line| line.contains("client_case_by_need")), "{plan:?}");
    }
}
