//! What was answered, and what follows from it: which items show, scores, needs, change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stats::change::reliable_change;

use super::instrument::{Direction, Instrument, Item, ItemKind, Missing, Scale, ScaleMethod};

/// The answer to one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    One(String),
    Many(BTreeSet<String>),
    Number(f64),
    Text(String),
    /// The code of a [`Missing`].
    Missing(String),
}

/// Item to answer. An item that shows and stands not in it was not asked.
pub type Answers = BTreeMap<String, Answer>;

/// What is wrong with an answer; each has its words on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// Not a choice of this item.
    NoSuchChoice,
    NotANumber,
    OutOfRange,
    TooLong,
}

/// Letters of a written answer at most.
pub const TEXT_MOST: usize = 4_000;

/// Reads what was sent for each item; items that do not show are left out, whatever was sent for them.
pub fn read<'s>(
    instrument: &Instrument,
    sent: impl Fn(&str) -> Vec<&'s str>,
) -> Result<Answers, BTreeMap<String, AnswerFault>> {
    let (mut answers, mut faults) = (Answers::new(), BTreeMap::new());
    for item in &instrument.items {
        if !shows(item, &answers) {
            continue;
        }
        let sent: Vec<&str> = sent(&item.id).into_iter().map(str::trim).filter(|it| !it.is_empty()).collect();
        match read_one(instrument, item, &sent) {
            Ok(Some(answer)) => {
                answers.insert(item.id.clone(), answer);
            }
            Ok(None) => {}
            Err(fault) => {
                faults.insert(item.id.clone(), fault);
            }
        }
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults) }
}

fn read_one(instrument: &Instrument, item: &Item, sent: &[&str]) -> Result<Option<Answer>, AnswerFault> {
    let Some(first) = sent.first() else { return Ok(None) };
    if let Some(missing) = sent.iter().find_map(|it| Missing::from_code(it)) {
        return Ok(Some(Answer::Missing(missing.code().to_owned())));
    }
    let is_choice = |code: &str| instrument.choices(item).iter().any(|choice| choice.code == code);
    Ok(Some(match item.kind {
        ItemKind::One if is_choice(first) => Answer::One((*first).to_owned()),
        ItemKind::Many if sent.iter().all(|code| is_choice(code)) => {
            Answer::Many(sent.iter().map(|code| (*code).to_owned()).collect())
        }
        ItemKind::One | ItemKind::Many => return Err(AnswerFault::NoSuchChoice),
        ItemKind::Number => {
            let number: f64 = first.replace(',', ".").parse().map_err(|_| AnswerFault::NotANumber)?;
            let fits = item.least.is_none_or(|least| number >= least)
                && item.most.is_none_or(|most| number <= most)
                && number.is_finite();
            if !fits {
                return Err(AnswerFault::OutOfRange);
            }
            Answer::Number(number)
        }
        ItemKind::Text if first.chars().count() <= TEXT_MOST => Answer::Text((*first).to_owned()),
        ItemKind::Text => return Err(AnswerFault::TooLong),
    }))
}

/// Whether an item shows, given the answers to the items before it.
pub fn shows(item: &Item, answers: &Answers) -> bool {
    item.show_if.iter().all(|condition| match answers.get(&condition.item) {
        Some(Answer::One(code)) => condition.any_of.contains(code),
        Some(Answer::Many(codes)) => condition.any_of.iter().any(|code| codes.contains(code)),
        _ => false,
    })
}

/// The single value of an answer; None where it has none.
fn value(instrument: &Instrument, item: &Item, answer: &Answer) -> Option<f64> {
    match answer {
        Answer::One(code) => {
            instrument.choices(item).iter().find(|choice| choice.code == *code).map(|it| it.value)
        }
        Answer::Number(number) => Some(*number),
        Answer::Many(_) | Answer::Text(_) | Answer::Missing(_) => None,
    }
}

/// The score of one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    pub scale: String,
    /// None: too few items were answered.
    pub value: Option<f64>,
    /// Code of the level; empty where there is none.
    pub level: String,
    pub answered: usize,
    /// Items of the scale that showed.
    pub of_items: usize,
}

pub fn scores(instrument: &Instrument, answers: &Answers) -> Vec<Score> {
    instrument.scales.iter().map(|scale| score(instrument, scale, answers)).collect()
}

fn score(instrument: &Instrument, scale: &Scale, answers: &Answers) -> Score {
    let shown: Vec<&Item> =
        scale.items.iter().filter_map(|id| instrument.item(id)).filter(|item| shows(item, answers)).collect();
    let values: Vec<f64> =
        shown.iter().filter_map(|item| value(instrument, item, answers.get(&item.id)?)).collect();
    let (answered, of_items) = (values.len(), shown.len());
    let is_enough = answered > 0 && answered as f64 >= scale.least_answered * of_items as f64 - 1e-9;
    let sum: f64 = values.iter().sum();
    let mean = sum / answered as f64;
    let value = is_enough.then(|| match scale.method {
        ScaleMethod::Sum => mean * of_items as f64,
        ScaleMethod::Mean => mean,
        ScaleMethod::Highest => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ScaleMethod::Count => values.iter().filter(|it| **it >= scale.count_from).count() as f64,
        ScaleMethod::CountUpTo => values.iter().filter(|it| **it <= scale.count_from).count() as f64,
    });
    let level = value.and_then(|it| scale.level(it)).map(|it| it.code.clone()).unwrap_or_default();
    Score { scale: scale.id.clone(), value, level, answered, of_items }
}

/// A need that an answer names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeedNamed {
    /// Of [`super::instrument::NEEDS`].
    pub domain: String,
    pub item: String,
}

/// Needs in the order of the items, each domain once: the first item that names it.
pub fn needs(instrument: &Instrument, answers: &Answers) -> Vec<NeedNamed> {
    let mut found: Vec<NeedNamed> = Vec::new();
    let mut add = |domain: &str, item: &Item| {
        if !domain.is_empty() && !found.iter().any(|need| need.domain == domain) {
            found.push(NeedNamed { domain: domain.to_owned(), item: item.id.clone() });
        }
    };
    for item in &instrument.items {
        let Some(answer) = answers.get(&item.id).filter(|_| shows(item, answers)) else { continue };
        for choice in instrument.choices(item) {
            let is_chosen = match answer {
                Answer::One(code) => choice.code == *code,
                Answer::Many(codes) => codes.contains(&choice.code),
                _ => false,
            };
            if is_chosen {
                add(&choice.need, item);
            }
        }
        if value(instrument, item, answer).is_some_and(|it| it >= item.need_from) {
            add(&item.need, item);
        }
    }
    found
}

/// What happened to a score between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Better,
    Worse,
    /// Within what the instrument's own error makes.
    NoReliableChange,
    Same,
    /// It moved this way; nobody knows how large the instrument's error is.
    MovedBetter,
    MovedWorse,
}

/// None where either time has no score.
pub fn change(scale: &Scale, before: Option<f64>, after: Option<f64>) -> Option<Change> {
    const SURE: f64 = 1.96;
    let (before, after) = (before?, after?);
    let moved = after - before;
    if moved.abs() < 1e-9 {
        return Some(Change::Same);
    }
    let is_better = (moved > 0.0) == (scale.high_is == Direction::Better);
    let index = scale.precision().and_then(|precision| reliable_change(before, after, precision));
    Some(match (index, is_better) {
        (None, true) => Change::MovedBetter,
        (None, false) => Change::MovedWorse,
        (Some(index), _) if index.abs() < SURE => Change::NoReliableChange,
        (Some(_), true) => Change::Better,
        (Some(_), false) => Change::Worse,
    })
}
