use super::*;
use crate::casework::tasks;
use crate::casework::test_bench::{Bench, day};
use crate::kernel::ctx::Role;

/// What each step makes of each state; '-' = not from here.
#[test]
fn every_state_takes_the_steps_of_the_table_and_no_others() {
    let today = day("2025-06-15");
    let table = [
        ("planned", ["active", "waitlist", "-", "-", "cancelled", "-", "entered_in_error"]),
        ("waitlist", ["active", "waitlist", "-", "-", "cancelled", "-", "entered_in_error"]),
        ("active", ["-", "-", "on_hold", "-", "finished", "-", "entered_in_error"]),
        ("on_hold", ["-", "-", "on_hold", "active", "finished", "-", "entered_in_error"]),
        ("finished", ["-", "-", "-", "-", "-", "active", "entered_in_error"]),
        ("cancelled", ["-", "-", "-", "-", "-", "active", "entered_in_error"]),
        ("entered_in_error", ["-", "-", "-", "-", "-", "-", "-"]),
    ];
    assert_eq!(table.len(), CaseState::ALL.len());
    for (state, expected) in table {
        let state = CaseState::from_code(state).unwrap();
        let closed_on = state.is_closed().then(|| day("2025-06-01"));
        let standing = Standing { state, opened_on: day("2025-01-10"), closed_on };
        for (command, expected) in CaseCommand::all(today).iter().zip(expected) {
            match decide(standing, command, today) {
                Ok(moved) => {
                    assert_eq!(moved.state.code(), expected, "{state:?} {command:?}");
                    assert_eq!(moved.closed_on.is_some(), moved.state.is_closed(), "{state:?} {command:?}");
                    assert_eq!(moved.wants_approval, moved.state.is_closed());
                }
                Err(CaseError::StateForbids(now)) => {
                    assert_eq!((expected, now), ("-", state), "{state:?} {command:?}");
                }
                Err(other) => panic!("{state:?} {command:?}: {other}"),
            }
        }
    }
}

#[test]
fn a_case_closes_between_its_opening_and_today_and_waits_for_a_day_ahead() {
    let today = day("2025-06-15");
    let active = Standing { state: CaseState::Active, opened_on: day("2025-01-10"), closed_on: None };
    for outside in ["2025-01-09", "2025-06-16"] {
        let close = CaseCommand::Close(EndReason::GoalsMet, day(outside));
        assert!(matches!(decide(active, &close, today), Err(CaseError::DayOutside)), "{outside}");
    }
    let hold = CaseCommand::Hold(Some(today));
    assert!(matches!(decide(active, &hold, today), Err(CaseError::DayNotAhead)));
    let error = decide(active, &CaseCommand::EnteredInError, today).unwrap();
    assert_eq!(error.closed_on, Some(active.opened_on));
}

#[tokio::test]
async fn closing_takes_effect_at_once_and_a_supervisor_can_send_it_back() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sue = bench.person("sue", Role::Supervisor).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-01-10").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let close = CaseCommand::Close(EndReason::GoalsMet, day("2025-06-10"));
    change_state(&as_rosa, case.clone(), 1, &close, "").await.unwrap();
    assert_eq!(bench.closed_on(&case).await, "2025-06-10");
    let stale = change_state(&as_rosa, case.clone(), 1, &CaseCommand::Reopen, "again").await.unwrap_err();
    assert!(matches!(stale, CaseError::Changed));

    let as_sue = bench.ctx(&sue, Role::Supervisor);
    let asked = bench.closures(&as_sue).await;
    assert_eq!((asked.len(), asked[0].list_name.as_str()), (1, "Lucía M."));
    assert!(matches!(
        approve(&as_rosa, &asked[0].approval, "").await,
        Err(CaseError::Access(AccessError::NotFound))
    ));
    send_back(&as_sue, &asked[0].approval, "The housing goal is still open").await.unwrap();
    assert_eq!(bench.closed_on(&case).await, "");
    assert!(matches!(approve(&as_sue, &asked[0].approval, "").await, Err(CaseError::Decided)));
    let open = bench.tasks(&as_rosa).await.open;
    assert_eq!((open.len(), open[0].source), (1, tasks::TaskSource::Approval));
    let kinds: Vec<_> = bench.changes(&as_rosa, "Lucía Moreno").await.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [ChangeKind::SentBack, ChangeKind::State, ChangeKind::State]);
}

