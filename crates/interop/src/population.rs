//! How many people (or homes, or client-months) there are, by area and group: what counts are divided by.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::sync::Arc;

use domain::kernel::clock::Day;
use serde::Deserialize;

use crate::dates::{self, DateStyle};
use crate::events::Delimiter;
use crate::number;
use crate::problem::{FileCause, FileProblem, FileWarning, RowProblem, value_kind};
use crate::strata::{STRATA_MAX, Strata, StratumKey};
use crate::table::{Table, TableRow};
use crate::words::{self, Phrase, Words};

/// Repeats are looked for among so many rows; each costs a few bytes.
const REPEATS_MAX: usize = 1_000_000;

/// Which column means what.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with area and population")]
pub struct PopulationColumns {
    /// Column of the area's code.
    pub area: String,
    /// Column of the number.
    pub population: String,
    /// Columns of the first and last day for which the number holds; without them it holds always.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
    /// Column of the unit: "people", "homes".
    #[serde(default)]
    pub unit: Option<String>,
    /// Dimension of equity -> column.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// Columns of the area's centroid; both or none.
    #[serde(default)]
    pub longitude: Option<String>,
    #[serde(default)]
    pub latitude: Option<String>,
    /// `None`: found by looking.
    #[serde(default)]
    pub delimiter: Option<Delimiter>,
    #[serde(default)]
    pub dates: DateStyle,
}

/// One number.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationRow {
    /// Line of the file on which the row starts.
    pub line: u64,
    pub area: Arc<str>,
    pub stratum: StratumKey,
    /// `None`: from the beginning.
    pub from: Option<Day>,
    /// `None`: to the end.
    pub to: Option<Day>,
    /// 0 or more. 0 is kept: a park has no residents.
    pub amount: f64,
    /// Empty if no unit is given.
    pub unit: Arc<str>,
    /// Longitude and latitude in degrees (WGS 84).
    pub centroid: Option<(f64, f64)>,
}

/// A row of the file, good or bad.
#[derive(Debug)]
pub struct PopulationOutcome {
    pub line: u64,
    pub outcome: Result<PopulationRow, Vec<RowProblem>>,
    /// The bad row as it stands in the file; empty for a good one.
    pub raw: Vec<u8>,
}

/// Reads populations row by row. An iterator that ends after the last row or after a [`FileProblem`].
pub struct PopulationReader<R> {
    table: Table<R>,
    columns: Columns,
    dates: DateStyle,
    /// Numbers may be projected; a hundred years ahead is far enough.
    latest: Day,
    strata: Strata,
    seen: HashSet<u64>,
    area: Arc<str>,
    unit: Arc<str>,
    ended: bool,
}

struct Columns {
    area: usize,
    population: usize,
    from: Option<usize>,
    to: Option<usize>,
    unit: Option<usize>,
    groups: Vec<(String, usize)>,
    centroid: Option<(usize, usize)>,
}

