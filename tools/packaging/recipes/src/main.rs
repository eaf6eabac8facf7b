//! Keeps the recipes of all systems in step with `Cargo.toml`, `Cargo.lock` and the release.
//!
//!     recipes [--tree FOLDER] check|write [RELEASE]
//!
//! `check` names every disagreement, `write` writes the recipes. Versions and lists of crates come from the tree.
//! With the folder that `tools/dist` made, checksums and sizes of tarballs and crates are checked or written too.
//! Only the modules of `formats` know how a system writes such things.

mod desk;
mod edit;
mod formats;
mod project;
mod release;

use std::path::PathBuf;
use std::process::ExitCode;

use desk::{Desk, Mode};
use project::Project;
use release::Release;

/// The reason for which the program cannot go on.
pub(crate) type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: recipes [--tree FOLDER] check|write [RELEASE]";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("recipes: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Checks or writes everything. The result is whether the recipes agree.
fn run(mut words: Vec<String>) -> Result<bool> {
    let mut tree = PathBuf::from(".");
    if words.first().is_some_and(|word| word == "--tree") && words.len() > 1 {
        tree = PathBuf::from(&words[1]);
        words.drain(..2);
    }
    let (mode, folder) = match words.as_slice() {
        [mode] => (mode, None),
        [mode, folder] => (mode, Some(PathBuf::from(folder))),
        _ => return Err(USAGE.to_owned()),
    };
    let mode = match mode.as_str() {
        "check" => Mode::Check,
        "write" => Mode::Write,
        _ => return Err(USAGE.to_owned()),
    };
    let project = Project::read(&tree)?;
    let release = folder.map(Release::open).transpose()?;
    let mut desk = Desk::new(mode, tree);
    for format in formats::ALL {
        format(&project, release.as_ref(), &mut desk)?;
    }
    Ok(desk.agrees())
}
