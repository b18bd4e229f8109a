//! Identifiers: ULIDs as text, one type per thing, so that a client's id cannot open a case.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::kernel::clock::Instant;

/// Where new ids come from. Ids sort by the moment they were made.
#[derive(Debug)]
pub enum Ids {
    /// Unguessable: 80 random bits from the operating system.
    Random,
    /// The same ids in the same order, for tests and the demo agency.
    Counted(AtomicU64),
}

impl Ids {
    pub fn counted() -> Self {
        Self::Counted(AtomicU64::new(0))
    }

    pub(crate) fn next(&self, now: Instant) -> String {
        let random = match self {
            Self::Random => {
                let mut bytes = [0_u8; 16];
                // Without the operating system's randomness no id is safe to hand out; there is no second source.
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                u128::from_le_bytes(bytes)
            }
            Self::Counted(counter) => u128::from(counter.fetch_add(1, Ordering::Relaxed)),
        };
        ulid::Ulid::from_parts(now.millis(), random).to_string()
    }
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it stands in a URL or a row; whether it names anything is the store's to say.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&$name> for sea_orm::Value {
            fn from(id: &$name) -> Self {
                id.0.clone().into()
            }
        }
    )+};
}

id_types! {
    /// A person who may sign in.
    AccountId,
    /// A client of the agency.
    ClientId,
    /// An episode of work with a client.
    CaseId,
    /// A referral to another organization.
    ReferralId,
    /// Something to do.
    TaskId,
    /// A file that was brought in.
    BatchId,
    /// One run of the detectors.
    RunId,
    /// A systemic issue that people work on.
    IssueId,
    /// A locked evaluation plan and its estimate.
    EvaluationId,
    /// The keyed pseudonym of a case: the only key of a case that analytics ever sees.
    CaseRef,
}
