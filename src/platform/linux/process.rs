//! This process as a whole, on Linux: its threads, its terminal.

use crate::platform::linux::check;
use crate::platform::unix::search::{Names, OpenDirectory, open_directory};
use crate::platform::{Support, Threads};
use std::io;
use std::os::fd::AsFd;

/// The kernel is asked twice: by `unshare`, which refuses to take apart the memory of a process
/// with more threads than one (and changes nothing in one that has only one), and by procfs. Each
/// may be missing, in a sandbox or in the jail, but not both.
pub(in crate::platform) fn count_threads() -> io::Result<Support<Threads>> {
    match (has_shared_memory(), list_thread_names().unwrap_or(None)) {
        (_, Some(names)) if names.len() > 1 => Ok(Support::Available(Threads::Several(names))),
        (Some(true), names) => Ok(Support::Available(Threads::Several(names.unwrap_or_default()))),
        (Some(false), _) | (None, Some(_)) => Ok(Support::Available(Threads::One)),
        (None, None) => Err(io::Error::other("neither unshare nor /proc/self/task tells them")),
    }
}

/// Nothing where the call is not allowed.
fn has_shared_memory() -> Option<bool> {
    // SAFETY: unshare takes a number; this one changes nothing, as the kernel's check for it says.
    match check(unsafe { libc::unshare(libc::CLONE_VM) }) {
        Ok(_) => Some(false),
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Some(true),
        Err(_) => None,
    }
}

/// The names of the threads, as procfs lists them; nothing without procfs.
fn list_thread_names() -> io::Result<Option<Vec<Vec<u8>>>> {
    let Ok(found) = open_directory(c"/proc/self/task") else { return Ok(None) };
    if crate::platform::linux::read_file_system(found.as_fd())? != "proc" {
        return Ok(None);
    }
    let directory = OpenDirectory::open_at(found.as_fd(), c".")?;
    let mut names = Names::default();
    directory.read_names(&mut names, usize::MAX)?;
    let name = |thread: &std::ffi::CStr| {
        let path = format!("/proc/self/task/{}/comm", thread.to_string_lossy());
        let name = std::fs::read(path).unwrap_or_default();
        name.strip_suffix(b"\n").unwrap_or(&name).to_vec()
    };
    let threads: Vec<_> = names.iter().map(name).collect();
    Ok((!threads.is_empty()).then_some(threads))
}

/// The number of the terminal, the seventh field of `/proc/self/stat`. The second, the name, is in
/// parentheses and can hold anything.
pub(in crate::platform) fn has_terminal() -> io::Result<Support<bool>> {
    let Ok(stat) = std::fs::read("/proc/self/stat") else { return Ok(Support::Unsupported) };
    let name_ends = stat.iter().rposition(|&byte| byte == b')').unwrap_or(0);
    let fields = String::from_utf8_lossy(&stat[name_ends..]).into_owned();
    match fields.split_whitespace().nth(5).and_then(|number| number.parse::<i64>().ok()) {
        Some(number) => Ok(Support::Available(number != 0)),
        None => Ok(Support::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The harness itself runs this in a thread that is not the only one.
    #[test]
    fn a_process_with_threads_says_so() {
        let names = match count_threads().unwrap() {
            Support::Available(Threads::Several(names)) => names,
            other => panic!("{other:?}"),
        };
        assert!(names.len() > 1, "{names:?}");
        assert_eq!(has_shared_memory(), Some(true));
    }

    #[test]
    fn a_copy_of_it_has_one() {
        let answer = crate::platform::run_attempt(|| format!("{:?}", count_threads()).into_bytes());
        assert_eq!(answer.unwrap(), b"Ok(Available(One))");
    }
}
