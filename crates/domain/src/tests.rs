//! Tests that span the kernel and the stores, on real databases.

mod postgres;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::imports::{self, BatchKind, Begun, ImportedEvent, NewBatch, Progress};
use crate::evidence::{self, stratum_key};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::audit::{self, Verdict};
use crate::kernel::clock::{Clock, Day, Instant};
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::{Actor, Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db, Place, Sql};
use crate::kernel::ids::{AccountId, CaseId, ClientId, Ids};
use crate::{casework, people};

/// A site on a database of its own, with a fixed clock and counted ids.
async fn site(place: &Place) -> Site {
    Site {
        db: Db::open(place).await.unwrap(),
        clock: Clock::Fixed(Instant::from_micros(1_750_000_000_000_000)),
        ids: Arc::new(Ids::counted()),
        keys: Arc::new(Keys::from_bytes([7; 32])),
    }
}

async fn sqlite_site() -> (tempfile::TempDir, Site) {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&db::file_in(folder.path())).await;
    (folder, site)
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

async fn count(db: &Db, table: &str) -> i64 {
    let text = format!("select cast(count(*) as bigint) from {table}");
    let sql = Sql { name: "count", text: text.leak() };
    db.row(sql, vec![]).await.unwrap().unwrap().int(0).unwrap()
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let (_folder, site) = sqlite_site().await;
    for sql in db::all_statements() {
        site.db.prepare(sql.text).await.unwrap_or_else(|error| panic!("{}: {error:?}", sql.name));
    }
}

#[tokio::test]
async fn every_statement_prepares_on_postgresql() {
    let Some(server) = postgres::Server::start() else { return };
    let site = site(&Place::Postgres(server.address())).await;
    for sql in db::all_statements() {
        site.db.prepare(sql.text).await.unwrap_or_else(|error| panic!("{}: {error:?}", sql.name));
    }
    // The same work gives the same rows there.
    loads_an_agency(&site).await;
    site.db.close().await.unwrap();
}

#[tokio::test]
async fn every_column_has_a_class_and_every_class_a_column() {
    let (_folder, site) = sqlite_site().await;
    let in_schema: BTreeSet<String> = db::schema_columns(&site.db).await.unwrap().into_iter().collect();
    let file: toml::Table = include_str!("../disclosure.toml").parse().unwrap();
    let mut in_file = BTreeSet::new();
    for (table, columns) in &file {
        for (column, class) in columns.as_table().unwrap() {
            let class = class.as_str().unwrap();
            assert!(["identifying", "quasi", "sensitive", "open"].contains(&class), "{table}.{column}");
            in_file.insert(format!("{table}.{column}"));
        }
    }
    assert_eq!(in_schema, in_file);
}

#[tokio::test]
async fn the_evidence_table_holds_no_identifying_column() {
    let file: toml::Table = include_str!("../disclosure.toml").parse().unwrap();
    for class in file["evidence"].as_table().unwrap().values() {
        assert_ne!(class.as_str(), Some("identifying"));
    }
}

