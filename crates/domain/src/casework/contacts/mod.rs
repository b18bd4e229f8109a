//! Contacts: what a worker writes down after a visit, a call, a letter.
//!
//! A contact is a case event of kind `contact` with its details beside it. All versions of one text are one *note*: it
//! has an author and a visibility, and both hold for every version, so that a correction can neither open nor close what
//! was written before. The words stand in a table of their own and are read through
//! [`note_is_read_by!`](crate::note_is_read_by) only.
//!
//! A correction is a new event that supersedes; the text before it stays readable with who changed it and when. A note
//! that belongs to somebody else's file is taken back: its event is superseded by one that counts nowhere.
//!
//! It knows nothing of what is recorded besides it: the form that writes a note, a barrier and a task at once is
//! [`quick_log`](super::quick_log).

mod store;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use store::STATEMENTS;
pub use store::{correct, my_clients, note, possible_readers, record_in, visibility_change, withdraw};

use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, CaseId, ClientId};

/// The condition under which an account reads a note: `$n` is the SQL name of the `contact_note` row, `$account` the
/// parameter that holds the account's id, as literals. Whether the account may open the client's file is another
/// question, and comes first.
#[macro_export]
macro_rules! note_is_read_by {
    ($n:literal, $account:literal) => {
        concat!(
            "(",
            $n,
            ".visibility in ('team', 'client') or ",
            $n,
            ".author_id = ",
            $account,
            " or (",
            $n,
            ".visibility = 'named' and exists (select 1 from contact_reader cr where cr.note_id = ",
            $n,
            ".id and cr.account_id = ",
            $account,
            ")))"
        )
    };
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }
    };
}

words! {
    /// How people were in contact.
    Medium {
        InPerson = "in_person",
        Phone = "phone",
        Video = "video",
        Text = "text",
        Email = "email",
        Letter = "letter",
    }
}

words! {
    /// Whether anybody was reached.
    Outcome { Made = "made", Attempted = "attempted" }
}

words! {
    /// Whom the contact was with.
    Whom { Client = "client", Family = "family", System = "system" }
}

words! {
    /// What a contact was about.
    Topic {
        Housing = "housing",
        Benefits = "benefits",
        Money = "money",
        Health = "health",
        MentalHealth = "mental_health",
        School = "school",
        Work = "work",
        Family = "family",
        Safety = "safety",
        Legal = "legal",
        Transport = "transport",
        Documents = "documents",
        Plan = "plan",
    }
}

/// Who reads a note, of those who may open the file. Its author always does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    Me,
    Team,
    /// The author and these.
    Named(Vec<AccountId>),
    /// The team, and the client when the file is shown to them.
    Client,
}

impl Visibility {
    pub const CODES: [&'static str; 4] = ["team", "me", "named", "client"];

    pub const fn code(&self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Team => "team",
            Self::Named(_) => "named",
            Self::Client => "client",
        }
    }

    /// The visibility of a code; `named` are those chosen for it.
    pub fn from_code(code: &str, named: Vec<AccountId>) -> Option<Self> {
        match code {
            "me" => Some(Self::Me),
            "team" => Some(Self::Team),
            "named" => Some(Self::Named(named)),
            "client" => Some(Self::Client),
            _ => None,
        }
    }

    fn checked(&self) -> Result<(), ContactError> {
        match self {
            Self::Named(people) if people.is_empty() => Err(ContactError::NobodyNamed),
            _ => Ok(()),
        }
    }
}

/// What is written down about one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub on: Day,
    pub medium: Medium,
    pub outcome: Outcome,
    pub whom: Whom,
    /// The system it was with, or about.
    pub system: Option<System>,
    /// Id of the organization; empty for none.
    pub organization: String,
    pub minutes: Option<u32>,
    pub topics: Vec<Topic>,
    pub place: String,
    /// The worker's words.
    pub words: String,
    /// The client's own words, kept apart from the worker's.
    pub client_words: String,
    /// Written together with the client.
    pub is_with_client: bool,
}

