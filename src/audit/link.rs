//! Targets of symbolic links with the jail as root. A link is followed step by step, by descriptor, so that neither it nor
//! the links in its path can lead out.

use super::rules::Resolved;
use crate::path::{Component, MOST_LINKS, components};
use crate::platform;
use crate::platform::{Identity, InodeKind};
use std::collections::VecDeque;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The jail, as a process inside sees it.
#[derive(Debug)]
pub(super) struct JailRoot<'a> {
    /// Root directory of the jail.
    pub root: BorrowedFd<'a>,
    /// Identity of the root directory.
    pub identity: Identity,
    /// Host path of the jail, if host paths are valid inside.
    pub host_path: Option<Vec<Component>>,
}

impl JailRoot<'_> {
    /// Resolves `target` of a link in `folder`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(super) fn resolve_link(
        &self,
        folder: BorrowedFd<'_>,
        target: &[u8],
    ) -> io::Result<Resolved> {
        let mut walk = LinkWalk {
            inside: self,
            here: None,
            start: folder,
            ahead: VecDeque::new(),
            passed: Vec::new(),
        };
        let mut resolved = Resolved { exists: true, absolute: false, climbs: false };
        walk.follow(target, &mut resolved);
        let mut links = 1;
        while let Some(component) = walk.ahead.pop_front() {
            match walk.step(component, &mut resolved) {
                Ok(None) => {}
                Ok(Some(target)) if links < MOST_LINKS && !walk.is_circular() => {
                    links += 1;
                    walk.follow(&target, &mut resolved);
                }
                Ok(Some(_)) => return Ok(Resolved { exists: false, ..resolved }),
                Err(error) if is_dangling(&error) => {
                    return Ok(Resolved { exists: false, ..resolved });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(resolved)
    }
}

/// Whether the link is dangling, rather than unreadable.
fn is_dangling(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// State of a walk along a link's target.
struct LinkWalk<'a> {
    inside: &'a JailRoot<'a>,
    start: BorrowedFd<'a>,
    here: Option<OwnedFd>,
    ahead: VecDeque<Component>,
    /// Each link that was passed, with the number of components that lay ahead then.
    passed: Vec<(Identity, usize)>,
}

impl LinkWalk<'_> {
    /// Continues with the components of `target`.
    fn follow(&mut self, target: &[u8], resolved: &mut Resolved) {
        for component in components(target).into_iter().rev() {
            self.ahead.push_front(component);
        }
        if target.first() == Some(&b'/') {
            resolved.absolute = true;
            (self.start, self.here) = (self.inside.root, None);
            self.skip_host_path();
        }
    }

    /// Skips the host path of the jail: inside it leads to the jail, through directories that exist.
    fn skip_host_path(&mut self) {
        let Some(host) = &self.inside.host_path else { return };
        if self.ahead.iter().zip(host).all(|(a, b)| a == b) {
            self.ahead.drain(..host.len().min(self.ahead.len()));
        }
    }

    /// Goes one component further; returns the target if that is a link.
    fn step(
        &mut self,
        component: Component,
        resolved: &mut Resolved,
    ) -> io::Result<Option<Vec<u8>>> {
        match component {
            Component::Up => self.go_up(resolved).map(|()| None),
            Component::Name(name) => self.go_down(&name),
        }
    }

    /// Goes to the parent directory; that of the root is the root. A relative link that climbs beyond it is noted.
    fn go_up(&mut self, resolved: &mut Resolved) -> io::Result<()> {
        if platform::read_inode(self.here())?.identity == self.inside.identity {
            resolved.climbs |= !resolved.absolute;
            return Ok(());
        }
        self.here = Some(platform::open_directory_at(self.here(), c"..")?);
        Ok(())
    }

    fn go_down(&mut self, name: &CStr) -> io::Result<Option<Vec<u8>>> {
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

    /// Whether the last link was passed before with as many components ahead, or fewer: its target leads back to it for ever. That is
    /// detected after one round, since an attacker may create many such links to use up the time of the search.
    fn is_circular(&self) -> bool {
        let Some((last, before)) = self.passed.split_last() else { return false };
        before.iter().any(|(link, left)| *link == last.0 && *left <= last.1)
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.here.as_ref().map_or(self.start, AsFd::as_fd)
    }
}
