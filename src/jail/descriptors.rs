//! Descriptors of a process that enters. Kinds that lead nowhere may stay open; everything else is closed, and `/dev/null` takes
//! its number: a module may still write to it, and the next connection must not get those lines.

use crate::messages::{EntryFault, ProofFault};
use crate::platform;
use crate::platform::{DescriptorKind, FileKind, Identity, Support};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// The descriptors of a process that is about to enter, judged one by one.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    /// Closed, and what each of them was.
    pub closed: Vec<(RawFd, String)>,
    /// Left open, and which file each of them is; what was a terminal is `/dev/null` now.
    kept: Vec<(RawFd, Identity, FileKind)>,
    /// The file that took the numbers of those that were closed.
    null: Option<Identity>,
}

impl Descriptors {
    /// Closes what leads out of a jail, but for `entrance`, and replaces it by `/dev/null`, terminals too.
    ///
    /// # Errors
    /// Returns an error if the list of descriptors is not complete; one cannot be judged, closed or replaced; or a log is
    /// written to a terminal.
    pub(crate) fn sweep(entrance: BorrowedFd<'_>) -> Result<Self, EntryFault> {
        let mut handles = Self::default();
        let open = platform::list_descriptors(entrance).map_err(EntryFault::Unlisted)?;
        let null = platform::open_dev_null();
        for fd in open {
            if fd != entrance.as_raw_fd() {
                handles.judge(fd, &null)?;
            }
        }
        let null = null.map(|file| platform::read_facts(file.as_raw_fd()));
        handles.null = null.and_then(|facts| facts).ok().map(|facts| facts.identity);
        Ok(handles)
    }

    fn judge(&mut self, fd: RawFd, null: &io::Result<OwnedFd>) -> Result<(), EntryFault> {
        match platform::inspect_descriptor(fd).map_err(EntryFault::Descriptors)? {
            DescriptorKind::Closed => return Ok(()),
            DescriptorKind::Harmless => {}
            DescriptorKind::Terminal { writes_only: true } => {
                return Err(EntryFault::LogTerminal(fd));
            }
            DescriptorKind::Terminal { writes_only: false } => {
                replace(fd, null).map_err(EntryFault::Terminal)?;
            }
            DescriptorKind::Leading(what) => {
                // Without a /dev/null its number becomes free.
                let closed =
                    if null.is_ok() { replace(fd, null) } else { platform::close_descriptor(fd) };
                match closed {
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

    /// Asks for other descriptors after the root was changed: the entrance, which had the number `entrance`, is closed; and the
    /// kernel's own list, where it has one that needs no file, has nothing that leads out, whatever `fstat` reports.
    ///
    /// # Errors
    /// Returns an error if a descriptor leads out, or the list cannot be read.
    pub(crate) fn find_others(entrance: RawFd) -> Result<(), ProofFault> {
        if platform::is_open(entrance) {
            return Err(ProofFault::Descriptor(entrance));
        }
        match platform::find_leading_descriptor() {
            Ok(Support::Available(Some((fd, what)))) => Err(ProofFault::Handle(fd, what)),
            Ok(Support::Available(None) | Support::Unsupported) => Ok(()),
            Err(error) => Err(ProofFault::Unprovable("the list of descriptors", error)),
        }
    }

    /// Asks the system again: what was closed is closed, what was kept is what it was, no directory
    /// and no terminal.
    ///
    /// # Errors
    /// Returns an error about the first descriptor that is something else.
    pub(crate) fn prove(&self) -> Result<(), ProofFault> {
        let now = |fd| {
            platform::identify_file(fd).map_err(|error| ProofFault::Unprovable("fstat", error))
        };
        for (fd, what) in &self.closed {
            match now(*fd)? {
                Some((_, FileKind::Directory)) => return Err(ProofFault::Descriptor(*fd)),
                Some((is, _)) if Some(is) == self.null => {}
                None if !platform::is_open(*fd) => {}
                Some(_) | None => return Err(ProofFault::Handle(*fd, what.clone())),
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

fn replace(fd: RawFd, null: &io::Result<OwnedFd>) -> io::Result<()> {
    match null {
        Ok(file) => platform::replace_descriptor(file.as_fd(), fd),
        Err(error) => Err(io::Error::new(error.kind(), format!("/dev/null: {error}"))),
    }
}
