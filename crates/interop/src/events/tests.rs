use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::FileWarning;

fn today() -> Day {
    Day::parse_iso("2026-11-24").unwrap()
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn mapping(event: &str) -> Mapping {
    Mapping::parse(&format!("dataset = \"d\"\n[[event]]\n{event}\n"))
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn simple() -> Mapping {
    mapping("kind = \"crisis\"\ncode = \"eviction\"\nwhen = { day = \"day\" }\narea = \"zip\"\ncount = \"n\"")
}

struct Read {
    good: Vec<EventRow>,
    bad: Vec<String>,
    raw: Vec<String>,
    warnings: Vec<String>,
    file_warnings: Vec<FileWarning>,
    summary: Summary,
}

fn read(text: impl AsRef<[u8]>, mapping: &Mapping) -> Read {
    let mut reader = EventReader::open("t.csv", text.as_ref(), mapping, today()).unwrap();
    let mut read = Read {
        good: Vec::new(),
        bad: Vec::new(),
        raw: Vec::new(),
        warnings: Vec::new(),
        file_warnings: Vec::new(),
        summary: Summary::default(),
    };
    for row in &mut reader {
        let row = row.unwrap();
        read.warnings.extend(row.warnings.iter().map(ToString::to_string));
        match row.outcome {
            Ok(events) => read.good.extend(events),
            Err(problems) => {
                read.bad.extend(problems.iter().map(ToString::to_string));
                read.raw.push(String::from_utf8_lossy(&row.raw).into_owned());
            }
        }
    }
    read.file_warnings = reader.warnings().to_vec();
    read.summary = reader.summary();
    read
}

fn refused(text: impl AsRef<[u8]>, mapping: &Mapping) -> String {
    EventReader::open("t.csv", text.as_ref(), mapping, today()).err().unwrap().to_string()
}

#[test]
fn a_row_becomes_an_event() {
    let read = read("day,zip,n,more\n3/1/2024, 10001 ,\"1,234\",x\n", &simple());
    let [event] = &read.good[..] else { panic!() };
    assert_eq!(event.line, 2);
    assert_eq!((event.kind, &*event.code, &*event.system), (EventKind::Crisis, "eviction", ""));
    assert_eq!((event.from, event.to), (day("2024-03-01"), day("2024-03-01")));
    assert_eq!(event.area.as_deref(), Some("10001"));
    assert_eq!((event.count, event.exposure, event.stratum.key()), (1234, None, "{}"));
    assert_eq!(event.stratum.id(), 0);
}

#[test]
fn every_bad_value_is_said_by_line_column_and_kind_and_never_repeated() {
    let text = "day,zip,n\n\
                Gonzales,10001,1\n\
                2024-02-30,10001,1\n\
                2027-01-01,10001,1\n\
                1776-07-04,10001,1\n\
                25/12/2024,10001,1\n\
                45352,10001,1\n\
                2024-03-01,10001,-3\n\
                2024-03-01,10001,2.5\n\
                2024-03-01,10001,99999999999\n\
                2024-03-01,10001,\n\
                2024-03-01,10001,Smith\n\
                2024-03-01,10001\n\
                2024-03-01,,7\n";
    let read = read(text, &simple());
    let at = |line: u64, column: &str, rest: &str| format!("t.csv, line {line}{column}: expected {rest}");
    let (d, n) = (", column 1 \"day\"", ", column 3 \"n\"");
    let count = "a whole number from 0 to 1,000,000,000; found";
    let any = "a day such as 2024-03-01, 3/1/2024 or Mar 1, 2024; found";
    assert_eq!(
        read.bad,
        [
            at(2, d, &format!("{any} text of 8 letters")),
            at(3, d, "a day that exists; found a day that its month does not have"),
            at(4, d, "a day up to today, 2026-11-24; found a day in the future"),
            at(5, d, "a day from 1900-01-01 on; found an earlier day"),
            at(
                6,
                d,
                &format!("{any} a month above 12 (is the day first in this file? then set dates = \"eu\")")
            ),
            at(
                7,
                d,
                &format!(
                    "{any} a whole number of 5 digits (a date as Excel counts days? format the column as a date)"
                )
            ),
            at(8, n, &format!("{count} a negative number")),
            at(9, n, &format!("{count} a number with decimals")),
            at(10, n, &format!("{count} a larger number")),
            at(11, n, &format!("{count} nothing (an empty field)")),
            at(12, n, &format!("{count} text of 5 letters")),
            at(13, "", "3 fields; found 2 fields"),
        ]
    );
    assert_eq!(read.good.len(), 1);
    assert_eq!(read.good[0].area, None);
    assert_eq!((read.summary.rows_bad, read.summary.rows_good, read.summary.events), (12, 1, 1));
}

#[test]
fn bad_rows_are_handed_back_byte_for_byte() {
    let bytes =
        b"\xEF\xBB\xBFday;zip;n\r\n2024-03-01;\"a \"\"b\"\"\r\nc\";x\r\n2024-03-01;1;2\r\n".as_slice();
    let mut reader = EventReader::open("t.csv", bytes, &simple(), today()).unwrap();
    assert_eq!(reader.header_raw(), b"day;zip;n");
    let row = reader.next().unwrap().unwrap();
    assert_eq!(row.raw, b"2024-03-01;\"a \"\"b\"\"\r\nc\";x");
    assert_eq!(row.line, 2);
    let from = usize::try_from(row.byte).unwrap();
    assert!(bytes[from..].starts_with(&row.raw));
    let row = reader.next().unwrap().unwrap();
    assert!(row.outcome.is_ok() && row.raw.is_empty());
    assert_eq!(row.line, 4);
    let mut reader = EventReader::open("t.csv", bytes, &simple(), today()).unwrap().keep_raw(KeepRaw::Always);
    assert_eq!(reader.nth(1).unwrap().unwrap().raw, b"2024-03-01;1;2");
}

#[test]
fn bounds_say_which_days_belong_to_a_period() {
    let with = |bounds: &str| {
        mapping(&format!(
            "kind = \"crisis\"\ncode = \"c\"\nwhen = {{ from = \"a\", to = \"b\", bounds = \"{bounds}\" }}"
        ))
    };
    let text = "a,b\n2024-01-01,2024-01-31\n";
    for (bounds, from, to) in [
        ("[]", "2024-01-01", "2024-01-31"),
        ("(]", "2024-01-02", "2024-01-31"),
        ("[)", "2024-01-01", "2024-01-30"),
    ] {
        let read = read(text, &with(bounds));
        assert_eq!((read.good[0].from, read.good[0].to), (day(from), day(to)));
    }
    let reversed = read("a,b\n2024-01-31,2024-01-01\n", &with("[]"));
    assert_eq!(
        reversed.bad,
        ["t.csv, line 2, column 2 \"b\": expected a last day on or after the first; found an earlier day"]
    );
    assert!(read("a,b\n2024-01-01,2024-01-01\n", &with("(]")).bad[0].contains("at least one day"));
}

#[test]
fn values_are_translated_kept_or_rejected_as_the_mapping_says() {
    let map = mapping(
        "kind = { column = \"t\", values = { \"EVICT\" = \"crisis\", \"Denial\" = \"barrier\" }, other = \"contact\" }\n\
         code = { column = \"c\" }\n\
         system = { column = \"s\" }\n\
         when = { on = 2014-01-01 }\n\
         [event.groups]\n\
         sex = { column = \"sex\", values = { F = \"Female\", M = \"Male\" }, other = \"Other\" }\n\
         language = \"lang\"",
    );
    let text =
        "t,c,s,sex,lang\nEVICT,Eviction Filing (2nd),court,f,Spanish\ndenial,!!,,X,\nsomething,Visit,,,\n";
    let read = read(text, &map);
    let [a, b] = &read.good[..] else { panic!() };
    assert_eq!(
        (a.kind, &*a.code, a.label.as_deref(), &*a.system),
        (EventKind::Crisis, "eviction_filing_2nd", Some("Eviction Filing (2nd)"), "court")
    );
    assert_eq!(a.from, day("2014-01-01"));
    assert_eq!(a.stratum.key(), r#"{"language":"Spanish","sex":"Female"}"#);
    assert_eq!((b.kind, b.stratum.key(), &*b.system), (EventKind::Contact, "{}", ""));
    assert_eq!(
        read.bad,
        [
            "t.csv, line 3, column 2 \"c\": expected a text with letters or digits, up to 80 bytes; found text of 2 characters (signs)"
        ]
    );

    let map = mapping(
        "kind = { column = \"t\" }\ncode = { column = \"c\", values = { A = \"a\" }, other = \"reject\" }\nwhen = { on = \"2014-01-01\" }",
    );
    let read = self::read("t,c\nCrisis,A\nCrash,A\ncrisis,B\n", &map);
    assert_eq!(read.good.len(), 1);
    assert!(read.bad[0].contains("expected one of barrier, crisis"), "{}", read.bad[0]);
    assert!(
        read.bad[1].contains("expected one of the values in the mapping: A; found text of 1 letter"),
        "{}",
        read.bad[1]
    );
}

#[test]
fn equal_combinations_share_one_stratum() {
    let map = mapping(
        "kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\n[event.groups]\nsex = { column = \"sex\", values = { F = \"Female\" } }",
    );
    let read = read("id,sex\n1,F\n2,Female\n3,M\n4,\n5, F \n", &map);
    let ids: Vec<u32> = read.good.iter().map(|event| event.stratum.id()).collect();
    assert_eq!(ids, [1, 1, 2, 0, 1]);
}

#[test]
fn a_column_of_many_values_is_no_group() {
    let map = mapping(
        "kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\n[event.groups]\nid = \"id\"",
    );
    let text: String =
        std::iter::once("id,x\n".to_owned()).chain((0..20_000).map(|n| format!("{n},1\n"))).collect();
    let last = EventReader::open("t.csv", text.as_bytes(), &map, today()).unwrap().last().unwrap();
    assert!(last.unwrap_err().to_string().contains("more than 10000 distinct combinations"));
}

#[test]
fn filters_leave_rows_out_without_calling_them_bad() {
    let map = mapping(
        "kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\n\
         only = [ { column = \"a\", any_of = [0, \"x\"] }, { column = \"b\", none_of = [\"no\"] }, { column = \"c\", min = 2, max = 4 } ]",
    );
    let read = read("a,b,c\n0,yes,2\nx,,4\n1,yes,3\n0,no,3\n0,yes,1.9\n0,yes,\n0,yes,many\n", &map);
    assert_eq!(read.good.len(), 2);
    assert_eq!((read.summary.rows_filtered, read.summary.rows_bad), (4, 1));
    assert!(
        read.bad[0].contains("column 3 \"c\": expected a number; found text of 4 letters"),
        "{}",
        read.bad[0]
    );
}

#[test]
fn an_exposure_is_above_zero_and_a_larger_count_is_doubted() {
    let map = mapping(
        "kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\ncount = \"n\"\nexposure = \"e\"",
    );
    let read = read("n,e\n1,0\n1,-2\n1,x\n3,2\n3,3.5\n", &map);
    assert_eq!(read.bad.len(), 3);
    assert!(read.bad[0].ends_with("expected a number above 0; found zero"), "{}", read.bad[0]);
    assert_eq!(read.good.iter().map(|event| event.exposure).collect::<Vec<_>>(), [Some(2.0), Some(3.5)]);
    assert_eq!(read.warnings.len(), 1);
    assert!(read.warnings[0].contains("line 5, column 1 \"n\""), "{}", read.warnings[0]);
}

#[test]
fn a_row_is_taken_whole_or_not_at_all_and_a_shared_fault_is_said_once() {
    let map = Mapping::parse(
        "dataset = \"d\"\n[[event]]\nkind = \"crisis\"\ncode = \"a\"\nwhen = { day = \"day\" }\ncount = \"n\"\n\
         [[event]]\nkind = \"crisis\"\ncode = \"b\"\nwhen = { day = \"day\" }\ncount = \"m\"\n",
    )
    .unwrap();
    let read = read("day,n,m\n2024-01-01,1,2\n2024-01-01,1,x\nnever,1,2\n", &map);
    assert_eq!(read.good.iter().map(|event| event.count).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(read.bad.len(), 2);
}

#[test]
fn keys_of_clients_and_records_are_not_shown_by_debug() {
    let map = mapping(
        "kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\nclient = \"who\"\nrecord = \"id\"",
    );
    let read = read("who,id,more\nMaria Gonzales,LT-1,\n,,x\n", &map);
    assert_eq!(read.good[0].client_key.as_ref().unwrap().expose(), "Maria Gonzales");
    assert_eq!(read.good[0].record.as_ref().unwrap().expose(), "LT-1");
    let shown = format!("{:?}", read.good[0]);
    assert!(!shown.contains("Maria") && !shown.contains("LT-1"), "{shown}");
    assert_eq!((&read.good[1].client_key, &read.good[1].record), (&None, &None));
}

#[test]
fn files_of_other_encodings_are_read_and_announced() {
    let map = mapping("kind = \"crisis\"\ncode = \"c\"\nwhen = { on = \"2014-01-01\" }\narea = \"place\"");
    let latin = read(b"place\nK\xF6ln\n", &map);
    assert_eq!(latin.good[0].area.as_deref(), Some("Köln"));
    assert_eq!(latin.file_warnings, [FileWarning::Windows1252 { line: 2 }]);
    let utf16: Vec<u8> = "\u{FEFF}place\r\nKöln\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let read = read(utf16, &map);
    assert_eq!(read.good[0].area.as_deref(), Some("Köln"));
    assert_eq!(read.file_warnings, [FileWarning::Utf16]);
}

#[test]
fn files_that_cannot_be_the_data_are_refused_with_what_to_do() {
    for (bytes, said) in [
        (b"".as_slice(), "the file is empty"),
        (b"PK\x03\x04 xl/workbook.xml", "this is an Excel workbook; save it as CSV"),
        (b"%PDF-1.4", "this is a PDF document"),
        (b"<!DOCTYPE html>", "this is a web page"),
        (b"Day,Zip,N\n", "these columns are not there: \"day\" (\"Day\"?)"),
        (b"2024-01-01,10001,4\n", "expected a row of column names"),
        (b"day,zip,n,n\n", "the column \"n\" is there 2 times (columns 3, 4)"),
    ] {
        let found = refused(bytes, &simple());
        assert!(found.starts_with("read t.csv: ") && found.contains(said), "{found}");
    }
    let mut semicolons = simple();
    semicolons.file.delimiter = Some(Delimiter::Semicolon);
    let found = refused("day,zip,n\n2024-01-01,1,2\n", &semicolons);
    assert!(
        found.contains("one column when split at semicolons, but 3 columns when split at commas"),
        "{found}"
    );
    assert_eq!(read("day,zip,n\n", &simple()).file_warnings, [FileWarning::NoRows]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Mappings

fn mapping_problem(text: &str) -> String {
    let problems = Mapping::parse(text).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_faulty_mapping_is_explained_with_line_and_what_is_allowed() {
    let event = "[[event]]\nkind = \"crisis\"\ncode = \"c\"\nwhen = { day = \"d\" }\n";
    for (text, said) in [
        ("dataset = \"d\"\n".to_owned(), "expected at least one [[event]]"),
        (
            format!("dataset = \"New York\"\n{event}"),
            "line 1, column 1: dataset: expected a name of letters, digits and dashes",
        ),
        (format!("dataset = \"casework\"\n{event}"), "choose another"),
        (
            format!("dataset = \"d\"\ncolour = 1\n{event}"),
            "line 2, column 1: this is not understood: unknown field `colour`, expected one of `dataset`, `title`, `file`, `event`",
        ),
        (
            format!("dataset = \"d\"\n[file]\ndates = \"german\"\n{event}"),
            "line 3, column 9: this is not understood: expected one of auto, iso, us, eu",
        ),
        (
            format!("dataset = \"d\"\n[file]\ndelimiter = \":\"\n{event}"),
            "expected one of comma, semicolon, tab, pipe",
        ),
        (
            format!("dataset = \"d\"\n{event}count = -1\n"),
            "line 6, column 1: event 1, count: expected a whole number",
        ),
        (
            format!("dataset = \"d\"\n{event}count = true\n"),
            "line 6, column 9: this is not understood: invalid type: boolean `true`, expected a number, the name of a column",
        ),
        (format!("dataset = \"d\"\n{event}exposure = 0\n"), "event 1, exposure: expected a number above 0"),
        (
            format!("dataset = \"d\"\n{event}{}", event.replace("crisis", "crises")),
            "line 7, column 1: event 2, kind: kind: expected one of barrier, crisis, referral, service, contact, decision (did you mean crisis?)",
        ),
        (
            format!("dataset = \"d\"\n{}", event.replace("\"c\"", "\"Eviction filing\"")),
            "event 1, code: expected a short word",
        ),
        (
            format!("dataset = \"d\"\n{}", event.replace("day = ", "date = ")),
            "line 5, column 10: this is not understood: unknown field `date`, expected one of `day`, `from`, `to`, `bounds`, `on`",
        ),
        (
            format!("dataset = \"d\"\n{}", event.replace("day = \"d\"", "from = \"d\"")),
            "expected one of { day = \"column\" }, { from",
        ),
        (
            format!("dataset = \"d\"\n{}", event.replace("day = \"d\"", "on = \"2014-02-30\"")),
            "event 1, when: on: expected a day such as",
        ),
        (
            format!("dataset = \"d\"\n{event}only = [ {{ column = \"x\" }} ]\n"),
            "line 6, column 10: event 1, only 1: expected any_of, none_of, min or max",
        ),
        (
            format!("dataset = \"d\"\n{event}only = [ {{ column = \"x\", min = 3, max = 2 }} ]\n"),
            "no row would be left",
        ),
        (
            format!("dataset = \"d\"\n{event}[event.groups]\nrace = {{ column = \"\" }}\n"),
            "line 7, column 1: event 1, groups, race: expected the name of a column",
        ),
        (
            format!("dataset = \"d\"\n{event}[event.groups]\nrace = {{ columns = \"a\" }}\n"),
            "unknown field `columns`, expected one of `column`, `values`, `other`",
        ),
        ("dataset = \n".to_owned(), "line 1, column"),
    ] {
        let found = mapping_problem(&text);
        assert!(found.contains(said), "{text}\n{found}");
    }
}

#[test]
fn all_problems_of_a_mapping_are_told_at_once() {
    let text =
        "dataset = \"a b\"\n[[event]]\nkind = \"x\"\ncode = \"\"\nwhen = { from = \"a\", to = \"a\" }\n";
    assert_eq!(Mapping::parse(text).unwrap_err().len(), 4);
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", "[ -~é\"\\\\\u{7F}\n]{1,8}"]
        .prop_filter("names are trimmed", |text| text.trim() == text && !text.is_empty())
}

fn any_values() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map(any_text(), "[a-z]{1,5}", 1..4)
}

fn any_event() -> impl Strategy<Value = EventMapping> {
    let when = prop_oneof![
        any_text().prop_map(|day| When::Day { day }),
        any_text().prop_map(|from| When::Period { to: format!("{from}x"), from, bounds: Bounds::AfterFirst }),
        Just(When::On { on: "2014-01-01".to_owned() }),
    ];
    let count = prop_oneof![
        (0u32..9_999_999).prop_map(|n| Amount::Number(f64::from(n))),
        any_text().prop_map(Amount::Column),
        (any_text(), prop::collection::vec(any_text(), 1..3))
            .prop_map(|(column, any_of)| Amount::AnyOf { column, any_of }),
    ];
    let code = prop_oneof![
        "[a-z]{1,9}".prop_map(Text::Constant),
        (any_text(), any_values()).prop_map(|(column, values)| Text::Column {
            column,
            values,
            other: Some("other".to_owned())
        }),
    ];
    let group = (any_text(), any_values(), any::<bool>()).prop_map(|(column, values, plain)| {
        if plain {
            Group { column, ..Group::default() }
        } else {
            Group { column, values, other: Some("rest".to_owned()) }
        }
    });
    let condition =
        (any_text(), prop::option::of(-1e9..1e9f64), any_text()).prop_map(|(column, min, text)| Condition {
            column,
            any_of: vec![text],
            min,
            ..Condition::default()
        });
    (
        when,
        prop::option::of(count),
        code,
        prop::option::of(0.001..1e18f64),
        prop::option::of(any_text()),
        prop::collection::btree_map(any_text(), group, 0..3),
        prop::collection::vec(condition, 0..3),
    )
        .prop_map(|(when, count, code, exposure, area, groups, only)| EventMapping {
            count,
            code,
            exposure: exposure.map(Amount::Number),
            label: area.clone(),
            client: area.clone(),
            area,
            groups,
            only,
            ..EventMapping::new(EventKind::Barrier, "x", when)
        })
}

proptest! {
    #[test]
    fn a_mapping_written_and_read_is_the_same(events in prop::collection::vec(any_event(), 1..4), title in prop::option::of(any_text())) {
        let mapping = Mapping {
            dataset: "d-1".to_owned(),
            title,
            file: FileFormat { delimiter: Some(Delimiter::Tab), dates: crate::DateStyle::Us },
            events,
        };
        prop_assert_eq!(mapping.check(), vec![]);
        let text = mapping.to_toml();
        match Mapping::parse(&text) {
            Ok(read) => prop_assert_eq!(read, mapping),
            Err(problems) => prop_assert!(false, "{:?}\n{}", problems, text),
        }
    }

    #[test]
    fn any_mapping_text_is_answered(text: String) {
        let _ = Mapping::parse(&text);
        let _ = Mapping::parse(&format!("dataset = \"d\"\n[[event]]\nwhen = {text}"));
    }

    #[test]
    fn any_bytes_are_answered(body: Vec<u8>) {
        let mut bytes = b"day,zip,n\n".to_vec();
        bytes.extend(&body);
        if let Ok(reader) = EventReader::open("t", bytes.as_slice(), &simple(), today()) {
            for row in reader {
                let _ = row.unwrap();
            }
        }
        let _ = preview("t", &body, 5, today());
        let _ = preview("t", &bytes, 5, today());
    }

    #[test]
    fn rows_that_look_nearly_right_are_answered(body in "[0-9/,\"\n\r :-]{0,200}") {
        for row in EventReader::open("t", format!("day,zip,n\n{body}").as_bytes(), &simple(), today()).unwrap() {
            let row = row.unwrap();
            for event in row.outcome.into_iter().flatten() {
                prop_assert!(event.from == event.to && event.from <= today());
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Previews

#[test]
fn a_preview_shows_the_first_rows_and_suggests_a_mapping_that_works() {
    let text = "docket,filed,zip,type,race,filings\n\
                A1,2024-01-01,10001,Holdover,Black,1\n\
                A2,2024-01-02,10002,Nonpayment,White,2\n\
                A3,2024-01-03,10002,Nonpayment,Black,2\n";
    let preview = preview("data/court filings.csv", text.as_bytes(), 2, today()).unwrap();
    assert_eq!((preview.delimiter, preview.rows.len(), preview.rows_bad), (',', 2, 0));
    let guesses: Vec<_> = preview.columns.iter().map(|column| &column.guess).collect();
    use ColumnGuess::*;
    assert_eq!(guesses, [&Record, &Day, &Area, &Code, &Group("race".to_owned()), &Count]);
    assert_eq!(preview.columns[3].values, ["Holdover", "Nonpayment"]);
    let mapping = preview.suggestion.clone().unwrap();
    assert_eq!(mapping.dataset, "court-filings");
    assert_eq!(Mapping::parse(&mapping.to_toml()).unwrap(), mapping);
    let read = read(text, &mapping);
    assert_eq!((read.good.len(), read.bad.len()), (3, 0));
    assert_eq!((&*read.good[1].code, read.good[1].count), ("nonpayment", 2));
    assert!(!format!("{preview:?}").contains("Holdover"));
}

#[test]
fn a_preview_of_a_cut_off_head_counts_the_cut_row_as_bad() {
    let preview = preview("x.csv", b"day,n\n2024-01-01,1\n2024-01", 5, today()).unwrap();
    assert_eq!((preview.rows.len(), preview.rows_bad), (1, 1));
}

// ---------------------------------------------------------------------------------------------------------------------
// Real data

fn data(name: &str) -> Option<File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let file = File::open(path).ok();
    if file.is_none() {
        println!("skipped: {name} is not there");
    }
    file
}

fn example(name: &str) -> Mapping {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mappings").join(name);
    let text = fs::read_to_string(path).unwrap();
    Mapping::parse(&text).unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
}

#[test]
fn the_example_mappings_hold_together() {
    for name in ["nyc-evictions.toml", "nyc-evictions-daily.toml", "broward-risk-scores.toml"] {
        let mapping = example(name);
        assert_eq!(Mapping::parse(&mapping.to_toml()).unwrap(), mapping, "{name}");
    }
}

#[test]
fn the_eviction_filings_of_new_york_are_all_good() {
    let mapping = example("nyc-evictions.toml");
    let Some(file) = data("housing/eviction_filings_by_zip.csv") else { return };
    let mut filings = 0;
    let mut rows = 0;
    let mut areas = std::collections::BTreeSet::new();
    for row in EventReader::open("by_zip.csv", file, &mapping, today()).unwrap() {
        let events = row.unwrap().outcome.unwrap();
        let [event] = &events[..] else { panic!() };
        rows += 1;
        filings += event.count;
        areas.insert(event.area.clone().unwrap());
        assert!(event.from >= day("2020-12-17") && event.to <= day("2022-06-16"));
    }
    assert_eq!((rows, filings, areas.len()), (3060, 85_395, 180));
}

#[test]
fn the_daily_filings_give_two_events_a_day_and_none_while_courts_were_closed() {
    let mapping = example("nyc-evictions-daily.toml");
    let Some(file) = data("housing/eviction_filings_daily.csv") else { return };
    let rows: Vec<Row> =
        EventReader::open("daily.csv", file, &mapping, today()).unwrap().map(Result::unwrap).collect();
    let events: Vec<EventRow> = rows.into_iter().flat_map(|row| row.outcome.unwrap()).collect();
    let sum = |code: &str, from: &str, to: &str| -> u64 {
        let within =
            |event: &&EventRow| &*event.code == code && event.from >= day(from) && event.to <= day(to);
        events.iter().filter(within).map(|event| event.count).sum()
    };
    assert_eq!(sum("holdover_filing", "2019-01-02", "2019-01-03"), 114 + 210);
    assert_eq!(sum("nonpayment_filing", "2019-01-02", "2019-01-03"), 522 + 944);
    let before = sum("nonpayment_filing", "2020-02-01", "2020-02-29");
    let closed = sum("nonpayment_filing", "2020-04-01", "2020-04-29");
    assert!(closed * 100 < before, "{before} {closed}");
}

#[test]
fn the_risk_scores_of_broward_county_err_as_published() {
    let mapping = example("broward-risk-scores.toml");
    let Some(file) = data("justice/justice_cases.csv") else { return };
    let mut sums: BTreeMap<(String, String), (u64, f64)> = BTreeMap::new();
    let mut rows = 0;
    for row in EventReader::open("justice_cases.csv", file, &mapping, today()).unwrap() {
        rows += 1;
        for event in row.unwrap().outcome.unwrap() {
            assert!(event.client_key.is_some());
            let race = event.stratum.values().get("race").unwrap().clone();
            let sum = sums.entry((event.code.to_string(), race)).or_default();
            sum.0 += event.count;
            sum.1 += event.exposure.unwrap();
        }
    }
    assert_eq!(rows, 7214);
    let percent = |code: &str, race: &str| {
        let (count, exposure) = sums[&(code.to_owned(), race.to_owned())];
        format!("{:.2}", 100.0 * count as f64 / exposure)
    };
    let (alarm, miss) = ("scored_medium_or_high_no_reoffence", "scored_low_reoffence");
    assert_eq!(percent(alarm, "African-American"), "44.85");
    assert_eq!(percent(alarm, "Caucasian"), "23.45");
    assert_eq!(percent(miss, "African-American"), "27.99");
    assert_eq!(percent(miss, "Caucasian"), "47.72");
}
