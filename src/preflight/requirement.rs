//! Requirements: files, programs and names that children need according to the configuration.

use crate::config::ProvideSet;
use crate::messages::Place;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A file, program or name that children will need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The directive that requires it, as httpd spells it, or a setting of another program
    /// (`session.save_path`).
    pub directive: String,
    /// Its value, as it is written.
    pub value: String,
    /// Where it is written; `None` for a default of a module.
    pub place: Option<Place>,
    /// The file, program or name.
    pub resource: Resource,
    /// Whether requests fail without it. If not, something else does (a log, a cache).
    pub breaks: bool,
    /// Whether it may be missing outside too.
    pub optional: bool,
    /// Whether the server does not start if only the children lack it.
    pub refuses: bool,
    /// The remedy if it is not available inside.
    pub remedy: Remedy,
    /// The evidence for it.
    pub basis: Basis,
}

/// Evidence for a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Basis {
    /// A directive, or a setting of another program.
    Written,
    /// A default of PHP: it counts only where pages of PHP are served.
    PhpDefault,
    /// A convention, or a path in a file of an application. It is advice only, never a message.
    Likely,
}

/// Kinds of requirements. Paths are absolute, as a child would open them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// A file that is read.
    File(PathBuf),
    /// One of several files that is read: the names that a DBM may have.
    AnyFile(Vec<PathBuf>),
    /// A directory that is searched: files in it are opened by name. It need not be listed.
    Folder(PathBuf),
    /// A file that is read, or a directory that is searched, as for `Alias`.
    Either(PathBuf),
    /// A file, or a directory with everything that the host has in it.
    Whole(PathBuf),
    /// A directory in which files are made. It need not be listed: PHP's sessions are in one.
    WritableFolder(PathBuf),
    /// A file that is written to; if it is not there, it is made.
    WritableFile(PathBuf),
    /// A Unix socket that is connected to.
    Socket(PathBuf),
    /// A program that is run, with its interpreter, its loader and its libraries.
    Program(PathBuf),
    /// A directory of programs that are run: those with one of the endings (`.cgi`), or all that are
    /// executable if there are none. It may be a single program as well, and if it is not there at
    /// all, another requirement reports that.
    Programs {
        /// The directory.
        folder: PathBuf,
        /// Endings with their dot.
        endings: Vec<String>,
    },
    /// A directory that is served, in which no access control file is a link that leads nowhere.
    AccessFiles {
        /// The directory.
        folder: PathBuf,
        /// Names of access control files.
        names: Vec<OsString>,
    },
    /// A host name that is looked up.
    Host(String),
    /// Name servers, to be asked for names that only a request or a certificate knows.
    Resolver,
    /// A directory that is served: its links must lead somewhere, and parts of it that `User` can write to outside must be
    /// writable.
    Tree(PathBuf),
    /// Names of users that are looked up.
    Users,
    /// A directory for temporary files: the first of these that can be written to.
    Scratch(Vec<PathBuf>),
}

/// A remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// `ChrootProvide` with a set.
    Set(ProvideSet),
    /// `ChrootProvide` with the path.
    Path(PathBuf),
    /// `ChrootProvide` with the path of a directory, or `program:` with that of a program.
    PathOrProgram(PathBuf),
    /// `ChrootProvide rw:` with the path.
    Writable(PathBuf),
    /// `ChrootProvide program:` with the path, or with that of the interpreter that is missing.
    Program,
    /// `ChrootProvide program:` with each of the paths.
    Programs(Vec<PathBuf>),
    /// In words, without a full stop: `put it into the jail`.
    Words(String),
}

/// Directories of libraries of many packages: their links and their files say little about one application.
const LIBRARIES: [&str; 12] = [
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/share/javascript",
    "/usr/share/nodejs",
    "/usr/share/pear",
    "/usr/share/perl",
    "/usr/share/perl5",
    "/usr/share/php",
    "/usr/share/sass",
    "/usr/share/zoneinfo",
];

/// Whether a provided path is worth a search: not a directory of libraries, nor one with such a directory in it.
pub(crate) fn is_of_one_application(path: &Path) -> bool {
    let has_libraries = LIBRARIES.iter().any(|library| Path::new(library).starts_with(path));
    // `/usr/lib/x86_64-linux-gnu`, `/usr/lib64`.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_of_machine =
        path.parent().is_some_and(|above| above.ends_with("lib")) && name.contains("-linux-");
    let is_system = is_of_machine || SYSTEM_FOLDERS.iter().any(|it| path == Path::new(it));
    !has_libraries && !is_system && path.components().count() > 2
}

/// Directories with parts of all packages.
const SYSTEM_FOLDERS: [&str; 13] = [
    "/usr/bin",
    "/usr/include",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/src",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/spool",
];

/// Requirement that a path which a word of `ChrootProvide` names is searched, for advice.
pub(crate) fn search_path(path: &Path) -> Requirement {
    Requirement {
        directive: "ChrootProvide".to_owned(),
        value: path.to_string_lossy().into_owned(),
        place: None,
        resource: Resource::Tree(path.to_owned()),
        breaks: false,
        optional: true,
        refuses: false,
        remedy: Remedy::Path(path.to_owned()),
        basis: Basis::Likely,
    }
}

/// Suggests a path that belongs to the same application as the file of `requirement`.
pub(crate) fn suggest_path(requirement: &Requirement, path: &Path) -> Requirement {
    Requirement {
        resource: Resource::Whole(path.to_owned()),
        remedy: Remedy::Path(path.to_owned()),
        breaks: false,
        optional: true,
        refuses: false,
        basis: Basis::Likely,
        ..requirement.clone()
    }
}

/// A directive that is known, without a trial, to fail in a jail or to have another effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownIssue {
    /// The directive.
    pub directive: String,
    /// Its value, as it is written.
    pub value: String,
    /// Where it is written; `None` for a default of a module.
    pub place: Option<Place>,
    /// Whether requests fail.
    pub breaks: bool,
    /// The kind.
    pub kind: crate::messages::KnownIssueKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_one_application_are_searched() {
        for path in ["/usr/share/wordpress", "/usr/lib/nagios", "/etc/x", "/var/lib/x/y"] {
            assert!(is_of_one_application(Path::new(path)), "{path}");
        }
        for path in [
            "/lib",
            "/usr",
            "/usr/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/share",
            "/usr/share/perl5",
            "/usr/local",
            "/var/lib",
        ] {
            assert!(!is_of_one_application(Path::new(path)), "{path}");
        }
    }
}
