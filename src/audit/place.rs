//! Which part of a jail a directory is: some are searched by the loader and the C library.

use std::ffi::CStr;

/// A part of the tree, known by the names that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirRole {
    /// The jail's own root.
    Top,
    /// `usr`, and what is laid out like it: `usr/local`, `usr/pkg`, `opt/local`.
    Usr,
    /// `opt`.
    Opt,
    /// Code and tables that every program loads: loader, libraries, NSS, gconv, certificates.
    Library,
    /// Anything else.
    Elsewhere,
}

impl DirRole {
    /// The place of `name` in a directory of this place.
    pub(crate) fn child(self, name: &CStr) -> Self {
        let name = name.to_bytes();
        match self {
            Self::Library => Self::Library,
            Self::Top | Self::Usr if name == b"etc" || name.starts_with(b"lib") => Self::Library,
            Self::Top if name == b"usr" => Self::Usr,
            Self::Top if name == b"opt" => Self::Opt,
            Self::Usr if name == b"local" || name == b"pkg" => Self::Usr,
            Self::Opt if name == b"local" => Self::Usr,
            _ => Self::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Component, components};

    fn place(path: &str) -> DirRole {
        components(path.as_bytes()).iter().fold(DirRole::Top, |place, component| match component {
            Component::Name(name) => place.child(name),
            Component::Up => panic!("{path}"),
        })
    }

    #[test]
    fn what_the_loader_and_the_c_library_read_is_known_by_its_place() {
        for path in [
            "etc",
            "etc/nsswitch.conf",
            "etc/ld.so.preload",
            "etc/ssl/certs",
            "lib",
            "lib64/ld-linux-x86-64.so.2",
            "libexec/ld-elf.so.1",
            "usr/lib/x86_64-linux-gnu/gconv/gconv-modules",
            "usr/libexec",
            "usr/local/lib/libx.so",
            "usr/local/etc/ssl",
            "usr/pkg/lib",
            "opt/local/lib",
        ] {
            assert_eq!(place(path), DirRole::Library, "{path}");
        }
        for path in
            ["htdocs", "htdocs/lib", "srv/www/etc", "usr/share/lib", "opt/app/lib", "usr/bin"]
        {
            assert_eq!(place(path), DirRole::Elsewhere, "{path}");
        }
    }
}
