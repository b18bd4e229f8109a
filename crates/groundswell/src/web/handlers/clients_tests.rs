//! Finding, adding, changing and merging clients as people meet it in a browser.

use axum::http::{Request, StatusCode};
use domain::casework::intake::{self, FirstCase};
use domain::kernel::access::{self, May};
use domain::kernel::ctx::{Actor, Ctx, Role};
use domain::kernel::ids::{AccountId, ClientId};
use domain::people::details::{Entered, EnteredPhone};

use crate::web::tests::{Bench, Browser};

struct Agency {
    bench: Bench,
    rosa: AccountId,
}

impl Agency {
    /// Rosa and Sam are caseworkers, Vera supervises, Pia is the privacy officer.
    async fn new() -> Self {
        let bench = Bench::new().await;
        let rosa = bench.person("rosa", &[Role::Caseworker]).await.id;
        bench.person("sam", &[Role::Caseworker]).await;
        bench.person("vera", &[Role::Supervisor]).await;
        bench.person("pia", &[Role::PrivacyOfficer]).await;
        Self { bench, rosa }
    }

    fn rosa(&self) -> Ctx {
        let roles = [Role::Caseworker].into_iter().collect();
        self.bench.app.site.ctx(Actor::Person { account: self.rosa.clone(), roles })
    }

    /// A client of Rosa's.
    async fn client(&self, name: &str, born_on: &str, phone: &str) -> ClientId {
        let entered = Entered {
            preferred_name: name.to_owned(),
            born_on: born_on.to_owned(),
            phones: vec![EnteredPhone { number: phone.to_owned(), ..EnteredPhone::default() }],
            ..Entered::default()
        };
        intake::add(&self.rosa(), &entered, &FirstCase::default()).await.unwrap().0
    }

    async fn restrict(&self, client: &ClientId) {
        let ctx = self.rosa();
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, client.clone(), May::Record).await.unwrap();
        access::restrict(&ctx, &mut tx, &grant, "in hiding", std::slice::from_ref(&self.rosa)).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn browser(&self, login: &str) -> Browser {
        self.bench.signed_in(login).await
    }
}

#[tokio::test]
async fn a_client_is_looked_for_first_and_added_only_after() {
    let agency = Agency::new().await;
    agency.client("Lucía Moreno", "1990-05-31", "208 555 0143").await;
    let mut sam = agency.browser("sam").await;
    let empty = sam.get("/clients").await;
    assert!(!empty.text.contains("/clients/new"), "nothing is added before a search");
    let found = sam.get("/clients?q=lusia+morenno").await;
    assert!(found.text.contains("Lucía Moreno") && found.text.contains("born 1990"));
    assert!(found.text.contains("/emergency") && !found.text.contains(">Lucía Moreno</bdi></a>"));
    let nobody = sam.get("/clients?q=zzyzx+5/3/1990").await;
    assert!(nobody.text.contains("Nobody found") && nobody.text.contains("/clients/new?q=zzyzx%205/3/1990"));
    let form = sam.get("/clients/new?q=zzyzx+5/3/1990").await;
    assert!(form.text.contains("value=\"zzyzx\"") && form.text.contains("value=\"5/3/1990\""));
    let fragment = Request::get("/clients?q=moreno").header("hx-request", "true");
    let part = sam.send(fragment.body(axum::body::Body::empty()).unwrap()).await;
    assert!(part.text.contains("Lucía Moreno") && !part.text.contains("<html"));
}

