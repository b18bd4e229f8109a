use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use time::macros::date;

use super::*;
use crate::days::{days_between, iso};

static WORLD: LazyLock<World> = LazyLock::new(|| World::generate(&Config::default()));

fn world(seed: u64) -> World {
    World::generate(&Config { seed, ..Config::default() })
}

/// FNV-1a.
fn fingerprint(parts: &[&str]) -> String {
    let hash = parts.iter().flat_map(|part| part.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn fingerprint_of(world: &World) -> String {
    let people = format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}",
        world.staff, world.organizations, world.professionals, world.clients, world.cases, world.events
    );
    fingerprint(&[
        &world.areas_geojson(),
        &world.population_csv(),
        &world.client_months_csv(),
        &world.events_csv(),
        &world.truth_json().unwrap(),
        &people,
    ])
}

/// Events and client-months of the cells that fit.
fn rate(
    world: &World,
    cells: &[ClientMonths],
    code: &str,
    fits: impl Fn(&str, &str, Date) -> bool,
) -> (f64, f64) {
    let n = world
        .events
        .iter()
        .filter(|event| event.code == code)
        .filter(|event| {
            fits(&world.areas[event.area].code, world.clients[event.client].language, event.occurred_on)
        })
        .count();
    let at_risk = cells
        .iter()
        .filter(|cell| fits(&cell.area, cell.language, cell.month))
        .map(|cell| cell.client_months)
        .sum();
    (n as f64, at_risk)
}

/// Is the log of the observed ratio within four standard errors of the true one?
fn agrees((a, ta): (f64, f64), (b, tb): (f64, f64), truth: f64) -> bool {
    let error = ((a / ta) / (b / tb)).ln() - truth.ln();
    println!("{a} in {ta:.0}, {b} in {tb:.0}: ratio {:.2}, true {truth}", (a / ta) / (b / tb));
    error.abs() < 4.0 * (1.0 / a + 1.0 / b).sqrt()
}

/// Standard normal score of a chi-square statistic (Wilson and Hilferty 1931, doi 10.1073/pnas.17.12.684).
fn score_of_chi_square(statistic: f64, degrees: f64) -> f64 {
    let variance = 2.0 / (9.0 * degrees);
    ((statistic / degrees).cbrt() - (1.0 - variance)) / variance.sqrt()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let again = world(1);
    assert_eq!(fingerprint_of(&WORLD), fingerprint_of(&again));
    assert_eq!(fingerprint_of(&WORLD), "968a770a4ad8c7ce");
    assert_ne!(fingerprint_of(&WORLD), fingerprint_of(&world(2)));
}

#[test]
fn the_world_has_the_size_of_a_real_agency() {
    for world in [&*WORLD, &world(2)] {
        let by_kind = |kind| world.events.iter().filter(|e| e.kind == kind).count();
        let exposure: f64 = world.client_months().iter().map(|c| c.client_months).sum();
        println!(
            "{} cases, {exposure:.0} client-months, {} events: {} contacts {} referrals {} services {} barriers {} crises",
            world.cases.len(),
            world.events.len(),
            by_kind(Kind::Contact),
            by_kind(Kind::Referral),
            by_kind(Kind::Service),
            by_kind(Kind::Barrier),
            by_kind(Kind::Crisis),
        );
        assert_eq!(world.clients.len(), 2_500);
        assert_eq!(world.areas.len(), 60);
        assert!((60_000..=100_000).contains(&world.events.len()));
        assert!((12_000..=20_000).contains(&by_kind(Kind::Barrier)));
        assert!(world.cases.iter().filter(|case| case.second).count() > 150);
        let mut caseload: BTreeMap<usize, u32> = BTreeMap::new();
        for case in world.cases.iter().filter(|case| case.closed_on.is_none()) {
            *caseload.entry(case.worker).or_default() += 1;
        }
        println!("caseloads {:?}", caseload.values());
        assert_eq!(caseload.len(), 12);
        assert!(caseload.values().all(|n| (30..=65).contains(n)));
    }
}

#[test]
fn as_many_cases_are_open_at_the_start_as_at_the_end() {
    for seed in [1, 2] {
        let world = world(seed);
        let mut by_month: BTreeMap<Date, f64> = BTreeMap::new();
        for cell in world.client_months() {
            *by_month.entry(cell.month).or_default() += cell.client_months;
        }
        let open: Vec<f64> = by_month.into_values().collect();
        println!("{:?}", open.iter().map(|n| n.round()).collect::<Vec<_>>());
        assert_eq!(open.len(), 36);
        assert!(open.iter().all(|n| (480.0..720.0).contains(n)));
    }
}

