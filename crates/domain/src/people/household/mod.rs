//! The people of a client's life: who lives with them, and who is what to whom.
//!
//! A relationship is stored once and read from both sides: what is a parent on one side is a child on the other. The
//! other may be a client too. Whoever may not open that client's file sees what they are to this one and no name; a
//! restricted client is not there at all for anybody who is not named for them.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{
    Candidate, candidates, gender_recorded, household, relation_add, relation_change, relations_insert,
};

use super::coded::{coded, line};
use crate::kernel::access::AccessError;
use crate::kernel::clock::Day;
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, ClientId};

coded! {
    /// What somebody is to the client.
    RelationKind {
        Parent = "parent",
        Child = "child",
        Partner = "partner",
        Sibling = "sibling",
        Grandparent = "grandparent",
        Grandchild = "grandchild",
        Guardian = "guardian",
        /// Somebody whose guardian the client is.
        Ward = "ward",
        OtherRelative = "other_relative",
        Friend = "friend",
        Neighbour = "neighbour",
        Housemate = "housemate",
        Other = "other",
    }
}

impl RelationKind {
    /// What the client is to them.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Parent => Self::Child,
            Self::Child => Self::Parent,
            Self::Grandparent => Self::Grandchild,
            Self::Grandchild => Self::Grandparent,
            Self::Guardian => Self::Ward,
            Self::Ward => Self::Guardian,
            Self::Partner
            | Self::Sibling
            | Self::OtherRelative
            | Self::Friend
            | Self::Neighbour
            | Self::Housemate
            | Self::Other => self,
        }
    }

    /// Generations below the client's; None for those who belong to no generation of the family.
    pub const fn generation(self) -> Option<i32> {
        match self {
            Self::Grandparent => Some(-2),
            Self::Parent | Self::Guardian => Some(-1),
            Self::Partner | Self::Sibling => Some(0),
            Self::Child | Self::Ward => Some(1),
            Self::Grandchild => Some(2),
            Self::OtherRelative | Self::Friend | Self::Neighbour | Self::Housemate | Self::Other => None,
        }
    }
}

coded! {
    /// What a person says of themselves, where it was recorded; nothing is inferred from a name or a relation.
    Gender {
        NotRecorded = "",
        Woman = "woman",
        Man = "man",
        /// Neither, or both, or something else.
        Other = "other",
    }
}

impl Gender {
    /// From a group's value by self-description, whatever word the agency uses for it.
    pub fn of_group(value: &str) -> Self {
        match value.to_lowercase().as_str() {
            "" => Self::NotRecorded,
            "woman" | "girl" | "female" => Self::Woman,
            "man" | "boy" | "male" => Self::Man,
            _ => Self::Other,
        }
    }
}

/// Who it is, as far as the caller may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is not a client here, by name.
    Person(String),
    /// A client whose file the caller may open.
    Client { id: ClientId, name: String },
    /// A client whose file the caller may not open.
    Unnamed,
}

/// Whether they live in the client's household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    Shared,
    Elsewhere,
}

/// Somebody of the client's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub id: String,
    /// What they are to the client, from whichever side it was recorded.
    pub kind: RelationKind,
    pub who: Who,
    pub gender: Gender,
    pub note: String,
    pub home: Home,
    pub from: Option<Day>,
    /// None: still so.
    pub to: Option<Day>,
    pub version: i64,
}

impl Related {
    pub const fn is_now(&self) -> bool {
        self.to.is_none()
    }
}

/// The other side of a new relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    Client(ClientId),
    Person { name: String, gender: Gender },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelation {
    /// What they are to the client.
    pub kind: RelationKind,
    pub other: Other,
    pub home: Home,
    pub from: Option<Day>,
    pub note: String,
}

/// What may change about a relationship; who and what they are stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRelation {
    pub home: Home,
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub note: String,
}

/// A relationship as an import or the demo adds it, many at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationRow {
    pub client: ClientId,
    pub relation: NewRelation,
    pub recorded_by: AccountId,
}

#[derive(Debug, thiserror::Error)]
pub enum RelationError {
    #[error("save the person: give a name of 1 to 120 characters")]
    Name,
    #[error("save the person: there is no such client")]
    NoSuchClient,
    #[error("save the person: a client is nobody's relative of their own")]
    Oneself,
    #[error("save the person: keep the note under 2,000 characters")]
    Note,
    #[error("save the person: a day lies in the future")]
    Future,
    #[error("save the person: the last day lies before the first")]
    Backwards,
    #[error("add the person: the same relationship is recorded already")]
    AlreadyThere,
    #[error(
        "save the person: somebody else changed the entry meanwhile; look at the newest version and apply your change to it"
    )]
    ChangedMeanwhile,
    #[error("find the person")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

fn days_checked(from: Option<Day>, to: Option<Day>, today: Day) -> Result<(), RelationError> {
    if from.is_some_and(|day| day > today) || to.is_some_and(|day| day > today) {
        return Err(RelationError::Future);
    }
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(RelationError::Backwards);
    }
    Ok(())
}

fn note_checked(note: &str) -> Result<String, RelationError> {
    line(note, 2_000).ok_or(RelationError::Note)
}

impl NewRelation {
    fn checked(&self, client: &ClientId, today: Day) -> Result<Self, RelationError> {
        days_checked(self.from, None, today)?;
        let other = match &self.other {
            Other::Client(id) if id == client => return Err(RelationError::Oneself),
            Other::Client(_) => self.other.clone(),
            Other::Person { name, gender } => {
                let name = line(name, 120).filter(|name| !name.is_empty()).ok_or(RelationError::Name)?;
                Other::Person { name, gender: *gender }
            }
        };
        Ok(Self { other, note: note_checked(&self.note)?, ..self.clone() })
    }
}

impl ChangeRelation {
    fn checked(&self, today: Day) -> Result<Self, RelationError> {
        days_checked(self.from, self.to, today)?;
        Ok(Self { note: note_checked(&self.note)?, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reverse_of_the_reverse_is_the_relation_and_lies_as_many_generations_off() {
        for kind in RelationKind::ALL {
            assert_eq!(kind.reverse().reverse(), *kind);
            assert_eq!(kind.reverse().generation(), kind.generation().map(|n| -n), "{kind:?}");
        }
        assert_eq!(RelationKind::Guardian.reverse(), RelationKind::Ward);
    }

    #[test]
    fn gender_comes_from_what_was_recorded_and_from_nothing_else() {
        assert_eq!(Gender::of_group("Female"), Gender::Woman);
        assert_eq!(Gender::of_group("nonbinary"), Gender::Other);
        assert_eq!(Gender::of_group(""), Gender::NotRecorded);
    }

    #[test]
    fn days_run_forwards_and_end_today() {
        let day = |text| Day::parse_iso(text).ok();
        let today = day("2025-06-15").unwrap();
        assert!(days_checked(day("2025-01-01"), day("2025-01-01"), today).is_ok());
        let backwards = days_checked(day("2025-01-02"), day("2025-01-01"), today);
        assert!(matches!(backwards, Err(RelationError::Backwards)));
        assert!(matches!(days_checked(None, day("2025-06-16"), today), Err(RelationError::Future)));
    }
}
