//! Whether programs could run here: their interpreters, their loader, their libraries. Read inside, as
//! the children's user, from the files themselves. Nothing is run: a user who may put a program here
//! may name any other one as its loader.

use crate::messages::Failure;
use crate::preflight::access_check::{JailSide, PathFailure, PlannedFiles, Purpose};
use crate::programs::{
    Binary, DEEPEST, Interpreter, OpenedFile, Root, Side, interpreter, libraries, start_of,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How deep directories of programs are searched, and how many files are looked at.
const LEVELS: usize = 3;
const MOST: usize = 500;
/// Where programs are looked for without a `PATH`.
const PATHS: &str = "/usr/local/bin:/usr/bin:/bin";

/// The programs that were looked at already.
#[derive(Debug, Default)]
pub(crate) struct ProgramChecks {
    known: BTreeMap<PathBuf, Result<(), Failure>>,
}

impl ProgramChecks {
    /// Whether `program` could run.
    ///
    /// # Errors
    /// Why it could not.
    pub(crate) fn run(
        &mut self,
        program: &Path,
        prospect: &PlannedFiles,
    ) -> Result<(), PathFailure> {
        self.look(program, prospect, 0).map_err(|lack| (program.to_owned(), lack))
    }

    /// Which programs in a directory could not run.
    pub(crate) fn all_in(
        &mut self,
        folder: &Path,
        endings: &[String],
        prospect: &PlannedFiles,
    ) -> Vec<PathFailure> {
        match prospect.has(folder, Purpose::ReadFolder) {
            // The claim of the directive that serves from it says so.
            Err((_, Failure::Missing)) => return Vec::new(),
            Err(lacking) => return vec![lacking],
            Ok(()) => {}
        }
        let mut programs = Vec::new();
        let here = if folder.exists() { None } else { prospect.inside(folder) };
        collect(here.as_deref().unwrap_or(folder), endings, LEVELS, &mut programs);
        programs.iter().filter_map(|program| self.run(program, prospect).err()).collect()
    }

    fn look(
        &mut self,
        program: &Path,
        prospect: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        if let Some(known) = self.known.get(program) {
            return known.clone();
        }
        let result = self.judge(program, prospect, depth);
        self.known.insert(program.to_owned(), result.clone());
        result
    }

    fn judge(
        &mut self,
        program: &Path,
        prospect: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        prospect.has(program, Purpose::Run).map_err(|(_, lack)| lack)?;
        let Ok(OpenedFile::File { at, mut file }) = JailSide(prospect).open(program) else {
            // A program that cannot be read may be run all the same.
            return Ok(());
        };
        match interpreter(&start_of(&mut file)) {
            Some(_) if depth >= DEEPEST => Ok(()),
            Some(named) => self.script(&named, prospect, depth),
            None => match Binary::read(file) {
                Some(binary) => binary_of(program, at, binary, prospect),
                None => Ok(()),
            },
        }
    }

    /// The interpreter that a script names, and what `env` will run for it.
    fn script(
        &mut self,
        named: &Interpreter,
        prospect: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        match self.look(&named.path, prospect, depth + 1) {
            Err(Failure::Missing) => return Err(Failure::Interpreter(named.path.clone())),
            result => result?,
        }
        let Some(name) = &named.by_env else { return Ok(()) };
        let runs = |path: &PathBuf| prospect.has(path, Purpose::Run).is_ok();
        match in_path(name, prospect).find(runs) {
            Some(path) => self.look(&path, prospect, depth + 1),
            None => Err(Failure::Interpreter(name.into())),
        }
    }
}

/// Whether a binary has its loader, and all libraries that this would load.
fn binary_of(
    program: &Path,
    at: PathBuf,
    binary: Binary,
    prospect: &PlannedFiles,
) -> Result<(), Failure> {
    let Some(loader) = binary.loader.clone() else { return Ok(()) };
    let mut names = Vec::new();
    match prospect.has(&loader, Purpose::Run) {
        Err((path, Failure::Missing)) => names.push(path.display().to_string()),
        loader => loader.map_err(|(_, lack)| lack)?,
    }
    let root = Root { path: program.to_owned(), at, binary };
    let Ok(found) = libraries(&JailSide(prospect), &loader, root, &mut Vec::new);
    names.extend(found.missing.iter().map(|name| name.to_string_lossy().into_owned()));
    if names.is_empty() { Ok(()) } else { Err(Failure::Libraries { loader, names }) }
}

fn in_path(name: &OsStr, prospect: &PlannedFiles) -> impl Iterator<Item = PathBuf> {
    let folders = prospect.path.as_deref().unwrap_or(OsStr::new(PATHS));
    let folders: Vec<_> = std::env::split_paths(folders).collect();
    folders.into_iter().map(move |folder| folder.join(name))
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
    named && PlannedFiles::default().has(path, Purpose::Run).is_ok()
}