#[test]
fn events_happen_while_their_case_is_open_and_are_recorded_afterwards() {
    for event in &WORLD.events {
        let case = &WORLD.cases[event.case];
        assert!(event.occurred_on >= case.opened_on);
        assert!(event.occurred_on < case.closed_on.unwrap_or(WORLD.end()));
        assert!(event.recorded_on >= event.occurred_on && event.recorded_on < WORLD.end());
        assert_eq!(case.client, event.client);
        if let Some(referral) = event.referral {
            let referral = &WORLD.events[referral];
            assert_eq!((referral.code, referral.case), ("sent", event.case));
            assert_eq!(referral.system, event.system);
            assert!(referral.occurred_on <= event.occurred_on);
        }
    }
    assert!(WORLD.events.iter().enumerate().all(|(at, e)| e.id == at));
    assert!(WORLD.events.is_sorted_by_key(|e| e.occurred_on));
    let linked = |e: &&Event| e.kind == Kind::Barrier && e.referral.is_some();
    println!("{} barriers behind a referral", WORLD.events.iter().filter(linked).count());
}

#[test]
fn a_client_has_one_open_case_at_a_time_and_fits_the_age_band() {
    let mut last: BTreeMap<usize, Option<Date>> = BTreeMap::new();
    for case in &WORLD.cases {
        if let Some(closed_on) = last.insert(case.client, case.closed_on) {
            assert!(case.second && closed_on.unwrap() < case.opened_on);
        } else {
            let client = &WORLD.clients[case.client];
            let born = client.birth_on;
            let had_birthday =
                (born.month() as u8, born.day()) <= (case.opened_on.month() as u8, case.opened_on.day());
            let age = case.opened_on.year() - born.year() - i32::from(!had_birthday);
            let (low, high) = client.age_band.split_once('-').unwrap();
            assert!((low.parse().unwrap()..=high.parse().unwrap()).contains(&age), "{age} {client:?}");
        }
    }
    assert_eq!(last.len(), 2_500);
}

#[test]
fn languages_have_their_shares_everywhere() {
    let share = |n: usize, of: usize| n as f64 / of as f64;
    for (language, expected) in LANGUAGES {
        let n = WORLD.clients.iter().filter(|c| c.language == language).count();
        assert!((share(n, 2_500) - expected).abs() < 0.015, "{language} {n}");
    }
    for (at, area) in WORLD.areas.iter().enumerate() {
        let own = || WORLD.clients.iter().filter(|c| c.area == at);
        let n = own().count();
        assert!(n >= 15, "{} has {n} clients", area.name);
        let spanish = own().filter(|c| c.language == "Spanish").count();
        assert!((0.10..0.36).contains(&share(spanish, n)), "{}", area.name);
    }
}

/// Log likelihood ratio of a raised Poisson rate inside against outside (Kulldorff 1997, doi 10.1080/03610929708831995).
fn llr((a, ta): (f64, f64), (b, tb): (f64, f64)) -> f64 {
    let (e, f) = ((a + b) * ta / (ta + tb), (a + b) * tb / (ta + tb));
    if a > e { a * (a / e).ln() + b * (b / f).ln() } else { 0.0 }
}

/// What one world shows, counted without any detector.
#[derive(Default)]
struct Finds {
    cluster: bool,
    disparity: bool,
    trend_break: bool,
    /// Chi-square scores, one for each code and dimension.
    scores: Vec<f64>,
}

