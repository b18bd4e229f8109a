//! Crises as they are recorded, corrected, looked back on and listed.

use std::collections::BTreeSet;

use super::*;
use crate::casework::barriers::tests::Agency;
use crate::casework::barriers::{self, NewBarrier};
use crate::evidence;
use crate::kernel::access::{self, May};
use crate::kernel::ctx::Role;

#[test]
fn no_code_of_the_list_stands_twice_and_each_has_a_level() {
    let codes: BTreeSet<&str> = CRISES.iter().map(|kind| kind.code).collect();
    assert_eq!(codes.len(), CRISES.len());
}

#[test]
fn what_is_not_said_is_the_kinds_usual() {
    let day = Day::parse_iso("2025-01-01").unwrap();
    let new = checked(&NewCrisis::new("arrest", day), day).unwrap();
    assert_eq!((new.level, new.systems), (Some(CrisisLevel::Immediate), vec![System::Police]));
    assert!(matches!(checked(&NewCrisis::new("weather", day), day), Err(CrisisError::Code)));
    assert!(matches!(checked(&NewCrisis::new("arrest", day.plus_days(1)), day), Err(CrisisError::Future)));
    let backwards = NewCrisis { ended_on: Some(day.plus_days(-1)), ..NewCrisis::new("arrest", day) };
    assert!(matches!(checked(&backwards, day), Err(CrisisError::Ended)));
}

async fn crises_of(agency: &Agency, client: &str) -> Vec<Crisis> {
    let ctx = agency.worker();
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, ClientId::from_text(client), May::Read).await.unwrap();
    crises(&ctx, &tx, &grant).await.unwrap()
}

#[tokio::test]
async fn a_corrected_crisis_keeps_its_review_and_counts_once() {
    let agency = Agency::new(1).await;
    let ctx = agency.worker();
    let client = ClientId::from_text("client-0");
    let today = ctx.now.day();
    let new = NewCrisis::new("inpatient_stay", today.plus_days(-3));
    let id = record(&ctx, &client, &new).await.unwrap();
    let held = NewReview {
        preventable: Judgement::Partly,
        tried: "Called three clinics.".into(),
        missing: "A bed.".into(),
        barrier_code: "waitlist".into(),
        record: Some(NewBarrier::new("waitlist", today.plus_days(-10))),
        version: 0,
    };
    assert!(review(&ctx, &client, &id, &[], &held).await.unwrap().is_some());
    let again = review(&ctx, &client, &id, &[], &held).await;
    assert!(matches!(again, Err(CrisisError::ChangedMeanwhile)));
    let right = NewCrisis {
        systems: vec![System::Hospital, System::Police],
        ..NewCrisis::new("psychiatric_admission", new.occurred_on)
    };
    correct(&ctx, &client, &id, &id, &right).await.unwrap();
    let late = correct(&ctx, &client, &id, &id, &right).await;
    assert!(matches!(late, Err(CrisisError::ChangedMeanwhile)));
    let found = crises_of(&agency, "client-0").await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id.as_str(), found[0].code.as_str()), (id.as_str(), "psychiatric_admission"));
    assert_eq!(found[0].systems, [System::Hospital, System::Police]);
    assert_eq!(found[0].review.as_ref().unwrap().missing, "A bed.");
    evidence::top_up(&ctx).await.unwrap();
    let codes = evidence::codes(&agency.site.db).await.unwrap();
    let crisis: Vec<_> = codes.iter().filter(|code| code.kind.code() == "crisis").collect();
    assert_eq!((crisis.len(), crisis[0].code.as_str(), crisis[0].n), (1, "psychiatric_admission", 1));
}

#[tokio::test]
async fn a_waitlist_is_offered_first_and_only_what_came_before_can_be_ticked() {
    let agency = Agency::new(2).await;
    let ctx = agency.worker();
    let client = ClientId::from_text("client-0");
    let today = ctx.now.day();
    let barrier = async |client: &ClientId, code: &str, ago: i64| {
        barriers::record(&ctx, client, None, &NewBarrier::new(code, today.plus_days(-ago))).await.unwrap()
    };
    let wait = barrier(&client, "waitlist", 40).await;
    let cost = barrier(&client, "cost", 20).await;
    let old = barrier(&client, "cost", 200).await;
    let after = barrier(&client, "transport", 1).await;
    let foreign = barrier(&ClientId::from_text("client-1"), "waitlist", 20).await;
    let id = record(&ctx, &client, &NewCrisis::new("eviction", today.plus_days(-5))).await.unwrap();
    let everything = [old, after, foreign, cost.clone(), wait.clone()];
    tick(&ctx, &client, &id, &everything).await.unwrap();
    let crisis = crises_of(&agency, "client-0").await.remove(0);
    let ticked: BTreeSet<&str> = crisis.antecedents.iter().map(String::as_str).collect();
    assert_eq!(ticked, [wait.as_str(), cost.as_str()].into_iter().collect());
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, client, May::Read).await.unwrap();
    let offered = candidates(&ctx, &tx, &grant, &crisis).await.unwrap();
    assert_eq!(offered.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["waitlist", "cost"]);
    assert!(offered.iter().all(|it| it.is_suggested && it.is_ticked));
}

#[tokio::test]
async fn the_board_lists_what_waits_for_a_review_and_never_a_restricted_client() {
    let agency = Agency::new(3).await;
    let ctx = agency.worker();
    let today = ctx.now.day();
    for (client, ago) in [("client-0", 20), ("client-1", 2), ("client-2", 1)] {
        let new = NewCrisis::new("eviction", today.plus_days(-ago));
        record(&ctx, &ClientId::from_text(client), &new).await.unwrap();
    }
    agency.restrict("client-2").await;
    let supervisor = agency.person("vera", Role::Supervisor);
    let seen = board(&supervisor, "", today.plus_days(-100)).await.unwrap();
    let days: Vec<i64> = seen.open.iter().map(|line| line.days).collect();
    assert_eq!(days, [20, 2]);
    assert_eq!((seen.newest.len(), seen.kinds[0].n), (2, 2));
    assert!(board(&supervisor, "arrest", today.plus_days(-100)).await.unwrap().open.is_empty());
}
