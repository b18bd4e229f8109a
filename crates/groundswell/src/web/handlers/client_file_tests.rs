//! A client's file as its worker, a colleague and others meet it in a browser.

use axum::http::StatusCode;
use domain::casework::{self, Case};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Role;
use domain::kernel::db::Sql;
use domain::kernel::ids::{CaseId, ClientId};
use domain::people::{self, Client};

use crate::web::tests::{Bench, Browser, GOOD};

pub(in crate::web) const LUCIA: &str = "01JXLUCIA";
const JAMAL: &str = "01JXJAMAL";

/// Rosa works with Lucía and Jamal, Ben with both besides her; Sam with nobody, Vera supervises.
pub(in crate::web) async fn agency() -> Bench {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for (login, role) in [
        ("rosa", Role::Caseworker),
        ("ben", Role::Caseworker),
        ("sam", Role::Caseworker),
        ("vera", Role::Supervisor),
        ("pia", Role::PrivacyOfficer),
    ] {
        ids.push(bench.person(login, &[role]).await.id);
    }
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let day = Day::parse_iso("2025-01-15").unwrap();
    for (id, name) in [(LUCIA, "Lucía Moreno"), (JAMAL, "Jamal Tate")] {
        let client = Client {
            id: ClientId::from_text(id),
            preferred_name: name.to_owned(),
            legal_name: name.to_owned(),
            pronouns: "she/her".to_owned(),
            language: "Spanish".to_owned(),
            born_on: Day::parse_iso("1990-01-01").unwrap(),
            area: "A1".to_owned(),
            strength: String::new(),
            wish: String::new(),
            groups: std::collections::BTreeMap::new(),
        };
        people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
        let case = Case {
            id: CaseId::from_text(format!("{id}-case")),
            client: ClientId::from_text(id),
            area: "A1".to_owned(),
            stratum_id: 0,
            worker: ids[0].clone(),
            opened_on: day,
            closed_on: None,
        };
        casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        let part = Sql {
            name: "part",
            text: "insert into case_assignment (id, case_id, account_id, part, from_day, to_day, reason) \
                   values ($1, $2, $3, 'support', '2025-01-15', '', '')",
        };
        let values = vec![format!("{id}-part").into(), format!("{id}-case").into(), (&ids[1]).into()];
        tx.execute(part, values).await.unwrap();
    }
    tx.commit().await.unwrap();
    bench
}

fn file(id: &str) -> String {
    format!("/clients/{id}")
}

