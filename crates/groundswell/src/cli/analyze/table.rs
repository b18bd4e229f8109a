//! Reading a CSV file for analysis (with the feature `lake`, a Parquet file too). Every complaint names the file, the line, the column and what was
//! expected there, and never shows the data themselves: analysts' screens are seen by others.

use std::fs;
use std::path::Path;

use super::super::CliError;

/// A file in memory: a header and cells.
#[derive(Debug)]
pub struct Table {
    /// The file as the person named it.
    name: String,
    headers: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    /// The line on which the row begins, from 1; the header is usually line 1. Rows of a Parquet file count as if the
    /// header were line 1.
    line: u64,
    cells: Vec<String>,
}

/// One column, found by its header.
#[derive(Debug, Clone, Copy)]
pub struct Column<'t> {
    table: &'t Table,
    index: usize,
}

/// Separators that are tried; the header decides.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// What is taken for "no value".
const MISSING: [&str; 7] = ["", "NA", "N/A", "NaN", "nan", "null", "."];

fn theirs<T>(message: String) -> Result<T, CliError> {
    Err(CliError::Theirs(message))
}

impl Table {
    /// Reads a file. Comma, semicolon, tab and bar are recognised as separators; a byte-order mark,
    /// either line ending and quoted line breaks are understood; blank lines are skipped.
    pub fn read(path: &Path) -> Result<Table, CliError> {
        let name = path.display().to_string();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
            return Table::read_parquet(name, path);
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return theirs(format!("read {name}: {error}")),
        };
        Table::parse(name, &bytes)
    }

    #[cfg(feature = "lake")]
    fn read_parquet(name: String, path: &Path) -> Result<Table, CliError> {
        let table = match analytics::lake_table::read(path) {
            Ok(table) => table,
            Err(error) => return theirs(format!("read {name}: {error}")),
        };
        if table.rows.is_empty() {
            return theirs(format!("read {name}: there is a header but no row"));
        }
        let rows = (2..).zip(table.rows).map(|(line, cells)| Row { line, cells }).collect();
        Ok(Table { name, headers: table.headers, rows })
    }

    #[cfg(not(feature = "lake"))]
    fn read_parquet(name: String, _path: &Path) -> Result<Table, CliError> {
        theirs(format!(
            "read {name}: this build reads no Parquet; save it as CSV, or build with `--features lake`"
        ))
    }

    fn parse(name: String, bytes: &[u8]) -> Result<Table, CliError> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + good.iter().filter(|b| **b == b'\n').count();
                return theirs(format!("read {name}: line {line} is not UTF-8 text; save the file as UTF-8"));
            }
        };
        if text.trim().is_empty() {
            return theirs(format!(
                "read {name}: the file is empty; a header and at least one row were expected"
            ));
        }
        let separator = u8::try_from(separator(text)).unwrap_or(b',');
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        let headers: Vec<String> = match reader.headers() {
            Ok(headers) => headers.iter().map(|h| h.trim().to_owned()).collect(),
            Err(error) => return theirs(format!("read the header of {name}: {error}")),
        };
        let mut rows = Vec::new();
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => return theirs(format!("read {name}: {error}")),
            };
            let line = record.position().map_or(0, |position| lines.of(position.byte()));
            if record.len() != headers.len() {
                return theirs(format!(
                    "read {name}, line {line}: {} cells where the header has {}; a cell that holds the separator must be quoted",
                    record.len(),
                    headers.len()
                ));
            }
            rows.push(Row { line, cells: record.iter().map(|cell| cell.trim().to_owned()).collect() });
        }
        if rows.is_empty() {
            return theirs(format!("read {name}: there is a header but no row"));
        }
        Ok(Table { name, headers, rows })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The line a row begins on, for messages.
    pub fn line(&self, row: usize) -> u64 {
        self.rows.get(row).map_or(0, |r| r.line)
    }

    /// A column that may be absent; named twice is an error.
    pub fn find(&self, header: &str) -> Result<Option<Column<'_>>, CliError> {
        let mut found = self.headers.iter().enumerate().filter(|(_, h)| *h == header).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(Some(Column { table: self, index })),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => {
                theirs(format!("use column \"{header}\" of {}: the header names it twice", self.name))
            }
        }
    }

    /// A column that must be there.
    pub fn column(&self, header: &str) -> Result<Column<'_>, CliError> {
        match self.find(header)? {
            Some(column) => Ok(column),
            None => theirs(format!(
                "find column \"{header}\" in {}: its columns are {}",
                self.name,
                self.headers.join(", ")
            )),
        }
    }
}