impl Contact {
    /// A visit to the client on a day, with nothing said yet.
    pub const fn on(day: Day) -> Self {
        Self {
            on: day,
            medium: Medium::InPerson,
            outcome: Outcome::Made,
            whom: Whom::Client,
            system: None,
            organization: String::new(),
            minutes: None,
            topics: Vec::new(),
            place: String::new(),
            words: String::new(),
            client_words: String::new(),
            is_with_client: false,
        }
    }

    /// The code of the event: what caseloads and evidence know of a contact.
    pub const fn code(&self) -> &'static str {
        match (self.outcome, self.medium) {
            (Outcome::Attempted, _) => "attempted",
            (Outcome::Made, Medium::InPerson) => "visit",
            (Outcome::Made, Medium::Phone) => "call",
            (Outcome::Made, medium) => medium.code(),
        }
    }

    /// Whether there is anything to write down: an attempt says enough by itself.
    pub fn says_something(&self) -> bool {
        self.outcome == Outcome::Attempted
            || !self.words.trim().is_empty()
            || !self.client_words.trim().is_empty()
    }
}

/// Letters of a text at most; a long day's note is a few thousand.
pub const WORDS_MOST: usize = 20_000;
/// Longer than this is asked about, never refused.
pub const MINUTES_USUAL: u32 = 8 * 60;
/// Further back than this is asked about, never refused.
pub const DAYS_BACK_USUAL: i64 = 60;

/// What is worth a second look once it has been saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    Long,
    LongAgo,
}

/// What is unusual about a contact.
pub fn remarks(contact: &Contact, today: Day) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if contact.minutes.is_some_and(|minutes| minutes > MINUTES_USUAL) {
        remarks.push(Remark::Long);
    }
    if today.days_since(contact.on) > DAYS_BACK_USUAL {
        remarks.push(Remark::LongAgo);
    }
    remarks
}

/// The contact as it is stored, or why not.
pub fn checked(contact: &Contact, today: Day) -> Result<Contact, ContactError> {
    let mut contact = contact.clone();
    for text in [&mut contact.words, &mut contact.client_words, &mut contact.place] {
        let trimmed = text.trim();
        if trimmed.chars().count() > WORDS_MOST {
            return Err(ContactError::TooLong);
        }
        *text = trimmed.to_owned();
    }
    if !contact.says_something() {
        return Err(ContactError::Empty);
    }
    if contact.on > today {
        return Err(ContactError::InTheFuture);
    }
    contact.topics.sort_unstable();
    contact.topics.dedup();
    Ok(contact)
}

#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    #[error("record the contact: write a few words about it")]
    Empty,
    #[error("record the contact: the text has more than {WORDS_MOST} letters")]
    TooLong,
    #[error("record the contact: it lies in the future; what is to come is a task")]
    InTheFuture,
    #[error("keep the note for named people: choose at least one")]
    NobodyNamed,
    /// Somebody corrected it, or took it back, since the page was opened.
    #[error("change the note: it was changed in the meantime")]
    ChangedMeanwhile,
    /// Only the author says who reads a note; a supervisor may correct what the team reads.
    #[error("change the note: it is somebody else's")]
    NotYours,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One version of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub event: String,
    pub contact: Contact,
    pub organization_name: String,
    pub recorded_at: Instant,
    pub recorded_by: String,
}

/// A note with everything that was ever written in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: String,
    pub case: CaseId,
    pub author: String,
    pub author_name: String,
    pub visibility: Visibility,
    /// Names of those whom the visibility names.
    pub readers: Vec<(AccountId, String)>,
    /// Oldest first; the last one stands unless the note was taken back.
    pub versions: Vec<Version>,
    /// Who took it back, and when.
    pub withdrawn: Option<(String, Instant)>,
}

impl Note {
    /// The version that stands.
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }
}

/// A client of the caller, for choosing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyClient {
    pub client: ClientId,
    pub preferred_name: String,
}
