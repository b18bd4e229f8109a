use super::*;
use crate::casework::cases::CaseState;

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn a_task(state: TaskState) -> Task {
    Task {
        id: TaskId::from_text("t"),
        case: None,
        client: None,
        client_list_name: String::new(),
        worker: AccountId::from_text("rosa"),
        worker_name: String::new(),
        kind: TaskKind::ToDo,
        title: "Call the school".to_owned(),
        due_on: Some(day("2025-06-10")),
        due_at: String::new(),
        act_on: Some(day("2025-06-10")),
        source: TaskSource::Person,
        source_key: String::new(),
        state,
        made_at: Instant::from_micros(0),
        ended_at: None,
        last_reason: String::new(),
        version: 1,
    }
}

#[test]
fn only_an_open_task_is_ended_put_off_or_handed_on_and_only_an_ended_one_opens_again() {
    let today = day("2025-06-15");
    let to = AccountId::from_text("sam");
    let commands = [
        (TaskCommand::Done, TaskState::Done),
        (TaskCommand::NotNeeded("moved".to_owned()), TaskState::NotNeeded),
        (TaskCommand::PutOff(day("2025-06-20"), "clinic closed".to_owned()), TaskState::Open),
        (TaskCommand::HandOn(to, String::new()), TaskState::Open),
        (TaskCommand::OpenAgain, TaskState::Open),
    ];
    for state in TaskState::ALL {
        for (command, becomes) in &commands {
            let allowed = (*state == TaskState::Open) != (*command == TaskCommand::OpenAgain);
            match decide(&a_task(*state), command, today) {
                Ok(after) => assert!(allowed && after.state == *becomes, "{state:?} {command:?}"),
                Err(error) => {
                    assert!(!allowed && matches!(error, TaskError::StateForbids(_)), "{state:?} {command:?}");
                }
            }
        }
    }
}

#[test]
fn what_ends_or_delays_a_task_has_a_reason_and_a_day_ahead() {
    let today = day("2025-06-15");
    let task = a_task(TaskState::Open);
    let no_reason = decide(&task, &TaskCommand::NotNeeded("  ".to_owned()), today);
    assert!(matches!(no_reason, Err(TaskError::ReasonMissing)));
    let not_ahead = decide(&task, &TaskCommand::PutOff(today, "later".to_owned()), today);
    assert!(matches!(not_ahead, Err(TaskError::DayNotAhead)));
    let put_off =
        decide(&task, &TaskCommand::PutOff(day("2025-06-16"), " later ".to_owned()), today).unwrap();
    assert_eq!((put_off.act_on, put_off.reason.as_str()), (Some(day("2025-06-16")), "later"));
}

#[test]
fn a_time_is_read_as_people_write_it() {
    let read = ["9:30", "09.30", "0930", "14h05", ""].map(clock_time);
    assert_eq!(read.map(|it| it.unwrap()), ["09:30", "09:30", "09:30", "14:05", ""]);
    for wrong in ["25:00", "9:75", "noon", "9", "-9:30"] {
        assert_eq!(clock_time(wrong), None, "{wrong}");
    }
}

fn facts() -> CaseFacts {
    CaseFacts {
        state: CaseState::Active,
        opened_on: day("2025-01-10"),
        last_contact_on: Some(day("2025-06-10")),
        crisis_on: None,
        next_due_on: None,
        next_date_on: None,
        review_on: None,
        plan_review_on: None,
    }
}

#[test]
fn each_need_begins_on_its_day_and_not_before() {
    let table = [
        (CaseFacts { last_contact_on: Some(day("2025-06-01")), ..facts() }, "quiet", "2025-06-30"),
        (
            CaseFacts { last_contact_on: None, opened_on: day("2025-06-10"), ..facts() },
            "no_first_contact",
            "2025-06-16",
        ),
        (CaseFacts { next_due_on: Some(day("2025-06-20")), ..facts() }, "due", "2025-06-20"),
        (CaseFacts { next_date_on: Some(day("2025-06-20")), ..facts() }, "date_near", "2025-06-19"),
        (CaseFacts { plan_review_on: Some(day("2025-06-20")), ..facts() }, "plan_review", "2025-06-13"),
        (CaseFacts { crisis_on: Some(day("2025-06-12")), ..facts() }, "crisis", "2025-06-12"),
        (
            CaseFacts { state: CaseState::Waitlist, review_on: Some(day("2025-06-20")), ..facts() },
            "waitlist_over",
            "2025-06-21",
        ),
        (
            CaseFacts { state: CaseState::OnHold, review_on: Some(day("2025-06-20")), ..facts() },
            "hold_over",
            "2025-06-21",
        ),
    ];
    for (facts, code, begins) in table {
        let begins = day(begins);
        let codes = |on: Day| needs(&facts, on).into_iter().map(Need::code).collect::<Vec<_>>();
        assert!(!codes(begins.plus_days(-1)).contains(&code), "{code} the day before");
        assert!(codes(begins).contains(&code), "{code} on its day");
    }
}

#[test]
fn a_closed_case_asks_for_nothing_and_a_contact_answers_a_crisis() {
    let late = day("2025-12-01");
    for state in CaseState::ALL.iter().filter(|state| state.is_closed()) {
        let closed = CaseFacts { state: *state, crisis_on: Some(day("2025-11-01")), ..facts() };
        assert!(needs(&closed, late).is_empty() && begins_on(&closed).is_none(), "{state:?}");
    }
    let answered = CaseFacts { crisis_on: Some(day("2025-06-09")), ..facts() };
    assert!(needs(&answered, day("2025-06-11")).is_empty());
}

#[test]
fn a_crisis_stands_before_older_needs_and_a_visit_that_is_due_is_one_need() {
    let both = CaseFacts {
        crisis_on: Some(day("2025-07-30")),
        next_due_on: Some(day("2025-08-01")),
        next_date_on: Some(day("2025-08-01")),
        ..facts()
    };
    let codes: Vec<_> = needs(&both, day("2025-08-01")).into_iter().map(Need::code).collect();
    assert_eq!(codes, ["crisis", "quiet", "date_near"]);
}

#[test]
fn an_occasion_has_one_key_however_long_it_lasts() {
    let quiet = CaseFacts { last_contact_on: Some(day("2025-05-01")), ..facts() };
    let first = reminders(&quiet, day("2025-05-30"));
    assert_eq!(first, reminders(&quiet, day("2025-08-30")));
    assert_eq!(first[0].key, "quiet:2025-05-01");
    let again = CaseFacts { last_contact_on: Some(day("2025-06-05")), ..quiet };
    assert_ne!(first[0].key, reminders(&again, day("2025-08-30"))[0].key);
}