async fn loads_an_agency(site: &Site) {
    let ctx = site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let stratum = [("language".to_owned(), "Spanish".to_owned())].into_iter().collect();
    let strata = evidence::strata_ids(&tx, &[stratum]).await.unwrap();
    let client = people::Client {
        id: ClientId::from_text("client-1"),
        preferred_name: "Lucía Moreno".to_owned(),
        legal_name: "Lucía Moreno".to_owned(),
        pronouns: "she/her".to_owned(),
        language: "Spanish".to_owned(),
        born_on: day("1990-01-01"),
        area: "A1".to_owned(),
        strength: String::new(),
        wish: String::new(),
        groups: [("language".to_owned(), "Spanish".to_owned())].into_iter().collect(),
    };
    people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
    let case = casework::Case {
        id: CaseId::from_text("case-1"),
        client: ClientId::from_text("client-1"),
        area: "A1".to_owned(),
        stratum_id: strata[0],
        worker: AccountId::from_text("rosa"),
        opened_on: day("2024-01-16"),
        closed_on: None,
    };
    casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
    let event = |code: &str, on: &str| casework::CaseEvent {
        case: CaseId::from_text("case-1"),
        kind: EventKind::Barrier,
        code: code.to_owned(),
        system: None,
        organization: String::new(),
        occurred_on: day(on),
        ended_on: None,
        note: "CANARY".to_owned(),
        recorded_at: ctx.now,
        recorded_by: AccountId::from_text("rosa"),
    };
    let events = [event("transport", "2024-01-20"), event("cost", "2024-02-29")];
    casework::events_insert(&ctx, &mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
    let topped = evidence::top_up(&ctx).await.unwrap();
    assert_eq!(topped.from_cases, 2);
    assert_eq!(evidence::top_up(&ctx).await.unwrap(), evidence::ToppedUp::default());
    assert_eq!(count(&site.db, "evidence").await, 2);
    // Half of January and the whole of February at risk.
    assert_eq!(count(&site.db, "population_current").await, 2);
    let codes = evidence::codes(&site.db).await.unwrap();
    assert_eq!(codes.len(), 2);
    assert_eq!(evidence::dimensions(&site.db, "casework").await.unwrap(), ["language"]);
}

#[tokio::test]
async fn evidence_is_topped_up_once_and_knows_no_case_id() {
    let (_folder, site) = sqlite_site().await;
    loads_an_agency(&site).await;
    let refs = Sql { name: "refs", text: "select case_ref from evidence" };
    for row in site.db.rows(refs, vec![]).await.unwrap() {
        let text = row.text(0).unwrap();
        assert!(text.len() == 24 && !text.contains("case-1"));
    }
}

#[tokio::test]
async fn a_case_opens_for_its_worker_and_leaves_an_audit_entry_and_is_not_found_for_others() {
    let (_folder, site) = sqlite_site().await;
    loads_an_agency(&site).await;
    let person = |id: &str, role: Role| Actor::Person {
        account: AccountId::from_text(id),
        roles: [role].into_iter().collect(),
    };
    let before = count(&site.db, "audit").await;
    let try_open = async |actor: Actor, case: &str| {
        let ctx = site.ctx(actor);
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::case(&ctx, &mut tx, CaseId::from_text(case), May::Read).await;
        tx.commit().await.unwrap();
        grant.map(|grant| grant.case().to_string())
    };
    assert_eq!(try_open(person("rosa", Role::Caseworker), "case-1").await.unwrap(), "case-1");
    assert_eq!(count(&site.db, "audit").await, before + 1);
    let other = try_open(person("sam", Role::Caseworker), "case-1").await.unwrap_err();
    let absent = try_open(person("sam", Role::Caseworker), "case-2").await.unwrap_err();
    assert!(matches!(other, AccessError::NotFound));
    assert_eq!(other.to_string(), absent.to_string());
    assert_eq!(count(&site.db, "audit").await, before + 1);
}

#[tokio::test]
async fn a_changed_dropped_or_appended_audit_entry_breaks_the_chain() {
    let (_folder, site) = sqlite_site().await;
    let ctx = site.system("test");
    for number in 0..5 {
        let mut tx = ctx.begin().await.unwrap();
        let id = number.to_string();
        let act = audit::Act { action: "thing.do", subject_kind: "thing", subject_id: &id, detail: "" };
        audit::append(&ctx, &mut tx, act).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(matches!(audit::verify(&ctx).await.unwrap(), Verdict::Whole { entries: 5, .. }));
    let tamper = async |text: &'static str| {
        let tx = ctx.begin().await.unwrap();
        tx.execute(Sql { name: "tamper", text }, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        audit::verify(&ctx).await.unwrap()
    };
    assert_eq!(tamper("delete from audit where seq = 5").await, Verdict::BrokenAt { seq: 5 });
    assert_eq!(tamper("update audit set actor = 'nobody' where seq = 3").await, Verdict::BrokenAt { seq: 3 });
    assert_eq!(tamper("delete from audit where seq = 2").await, Verdict::BrokenAt { seq: 2 });
}

fn a_batch(content: &str) -> NewBatch {
    NewBatch {
        kind: BatchKind::Events,
        dataset: "court".to_owned(),
        title: "Court".to_owned(),
        file_name: "court.csv".to_owned(),
        content_hash: content.to_owned(),
        mapping: String::new(),
    }
}

fn an_event(on: &str, record: Option<&str>) -> ImportedEvent {
    ImportedEvent {
        kind: EventKind::Barrier,
        code: "eviction_filing".to_owned(),
        system: "court".to_owned(),
        area: "10001".to_owned(),
        from: day(on),
        to: day(on),
        case_ref: None,
        stratum_id: 1,
        n: 1,
        exposure: None,
        record_key: record.map(str::to_owned),
    }
}

async fn begin_new(ctx: &Ctx, content: &str) -> imports::Batch {
    match imports::begin(ctx, &a_batch(content)).await.unwrap() {
        Begun::New(batch) => batch,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing_and_an_interrupted_one_resumes() {
    let (_folder, site) = sqlite_site().await;
    let ctx = site.system("import");
    let batch = begin_new(&ctx, "hash-1").await;
    let half = Progress { rows_read: 1, rows_good: 1, rows_bad: 0 };
    imports::events_append(&ctx, &batch, Progress::default(), half, &[an_event("2024-01-01", None)], &[])
        .await
        .unwrap();
    // Cut off here: evidence does not see half a file, and the same content resumes after one row.
    assert_eq!(evidence::top_up(&ctx).await.unwrap().from_files, 0);
    let Begun::Resume(again) = imports::begin(&ctx, &a_batch("hash-1")).await.unwrap() else { panic!() };
    assert_eq!(again.rows_read, 1);
    let whole = Progress { rows_read: 2, rows_good: 2, rows_bad: 0 };
    imports::events_append(&ctx, &again, half, whole, &[an_event("2024-01-02", None)], &[]).await.unwrap();
    // A second process that still thinks it is at row one is stopped instead of storing a row twice.
    let late = imports::events_append(&ctx, &batch, half, whole, &[an_event("2024-01-02", None)], &[]).await;
    assert!(matches!(late, Err(imports::ImportError::Elsewhere)));
    imports::finish(&ctx, &again, whole).await.unwrap();
    assert_eq!(evidence::top_up(&ctx).await.unwrap().from_files, 2);
    assert!(matches!(imports::begin(&ctx, &a_batch("hash-1")).await.unwrap(), Begun::AlreadyIn(_)));
    assert_eq!(count(&site.db, "imported_event").await, 2);
}

#[tokio::test]
async fn a_row_with_its_own_identifier_comes_in_once() {
    let (_folder, site) = sqlite_site().await;
    let ctx = site.system("import");
    let first = begin_new(&ctx, "hash-1").await;
    let to = Progress { rows_read: 2, rows_good: 2, rows_bad: 0 };
    let rows = [an_event("2024-01-01", Some("a")), an_event("2024-01-02", Some("b"))];
    assert_eq!(imports::events_append(&ctx, &first, Progress::default(), to, &rows, &[]).await.unwrap(), 0);
    let second = begin_new(&ctx, "hash-2").await;
    let rows = [an_event("2024-01-02", Some("b")), an_event("2024-01-03", Some("c"))];
    assert_eq!(imports::events_append(&ctx, &second, Progress::default(), to, &rows, &[]).await.unwrap(), 1);
    assert_eq!(count(&site.db, "imported_event").await, 3);
}

#[tokio::test]
async fn undoing_a_batch_takes_it_out_of_the_evidence_and_lets_it_come_again() {
    let (_folder, site) = sqlite_site().await;
    let ctx = site.system("import");
    let before = evidence::fingerprint(&site.db).await.unwrap();
    let batch = begin_new(&ctx, "hash-1").await;
    let to = Progress { rows_read: 1, rows_good: 1, rows_bad: 0 };
    imports::events_append(&ctx, &batch, Progress::default(), to, &[an_event("2024-01-01", None)], &[])
        .await
        .unwrap();
    imports::finish(&ctx, &batch, to).await.unwrap();
    evidence::top_up(&ctx).await.unwrap();
    assert_ne!(evidence::fingerprint(&site.db).await.unwrap(), before);
    imports::undo(&ctx, &batch.id).await.unwrap();
    assert_eq!(count(&site.db, "evidence").await, 0);
    assert_eq!(evidence::fingerprint(&site.db).await.unwrap(), before);
    begin_new(&ctx, "hash-1").await;
}

#[test]
fn a_combination_of_groups_has_one_text_whatever_the_order() {
    let one = [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())].into_iter().collect();
    assert_eq!(stratum_key(&one), r#"{"a":"1","b":"2"}"#);
}
