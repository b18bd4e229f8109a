//! What does not hold together in a mapping, and where.

use std::fmt;

use domain::kernel::clock::Day;
use domain::kernel::codes::code_from;

use super::{Amount, Condition, EventMapping, Mapping, REJECT, Text, When};
use crate::events::{kind_codes, kind_from};
use crate::number::COUNT_MAX;
use crate::problem::nearest;
use crate::words::{self, Words};

/// What does not hold in a mapping, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// Line and column of the mapping file, from 1; `None` when it came from a form.
    pub at: Option<(usize, usize)>,
    /// The field, as a path: "event 2, when".
    pub place: String,
    /// What was expected.
    pub problem: Words,
    pub(super) path: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(&'static str),
    Item(usize),
    Name(String),
}

impl MappingProblem {
    /// Which event is meant, from 0; `None` where the mapping as a whole is.
    pub fn event(&self) -> Option<usize> {
        match self.path.as_slice() {
            [Step::Key("event"), Step::Item(n), ..] => Some(*n),
            _ => None,
        }
    }

    /// The member of the event (or of the mapping) that is meant: "code", "only", "dataset".
    pub fn member(&self) -> Option<&'static str> {
        match self.path.as_slice() {
            [Step::Key("event"), Step::Item(_), Step::Key(key), ..] | [Step::Key(key)] => Some(key),
            _ => None,
        }
    }

    /// Which of the filters, from 0.
    pub fn condition(&self) -> Option<usize> {
        match self.path.as_slice() {
            [.., Step::Key("only"), Step::Item(n)] => Some(*n),
            _ => None,
        }
    }

    /// Which of the group dimensions.
    pub fn dimension(&self) -> Option<&str> {
        match self.path.as_slice() {
            [.., Step::Key("groups"), Step::Name(name)] => Some(name),
            _ => None,
        }
    }
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
    /// What does not hold together; empty when the mapping can be used.
    pub fn check(&self) -> Vec<MappingProblem> {
        let mut check = Check { problems: Vec::new(), path: Vec::new() };
        check.within(Step::Key("dataset"), |check| {
            let name = &self.dataset;
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || name.len() > 60 || !name.chars().all(allowed) {
                check.add(&words::MAP_DATASET);
            } else if name == "casework" {
                check.add(&words::MAP_CASEWORK);
            }
        });
        if self.events.is_empty() {
            check.add(&words::MAP_EVENT);
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

    fn add(&mut self, problem: impl Into<Words>) {
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
            self.add(&words::MAP_COLUMN);
        } else if name.trim() != name {
            self.add(&words::MAP_COLUMN_BLANKS);
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
                    check.add(&words::MAP_PERIOD);
                }
            }
            When::On { on } => {
                if Day::parse_iso(on).is_err() {
                    check.add(&words::MAP_ON);
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
                    check.add(&words::MAP_COUNT);
                }
            }
            Some(amount) => check.amount(amount),
            None => {}
        });
        self.within(Step::Key("exposure"), |check| match &event.exposure {
            Some(Amount::Number(x)) if !(x.is_finite() && *x > 0.0) => check.add(&words::MAP_EXPOSURE),
            Some(Amount::AnyOf { .. }) => check.add(&words::MAP_EXPOSURE_ANY),
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
                        check.add(&words::MAP_DIMENSION);
                    }
                    check.column(&group.column);
                    if group.other.is_some() && group.values.is_empty() {
                        check.add(&words::MAP_OTHER);
                    }
                });
            });
        }
    }

    fn kind(&mut self, kind: &Text) {
        let mut word = |text: &str, what: &str| {
            if kind_from(text).is_none() {
                let words = kind_codes();
                let near = nearest(text, &words);
                let words = words.join(", ");
                self.add(match near {
                    Some(near) => {
                        words::MAP_KIND_NEAR.with("member", what).and("words", words).and("near", near)
                    }
                    None => words::MAP_KIND.with("member", what).and("words", words),
                });
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
        let plain = |text: &str| code_from(text).is_some_and(|code| code == text);
        match code {
            Text::Constant(text) if !plain(text) => self.add(&words::MAP_CODE),
            Text::Constant(_) => {}
            Text::Column { values, other, .. } => {
                if values.values().chain(other).any(|text| !plain(text)) {
                    self.add(&words::MAP_CODES);
                }
                self.text(code);
            }
        }
    }

    fn text(&mut self, text: &Text) {
        if let Text::Column { column, values, other } = text {
            self.column(column);
            if other.is_some() && values.is_empty() {
                self.add(&words::MAP_OTHER);
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
                    self.add(&words::MAP_ANY_OF);
                }
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        self.column(&condition.column);
        let Condition { any_of, none_of, min, max, .. } = condition;
        if any_of.is_empty() && none_of.is_empty() && min.is_none() && max.is_none() {
            self.add(&words::MAP_CONDITION);
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.add(&words::MAP_MIN_MAX);
        }
    }
}
