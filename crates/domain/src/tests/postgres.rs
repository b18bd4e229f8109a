//! A PostgreSQL server of the test's own: its own folder, its own port, gone at the end.

use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) struct Server {
    bin: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    /// None (and a line that says so) where PostgreSQL's programs are not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            println!("skipped: PostgreSQL's programs (initdb, pg_ctl) are not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { bin, folder, port };
        if is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("-R").arg("postgres").arg(server.folder.path()));
        }
        run(server
            .program("initdb")
            .args(["--auth=trust", "--username=gs", "--no-sync", "-D"])
            .arg(server.data()));
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off",
            server.folder.path().display()
        );
        run(server
            .program("pg_ctl")
            .args(["-w", "-o", &options, "-l"])
            .arg(server.folder.path().join("log"))
            .arg("-D")
            .arg(server.data())
            .arg("start"));
        Some(server)
    }

    pub(crate) fn address(&self) -> String {
        format!("postgres://gs@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command.current_dir(self.folder.path());
            command
        } else {
            Command::new(path)
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        run(self.program("pg_ctl").args(["-m", "immediate", "-D"]).arg(data).arg("stop"));
    }
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}

/// The newest version installed.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}
