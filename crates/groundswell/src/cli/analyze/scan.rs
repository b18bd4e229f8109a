//! `analyze scan`: clusters in space, in time or in both. Reads up to four files into dense tables of
//! location by period, runs `stats::scan`, and writes the clusters down in the files' own words.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use stats::scan::expected::{person_time, standardised};
use stats::scan::geometry::Coordinates;
use stats::scan::{Cluster, Kind, Model, Options, Problem, Rates, ScanError, ScanResult, scan};

use super::output::{Answer, columns, maybe, number, short, short_maybe};
use super::scan_periods::Precision;
use super::table::{Column, Table};
use super::{CliError, Common};
use crate::cli::note;

#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column of the case file that names the location
    #[arg(long, value_name = "COLUMN")]
    location: String,
    /// Column of the case file with the time
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// How times are written; seen from the file if not given
    #[arg(long, value_enum, requires = "time")]
    precision: Option<Precision>,
    /// Column with the number of cases; a row is one case if not given
    #[arg(long, value_name = "COLUMN")]
    count: Option<String>,
    /// CSV file with the columns location and latitude, longitude (or x, y)
    #[arg(long, value_name = "FILE")]
    coordinates: PathBuf,
    /// CSV file with location, population, optionally time, and covariates (columns the case file has too)
    #[arg(long, value_name = "FILE")]
    population: Option<PathBuf>,
    /// CSV file with the controls of the Bernoulli model: location, count and, where time matters, time
    #[arg(long, value_name = "FILE")]
    controls: Option<PathBuf>,
    /// How cases come about without a cluster
    #[arg(long, value_enum)]
    model: ModelName,
    /// What is looked for; space-time if --time is given, else spatial
    #[arg(long, value_enum)]
    kind: Option<KindName>,
    /// More cases than expected, fewer, or either
    #[arg(long, value_enum, default_value_t = RatesName::High)]
    rates: RatesName,
    /// Largest share of the population in a circle
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    max_population: f64,
    /// Largest share of the study period in a window
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    max_duration: f64,
    /// Largest radius, in kilometres (for x and y in their unit)
    #[arg(long, value_name = "R")]
    max_radius_km: Option<f64>,
    /// First and last period of the study; from the first to the last case if not given
    #[arg(long, value_name = "START,END", requires = "time", allow_hyphen_values = true)]
    period: Option<String>,
    /// Covariates of the permutation model, as columns of the case file, or "none"; all further columns if not given
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    covariates: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelName {
    /// Cases among a population
    Poisson,
    /// Cases among cases and controls
    Bernoulli,
    /// Cases only: place against time
    Permutation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindName {
    Spatial,
    Temporal,
    SpaceTime,
    Prospective,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RatesName {
    High,
    Low,
    Both,
}

fn theirs<T>(message: String) -> Result<T, CliError> {
    Err(CliError::Theirs(message))
}

/// The map.
struct Places {
    names: Vec<String>,
    index: HashMap<String, usize>,
    points: Vec<[f64; 2]>,
    /// Latitude and longitude rather than x and y.
    on_globe: bool,
}

/// The study period: consecutive periods from `first`.
struct Span {
    precision: Precision,
    first: i64,
    len: usize,
    /// Whether the case file has a time at all; without one there is a single period without bounds.
    timed: bool,
}

/// A case row as read: location, period, number, and its covariates.
struct CaseRow {
    row: usize,
    place: usize,
    period: usize,
    count: u32,
}

pub fn run(args: &ScanArgs) -> Result<Answer, CliError> {
    let kind = kind(args)?;
    let places = Places::read(&args.coordinates)?;
    let table = Table::read(&args.common.file)?;
    let mut answer = Answer { options: args.common.options(), ..Answer::default() };
    let span = Span::read(args, &table, &mut answer)?;
    let cases = read_cases(args, &table, &places, &span, &mut answer)?;
    let size = places.names.len() * span.len;
    let mut counts = vec![0_u32; size];
    for case in &cases {
        add(&mut counts, case.place * span.len + case.period, case.count, &table, case.row)?;
    }
    if counts.iter().all(|c| *c == 0) {
        return theirs(format!("scan {}: there is no case in the study period", table.name()));
    }

    let mut strata = Vec::new();
    let mut expected = Vec::new();
    let mut controls = Vec::new();
    let mut population = None;
    match args.model {
        ModelName::Poisson => {
            let Some(path) = &args.population else {
                return theirs("scan with the Poisson model: it needs --population FILE".into());
            };
            let people = Table::read(path)?;
            let found = expectation(&table, &cases, &people, &places, &span, &mut answer)?;
            expected = found.0;
            population = Some(found.1);
        }
        ModelName::Bernoulli => {
            let Some(path) = &args.controls else {
                return theirs("scan with the Bernoulli model: it needs --controls FILE".into());
            };
            controls = read_controls(&Table::read(path)?, &places, &span, kind, &mut answer)?;
        }
        ModelName::Permutation => strata = stratify(args, &table, &cases, &places, &span, &mut answer)?,
    }
    let model = match args.model {
        ModelName::Poisson => Model::Poisson { expected: &expected },
        ModelName::Bernoulli => Model::Bernoulli { controls: &controls },
        ModelName::Permutation => Model::Permutation { strata: &strata },
    };
    let coordinates = if places.on_globe {
        Coordinates::LatLong(&places.points)
    } else {
        Coordinates::Plane(&places.points)
    };
    let problem =
        Problem { coordinates, periods: span.len, cases: &counts, model, population: population.as_deref() };
    let options = Options {
        kind,
        rates: match args.rates {
            RatesName::High => Rates::High,
            RatesName::Low => Rates::Low,
            RatesName::Both => Rates::Both,
        },
        max_population: args.max_population,
        max_duration: args.max_duration,
        max_radius: args.max_radius_km,
        replicates: args.common.replicates,
        // The contract promises every replicate.
        stop_after: 0,
        seed: args.common.seed,
        threads: args.common.threads,
    };
    note(&format!(
        "scanning {} locations and {} periods, {} replicates",
        places.names.len(),
        span.len,
        options.replicates
    ));
    let result = scan(&problem, &options).map_err(|error| explain(&error, kind, &places, &span))?;
    record_options(args, kind, &span, &mut answer);
    report(args, kind, &places, &span, &result, &mut answer);
    Ok(answer)
}

fn kind(args: &ScanArgs) -> Result<Kind, CliError> {
    let kind = match args.kind {
        Some(KindName::Spatial) => Kind::Spatial,
        Some(KindName::Temporal) => Kind::Temporal,
        Some(KindName::SpaceTime) => Kind::SpaceTime,
        Some(KindName::Prospective) => Kind::Prospective,
        None if args.time.is_some() => Kind::SpaceTime,
        None => Kind::Spatial,
    };
    if kind != Kind::Spatial && args.time.is_none() {
        return theirs("scan over time: name the column with the time, --time COLUMN".into());
    }
    if kind == Kind::Spatial && args.model == ModelName::Permutation {
        return theirs("scan with the permutation model: it compares place with time, so it needs --time and a kind of space-time or prospective".into());
    }
    Ok(kind)
}

impl Places {
    fn read(path: &std::path::Path) -> Result<Places, CliError> {
        let table = Table::read(path)?;
        let location = table.column("location")?;
        let on_globe = table.find("latitude")?.is_some();
        let names = if on_globe { ["latitude", "longitude"] } else { ["x", "y"] };
        if !on_globe && table.find("x")?.is_none() {
            return theirs(format!(
                "read coordinates from {}: columns latitude and longitude, or x and y, were expected; its columns are {}",
                table.name(),
                table.headers().join(", ")
            ));
        }
        let [first, second] = [table.column(names[0])?, table.column(names[1])?];
        let mut places = Places { names: Vec::new(), index: HashMap::new(), points: Vec::new(), on_globe };
        for row in 0..table.len() {
            let Some(name) = location.text(row) else {
                return Err(location.unexpected(row, "the name of a location"));
            };
            let (Some(a), Some(b)) = (first.number(row)?, second.number(row)?) else {
                return Err(first.unexpected(row, &format!("both {} and {}", names[0], names[1])));
            };
            if on_globe && a.abs() > 90.0 {
                return Err(first.unexpected(row, "a latitude between -90 and 90 degrees"));
            }
            if on_globe && b.abs() > 180.0 {
                return Err(second.unexpected(row, "a longitude between -180 and 180 degrees"));
            }
            if places.index.insert(name.to_owned(), places.names.len()).is_some() {
                return Err(location.unexpected(row, "each location once"));
            }
            places.names.push(name.to_owned());
            places.points.push([a, b]);
        }
        Ok(places)
    }

    /// The location in a row of another file; `None` when the cell is empty.
    fn find(&self, column: Column<'_>, row: usize) -> Result<Option<usize>, CliError> {
        column.parse(row, "a location of the coordinates file", |name| self.index.get(name).copied())
    }
}

impl Span {
    fn read(args: &ScanArgs, table: &Table, answer: &mut Answer) -> Result<Span, CliError> {
        let Some(header) = args.time.as_deref() else {
            return Ok(Span { precision: Precision::Generic, first: 0, len: 1, timed: false });
        };
        let column = table.column(header)?;
        let precision = match args.precision {
            Some(precision) => precision,
            None => {
                let guess = (0..table.len()).find_map(|row| column.text(row).map(|text| (row, text)));
                let Some((row, text)) = guess else {
                    return theirs(format!("use column \"{header}\" of {}: it is empty", table.name()));
                };
                let Some(precision) = Precision::guess(text) else {
                    return Err(column.unexpected(row, "a day, a month, a year or a whole number"));
                };
                answer.warn(format!(
                    "the times look like precision {}; --precision says it for certain",
                    precision.name()
                ));
                precision
            }
        };
        let (first, last) = match args.period.as_deref() {
            Some(text) => {
                let ends: Vec<Option<i64>> =
                    text.split(',').map(|end| precision.period(end.trim())).collect();
                let [Some(first), Some(last)] = ends.as_slice() else {
                    return theirs(format!(
                        "use --period: expected START,END, each {}",
                        precision.expectation()
                    ));
                };
                (*first, *last)
            }
            None => {
                let mut ends: Option<(i64, i64)> = None;
                for row in 0..table.len() {
                    let Some(period) =
                        column.parse(row, precision.expectation(), |text| precision.period(text))?
                    else {
                        continue;
                    };
                    ends = Some(ends.map_or((period, period), |(a, b)| (a.min(period), b.max(period))));
                }
                let Some(ends) = ends else {
                    return theirs(format!("use column \"{header}\" of {}: it is empty", table.name()));
                };
                ends
            }
        };
        const MOST: i64 = 200_000;
        match usize::try_from(last - first + 1) {
            Ok(len) if len >= 1 && last - first < MOST => Ok(Span { precision, first, len, timed: true }),
            Ok(_) if last >= first => theirs(format!(
                "scan {MOST} periods or more: choose a coarser --precision or a shorter --period"
            )),
            _ => theirs("use --period: the end lies before the start".into()),
        }
    }

    /// The index of a period, or `None` outside the study.
    fn index(&self, period: i64) -> Option<usize> {
        usize::try_from(period - self.first).ok().filter(|i| *i < self.len)
    }

    fn number(&self, index: usize) -> i64 {
        self.first + i64::try_from(index).unwrap_or(i64::MAX / 2)
    }

    /// From the first instant of a period to the first of the next, in days (or units).
    fn bounds(&self, index: usize) -> (f64, f64) {
        let at = |i: usize| self.precision.start(self.number(i)).unwrap_or(0.0);
        if self.timed { (at(index), at(index + 1)) } else { (0.0, 1.0) }
    }

    /// A year in the middle of the study, to complete years written in two digits.
    fn some_year(&self) -> i64 {
        let middle = self.number(self.len / 2);
        self.precision.first_day(middle).map_or(middle, |day| i64::from(day.year()))
    }

    /// The first day (or number) of a window that begins with this period.
    fn start_json(&self, index: usize) -> Value {
        match self.precision {
            _ if !self.timed => Value::Null,
            Precision::Generic => json!(self.number(index)),
            precision => {
                precision.first_day(self.number(index)).map_or(Value::Null, |day| json!(day.to_string()))
            }
        }
    }

    /// The last day (or number) of a window that ends with this period.
    fn end_json(&self, index: usize) -> Value {
        match self.precision {
            _ if !self.timed => Value::Null,
            Precision::Generic => json!(self.number(index)),
            precision => {
                let day = precision.first_day(self.number(index + 1)).and_then(time::Date::previous_day);
                day.map_or(Value::Null, |day| json!(day.to_string()))
            }
        }
    }
}

fn read_cases(
    args: &ScanArgs,
    table: &Table,
    places: &Places,
    span: &Span,
    answer: &mut Answer,
) -> Result<Vec<CaseRow>, CliError> {
    let location = table.column(&args.location)?;
    let time = args.time.as_deref().map(|c| table.column(c)).transpose()?;
    let count = args.count.as_deref().map(|c| table.column(c)).transpose()?;
    let mut cases = Vec::with_capacity(table.len());
    for row in 0..table.len() {
        let place = places.find(location, row)?;
        let period = match time {
            Some(column) => {
                column.parse(row, span.precision.expectation(), |text| span.precision.period(text))?
            }
            None => Some(span.first),
        };
        let n = match count {
            Some(column) => column.count(row)?,
            None => Some(1),
        };
        let missing = [(place.is_none(), Some(location)), (period.is_none(), time), (n.is_none(), count)];
        if let Some((_, Some(column))) = missing.into_iter().find(|(missing, _)| *missing) {
            answer.dropped.add(format!("no value in column \"{}\"", column.header()));
            continue;
        }
        let (Some(place), Some(period), Some(n)) = (place, period, n) else { continue };
        let Some(period) = span.index(period) else {
            answer.dropped.add("outside the study period");
            continue;
        };
        let Ok(n) = u32::try_from(n) else {
            return Err(count.unwrap_or(location).unexpected(row, "fewer than four thousand million cases"));
        };
        answer.n_rows += 1;
        cases.push(CaseRow { row, place, period, count: n });
    }
    Ok(cases)
}

/// Adds to a cell of a dense table, or says that it overflows.
fn add(cells: &mut [u32], at: usize, n: u32, table: &Table, row: usize) -> Result<(), CliError> {
    match cells.get_mut(at).and_then(|cell| cell.checked_add(n).map(|sum| *cell = sum)) {
        Some(()) => Ok(()),
        None => theirs(format!(
            "use {}, line {}: more than four thousand million people in one cell",
            table.name(),
            table.line(row)
        )),
    }
}

/// Expected counts per location and period, and people per location, from a population file.
fn expectation(
    cases_table: &Table,
    cases: &[CaseRow],
    people: &Table,
    places: &Places,
    span: &Span,
    answer: &mut Answer,
) -> Result<(Vec<f64>, Vec<f64>), CliError> {
    let location = people.column("location")?;
    let population = people.column("population")?;
    let time = people.find("time")?;
    let known = ["location", "population", "time"];
    let covariates: Vec<&String> =
        people.headers().iter().filter(|h| !known.contains(&h.as_str()) && !h.is_empty()).collect();
    let mut of_cases = Vec::new();
    let mut of_people = Vec::new();
    for name in &covariates {
        let Some(column) = cases_table.find(name)? else {
            return theirs(format!(
                "use column \"{name}\" of {} as a covariate: {} has no such column; add it there or remove it here",
                people.name(),
                cases_table.name()
            ));
        };
        of_cases.push(column);
        of_people.push(people.column(name)?);
    }
    answer.options.insert("covariates".into(), json!(covariates));

    // Everything known about one location: per stratum, its people at each census of the location.
    let mut strata: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut points: BTreeMap<(usize, usize), Vec<(f64, f64)>> = BTreeMap::new();
    let mut censuses: Vec<Vec<f64>> = vec![Vec::new(); places.names.len()];
    let (mut elsewhere, mut without) = (0, 0);
    let near = span.some_year();
    for row in 0..people.len() {
        let Some(name) = location.text(row) else {
            without += 1;
            continue;
        };
        let Some(&place) = places.index.get(name) else {
            elsewhere += 1;
            continue;
        };
        let Some(n) = population.number(row)? else {
            without += 1;
            continue;
        };
        if n < 0.0 {
            return Err(population.unexpected(row, "a population, 0 or more"));
        }
        let at = match time {
            // Without a study time the latest census is as good as any: it is constant.
            Some(column) => {
                let census = column.parse(
                    row,
                    "a year, a month or a day (a number with --precision generic)",
                    |text| {
                        let precision = if span.timed {
                            span.precision
                        } else {
                            Precision::guess(text).unwrap_or(Precision::Generic)
                        };
                        precision.census(text, near)
                    },
                )?;
                let Some(census) = census else {
                    without += 1;
                    continue;
                };
                if census.short_year {
                    answer.warn(format!(
                        "{}: years in two digits were taken to be the ones nearest to the study",
                        people.name()
                    ));
                }
                census.at
            }
            None => 0.0,
        };
        let next = strata.len();
        let stratum =
            *strata.entry(of_people.iter().map(|c| c.text(row).unwrap_or("")).collect()).or_insert(next);
        let known = points.entry((stratum, place)).or_default();
        match known.iter_mut().find(|(t, _)| (t - at).abs() < 1e-9) {
            // Two rows of the same people at the same time: parts of them.
            Some(point) => point.1 += n,
            None => known.push((at, n)),
        }
        if let Some(dates) = censuses.get_mut(place)
            && !dates.iter().any(|t| (t - at).abs() < 1e-9)
        {
            dates.push(at);
        }
    }
    if elsewhere > 0 {
        answer.warn(format!("{elsewhere} rows of {} are about locations that are not in the coordinates file; they were left out", people.name()));
    }
    if without > 0 {
        answer.warn(format!("{without} rows of {} lack a value; they were left out", people.name()));
    }
    let nobody = censuses.iter().filter(|dates| dates.is_empty()).count();
    if nobody > 0 {
        answer.warn(format!(
            "{nobody} locations have no row in {}; nobody is taken to live there",
            people.name()
        ));
    }

    let cells = places.names.len() * span.len;
    let mut exposure = vec![0.0; strata.len() * cells];
    let mut size = vec![0.0; places.names.len()];
    for ((stratum, place), mut known) in points {
        // A stratum without a row at one of its location's censuses had nobody then.
        for at in censuses.get(place).into_iter().flatten() {
            if !known.iter().any(|(t, _)| (t - at).abs() < 1e-9) {
                known.push((*at, 0.0));
            }
        }
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        for period in 0..span.len {
            let (start, end) = if span.timed || time.is_none() {
                span.bounds(period)
            } else {
                known.last().map_or((0.0, 1.0), |k| (k.0, k.0 + 1.0))
            };
            let sum = person_time(&known, start, end);
            if let Some(cell) = exposure.get_mut(stratum * cells + place * span.len + period) {
                *cell = sum;
            }
            if let Some(all) = size.get_mut(place) {
                *all += sum;
            }
        }
    }

    let mut by_stratum = vec![0_u64; strata.len()];
    for case in cases {
        let key: Vec<&str> = of_cases.iter().map(|c| c.text(case.row).unwrap_or("")).collect();
        let Some(n) = strata.get(&key).and_then(|s| by_stratum.get_mut(*s)) else {
            return theirs(format!(
                "use {}, line {}: nobody with these covariates ({}) is in {}",
                cases_table.name(),
                cases_table.line(case.row),
                covariates.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", "),
                people.name()
            ));
        };
        *n += u64::from(case.count);
    }
    match standardised(&exposure, cells, &by_stratum) {
        Ok(expected) => Ok((expected, size)),
        Err(_) if covariates.is_empty() => {
            theirs(format!("compute expected counts: {} has a population of 0 everywhere", people.name()))
        }
        Err(error) => theirs(format!(
            "compute expected counts: {} cases have covariates with which {} has a population of 0 everywhere",
            error.cases,
            people.name()
        )),
    }
}

fn read_controls(
    table: &Table,
    places: &Places,
    span: &Span,
    kind: Kind,
    answer: &mut Answer,
) -> Result<Vec<u32>, CliError> {
    let location = table.column("location")?;
    let count = table.find("count")?;
    let time = table.find("time")?;
    if time.is_none() && kind != Kind::Spatial {
        return theirs(format!(
            "scan the controls of {} over time: it needs a column \"time\"; without it only --kind spatial is possible",
            table.name()
        ));
    }
    let mut controls = vec![0_u32; places.names.len() * span.len];
    let (mut outside, mut without) = (0, 0);
    for row in 0..table.len() {
        let place = places.find(location, row)?;
        let n = count.map_or(Ok(Some(1)), |column| column.count(row))?;
        let period = match time {
            Some(column) if span.timed => {
                column.parse(row, span.precision.expectation(), |text| span.precision.period(text))?
            }
            _ => Some(span.first),
        };
        let (Some(place), Some(n), Some(period)) = (place, n, period) else {
            without += 1;
            continue;
        };
        let Some(period) = span.index(period) else {
            outside += 1;
            continue;
        };
        let Ok(n) = u32::try_from(n) else {
            return Err(location.unexpected(row, "fewer than four thousand million controls"));
        };
        add(&mut controls, place * span.len + period, n, table, row)?;
    }
    if outside > 0 {
        answer.warn(format!(
            "{outside} rows of {} lie outside the study period; they were left out",
            table.name()
        ));
    }
    if without > 0 {
        answer.warn(format!("{without} rows of {} lack a value; they were left out", table.name()));
    }
    Ok(controls)
}

/// The cases by stratum of the permutation model.
fn stratify(
    args: &ScanArgs,
    table: &Table,
    cases: &[CaseRow],
    places: &Places,
    span: &Span,
    answer: &mut Answer,
) -> Result<Vec<Vec<u32>>, CliError> {
    let used = [Some(args.location.as_str()), args.time.as_deref(), args.count.as_deref()];
    let names: Vec<String> = match args.covariates.as_deref() {
        Some([none]) if none == "none" => Vec::new(),
        Some(names) => names.to_vec(),
        None => table
            .headers()
            .iter()
            .filter(|h| !h.is_empty() && !used.contains(&Some(h.as_str())))
            .cloned()
            .collect(),
    };
    if args.covariates.is_none() && !names.is_empty() {
        answer.warn(format!(
            "the columns {} were taken for covariates; --covariates names others, or none",
            names.join(", ")
        ));
    }
    let covariates: Vec<Column<'_>> =
        names.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let mut keys: BTreeSet<Vec<&str>> = BTreeSet::new();
    let key =
        |case: &CaseRow| -> Vec<&str> { covariates.iter().map(|c| c.text(case.row).unwrap_or("")).collect() };
    for case in cases {
        keys.insert(key(case));
    }
    const MOST: usize = 200_000_000;
    if keys.len().saturating_mul(places.names.len() * span.len) > MOST {
        return theirs(format!(
            "permute within {} strata: that is too fine for this table; use fewer --covariates, or none",
            keys.len()
        ));
    }
    answer.options.insert("covariates".into(), json!(names));
    answer.options.insert("strata".into(), json!(keys.len()));
    let index: HashMap<Vec<&str>, usize> = keys.into_iter().zip(0..).collect();
    let mut strata = vec![vec![0_u32; places.names.len() * span.len]; index.len()];
    for case in cases {
        if let Some(stratum) = index.get(&key(case)).and_then(|s| strata.get_mut(*s)) {
            add(stratum, case.place * span.len + case.period, case.count, table, case.row)?;
        }
    }
    Ok(strata)
}

/// A scan's error in the words of the files.
fn explain(error: &ScanError, kind: Kind, places: &Places, span: &Span) -> CliError {
    match error {
        ScanError::CasesWithoutPopulation { location, period } => {
            // A temporal scan has no locations, a spatial one no periods.
            let name = match kind {
                Kind::Temporal => "the whole map has".to_owned(),
                _ => format!("location \"{}\" has", places.names.get(*location).map_or("?", String::as_str)),
            };
            let when = match span.start_json(*period) {
                _ if kind == Kind::Spatial => String::new(),
                Value::String(day) => format!(" in the period from {day}"),
                Value::Number(n) => format!(" in period {n}"),
                _ => String::new(),
            };
            CliError::Theirs(format!(
                "scan: {name} cases but no population{when}; correct the population or the cases"
            ))
        }
        ScanError::Threads(_) => CliError::Ours(anyhow::anyhow!("{error}")),
        _ => CliError::Theirs(format!("scan: {error}")),
    }
}

fn value_name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Spatial => "spatial",
        Kind::Temporal => "temporal",
        Kind::SpaceTime => "space-time",
        Kind::Prospective => "prospective",
    }
}

