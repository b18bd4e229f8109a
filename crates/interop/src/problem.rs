//! What can be wrong with a file, said so that a person can put it right.
//!
//! Every problem names the file, the place, what was expected and the *kind* of what was found.
//! The value itself is never repeated: problems end up in logs, mails and screenshots, and the
//! value may be a client's.

use std::fmt;
use std::sync::Arc;

use crate::words::{self, Phrase, Words};

/// A fault that stops the whole file from being read.
#[derive(Debug)]
pub struct FileProblem {
    /// The file's name as the caller gave it.
    pub file: Arc<str>,
    /// What is wrong.
    pub cause: FileCause,
}

impl FileProblem {
    pub(crate) fn new(file: &Arc<str>, cause: FileCause) -> FileProblem {
        FileProblem { file: Arc::clone(file), cause }
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::READ_FILE.with("file", &*self.file).and("cause", self.cause.words()).fmt(f)
    }
}

impl std::error::Error for FileProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            FileCause::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// A column that the mapping names and the file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The name in the mapping.
    pub name: String,
    /// The column of the file whose name is most like it.
    pub nearest: Option<String>,
}

/// The reasons for which a file is turned away.
#[derive(Debug)]
pub enum FileCause {
    /// The reader failed; the reason is the error's source.
    Io(std::io::Error),
    /// No byte, or only blank lines.
    Empty,
    /// A workbook, archive, web page or other format; `instead` says what to do.
    NotThisFormat { what: &'static Phrase, instead: &'static Phrase },
    /// The header gives one column with this delimiter and several with another.
    WrongDelimiter { used: char, likely: char, columns: usize },
    /// Columns that the mapping needs; `there` are the file's columns.
    MissingColumns { line: u64, missing: Vec<MissingColumn>, there: Vec<String> },
    /// The first row holds dates or numbers where column names belong. They are not repeated.
    HeaderLooksLikeData { line: u64 },
    /// A column that the mapping uses stands twice in the header.
    DuplicateColumn { line: u64, name: String, at: Vec<usize> },
    /// The header is longer than a row may be.
    HeaderTooLong { line: u64 },
    /// The header is no text in a known encoding.
    HeaderNotText { line: u64, why: &'static Phrase },
    /// The group columns give more distinct combinations than strata can be kept for.
    TooManyGroups { line: u64, limit: usize },
    /// The mapping itself is not usable.
    Mapping(String),
    /// JSON with a fault of grammar.
    Json { line: usize, column: usize, what: Words },
    /// JSON, but no GeoJSON feature collection.
    NotGeoJson { found: &'static Phrase, instead: &'static Phrase },
}

impl FileCause {
    /// The reason as words.
    pub fn words(&self) -> Words {
        match self {
            FileCause::Io(_) => (&words::FILE_UNREADABLE).into(),
            FileCause::Empty => (&words::FILE_EMPTY).into(),
            FileCause::NotThisFormat { what, instead } => {
                words::FILE_FORMAT.with("what", *what).and("instead", *instead)
            }
            FileCause::WrongDelimiter { used, likely, columns } => words::FILE_DELIMITER
                .with("used", delimiter_name(*used))
                .and("n", *columns)
                .and("likely", delimiter_name(*likely)),
            FileCause::MissingColumns { line, missing, there } => {
                let missing: Vec<String> = missing
                    .iter()
                    .map(|column| match &column.nearest {
                        Some(nearest) => format!("\"{}\" (\"{nearest}\"?)", column.name),
                        None => format!("\"{}\"", column.name),
                    })
                    .collect();
                words::FILE_COLUMNS
                    .with("line", *line)
                    .and("missing", missing.join(", "))
                    .and("columns", listed(there, 40))
            }
            FileCause::HeaderLooksLikeData { line } => words::FILE_HEADER_DATA.with("line", *line),
            FileCause::DuplicateColumn { line, name, at } => {
                let numbers: Vec<String> = at.iter().map(ToString::to_string).collect();
                words::FILE_COLUMN_TWICE
                    .with("line", *line)
                    .and("column", name.as_str())
                    .and("n", at.len())
                    .and("numbers", numbers.join(", "))
            }
            FileCause::HeaderTooLong { line } => words::FILE_HEADER_LONG.with("line", *line),
            FileCause::HeaderNotText { line, why } => {
                words::FILE_HEADER_TEXT.with("line", *line).and("found", *why)
            }
            FileCause::TooManyGroups { line, limit } => {
                words::FILE_GROUPS.with("line", *line).and("n", *limit)
            }
            FileCause::Mapping(problem) => words::FILE_MAPPING.with("problem", problem.as_str()),
            FileCause::Json { line, column, what } => {
                words::FILE_JSON.with("line", *line).and("at", *column).and("what", what.clone())
            }
            FileCause::NotGeoJson { found, instead } => {
                words::FILE_NOT_GEOJSON.with("found", *found).and("instead", *instead)
            }
        }
    }
}

impl fmt::Display for FileCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

/// Something that the person should know although the file could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileWarning {
    /// Not UTF-8: read as Windows-1252 from this line on, without loss.
    Windows1252 { line: u64 },
    /// Read as UTF-16.
    Utf16,
    /// UTF-16 with halves of characters, replaced by U+FFFD.
    Utf16Broken { characters: u64 },
    /// A column name that stands twice; the mapping does not use it.
    DuplicateColumn { name: String },
    /// A header and nothing below it.
    NoRows,
    /// Too many rows to look for repeats among all of them.
    RepeatsUnchecked { after_rows: usize },
}

