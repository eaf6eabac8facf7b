//! Files that a program needs, as root sees them from outside.

use super::binary::Binary;
use super::data;
use super::libraries::{self, Libraries, Library, Root, libraries};
use super::modules;
use super::script::{DEEPEST, interpreter, read_start};
use super::side::{HostSide, OpenedFile, Side};
use crate::messages::{DistrustReason, ProgramFault, ProgramRemark, WalkFault};
use crate::platform::FileKind;
use crate::trust::trusted::{Judge, RootOwnedDir};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Files that a program needs besides itself, as root sees them from outside.
#[derive(Debug, Default)]
pub(crate) struct ProgramNeeds {
    /// Interpreters, loaders, and the configuration of loaders.
    pub files: BTreeSet<PathBuf>,
    /// Libraries.
    pub libraries: Vec<Library>,
    /// Directories of modules.
    pub modules: BTreeSet<PathBuf>,
    /// Data files of well-known programs; they need not exist.
    pub data: Vec<PathBuf>,
    /// Remarks for the log.
    pub remarks: Vec<ProgramRemark>,
}

/// Whether interpreters are asked for their modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modules {
    /// They are.
    Asked,
    /// They are not.
    Ignored,
}

/// Finds the files that `program`, which is an absolute path, needs. Everything that is read is root's
/// alone.
///
/// # Errors
/// Returns an error if a file that has to be read is not root's alone, or is not a regular file.
pub(crate) fn find_needs(
    program: &Path,
    judge: &Judge,
    modules: Modules,
) -> Result<ProgramNeeds, ProgramFault> {
    let mut needs = ProgramNeeds::default();
    let mut ahead = vec![program.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = ahead.pop() {
        if seen.len() >= 2 * DEEPEST || !seen.insert(path.clone()) {
            continue;
        }
        let judged = match judge.open_file(&path) {
            // The interpreter of a script need not be there: the preflight says what children lack.
            Err(DistrustReason::Walk(WalkFault::Missing(_))) if path != program => continue,
            judged => judged.map_err(|cause| ProgramFault::new(&path, cause))?,
        };
        let at = judged.at().to_owned();
        needs.data.extend(data::list_data_files(&at));
        if path != program {
            needs.files.insert(path.clone());
        }
        let mut file = judged.into_file();
        match interpreter(&read_start(&mut file)) {
            Some(named) => ahead.extend(
                named
                    .by_env
                    .iter()
                    .filter_map(|name| find_in_path(name))
                    .chain([named.path])
                    .filter(|it| it.is_absolute()),
            ),
            None => needs.add_binary(path, at, file, (judge, modules))?,
        }
    }
    Ok(needs)
}

/// The usual directories of the programs of every user.
pub(crate) const PROGRAM_FOLDERS: [&str; 5] =
    ["/usr/local/bin", "/usr/bin", "/bin", "/usr/pkg/bin", "/opt/local/bin"];

/// Finds a program in the usual directories of `PATH` by its name, or at its absolute path. A relative path is none.
pub(super) fn find_in_path(name: &OsStr) -> Option<PathBuf> {
    let path = Path::new(name);
    if !path.is_absolute() && path.file_name() != Some(name) {
        return None;
    }
    PROGRAM_FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| crate::jail::walk::on_host(path).is_ok())
}

impl ProgramNeeds {
    fn add_binary(
        &mut self,
        path: PathBuf,
        at: PathBuf,
        file: File,
        (judge, modules): (&Judge, Modules),
    ) -> Result<(), ProgramFault> {
        let Some(binary) = Binary::read(file) else { return Ok(()) };
        let mut objects = ModuleLibraries { judge, found: Vec::new(), left: MOST_NAMES };
        let Some(loader) = binary.loader.clone() else {
            self.find_modules(&path, modules, &mut objects);
            return Ok(());
        };
        if judge_loader(&loader, judge)? {
            self.files.insert(loader.clone());
        }
        let root = Root { path: path.clone(), at, binary };
        // An interpreter is run after its own libraries were judged.
        let mut and_modules = || {
            self.find_modules(&path, modules, &mut objects);
            std::mem::take(&mut objects.found)
        };
        let found = libraries(&HostSide(judge), &loader, root, &mut and_modules)?;
        let is_cut = objects.left == 0 || found.is_cut;
        self.add(found, is_cut);
        Ok(())
    }

    /// Finds the directories of modules of an interpreter, and the modules in them that are libraries.
    fn find_modules(
        &mut self,
        program: &Path,
        modules: Modules,
        objects: &mut ModuleLibraries<'_>,
    ) {
        if modules == Modules::Ignored {
            return;
        }
        let modules = modules::find_module_dirs(program, objects.judge);
        self.remarks.extend(modules.remarks);
        for (path, folder) in modules.folders {
            objects.collect(&path, &folder, LEVELS);
            self.modules.insert(path);
        }
    }

    fn add(&mut self, found: Libraries<ProgramFault>, is_cut: bool) {
        self.files.extend(found.configured_by);
        for library in found.found {
            if !self.libraries.contains(&library) {
                self.libraries.push(library);
            }
        }
        self.remarks.extend(found.refused.into_iter().map(ProgramRemark::LibraryLeftOut));
        if !found.missing.is_empty() {
            let name = |name: OsString| name.to_string_lossy().into_owned();
            self.remarks
                .push(ProgramRemark::Missing(found.missing.into_iter().map(name).collect()));
        }
        if is_cut {
            self.remarks.push(ProgramRemark::TooMany(libraries::MOST));
        }
    }
}

/// Whether there is a loader: it is started by the kernel with the rights of the program.
fn judge_loader(loader: &Path, judge: &Judge) -> Result<bool, ProgramFault> {
    match HostSide(judge).open(loader)? {
        OpenedFile::File { .. } => Ok(true),
        OpenedFile::Promised | OpenedFile::Nothing => Ok(false),
    }
}

/// Limits of the search for modules that are libraries: levels of directories, and names.
const LEVELS: usize = 2;
const MOST_NAMES: usize = 50_000;

/// Modules that are libraries.
struct ModuleLibraries<'a> {
    judge: &'a Judge,
    found: Vec<Root>,
    left: usize,
}

impl ModuleLibraries<'_> {
    fn collect(&mut self, path: &Path, folder: &RootOwnedDir, levels: usize) {
        for (name, kind) in folder.list_entries() {
            if self.left == 0 || self.found.len() >= libraries::MOST {
                self.left = 0;
                return;
            }
            self.left -= 1;
            self.add_entry(path.join(OsStr::from_bytes(name.to_bytes())), kind, levels);
        }
    }

    /// An entry that others than root can change is left out: nothing needs it by name.
    fn add_entry(&mut self, path: PathBuf, kind: FileKind, levels: usize) {
        let is_library = path.extension().is_some_and(|it| it == "so" || it == "bundle");
        match kind {
            FileKind::Directory if levels > 0 => {
                let folder = self.judge.open_folder(&path);
                folder.into_iter().for_each(|folder| self.collect(&path, &folder, levels - 1));
            }
            FileKind::File | FileKind::Link if is_library => {
                let Ok(judged) = self.judge.open_file(&path) else { return };
                let at = judged.at().to_owned();
                let binary = Binary::read(judged.into_file());
                self.found.extend(binary.map(|binary| Root { path, at, binary }));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
