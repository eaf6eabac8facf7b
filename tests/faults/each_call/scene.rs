//! The servers that a call goes wrong in.

use std::path::Path;

use super::call::{Answer, Call, Fault, Moment};
use crate::attacks::{self, compiled};
use crate::harness::{Jail, Mpm, Site, programs};

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// What is there by default: a view, a program that mod_cgi starts.
    View,
    /// A link and copies, everything that hardening has, and a program.
    Link,
    /// Threads, and a program that mod_cgid's daemon starts.
    Worker,
    /// Threads, and an application that mod_fcgid's manager starts.
    Event,
}

impl Scene {
    fn mpm(self) -> Mpm {
        match self {
            Scene::View | Scene::Link => Mpm::Prefork,
            Scene::Worker => Mpm::Worker,
            Scene::Event => Mpm::Event,
        }
    }

    /// The page of a program.
    pub(crate) fn program(self) -> &'static str {
        if self == Scene::Event { "/app/witness" } else { "/cgi-bin/witness" }
    }

    /// The scene, jailed or for comparison not, with a call that goes wrong if one is given.
    pub(crate) fn site(self, jailed: bool, fault: Option<&Fault>) -> Site {
        let site = self.content(Site::new(self.mpm()));
        let site = site.modules(&["status"]).document_root("{jail}/htdocs");
        let site = if jailed { self.directives(site) } else { site.jail(Jail::None) };
        let load = |name: &str| {
            format!("LoadModule {name}_module \"{}\"", programs::module(name).display())
        };
        let site = ["one_call", "leak"].iter().fold(site, |site, name| site.config(&load(name)));
        let site = site
            .config(&attacks::module("ways"))
            .config("<Location /state>\nSetHandler server-status\n</Location>")
            // Whatever is said; that it is said where it has to be is judged apart.
            .allow_log("")
            .on_a_host();
        let site = with_a_key(site);
        match fault {
            Some(fault) => armed(site, fault),
            None => site,
        }
    }

    fn content(self, site: Site) -> Site {
        match self {
            Scene::View | Scene::Link => site
                .modules(&["alias", "cgi"])
                .program("cgi-bin/witness", programs::cgi())
                .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\""),
            Scene::Worker => site
                .modules(&["alias", "cgid"])
                .program("cgi-bin/witness", programs::cgi())
                .config("ScriptSock \"{server}/run/cgid.sock\"")
                .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\""),
            Scene::Event => site
                .modules(&["alias", "fcgid"])
                .program("app/witness", programs::fastcgi())
                .config("FcgidIPCDir \"{server}/run/fcgid\"")
                .config("FcgidProcessTableFile \"{server}/run/fcgid_shm\"")
                .config("Alias /app/ \"{jail}/app/\"\n<Location /app/>\nOptions +ExecCGI")
                .config("SetHandler fcgid-script\n</Location>"),
        }
    }

    fn directives(self, site: Site) -> Site {
        match self {
            Scene::Link => site
                .config("ChrootFixRoot link\nChrootHarden full")
                .config("ChrootProvide dns timezone tmp devices"),
            Scene::View | Scene::Worker | Scene::Event => site,
        }
    }
}

/// In a session keyring that holds a secret, where this machine has keyrings.
fn with_a_key(site: Site) -> Site {
    let keeper = compiled("with_key", &["-static"]);
    if keys_work(&keeper) { site.through(&keeper.display().to_string()) } else { site }
}

fn keys_work(keeper: &Path) -> bool {
    std::process::Command::new(keeper).arg("/bin/true").status().is_ok_and(|end| end.success())
}

/// Where this machine has keyrings.
pub(crate) fn has_keys() -> bool {
    keys_work(&compiled("with_key", &["-static"]))
}

fn armed(site: Site, fault: &Fault) -> Site {
    let rules: Vec<_> = fault.calls.iter().map(|(call, answer)| rule(call, *answer)).collect();
    site.environment("ONE_CALL", &rules.join(" ")).environment("ONE_CALL_FROM", fault.from.word())
}

/// As tests/shims/one_call.c reads it.
fn rule(call: &Call, answer: Answer) -> String {
    let number = call.number().map_or(-1, i64::from);
    match (call.word(), call.operation) {
        (Some(word), Some(value)) => format!("{number}:{word}:{value}:{}", answer.errno()),
        _ => format!("{number}:-1:0:{}", answer.errno()),
    }
}

/// Under strace, so that the calls from a moment on can be listed.
pub(crate) fn traced(site: Site, from: Moment) -> Site {
    site.environment("ONE_CALL_FROM", from.word())
        .through("strace -D -f -qq -X raw -o \"{server}/logs/trace\"")
}
