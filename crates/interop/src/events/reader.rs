//! Rows of a table to events, fast and one at a time.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::Arc;

use domain::kernel::clock::Day;
use domain::kernel::codes::{EventKind, code_from};

use super::mapping::{Amount, Bounds, Condition, EventMapping, Group, Mapping, REJECT, Text, When};
use super::{ClientKey, EventRow, RecordKey, Row, kind_codes, kind_from};
use crate::dates::{self, DateFault, DateStyle};
use crate::number;
use crate::problem::{FileCause, FileProblem, FileWarning, RowProblem, listed, value_kind};
use crate::strata::{STRATA_MAX, Strata, StratumKey};
use crate::table::{Table, TableRow};
use crate::words::{self, Words};

/// The longest area code, client key or record key, in bytes.
const KEY_MAX: usize = 200;

/// Which rows' raw bytes are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepRaw {
    /// Those of bad rows.
    #[default]
    BadRows,
    /// Those of all rows.
    Always,
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows that were taken, also those that gave no event.
    pub rows_good: u64,
    pub rows_bad: u64,
    /// Of the good rows, those that the filters left without an event.
    pub rows_filtered: u64,
    pub rows_blank: u64,
    pub events: u64,
    /// Bytes taken from the file, for a progress bar.
    pub bytes_read: u64,
}

/// Reads events row by row. An iterator that ends after the last row or after a [`FileProblem`].
pub struct EventReader<R> {
    table: Table<R>,
    plan: Vec<EventPlan>,
    state: State,
    keep_raw: KeepRaw,
    summary: Summary,
    ended: bool,
}

impl<R: Read> EventReader<R> {
    /// Reads the head of the file and finds the mapped columns. `file` is its name for messages; a day after `today`
    /// is a problem.
    pub fn open(file: &str, read: R, mapping: &Mapping, today: Day) -> Result<EventReader<R>, FileProblem> {
        if let Some(problem) = mapping.check().first() {
            let cause = FileCause::Mapping(problem.to_string());
            return Err(FileProblem::new(&Arc::from(file), cause));
        }
        let delimiter = mapping.file.delimiter.map(|delimiter| delimiter.byte());
        let table = Table::open(file, read, delimiter, &mapping.columns())?;
        let mut plan = Vec::new();
        for event in &mapping.events {
            let scope = mapping.events.iter().position(|other| other.groups == event.groups);
            match EventPlan::new(event, scope.unwrap_or(0).to_string(), &table) {
                Some(event) => plan.push(event),
                None => {
                    let what = Words::from(&words::MAP_NO_COLUMN).to_string();
                    return Err(FileProblem::new(table.file(), FileCause::Mapping(what)));
                }
            }
        }
        Ok(EventReader {
            table,
            plan,
            state: State {
                today,
                dates: mapping.file.dates,
                strata: Strata::new(),
                areas: Memo::default(),
                scratch: String::new(),
                too_many: false,
            },
            keep_raw: KeepRaw::BadRows,
            summary: Summary::default(),
            ended: false,
        })
    }

    /// Asks for the raw bytes of all rows or of the bad ones.
    pub fn keep_raw(mut self, keep: KeepRaw) -> EventReader<R> {
        self.keep_raw = keep;
        self
    }

    /// The columns' names.
    pub fn columns(&self) -> &[Arc<str>] {
        self.table.names()
    }

    /// The header as it stands in the file, without a byte order mark or line end.
    pub fn header_raw(&self) -> &[u8] {
        self.table.header_raw()
    }

    /// The delimiter that is used.
    pub fn delimiter(&self) -> char {
        char::from(self.table.delimiter())
    }

    /// What the person should know about the file as a whole. Complete after the last row.
    pub fn warnings(&self) -> &[FileWarning] {
        self.table.warnings()
    }

    /// What was read so far.
    pub fn summary(&self) -> Summary {
        Summary { rows_blank: self.table.blank_rows(), bytes_read: self.table.bytes_read(), ..self.summary }
    }

