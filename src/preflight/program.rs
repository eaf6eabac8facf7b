#![forbid(unsafe_code)]
//! Whether programs could run here: their interpreters, their loader, their libraries. Run inside,
//! as the children's user: nothing of the jail is run with any right that a child would not have.

use super::elf;
use super::seen::{Lacking, Prospect, Purpose};
use crate::fault::Lack;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How deep interpreters of interpreters are followed, as Linux does.
const DEEPEST: usize = 5;
/// How deep directories of programs are searched, and how many files are looked at.
const LEVELS: usize = 3;
const MOST: usize = 500;
/// Where programs are looked for without a `PATH`.
const PATHS: &str = "/usr/local/bin:/usr/bin:/bin";

/// The programs that were looked at already.
#[derive(Debug, Default)]
pub(super) struct Programs {
    known: BTreeMap<PathBuf, Result<(), Lack>>,
}

impl Programs {
    /// Whether `program` could run.
    ///
    /// # Errors
    /// Why it could not.
    pub(super) fn run(&mut self, program: &Path, prospect: &Prospect) -> Result<(), Lacking> {
        self.look(program, prospect, 0).map_err(|lack| (program.to_owned(), lack))
    }

    /// Which programs in a directory could not run.
    pub(super) fn all_in(
        &mut self,
        folder: &Path,
        endings: &[String],
        prospect: &Prospect,
    ) -> Vec<Lacking> {
        match prospect.has(folder, Purpose::ReadFolder) {
            // Whoever serves from it says so.
            Err((_, Lack::Missing)) => return Vec::new(),
            Err(lacking) => return vec![lacking],
            Ok(()) => {}
        }
        let mut programs = Vec::new();
        let here = if folder.exists() { None } else { prospect.inside(folder) };
        collect(here.as_deref().unwrap_or(folder), endings, LEVELS, &mut programs);
        programs.iter().filter_map(|program| self.run(program, prospect).err()).collect()
    }

    fn look(&mut self, program: &Path, prospect: &Prospect, depth: usize) -> Result<(), Lack> {
        if let Some(known) = self.known.get(program) {
            return known.clone();
        }
        let result = self.judge(program, prospect, depth);
        self.known.insert(program.to_owned(), result.clone());
        result
    }

    fn judge(&mut self, program: &Path, prospect: &Prospect, depth: usize) -> Result<(), Lack> {
        prospect.has(program, Purpose::Run).map_err(|(_, lack)| lack)?;
        let Some(start) = start_of(program, prospect) else { return Ok(()) };
        if let Some(line) = start.strip_prefix(b"#!") {
            let line = line.split(|&byte| byte == b'\n').next().unwrap_or(line);
            return if depth < DEEPEST { self.script(line, prospect, depth) } else { Ok(()) };
        }
        let Some(loader) = elf::interpreter(&start) else { return Ok(()) };
        let loader = Path::new(OsStr::from_bytes(loader));
        match prospect.has(loader, Purpose::Run) {
            Err((path, Lack::Missing)) => Err(Lack::Library(path.display().to_string())),
            Err((_, lack)) => Err(lack),
            Ok(()) => libraries(loader, program),
        }
    }

    /// The interpreter that a script names, and what `env` will run for it.
    fn script(&mut self, line: &[u8], prospect: &Prospect, depth: usize) -> Result<(), Lack> {
        let mut words =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        let Some(interpreter) = words.next() else { return Ok(()) };
        let interpreter = Path::new(OsStr::from_bytes(interpreter));
        self.interpreter(interpreter, prospect, depth)?;
        if interpreter.file_name() != Some(OsStr::new("env")) {
            return Ok(());
        }
        let named = words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='));
        let Some(name) = named.map(OsStr::from_bytes) else { return Ok(()) };
        let runs = |path: PathBuf| prospect.has(&path, Purpose::Run).is_ok();
        if in_path(name).any(runs) { Ok(()) } else { Err(Lack::Interpreter(name.into())) }
    }

    fn interpreter(&mut self, path: &Path, prospect: &Prospect, depth: usize) -> Result<(), Lack> {
        match self.look(path, prospect, depth + 1) {
            Err(Lack::Missing) => Err(Lack::Interpreter(path.to_owned())),
            result => result,
        }
    }
}

fn in_path(name: &OsStr) -> impl Iterator<Item = PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_else(|| PATHS.into());
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    folders.into_iter().map(move |folder| folder.join(name))
}

/// The beginning of a program; `None` if it cannot be read, which it need not be.
fn start_of(program: &Path, prospect: &Prospect) -> Option<Vec<u8>> {
    let open = |path: &Path| File::open(path).ok();
    let file = open(program).or_else(|| open(&prospect.inside(program)?))?;
    let mut start = Vec::new();
    file.take(elf::ENOUGH).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Every file below `folder` that is to be run.
fn collect(folder: &Path, endings: &[String], levels: usize, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if found.len() >= MOST {
            return;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && levels > 0 => collect(&path, endings, levels - 1, found),
            Ok(kind) if !kind.is_dir() && is_program(&path, endings) => found.push(path),
            _ => {}
        }
    }
}

fn is_program(path: &Path, endings: &[String]) -> bool {
    let name = path.as_os_str().as_bytes();
    let named =
        endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending.as_bytes()));
    named && Prospect::default().has(path, Purpose::Run).is_ok()
}

/// Asks the loader itself for the libraries of a program, which it names without running it.
fn libraries(loader: &Path, program: &Path) -> Result<(), Lack> {
    let name = loader.file_name().unwrap_or_default().as_bytes();
    if !name.starts_with(b"ld-linux") && !name.starts_with(b"ld-musl") {
        return Ok(());
    }
    let mut command = Command::new(loader);
    // A jail need not have the /dev/null that would be opened else.
    command.arg("--list").arg(program).stdin(Stdio::piped());
    let Ok(said) = command.output() else { return Ok(()) };
    let said = [said.stdout, said.stderr].concat();
    match elf::missing_library(&String::from_utf8_lossy(&said)) {
        Some(name) => Err(Lack::Library(name.to_owned())),
        None => Ok(()),
    }
}
