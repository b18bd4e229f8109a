//! Every cube query on every engine gives the same rows to the last digit.

use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Site;
use domain::kernel::db::Place;
use domain::kernel::places::{Population, population_insert};

use super::*;
use crate::identify::{self, Options};
use crate::test_site::{self, Made, day, postgres};

/// Made evidence that is unkind to sums: denominators of thirds and tenths over several orders of magnitude, names that
/// locales sort differently, rows without area, group or denominator, days and periods.
async fn fill(site: &Site) {
    let ctx = site.system("test");
    let areas = ["a", "B", "ä", "10-1", "10_2", "Z z"];
    test_site::places(&ctx, "", &test_site::line_of_areas(&areas), &[]).await;
    let mut state = 3_u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let first = day("2022-12-27");
    for (dataset, has_exposure) in [("one", true), ("Two", false)] {
        let mut rows = Vec::new();
        for _ in 0..3_000 {
            let at = usize::try_from(next(7)).unwrap();
            let from = first.plus_days(next(420));
            let mut row = Made::on(["late", "Late", "lost"][usize::try_from(next(3)).unwrap()], "", from);
            areas.get(at).copied().unwrap_or("").clone_into(&mut row.area);
            if next(4) == 0 {
                row.to = from.plus_days(next(40));
            }
            for (dimension, values) in
                [("language", ["es", "en", "Ö", ""]), ("age", ["0-5", "5-9", "10", ""])]
            {
                let value = values[usize::try_from(next(4)).unwrap()];
                if !value.is_empty() {
                    row = row.group(dimension, value);
                }
            }
            let exposure = [1.0, 0.1, 1.0 / 3.0, 1e6 / 7.0, 12.25][usize::try_from(next(5)).unwrap()];
            rows.push(row.counted(next(4), (has_exposure && next(5) > 0).then_some(exposure)));
        }
        test_site::load(&ctx, dataset, EventKind::Barrier, &rows).await;
    }
    let mut tx = ctx.begin().await.unwrap();
    let mut population = Vec::new();
    for area in areas {
        for stratum_id in 1..6 {
            let period = (stratum_id % 2 == 0).then(|| (day("2023-01-01"), day("2023-12-31")));
            let amount = next(1000) as f64 / 7.0;
            population.push(Population {
                area: area.to_owned(),
                stratum_id,
                period,
                amount,
                unit: "people".to_owned(),
            });
        }
    }
    population_insert(&mut tx, 0, "Two", &population).await.unwrap();
    tx.commit().await.unwrap();
    crate::evidence::top_up(&ctx).await.unwrap();
}

/// Everything that every query gives, as text with all digits.
async fn everything(reader: &Reader) -> Vec<(&'static str, Vec<String>)> {
    fn lines<T: std::fmt::Debug>(rows: Vec<T>) -> Vec<String> {
        rows.iter().map(|row| format!("{row:?}")).collect()
    }
    let mut all = Vec::new();
    for until in [None, Some(day("2023-06-30"))] {
        let of = PanelOf { dataset: "one", kind: "barrier", code: "late", until };
        all.push(("spans", lines(reader.spans(until).await.unwrap())));
        all.push(("events", lines(reader.events(until).await.unwrap())));
        all.push(("groups_by_area", lines(reader.groups_by_area(until).await.unwrap())));
        all.push(("groups_by_period", lines(reader.groups_by_period(until).await.unwrap())));
        all.push(("weeks", lines(reader.weeks(until).await.unwrap())));
        all.push(("group_totals", lines(reader.group_totals("one", "language", until).await.unwrap())));
        all.push(("panel_months", lines(reader.panel_months(of).await.unwrap())));
        all.push(("panel_weeks", lines(reader.panel_weeks(of).await.unwrap())));
        all.push(("panel_months_by_group", lines(reader.panel_months_by_group(of, "age").await.unwrap())));
        all.push(("panel_weeks_by_group", lines(reader.panel_weeks_by_group(of, "age").await.unwrap())));
    }
    all.push(("population", lines(reader.population().await.unwrap())));
    all.push(("population_by_group", lines(reader.population_by_group().await.unwrap())));
    all.push(("areas", lines(reader.areas().await.unwrap())));
    all.push(("fingerprint", vec![reader.fingerprint().await.unwrap()]));
    assert!(all.iter().all(|(_, rows)| !rows.is_empty()));
    all
}

fn assert_same(name: &str, found: &[(&'static str, Vec<String>)], expected: &[(&'static str, Vec<String>)]) {
    assert_eq!(found.len(), expected.len());
    for ((query, found), (_, expected)) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "{name}: {query}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found, expected, "{name}: {query}");
        }
    }
}

#[tokio::test]
async fn every_query_gives_the_same_rows_on_sqlite_on_postgresql_and_on_parquet_files() {
    let (_folder, sqlite) = test_site::sqlite().await;
    fill(&sqlite).await;
    let on_sqlite = everything(&Engine::Database(sqlite.db.clone()).reader().await.unwrap()).await;

    let lake = tempfile::tempdir().unwrap();
    let exported = export_evidence(&sqlite.system("export"), lake.path()).await.unwrap();
    assert_eq!(exported.rows, 6_000);
    let engine = Engine::Lake(lake.path().to_owned());
    assert_same("lake", &everything(&engine.reader().await.unwrap()).await, &on_sqlite);

    let Some(server) = postgres::Server::start() else { return };
    let site = test_site::site(&Place::Postgres(server.address())).await;
    fill(&site).await;
    assert_same(
        "PostgreSQL",
        &everything(&Engine::Database(site.db.clone()).reader().await.unwrap()).await,
        &on_sqlite,
    );
    let lake = tempfile::tempdir().unwrap();
    export_evidence(&site.system("export"), lake.path()).await.unwrap();
    let engine = Engine::Lake(lake.path().to_owned());
    assert_same("PostgreSQL's lake", &everything(&engine.reader().await.unwrap()).await, &on_sqlite);
    site.db.close().await.unwrap();
}

#[tokio::test]
async fn a_run_over_the_lake_finds_what_a_run_over_the_database_finds() {
    let (_folder, site) = test_site::sqlite().await;
    fill(&site).await;
    let ctx = site.system("identify");
    let options = Options { replicates: 99, threads: 1, ..Options::default() };
    let lake = tempfile::tempdir().unwrap();
    export_evidence(&ctx, lake.path()).await.unwrap();
    let of_database =
        identify::identify(&ctx, &Engine::Database(site.db.clone()), &options, |_, _, _| {}).await.unwrap();
    let of_lake = identify::identify(&ctx, &Engine::Lake(lake.path().to_owned()), &options, |_, _, _| {})
        .await
        .unwrap();
    assert_eq!(of_lake, of_database);
}

#[tokio::test]
async fn an_export_replaces_the_one_before_and_holds_no_pseudonym() {
    let (_folder, site) = test_site::sqlite().await;
    fill(&site).await;
    let lake = tempfile::tempdir().unwrap();
    export_evidence(&site.system("export"), lake.path()).await.unwrap();
    let first = Manifest::read(lake.path()).unwrap();
    export_evidence(&site.system("export"), lake.path()).await.unwrap();
    let second = Manifest::read(lake.path()).unwrap();
    assert_ne!(first.files, second.files);
    let left: Vec<String> = std::fs::read_dir(lake.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    let bytes = std::fs::read(lake.path().join(&second.files).join("evidence.parquet")).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"case_ref"));
}
