//! Who may open which client's file.
//!
//! A [`ClientGrant`] opens the functions of a client, a [`CaseGrant`] those of a case; a bare id opens nothing. Only
//! [`client`] and [`case`] make one: they check the caller's role and relation to the client and write the audit entry
//! in the same transaction. What the caller may not see is "not found", exactly as what does not exist.
//!
//! The rule ([`decide`]): a restricted client exists only for the people named on the restriction, whatever their roles.
//! Else a caseworker opens the files of clients they work with, or of anyone for a few hours after giving a reason (the
//! broken glass, which a supervisor reviews); a supervisor opens every file; a privacy officer reads. Nobody else opens a
//! file: the cause side works on suppressed aggregates only.
//!
//! Lists and searches ask the same of many clients at once, in SQL: [`is_seen_by!`](crate::is_seen_by).

mod emergency;
mod restriction;
mod store;

pub use emergency::{
    EMERGENCY_HOURS, EmergencyError, Opened, REASON_LEAST, Verdict, emergencies, open_in_emergency, review,
};
pub use restriction::{RestrictError, Restriction, restrict, restriction, unrestrict};
pub(crate) use store::STATEMENTS;

use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::{Actor, Ctx, Role};
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{CaseId, ClientId};

/// The condition under which a client's row exists for an account, for the `where` of a list: not merged away, and not
/// restricted unless the account is named. `$c` is the SQL name of the client's id, `$account` that of the parameter
/// that holds the caller's account id, as literals.
#[macro_export]
macro_rules! is_seen_by {
    ($c:literal, $account:literal) => {
        concat!(
            "(not exists (select 1 from client_restriction cr where cr.client_id = ",
            $c,
            ") or exists (select 1 from client_restriction_member cm where cm.client_id = ",
            $c,
            " and cm.account_id = ",
            $account,
            "))"
        )
    };
}

/// What the caller wants with a client or a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    Read,
    Record,
}

/// Why the caller may: pages say it where it is out of the ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Works with the client, or is named on the restriction.
    Work,
    Supervision,
    /// In an emergency, for a few hours.
    BrokenGlass,
    Privacy,
    /// A command or a job.
    System,
}

/// Proof that this caller may do this with this client, now, and that it has been written down.
#[derive(Debug)]
pub struct ClientGrant {
    client: ClientId,
    may: May,
    via: Via,
}

impl ClientGrant {
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    pub const fn may(&self) -> May {
        self.may
    }

    pub const fn via(&self) -> Via {
        self.via
    }
}

/// The same for a case.
#[derive(Debug)]
pub struct CaseGrant {
    case: CaseId,
    client: ClientGrant,
}

impl CaseGrant {
    pub const fn case(&self) -> &CaseId {
        &self.case
    }

    /// The grant of the case's client.
    pub const fn of_client(&self) -> &ClientGrant {
        &self.client
    }

    pub const fn may(&self) -> May {
        self.client.may
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no such client or case, or not for this caller: the two look the same.
    #[error("find the client or case")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How a caller stands to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relation {
    /// Leads or has a part in a case of the client that is open, or was closed less than [`AFTER_CLOSING`] days ago.
    pub works_with: bool,
    pub is_restricted: bool,
    /// Is named on the restriction.
    pub is_named: bool,
    /// Opened the file in an emergency that is not over.
    pub broke_glass: bool,
}

/// Days after a case was closed in which its worker still opens it, to finish the record.
pub const AFTER_CLOSING: i64 = 90;

/// Opens a client's file for the caller, or says "not found". Each opening is written down.
pub async fn client(ctx: &Ctx, tx: &mut Tx, client: ClientId, may: May) -> Result<ClientGrant, AccessError> {
    let relation = store::relation(ctx, tx, &client).await?.ok_or(AccessError::NotFound)?;
    let via = decide(&ctx.actor, relation, may).ok_or(AccessError::NotFound)?;
    let action = match may {
        May::Read => "client.read",
        May::Record => "client.record",
    };
    written(ctx, tx, action, "client", client.as_str(), via).await?;
    Ok(ClientGrant { client, may, via })
}

/// The grant of a client whom the caller adds in this very transaction, to open the first case with: nobody works with a
/// new client yet. A client who was there before, has a case or is restricted is "not found".
pub async fn new_client(ctx: &Ctx, tx: &mut Tx, client: ClientId) -> Result<ClientGrant, AccessError> {
    let may_add = ctx.actor.has(Role::Caseworker) || ctx.actor.has(Role::Supervisor);
    if !may_add || !store::is_new(ctx, tx, &client).await? {
        return Err(AccessError::NotFound);
    }
    written(ctx, tx, "client.record", "client", client.as_str(), Via::Work).await?;
    Ok(ClientGrant { client, may: May::Record, via: Via::Work })
}

/// Opens a case for the caller, or says "not found". Each opening is written down.
pub async fn case(ctx: &Ctx, tx: &mut Tx, case: CaseId, may: May) -> Result<CaseGrant, AccessError> {
    let client = store::client_of(tx, &case).await?.ok_or(AccessError::NotFound)?;
    let relation = store::relation(ctx, tx, &client).await?.ok_or(AccessError::NotFound)?;
    let via = decide(&ctx.actor, relation, may).ok_or(AccessError::NotFound)?;
    let action = match may {
        May::Read => "case.read",
        May::Record => "case.record",
    };
    written(ctx, tx, action, "client_case", case.as_str(), via).await?;
    Ok(CaseGrant { case, client: ClientGrant { client, may, via } })
}

async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: &str,
    via: Via,
) -> Result<(), DbError> {
    let detail = if via == Via::BrokenGlass { "via=emergency" } else { "" };
    audit::append(ctx, tx, Act { action, subject_kind, subject_id, detail }).await
}

