//! `groundswell identify`: every detector over the evidence.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use analytics::identify::{self, Options, Outcome};
use analytics::{AnalyticsError, Engine};
use anyhow::Context as _;
use domain::evidence::signals::{self, Signal};
use domain::kernel::clock::Day;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::{CliError, answer, chain};
use crate::jobs::running::Looking;
use crate::site::{self, SiteArgs};
use crate::web::i18n::Lang;

#[derive(Debug, clap::Args)]
pub struct IdentifyArgs {
    /// Look at the record up to this day only
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// Where the cubes are computed: `database`, or `lake:DIR` in a build with the feature `lake`
    #[arg(long, default_value = "database")]
    engine: String,
    /// The same evidence and seed give the same signals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Random data sets that a space-time scan is compared with
    #[arg(long, default_value_t = 999)]
    replicates: u32,
    /// Worker threads; one per core if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    #[command(flatten)]
    site: SiteArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub async fn run(args: IdentifyArgs) -> Result<(), CliError> {
    let site = site::open(&args.site).await?;
    let ctx = site.system("identify");
    let engine = Engine::parse(&args.engine, &site.db)?;
    let looking = Looking::begin(&args.site.data).context("lock the data folder")?.ok_or_else(|| {
        CliError::Theirs(
            "look for signals: that is being done on this data folder already; wait until it is done"
                .to_owned(),
        )
    })?;
    looking.cut_off_mark(&ctx).await?;
    let options = Options {
        until: args.until,
        seed: args.seed,
        replicates: args.replicates,
        threads: args.threads,
        ..Options::default()
    };
    let bar = bar(args.json);
    let stage_shown = Mutex::new(String::new());
    let outcome = identify::identify(&ctx, &engine, &options, |stage, done, total| {
        if let Ok(mut shown) = stage_shown.lock()
            && *shown != stage
        {
            stage.clone_into(&mut shown);
            bar.set_message(stage.replace('_', " "));
        }
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    let outcome = outcome?;
    answer(args.json, &outcome_json(&outcome, &options), &outcome_text(&outcome))
}

fn bar(json: bool) -> ProgressBar {
    let bar = ProgressBar::new(1);
    if json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn outcome_text(outcome: &Outcome) -> String {
    let mut text = format!(
        "Looked at {} patterns; {} stand out at a false-alarm limit of 5 %. Evidence {}.\n",
        outcome.hypotheses,
        outcome.signals.len(),
        outcome.fingerprint
    );
    for (index, signal) in outcome.signals.iter().enumerate() {
        let upper = signal.upper.map_or_else(|| "more".to_owned(), |upper| format!("{upper:.2}"));
        let _ = writeln!(
            text,
            "{:>3}. {:<10} {} {}  {}  {} seen, {:.1} expected, {:.2} times ({:.2} to {upper})  {} to {}  q {:.2e}",
            index + 1,
            signal.detector.code(),
            signal.dataset,
            signal.code,
            whom(signal),
            signal.observed,
            signal.expected,
            signal.ratio,
            signal.lower,
            signal.from,
            signal.to,
            signal.q
        );
    }
    for note in &outcome.notes {
        let _ = writeln!(
            text,
            "  not looked at: {} {} {} by {}: {}",
            note.dataset,
            note.kind,
            note.code,
            note.detector.code(),
            Lang::En.t(note.why.key())
        );
    }
    text
}

/// The group or the areas that a signal is about.
fn whom(signal: &Signal) -> String {
    if !signal.dimension.is_empty() {
        return format!("{} {}", signal.dimension, signal.value);
    }
    match signal.areas.as_slice() {
        [] => "everywhere".to_owned(),
        few if few.len() <= 4 => few.join(", "),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more areas", rest.len()),
        [one] => one.clone(),
    }
}

fn outcome_json(outcome: &Outcome, options: &Options) -> Value {
    let signals: Vec<Value> = outcome
        .signals
        .iter()
        .map(|it: &signals::Signal| {
            json!({
                "key": it.key, "detector": it.detector.code(), "dataset": it.dataset, "kind": it.kind.code(),
                "code": it.code, "system": it.system, "dimension": it.dimension, "value": it.value,
                "areas": it.areas, "from": it.from.to_string(), "to": it.to.to_string(),
                "observed": it.observed, "expected": it.expected, "ratio": it.ratio, "lower": it.lower,
                "upper": it.upper, "p": it.p, "q": it.q, "score": it.score,
                "log_likelihood_ratio": it.detail.method.options.iter()
                    .find(|(name, _)| name == "log_likelihood_ratio").map(|(_, value)| value),
            })
        })
        .collect();
    let notes: Vec<Value> = outcome
        .notes
        .iter()
        .map(|it| {
            json!({"dataset": it.dataset, "kind": it.kind.code(), "code": it.code, 
            "detector": it.detector.code(), "note": it.why.key()})
        })
        .collect();
    json!({
        "hypotheses": outcome.hypotheses, "found": outcome.signals.len(), "fingerprint": outcome.fingerprint,
        "seed": options.seed, "replicates": options.replicates, "signals": signals, "notes": notes,
    })
}

impl From<AnalyticsError> for CliError {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::EngineUnknown(_) | AnalyticsError::NoLake | AnalyticsError::Lake { .. } => {
                Self::Theirs(chain(&error))
            }
            _ => Self::Ours(error.into()),
        }
    }
}
