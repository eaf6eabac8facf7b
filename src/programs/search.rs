//! Order in which the loader of each system searches for a library.

use super::binary::{Binary, Machine};
use super::folders;
use super::folders::Configuration;
use super::side::Side;
use super::tokens::{Tokens, below_usr};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A binary that is loaded, or would be.
#[derive(Debug)]
pub(super) struct LinkedBinary {
    /// The path that it is opened by.
    pub path: PathBuf,
    /// Where it really is.
    pub at: PathBuf,
    /// Its content.
    pub binary: Binary,
    /// Which of the objects before it asked for it first; none for the program.
    pub asked_by: Option<usize>,
    /// Whether the program cannot run without it.
    pub is_vital: bool,
}

/// Loaders that search alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Glibc,
    Musl,
    FreeBsd,
    NetBsd,
    Darwin,
}

impl Family {
    /// A loader's name tells whose it is: `ld-musl-x86_64.so.1`, `ld-elf.so.1`, `ld.elf_so`, `dyld`,
    /// and for glibc one for each processor (`ld-linux-x86-64.so.2`, `ld64.so.2`).
    fn from_loader(loader: &Path) -> Self {
        let name = loader.file_name().unwrap_or_default().as_bytes();
        let begins = |start: &[u8]| name.starts_with(start);
        match name {
            b"ld.elf_so" => Self::NetBsd,
            b"dyld" => Self::Darwin,
            _ if begins(b"ld-musl-") => Self::Musl,
            _ if begins(b"ld-elf") => Self::FreeBsd,
            _ => Self::Glibc,
        }
    }

    /// The file that has the configuration of a loader; an empty path for none.
    fn configured_by(self, loader: &Path, machine: Machine) -> PathBuf {
        match self {
            Self::Glibc => "/etc/ld.so.cache".into(),
            Self::Musl => musl_list(loader),
            Self::FreeBsd if matches!(machine, Machine::Elf { is_64: false, .. }) => {
                // A system of 64 bits has both.
                let is_second = loader.ends_with("ld-elf32.so.1");
                format!("/var/run/ld-elf{}.so.hints", if is_second { "32" } else { "" }).into()
            }
            Self::FreeBsd => "/var/run/ld-elf.so.hints".into(),
            Self::NetBsd => "/etc/ld.so.conf".into(),
            Self::Darwin => PathBuf::new(),
        }
    }

    fn parse_configuration(self, content: &[u8]) -> Configuration {
        match self {
            Self::Glibc => folders::parse_glibc_cache(content),
            Self::Musl => folders::parse_musl_list(content),
            Self::FreeBsd => folders::parse_freebsd_hints(content),
            Self::NetBsd => folders::parse_netbsd_conf(content),
            Self::Darwin => Configuration::default(),
        }
    }

    /// The default folders. Those of glibc are compiled in, and differ; these are a guess.
    fn default_folders(self, configured: &Configuration) -> Vec<PathBuf> {
        let folders: &[&str] = match self {
            Self::Glibc => &["/lib64", "/usr/lib64", "/lib", "/usr/lib"],
            // The configuration takes the place of the default.
            Self::Musl if configured.folders.is_empty() => &["/lib", "/usr/local/lib", "/usr/lib"],
            Self::Musl => &[],
            Self::FreeBsd => &["/lib", "/usr/lib", "/usr/lib32"],
            Self::NetBsd => &["/usr/lib", "/lib"],
            Self::Darwin => &["/usr/local/lib", "/usr/lib"],
        };
        folders.iter().map(PathBuf::from).collect()
    }
}

/// A loader, with its configuration.
#[derive(Debug)]
pub(super) struct LoaderSearch {
    family: Family,
    machine: Machine,
    configured: Configuration,
    /// The file that has its configuration, to be provided as well.
    pub configured_by: PathBuf,
    /// Folders that it searches untold.
    pub own: Vec<PathBuf>,
}

/// Where a library may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The path.
    pub path: PathBuf,
    /// Whether the loader only knows it because it was configured.
    pub is_configured: bool,
}

