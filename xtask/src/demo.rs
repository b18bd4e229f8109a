//! The simulated agency, in one command from a fresh clone.

use anyhow::{Context, Result};

use crate::args::Args;
use crate::{run, setup};

pub fn run(mut args: Args) -> Result<()> {
    let port = args.value("--port")?;
    let data = args.value("--data")?.unwrap_or_else(|| "data/demo".to_owned());
    let is_fresh = args.flag("--fresh");
    args.finish()?;

    setup::prepare()?;
    println!("Building the program (the first time takes some minutes).");
    run::visibly(&mut run::cargo(["build", "--release", "-p", "groundswell"]))?;

    let mut command = run::command(run::target().join("release/groundswell"), ["demo", "--data", &data]);
    if let Some(port) = port {
        command.args(["--port", &port]);
    }
    if is_fresh {
        command.arg("--fresh");
    }
    println!("$ {}", run::shown(&command));
    // The program takes our place, so that Ctrl-C and its exit code are its own.
    #[cfg(unix)]
    {
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        Err(error).context("could not start the program")
    }
    #[cfg(not(unix))]
    {
        let status = command.status().context("could not start the program")?;
        if status.success() { Ok(()) } else { anyhow::bail!("the program ended with {status}") }
    }
}
