//! Sessions of people who have logged in, kept by tower-sessions in our own table. Visitors have none.
//!
//! tower-sessions asks the real clock for its expiry; ours does not count on that: the store ends a session by the
//! site's clock, whatever the record says.

use std::pin::Pin;
use std::sync::Arc;

use domain::kernel::accounts;
use domain::kernel::ids::AccountId;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, Error};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore, cookie::SameSite};

use super::state::{App, AppState};

/// Whose session it is.
pub const ACCOUNT: &str = "account";
/// The notice for the next page.
pub const FLASH: &str = "flash";

#[derive(Debug, Clone)]
pub struct Store(AppState);

type Answer<'a, T> = Pin<Box<dyn Future<Output = session_store::Result<T>> + Send + 'a>>;

fn failed(error: &domain::kernel::db::DbError) -> Error {
    Error::Backend(crate::cli::chain(error))
}

/// The trait's async methods, written as what they stand for.
impl SessionStore for Store {
    fn create<'a, 'r, 'f>(&'a self, record: &'r mut Record) -> Answer<'f, ()>
    where
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let account = record.data.get(ACCOUNT).and_then(serde_json::Value::as_str);
            let account = account.ok_or_else(|| Error::Encode("a session of nobody".to_owned()))?;
            let account = AccountId::from_text(account);
            let data = data_text(record)?;
            let App { site, config, .. } = &*self.0;
            accounts::session_insert(site, config.sessions, &record.id.to_string(), &account, &data)
                .await
                .map_err(|error| failed(&error))
        })
    }

    fn save<'a, 'r, 'f>(&'a self, record: &'r Record) -> Answer<'f, ()>
    where
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let data = data_text(record)?;
            accounts::session_save(&self.0.site, &record.id.to_string(), &data)
                .await
                .map_err(|error| failed(&error))
        })
    }

    fn load<'a, 'r, 'f>(&'a self, id: &'r Id) -> Answer<'f, Option<Record>>
    where
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let App { site, config, .. } = &*self.0;
            let row = accounts::session_load(site, config.sessions, &id.to_string())
                .await
                .map_err(|error| failed(&error))?;
            let Some(row) = row else { return Ok(None) };
            let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
            let nanos = i128::from(row.ends_at.micros()) * 1_000;
            let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(nanos)
                .map_err(|error| Error::Decode(error.to_string()))?;
            Ok(Some(Record { id: *id, data, expiry_date }))
        })
    }

    fn delete<'a, 'r, 'f>(&'a self, id: &'r Id) -> Answer<'f, ()>
    where
        'a: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            accounts::session_delete(&self.0.site, &id.to_string()).await.map_err(|error| failed(&error))
        })
    }
}

fn data_text(record: &Record) -> session_store::Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

/// The layer that finds the session by its cookie. The cookie goes when the browser closes; the row goes by itself.
pub fn layer(app: &AppState) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(Arc::clone(app)))
        .with_name(app.cookie_name("groundswell"))
        .with_secure(app.config.behind_tls)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}
