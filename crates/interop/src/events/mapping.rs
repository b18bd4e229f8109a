//! Which column means what: the mapping from a table to events, as a file people can read.
//!
//! The types are plain, so that a web form can fill them; `Mapping::check` says what does not hold together, and
//! `Mapping::parse` says it with the line of the mapping file.

use std::collections::BTreeMap;
use std::fmt;

use domain::kernel::clock::Day;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor, value::MapAccessDeserializer};

use super::EventKind;
use crate::dates::DateStyle;
use crate::number::COUNT_MAX;
use crate::problem::nearest;

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
            kind: Text::Constant(kind.as_str().to_owned()),
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

// ---------------------------------------------------------------------------------------------------------------------
// Reading

/// What does not hold in a mapping, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// Line and column of the mapping file, from 1; `None` when it came from a form.
    pub at: Option<(usize, usize)>,
    /// The field, as a path: "event 2, when".
    pub place: String,
    /// What was expected.
    pub problem: String,
    path: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(&'static str),
    Item(usize),
    Name(String),
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.at {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for MappingProblem {}

impl Mapping {
    /// Reads a mapping file (TOML). All problems at once where the grammar allows it.
    pub fn parse(text: &str) -> Result<Mapping, Vec<MappingProblem>> {
        // Editors of some systems put a byte order mark in front.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mapping: Mapping = toml::from_str(text).map_err(|error| {
            vec![MappingProblem {
                at: error.span().map(|span| line_and_column(text, span.start)),
                place: String::new(),
                problem: error.message().replace('\n', "; "),
                path: Vec::new(),
            }]
        })?;
        let mut problems = mapping.check();
        if problems.is_empty() {
            return Ok(mapping);
        }
        if let Ok(tree) = toml::de::DeTable::parse(text) {
            for problem in &mut problems {
                problem.at = Some(line_and_column(text, locate(&tree, &problem.path)));
            }
        }
        Err(problems)
    }

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

    /// What does not hold together; empty when the mapping can be used.
    pub fn check(&self) -> Vec<MappingProblem> {
        let mut check = Check { problems: Vec::new(), path: Vec::new() };
        check.within(Step::Key("dataset"), |check| {
            let name = &self.dataset;
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || name.len() > 60 || !name.chars().all(allowed) {
                check.add("expected a name of letters, digits and dashes, up to 60 of them, such as \"nyc-evictions\"");
            } else if name == "casework" {
                check.add("\"casework\" is the name of what is recorded here; choose another");
            }
        });
        if self.events.is_empty() {
            check.add("expected at least one [[event]] with kind, code and when");
        }
        for (n, event) in self.events.iter().enumerate() {
            check.within(Step::Key("event"), |check| check.within(Step::Item(n), |check| check.event(event)));
        }
        check.problems
    }
}

struct Check {
    problems: Vec<MappingProblem>,
    path: Vec<Step>,
}

impl Check {
    fn within(&mut self, step: Step, run: impl FnOnce(&mut Check)) {
        self.path.push(step);
        run(self);
        self.path.pop();
    }

    fn add(&mut self, problem: impl Into<String>) {
        let mut place = String::new();
        for step in &self.path {
            match step {
                Step::Item(n) => place.push_str(&format!(" {}", n + 1)),
                Step::Key(key) => {
                    place.push_str(&format!("{}{key}", if place.is_empty() { "" } else { ", " }))
                }
                Step::Name(name) => place.push_str(&format!(", {name}")),
            }
        }
        self.problems.push(MappingProblem {
            at: None,
            place,
            problem: problem.into(),
            path: self.path.clone(),
        });
    }

    fn column(&mut self, name: &str) {
        if name.trim().is_empty() {
            self.add("expected the name of a column");
        } else if name.trim() != name {
            self.add("the name of a column has blanks around it");
        }
    }