    fn read(&mut self) -> Result<Option<Row>, FileProblem> {
        let Some(row) = self.table.next_row()? else {
            return Ok(None);
        };
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let mut events = Vec::new();
        match &row.fault {
            Some(fault) => problems.push(self.table.row_problem(&row, fault)),
            None => {
                for plan in &mut self.plan {
                    let mut look = Look { table: &self.table, row: &row, problems: &mut problems };
                    if let Some(event) = plan.event(&mut self.state, &mut look, &mut warnings) {
                        if events.is_empty() {
                            // Exactly as many as may come: the usual one event is the usual allocation.
                            events.reserve_exact(1);
                        }
                        events.push(event);
                    }
                }
            }
        }
        if self.state.too_many {
            let cause = FileCause::TooManyGroups { line: row.line, limit: STRATA_MAX };
            return Err(FileProblem::new(self.table.file(), cause));
        }
        let bad = !problems.is_empty();
        if bad {
            self.summary.rows_bad += 1;
            // Two events of a row may stumble over the same field.
            let mut once: Vec<RowProblem> = Vec::new();
            for problem in problems.drain(..) {
                if !once.contains(&problem) {
                    once.push(problem);
                }
            }
            problems = once;
            warnings.clear();
        } else {
            self.summary.rows_good += 1;
            self.summary.rows_filtered += u64::from(events.is_empty());
            self.summary.events += u64::try_from(events.len()).unwrap_or(0);
        }
        let raw =
            if bad || self.keep_raw == KeepRaw::Always { self.table.raw(&row).to_vec() } else { Vec::new() };
        Ok(Some(Row {
            line: row.line,
            byte: row.byte,
            outcome: if bad { Err(problems) } else { Ok(events) },
            warnings,
            raw,
        }))
    }
}

impl<R: Read> Iterator for EventReader<R> {
    type Item = Result<Row, FileProblem>;

    fn next(&mut self) -> Option<Result<Row, FileProblem>> {
        if self.ended {
            return None;
        }
        let row = self.read().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

/// What the rows of a file share.
struct State {
    today: Day,
    dates: DateStyle,
    strata: Strata,
    areas: Memo<Arc<str>>,
    scratch: String,
    too_many: bool,
}

/// The row in hand and where its problems go.
struct Look<'a, R> {
    table: &'a Table<R>,
    row: &'a TableRow,
    problems: &'a mut Vec<RowProblem>,
}

impl<R: Read> Look<'_, R> {
    fn problem(&mut self, column: usize, expected: impl Into<Words>, found: impl Into<Words>) {
        let problem = self.table.problem(self.row, column, expected, found);
        self.problems.push(problem);
    }

    fn day(&mut self, column: usize, state: &State) -> Option<Day> {
        let text = self.table.field(self.row, column);
        match dates::parse(&text, state.dates, state.today.date()) {
            Ok(date) => match Day::new(date) {
                Ok(day) => Some(day),
                Err(_) => {
                    self.problem(column, state.dates.expected(), &words::DAY_OUTSIDE);
                    None
                }
            },
            Err(fault) => {
                let (expected, found) = date_words(fault, &text, state.dates, state.today);
                self.problem(column, expected, found);
                None
            }
        }
    }
}

