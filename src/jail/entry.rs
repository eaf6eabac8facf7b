//! The jail, and the way in: one visible list of steps, each of which must succeed.
//!
//! `JailPath` (written) -> [`FoundJail`] (walked, held by descriptor) -> [`CheckedJail`] (passed `ChrootCheck`) ->
//! [`EnteredJail`] (entered, proved). Each step consumes the value before it. Only a [`CheckedJail`] can be entered,
//! shown through a view or written into.
//!
//! Not promised: that the jail holds root. It does not have to, because [`CheckedJail::enter`] gives up uid 0 for good,
//! and proves that.

use crate::config::Check;
use crate::jail::descriptors::Descriptors;
use crate::jail::proof::{ExpectedRoot, prove};
use crate::jail::run_as::RunAs;
use crate::jail::walk::{OpenedPath, SymbolicLink, to_directory};
use crate::messages::{Complaint, EntryFault, Fault, FaultKind, SanityFault, escape};
use crate::path::JailPath;
use crate::platform;
use crate::platform::{FileKind, Identity, Support, Threads};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

/// A directory that was walked and judged, held open so that the directory that was judged is the one that is entered.
/// `S` is its state: [`Unchecked`] or [`Checked`].
#[derive(Debug)]
pub(crate) struct Jail<S> {
    written: JailPath,
    at: PathBuf,
    links: Vec<SymbolicLink>,
    identity: Identity,
    complaints: Vec<Complaint>,
    /// The root of the children: the directory itself, or the root of a view that shows it. Nothing
    /// else is held, because a daemon that is not ours to change (mod_fcgid's manager) inherits
    /// it, and a process that is inside must not have any other directory open.
    entrance: OwnedFd,
    /// The identity of that root.
    root: Identity,
    state: S,
}

/// State of a jail that was walked only.
#[derive(Debug)]
pub(crate) struct Unchecked;

/// State of a jail that `ChrootCheck` lets pass, with the setting that did.
#[derive(Debug)]
pub(crate) struct Checked(Check);

/// A jail that was walked.
pub(crate) type FoundJail = Jail<Unchecked>;

/// A jail that `ChrootCheck` lets pass.
pub(crate) type CheckedJail = Jail<Checked>;

/// The proof that this process is inside. Only [`CheckedJail::enter`] makes one.
#[derive(Debug)]
pub(crate) struct EnteredJail {
    /// Descriptors that led out of the jail and were closed on the way in, each with its kind.
    pub closed: Vec<(RawFd, String)>,
}

impl FoundJail {
    /// Walks `path`, and holds the directory that it leads to.
    ///
    /// # Errors
    /// Returns an error if a component is missing, is no directory, is unreadable or was replaced meanwhile, or if the
    /// path leads to `/`.
    pub(crate) fn find(path: &JailPath) -> Result<Self, Fault> {
        match to_directory(path.as_path()) {
            Ok(mut found) => {
                found.complaints.extend(find_second_chroot());
                Ok(Self::new(path.clone(), found))
            }
            Err(fault) => Err(Fault::new(path.as_path(), fault)),
        }
    }

    fn new(written: JailPath, found: OpenedPath) -> Self {
        let identity = found.facts.identity;
        let OpenedPath { at, links, file, complaints, .. } = found;
        let (entrance, root, state) = (file, identity, Unchecked);
        Self { written, at, links, identity, complaints, entrance, root, state }
    }

    /// Applies `ChrootCheck`.
    ///
    /// # Errors
    /// Returns an error with [`Check::Strict`] if others than root can change a component of the path.
    pub(crate) fn check(self, check: Check) -> Result<CheckedJail, Fault> {
        let written = self.written.clone();
        self.judge(check).map_err(|cause| Fault::new(written.as_path(), cause))
    }

    fn judge(self, check: Check) -> Result<CheckedJail, SanityFault> {
        if check == Check::Strict && !self.complaints.is_empty() {
            return Err(SanityFault(self.complaints));
        }
        let Self { written, at, links, identity, complaints, entrance, root, .. } = self;
        let state = Checked(check);
        Ok(Jail { written, at, links, identity, complaints, entrance, root, state })
    }
}

impl<S> Jail<S> {
    /// Changes that others than root could make on the way to it.
    pub(crate) fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// The path as it is written in the configuration.
    pub(crate) fn written(&self) -> &JailPath {
        &self.written
    }

    /// The real path: absolute, without symbolic links.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// The symbolic links between the written path and the real one.
    pub(crate) fn links(&self) -> &[SymbolicLink] {
        &self.links
    }

    /// The identity of the directory.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// The root of the children.
    pub(crate) fn entrance(&self) -> BorrowedFd<'_> {
        self.entrance.as_fd()
    }
}

impl CheckedJail {
    /// The same jail, seen through a view of which `entrance` is the root.
    ///
    /// # Errors
    /// Returns an error if the view's root cannot be examined.
    pub(crate) fn through(self, entrance: OwnedFd) -> std::io::Result<Self> {
        let root = platform::read_facts(entrance.as_raw_fd())?.identity;
        Ok(Self { entrance, root, ..self })
    }

