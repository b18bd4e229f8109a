//! `analyze rates`: rates per person-time by group, against a reference group.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde_json::{Map, Value, json};
use stats::rates::{
    MantelHaenszel, RateRatio, RateStratum, disproportionality, mantel_haenszel, rate_exact, rate_ratio,
};

use super::output::{Answer, columns, maybe, number, short, short_maybe, span};
use super::table::Table;
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct RatesArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column that names the group
    #[arg(long, value_name = "COLUMN")]
    group: String,
    /// Column with the number of events
    #[arg(long, value_name = "COLUMN", required_unless_present = "count_rows")]
    events: Option<String>,
    /// Column with the person-time (or the number of people) the events came from
    #[arg(long, value_name = "COLUMN")]
    exposure: String,
    /// The group the others are compared with; the first in the file if not given
    #[arg(long, value_name = "GROUP")]
    reference: Option<String>,
    /// Column to stratify by: Mantel-Haenszel beside the crude ratio
    #[arg(long, value_name = "COLUMN")]
    strata: Option<String>,
    /// Each row is one event; the exposure is then its group's total, repeated on every row
    #[arg(long)]
    count_rows: bool,
}

/// Events and person-time of one group in one stratum.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    events: u64,
    exposure: f64,
    rows: usize,
}

/// The file, added up. Groups keep the order in which they first occur.
struct Groups {
    names: Vec<String>,
    /// By group, then stratum.
    cells: Vec<BTreeMap<String, Cell>>,
}

impl Groups {
    fn total(&self, group: usize) -> Cell {
        let cells = self.cells.get(group).into_iter().flat_map(BTreeMap::values);
        cells.fold(Cell::default(), |sum, c| Cell {
            events: sum.events + c.events,
            exposure: sum.exposure + c.exposure,
            rows: sum.rows + c.rows,
        })
    }
}

pub fn run(args: &RatesArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let mut answer = Answer { options: options(args), ..Answer::default() };
    let groups = read(args, &table, &mut answer)?;
    let reference = reference(args, &groups, &table)?;
    answer.options.insert("reference".into(), json!(groups.names.get(reference)));

    let all = (0..groups.names.len()).map(|g| groups.total(g)).fold(Cell::default(), |sum, c| Cell {
        events: sum.events + c.events,
        exposure: sum.exposure + c.exposure,
        rows: 0,
    });
    let against = groups.total(reference);
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for (group, name) in groups.names.iter().enumerate() {
        let own = groups.total(group);
        let rate = if own.exposure > 0.0 {
            rate_exact(own.events, own.exposure, args.common.level).ok()
        } else {
            None
        };
        let ratio = if group == reference || own.exposure <= 0.0 || against.exposure <= 0.0 {
            None
        } else {
            rate_ratio(own.events, own.exposure, against.events, against.exposure, args.common.level).ok()
        };
        explain_undefined(&mut answer, name, own, against, group == reference);
        let index = disproportionality(own.events, own.exposure, all.events, all.exposure);
        if all.events == 0 {
            answer.warn("disproportionality is null: there is no event at all");
        }
        let same = group == reference && own.exposure > 0.0 && own.events > 0;
        rows.push(json!({
            "group": name,
            "events": own.events,
            "exposure": own.exposure,
            "rate": maybe(rate.map(|r| r.rate)),
            "rate_lower": maybe(rate.map(|r| r.lower)),
            "rate_upper": maybe(rate.map(|r| r.upper)),
            "rate_ratio": if same { json!(1.0) } else { maybe(ratio.and_then(|r| r.ratio)) },
            "lower": maybe(ratio.map(|r| r.lower)),
            "upper": maybe(ratio.map(|r| r.upper)),
            "p_central": maybe(ratio.map(|r| r.p_central)),
            "p_mid": maybe(ratio.map(|r| r.p_mid)),
            "lower_mid": maybe(ratio.map(|r| r.lower_mid)),
            "upper_mid": maybe(ratio.map(|r| r.upper_mid)),
            "rate_difference": if same { json!(0.0) } else { maybe(ratio.map(|r| r.difference)) },
            "rate_difference_lower": maybe(ratio.map(|r| r.difference_lower)),
            "rate_difference_upper": maybe(ratio.map(|r| r.difference_upper)),
            "disproportionality": maybe(index),
        }));
        lines.push(vec![
            name.clone(),
            own.events.to_string(),
            short(own.exposure),
            short_maybe(rate.map(|r| r.rate)),
            rate.map_or_else(String::new, |r| span(r.lower, r.upper)),
            if group == reference { "reference".into() } else { short_maybe(ratio.and_then(|r| r.ratio)) },
            ratio.map_or_else(String::new, |r| span(r.lower, r.upper)),
            ratio.map_or_else(String::new, |r| short(r.p_central)),
            short_maybe(index),
        ]);
        if let Some(ratio) = ratio {
            answer.text.push_str(&sentence(
                name,
                groups.names.get(reference).map_or("", String::as_str),
                &ratio,
                args.common.level,
            ));
        }
    }
    let heading =
        ["group", "events", "exposure", "rate", "interval", "ratio", "interval", "p", "disproportionality"];
    answer.text = format!("{}\n{}", columns(&heading, &lines), answer.text);
    answer.result.insert("groups".into(), Value::Array(rows));
    if args.strata.is_some() {
        stratified(args, &groups, reference, &mut answer);
    }
    answer.result.insert("reference".into(), json!(groups.names.get(reference)));
    Ok(answer)
}

