//! `groundswell demo`: the simulated agency, every part of the loop populated, served.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use domain::kernel::accounts;
use domain::kernel::ctx::Site;
use sim::{Config, World};

use super::{CliError, note, serve};
use crate::jobs::demo;
use crate::site::{self, SiteArgs};
use crate::web::state::WebConfig;
use crate::web::views::account::DemoLogin;

#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Port on this machine
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of the demo's data
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// Throw the demo's data away and make them again
    #[arg(long)]
    fresh: bool,
    /// Seed of the simulated world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Make the data and end, without serving
    #[arg(long)]
    only_make: bool,
}

pub async fn run(args: DemoArgs) -> Result<(), CliError> {
    if args.fresh && args.data.exists() {
        remove(&args.data).await?;
    }
    let config = Config { seed: args.seed, ..Config::default() };
    if !args.data.exists() {
        make(&args, &config).await?;
    }
    if args.only_make {
        return Ok(());
    }
    let site = site::open(&site_args(args.data.clone())).await?;
    is_demo_or_refuse(&site, &args.data).await?;
    let world = World::generate(&Config { clients: 30, months: 24, ..config });
    let demo_logins = demo::logins(&world)
        .into_iter()
        .map(|it| DemoLogin {
            login: it.login,
            passphrase: demo::PASSPHRASE.to_owned(),
            display_name: it.name,
            role: it.role.code().to_owned(),
        })
        .collect();
    let web = WebConfig { demo_logins, ..WebConfig::local(args.data.join("uploads")) };
    let address = SocketAddr::from(([127, 0, 0, 1], args.port));
    serve::serve(site, web, address).await
}

fn site_args(data: PathBuf) -> SiteArgs {
    SiteArgs { data, database: None, key_file: None }
}

/// The demo never runs on, or deletes, somebody's real data.
async fn is_demo_or_refuse(site: &Site, data: &std::path::Path) -> Result<(), CliError> {
    let is_demo = accounts::setting(&site.db, demo::IS_DEMO).await?;
    if is_demo.is_empty() {
        return Err(CliError::Theirs(format!(
            "use {} for the demo: it holds other data; name another folder with --data",
            data.display()
        )));
    }
    Ok(())
}

async fn remove(data: &std::path::Path) -> Result<(), CliError> {
    if data.join("groundswell.db").exists() {
        let site = site::open(&site_args(data.to_owned())).await?;
        is_demo_or_refuse(&site, data).await?;
        site.db.close().await?;
    } else {
        return Err(CliError::Theirs(format!(
            "empty {}: it does not look like a demo's data; name another folder with --data",
            data.display()
        )));
    }
    fs::remove_dir_all(data).context("remove the demo's data")?;
    Ok(())
}

async fn make(args: &DemoArgs, config: &Config) -> Result<(), CliError> {
    let making = demo::folder_in_the_making(&args.data);
    if making.exists() {
        fs::remove_dir_all(&making).context("remove a demo that was cut off while it was made")?;
    }
    note("Making the simulated agency (everybody in it is invented) …");
    let world = World::generate(config);
    let site = site::open(&site_args(making.clone())).await?;
    demo::load(&site, &world, &making, |step| note(&format!("  {step}"))).await?;
    demo::work(&site, &world, |step| note(&format!("  {step}"))).await?;
    site.db.close().await?;
    fs::rename(&making, &args.data).context("give the demo's data their place")?;
    note(&format!("Done: {}", args.data.display()));
    Ok(())
}
