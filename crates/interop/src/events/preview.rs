//! A first look at a table: its columns, its first rows, and what the columns seem to mean.
//!
//! For the page on which a person makes a mapping. The guesses are starting points, made from names and values; the
//! person decides.

use std::collections::BTreeSet;
use std::fmt;

use domain::kernel::clock::Day;
use domain::kernel::codes::{EventKind, code_from};

use super::mapping::{Amount, Bounds, Delimiter, EventMapping, FileFormat, Group, Mapping, Text, When};
use crate::dates::{self, DateStyle};
use crate::number;
use crate::problem::{FileProblem, FileWarning};
use crate::table::Table;

/// Rows looked at for the guesses.
const SAMPLE_ROWS: usize = 500;
/// More different values than these are no list to choose from.
const DISTINCT_MAX: usize = 60;

/// What a column may be mapped to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnGuess {
    Day,
    PeriodFrom,
    PeriodTo,
    Area,
    Client,
    Record,
    Count,
    Exposure,
    Code,
    System,
    /// A dimension of equity, by this name.
    Group(String),
    /// Nothing that is needed.
    Unused,
}

/// One column of a preview.
#[derive(Clone, PartialEq)]
pub struct PreviewColumn {
    pub name: String,
    pub guess: ColumnGuess,
    /// Share of the sampled rows in which it is empty, 0 to 1.
    pub blank_share: f64,
    /// The different values of the sample in order, if they are few enough to be a list; else empty.
    pub values: Vec<String>,
}

/// The head of a table.
#[derive(Clone, PartialEq)]
pub struct Preview {
    pub delimiter: char,
    pub columns: Vec<PreviewColumn>,
    /// The first rows, as many fields as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Rows of the sample that do not have as many fields as there are columns, or are no text.
    pub rows_bad: usize,
    pub warnings: Vec<FileWarning>,
    /// The guesses as a mapping; `None` if they are not enough for one.
    pub suggestion: Option<Mapping>,
}

/// The rows may be about clients, so `Debug` shows none.
impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.columns.iter().map(|column| (&column.name, &column.guess)).collect();
        f.debug_struct("Preview")
            .field("delimiter", &self.delimiter)
            .field("columns", &columns)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// Looks at the head of a file: `bytes` may end in the middle of a row. `n`: rows to show.
///
/// # Errors
/// When the head is no table.
pub fn preview(file: &str, bytes: &[u8], n: usize, today: Day) -> Result<Preview, FileProblem> {
    let mut table = Table::open(file, bytes, None, &[])?;
    let width = table.names().len();
    let mut looks: Vec<Look> = (0..width).map(|_| Look::default()).collect();
    let mut rows = Vec::new();
    let mut rows_bad = 0;
    let mut sampled = 0;
    while sampled < SAMPLE_ROWS.max(n) {
        let Some(row) = table.next_row()? else { break };
        if row.fault.is_some() {
            rows_bad += 1;
            continue;
        }
        sampled += 1;
        let fields: Vec<String> =
            (0..width).map(|column| table.field(&row, column).trim().to_owned()).collect();
        for (look, value) in looks.iter_mut().zip(&fields) {
            look.add(value, today);
        }
        if rows.len() < n {
            rows.push(fields);
        }
    }
    let names: Vec<String> = table.names().iter().map(ToString::to_string).collect();
    let mut columns: Vec<PreviewColumn> = names
        .iter()
        .zip(&looks)
        .map(|(name, look)| PreviewColumn {
            name: name.clone(),
            guess: look.guess(name),
            blank_share: if look.rows == 0 { 0.0 } else { look.blank as f64 / look.rows as f64 },
            values: if look.many { Vec::new() } else { look.values.iter().cloned().collect() },
        })
        .collect();
    settle(&mut columns, &looks);
    let delimiter = table.delimiter();
    let suggestion = suggest(file, Delimiter::of_byte(delimiter), &columns);
    Ok(Preview {
        delimiter: char::from(delimiter),
        columns,
        rows,
        rows_bad,
        warnings: table.warnings().to_vec(),
        suggestion,
    })
}

/// What the sampled values of one column have in common.
#[derive(Default)]
struct Look {
    rows: usize,
    blank: usize,
    days: usize,
    counts: usize,
    amounts: usize,
    values: BTreeSet<String>,
    many: bool,
    unique: usize,
}

impl Look {
    fn add(&mut self, value: &str, today: Day) {
        self.rows += 1;
        if value.is_empty() {
            self.blank += 1;
            return;
        }
        self.days += usize::from(dates::parse(value, DateStyle::Auto, today.date()).is_ok());
        self.counts += usize::from(number::count(value).is_ok());
        self.amounts += usize::from(number::amount(value).is_ok());
        if self.values.insert(value.to_owned()) {
            self.unique += 1;
        }
        self.many = self.unique > DISTINCT_MAX;
    }

    fn filled(&self) -> usize {
        self.rows - self.blank
    }

    fn all(&self, n: usize) -> bool {
        self.filled() > 0 && n * 20 >= self.filled() * 19
    }