fn options(args: &RatesArgs) -> Map<String, Value> {
    let mut options = args.common.options();
    options.insert("group".into(), json!(args.group));
    options.insert("events".into(), json!(args.events));
    options.insert("exposure".into(), json!(args.exposure));
    options.insert("strata".into(), json!(args.strata));
    options.insert("count_rows".into(), json!(args.count_rows));
    options
}

fn read(args: &RatesArgs, table: &Table, answer: &mut Answer) -> Result<Groups, CliError> {
    let group_column = table.column(&args.group)?;
    let events_column =
        if args.count_rows { None } else { args.events.as_deref().map(|c| table.column(c)).transpose()? };
    if args.count_rows && args.events.is_some() {
        answer.warn("--events is not used: with --count-rows each row is one event");
    }
    let exposure_column = table.column(&args.exposure)?;
    let strata_column = args.strata.as_deref().map(|c| table.column(c)).transpose()?;
    let mut groups = Groups { names: Vec::new(), cells: Vec::new() };
    for row in 0..table.len() {
        let events = match events_column {
            Some(column) => column.count(row)?,
            None => Some(1),
        };
        let exposure = exposure_column.number(row)?;
        if exposure.is_some_and(|e| e < 0.0) {
            return Err(exposure_column.unexpected(row, "person-time, 0 or more"));
        }
        let stratum = strata_column.map_or(Some(""), |column| column.text(row));
        let missing = [
            (group_column.text(row).is_none(), group_column.header()),
            (events.is_none(), args.events.as_deref().unwrap_or_default()),
            (exposure.is_none(), exposure_column.header()),
            (stratum.is_none(), args.strata.as_deref().unwrap_or_default()),
        ];
        if let Some((_, column)) = missing.iter().find(|(missing, _)| *missing) {
            answer.dropped.add(format!("no value in column \"{column}\""));
            continue;
        }
        let (Some(name), Some(events), Some(exposure), Some(stratum)) =
            (group_column.text(row), events, exposure, stratum)
        else {
            continue;
        };
        answer.n_rows += 1;
        let group = groups.names.iter().position(|known| known == name).unwrap_or_else(|| {
            groups.names.push(name.to_owned());
            groups.cells.push(BTreeMap::new());
            groups.names.len() - 1
        });
        let Some(cells) = groups.cells.get_mut(group) else { continue };
        let cell = cells.entry(stratum.to_owned()).or_default();
        if args.count_rows && cell.rows > 0 {
            // The same number in other digits is the same number.
            if (cell.exposure - exposure).abs() > 1e-9 * exposure.abs() {
                return Err(exposure_column.unexpected(
                    row,
                    "the same exposure as in the group's other rows: with --count-rows it is the group's total, repeated",
                ));
            }
        } else {
            cell.exposure += exposure;
        }
        cell.events += events;
        cell.rows += 1;
    }
    if groups.names.is_empty() {
        return Err(CliError::Theirs(format!(
            "compute rates from {}: every row lacks a value",
            table.name()
        )));
    }
    if !args.count_rows && groups.cells.iter().flat_map(BTreeMap::values).any(|cell| cell.rows > 1) {
        answer.warn("rows of the same group were added up");
    }
    for group in 0..groups.names.len() {
        let total = groups.total(group);
        if total.exposure <= 0.0 && total.events > 0 {
            return Err(CliError::Theirs(format!(
                "compute the rate of group \"{}\": it has events but no exposure in column \"{}\"",
                groups.names.get(group).map_or("", String::as_str),
                args.exposure
            )));
        }
    }
    Ok(groups)
}

fn reference(args: &RatesArgs, groups: &Groups, table: &Table) -> Result<usize, CliError> {
    let Some(wanted) = args.reference.as_deref() else { return Ok(0) };
    groups.names.iter().position(|name| name == wanted).ok_or_else(|| {
        let some: Vec<&str> = groups.names.iter().take(20).map(String::as_str).collect();
        CliError::Theirs(format!(
            "compare with group \"{wanted}\": column \"{}\" of {} holds {}",
            args.group,
            table.name(),
            some.join(", ")
        ))
    })
}

