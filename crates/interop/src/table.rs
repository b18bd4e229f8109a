//! Delimited text, row by row, in bounded memory.
//!
//! Written by hand rather than with a library because a bad row must be handed back byte for byte,
//! because a quotation mark that is never closed must not swallow the rest of the file, and because
//! a stray one must cost its own line only. For well-formed input the fields are those of the `csv`
//! crate, which the tests use as the oracle.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use crate::problem::{ColumnRef, FileCause, FileProblem, FileWarning, MissingColumn, RowProblem, nearest};
use crate::text::{Expect, Source, windows_1252};

/// A longer row is not read but reported.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;
const CHUNK_BYTES: usize = 128 * 1024;

/// The delimiters that are looked for, in order of preference.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Where a field lies, relative to the start of its row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    start: usize,
    end: usize,
    quoting: Quoting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// The bytes are the value.
    Plain,
    /// Inside quotation marks (which are outside the range), with doubled ones.
    Doubled,
    /// Quoted, with more text after the closing mark; the range includes the marks.
    Trailing,
}

enum Split {
    /// `len` bytes of row, `consumed` with its line end, spread over `lines` lines.
    Row {
        len: usize,
        consumed: usize,
        lines: u64,
    },
    NeedMore,
    /// The text ends inside quotation marks.
    Unclosed,
}

/// Finds the first row of `window` and its fields.
fn split(window: &[u8], delimiter: u8, at_end: bool, fields: &mut Vec<Field>) -> Split {
    fields.clear();
    let mut at = 0;
    let mut lines = 1;
    loop {
        // One turn per field.
        let (field, stop) = if window.get(at) == Some(&b'"') {
            let open = at;
            let mut doubled = false;
            let mut from = open + 1;
            let close = loop {
                let Some(found) = position(window, from, |b| b == b'"') else {
                    return if at_end { Split::Unclosed } else { Split::NeedMore };
                };
                match window.get(found + 1) {
                    Some(b'"') => {
                        doubled = true;
                        from = found + 2;
                    }
                    None if !at_end => return Split::NeedMore,
                    _ => break found,
                }
            };
            lines += line_ends(window.get(open..close).unwrap_or_default());
            let stop = position(window, close + 1, |b| b == delimiter || b == b'\n' || b == b'\r');
            let end = match stop {
                Some(stop) => stop,
                None if at_end => window.len(),
                None => return Split::NeedMore,
            };
            let field = if end > close + 1 {
                Field { start: open, end, quoting: Quoting::Trailing }
            } else {
                let quoting = if doubled { Quoting::Doubled } else { Quoting::Plain };
                Field { start: open + 1, end: close, quoting }
            };
            (field, end)
        } else {
            let end = match position(window, at, |b| b == delimiter || b == b'\n' || b == b'\r') {
                Some(stop) => stop,
                None if at_end => window.len(),
                None => return Split::NeedMore,
            };
            (Field { start: at, end, quoting: Quoting::Plain }, end)
        };
        fields.push(field);
        match window.get(stop) {
            Some(b'\n') => return Split::Row { len: stop, consumed: stop + 1, lines },
            Some(b'\r') => {
                return match window.get(stop + 1) {
                    Some(b'\n') => Split::Row { len: stop, consumed: stop + 2, lines },
                    // The line feed may be the next byte to be read.
                    None if !at_end => Split::NeedMore,
                    _ => Split::Row { len: stop, consumed: stop + 1, lines },
                };
            }
            Some(_) => at = stop + 1,
            None => return Split::Row { len: stop, consumed: stop, lines },
        }
    }
}

fn position(window: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    window.get(from..)?.iter().position(|b| wanted(*b)).map(|n| from + n)
}