/// Bytes of a loader: glibc's has a quarter of a megabyte.
const LARGEST_LOADER: u64 = 8 << 20;

impl LoaderSearch {
    /// The `loader` of a program for `machine`, as it is on this side.
    ///
    /// # Errors
    /// Returns an error if one of its files must not be read there.
    pub(super) fn new<S: Side>(
        side: &S,
        loader: &Path,
        machine: Machine,
    ) -> Result<Self, S::Refusal> {
        let family = Family::from_loader(loader);
        let configured_by = family.configured_by(loader, machine);
        let configured =
            family.parse_configuration(&side.read_contents(&configured_by, folders::MOST)?);
        let mut own = family.default_folders(&configured);
        if family == Family::Glibc {
            let compiled_in =
                folders::find_compiled_in(&side.read_contents(loader, LARGEST_LOADER)?);
            own = if compiled_in.is_empty() { own } else { compiled_in };
        }
        Ok(Self { family, machine, configured, configured_by, own })
    }

    /// Whether `binary` fits into a process of this loader: others are passed over.
    pub(super) fn accepts(&self, binary: &Binary) -> bool {
        binary.machine == self.machine
    }

    /// Whether a library that is loaded answers to the name that it gives itself, besides the one that it
    /// was found by.
    pub(super) fn uses_own_names(&self) -> bool {
        self.family != Family::Musl
    }

    /// Whether the first file of a name is taken or nothing, rather than the first that fits.
    pub(super) fn uses_first_file(&self) -> bool {
        self.family == Family::Musl
    }

    /// Whether a library of this name is the loader itself, or nothing that lies in a file.
    pub(super) fn needs_no_file(&self, name: &OsStr) -> bool {
        let bytes = name.as_bytes();
        match self.family {
            // One library is all of them (ldso/dynlink.c, `reserved`).
            Family::Musl => {
                const ALL: [&[u8]; 7] =
                    [b"c.", b"pthread.", b"rt.", b"m.", b"dl.", b"util.", b"xnet."];
                let stem = bytes.strip_prefix(b"lib").unwrap_or_default();
                ALL.iter().any(|one| stem.starts_with(one))
            }
            // They lie in the cache of dyld.
            Family::Darwin => bytes.starts_with(b"/usr/lib/") || bytes.starts_with(b"/System/"),
            _ => false,
        }
    }

    /// Where the library `name` may lie that the object number `asking` needs, in order.
    pub(super) fn list_candidates(
        &self,
        objects: &[LinkedBinary],
        asking: usize,
        name: &OsStr,
    ) -> Vec<Candidate> {
        let Some(object) = objects.get(asking) else { return Vec::new() };
        let chain = chain(objects, asking);
        if name.as_bytes().contains(&b'/') {
            return self.list_path_candidates(&chain, object, name);
        }
        let mut found = Vec::new();
        for (owner, folder) in self.list_binary_folders(&chain, object) {
            found.extend(self.expand(owner, folder).into_iter().map(|it| it.join(name)));
        }
        let mut found: Vec<_> =
            found.into_iter().map(|path| Candidate { path, is_configured: false }).collect();
        if !object.binary.own_folders_only {
            let configured = self.configured.libraries.iter().filter(|(known, _)| known == name);
            let configured = configured.map(|(_, path)| path.clone());
            let configured =
                configured.chain(self.configured.folders.iter().map(|folder| folder.join(name)));
            found.extend(
                configured
                    .map(|path| Candidate { is_configured: !self.searches_folder_of(&path), path }),
            );
            let own = self.own.iter().map(|folder| folder.join(name));
            found.extend(own.map(|path| Candidate { path, is_configured: false }));
        }
        found
    }

