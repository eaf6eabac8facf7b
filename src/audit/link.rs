//! Where a symbolic link leads with the jail as root: followed step by step, by descriptor, so that
//! neither the link nor those on its way can lead out.

use super::rules::Resolved;
use crate::path::{Component, MOST_LINKS, components};
use crate::platform;
use crate::platform::{Identity, InodeKind};
use std::collections::VecDeque;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The jail, seen as a process inside sees it.
#[derive(Debug)]
pub(super) struct JailRoot<'a> {
    /// Its root.
    pub root: BorrowedFd<'a>,
    /// Which directory that is.
    pub identity: Identity,
    /// The jail's own path, if that holds inside.
    pub host_path: Option<Vec<Component>>,
}

impl JailRoot<'_> {
    /// Where the target of a link in `folder` leads.
    ///
    /// # Errors
    /// The failing call's `errno`: it cannot be told.
    pub(super) fn resolve(&self, folder: BorrowedFd<'_>, target: &[u8]) -> io::Result<Resolved> {
        let mut way = LinkWalk {
            inside: self,
            here: None,
            start: folder,
            ahead: VecDeque::new(),
            passed: Vec::new(),
        };
        let mut resolved = Resolved { exists: true, absolute: false, climbs: false };
        way.turn(target, &mut resolved);
        let mut links = 1;
        while let Some(component) = way.ahead.pop_front() {
            match way.step(component, &mut resolved) {
                Ok(None) => {}
                Ok(Some(target)) if links < MOST_LINKS && !way.goes_round() => {
                    links += 1;
                    way.turn(&target, &mut resolved);
                }
                Ok(Some(_)) => return Ok(Resolved { exists: false, ..resolved }),
                Err(error) if leads_nowhere(&error) => {
                    return Ok(Resolved { exists: false, ..resolved });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(resolved)
    }
}

fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Where a link's target has led so far.
struct LinkWalk<'a> {
    inside: &'a JailRoot<'a>,
    start: BorrowedFd<'a>,
    here: Option<OwnedFd>,
    ahead: VecDeque<Component>,
    /// Each link that was passed, with how many components lay behind it then.
    passed: Vec<(Identity, usize)>,
}

impl LinkWalk<'_> {
    /// Goes on by way of `target`.
    fn turn(&mut self, target: &[u8], resolved: &mut Resolved) {
        for component in components(target).into_iter().rev() {
            self.ahead.push_front(component);
        }
        if target.first() == Some(&b'/') {
            resolved.absolute = true;
            (self.start, self.here) = (self.inside.root, None);
            self.skip_host_path();
        }
    }

    /// Inside, the jail's own path leads to the jail, and there are directories that it passes.
    fn skip_host_path(&mut self) {
        let Some(host) = &self.inside.host_path else { return };
        if self.ahead.iter().zip(host).all(|(a, b)| a == b) {
            self.ahead.drain(..host.len().min(self.ahead.len()));
        }
    }

    /// One component further, or the target of the link that is there.
    fn step(
        &mut self,
        component: Component,
        resolved: &mut Resolved,
    ) -> io::Result<Option<Vec<u8>>> {
        match component {
            Component::Up => self.up(resolved).map(|()| None),
            Component::Name(name) => self.down(&name),
        }
    }

    /// What is above the root is the root; only who came from below had something else in mind.
    fn up(&mut self, resolved: &mut Resolved) -> io::Result<()> {
        if platform::read_inode(self.here())?.identity == self.inside.identity {
            resolved.climbs |= !resolved.absolute;
            return Ok(());
        }
        self.here = Some(platform::open_directory_at(self.here(), c"..")?);
        Ok(())
    }

    fn down(&mut self, name: &CStr) -> io::Result<Option<Vec<u8>>> {
        let inode = platform::read_inode_at(self.here(), name)?;
        match inode.sort {
            InodeKind::Link => {
                self.passed.push((inode.identity, self.ahead.len()));
                return platform::read_link_at(self.here(), name).map(Some);
            }
            _ if self.ahead.is_empty() => {}
            _ => self.here = Some(platform::open_directory_at(self.here(), name)?),
        }
        Ok(None)
    }

    /// Whether the link that was passed last has been passed before, with no more left to go then than now: its
    /// target leads back to it for ever. Found after one round, since a jail may hold many such links, made for
    /// nothing but to use up the time of the search.
    fn goes_round(&self) -> bool {
        let Some((last, before)) = self.passed.split_last() else { return false };
        before.iter().any(|(link, left)| *link == last.0 && *left <= last.1)
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.here.as_ref().map_or(self.start, AsFd::as_fd)
    }
}
