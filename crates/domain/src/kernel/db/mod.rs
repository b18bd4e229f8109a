//! One database, two engines: SQLite in the data folder, or PostgreSQL for a team server.
//!
//! Every statement is written once, in the SQL that both engines share (`$1` parameters, text ids, ISO days, integer
//! microseconds), and declared with [`statements!`], so that a test can prepare all of them on both.

mod migrate;
mod value;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, Statement, TransactionOptions, TransactionTrait,
};

pub use migrate::schema_columns;
pub use value::Row;

pub use sea_orm::Value;

/// One SQL statement with the name that a reader searches for.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub name: &'static str,
    pub text: &'static str,
}

impl Sql {
    /// The same insert for `rows` rows at once: the statement is written for one row, `... values ($1, $2) ...`.
    fn for_rows(self, rows: usize, backend: DbBackend) -> String {
        let Some((head, rest)) = self.text.split_once("values (") else { return self.text.to_owned() };
        let Some((row, tail)) = rest.split_once(')') else { return self.text.to_owned() };
        let columns = row.split(',').count();
        format!("{head}values {}{tail}", values_clause(columns, rows, backend))
    }
}

/// Declares statements as constants and lists them in `STATEMENTS` for the test that prepares all of them.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* pub(super) const $name: $crate::kernel::db::Sql =
            $crate::kernel::db::Sql { name: stringify!($name), text: $text };)+
        pub(crate) const STATEMENTS: &[$crate::kernel::db::Sql] = &[$($name),+];
    };
}

/// Every statement of this crate.
pub fn all_statements() -> Vec<Sql> {
    [
        crate::kernel::audit::STATEMENTS,
        crate::kernel::access::STATEMENTS,
        crate::kernel::accounts::STATEMENTS,
        crate::kernel::places::STATEMENTS,
        crate::people::STATEMENTS,
        crate::people::details::STATEMENTS,
        crate::people::ecomap::STATEMENTS,
        crate::people::household::STATEMENTS,
        crate::people::matching::STATEMENTS,
        crate::people::merge::OWNED_STATEMENTS,
        crate::people::merge::STATEMENTS,
        crate::people::professionals::STATEMENTS,
        crate::people::search::STATEMENTS,
        crate::casework::STATEMENTS,
        crate::casework::assessments::STATEMENTS,
        crate::casework::plans::STATEMENTS,
        crate::casework::reviews::STATEMENTS,
        crate::casework::tasks::STATEMENTS,
        crate::casework::cases::STATEMENTS,
        crate::casework::caseload::STATEMENTS,
        crate::casework::caseload::FEED_STATEMENTS,
        crate::casework::barriers::STATEMENTS,
        crate::casework::crises::STATEMENTS,
        crate::casework::contacts::STATEMENTS,
        crate::casework::drafts::STATEMENTS,
        crate::casework::quick_log::STATEMENTS,
        crate::casework::timeline::STATEMENTS,
        crate::casework::referrals::STATEMENTS,
        crate::evidence::STATEMENTS,
        crate::evidence::imports::STATEMENTS,
        crate::evidence::signals::STATEMENTS,
        crate::issues::STATEMENTS,
        crate::evaluation::STATEMENTS,
    ]
    .concat()
}

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("open the database: {0}")]
    Open(#[source] sea_orm::DbErr),
    #[error("bring the database to this version: {0}")]
    Migrate(#[source] sea_orm::DbErr),
    #[error("run statement {name}")]
    Run {
        name: &'static str,
        #[source]
        source: sea_orm::DbErr,
    },
    #[error("begin or commit")]
    Transaction(#[source] sea_orm::DbErr),
    #[error("read column {column} of a row")]
    Column {
        column: usize,
        #[source]
        source: sea_orm::DbErr,
    },
    #[error("understand a stored value: {0}")]
    Stored(String),
}

impl DbError {
    /// Whether a unique constraint refused the row (so the caller can name the field).
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Run { source, .. } => {
                matches!(source.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
            }
            _ => false,
        }
    }
}

/// Where the database lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file; its folder must exist.
    File(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

#[derive(Debug, Clone)]
pub struct Db {
    connection: DatabaseConnection,
    backend: DbBackend,
}

impl Db {
    /// Opens the database and brings it to this version's schema.
    pub async fn open(place: &Place) -> Result<Self, DbError> {
        // Migrations run on a pool of one connection: SQLite would otherwise see its own schema lock.
        let single = Database::connect(options(place, 1)).await.map_err(DbError::Open)?;
        migrate::up(&single).await.map_err(DbError::Migrate)?;
        single.close().await.map_err(DbError::Open)?;
        let connection = Database::connect(options(place, 8)).await.map_err(DbError::Open)?;
        let backend = connection.get_database_backend();
        Ok(Self { connection, backend })
    }

    pub const fn backend(&self) -> DbBackend {
        self.backend
    }

    pub const fn is_sqlite(&self) -> bool {
        matches!(self.backend, DbBackend::Sqlite)
    }

    /// Opens a writing transaction. On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that a
    /// transaction never fails half way because another one wrote first.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: self.is_sqlite().then_some(sea_orm::SqliteTransactionMode::Immediate),
        };
        let inner = self.connection.begin_with_options(options).await.map_err(DbError::Transaction)?;
        Ok(Tx { inner, backend: self.backend })
    }

    /// Opens a transaction that reads one consistent state.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        let options = if self.is_sqlite() {
            TransactionOptions {
                isolation_level: None,
                access_mode: None,
                sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Deferred),
            }
        } else {
            TransactionOptions {
                isolation_level: Some(sea_orm::IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            }
        };
        let inner = self.connection.begin_with_options(options).await.map_err(DbError::Transaction)?;
        Ok(Tx { inner, backend: self.backend })
    }

    pub async fn rows(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        rows(&self.connection, self.backend, sql.name, sql.text, values).await
    }

    pub async fn row(&self, sql: Sql, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        row(&self.connection, self.backend, sql, values).await
    }

    /// Asks the engine to prepare a statement, without running it.
    pub async fn prepare(&self, sql: &str) -> Result<(), DbError> {
        migrate::prepare(&self.connection, sql)
            .await
            .map_err(|source| DbError::Run { name: "prepare", source })
    }

    pub async fn close(self) -> Result<(), DbError> {
        self.connection.close().await.map_err(DbError::Open)
    }
}

