//! Descriptors of a process that enters. Kinds that lead nowhere may stay open; everything else is closed,
//! and a terminal is replaced.

use crate::messages::{EntryFault, ProofFault};
use crate::platform;
use crate::platform::{DescriptorKind, FileKind, Identity};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// The descriptors of a process that is about to enter, judged one by one.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    /// Closed, and what each of them was.
    pub closed: Vec<(RawFd, String)>,
    /// Left open, and which file each of them is; what was a terminal is `/dev/null` now.
    kept: Vec<(RawFd, Identity, FileKind)>,
}

impl Descriptors {
    /// Closes what leads out of a jail, but for `entrance`, and replaces terminals.
    ///
    /// # Errors
    /// The list of descriptors is not complete; one cannot be judged, closed or replaced; a log is
    /// written to a terminal.
    pub(crate) fn sweep(entrance: BorrowedFd<'_>) -> Result<Self, EntryFault> {
        let mut handles = Self::default();
        let mut nothing = None;
        for fd in platform::list_descriptors(entrance).map_err(EntryFault::Unlisted)? {
            if fd != entrance.as_raw_fd() {
                handles.judge(fd, &mut nothing)?;
            }
        }
        Ok(handles)
    }

    fn judge(&mut self, fd: RawFd, nothing: &mut Option<OwnedFd>) -> Result<(), EntryFault> {
        match platform::inspect_descriptor(fd).map_err(EntryFault::Descriptors)? {
            DescriptorKind::Closed => return Ok(()),
            DescriptorKind::Harmless => {}
            DescriptorKind::Terminal { writes_only: true } => {
                return Err(EntryFault::LogTerminal(fd));
            }
            DescriptorKind::Terminal { writes_only: false } => {
                replace(fd, nothing).map_err(EntryFault::Terminal)?;
            }
            DescriptorKind::Leading(what) => {
                match platform::close_descriptor(fd) {
                    // Closed by a signal handler, after it was examined.
                    Err(error) if error.raw_os_error() == Some(libc::EBADF) => {}
                    closed => closed.map_err(EntryFault::Descriptors)?,
                }
                self.closed.push((fd, what));
                return Ok(());
            }
        }
        if let Some((identity, kind)) =
            platform::identify_file(fd).map_err(EntryFault::Descriptors)?
        {
            self.kept.push((fd, identity, kind));
        }
        Ok(())
    }

    /// Asks the system again: what was closed is closed, what was kept is what it was, no directory
    /// and no terminal.
    ///
    /// # Errors
    /// The first descriptor that is something else.
    pub(crate) fn prove(&self) -> Result<(), ProofFault> {
        let now = |fd| {
            platform::identify_file(fd).map_err(|error| ProofFault::Unprovable("fstat", error))
        };
        for (fd, what) in &self.closed {
            match now(*fd)? {
                Some((_, FileKind::Directory)) => return Err(ProofFault::Descriptor(*fd)),
                Some(_) => return Err(ProofFault::Handle(*fd, what.clone())),
                None => {}
            }
        }
        for (fd, identity, kind) in &self.kept {
            match now(*fd)? {
                Some((_, FileKind::Directory)) => return Err(ProofFault::Descriptor(*fd)),
                Some(is) if is != (*identity, *kind) => {
                    return Err(ProofFault::Handle(*fd, format!("another file ({})", is.0)));
                }
                Some(_) if platform::is_terminal(*fd) => return Err(ProofFault::Terminal(*fd)),
                Some(_) | None => {}
            }
        }
        Ok(())
    }
}

/// `/dev/null` takes the number of a terminal: somebody may write to it, or read from it.
fn replace(fd: RawFd, nothing: &mut Option<OwnedFd>) -> io::Result<()> {
    let file = match nothing.take() {
        Some(file) => file,
        None => platform::open_dev_null()?,
    };
    platform::replace_descriptor(file.as_fd(), fd)?;
    *nothing = Some(file);
    Ok(())
}
