//! What is said of a file: sentences with a stable key and arguments, so that pages can say them in their language.
//!
//! The English of a phrase is what `Display` writes, what the command prints and what is stored with a batch.
//! [`recognise`] leads back from it to the key, so that what was stored long ago can be said in any language, too.

use std::fmt;
use std::sync::LazyLock;

/// A sentence, or part of one, with its arguments in braces.
#[derive(Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Stable: translations are found by it.
    pub key: &'static str,
    /// A lowercase fragment.
    pub english: &'static str,
}

/// A phrase with its arguments filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    phrase: &'static Phrase,
    args: Vec<(&'static str, Arg)>,
}

/// What stands in for a name in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A name, a number, a day: the same in every language.
    Text(String),
    /// A phrase of its own.
    Words(Box<Words>),
}

impl Phrase {
    /// The phrase with its first argument.
    pub(crate) fn with(&'static self, name: &'static str, arg: impl Into<Arg>) -> Words {
        Words::from(self).and(name, arg)
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = self.english;
        let mut plain = 0;
        // A brace with anything but a small word in it is the sign itself, as in "{ day = .. }".
        while let Some(open) = rest.get(plain..).and_then(|tail| tail.find('{')).map(|at| at + plain) {
            let name = rest.get(open + 1..).and_then(|tail| tail.split_once('}')).map(|(name, _)| name);
            match name.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())) {
                Some(name) => {
                    pieces.push(Piece::Plain(rest.get(..open).unwrap_or_default()));
                    pieces.push(Piece::Arg(name));
                    rest = rest.get(open + name.len() + 2..).unwrap_or_default();
                    plain = 0;
                }
                None => plain = open + 1,
            }
        }
        pieces.push(Piece::Plain(rest));
        pieces
    }
}

