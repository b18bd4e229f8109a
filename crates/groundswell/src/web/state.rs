//! What every request shares: the site, how the server was started, which pages exist.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use domain::kernel::accounts::{self, SessionPolicy};
use domain::kernel::ctx::{Actor, Site};
use domain::kernel::db::DbError;
use privacy::Policy;

use super::routes::{Declared, Who};
use super::views::NavItem;
use super::views::account::DemoLogin;
use crate::jobs::running::Jobs;

/// How the server was started.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// People reach the server over TLS, through a proxy in front of it: cookies are for TLS only, and the client's
    /// address is the last one that the proxy put into `X-Forwarded-For`.
    pub behind_tls: bool,
    pub sessions: SessionPolicy,
    /// Where uploads lie until they have been read.
    pub uploads: PathBuf,
    /// The most bytes of one uploaded file.
    pub upload_most: u64,
    /// Empty outside the demo.
    pub demo_logins: Vec<DemoLogin>,
    /// The privacy gate of every page.
    pub policy: Policy,
}

impl WebConfig {
    /// Plain http on this machine, uploads in this folder.
    pub fn local(uploads: PathBuf) -> Self {
        Self {
            behind_tls: false,
            sessions: SessionPolicy::default(),
            uploads,
            upload_most: 4 << 30,
            demo_logins: Vec::new(),
            policy: Policy::default(),
        }
    }
}

/// Shared by all requests.
#[derive(Debug)]
pub struct App {
    pub site: Site,
    pub config: WebConfig,
    /// Long work under way in this process.
    pub jobs: Jobs,
    agency_name: RwLock<String>,
    declared: OnceLock<Vec<Declared>>,
}

pub type AppState = Arc<App>;

impl App {
    pub async fn new(site: Site, config: WebConfig) -> Result<AppState, DbError> {
        let agency_name = accounts::setting(&site.db, accounts::AGENCY_NAME).await?;
        let agency_name = RwLock::new(agency_name);
        // Uploads lie in the data folder.
        let jobs = Jobs::of(config.uploads.parent().map(Path::to_owned).unwrap_or_default());
        Ok(Arc::new(Self { site, config, jobs, agency_name, declared: OnceLock::new() }))
    }

    pub fn agency_name(&self) -> String {
        self.agency_name.read().map(|name| name.clone()).unwrap_or_default()
    }

    pub fn agency_name_set(&self, name: &str) {
        if let Ok(mut kept) = self.agency_name.write() {
            name.clone_into(&mut kept);
        }
    }

    pub fn is_demo(&self) -> bool {
        !self.config.demo_logins.is_empty()
    }

    /// Once, when the routes are built.
    pub(super) fn declare(&self, routes: Vec<Declared>) {
        // A second router over the same state declares the same routes.
        let _ = self.declared.set(routes);
    }

    pub fn declared(&self) -> &[Declared] {
        self.declared.get().map_or(&[], Vec::as_slice)
    }

    /// Whether this actor may open the page at this path.
    pub fn may_open(&self, actor: &Actor, path: &str) -> bool {
        self.declared()
            .iter()
            .any(|route| route.method == "GET" && route.path == path && route.who.allows(actor))
    }

    /// The places in the navigation that there are, for this actor.
    pub fn nav(&self, actor: &Actor) -> Vec<NavItem> {
        if matches!(actor, Actor::Anonymous) {
            return Vec::new();
        }
        NavItem::ALL.into_iter().filter(|item| self.may_open(actor, item.href())).collect()
    }

    /// The name of a cookie. Over TLS the prefix makes the browser refuse one that a neighbouring host has set.
    pub fn cookie_name(&self, name: &'static str) -> String {
        if self.config.behind_tls { format!("__Host-{name}") } else { name.to_owned() }
    }
}

impl Who {
    pub fn allows(self, actor: &Actor) -> bool {
        match self {
            Self::Anyone => true,
            Self::SignedIn => !matches!(actor, Actor::Anonymous),
            Self::Roles(roles) => roles.iter().any(|role| actor.has(*role)),
        }
    }
}