/// A date fault as what was expected and what was found.
pub(crate) fn date_words(fault: DateFault, text: &str, style: DateStyle, today: Day) -> (Words, Words) {
    match fault {
        DateFault::NotADate => {
            let digits = text.trim();
            let serial = digits.len() == 5 && digits.bytes().all(|b| b.is_ascii_digit());
            let found = if serial { (&words::DAY_AS_NUMBER).into() } else { value_kind(text) };
            (style.expected().into(), found)
        }
        DateFault::NoSuchDay => ((&words::DAY_REAL).into(), (&words::DAY_NOT_IN_MONTH).into()),
        DateFault::DayFirst => (style.expected().into(), (&words::DAY_FIRST).into()),
        DateFault::Before1900 => ((&words::DAY_FROM_1900).into(), (&words::DAY_EARLIER).into()),
        DateFault::Future => (words::DAY_UP_TO.with("day", today.to_string()), (&words::DAY_FUTURE).into()),
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The mapping, resolved against the header

struct EventPlan {
    kind: Pick<EventKind>,
    code: Pick<Code>,
    /// For a constant code.
    label: Option<Arc<str>>,
    system: Pick<Arc<str>>,
    when: WhenPlan,
    area: Option<usize>,
    client: Option<usize>,
    record: Option<usize>,
    count: CountPlan,
    exposure: ExposurePlan,
    only: Vec<ConditionPlan>,
    groups: Vec<GroupPlan>,
    /// Events with equal `groups` have equal scopes and share what is known of their combinations.
    groups_scope: String,
}

#[derive(Clone)]
struct Code {
    code: Arc<str>,
    label: Option<Arc<str>>,
}

enum WhenPlan {
    Day(usize),
    Period { from: usize, to: usize, bounds: Bounds },
    On(Day),
}

enum CountPlan {
    Fixed(u64),
    Column(usize),
    AnyOf { column: usize, any_of: Vec<String> },
}

enum ExposurePlan {
    None,
    Fixed(f64),
    Column(usize),
}

struct ConditionPlan {
    column: usize,
    condition: Condition,
}

struct GroupPlan {
    dimension: String,
    column: usize,
    group: Group,
}

impl EventPlan {
    fn new<R: Read>(event: &EventMapping, groups_scope: String, table: &Table<R>) -> Option<EventPlan> {
        let column = |name: &str| table.column(name);
        let optional = |name: &Option<String>| match name {
            None => Some(None),
            Some(name) => column(name).map(Some),
        };
        let mut groups = Vec::new();
        for (dimension, group) in &event.groups {
            let dimension = dimension.clone();
            groups.push(GroupPlan { dimension, column: column(&group.column)?, group: group.clone() });
        }
        let mut only = Vec::new();
        for condition in &event.only {
            only.push(ConditionPlan { column: column(&condition.column)?, condition: condition.clone() });
        }
        Some(EventPlan {
            kind: Pick::new(&event.kind, table, &|text| kind_from(text))?,
            code: Pick::new(&event.code, table, &|text| {
                Some(Code { code: Arc::from(code_from(text)?), label: None })
            })?,
            label: event.label.as_deref().map(Arc::from),
            system: match &event.system {
                None => Pick::Constant(Arc::from("")),
                Some(system) => Pick::new(system, table, &|text| Some(Arc::from(text.trim())))?,
            },
            when: match &event.when {
                When::Day { day } => WhenPlan::Day(column(day)?),
                When::Period { from, to, bounds } => {
                    WhenPlan::Period { from: column(from)?, to: column(to)?, bounds: *bounds }
                }
                When::On { on } => WhenPlan::On(Day::parse_iso(on).ok()?),
            },
            area: optional(&event.area)?,
            client: optional(&event.client)?,
            record: optional(&event.record)?,
            count: match &event.count {
                None => CountPlan::Fixed(1),
                // Checked with the mapping: whole, and at most a thousand million.
                Some(Amount::Number(n)) => CountPlan::Fixed(format!("{n:.0}").parse().ok()?),
                Some(Amount::Column(name)) => CountPlan::Column(column(name)?),
                Some(Amount::AnyOf { column: name, any_of }) => {
                    CountPlan::AnyOf { column: column(name)?, any_of: any_of.clone() }
                }
            },
            exposure: match &event.exposure {
                None => ExposurePlan::None,
                Some(Amount::Number(x)) => ExposurePlan::Fixed(*x),
                Some(Amount::Column(name) | Amount::AnyOf { column: name, .. }) => {
                    ExposurePlan::Column(column(name)?)
                }
            },
            only,
            groups,
            groups_scope,
        })
    }

    /// The row's event, or `None` if the filters leave it out or there are problems.
    fn event<R: Read>(
        &mut self,
        state: &mut State,
        look: &mut Look<'_, R>,
        warnings: &mut Vec<RowProblem>,
    ) -> Option<EventRow> {
        let before = look.problems.len();
        for condition in &self.only {
            if !condition.holds(look) {
                return None;
            }
        }
        let kind = self.kind.of(look, &|text| {
            kind_from(text).ok_or_else(|| words::ONE_OF.with("words", kind_codes().join(", ")))
        });
        let code = self.code.of(look, &|text| match code_from(text) {
            // A column's own words are the best label there is.
            Some(code) => Ok(Code { code: Arc::from(code), label: Some(Arc::from(text)) }),
            None => Err((&words::CODE_FREE).into()),
        });
        let system = self.system.of(look, &|text| match text.len() {
            // Also empty: then no system is known, which is not a fault of the row.
            0..=KEY_MAX => Ok(Arc::from(text)),
            _ => Err((&words::SYSTEM).into()),
        });
        let days = self.when.days(state, look);
        let area = match self.area {
            None => Some(None),
            Some(column) => {
                let field = look.table.field(look.row, column);
                match field.trim() {
                    "" => Some(None),
                    area if area.len() > KEY_MAX => {
                        look.problem(column, &words::AREA, value_kind(area));
                        None
                    }
                    area => Some(Some(state.areas.get(area, |area| Arc::from(area)))),
                }
            }
        };
        let client = key(self.client, look).map(|key| key.map(ClientKey));
        let record = key(self.record, look).map(|key| key.map(RecordKey));
        let stratum = self.stratum(state, look);
        let count = self.count.count(look);
        let exposure = self.exposure.exposure(look);
        if look.problems.len() > before {
            return None;
        }
        let (from, to) = days?;
        let (count, exposure, code) = (count?, exposure?, code?);
        if exposure.is_some_and(|exposure| count as f64 > exposure) {
            let at = match (&self.count, &self.exposure) {
                (CountPlan::Column(column) | CountPlan::AnyOf { column, .. }, _)
                | (_, ExposurePlan::Column(column)) => *column,
                // Constants only: no column is at fault, and the message then names none.
                _ => usize::MAX,
            };
            warnings.push(look.table.problem(look.row, at, &words::COUNT_IN_EXPOSURE, &words::COUNT_LARGER));
        }
        Some(EventRow {
            line: look.row.line,
            kind: kind?,
            label: self.label.clone().or(code.label),
            code: code.code,
            system: system?,
            from,
            to,
            area: area?,
            client_key: client?,
            record: record?,
            stratum: stratum?,
            count,
            exposure,
        })
    }

    fn stratum<R: Read>(&self, state: &mut State, look: &mut Look<'_, R>) -> Option<StratumKey> {
        if self.groups.is_empty() {
            return Some(state.strata.empty());
        }
        let mut raw = std::mem::take(&mut state.scratch);
        raw.clear();
        for group in &self.groups {
            raw.push_str(look.table.field(look.row, group.column).trim());
            raw.push('\u{1F}');
        }
        raw.push_str(&self.groups_scope);
        let known = state.strata.known(&raw);
        let stratum = known.or_else(|| {
            let mut values = BTreeMap::new();
            let before = look.problems.len();
            for group in &self.groups {
                let field = look.table.field(look.row, group.column);
                let value = field.trim();
                if value.is_empty() {
                    continue;
                }
                if value.len() > KEY_MAX {
                    look.problem(group.column, &words::GROUP, value_kind(value));
                    continue;
                }
                let GroupPlan { group: Group { values: listed, other, .. }, dimension, column } = group;
                let translated = match lookup(listed, value) {
                    Some(known) => known.to_owned(),
                    None => match other.as_deref() {
                        Some(REJECT) => {
                            look.problem(*column, expected_listed(listed), value_kind(value));
                            continue;
                        }
                        Some(other) => other.to_owned(),
                        None => value.to_owned(),
                    },
                };
                values.insert(dimension.clone(), translated);
            }
            if look.problems.len() > before {
                return None;
            }
            let added = state.strata.add(&raw, values);
            state.too_many |= added.is_err();
            added.ok()
        });
        state.scratch = raw;
        stratum
    }
}

/// A key as it stands, `Some(None)` where it is not mapped or empty, `None` with a problem.
fn key<R: Read>(column: Option<usize>, look: &mut Look<'_, R>) -> Option<Option<Box<str>>> {
    let Some(column) = column else {
        return Some(None);
    };
    let field = look.table.field(look.row, column);
    match field.trim() {
        "" => Some(None),
        text if text.len() > KEY_MAX => {
            look.problem(column, &words::KEY, value_kind(text));
            None
        }
        text => Some(Some(Box::from(text))),
    }
}

/// Capital letters count only where two listed values differ in nothing else.
fn lookup<'a, T>(values: &'a BTreeMap<String, T>, value: &str) -> Option<&'a T> {
    let near = || values.iter().find(|(from, _)| from.eq_ignore_ascii_case(value)).map(|(_, to)| to);
    values.get(value).or_else(near)
}

