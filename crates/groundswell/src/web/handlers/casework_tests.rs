//! Tasks, cases, the board, the calendar and the Corner as people meet them in a browser.

use axum::http::StatusCode;
use domain::casework::tasks::{self, NewTask, TaskKind, TaskSource};
use domain::casework::{self, Case};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Role;
use domain::kernel::ids::{AccountId, CaseId, ClientId};
use domain::people::{self, Client};

use crate::web::tests::{Bench, Browser};

const LUCIA: &str = "01JXLUCIA";

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

/// On 15 June 2025: Rosa leads Lucía's case, Sam and the supervisor Vera do not know her.
async fn agency() -> (Bench, AccountId, AccountId) {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await.id;
    let sam = bench.person("sam", &[Role::Caseworker]).await.id;
    bench.person("vera", &[Role::Supervisor]).await;
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let client = Client {
        id: ClientId::from_text(LUCIA),
        preferred_name: "Lucía Moreno".to_owned(),
        legal_name: "Lucía Moreno".to_owned(),
        pronouns: String::new(),
        language: String::new(),
        born_on: day("1990-01-01"),
        area: "A1".to_owned(),
        strength: String::new(),
        wish: String::new(),
        groups: std::collections::BTreeMap::new(),
    };
    people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
    let case = Case {
        id: CaseId::from_text("case-1"),
        client: ClientId::from_text(LUCIA),
        area: "A1".to_owned(),
        stratum_id: 0,
        worker: rosa.clone(),
        opened_on: day("2025-01-15"),
        closed_on: None,
    };
    casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
    tx.commit().await.unwrap();
    (bench, rosa, sam)
}

async fn add(browser: &mut Browser, fields: &[(&str, &str)]) -> StatusCode {
    let tab = format!("/clients/{LUCIA}/tasks");
    browser.get(&tab).await;
    browser.post(&tab, fields).await.status
}