impl<'t> Column<'t> {
    pub fn header(&self) -> &'t str {
        self.table.headers.get(self.index).map_or("", String::as_str)
    }

    /// The cell as text; `None` when it holds no value.
    pub fn text(&self, row: usize) -> Option<&'t str> {
        let cell = self.table.rows.get(row)?.cells.get(self.index)?.as_str();
        (!MISSING.contains(&cell)).then_some(cell)
    }

    /// The cell as a finite number; `None` when it holds no value.
    pub fn number(&self, row: usize) -> Result<Option<f64>, CliError> {
        self.parse(row, "a number, with a point for decimals", |text| {
            text.parse::<f64>().ok().filter(|x| x.is_finite())
        })
    }

    /// The cell as a whole number of things; `None` when it holds no value.
    pub fn count(&self, row: usize) -> Result<Option<u64>, CliError> {
        self.parse(row, "a whole number, 0 or more", whole)
    }

    /// The cell by a reader of the caller's; `expectation` completes "expected ...".
    pub fn parse<T>(
        &self,
        row: usize,
        expectation: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, CliError> {
        let Some(text) = self.text(row) else { return Ok(None) };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.unexpected(row, expectation)),
        }
    }

    /// The complaint about one cell.
    pub fn unexpected(&self, row: usize, expectation: &str) -> CliError {
        CliError::Theirs(format!(
            "use {}, line {}, column \"{}\": expected {expectation}",
            self.table.name,
            self.table.line(row),
            self.header()
        ))
    }
}

/// Counts lines up to a byte, forwards only. The reader's own count is one short after a carriage return
/// and does not step over blank lines.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the first cell at or after this byte stands.
    fn of(&mut self, byte: u64) -> u64 {
        let wanted = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(&b) = self.text.get(self.at) {
            let is_break = b == b'\n' || b == b'\r';
            if self.at >= wanted && !is_break {
                break;
            }
            let first_of_two = b == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from(is_break && !first_of_two);
            self.at += 1;
        }
        self.line
    }
}

/// A whole number that may be written as 12, 12.0 or 1.2e1, up to 2^53.
fn whole(text: &str) -> Option<u64> {
    if let Ok(n) = text.parse::<u64>() {
        return Some(n);
    }
    let x = text.parse::<f64>().ok()?;
    if !(0.0..9_007_199_254_740_992.0).contains(&x) || x.fract().abs() > 0.0 {
        return None;
    }
    format!("{x:.0}").parse().ok()
}

/// The separator that splits the header most often, outside quotes; a comma when none does.
fn separator(text: &str) -> char {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted && counts.iter().any(|n| *n > 0) => break,
            _ if quoted => {}
            _ => {
                for (count, candidate) in counts.iter_mut().zip(SEPARATORS) {
                    *count += usize::from(c == candidate);
                }
                if c == '\n' {
                    break;
                }
            }
        }
    }
    let best = counts.iter().zip(SEPARATORS).rev().max_by_key(|(n, _)| **n);
    best.filter(|(n, _)| **n > 0).map_or(',', |(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Table, CliError> {
        Table::parse("data.csv".into(), text.as_bytes())
    }

    fn refused(text: &str) -> String {
        match parse(text) {
            Err(CliError::Theirs(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn marks_line_endings_quotes_and_separators_are_understood() {
        for text in [
            "\u{feff}group,n\r\n\"a\nb\",3\r\nc,4\r\n",
            "group;n\n\"a\nb\";3\nc;4",
            "group\tn\n\"a\nb\"\t3\n\nc\t4\n",
            "group|n\n\"a\nb\"|3\nc|4\n",
            "\"group\" , n\n\"a\nb\",3\nc, 4.0\n",
        ] {
            let table = parse(text).expect("a table");
            let (group, n) = (table.column("group").expect("group"), table.column("n").expect("n"));
            assert_eq!(table.len(), 2, "{text}");
            assert_eq!(group.text(0), Some("a\nb"), "{text}");
            assert_eq!((n.count(0).expect("n"), n.count(1).expect("n")), (Some(3), Some(4)), "{text}");
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for (text, lines) in [
            ("a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
            ("a,b\n\n1,\"x\ny\"\n\n3,4\n", [3, 6]),
            ("\u{feff}a,b\r1,2\r3,4", [2, 3]),
        ] {
            let table = parse(text).expect("a table");
            assert_eq!([table.line(0), table.line(1)], lines, "{text:?}");
        }
    }

    #[test]
    fn one_column_needs_no_separator() {
        let table = parse("p\n0.5\nNA\n").expect("a table");
        let p = table.column("p").expect("p");
        assert_eq!(p.number(0).expect("p"), Some(0.5));
        assert_eq!(p.number(1).expect("p"), None);
    }

    #[test]
    fn complaints_name_the_place_and_the_expectation_but_not_the_value() {
        assert!(refused("").contains("is empty"));
        assert!(refused("  \n\n").contains("is empty"));
        assert!(refused("a,b\n").contains("no row"));
        assert!(refused("a,b\n1,2\n3\n").contains("line 3"));
        let table = parse("a,b\n1,2\nsecret,2.5\n").expect("a table");
        let message = table.column("a").and_then(|a| a.number(1)).expect_err("no number").to_string();
        assert!(
            message.contains("line 3") && message.contains("\"a\"") && message.contains("a number"),
            "{message}"
        );
        assert!(!message.contains("secret"), "{message}");
        let message = table.column("b").and_then(|b| b.count(1)).expect_err("no count").to_string();
        assert!(message.contains("whole number"), "{message}");
        let message = table.column("z").expect_err("no column").to_string();
        assert!(message.contains("a, b"), "{message}");
        assert!(parse("a,a\n1,2\n").expect("a table").column("a").is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_placed_on_their_line() {
        match Table::parse("data.csv".into(), b"a,b\n1,\xff\n") {
            Err(CliError::Theirs(message)) => assert!(message.contains("line 2"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}
