//! An instrument as data: items, which of them show when, scales, levels. One file per version, in TOML or JSON.
//!
//! What an agency has a licence for it loads itself; what Groundswell ships is in its own words (`crates/domain/instruments`).
//! An instrument that has been used is never edited: a change is a new version.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use stats::change::Precision;

/// A text in the languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub en: String,
    /// Empty: the English text stands in.
    #[serde(default)]
    pub es: String,
}

impl Words {
    pub fn of(&self, language: &str) -> &str {
        if language == "es" && !self.es.is_empty() { &self.es } else { &self.en }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Lower case letters, digits and hyphens.
    pub id: String,
    pub version: u32,
    pub title: Words,
    pub about: Words,
    /// Where the wording comes from and under which terms.
    pub source: String,
    /// Whether an assessment is about one system, an office say.
    #[serde(default)]
    pub wants_system: bool,
    /// Lists of choices that several items share.
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<Choice>>,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
    #[serde(rename = "scale", default)]
    pub scales: Vec<Scale>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    One,
    Many,
    Number,
    Text,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub text: Words,
    #[serde(default)]
    pub help: Option<Words>,
    /// A heading above this item.
    #[serde(default)]
    pub section: Option<Words>,
    pub kind: ItemKind,
    /// Name of a shared list of choices.
    #[serde(default)]
    pub list: String,
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The need that an answer of `need_from` or more names.
    #[serde(default)]
    pub need: String,
    #[serde(default)]
    pub need_from: f64,
    /// Shown only where all of these hold.
    #[serde(default)]
    pub show_if: Vec<Condition>,
    /// Of a number.
    #[serde(default)]
    pub least: Option<f64>,
    #[serde(default)]
    pub most: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub code: String,
    pub value: f64,
    pub text: Words,
    /// The need that this choice names.
    #[serde(default)]
    pub need: String,
}

/// One of these answers was given to an earlier item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub item: String,
    pub any_of: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleMethod {
    /// Sum of the answers; where some are missing, the mean of the others stands in for them.
    Sum,
    Mean,
    Highest,
    /// How many answers are at least `count_from`.
    Count,
    /// How many are at most that.
    CountUpTo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Worse,
    Better,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    pub id: String,
    pub title: Words,
    pub items: Vec<String>,
    pub method: ScaleMethod,
    #[serde(default)]
    pub count_from: f64,
    /// Share of the items shown that must be answered for there to be a score, above 0 to 1.
    pub least_answered: f64,
    /// What a higher score means.
    pub high_is: Direction,
    #[serde(default)]
    pub levels: Vec<Level>,
    /// With both, a change between two times is held against the error of the instrument.
    #[serde(default)]
    pub sd: Option<f64>,
    #[serde(default)]
    pub reliability: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Scores from here on.
    pub from: f64,
    pub code: String,
    pub text: Words,
}

/// Needs by the Gravity Project's domains, with those that agencies of this kind also meet.
pub const NEEDS: [&str; 29] = [
    "food_insecurity",
    "housing_instability",
    "homelessness",
    "inadequate_housing",
    "transportation_insecurity",
    "financial_insecurity",
    "material_hardship",
    "education",
    "employment",
    "veteran_status",
    "stress",
    "social_connection",
    "intimate_partner_violence",
    "elder_abuse",
    "health_literacy",
    "health_insurance_coverage",
    "medical_cost_burden",
    "digital_literacy",
    "digital_access",
    "utility_insecurity",
    "incarceration_status",
    "language_access",
    "child_safety",
    "mental_health",
    "substance_use",
    "disability_support",
    "legal",
    "immigration",
    "childcare",
];

/// What is wrong with an instrument's file, for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentError {
    #[error("read the instrument: {0}")]
    Unreadable(String),
    #[error("read the instrument: {}", .0.join("; "))]
    Wrong(Vec<String>),
}

