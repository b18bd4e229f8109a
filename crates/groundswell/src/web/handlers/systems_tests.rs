//! The systems around a client, as a browser meets them.

use axum::http::StatusCode;
use domain::casework::{self, Case};
use domain::kernel::access::{self, May};
use domain::kernel::accounts::Account;
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Role;
use domain::kernel::ids::{CaseId, ClientId};
use domain::people::ecomap::{self, Energy, Tie, TieKind, TieRow, With};
use domain::people::{self, Client, Organization};

use crate::web::tests::Bench;

async fn school(bench: &Bench) {
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let organization = Organization {
        id: "school-1".to_owned(),
        name: "Eastside High".to_owned(),
        system: System::School,
        area: String::new(),
    };
    people::organizations_insert(&mut tx, &[organization]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn client(bench: &Bench, name: &str, worker: &Account) {
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let born_on = Day::parse_iso("2010-01-01").unwrap();
    let client = Client {
        id: ClientId::from_text(name),
        preferred_name: format!("{name} Moreno"),
        legal_name: String::new(),
        pronouns: String::new(),
        language: String::new(),
        born_on,
        area: String::new(),
        strength: String::new(),
        wish: String::new(),
        groups: std::collections::BTreeMap::new(),
    };
    people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
    let case = Case {
        id: CaseId::from_text(format!("case-{name}")),
        client: ClientId::from_text(name),
        area: String::new(),
        stratum_id: 1,
        worker: worker.id.clone(),
        opened_on: Day::parse_iso("2024-01-16").unwrap(),
        closed_on: None,
    };
    casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Values of an attribute, sorted.
fn values(text: &str, attribute: &str) -> Vec<String> {
    let opening = format!(" {attribute}=\"");
    let mut found: Vec<String> = text
        .split(opening.as_str())
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    found.sort_unstable();
    found
}

fn seen(text: &str) -> String {
    text.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_tie_is_drawn_changed_and_compared_with_how_it_was_and_two_people_do_not_overwrite_each_other() {
    let bench = Bench::set_up().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await;
    bench.person("boss", &[Role::Supervisor]).await;
    school(&bench).await;
    client(&bench, "lucia", &rosa).await;
    let mut browser = bench.signed_in("rosa").await;
    let page = "/clients/lucia/systems";
    assert!(browser.get(page).await.text.contains("map of lucia’s world is still empty"));
    let wrong = browser.post(&format!("{page}/ties"), &[("tie_what", "person"), ("tie_since", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Choose how the tie is") && wrong.text.contains("value=\"soon\""));
    let add = [
        ("tie_what", "organization:school-1"),
        ("tie_kind", "strong"),
        ("tie_energy", "to_client"),
        ("tie_since", "2025-01-01"),
        ("tie_note", "<b>They asked</b>"),
    ];
    let added = browser.post(&format!("{page}/ties"), &add).await;
    assert_eq!((added.status, added.location()), (StatusCode::SEE_OTHER, "/clients/lucia/systems#map"));
    assert!(browser.post(&format!("{page}/ties"), &add).await.text.contains("on the map already"));
    let shown = browser.get(page).await.text;
    assert_eq!(values(&shown, "data-tie"), values(&shown, "data-tie-row"));
    assert!(shown.contains("lucia can lean on <strong>Eastside High</strong>") && !shown.contains("<b>They"));
    let node = values(&shown, "data-tie").remove(0);
    let form = format!("{page}?tie={node}");
    let first = seen(&browser.get(&form).await.text);
    let mut boss = bench.signed_in("boss").await;
    boss.get(&form).await;
    let change = |seen: &str, kind: &str| {
        [("seen", seen), ("tie_kind", kind), ("tie_energy", "from_client"), ("tie_since", "2025-05-01")]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let stressful = change(&first, "stressful");
    let fields = stressful.each_ref().map(|(name, value)| (*name, value.as_str()));
    let to = format!("{page}/ties/{node}");
    assert_eq!(browser.post(&to, &fields).await.status, StatusCode::SEE_OTHER);
    // The supervisor still looks at the first state: typed values stay, and the newest is what a second save goes over.
    let broken = change(&first, "broken");
    let late = boss.post(&to, &broken.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("Somebody else changed this meanwhile"));
    let knowingly = change(&seen(&late.text), "broken");
    let saved = boss.post(&to, &knowingly.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let both = browser.get(&format!("{page}?on=2025-02-01")).await.text;
    assert!(both.contains("id=\"then-title\"") && both.contains("eco__node eco__tie--broken"));
    assert!(both.contains("<g class=\"eco__node eco__tie--strong\""), "then it was strong");
    let newest = seen(&boss.get(&form).await.text);
    let gone = boss.post(&format!("{to}/end"), &[("seen", newest.as_str())]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(browser.get(page).await.text.contains("still empty"));
}

#[tokio::test]
async fn whom_to_call_and_the_household_are_kept_in_the_file_of_those_who_may_open_it() {
    let bench = Bench::set_up().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await;
    let sam = bench.person("sam", &[Role::Caseworker]).await;
    bench.person("boss", &[Role::Supervisor]).await;
    bench.person("pat", &[Role::PrivacyOfficer]).await;
    school(&bench).await;
    client(&bench, "lucia", &rosa).await;
    client(&bench, "ana", &sam).await;
    let mut browser = bench.signed_in("rosa").await;
    browser.get("/organizations/school-1").await;
    let porter =
        [("pro_name", "Ms Porter"), ("pro_role", "counselor"), ("pro_phone", "(555) 555-0142 ext. 7")];
    assert_eq!(
        browser.post("/organizations/school-1/professionals", &porter).await.location(),
        "/organizations/school-1"
    );
    let page = "/clients/lucia/systems";
    let form = browser.get(page).await.text;
    let id = form
        .split("optgroup label=\"Eastside High\"><option value=\"")
        .nth(2)
        .or_else(|| form.split("<option value=\"").find(|it| it.contains("Ms Porter, counselor")));
    let id = id.unwrap().split('"').next().unwrap().to_owned();
    let link = [("call_professional", id.as_str()), ("call_lead", "yes"), ("call_talked", "2025-06-01")];
    let added = browser.post(&format!("{page}/professionals"), &link).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let shown = browser.get(page).await.text;
    assert!(shown.contains("href=\"tel:5555550142;ext=7\"") && shown.contains("1\u{a0}Jun\u{a0}2025"));

    let mut boss = bench.signed_in("boss").await;
    let found = boss.get(&format!("{page}?find=ana")).await.text;
    assert!(found.contains("value=\"ana\""), "{found}");
    let sibling = [("person_other", "ana"), ("person_kind", "sibling"), ("person_home", "yes")];
    assert_eq!(boss.post(&format!("{page}/household"), &sibling).await.status, StatusCode::SEE_OTHER);
    assert!(
        boss.get("/clients/ana/systems").await.text.contains("/clients/lucia/systems\"><bdi>lucia Moreno")
    );
    // Rosa does not work with Ana: the word, no name, and no way to find her.
    let shown = browser.get(page).await.text;
    assert!(shown.contains("sibling") && !shown.contains("ana Moreno"));
    assert!(!browser.get(&format!("{page}?find=ana")).await.text.contains("ana Moreno"));
    let by_id = [("person_other", "ana"), ("person_kind", "friend")];
    let answer = browser.post(&format!("{page}/household"), &by_id).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bench.signed_in("sam").await.get(page).await.status, StatusCode::NOT_FOUND);
    // Once Ana is restricted she is in nobody else's file.
    let ctx = bench.app.site.ctx(sam.actor());
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, ClientId::from_text("ana"), May::Record).await.unwrap();
    access::restrict(&ctx, &mut tx, &grant, "safety", std::slice::from_ref(&sam.id)).await.unwrap();
    tx.commit().await.unwrap();
    for somebody in [&mut browser, &mut boss] {
        let text = somebody.get(page).await.text;
        assert!(!text.contains("ana Moreno") && values(&text, "data-person-row").is_empty());
    }
    // Who only reads finds no form.
    let read = bench.signed_in("pat").await.get(page).await.text;
    assert!(read.contains("Ms Porter") && !read.contains("/systems/ties\"") && !read.contains("?tie="));
}

#[tokio::test]
async fn the_directory_is_searched_and_edited_and_a_second_edit_does_not_overwrite_the_first() {
    let bench = Bench::set_up().await;
    bench.person("rosa", &[Role::Caseworker]).await;
    bench.person("olive", &[Role::Organizer]).await;
    school(&bench).await;
    let mut browser = bench.signed_in("rosa").await;
    browser.get("/organizations/new").await;
    let wrong = [("name", "Harbor Clinic"), ("system", "clinic"), ("phone", "ask at the desk")];
    let answer = browser.post("/organizations", &wrong).await;
    assert!(
        answer.text.contains("number that can be dialled") && answer.text.contains("value=\"Harbor Clinic\"")
    );
    let added = browser.post("/organizations", &[("name", "Harbor Clinic"), ("system", "clinic")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let found = browser.get("/organizations?q=clinic&system=clinic").await.text;
    assert!(found.contains("Harbor Clinic") && found.contains("One organization"));
    assert!(browser.get("/organizations?q=clinic&system=school").await.text.contains("Nothing of that name"));
    let edit = |hours| [("name", "Eastside High"), ("system", "school"), ("version", "1"), ("hours", hours)];
    assert_eq!(browser.post("/organizations/school-1", &edit("8–16")).await.status, StatusCode::SEE_OTHER);
    let late = browser.post("/organizations/school-1", &edit("9–17")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.text.contains("changed this organization meanwhile") && late.text.contains("value=\"9–17\"")
    );
    let mut olive = bench.signed_in("olive").await;
    let read = olive.get("/organizations/school-1").await.text;
    assert!(read.contains("8–16") && !read.contains("name=\"version\""));
    assert_eq!(olive.get("/organizations/new").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_web_over_all_clients_says_fewer_than_eleven_and_not_ten() {
    let bench = Bench::set_up().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await;
    bench.person("olive", &[Role::Organizer]).await;
    let mut olive = bench.signed_in("olive").await;
    assert!(olive.get("/systems").await.text.contains("No map is drawn yet"));
    let mut ties = Vec::new();
    for number in 0..48 {
        let name = format!("c{number}");
        client(&bench, &name, &rosa).await;
        let kind = match number {
            0..10 => TieKind::Stressful,
            10..22 => TieKind::Broken,
            _ => TieKind::Strong,
        };
        let since = Day::parse_iso("2025-01-01").unwrap();
        ties.push(TieRow {
            client: ClientId::from_text(name.as_str()),
            node: name,
            with: With::System(System::Benefits),
            system: None,
            tie: Tie { kind, energy: Energy::Neither, note: String::new(), since },
            recorded_by: rosa.id.clone(),
        });
    }
    let ctx = bench.app.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    ecomap::ties_insert(&mut tx, &ties).await.unwrap();
    tx.commit().await.unwrap();
    let text = olive.get("/systems").await.text;
    assert!(text.contains("stressful: fewer than 11 · broken off: withheld · clients: 48"), "{text}");
    let cells: Vec<&str> =
        text.split("<td class=\"num\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
    // Twelve is hidden with the ten: 48 less 26 less 12 would give them away. The bar has the two as one part.
    assert_eq!(cells, ["fewer than 11", "withheld", "0", "26", "48"]);
    assert!(text.contains("web__part web__part--hidden\" x=\"54.17\" y=\"0\" width=\"45.83\""));
    assert!(!text.contains(">10<") && !text.contains(">12<"));
}