/// Whether the caller may, and why. See the module's words.
pub fn decide(actor: &Actor, relation: Relation, may: May) -> Option<Via> {
    match actor {
        Actor::System { .. } => Some(Via::System),
        Actor::Anonymous => None,
        Actor::Person { .. } if relation.is_restricted => {
            let works_here = actor.has(Role::Caseworker) || actor.has(Role::Supervisor);
            (relation.is_named && works_here).then_some(Via::Work)
        }
        Actor::Person { .. } => {
            let is_caseworker = actor.has(Role::Caseworker);
            if is_caseworker && relation.works_with {
                Some(Via::Work)
            } else if actor.has(Role::Supervisor) {
                Some(Via::Supervision)
            } else if is_caseworker && relation.broke_glass {
                Some(Via::BrokenGlass)
            } else if may == May::Read && actor.has(Role::PrivacyOfficer) {
                Some(Via::Privacy)
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ctx::Roles;
    use crate::kernel::ids::AccountId;

    fn person(roles: &[Role]) -> Actor {
        Actor::Person {
            account: AccountId::from_text("sam"),
            roles: roles.iter().copied().collect::<Roles>(),
        }
    }

    #[test]
    fn who_opens_what() {
        let stranger = Relation::default();
        let own = Relation { works_with: true, ..stranger };
        let emergency = Relation { broke_glass: true, ..stranger };
        let hidden = Relation { is_restricted: true, works_with: true, broke_glass: true, ..stranger };
        let named = Relation { is_restricted: true, is_named: true, ..stranger };
        let (read, record) = (May::Read, May::Record);
        let table = [
            (Role::Caseworker, own, record, Some(Via::Work)),
            (Role::Caseworker, stranger, read, None),
            (Role::Caseworker, emergency, record, Some(Via::BrokenGlass)),
            (Role::Caseworker, hidden, read, None),
            (Role::Caseworker, named, record, Some(Via::Work)),
            (Role::Supervisor, stranger, record, Some(Via::Supervision)),
            (Role::Supervisor, hidden, read, None),
            (Role::PrivacyOfficer, stranger, read, Some(Via::Privacy)),
            (Role::PrivacyOfficer, stranger, record, None),
            (Role::PrivacyOfficer, hidden, read, None),
            (Role::PrivacyOfficer, named, read, None),
            (Role::Organizer, own, read, None),
            (Role::Organizer, emergency, read, None),
            (Role::Administrator, stranger, read, None),
            (Role::Evaluator, stranger, read, None),
        ];
        for (role, relation, may, expected) in table {
            assert_eq!(decide(&person(&[role]), relation, may), expected, "{role:?} {relation:?} {may:?}");
        }
        assert_eq!(decide(&Actor::Anonymous, own, read), None);
        assert_eq!(decide(&Actor::System { name: "job" }, hidden, record), Some(Via::System));
    }

    #[test]
    fn two_roles_open_what_either_opens() {
        let both = person(&[Role::Organizer, Role::Caseworker]);
        let own = Relation { works_with: true, ..Relation::default() };
        assert_eq!(decide(&both, own, May::Record), Some(Via::Work));
    }
}
