//! Who asks, when, and with what scope: built once per request, command or job, and the first argument of
//! every domain function.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::clock::{Clock, Instant};
use crate::kernel::db::{Db, DbError, Tx};
use crate::kernel::ids::{AccountId, CaseRef, Ids};

/// What a person does here. A person may hold several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Caseworker,
    Supervisor,
    Organizer,
    Evaluator,
    Administrator,
    PrivacyOfficer,
}

impl Role {
    pub const ALL: [Self; 6] = [
        Self::Caseworker,
        Self::Supervisor,
        Self::Organizer,
        Self::Evaluator,
        Self::Administrator,
        Self::PrivacyOfficer,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Caseworker => "caseworker",
            Self::Supervisor => "supervisor",
            Self::Organizer => "organizer",
            Self::Evaluator => "evaluator",
            Self::Administrator => "administrator",
            Self::PrivacyOfficer => "privacy_officer",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

pub type Roles = BTreeSet<Role>;

/// Who acts: a person who signed in, or the system itself on a command line or a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Person {
        account: AccountId,
        roles: Roles,
    },
    /// A command or job, named ("import", "identify"), run by whoever runs the machine.
    System {
        name: &'static str,
    },
    /// Nobody yet: the log-in and first-run pages.
    Anonymous,
}

impl Actor {
    /// How the audit trail names the actor.
    pub fn label(&self) -> String {
        match self {
            Self::Person { account, .. } => account.to_string(),
            Self::System { name } => format!("system:{name}"),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    pub fn has(&self, role: Role) -> bool {
        match self {
            Self::Person { roles, .. } => roles.contains(&role),
            Self::System { .. } => true,
            Self::Anonymous => false,
        }
    }

    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Person { account, .. } => Some(account),
            Self::System { .. } | Self::Anonymous => None,
        }
    }
}

/// The agency's secret key: it makes pseudonyms and seals the audit chain. Kept beside the database, never in it.
#[derive(Clone)]
pub struct Keys([u8; 32]);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    pub const LEN: usize = 32;

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The pseudonym of a client or case key of one data set. Keyed, so that nobody without the key can find out
    /// whether a person is in the data by hashing the names they know (Part of DESIGN §2, `CaseRef`).
    pub fn case_ref(&self, dataset: &str, key: &[u8]) -> CaseRef {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"case-ref\0");
        hasher.update(dataset.as_bytes());
        hasher.update(b"\0");
        hasher.update(key);
        let mut out = [0_u8; 12];
        hasher.finalize_xof().fill(&mut out);
        CaseRef::from_text(hex::encode(out))
    }

    /// A seal over one audit entry and the seal before it.
    pub fn seal(&self, previous: &str, fields: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"audit\0");
        for field in std::iter::once(&previous).chain(fields) {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// The caller's context.
#[derive(Debug, Clone)]
pub struct Ctx {
    pub actor: Actor,
    pub now: Instant,
    /// Ties log lines, audit rows and an error page together.
    pub request: String,
    clock: Clock,
    db: Db,
    ids: Arc<Ids>,
    keys: Arc<Keys>,
}

/// What does not change from request to request.
#[derive(Debug, Clone)]
pub struct Site {
    pub db: Db,
    pub clock: Clock,
    pub ids: Arc<Ids>,
    pub keys: Arc<Keys>,
}

impl Site {
    pub fn ctx(&self, actor: Actor) -> Ctx {
        let now = self.clock.now();
        Ctx {
            actor,
            now,
            request: self.ids.next(now),
            clock: self.clock,
            db: self.db.clone(),
            ids: Arc::clone(&self.ids),
            keys: Arc::clone(&self.keys),
        }
    }

    pub fn system(&self, name: &'static str) -> Ctx {
        self.ctx(Actor::System { name })
    }
}

impl Ctx {
    /// Opens a writing transaction. It rolls back unless committed.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.db.begin().await
    }

    /// The same caller at this moment, for the end of work that took time.
    pub fn later(&self) -> Self {
        Self { now: self.clock.now(), ..self.clone() }
    }

    /// The same request by somebody else: whoever has just signed in, say.
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    pub fn new_id(&self) -> String {
        self.ids.next(self.now)
    }
}
