//! Tables whose rows are events: filings, screenings, stays, denials.
//!
//! A [`Mapping`] says which column means what; an [`EventReader`] yields one [`Row`] per row of the file, good or bad.
//! A row is taken whole or not at all: if one of its events cannot be read, none is. The reader knows nothing of
//! clients; it hands their keys out wrapped, for the caller to turn into pseudonyms before anything is stored.

mod mapping;
mod preview;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;

pub use mapping::{
    Amount, Bounds, Condition, Delimiter, EventMapping, FileFormat, Group, Mapping, MappingProblem, REJECT,
    Text, When,
};
pub use preview::{ColumnGuess, Preview, PreviewColumn, preview};
pub(crate) use reader::date_words;
pub use reader::{EventReader, KeepRaw, Summary};

use crate::problem::RowProblem;
use crate::strata::StratumKey;

/// The kind that a word of a file means, in small or capital letters.
pub(crate) fn kind_from(word: &str) -> Option<EventKind> {
    EventKind::from_code(&word.to_ascii_lowercase())
}

/// The words that a file may use for kinds.
pub(crate) fn kind_codes() -> Vec<&'static str> {
    EventKind::ALL.iter().map(|kind| kind.code()).collect()
}

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself: to be pseudonymised or compared, not to be shown or logged.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret_text! {
    /// What a file calls a client: a case number, perhaps a name. Its `Debug` is redacted.
    ClientKey
}

secret_text! {
    /// What a file calls one of its rows. Often a docket number, by which a person can be found; so redacted, too.
    RecordKey
}

/// One event, or a count of equal events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Line of the file on which the row starts.
    pub line: u64,
    pub kind: EventKind,
    /// Short word for what happened.
    pub code: Arc<str>,
    /// Words for the code, where the mapping or the file has them.
    pub label: Option<Arc<str>>,
    /// Empty if no system is given.
    pub system: Arc<str>,
    /// First day.
    pub from: Day,
    /// Last day; `from` for an event of one day.
    pub to: Day,
    /// `None` where no area is mapped or the field is empty.
    pub area: Option<Arc<str>>,
    pub client_key: Option<ClientKey>,
    pub record: Option<RecordKey>,
    pub stratum: StratumKey,
    /// 0 is kept: a period without events is knowledge, too.
    pub count: u64,
    /// The row's own denominator, above 0.
    pub exposure: Option<f64>,
}

/// One row of the file.
#[derive(Debug)]
pub struct Row {
    /// Line on which it starts, from 1.
    pub line: u64,
    /// Offset of its first byte in the file, from 0 (for UTF-16: in the text converted to UTF-8).
    pub byte: u64,
    /// Its events (none if the filters leave it out), or why it is turned away.
    pub outcome: Result<Vec<EventRow>, Vec<RowProblem>>,
    /// What is doubtful in a row that was taken.
    pub warnings: Vec<RowProblem>,
    /// The row as it stands in the file without its line end, to be written out under `header_raw`. Only kept for bad
    /// rows unless [`KeepRaw::Always`] is asked for; of a row beyond 1 MiB only the beginning.
    pub raw: Vec<u8>,
}
