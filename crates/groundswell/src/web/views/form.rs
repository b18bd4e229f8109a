//! Fields of a form: what was typed is kept, what is wrong stands beside it.

use std::fmt::Write as _;

/// One field: the typed text and, when it is wrong, what to do about it (a sentence, in the page's language).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    pub value: String,
    pub error: Option<String>,
}

impl Field {
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    pub fn wrong(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }

    /// The ids of the hint and the error that a screen reader reads with the field.
    pub fn described_by(&self, name: &str, hint: impl AsRef<str>) -> String {
        let mut ids = String::new();
        if !hint.as_ref().is_empty() {
            let _ = write!(ids, "{name}-hint");
        }
        if self.error.is_some() {
            if !ids.is_empty() {
                ids.push(' ');
            }
            let _ = write!(ids, "{name}-error");
        }
        ids
    }
}

/// One choice of a list, of radio buttons or of checkboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// A sentence under the label; empty for none.
    pub hint: String,
    pub is_chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new(), is_chosen: false }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same choice, chosen when its value is `chosen`.
    #[must_use]
    pub fn chosen_if(mut self, chosen: &str) -> Self {
        self.is_chosen = self.value == chosen;
        self
    }
}

/// One line of the summary on top of a form: where it leads and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the field.
    pub field: String,
    pub text: String,
}

/// The problems of these fields, in the order of the form.
pub fn problems(fields: &[(&str, &Field)]) -> Vec<Problem> {
    fields
        .iter()
        .filter_map(|(name, field)| {
            field.error.clone().map(|text| Problem { field: (*name).to_owned(), text })
        })
        .collect()
}
