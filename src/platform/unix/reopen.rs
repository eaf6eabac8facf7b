//! Opening of a judged file by its handle, not by its name.

use crate::platform::unix::posix::{FileKind, read_facts};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Opens the regular file of the handle `held` for reading; its name is not used. On Linux that needs procfs. Without it,
/// `find_name` returns the directory and the name, which must still lead to the same file on the same mount.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`, or if another file is in its place.
pub(crate) fn reopen_file(
    held: BorrowedFd<'_>,
    find_name: impl FnOnce() -> io::Result<(OwnedFd, CString)>,
) -> io::Result<OwnedFd> {
    let judged = read_facts(held.as_raw_fd())?;
    if judged.kind != FileKind::File {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let file = reopen(held, find_name)?;
    let now = read_facts(file.as_raw_fd())?;
    if (now.identity, now.kind) == (judged.identity, judged.kind) {
        Ok(file)
    } else {
        Err(io::Error::other("another file took its place after it was judged"))
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use crate::platform::unix::posix::own;
        use crate::platform::{Support, find_descriptor_path};
        use std::ffi::CStr;
        use std::os::fd::AsFd;

        const FLAGS: libc::c_int =
            libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;

        fn reopen(
            held: BorrowedFd<'_>,
            find_name: impl FnOnce() -> io::Result<(OwnedFd, CString)>,
        ) -> io::Result<OwnedFd> {
            if let Support::Available(path) = find_descriptor_path(held) {
                // SAFETY: a CString ends in NUL.
                return own(unsafe { libc::open(path.as_ptr(), FLAGS) });
            }
            let (parent, name) = find_name()?;
            open_on_same_mount(parent.as_fd(), &name)
        }

        /// From `linux/openat2.h`: no mount and no link is passed.
        const RESOLVE: u64 = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
        const RESOLVE_NO_XDEV: u64 = 0x01;
        const RESOLVE_NO_SYMLINKS: u64 = 0x04;

        /// Opens the file `name` in `parent`; `EXDEV` if another one is mounted on it.
        fn open_on_same_mount(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
            let how = [u64::try_from(FLAGS).unwrap_or(0), 0, RESOLVE];
            let (parent, name, size) = (parent.as_raw_fd(), name.as_ptr(), size_of_val(&how));
            // SAFETY: the descriptor is open, the name ends in NUL, and `struct open_how` is three numbers of 64 bits: flags,
            // mode, resolve.
            let answer =
                unsafe { libc::syscall(libc::SYS_openat2, parent, name, how.as_ptr(), size) };
            own(libc::c_int::try_from(answer).unwrap_or(-1))
        }
    } else {
        /// Duplicates the handle, which is open for reading here.
        fn reopen(
            held: BorrowedFd<'_>,
            _: impl FnOnce() -> io::Result<(OwnedFd, CString)>,
        ) -> io::Result<OwnedFd> {
            held.try_clone_to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{open_handle_at, open_root};
    use std::fs::{self, File};
    use std::io::Read;
    use std::os::fd::AsFd;

    fn no_name() -> io::Result<(OwnedFd, CString)> {
        Err(io::Error::other("the name is not used"))
    }

    /// Somebody puts another file in its place after it was judged.
    #[test]
    fn the_file_that_is_held_is_opened_and_not_the_one_of_its_name() {
        let scene = tempfile::tempdir().unwrap();
        let folder = File::open(scene.path()).unwrap();
        fs::write(scene.path().join("file"), "judged").unwrap();
        fs::write(scene.path().join("other"), "another").unwrap();
        let held = open_handle_at(folder.as_fd(), c"file").unwrap();
        fs::rename(scene.path().join("other"), scene.path().join("file")).unwrap();
        let mut text = String::new();
        File::from(reopen_file(held.as_fd(), no_name).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "judged");
    }

    #[test]
    fn only_a_regular_file_is_opened() {
        let root = open_root().unwrap();
        assert_eq!(
            reopen_file(root.as_fd(), no_name).unwrap_err().raw_os_error(),
            Some(libc::EINVAL)
        );
    }

    /// As it is without procfs.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_is_opened_on_the_mount_of_its_directory_only() {
        let scene = tempfile::tempdir().unwrap();
        let folder = File::open(scene.path()).unwrap();
        fs::write(scene.path().join("file"), "").unwrap();
        std::os::unix::fs::symlink("file", scene.path().join("link")).unwrap();
        open_on_same_mount(folder.as_fd(), c"file").unwrap();
        let error = |folder: BorrowedFd<'_>, name| {
            open_on_same_mount(folder, name).unwrap_err().raw_os_error()
        };
        assert_eq!(error(folder.as_fd(), c"link"), Some(libc::ELOOP));
        assert_eq!(error(open_root().unwrap().as_fd(), c"proc"), Some(libc::EXDEV));
    }
}
