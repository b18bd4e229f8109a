use super::*;
use crate::casework::test_bench::{Bench, day};
use crate::kernel::access::{self, May};
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::{Ctx, Role};

fn line(kind: ItemKind, words: &str, is_agreed: bool) -> NewItem {
    NewItem { kind, words: words.to_owned(), is_clients_words: true, is_agreed }
}

fn with_office(items: Vec<NewItem>) -> NewReview {
    NewReview {
        held_on: day("2025-06-10"),
        held_with: HeldWith::Office,
        system: Some(System::Benefits),
        organization: "office-1".to_owned(),
        items,
    }
}

async fn found(bench: &Bench, ctx: &Ctx, name: &str) -> Vec<Precedent> {
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(ctx, &mut tx, bench.client_id(name), May::Read).await.unwrap();
    precedents(ctx, &tx, &grant).await.unwrap()
}

#[tokio::test]
async fn what_is_agreed_becomes_a_task_and_the_rest_stays_as_it_was_said() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let ctx = bench.ctx(&rosa, Role::Caseworker);
    let case = bench.case("Dee Ward", &rosa, "2025-01-10").await;
    let items = vec![
        line(ItemKind::Working, "The Friday calls", false),
        line(ItemKind::NotWorking, " ", true),
        line(ItemKind::Add, "A letter in Spanish", true),
        line(ItemKind::TakeAway, "The second form", false),
    ];
    hold(&ctx, case.clone(), &with_office(items)).await.unwrap();
    let tasks = bench.tasks(&ctx).await;
    let of_review: Vec<&str> = tasks
        .open
        .iter()
        .filter(|task| task.source == crate::casework::tasks::TaskSource::Review)
        .map(|task| task.title.as_str())
        .collect();
    assert_eq!(of_review, ["A letter in Spanish"]);
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, bench.client_id("Dee Ward"), May::Read).await.unwrap();
    let reviews = reviews(&tx, &grant).await.unwrap();
    assert_eq!(
        reviews[0].items.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [ItemKind::Working, ItemKind::Add, ItemKind::TakeAway]
    );
    drop(tx);

    assert!(matches!(hold(&ctx, case.clone(), &with_office(vec![])).await, Err(ReviewError::Words)));
    let ahead =
        NewReview { held_on: day("2030-01-01"), ..with_office(vec![line(ItemKind::Add, "x", false)]) };
    assert!(matches!(hold(&ctx, case.clone(), &ahead).await, Err(ReviewError::InTheFuture)));
    let nobody = NewReview { system: None, ..with_office(vec![line(ItemKind::Add, "x", false)]) };
    assert!(matches!(hold(&ctx, case, &nobody).await, Err(ReviewError::NoSystem)));
}

#[tokio::test]
async fn a_precedent_is_found_by_another_client_with_the_same_barrier_at_that_office_and_by_no_other() {
    let bench = Bench::new().await;
    let rosa = bench.person("rosa", Role::Caseworker).await;
    let sam = bench.person("sam", Role::Caseworker).await;
    let ctx = bench.ctx(&rosa, Role::Caseworker);
    let case = bench.case("Dee Ward", &rosa, "2025-01-10").await;
    let review = hold(&ctx, case, &with_office(vec![line(ItemKind::Add, "x", false)])).await.unwrap();
    let kept = precedent_keep(
        &ctx,
        &review,
        "documents_missing",
        "Takes a landlord's text message as proof of rent",
    )
    .await
    .unwrap();

    let other = bench.ctx(&sam, Role::Caseworker);
    let met = bench.case("Jamal Todd", &sam, "2025-02-01").await;
    let tx = bench.site.system("test").begin().await.unwrap();
    let text = "insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, \
                recorded_at, recorded_by) values ('e1', $1, 'barrier', 'documents_missing', 'benefits', '', '2025-06-01', '', '', 0, 'sam')";
    tx.execute(crate::kernel::db::Sql { name: "barrier", text }, vec![(&met).into()]).await.unwrap();
    tx.commit().await.unwrap();
    let quiet = bench.case("Kim Abe", &sam, "2025-02-01").await;
    bench.event(&quiet, EventKind::Barrier, "documents_missing", "2025-06-01").await;

    let precedents = found(&bench, &other, "Jamal Todd").await;
    assert_eq!(precedents[0].words, "Takes a landlord's text message as proof of rent");
    assert!(!precedents[0].may_withdraw);
    assert!(found(&bench, &other, "Kim Abe").await.is_empty(), "her barrier was in no benefits office");
    let missing = precedent_withdraw(&other, &kept).await;
    assert!(matches!(missing, Err(ReviewError::Access(access::AccessError::NotFound))));
    precedent_withdraw(&ctx, &kept).await.unwrap();
    assert!(found(&bench, &other, "Jamal Todd").await.is_empty());
}
