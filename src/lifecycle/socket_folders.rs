//! Folders for sockets that children make.

use crate::jail::run_as::RunAs;
use crate::jail::walk::{on_host, read_complaints};
use crate::platform::{MadeDirectory, Ownership, UserId};
use crate::provide::{ConfiguredPaths, Sockets, SocketsBy};
use std::ffi::CString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

const STICKY: u32 = 0o1000;

/// Makes the folders, as mod_fcgid will a moment later, and too late for a view. mod_fcgid reports an error if it cannot
/// make one.
pub(crate) fn create_socket_folders(configured: &ConfiguredPaths, run_as: &RunAs) {
    let ownership = Ownership { mode: 0o700, user: run_as.user, group: run_as.group };
    for Sockets { path, .. } in configured.sockets.iter().filter(|it| it.by == SocketsBy::Children)
    {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let (Ok(parent), Ok(name)) = (on_host(parent), CString::new(name.as_bytes())) else {
            continue;
        };
        let complaints = read_complaints(parent.file.as_fd(), &parent.at);
        // In a directory of root's that is sticky, such as /tmp, nobody else can rename it.
        let is_sticky = parent.facts.owner == UserId(0) && parent.facts.mode & STICKY != 0;
        if is_sticky || complaints.is_ok_and(|complaints| complaints.is_empty()) {
            let made = MadeDirectory::create_at(parent.file.as_fd(), &name);
            let _ = made.and_then(|made| made.set_ownership(ownership));
        }
    }
}
