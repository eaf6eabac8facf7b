//! The same server without the module: its answers show that the questions are real ones.

use std::collections::BTreeMap;

use crate::harness::client::get;
use crate::harness::port::Port;
use crate::harness::{Jail, Mpm, Server};
use crate::scene::{self, Sockets};

/// Questions that are asked of both servers; `{jail}` is the jail of the server that is asked.
pub(crate) const QUESTIONS: [&str; 4] = [
    "inside?read=/etc/passwd",
    "inside?read=../../../../../../../../etc/passwd",
    "inside?read={jail}/htdocs/host.html",
    "inside?list=/",
];

/// The answers of the server without the module.
pub(crate) struct Unjailed {
    /// The status and the body for the link that leads out of the jail.
    pub(crate) link: (u16, String),
    answers: BTreeMap<&'static str, String>,
}

impl Unjailed {
    /// Starts the server, asks it, and stops it.
    pub(crate) fn ask(mpm: Mpm) -> Unjailed {
        let tls = Port::reserve();
        let server = scene::configure(mpm, Jail::None, Sockets::Outside, &tls).start();
        let ask = |question| (question, answer(&server, question));
        let answers = QUESTIONS.into_iter().map(ask).collect();
        let link = get("/host.html").of(&server);
        let link = (link.status, link.body);
        server.stop();
        Unjailed { link, answers }
    }

    /// Its answer to one of the questions.
    pub(crate) fn said(&self, question: &str) -> &str {
        self.answers.get(question).map_or("", String::as_str)
    }
}

/// The answer of a server: the value after the name of the question.
pub(crate) fn answer(server: &Server, question: &str) -> String {
    let page = format!("/cgi-bin/{}", server.site.sandbox.fill(question));
    let answer = get(&page).of(server).is(200, server);
    let name = question.split(['?', '=']).nth(1).unwrap_or_default();
    if name == "list" {
        return listed(&answer.body);
    }
    answer.value(name).to_owned()
}

/// The names that the program lists, which are the lines without a value.
fn listed(body: &str) -> String {
    body.lines().filter(|line| !line.contains('=')).collect::<Vec<_>>().join(" ")
}
