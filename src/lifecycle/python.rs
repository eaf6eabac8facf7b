//! Python's standard library. mod_wsgi starts Python in each child, also where no page needs it, and a child that does not
//! find the library ends at once.

use crate::httpd::pool::Pool;
use crate::httpd::{config_tree, server};
use crate::lifecycle::aliases::is_roots;
use crate::platform;
use std::path::{Path, PathBuf};

/// Directories of the standard library of the Python that httpd has loaded, as far as they are root's alone. Empty if
/// mod_wsgi is not loaded, or starts no Python.
pub(crate) fn find_library(pool: Pool) -> Vec<PathBuf> {
    if !server::is_loaded(c"mod_wsgi.c") || !starts_python(pool) {
        return Vec::new();
    }
    let loaded = platform::list_loaded_objects();
    let mut all: Vec<_> = loaded.iter().filter_map(|path| list_folders(path)).flatten().collect();
    all.retain(|folder| is_roots(folder));
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether mod_wsgi starts Python, in children or in daemons.
fn starts_python(pool: Pool) -> bool {
    let written = config_tree::foreign(&["WSGIRestrictEmbedded", "WSGIDaemonProcess"], pool);
    let has_daemons = written.iter().any(|it| it.name.eq_ignore_ascii_case("WSGIDaemonProcess"));
    let restricts =
        written.iter().rev().find(|it| it.name.eq_ignore_ascii_case("WSGIRestrictEmbedded"));
    let is_on = |word: &std::ffi::OsString| word.eq_ignore_ascii_case("on");
    has_daemons || !restricts.is_some_and(|it| it.words.first().is_some_and(is_on))
}

/// Directories in which `library` looks for its modules; `None` if it is not Python's.
fn list_folders(library: &Path) -> Option<[PathBuf; 2]> {
    let name = library.file_name()?.to_str()?.strip_prefix("libpython")?;
    let release: Vec<_> = name.split('.').take(2).collect();
    let [major, minor] = release.as_slice() else { return None };
    // `libpython3.so` has no code, and `libpython3.13t` is another build.
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(major) || !is_number(minor.trim_end_matches('t')) {
        return None;
    }
    let prefix = library.ancestors().find(|above| {
        let name = above.file_name().unwrap_or_default();
        ["lib", "lib32", "lib64"].iter().any(|known| name == *known)
    })?;
    let prefix = match prefix.parent()? {
        // `/lib` is a link to `/usr/lib`.
        root if root == Path::new("/") => Path::new("/usr"),
        prefix => prefix,
    };
    Some(["lib", "lib64"].map(|lib| prefix.join(lib).join(format!("python{major}.{minor}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_python_tells_where_its_modules_are() {
        for (library, folder) in [
            ("/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "/usr/lib/python3.11"),
            ("/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "/usr/lib/python3.11"),
            ("/usr/lib64/libpython3.12.so.1.0", "/usr/lib/python3.12"),
            ("/usr/local/lib/libpython3.13t.so.1.0", "/usr/local/lib/python3.13t"),
            ("/opt/python/lib/libpython3.9.dylib", "/opt/python/lib/python3.9"),
        ] {
            let found = list_folders(Path::new(library)).unwrap();
            assert_eq!(found[0], Path::new(folder), "{library}");
            assert!(found[1].to_str().unwrap().contains("/lib64/"), "{library}");
        }
        for other in [
            "/usr/lib/libpython3.so",
            "/usr/lib/libpythonx.y.so",
            "/usr/lib/libc.so.6",
            "/libpython3.1.so",
        ] {
            assert_eq!(list_folders(Path::new(other)), None, "{other}");
        }
    }
}
