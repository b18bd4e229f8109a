//! A mapping as a file.

use std::collections::BTreeMap;

use super::{Amount, Condition, EventMapping, FileFormat, Mapping, Text, When};
use crate::dates::DateStyle;

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
