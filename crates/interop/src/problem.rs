//! What can be wrong with a file, said so that a person can put it right.
//!
//! Every problem names the file, the place, what was expected and the *kind* of what was found.
//! The value itself is never repeated: problems end up in logs, mails and screenshots, and the
//! value may be a client's.

use std::fmt;
use std::sync::Arc;

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
        write!(f, "read {}: {}", self.file, self.cause)
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
    NotThisFormat { what: &'static str, instead: &'static str },
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
    HeaderNotText { line: u64, why: &'static str },
    /// The group columns give more distinct combinations than strata can be kept for.
    TooManyGroups { line: u64, limit: usize },
    /// The mapping itself is not usable.
    Mapping(String),
    /// JSON with a fault of grammar.
    Json { line: usize, column: usize, what: String },
    /// JSON, but no GeoJSON feature collection.
    NotGeoJson { found: String, instead: &'static str },
}

impl fmt::Display for FileCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileCause::Io(_) => write!(f, "the file could not be read to its end"),
            FileCause::Empty => {
                write!(f, "the file is empty; expected a row of column names and rows below it")
            }
            FileCause::NotThisFormat { what, instead } => write!(f, "this is {what}; {instead}"),
            FileCause::WrongDelimiter { used, likely, columns } => write!(
                f,
                "line 1 is one column when split at {}, but {columns} columns when split at {}; \
                 change `delimiter` in the mapping or leave it out",
                delimiter_name(*used),
                delimiter_name(*likely),
            ),
            FileCause::MissingColumns { line, missing, there } => {
                write!(f, "line {line}: ")?;
                for (n, column) in missing.iter().enumerate() {
                    if n > 0 {
                        write!(f, "; ")?;
                    }
                    write!(f, "there is no column \"{}\"", column.name)?;
                    if let Some(nearest) = &column.nearest {
                        write!(f, " (the nearest is \"{nearest}\")")?;
                    }
                }
                write!(f, "; the columns are: {}", listed(there, 40))
            }
            FileCause::HeaderLooksLikeData { line } => write!(
                f,
                "line {line} holds dates or numbers; expected a row of column names as the first row"
            ),
            FileCause::DuplicateColumn { line, name, at } => write!(
                f,
                "line {line}: the column \"{name}\" is there {} times (columns {}); rename all but one",
                at.len(),
                at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            ),
            FileCause::HeaderTooLong { line } => write!(
                f,
                "line {line} does not end within 1 MiB; expected a row of column names (is a quotation mark not closed?)"
            ),
            FileCause::HeaderNotText { line, why } => {
                write!(f, "line {line}: expected column names as text; found {why}")
            }
            FileCause::TooManyGroups { line, limit } => write!(
                f,
                "line {line}: the group columns give more than {limit} distinct combinations; \
                 expected columns with few values, such as a language or an age band"
            ),
            FileCause::Mapping(what) => write!(f, "the mapping is not usable: {what}"),
            FileCause::Json { line, column, what } => {
                write!(f, "line {line}, column {column}: {what}")
            }
            FileCause::NotGeoJson { found, instead } => {
                write!(f, "expected a GeoJSON FeatureCollection; found {found}; {instead}")
            }
        }
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
        match self {
            FileWarning::Windows1252 { line } => write!(
                f,
                "line {line} is not UTF-8; accented letters from there on were read as Windows-1252 (Western European)"
            ),
            FileWarning::Utf16 => write!(f, "the file is UTF-16 and was converted to UTF-8"),
            FileWarning::Utf16Broken { characters } => {
                write!(f, "{characters} damaged UTF-16 characters were replaced by a question mark sign")
            }
            FileWarning::DuplicateColumn { name } => {
                write!(f, "the column name \"{name}\" is there more than once; no mapped column is concerned")
            }
            FileWarning::NoRows => write!(f, "there is a row of column names but no row below it"),
            FileWarning::RepeatsUnchecked { after_rows } => {
                write!(f, "repeated rows were looked for in the first {after_rows} rows only")
            }
        }
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
    pub expected: String,
    /// The kind of what stands there, never the value.
    pub found: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column {} \"{}\"", column.number, column.name)?;
        }
        write!(f, ": expected {}; found {}", self.expected, self.found)
    }
}

/// The kind of a value, in words that do not give the value away: "text of 7 letters".
pub fn value_kind(text: &str) -> String {
    let value = text.trim();
    let n = value.chars().count();
    if n == 0 {
        return "nothing (an empty field)".to_owned();
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    if digits == n {
        return format!("a whole number of {n} {}", plural(n, "digit", "digits"));
    }
    if letters == n {
        return format!("text of {n} {}", plural(n, "letter", "letters"));
    }
    if crate::number::amount(value).is_ok_and(|x| x < 0.0) {
        return "a negative number".to_owned();
    }
    if crate::number::amount(value).is_ok() {
        return "a number with decimals or thousands separators".to_owned();
    }
    let date_like = |c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ':' | ' ' | 'T' | 'Z');
    if digits > 0 && n <= 25 && value.chars().all(date_like) {
        let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        return format!("digits in the shape {shape}");
    }
    let what = match (letters > 0, digits > 0) {
        (true, true) => "letters, digits and signs",
        (true, false) => "letters and signs",
        (false, true) => "digits and signs",
        (false, false) => "signs",
    };
    format!("text of {n} characters ({what})")
}

fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
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

pub(crate) fn delimiter_name(delimiter: char) -> &'static str {
    match delimiter {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        '|' => "vertical bars (|)",
        _ => "the given sign",
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
        assert_eq!(value_kind(""), "nothing (an empty field)");
        assert_eq!(value_kind("Gonzales"), "text of 8 letters");
        assert_eq!(value_kind("10452"), "a whole number of 5 digits");
        assert_eq!(value_kind("-3"), "a negative number");
        assert_eq!(value_kind("25/12/2024"), "digits in the shape 99/99/9999");
        assert_eq!(value_kind("1.5"), "a number with decimals or thousands separators");
        assert_eq!(value_kind("O'Hara 12"), "text of 9 characters (letters, digits and signs)");
        assert_eq!(value_kind("?!"), "text of 2 characters (signs)");
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
