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
    assert!(text.contains("\"zip_code\" (\"Zip Code\"?)"), "{text}");
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
