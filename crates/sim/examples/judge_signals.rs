//! Holds the signals of a run against what was planted: `cargo run -p sim --example judge_signals -- SEED < RUN.json`,
//! where RUN.json is what `groundswell identify --json` prints for the world of that seed.
//!
//! Prints one JSON object: `signals`, `false` (how many point where nothing is planted), `disparity`, `cluster` and
//! `trend_break` (whether each is among the signals), and `judged`, one line per signal.

use std::io;

use serde_json::{Value, json};
use sim::{Config, Kind, Slice, World};
use time::format_description::well_known::Iso8601;
use time::{Date, Duration};

/// Planted ratio from which on a signal of more is right: what follows from a planted effect only by the mix of people
/// is at most a twentieth, and no detector is to be praised for seeing that.
const LEAST: f64 = 1.05;

/// Days by which the start that a signal names may miss the planted one.
const MISS: Duration = Duration::days(62);

struct Judged {
    is_right: bool,
    line: String,
    finds: [bool; 3],
}

fn main() -> io::Result<()> {
    let seed = std::env::args().nth(1).unwrap_or_default().parse().map_err(io::Error::other)?;
    let run: Value = serde_json::from_reader(io::stdin())?;
    let world = World::generate(&Config { seed, ..Config::default() });
    let client_months = world.client_months();
    let signals = run.get("signals").and_then(Value::as_array).cloned().unwrap_or_default();
    let judged: Vec<Judged> = signals.iter().map(|signal| judge(&world, &client_months, signal)).collect();
    let found = |which: usize| judged.iter().any(|it| it.finds.get(which) == Some(&true));
    let answer = json!({
        "seed": seed,
        "signals": judged.len(),
        "false": judged.iter().filter(|it| !it.is_right).count(),
        "disparity": found(0),
        "cluster": found(1),
        "trend_break": found(2),
        "judged": judged.iter().map(|it| it.line.as_str()).collect::<Vec<_>>(),
    });
    serde_json::to_writer(io::stdout(), &answer)?;
    Ok(())
}

fn judge(world: &World, client_months: &[sim::ClientMonths], signal: &Value) -> Judged {
    let text = |key: &str| signal.get(key).and_then(Value::as_str).unwrap_or_default();
    let day = |key: &str| Date::parse(text(key), &Iso8601::DATE).ok();
    let month = |key: &str| day(key).and_then(|it| it.replace_day(1).ok());
    let areas: Vec<String> = signal
        .get("areas")
        .and_then(Value::as_array)
        .map(|areas| areas.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    let (detector, code, dimension, value) =
        (text("detector"), text("code"), text("dimension"), text("value"));

    let mut inside = Slice { areas: (!areas.is_empty()).then(|| areas.clone()), ..Slice::default() };
    let mut outside = Slice::default();
    let group = |of: &str| (dimension == of).then(|| value.to_owned());
    (inside.language, inside.age_band, inside.gender) =
        (group("language"), group("age_band"), group("gender"));
    match detector {
        "scan" => {
            (inside.from, inside.to) = (month("from"), month("to"));
            // A scan of months compares areas with the others of the same months.
            (outside.from, outside.to) = (month("from"), month("to"));
        }
        "trend" => {
            (inside.from, inside.to) = (month("from"), month("to"));
            outside.to = month("from").and_then(|first| (first - Duration::days(1)).replace_day(1).ok());
        }
        _ => {}
    }
    let planted =
        kind(text("kind")).and_then(|kind| world.planted_ratio(client_months, kind, code, &inside, &outside));
    let is_right = planted.is_some_and(|it| it >= LEAST);

    let truth = &world.truth;
    let near = |planted: Date| day("from").is_some_and(|it| (it - planted).abs() <= MISS);
    let shared = areas.iter().filter(|it| truth.cluster.areas.contains(it)).count();
    // At least two of the three areas, and no more strangers than that.
    let is_cluster = shared >= 2 && areas.len() - shared <= 2;
    let finds = [
        code == truth.disparity.code
            && dimension == truth.disparity.dimension
            && value == truth.disparity.group,
        detector == "scan" && code == truth.cluster.code && is_cluster && near(truth.cluster.from),
        detector == "trend" && code == truth.trend_break.code && near(truth.trend_break.from),
    ];
    let number = |key: &str| signal.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let line = format!(
        "{} {detector} {} {code} {dimension} {value} {} {} to {}: ratio {:.2}, planted {}, q {:.1e}",
        if is_right { "right" } else { "FALSE" },
        text("kind"),
        areas.join("+"),
        text("from"),
        text("to"),
        number("ratio"),
        planted.map_or_else(|| "unknown".to_owned(), |it| format!("{it:.2}")),
        number("q"),
    );
    Judged { is_right, line, finds }
}

fn kind(code: &str) -> Option<Kind> {
    [Kind::Contact, Kind::Referral, Kind::Service, Kind::Barrier, Kind::Crisis]
        .into_iter()
        .find(|kind| kind.as_str() == code)
}
