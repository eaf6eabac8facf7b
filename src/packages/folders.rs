//! From the paths that are served to the folders of their packages.

use super::{dpkg, pkgsrc, portage, query};
use crate::trust::trusted::Judge;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directories in which a package has a folder, or a file, of its own.
const PARENTS: [&str; 14] = [
    "/etc",
    "/usr/share",
    "/usr/share/webapps",
    "/usr/lib",
    "/usr/local/etc",
    "/usr/local/share",
    "/usr/local/www",
    "/usr/pkg/etc",
    "/usr/pkg/share",
    "/var/db",
    "/var/lib",
    "/var/cache",
    "/var/log",
    "/var/spool",
];

/// Names of parts that belong to the system, or to httpd.
const SYSTEM: [&str; 20] = [
    "apache",
    "apache2",
    "cgi-bin",
    "dbconfig-common",
    "doc",
    "doc-base",
    "examples",
    "httpd",
    "icons",
    "info",
    "javascript",
    "locale",
    "man",
    "mysql",
    "php",
    "pkg",
    "postfix",
    "python3",
    "systemd",
    "webapps",
];

/// Number of packages up to which a path counts as that of an application.
const FEW: usize = 6;

/// A path that is served, and what its packages keep elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageFolders {
    /// The path that is served.
    pub served: PathBuf,
    /// Paths that may be needed; they need not exist.
    pub folders: BTreeSet<PathBuf>,
}

/// Finds the packages of the paths that are served, and their folders.
pub(crate) fn find_package_folders(served: &[PathBuf], judge: &Judge) -> Vec<PackageFolders> {
    let mut database = Database::default();
    if !served.is_empty() {
        let mut add = |package: &str, list: &[u8]| database.add(package, list, served);
        dpkg::read_lists(judge, &mut add);
        portage::read_lists(Path::new(portage::DATABASE), judge, &mut add);
        for place in pkgsrc::DATABASES {
            pkgsrc::read_lists(Path::new(place), judge, &mut add);
        }
        query::read_lists(served, judge, &mut add);
    }
    served.iter().filter_map(|path| database.find_folders(path)).collect()
}

/// The parts of a package database that matter.
#[derive(Debug, Default)]
struct Database {
    /// Packages of each path that is served.
    owners: BTreeMap<PathBuf, Vec<String>>,
    /// Packages of each path directly below one of the parents.
    parts: BTreeMap<PathBuf, Vec<String>>,
}

impl Database {
    /// Adds a package with its list: an absolute path in each line.
    fn add(&mut self, package: &str, list: &[u8], served: &[PathBuf]) {
        for line in list.split(|&byte| byte == b'\n').filter(|line| line.first() == Some(&b'/')) {
            let path = Path::new(OsStr::from_bytes(line));
            if served.iter().any(|served| served == path) {
                self.owners.entry(path.to_owned()).or_default().push(package.to_owned());
            }
            if is_part(path) {
                self.parts.entry(path.to_owned()).or_default().push(package.to_owned());
            }
        }
    }

    fn find_folders(&self, served: &Path) -> Option<PackageFolders> {
        let owners = self.owners.get(served).cloned().unwrap_or_default();
        let is_application = owners.len() <= FEW;
        let packages = if is_application { owners } else { Vec::new() };
        let mut names: BTreeSet<String> = list_names(served).into_iter().collect();
        for package in &packages {
            names.insert(package.clone());
            names.insert(find_stem(package).to_owned());
        }
        let named = PARENTS
            .iter()
            .flat_map(|parent| names.iter().map(move |name| Path::new(parent).join(name)));
        // A part that other applications have as well is the system's.
        let is_related = |owner: &String| {
            packages
                .iter()
                .any(|package| package == owner || find_stem(package) == find_stem(owner))
        };
        let listed = self.parts.iter().filter(|(_, owners)| owners.iter().all(is_related));
        let mut folders: BTreeSet<PathBuf> = named
            .chain(listed.map(|(path, _)| path.clone()))
            .filter(|path| !is_system(path))
            .collect();
        folders.extend(find_enclosing(served));
        folders.remove(served);
        (!folders.is_empty() && !names.is_empty())
            .then(|| PackageFolders { served: served.to_owned(), folders })
    }
}

/// Names of directories that contain the public part of an application.
const PUBLIC: [&str; 8] =
    ["htdocs", "html", "httpdocs", "public", "public_html", "web", "webroot", "www"];

/// The directory of the application, if `served` is its public part.
fn find_enclosing(served: &Path) -> Option<PathBuf> {
    let is_public = PUBLIC.iter().any(|name| served.ends_with(name));
    served.parent().filter(|folder| is_public && folder.components().count() > 2).map(PathBuf::from)
}

/// Whether a path lies directly below one of the parents.
fn is_part(path: &Path) -> bool {
    path.parent().is_some_and(|folder| PARENTS.iter().any(|parent| folder == Path::new(parent)))
}

fn is_system(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    SYSTEM.iter().any(|system| *system == name) || name.ends_with(".d")
}

/// The name of the application in a path: `X` of `/usr/share/X/htdocs`.
fn list_names(served: &Path) -> Option<String> {
    let part = served.ancestors().find(|path| is_part(path)).filter(|path| !is_system(path))?;
    Some(part.file_name()?.to_string_lossy().into_owned())
}

/// `munin` of `munin-node`, `roundcube` of `roundcube-core`.
fn find_stem(package: &str) -> &str {
    match package.split_once('-') {
        Some((stem, _)) if stem.len() > 3 => stem,
        _ => package,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(lists: &[(&str, &str)], served: &str) -> Option<PackageFolders> {
        let mut database = Database::default();
        for (package, list) in lists {
            database.add(package, list.as_bytes(), &[PathBuf::from(served)]);
        }
        database.find_folders(Path::new(served))
    }

    #[test]
    fn a_package_brings_the_folders_that_it_shares_with_few_others() {
        let wiki = "/.\n/etc\n/etc/apache2\n/etc/wiki\n/usr/share/wiki\n/usr/share/doc\n/var/lib/wikidata\n";
        let found =
            database(&[("wiki-core", wiki), ("other", "/etc/other\n")], "/usr/share/wiki").unwrap();
        let has = |path: &str| found.folders.contains(Path::new(path));
        assert!(has("/etc/wiki") && has("/var/lib/wikidata") && has("/var/log/wiki"), "{found:?}");
        assert!(!has("/etc/apache2") && !has("/etc/other") && !has("/usr/share/doc"), "{found:?}");
    }

    #[test]
    fn a_folder_of_many_packages_is_nobodys() {
        let all = ["a", "b", "c", "d", "e", "f", "g"]
            .map(|name| (name, "/usr/lib/cgi-bin\n/etc/shared\n"));
        assert_eq!(database(&all, "/usr/lib/cgi-bin"), None);
    }

    #[test]
    fn a_folder_that_no_package_lists_is_known_by_its_name() {
        let found = database(&[], "/var/lib/roundcube/public_html").unwrap();
        assert!(found.folders.contains(Path::new("/etc/roundcube")), "{found:?}");
    }
}
