//! A hundred thousand people of whom one in ten was entered twice: how many are found, how many wrongly, how long it takes,
//! and how long it takes to find or check one person; beside splink on the same people where its packages can be had.

use anyhow::Result;

use crate::args::Args;
use crate::run::{self, TempFolder};

pub fn run(mut args: Args) -> Result<()> {
    let records = args.value("--records")?.unwrap_or_else(|| "100000".to_owned());
    args.finish()?;
    let of = |package: &str, example: &str| {
        run::visibly(&mut run::cargo(["build", "--release", "-p", package, "--example", example]))?;
        Ok::<_, anyhow::Error>(run::target().join("release/examples").join(example))
    };
    let ours = of("groundswell", "duplicates_bench")?;
    run::visibly(&mut run::command(ours, [records.as_str(), "1"]))?;

    let folder = TempFolder::new("duplicates")?;
    let people = folder.join("people.csv");
    let writer = of("sim", "duplicates_csv")?;
    std::fs::write(&people, run::output(&mut run::command(writer, [records.as_str(), "1"]))?)?;
    let venv = folder.join("venv");
    let install = || -> Result<()> {
        run::visibly(run::command("python3", ["-m", "venv"]).arg(&venv))?;
        run::visibly(&mut run::command(
            venv.join("bin/pip"),
            ["install", "--quiet", "splink", "pandas", "duckdb"],
        ))
    };
    if let Err(error) = install() {
        println!("skipped: splink is not to be had here ({error:#})");
        return Ok(());
    }
    let script = run::root().join("xtask/bench/duplicates_splink.py");
    run::visibly(run::command(venv.join("bin/python"), [script]).arg(people))
}
