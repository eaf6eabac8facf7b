//! All libraries that a program loads, and those that they load in turn.

use super::binary::Binary;
use super::search::{Candidate, LinkedBinary, LoaderSearch};
use super::side::{OpenedFile, Side};
use crate::jail::walk::{OpenedPath, on_host};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// As many libraries are followed, those of all modules of an interpreter among them.
pub(super) const MOST: usize = 4096;

/// The libraries of a program and of its modules.
#[derive(Debug)]
pub(crate) struct Libraries<Refusal> {
    /// The libraries, by the paths that they are opened by.
    pub found: Vec<Library>,
    /// Names that lead to nothing, of libraries that the program cannot run without.
    pub missing: Vec<OsString>,
    /// Libraries of modules that must not be read.
    pub refused: Vec<Refusal>,
    /// The file in which some of their folders are configured, if the loader would not find them without.
    pub configured_by: Option<PathBuf>,
    /// Whether there were too many to follow.
    pub is_cut: bool,
}

/// A library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Library {
    /// The path that it is opened by.
    pub path: PathBuf,
    /// Where it really is.
    pub at: PathBuf,
    /// Whether it lies in a folder of the loader: a default one, or a configured one.
    pub is_in_its_folder: bool,
}

/// Paths that are provided for `libraries`, for which see [`Library::shown`]. A link that leads out of a folder that is shown, such as
/// those by which Debian chooses among libraries (`/etc/alternatives`), is provided as well, with its target. Where the libraries of each architecture have a folder
/// of their own (`/lib/x86_64-linux-gnu`), the folder above it holds parts of all applications, and is not shown for a library.
pub(crate) fn list_shown(libraries: Vec<Library>, in_view: bool) -> BTreeSet<PathBuf> {
    let is_of_architecture = |library: &Library| {
        let name = library.path.parent().and_then(Path::file_name);
        name.is_some_and(|name| name.to_string_lossy().contains("-linux-"))
    };
    let has_architectures = libraries.iter().any(is_of_architecture);
    let is_above = |library: &Library| {
        let folder = library.path.parent();
        folder.is_some_and(|it| it == Path::new("/lib") || it == Path::new("/usr/lib"))
    };
    let mut folders: BTreeMap<PathBuf, Option<OpenedPath>> = BTreeMap::new();
    let mut leads_out = |library: &Library| {
        let Some(folder) = library.path.parent() else { return false };
        let shown = folders.entry(folder.to_owned()).or_insert_with(|| on_host(folder).ok());
        let Some(shown) = shown.as_ref().filter(|it| library.at.parent() != Some(&it.at)) else {
            return false;
        };
        // Links to the folder come first.
        let links = on_host(&library.path).map(|found| found.links).unwrap_or_default();
        let mut on_the_way = links.iter().skip(shown.links.len()).map(|link| &link.at);
        !library.at.starts_with(&shown.at) || on_the_way.any(|link| !link.starts_with(&shown.at))
    };
    let mut paths = BTreeSet::new();
    for library in libraries {
        let is_alone = has_architectures && is_above(&library);
        if leads_out(&library) {
            paths.insert(library.path.clone());
        }
        paths.insert(library.shown(in_view && !is_alone));
    }
    paths
}

impl Library {
    /// The path that is provided for it. In a view that is its folder, so that an upgrade on the host is
    /// there at once, if the folder is one for libraries: by the loader's rules, or by its name.
    fn shown(self, in_view: bool) -> PathBuf {
        let is_for_libraries = |folder: &&Path| {
            let is_called_so = |name: &OsStr| name.to_string_lossy().starts_with("lib");
            self.is_in_its_folder || folder.iter().skip(2).any(is_called_so)
        };
        let folder = self.path.parent().filter(|folder| in_view && is_for_libraries(folder));
        folder.map(Path::to_owned).unwrap_or(self.path)
    }
}

/// A program that has a loader, or a module that a program may load.
#[derive(Debug)]
pub(crate) struct Root {
    /// The path that it is opened by.
    pub path: PathBuf,
    /// Where it really is.
    pub at: PathBuf,
    /// Its content.
    pub binary: Binary,
}

