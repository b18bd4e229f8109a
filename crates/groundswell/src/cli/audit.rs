//! `groundswell audit`: whether the trail is whole.

use clap::{Args, Subcommand};
use domain::kernel::audit::{self, Verdict};
use serde_json::json;

use super::{CliError, answer};
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check every entry's seal; ends with 1 when one does not fit
    Verify {
        #[command(flatten)]
        site: SiteArgs,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(args: AuditArgs) -> Result<(), CliError> {
    let What::Verify { site, json } = args.what;
    let ctx = site::open(&site).await?.system("audit");
    match audit::verify(&ctx).await? {
        Verdict::Whole { entries, head } => {
            let text = format!("The audit trail is whole: {entries} entries, sealed {head}");
            answer(json, &json!({"whole": true, "entries": entries, "head": head}), &text)
        }
        Verdict::BrokenAt { seq } => {
            if json {
                answer(true, &json!({"whole": false, "broken_at": seq}), "")?;
            }
            Err(CliError::Ours(anyhow::anyhow!(
                "find the audit trail whole: entry {seq} has been changed, dropped or slipped in, or the key is another"
            )))
        }
    }
}