#[tokio::test]
async fn a_new_client_gets_a_case_and_a_possible_duplicate_is_shown_before_anything_is_saved() {
    let agency = Agency::new().await;
    let known = agency.client("Guillermo Villaseñor", "2003-04-11", "208-555-0143").await;
    let mut sam = agency.browser("sam").await;
    sam.get("/clients/new?q=memo").await;
    let wrong = sam.post("/clients", &[("born_on", "5/3/1990"), ("phone-0", "12"), ("wish", "a job")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["Type the name the person goes by", "Is that", "at least seven digits", "a job"] {
        assert!(wrong.text.contains(part), "{part}");
    }
    let fields = [
        ("preferred_name", "Memo Villasenor"),
        ("born_on", "2003-11-04"),
        ("phone-0", "555-0143"),
        ("programme", "Housing"),
        ("group-gender", "client_prefers_not_to_answer"),
    ];
    let alike = sam.post("/clients", &fields).await;
    assert_eq!(alike.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["may be this person", "Guillermo Villaseñor", "A phone number in common", "one slip away"] {
        assert!(alike.text.contains(part), "{part}");
    }
    assert!(!sam.get("/clients?q=memo+villasenor").await.text.contains(">Memo Villasenor<"));
    let shown = ("shown", known.as_str());
    // Having seen somebody else's name is not enough.
    let unseen =
        sam.post("/clients", &[&fields[..], &[("different", "yes"), ("shown", "another")]].concat()).await;
    assert_eq!(unseen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let added = sam.post("/clients", &[&fields[..], &[("different", "yes"), shown]].concat()).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    assert_eq!(sam.get(added.location()).await.status, StatusCode::OK);
    let details = format!("{}/details", added.location().trim_end_matches("/details"));
    let page = sam.get(&details).await;
    assert!(page.text.contains("value=\"client_prefers_not_to_answer\" selected"));
    assert!(agency.bench.audit_actions().await.contains(&"case.open".to_owned()));
}

#[tokio::test]
async fn a_supervisor_says_who_leads_the_case() {
    let agency = Agency::new().await;
    let mut vera = agency.browser("vera").await;
    vera.get("/clients/new?q=ana").await;
    let missing = vera.post("/clients", &[("preferred_name", "Ana Cruz")]).await;
    assert!(missing.text.contains("Choose who leads the case"));
    let fields = [("preferred_name", "Ana Cruz"), ("worker", agency.rosa.as_str())];
    assert_eq!(vera.post("/clients", &fields).await.status, StatusCode::SEE_OTHER);
    let mut rosa = agency.browser("rosa").await;
    assert!(rosa.get("/clients?q=ana+cruz").await.text.contains("your client"));
}

#[tokio::test]
async fn the_second_of_two_who_save_is_told_and_keeps_the_text() {
    let agency = Agency::new().await;
    let client = agency.client("Dee Okafor", "", "").await;
    let path = format!("/clients/{client}/details");
    let mut rosa = agency.browser("rosa").await;
    let mut vera = agency.browser("vera").await;
    assert!(rosa.get(&path).await.text.contains("name=\"version\" value=\"1\""));
    vera.get(&path).await;
    let saved = [
        ("version", "1"),
        ("preferred_name", "Dee Okafor"),
        ("wish", "a job in a bakery"),
        ("phone-0", "208 555 0101"),
    ];
    assert_eq!(vera.post(&path, &saved).await.status, StatusCode::SEE_OTHER);
    let typed = [("version", "1"), ("preferred_name", "Dee Okafor"), ("strength", "bakes like nobody")];
    let told = rosa.post(&path, &typed).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    for part in [
        "Somebody else saved",
        "bakes like nobody",
        "Stored now: a job in a bakery",
        "208 555 0101",
        "value=\"2\"",
    ] {
        assert!(told.text.contains(part), "{part}");
    }
    let again = [
        ("version", "2"),
        ("preferred_name", "Dee Okafor"),
        ("strength", "bakes like nobody"),
        ("wish", "a job in a bakery"),
    ];
    assert_eq!(rosa.post(&path, &again).await.status, StatusCode::SEE_OTHER);
    let mut pia = agency.browser("pia").await;
    let reading = pia.get(&path).await;
    assert!(reading.text.contains("208 555 0101") && !reading.text.contains("name=\"version\""));
    assert_eq!(agency.browser("sam").await.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_supervisor_merges_by_one_click_undoes_by_another_and_the_old_address_leads_on() {
    let agency = Agency::new().await;
    let one = agency.client("Imani Dorvil", "2004-02-02", "208 555 0101").await;
    let other = agency.client("Imani Dorvil", "2004-02-02", "208 555 0101").await;
    let mut vera = agency.browser("vera").await;
    assert!(vera.get("/clients/duplicates").await.text.contains("Nobody has looked"));
    assert_eq!(vera.post("/clients/duplicates/find", &[]).await.status, StatusCode::SEE_OTHER);
    let page = vera.get("/clients/duplicates").await;
    assert!(
        page.text.contains("Same birth date") && page.text.contains("one pair to decide"),
        "{}",
        page.text
    );
    let fields = [("survivor", one.as_str()), ("merged", other.as_str())];
    assert_eq!(vera.post("/clients/duplicates/merge", &fields).await.status, StatusCode::SEE_OTHER);
    let mut rosa = agency.browser("rosa").await;
    let moved = rosa.get(&format!("/clients/{other}/details")).await;
    assert_eq!(
        (moved.status, moved.location()),
        (StatusCode::SEE_OTHER, &*format!("/clients/{one}/details"))
    );
    let absent = agency.browser("sam").await.get(&format!("/clients/{other}/details")).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let page = vera.get("/clients/duplicates").await;
    let undo = page.text.split("/clients/merges/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(vera.post(&format!("/clients/merges/{undo}"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rosa.get(&format!("/clients/{other}/details")).await.status, StatusCode::OK);
    let fields = [("one", one.as_str()), ("other", other.as_str())];
    vera.post("/clients/duplicates/different", &fields).await;
    vera.post("/clients/duplicates/find", &[]).await;
    assert!(vera.get("/clients/duplicates").await.text.contains("No two records look like one person"));
}

#[tokio::test]
async fn an_emergency_needs_a_reason_opens_the_file_and_is_looked_at_by_somebody_else() {
    let agency = Agency::new().await;
    let client = agency.client("Luz Moreno", "1990-05-31", "").await;
    let path = format!("/clients/{client}/emergency");
    let details = format!("/clients/{client}/details");
    let mut sam = agency.browser("sam").await;
    assert!(sam.get(&path).await.text.contains("Luz Moreno"));
    let short = sam.post(&path, &[("reason", "quick")]).await;
    assert!(short.text.contains("at least 20 letters") && short.text.contains("quick"));
    assert_eq!(sam.get(&details).await.status, StatusCode::NOT_FOUND);
    let reason = "At the hospital with her, her worker is on leave";
    assert_eq!(sam.post(&path, &[("reason", reason)]).await.status, StatusCode::SEE_OTHER);
    assert!(sam.get(&details).await.text.contains("You opened this file in an emergency"));
    let mut vera = agency.browser("vera").await;
    let page = vera.get("/supervise/emergencies").await;
    assert!(page.text.contains(reason) && page.text.contains("One waits"));
    let id = page
        .text
        .split("action=\"/supervise/emergencies/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let noted = vera.post(&format!("/supervise/emergencies/{id}"), &[("verdict", "in_order")]).await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER);
    assert!(vera.get("/supervise/emergencies").await.text.contains("All of them have been looked at"));
}

#[tokio::test]
async fn the_canary_of_a_restricted_client_stands_on_no_page_of_those_not_named() {
    let agency = Agency::new().await;
    let hidden = agency.client("Canary Hiddenway", "1999-09-09", "208 555 0177").await;
    agency.client("Canary Hiddenway", "1999-09-09", "208 555 0177").await;
    agency.restrict(&hidden).await;
    agency.browser("vera").await.post("/clients/duplicates/find", &[]).await;
    for login in ["sam", "vera", "pia"] {
        let mut browser = agency.browser(login).await;
        for path in [
            "/clients?q=canary",
            "/clients?q=5550177",
            "/clients?q=1999-09-09",
            "/clients/duplicates",
            "/supervise/emergencies",
        ] {
            let answer = browser.get(path).await;
            assert!(!answer.text.contains(hidden.as_str()), "{login} {path}");
            assert!(answer.text.matches("<bdi>Canary Hiddenway</bdi>").count() <= 2, "{login} {path}");
        }
        for path in ["details", "emergency"] {
            let answer = browser.get(&format!("/clients/{hidden}/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{login} {path}");
        }
    }
    let mut sam = agency.browser("sam").await;
    sam.get("/clients/new?q=canary").await;
    let fields =
        [("preferred_name", "Canary Hiddenway"), ("born_on", "1999-09-09"), ("phone-0", "208 555 0177")];
    assert!(!sam.post("/clients", &fields).await.text.contains(hidden.as_str()));
}