/// The id of the only task on a page.
fn task_id(page: &str) -> String {
    page.split("id=\"task-").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_task_is_checked_off_where_it_stands_and_taken_back() {
    let (bench, ..) = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let fields =
        [("title", "Call the school"), ("due_on", "2025-06-15"), ("due_at", "9.30"), ("kind", "call")];
    assert_eq!(add(&mut rosa, &fields).await, StatusCode::SEE_OTHER);
    let home = rosa.get("/").await.text;
    assert!(home.contains("Call the school") && home.contains("today, 09:30"), "{home}");
    // The case was opened five months ago and nobody has met the client: a reminder stands beside it.
    assert!(home.contains("not met yet"));
    let tasks = rosa.get("/tasks").await.text;
    assert!(tasks.contains("Meet for the first time"));
    let id = tasks
        .split("id=\"task-")
        .find(|part| part.contains("Call the school"))
        .map(|part| part.split('"').next().unwrap().to_owned())
        .unwrap();
    let done = rosa.post(&format!("/tasks/{id}/done"), &[("back", "/")]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"));
    let home = rosa.get("/").await.text;
    assert!(home.contains("Done: Call the school") && home.contains(&format!("/tasks/{id}/open")));
    assert_eq!(rosa.post(&format!("/tasks/{id}/done"), &[]).await.status, StatusCode::CONFLICT);
    rosa.get("/").await;
    rosa.post(&format!("/tasks/{id}/open"), &[("back", "//evil.example")]).await;
    assert!(rosa.get("/").await.text.contains(&format!("/tasks/{id}/done")));
    // Put off and not needed want a reason, and say so on the page with what was typed.
    rosa.get(&format!("/tasks/{id}")).await;
    let later = rosa.post(&format!("/tasks/{id}/later"), &[("later_on", "2025-06-15")]).await;
    assert_eq!(later.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(later.text.contains("Fill this in") && later.text.contains("value=\"2025-06-15\""));
    let fields = [("later_on", "2025-06-20"), ("later_reason", "school is closed")];
    assert_eq!(rosa.post(&format!("/tasks/{id}/later"), &fields).await.status, StatusCode::SEE_OTHER);
    assert!(!rosa.get("/").await.text.contains("Call the school"));
    assert!(rosa.get("/tasks").await.text.contains("school is closed"));
}

#[tokio::test]
async fn all_that_is_wrong_with_a_task_is_said_beside_its_field() {
    let (bench, ..) = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let tab = format!("/clients/{LUCIA}/tasks");
    rosa.get(&tab).await;
    let wrong = rosa.post(&tab, &[("title", " "), ("due_on", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("title-error") && wrong.text.contains("due_on-error"));
    let wrong = rosa.post(&tab, &[("title", "Call"), ("due_at", "09:30")]).await;
    assert!(wrong.text.contains("due_at-error"), "{}", wrong.text);
}

#[tokio::test]
async fn strangers_find_neither_the_tasks_nor_the_board_of_others() {
    let (bench, rosa_id, _) = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    add(&mut rosa, &[("title", "CANARY"), ("due_on", "2025-06-15")]).await;
    let tab = format!("/clients/{LUCIA}/tasks");
    let id = task_id(&rosa.get(&tab).await.text);
    let mut sam = bench.signed_in("sam").await;
    let absent = sam.get("/nothing-here").await;
    for path in [
        tab.clone(),
        format!("/tasks/{id}"),
        format!("/caseload?who={rosa_id}"),
        "/caseload?who=all".to_owned(),
    ] {
        let answer = sam.get(&path).await;
        assert_eq!(answer.status, absent.status, "{path}");
    }
    for path in [format!("/tasks/{id}/done"), format!("{tab}/../cases/case-1/move").replace("/tasks/..", "")]
    {
        let fields = [("step", "close"), ("reason", "other"), ("version", "1")];
        assert_eq!(sam.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/", "/tasks", "/caseload", "/calendar"] {
        let page = sam.get(path).await.text;
        assert!(!page.contains("CANARY") && !page.contains("Lucía"), "{path}");
    }
}

#[tokio::test]
async fn a_case_is_closed_sent_back_and_handed_over_from_its_pages() {
    let (bench, _, sam_id) = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let tab = format!("/clients/{LUCIA}/tasks");
    let cases = format!("/clients/{LUCIA}/cases/case-1");
    rosa.get(&tab).await;
    let hold = rosa
        .post(&format!("{cases}/move"), &[("step", "hold"), ("version", "1"), ("on", "2025-07-01")])
        .await;
    assert_eq!(hold.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(hold.text.contains("Say why") && hold.text.contains("value=\"2025-07-01\""));
    let close =
        [("step", "close"), ("version", "1"), ("reason", "goals_met"), ("on", ""), ("note", "All well")];
    assert_eq!(rosa.post(&format!("{cases}/move"), &close).await.status, StatusCode::SEE_OTHER);
    assert!(rosa.get(&tab).await.text.contains("A supervisor has not looked at it yet"));

    let mut vera = bench.signed_in("vera").await;
    let page = vera.get("/supervise").await.text;
    assert!(
        page.contains("Lucía M.") && page.contains("finished: goals met") && page.contains("All well"),
        "{page}"
    );
    let closing = page.split("id=\"closure-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let back = format!("/supervise/closures/{closing}/send-back");
    assert_eq!(vera.post(&back, &[("note", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(vera.post(&back, &[("note", "Ask about the lease")]).await.status, StatusCode::SEE_OTHER);
    assert!(rosa.get("/").await.text.contains("Ask about the lease"));

    vera.get("/caseload?who=all").await;
    let none = vera.post("/supervise/transfer", &[("to", sam_id.as_str()), ("note", "x")]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text.contains("Tick at least one case"));
    let fields = [("case", "case-1"), ("to", sam_id.as_str()), ("note", "Rosa is on leave")];
    assert_eq!(vera.post("/supervise/transfer", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rosa.get(&tab).await.status, StatusCode::NOT_FOUND);
    let mut sam = bench.signed_in("sam").await;
    assert!(sam.get("/").await.text.contains("Rosa is on leave"));
    let page = sam.get(&tab).await.text;
    assert!(page.contains("Who worked on it before"));
    let audit = bench.audit_actions().await;
    for action in ["case.move", "case.send_back", "case.transfer"] {
        assert!(audit.iter().any(|it| it == action), "{action}");
    }
}

#[tokio::test]
async fn the_board_keeps_its_order_and_leads_to_the_file() {
    let (bench, ..) = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let board = rosa.get("/caseload").await.text;
    assert!(board.contains(&format!("/clients/{LUCIA}")) && board.contains("not met yet"));
    rosa.get("/caseload?sort=name").await;
    let kept = rosa.post("/caseload/order", &[("sort", "name"), ("back", "/caseload")]).await;
    assert_eq!(kept.location(), "/caseload");
    assert!(rosa.get("/caseload").await.text.contains("value=\"name\" selected"));
    assert!(rosa.get("/caseload?need=1&state=on_hold").await.text.contains("Nobody needs action"));
}

#[tokio::test]
async fn the_feed_says_initials_and_kind_to_whoever_has_its_address_and_nothing_else() {
    let (bench, rosa_id, _) = agency().await;
    let ctx = bench.app.site.system("test");
    let new = NewTask {
        kind: TaskKind::Visit,
        due_on: Some(day("2025-06-17")),
        due_at: "09:30".to_owned(),
        ..NewTask::new(TaskSource::Person, "CANARY at 12 Mill Street")
    };
    tasks::add(&ctx, CaseId::from_text("case-1"), &new).await.unwrap();
    let mut rosa = bench.signed_in("rosa").await;
    assert!(rosa.get("/calendar?week=2025-06-16").await.text.contains("CANARY"));
    let made = rosa.post("/calendar/feed", &[]).await.text;
    let address = made.split("/calendar/").find(|part| part.contains(".ics")).unwrap();
    let path = format!("/calendar/{}.ics", address.split(".ics").next().unwrap());
    assert!(!rosa.get("/calendar").await.text.contains(".ics"), "shown once");
    let mut visitor = bench.browser();
    let feed = visitor.get(&path).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert_eq!(feed.headers["content-type"], "text/calendar; charset=utf-8");
    assert!(
        feed.text.contains("SUMMARY:L. M. · visit\r\n") && feed.text.contains("DTSTART:20250617T093000\r\n")
    );
    for canary in ["CANARY", "Mill", "Luc", "Moreno", LUCIA, rosa_id.as_str()] {
        assert!(!feed.text.contains(canary), "{canary}");
    }
    rosa.post("/calendar/feed", &[]).await;
    assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get("/calendar/x.ics").await.status, StatusCode::NOT_FOUND);
}
