//! Pictures of the demo's pages, as each role sees them, and the one that the README shows.

use anyhow::{Result, bail};

use crate::args::Args;
use crate::program::Program;
use crate::run::{self, TempFolder};
use crate::{checks, setup};

/// A README that loads slowly is not read.
const PICTURE_LIMIT: u64 = 300_000;

pub fn run(mut args: Args) -> Result<()> {
    let out = args.value("--out")?.unwrap_or_else(|| "screenshots".to_owned());
    setup::prepare()?;
    let browser = checks::browser_program()?;
    let program = Program::from_args(&mut args)?;
    args.finish()?;

    // The demo makes its folder itself.
    let data = TempFolder::new("screenshots")?;
    let picture = run::root().join("docs/img/signal.png");
    let mut pictures = run::command("node", [run::root().join("web/tests/pictures.mjs")]);
    pictures.arg(program.path()).arg(data.join("demo")).arg(out).arg(&picture).env("CHROMIUM", browser);
    run::visibly(&mut pictures)?;
    let size = std::fs::metadata(&picture).map_or(0, |about| about.len());
    if size > PICTURE_LIMIT {
        bail!("{} has {size} bytes, more than {PICTURE_LIMIT}", picture.display());
    }
    Ok(())
}
