//! Paths by the side of the jail that they are seen from, and lexical rules about them.
//!
//! A host path is a [`Path`]: the parent may open it. The jail as it is configured is a [`JailPath`]. A path that is
//! to be resolved from the root of the jail is an `InsidePath`, which no function of the standard library takes:
//! only the walk from the jail's descriptor does.
//!
//! Nothing here asks the file system: whether a component exists, or is a link, is decided by that walk.

use std::ffi::{CString, OsStr};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The jail as configured: absolute, seen from outside, without a NUL byte, otherwise as written
/// (it may have `..`, doubled slashes and symbolic links in it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JailPath(PathBuf);

impl JailPath {
    /// Takes `text` if it is absolute and has no NUL byte.
    pub fn new(text: impl AsRef<OsStr>) -> Option<Self> {
        let bytes = text.as_ref().as_bytes();
        (bytes.first() == Some(&b'/') && !bytes.contains(&0))
            .then(|| Self(PathBuf::from(text.as_ref())))
    }

    /// Joins `relative` to the directory `base`, or takes it alone if it is absolute.
    pub fn below(base: &Path, relative: &OsStr) -> Option<Self> {
        Self::new(base.join(relative))
    }

    /// As it was written.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for JailPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// An absolute path as a process with the jail as its root sees it. It is resolved from that root, or from the root
/// of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InsidePath<'a>(&'a Path);

impl<'a> InsidePath<'a> {
    /// A path that is the same outside and inside: the host path of a file that a view shows there, or that the jail
    /// has there.
    pub(crate) fn same_as_host(path: &'a Path) -> Self {
        Self(path)
    }

    /// A path that the configuration writes as it is seen from inside (`ChrootFixRoot off`).
    pub(crate) fn as_written(path: &'a Path) -> Self {
        Self(path)
    }

    /// The path, for a walk from the root of the jail. Nothing else may open it.
    pub(crate) fn for_walk(self) -> &'a Path {
        self.0
    }
}

/// As many symbolic links as Linux follows in one path.
pub(crate) const MOST_LINKS: usize = 40;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// `..`: the directory above.
    Up,
    /// A name in the directory.
    Name(CString),
}

/// The steps of `path`, whether absolute or not. `.` and doubled slashes are no steps; neither is
/// anything behind a NUL byte, which a path cannot have.
pub fn components(path: &[u8]) -> Vec<Component> {
    let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
    path.split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .filter_map(|part| match part {
            b".." => Some(Component::Up),
            name => CString::new(name).ok().map(Component::Name),
        })
        .collect()
}

/// The absolute path that the names of a walk make.
pub fn joined<'a>(names: impl IntoIterator<Item = &'a CString>) -> PathBuf {
    let mut path = vec![];
    for name in names {
        path.push(b'/');
        path.extend_from_slice(name.as_bytes());
    }
    if path.is_empty() {
        path.push(b'/');
    }
    PathBuf::from(std::ffi::OsString::from_vec(path))
}

/// `path` without `.`, `..` and doubled slashes. Symbolic links are not followed.
pub(crate) fn clean_lexically(path: &[u8]) -> PathBuf {
    let mut names = Vec::new();
    for component in components(path) {
        match component {
            Component::Up => drop(names.pop()),
            Component::Name(name) => names.push(name),
        }
    }
    joined(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All strings of at most `length` letters out of `letters`.
    fn all_strings(letters: &[u8], length: usize) -> Vec<Vec<u8>> {
        let mut all = vec![vec![]];
        let mut longest = all.clone();
        for _ in 0..length {
            let longer = |text: &Vec<u8>| {
                let text = text.clone();
                letters.iter().map(move |&letter| [text.as_slice(), &[letter]].concat())
            };
            longest = longest.iter().flat_map(longer).collect();
            all.extend_from_slice(&longest);
        }
        all
    }

    fn names(path: &[u8]) -> Vec<CString> {
        let name = |component| match component {
            Component::Name(name) => Some(name),
            Component::Up => None,
        };
        components(path).into_iter().filter_map(name).collect()
    }

    #[test]
    fn a_jail_path_is_absolute_and_has_no_nul_whatever_is_written() {
        for text in all_strings(b"/.ab\0", 7) {
            let taken = JailPath::new(OsStr::from_bytes(&text));
            let should = text.starts_with(b"/") && !text.contains(&0);
            assert_eq!(taken.is_some(), should, "{text:?}");
        }
    }

    #[test]
    fn components_hold_no_slash_no_dot_and_no_empty_name_whatever_is_written() {
        for text in all_strings(b"/.ab\0", 7) {
            for name in names(&text) {
                let name = name.as_bytes();
                assert!(!name.is_empty() && !name.contains(&b'/'), "{text:?}");
                assert!(name != b"." && name != b"..", "{text:?}");
            }
        }
    }

    #[test]
    fn components_agree_with_the_standard_library_on_absolute_paths() {
        use std::path::Component as Std;
        for text in all_strings(b"/.ab", 7).iter().filter(|text| text.starts_with(b"/")) {
            let ours = components(text);
            let theirs: Vec<_> = Path::new(OsStr::from_bytes(text))
                .components()
                .filter_map(|component| match component {
                    Std::ParentDir => Some(Component::Up),
                    Std::Normal(name) => {
                        Some(Component::Name(CString::new(name.as_bytes()).unwrap()))
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(ours, theirs, "{text:?}");
        }
    }

    #[test]
    fn joined_names_come_apart_again() {
        for text in all_strings(b"/.ab", 6) {
            let names = names(&text);
            let again = components(joined(&names).as_os_str().as_bytes());
            assert_eq!(again, names.into_iter().map(Component::Name).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_relative_jail_is_joined_to_its_base() {
        let base = Path::new("/etc/apache2");
        let path = |text: &str| JailPath::below(base, OsStr::new(text)).unwrap().to_string();
        assert_eq!(path("jail"), "/etc/apache2/jail");
        assert_eq!(path("/srv/www"), "/srv/www");
    }
}
