//! Delimited text, row by row, in bounded memory.
//!
//! Written by hand rather than with a library because a bad row must be handed back byte for byte,
//! because a quotation mark that is never closed must not swallow the rest of the file, and because
//! a stray one must cost its own line only. For well-formed input the fields are those of the `csv`
//! crate, which the tests use as the oracle.

mod detect;
mod split;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use crate::problem::{ColumnRef, FileCause, FileProblem, FileWarning, MissingColumn, RowProblem, nearest};
use detect::{Detected, detect};
use split::{Field, Quoting, Split, first_line, split, without_marks};

use crate::text::{Expect, Source, windows_1252};
use crate::words::{self, Phrase, Words};

/// A longer row is not read but reported.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;
const CHUNK_BYTES: usize = 128 * 1024;

/// What makes a row unreadable as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowFault {
    /// A quotation mark that nothing closes within the longest possible row.
    UnclosedQuote,
    /// The row spans lines and has another number of fields than the header.
    StrayQuote,
    TooLong,
    FieldCount {
        found: usize,
    },
    NotText(&'static Phrase),
}

/// One row: where it lies in the table's buffer, valid until the next is asked for.
#[derive(Clone, Debug)]
pub(crate) struct TableRow {
    start: usize,
    end: usize,
    /// The fields lie in the decoded text, not in the buffer.
    decoded: bool,
    /// Line on which the row starts, from 1.
    pub(crate) line: u64,
    /// Offset of the row's first byte in the file (in the converted text for UTF-16), from 0.
    pub(crate) byte: u64,
    pub(crate) fault: Option<RowFault>,
}

/// What is known of the encoding so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// Only ASCII was seen.
    Undecided,
    Utf8,
    Windows1252,
}

/// A file with a header row.
pub(crate) struct Table<R> {
    file: Arc<str>,
    source: Source<R>,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    at_end: bool,
    line: u64,
    byte: u64,
    delimiter: u8,
    encoding: Encoding,
    fields: Vec<Field>,
    decoded: String,
    /// The columns' names, trimmed.
    names: Vec<Arc<str>>,
    header_line: u64,
    header_raw: Vec<u8>,
    blank_rows: u64,
    rows: u64,
    warnings: Vec<FileWarning>,
}

impl<R: Read> Table<R> {
    /// Reads the header. `delimiter`: `None` to find it; `wanted`: the columns that will be used.
    pub(crate) fn open(
        file: &str,
        read: R,
        delimiter: Option<u8>,
        wanted: &[&str],
    ) -> Result<Table<R>, FileProblem> {
        let file: Arc<str> = Arc::from(file);
        let fail = |cause| FileProblem::new(&file, cause);
        let source = Source::open(read, Expect::Table).map_err(fail)?;
        let mut table = Table {
            byte: source.mark_bytes,
            source,
            file: Arc::clone(&file),
            buffer: vec![0; 2 * CHUNK_BYTES],
            at: 0,
            end: 0,
            at_end: false,
            line: 1,
            delimiter: delimiter.unwrap_or(b','),
            encoding: Encoding::Undecided,
            fields: Vec::new(),
            decoded: String::new(),
            names: Vec::new(),
            header_line: 1,
            header_raw: Vec::new(),
            blank_rows: 0,
            rows: 0,
            warnings: Vec::new(),
        };
        if table.source.is_utf16() {
            table.byte = 0;
            table.warnings.push(FileWarning::Utf16);
        }
        while table.end < CHUNK_BYTES && !table.at_end {
            table.fill()?;
        }
        table.pass_blank_lines()?;
        let announced = table.pass_delimiter_line();
        table.pass_blank_lines()?;
        let window = table.window();
        if window.is_empty() {
            return Err(fail(FileCause::Empty));
        }
        let detected = detect(window, table.at_end, wanted);
        table.delimiter = delimiter.or(announced).unwrap_or(detected.delimiter);
        table.read_header(wanted, detected)?;
        Ok(table)
    }

