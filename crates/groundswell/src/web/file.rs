//! A client's file, open for one request.
//!
//! A page about a client shows what several parts of the domain know of them. It is one transaction, one grant and one
//! entry in the audit trail: the handler opens the file, asks each part with the grant, and closes it. Commands do not use
//! it: each is one call of the domain with a transaction of its own.

use domain::kernel::access::{self, AccessError, ClientGrant, May, Via};
use domain::kernel::db::Tx;
use domain::kernel::ids::ClientId;
use domain::people;

use super::current::CurrentCtx;
use super::error::WebError;
use super::views::client::{ClientFrame, Tab};

#[derive(Debug)]
pub struct ClientFile {
    pub tx: Tx,
    pub grant: ClientGrant,
}

impl ClientFile {
    /// Opens the file to be read, or "not found".
    pub async fn open(current: &CurrentCtx, id: &str) -> Result<Self, WebError> {
        let mut tx = current.ctx.begin().await?;
        let client = ClientId::from_text(id);
        match access::client(&current.ctx, &mut tx, client.clone(), May::Read).await {
            Ok(grant) => return Ok(Self { tx, grant }),
            Err(AccessError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        // A record that was merged leads to the one it became part of, for whoever may see that.
        let survivor = people::merge::survivor(&tx, &client).await?.ok_or(WebError::NotFound)?;
        access::client(&current.ctx, &mut tx, survivor.clone(), May::Read).await?;
        Err(WebError::Moved(current.path.replacen(id, survivor.as_str(), 1)))
    }

    /// What stands above every page of the file: who this is, and where one can go from here.
    pub async fn frame(&self, current: &CurrentCtx, tab: Tab) -> Result<ClientFrame, WebError> {
        let identity = people::identity(&current.ctx, &self.tx, &self.grant).await?;
        let tabs = Tab::ALL
            .into_iter()
            .filter(|tab| current.app.may_open(&current.ctx.actor, tab.route()))
            .collect();
        Ok(ClientFrame {
            id: self.grant.client().to_string(),
            tab,
            tabs,
            age: identity.age(current.ctx.now.day()),
            name: identity.preferred_name,
            pronouns: identity.pronouns,
            language: identity.language,
            strength: identity.strength,
            wish: identity.wish,
            area: identity.area_name,
            workers: identity.workers,
            is_restricted: identity.is_restricted,
            is_emergency: self.grant.via() == Via::BrokenGlass,
        })
    }

    /// Writes down that the file was read.
    pub async fn close(self) -> Result<(), WebError> {
        Ok(self.tx.commit().await?)
    }
}

impl From<AccessError> for WebError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::NotFound,
            AccessError::Db(error) => error.into(),
        }
    }
}