    /// The root that a process inside must find.
    pub(crate) fn expected_root(&self) -> ExpectedRoot {
        let through_view = self.root != self.identity;
        let host_path = through_view.then(|| (self.at.clone(), self.identity));
        ExpectedRoot { root: self.root, host_path }
    }

    /// Takes the calling process, which is root and outside, into the jail as `run_as`.
    ///
    /// # Errors
    /// Returns the step that failed, or the property that does not hold afterwards. The process is then
    /// in an unknown state, and must end without serving anything.
    pub(crate) fn enter(self, run_as: &RunAs) -> Result<EnteredJail, Fault> {
        let written = self.written.clone();
        self.steps(run_as).map_err(|cause| Fault::new(written.as_path(), cause))
    }

    fn steps(self, run_as: &RunAs) -> Result<EnteredJail, FaultKind> {
        check_one_thread()?;
        self.check_still_there()?;
        let expected = self.expected_root();
        set_groups(run_as)?;
        let handles = Descriptors::sweep(self.entrance())?;
        leave_terminal()?;
        let evidence = run_as.hardening.apply_outside(self.entrance())?;
        let entrance = self.entrance.as_raw_fd();
        platform::change_root(self.entrance).map_err(EntryFault::Refused)?;
        Descriptors::find_others(entrance)?;
        run_as.hardening.apply_inside()?;
        platform::set_user(run_as.user).map_err(EntryFault::Refused)?;
        platform::drop_capabilities().map_err(|error| {
            EntryFault::Refused(platform::SyscallError::for_call("capset")(error))
        })?;
        run_as.hardening.reapply_measures()?;
        prove(&expected, run_as, &handles)?;
        run_as.hardening.prove(&evidence)?;
        if self.state.0 == Check::Strict {
            check_root_is_not_writable(run_as)?;
        }
        Ok(EnteredJail { closed: handles.closed })
    }

    /// Walks the path again: it still leads to the directory that was checked, and under `strict` still only root can
    /// change that.
    fn check_still_there(&self) -> Result<(), FaultKind> {
        let held = platform::read_facts(self.entrance.as_raw_fd()).map_err(|_| EntryFault::Gone)?;
        if held.identity != self.root || held.kind != FileKind::Directory {
            return Err(EntryFault::Gone.into());
        }
        let found = match FoundJail::find(&self.written) {
            Ok(found) if found.identity == self.identity => {
                return Ok(found.judge(self.state.0).map(drop)?);
            }
            Ok(found) => found.identity.to_string(),
            Err(fault) => fault.to_string(),
        };
        Err(EntryFault::Replaced { checked: self.identity.to_string(), found }.into())
    }
}

/// Whether a program in the jail could leave it by a `chroot` of its own.
fn find_second_chroot() -> Option<Complaint> {
    match platform::can_users_leave_by_chroot() {
        Ok(Support::Available(true)) => Some(Complaint::SecondChroot(None)),
        Ok(Support::Available(false) | Support::Unsupported) => None,
        Err(error) => Some(Complaint::SecondChroot(Some(error.to_string()))),
    }
}

/// The steps change the calling thread, or the process as far as the C library reaches it: another
/// thread would keep what is taken here.
fn check_one_thread() -> Result<(), EntryFault> {
    match platform::count_threads().map_err(EntryFault::ThreadsUnknown)? {
        Support::Available(Threads::Several(names)) => {
            Err(EntryFault::Threads(names.iter().map(|name| escape::escape_bytes(name)).collect()))
        }
        Support::Available(Threads::One) | Support::Unsupported => Ok(()),
    }
}

/// The largest number of groups differs between systems and their releases, and is not asked for: the call knows.
fn set_groups(run_as: &RunAs) -> Result<(), EntryFault> {
    platform::set_groups(run_as.group, &run_as.groups).map_err(|refused| {
        match (refused.call, refused.error.raw_os_error()) {
            ("setgroups", Some(libc::EINVAL)) => {
                EntryFault::TooManyGroups(run_as.every_group().len(), refused.error)
            }
            _ => EntryFault::Refused(refused),
        }
    })
}

/// A process outside cannot be typed to by a process that has no terminal.
fn leave_terminal() -> Result<(), EntryFault> {
    let has = || platform::has_terminal().map_err(EntryFault::Terminal);
    if has()? != Support::Available(true) {
        return Ok(());
    }
    platform::give_up_terminal().map_err(EntryFault::Terminal)?;
    if has()? == Support::Available(true) { Err(EntryFault::TerminalKept) } else { Ok(()) }
}

/// Effective access is tried, not computed: it weighs groups, lists and the mount.
fn check_root_is_not_writable(run_as: &RunAs) -> Result<(), FaultKind> {
    let complaint = match platform::is_writable(c"/") {
        Ok(false) => return Ok(()),
        Ok(true) => Complaint::RunAs("/".into(), run_as.user.0),
        Err(error) => Complaint::Unknown("/".into(), error.to_string()),
    };
    Err(SanityFault(vec![complaint]).into())
}
