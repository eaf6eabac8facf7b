//! Proofs that a visitor sees in the answers of the server.

use std::process::Command;

use crate::harness::client::get;
use crate::harness::outcome;
use crate::report::{From, Report};
use crate::scene::SECRET;
use crate::show::Show;
use crate::unjailed::Unjailed;

const HELLO: &str = "Hello from inside the jail.";
const OTHER: &str = "Hello from the other host.";

/// All that works without a jail works: pages, a virtual host, TLS, a script for the host's shell. A link that
/// leads out of the jail does not.
pub(crate) fn prove(show: &Show, unjailed: &Unjailed, report: &mut Report) {
    report.heading("A visitor is served, by a configuration with host paths");
    prove_page(show, report);
    let other = get("/").header("Host", "other.localhost").of(&show.server);
    let seen = format!("{}: {}", other.status, other.body.trim());
    report.proof(
        From::Visitor,
        "a page of another virtual host",
        &seen,
        other.body.trim() == OTHER,
    );
    let body = over_tls(show);
    let (subject, holds) = ("a page over TLS, with a key outside the jail", body.trim() == HELLO);
    report.proof(From::Visitor, subject, body.trim(), holds);
    let script = show.ask_inside("shell").body;
    let first = script.lines().next().unwrap_or_default();
    let (subject, holds) = ("a CGI script for the host's /bin/sh", first.starts_with("I am a "));
    report.proof(From::Visitor, subject, "ChrootProvide program:/bin/sh", holds);
    script.lines().for_each(|line| report.note(&format!("         {line}")));
    let (status, body) = &unjailed.link;
    let (subject, holds) = ("a link to a file of the host, without the module", body == SECRET);
    report.proof(From::Visitor, subject, &format!("{status}: {body}"), holds);
    prove_link(show, report, "the same link, with the module");
}

/// The link that leads out of the jail is not followed.
pub(crate) fn prove_link(show: &Show, report: &mut Report, subject: &str) {
    let answer = get("/host.html").of(&show.server);
    let holds = answer.status >= 400 && !answer.body.contains(SECRET);
    report.proof(From::Visitor, subject, &answer.status.to_string(), holds);
}

/// A page of the jail is served.
pub(crate) fn prove_page(show: &Show, report: &mut Report) {
    let answer = get("/").header("Host", "demo.localhost").of(&show.server);
    let seen = format!("{}: {}", answer.status, answer.body.trim());
    report.proof(From::Visitor, "a page", &seen, answer.body.trim() == HELLO);
}

fn over_tls(show: &Show) -> String {
    let port = show.tls_port();
    let mut curl = Command::new("curl");
    curl.args(["-q", "-sS", "--noproxy", "*", "--max-time", "20", "--cacert"]);
    curl.arg(show.server.site.sandbox.server.join("conf/tls.crt"));
    curl.args(["--resolve", &format!("demo.localhost:{port}:127.0.0.1")]);
    outcome::run(curl.arg(format!("https://demo.localhost:{port}/"))).output
}
