//! The jail, and the way in: one visible list of steps, each of which must succeed.
//!
//! `JailPath` (written) -> [`Jail`] (walked, held by descriptor) -> [`EnteredJail`] (entered, proved).
//! Each consumes the one before it: what was not checked cannot be entered.
//!
//! Not promised: that the jail holds root. It never has to, because [`Jail::enter`] leaves uid 0
//! for good, and proves that.

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

/// A directory that was walked and judged, held open so that it is what will be entered.
#[derive(Debug)]
pub(crate) struct Jail {
    written: JailPath,
    at: PathBuf,
    links: Vec<SymbolicLink>,
    identity: Identity,
    check: Check,
    complaints: Vec<Complaint>,
    /// What becomes the root: the directory itself, or the root of a view that shows it. Nothing
    /// else is held, because a daemon that is not ours to change (mod_fcgid's manager) inherits
    /// it, and a process that is inside must not have any other directory open.
    entrance: OwnedFd,
    /// Which directory that is.
    root: Identity,
}

/// The proof that this process is inside. Only [`Jail::enter`] makes one.
#[derive(Debug)]
pub(crate) struct EnteredJail {
    /// What somebody had left open and leads out, closed on the way in, and what it was.
    pub closed: Vec<(RawFd, String)>,
}

impl Jail {
    /// Walks `path`, and holds what it leads to.
    ///
    /// # Errors
    /// A component that is missing, no directory, unreadable or replaced meanwhile; a path that
    /// leads to `/`.
    pub(crate) fn find(path: &JailPath) -> Result<Self, Fault> {
        match to_directory(path.as_path()) {
            Ok(found) => Ok(Self::new(path.clone(), found)),
            Err(fault) => Err(Fault::new(path.as_path(), fault)),
        }
    }

    fn new(written: JailPath, found: OpenedPath) -> Self {
        let identity = found.facts.identity;
        let OpenedPath { at, links, file, complaints, .. } = found;
        let check = Check::default();
        Self { written, at, links, identity, check, complaints, entrance: file, root: identity }
    }

    /// The same, if `check` lets it pass.
    ///
    /// # Errors
    /// With [`Check::Strict`], a component that others than root can change.
    pub(crate) fn checked(self, check: Check) -> Result<Self, Fault> {
        if check == Check::Strict && !self.complaints.is_empty() {
            return Err(Fault::new(self.written.as_path(), SanityFault(self.complaints)));
        }
        Ok(Self { check, ..self })
    }

    /// What others than root could change on the way to it.
    pub(crate) fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// As it is written in the configuration.
    pub(crate) fn written(&self) -> &JailPath {
        &self.written
    }

    /// Where it really is: absolute, without symbolic links.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// The symbolic links between what is written and where it is.
    pub(crate) fn links(&self) -> &[SymbolicLink] {
        &self.links
    }

    /// Which directory it is.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// What becomes the root of the children.
    pub(crate) fn entrance(&self) -> BorrowedFd<'_> {
        self.entrance.as_fd()
    }

    /// The same jail, seen through a view of which `entrance` is the root.
    ///
    /// # Errors
    /// The view's root cannot be examined.
    pub(crate) fn through(self, entrance: OwnedFd) -> std::io::Result<Self> {
        let root = platform::facts(entrance.as_raw_fd())?.identity;
        Ok(Self { entrance, root, ..self })
    }

    /// What a process that is inside finds.
    pub(crate) fn inside(&self) -> ExpectedRoot {
        let through_view = self.root != self.identity;
        let host_path = through_view.then(|| (self.at.clone(), self.identity));
        ExpectedRoot { root: self.root, host_path }
    }

    /// Takes the calling process, which is root and outside, into the jail as `run_as`.
    ///
    /// # Errors
    /// The step that failed, or the property that does not hold afterwards. The process is then
    /// in an unknown state, and must end without serving anything.
    pub(crate) fn enter(self, run_as: &RunAs) -> Result<EnteredJail, Fault> {
        let written = self.written.clone();
        self.steps(run_as).map_err(|why| Fault::new(written.as_path(), why))
    }

    fn steps(self, run_as: &RunAs) -> Result<EnteredJail, FaultKind> {
        has_one_thread()?;
        self.still_there()?;
        let inside = self.inside();
        platform::become_groups(run_as.group, &run_as.groups).map_err(EntryFault::Refused)?;
        let handles = Descriptors::sweep(self.entrance())?;
        leave_terminal()?;
        let evidence = run_as.hardening.take(self.entrance())?;
        platform::enter(self.entrance()).map_err(EntryFault::Refused)?;
        platform::become_user(run_as.user).map_err(EntryFault::Refused)?;
        platform::drop_capabilities()
            .map_err(|error| EntryFault::Refused(platform::SyscallError::by("capset")(error)))?;
        run_as.hardening.take_again()?;
        drop(self.entrance);
        prove(&inside, run_as, &handles)?;
        run_as.hardening.prove(&evidence)?;
        if self.check == Check::Strict {
            root_is_not_writable(run_as)?;
        }
        Ok(EnteredJail { closed: handles.closed })
    }

    /// The path leads to the directory that was checked still, and nobody but root can change that:
    /// nobody has put another one in its place since the server started.
    fn still_there(&self) -> Result<(), FaultKind> {
        let held = platform::facts(self.entrance.as_raw_fd()).map_err(|_| EntryFault::Gone)?;
        if held.identity != self.root || held.kind != FileKind::Directory {
            return Err(EntryFault::Gone.into());
        }
        let found = match Self::find(&self.written) {
            Ok(found) if found.identity == self.identity => return found.insist(self.check),
            Ok(found) => found.identity.to_string(),
            Err(fault) => fault.to_string(),
        };
        Err(EntryFault::Replaced { checked: self.identity.to_string(), found }.into())
    }

    fn insist(self, check: Check) -> Result<(), FaultKind> {
        if check == Check::Strict && !self.complaints.is_empty() {
            return Err(SanityFault(self.complaints).into());
        }
        Ok(())
    }
}

/// The steps change the calling thread, or the process as far as the C library reaches it: another
/// thread would keep what is taken here.
fn has_one_thread() -> Result<(), EntryFault> {
    match platform::threads().map_err(EntryFault::ThreadsUnknown)? {
        Support::Available(Threads::Several(names)) => {
            Err(EntryFault::Threads(names.iter().map(|name| escape::of(name)).collect()))
        }
        Support::Available(Threads::One) | Support::Unsupported => Ok(()),
    }
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
fn root_is_not_writable(run_as: &RunAs) -> Result<(), FaultKind> {
    let complaint = match platform::may_write(c"/") {
        Ok(false) => return Ok(()),
        Ok(true) => Complaint::RunAs("/".into(), run_as.user.0),
        Err(error) => Complaint::Unknown("/".into(), error.to_string()),
    };
    Err(SanityFault(vec![complaint]).into())
}
