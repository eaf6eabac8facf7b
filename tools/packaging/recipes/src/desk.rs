//! The recipes: read, compared with what they have to be, and written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// The task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Name disagreements.
    Check,
    /// Write the recipes.
    Write,
}

/// The recipes of one source tree.
pub(crate) struct Desk {
    mode: Mode,
    tree: PathBuf,
    agrees: bool,
}

impl Desk {
    /// The recipes of this tree, none of which disagrees so far.
    pub(crate) fn new(mode: Mode, tree: PathBuf) -> Desk {
        Desk { mode, tree, agrees: true }
    }

    /// Whether no disagreement was left.
    pub(crate) fn agrees(&self) -> bool {
        self.agrees
    }

    /// The text of a file of the tree.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.tree.join(file)).map_err(|error| format!("{file}: {error}"))
    }

    /// Names a disagreement that a person has to solve.
    pub(crate) fn disagree(&mut self, text: &str) {
        println!("{text}");
        self.agrees = false;
    }

    /// The file has to have this text.
    pub(crate) fn amend(&mut self, file: &str, expected: &str) -> Result<()> {
        let found = self.read(file)?;
        if found == expected {
            return Ok(());
        }
        if self.mode == Mode::Write {
            fs::write(self.tree.join(file), expected)
                .map_err(|error| format!("{file}: {error}"))?;
            println!("written: {file}");
            return Ok(());
        }
        self.disagree(&format!("{file} disagrees with Cargo.toml, Cargo.lock or the release:"));
        self.name_differences(&found, expected);
        Ok(())
    }

    /// The file lists what it has to list, in any order. To write it anew, the release is needed.
    pub(crate) fn same_list(&mut self, file: &str, found: &[String], expected: &[String]) {
        if expected.iter().all(|line| found.contains(line)) && found.len() == expected.len() {
            return;
        }
        self.disagree(&format!(
            "{file} disagrees with Cargo.lock (with the release it is written anew):"
        ));
        self.name_differences(&found.join("\n"), &expected.join("\n"));
    }

    /// The one file of a folder whose name begins and ends so has to be called `name`.
    pub(crate) fn rename(
        &mut self,
        folder: &str,
        begin: &str,
        end: &str,
        name: &str,
    ) -> Result<()> {
        let path = self.tree.join(folder);
        let entries = fs::read_dir(&path).map_err(|error| format!("{folder}: {error}"))?;
        for entry in entries.flatten() {
            let found = entry.file_name().to_string_lossy().into_owned();
            if found == name || !found.starts_with(begin) || !found.ends_with(end) {
                continue;
            }
            if self.mode == Mode::Check {
                self.disagree(&format!("{folder}/{found} has to be called {name}"));
                continue;
            }
            fs::rename(entry.path(), path.join(name))
                .map_err(|error| format!("{found}: {error}"))?;
            println!("renamed: {folder}/{found} to {name}");
        }
        Ok(())
    }

    /// Whether the tree has the file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.tree.join(file).exists()
    }

    /// The output of a command, run at the top of the tree.
    pub(crate) fn ask(&self, program: &str, words: &[&str]) -> Result<String> {
        output_of(&self.tree, program, words)
    }

    fn name_differences(&self, found: &str, expected: &str) {
        let only = |one: &str, other: &str| -> Vec<String> {
            one.lines()
                .filter(|line| !other.lines().any(|it| it == *line))
                .map(str::to_owned)
                .collect()
        };
        only(found, expected).iter().for_each(|line| println!("  has:   {line}"));
        only(expected, found).iter().for_each(|line| println!("  needs: {line}"));
    }
}

/// The output of a command that succeeds, without the newlines at its end.
pub(crate) fn output_of(folder: &Path, program: &str, words: &[&str]) -> Result<String> {
    let mut command = std::process::Command::new(program);
    let output = command.args(words).env("LC_ALL", "C").current_dir(folder).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{program} {}: {}: {reason}", words.join(" "), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