/// An open transaction; dropped without [`Tx::commit`] it rolls back.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    backend: DbBackend,
}

impl Tx {
    pub async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await.map_err(DbError::Transaction)
    }

    pub async fn rows(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        rows(&self.inner, self.backend, sql.name, sql.text, values).await
    }

    pub async fn row(&self, sql: Sql, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        row(&self.inner, self.backend, sql, values).await
    }

    /// Runs a statement and says how many rows it touched.
    pub async fn execute(&self, sql: Sql, values: Vec<Value>) -> Result<u64, DbError> {
        self.execute_text(sql.name, sql.text, values).await
    }

    /// Runs an insert that is written for one row with `values.len() / columns` rows, in pieces that both engines take.
    pub async fn insert_many(&self, sql: Sql, columns: usize, values: Vec<Value>) -> Result<u64, DbError> {
        const ROWS: usize = 200;
        let full_text = sql.for_rows(ROWS, self.backend);
        let mut touched = 0;
        let mut values = values.into_iter();
        loop {
            let piece: Vec<Value> = values.by_ref().take(ROWS * columns).collect();
            let rows = piece.len() / columns.max(1);
            touched += match rows {
                0 => break,
                ROWS => self.execute_text(sql.name, &full_text, piece).await?,
                fewer => self.execute_text(sql.name, &sql.for_rows(fewer, self.backend), piece).await?,
            };
        }
        Ok(touched)
    }

    /// The same for a statement whose number of value rows varies.
    pub async fn execute_text(
        &self,
        name: &'static str,
        text: &str,
        values: Vec<Value>,
    ) -> Result<u64, DbError> {
        let statement = Statement::from_sql_and_values(self.backend, text, values);
        match self.inner.execute_raw(statement).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(source) => Err(DbError::Run { name, source }),
        }
    }
}

/// Either of the two things a reading statement can run on.
pub trait Reads {
    fn read(
        &self,
        sql: Sql,
        values: Vec<Value>,
    ) -> impl std::future::Future<Output = Result<Vec<Row>, DbError>> + Send;
}

impl Reads for Db {
    async fn read(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        self.rows(sql, values).await
    }
}

impl Reads for Tx {
    async fn read(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        self.rows(sql, values).await
    }
}

/// `($1,$2),($3,$4)`: the value rows of a multi-row insert. On SQLite the parameters are plain `?`: it looks a named one
/// (`$1`) up by walking the list of all names, which with thousands of them costs more than the insert.
fn values_clause(columns: usize, rows: usize, backend: DbBackend) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(rows * columns * 6);
    let mut parameter = 0_usize;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            parameter += 1;
            if column > 0 {
                text.push(',');
            }
            if backend == DbBackend::Sqlite {
                text.push('?');
            } else {
                // Writing into a String cannot fail.
                let _ = write!(text, "${parameter}");
            }
        }
        text.push(')');
    }
    text
}

async fn rows(
    on: &impl ConnectionTrait,
    backend: DbBackend,
    name: &'static str,
    text: &str,
    values: Vec<Value>,
) -> Result<Vec<Row>, DbError> {
    let statement = Statement::from_sql_and_values(backend, text, values);
    let found = on.query_all_raw(statement).await.map_err(|source| DbError::Run { name, source })?;
    Ok(found.into_iter().map(Row::new).collect())
}

async fn row(
    on: &impl ConnectionTrait,
    backend: DbBackend,
    sql: Sql,
    values: Vec<Value>,
) -> Result<Option<Row>, DbError> {
    let statement = Statement::from_sql_and_values(backend, sql.text, values);
    let found =
        on.query_one_raw(statement).await.map_err(|source| DbError::Run { name: sql.name, source })?;
    Ok(found.map(Row::new))
}

fn options(place: &Place, connections: u32) -> ConnectOptions {
    let address = match place {
        Place::File(path) => format!("sqlite://{}?mode=rwc", path.display()),
        Place::Postgres(address) => address.clone(),
    };
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false);
    if matches!(place, Place::File(_)) {
        options.map_sqlx_sqlite_opts(|sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(30))
                .pragma("cache_size", "-65536")
                .pragma("temp_store", "memory")
        });
    }
    options
}

/// The SQLite file inside a data folder.
pub fn file_in(folder: &Path) -> Place {
    Place::File(folder.join("groundswell.db"))
}
