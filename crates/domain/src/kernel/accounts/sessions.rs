//! Web sessions: rows that end by themselves, found by the hash of an id that only the browser has.

use super::store;
use crate::kernel::clock::Instant;
use crate::kernel::ctx::Site;
use crate::kernel::db::DbError;
use crate::kernel::ids::AccountId;

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Without a request, a session ends after this many seconds.
    pub idle_seconds: i64,
    /// However busy, it ends this many seconds after the log-in.
    pub absolute_seconds: i64,
}

impl Default for SessionPolicy {
    /// 30 minutes idle, 12 hours in all.
    fn default() -> Self {
        Self { idle_seconds: 30 * 60, absolute_seconds: 12 * 60 * 60 }
    }
}

impl SessionPolicy {
    /// When a session ends that began at `started_at` and is used now.
    fn ends_at(self, started_at: Instant, now: Instant) -> Instant {
        now.plus_seconds(self.idle_seconds).min(started_at.plus_seconds(self.absolute_seconds))
    }
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// What the pages keep in it, as JSON.
    pub data: String,
    pub ends_at: Instant,
}

/// The id itself is 128 random bits, so an unkeyed hash gives nothing away.
fn hash(id: &str) -> String {
    blake3::hash(id.as_bytes()).to_hex().to_string()
}

pub async fn session_insert(
    site: &Site,
    policy: SessionPolicy,
    id: &str,
    account: &AccountId,
    data: &str,
) -> Result<(), DbError> {
    let now = site.clock.now();
    let tx = site.db.begin().await?;
    store::session_insert(&tx, &hash(id), account, data, now, policy.ends_at(now, now)).await?;
    tx.commit().await
}

/// The session of this id, unless it has ended. Using it moves its end; the row is written once a minute at most, so
/// that a busy page does not write at every request (a session may end up to a minute early, never late).
pub async fn session_load(
    site: &Site,
    policy: SessionPolicy,
    id: &str,
) -> Result<Option<SessionRow>, DbError> {
    let now = site.clock.now();
    let id_hash = hash(id);
    let Some((data, started_at, mut ends_at)) = store::session(&site.db, &id_hash, now).await? else {
        return Ok(None);
    };
    // The policy may have been made stricter since.
    if started_at.plus_seconds(policy.absolute_seconds) <= now {
        return Ok(None);
    }
    let later = policy.ends_at(started_at, now);
    if later.seconds_since(ends_at) >= 60 {
        let tx = site.db.begin().await?;
        store::session_extend(&tx, &id_hash, later).await?;
        tx.commit().await?;
        ends_at = later;
    }
    Ok(Some(SessionRow { data, ends_at }))
}

/// Writes the session's data, if it has not been ended meanwhile.
pub async fn session_save(site: &Site, id: &str, data: &str) -> Result<(), DbError> {
    let tx = site.db.begin().await?;
    store::session_save(&tx, &hash(id), data).await?;
    tx.commit().await
}

pub async fn session_delete(site: &Site, id: &str) -> Result<(), DbError> {
    let tx = site.db.begin().await?;
    store::session_delete(&tx, &hash(id)).await?;
    tx.commit().await
}

/// Removes the rows of sessions that have ended; how many.
pub async fn sessions_prune(site: &Site) -> Result<u64, DbError> {
    let tx = site.db.begin().await?;
    let gone = store::sessions_prune(&tx, site.clock.now()).await?;
    tx.commit().await?;
    Ok(gone)
}
