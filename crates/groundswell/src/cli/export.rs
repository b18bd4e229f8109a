//! `groundswell export`: the code list of barriers, and (in a build with the lake engine) the pseudonymous evidence.

#[cfg(feature = "lake")]
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
#[cfg(feature = "lake")]
use serde_json::json;

use super::{CliError, answer};
use crate::barrier_codes;
#[cfg(feature = "lake")]
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The code list of barriers, in English and Spanish
    BarrierCodes {
        /// Print one JSON object, with the axes
        #[arg(long, conflicts_with_all = ["csv", "markdown"])]
        json: bool,
        /// Print a CSV file, a row per code
        #[arg(long)]
        csv: bool,
        /// Print the page of the documents, docs/barrier-codes.md
        #[arg(long, conflicts_with = "csv")]
        markdown: bool,
    },
    /// The pseudonymous evidence as Parquet files in a folder; a later export takes the place of an earlier one
    #[cfg(feature = "lake")]
    Evidence {
        folder: PathBuf,
        #[command(flatten)]
        site: SiteArgs,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(args: ExportArgs) -> Result<(), CliError> {
    match args.what {
        What::BarrierCodes { json, csv, markdown } => {
            let text = if csv {
                barrier_codes::csv().context("write the codes as CSV")?
            } else if markdown {
                barrier_codes::document()
            } else {
                barrier_codes::text()
            };
            answer(json, &barrier_codes::json(), &text)
        }
        #[cfg(feature = "lake")]
        What::Evidence { folder, site, json } => evidence(folder, site, json).await,
    }
}

#[cfg(feature = "lake")]
async fn evidence(folder: PathBuf, site: SiteArgs, json: bool) -> Result<(), CliError> {
    let site = site::open(&site).await?;
    let ctx = site.system("export");
    analytics::evidence::top_up(&ctx).await?;
    analytics::cubes::export_evidence(&ctx, &folder).await?;
    let fingerprint = domain::evidence::fingerprint(&site.db).await?;
    let text = format!(
        "Exported the evidence {fingerprint} to {}. Read it with: groundswell identify --engine lake:{}",
        folder.display(),
        folder.display()
    );
    answer(json, &json!({"folder": folder.display().to_string(), "fingerprint": fingerprint}), &text)
}
