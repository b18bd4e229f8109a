//! `groundswell serve`: the pages.

use std::fs::{self, File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use domain::kernel::accounts::{self, SessionPolicy};
use domain::kernel::ctx::Site;
use serde_json::json;
use tokio::net::TcpListener;

use super::{CliError, answer, note};
use crate::jobs::running::Looking;
use crate::site::{self, SiteArgs};
use crate::web::server;
use crate::web::state::{App, WebConfig};

/// The setting that holds the address at which people reach the server, for links that a command prints.
pub const BASE_ADDRESS: &str = "base_address";

/// Where the server listens unless told otherwise.
pub const LISTEN: &str = "127.0.0.1:8080";

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Address and port to listen on
    #[arg(long, env = "GROUNDSWELL_LISTEN", value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,
    /// The https:// address that people use, when a proxy with TLS stands in front
    #[arg(long, env = "GROUNDSWELL_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Minutes without a request after which a person must log in again
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=720))]
    idle_minutes: u16,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn public_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    match host {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(format!("https://{host}")),
        _ => Err("write it as https://name, without a path".to_owned()),
    }
}

pub async fn run(args: ServeArgs) -> Result<(), CliError> {
    let site = site::open(&args.site).await?;
    let idle_seconds = i64::from(args.idle_minutes) * 60;
    let web = WebConfig {
        behind_tls: args.public_url.is_some(),
        sessions: SessionPolicy { idle_seconds, ..SessionPolicy::default() },
        ..WebConfig::local(args.site.data.join("uploads"))
    };
    serve_at(site, web, args.listen, args.public_url, args.json).await
}

/// Serves a site on this machine until it is asked to stop.
pub async fn serve(site: Site, web: WebConfig, listen: SocketAddr) -> Result<(), CliError> {
    serve_at(site, web, listen, None, false).await
}

async fn serve_at(
    site: Site,
    web: WebConfig,
    listen: SocketAddr,
    public_url: Option<String>,
    json: bool,
) -> Result<(), CliError> {
    let folder = web.uploads.parent().unwrap_or(Path::new("."));
    let _lock = lock(&folder.join("server.lock"))?;
    uploads_empty(&web.uploads).context("empty the folder of uploads")?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        CliError::Theirs(format!("listen on {listen}: {error}; choose another address or end what is there"))
    })?;
    let address = listener.local_addr().context("learn the address")?;
    let base = public_url.unwrap_or_else(|| format!("http://{address}"));
    let ctx = site.system("serve");
    let mut tx = ctx.begin().await?;
    accounts::setting_write(&mut tx, BASE_ADDRESS, &base).await?;
    tx.commit().await?;
    // What still says "running" was cut off, unless a command is at it right now; nothing of it was kept.
    if Looking::begin(folder).context("lock the data folder")?.is_some() {
        domain::evidence::signals::run_starts_interrupt(&ctx).await?;
    }
    let link = accounts::set_up_link(&ctx).await.map_err(anyhow::Error::from)?;
    let set_up = link.map(|link| format!("{base}/setup?token={}", link.secret));
    say(&base, set_up.as_deref(), &web, json)?;
    if !web.behind_tls && !address.ip().is_loopback() {
        note(
            "Warning: other machines can reach this address, and nothing is encrypted on the way. Put a proxy with \
             TLS in front and name its address with --public-url https://...",
        );
    }
    let db = site.db.clone();
    let app = App::new(site, web).await?;
    server::serve(app, listener, server::asked_to_stop()).await.context("serve")?;
    db.close().await?;
    Ok(())
}

fn say(base: &str, set_up: Option<&str>, web: &WebConfig, json: bool) -> Result<(), CliError> {
    let mut text = format!("Groundswell is at {base}");
    for login in &web.demo_logins {
        text.push_str(&format!(
            "\n  {:<16} {}  ({}, {})",
            login.login, login.passphrase, login.display_name, login.role
        ));
    }
    if let Some(set_up) = set_up {
        text.push_str(&format!(
            "\nNobody has an account yet. Open this link within 24 hours to set Groundswell up; it works once:\n  {set_up}"
        ));
    }
    let logins: Vec<_> = web
        .demo_logins
        .iter()
        .map(|it| json!({"login": it.login, "passphrase": it.passphrase, "name": it.display_name, "role": it.role}))
        .collect();
    answer(json, &json!({"address": base, "setup": set_up, "logins": logins}), &text)
}

/// Held as long as the server runs; the system lets go of it whatever happens to the process.
fn lock(path: &Path) -> Result<File, CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).context("make the data folder")?;
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let file = options.open(path).context("open the lock file of the data folder")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CliError::Theirs(format!(
            "serve: another server runs on this data folder ({}); end it first, or name another folder with --data",
            path.parent().unwrap_or(path).display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(anyhow::Error::from(error).context("lock the data folder").into())
        }
    }
}

/// Uploads that a server left behind when it ended in the middle of them.
fn uploads_empty(folder: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_do_not_run_on_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("server.lock");
        let first = lock(&path).unwrap();
        assert!(matches!(lock(&path), Err(CliError::Theirs(_))));
        drop(first);
        assert!(lock(&path).is_ok());
    }

    #[test]
    fn a_public_address_is_https_and_a_name() {
        assert_eq!(public_url("https://a.example.org/").unwrap(), "https://a.example.org");
        for wrong in ["http://a.example.org", "https://", "https://a/b", "a.example.org"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