fn planted_ratios_hold(world: &World, cells: &[ClientMonths]) -> Finds {
    let truth = &world.truth;
    let cluster = &truth.cluster;
    let in_cluster = |area: &str| cluster.areas.iter().any(|a| a == area);
    assert_eq!(cluster.areas.len(), 3);
    let code = &cluster.code;
    let inside = rate(world, cells, code, |a, _, on| in_cluster(a) && on >= cluster.from);
    let outside = rate(world, cells, code, |a, _, on| !in_cluster(a) || on < cluster.from);
    assert!(agrees(inside, outside, cluster.rate_ratio));

    let disparity = &truth.disparity;
    let code = &disparity.code;
    let spanish = rate(world, cells, code, |_, l, _| l == disparity.group);
    let others = rate(world, cells, code, |_, l, _| l != disparity.group);
    for (language, _) in LANGUAGES.iter().filter(|(l, _)| *l != disparity.group) {
        let other = rate(world, cells, code, |_, l, _| l == *language);
        assert!(agrees(spanish, other, disparity.rate_ratio));
    }

    let jump = &truth.trend_break;
    assert!(days_between(truth.first_day, jump.from) >= 2 * 365);
    let after = rate(world, cells, &jump.code, |_, _, on| on >= jump.from);
    let before = rate(world, cells, &jump.code, |_, _, on| on < jump.from);
    assert!(agrees(after, before, jump.rate_ratio));
    let monthly = |n: u32| {
        let month = crate::days::month_start(truth.first_day, n);
        let hits = |e: &&Event| e.code == jump.code && crate::days::month_start(e.occurred_on, 0) == month;
        world.events.iter().filter(hits).count() as f64
    };
    let usual = before.0 / 28.0;
    let loud_months = (28..36).filter(|n| monthly(*n) > usual + 3.0 * usual.sqrt()).count();

    let rule = &truth.rule_change;
    let left = |language: &str| truth.left_behind.groups.iter().any(|g| g == language);
    let adopted_on: BTreeMap<&str, Option<Date>> = world
        .areas
        .iter()
        .map(|area| (area.code.as_str(), truth.adopted_on(&world.districts[area.district].code)))
        .collect();
    let adopted = |area: &str, on: Date| adopted_on[area].is_some_and(|from| on >= from);
    assert_eq!(rule.adoptions.iter().filter(|a| a.from.is_none()).count(), 2);
    let code = &rule.code;
    assert!(agrees(
        rate(world, cells, code, |a, l, on| adopted(a, on) && !left(l)),
        rate(world, cells, code, |a, l, on| !adopted(a, on) && !left(l)),
        rule.rate_ratio,
    ));
    assert!(agrees(
        rate(world, cells, code, |a, l, on| adopted(a, on) && left(l)),
        rate(world, cells, code, |a, l, on| !adopted(a, on) && left(l)),
        1.0,
    ));
    // The largest of the many ratios that a scan of 60 areas and 36 months looks at reaches about 9 by chance.
    Finds {
        cluster: llr(inside, outside) > 15.0,
        disparity: llr(spanish, others) > 15.0,
        trend_break: loud_months >= 4,
        scores: Vec::new(),
    }
}

/// Chi-square scores of every barrier and crisis over areas, languages, age bands and genders, against what the base
/// rate, the season and the planted multiplier lead to expect.
fn scores_beyond_the_planted(world: &World, cells: &[ClientMonths]) -> Vec<f64> {
    let seat = |list: &[(&str, f64)], of: &str| list.iter().position(|(name, _)| *name == of).unwrap();
    let seats = |language: &str, age_band: &str, gender: &str| {
        [seat(&LANGUAGES, language), seat(&AGE_BANDS, age_band), seat(&GENDERS, gender)]
    };
    let area_seat: BTreeMap<&str, usize> =
        world.areas.iter().zip(0..).map(|(a, at)| (a.code.as_str(), at)).collect();
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| {
            let area = area_seat[cell.area.as_str()];
            let district = world.districts[world.areas[area].district].code.as_str();
            let place = Place { area: &cell.area, district, language: cell.language };
            let [language, age_band, gender] = seats(cell.language, cell.age_band, cell.gender);
            (place, cell.month, cell.client_months, [area, language, age_band, gender])
        })
        .collect();
    let mut scores = Vec::new();
    for process in rates::BARRIERS.iter().chain(&rates::CRISES) {
        let kind = process.kind.as_str();
        let empty = || [vec![0.0; 60], vec![0.0; 6], vec![0.0; 4], vec![0.0; 3]];
        let (mut expected, mut observed) = (empty(), empty());
        for (place, month, client_months, seats) in &cells {
            let season = process.season_on(crate::days::plus(*month, 15));
            let rate = season * world.truth.multiplier(kind, process.code, *place, *month);
            for (sums, seat) in expected.iter_mut().zip(seats) {
                sums[*seat] += client_months * rate;
            }
        }
        for event in world.events.iter().filter(|e| e.code == process.code) {
            let client = &world.clients[event.client];
            let [language, age_band, gender] = seats(client.language, client.age_band, client.gender);
            for (sums, seat) in observed.iter_mut().zip([event.area, language, age_band, gender]) {
                sums[seat] += 1.0;
            }
        }
        for (expected, observed) in expected.iter().zip(&observed) {
            let scale = observed.iter().sum::<f64>() / expected.iter().sum::<f64>();
            let statistic: f64 =
                expected.iter().zip(observed).map(|(e, o)| (o - e * scale).powi(2) / (e * scale)).sum();
            scores.push(score_of_chi_square(statistic, expected.len() as f64 - 1.0));
        }
    }
    scores
}

