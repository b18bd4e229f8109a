//! Which column means what: the mapping from a table to events, as a file people can read.
//!
//! The types are plain, so that a web form can fill them; `Mapping::check` says what does not hold together, and
//! `Mapping::parse` says it with the line of the mapping file.

mod check;
mod read;
mod write;

use std::collections::BTreeMap;

use domain::kernel::codes::EventKind;
use serde::Deserialize;

pub use check::MappingProblem;

use crate::dates::DateStyle;
use read::texts;

/// How the rows of a table become events.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with dataset and at least one [[event]]")]
pub struct Mapping {
    /// Name of the data set: letters, digits and dashes.
    pub dataset: String,
    /// A name for people.
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub file: FileFormat,
    /// What one row gives: one event or more.
    #[serde(rename = "event", default)]
    pub events: Vec<EventMapping>,
}

/// How the file is written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with delimiter and dates")]
pub struct FileFormat {
    /// `None`: found by looking.
    #[serde(default)]
    pub delimiter: Option<Delimiter>,
    #[serde(default)]
    pub dates: DateStyle,
}

/// What parts the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    /// All delimiters, for a list to choose from.
    pub const ALL: [Delimiter; 4] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Pipe];

    /// The sign itself.
    pub fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Pipe => b'|',
        }
    }

    /// The word for it in a mapping file.
    pub fn as_str(self) -> &'static str {
        match self {
            Delimiter::Comma => "comma",
            Delimiter::Semicolon => "semicolon",
            Delimiter::Tab => "tab",
            Delimiter::Pipe => "pipe",
        }
    }

    /// From the word or the sign.
    pub fn parse(text: &str) -> Option<Delimiter> {
        Delimiter::ALL
            .into_iter()
            .find(|delimiter| text == delimiter.as_str() || text.as_bytes() == [delimiter.byte()])
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Delimiter> {
        Delimiter::ALL.into_iter().find(|delimiter| delimiter.byte() == byte)
    }
}

impl Mapping {
    /// Every column that is used, once each.
    pub fn columns(&self) -> Vec<&str> {
        let mut once: Vec<&str> = Vec::new();
        for column in self.events.iter().flat_map(EventMapping::columns) {
            if !once.contains(&column) {
                once.push(column);
            }
        }
        once
    }
}

/// One event of a row.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an [[event]] with kind, code and when")]
pub struct EventMapping {
    /// One of the kinds, or a column that says it.
    pub kind: Text,
    /// What happened, as a short word with underscores.
    pub code: Text,
    /// The words for a constant code.
    #[serde(default)]
    pub label: Option<String>,
    /// The system it happened in: court, school, hospital ...
    #[serde(default)]
    pub system: Option<Text>,
    pub when: When,
    /// Column of the area's code.
    #[serde(default)]
    pub area: Option<String>,
    /// Column of a client's key. It leaves this crate as `ClientKey`, for the caller to pseudonymise.
    #[serde(default)]
    pub client: Option<String>,
    /// Column of the row's own identifier, by which an import is repeated without doubling.
    #[serde(default)]
    pub record: Option<String>,
    /// How many events the row stands for; 1 if absent.
    #[serde(default)]
    pub count: Option<Amount>,
    /// The row's own denominator.
    #[serde(default)]
    pub exposure: Option<Amount>,
    /// The rows that give this event: all conditions must hold.
    #[serde(default)]
    pub only: Vec<Condition>,
    /// Dimension of equity and where its value stands.
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
}

impl EventMapping {
    /// An event with what it must have and nothing else.
    pub fn new(kind: EventKind, code: &str, when: When) -> EventMapping {
        EventMapping {
            kind: Text::Constant(kind.code().to_owned()),
            code: Text::Constant(code.to_owned()),
            label: None,
            system: None,
            when,
            area: None,
            client: None,
            record: None,
            count: None,
            exposure: None,
            only: Vec::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Every column that is used, once each.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        let texts = [Some(&self.kind), Some(&self.code), self.system.as_ref()];
        columns.extend(texts.into_iter().flatten().filter_map(Text::column));
        match &self.when {
            When::Day { day } => columns.push(day),
            When::Period { from, to, .. } => columns.extend([from.as_str(), to.as_str()]),
            When::On { .. } => {}
        }
        columns.extend([&self.area, &self.client, &self.record].into_iter().flatten().map(String::as_str));
        columns.extend([&self.count, &self.exposure].into_iter().flatten().filter_map(Amount::column));
        columns.extend(self.only.iter().map(|condition| condition.column.as_str()));
        columns.extend(self.groups.values().map(|group| group.column.as_str()));
        let mut once = Vec::new();
        for column in columns {
            if !once.contains(&column) {
                once.push(column);
            }
        }
        once
    }
}

/// A constant, or a column with its values translated.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    Constant(String),
    Column {
        column: String,
        /// Value in the file -> value here. Empty: the file's values are used.
        values: BTreeMap<String, String>,
        /// For a value that is not in `values`: what it becomes, or "reject" (also when absent).
        other: Option<String>,
    },
}

impl Text {
    fn column(&self) -> Option<&str> {
        match self {
            Text::Constant(_) => None,
            Text::Column { column, .. } => Some(column),
        }
    }
}

/// When it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// A column of days.
    Day { day: String },
    /// Two columns of days.
    Period { from: String, to: String, bounds: Bounds },
    /// The same day for all rows, for data without one.
    On { on: String },
}

/// Whether the first and the last day belong to a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bounds {
    /// `[]`: both do.
    #[default]
    Closed,
    /// `(]`: the first day belongs to the period before.
    AfterFirst,
    /// `[)`: the last day belongs to the period after.
    BeforeLast,
}

impl Bounds {
    /// All bounds, for a list to choose from.
    pub const ALL: [Bounds; 3] = [Bounds::Closed, Bounds::AfterFirst, Bounds::BeforeLast];

    /// The signs in a mapping file.
    pub fn as_str(self) -> &'static str {
        match self {
            Bounds::Closed => "[]",
            Bounds::AfterFirst => "(]",
            Bounds::BeforeLast => "[)",
        }
    }

    /// From the signs.
    pub fn parse(text: &str) -> Option<Bounds> {
        Bounds::ALL.into_iter().find(|bounds| bounds.as_str() == text)
    }
}

/// A number: fixed, a column's, or 1 for the rows whose column holds one of some values and 0 for the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    Number(f64),
    Column(String),
    AnyOf { column: String, any_of: Vec<String> },
}

impl Amount {
    fn column(&self) -> Option<&str> {
        match self {
            Amount::Number(_) => None,
            Amount::Column(column) | Amount::AnyOf { column, .. } => Some(column),
        }
    }
}

/// A filter of rows. Values are compared as text, without blanks around them; `min` and `max` as numbers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with column and any_of, none_of, min or max")]
pub struct Condition {
    pub column: String,
    #[serde(default, deserialize_with = "texts")]
    pub any_of: Vec<String>,
    #[serde(default, deserialize_with = "texts")]
    pub none_of: Vec<String>,
    #[serde(default)]
    pub min: Option<f64>,
    #[serde(default)]
    pub max: Option<f64>,
}

/// Where the value of a group dimension stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub column: String,
    /// Value in the file -> value here.
    pub values: BTreeMap<String, String>,
    /// For a value that is not in `values`: what it becomes, or "reject". Absent: it stays as it is.
    pub other: Option<String>,
}

/// The word that rejects a row whose value is not listed.
pub const REJECT: &str = "reject";