    fn read_header(&mut self, wanted: &[&str], detected: Detected) -> Result<(), FileProblem> {
        let file = Arc::clone(&self.file);
        let fail = |cause| FileProblem::new(&file, cause);
        let line = self.line;
        let Some(row) = self.advance(None)? else {
            return Err(fail(FileCause::Empty));
        };
        match &row.fault {
            None => {}
            Some(RowFault::NotText(why)) => return Err(fail(FileCause::HeaderNotText { line, why })),
            Some(_) => return Err(fail(FileCause::HeaderTooLong { line })),
        }
        self.header_line = line;
        self.header_raw = self.raw(&row).to_vec();
        self.names = (0..self.fields.len()).map(|n| Arc::from(self.field(&row, n).trim())).collect();
        self.rows = 0;
        let has = |name: &str, names: &[Arc<str>]| names.iter().any(|there| &**there == name);
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| !has(name, &self.names)).collect();
        if !missing.is_empty() {
            if self.names.len() == 1 && detected.fields > 1 && detected.delimiter != self.delimiter {
                return Err(fail(FileCause::WrongDelimiter {
                    used: char::from(self.delimiter),
                    likely: char::from(detected.delimiter),
                    columns: detected.fields,
                }));
            }
            // A header that is really a row of data may hold a client's values.
            if self.names.iter().any(|name| looks_like_data(name)) {
                return Err(fail(FileCause::HeaderLooksLikeData { line }));
            }
            let there: Vec<String> = self.names.iter().map(ToString::to_string).collect();
            let missing = missing
                .into_iter()
                .map(|name| MissingColumn {
                    name: name.to_owned(),
                    nearest: nearest(name, &there).map(str::to_owned),
                })
                .collect();
            return Err(fail(FileCause::MissingColumns { line, missing, there }));
        }
        let mut said: Vec<&str> = Vec::new();
        for (n, name) in self.names.iter().enumerate() {
            if name.is_empty() || said.contains(&&**name) {
                continue;
            }
            let at: Vec<usize> =
                (1..).zip(&self.names).filter(|(_, other)| *other == name).map(|(n, _)| n).collect();
            if at.len() > 1 {
                if wanted.contains(&&**name) {
                    let name = name.to_string();
                    return Err(fail(FileCause::DuplicateColumn { line, name, at }));
                }
                said.push(name);
            }
            // A header of thousands of columns is compared with itself only so far.
            if n > 2000 {
                break;
            }
        }
        let repeated: Vec<FileWarning> =
            said.into_iter().map(|name| FileWarning::DuplicateColumn { name: name.to_owned() }).collect();
        self.warnings.extend(repeated);
        Ok(())
    }

    /// The next row below the header that is not blank.
    pub(crate) fn next_row(&mut self) -> Result<Option<TableRow>, FileProblem> {
        let row = self.advance(Some(self.names.len()))?;
        if row.is_none() {
            if self.rows == 0 && !self.warnings.contains(&FileWarning::NoRows) {
                self.warnings.push(FileWarning::NoRows);
            }
            let characters = self.source.broken_characters();
            let broken = FileWarning::Utf16Broken { characters };
            if characters > 0 && !self.warnings.contains(&broken) {
                self.warnings.push(broken);
            }
        }
        Ok(row)
    }

    /// `width`: the number of fields a row must have, if known.
    fn advance(&mut self, width: Option<usize>) -> Result<Option<TableRow>, FileProblem> {
        loop {
            let window = self.buffer.get(self.at..self.end).unwrap_or_default();
            if window.is_empty() && self.at_end {
                return Ok(None);
            }
            let mut row = TableRow {
                start: self.at,
                end: self.at,
                decoded: false,
                line: self.line,
                byte: self.byte,
                fault: None,
            };
            let (len, consumed, lines) = match split(window, self.delimiter, self.at_end, &mut self.fields) {
                Split::Row { len, consumed, lines } => {
                    let ragged = width.is_some_and(|width| !self.fits(window, width));
                    if ragged && lines > 1 {
                        // Some quotation mark is stray: give up its line only.
                        row.fault = Some(RowFault::StrayQuote);
                        let (len, consumed) = first_line(window);
                        (len, consumed, 1)
                    } else {
                        if ragged {
                            row.fault = Some(RowFault::FieldCount { found: self.fields.len() });
                        }
                        (len, consumed, lines)
                    }
                }
                Split::NeedMore if window.len() < ROW_BYTES_MAX => {
                    self.fill()?;
                    continue;
                }
                Split::NeedMore | Split::Unclosed => {
                    let (len, consumed) = first_line(window);
                    if consumed == len && !self.at_end {
                        // Not one line end in a mebibyte.
                        return self.skip_long_line(row).map(Some);
                    }
                    row.fault = Some(RowFault::UnclosedQuote);
                    (len, consumed, 1)
                }
            };
            let blank = row.fault.is_none() && self.is_blank(window);
            row.end = self.at + len;
            self.at += consumed;
            self.byte += u64::try_from(consumed).unwrap_or(0);
            self.line += lines;
            if blank {
                self.blank_rows += 1;
                continue;
            }
            self.rows += 1;
            if row.fault.is_none() {
                self.check_text(&mut row);
            }
            return Ok(Some(row));
        }
    }

    fn is_blank(&self, window: &[u8]) -> bool {
        self.fields.iter().all(|field| {
            let bytes = window.get(field.start..field.end).unwrap_or_default();
            bytes.iter().all(u8::is_ascii_whitespace)
        })
    }

    /// Whether the fields number `width`, not counting empty ones behind: spreadsheets add those.
    fn fits(&self, window: &[u8], width: usize) -> bool {
        let blank = |field: &Field| {
            window.get(field.start..field.end).is_some_and(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
        };
        self.fields.len() == width
            || (self.fields.len() > width && self.fields.iter().skip(width).all(blank))
            || self.fields.iter().all(blank)
    }

    /// Passes over a line of more than a mebibyte without keeping it. The row's raw bytes are its beginning.
    fn skip_long_line(&mut self, mut row: TableRow) -> Result<TableRow, FileProblem> {
        let kept = self
            .buffer
            .get(self.at..self.at + ROW_BYTES_MAX.min(self.end - self.at))
            .unwrap_or_default()
            .to_vec();
        loop {
            let window = self.window();
            let (len, consumed) = first_line(window);
            let ended = consumed > len;
            // A carriage return at the very end may have its line feed in the next chunk, which
            // would then pass as a blank line: counted once too often, nothing worse.
            let passed = if ended { consumed } else { window.len() };
            self.at += passed;
            self.byte += u64::try_from(passed).unwrap_or(0);
            if ended {
                self.line += 1;
                break;
            }
            if self.at_end {
                break;
            }
            self.fill()?;
        }
        // What was kept goes before the cursor, where rows are looked up.
        let n = kept.len();
        let rest = self.window().to_vec();
        self.buffer.clear();
        self.buffer.extend_from_slice(&kept);
        self.buffer.extend_from_slice(&rest);
        self.at = n;
        self.end = n + rest.len();
        self.buffer.resize(self.end + CHUNK_BYTES, 0);
        self.rows += 1;
        row.start = 0;
        row.end = n;
        row.fault = Some(RowFault::TooLong);
        Ok(row)
    }

    /// Makes sure that the row is text, decoding it where it must be.
    fn check_text(&mut self, row: &mut TableRow) {
        let bytes = self.buffer.get(row.start..row.end).unwrap_or_default();
        if bytes.contains(&0) {
            row.fault = Some(RowFault::NotText(&words::NUL));
            return;
        }
        if bytes.is_ascii() {
            return;
        }
        if std::str::from_utf8(bytes).is_ok() {
            if self.encoding == Encoding::Undecided {
                self.encoding = Encoding::Utf8;
            }
            return;
        }
        if self.encoding == Encoding::Utf8 {
            row.fault = Some(RowFault::NotText(&words::NOT_UTF8_HERE));
            return;
        }
        if windows_1252(bytes, &mut self.decoded).is_none() {
            row.fault = Some(RowFault::NotText(&words::NOT_TEXT));
            return;
        }
        if self.encoding == Encoding::Undecided {
            self.encoding = Encoding::Windows1252;
            self.warnings.push(FileWarning::Windows1252 { line: row.line });
        }
        split(self.decoded.as_bytes(), self.delimiter, true, &mut self.fields);
        row.decoded = true;
    }

    /// The value of a field, without quotation marks; empty when there is no such field.
    #[inline]
    pub(crate) fn field(&self, row: &TableRow, column: usize) -> Cow<'_, str> {
        let Some(field) = self.fields.get(column) else {
            return Cow::Borrowed("");
        };
        let bytes = if row.decoded {
            self.decoded.as_bytes().get(field.start..field.end)
        } else {
            self.buffer.get(row.start + field.start..row.start + field.end)
        };
        // Fields end at ASCII bytes, so a part of valid text is valid.
        let text = std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        match field.quoting {
            Quoting::Plain => Cow::Borrowed(text),
            Quoting::Doubled => Cow::Owned(text.replace("\"\"", "\"")),
            Quoting::Trailing => Cow::Owned(without_marks(text)),
        }
    }

    /// The row as it stands in the file, without its line end.
    pub(crate) fn raw(&self, row: &TableRow) -> &[u8] {
        self.buffer.get(row.start..row.end).unwrap_or_default()
    }

    pub(crate) fn header_raw(&self) -> &[u8] {
        &self.header_raw
    }

    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub(crate) fn file(&self) -> &Arc<str> {
        &self.file
    }

    pub(crate) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|there| &**there == name)
    }

    pub(crate) fn blank_rows(&self) -> u64 {
        self.blank_rows
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    pub(crate) fn warnings(&self) -> &[FileWarning] {
        &self.warnings
    }

    pub(crate) fn warn(&mut self, warning: FileWarning) {
        self.warnings.push(warning);
    }

    /// A problem of the row's field in `column`.
    pub(crate) fn problem(
        &self,
        row: &TableRow,
        column: usize,
        expected: impl Into<Words>,
        found: impl Into<Words>,
    ) -> RowProblem {
        RowProblem {
            file: Arc::clone(&self.file),
            line: row.line,
            column: self
                .names
                .get(column)
                .map(|name| ColumnRef { number: column + 1, name: Arc::clone(name) }),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The row's own fault in words.
    pub(crate) fn row_problem(&self, row: &TableRow, fault: &RowFault) -> RowProblem {
        let width = self.names.len();
        let fields = |n: usize| match n {
            1 => (&words::FIELD).into(),
            _ => words::FIELDS.with("n", n),
        };
        let (expected, found): (Words, Words) = match fault {
            RowFault::UnclosedQuote => ((&words::QUOTES_CLOSED).into(), (&words::QUOTE_OPEN).into()),
            RowFault::StrayQuote => (fields(width), (&words::QUOTE_STRAY).into()),
            RowFault::TooLong => ((&words::ROW_SHORT).into(), (&words::LINE_LONGER).into()),
            RowFault::FieldCount { found } if *found > width => {
                (fields(width), words::FIELDS_UNQUOTED.with("n", *found))
            }
            RowFault::FieldCount { found } => (fields(width), fields(*found)),
            RowFault::NotText(why) => ((&words::TEXT).into(), (*why).into()),
        };
        RowProblem { file: Arc::clone(&self.file), line: row.line, column: None, expected, found }
    }

    fn window(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    /// Reads more; afterwards there are more bytes or `at_end` is set.
    fn fill(&mut self) -> Result<(), FileProblem> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
        }
        if self.buffer.len() - self.end < CHUNK_BYTES {
            self.buffer.resize(self.end + CHUNK_BYTES, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.source.read(room) {
            Ok(0) => self.at_end = true,
            Ok(n) => self.end += n,
            Err(error) => return Err(FileProblem::new(&self.file, FileCause::Io(error))),
        }
        Ok(())
    }

    fn pass_blank_lines(&mut self) -> Result<(), FileProblem> {
        loop {
            let window = self.window();
            let (len, consumed) = first_line(window);
            let blank = window.iter().take(len).all(u8::is_ascii_whitespace);
            if consumed == 0 || !blank || consumed == len {
                if blank && consumed == len && self.at_end {
                    // Nothing but white space to the end.
                    self.at = self.end;
                }
                if self.end - self.at >= CHUNK_BYTES || self.at_end || !blank {
                    return Ok(());
                }
                self.fill()?;
                continue;
            }
            self.at += consumed;
            self.byte += u64::try_from(consumed).unwrap_or(0);
            self.line += 1;
        }
    }

    /// Excel's own hint on the first line: "sep=;".
    fn pass_delimiter_line(&mut self) -> Option<u8> {
        let window = self.window();
        let (len, consumed) = first_line(window);
        let line = window.get(..len).unwrap_or_default().trim_ascii_end();
        let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
        let delimiter = match line {
            [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => *delimiter,
            // The trimming took the tab.
            [s, e, p, b'='] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => b'\t',
            _ => return None,
        };
        self.at += consumed;
        self.byte += u64::try_from(consumed).unwrap_or(0);
        self.line += 1;
        delimiter.is_ascii().then_some(delimiter)
    }
}

/// A header cell that is more likely a value: a date, a number, an e-mail address, a long text.
fn looks_like_data(cell: &str) -> bool {
    let number = crate::number::amount(cell).is_ok();
    let far_future = time::macros::date!(9999 - 12 - 31);
    let date = crate::dates::parse(cell, crate::dates::DateStyle::Auto, far_future).is_ok();
    number || date || cell.contains('@') || cell.chars().count() > 80
}
