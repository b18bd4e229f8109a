//! What a method answers, as one JSON object and as text for people.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// A method's answer with the account of what it was made from.
#[derive(Debug, Default)]
pub struct Answer {
    /// Rows used, after dropping.
    pub n_rows: usize,
    pub dropped: Dropped,
    /// What was asked for, including what was assumed.
    pub options: Map<String, Value>,
    pub warnings: Vec<String>,
    pub result: Map<String, Value>,
    /// The readable tables and the plain sentences.
    pub text: String,
}

impl Answer {
    pub fn to_json(&self, method: &str, seed: u64) -> Value {
        json!({
            "method": method,
            "n_rows": self.n_rows,
            "n_dropped": self.dropped.total(),
            "dropped_why": self.dropped.to_json(),
            "options": self.options,
            "seed": seed,
            "warnings": self.warnings,
            "result": self.result,
        })
    }

    pub fn to_text(&self, method: &str) -> String {
        let mut text = format!("{method}: {} rows", self.n_rows);
        if self.dropped.total() > 0 {
            let _ = write!(text, ", {} dropped", self.dropped.total());
            let why: Vec<String> =
                self.dropped.0.iter().map(|(reason, n)| format!("{n}: {reason}")).collect();
            let _ = write!(text, " ({})", why.join("; "));
        }
        let _ = write!(text, "\n\n{}", self.text.trim_end());
        for warning in &self.warnings {
            let _ = write!(text, "\nNote: {warning}");
        }
        text
    }

    /// Adds a warning once.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Rows left out and why, in the order the reasons first occurred.
#[derive(Debug, Default)]
pub struct Dropped(Vec<(String, usize)>);

impl Dropped {
    pub fn add(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, n)) => *n += 1,
            None => self.0.push((reason, 1)),
        }
    }

    pub fn total(&self) -> usize {
        self.0.iter().map(|(_, n)| n).sum()
    }

    fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(reason, n)| (reason.clone(), json!(n))).collect())
    }
}

/// A number for JSON: infinity is "inf", what is not a number is null.
pub fn number(x: f64) -> Value {
    if x.is_infinite() { json!(if x > 0.0 { "inf" } else { "-inf" }) } else { json!(x) }
}

/// A number that may be undefined; null then.
pub fn maybe(x: Option<f64>) -> Value {
    x.map_or(Value::Null, number)
}

/// A number for people: about four significant digits.
pub fn short(x: f64) -> String {
    let size = x.abs();
    if x.is_nan() {
        "undefined".into()
    } else if x.is_infinite() {
        if x > 0.0 { "infinite".into() } else { "minus infinite".into() }
    } else if size > 0.0 && !(1e-4..1e7).contains(&size) {
        format!("{x:.3e}")
    } else if size >= 1000.0 {
        format!("{x:.1}")
    } else if size >= 10.0 {
        format!("{x:.2}")
    } else if size >= 0.1 || size <= 0.0 {
        format!("{x:.3}")
    } else {
        format!("{x:.6}")
    }
}

/// The same for what may be undefined.
pub fn short_maybe(x: Option<f64>) -> String {
    x.map_or_else(|| "undefined".into(), short)
}

/// "0.97 to 3.61".
pub fn span(lower: f64, upper: f64) -> String {
    format!("{} to {}", short(lower), short(upper))
}

/// Lines up cells under their headings: the first column to the left, the others to the right.
pub fn columns(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width_of = |i: usize, heading: &str| {
        rows.iter()
            .filter_map(|row| row.get(i))
            .map(|cell| cell.chars().count())
            .fold(heading.chars().count(), usize::max)
    };
    let widths: Vec<usize> = headings.iter().enumerate().map(|(i, heading)| width_of(i, heading)).collect();
    let line = |cells: &[&str]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, width))| {
                let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                if i == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut text = line(headings);
    for row in rows {
        text.push('\n');
        text.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinity_is_a_word_and_what_is_undefined_is_null() {
        assert_eq!(number(f64::INFINITY), json!("inf"));
        assert_eq!(number(f64::NEG_INFINITY), json!("-inf"));
        assert_eq!(number(f64::NAN), Value::Null);
        assert_eq!(maybe(None), Value::Null);
        assert_eq!(number(0.1 + 0.2).to_string(), "0.30000000000000004");
    }

    #[test]
    fn reasons_are_counted_in_the_order_they_came() {
        let mut dropped = Dropped::default();
        for reason in ["b is empty", "a is empty", "b is empty"] {
            dropped.add(reason);
        }
        assert_eq!(dropped.total(), 3);
        assert_eq!(dropped.to_json().to_string(), r#"{"b is empty":2,"a is empty":1}"#);
    }

    #[test]
    fn columns_line_up() {
        let text =
            columns(&["group", "n"], &[vec!["é".into(), "10".into()], vec!["long name".into(), "7".into()]]);
        assert_eq!(text, "group       n\né          10\nlong name   7\n");
    }
}
