//! The contract test: asks the kernel of this machine for everything that the backend of its system relies on.
//!
//!     cargo test --test platform [-- WORD...]
//!
//! It consists of the module's own platform, path and jail folders, without httpd, so that it can be compiled and linked for
//! every system, and run where nothing but a Rust is installed. Most scenes need root. A scene prints the fact that it
//! observed; one that a system or a user cannot play is not run, by name. Scenes play in a copy of this process: an
//! entry cannot be undone.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a program for a terminal, of which the module's folders are a part: not everything in them is used"
)]

#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/jail/mod.rs"]
mod jail;
#[path = "../../src/messages/mod.rs"]
mod messages;
#[path = "../../src/path.rs"]
mod path;
#[allow(unsafe_code, reason = "the border to the kernel: system calls")]
#[path = "../../src/platform/mod.rs"]
mod platform;

mod descriptors;
mod entry;
mod facilities;
mod files;
mod ids;
mod processes;
mod scene;
mod workplace;

use scene::{Played, Scene};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == entry::HOLDING) {
        return report_holding();
    }
    let words: Vec<_> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let is_asked = |scene: &&Scene| {
        words.is_empty() || words.iter().any(|word| scene.name.contains(word.as_str()))
    };
    let all = [
        descriptors::SCENES,
        entry::SCENES,
        ids::SCENES,
        files::SCENES,
        processes::SCENES,
        facilities::SCENES,
    ];
    let scenes: Vec<&Scene> = all.into_iter().flatten().filter(is_asked).collect();
    println!("\nrunning {} tests", scenes.len());
    let (mut passed, mut failed) = (0, 0);
    for scene in &scenes {
        match scene.play() {
            Played::Holds(fact) => {
                passed += 1;
                println!("test {} ... ok: {fact}", scene.name);
            }
            Played::NotRun(reason) => println!("test {} ... not run: {reason}", scene.name),
            Played::Fails(found) => {
                failed += 1;
                println!("test {} ... FAILED\n    {found}", scene.name);
            }
        }
    }
    let not_run = scenes.len() - passed - failed;
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {passed} passed; {failed} failed; {not_run} ignored\n");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The part of a scene that a program which holds a descriptor of a FreeBSD jail has started.
fn report_holding() -> ExitCode {
    match entry::enter_holding() {
        Played::Holds(fact) => {
            println!("{fact}");
            ExitCode::SUCCESS
        }
        Played::NotRun(found) | Played::Fails(found) => {
            println!("{found}");
            ExitCode::FAILURE
        }
    }
}