#[test]
fn in_twenty_worlds_the_planted_effects_show_and_nothing_else_does() {
    let finds: Vec<Finds> = (1..=20)
        .map(|seed| {
            let world = world(seed);
            let cells = world.client_months();
            Finds { scores: scores_beyond_the_planted(&world, &cells), ..planted_ratios_hold(&world, &cells) }
        })
        .collect();
    let shown = |of: fn(&Finds) -> bool| finds.iter().filter(|f| of(f)).count();
    assert!(shown(|f| f.cluster) >= 19);
    assert!(shown(|f| f.disparity) >= 19);
    assert!(shown(|f| f.trend_break) >= 19);

    let scores: Vec<f64> = finds.into_iter().flat_map(|f| f.scores).collect();
    let n = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / n;
    let above = scores.iter().filter(|s| **s > 1.645).count() as f64 / n;
    let worst = scores.iter().copied().fold(f64::MIN, f64::max);
    println!("{n} scores: mean {mean:.3}, share above the 5 % point {above:.3}, worst {worst:.2}");
    // 1,360 scores: the mean has standard error 0.027; the share above the 5 % point 0.006.
    assert!(mean.abs() < 0.1);
    assert!((0.03..0.07).contains(&above));
    assert!(worst < 4.5);
}

#[test]
fn a_long_wait_triples_the_hazard_of_an_inpatient_stay() {
    let mut long = [(0.0, 0.0), (0.0, 0.0)];
    let mut any = [(0.0, 0.0), (0.0, 0.0)];
    for seed in 1..=3 {
        let world = world(seed);
        let path = &world.truth.path;
        for (over, sums) in [(path.wait_days_over, &mut long), (0, &mut any)] {
            let mut waits: BTreeMap<usize, Vec<Date>> = BTreeMap::new();
            for event in world.events.iter().filter(|e| e.code == path.barrier) {
                if event.days_waited.unwrap() > over {
                    waits.entry(event.case).or_default().push(event.occurred_on);
                }
            }
            let after_wait = |case: usize, day: Date| {
                usize::from(waits.get(&case).is_some_and(|waits| {
                    waits.iter().any(|w| day > *w && days_between(*w, day) <= path.window_days)
                }))
            };
            for (at, case) in world.cases.iter().enumerate() {
                let until = case.closed_on.unwrap_or(world.end());
                for n in 0..days_between(case.opened_on, until) {
                    sums[after_wait(at, crate::days::plus(case.opened_on, n))].1 += 1.0;
                }
            }
            for event in world.events.iter().filter(|e| e.code == path.crisis) {
                sums[after_wait(event.case, event.occurred_on)].0 += 1.0;
            }
        }
    }
    assert!(agrees(long[1], long[0], 3.0));
    // Whatever the wait: diluted by the short ones.
    assert!(agrees(any[1], any[0], 2.3));
}

#[test]
fn the_planted_ratio_of_a_slice_follows_from_the_truth() {
    let truth = &WORLD.truth;
    let all = Slice::default();
    let cells = WORLD.client_months();
    let close = |x: Option<f64>, want: f64| (x.unwrap() - want).abs() < 1e-9;
    let cluster =
        Slice { areas: Some(truth.cluster.areas.clone()), from: Some(truth.cluster.from), ..all.clone() };
    let ratio = |code: &str, inside: &Slice| WORLD.planted_ratio(&cells, Kind::Barrier, code, inside, &all);
    assert!(close(ratio("procedural_denial", &cluster), 3.0));
    assert!(close(ratio("transport", &cluster), 1.0));
    let spanish = Slice { language: Some("Spanish".to_owned()), ..all.clone() };
    assert!(close(ratio("notice_not_understood", &spanish), 2.0));
    let somali = Slice { language: Some("Somali".to_owned()), ..all.clone() };
    let below = ratio("notice_not_understood", &somali).unwrap();
    assert!((0.7..0.9).contains(&below));
    let late = Slice { from: Some(truth.trend_break.from), ..all.clone() };
    assert!(close(ratio("capacity_closed", &late), 1.75));
    assert_eq!(ratio("waitlist", &all), None);
}

