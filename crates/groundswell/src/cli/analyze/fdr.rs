//! `analyze fdr`: p values adjusted for the false discovery rate.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use stats::fdr::{FdrMethod, adjust};

use super::output::{Answer, columns, maybe, short, short_maybe};
use super::table::Table;
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct FdrArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column with the p values
    #[arg(long, value_name = "COLUMN")]
    p: String,
    /// bh for independent or positively dependent tests, by for any dependence
    #[arg(long, value_enum, default_value_t = Method::Bh)]
    method: Method,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    /// Benjamini-Hochberg
    Bh,
    /// Benjamini-Yekutieli
    By,
}

pub fn run(args: &FdrArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let column = table.column(&args.p)?;
    let (name, method) = match args.method {
        Method::Bh => ("bh", FdrMethod::BenjaminiHochberg),
        Method::By => ("by", FdrMethod::BenjaminiYekutieli),
    };
    let mut answer = Answer { options: args.common.options(), ..Answer::default() };
    answer.options.insert("p".into(), json!(args.p));
    answer.options.insert("method".into(), json!(name));
    let mut values = Vec::with_capacity(table.len());
    for row in 0..table.len() {
        let p = column.number(row)?;
        if p.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err(column.unexpected(row, "a p value between 0 and 1"));
        }
        match p {
            Some(_) => answer.n_rows += 1,
            None => answer.dropped.add(format!("no value in column \"{}\"", args.p)),
        }
        values.push(p);
    }
    if answer.dropped.total() > 0 {
        answer.warn("rows without a p value are not counted among the tests; their adjusted value is null");
    }
    let adjusted =
        adjust(&values, method).map_err(|error| CliError::Theirs(format!("adjust the p values: {error}")))?;
    // The accepted rate as a person means it: 1 - 0.95 is 0.05, not 0.050000000000000044.
    let accepted = ((1.0 - args.common.level) * 1e12).round() / 1e12;
    let is_rejected: Vec<bool> =
        adjusted.iter().map(|p| p.is_some_and(|p| p <= accepted * (1.0 + 1e-12))).collect();
    let n_rejected = is_rejected.iter().filter(|r| **r).count();
    let lines: Vec<Vec<String>> = (0..table.len())
        .zip(values.iter().zip(&adjusted))
        .map(|(row, (p, adjusted))| {
            vec![table.line(row).to_string(), short_maybe(*p), short_maybe(*adjusted)]
        })
        .collect();
    answer.text = format!(
        "{}\n{n_rejected} of {} stand out when at most {} of such findings may be false.\n",
        columns(&["line", "p", "adjusted"], &lines),
        answer.n_rows,
        short(accepted)
    );
    answer.result.insert("adjusted".into(), Value::Array(adjusted.into_iter().map(maybe).collect()));
    answer.result.insert("rejected".into(), json!(n_rejected));
    answer.result.insert("is_rejected".into(), json!(is_rejected));
    answer.result.insert("n_tests".into(), json!(answer.n_rows));
    Ok(answer)
}
