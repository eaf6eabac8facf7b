//! The children of this process, as procfs lists them.

use crate::platform::{ChildId, Identity, ProcessInfo, Support, list_descriptors, read_path_facts};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, RawFd};
use std::path::PathBuf;

/// Every child of this process that still runs. Children come and go meanwhile: one that cannot be
/// read is gone.
pub(in crate::platform) fn list_children() -> io::Result<Support<Vec<ChildId>>> {
    match fs::read_dir("/proc/self/task") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Support::Unsupported),
        Err(error) => Err(error),
        Ok(threads) => {
            let names = threads.map(|it| Ok(it?.file_name())).collect::<io::Result<Vec<_>>>()?;
            let listed: io::Result<Vec<_>> = names
                .iter()
                .map(|it| {
                    fs::read_to_string(PathBuf::from("/proc/self/task").join(it).join("children"))
                })
                .collect();
            let numbers = match listed {
                Ok(listed) => listed.iter().flat_map(|it| parse_numbers(it)).collect(),
                // The kernel was built without such lists.
                Err(error) if error.kind() == io::ErrorKind::NotFound => list_all_processes()?,
                Err(error) => return Err(error),
            };
            Ok(Support::Available(numbers.into_iter().filter_map(find_child).collect()))
        }
    }
}

fn parse_numbers(list: &str) -> Vec<u32> {
    list.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// Every process of the machine.
fn list_all_processes() -> io::Result<Vec<u32>> {
    let entries = fs::read_dir("/proc")?;
    let name = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(entries.filter_map(name).collect())
}

/// Fields of `/proc/PID/stat`. The second field is a name in parentheses, of any bytes.
struct Stat {
    name: Vec<u8>,
    state: u8,
    parent: u32,
    born: u64,
}

impl Stat {
    fn for_process(pid: u32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let open = text.iter().position(|&byte| byte == b'(')?;
        let close = text.iter().rposition(|&byte| byte == b')')?;
        let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        Some(Self {
            name: text.get(open + 1..close)?.to_vec(),
            state: *fields.first()?.as_bytes().first()?,
            parent: fields.get(1)?.parse().ok()?,
            // The third field of the file is the first behind the name; this is the 22nd.
            born: fields.get(19)?.parse().ok()?,
        })
    }
}

fn find_child(pid: u32) -> Option<ChildId> {
    let Stat { state, parent, born, .. } = Stat::for_process(pid)?;
    let runs = parent == std::process::id() && !matches!(state, b'Z' | b'X');
    runs.then_some(ChildId { pid, born })
}

/// A closer look at a child; `None` if it has ended.
pub(in crate::platform) fn inspect_process(
    child: ChildId,
) -> io::Result<Support<Option<ProcessInfo>>> {
    let ChildId { pid, .. } = child;
    let (root, program) =
        (read_identity(&format!("/proc/{pid}/root")), read_identity(&format!("/proc/{pid}/exe")));
    let own = read_identity("/proc/self/exe");
    let (listens, mark) = (is_listening(pid), read_mark(pid));
    // Read last: if it is the same process still, all of that was about it.
    let now = Stat::for_process(pid)
        .filter(|it| it.born == child.born && !matches!(it.state, b'Z' | b'X'));
    Ok(Support::Available(now.map(|Stat { name, .. }| ProcessInfo {
        name,
        root,
        is_copy: program.and_then(|program| Some(program == own?)),
        listens,
        mark,
    })))
}

/// The soft limit of file locks, which nothing heeds since Linux 2.4.25, and which every descendant
/// inherits, also across `fork` and `execve`.
fn read_mark(pid: u32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
    match soft.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

fn read_identity(path: &str) -> Option<Identity> {
    let path = CString::new(path).ok()?;
    read_path_facts(&path).ok().map(|facts| facts.identity)
}

/// Whether its standard input is a pipe that this process can write to.
fn is_listening(pid: u32) -> bool {
    let Ok(input) = fs::read_link(format!("/proc/{pid}/fd/0")) else { return false };
    let is_other_end = |fd: RawFd| {
        fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|own| own == input)
            && is_open_for_writing(fd)
    };
    input.as_os_str().as_encoded_bytes().starts_with(b"pipe:")
        && list_own_descriptors().into_iter().any(is_other_end)
}

/// The open descriptors of this process; none if they cannot be listed.
fn list_own_descriptors() -> Vec<RawFd> {
    let held = crate::platform::open_root().ok();
    let list = held.and_then(|held| list_descriptors(held.as_fd()).ok());
    list.unwrap_or_default()
}

/// Whether a descriptor of this process was opened for writing. procfs writes its flags in octal.
fn is_open_for_writing(fd: RawFd) -> bool {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| libc::c_int::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & libc::O_ACCMODE != libc::O_RDONLY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_may_hold_any_byte() {
        let mut line = b"42 (a) R 1 (\xff) S 7".to_vec();
        line.extend(" 0".repeat(17).bytes());
        line.extend(b" 99 0");
        let stat = Stat::parse(&line).unwrap();
        assert_eq!((stat.name.as_slice(), stat.state), (&b"a) R 1 (\xff"[..], b'S'));
        assert_eq!((stat.parent, stat.born), (7, 99));
    }

    fn inspect_child(pid: u32) -> Option<ProcessInfo> {
        let Support::Available(all) = list_children().unwrap() else { return None };
        let child = all.into_iter().find(|it| it.pid == pid)?;
        match inspect_process(child).unwrap() {
            Support::Available(kin) => kin,
            Support::Unsupported => None,
        }
    }

    #[test]
    fn a_child_that_reads_our_pipe_is_told_from_others() {
        for (input, listens) in [(Stdio::piped(), true), (Stdio::null(), false)] {
            let mut sleep = Command::new("sleep").arg("60").stdin(input).spawn().unwrap();
            let there = inspect_child(sleep.id()).unwrap();
            sleep.kill().unwrap();
            sleep.wait().unwrap();
            assert_eq!((there.root, there.listens), (read_identity("/"), listens));
            assert_eq!(inspect_child(sleep.id()), None);
        }
    }

    #[test]
    fn descendants_have_a_mark_that_their_parent_had_for_a_while() {
        let mark = 4_242_424_242;
        let Support::Available(before) = crate::platform::linux::mark_descendants(mark).unwrap()
        else {
            unreachable!()
        };
        // An orphan of a shell, which is adopted.
        crate::platform::linux::adopt_orphans(true).unwrap();
        let shell =
            Command::new("sh").args(["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]).output().unwrap();
        crate::platform::linux::mark_descendants(before).unwrap();
        crate::platform::linux::adopt_orphans(false).unwrap();
        let pid = String::from_utf8(shell.stdout).unwrap().trim().parse().unwrap();
        let mut later = Command::new("sleep").arg("60").spawn().unwrap();
        let marks =
            [inspect_child(pid), inspect_child(later.id())].map(|it| it.and_then(|it| it.mark));
        later.kill().unwrap();
        later.wait().unwrap();
        // The shell's own: a small system has no program of that name.
        Command::new("sh").args(["-c", "kill -KILL $0", &pid.to_string()]).status().unwrap();
        assert_eq!(marks, [Some(mark), Some(before)]);
    }

    /// As in `something | httpd`: a child has the same standard input, and no process here writes to it.
    #[test]
    fn what_can_only_be_read_is_no_pipe_to_a_child() {
        let mut cat = Command::new("cat");
        let mut cat = cat.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        assert!(is_open_for_writing(to.as_raw_fd()) && !is_open_for_writing(from.as_raw_fd()));
        drop(to);
        assert!(cat.wait().unwrap().success());
    }
}
