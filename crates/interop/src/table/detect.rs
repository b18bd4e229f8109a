//! Which delimiter a text seems to use.

use super::split::{Split, first_line, split};

/// The delimiters that are looked for, in order of preference.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter a text seems to use, and the number of columns it then has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) delimiter: u8,
    pub(super) fields: usize,
}

/// Prefers the delimiter that yields the wanted columns, then the one under which most rows have as many fields as the
/// header, then the one with most fields.
pub(super) fn detect(window: &[u8], at_end: bool, wanted: &[&str]) -> Detected {
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
