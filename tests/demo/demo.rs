//! Shows a real Apache that serves from inside a jail, and proves it. `make demo` builds and runs it.
//!
//!     demo [--once] [--mpm event|worker|prefork]
//!
//! Each proof is one line, which says where it was seen from. Without `--once` the server goes on until standard
//! input is closed. Exit status: 0 if every proof holds.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for a terminal, on a harness that panics when a scene cannot be played"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod inside;
mod outside;
mod report;
mod scene;
mod show;
mod traces;
mod unjailed;
mod visitor;

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use harness::{Mpm, tools};
use report::{From, Report};
use show::Show;
use unjailed::Unjailed;

/// The command line.
struct Options {
    once: bool,
    mpm: Mpm,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Options> {
        let mut options = Options { once: false, mpm: Mpm::Event };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--once" => options.once = true,
                "--mpm" => options.mpm = mpm(&words.next()?)?,
                _ => return None,
            }
        }
        Some(options)
    }
}

fn mpm(name: &str) -> Option<Mpm> {
    [Mpm::Event, Mpm::Worker, Mpm::Prefork].into_iter().find(|one| one.name() == name)
}

fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("usage: demo [--once] [--mpm event|worker|prefork]");
        return ExitCode::from(2);
    };
    let mut report = Report::default();
    let unjailed = Unjailed::ask(options.mpm);
    let prepared = scene::prepare(options.mpm);
    let before = tools::inventory(&prepared.site.sandbox.jail);
    let mut show = Show::open(prepared, &report);
    visitor::prove(&show, &unjailed, &mut report);
    inside::prove(&show, &unjailed, &mut report);
    outside::prove(&show, &mut report);
    outside::prove_after_restart(&mut show, &mut report);
    traces::prove(&show, &before, &mut report);
    traces::prove_log(&show, &mut report);
    if report.failures() > 0 {
        println!("\n{} of the proofs FAILED. The error log:", report.failures());
        println!("{}", show.server.error_log());
        // They were shown: what is left to see is that the server ends.
        show.server.allow_log("");
    } else {
        println!("\nEvery proof holds.");
    }
    if !options.once && report.failures() == 0 {
        serve(&show, &mut report);
    }
    end(show, report)
}

/// Serves until standard input is closed, which `tools/demo` does on Ctrl-C.
fn serve(show: &Show, report: &mut Report) {
    let port = show.port();
    println!("\nServing until Ctrl-C. To look for yourself:");
    for page in ["inside?list=/", "inside?read=/etc/passwd", "inside?become-root=", "shell"] {
        println!("  curl 'http://127.0.0.1:{port}/cgi-bin/{page}'");
    }
    for process in [show.server.parent()].into_iter().chain(show.server.children()) {
        println!("  ls -l /proc/{}/root/", process.pid);
    }
    let (closed, is_closed) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    while is_closed.recv_timeout(Duration::from_millis(200)) == Err(mpsc::RecvTimeoutError::Timeout)
    {
        if !show.server.parent().is_alive() {
            report.proof(From::Outside, "the server goes on", "it has ended by itself", false);
            return;
        }
    }
}

/// Stops the server, and proves that nothing is left of it.
fn end(show: Show, mut report: Report) -> ExitCode {
    let server = show.server;
    let mut processes = server.all_processes();
    processes.push(server.parent());
    let base = server.site.sandbox.base.clone();
    server.stop();
    let left: Vec<u32> =
        processes.into_iter().filter(|one| one.is_alive()).map(|one| one.pid).collect();
    if !left.is_empty() || base.exists() {
        let seen = format!("processes {left:?}, folder {}", base.display());
        report.proof(From::Outside, "nothing is left behind", &seen, false);
    } else {
        println!("\nEnded. Nothing is left behind: no process, no file.");
    }
    if report.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
