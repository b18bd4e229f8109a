//! `groundswell export evidence`: the pseudonymous evidence as Parquet files, for the lake engine.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{CliError, answer};
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The pseudonymous evidence as Parquet files in a folder; a later export takes the place of an earlier one
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
    let What::Evidence { folder, site, json } = args.what;
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