/// Line ends of any kind: "\r\n" is one, and so are "\n" and "\r" alone.
fn line_ends(bytes: &[u8]) -> u64 {
    let mut n = 0;
    let mut previous = 0;
    for byte in bytes {
        if *byte == b'\r' || (*byte == b'\n' && previous != b'\r') {
            n += 1;
        }
        previous = *byte;
    }
    n
}

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
    NotText(&'static str),
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
            row.fault = Some(RowFault::NotText("a NUL byte, which no text holds"));
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
            row.fault =
                Some(RowFault::NotText("bytes that are not UTF-8, in a file that is UTF-8 elsewhere"));
            return;
        }
        if windows_1252(bytes, &mut self.decoded).is_none() {
            row.fault = Some(RowFault::NotText("bytes that are neither UTF-8 nor Windows-1252"));
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
        expected: impl Into<String>,
        found: impl Into<String>,
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
        let fields = |n: usize| if n == 1 { "1 field".to_owned() } else { format!("{n} fields") };
        let (expected, found) = match fault {
            RowFault::UnclosedQuote => (
                "every quotation mark to be closed".to_owned(),
                "one that is open to the end of the file, or for more than 1 MiB".to_owned(),
            ),
            RowFault::StrayQuote => (
                fields(width),
                "a quotation mark that is closed on a later line only, where the number of fields no longer fits".to_owned(),
            ),
            RowFault::TooLong => ("a row of up to 1 MiB".to_owned(), "a longer line".to_owned()),
            RowFault::FieldCount { found } => {
                let hint = if *found > width { " (a delimiter inside a value that is not quoted?)" } else { "" };
                (fields(width), format!("{}{hint}", fields(*found)))
            }
            RowFault::NotText(why) => ("text".to_owned(), (*why).to_owned()),
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

/// Length of the first line, and with its line end; equal if the line does not end.
fn first_line(window: &[u8]) -> (usize, usize) {
    match position(window, 0, |b| b == b'\n' || b == b'\r') {
        None => (window.len(), window.len()),
        Some(at) => match (window.get(at), window.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => (at, at + 2),
            _ => (at, at + 1),
        },
    }
}

/// Takes the marks off `"abc"def`, as the `csv` crate does: what follows the closing mark is text.
fn without_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.strip_prefix('"').unwrap_or(text);
    while let Some(at) = rest.find('"') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match from.strip_prefix("\"\"") {
            Some(tail) => {
                out.push('"');
                rest = tail;
            }
            None => {
                out.push_str(from.get(1..).unwrap_or_default());
                return out;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The delimiter a text seems to use, and the number of columns it then has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Detected {
    pub delimiter: u8,
    pub fields: usize,
}

/// Prefers the delimiter that yields the wanted columns, then the one under which most rows have as many fields as the
/// header, then the one with most fields.
pub(crate) fn detect(window: &[u8], at_end: bool, wanted: &[&str]) -> Detected {
    let mut best: Option<((usize, usize, usize), Detected)> = None;
    let mut fields = Vec::new();
    for delimiter in DELIMITERS {
        let mut rest = window;
        let mut width = 0;
        let mut names = 0;
        let mut same = 0;
        for n in 0..50 {
            if rest.is_empty() {
                break;
            }
            let consumed = match split(rest, delimiter, at_end, &mut fields) {
                Split::Row { consumed, .. } => consumed,
                Split::NeedMore if n > 0 => break,
                Split::NeedMore | Split::Unclosed => {
                    // As far as the first line goes.
                    let (len, consumed) = first_line(rest);
                    split(rest.get(..len).unwrap_or_default(), delimiter, true, &mut fields);
                    consumed
                }
            };
            if n == 0 {
                width = fields.len();
                names = fields
                    .iter()
                    .filter(|field| {
                        let bytes = rest.get(field.start..field.end).unwrap_or_default();
                        std::str::from_utf8(bytes).is_ok_and(|name| wanted.contains(&name.trim()))
                    })
                    .count();
            } else if fields.len() == width {
                same += 1;
            }
            rest = rest.get(consumed..).unwrap_or_default();
        }
        let score = if width > 1 { (names, same, width) } else { (names, 0, 0) };
        let detected = Detected { delimiter, fields: width };
        if best.is_none_or(|(other, _)| score > other) {
            best = Some((score, detected));
        }
    }
    best.map_or(Detected { delimiter: b',', fields: 1 }, |(_, detected)| detected)
}

/// A header cell that is more likely a value: a date, a number, an e-mail address, a long text.
fn looks_like_data(cell: &str) -> bool {
    let number = crate::number::amount(cell).is_ok();
    let far_future = time::macros::date!(9999 - 12 - 31);
    let date = crate::dates::parse(cell, crate::dates::DateStyle::Auto, far_future).is_ok();
    number || date || cell.contains('@') || cell.chars().count() > 80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Rows = Vec<Result<Vec<String>, (u64, RowFault)>>;

    fn read(bytes: &[u8]) -> (Vec<String>, Rows, Vec<FileWarning>) {
        read_by(bytes, usize::MAX)
    }

    /// A reader that hands out `n` bytes at a time, so that every boundary is met.
    struct Drip<'a>(&'a [u8], usize);
    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(self.1).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn read_by(bytes: &[u8], chunk: usize) -> (Vec<String>, Rows, Vec<FileWarning>) {
        let mut table = Table::open("t.csv", Drip(bytes, chunk), None, &[]).unwrap();
        let names = table.names().iter().map(|n| n.to_string()).collect();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            rows.push(match &row.fault {
                Some(fault) => Err((row.line, fault.clone())),
                None => Ok((0..table.fields.len()).map(|n| table.field(&row, n).into_owned()).collect()),
            });
        }
        (names, rows, table.warnings().to_vec())
    }

    fn good(rows: &Rows) -> Vec<Vec<&str>> {
        rows.iter().flatten().map(|row| row.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn quotes_line_ends_and_marks_of_every_kind_are_read() {
        for text in [
            "\u{FEFF}a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,w",
            "a,b\n1,\"x, \"\"y\"\"\nz\"\n,\n2,w\n",
            "\n\na;b\n1;\"x, \"\"y\"\"\nz\"\n2;w;;\n",
            "sep=;\na;b\n1;\"x, \"\"y\"\"\nz\"\n2;w",
            "a,b\r1,\"x, \"\"y\"\"\nz\"\r2,w\r",
        ] {
            let (names, rows, _) = read(text.as_bytes());
            assert_eq!(names, ["a", "b"], "{text:?}");
            let rows: Vec<Vec<&str>> = good(&rows).into_iter().map(|row| row[..2].to_vec()).collect();
            assert_eq!(rows, [["1", "x, \"y\"\nz"], ["2", "w"]], "{text:?}");
        }
    }

    #[test]
    fn a_row_of_the_wrong_width_is_a_fault_of_that_row() {
        let (_, rows, _) = read(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n");
        assert_eq!(rows[0], Err((2, RowFault::FieldCount { found: 2 })));
        assert_eq!(rows[2], Err((4, RowFault::FieldCount { found: 4 })));
        assert!(rows[1].is_ok() && rows[3].is_ok());
    }

    #[test]
    fn a_stray_or_unclosed_quote_costs_its_own_line_only() {
        let (_, rows, _) = read(b"a,b\n\"1,2\n3,4\n5,\"x\"\n7,8\n\"9,10\n11,12\n");
        assert_eq!(rows[0], Err((2, RowFault::StrayQuote)));
        assert_eq!(rows[4], Err((6, RowFault::UnclosedQuote)));
        assert_eq!(good(&rows), vec![vec!["3", "4"], vec!["5", "x"], vec!["7", "8"], vec!["11", "12"]]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over_in_bounded_memory() {
        let mut text = b"a,b\n1,".to_vec();
        text.extend(vec![b'x'; 5 * ROW_BYTES_MAX]);
        text.extend(b"\n3,4\n");
        let mut table = Table::open("t.csv", text.as_slice(), None, &[]).unwrap();
        let row = table.next_row().unwrap().unwrap();
        assert_eq!((row.line, &row.fault), (2, &Some(RowFault::TooLong)));
        assert!(table.raw(&row).starts_with(b"1,xxx"));
        let row = table.next_row().unwrap().unwrap();
        assert_eq!((row.line, row.fault.clone()), (3, None));
        assert_eq!(table.raw(&row), b"3,4");
        assert_eq!(&text[usize::try_from(row.byte).unwrap()..], b"3,4\n");
        assert!(table.buffer.len() < 3 * ROW_BYTES_MAX);
        assert!(table.next_row().unwrap().is_none());
    }

    #[test]
    fn windows_1252_is_announced_and_a_broken_utf_8_row_is_not_guessed() {
        let (_, rows, warnings) = read(b"name,n\nAnn,1\nJos\xE9,2\n");
        assert_eq!(good(&rows)[1], ["José", "2"]);
        assert_eq!(warnings, [FileWarning::Windows1252 { line: 3 }]);

        let (_, rows, warnings) = read(b"name,n\nJos\xC3\xA9,1\nJos\xE9,2\nAnn,3\n");
        assert!(matches!(rows[1], Err((3, RowFault::NotText(_)))));
        assert_eq!(good(&rows).len(), 2);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_nul_byte_spoils_its_row_only() {
        let (_, rows, _) = read(b"name,n\nA\0b,1\nAnn,2\n");
        assert!(matches!(rows[0], Err((2, RowFault::NotText(_)))));
        assert!(rows[1].is_ok());
    }

    fn open_error(text: &str, delimiter: Option<u8>, wanted: &[&str]) -> String {
        Table::open("t.csv", text.as_bytes(), delimiter, wanted).err().unwrap().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said() {
        assert!(open_error("", None, &[]).contains("the file is empty"));
        assert!(open_error("\n \r\n", None, &[]).contains("the file is empty"));
        let text = open_error("a;b;c\n1;2;3\n", Some(b','), &["a"]);
        assert!(text.contains("3 columns when split at semicolons"), "{text}");
        let text = open_error("Zip Code,n\n1,2\n", None, &["zip_code", "count"]);
        assert!(text.contains("there is no column \"zip_code\" (the nearest is \"Zip Code\")"), "{text}");
        assert!(text.contains("the columns are: Zip Code, n"), "{text}");
        let text = open_error("2024-01-01,Smith,3\n", None, &["day"]);
        assert!(text.contains("holds dates or numbers") && !text.contains("Smith"), "{text}");
        let text = open_error("a,b,a\n1,2,3\n", None, &["a"]);
        assert!(text.contains("\"a\" is there 2 times (columns 1, 3)"), "{text}");
        let (_, _, warnings) = read(b"a,b,a\n1,2,3\n");
        assert_eq!(warnings, [FileWarning::DuplicateColumn { name: "a".to_owned() }]);
        let (_, rows, warnings) = read(b"a,b\n");
        assert!(rows.is_empty());
        assert_eq!(warnings, [FileWarning::NoRows]);
    }

    #[test]
    fn the_delimiter_is_found() {
        for (text, delimiter) in [
            ("a,b;c\n1,2;3\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("a\n1\n", b','),
        ] {
            assert_eq!(detect(text.as_bytes(), true, &[]).delimiter, delimiter, "{text}");
        }
        assert_eq!(detect(b"x,y;z\n1,2;3\n", true, &["z"]).delimiter, b';');
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end_and_none_is_lost(body: Vec<u8>, chunk in 1usize..9) {
            let mut bytes = b"a,b\n".to_vec();
            bytes.extend(&body);
            if let Ok(mut table) = Table::open("t.csv", Drip(&bytes, chunk), None, &[]) {
                let mut end = 0;
                while let Some(row) = table.next_row().unwrap() {
                    let from = usize::try_from(row.byte).unwrap();
                    let raw = table.raw(&row).to_vec();
                    if !table.source.is_utf16() {
                        prop_assert_eq!(&bytes[from..from + raw.len()], raw.as_slice());
                        prop_assert!(from >= end);
                        end = from + raw.len();
                    }
                    for n in 0..table.fields.len() {
                        let _ = table.field(&row, n);
                    }
                }
            }
        }

        #[test]
        fn fields_are_those_of_the_csv_crate(rows in prop::collection::vec(prop::collection::vec("[a,\"\n\r é]{0,6}", 3), 1..20), chunk in 1usize..9) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(["x", "y", "z"]).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let (_, read, _) = read_by(&bytes, chunk);
            let not_blank = |row: &&Vec<String>| row.iter().any(|field| !field.bytes().all(|b| b.is_ascii_whitespace()));
            let expected: Vec<_> = rows.iter().filter(not_blank).cloned().map(Ok).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
