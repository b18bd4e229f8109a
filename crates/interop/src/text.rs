//! From bytes to text: recognising what is no text at all, and the encodings of what is.
//!
//! UTF-16 is converted while reading. Windows-1252 shares its delimiters, quotes and line ends with
//! UTF-8, so it is decoded row by row in `table`, and raw rows stay what they were in the file.

use std::io::{self, Read};

use crate::problem::FileCause;
use crate::words::{self, Phrase};

/// Bytes looked at before anything is believed about a file.
const HEAD_BYTES: usize = 64 * 1024;

/// What the caller is about to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Table,
    Json,
}

/// A reader of UTF-8 (or an 8-bit encoding that contains ASCII) without a byte order mark.
pub(crate) struct Source<R> {
    inner: R,
    head: Vec<u8>,
    head_at: usize,
    utf16: Option<Utf16>,
    bytes_read: u64,
    /// Length of the mark that was passed over.
    pub(crate) mark_bytes: u64,
}

impl<R: Read> Source<R> {
    /// Reads the head of the file and turns away what cannot be what is expected.
    pub(crate) fn open(inner: R, expect: Expect) -> Result<Source<R>, FileCause> {
        let mut source =
            Source { inner, head: Vec::new(), head_at: 0, utf16: None, bytes_read: 0, mark_bytes: 0 };
        let mut head = vec![0; HEAD_BYTES];
        let mut n = 0;
        while n < HEAD_BYTES {
            match source.inner.read(head.get_mut(n..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FileCause::Io(error)),
            }
        }
        head.truncate(n);
        if let Some((what, instead)) = foreign(&head, expect) {
            return Err(FileCause::NotThisFormat { what, instead });
        }
        let (mark, utf16) = match head.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (3, None),
            [0xFF, 0xFE, ..] => (2, Some(Endian::Little)),
            [0xFE, 0xFF, ..] => (2, Some(Endian::Big)),
            _ => (0, utf16_without_mark(&head)),
        };
        if utf16.is_none() && looks_binary(&head) {
            return Err(FileCause::NotThisFormat {
                what: &words::IS_BINARY,
                instead: match expect {
                    Expect::Table => &words::DO_CSV_PLAIN,
                    Expect::Json => &words::DO_GEOJSON_SAVE,
                },
            });
        }
        source.head = head;
        source.head_at = mark;
        source.mark_bytes = u64::try_from(mark).unwrap_or(0);
        source.bytes_read = u64::try_from(n).unwrap_or(0);
        source.utf16 = utf16.map(Utf16::new);
        Ok(source)
    }

    /// Bytes taken from the file so far, before any conversion: for a progress bar.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    pub(crate) fn is_utf16(&self) -> bool {
        self.utf16.is_some()
    }

    /// Characters that UTF-16 left incomplete.
    pub(crate) fn broken_characters(&self) -> u64 {
        self.utf16.as_ref().map_or(0, |decoder| decoder.broken)
    }

    fn read_raw(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let waiting = self.head.get(self.head_at..).unwrap_or_default();
        if !waiting.is_empty() {
            let n = waiting.len().min(out.len());
            for (to, from) in out.iter_mut().zip(waiting) {
                *to = *from;
            }
            self.head_at += n;
            if self.head_at == self.head.len() {
                self.head = Vec::new();
                self.head_at = 0;
            }
            return Ok(n);
        }
        loop {
            match self.inner.read(out) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(n) => {
                    self.bytes_read += u64::try_from(n).unwrap_or(0);
                    return Ok(n);
                }
            }
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.utf16.take() else {
            return self.read_raw(out);
        };
        let mut outcome = Ok(0);
        while decoder.ready().is_empty() && !decoder.done && !out.is_empty() {
            let mut raw = std::mem::take(&mut decoder.raw);
            raw.resize(32 * 1024, 0);
            outcome = self.read_raw(&mut raw);
            match &outcome {
                Ok(0) => decoder.finish(),
                Ok(n) => decoder.push(raw.get(..*n).unwrap_or_default()),
                Err(_) => decoder.done = true,
            }
            decoder.raw = raw;
        }
        let n = decoder.take(out);
        self.utf16 = Some(decoder);
        outcome.map(|_| n)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endian {
    Little,
    Big,
}

/// UTF-16 to UTF-8, piece by piece.
struct Utf16 {
    endian: Endian,
    raw: Vec<u8>,
    odd: Option<u8>,
    high: Option<u16>,
    text: String,
    text_at: usize,
    broken: u64,
    done: bool,
}

impl Utf16 {
    fn new(endian: Endian) -> Utf16 {
        Utf16 {
            endian,
            raw: Vec::new(),
            odd: None,
            high: None,
            text: String::new(),
            text_at: 0,
            broken: 0,
            done: false,
        }
    }

    fn ready(&self) -> &[u8] {
        self.text.as_bytes().get(self.text_at..).unwrap_or_default()
    }

    fn take(&mut self, out: &mut [u8]) -> usize {
        let n = self.ready().len().min(out.len());
        for (to, from) in out.iter_mut().zip(self.text.as_bytes().iter().skip(self.text_at)) {
            *to = *from;
        }
        self.text_at += n;
        if self.text_at >= self.text.len() {
            self.text.clear();
            self.text_at = 0;
        }
        n
    }

    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.odd.take() {
                None => self.odd = Some(*byte),
                Some(first) => {
                    let unit = match self.endian {
                        Endian::Little => u16::from_le_bytes([first, *byte]),
                        Endian::Big => u16::from_be_bytes([first, *byte]),
                    };
                    self.unit(unit);
                }
            }
        }
    }

    fn unit(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(character)) = char::decode_utf16([high, unit]).next()
                && (0xDC00..=0xDFFF).contains(&unit)
            {
                self.text.push(character);
                return;
            }
            self.replace();
        }
        match unit {
            0xD800..=0xDBFF => self.high = Some(unit),
            0xDC00..=0xDFFF => self.replace(),
            _ => self.text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn replace(&mut self) {
        self.text.push(char::REPLACEMENT_CHARACTER);
        self.broken += 1;
    }

    fn finish(&mut self) {
        self.done = true;
        if self.odd.take().is_some() | self.high.take().is_some() {
            self.replace();
        }
    }
}

