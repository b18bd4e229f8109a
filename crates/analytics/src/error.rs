//! What can go wrong between evidence and result.

use domain::kernel::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The engine of Parquet files; the text is that of the library beneath.
    #[error("read or write the evidence lake in {folder}: {why}")]
    Lake { folder: String, why: String },
    #[error("use the engine {0}: only `database` and `lake:FOLDER` are known")]
    EngineUnknown(String),
    #[error("use the lake engine: this build has none; build it with `--features lake`")]
    NoLake,
    #[error("understand a figure of the evidence: {0}")]
    Figure(String),
    #[error("start {0} worker threads")]
    Threads(usize),
    #[error("finish the computation: it stopped half way")]
    Stopped,
    #[error("adjust for the number of tests: {0}")]
    Adjust(#[from] stats::fdr::NotAProbability),
}
