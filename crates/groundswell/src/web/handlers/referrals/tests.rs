use axum::http::StatusCode;
use domain::casework::{self, Case};
use domain::evidence;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Role;
use domain::kernel::db::Sql;
use domain::kernel::ids::{AccountId, CaseId, ClientId};
use domain::people::{self, Client, Organization};

use super::{hundredths, organization_typed};
use crate::web::tests::{Bench, Browser};

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

async fn agency() -> Bench {
    let bench = Bench::set_up().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await;
    bench.person("sam", &[Role::Caseworker]).await;
    bench.person("sofia", &[Role::Supervisor]).await;
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let stratum = [("language".to_owned(), "Spanish".to_owned())].into_iter().collect();
    let strata = evidence::strata_ids(&tx, &[stratum]).await.unwrap();
    let client = |id: &str, name: &str| Client {
        id: ClientId::from_text(id),
        preferred_name: name.into(),
        legal_name: "CANARY-LEGAL".into(),
        pronouns: "CANARY-PRONOUNS".into(),
        language: "CANARY-LANGUAGE".into(),
        born_on: day("1991-09-17"),
        area: "A1".into(),
        strength: "CANARY-STRENGTH".into(),
        wish: "CANARY-WISH".into(),
        groups: Default::default(),
    };
    let clients = [client("c1", "Lucía CANARYLAST"), client("c2", "Omar Farid")];
    people::clients_insert(&ctx, &mut tx, &clients).await.unwrap();
    let case = |id: &str, client: &str| Case {
        id: CaseId::from_text(id),
        client: ClientId::from_text(client),
        area: "A1".into(),
        stratum_id: strata[0],
        worker: AccountId::from_text(rosa.id.as_str()),
        opened_on: day("2025-01-16"),
        closed_on: None,
    };
    casework::cases_insert(&ctx, &mut tx, &[case("k1", "c1"), case("k2", "c2")]).await.unwrap();
    let office = |id: &str, name: &str, system| Organization {
        id: id.into(),
        name: name.into(),
        system,
        area: "A1".into(),
    };
    let offices =
        [office("o1", "Larkwater Clinic", System::Clinic), office("o2", "Housing Office", System::Housing)];
    people::organizations_insert(&mut tx, &offices).await.unwrap();
    tx.commit().await.unwrap();
    bench
}

const GOOD: [(&str, &str); 9] = [
    ("case", "k1"),
    ("recipient", "larkwater clinic"),
    ("service", "Asthma nurse"),
    ("need", "physical_health"),
    ("why", "CANARY-WHY"),
    ("shares", "CANARY-SHARES"),
    ("consent", "yes"),
    ("answer_days", "14"),
    ("contact", "555 0142"),
];

async fn send(rosa: &mut Browser) -> String {
    rosa.get("/clients/c1/referrals/new").await;
    let sent = rosa.post("/clients/c1/referrals", &GOOD).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    let secret = sent.text.split("/r/").nth(1).unwrap().split('<').next().unwrap();
    secret.to_owned()
}

/// The id of the only referral.
async fn only(bench: &Bench) -> String {
    let sql = Sql { name: "test", text: "select id from referral" };
    bench.app.site.db.row(sql, vec![]).await.unwrap().unwrap().text(0).unwrap()
}

async fn texts(bench: &Bench, text: &'static str) -> Vec<String> {
    let rows = bench.app.site.db.rows(Sql { name: "test", text }, vec![]).await.unwrap();
    rows.iter().map(|row| row.text(0).unwrap()).collect()
}