    fn event(&mut self, event: &EventMapping) {
        self.within(Step::Key("kind"), |check| check.kind(&event.kind));
        self.within(Step::Key("code"), |check| check.code(&event.code));
        self.within(Step::Key("system"), |check| {
            if let Some(system) = &event.system {
                check.text(system);
            }
        });
        self.within(Step::Key("when"), |check| match &event.when {
            When::Day { day } => check.column(day),
            When::Period { from, to, .. } => {
                check.column(from);
                check.column(to);
                if from == to {
                    check.add("from and to are the same column; for one day write { day = \"column\" }");
                }
            }
            When::On { on } => {
                if Day::parse_iso(on).is_err() {
                    check.add("on: expected a day such as \"2014-01-01\"");
                }
            }
        });
        for (key, column) in [("area", &event.area), ("client", &event.client), ("record", &event.record)] {
            if let Some(column) = column {
                self.within(Step::Key(key), |check| check.column(column));
            }
        }
        self.within(Step::Key("count"), |check| match &event.count {
            Some(Amount::Number(n)) => {
                let most = COUNT_MAX as f64;
                if !(0.0..=most).contains(n) || n.fract().abs() > 0.0 {
                    check.add("expected a whole number from 0 to 1,000,000,000");
                }
            }
            Some(amount) => check.amount(amount),
            None => {}
        });
        self.within(Step::Key("exposure"), |check| match &event.exposure {
            Some(Amount::Number(x)) if !(x.is_finite() && *x > 0.0) => check.add("expected a number above 0"),
            Some(Amount::AnyOf { .. }) => {
                check.add("expected a number or a column; any_of gives 0 for some rows")
            }
            Some(amount) => check.amount(amount),
            None => {}
        });
        for (n, condition) in event.only.iter().enumerate() {
            self.within(Step::Key("only"), |check| {
                check.within(Step::Item(n), |check| check.condition(condition));
            });
        }
        for (dimension, group) in &event.groups {
            self.within(Step::Key("groups"), |check| {
                check.within(Step::Name(dimension.clone()), |check| {
                    if dimension.trim().is_empty() || dimension.chars().count() > 40 {
                        check.add("expected the name of the dimension, up to 40 characters");
                    }
                    check.column(&group.column);
                    if group.other.is_some() && group.values.is_empty() {
                        check.add("other needs values: the values that are not \"other\"");
                    }
                });
            });
        }
    }

    fn kind(&mut self, kind: &Text) {
        let mut word = |text: &str, what: &str| {
            if EventKind::parse(text).is_none() {
                let words = EventKind::ALL.map(EventKind::as_str);
                let near = nearest(text, &words);
                let near = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
                self.add(format!("{what}: expected one of {}{near}", EventKind::WORDS));
            }
        };
        match kind {
            Text::Constant(text) => word(text, "kind"),
            Text::Column { values, other, .. } => {
                for text in values.values() {
                    word(text, "values");
                }
                if let Some(text) = other.as_deref().filter(|text| *text != REJECT) {
                    word(text, "other");
                }
                self.text(kind);
            }
        }
    }

    fn code(&mut self, code: &Text) {
        let plain = |text: &str| super::slug(text).is_some_and(|slug| slug == text);
        let expected =
            "expected a short word of small letters, digits and underscores, such as \"eviction_filing\"";
        match code {
            Text::Constant(text) if !plain(text) => self.add(expected),
            Text::Constant(_) => {}
            Text::Column { values, other, .. } => {
                if values.values().chain(other).any(|text| !plain(text)) {
                    self.add(format!("values and other: {expected}"));
                }
                self.text(code);
            }
        }
    }

    fn text(&mut self, text: &Text) {
        if let Text::Column { column, values, other } = text {
            self.column(column);
            if other.is_some() && values.is_empty() {
                self.add("other needs values: the values that are not \"other\"");
            }
        }
    }

    fn amount(&mut self, amount: &Amount) {
        match amount {
            Amount::Number(_) => {}
            Amount::Column(column) => self.column(column),
            Amount::AnyOf { column, any_of } => {
                self.column(column);
                if any_of.is_empty() {
                    self.add("any_of: expected at least one value");
                }
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        self.column(&condition.column);
        let Condition { any_of, none_of, min, max, .. } = condition;
        if any_of.is_empty() && none_of.is_empty() && min.is_none() && max.is_none() {
            self.add("expected any_of, none_of, min or max");
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.add("min is above max: no row would be left");
        }
    }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Where a path lies in a TOML text; the nearest thing around it if it is not written there.
fn locate(tree: &toml::Spanned<toml::de::DeTable<'_>>, path: &[Step]) -> usize {
    use toml::de::DeValue;
    let child = |table: &toml::de::DeTable<'_>, key: &str| -> Option<(usize, usize)> {
        let at = table.iter().position(|(name, _)| name.get_ref() == key)?;
        table.iter().nth(at).map(|(name, _)| (at, name.span().start))
    };
    let mut table = tree.get_ref();
    let mut value: Option<&DeValue<'_>> = None;
    let mut at = tree.span().start;
    for step in path {
        let key = match step {
            Step::Key(key) => *key,
            Step::Name(name) => name.as_str(),
            Step::Item(n) => {
                if let Some(DeValue::Array(items)) = value
                    && let Some(item) = items.get(*n)
                {
                    at = item.span().start;
                    value = Some(item.get_ref());
                    if let DeValue::Table(inner) = item.get_ref() {
                        table = inner;
                    }
                    continue;
                }
                return at;
            }
        };
        let Some((n, start)) = child(table, key) else {
            return at;
        };
        at = start;
        value = table.iter().nth(n).map(|(_, value)| value.get_ref());
        if let Some(DeValue::Table(inner)) = value {
            table = inner;
        }
    }
    at
}

/// `Deserialize` from one of some words.
fn word<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl Fn(&str) -> Option<T>,
    expected: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("expected {expected}")))
}

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Delimiter, D::Error> {
        word(deserializer, Delimiter::parse, "one of comma, semicolon, tab, pipe, or the sign itself")
    }
}

