//! Folders that packages keep for their applications, as the package database of the host has them. The lists of
//! dpkg, Portage and pkgsrc are read; rpm and FreeBSD's pkg are asked. A database that others than root can change is not used.

mod dpkg;
mod folders;
mod lists;
mod pkgsrc;
mod portage;
mod query;

pub(crate) use folders::{PackageFolders, find_package_folders};

/// Receiver of the name of a package and of its list: an absolute path in each line.
type Visit<'a> = &'a mut dyn FnMut(&str, &[u8]);

/// A directory that is root's alone, for a test; `None` unless root runs it.
#[cfg(test)]
fn test_folder() -> Option<tempfile::TempDir> {
    if crate::platform::effective_user() != crate::platform::UserId(0) {
        eprintln!("SKIPPED: a database must be root's");
        return None;
    }
    tempfile::tempdir_in("/root").or_else(|_| tempfile::tempdir_in("/var/lib")).ok()
}
