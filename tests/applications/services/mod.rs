//! Real services that modules talk to: each is private to one test, listens on loopback or on a socket in a folder
//! of its own, and ends with the test.
#![allow(dead_code, reason = "each test crate uses its own part")]
#![allow(unused_imports, reason = "each test crate uses its own part")]

mod authority;
mod database;
mod directory;
mod names;
mod syslog;

pub(crate) use authority::Authority;
pub(crate) use database::Database;
pub(crate) use directory::Directory;
pub(crate) use names::NameServer;
pub(crate) use syslog::Syslog;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::harness::{Process, Site, folders};

/// A folder that everybody may look into, outside of every scene: whoever carries a scene's folder in its command
/// line is taken for a process of that scene's httpd.
pub(crate) fn folder() -> tempfile::TempDir {
    folders::create()
}

/// A program that serves until it is dropped.
struct Daemon(Child);

impl Daemon {
    /// Starts it in a folder; what it says is kept there.
    fn start(folder: &Path, program: &str, words: &[String]) -> Daemon {
        let said = std::fs::File::create(folder.join("said")).expect("a file");
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", program]).args(words).current_dir(folder);
        // MariaDB removes temporary tables at its start, those of another one too.
        command.env("TMPDIR", folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        Daemon(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}")))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        Process { pid: self.0.id() }.signal("TERM");
        let _ = self.0.wait();
    }
}

/// Runs a program to its end in a folder, with `input` on its standard input.
pub(crate) fn run(folder: &Path, program: &str, words: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("TMPDIR", folder).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect(program);
    let mut stdin = child.stdin.take().expect("its standard input");
    // Who does not read what it is given says why by its status.
    let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect(program);
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Site {
    /// Host paths are kept true in this way, and these words are provided. A view has the harmless sets by default;
    /// without one they have to be asked for.
    pub(crate) fn kept(self, way: &str, words: &str) -> Site {
        self.config(&format!("ChrootFixRoot {way}\n")).config(&match words {
            "" => String::new(),
            words => format!("ChrootProvide {words}"),
        })
    }
}