    /// The folders that binaries name themselves, each with the binary that does.
    fn list_binary_folders<'a>(
        &self,
        chain: &[&'a LinkedBinary],
        object: &'a LinkedBinary,
    ) -> Vec<(&'a LinkedBinary, &'a OsString)> {
        let rpath = |it: &'a LinkedBinary| it.binary.rpath.iter().map(move |folder| (it, folder));
        let runpath =
            |it: &'a LinkedBinary| it.binary.runpath.iter().map(move |folder| (it, folder));
        let main = chain.last().copied();
        match self.family {
            // RPATH of the one that asks, of the one that asked for it, and so on to the program;
            // unless the one that asks has a RUNPATH.
            Family::Glibc if object.binary.runpath.is_empty() => {
                chain.iter().copied().flat_map(rpath).collect()
            }
            Family::Glibc => runpath(object).collect(),
            // The two are one, and both are inherited.
            Family::Musl => {
                chain.iter().copied().flat_map(|it| rpath(it).chain(runpath(it))).collect()
            }
            // RPATH of the one that asks and of the program.
            Family::FreeBsd if object.binary.runpath.is_empty() => {
                let main = main.filter(|main| !std::ptr::eq(*main, object));
                rpath(object).chain(main.into_iter().flat_map(rpath)).collect()
            }
            Family::FreeBsd => runpath(object).collect(),
            // The two are one.
            Family::NetBsd => rpath(object).chain(runpath(object)).collect(),
            Family::Darwin => Vec::new(),
        }
    }

    /// A library that is named by a path, which may have words in it.
    fn list_path_candidates(
        &self,
        chain: &[&LinkedBinary],
        object: &LinkedBinary,
        name: &OsStr,
    ) -> Vec<Candidate> {
        let rest =
            name.as_bytes().strip_prefix(b"@rpath/").filter(|_| self.family == Family::Darwin);
        let paths: Vec<PathBuf> = match rest {
            Some(rest) => {
                let folders =
                    chain.iter().flat_map(|it| it.binary.rpath.iter().map(move |at| (*it, at)));
                let folders = folders.flat_map(|(owner, folder)| self.expand(owner, folder));
                folders.map(|folder| folder.join(OsStr::from_bytes(rest))).collect()
            }
            None => self.expand(object, name),
        };
        paths.into_iter().map(|path| Candidate { path, is_configured: false }).collect()
    }

    /// The paths that a text of a binary may mean. A relative path is left out: it counts from the working
    /// directory of a process that does not exist yet.
    fn expand(&self, owner: &LinkedBinary, text: &OsStr) -> Vec<PathBuf> {
        // glibc and musl take the name that a library was opened by; of a program, where it really is.
        let place = match (self.family, owner.asked_by) {
            (Family::Glibc | Family::Musl, Some(_)) => &owner.path,
            _ => &owner.at,
        };
        let origin = place.parent().unwrap_or(Path::new("/")).as_os_str().as_bytes();
        let lib: Vec<_> = self.own.iter().map(|folder| below_usr(folder)).collect();
        let lib: Vec<_> = lib.iter().map(|folder| folder.as_os_str().as_bytes()).collect();
        let tokens = Tokens { origin, lib: &lib, machine: self.machine };
        let all = tokens.expand(text.as_bytes()).into_iter().filter(|text| text.starts_with(b"/"));
        all.map(|text| PathBuf::from(OsString::from_vec(text))).collect()
    }

    /// Whether the loader would look there untold.
    pub(super) fn searches_folder_of(&self, library: &Path) -> bool {
        library.parent().is_some_and(|folder| self.own.iter().any(|own| own == folder))
    }
}

/// The object, the one that asked for it, and so on to the program.
fn chain(objects: &[LinkedBinary], asking: usize) -> Vec<&LinkedBinary> {
    let mut chain = Vec::new();
    let mut next = Some(asking);
    while let Some(object) = next.and_then(|index| objects.get(index)) {
        chain.push(object);
        // An object comes after the one that needs it, so this ends.
        next = object.asked_by;
    }
    chain
}

/// musl's list lies beside the folder of the loader: `/etc/ld-musl-x86_64.path` for that in `/lib`.
fn musl_list(loader: &Path) -> PathBuf {
    let name = loader.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split_once(".so").map_or(&*name, |(stem, _)| stem);
    let prefix = loader.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    prefix.join("etc").join(format!("{stem}.path"))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