fn expected_listed<T>(values: &BTreeMap<String, T>) -> Words {
    let names: Vec<&str> = values.keys().map(String::as_str).collect();
    words::ONE_OF_MAPPED.with("words", listed(&names, 12))
}

impl WhenPlan {
    fn days<R: Read>(&self, state: &State, look: &mut Look<'_, R>) -> Option<(Day, Day)> {
        match self {
            WhenPlan::On(day) => Some((*day, *day)),
            WhenPlan::Day(column) => look.day(*column, state).map(|day| (day, day)),
            WhenPlan::Period { from: from_column, to: to_column, bounds } => {
                let from = look.day(*from_column, state);
                let to = look.day(*to_column, state);
                let (from, to) = (from?, to?);
                if to < from {
                    look.problem(*to_column, &words::DAY_LAST, &words::DAY_EARLIER);
                    return None;
                }
                let (from, to) = match bounds {
                    Bounds::Closed => (from, to),
                    Bounds::AfterFirst => (from.plus_days(1), to),
                    Bounds::BeforeLast => (from, to.plus_days(-1)),
                };
                if to < from {
                    let expected = words::PERIOD_ONE_DAY.with("bounds", bounds.as_str());
                    look.problem(*to_column, expected, &words::DAY_SAME);
                    return None;
                }
                Some((from, to))
            }
        }
    }
}