fn record_options(args: &ScanArgs, kind: Kind, span: &Span, answer: &mut Answer) {
    let path = |p: &Option<PathBuf>| json!(p.as_ref().map(|p| p.display().to_string()));
    let pairs = [
        ("model", json!(value_name(args.model))),
        ("kind", json!(kind_name(kind))),
        ("rates", json!(value_name(args.rates))),
        ("location", json!(args.location)),
        ("time", json!(args.time)),
        ("precision", if span.timed { json!(span.precision.name()) } else { Value::Null }),
        ("count", json!(args.count)),
        ("coordinates", json!(args.coordinates.display().to_string())),
        ("population", path(&args.population)),
        ("controls", path(&args.controls)),
        ("max_population", json!(args.max_population)),
        ("max_duration", json!(args.max_duration)),
        ("max_radius_km", json!(args.max_radius_km)),
        ("period", json!([span.start_json(0), span.end_json(span.len - 1)])),
        ("periods", json!(span.len)),
        ("replicates", json!(args.common.replicates)),
    ];
    for (key, value) in pairs {
        answer.options.insert(key.into(), value);
    }
}

fn report(
    args: &ScanArgs,
    kind: Kind,
    places: &Places,
    span: &Span,
    result: &ScanResult,
    answer: &mut Answer,
) {
    let name = |l: usize| places.names.get(l).map_or("", String::as_str);
    let mut lines = Vec::new();
    let mut clusters = Vec::new();
    for cluster in &result.clusters {
        let recurrence =
            cluster.p_value.filter(|_| kind == Kind::Prospective).map(|p| span.precision.unit_days() / p);
        let names: Vec<&str> = cluster.locations.iter().map(|&l| name(l)).collect();
        let (start, end) = (span.start_json(cluster.first_period), span.end_json(cluster.last_period));
        let mut object = json!({ "locations": names, "center": cluster.center.map(name) });
        if let Value::Object(map) = &mut object {
            let point = cluster.center.and_then(|c| places.points.get(c));
            map.insert("center_coordinates".into(), json!(point));
            map.insert(
                if places.on_globe { "radius_km" } else { "radius" }.into(),
                maybe(cluster.center.map(|_| cluster.radius)),
            );
            map.insert("start".into(), start.clone());
            map.insert("end".into(), end.clone());
            map.insert("observed".into(), json!(cluster.observed));
            map.insert("expected".into(), number(cluster.expected));
            map.insert("relative_risk".into(), number(cluster.relative_risk));
            map.insert("log_likelihood_ratio".into(), number(cluster.log_likelihood_ratio));
            map.insert("p_value".into(), maybe(cluster.p_value));
            map.insert("p_gumbel".into(), maybe(cluster.p_gumbel));
            map.insert("recurrence_interval_days".into(), maybe(recurrence));
            map.insert("rates".into(), json!(if cluster.high { "high" } else { "low" }));
        }
        clusters.push(object);
        if lines.len() < SHOWN {
            lines.push(line(cluster, &names, &start, &end));
        }
    }
    warn(args, kind, span, result, answer);

    let heading = ["where", "when", "observed", "expected", "relative risk", "log likelihood ratio", "p"];
    answer.text = columns(&heading, &lines);
    if result.clusters.len() > SHOWN {
        let _ = writeln!(answer.text, "and {} weaker ones", result.clusters.len() - SHOWN);
    }
    let _ = writeln!(answer.text, "\n{}", sentence(result, args.common.replicates));
    answer.result.insert("clusters".into(), Value::Array(clusters));
    answer.result.insert("total_cases".into(), json!(result.total_cases));
    answer.result.insert("circles".into(), json!(result.circles));
}