#[tokio::test]
async fn a_referral_goes_out_comes_back_declined_and_its_barrier_counts() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let secret = send(&mut rosa).await;

    // Shown once: neither the tab nor anything stored has it.
    let tab = rosa.get("/clients/c1/referrals").await;
    assert!(tab.text.contains("Larkwater Clinic has had it since today"), "{}", tab.text);
    assert!(!tab.text.contains(&secret));

    let mut nobody = bench.browser();
    let path = format!("/r/{secret}");
    let asked = nobody.get(&path).await;
    assert_eq!(asked.status, StatusCode::OK);
    for part in ["Lucía C.", "Asthma nurse", "555 0142", "Rosa Alvarez"] {
        assert!(asked.text.contains(part), "{part}");
    }
    for hidden in ["CANARY", "1991", "c1", "k1"] {
        let shown = asked.text.replace(&secret, "").contains(hidden);
        assert!(!shown || hidden.len() == 2, "{hidden}");
    }
    assert!(!asked.text.contains("/clients/"));

    let no_reason = nobody.post(&path, &[("command", "decline"), ("words", "No room before autumn")]).await;
    assert_eq!(no_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(no_reason.text.contains("Choose a reason") && no_reason.text.contains("No room before autumn"));
    let fields = [("command", "decline"), ("reason", "capacity_closed"), ("words", "No room before autumn")];
    let declined = nobody.post(&path, &fields).await;
    assert_eq!(declined.status, StatusCode::SEE_OTHER);
    let over = nobody.get(declined.location()).await;
    assert!(over.text.contains("Thank you") && !over.text.contains("Asthma"));
    let again = nobody.post(&path, &[("command", "accept")]).await;
    assert!(again.text.contains("This referral has ended"));

    let tab = rosa.get("/clients/c1/referrals").await;
    assert!(tab.text.contains("No room before autumn") && tab.text.contains("Larkwater Clinic, by the link"));
    assert!(tab.text.contains("Record the barrier"));
    assert!(tab.text.contains("<option value=\"capacity_closed\" selected>"));
    let id = only(&bench).await;
    let fields = [("code", "capacity_closed"), ("on", "2025-06-15"), ("words", "")];
    let done = rosa.post(&format!("/clients/c1/referrals/{id}/barrier"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(!rosa.get("/clients/c1/referrals").await.text.contains("Record the barrier"));
    evidence::top_up(&bench.app.site.system("test")).await.unwrap();
    let counted =
        texts(&bench, "select kind || ':' || code || ':' || system from evidence order by seq").await;
    assert_eq!(
        counted,
        ["referral:sent:clinic", "referral:declined:clinic", "barrier:capacity_closed:clinic"]
    );
}

#[tokio::test]
async fn a_link_with_one_wrong_letter_is_the_same_page_as_nonsense() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    let secret = send(&mut rosa).await;
    let last = if secret.ends_with('a') { "b" } else { "a" };
    let wrong = format!("{}{last}", &secret[..secret.len() - 1]);
    let mut nobody = bench.browser();
    nobody.get("/login").await;
    let one = nobody.get(&format!("/r/{wrong}")).await;
    let other = nobody.get("/r/nonsense").await;
    assert_eq!((one.status, &one.text), (StatusCode::NOT_FOUND, &other.text));
    let posted = nobody.post(&format!("/r/{wrong}"), &[("command", "accept")]).await;
    assert_eq!((posted.status, posted.text), (StatusCode::NOT_FOUND, other.text));
    for _ in 0..20 {
        nobody.get("/r/nonsense").await;
    }
    assert_eq!(nobody.get(&format!("/r/{secret}")).await.status, StatusCode::TOO_MANY_REQUESTS);
    bench.clock.advance_seconds(16 * 60);
    assert_eq!(nobody.get(&format!("/r/{secret}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn silence_is_on_the_board_and_one_confirmed_button_makes_a_barrier_of_it() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    send(&mut rosa).await;
    bench.clock.advance_seconds(17 * 86_400);
    let mut rosa = bench.signed_in("rosa").await;
    let board = rosa.get("/referrals").await;
    assert!(board.text.contains("Waiting for us") && board.text.contains("Lucía C."));
    assert!(
        board.text.contains("No answer from Larkwater Clinic; it was expected by 29\u{a0}Jun"),
        "{}",
        board.text
    );
    assert!(!bench.signed_in("sam").await.get("/referrals").await.text.contains("Lucía"));
    assert!(bench.signed_in("sofia").await.get("/referrals").await.text.contains("Lucía"));

    let id = only(&bench).await;
    let early = [("code", "no_response"), ("on", "2025-06-01")];
    let early = rosa.post(&format!("/clients/c1/referrals/{id}/barrier"), &early).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("Choose a day after it was sent"));
    let fields = [("code", "no_response"), ("on", ""), ("words", "Called twice")];
    let done = rosa.post(&format!("/clients/c1/referrals/{id}/barrier"), &fields).await;
    assert_eq!(done.location(), format!("/clients/c1/referrals#referral-{id}"));
    let events =
        texts(&bench, "select kind || ':' || code || ':' || organization_id from case_event order by seq")
            .await;
    assert_eq!(events, ["referral:sent:o1", "referral:no_response:o1", "barrier:no_response:o1"]);
    let second = rosa.post(&format!("/clients/c1/referrals/{id}/barrier"), &fields).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_came_by_phone_is_recorded_with_who_said_it_and_the_client_has_the_last_word() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    send(&mut rosa).await;
    let id = only(&bench).await;
    let path = format!("/clients/c1/referrals/{id}/step");
    let fields = [("command", "accept"), ("expected_on", "2025-07-01"), ("said_by", "Ms Porter")];
    assert_eq!(rosa.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
    let tab = rosa.get("/clients/c1/referrals").await;
    assert!(tab.text.contains("it begins on 1\u{a0}Jul") && tab.text.contains("said by Ms Porter"));
    let wrong = [("command", "wait"), ("expected_on", "2025-01-01")];
    let wrong = rosa.post(&path, &wrong).await;
    assert!(wrong.text.contains("Choose a day that is not before the answer"));
    assert_eq!(rosa.post(&path, &[("command", "complete")]).await.status, StatusCode::SEE_OTHER);
    assert!(rosa.get("/clients/c1/referrals").await.text.contains("Ask the client: did they get it?"));
    let said = [("command", "say_outcome"), ("outcome", "attained")];
    assert_eq!(rosa.post(&path, &said).await.status, StatusCode::SEE_OTHER);
    let tab = rosa.get("/clients/c1/referrals").await;
    assert!(tab.text.contains("the client got it") && tab.text.contains("Services received"));
    assert_eq!(texts(&bench, "select what from service_detail").await, ["Asthma nurse"]);
    assert_eq!(rosa.post(&path, &[("command", "accept")]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_wrong_with_a_referral_is_said_and_what_was_typed_is_kept() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get("/clients/c1/referrals/new").await;
    let fields = [("case", "k1"), ("recipient", "A new place"), ("service", "Bed"), ("answer_days", "0")];
    let again = rosa.post("/clients/c1/referrals", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in
        ["Choose the system", "agreement it can be kept", "from 1 to 90", "how the recipient reaches you"]
    {
        assert!(again.text.contains(part), "{part}");
    }
    assert!(again.text.contains("value=\"A new place\"") && again.text.contains("value=\"Bed\""));
    let kept = [
        ("case", "k1"),
        ("recipient", "A new place"),
        ("service", "Bed"),
        ("answer_days", "7"),
        ("how", "keep"),
    ];
    assert_eq!(rosa.post("/clients/c1/referrals", &kept).await.status, StatusCode::SEE_OTHER);
    let id = only(&bench).await;
    let draft = rosa.get(&format!("/clients/c1/referrals/new?draft={id}")).await;
    assert!(draft.text.contains("value=\"A new place\""));
    let good = [&GOOD[..], &[("draft", id.as_str())]].concat();
    assert_eq!(rosa.post("/clients/c1/referrals", &good).await.status, StatusCode::OK);
    assert_eq!(only(&bench).await, id);
    // Of another client there is none of this id; of somebody else's client there is nothing.
    let elsewhere = rosa.get(&format!("/clients/c2/referrals/new?draft={id}")).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let step = rosa.post(&format!("/clients/c2/referrals/{id}/step"), &[("command", "accept")]).await;
    assert_eq!(step.status, StatusCode::NOT_FOUND);
    let mut sam = bench.signed_in("sam").await;
    assert_eq!(sam.get("/clients/c1/referrals").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_service_is_recorded_with_its_amount() {
    let bench = agency().await;
    let mut rosa = bench.signed_in("rosa").await;
    rosa.get("/clients/c1/services/new").await;
    let wrong = [("case", "k1"), ("amount", "many"), ("from", "")];
    let wrong = rosa.post("/clients/c1/services", &wrong).await;
    assert!(wrong.text.contains("Type an amount") && wrong.text.contains("Choose a day"));
    let fields = [
        ("case", "k1"),
        ("what", "Evening class"),
        ("recipient", "Library"),
        ("system", "community"),
        ("from", "2025-06-01"),
        ("amount", "1,5"),
        ("unit", "hours"),
    ];
    assert_eq!(rosa.post("/clients/c1/services", &fields).await.location(), "/clients/c1/referrals");
    let tab = rosa.get("/clients/c1/referrals").await;
    assert!(tab.text.contains("Evening class") && tab.text.contains("1.5 hours"));
}

#[test]
fn amounts_are_read_to_the_hundredth() {
    let table = [
        ("", Ok(None)),
        ("3", Ok(Some(300))),
        ("1.5", Ok(Some(150))),
        ("0,25", Ok(Some(25))),
        ("-1", Err(())),
        ("1.234", Err(())),
        ("x", Err(())),
    ];
    for (text, expected) in table {
        assert_eq!(hundredths(text), expected, "{text}");
    }
}

#[test]
fn of_two_places_with_one_name_the_chosen_system_decides() {
    let office =
        |id: &str, system| Organization { id: id.into(), name: "Center".into(), system, area: String::new() };
    let all = [office("a", System::School), office("b", System::Clinic)];
    assert_eq!(organization_typed(&all, " center", Some(System::Clinic)).as_deref(), Some("b"));
    assert_eq!(organization_typed(&all, "center", None), None);
    assert_eq!(organization_typed(&all[..1], "CENTER", None).as_deref(), Some("a"));
}
