//! Folders that packages keep for their applications, as the package database of the host has them. The database is
//! read; no tool of it is run. A database that others than root can change is not read.

mod dpkg;
mod folders;

pub(crate) use folders::{PackageFolders, find_package_folders};
