//! Where the data lies, and one consistent look at it.

use domain::evidence;
use domain::kernel::db::{Db, Sql, Tx, Value};

use super::rows::Cells;
use crate::AnalyticsError;

/// Where the evidence is reduced to cubes.
#[derive(Debug, Clone)]
pub enum Engine {
    /// The agency's own SQLite or PostgreSQL.
    Database(Db),
    /// DataFusion over exported Parquet files.
    #[cfg(feature = "lake")]
    Lake(std::path::PathBuf),
}

impl Engine {
    /// `database`, or `lake:FOLDER` where this build has the lake.
    pub fn parse(text: &str, db: &Db) -> Result<Self, AnalyticsError> {
        if text == "database" {
            return Ok(Self::Database(db.clone()));
        }
        match text.strip_prefix("lake:") {
            #[cfg(feature = "lake")]
            Some(folder) if !folder.is_empty() => Ok(Self::Lake(folder.into())),
            #[cfg(not(feature = "lake"))]
            Some(_) => Err(AnalyticsError::NoLake),
            _ => Err(AnalyticsError::EngineUnknown(text.to_owned())),
        }
    }

    /// As a run records it.
    pub fn name(&self) -> String {
        match self {
            Self::Database(_) => "database".to_owned(),
            #[cfg(feature = "lake")]
            Self::Lake(folder) => format!("lake:{}", folder.display()),
        }
    }

    /// Whether the evidence table of the database is what will be read (a lake is as old as its export).
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    /// Opens the evidence for reading: all cubes that one reader gives come from one state of it.
    pub async fn reader(&self) -> Result<Reader, AnalyticsError> {
        match self {
            Self::Database(db) => Ok(Reader(Inner::Database(db.snapshot().await?))),
            #[cfg(feature = "lake")]
            Self::Lake(folder) => Ok(Reader(Inner::Lake(super::lake::Lake::open(folder).await?))),
        }
    }
}

/// An open, unchanging look at the evidence; the functions that give cubes are in [`super`].
pub struct Reader(Inner);

enum Inner {
    Database(Tx),
    #[cfg(feature = "lake")]
    Lake(super::lake::Lake),
}

impl Reader {
    /// What the evidence was made from, as one hash.
    pub async fn fingerprint(&self) -> Result<String, AnalyticsError> {
        match &self.0 {
            Inner::Database(tx) => Ok(evidence::fingerprint(tx).await?),
            #[cfg(feature = "lake")]
            Inner::Lake(lake) => Ok(lake.fingerprint().to_owned()),
        }
    }

    pub(super) async fn read<T>(
        &self,
        sql: Sql,
        parameters: Vec<String>,
        of: impl Fn(&dyn Cells) -> Result<T, AnalyticsError>,
    ) -> Result<Vec<T>, AnalyticsError> {
        match &self.0 {
            Inner::Database(tx) => {
                let values: Vec<Value> = parameters.into_iter().map(Value::from).collect();
                tx.rows(sql, values).await?.iter().map(|row| of(row)).collect()
            }
            #[cfg(feature = "lake")]
            Inner::Lake(lake) => lake.read(sql, parameters, of).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site;

    #[tokio::test]
    async fn an_engine_is_named_as_it_is_written() {
        let (_folder, site) = test_site::sqlite().await;
        assert_eq!(Engine::parse("database", &site.db).unwrap().name(), "database");
        assert!(matches!(Engine::parse("spark:x", &site.db), Err(AnalyticsError::EngineUnknown(_))));
        #[cfg(feature = "lake")]
        assert_eq!(Engine::parse("lake:/tmp/x", &site.db).unwrap().name(), "lake:/tmp/x");
        #[cfg(not(feature = "lake"))]
        assert!(matches!(Engine::parse("lake:/tmp/x", &site.db), Err(AnalyticsError::NoLake)));
    }

    #[tokio::test]
    async fn every_cube_query_prepares_on_sqlite() {
        let (_folder, site) = test_site::sqlite().await;
        for sql in super::super::STATEMENTS {
            site.db.prepare(sql.text).await.unwrap_or_else(|error| panic!("{}: {error:?}", sql.name));
        }
    }
}