/// Finds the libraries of `program`, which `loader` loads, and then those of `modules` that it may load
/// later, as the loader would on that side.
///
/// # Errors
/// Returns an error if a library of the program itself must not be read there.
pub(crate) fn libraries<S: Side>(
    side: &S,
    loader: &Path,
    program: Root,
    modules: &mut dyn FnMut() -> Vec<Root>,
) -> Result<Libraries<S::Refusal>, S::Refusal> {
    let search = LoaderSearch::new(side, loader, program.binary.machine)?;
    let mut walk = Walk {
        side,
        search,
        objects: Vec::new(),
        known: BTreeSet::new(),
        result: Libraries::new(),
    };
    // The loader is loaded already, and is not looked for.
    walk.known.insert(loader.file_name().unwrap_or_default().to_owned());
    walk.add_root(program, None);
    let mut next = walk.follow(0)?;
    for module in modules() {
        walk.add_root(module, Some(0));
    }
    while next < walk.objects.len() {
        next = walk.follow(next)?;
    }
    Ok(walk.result)
}

impl<Refusal> Libraries<Refusal> {
    fn new() -> Self {
        Self {
            found: Vec::new(),
            missing: Vec::new(),
            refused: Vec::new(),
            configured_by: None,
            is_cut: false,
        }
    }
}

struct Walk<'a, S: Side> {
    side: &'a S,
    search: LoaderSearch,
    /// In the order in which a loader loads them: breadth first.
    objects: Vec<LinkedBinary>,
    /// The names by which something is loaded already.
    known: BTreeSet<OsString>,
    result: Libraries<S::Refusal>,
}

impl<S: Side> Walk<'_, S> {
    fn add_root(&mut self, root: Root, asked_by: Option<usize>) {
        let Root { path, at, binary } = root;
        self.heed_name(&binary);
        let is_vital = asked_by.is_none();
        self.objects.push(LinkedBinary { path, at, binary, asked_by, is_vital });
    }

    fn heed_name(&mut self, binary: &Binary) {
        if self.search.uses_own_names() {
            self.known.extend(binary.name.clone());
        }
    }

    /// Follows all that is needed from object number `first` on. Returns the number of objects.
    fn follow(&mut self, first: usize) -> Result<usize, S::Refusal> {
        let mut next = first;
        while let Some(object) = self.objects.get(next) {
            for name in object.binary.needed.clone() {
                self.load(next, name)?;
            }
            next += 1;
        }
        Ok(next)
    }

    /// Loads the library `name` for object number `asking`, unless it is loaded.
    fn load(&mut self, asking: usize, name: OsString) -> Result<(), S::Refusal> {
        if self.known.contains(&name) || self.search.needs_no_file(&name) {
            return Ok(());
        }
        if self.objects.len() >= MOST {
            self.result.is_cut = true;
            return Ok(());
        }
        let is_vital = self.objects.get(asking).is_some_and(|object| object.is_vital);
        match self.find(asking, &name) {
            Ok(true) => drop(self.known.insert(name)),
            // Another object may find a library of that name.
            Ok(false) if is_vital && !self.result.missing.contains(&name) => {
                self.result.missing.push(name);
            }
            Ok(false) => {}
            Err(refusal) if is_vital => return Err(refusal),
            Err(refusal) => self.result.refused.push(refusal),
        }
        Ok(())
    }

    /// Looks for the library `name` of object number `asking`. False if there is none.
    fn find(&mut self, asking: usize, name: &OsStr) -> Result<bool, S::Refusal> {
        for candidate in self.search.list_candidates(&self.objects, asking, name) {
            let (at, binary) = match self.side.open(&candidate.path)? {
                OpenedFile::Nothing => continue,
                // It is provided with all that it needs.
                OpenedFile::Promised => return Ok(true),
                OpenedFile::File { at, file } => (at, Binary::read(file)),
            };
            match binary.filter(|it| self.search.accepts(it)) {
                Some(binary) => {
                    self.add(asking, candidate, at, binary);
                    return Ok(true);
                }
                None if self.search.uses_first_file() => return Ok(false),
                None => {}
            }
        }
        Ok(false)
    }

    fn add(&mut self, asking: usize, candidate: Candidate, at: PathBuf, binary: Binary) {
        let Candidate { path, is_configured } = candidate;
        if is_configured {
            self.result.configured_by = Some(self.search.configured_by.clone());
        }
        let is_in_its_folder = is_configured || self.search.searches_folder_of(&path);
        self.result.found.push(Library { path: path.clone(), at: at.clone(), is_in_its_folder });
        self.heed_name(&binary);
        let is_vital = self.objects.get(asking).is_some_and(|object| object.is_vital);
        self.objects.push(LinkedBinary { path, at, binary, asked_by: Some(asking), is_vital });
    }
}

#[cfg(test)]
#[path = "libraries_tests.rs"]
mod tests;