/// The value of a hidden field of the log.
fn hidden(page: &str, name: &str) -> String {
    let marked = format!("name=\"{name}\" value=\"");
    let log = page.split("id=\"log\"").nth(1).unwrap();
    log.split(&marked).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn log(browser: &mut Browser, id: &str, fields: &[(&str, &str)]) -> crate::web::tests::Answer {
    let page = browser.get(&file(id)).await;
    let key = hidden(&page.text, "key");
    let with_key: Vec<_> = [("key", key.as_str())].iter().chain(fields).copied().collect();
    browser.post(&format!("/clients/{id}/log"), &with_key).await
}

async fn counted(bench: &Bench, table: &str) -> i64 {
    let text: &'static str = format!("select cast(count(*) as bigint) from {table}").leak();
    bench.app.site.db.row(Sql { name: "count", text }, vec![]).await.unwrap().unwrap().int(0).unwrap()
}

#[tokio::test]
async fn a_visit_a_barrier_and_a_task_come_from_one_box_and_stand_on_the_timeline() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let done = log(
        &mut rosa,
        LUCIA,
        &[
            ("words", "She could not read the letter."),
            ("client_words", "Nobody told me."),
            ("barrier", "notice_not_understood"),
            ("at", "benefits"),
            ("task", "Call the benefits office"),
            ("due", "week"),
            ("minutes", "900"),
        ],
    )
    .await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/clients/01JXLUCIA"));
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("Saved: a note, a barrier and a task."), "{page}");
    assert!(page.contains("More than eight hours"));
    for words in
        ["She could not read the letter.", "Nobody told me.", "notice not understood", "benefits office"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!((counted(&bench, "task").await, counted(&bench, "barrier_detail").await), (1, 1));
    let other = rosa.get(&file(JAMAL)).await.text;
    assert!(!other.contains("She could not read"));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_recorded_once_and_says_so() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let page = rosa.get(&file(LUCIA)).await;
    let key = hidden(&page.text, "key");
    let fields = [("key", key.as_str()), ("words", "Once."), ("barrier", "waitlist")];
    for _ in 0..2 {
        assert_eq!(rosa.post("/clients/01JXLUCIA/log", &fields).await.status, StatusCode::SEE_OTHER);
    }
    assert!(rosa.get(&file(LUCIA)).await.text.contains("Nothing was recorded twice"));
    assert_eq!(counted(&bench, "case_event").await, 2);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_everything_typed_is_kept() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let fields = [
        ("words", "A long visit."),
        ("minutes", "an hour"),
        ("task", "Call"),
        ("due", "day"),
        ("due_on", "friday"),
        ("on", "2099-01-01"),
        ("barrier", "cost"),
        ("topics", "housing"),
    ];
    let answer = log(&mut rosa, LUCIA, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("Type the minutes as a number") && answer.text.contains("Type a day such as")
    );
    for kept in ["A long visit.", "value=\"an hour\"", "value=\"friday\"", "value=\"Call\""] {
        assert!(answer.text.contains(kept), "{kept}");
    }
    assert!(
        answer.text.contains("value=\"cost\" checked") && answer.text.contains("value=\"housing\" checked")
    );
    let nothing = log(&mut rosa, LUCIA, &[("words", "  ")]).await;
    assert!(nothing.text.contains("Write a few words, choose a barrier or add a task."));
    let ahead = log(&mut rosa, LUCIA, &[("words", "x"), ("on", "2099-01-01")]).await;
    assert!(ahead.text.contains("This day lies ahead"));
    let nobody = log(&mut rosa, LUCIA, &[("words", "x"), ("visibility", "named")]).await;
    assert!(nobody.text.contains("Choose at least one person"));
    assert_eq!(counted(&bench, "case_event").await, 0);
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_was_typed() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get(&file(LUCIA)).await;
    let typed = [("words", "Half a sentence ab"), ("task", "Call"), ("barrier", "cost")];
    let script = [("accept", "application/json")];
    let csrf = rosa.csrf.clone();
    let fields: Vec<(&str, &str)> = [("csrf", csrf.as_str())].into_iter().chain(typed).collect();
    let kept = rosa.post_as_is("/drafts/log/01JXLUCIA", &fields, &script).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(kept.text.starts_with("{\"at\":\"17"), "{}", kept.text);
    drop(rosa);

    let bench = bench.killed_and_started().await;
    // The log-in has to be made again, as after a time-out; it leads back to the page.
    let mut rosa = bench.browser();
    let sent = rosa.get(&file(LUCIA)).await;
    assert_eq!(sent.location(), "/login?next=/clients/01JXLUCIA");
    rosa.get(sent.location()).await;
    let login = [("login", "rosa"), ("passphrase", GOOD), ("next", "/clients/01JXLUCIA")];
    assert_eq!(rosa.post("/login", &login).await.location(), "/clients/01JXLUCIA");
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("Half a sentence ab") && page.contains("This is your draft of"));
    assert!(page.contains("value=\"Call\"") && page.contains("value=\"cost\" checked"));
    // On no other record, and before nobody else.
    assert!(!rosa.get(&file(JAMAL)).await.text.contains("Half a sentence"));
    for other in ["ben", "vera", "pia"] {
        let mut other = bench.signed_in(other).await;
        assert!(!other.get(&file(LUCIA)).await.text.contains("Half a sentence"));
    }
    assert!(rosa.get("/quick-log").await.text.contains("Begun and not saved"));
    // Saved, it is a draft no more.
    log(&mut rosa, LUCIA, &[("words", "A whole sentence.")]).await;
    assert!(!rosa.get(&file(LUCIA)).await.text.contains("This is your draft"));
    assert_eq!(counted(&bench, "draft").await, 0);
}

