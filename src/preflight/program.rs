//! Checks of programs: their interpreters, loaders and libraries, read from the files inside as the children's user.
//! Nothing is run: a user who may put a program here may name any other one as its loader.

use crate::messages::Failure;
use crate::preflight::access_check::{JailSide, PathFailure, PlannedFiles, Purpose};
use crate::programs::{
    Binary, DEEPEST, Interpreter, OpenedFile, Root, Side, interpreter, libraries, read_start,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Limits of the search of a directory: levels, and number of files.
const LEVELS: usize = 3;
const MOST: usize = 500;
/// Bits of a mode: set-user-id and set-group-id.
const SET_ID: u32 = 0o6000;
/// Default of `PATH`.
const PATHS: &str = "/usr/local/bin:/usr/bin:/bin";

/// Results of the programs that were checked already.
#[derive(Debug, Default)]
pub(crate) struct ProgramChecks {
    known: BTreeMap<PathBuf, Result<(), Failure>>,
}

impl ProgramChecks {
    /// Checks that `program` could run.
    ///
    /// # Errors
    /// Returns an error if it could not.
    pub(crate) fn check_program(
        &mut self,
        program: &Path,
        planned: &PlannedFiles,
    ) -> Result<(), PathFailure> {
        self.check_cached(program, planned, 0).map_err(|failure| (program.to_owned(), failure))
    }

    /// Programs in a directory that could not run.
    pub(crate) fn check_directory(
        &mut self,
        folder: &Path,
        endings: &[String],
        planned: &PlannedFiles,
    ) -> Vec<PathFailure> {
        if planned.check(folder, Purpose::Run).is_ok() {
            // `ScriptAlias` of one program.
            return self.check_program(folder, planned).err().into_iter().collect();
        }
        match planned.check(folder, Purpose::ReadFolder) {
            // The requirement of the directive that serves from it reports that.
            Err((_, Failure::Missing)) => return Vec::new(),
            Err(lacking) => return vec![lacking],
            Ok(()) => {}
        }
        let mut programs = Vec::new();
        let here = if folder.exists() { None } else { planned.resolve_link(folder) };
        collect_programs(here.as_deref().unwrap_or(folder), endings, LEVELS, &mut programs);
        programs.sort();
        programs.iter().filter_map(|program| self.check_program(program, planned).err()).collect()
    }

    /// Programs in a directory, or the program of that name, as far as they exist inside.
    pub(crate) fn list_programs(&self, folder: &Path, endings: &[String]) -> Vec<PathBuf> {
        if folder.is_file() {
            return vec![folder.to_owned()];
        }
        let mut programs = Vec::new();
        collect_programs(folder, endings, LEVELS, &mut programs);
        programs
    }

    fn check_cached(
        &mut self,
        program: &Path,
        planned: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        if let Some(known) = self.known.get(program) {
            return known.clone();
        }
        let result = self.inspect_program(program, planned, depth);
        self.known.insert(program.to_owned(), result.clone());
        result
    }

    fn inspect_program(
        &mut self,
        program: &Path,
        planned: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        planned.check(program, Purpose::Run).map_err(|(_, failure)| failure)?;
        if fs::metadata(program).is_ok_and(|is| is.mode() & SET_ID != 0) {
            return Err(Failure::SetId);
        }
        let Ok(OpenedFile::File { at, mut file }) = JailSide(planned).open(program) else {
            // A program that cannot be read can still be run.
            return Ok(());
        };
        match interpreter(&read_start(&mut file)) {
            Some(_) if depth >= DEEPEST => Ok(()),
            Some(named) => self.check_script(&named, planned, depth),
            None => match Binary::read(file) {
                Some(binary) => check_binary(program, at, binary, planned),
                None => Ok(()),
            },
        }
    }

    /// Checks the interpreter of a script, and the program that `env` would run for it.
    fn check_script(
        &mut self,
        named: &Interpreter,
        planned: &PlannedFiles,
        depth: usize,
    ) -> Result<(), Failure> {
        match self.check_cached(&named.path, planned, depth + 1) {
            Err(Failure::Missing) => return Err(Failure::Interpreter(named.path.clone())),
            result => result?,
        }
        let Some(name) = &named.by_env else { return Ok(()) };
        let runs = |path: &PathBuf| planned.check(path, Purpose::Run).is_ok();
        match search_path(name, planned).find(runs) {
            Some(path) => self.check_cached(&path, planned, depth + 1),
            None => Err(Failure::Interpreter(name.into())),
        }
    }
}

/// Checks the loader of a binary, and all libraries that it would load.
fn check_binary(
    program: &Path,
    at: PathBuf,
    binary: Binary,
    planned: &PlannedFiles,
) -> Result<(), Failure> {
    let Some(loader) = binary.loader.clone() else { return Ok(()) };
    let mut names = Vec::new();
    match planned.check(&loader, Purpose::Run) {
        Err((path, Failure::Missing)) => names.push(path.display().to_string()),
        loader => loader.map_err(|(_, failure)| failure)?,
    }
    let root = Root { path: program.to_owned(), at, binary };
    let Ok(found) = libraries(&JailSide(planned), &loader, root, &mut Vec::new);
    names.extend(found.missing.iter().map(|name| name.to_string_lossy().into_owned()));
    if names.is_empty() { Ok(()) } else { Err(Failure::Libraries { loader, names }) }
}

fn search_path(name: &OsStr, planned: &PlannedFiles) -> impl Iterator<Item = PathBuf> {
    let folders = planned.path.as_deref().unwrap_or(OsStr::new(PATHS));
    let folders: Vec<_> = std::env::split_paths(folders).collect();
    folders.into_iter().map(move |folder| folder.join(name))
}

/// Adds every program below `folder`.
fn collect_programs(folder: &Path, endings: &[String], levels: usize, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if found.len() >= MOST {
            return;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && levels > 0 => {
                collect_programs(&path, endings, levels - 1, found)
            }
            Ok(kind) if !kind.is_dir() && is_program(&path, endings) => found.push(path),
            _ => {}
        }
    }
}

fn is_program(path: &Path, endings: &[String]) -> bool {
    let name = path.as_os_str().as_bytes();
    let named =
        endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending.as_bytes()));
    named && PlannedFiles::default().check(path, Purpose::Run).is_ok()
}