#[derive(Clone, Copy)]
enum Piece {
    Plain(&'static str),
    Arg(&'static str),
}

impl Words {
    /// The phrase's stable key.
    pub fn key(&self) -> &'static str {
        self.phrase.key
    }

    /// What is filled in, by name.
    pub fn args(&self) -> &[(&'static str, Arg)] {
        &self.args
    }

    pub(crate) fn and(mut self, name: &'static str, arg: impl Into<Arg>) -> Words {
        self.args.push((name, arg.into()));
        self
    }
}

impl From<&'static Phrase> for Words {
    fn from(phrase: &'static Phrase) -> Words {
        Words { phrase, args: Vec::new() }
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Arg {
        Arg::Text(text)
    }
}

impl From<usize> for Arg {
    fn from(n: usize) -> Arg {
        Arg::Text(n.to_string())
    }
}

impl From<u64> for Arg {
    fn from(n: u64) -> Arg {
        Arg::Text(n.to_string())
    }
}

impl From<Words> for Arg {
    fn from(words: Words) -> Arg {
        Arg::Words(Box::new(words))
    }
}

impl From<&'static Phrase> for Arg {
    fn from(phrase: &'static Phrase) -> Arg {
        Words::from(phrase).into()
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arg::Text(text) => f.write_str(text),
            Arg::Words(words) => words.fmt(f),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.phrase.pieces() {
            match piece {
                Piece::Plain(text) => f.write_str(text)?,
                Piece::Arg(name) => {
                    if let Some((_, arg)) = self.args.iter().find(|(known, _)| *known == name) {
                        arg.fmt(f)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The words that an English sentence of ours is made of; `None` when it is none of ours.
pub fn recognise(text: &str) -> Option<Words> {
    /// Longer texts are none of ours, and would take long to try.
    const TEXT_MAX: usize = 4_000;
    if text.len() > TEXT_MAX {
        return None;
    }
    // A name may hold what stands between the arguments: rather the reading in which all parts are known.
    read(text, Parts::Known).or_else(|| read(text, Parts::Any))
}

/// Whether the arguments that are phrases must be known ones.
#[derive(Clone, Copy, PartialEq)]
enum Parts {
    Known,
    Any,
}

fn read(text: &str, parts: Parts) -> Option<Words> {
    BY_PRECISION.iter().find_map(|phrase| {
        let phrase: &'static Phrase = phrase;
        let mut found = Vec::new();
        fits(&phrase.pieces(), text, parts, &mut found).then(|| {
            let args = found.into_iter().map(|(name, arg)| {
                let nested = if NESTED.contains(&name) { recognise(arg) } else { None };
                (name, nested.map_or_else(|| Arg::from(arg), Arg::from))
            });
            Words { phrase, args: args.collect() }
        })
    })
}

/// Names of arguments that are phrases themselves.
const NESTED: [&str; 7] = ["cause", "expected", "found", "what", "instead", "used", "likely"];
/// Names of arguments that are whole numbers.
const NUMBERS: [&str; 5] = ["n", "line", "number", "at", "feature"];

/// The phrases with most fixed text first: what fits several is the most precise of them.
static BY_PRECISION: LazyLock<Vec<&'static Phrase>> = LazyLock::new(|| {
    let mut phrases = PHRASES.to_vec();
    phrases.sort_by_key(|phrase| {
        let plain = phrase.pieces().into_iter().map(|piece| match piece {
            Piece::Plain(text) => text.len(),
            Piece::Arg(_) => 0,
        });
        std::cmp::Reverse(plain.sum::<usize>())
    });
    phrases
});

fn fits<'t>(pieces: &[Piece], text: &'t str, parts: Parts, found: &mut Vec<(&'static str, &'t str)>) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Plain(plain), rest @ ..] => {
            text.strip_prefix(plain).is_some_and(|text| fits(rest, text, parts, found))
        }
        [Piece::Arg(name), rest @ ..] => {
            let number = NUMBERS.contains(name);
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            // Only where the next fixed text stands may an argument end.
            let next = match rest.first() {
                Some(Piece::Plain(plain)) => *plain,
                _ => "",
            };
            let last = rest.len() == 1 && next.is_empty();
            for end in ends {
                let (arg, tail) = text.split_at(end);
                if number && !arg.bytes().all(|b| b.is_ascii_digit()) {
                    return false;
                }
                if (last && !tail.is_empty()) || !tail.starts_with(next) || arg.is_empty() && !tail.is_empty()
                {
                    continue;
                }
                let known = found.len();
                found.push((name, arg));
                let is_known = || parts == Parts::Any || !NESTED.contains(name) || read(arg, parts).is_some();
                if fits(rest, tail, parts, found) && is_known() {
                    return true;
                }
                found.truncate(known);
            }
            false
        }
    }
}

macro_rules! phrases {
    ($($name:ident $key:literal $english:literal)+) => {
        $(pub(crate) static $name: Phrase = Phrase { key: $key, english: $english };)+
        /// All phrases, for a translator to check against.
        pub static PHRASES: &[&Phrase] = &[$(&$name),+];
    };
}

phrases! {
    // How a problem is put together.
    ROW_PROBLEM "row-problem" "expected {expected}; found {found}"
    PROBLEM_AT_COLUMN "problem-at-column" "{file}, line {line}, column {number} \"{column}\": expected {expected}; found {found}"
    PROBLEM_AT_LINE "problem-at-line" "{file}, line {line}: expected {expected}; found {found}"
    PROBLEM_AT_FEATURE "problem-at-feature" "{file}, feature {feature}, {property}: expected {expected}; found {found}"
    READ_FILE "read-file" "read {file}: {cause}"

    // Days.
    DAY_AUTO "day-auto" "a day such as 2024-03-01, 3/1/2024 or Mar 1, 2024"
    DAY_ISO "day-iso" "a day such as 2024-03-01 or 20240301"
    DAY_US "day-us" "a day with the month first, such as 3/1/2024"
    DAY_EU "day-eu" "a day with the day first, such as 1/3/2024"
    DAY_REAL "day-real" "a day that exists"
    DAY_NOT_IN_MONTH "day-not-in-month" "a day that its month does not have"
    DAY_FIRST "day-first" "a month above 12 (is the day first in this file? then set dates = \"eu\")"
    DAY_FROM_1900 "day-from-1900" "a day from 1900-01-01 on"
    DAY_EARLIER "day-earlier" "an earlier day"
    DAY_UP_TO "day-up-to" "a day up to today, {day}"
    DAY_FUTURE "day-future" "a day in the future"
    DAY_OUTSIDE "day-outside" "a day outside the calendar"
    DAY_AS_NUMBER "day-as-number" "a whole number of 5 digits (a date as Excel counts days? format the column as a date)"
    DAY_LAST "day-last" "a last day on or after the first"
    PERIOD_ONE_DAY "period-one-day" "a period of at least one day, with the bounds {bounds}"
    DAY_SAME "day-same" "the same day as the first"

    // Numbers.
    COUNT "count" "a whole number from 0 to 1,000,000,000"
    NUMBER "number" "a number"
    NUMBER_ABOVE_0 "number-above-0" "a number above 0"
    NUMBER_FROM_0 "number-from-0" "a number of 0 or more"
    NUMBER_LARGER "number-larger" "a larger number"
    NUMBER_SMALLER "number-smaller" "a smaller number"
    NUMBER_NEGATIVE "number-negative" "a negative number"
    NUMBER_NEGATIVE_BELOW "number-negative-below" "a negative number below it"
    NUMBER_DECIMALS "number-decimals" "a number with decimals"
    NUMBER_SCIENTIFIC "number-scientific" "a number in scientific notation"
    NUMBER_COMMAS "number-commas" "digits with commas that do not part thousands"
    NUMBER_BEYOND "number-beyond" "a number beyond what can be kept"
    NUMBER_ZERO "number-zero" "zero"
    DEGREES_WGS "degrees-wgs" "degrees (WGS 84) from {low} to {high}"
    DEGREES "degrees" "degrees from {low} to {high}"
    COUNT_IN_EXPOSURE "count-in-exposure" "a count up to the exposure, if the exposure counts people or trials"
    COUNT_LARGER "count-larger" "a larger count (right only if the exposure is a time)"

    // Kinds of values.
    KIND_EMPTY "kind-empty" "nothing (an empty field)"
    KIND_DIGIT "kind-digit" "a whole number of 1 digit"
    KIND_DIGITS "kind-digits" "a whole number of {n} digits"
    KIND_LETTER "kind-letter" "text of 1 letter"
    KIND_LETTERS "kind-letters" "text of {n} letters"
    KIND_FORMATTED "kind-formatted" "a number with decimals or thousands separators"
    KIND_SHAPE "kind-shape" "digits in the shape {shape}"
    KIND_TEXT "kind-text" "text of {n} characters"
    KIND_TEXT_MIXED "kind-text-mixed" "text of {n} characters (letters, digits and signs)"
    KIND_TEXT_LETTERS "kind-text-letters" "text of {n} characters (letters and signs)"
    KIND_TEXT_DIGITS "kind-text-digits" "text of {n} characters (digits and signs)"
    KIND_TEXT_SIGNS "kind-text-signs" "text of {n} characters (signs)"

    // Fields that the mapping names.
    ONE_OF "one-of" "one of {words}"
    ONE_OF_MAPPED "one-of-mapped" "one of the values in the mapping: {words}"
    CODE_FREE "code-free" "a text with letters or digits, up to 80 bytes"
    SYSTEM "system" "the name of a system, up to 200 bytes"
    AREA "area" "the code of an area, up to 200 bytes"
    KEY "key" "a key of up to 200 bytes"
    GROUP "group" "the value of a group, up to 200 bytes"
    ROW_ONCE "row-once" "one row for each area, group, unit and period"
    ROW_SECOND "row-second" "a second one"

    // Rows.
    QUOTES_CLOSED "quotes-closed" "every quotation mark to be closed"
    QUOTE_OPEN "quote-open" "one that is open to the end of the file, or for more than 1 MiB"
    FIELD "field" "1 field"
    FIELDS "fields" "{n} fields"
    FIELDS_UNQUOTED "fields-unquoted" "{n} fields (a delimiter inside a value that is not quoted?)"
    QUOTE_STRAY "quote-stray" "a quotation mark that is closed on a later line only, where the number of fields no longer fits"
    ROW_SHORT "row-short" "a row of up to 1 MiB"
    LINE_LONGER "line-longer" "a longer line"
    TEXT "text" "text"
    NUL "nul" "a NUL byte, which no text holds"
    NOT_UTF8_HERE "not-utf8-here" "bytes that are not UTF-8, in a file that is UTF-8 elsewhere"
    NOT_TEXT "not-text" "bytes that are neither UTF-8 nor Windows-1252"

    // Features of a map.
    FEATURE_OBJECT "feature-object" "an object with geometry and properties"
    FEATURE_CODE "feature-code" "a code of up to 200 bytes as text or a whole number"
    FEATURE_CODE_USUAL "feature-code-usual" "a code: a property such as code, geoid or zip, or the feature's own id"
    NONE_OF_THEM "none-of-them" "none of them"
    PROPERTY_MISSING "property-missing" "no such property"
    AREA_NAME "area-name" "the area's name"
    AREA_PARENT "area-parent" "the area's parent"
    CODE_ONCE "code-once" "a code that no other feature has"
    CODE_AGAIN "code-again" "one that an earlier feature has"
    CODE_JOINED "code-joined" "one that an earlier feature has; joined to it as a further part"
    SHAPE_NESTED "shape-nested" "coordinates as lists of numbers, nested as its type demands"
    SHAPE_OTHER_NESTING "shape-other-nesting" "other nesting"
    SHAPE_TYPE "shape-type" "a Polygon, a MultiPolygon or a Point"
    SHAPE_OTHER_TYPE "shape-other-type" "another type of geometry"
    SHAPE_POLYGON "shape-polygon" "at least one polygon"
    NONE "none" "none"
    SHAPE_RING "shape-ring" "at least one ring"
    SHAPE_NO_RINGS "shape-no-rings" "a polygon without rings"
    RING_CLOSED "ring-closed" "rings that end where they begin"
    RING_OPEN "ring-open" "an open ring; it was closed"
    RING_LENGTH "ring-length" "rings of at least 4 positions"
    RING_SHORT "ring-short" "a shorter ring"
    RING_ONCE "ring-once" "rings that pass their first position once"
    RING_EARLY "ring-early" "a ring that closes early"
    POSITION "position" "positions of two numbers: longitude, latitude"
    VALUE_OTHER "value-other" "another value"
    POSITION_RANGE "position-range" "longitude from -180 to 180, then latitude from -90 to 90"
    POSITION_PROJECTED "position-projected" "projected coordinates; reproject the map to WGS 84 (EPSG:4326)"
    POSITION_TURNED "position-turned" "latitude first, it seems; the order must be turned round"
    POSITION_OUTSIDE "position-outside" "a number out of range"
    JSON_OBJECT "json-object" "an object"
    JSON_NULL "json-null" "nothing (null)"
    JSON_BOOL "json-bool" "true or false"
    JSON_TEXT "json-text" "a text"
    JSON_LIST "json-list" "a list"
    NOTHING "nothing" "nothing"

    // Files.
    FILE_UNREADABLE "file-unreadable" "the file could not be read to its end"
    FILE_EMPTY "file-empty" "the file is empty; expected a row of column names and rows below it"
    FILE_FORMAT "file-format" "this is {what}; {instead}"
    FILE_DELIMITER "file-delimiter" "line 1 is one column when split at {used}, but {n} columns when split at {likely}; change `delimiter` in the mapping or leave it out"
    FILE_COLUMNS "file-columns" "line {line}: these columns are not there: {missing}; the columns are: {columns}"
    FILE_HEADER_DATA "file-header-data" "line {line} holds dates or numbers; expected a row of column names as the first row"
    FILE_COLUMN_TWICE "file-column-twice" "line {line}: the column \"{column}\" is there {n} times (columns {numbers}); rename all but one"
    FILE_HEADER_LONG "file-header-long" "line {line} does not end within 1 MiB; expected a row of column names (is a quotation mark not closed?)"
    FILE_HEADER_TEXT "file-header-text" "line {line}: expected column names as text; found {found}"
    FILE_GROUPS "file-groups" "line {line}: the group columns give more than {n} distinct combinations; expected columns with few values, such as a language or an age band"
    FILE_MAPPING "file-mapping" "the mapping is not usable: {problem}"
    FILE_JSON "file-json" "line {line}, column {at}: {what}"
    FILE_NOT_GEOJSON "file-not-geojson" "expected a GeoJSON FeatureCollection; found {found}; {instead}"

    // What parts columns.
    BY_COMMAS "by-commas" "commas"
    BY_SEMICOLONS "by-semicolons" "semicolons"
    BY_TABS "by-tabs" "tabs"
    BY_BARS "by-bars" "vertical bars (|)"
    BY_OTHER "by-other" "the given sign"

    // What a file is instead.
    IS_EXCEL "is-excel" "an Excel workbook"
    IS_CALC "is-calc" "an OpenDocument spreadsheet"
    IS_WRITER "is-writer" "a word processor's document"
    IS_SHAPEFILE_ZIP "is-shapefile-zip" "a zipped shapefile"
    IS_OFFICE "is-office" "an Office document"
    IS_ZIP "is-zip" "a zip archive"
    IS_OFFICE_OLD "is-office-old" "an old Excel workbook or another Office document"
    IS_PDF "is-pdf" "a PDF document"
    IS_COMPRESSED "is-compressed" "a compressed file"
    IS_UTF32 "is-utf32" "text in UTF-32"
    IS_SQLITE "is-sqlite" "a SQLite database"
    IS_PARQUET "is-parquet" "a Parquet file"
    IS_SHAPEFILE "is-shapefile" "a shapefile"
    IS_PICTURE "is-picture" "a picture"
    IS_WEB_PAGE "is-web-page" "a web page"
    IS_XML "is-xml" "an XML file"
    IS_KML "is-kml" "an XML file (KML or GML?)"
    IS_JSON "is-json" "a JSON file"
    IS_BINARY "is-binary" "no text file (it holds binary data)"
    IS_TOPOJSON "is-topojson" "TopoJSON"
    IS_ARCGIS "is-arcgis" "ArcGIS JSON"
    IS_NO_FEATURES "is-no-features" "one without features"
    IS_NO_MEMBER "is-no-member" "one without the member \"features\""
    IS_GEOMETRY "is-geometry" "a single geometry"
    IS_OTHER_TYPE "is-other-type" "another \"type\", or none"
    IS_OTHER_JSON "is-other-json" "other JSON"
    IS_JSON_LIST "is-json-list" "a JSON list"
    IS_OTHER_CRS "is-other-crs" "coordinates of another reference system (\"crs\")"

    // What to do then.
    DO_CSV "do-csv" "save it as CSV (UTF-8) and try again"
    DO_CSV_PLAIN "do-csv-plain" "save it as CSV and try again"
    DO_GEOJSON_SAVE "do-geojson-save" "save it as GeoJSON and try again"
    DO_GEOJSON "do-geojson" "convert it to GeoJSON (WGS 84) and try again"
    DO_UNPACK "do-unpack" "unpack it and choose the file inside"
    DO_ASK_CSV "do-ask-csv" "ask for the data as CSV"
    DO_UTF8 "do-utf8" "save it as UTF-8 and try again"
    DO_EXPORT_TABLE "do-export-table" "export the table as CSV"
    DO_EXPORT_CSV "do-export-csv" "export it as CSV"
    DO_EXPORT_TABLE_AGAIN "do-export-table-again" "export the table as CSV and try again"
    DO_DATA_FILE "do-data-file" "choose the data file itself"
    DO_BROWSER "do-browser" "open it in a browser: it may be a log-in or error page instead of the download"
    DO_TOPOJSON "do-topojson" "convert it to GeoJSON (WGS 84), for example with mapshaper or ogr2ogr"
    DO_ARCGIS "do-arcgis" "ask the service for f=geojson instead of f=json"
    DO_REPROJECT "do-reproject" "reproject it to WGS 84 (EPSG:4326)"
    DO_AREAS "do-areas" "choose a file with areas"
    DO_FEATURE "do-feature" "put it into a feature with a code"
    DO_TYPE "do-type" "its \"type\" must say FeatureCollection"
    DO_EXPORT_GEOJSON "do-export-geojson" "export the map as GeoJSON (WGS 84)"

    // Faults of JSON.
    JSON_CUT "json-cut" "the file ends in the middle of a value (was the download cut off?)"
    JSON_COMMA "json-comma" "a comma with nothing behind it; remove it"
    JSON_TRAILING "json-trailing" "more text behind the end of the value (one feature per line? make it one FeatureCollection)"
    JSON_SYNTAX "json-syntax" "the text is no JSON: {fault}"
    JSON_FEATURES "json-features" "expected a FeatureCollection whose features are a list; found another value"

    // Worth knowing of a file that was read.
    WARN_1252 "warn-1252" "line {line} is not UTF-8; accented letters from there on were read as Windows-1252 (Western European)"
    WARN_UTF16 "warn-utf16" "the file is UTF-16 and was converted to UTF-8"
    WARN_UTF16_BROKEN "warn-utf16-broken" "{n} damaged UTF-16 characters were replaced by a question mark sign"
    WARN_COLUMN_TWICE "warn-column-twice" "the column name \"{column}\" is there more than once; no mapped column is concerned"
    WARN_NO_ROWS "warn-no-rows" "there is a row of column names but no row below it"
    WARN_REPEATS "warn-repeats" "repeated rows were looked for in the first {n} rows only"

    // Mappings.
    MAP_DATASET "map-dataset" "expected a name of letters, digits and dashes, up to 60 of them, such as \"nyc-evictions\""
    MAP_CASEWORK "map-casework" "\"casework\" is the name of what is recorded here; choose another"
    MAP_EVENT "map-event" "expected at least one [[event]] with kind, code and when"
    MAP_COLUMN "map-column" "expected the name of a column"
    MAP_COLUMN_BLANKS "map-column-blanks" "the name of a column has blanks around it"
    MAP_PERIOD "map-period" "from and to are the same column; for one day write { day = \"column\" }"
    MAP_ON "map-on" "on: expected a day such as \"2014-01-01\""
    MAP_COUNT "map-count" "expected a whole number from 0 to 1,000,000,000"
    MAP_EXPOSURE "map-exposure" "expected a number above 0"
    MAP_EXPOSURE_ANY "map-exposure-any" "expected a number or a column; any_of gives 0 for some rows"
    MAP_DIMENSION "map-dimension" "expected the name of the dimension, up to 40 characters"
    MAP_OTHER "map-other" "other needs values: the values that are not \"other\""
    MAP_KIND "map-kind" "{member}: expected one of {words}"
    MAP_KIND_NEAR "map-kind-near" "{member}: expected one of {words} (did you mean {near}?)"
    MAP_CODE "map-code" "expected a short word of small letters, digits and underscores, such as \"eviction_filing\""
    MAP_CODES "map-codes" "values and other: expected a short word of small letters, digits and underscores, such as \"eviction_filing\""
    MAP_ANY_OF "map-any-of" "any_of: expected at least one value"
    MAP_CONDITION "map-condition" "expected any_of, none_of, min or max"
    MAP_MIN_MAX "map-min-max" "min is above max: no row would be left"
    MAP_GRAMMAR "map-grammar" "this is not understood: {fault}"
    MAP_NO_COLUMN "map-no-column" "a column or a constant day could not be resolved"
    MAP_POPULATION "map-population" "area, population: expected the name of a column"
    MAP_CENTROID "map-centroid" "longitude and latitude: expected both or none"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_phrase_has_a_key_and_an_english_of_its_own_and_is_found_again_by_it() {
        let keys: BTreeSet<_> = PHRASES.iter().map(|phrase| phrase.key).collect();
        assert_eq!(keys.len(), PHRASES.len());
        for phrase in PHRASES {
            let mut words = Words::from(*phrase);
            for piece in phrase.pieces() {
                if let Piece::Arg(name) = piece {
                    words = match name {
                        _ if NESTED.contains(&name) => words.and(name, KIND_LETTERS.with("n", 12_usize)),
                        _ if NUMBERS.contains(&name) => words.and(name, 7_usize),
                        _ => words.and(name, "Any: \"thing\"; 5"),
                    };
                }
            }
            assert_eq!(recognise(&words.to_string()), Some(words));
        }
    }

    #[test]
    fn a_text_of_somebody_else_is_no_phrase() {
        assert_eq!(recognise("the moon"), None);
        assert_eq!(recognise("text of many letters"), None);
        assert_eq!(recognise(&"é; found ".repeat(2_000)), None);
    }

    #[test]
    fn a_stored_problem_is_taken_apart() {
        let text = "expected 3 fields; found 4 fields (a delimiter inside a value that is not quoted?)";
        let words = recognise(text).unwrap();
        let [(_, Arg::Words(expected)), (_, Arg::Words(found))] = words.args() else { panic!() };
        assert_eq!((words.key(), expected.key(), found.key()), ("row-problem", "fields", "fields-unquoted"));
    }
}