#[tokio::test]
async fn without_a_script_a_button_keeps_the_draft_and_another_throws_it_away() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get(&file(LUCIA)).await;
    let fields = [("words", "Not finished"), ("back", "/clients/01JXLUCIA")];
    let kept = rosa.post("/drafts/log/01JXLUCIA", &fields).await;
    assert_eq!(kept.location(), "/clients/01JXLUCIA");
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("The draft is kept.") && page.contains("Not finished"));
    // The page of an older window does not overwrite it.
    let late = [("words", "Older"), ("draft_at", "1"), ("back", "/clients/01JXLUCIA")];
    rosa.post("/drafts/log/01JXLUCIA", &late).await;
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("another window of yours") && page.contains("Not finished"));
    let back = [("back", "/clients/01JXLUCIA")];
    rosa.post("/drafts/log/01JXLUCIA/discard", &back).await;
    assert!(!rosa.get(&file(LUCIA)).await.text.contains("Not finished"));
    // A file that is not theirs takes no draft, and a form that there is not has none.
    let mut sam = bench.signed_in("sam").await;
    sam.get("/quick-log").await;
    assert_eq!(sam.post("/drafts/log/01JXLUCIA", &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(rosa.post("/drafts/diary/01JXLUCIA", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_opens_for_its_team_and_is_not_found_for_others_and_read_only_without_a_log() {
    let bench = agency().await;
    for (who, status, has_log) in [
        ("rosa", StatusCode::OK, true),
        ("ben", StatusCode::OK, true),
        ("vera", StatusCode::OK, true),
        ("pia", StatusCode::OK, false),
        ("sam", StatusCode::NOT_FOUND, false),
    ] {
        let mut browser = bench.signed_in(who).await;
        let page = browser.get(&file(LUCIA)).await;
        assert_eq!((page.status, page.text.contains("id=\"log\"")), (status, has_log), "{who}");
        let print = browser.get("/clients/01JXLUCIA?view=print").await;
        assert_eq!(print.status, status);
        // A print that is left on a desk names nobody in full.
        assert!(!print.text.contains("Moreno"));
    }
}

/// The id of the only note on a page.
fn note_of(page: &str) -> String {
    let start = page.split("/notes/").nth(1).unwrap();
    start.split('"').next().unwrap().to_owned()
}

fn seen_of(page: &str) -> String {
    page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_note_is_corrected_hidden_and_taken_back_and_its_old_text_stays_reachable() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let mut ben = bench.signed_in("ben").await;
    log(&mut rosa, LUCIA, &[("words", "The frist text.")]).await;
    let note = format!("/clients/{LUCIA}/notes/{}", note_of(&rosa.get(&file(LUCIA)).await.text));
    // A colleague reads it and cannot change it.
    let page = ben.get(&note).await.text;
    assert!(page.contains("The frist text.") && !page.contains("/correct\""));
    let page = rosa.get(&note).await.text;
    let seen = seen_of(&page);
    let fields = [("seen", seen.as_str()), ("words", "The first text."), ("medium", "phone")];
    assert_eq!(rosa.post(&format!("{note}/correct"), &fields).await.location(), note);
    let late = rosa.post(&format!("{note}/correct"), &fields).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("Somebody changed this note"));
    let page = ben.get(&file(LUCIA)).await.text;
    assert!(page.contains("The first text.") && page.contains("corrected") && !page.contains("frist"));
    let page = ben.get(&note).await.text;
    assert!(page.contains("The frist text.") && page.contains("What it said before"));
    // Under another client's address there is no such note.
    let elsewhere = note.replace(LUCIA, JAMAL);
    assert_eq!(ben.get(&elsewhere).await.status, StatusCode::NOT_FOUND);

    let hidden = rosa.post(&format!("{note}/visibility"), &[("visibility", "me")]).await;
    assert_eq!(hidden.location(), note);
    assert_eq!(ben.get(&note).await.status, StatusCode::NOT_FOUND);
    let page = ben.get(&file(LUCIA)).await.text;
    assert!(!page.contains("The first text.") && !page.contains("The frist text."));
    assert!(!ben.get("/clients/01JXLUCIA?text=first").await.text.contains("The first text."));
    let tried = ben.post(&format!("{note}/visibility"), &[("visibility", "team")]).await;
    assert_eq!(tried.status, StatusCode::NOT_FOUND);

    let seen = seen_of(&rosa.get(&note).await.text);
    rosa.post(&format!("{note}/withdraw"), &[("seen", &seen)]).await;
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("The note is taken back.") && !page.contains("The first text."));
    assert!(rosa.get(&note).await.text.contains("Taken back by"));
}

#[tokio::test]
async fn the_timeline_is_filtered_searched_and_paged() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    for n in 0..45 {
        let words = format!("Note number {n}.");
        log(&mut rosa, LUCIA, &[("words", &words)]).await;
        bench.clock.advance_seconds(1);
    }
    let page = rosa.get(&file(LUCIA)).await.text;
    assert!(page.contains("Note number 44.") && !page.contains("Note number 0."));
    let next = page.split("<p class=\"pages\"><a href=\"").nth(1).unwrap().split('"').next().unwrap();
    let next = next.replace("&amp;", "&").replace("&#38;", "&");
    let second = rosa.get(next.split('#').next().unwrap()).await.text;
    assert!(second.contains("Note number 0.") && !second.contains("Note number 44."));
    let found = rosa.get("/clients/01JXLUCIA?text=number%207&kind=contact").await.text;
    assert!(found.contains("Note number 7.") && !found.contains("Note number 8."));
    let none = rosa.get("/clients/01JXLUCIA?to=2020-01-01").await.text;
    assert!(none.contains("Nothing matches"));
    let wrong = rosa.get("/clients/01JXLUCIA?from=soon").await.text;
    assert!(wrong.contains("Type a day such as") && wrong.contains("value=\"soon\""));
    // A colleague who comes back finds what was recorded since.
    let mut ben = bench.signed_in("ben").await;
    assert!(!ben.get(&file(LUCIA)).await.text.contains("You last looked"));
    bench.clock.advance_seconds(20 * 60);
    ben.get("/quick-log").await;
    bench.clock.advance_seconds(20 * 60);
    let mut rosa = bench.signed_in("rosa").await;
    log(&mut rosa, LUCIA, &[("words", "News for Ben.")]).await;
    let page = ben.get("/clients/01JXLUCIA?new=yes").await.text;
    assert!(page.contains("News for Ben.") && !page.contains("Note number"));
    assert!(page.contains("One line is new."));
}

#[tokio::test]
async fn the_log_on_its_own_page_asks_for_the_client_and_keeps_what_was_typed() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let page = rosa.get("/quick-log").await.text;
    assert!(page.contains("Lucía M.") && page.contains("Jamal T.") && !page.contains("Moreno"));
    let key = hidden(&page, "key");
    let fields = [("key", key.as_str()), ("words", "From the doorstep.")];
    let missing = rosa.post("/quick-log", &fields).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.text.contains("Choose a client.") && missing.text.contains("From the doorstep."));
    let with_client = [fields[0], fields[1], ("client", JAMAL)];
    assert_eq!(rosa.post("/quick-log", &with_client).await.location(), "/clients/01JXJAMAL");
    assert!(rosa.get(&file(JAMAL)).await.text.contains("From the doorstep."));
    assert!(!rosa.get(&file(LUCIA)).await.text.contains("From the doorstep."));
    // Somebody else's client cannot be chosen.
    let mut sam = bench.signed_in("sam").await;
    let page = sam.get("/quick-log").await.text;
    assert!(page.contains("No open clients are assigned to you."));
    let theirs = [("key", "sams-key"), ("words", "x"), ("client", LUCIA)];
    assert_eq!(sam.post("/quick-log", &theirs).await.status, StatusCode::NOT_FOUND);
    assert_eq!(counted(&bench, "case_event").await, 1);
}