impl CountPlan {
    fn count<R: Read>(&self, look: &mut Look<'_, R>) -> Option<u64> {
        match self {
            CountPlan::Fixed(n) => Some(*n),
            CountPlan::Column(column) => match number::count(&look.table.field(look.row, *column)) {
                Ok(n) => Some(n),
                Err(fault) => {
                    look.problem(*column, fault.expected, fault.found);
                    None
                }
            },
            CountPlan::AnyOf { column, any_of } => {
                let field = look.table.field(look.row, *column);
                let value = field.trim();
                Some(u64::from(any_of.iter().any(|wanted| wanted == value)))
            }
        }
    }
}

impl ExposurePlan {
    fn exposure<R: Read>(&self, look: &mut Look<'_, R>) -> Option<Option<f64>> {
        match self {
            ExposurePlan::None => Some(None),
            ExposurePlan::Fixed(x) => Some(Some(*x)),
            ExposurePlan::Column(column) => match number::exposure(&look.table.field(look.row, *column)) {
                Ok(x) => Some(Some(x)),
                Err(fault) => {
                    look.problem(*column, fault.expected, fault.found);
                    None
                }
            },
        }
    }
}

impl ConditionPlan {
    fn holds<R: Read>(&self, look: &mut Look<'_, R>) -> bool {
        let field = look.table.field(look.row, self.column);
        let value = field.trim();
        let Condition { any_of, none_of, min, max, .. } = &self.condition;
        if !any_of.is_empty() && !any_of.iter().any(|wanted| wanted == value) {
            return false;
        }
        if none_of.iter().any(|unwanted| unwanted == value) {
            return false;
        }
        if min.is_none() && max.is_none() {
            return true;
        }
        if value.is_empty() {
            return false;
        }
        match number::amount(value) {
            Ok(x) => min.is_none_or(|min| x >= min) && max.is_none_or(|max| x <= max),
            Err(fault) => {
                look.problem(self.column, fault.expected, fault.found);
                false
            }
        }
    }
}