/// ASCII written as UTF-16 without a mark has a NUL in every second byte.
fn utf16_without_mark(head: &[u8]) -> Option<Endian> {
    let sample = head.get(..head.len().min(4096)).unwrap_or_default();
    let pairs = sample.len() / 2;
    if pairs < 4 {
        return None;
    }
    let (mut first, mut second) = (0, 0);
    for pair in sample.chunks_exact(2) {
        if let [a, b] = pair {
            first += usize::from(*a == 0);
            second += usize::from(*b == 0);
        }
    }
    if second * 10 > pairs * 6 && first * 10 < pairs {
        Some(Endian::Little)
    } else if first * 10 > pairs * 6 && second * 10 < pairs {
        Some(Endian::Big)
    } else {
        None
    }
}

fn looks_binary(head: &[u8]) -> bool {
    let sample = head.get(..head.len().min(8192)).unwrap_or_default();
    let control =
        sample.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0C)).count();
    // One stray control byte spoils a row, not the file.
    control > 3 && control * 20 > sample.len()
}

/// Formats that people send instead of the one asked for, by their first bytes.
fn foreign(head: &[u8], expect: Expect) -> Option<(&'static Phrase, &'static Phrase)> {
    let csv = &words::DO_CSV;
    let unpack = &words::DO_UNPACK;
    let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w == needle);
    let start = |magic: &[u8]| head.starts_with(magic);
    if start(b"PK\x03\x04") || start(b"PK\x05\x06") {
        return Some(if has(b"xl/") || has(b"spreadsheetml") {
            (&words::IS_EXCEL, csv)
        } else if has(b"opendocument.spreadsheet") {
            (&words::IS_CALC, csv)
        } else if has(b"word/") || has(b"opendocument.text") {
            (&words::IS_WRITER, csv)
        } else if has(b".shp") || has(b".dbf") {
            (&words::IS_SHAPEFILE_ZIP, &words::DO_GEOJSON)
        } else if has(b"[Content_Types].xml") {
            (&words::IS_OFFICE, csv)
        } else {
            (&words::IS_ZIP, unpack)
        });
    }
    if start(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Some((&words::IS_OFFICE_OLD, csv));
    }
    if start(b"%PDF") {
        return Some((&words::IS_PDF, &words::DO_ASK_CSV));
    }
    if start(&[0x1F, 0x8B])
        || start(b"BZh")
        || start(&[0x28, 0xB5, 0x2F, 0xFD])
        || start(b"7z\xBC\xAF")
        || start(b"Rar!")
    {
        return Some((&words::IS_COMPRESSED, unpack));
    }
    if start(&[0xFF, 0xFE, 0, 0]) || start(&[0, 0, 0xFE, 0xFF]) {
        return Some((&words::IS_UTF32, &words::DO_UTF8));
    }
    if start(b"SQLite format 3\0") {
        return Some((&words::IS_SQLITE, &words::DO_EXPORT_TABLE));
    }
    if start(b"PAR1") {
        return Some((&words::IS_PARQUET, &words::DO_EXPORT_CSV));
    }
    if start(&[0x00, 0x00, 0x27, 0x0A]) {
        return Some((&words::IS_SHAPEFILE, &words::DO_GEOJSON));
    }
    if start(b"\x89PNG") || start(&[0xFF, 0xD8, 0xFF]) || start(b"GIF8") {
        return Some((&words::IS_PICTURE, &words::DO_DATA_FILE));
    }
    if start(b"{\\rtf") {
        return Some((&words::IS_WRITER, csv));
    }
    let text = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head).trim_ascii_start();
    let beginning: Vec<u8> = text.iter().take(300).map(u8::to_ascii_lowercase).collect();
    if beginning.starts_with(b"<!doctype html") || beginning.starts_with(b"<html") {
        return Some((&words::IS_WEB_PAGE, &words::DO_BROWSER));
    }
    if beginning.starts_with(b"<?xml") || beginning.starts_with(b"<kml") {
        return Some(match expect {
            Expect::Table => (&words::IS_XML, csv),
            Expect::Json => (&words::IS_KML, &words::DO_GEOJSON),
        });
    }
    if expect == Expect::Table {
        let after = beginning.get(1..).unwrap_or_default().trim_ascii_start();
        let object = beginning.starts_with(b"{") && (after.starts_with(b"\"") || after.starts_with(b"}"));
        let array = beginning.starts_with(b"[") && (after.starts_with(b"{") || after.starts_with(b"["));
        if object || array {
            return Some((&words::IS_JSON, &words::DO_EXPORT_TABLE_AGAIN));
        }
    }
    None
}

