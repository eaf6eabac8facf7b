//! Starting httpd by way of something else: fewer rights, a filter, a tracer, a shim.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs;
use super::site::{Jail, Site};

impl Site {
    /// Starts httpd through these words of shell, after which the program's name and arguments follow.
    pub(crate) fn through(mut self, words: &str) -> Site {
        let free = |number: &u32| !self.launcher(*number).exists();
        let launcher = self.launcher((0..).find(free).expect("a number"));
        let words = self.sandbox.fill(words);
        let program = self.apache.program.display();
        let text = format!("#!/bin/sh\nexec {words} \"{program}\" \"$@\"\n");
        super::sandbox::install(&launcher, text.as_bytes(), 0o755);
        self.apache.program = launcher;
        self
    }

    /// Starts httpd with a system call that goes wrong in its children, as tests/shims/fault.c describes;
    /// `more` holds further variables of the shim.
    pub(crate) fn fault(self, fault: &str, more: &[(&str, &str)]) -> Site {
        let shim = programs::shim("fault").display().to_string();
        // The fault is meant for the children, not for processes that look at the jail before them.
        let site = match self.jail {
            Jail::Module => self.config("ChrootPreflight off\nChrootAudit off"),
            Jail::Unixd | Jail::None => self,
        };
        let more: String =
            more.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        site.through(&format!(
            "env LD_PRELOAD=\"{shim}\" FAULT=\"{fault}\" FAULT_MARK=\"{{server}}/run/faults\"{more}"
        ))
    }

    /// How often the fault happened.
    pub(crate) fn faults(&self) -> usize {
        let marks = fs::read_to_string(self.sandbox.server.join("run/faults")).unwrap_or_default();
        marks.lines().count()
    }

    /// Starts httpd in a mount namespace with a file server at `far`, a program of `user`, that does not answer for
    /// `seconds`.
    pub(crate) fn with_silence(self, far: &Path, user: u32, seconds: u32) -> Site {
        let deaf = program(&self, "deaf_fuse");
        let (deaf, far) = (deaf.display(), far.display());
        self.through(&format!("env DEAF_UID={user} \"{deaf}\" \"{far}\" {seconds}"))
    }

    fn launcher(&self, number: u32) -> PathBuf {
        self.sandbox.server.join(format!("conf/launch-{number}"))
    }
}

/// A static program, built from tests/shims into the scene's own folder.
pub(crate) fn program(site: &Site, name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/shims/{name}.c"));
    let built = site.sandbox.base.join(name);
    let mut compiler = Command::new("cc");
    compiler.args(["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&built).arg(&source);
    let status = compiler.status().expect("cc");
    assert!(status.success(), "cc {}: {status}", source.display());
    built
}
