//! Needs, plan and reviews of a client as their worker and a stranger meet them in a browser.

use axum::http::StatusCode;

use super::client_file::tests::{LUCIA, agency};

fn of(part: &str) -> String {
    format!("/clients/{LUCIA}/{part}")
}

/// The last part of the first address on a page that leads to one of these.
fn first_id(page: &str, before: &str) -> String {
    page.split(before).nth(1).unwrap().split(['/', '"']).next().unwrap().to_owned()
}

#[tokio::test]
async fn an_assessment_names_needs_and_a_wrong_answer_keeps_the_others() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let form = of("assessments/new/social-needs");
    assert!(rosa.get(&form).await.text.contains("Where do you live now?"));
    let good = [
        ("version", "1"),
        ("on", "2025-06-01"),
        ("stage", "entry"),
        ("item-home", "worried"),
        ("item-food", "often"),
        ("item-wish", "A <quiet> room"),
    ];
    let mut wrong = good.to_vec();
    wrong[3] = ("item-home", "castle");
    let refused = rosa.post(&form, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("Choose one of the answers.")
            && refused.text.contains("A &#60;quiet&#62; room")
    );
    let ahead = rosa.post(&form, &[("version", "1"), ("on", "2035-06-01"), ("stage", "entry")]).await;
    assert!(ahead.text.contains("This day lies ahead."));

    assert_eq!(rosa.post(&form, &good).await.status, StatusCode::SEE_OTHER);
    let list = rosa.get(&of("assessments")).await.text;
    assert!(list.contains("A home that lasts") && list.contains("Food") && list.contains("too few answers"));
    let need = first_id(&list, &of("needs/"));
    let closed =
        rosa.post(&of(&format!("needs/{need}")), &[("state", "met"), ("note", "Lease signed")]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    assert!(rosa.get(&of("assessments")).await.text.contains("Lease signed"));
}

#[tokio::test]
async fn a_goal_has_steps_and_a_review_becomes_tasks_and_an_issue_without_the_clients_words() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get(&of("plan")).await;
    let empty = rosa.post(&of("goals"), &[("goal", " "), ("due_on", "2025-09-01")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("Write 1 to 300 letters.") && empty.text.contains("2025-09-01"));
    rosa.post(&of("goals"), &[("goal", "A job with regular hours"), ("need", "employment")]).await;
    let page = rosa.get(&of("plan")).await.text;
    let goal = first_id(&page, &of("goals/"));
    let step = [("title", "Ask the depot"), ("who", "worker"), ("due_on", "")];
    assert_eq!(rosa.post(&of(&format!("goals/{goal}/steps")), &step).await.status, StatusCode::SEE_OTHER);
    assert!(rosa.get(&of("plan")).await.text.contains("Ask the depot"));
    assert!(rosa.get("/tasks").await.text.contains("Ask the depot"));
    let dropped = [("version", "1"), ("state", "dropped"), ("outcome", "")];
    let why = rosa.post(&of(&format!("goals/{goal}/close")), &dropped).await;
    assert!(why.text.contains("Say in a few words why the goal is dropped."));

    let review = [
        ("held_on", "2025-06-02"),
        ("held_with", "office"),
        ("system", "benefits"),
        ("add-1", "Letters in Lucía's language"),
        ("add-1-own", "yes"),
        ("add-1-agreed", "yes"),
    ];
    assert_eq!(rosa.post(&of("reviews"), &review[..2]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rosa.post(&of("reviews"), &review).await.status, StatusCode::SEE_OTHER);
    assert!(rosa.get("/tasks").await.text.contains("Letters in Luc"));
    let page = rosa.get(&of("plan")).await.text;
    assert!(page.contains("/issues/new?system=benefits"));
    let issue = rosa.get("/issues/new?system=benefits").await;
    assert_eq!(issue.status, StatusCode::OK);
    assert!(!issue.text.contains("Letters in"));
}

#[tokio::test]
async fn a_stranger_finds_none_of_it() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get(&of("plan")).await;
    rosa.post(&of("goals"), &[("goal", "A canary of a goal")]).await;
    let mut sam = bench.signed_in("sam").await;
    for part in ["assessments", "assessments/new/social-needs", "plan", "reviews/new"] {
        let answer = sam.get(&of(part)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
        assert!(!answer.text.contains("canary") && !answer.text.contains("Moreno"));
    }
    let tries = [
        ("goals", vec![("goal", "x")]),
        ("reviews", vec![("held_on", "2025-06-02"), ("held_with", "client"), ("add-1", "x")]),
        ("assessments/new/social-needs", vec![("version", "1"), ("on", "2025-06-01"), ("stage", "entry")]),
    ];
    for (part, fields) in tries {
        assert_eq!(sam.post(&of(part), &fields).await.status, StatusCode::NOT_FOUND, "{part}");
    }
}