impl<R: Read> PopulationReader<R> {
    /// Reads the head of the file and finds the columns. `file` is its name for messages.
    pub fn open(
        file: &str,
        read: R,
        options: &PopulationColumns,
    ) -> Result<PopulationReader<R>, FileProblem> {
        let mut wanted: Vec<&str> = vec![&options.area, &options.population];
        let optional = [&options.from, &options.to, &options.unit, &options.longitude, &options.latitude];
        wanted.extend(optional.into_iter().flatten().map(String::as_str));
        wanted.extend(options.groups.values().map(String::as_str));
        let mapping = |what: &'static Phrase| {
            FileProblem::new(&Arc::from(file), FileCause::Mapping(Words::from(what).to_string()))
        };
        if wanted.iter().any(|name| name.is_empty()) {
            return Err(mapping(&words::MAP_POPULATION));
        }
        if options.longitude.is_some() != options.latitude.is_some() {
            return Err(mapping(&words::MAP_CENTROID));
        }
        let table = Table::open(file, read, options.delimiter.map(Delimiter::byte), &wanted)?;
        // `Table::open` has made sure that all are there.
        let column = |name: &String| table.column(name).unwrap_or(usize::MAX);
        let columns = Columns {
            area: column(&options.area),
            population: column(&options.population),
            from: options.from.as_ref().map(column),
            to: options.to.as_ref().map(column),
            unit: options.unit.as_ref().map(column),
            groups: options
                .groups
                .iter()
                .map(|(dimension, name)| (dimension.clone(), column(name)))
                .collect(),
            centroid: options.longitude.as_ref().map(column).zip(options.latitude.as_ref().map(column)),
        };
        Ok(PopulationReader {
            table,
            columns,
            dates: options.dates,
            latest: Day::LAST,
            strata: Strata::new(),
            seen: HashSet::new(),
            area: Arc::from(""),
            unit: Arc::from(""),
            ended: false,
        })
    }

    /// The columns' names.
    pub fn columns(&self) -> &[Arc<str>] {
        self.table.names()
    }

    /// The header as it stands in the file.
    pub fn header_raw(&self) -> &[u8] {
        self.table.header_raw()
    }

    /// What the person should know about the file as a whole. Complete after the last row.
    pub fn warnings(&self) -> &[FileWarning] {
        self.table.warnings()
    }

    fn read(&mut self) -> Result<Option<PopulationOutcome>, FileProblem> {
        let Some(row) = self.table.next_row()? else {
            return Ok(None);
        };
        let mut problems = Vec::new();
        let read = match &row.fault {
            Some(fault) => {
                problems.push(self.table.row_problem(&row, fault));
                None
            }
            None => self.population(&row, &mut problems)?,
        };
        let outcome = match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(problems),
        };
        let raw = if outcome.is_err() { self.table.raw(&row).to_vec() } else { Vec::new() };
        Ok(Some(PopulationOutcome { line: row.line, outcome, raw }))
    }

    fn population(
        &mut self,
        row: &TableRow,
        problems: &mut Vec<RowProblem>,
    ) -> Result<Option<PopulationRow>, FileProblem> {
        let table = &self.table;
        let columns = &self.columns;
        let mut number_in = |column: usize, low: f64, high: f64, expected: Words| {
            let field = table.field(row, column);
            match number::amount(&field) {
                Ok(x) if (low..=high).contains(&x) => Some(x),
                Ok(x) => {
                    let found: &'static Phrase = match (x < 0.0, x < low) {
                        (true, true) => &words::NUMBER_NEGATIVE_BELOW,
                        (false, true) => &words::NUMBER_SMALLER,
                        _ => &words::NUMBER_LARGER,
                    };
                    problems.push(table.problem(row, column, expected, found));
                    None
                }
                Err(_) => {
                    problems.push(table.problem(row, column, expected, value_kind(&field)));
                    None
                }
            }
        };
        let amount = number_in(columns.population, 0.0, 1e12, (&words::NUMBER_FROM_0).into());
        let mut centroid = None;
        if let Some((longitude, latitude)) = columns.centroid {
            let both_empty =
                table.field(row, longitude).trim().is_empty() && table.field(row, latitude).trim().is_empty();
            if !both_empty {
                let degrees = words::DEGREES_WGS.with("low", "-180").and("high", "180");
                let longitude = number_in(longitude, -180.0, 180.0, degrees);
                let latitude =
                    number_in(latitude, -90.0, 90.0, words::DEGREES_WGS.with("low", "-90").and("high", "90"));
                centroid = longitude.zip(latitude);
            }
        }
        let mut day_in = |column: Option<usize>| {
            let column = column?;
            let field = table.field(row, column);
            if field.trim().is_empty() {
                return None;
            }
            match dates::parse(&field, self.dates, self.latest.date()) {
                Ok(date) => Day::new(date).ok(),
                Err(fault) => {
                    let (expected, found) = crate::events::date_words(fault, &field, self.dates, self.latest);
                    problems.push(table.problem(row, column, expected, found));
                    None
                }
            }
        };
        let from = day_in(columns.from);
        let to = day_in(columns.to);
        if let (Some(first), Some(last), Some(column)) = (from, to, columns.to)
            && last < first
        {
            problems.push(table.problem(row, column, &words::DAY_LAST, &words::DAY_EARLIER));
        }
        let area_field = table.field(row, columns.area);
        let area = area_field.trim();
        if area.is_empty() || area.len() > 200 {
            let expected = &words::AREA;
            problems.push(table.problem(row, columns.area, expected, value_kind(area)));
        }
        let unit_field = columns.unit.map(|column| table.field(row, column)).unwrap_or_default();
        let unit = unit_field.trim();
        let mut raw = String::new();
        for (_, column) in &columns.groups {
            raw.push_str(table.field(row, *column).trim());
            raw.push('\u{1F}');
        }
        let stratum = match self.strata.known(&raw) {
            Some(known) => known,
            None if columns.groups.is_empty() => self.strata.empty(),
            None => {
                let mut values = BTreeMap::new();
                for (dimension, column) in &columns.groups {
                    let field = table.field(row, *column);
                    let value = field.trim();
                    if value.len() > 200 {
                        let expected = &words::GROUP;
                        problems.push(table.problem(row, *column, expected, value_kind(value)));
                    } else if !value.is_empty() {
                        values.insert(dimension.clone(), value.to_owned());
                    }
                }
                match self.strata.add(&raw, values) {
                    Ok(stratum) => stratum,
                    Err(_) => {
                        let cause = FileCause::TooManyGroups { line: row.line, limit: STRATA_MAX };
                        return Err(FileProblem::new(table.file(), cause));
                    }
                }
            }
        };
        if &*self.area != area {
            self.area = Arc::from(area);
        }
        if &*self.unit != unit {
            self.unit = Arc::from(unit);
        }
        let Some(amount) = amount else {
            return Ok(None);
        };
        if !problems.is_empty() {
            return Ok(None);
        }
        let mut hasher = DefaultHasher::new();
        (area, stratum.key(), from, to, unit).hash(&mut hasher);
        if self.seen.len() < REPEATS_MAX {
            if !self.seen.insert(hasher.finish()) {
                let expected = &words::ROW_ONCE;
                problems.push(table.problem(row, columns.area, expected, &words::ROW_SECOND));
                return Ok(None);
            }
            if self.seen.len() == REPEATS_MAX {
                self.table.warn(FileWarning::RepeatsUnchecked { after_rows: REPEATS_MAX });
            }
        }
        Ok(Some(PopulationRow {
            line: row.line,
            area: Arc::clone(&self.area),
            stratum,
            from,
            to,
            amount,
            unit: Arc::clone(&self.unit),
            centroid,
        }))
    }
}

