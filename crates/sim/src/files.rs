//! The world as files: map, residents, time at risk, pseudonymous events with the mapping that imports them, truth.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use time::Date;

use crate::World;
use crate::days::{iso, minus, month_start};
use crate::places::{AGE_BANDS, Area, GENDERS, LANGUAGES};
use crate::rates::{BARRIERS, CRISES, Process};
use crate::rng::{Stream, mix};

/// First line of `events.csv`, and of what [`events_csv_rows`] writes.
pub const EVENTS_HEADER: &str =
    "record,kind,code,system,organization,occurred_on,area,client,language,age_band,gender\n";

const MAPPING: &str = r#"# Imports events.csv of the simulated agency (everything in it is invented).
dataset = "larkwater"
title = "Larkwater County (fictional)"

[[event]]
kind = { column = "kind" }
code = { column = "code" }
system = { column = "system" }
when = { day = "occurred_on" }
area = "area"
client = "client"
record = "record"

[event.groups]
language = "language"
age_band = "age_band"
gender = "gender"
"#;

impl World {
    /// Residents aged 12 to 24 by area and group, as CSV: `area,language,age_band,gender,from,to,population,unit`.
    /// The days are empty: the number holds for all of the time.
    pub fn population_csv(&self) -> String {
        let mut out = String::from("area,language,age_band,gender,from,to,population,unit\n");
        for area in &self.areas {
            for cell in &area.population {
                let _ = writeln!(
                    out,
                    "{},{},{},{},,,{},people",
                    area.code, cell.language, cell.age_band, cell.gender, cell.people
                );
            }
        }
        out
    }

    /// Time at risk by area, group and month, as CSV with the columns of [`World::population_csv`].
    pub fn client_months_csv(&self) -> String {
        let mut out = String::from("area,language,age_band,gender,from,to,population,unit\n");
        for cell in self.client_months() {
            let _ = writeln!(
                out,
                "{},{},{},{},{},{},{:.6},client_months",
                cell.area,
                cell.language,
                cell.age_band,
                cell.gender,
                iso(cell.month),
                iso(minus(month_start(cell.month, 1), 1)),
                cell.client_months
            );
        }
        out
    }

    /// Every event without name, note or worker; the client under a pseudonym; `organization` is the organization's
    /// code, `record` the row's own name, so that an import can be repeated.
    pub fn events_csv(&self) -> String {
        let mut out = String::with_capacity(self.events.len() * 110);
        out.push_str(EVENTS_HEADER);
        for event in &self.events {
            let (Some(client), Some(area)) = (self.clients.get(event.client), self.areas.get(event.area))
            else {
                continue;
            };
            let organization = event
                .organization
                .and_then(|at| self.organizations.get(at))
                .map_or("", |organization| organization.code.as_str());
            let _ = writeln!(
                out,
                "e{:06},{},{},{},{organization},{},{},{},{},{},{}",
                event.id,
                event.kind.as_str(),
                event.code,
                event.system,
                iso(event.occurred_on),
                area.code,
                client.key,
                client.language,
                client.age_band,
                client.gender
            );
        }
        out
    }

    /// The mapping that imports [`World::events_csv`].
    pub fn events_mapping_toml() -> &'static str {
        MAPPING
    }

    /// The planted truth as JSON.
    ///
    /// # Errors
    /// None in practice: the truth is text, numbers and days.
    pub fn truth_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&self.truth)
    }

    /// Writes `areas.geojson`, `population.csv`, `client_months.csv`, `events.csv`, `events.toml` (the mapping) and
    /// `truth.json` into a folder, which is made where it is missing.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn write_files(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("areas.geojson"), self.areas_geojson())?;
        fs::write(folder.join("population.csv"), self.population_csv())?;
        fs::write(folder.join("client_months.csv"), self.client_months_csv())?;
        fs::write(folder.join("events.csv"), self.events_csv())?;
        fs::write(folder.join("events.toml"), MAPPING)?;
        fs::write(folder.join("truth.json"), self.truth_json()?)
    }
}

/// Writes `n` event rows for measuring how fast big files are read, header included, in the order of their days.
///
/// The rows have the columns, codes, areas and groups of [`World::events_csv`] and about 20 events a client over
/// three years from `start` on, but no cases behind them and nothing planted. Memory does not grow with `n`.
///
/// # Errors
/// What the writer refuses.
pub fn events_csv_rows<W: io::Write>(n: u64, seed: u64, start: Date, writer: &mut W) -> io::Result<()> {
    const DAYS: u32 = 1096;
    const CHUNK: usize = 1 << 16;
    let areas = crate::places::areas(seed);
    let tags = client_tags(&areas);
    let processes: Vec<Process> = BARRIERS.iter().chain(&CRISES).copied().collect();
    let clients = (n / 20).max(1);
    let days: Vec<String> = (0..DAYS).map(|day| iso(crate::days::plus(start, day))).collect();
    let mut stream = Stream::new(seed, "rows");
    let mut chunk = String::with_capacity(CHUNK + 256);
    chunk.push_str(EVENTS_HEADER);
    for row in 0..n {
        let day = u128::from(row) * u128::from(DAYS) / u128::from(n);
        let at = stream.below(processes.len());
        let client = stream.word() % clients;
        let key = mix(&[seed, client]);
        let tag = usize::try_from(key).unwrap_or(usize::MAX) % tags.len().max(1);
        let (Some(process), Some(tag), Some(day)) =
            (processes.get(at), tags.get(tag), usize::try_from(day).ok().and_then(|day| days.get(day)))
        else {
            continue;
        };
        let system = stream.weighted(process.systems).unwrap_or("");
        let _ = writeln!(
            chunk,
            "r{row},{},{},{system},{system}-1,{day},{},{key:016x},{}",
            process.kind.as_str(),
            process.code,
            tag.0,
            tag.1
        );
        if chunk.len() >= CHUNK {
            writer.write_all(chunk.as_bytes())?;
            chunk.clear();
        }
    }
    writer.write_all(chunk.as_bytes())
}

/// The area code and the group columns that a client can have, each as often as its share of the residents.
fn client_tags(areas: &[Area]) -> Vec<(String, String)> {
    let mut stream = Stream::new(0, "tags");
    areas
        .iter()
        .flat_map(|area| {
            let rows: Vec<_> = (0..64)
                .map(|_| {
                    let language = stream.weighted(&LANGUAGES).unwrap_or("");
                    let age_band = stream.weighted(&AGE_BANDS).unwrap_or("");
                    let gender = stream.weighted(&GENDERS).unwrap_or("");
                    (area.code.clone(), format!("{language},{age_band},{gender}"))
                })
                .collect();
            rows
        })
        .collect()
}