impl<'de> Deserialize<'de> for DateStyle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DateStyle, D::Error> {
        word(deserializer, DateStyle::parse, "one of auto, iso, us, eu")
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bounds, D::Error> {
        word(deserializer, Bounds::parse, "one of \"[]\", \"(]\", \"[)\"")
    }
}

/// A text, or a number or truth value as it would stand in the file.
fn as_text<E: serde::de::Error>(value: toml::Value) -> Result<String, E> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(n) => Ok(n.to_string()),
        toml::Value::Float(x) => Ok(x.to_string()),
        toml::Value::Boolean(yes) => Ok(yes.to_string()),
        toml::Value::Datetime(date) => Ok(date.to_string()),
        toml::Value::Array(_) | toml::Value::Table(_) => Err(E::custom("expected a text")),
    }
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Vec::<toml::Value>::deserialize(deserializer)?.into_iter().map(as_text).collect()
}

fn one_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    as_text(toml::Value::deserialize(deserializer)?).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with column, values and other")]
struct ColumnTable {
    column: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    other: Option<String>,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a text, or a table such as {{ column = \"type\", values = {{ \"A\" = \"b\" }} }}")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::Constant(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let ColumnTable { column, values, other } =
                    ColumnTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Text::Column { column, values, other })
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Group, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Group;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "the name of a column, or a table with column, values and other")
            }
            fn visit_str<E>(self, column: &str) -> Result<Group, E> {
                Ok(Group { column: column.to_owned(), ..Group::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Group, A::Error> {
                let ColumnTable { column, values, other } =
                    ColumnTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Group { column, values, other })
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, expecting = "a table with column and any_of")]
        struct Table {
            column: String,
            #[serde(default, deserialize_with = "some_texts")]
            any_of: Option<Vec<String>>,
        }
        fn some_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
            texts(deserializer).map(Some)
        }
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number, the name of a column, or a table with column and any_of")
            }
            fn visit_i64<E>(self, n: i64) -> Result<Amount, E> {
                Ok(Amount::Number(n as f64))
            }
            fn visit_f64<E>(self, x: f64) -> Result<Amount, E> {
                Ok(Amount::Number(x))
            }
            fn visit_str<E>(self, column: &str) -> Result<Amount, E> {
                Ok(Amount::Column(column.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Amount, A::Error> {
                let Table { column, any_of } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(match any_of {
                    Some(any_of) => Amount::AnyOf { column, any_of },
                    None => Amount::Column(column),
                })
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            deny_unknown_fields,
            expecting = "{ day = \"column\" }, { from = \"column\", to = \"column\", bounds = \"[]\" } or { on = \"2014-01-01\" }"
        )]
        struct Table {
            day: Option<String>,
            from: Option<String>,
            to: Option<String>,
            bounds: Option<Bounds>,
            #[serde(default, deserialize_with = "one_text")]
            on: Option<String>,
        }
        match Table::deserialize(deserializer)? {
            Table { day: Some(day), from: None, to: None, bounds: None, on: None } => Ok(When::Day { day }),
            Table { day: None, from: Some(from), to: Some(to), bounds, on: None } => {
                Ok(When::Period { from, to, bounds: bounds.unwrap_or_default() })
            }
            Table { day: None, from: None, to: None, bounds: None, on: Some(on) } => Ok(When::On { on }),
            _ => Err(D::Error::custom(
                "expected one of { day = \"column\" }, { from = \"column\", to = \"column\", bounds = \"[]\" } \
                 and { on = \"2014-01-01\" }",
            )),
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing

impl Mapping {
    /// The mapping as a file that `parse` reads back to the same mapping.
    pub fn to_toml(&self) -> String {
        let mut out = format!("dataset = {}\n", quoted(&self.dataset));
        if let Some(title) = &self.title {
            out.push_str(&format!("title = {}\n", quoted(title)));
        }
        let FileFormat { delimiter, dates } = &self.file;
        if delimiter.is_some() || *dates != DateStyle::Auto {
            out.push_str("\n[file]\n");
            if let Some(delimiter) = delimiter {
                out.push_str(&format!("delimiter = \"{}\"\n", delimiter.as_str()));
            }
            out.push_str(&format!("dates = \"{}\"\n", dates.as_str()));
        }
        for event in &self.events {
            out.push_str("\n[[event]]\n");
            event.write(&mut out);
        }
        out
    }
}

impl EventMapping {
    fn write(&self, out: &mut String) {
        let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
        line("kind", self.kind.written());
        line("code", self.code.written());
        if let Some(label) = &self.label {
            line("label", quoted(label));
        }
        if let Some(system) = &self.system {
            line("system", system.written());
        }
        line(
            "when",
            match &self.when {
                When::Day { day } => format!("{{ day = {} }}", quoted(day)),
                When::Period { from, to, bounds } => {
                    format!(
                        "{{ from = {}, to = {}, bounds = \"{}\" }}",
                        quoted(from),
                        quoted(to),
                        bounds.as_str()
                    )
                }
                When::On { on } => format!("{{ on = {} }}", quoted(on)),
            },
        );
        for (key, column) in [("area", &self.area), ("client", &self.client), ("record", &self.record)] {
            if let Some(column) = column {
                line(key, quoted(column));
            }
        }
        for (key, amount) in [("count", &self.count), ("exposure", &self.exposure)] {
            match amount {
                Some(Amount::Number(x)) => line(key, number(*x)),
                Some(Amount::Column(column)) => line(key, quoted(column)),
                Some(Amount::AnyOf { column, any_of }) => {
                    line(key, format!("{{ column = {}, any_of = {} }}", quoted(column), list(any_of)));
                }
                None => {}
            }
        }
        if !self.only.is_empty() {
            let all: Vec<String> = self.only.iter().map(Condition::written).collect();
            line("only", format!("[{}]", all.join(", ")));
        }
        if !self.groups.is_empty() {
            out.push_str("[event.groups]\n");
            for (dimension, group) in &self.groups {
                let value = if group.values.is_empty() && group.other.is_none() {
                    quoted(&group.column)
                } else {
                    column_table(&group.column, &group.values, &group.other)
                };
                out.push_str(&format!("{} = {value}\n", quoted(dimension)));
            }
        }
    }
}

impl Text {
    fn written(&self) -> String {
        match self {
            Text::Constant(text) => quoted(text),
            Text::Column { column, values, other } => column_table(column, values, other),
        }
    }
}

impl Condition {
    fn written(&self) -> String {
        let mut out = format!("{{ column = {}", quoted(&self.column));
        for (key, values) in [("any_of", &self.any_of), ("none_of", &self.none_of)] {
            if !values.is_empty() {
                out.push_str(&format!(", {key} = {}", list(values)));
            }
        }
        for (key, bound) in [("min", self.min), ("max", self.max)] {
            if let Some(bound) = bound {
                out.push_str(&format!(", {key} = {}", number(bound)));
            }
        }
        out.push_str(" }");
        out
    }
}

fn column_table(column: &str, values: &BTreeMap<String, String>, other: &Option<String>) -> String {
    let mut out = format!("{{ column = {}", quoted(column));
    if !values.is_empty() {
        let pairs: Vec<String> =
            values.iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to))).collect();
        out.push_str(&format!(", values = {{ {} }}", pairs.join(", ")));
    }
    if let Some(other) = other {
        out.push_str(&format!(", other = {}", quoted(other)));
    }
    out.push_str(" }");
    out
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A basic string: always on one line, so that it may stand in an inline table and be a key.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn number(x: f64) -> String {
    // Floats print without a point when they are whole, and both readers take whole numbers.
    if x.is_finite() && x.abs() < 1e15 { format!("{x}") } else { toml::Value::Float(x).to_string() }
}