impl fmt::Display for FileWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Words = match self {
            FileWarning::Windows1252 { line } => words::WARN_1252.with("line", *line),
            FileWarning::Utf16 => (&words::WARN_UTF16).into(),
            FileWarning::Utf16Broken { characters } => words::WARN_UTF16_BROKEN.with("n", *characters),
            FileWarning::DuplicateColumn { name } => words::WARN_COLUMN_TWICE.with("column", name.as_str()),
            FileWarning::NoRows => (&words::WARN_NO_ROWS).into(),
            FileWarning::RepeatsUnchecked { after_rows } => words::WARN_REPEATS.with("n", *after_rows),
        };
        said.fmt(f)
    }
}

/// A column as a person finds it: its number, counted from 1, and its name in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    pub number: usize,
    pub name: Arc<str>,
}

/// One thing that is wrong (or, as a warning, doubtful) in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    pub file: Arc<str>,
    /// Line on which the row starts, counted from 1.
    pub line: u64,
    /// `None` when the row as a whole is meant.
    pub column: Option<ColumnRef>,
    /// What should stand there.
    pub expected: Words,
    /// The kind of what stands there, never the value.
    pub found: Words,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match &self.column {
            Some(column) => {
                words::PROBLEM_AT_COLUMN.with("number", column.number).and("column", &*column.name)
            }
            None => (&words::PROBLEM_AT_LINE).into(),
        };
        let said = said.and("file", &*self.file).and("line", self.line);
        said.and("expected", self.expected.clone()).and("found", self.found.clone()).fmt(f)
    }
}

/// The kind of a value, in words that do not give the value away: "text of 7 letters".
pub fn value_kind(text: &str) -> Words {
    let value = text.trim();
    let n = value.chars().count();
    if n == 0 {
        return (&words::KIND_EMPTY).into();
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    if digits == n {
        return if n == 1 { (&words::KIND_DIGIT).into() } else { words::KIND_DIGITS.with("n", n) };
    }
    if letters == n {
        return letters_kind(n);
    }
    if crate::number::amount(value).is_ok_and(|x| x < 0.0) {
        return (&words::NUMBER_NEGATIVE).into();
    }
    if crate::number::amount(value).is_ok() {
        return (&words::KIND_FORMATTED).into();
    }
    let date_like = |c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ':' | ' ' | 'T' | 'Z');
    if digits > 0 && n <= 25 && value.chars().all(date_like) {
        let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        return words::KIND_SHAPE.with("shape", shape);
    }
    let what = match (letters > 0, digits > 0) {
        (true, true) => &words::KIND_TEXT_MIXED,
        (true, false) => &words::KIND_TEXT_LETTERS,
        (false, true) => &words::KIND_TEXT_DIGITS,
        (false, false) => &words::KIND_TEXT_SIGNS,
    };
    what.with("n", n)
}

/// "text of 7 letters".
pub(crate) fn letters_kind(n: usize) -> Words {
    if n == 1 { (&words::KIND_LETTER).into() } else { words::KIND_LETTERS.with("n", n) }
}

/// "a, b, c and 12 more".
pub(crate) fn listed<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let mut text = names
        .iter()
        .take(most)
        .map(|name| {
            // A header cell can be arbitrarily long; the message must not be.
            let name = name.as_ref();
            match name.char_indices().nth(60) {
                Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
                None => name.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > most {
        text.push_str(&format!(" and {} more", names.len() - most));
    }
    text
}

pub(crate) fn delimiter_name(delimiter: char) -> &'static Phrase {
    match delimiter {
        ',' => &words::BY_COMMAS,
        ';' => &words::BY_SEMICOLONS,
        '\t' => &words::BY_TABS,
        '|' => &words::BY_BARS,
        _ => &words::BY_OTHER,
    }
}

/// The candidate most like `name`, if any is near enough to be worth saying.
pub(crate) fn nearest<'a, S: AsRef<str>>(name: &str, candidates: &'a [S]) -> Option<&'a str> {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
    };
    let wanted = plain(name);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let have = plain(candidate);
        if have.is_empty() {
            continue;
        }
        let mut distance = edit_distance(&wanted, &have);
        let contained = !wanted.is_empty()
            && (have.windows(wanted.len()).any(|w| w == wanted)
                || wanted.windows(have.len()).any(|w| w == have));
        if contained && wanted.len().min(have.len()) >= 3 {
            distance = distance.min(2);
        }
        if best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    let most = (wanted.len() / 3).max(2);
    best.filter(|(distance, _)| *distance <= most).map(|(_, name)| name)
}

/// Levenshtein's distance, one row at a time.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, cb) in row.iter_mut().skip(1).zip(b) {
            let above = *cell;
            let cost = usize::from(ca != cb);
            left = (diagonal + cost).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_kind_never_holds_the_value() {
        assert_eq!(value_kind("").to_string(), "nothing (an empty field)");
        assert_eq!(value_kind("Gonzales").to_string(), "text of 8 letters");
        assert_eq!(value_kind("10452").to_string(), "a whole number of 5 digits");
        assert_eq!(value_kind("-3").to_string(), "a negative number");
        assert_eq!(value_kind("25/12/2024").to_string(), "digits in the shape 99/99/9999");
        assert_eq!(value_kind("1.5").to_string(), "a number with decimals or thousands separators");
        assert_eq!(value_kind("O'Hara 12").to_string(), "text of 9 characters (letters, digits and signs)");
        assert_eq!(value_kind("?!").to_string(), "text of 2 characters (signs)");
    }

    #[test]
    fn the_nearest_name_is_found_across_case_and_small_slips() {
        let names = ["Period_Start", "zip code", "filings"];
        assert_eq!(nearest("period_start", &names), Some("Period_Start"));
        assert_eq!(nearest("fillings", &names), Some("filings"));
        assert_eq!(nearest("zip", &names), Some("zip code"));
        assert_eq!(nearest("temperature", &names), None);
    }
}