fn explain_undefined(answer: &mut Answer, name: &str, own: Cell, against: Cell, is_reference: bool) {
    if own.exposure <= 0.0 {
        answer.warn(format!("group \"{name}\" has no exposure: its rate and ratios are null"));
    } else if is_reference {
        answer.warn(format!("group \"{name}\" is the reference: it has no interval and no p against itself"));
        if own.events == 0 {
            answer.warn("the reference has no event: ratios are infinite, with a finite lower limit");
        }
    } else if against.exposure <= 0.0 {
        answer.warn("the reference has no exposure: ratios are null");
    } else if own.events == 0 && against.events == 0 {
        answer.warn(format!("group \"{name}\" and the reference have no event: there is no information on their ratio, which is null; its interval holds everything"));
    }
}

fn sentence(name: &str, reference: &str, ratio: &RateRatio, level: f64) -> String {
    let percent = short(level * 100.0).trim_end_matches('0').trim_end_matches('.').to_owned();
    match ratio.ratio {
        None => {
            format!("{name}: no event here or in {reference}, so nothing can be said about a difference.\n")
        }
        Some(r) if r.is_infinite() => {
            format!(
                "{name}: events here and none in {reference}; the rate is at least {} times as high ({percent} % exact interval).\n",
                short(ratio.lower)
            )
        }
        Some(r) => format!(
            "{name}: {} times the rate of {reference}; the data fit anything from {} ({percent} % exact interval).\n",
            short(r),
            span(ratio.lower, ratio.upper)
        ),
    }
}

/// Mantel-Haenszel against the reference. With two groups the values also stand at the top.
fn stratified(args: &RatesArgs, groups: &Groups, reference: usize, answer: &mut Answer) {
    let mut comparisons = Vec::new();
    let mut lines = Vec::new();
    let empty = BTreeMap::new();
    let base = groups.cells.get(reference).unwrap_or(&empty);
    let against = groups.total(reference);
    for (group, name) in groups.names.iter().enumerate().filter(|(group, _)| *group != reference) {
        let own = groups.cells.get(group).unwrap_or(&empty);
        let mut names: Vec<&String> = own.keys().chain(base.keys()).collect();
        names.sort();
        names.dedup();
        let strata: Vec<RateStratum> = names
            .iter()
            .map(|stratum| {
                let (a, b) = (
                    own.get(*stratum).copied().unwrap_or_default(),
                    base.get(*stratum).copied().unwrap_or_default(),
                );
                RateStratum { a: a.events, ta: a.exposure, b: b.events, tb: b.exposure }
            })
            .collect();
        let one_sided = strata.iter().filter(|s| (s.ta <= 0.0) != (s.tb <= 0.0)).count();
        if one_sided > 0 {
            answer.warn(format!(
                "group \"{name}\": {one_sided} strata have exposure on one side only and carry no weight"
            ));
        }
        let Ok(adjusted) = mantel_haenszel(&strata, args.common.level) else { continue };
        if adjusted.lower.is_none() {
            answer.warn(format!("group \"{name}\": the Mantel-Haenszel interval is null, because one side has no event in any informative stratum"));
        }
        let own = groups.total(group);
        let crude = rate_ratio(own.events, own.exposure, against.events, against.exposure, args.common.level)
            .ok()
            .and_then(|r| r.ratio);
        if let (Some(crude), Some(ratio)) = (crude, adjusted.ratio)
            && (crude - 1.0) * (ratio - 1.0) < 0.0
        {
            answer.warn(format!("group \"{name}\": the crude and the stratified ratio point in opposite directions; the strata matter"));
        }
        comparisons.push(comparison(name, crude, &adjusted));
        lines.push(vec![
            name.clone(),
            short_maybe(crude),
            short_maybe(adjusted.ratio),
            adjusted.lower.zip(adjusted.upper).map_or_else(String::new, |(l, u)| span(l, u)),
            short_maybe(adjusted.p),
            adjusted.informative_strata.to_string(),
        ]);
    }
    let mut object = match comparisons.as_slice() {
        [only] => only.clone(),
        _ => Map::new(),
    };
    object.insert("comparisons".into(), Value::Array(comparisons.into_iter().map(Value::Object).collect()));
    answer.result.insert("mantel_haenszel".into(), Value::Object(object));
    let heading = ["group", "crude ratio", "stratified ratio", "interval", "p", "strata used"];
    let _ = write!(answer.text, "\nMantel-Haenszel over the strata\n{}", columns(&heading, &lines));
}

fn comparison(name: &str, crude: Option<f64>, adjusted: &MantelHaenszel) -> Map<String, Value> {
    let pairs = [
        ("group", json!(name)),
        ("rate_ratio", maybe(adjusted.ratio)),
        ("lower", maybe(adjusted.lower)),
        ("upper", maybe(adjusted.upper)),
        ("p", maybe(adjusted.p)),
        ("crude_rate_ratio", crude.map_or(Value::Null, number)),
        ("informative_strata", json!(adjusted.informative_strata)),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