/// How many clusters the readable table lists.
const SHOWN: usize = 10;

fn line(cluster: &Cluster, names: &[&str], start: &Value, end: &Value) -> Vec<String> {
    let place = match names {
        [only] => (*only).to_owned(),
        _ if cluster.center.is_none() => "everywhere".into(),
        [first, ..] => format!("{first} and {} near it", names.len() - 1),
        [] => String::new(),
    };
    let plain = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let when =
        if start.is_null() { "whole period".into() } else { format!("{} to {}", plain(start), plain(end)) };
    vec![
        place,
        when,
        cluster.observed.to_string(),
        short(cluster.expected),
        short(cluster.relative_risk),
        short(cluster.log_likelihood_ratio),
        short_maybe(cluster.p_value),
    ]
}

fn sentence(result: &ScanResult, replicates: usize) -> String {
    let Some(best) = result.clusters.first() else {
        return "No circle within the limits holds a deviation.".into();
    };
    let what = if best.high { "an excess" } else { "a deficit" };
    match best.p_value {
        Some(p) => format!(
            "If nothing but chance were at work, {what} at least this marked somewhere would turn up in about {} of 100 such maps ({replicates} random maps).",
            (p * 1000.0).round() / 10.0
        ),
        None => format!("The best window is {what}; without replicates nothing can be said about chance."),
    }
}

/// What is null in the clusters, and why; and what the numbers do not say.
fn warn(args: &ScanArgs, kind: Kind, span: &Span, result: &ScanResult, answer: &mut Answer) {
    if result.clusters.is_empty() {
        answer.warn("no window within the limits deviates from what is expected");
        return;
    }
    if kind != Kind::Prospective {
        answer.warn("recurrence_interval_days is null: it belongs to a prospective scan");
    } else if span.precision == Precision::Generic {
        answer
            .warn("recurrence_interval_days counts time units, because generic times have no length in days");
    }
    if !span.timed {
        answer.warn("start and end are null: the cases have no time");
    }
    if kind == Kind::Temporal {
        answer.warn("center and radius are null: a purely temporal cluster covers the whole map");
    }
    if args.common.replicates == 0 {
        answer.warn("p_value and p_gumbel are null: no replicates were asked for");
    } else if result.clusters.iter().any(|c| c.p_gumbel.is_none()) {
        answer.warn("p_gumbel is null: the replicates are too few or all alike");
    }
    if result.clusters.len() > 1 && args.common.replicates > 0 {
        answer.warn("secondary clusters are compared with the best of each replicate, which is conservative");
    }
}
