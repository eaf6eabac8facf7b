//! Roles of directories in a jail: the loader and the C library search some of them.

use std::ffi::CStr;

/// Role of a directory, by the names that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirRole {
    /// The jail's own root.
    Top,
    /// `usr`, and directories with the same layout: `usr/local`, `usr/pkg`, `opt/local`.
    Usr,
    /// `opt`.
    Opt,
    /// Code and tables that every program loads: loader, libraries, NSS, gconv, certificates.
    Library,
    /// Anything else.
    Elsewhere,
}

impl DirRole {
    /// The role of `name` in a directory of this role.
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

    fn role(path: &str) -> DirRole {
        components(path.as_bytes()).iter().fold(DirRole::Top, |role, component| match component {
            Component::Name(name) => role.child(name),
            Component::Up => panic!("{path}"),
        })
    }

    #[test]
    fn directories_of_the_loader_and_the_c_library_are_known_by_their_paths() {
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
            assert_eq!(role(path), DirRole::Library, "{path}");
        }
        for path in
            ["htdocs", "htdocs/lib", "srv/www/etc", "usr/share/lib", "opt/app/lib", "usr/bin"]
        {
            assert_eq!(role(path), DirRole::Elsewhere, "{path}");
        }
    }
}
