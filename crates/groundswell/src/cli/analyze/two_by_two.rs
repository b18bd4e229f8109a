//! `analyze two-by-two`: one table per row.

use clap::Args;
use serde_json::{Value, json};
use stats::two_by_two::{Estimate, two_by_two};

use super::output::{Answer, columns, maybe, number, short, short_maybe, span};
use super::table::Table;
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct TwoByTwoArgs {
    #[command(flatten)]
    pub common: Common,
    /// Columns with the exposed with and without the event, then the unexposed with and without
    #[arg(long, value_name = "A,B,C,D", value_delimiter = ',', default_value = "a,b,c,d")]
    columns: Vec<String>,
}

pub fn run(args: &TwoByTwoArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let [a, b, c, d] = args.columns.as_slice() else {
        return Err(CliError::Theirs(format!(
            "use --columns with {} names: four were expected, as in a,b,c,d",
            args.columns.len()
        )));
    };
    let cells =
        [table.column(a.trim())?, table.column(b.trim())?, table.column(c.trim())?, table.column(d.trim())?];
    let mut answer = Answer { options: args.common.options(), ..Answer::default() };
    answer.options.insert("columns".into(), json!(args.columns));
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for row in 0..table.len() {
        let mut counts = [0_u64; 4];
        let mut missing = None;
        for (count, column) in counts.iter_mut().zip(cells) {
            match column.count(row)? {
                Some(n) => *count = n,
                None => missing = missing.or(Some(column.header())),
            }
        }
        if let Some(column) = missing {
            answer.dropped.add(format!("no value in column \"{column}\""));
            continue;
        }
        answer.n_rows += 1;
        let line = table.line(row);
        let [a, b, c, d] = counts;
        if counts.iter().sum::<u64>() > 100_000_000 {
            return Err(CliError::Theirs(format!(
                "use {}, line {line}: more than a hundred million people in one table",
                table.name()
            )));
        }
        let Ok(result) = two_by_two(a, b, c, d, args.common.level) else {
            let empty = if a + b == 0 { "exposed" } else { "unexposed" };
            answer.warn(format!("line {line}: the {empty} group is empty, so all its measures are null"));
            rows.push(undefined(line, counts));
            lines.push(vec![format!("{a}/{} v {c}/{}", a + b, c + d), "undefined".into()]);
            continue;
        };
        if a + c == 0 {
            answer.warn(format!("line {line}: no event in either group, so the risk ratio and the odds ratio are null; their intervals hold everything"));
        } else if b + d == 0 {
            answer.warn(format!("line {line}: nothing but events in both groups, so the odds ratio is null; its interval holds everything"));
        }
        let mut object = json!({ "line": line, "a": a, "b": b, "c": c, "d": d });
        if let Value::Object(map) = &mut object {
            map.insert("risk_exposed".into(), number(result.risk_exposed));
            map.insert("risk_unexposed".into(), number(result.risk_unexposed));
            let named = [
                ("risk_ratio", result.risk_ratio),
                ("risk_difference", result.risk_difference),
                ("odds_ratio", result.odds_ratio),
            ];
            for (name, Estimate { estimate, lower, upper }) in named {
                map.insert(name.into(), maybe(estimate));
                map.insert(format!("{name}_lower"), number(lower));
                map.insert(format!("{name}_upper"), number(upper));
            }
            map.insert("p_central".into(), number(result.p_central));
            map.insert("p_mid".into(), number(result.p_mid));
        }
        rows.push(object);
        lines.push(vec![
            format!("{a}/{} v {c}/{}", a + b, c + d),
            short_maybe(result.risk_ratio.estimate),
            span(result.risk_ratio.lower, result.risk_ratio.upper),
            short_maybe(result.risk_difference.estimate),
            span(result.risk_difference.lower, result.risk_difference.upper),
            short_maybe(result.odds_ratio.estimate),
            span(result.odds_ratio.lower, result.odds_ratio.upper),
            short(result.p_central),
        ]);
    }
    let heading = [
        "exposed v unexposed",
        "risk ratio",
        "interval",
        "risk difference",
        "interval",
        "odds ratio",
        "interval",
        "p",
    ];
    answer.text = format!(
        "{}\nIntervals: score (Miettinen and Nurminen) for risks, exact conditional for the odds ratio, whose p is shown.\n",
        columns(&heading, &lines)
    );
    answer.result.insert("rows".into(), Value::Array(rows));
    Ok(answer)
}

/// A row about which nothing can be said.
fn undefined(line: u64, [a, b, c, d]: [u64; 4]) -> Value {
    let mut object = json!({ "line": line, "a": a, "b": b, "c": c, "d": d });
    if let Value::Object(map) = &mut object {
        for name in ["risk_ratio", "risk_difference", "odds_ratio"] {
            for suffix in ["", "_lower", "_upper"] {
                map.insert(format!("{name}{suffix}"), Value::Null);
            }
        }
        map.insert("p_central".into(), Value::Null);
        map.insert("p_mid".into(), Value::Null);
    }
    object
}