/// A constant or a translated column.
enum Pick<T> {
    Constant(T),
    Column { column: usize, listed: BTreeMap<String, T>, other: Option<T>, memo: Memo<T> },
}

impl<T: Clone> Pick<T> {
    fn new<R: Read>(text: &Text, table: &Table<R>, parse: &dyn Fn(&str) -> Option<T>) -> Option<Pick<T>> {
        Some(match text {
            Text::Constant(text) => Pick::Constant(parse(text)?),
            Text::Column { column, values, other } => {
                let mut listed = BTreeMap::new();
                for (from, to) in values {
                    listed.insert(from.clone(), parse(to)?);
                }
                let other = match other.as_deref() {
                    None | Some(REJECT) => None,
                    Some(other) => Some(parse(other)?),
                };
                Pick::Column { column: table.column(column)?, listed, other, memo: Memo::default() }
            }
        })
    }

    /// The row's value; `free` reads one where the mapping lists none, or says what is expected.
    fn of<R: Read>(&mut self, look: &mut Look<'_, R>, free: &dyn Fn(&str) -> Result<T, Words>) -> Option<T> {
        let (column, listed, other, memo) = match self {
            Pick::Constant(value) => return Some(value.clone()),
            Pick::Column { column, listed, other, memo } => (*column, listed, other, memo),
        };
        let field = look.table.field(look.row, column);
        let value = field.trim();
        if let Some(known) = memo.find(value) {
            return Some(known);
        }
        let found = match (lookup(listed, value), other) {
            (Some(found), _) => Ok(found.clone()),
            (None, Some(other)) => Ok(other.clone()),
            (None, None) if listed.is_empty() => free(value),
            (None, None) => Err(expected_listed(listed)),
        };
        match found {
            Ok(found) => {
                memo.put(value, found.clone());
                Some(found)
            }
            Err(expected) => {
                look.problem(column, expected, value_kind(value));
                None
            }
        }
    }
}

/// What texts stand for, remembered; forgotten when there are too many, so that memory stays bounded.
struct Memo<T> {
    known: HashMap<Box<str>, T>,
    last: Option<(String, T)>,
}

impl<T> Default for Memo<T> {
    fn default() -> Memo<T> {
        Memo { known: HashMap::new(), last: None }
    }
}

impl<T: Clone> Memo<T> {
    const MOST: usize = 50_000;

    fn find(&self, text: &str) -> Option<T> {
        match &self.last {
            Some((last, value)) if last == text => Some(value.clone()),
            _ => self.known.get(text).cloned(),
        }
    }

    fn put(&mut self, text: &str, value: T) {
        if self.known.len() >= Self::MOST {
            self.known.clear();
        }
        self.known.insert(Box::from(text), value.clone());
        self.last = Some((text.to_owned(), value));
    }

    fn get(&mut self, text: &str, make: impl FnOnce(&str) -> T) -> T {
        match self.find(text) {
            Some(value) => value,
            None => {
                let value = make(text);
                self.put(text, value.clone());
                value
            }
        }
    }
}
