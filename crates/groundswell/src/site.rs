//! Opening a site: the database, the secret key beside it, the real clock.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::kernel::accounts;
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
    #[error(
        "read the secret key {}: it is not there but the database is; restore the file from a backup, pseudonyms and the audit trail depend on it",
        path.display()
    )]
    KeyMissing { path: PathBuf },
    #[error(
        "use the secret key {}: the database was made with another one; restore the right file from a backup",
        path.display()
    )]
    OtherKey { path: PathBuf },
    #[error("open the database: a postgres:// address was expected")]
    Address,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Opens the site, making the folder, the key and the database where they are new.
pub async fn open(args: &SiteArgs) -> Result<Site, SiteError> {
    let folder_failed = |source| SiteError::Folder { path: args.data.clone(), source };
    folder_make(&args.data).map_err(folder_failed)?;
    let key_file = args.key_file.clone().unwrap_or_else(|| args.data.join("key"));
    let place = match &args.database {
        None => db::file_in(&args.data),
        Some(address) if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
            Place::Postgres(address.clone())
        }
        Some(_) => return Err(SiteError::Address),
    };
    if let Place::File(path) = &place {
        let is_new = database_make(path).map_err(folder_failed)?;
        if !is_new && !key_file.exists() {
            return Err(SiteError::KeyMissing { path: key_file });
        }
    }
    let keys = keys(&key_file)?;
    let db = Db::open(&place).await?;
    let site = Site { db, clock: Clock::Real, ids: Arc::new(Ids::Random), keys: Arc::new(keys) };
    if !is_key_of(&site).await? {
        return Err(SiteError::OtherKey { path: key_file });
    }
    Ok(site)
}

/// Only the owner may look into a folder that is made here: what is in it is about clients.
fn folder_make(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty database file that only the owner may read (SQLite gives its side files the same mode); whether
/// it was not there before, or had nothing in it.
fn database_make(path: &Path) -> std::io::Result<bool> {
    let mut options = fs::File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.metadata()?.len() == 0)
}

/// Whether the database belongs to this key. The first key to open it is the one.
async fn is_key_of(site: &Site) -> Result<bool, DbError> {
    const KEY_CHECK: &str = "key_check";
    let expected = site.keys.seal("key-check", &[]);
    let stored = accounts::setting(&site.db, KEY_CHECK).await?;
    if stored.is_empty() {
        let mut tx = site.db.begin().await?;
        accounts::setting_write(&mut tx, KEY_CHECK, &expected).await?;
        tx.commit().await?;
        return Ok(true);
    }
    Ok(stored == expected)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path) -> SiteArgs {
        SiteArgs { data: folder.join("data"), database: None, key_file: None }
    }

    #[tokio::test]
    async fn a_site_opens_again_with_its_own_key_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        let first = open(&args).await.unwrap();
        let again = open(&args).await.unwrap();
        assert_eq!(first.keys.seal("", &[]), again.keys.seal("", &[]));
        let key = args.data.join("key");
        fs::write(&key, [9; Keys::LEN]).unwrap();
        assert!(matches!(open(&args).await, Err(SiteError::OtherKey { .. })));
        fs::write(&key, [9; 5]).unwrap();
        assert!(matches!(open(&args).await, Err(SiteError::KeyLength { .. })));
        fs::remove_file(&key).unwrap();
        assert!(matches!(open(&args).await, Err(SiteError::KeyMissing { .. })));
        assert!(!key.exists());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_data() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        open(&args).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        for path in [args.data.clone(), args.data.join("key"), args.data.join("groundswell.db")] {
            assert_eq!(mode(&path), 0, "{}", path.display());
        }
    }
}