impl Instrument {
    /// Reads TOML, or JSON where the text begins with a brace. All that is wrong is said at once.
    pub fn parse(text: &str) -> Result<Self, InstrumentError> {
        let read = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())
        } else {
            toml::from_str(text).map_err(|error| error.to_string())
        };
        let instrument: Self = read.map_err(InstrumentError::Unreadable)?;
        let wrong = instrument.faults();
        if wrong.is_empty() { Ok(instrument) } else { Err(InstrumentError::Wrong(wrong)) }
    }

    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    pub fn scale(&self, id: &str) -> Option<&Scale> {
        self.scales.iter().find(|scale| scale.id == id)
    }

    /// The choices of an item, its own or those of its list.
    pub fn choices<'i>(&'i self, item: &'i Item) -> &'i [Choice] {
        if item.list.is_empty() {
            &item.choices
        } else {
            self.lists.get(&item.list).map_or(&[], Vec::as_slice)
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let is_id = |id: &str| {
            !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
        };
        if !is_id(&self.id) {
            faults.push("`id` must be lower case letters, digits and hyphens".to_owned());
        }
        if self.version == 0 {
            faults.push("`version` begins with 1".to_owned());
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for item in &self.items {
            let mut fault = |what: &str| faults.push(format!("item `{}`: {what}", item.id));
            if !is_id(&item.id) {
                fault("its `id` must be lower case letters, digits, hyphens or underscores");
            }
            let choices = self.choices(item);
            let needs_choices = matches!(item.kind, ItemKind::One | ItemKind::Many);
            if needs_choices && choices.is_empty() {
                fault("it needs `choices`, or a `list` that exists");
            }
            let codes: BTreeSet<&str> = choices.iter().map(|it| it.code.as_str()).collect();
            if codes.len() < choices.len() {
                fault("two of its choices have the same `code`");
            }
            if choices.iter().any(|choice| Missing::from_code(&choice.code).is_some()) {
                fault("a choice has the code of a missing answer, which every item has anyway");
            }
            for need in choices.iter().map(|it| &it.need).chain([&item.need]).filter(|it| !it.is_empty()) {
                if !NEEDS.contains(&need.as_str()) {
                    fault(&format!("there is no need called `{need}`"));
                }
            }
            for condition in &item.show_if {
                let known = self.item(&condition.item).filter(|_| seen.contains(condition.item.as_str()));
                match known {
                    None => fault(&format!("`show_if` names `{}`, which is no earlier item", condition.item)),
                    Some(earlier) => {
                        let choices = self.choices(earlier);
                        if condition.any_of.iter().any(|code| !choices.iter().any(|it| it.code == *code)) {
                            fault(&format!("`show_if` names an answer that `{}` does not have", earlier.id));
                        }
                    }
                }
            }
            if !seen.insert(&item.id) {
                faults.push(format!("there are two items `{}`", item.id));
            }
        }
        let mut scales: BTreeSet<&str> = BTreeSet::new();
        for scale in &self.scales {
            let mut fault = |what: &str| faults.push(format!("scale `{}`: {what}", scale.id));
            for id in &scale.items {
                match self.item(id).map(|item| item.kind) {
                    Some(ItemKind::One | ItemKind::Number) => {}
                    Some(_) => fault(&format!("`{id}` has no single value")),
                    None => fault(&format!("there is no item `{id}`")),
                }
            }
            if scale.items.is_empty() {
                fault("it has no items");
            }
            if !(scale.least_answered > 0.0 && scale.least_answered <= 1.0) {
                fault("`least_answered` must be above 0 and at most 1");
            }
            if !scale.levels.is_sorted_by(|a, b| a.from < b.from) {
                fault("its levels must rise");
            }
            if scale.precision().is_none() && (scale.sd.is_some() || scale.reliability.is_some()) {
                fault("`sd` (above 0) and `reliability` (0 to below 1) go together");
            }
            if !scales.insert(&scale.id) {
                faults.push(format!("there are two scales `{}`", scale.id));
            }
        }
        faults
    }
}

impl Scale {
    pub fn precision(&self) -> Option<Precision> {
        let precision = Precision { sd: self.sd?, reliability: self.reliability? };
        (precision.sd > 0.0 && (0.0..1.0).contains(&precision.reliability)).then_some(precision)
    }

    /// The highest level that a score reaches.
    pub fn level(&self, score: f64) -> Option<&Level> {
        self.levels.iter().rev().find(|level| score >= level.from)
    }
}

/// Why there is no answer. HUD's three, kept apart everywhere; never a bare blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    DoesNotKnow,
    PrefersNotToAnswer,
    NotAsked,
}

impl Missing {
    pub const ALL: [Self; 3] = [Self::DoesNotKnow, Self::PrefersNotToAnswer, Self::NotAsked];

    pub const fn code(self) -> &'static str {
        match self {
            Self::DoesNotKnow => "does_not_know",
            Self::PrefersNotToAnswer => "prefers_not",
            Self::NotAsked => "not_asked",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}
