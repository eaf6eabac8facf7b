//! The judges themselves: a server that is not what it says must be found out.

use std::fs::OpenOptions;
use std::io::Write;

use super::call::{Fault, Moment};
use super::claims::{Judged, Outside};
use super::scene::Scene;
use crate::harness::promise::Verdict;
use crate::harness::tools::Host;
use crate::harness::{Server, Site};

/// The verdict on a server without a jail.
pub(crate) fn of_none() -> Verdict {
    judged(Scene::View.site(false, None), "")
}

/// The verdict on a server without hardening that says so of itself.
pub(crate) fn of_claim(claim: &str) -> Verdict {
    let site = Scene::View.site(true, None).config("ChrootHarden off");
    judged(site, &format!("CHR911: ChrootHarden \"auto\": children have: {claim}"))
}

/// The verdict on a server with a link that says that it has a view.
pub(crate) fn of_way() -> Verdict {
    let site = Scene::View.site(true, None).config("ChrootFixRoot link");
    judged(site, "CHR903: ChrootFixRoot \"view\": in force; provided: nothing")
}

/// The verdict on a server that is what it says.
pub(crate) fn of_truth() -> Verdict {
    judged(Scene::View.site(true, None), "")
}

fn judged(site: Site, claim: &str) -> Verdict {
    let mut server = site.start_unchecked();
    server.wait_until_serving();
    server.children();
    add(&server, claim);
    let (host, outside) = (Host::of(&server), Outside::start());
    let fault = Fault { calls: Vec::new(), from: Moment::Configuration };
    let others = [host.process()];
    let scene = Scene::View;
    let all = Judged {
        server: &server,
        host: &host,
        others: &others,
        outside: &outside,
        scene,
        fault: &fault,
    };
    let verdict = all.verdict(true);
    drop(host);
    server.stop();
    verdict
}

/// Puts a line into the error log, as if the server had said so.
fn add(server: &Server, claim: &str) {
    let log = server.site.sandbox.error_log();
    let mut log = OpenOptions::new().append(true).open(log).expect("the error log");
    writeln!(log, "[now] [chroot:notice] [pid 1] {claim}").expect("a line");
}
