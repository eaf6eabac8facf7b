//! Programs of an attacker and of his accomplices, and the scenes in which they run.
#![allow(dead_code, reason = "each test crate uses its own part")]

use crate::harness::{Apache, Mpm, Reply, Server, Site, apache, fixtures};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// By what a request starts a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Carrier {
    /// A child of the server.
    Cgi,
    /// mod_cgid's daemon.
    Cgid,
    /// mod_fcgid's process manager.
    Fcgid,
}

impl Carrier {
    /// All of them.
    pub(crate) const ALL: [Carrier; 3] = [Carrier::Cgi, Carrier::Cgid, Carrier::Fcgid];

    /// A scene in which the attacker's program is run this way, with `ChrootHarden` as given.
    pub(crate) fn scene(self, harden: &str) -> Site {
        let site = match self {
            Carrier::Cgi => Site::new(Mpm::Prefork)
                .modules(&["alias", "cgi"])
                .config("ScriptAlias /cgi-bin/ \"{inside}/cgi-bin/\""),
            Carrier::Cgid => fixtures::with_cgi(Mpm::Event),
            Carrier::Fcgid => fixtures::with_fcgid(Mpm::Worker),
        };
        let program = match self {
            Carrier::Cgi | Carrier::Cgid => ("cgi-bin/escape", compiled("escape", &["-static"])),
            Carrier::Fcgid => ("app/escape", compiled("fastcgi", &["-static"])),
        };
        // Other tests' servers run as the same user at the same time.
        site.program(program.0, &program.1)
            .config(&format!("ChrootFixRoot off\nChrootAudit off\nChrootHarden {harden}"))
            .allow_log("CHR921")
    }

    /// The answer of the program.
    pub(crate) fn ask(self, server: &Server, query: &str) -> Reply {
        let path = match self {
            Carrier::Cgi | Carrier::Cgid => "/cgi-bin/escape",
            Carrier::Fcgid => "/app/escape",
        };
        let reply = server.get(&format!("{path}?{query}"));
        assert_eq!(reply.status, 200, "{self:?}: {reply:?}\n{}", server.error_log());
        assert_eq!(reply.value("uid"), "4242", "{reply:?}");
        reply
    }
}

/// A process outside that is the run-as user's; ended when dropped.
pub(crate) struct Outsider(Child);

impl Outsider {
    /// Starts it.
    pub(crate) fn start() -> Outsider {
        let words = ["--reuid", "4242", "--regid", "4243", "--clear-groups", "sleep", "1800"];
        let child = Outsider(Command::new("setpriv").args(words).spawn().expect("setpriv"));
        let is_there = || {
            let name = std::fs::read_to_string(format!("/proc/{}/comm", child.0.id()));
            name.is_ok_and(|name| name.trim() == "sleep").then_some(())
        };
        crate::harness::until("a process outside", is_there);
        child
    }

    /// Starts a program of `accomplices`.
    pub(crate) fn running(program: &Path, argument: &Path) -> Outsider {
        Outsider(Command::new(program).arg(argument).spawn().expect("an accomplice"))
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The httpd under test, started by a script that does something before.
pub(crate) fn started_by(site: &Site, lines: &str) -> Apache {
    let httpd = Apache::installed();
    let script = site.sandbox.server.join("start");
    let only_asked = "case \"$1\" in -l) exec HTTPD -l;; esac";
    let text = format!("#!/bin/sh\n{only_asked}\n{lines}\n");
    let program = httpd.program.to_string_lossy();
    let draft = script.with_extension("draft");
    std::fs::write(&draft, text.replace("HTTPD", &program)).expect("a script");
    // Not written by this process: a child that another test forks meanwhile would hold it open for
    // writing, and a file that is written cannot be started.
    let mut install = Command::new("install");
    let status = install.args(["-m", "755"]).args([&draft, &script]).status().expect("install");
    assert!(status.success(), "install: {status}");
    Apache::at(&script, &httpd.modules)
}

/// A program of this folder, built.
pub(crate) fn compiled(name: &str, options: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks");
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("attack-{name}"));
    let newest = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified()).ok();
    let sources = [folder.join(format!("{name}.c")), folder.join("ways.h")];
    if newest(&built) > sources.iter().filter_map(|source| newest(source)).max() {
        return built;
    }
    // Made under a name of its own, then moved: another test may be building the same.
    let target = built.parent().expect("a folder");
    let draft = tempfile::Builder::new().tempfile_in(target).expect("a draft").into_temp_path();
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-Wall", "-Wextra", "-Werror"]).args(options).arg("-o").arg(&draft);
    let status = compiler.arg(&sources[0]).status().expect("cc");
    assert!(status.success(), "cc {name}: {status}");
    draft.persist(&built).expect("a program");
    built
}

/// A module of this folder, built, as the line that loads it.
pub(crate) fn module(name: &str) -> String {
    let headers = apache::compiler_options();
    // Not every httpd 2.4 has the last field of a module.
    let mut options = vec!["-shared", "-fPIC", "-Wno-missing-field-initializers"];
    options.extend(headers.iter().map(String::as_str));
    format!("LoadModule {name}_module \"{}\"", compiled(&format!("mod_{name}"), &options).display())
}