#[test]
fn the_map_is_a_closed_county_of_connected_areas() {
    let names: BTreeSet<_> = WORLD.areas.iter().map(|a| &a.name).collect();
    assert_eq!(names.len(), 60);
    for district in 0..6 {
        assert_eq!(WORLD.areas.iter().filter(|a| a.district == district).count(), 10);
    }
    let mut reached = BTreeSet::from([0]);
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        for next in &WORLD.areas[at].neighbours {
            if reached.insert(*next) {
                waiting.push(*next);
            }
        }
    }
    assert_eq!(reached.len(), 60);
    for area in &WORLD.areas {
        assert_eq!(area.ring.first(), area.ring.last());
        let twice: f64 = area.ring.windows(2).map(|p| p[0].0 * p[1].1 - p[1].0 * p[0].1).sum();
        assert!(twice > 0.0, "{} is not counter-clockwise", area.name);
    }
    let json: serde_json::Value = serde_json::from_str(&WORLD.areas_geojson()).unwrap();
    assert_eq!(json["features"].as_array().unwrap().len(), 60);
    assert_eq!(json["features"][0]["properties"]["district"], "North Shore");
}

#[test]
fn the_files_are_pseudonymous_and_read_back() {
    let folder = std::env::temp_dir().join(format!("sim-files-{}", std::process::id()));
    WORLD.write_files(&folder).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let events = read("events.csv");
    assert_eq!(events.lines().count(), WORLD.events.len() + 1);
    assert!(events.starts_with(EVENTS_HEADER));
    assert!(events.lines().all(|line| line.split(',').count() == 11));
    let client = &WORLD.clients[0];
    let last_name = client.legal_name.rsplit(' ').next().unwrap();
    assert!(events.contains(&client.key) && !events.contains(last_name));
    let truth: Truth = serde_json::from_str(&read("truth.json")).unwrap();
    assert_eq!(truth, WORLD.truth);
    assert_eq!(read("population.csv").lines().count(), 60 * 72 + 1);
    assert!(read("events.toml").contains("occurred_on"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn big_files_are_streamed_in_order_of_their_days() {
    let mut out = Vec::new();
    events_csv_rows(5_000, 1, date!(2023 - 11 - 01), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 5_001);
    let days: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').nth(5).unwrap()).collect();
    assert!(days.is_sorted());
    assert_eq!(days.first(), Some(&"2023-11-01"));
    assert_eq!(days.last().copied(), Some(iso(date!(2026 - 10 - 31))).as_deref());
    assert_eq!(fingerprint(&[&text]), "15037fffe96819e3");
}

#[test]
fn whoever_sees_a_name_can_see_that_it_is_invented() {
    assert!(World::disclaimer().contains("invented"));
    assert_eq!(WORLD.truth.disclaimer, World::disclaimer());
    assert!(AGENCY.contains("fictional") && COUNTY.contains("fictional"));
    assert!(WORLD.staff.iter().all(|s| s.email.ends_with("@example.org")));
    let count = |role| WORLD.staff.iter().filter(|s| s.role == role).count();
    assert_eq!(count(Role::Caseworker), 12);
    assert_eq!(count(Role::Supervisor), 2);
    let names: BTreeSet<_> = WORLD.professionals.iter().map(|p| &p.name).collect();
    assert_eq!(names.len(), WORLD.professionals.len());
    for system in SYSTEMS {
        let n = WORLD.organizations.iter().filter(|o| o.system == system).count();
        assert!((2..=4).contains(&n));
    }
}

#[test]
fn a_small_world_and_a_short_one_work_too() {
    for (clients, months) in [(40, 36), (300, 24), (2_500, 12)] {
        let world = World::generate(&Config { clients, months, ..Config::default() });
        assert_eq!(world.clients.len(), clients);
        assert!(world.cases.len() >= clients);
        assert!(!world.events.is_empty());
    }
}
