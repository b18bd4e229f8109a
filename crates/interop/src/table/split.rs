//! Where rows and fields end.

/// Where a field lies, relative to the start of its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoting: Quoting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// The bytes are the value.
    Plain,
    /// Inside quotation marks (which are outside the range), with doubled ones.
    Doubled,
    /// Quoted, with more text after the closing mark; the range includes the marks.
    Trailing,
}

pub(super) enum Split {
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
pub(super) fn split(window: &[u8], delimiter: u8, at_end: bool, fields: &mut Vec<Field>) -> Split {
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

pub(super) fn position(window: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
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

/// Length of the first line, and with its line end; equal if the line does not end.
pub(super) fn first_line(window: &[u8]) -> (usize, usize) {
    match position(window, 0, |b| b == b'\n' || b == b'\r') {
        None => (window.len(), window.len()),
        Some(at) => match (window.get(at), window.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => (at, at + 2),
            _ => (at, at + 1),
        },
    }
}

/// Takes the marks off `"abc"def`, as the `csv` crate does: what follows the closing mark is text.
pub(super) fn without_marks(text: &str) -> String {
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
