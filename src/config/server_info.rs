//! Facts about the server: the user that started it, the user of its children, its version.

use crate::platform::{GroupId, UserId};
use std::ffi::CString;

/// httpd's version: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub i32, pub i32, pub i32);

/// Facts about the start of the server, and the account of its children.
#[derive(Debug, Clone)]
pub(crate) struct ServerInfo {
    /// User that started httpd.
    pub started_as: UserId,
    /// `User`, as written.
    pub user_name: CString,
    /// Number of `User`.
    pub user: UserId,
    /// Number of `Group`.
    pub group: GroupId,
    /// Whether httpd would start CGI programs through suexec.
    pub suexec: bool,
    /// Whether httpd runs as one process (`-X`).
    pub one_process: bool,
    /// Whether `CoreDumpDirectory` is set.
    pub cores: bool,
    /// Version of the running httpd.
    pub version: Version,
}
