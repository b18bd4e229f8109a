//! Questions of a form as a list, for forms whose questions come from code lists; and the picker of one code by a tap.

use super::form::{Choice, Field, Problem};

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskKind {
    Select,
    /// Several may be ticked; the field holds the error alone.
    Checks,
    Text,
    Area,
    Number,
    Day,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub name: &'static str,
    pub kind: AskKind,
    pub field: Field,
    pub label: String,
    pub hint: String,
    pub choices: Vec<Choice>,
}

impl Ask {
    pub fn new(name: &'static str, kind: AskKind, field: Field, label: impl Into<String>) -> Self {
        Self { name, kind, field, label: label.into(), hint: String::new(), choices: Vec::new() }
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    #[must_use]
    pub fn choices(self, choices: Vec<Choice>) -> Self {
        Self { choices, ..self }
    }

    /// The choices, for the template's loops.
    pub fn options(&self) -> &[Choice] {
        &self.choices
    }

    /// What is wrong, with the id that leads to it.
    pub fn problem(&self) -> Option<Problem> {
        let text = self.field.error.clone()?;
        Some(Problem { field: self.name.to_owned(), text })
    }
}

/// One thing to pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    pub code: String,
    pub label: String,
    /// What it is; empty for none.
    pub meaning: String,
    /// What a search looks in, folded.
    pub search: String,
}

/// A code to be picked: the usual ones on top, all others under them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picker {
    pub label: String,
    pub rest_label: String,
    /// What stands in the field that finds by words.
    pub find: String,
    pub field: Field,
    pub usual: Vec<Pick>,
    pub rest: Vec<Pick>,
}

impl Picker {
    pub fn is_chosen(&self, pick: &Pick) -> bool {
        self.field.value == pick.code
    }

    pub fn is_rest_chosen(&self) -> bool {
        self.rest.iter().any(|pick| self.is_chosen(pick))
    }

    pub fn problem(&self) -> Option<Problem> {
        let text = self.field.error.clone()?;
        Some(Problem { field: "code".to_owned(), text })
    }
}

/// A form that picks a code and asks a few questions, the first ones always, the others when opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickForm {
    pub picker: Picker,
    pub first: Vec<Ask>,
    pub more: Vec<Ask>,
    pub is_more_open: bool,
}

impl PickForm {
    pub fn problems(&self) -> Vec<Problem> {
        let asks = self.first.iter().chain(&self.more).filter_map(Ask::problem);
        self.picker.problem().into_iter().chain(asks).collect()
    }
}