    fn guess(&self, name: &str) -> ColumnGuess {
        let slug = code_from(name).unwrap_or_default();
        let words: Vec<&str> = slug.split('_').collect();
        let is = |list: &[&str]| list.contains(&slug.as_str());
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        let few = self.filled() > 0 && !self.many;
        if let Some(dimension) = dimension(&words)
            && few
        {
            return ColumnGuess::Group(dimension.to_owned());
        }
        if self.all(self.days) {
            return if has(&["start", "from", "begin", "begins", "in", "admitted", "entry"]) {
                ColumnGuess::PeriodFrom
            } else if has(&["end", "to", "until", "out", "discharged", "exit"]) {
                ColumnGuess::PeriodTo
            } else {
                ColumnGuess::Day
            };
        }
        if is(&["area", "place", "geography"])
            || has(&[
                "zip",
                "zipcode",
                "zcta",
                "geoid",
                "postcode",
                "postal",
                "tract",
                "county",
                "borough",
                "boro",
                "ward",
                "neighborhood",
                "neighbourhood",
                "district",
                "precinct",
            ])
        {
            return ColumnGuess::Area;
        }
        let number = self.all(self.counts);
        if number && has(&["count", "counts", "n", "cases", "filings", "number", "total", "cnt", "events"]) {
            return ColumnGuess::Count;
        }
        if self.all(self.amounts)
            && has(&[
                "population",
                "exposure",
                "denominator",
                "units",
                "households",
                "enrolled",
                "enrollment",
            ])
        {
            return ColumnGuess::Exposure;
        }
        if has(&[
            "client",
            "case",
            "person",
            "participant",
            "defendant",
            "household",
            "patient",
            "student",
            "mrn",
        ]) {
            return ColumnGuess::Client;
        }
        let identifier = has(&["id", "record", "docket", "index", "uuid", "key", "ref", "reference"]);
        if identifier && self.unique == self.filled() {
            return ColumnGuess::Record;
        }
        if few && !number && has(&["system", "agency", "court", "department", "provider"]) {
            return ColumnGuess::System;
        }
        if few
            && !number
            && has(&[
                "type", "code", "reason", "category", "barrier", "event", "status", "outcome", "kind",
                "denial",
            ])
        {
            return ColumnGuess::Code;
        }
        ColumnGuess::Unused
    }
}

fn dimension(words: &[&str]) -> Option<&'static str> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(&["race"]) {
        Some("race")
    } else if has(&["ethnicity", "ethnic"]) {
        Some("ethnicity")
    } else if has(&["sex"]) {
        Some("sex")
    } else if has(&["gender"]) {
        Some("gender")
    } else if has(&["language", "lang"]) {
        Some("language")
    } else if has(&["disability", "disabled"]) {
        Some("disability")
    } else if has(&["age", "ages"]) && has(&["cat", "category", "group", "band", "range"]) {
        Some("age_band")
    } else {
        None
    }
}

/// Makes the guesses fit each other: each role once, and a period only with both ends.
fn settle(columns: &mut [PreviewColumn], looks: &[Look]) {
    let from = columns.iter().position(|column| column.guess == ColumnGuess::PeriodFrom);
    let to = columns.iter().position(|column| column.guess == ColumnGuess::PeriodTo);
    let period = from.is_some() && to.is_some();
    let mut taken: Vec<ColumnGuess> = Vec::new();
    for column in columns.iter_mut() {
        if matches!(column.guess, ColumnGuess::PeriodFrom | ColumnGuess::PeriodTo) && !period {
            column.guess = ColumnGuess::Day;
        }
        if column.guess == ColumnGuess::Day && period {
            column.guess = ColumnGuess::Unused;
        }
        if column.guess != ColumnGuess::Unused && taken.contains(&column.guess) {
            column.guess = ColumnGuess::Unused;
        }
        taken.push(column.guess.clone());
    }
    // In a table of counts the count may have any name: the one column of whole numbers that is left.
    if !taken
        .iter()
        .any(|guess| matches!(guess, ColumnGuess::Count | ColumnGuess::Client | ColumnGuess::Record))
    {
        let mut left = columns
            .iter_mut()
            .zip(looks)
            .filter(|(column, look)| column.guess == ColumnGuess::Unused && look.all(look.counts));
        if let (Some((only, _)), None) = (left.next(), left.next()) {
            only.guess = ColumnGuess::Count;
        }
    }
}

fn suggest(file: &str, delimiter: Option<Delimiter>, columns: &[PreviewColumn]) -> Option<Mapping> {
    let column = |guess: ColumnGuess| {
        columns.iter().find(|column| column.guess == guess).map(|column| column.name.clone())
    };
    let when =
        match (column(ColumnGuess::PeriodFrom), column(ColumnGuess::PeriodTo), column(ColumnGuess::Day)) {
            (Some(from), Some(to), _) => When::Period { from, to, bounds: Bounds::Closed },
            (_, _, day) => When::Day { day: day? },
        };
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let word = code_from(stem).unwrap_or_else(|| "imported".to_owned());
    let ascii: String = word.chars().filter(char::is_ascii).take(60).collect();
    let word = if ascii.is_empty() { "imported".to_owned() } else { ascii };
    let code = column(ColumnGuess::Code);
    let mut event = EventMapping::new(EventKind::Crisis, &word, when);
    if let Some(column) = code {
        event.code = Text::Column { column, values: Default::default(), other: None };
    }
    event.system = column(ColumnGuess::System).map(|column| Text::Column {
        column,
        values: Default::default(),
        other: None,
    });
    event.area = column(ColumnGuess::Area);
    event.client = column(ColumnGuess::Client);
    event.record = column(ColumnGuess::Record);
    event.count = column(ColumnGuess::Count).map(Amount::Column);
    event.exposure = column(ColumnGuess::Exposure).map(Amount::Column);
    for column in columns {
        if let ColumnGuess::Group(dimension) = &column.guess {
            let group = Group { column: column.name.clone(), ..Group::default() };
            event.groups.insert(dimension.clone(), group);
        }
    }
    let mapping = Mapping {
        dataset: word.replace('_', "-"),
        title: None,
        file: FileFormat { delimiter, dates: DateStyle::Auto },
        events: vec![event],
    };
    mapping.check().is_empty().then_some(mapping)
}
