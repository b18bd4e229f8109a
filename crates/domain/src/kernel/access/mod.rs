//! Who may open which case.
//!
//! A [`CaseGrant`] opens the functions of a case; a bare id does not. Only [`case`] makes one: it checks the caller's
//! role and relation to the case and writes the audit entry in the same transaction. A case that the caller may
//! not see is "not found", exactly as one that does not exist.

mod store;

pub(crate) use store::STATEMENTS;

use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::{Actor, Ctx, Role};
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{AccountId, CaseId};

/// What the caller wants with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    Read,
    Record,
}

impl May {
    const fn action(self) -> &'static str {
        match self {
            Self::Read => "case.read",
            Self::Record => "case.record",
        }
    }
}

/// Proof that this caller may do this with this case, now, and that it has been written down.
#[derive(Debug)]
pub struct CaseGrant {
    case: CaseId,
    may: May,
}

impl CaseGrant {
    pub const fn case(&self) -> &CaseId {
        &self.case
    }

    pub const fn may(&self) -> May {
        self.may
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no such case, or not for this caller: the two look the same.
    #[error("find the case")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Opens a case for the caller, or says "not found".
pub async fn case(ctx: &Ctx, tx: &mut Tx, case: CaseId, may: May) -> Result<CaseGrant, AccessError> {
    let worker = store::case_worker(tx, &case).await?.ok_or(AccessError::NotFound)?;
    if !allows(&ctx.actor, &worker, may) {
        return Err(AccessError::NotFound);
    }
    let act =
        Act { action: may.action(), subject_kind: "client_case", subject_id: case.as_str(), detail: "" };
    audit::append(ctx, tx, act).await?;
    Ok(CaseGrant { case, may })
}

/// A caseworker opens their own cases; a supervisor every case; a privacy officer reads. Nobody else opens a file:
/// the cause side works on suppressed aggregates only.
fn allows(actor: &Actor, worker: &AccountId, may: May) -> bool {
    match actor {
        Actor::System { .. } => true,
        Actor::Anonymous => false,
        Actor::Person { account, .. } => {
            (actor.has(Role::Caseworker) && account == worker)
                || actor.has(Role::Supervisor)
                || (may == May::Read && actor.has(Role::PrivacyOfficer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ctx::Roles;

    fn person(id: &str, roles: &[Role]) -> Actor {
        Actor::Person { account: AccountId::from_text(id), roles: roles.iter().copied().collect::<Roles>() }
    }

    #[test]
    fn only_the_worker_a_supervisor_or_a_reading_privacy_officer_opens_a_case() {
        let rosa = AccountId::from_text("rosa");
        let table = [
            (person("rosa", &[Role::Caseworker]), May::Record, true),
            (person("sam", &[Role::Caseworker]), May::Read, false),
            (person("sam", &[Role::Supervisor]), May::Record, true),
            (person("sam", &[Role::PrivacyOfficer]), May::Read, true),
            (person("sam", &[Role::PrivacyOfficer]), May::Record, false),
            (person("rosa", &[Role::Organizer]), May::Read, false),
            (person("sam", &[Role::Administrator]), May::Read, false),
            (person("sam", &[Role::Evaluator]), May::Read, false),
            (Actor::Anonymous, May::Read, false),
        ];
        for (actor, may, expected) in table {
            assert_eq!(allows(&actor, &rosa, may), expected, "{actor:?} {may:?}");
        }
    }
}
