//! How well and how quickly duplicates are found among generated people, and how quickly one person is found or checked:
//! `duplicates_bench [RECORDS [SEED [FOLDER]]]`. Times are wall clock on whatever machine this runs on.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example prints, and stops where it cannot go on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use domain::kernel::clock::{self, Clock, Day};
use domain::kernel::ctx::{Actor, Keys, Role, Site};
use domain::kernel::db::{self, Db, Sql};
use domain::kernel::ids::{AccountId, ClientId, Ids};
use domain::people::{self, Client, details, matching, search};
use sim::duplicates::{self, Record};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let records: usize = args.next().and_then(|it| it.parse().ok()).unwrap_or(100_000);
    let seed = args.next().and_then(|it| it.parse().ok()).unwrap_or(1);
    let all = duplicates::people(seed, records, 0.1);
    let folder = tempfile::tempdir().unwrap();
    // A folder to keep the database in, for a closer look.
    let place = args.next().map_or_else(|| folder.path().to_owned(), std::path::PathBuf::from);
    let site = Site {
        db: Db::open(&db::file_in(&place)).await.unwrap(),
        clock: Clock::Fixed(clock::Instant::from_micros(1_750_000_000_000_000)),
        ids: Arc::new(Ids::counted()),
        keys: Arc::new(Keys::from_bytes([7; 32])),
    };
    let start = Instant::now();
    load(&site, &all).await;
    println!("{records} records written with their index of names in {:.1} s", start.elapsed().as_secs_f64());

    let start = Instant::now();
    let found = matching::find(&site.system("bench")).await.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "looked through in {seconds:.1} s: {} pairs compared, {} possible",
        found.compared, found.possible
    );
    judge(&site, &all).await;

    let worker = site.ctx(Actor::Person {
        account: AccountId::from_text("bench"),
        roles: [Role::Caseworker].into_iter().collect(),
    });
    let mut times = Vec::new();
    let (mut caught, mut asked, mut alarms) = (0, 0, 0);
    let strangers = duplicates::people(seed + 1, 400, 0.0);
    for (at, record) in all.iter().step_by((records / 400).max(1)).take(400).enumerate() {
        let again = duplicates::again_of(record, seed);
        let start = Instant::now();
        let alike = matching::check(&worker, &traits(&again)).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        asked += 1;
        let known = |id: &str| id.split('-').nth(1).is_some_and(|it| it == record.person.to_string());
        caught += usize::from(alike.iter().any(|it| known(it.line.client.as_str())));
        let new = strangers.get(at).unwrap();
        let start = Instant::now();
        alarms += usize::from(!matching::check(&worker, &traits(new)).await.unwrap().is_empty());
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!(
        "a new person is checked in {}; {caught} of {asked} who are in the record were shown,",
        spread(&mut times)
    );
    println!("  somebody was shown for {alarms} of {asked} who are not");

    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for record in all.iter().step_by((records / 300).max(1)).take(300) {
        let name = record.preferred_name.as_str();
        let given = name.split(' ').next().unwrap_or_default();
        let year = record.birth_on.map(|day| day.year().to_string()).unwrap_or_default();
        let half: String = given.chars().take(3).collect();
        let day = record.birth_on.map(|day| day.to_string()).unwrap_or_default();
        let wrong = duplicates::again_of(record, seed + 2).preferred_name;
        for (kind, text) in [
            ("first and last name", name.to_owned()),
            ("with slips", wrong),
            ("first name alone", given.to_owned()),
            ("three letters", half),
            ("first name and year", format!("{given} {year}")),
            ("birth date", day),
            ("phone", record.phone.clone()),
        ] {
            let start = Instant::now();
            search::search(&worker, &text, 20).await.unwrap();
            times.entry(kind).or_default().push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (kind, mut times) in times {
        println!("search by {kind}: {}", spread(&mut times));
    }
}

fn spread(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = times.len().saturating_sub(1);
        let place = (0..=last).find(|it| *it as f64 >= share * last as f64).unwrap_or(last);
        times.get(place).copied().unwrap_or_default()
    };
    format!("{:.1} ms (median), {:.1} ms (95 of 100), {:.1} ms at most", at(0.5), at(0.95), at(1.0))
}

fn traits(record: &Record) -> matching::Traits {
    let born = record.birth_on.and_then(|day| Day::new(day).ok());
    let identifiers: Vec<(&str, &str)> =
        if record.identifier.is_empty() { Vec::new() } else { vec![("school", record.identifier.as_str())] };
    matching::Traits::of(&[&record.preferred_name, &record.legal_name], born, &record.area)
        .with_phones([record.phone.as_str()])
        .with_identifiers(identifiers)
}

/// The id says who it is: `n-PERSON-PLACE`.
fn id(at: usize, record: &Record) -> ClientId {
    ClientId::from_text(format!("n-{}-{at:07}", record.person))
}

async fn load(site: &Site, all: &[Record]) {
    let ctx = site.system("bench");
    let mut tx = ctx.begin().await.unwrap();
    let clients: Vec<Client> = all
        .iter()
        .enumerate()
        .map(|(at, record)| Client {
            id: id(at, record),
            preferred_name: record.preferred_name.clone(),
            legal_name: record.legal_name.clone(),
            pronouns: String::new(),
            language: String::new(),
            born_on: record.birth_on.and_then(|day| Day::new(day).ok()).unwrap_or(Day::FIRST),
            area: record.area.clone(),
            strength: String::new(),
            wish: String::new(),
            groups: BTreeMap::new(),
        })
        .collect();
    people::clients_insert(&ctx, &mut tx, &clients).await.unwrap();
    let (mut phones, mut identifiers) = (Vec::new(), Vec::new());
    for (at, record) in all.iter().enumerate() {
        if !record.phone.is_empty() {
            phones.push((id(at, record), record.phone.clone(), String::new(), false));
        }
        if !record.identifier.is_empty() {
            identifiers.push((id(at, record), "school".to_owned(), record.identifier.clone()));
        }
    }
    details::numbers_insert(&ctx, &mut tx, &phones, &identifiers).await.unwrap();
    let unknown =
        Sql { name: "unknown", text: "update client set born_on = '' where born_on = '1900-01-01'" };
    tx.execute(unknown, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn judge(site: &Site, all: &[Record]) {
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, record) in all.iter().enumerate() {
        places.entry(record.person).or_default().push(at);
    }
    let truth: BTreeSet<u32> =
        places.iter().filter(|(_, them)| them.len() == 2).map(|(who, _)| *who).collect();
    let pairs = Sql {
        name: "pairs",
        text: "select one_id, other_id, probability from client_match order by weight desc",
    };
    let rows = site.db.rows(pairs, vec![]).await.unwrap();
    let person = |id: &str| id.split('-').nth(1).unwrap().parse::<u32>().unwrap();
    let found: Vec<(bool, f64)> = rows
        .iter()
        .map(|row| (person(&row.text(0).unwrap()) == person(&row.text(1).unwrap()), row.real(2).unwrap()))
        .collect();
    for least in [0.5, 0.8, 0.9, 0.99, 0.999] {
        let (mut right, mut wrong) = (0_u32, 0_u32);
        for (is_right, probability) in found.iter().filter(|(_, probability)| *probability >= least) {
            if *is_right {
                right += 1
            } else {
                wrong += 1
            }
            debug_assert!(*probability >= least);
        }
        let precision = f64::from(right) / f64::from((right + wrong).max(1));
        let recall = f64::from(right) / truth.len().max(1) as f64;
        println!(
            "  probability {least} and more: precision {precision:.4}, recall {recall:.4} ({right} right, {wrong} wrong)"
        );
    }
}
