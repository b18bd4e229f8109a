//! `groundswell instrument`: the instruments of assessments, an agency's own among them.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::casework::assessments::{self, AssessmentError, Instrument};
use serde_json::{Value, json};

use super::{CliError, answer};
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct InstrumentArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an instrument or a new version of one from a file (TOML or JSON); those that come along are examples of the form
    Add {
        file: PathBuf,
        /// Say what is wrong with the file and add nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        site: SiteArgs,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Every instrument there is, with its versions
    List {
        #[command(flatten)]
        site: SiteArgs,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(args: InstrumentArgs) -> Result<(), CliError> {
    match args.what {
        What::Add { file, dry_run, site, json } => {
            let name = file.display();
            let text = fs::read_to_string(&file)
                .map_err(|error| CliError::Theirs(format!("read {name}: {error}")))?;
            let instrument = if dry_run {
                Instrument::parse(&text).map_err(|error| CliError::Theirs(format!("{name}: {error}")))?
            } else {
                let ctx = site::open(&site).await?.system("instrument");
                assessments::add_instrument(&ctx, &text).await.map_err(|error| match error {
                    AssessmentError::Instrument(_) | AssessmentError::VersionTaken { .. } => {
                        CliError::Theirs(format!("{name}: {error}"))
                    }
                    other => CliError::Ours(other.into()),
                })?
            };
            let done = if dry_run { "is in order" } else { "is added" };
            let line = format!("{} {done}.\n", shown(&instrument));
            answer(json, &json!({"added": !dry_run, "instrument": fact(&instrument)}), &line)
        }
        What::List { site, json } => {
            let site = site::open(&site).await?;
            let all =
                assessments::instruments(&site.db).await.map_err(|error| CliError::Ours(error.into()))?;
            let text: String = all.iter().map(|it| format!("{}\n", shown(it))).collect();
            answer(json, &json!({"instruments": all.iter().map(fact).collect::<Vec<_>>()}), &text)
        }
    }
}

fn shown(instrument: &Instrument) -> String {
    let (items, scales) = (instrument.items.len(), instrument.scales.len());
    format!("{} version {}, {items} items, {scales} scales", instrument.id, instrument.version)
}

fn fact(instrument: &Instrument) -> Value {
    json!({
        "id": instrument.id, "version": instrument.version, "title": instrument.title.en,
        "items": instrument.items.len(), "scales": instrument.scales.len(),
    })
}