#[tokio::test]
async fn a_transfer_keeps_its_history_takes_tasks_along_and_leaves_a_note() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sam = bench.person("sam", Role::Caseworker).await;
    let sue = bench.person("sue", Role::Supervisor).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-01-10").await;
    let (as_rosa, as_sam) = (bench.ctx(&rosa, Role::Caseworker), bench.ctx(&sam, Role::Caseworker));
    let new = tasks::NewTask::new(tasks::TaskSource::Person, "Call the school");
    tasks::add(&as_rosa, case.clone(), &new).await.unwrap();
    let handover = |to: &AccountId, note: &str| Handover {
        to: to.clone(),
        note: note.to_owned(),
        kept: Kept::StaysAsSupport,
    };
    assert!(matches!(
        transfer(&as_sam, case.clone(), &handover(&sam, "mine")).await,
        Err(CaseError::Access(AccessError::NotFound))
    ));
    for (to, note, expected) in
        [(&sue, "note", "NotAWorker"), (&rosa, "note", "NotAWorker"), (&sam, " ", "NoteMissing")]
    {
        let error = transfer(&as_rosa, case.clone(), &handover(to, note)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }
    transfer(&as_rosa, case.clone(), &handover(&sam, "Ask for Ms Porter")).await.unwrap();
    let titles: Vec<_> = bench.tasks(&as_sam).await.open.into_iter().map(|it| it.title).collect();
    assert_eq!(titles.len(), 2);
    assert!(
        titles.contains(&"Ask for Ms Porter".to_owned()) && titles.contains(&"Call the school".to_owned())
    );
    let team = bench.team(&as_sam, "Lucía Moreno").await;
    let parts: Vec<_> = team.iter().map(|it| (it.account.clone(), it.part, it.to.is_none())).collect();
    assert_eq!(
        parts,
        [
            (sam.clone(), Part::Lead, true),
            (rosa.clone(), Part::Support, true),
            (rosa.clone(), Part::Lead, false)
        ]
    );
    // Who supports steps back, and the file closes for them.
    unassign(&as_rosa, case.clone(), &rosa).await.unwrap();
    assert!(matches!(
        change_state(&as_rosa, case, 1, &CaseCommand::Hold(None), "x").await,
        Err(CaseError::Access(AccessError::NotFound))
    ));
}

#[tokio::test]
async fn a_restricted_client_goes_only_to_somebody_who_is_named() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sam = bench.person("sam", Role::Caseworker).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-01-10").await;
    bench.restrict("Lucía Moreno", std::slice::from_ref(&rosa)).await;
    let handover = Handover { to: sam, note: "note".to_owned(), kept: Kept::Leaves };
    let refused = transfer(&bench.ctx(&rosa, Role::Caseworker), case, &handover).await;
    assert!(matches!(refused, Err(CaseError::NotNamed)));
}

#[tokio::test]
async fn a_client_has_one_open_case_at_a_time() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let case = bench.case("Lucía Moreno", &rosa, "2025-01-10").await;
    let as_rosa = bench.ctx(&rosa, Role::Caseworker);
    let new = OpenCase {
        state: CaseState::Waitlist,
        programme: "Family support".to_owned(),
        opened_on: day("2025-06-12"),
        worker: rosa.clone(),
        stratum_id: None,
    };
    let client = bench.client_id("Lucía Moreno");
    assert!(matches!(case_open(&as_rosa, client.clone(), &new).await, Err(CaseError::AlreadyOpen)));
    let close = CaseCommand::Close(EndReason::MovedAway, day("2025-06-10"));
    change_state(&as_rosa, case, 1, &close, "").await.unwrap();
    case_open(&as_rosa, client, &new).await.unwrap();
    let cases = bench.boxes(&as_rosa, "Lucía Moreno").await;
    assert_eq!(
        (cases.len(), cases[0].standing.state, cases[0].programme.as_str()),
        (2, CaseState::Waitlist, "Family support")
    );
}
