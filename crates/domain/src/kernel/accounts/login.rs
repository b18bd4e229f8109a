//! Logging in and out, with a limit on guessing.
//!
//! An attempt is counted before the password is looked at and taken back when it was right, so that many guesses at
//! once count like many guesses one after the other. Only keyed hashes of logins and addresses are kept.

use super::password::{self, Typed};
use super::{Account, LoginError, Standing, store};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::{Ctx, Keys};
use crate::kernel::db::{DbError, Tx};

/// Failures in the window after which a login is refused unseen.
pub const LOGIN_FAILURES: u64 = 5;
/// Failures in the window after which an address is refused unseen.
pub const ADDRESS_FAILURES: u64 = 20;
/// How long a failure counts.
pub const WINDOW_MINUTES: i64 = 15;

/// Logs in, or says no. `address` is where the request came from; it goes into the audit trail.
pub async fn log_in(ctx: &Ctx, login: &str, typed: Typed, address: &str) -> Result<Account, LoginError> {
    let subjects = [
        Subject::new(ctx.keys(), "login", &login.trim().to_ascii_lowercase(), LOGIN_FAILURES),
        Subject::new(ctx.keys(), "address", address, ADDRESS_FAILURES),
    ];
    let seqs = reserve(ctx, &subjects).await?;
    let stored = store::login_stored(ctx.db(), login).await?;
    let (hash, account) = match &stored {
        Some(stored) if stored.account.standing == Standing::Active => {
            (stored.password_hash.as_str(), Some(&stored.account))
        }
        _ => ("", None),
    };
    let fits = password::fits(typed, hash).await?;
    let mut tx = ctx.begin().await?;
    let Some(account) = account.filter(|_| fits) else {
        failed(ctx, &mut tx, stored.map(|stored| stored.account), &subjects, address).await?;
        tx.commit().await?;
        return Err(LoginError::Refused);
    };
    take_back(&tx, &seqs).await?;
    let [by_login, _] = &subjects;
    store::attempts_clear(&tx, &by_login.hash).await?;
    store::logged_in_write(&tx, &account.id, ctx.now).await?;
    let mut as_person = ctx.clone();
    as_person.actor = account.actor();
    let detail = format!("from {address}");
    let act =
        Act { action: "login.ok", subject_kind: "account", subject_id: account.id.as_str(), detail: &detail };
    audit::append(&as_person, &mut tx, act).await?;
    tx.commit().await?;
    Ok(account.clone())
}

/// Notes that a person logged out. Ending the session is the caller's.
pub async fn log_out(ctx: &Ctx) -> Result<(), DbError> {
    let label = ctx.actor.label();
    let mut tx = ctx.begin().await?;
    let act = Act { action: "logout", subject_kind: "account", subject_id: &label, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await
}

/// What is counted: a login or an address, under the agency's key.
pub(super) struct Subject {
    hash: String,
    most: u64,
}

impl Subject {
    pub(super) fn new(keys: &Keys, kind: &'static str, text: &str, most: u64) -> Self {
        Self { hash: keys.seal("login-attempt", &[kind, text]), most }
    }
}

/// Counts an attempt for every subject, or refuses it when one of them has had too many. Gives the numbers of the
/// attempts, to take them back with.
pub(super) async fn reserve(ctx: &Ctx, subjects: &[Subject]) -> Result<Vec<i64>, LoginError> {
    let after = window_start(ctx.now);
    let tx = ctx.begin().await?;
    store::lock(&tx).await?;
    store::attempts_prune(&tx, after).await?;
    let mut wait_minutes = None;
    for subject in subjects {
        let (n, oldest) = store::attempts(&tx, &subject.hash, after).await?;
        if n >= subject.most {
            wait_minutes = wait_minutes.max(Some(minutes_left(oldest.unwrap_or(ctx.now), ctx.now)));
        }
    }
    if let Some(minutes) = wait_minutes {
        return Err(LoginError::TooMany { minutes });
    }
    let mut seqs = Vec::with_capacity(subjects.len());
    for subject in subjects {
        seqs.push(store::attempt_insert(&tx, &subject.hash, ctx.now).await?);
    }
    tx.commit().await?;
    Ok(seqs)
}

pub(super) async fn take_back(tx: &Tx, seqs: &[i64]) -> Result<(), DbError> {
    for seq in seqs {
        store::attempt_delete(tx, *seq).await?;
    }
    Ok(())
}

/// Writes down a failure, and once per window that the limit is reached: refused attempts after that leave no entry,
/// or anyone could fill the trail.
async fn failed(
    ctx: &Ctx,
    tx: &mut Tx,
    account: Option<Account>,
    subjects: &[Subject],
    address: &str,
) -> Result<(), DbError> {
    // The typed login is not written down: people type passwords into that field.
    let id = account.as_ref().map_or("", |account| account.id.as_str());
    let what = match account.as_ref().map(|account| account.standing) {
        None => "unknown login",
        Some(Standing::Deactivated) => "deactivated account",
        Some(Standing::Invited) => "no password chosen yet",
        Some(Standing::Active) => "wrong password",
    };
    let detail = format!("{what}, from {address}");
    let act = Act { action: "login.failed", subject_kind: "account", subject_id: id, detail: &detail };
    audit::append(ctx, tx, act).await?;
    for subject in subjects {
        let (n, _) = store::attempts(tx, &subject.hash, window_start(ctx.now)).await?;
        if n == subject.most {
            let detail = format!("{n} failures in {WINDOW_MINUTES} minutes, from {address}");
            let act =
                Act { action: "login.limited", subject_kind: "account", subject_id: id, detail: &detail };
            audit::append(ctx, tx, act).await?;
        }
    }
    Ok(())
}

const fn window_start(now: Instant) -> Instant {
    now.plus_seconds(-WINDOW_MINUTES * 60)
}

/// Whole minutes until the oldest attempt has left the window, at least one.
fn minutes_left(oldest: Instant, now: Instant) -> u32 {
    let seconds = oldest.plus_seconds(WINDOW_MINUTES * 60).seconds_since(now);
    u32::try_from(seconds.div_euclid(60) + i64::from(seconds.rem_euclid(60) > 0)).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_in_whole_minutes() {
        let now = Instant::from_micros(0);
        let ago = |seconds: i64| now.plus_seconds(-seconds);
        assert_eq!(minutes_left(ago(0), now), 15);
        assert_eq!(minutes_left(ago(61), now), 14);
        assert_eq!(minutes_left(ago(899), now), 1);
        assert_eq!(minutes_left(ago(5_000), now), 1);
    }
}
