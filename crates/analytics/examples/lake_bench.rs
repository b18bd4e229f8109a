//! How long one pass of the cubes takes over a lake of many rows, for comparison with another engine on the same files.
//!
//! ```text
//! cargo build --release -p analytics --features lake --example lake_bench
//! taskset -c 0 target/release/examples/lake_bench FOLDER 10000000      (makes the files the first time)
//! taskset -c 0 python3 xtask/bench/lake_duckdb.py FOLDER
//! ```
//!
//! The rows are made up by a counter: 22 codes of barriers and crises, 60 areas, three years of days, 96 combinations of
//! three group dimensions; one row in ten is a count over a month, one in three carries a denominator. Beside the files
//! it writes `queries.json`, the text of the cubes' queries, so that the other engine runs the very same.
#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

#[cfg(feature = "lake")]
mod bench {
    use std::path::{Path, PathBuf};
    use std::time::Instant;

    use analytics::AnalyticsError;
    use analytics::cubes::{self, Engine, EvidenceRow, EvidenceWriter, Manifest};
    use domain::kernel::clock::Day;

    /// The queries that read the whole evidence, as a run of the detectors does.
    const PASS: [&str; 5] = ["SPANS", "EVENTS", "GROUPS_BY_AREA", "GROUPS_BY_PERIOD", "WEEKS"];

    pub fn main() -> Result<(), Box<dyn std::error::Error>> {
        let mut arguments = std::env::args().skip(1);
        let folder = PathBuf::from(arguments.next().ok_or("usage: lake_bench FOLDER [ROWS]")?);
        let rows: u64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
        let is_there = Manifest::read(&folder).is_ok_and(|manifest| manifest.rows == rows);
        if !is_there {
            let before = cpu_seconds();
            make(&folder, rows)?;
            println!("made {rows} rows: {:.2} s CPU", cpu_seconds() - before);
        }
        let queries: serde_json::Map<String, serde_json::Value> = cubes::statements()
            .iter()
            .filter(|sql| PASS.contains(&sql.name))
            .map(|sql| (sql.name.to_owned(), sql.text.into()))
            .collect();
        std::fs::write(folder.join("queries.json"), serde_json::to_string_pretty(&queries)?)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        for round in 1..=3 {
            runtime.block_on(pass(&folder, round))?;
        }
        Ok(())
    }

    async fn pass(folder: &Path, round: u32) -> Result<(), AnalyticsError> {
        let (wall, before) = (Instant::now(), cpu_seconds());
        let reader = Engine::Lake(folder.to_owned()).reader().await?;
        let mut cells = Vec::new();
        let mut lap = cpu_seconds();
        let mut told = |name: &str, rows: usize| {
            let now = cpu_seconds();
            cells.push(format!("{name} {rows} rows {:.2} s", now - lap));
            lap = now;
        };
        told("spans", reader.spans(None).await?.len());
        told("events", reader.events(None).await?.len());
        told("groups_by_area", reader.groups_by_area(None).await?.len());
        told("groups_by_period", reader.groups_by_period(None).await?.len());
        told("weeks", reader.weeks(None).await?.len());
        println!(
            "round {round}: {:.2} s CPU, {:.2} s wall ({})",
            cpu_seconds() - before,
            wall.elapsed().as_secs_f64(),
            cells.join(", ")
        );
        Ok(())
    }

    /// User and system time of this process so far, from `/proc` (hundredths of a second).
    fn cpu_seconds() -> f64 {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let after_name = text.rsplit(") ").next().unwrap_or_default();
        let ticks =
            |at: usize| after_name.split(' ').nth(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / 100.0
    }

    fn make(folder: &Path, rows: u64) -> Result<(), Box<dyn std::error::Error>> {
        let codes: Vec<(&str, String)> =
            (0..22).map(|at| (if at < 17 { "barrier" } else { "crisis" }, format!("code_{at:02}"))).collect();
        let systems = ["benefits", "housing", "school", ""];
        let areas: Vec<String> = (0..60).map(|at| format!("{:05}", 10_001 + at)).collect();
        let first = Day::from_ymd(2021, 1, 1).ok_or("a day")?;
        let days: Vec<[String; 4]> = (0..1095)
            .map(|at| {
                let day = first.plus_days(at);
                let end = day.month_start().plus_months_start(1).plus_days(-1);
                [
                    day.to_string(),
                    day.week_start().to_string(),
                    day.month_start().to_string(),
                    end.to_string(),
                ]
            })
            .collect();
        let mut writer = EvidenceWriter::create(folder, "made")?;
        for stratum in 0..96_i64 {
            writer.stratum_value(stratum, "language", &format!("language {}", stratum % 6))?;
            writer.stratum_value(stratum, "age_band", &format!("age {}", stratum / 6 % 4))?;
            writer.stratum_value(stratum, "gender", &format!("gender {}", stratum / 24))?;
        }
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % below as u64).unwrap_or(0)
        };
        let mut row = EvidenceRow::default();
        for _ in 0..rows {
            let (kind, code) = codes.get(next(codes.len())).ok_or("a code")?;
            let [day, week, month, end] = days.get(next(days.len())).ok_or("a day")?;
            let is_count = next(10) == 0;
            "larkwater".clone_into(&mut row.dataset);
            (*kind).clone_into(&mut row.kind);
            code.clone_into(&mut row.code);
            systems.get(next(systems.len())).copied().unwrap_or("").clone_into(&mut row.system);
            areas.get(next(areas.len())).ok_or("an area")?.clone_into(&mut row.area);
            if is_count { month } else { day }.clone_into(&mut row.day_from);
            if is_count { end } else { day }.clone_into(&mut row.day_to);
            week.clone_into(&mut row.week);
            month.clone_into(&mut row.month);
            row.stratum_id = i64::try_from(next(96))?;
            row.n = if is_count { i64::try_from(next(20))? } else { 1 };
            row.exposure = (next(3) == 0).then(|| next(1000) as f64 / 10.0);
            writer.evidence(&row)?;
        }
        writer.finish("made")?;
        Ok(())
    }
}

#[cfg(feature = "lake")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    bench::main()
}

#[cfg(not(feature = "lake"))]
fn main() {
    println!("build with --features lake");
}
