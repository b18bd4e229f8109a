//! Long work under way in this process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use analytics::Engine;
use analytics::identify::{self, Options};
use domain::evidence::signals;
use domain::kernel::ctx::Ctx;

use super::import::{Report, Tick};
use crate::cli::chain;

#[derive(Debug, Clone, Default)]
pub struct Jobs {
    is_looking: Arc<AtomicBool>,
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
    /// Starts a run of the detectors, unless one is under way. The run's row tells how far it is.
    pub fn look(&self, ctx: Ctx) -> bool {
        if self.is_looking.swap(true, Ordering::AcqRel) {
            return false;
        }
        let is_looking = Arc::clone(&self.is_looking);
        tokio::spawn(async move {
            let engine = Engine::Database(ctx.db().clone());
            let looked = identify::identify(&ctx, &engine, &Options::default(), |_, _, _| {}).await;
            if let Err(error) = looked {
                tracing::error!("could not look for signals: {}", chain(&error));
            }
            is_looking.store(false, Ordering::Release);
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
pub async fn last_finished_run(ctx: &Ctx) -> Result<Option<signals::Run>, domain::kernel::db::DbError> {
    let runs = signals::runs(ctx.db(), 10).await?;
    Ok(runs.into_iter().find(|run| run.state == signals::RunState::Done))
}
