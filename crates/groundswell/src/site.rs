//! Opening a site: the database, the secret key beside it, the real clock.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::kernel::clock::Clock;
use domain::kernel::ctx::{Keys, Site};
use domain::kernel::db::{self, Db, DbError, Place};
use domain::kernel::ids::Ids;

/// Which site a command works on.
#[derive(Debug, Clone, clap::Args)]
pub struct SiteArgs {
    /// Folder of the data: the database file, the secret key, uploads
    #[arg(long, env = "GROUNDSWELL_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// A PostgreSQL database instead of the file in the data folder (postgres://...)
    #[arg(long, env = "GROUNDSWELL_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// File with the secret key; the data folder's own unless given
    #[arg(long, env = "GROUNDSWELL_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("make the data folder {}", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("read or make the secret key {}", path.display())]
    Key {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("read the secret key {}: {} bytes were expected; restore the file from a backup, pseudonyms and the audit trail depend on it", path.display(), Keys::LEN)]
    KeyLength { path: PathBuf },
    #[error("open the database: a postgres:// address was expected")]
    Address,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Opens the site, making the folder, the key and the database where they are new.
pub async fn open(args: &SiteArgs) -> Result<Site, SiteError> {
    fs::create_dir_all(&args.data)
        .map_err(|source| SiteError::Folder { path: args.data.clone(), source })?;
    let key_file = args.key_file.clone().unwrap_or_else(|| args.data.join("key"));
    let keys = keys(&key_file)?;
    let place = match &args.database {
        None => db::file_in(&args.data),
        Some(address) if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
            Place::Postgres(address.clone())
        }
        Some(_) => return Err(SiteError::Address),
    };
    let db = Db::open(&place).await?;
    Ok(Site { db, clock: Clock::Real, ids: Arc::new(Ids::Random), keys: Arc::new(keys) })
}

/// The key in the file; a new one where there is no file. Only the owner may read it.
fn keys(path: &Path) -> Result<Keys, SiteError> {
    let failed = |source| SiteError::Key { path: path.to_owned(), source };
    match fs::read(path) {
        Ok(bytes) => match <[u8; Keys::LEN]>::try_from(bytes) {
            Ok(bytes) => Ok(Keys::from_bytes(bytes)),
            Err(_) => Err(SiteError::KeyLength { path: path.to_owned() }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0_u8; Keys::LEN];
            getrandom::fill(&mut bytes).map_err(|error| failed(std::io::Error::other(error.to_string())))?;
            // Written whole under another name first: a crash must not leave half a key.
            let fresh = path.with_extension("new");
            let mut options = fs::File::options();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&fresh).map_err(failed)?;
            file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
            // A hard link fails when another process made the key meanwhile; then that one is the key.
            let linked = fs::hard_link(&fresh, path);
            fs::remove_file(&fresh).map_err(failed)?;
            match linked {
                Ok(()) => Ok(Keys::from_bytes(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => keys(path),
                Err(error) => Err(failed(error)),
            }
        }
        Err(error) => Err(failed(error)),
    }
}
