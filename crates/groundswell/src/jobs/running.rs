//! Long work under way: in this process, and whether another one is at it.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use analytics::Engine;
use analytics::identify::{self, Options};
use domain::evidence::signals;
use domain::kernel::ctx::Ctx;
use domain::kernel::db::DbError;

use super::import::{Report, Tick};
use crate::cli::chain;

/// Held by whoever looks for signals on a data folder, command or server, for as long as it looks.
///
/// A lock of the operating system on a file in the folder: it is let go of whatever happens to the process, so a run that
/// was killed is told from one that another process is at.
#[derive(Debug)]
pub struct Looking {
    _lock: File,
}

impl Looking {
    /// None: another process, or another part of this one, is looking for signals on this data folder right now.
    pub fn begin(folder: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        let file = options.open(folder.join("identify.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Marks runs that still say "running" as interrupted: whoever did them is gone, for the lock is ours. How many.
    ///
    /// On a PostgreSQL database nothing is marked: a run may come from a machine with a data folder of its own, of whose
    /// lock nothing can be known here. The start of the server does it there.
    pub async fn cut_off_mark(&self, ctx: &Ctx) -> Result<u64, DbError> {
        if ctx.db().is_sqlite() { signals::run_starts_interrupt(ctx).await } else { Ok(0) }
    }
}

#[derive(Debug, Clone)]
pub struct Jobs {
    /// The data folder.
    folder: PathBuf,
    imports: Arc<Mutex<BTreeMap<String, ImportState>>>,
}

/// Where an import that a page started stands.
#[derive(Debug, Clone)]
pub enum ImportState {
    Running(Tick),
    Done(Box<Report>),
    /// Why it could not be done: a sentence for the person.
    Failed(String),
}

impl Jobs {
    /// Nothing is under way yet on this data folder.
    pub fn of(folder: PathBuf) -> Self {
        Self { folder, imports: Arc::default() }
    }

    /// Starts a run of the detectors, unless one is under way here or by command. The run's row tells how far it is.
    pub fn look(&self, ctx: Ctx) -> bool {
        let looking = match Looking::begin(&self.folder) {
            Ok(Some(looking)) => looking,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!("could not lock the data folder to look for signals: {error}");
                return false;
            }
        };
        tokio::spawn(async move {
            let engine = Engine::Database(ctx.db().clone());
            if let Err(error) = looking.cut_off_mark(&ctx).await {
                tracing::error!("could not mark runs that were cut off: {}", chain(&error));
            }
            let looked = identify::identify(&ctx, &engine, &Options::default(), |_, _, _| {}).await;
            if let Err(error) = looked {
                tracing::error!("could not look for signals: {}", chain(&error));
            }
            drop(looking);
        });
        true
    }

    pub fn import_set(&self, id: &str, state: ImportState) {
        self.imports.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), state);
    }

    pub fn import(&self, id: &str) -> Option<ImportState> {
        self.imports.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// Whether a finished run is the newest one, for pages that show when it was.
pub async fn last_finished_run(ctx: &Ctx) -> Result<Option<signals::Run>, DbError> {
    let runs = signals::runs(ctx.db(), 10).await?;
    Ok(runs.into_iter().find(|run| run.state == signals::RunState::Done))
}

#[cfg(test)]
mod tests {
    use domain::evidence::signals::{NewRun, RunState};

    use super::*;
    use crate::site::{self, SiteArgs};

    #[test]
    fn one_looks_at_a_time_and_the_next_one_may_once_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Looking::begin(folder.path()).unwrap();
        assert!(first.is_some());
        assert!(Looking::begin(folder.path()).unwrap().is_none());
        drop(first);
        assert!(Looking::begin(folder.path()).unwrap().is_some());
    }
    #[tokio::test]
    async fn a_run_that_was_killed_is_marked_and_one_under_way_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let args = SiteArgs { data: folder.path().to_owned(), database: None, key_file: None };
        let site = site::open(&args).await.unwrap();
        let ctx = site.system("identify");
        let state = async || signals::runs(&site.db, 1).await.unwrap().remove(0).state;
        let new = NewRun { engine: "database".to_owned(), seed: 1, replicates: 99, until: None };
        let alive = Looking::begin(folder.path()).unwrap().unwrap();
        signals::run_begin(&ctx, &new).await.unwrap();
        // Another one comes, gets no lock and so has nothing to mark with.
        assert!(Looking::begin(folder.path()).unwrap().is_none());
        assert_eq!(state().await, RunState::Running);
        // The system lets go of a killed process's lock.
        drop(alive);
        let next = Looking::begin(folder.path()).unwrap().unwrap();
        assert_eq!(next.cut_off_mark(&ctx).await.unwrap(), 1);
        assert_eq!(state().await, RunState::Interrupted);
    }
}
