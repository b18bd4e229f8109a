//! Writes the files of a simulated world, and a big file of plain rows beside them where a number of rows is given:
//! `cargo run -p sim --example world_files -- FOLDER [SEED [ROWS]]`.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use sim::{Config, World};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "world".to_owned()));
    let mut number = |or: u64| arguments.next().map_or(Ok(or), |text| text.parse()).map_err(io::Error::other);
    let (seed, rows) = (number(1)?, number(0)?);
    let config = Config { seed, ..Config::default() };
    World::generate(&config).write_files(&folder)?;
    if rows > 0 {
        let mut file = File::create(folder.join("rows.csv"))?;
        sim::events_csv_rows(rows, seed, config.start, &mut file)?;
    }
    Ok(())
}