/// Windows-1252 to UTF-8. `None` for the five bytes that the encoding leaves undefined.
pub(crate) fn windows_1252(bytes: &[u8], out: &mut String) -> Option<()> {
    /// 0x80 to 0x9F; the rest of the encoding equals Unicode.
    const UPPER: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’',
        '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    out.clear();
    for byte in bytes {
        let character = match *byte {
            0x80..=0x9F => *UPPER.get(usize::from(byte - 0x80))?,
            other => char::from(other),
        };
        if character == '\0' && *byte != 0 {
            return None;
        }
        out.push(character);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> String {
        let mut text = Vec::new();
        Source::open(bytes, Expect::Table).unwrap().read_to_end(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn utf16(text: &str, mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn utf_16_of_either_order_is_converted_with_or_without_its_mark() {
        let text = "name,n\nJosé 😀,1\n".repeat(5000);
        for mark in [true, false] {
            assert_eq!(all(&utf16(&text, mark, u16::to_le_bytes)), text);
            assert_eq!(all(&utf16(&text, mark, u16::to_be_bytes)), text);
        }
    }

    #[test]
    fn half_a_character_is_replaced_and_counted() {
        let mut bytes = utf16("a,b\n", true, u16::to_le_bytes);
        bytes.extend([0x00, 0xD8, b'x', 0x00, b'y']);
        let mut source = Source::open(bytes.as_slice(), Expect::Table).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n\u{FFFD}x\u{FFFD}");
        assert_eq!(source.broken_characters(), 2);
    }

    #[test]
    fn other_formats_are_named() {
        for (bytes, what) in [
            (b"PK\x03\x04....xl/workbook.xml".as_slice(), "an Excel workbook"),
            (b"PK\x03\x04....readme.txt", "a zip archive"),
            (b"PK\x03\x04....tracts.shp", "a zipped shapefile"),
            (b"%PDF-1.7", "a PDF document"),
            (b"\x1f\x8b\x08", "a compressed file"),
            (b"\xD0\xCF\x11\xE0\xA1", "an old Excel workbook or another Office document"),
            (b"\n <!DOCTYPE html><html>", "a web page"),
            (b"[ {\"a\":1}]", "a JSON file"),
            (b"{\"a\":1}", "a JSON file"),
            (b"\x00\x01\x02\x03\x04\x05\x06", "no text file (it holds binary data)"),
        ] {
            match Source::open(bytes, Expect::Table) {
                Err(FileCause::NotThisFormat { what: found, .. }) => assert_eq!(found.english, what),
                _ => panic!("{what}"),
            }
        }
    }

    #[test]
    fn windows_1252_is_read_without_loss_or_not_at_all() {
        let mut out = String::new();
        assert!(windows_1252(b"Jos\xE9 \x80 \x93x\x94", &mut out).is_some());
        assert_eq!(out, "José € “x”");
        assert!(windows_1252(b"\x81", &mut out).is_none());
    }
}
