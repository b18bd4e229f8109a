//! The real program, for the chores that use it as a person would.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::run::{self, TempFolder};

/// A built `groundswell`.
#[derive(Debug)]
pub struct Program(PathBuf);

impl Program {
    /// The one named by `--binary`, or a fresh release build of the default features.
    pub fn from_args(args: &mut Args) -> Result<Self> {
        if let Some(file) = args.value("--binary")? {
            let path = std::path::absolute(&file)?;
            if !path.is_file() {
                bail!("there is no program at {file}");
            }
            return Ok(Self(path));
        }
        run::visibly(&mut run::cargo(["build", "--release", "-p", "groundswell"]))?;
        Ok(Self(run::target().join("release/groundswell")))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A call of the program in the project's root.
    pub fn command(&self, args: &[&str]) -> Command {
        run::command(&self.0, args)
    }

    /// A call on a data folder.
    pub fn on(&self, data: &TempFolder, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.arg("--data").arg(data.path());
        command
    }

    /// A call with `--json`: the one object on its standard output.
    pub fn json(&self, command: &mut Command) -> Result<serde_json::Value> {
        println!("$ {} --json", run::shown(command));
        let text = run::output(command.arg("--json"))?;
        serde_json::from_str(text.trim())
            .with_context(|| format!("{} printed something else than one JSON object", run::shown(command)))
    }
}

/// A program in the background, killed at the end.
#[derive(Debug)]
pub struct Background(Child);

impl Background {
    pub fn start(command: &mut Command) -> Result<Self> {
        println!("$ {} &", run::shown(command));
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", run::shown(command)))?;
        Ok(Self(child))
    }

    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }

    /// Kills it as a power cut would, unless it has ended already; says whether it had to.
    pub fn kill(&mut self) -> Result<bool> {
        if !self.is_running()? {
            return Ok(false);
        }
        self.0.kill()?;
        // Ended between the question and the signal: then it was not killed.
        Ok(self.0.wait()?.code().is_none())
    }

    /// Fails unless it has ended by itself, and well.
    pub fn ended_well(&mut self) -> Result<()> {
        match self.0.try_wait()? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("the program ended with {status}"),
            None => bail!("the program still runs"),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
