//! A mapping from its file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor, value::MapAccessDeserializer};

use super::check::{MappingProblem, Step};
use super::{Amount, Bounds, Delimiter, Group, Mapping, Text, When};
use crate::dates::DateStyle;
use crate::words;

impl Mapping {
    /// Reads a mapping file (TOML). All problems at once where the grammar allows it.
    pub fn parse(text: &str) -> Result<Mapping, Vec<MappingProblem>> {
        // Editors of some systems put a byte order mark in front.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mapping: Mapping = toml::from_str(text).map_err(|error| {
            vec![MappingProblem {
                at: error.span().map(|span| line_and_column(text, span.start)),
                place: String::new(),
                problem: words::MAP_GRAMMAR.with("fault", error.message().replace('\n', "; ")),
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

pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
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
