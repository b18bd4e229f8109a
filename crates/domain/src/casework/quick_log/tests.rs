//! One box, one transaction, once.

use super::*;
use crate::casework::contacts::tests::{Bench, JAMAL, LUCIA};
use crate::casework::drafts::{Base, Form, save};
use crate::casework::tasks::TaskSource;
use crate::kernel::db::Sql;
use crate::kernel::ids::AccountId;

fn a_visit(bench: &Bench, key: &str) -> QuickLog {
    let today = bench.by("rosa").now.day();
    QuickLog {
        key: key.to_owned(),
        client: ClientId::from_text(LUCIA),
        case: None,
        contact: Contact { words: "She told me about the letter.".to_owned(), ..Contact::on(today) },
        visibility: Visibility::Team,
        barriers: vec![NewBarrier::new("notice_not_understood", today)],
        task: Some(NewTask {
            due_on: Some(today.plus_days(1)),
            worker: Some(AccountId::from_text("rosa")),
            ..NewTask::new(TaskSource::Note, "Call the benefits office")
        }),
        form: Form::Log,
    }
}

/// Rows of events, tasks and drafts.
async fn counts(bench: &Bench) -> (i64, i64, i64) {
    let text = "select (select cast(count(*) as bigint) from case_event), \
        (select cast(count(*) as bigint) from task), (select cast(count(*) as bigint) from draft)";
    let row = bench.site.db.row(Sql { name: "counts", text }, vec![]).await.unwrap().unwrap();
    (row.int(0).unwrap(), row.int(1).unwrap(), row.int(2).unwrap())
}

#[tokio::test]
async fn a_note_a_barrier_and_a_task_are_recorded_together_and_the_draft_is_done_with() {
    let bench = Bench::new().await;
    let rosa = bench.by("rosa");
    let typed = vec![("words".to_owned(), "She told".to_owned())];
    save(&rosa, Form::Log, LUCIA, &typed, Base::Nothing).await.unwrap();
    save(&rosa, Form::Log, JAMAL, &typed, Base::Nothing).await.unwrap();
    let logged = log(&rosa, &a_visit(&bench, "key-1")).await.unwrap();
    assert!(logged.note.is_some() && logged.has_task && !logged.was_done);
    assert_eq!((logged.n_barriers, counts(&bench).await), (1, (2, 1, 1)));
}

#[tokio::test]
async fn a_form_sent_twice_is_recorded_once_and_its_late_draft_is_refused() {
    let bench = Bench::new().await;
    let rosa = bench.by("rosa");
    log(&rosa, &a_visit(&bench, "key-1")).await.unwrap();
    assert!(log(&rosa, &a_visit(&bench, "key-1")).await.unwrap().was_done);
    assert_eq!(counts(&bench).await, (2, 1, 0));
    let typed = vec![("key".to_owned(), "key-1".to_owned()), ("words".to_owned(), "She told".to_owned())];
    let late = save(&rosa, Form::Log, LUCIA, &typed, Base::Nothing).await;
    assert!(matches!(late, Err(drafts::DraftError::Done)));
    // Another author's form may have the same key.
    let bens = log(&bench.by("ben"), &a_visit(&bench, "key-1")).await.unwrap();
    assert!(!bens.was_done);
}

#[tokio::test]
async fn what_is_wrong_with_one_part_keeps_the_others_from_being_recorded() {
    let bench = Bench::new().await;
    let rosa = bench.by("rosa");
    let mut wrong = a_visit(&bench, "key-1");
    wrong.task = Some(NewTask::new(TaskSource::Note, "x".repeat(500)));
    assert!(matches!(log(&rosa, &wrong).await, Err(LogError::Task(TaskError::TitleTooLong))));
    let mut wrong = a_visit(&bench, "key-1");
    wrong.barriers = vec![NewBarrier::new("no_such_code", rosa.now.day())];
    assert!(matches!(log(&rosa, &wrong).await, Err(LogError::Barrier(BarrierError::Code))));
    assert_eq!(counts(&bench).await, (0, 0, 0));
    // And the key is not used up by what was refused.
    assert!(!log(&rosa, &a_visit(&bench, "key-1")).await.unwrap().was_done);
}

#[tokio::test]
async fn a_barrier_alone_needs_no_words_and_nothing_at_all_is_refused() {
    let bench = Bench::new().await;
    let rosa = bench.by("rosa");
    let silent = Contact::on(rosa.now.day());
    let only = QuickLog { contact: silent.clone(), task: None, ..a_visit(&bench, "key-1") };
    assert_eq!(log(&rosa, &only).await.unwrap().note, None);
    let nothing = QuickLog { barriers: Vec::new(), key: "key-2".to_owned(), ..only };
    assert!(matches!(log(&rosa, &nothing).await, Err(LogError::Contact(ContactError::Empty))));
    assert_eq!(counts(&bench).await, (1, 0, 0));
}

#[tokio::test]
async fn nobody_logs_on_a_file_they_may_not_write_in_or_in_another_clients_case() {
    let bench = Bench::new().await;
    for who in ["sam", "pia"] {
        let tried = log(&bench.by(who), &a_visit(&bench, "key-1")).await;
        assert!(matches!(tried, Err(LogError::Access(AccessError::NotFound))), "{who}");
    }
    let other = QuickLog { case: Some(CaseId::from_text("case-2")), ..a_visit(&bench, "key-1") };
    assert!(matches!(log(&bench.by("rosa"), &other).await, Err(LogError::Access(AccessError::NotFound))));
    assert_eq!(counts(&bench).await, (0, 0, 0));
}
