//! Small hand-made evidence on a database of the test's own.

#[cfg(feature = "lake")]
#[path = "../../../domain/src/tests/postgres.rs"]
pub(crate) mod postgres;

use std::sync::Arc;

use domain::evidence::imports::{self, BatchKind, Begun, ImportedEvent, NewBatch, Progress};
use domain::evidence::{self, Stratum};
use domain::kernel::clock::{Clock, Day, Instant};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::{Ctx, Keys, Site};
use domain::kernel::db::{self, Db, Place};
use domain::kernel::ids::Ids;
use domain::kernel::places::{Area, Population};

pub(crate) async fn site(place: &Place) -> Site {
    Site {
        db: Db::open(place).await.unwrap(),
        clock: Clock::Fixed(Instant::from_micros(1_750_000_000_000_000)),
        ids: Arc::new(Ids::counted()),
        keys: Arc::new(Keys::from_bytes([7; 32])),
    }
}

pub(crate) async fn sqlite() -> (tempfile::TempDir, Site) {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&db::file_in(folder.path())).await;
    (folder, site)
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

/// A row of evidence in the making.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub code: String,
    pub area: String,
    pub from: Day,
    pub to: Day,
    pub groups: Vec<(&'static str, String)>,
    pub n: i64,
    pub exposure: Option<f64>,
}

impl Made {
    pub(crate) fn on(code: &str, area: &str, on: Day) -> Self {
        Self {
            code: code.to_owned(),
            area: area.to_owned(),
            from: on,
            to: on,
            groups: vec![],
            n: 1,
            exposure: None,
        }
    }

    pub(crate) fn group(mut self, dimension: &'static str, value: &str) -> Self {
        self.groups.push((dimension, value.to_owned()));
        self
    }

    pub(crate) fn counted(mut self, n: i64, exposure: Option<f64>) -> Self {
        self.n = n;
        self.exposure = exposure;
        self
    }
}

fn batch(kind: BatchKind, dataset: &str, content: &str) -> NewBatch {
    NewBatch {
        kind,
        dataset: dataset.to_owned(),
        title: dataset.to_owned(),
        file_name: "made".to_owned(),
        content_hash: content.to_owned(),
        mapping: String::new(),
    }
}

async fn begun(ctx: &Ctx, new: &NewBatch) -> imports::Batch {
    match imports::begin(ctx, new).await.unwrap() {
        Begun::New(batch) => batch,
        other => panic!("{other:?}"),
    }
}

/// Brings rows in as one imported data set; they reach the evidence with the next top-up.
pub(crate) async fn load(ctx: &Ctx, dataset: &str, kind: EventKind, rows: &[Made]) {
    let strata: Vec<Stratum> = rows
        .iter()
        .map(|row| {
            row.groups.iter().map(|(dimension, value)| ((*dimension).to_owned(), value.clone())).collect()
        })
        .collect();
    let mut known: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    let tx = ctx.begin().await.unwrap();
    for stratum in &strata {
        let key = evidence::stratum_key(stratum);
        if let std::collections::btree_map::Entry::Vacant(new) = known.entry(key) {
            new.insert(evidence::strata_ids(&tx, std::slice::from_ref(stratum)).await.unwrap()[0]);
        }
    }
    tx.commit().await.unwrap();
    let events: Vec<ImportedEvent> = rows
        .iter()
        .zip(&strata)
        .map(|(row, stratum)| ImportedEvent {
            kind,
            code: row.code.clone(),
            system: "housing".to_owned(),
            area: row.area.clone(),
            from: row.from,
            to: row.to,
            case_ref: None,
            stratum_id: known[&evidence::stratum_key(stratum)],
            n: row.n,
            exposure: row.exposure,
            record_key: None,
        })
        .collect();
    let batch = begun(ctx, &batch(BatchKind::Events, dataset, &format!("{dataset}-{}", kind.code()))).await;
    let total = events.len() as u64;
    let to = Progress { rows_read: total, rows_good: total, rows_bad: 0 };
    imports::events_append(ctx, &batch, Progress::default(), to, &events, &[]).await.unwrap();
    imports::finish(ctx, &batch, to).await.unwrap();
}

/// Areas in a row, a tenth of a degree apart, unless they come with coordinates of their own.
pub(crate) fn line_of_areas(codes: &[&str]) -> Vec<Area> {
    codes
        .iter()
        .enumerate()
        .map(|(at, code)| Area {
            code: (*code).to_owned(),
            name: format!("Area {code}"),
            parent: String::new(),
            longitude: -74.0 + 0.1 * at as f64,
            latitude: 40.0,
            geometry: String::new(),
        })
        .collect()
}

pub(crate) async fn places(ctx: &Ctx, dataset: &str, areas: &[Area], population: &[Population]) {
    for (kind, areas, population) in
        [(BatchKind::Areas, areas, &[][..]), (BatchKind::Population, &[][..], population)]
    {
        if areas.is_empty() && population.is_empty() {
            continue;
        }
        let batch = begun(ctx, &batch(kind, dataset, &format!("{dataset}-places-{kind:?}"))).await;
        let total = (areas.len() + population.len()) as u64;
        let to = Progress { rows_read: total, rows_good: total, rows_bad: 0 };
        imports::places_append(ctx, &batch, to, areas, population, &[]).await.unwrap();
    }
}

pub(crate) fn people(area: &str, amount: f64) -> Population {
    Population { area: area.to_owned(), stratum_id: 0, period: None, amount, unit: "people".to_owned() }
}

/// `name` under the folder of data with known answers, or None (and a line that says so) where it is absent.
pub(crate) fn shared_data(name: &str) -> Option<std::path::PathBuf> {
    let path =
        std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not here");
    None
}