impl<R: Read> Iterator for PopulationReader<R> {
    type Item = Result<PopulationOutcome, FileProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.read().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::path::Path;

    fn columns() -> PopulationColumns {
        PopulationColumns {
            area: "zip".to_owned(),
            population: "homes".to_owned(),
            ..PopulationColumns::default()
        }
    }

    fn read(text: &str, columns: &PopulationColumns) -> (Vec<PopulationRow>, Vec<String>) {
        let mut good = Vec::new();
        let mut bad = Vec::new();
        for row in PopulationReader::open("homes.csv", text.as_bytes(), columns).unwrap() {
            match row.unwrap().outcome {
                Ok(row) => good.push(row),
                Err(problems) => bad.extend(problems.iter().map(ToString::to_string)),
            }
        }
        (good, bad)
    }

    #[test]
    fn populations_are_read_with_groups_periods_units_and_centroids() {
        let options = PopulationColumns {
            from: Some("from".to_owned()),
            to: Some("to".to_owned()),
            unit: Some("unit".to_owned()),
            groups: BTreeMap::from([("sex".to_owned(), "sex".to_owned())]),
            longitude: Some("lon".to_owned()),
            latitude: Some("lat".to_owned()),
            ..columns()
        };
        let text = "zip,homes,from,to,unit,sex,lon,lat\n\
                    10001,\"1,234.5\",2020-01-01,12/31/2020,homes,F,-73.9,40.7\n\
                    10001,7,,,homes,M,,\n";
        let (good, bad) = read(text, &options);
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(good[0].amount, 1234.5);
        assert_eq!(good[0].to, Day::parse_iso("2020-12-31").ok());
        assert_eq!(good[0].stratum.key(), r#"{"sex":"F"}"#);
        assert_eq!(good[0].centroid, Some((-73.9, 40.7)));
        assert_eq!((good[1].from, good[1].centroid, &*good[1].unit), (None, None, "homes"));
    }

    #[test]
    fn what_cannot_be_a_population_is_said_without_the_value() {
        let (good, bad) = read("zip,homes\n10001,-5\n,3\n10002,many\n10003,4\n10003,5\n", &columns());
        assert_eq!(good.len(), 1);
        assert_eq!(
            bad,
            [
                "homes.csv, line 2, column 2 \"homes\": expected a number of 0 or more; found a negative number below it",
                "homes.csv, line 3, column 1 \"zip\": expected the code of an area, up to 200 bytes; found nothing (an empty field)",
                "homes.csv, line 4, column 2 \"homes\": expected a number of 0 or more; found text of 4 letters",
                "homes.csv, line 6, column 1 \"zip\": expected one row for each area, group, unit and period; found a second one",
            ]
        );
    }

    #[test]
    fn half_a_centroid_is_no_mapping() {
        let options = PopulationColumns { longitude: Some("lon".to_owned()), ..columns() };
        let error = PopulationReader::open("x.csv", "a\n1\n".as_bytes(), &options).err().unwrap();
        assert!(error.to_string().contains("expected both or none"), "{error}");
    }

    #[test]
    fn the_rental_units_of_new_york_are_all_good() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/housing/zips.csv");
        let Ok(file) = File::open(path) else {
            println!("skipped: the housing data is not there");
            return;
        };
        let options = PopulationColumns {
            area: "zip".to_owned(),
            population: "rental_units".to_owned(),
            longitude: Some("longitude".to_owned()),
            latitude: Some("latitude".to_owned()),
            ..PopulationColumns::default()
        };
        let rows: Vec<_> =
            PopulationReader::open("zips.csv", file, &options).unwrap().map(Result::unwrap).collect();
        let good: Vec<_> = rows.iter().filter_map(|row| row.outcome.as_ref().ok()).collect();
        assert_eq!(good.len(), rows.len());
        assert!(good.len() >= 170, "{}", good.len());
        let first = good.iter().find(|row| &*row.area == "10001").unwrap();
        assert_eq!(first.amount, 23_073.0);
    }
}
