//! What is asked about one name: of the rules, and of the kernel where an inode does not tell all.

use super::{DEEPEST, Search, SearchedDir, Task};
use crate::audit::own::OwnKind;
use crate::audit::rules::RULES;
use crate::audit::{SearchEvent, own, rules};
use crate::messages::{Finding, FindingKind};
use crate::platform;
use crate::platform::{Inode, InodeKind, Support};
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

impl Search<'_> {
    /// Looks at one name; a directory that is to be searched is put to `below`.
    pub(super) fn look(
        &self,
        folder: &Arc<SearchedDir>,
        name: &CStr,
        inode: &Inode,
        below: &mut Vec<Task>,
    ) {
        let place = folder.place.child(name);
        for what in RULES.iter().filter_map(|rule| rule(inode, place, &self.context)) {
            self.found(folder, name, what);
        }
        if rules::is_list_wanted(inode, place, &self.context) {
            self.look_at_list(folder, name, inode);
        }
        match inode.sort {
            InodeKind::File => self.look_at_file(folder, name, inode),
            InodeKind::Link => self.look_at_link(folder, name),
            InodeKind::Directory if self.is_to_be_entered(folder, name, inode) => {
                below.push(Task::Open(Arc::clone(folder), name.into(), inode.identity));
            }
            _ => {}
        }
    }

    fn look_at_file(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) {
        if inode.links > 1 {
            self.ledger.enter(inode, &folder.trail, name);
        }
        if inode.mode & 0o111 != 0 && !self.no_capabilities.load(Relaxed) {
            match platform::has_file_capabilities(folder.open.as_fd(), name) {
                Ok(Support::Available(true)) => self.found(folder, name, FindingKind::Capability),
                Ok(Support::Available(false)) => {}
                Ok(Support::Unsupported) => self.no_capabilities.store(true, Relaxed),
                Err(error) => self.unreadable(folder, name, error),
            }
        }
        if let Some(own) = self.own.get(&inode.identity) {
            if own.kind != OwnKind::Code || self.is_changeable(folder, name) {
                self.found(folder, name, FindingKind::Own(own.what));
            }
        }
    }

    /// Whether the children could write to a file that httpd loads.
    fn is_changeable(&self, folder: &SearchedDir, name: &CStr) -> bool {
        match platform::open_handle_at(folder.open.as_fd(), name) {
            Ok(held) => own::is_writable(held.as_fd(), self.scope.accounts),
            Err(error) => {
                self.unreadable(folder, name, error);
                false
            }
        }
    }

    fn look_at_list(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) {
        let list = platform::open_handle_at(folder.open.as_fd(), name)
            .and_then(|held| platform::read_acl_writers(held.as_fd()));
        match list {
            Ok(Support::Available(list)) => {
                if let Some(what) = rules::listed(inode, list, &self.context) {
                    self.found(folder, name, what);
                }
            }
            Ok(Support::Unsupported) => {}
            Err(error) => self.unreadable(folder, name, error),
        }
    }

    fn look_at_link(&self, folder: &SearchedDir, name: &CStr) {
        let here = folder.open.as_fd();
        let seen = platform::read_link_at(here, name)
            .and_then(|target| Ok((self.inside.resolve(here, &target)?, target)));
        match seen {
            Ok((resolved, target)) => {
                if let Some(climbs) = rules::link(resolved) {
                    let target = PathBuf::from(OsStr::from_bytes(&target));
                    self.found(folder, name, FindingKind::Link { target, climbs });
                }
            }
            Err(error) => self.unreadable(folder, name, error),
        }
    }

    fn is_to_be_entered(&self, folder: &SearchedDir, name: &CStr, inode: &Inode) -> bool {
        if folder.trail.depth() >= DEEPEST {
            let deep = io::Error::other(format!("deeper than {DEEPEST} directories"));
            self.unreadable(folder, name, deep);
            return false;
        }
        inode.identity.shares_device(folder.identity) || self.is_mount_to_be_entered(folder, name)
    }

    fn is_mount_to_be_entered(&self, folder: &SearchedDir, name: &CStr) -> bool {
        let kind = platform::open_directory_at(folder.open.as_fd(), name)
            .and_then(|mounted| platform::read_file_system(mounted.as_fd()));
        match kind.map(|kind| (rules::mount(&kind), kind)) {
            Ok((Some(what), _)) => self.found(folder, name, what),
            Ok((None, _)) if self.scope.across => return true,
            Ok((None, kind)) => (self.tell)(SearchEvent::NotEntered(self.path(folder, name), kind)),
            Err(error) => self.unreadable(folder, name, error),
        }
        false
    }

    fn found(&self, folder: &SearchedDir, name: &CStr, what: FindingKind) {
        (self.tell)(SearchEvent::Found(Finding { path: self.path(folder, name), what }));
    }

    /// What has gone meanwhile is no concern of anybody.
    pub(super) fn unreadable(&self, folder: &SearchedDir, name: &CStr, error: io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            (self.tell)(SearchEvent::Unreadable(self.path(folder, name), error));
        }
    }

    fn path(&self, folder: &SearchedDir, name: &CStr) -> PathBuf {
        folder.trail.path(self.scope.at, name)
    }
}
