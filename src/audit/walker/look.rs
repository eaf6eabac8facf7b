//! Examination of one name, by the rules and by further questions to the kernel.

use super::{DEEPEST, Search, SearchedDir, Task};
use crate::audit::own::OwnKind;
use crate::audit::rules::RULES;
use crate::audit::{SearchEvent, own, rules};
use crate::messages::{Finding, FindingKind};
use crate::platform;
use crate::platform::{Inode, InodeKind, Support, UserId};
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

impl Search<'_> {
    /// Examines one name; adds a directory that is to be searched to `below`.
    pub(super) fn examine(
        &self,
        folder: &Arc<SearchedDir>,
        name: &CStr,
        inode: &Inode,
        below: &mut Vec<Task>,
    ) {
        let place = folder.place.child(name);
        for kind in RULES.iter().filter_map(|rule| rule(inode, place, &self.context)) {
            self.report_finding(folder, name, kind);
        }
        if rules::needs_list(inode, place, &self.context) {
            self.examine_list(folder, name, inode);
        }
        match inode.sort {
            InodeKind::File => self.examine_file(folder, name, inode),
            InodeKind::Link => self.examine_link(folder, name, inode),
            InodeKind::Directory if self.has_to_be_entered(folder, name, inode) => {
                below.push(Task::Open(Arc::clone(folder), name.into(), inode.identity));
            }
            _ => {}
        }
    }

    fn examine_file(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) {
        if inode.links > 1 {
            self.ledger.add_name(inode, &folder.trail, name);
        }
        if inode.mode & 0o111 != 0 && !self.no_capabilities.load(Relaxed) {
            match platform::has_file_capabilities(folder.open.as_fd(), name) {
                Ok(Support::Available(true)) => {
                    self.report_finding(folder, name, FindingKind::Capability)
                }
                Ok(Support::Available(false)) => {}
                Ok(Support::Unsupported) => self.no_capabilities.store(true, Relaxed),
                Err(error) => self.report_unreadable(folder, name, error),
            }
        }
        if let Some(own) = self.own.get(&inode.identity) {
            if own.kind != OwnKind::Code || self.is_changeable(folder, name) {
                self.report_finding(folder, name, FindingKind::Own(own.directive));
            }
        }
    }

    /// Whether the children could write to a file that httpd loads.
    fn is_changeable(&self, folder: &SearchedDir, name: &CStr) -> bool {
        match platform::open_handle_at(folder.open.as_fd(), name) {
            Ok(held) => own::is_writable(held.as_fd(), self.scope.accounts),
            Err(error) => {
                self.report_unreadable(folder, name, error);
                false
            }
        }
    }

    fn examine_list(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) {
        let list = platform::open_handle_at(folder.open.as_fd(), name)
            .and_then(|held| platform::read_acl_writers(held.as_fd()));
        match list {
            Ok(Support::Available(list)) => {
                if let Some(kind) = rules::find_grantee(inode, list, &self.context) {
                    self.report_finding(folder, name, kind);
                }
            }
            Ok(Support::Unsupported) => {}
            Err(error) => self.report_unreadable(folder, name, error),
        }
    }

    fn examine_link(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) {
        let here = folder.open.as_fd();
        let seen = platform::read_link_at(here, name)
            .and_then(|target| Ok((self.inside.resolve_link(here, &target)?, target)));
        match seen {
            Ok((resolved, target)) => {
                let target = PathBuf::from(OsStr::from_bytes(&target));
                if let Some(climbs) = rules::find_link(resolved, &target, self.scope.provided) {
                    let by_root = inode.user == UserId(0);
                    let kind = FindingKind::Link { target, climbs, by_root };
                    self.report_finding(folder, name, kind);
                }
            }
            Err(error) => self.report_unreadable(folder, name, error),
        }
    }

    fn has_to_be_entered(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) -> bool {
        if folder.trail.depth() >= DEEPEST {
            let deep = io::Error::other(format!("deeper than {DEEPEST} directories"));
            self.report_unreadable(folder, name, deep);
            return false;
        }
        inode.identity.shares_device(folder.identity) || self.mount_has_to_be_entered(folder, name)
    }

    fn mount_has_to_be_entered(&self, folder: &SearchedDir, name: &CStr) -> bool {
        let kind = platform::open_directory_at(folder.open.as_fd(), name)
            .and_then(|mounted| platform::read_file_system(mounted.as_fd()));
        match kind.map(|kind| (rules::find_mount(&kind), kind)) {
            Ok((Some(kind), _)) => self.report_finding(folder, name, kind),
            Ok((None, _)) if self.scope.across => return true,
            Ok((None, kind)) => {
                (self.report)(SearchEvent::NotEntered(self.path(folder, name), kind))
            }
            Err(error) => self.report_unreadable(folder, name, error),
        }
        false
    }

    fn report_finding(&self, folder: &SearchedDir, name: &CStr, kind: FindingKind) {
        (self.report)(SearchEvent::Found(Finding { path: self.path(folder, name), kind }));
    }

    /// Reports a name that cannot be read, unless it has been removed meanwhile.
    pub(super) fn report_unreadable(&self, folder: &SearchedDir, name: &CStr, error: io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            (self.report)(SearchEvent::Unreadable(self.path(folder, name), error));
        }
    }

    fn path(&self, folder: &SearchedDir, name: &CStr) -> PathBuf {
        folder.trail.path(self.scope.at, name)
    }
}
