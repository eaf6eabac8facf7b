//! The memory that this process and its children may use, by their control groups (`cgroups(7)`).

use crate::platform::MountNamespace;
use std::fs;
use std::path::{Path, PathBuf};

/// Mount point of the control groups.
const GROUPS: &str = "/sys/fs/cgroup";

impl MountNamespace {
    /// Smallest limit of memory, in bytes, that a control group of this process has, or one above it. `None` without a
    /// limit below the memory of the machine. Files in a tmpfs count as memory.
    pub(crate) fn read_memory_limit(&self) -> Option<u64> {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let limits = groups.lines().filter_map(|line| find_limit(line, Path::new(GROUPS)));
        limits.min().filter(|limit| *limit < read_memory())
    }
}

/// The smallest limit that a line such as `0::/system.slice/apache2.service` leads to.
fn find_limit(line: &str, mounted: &Path) -> Option<u64> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let (mounted, file) = match controllers {
        "" => (mounted.to_owned(), "memory.max"),
        _ if controllers.split(',').any(|name| name == "memory") => {
            (mounted.join("memory"), "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let folder = mounted.join(path.trim_start_matches('/'));
    let folders = folder.ancestors().take_while(|folder| folder.starts_with(&mounted));
    folders.filter_map(|folder| read_number(folder.join(file))).min()
}

/// The number in the file at `path`; `None` for `max`.
fn read_number(path: PathBuf) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Memory of the machine, in bytes.
#[allow(clippy::useless_conversion, reason = "the field has 32 bits where a pointer has")]
fn read_memory() -> u64 {
    let mut facts = std::mem::MaybeUninit::<libc::sysinfo>::uninit();
    // SAFETY: sysinfo writes one structure where the pointer says, or fails.
    if unsafe { libc::sysinfo(facts.as_mut_ptr()) } != 0 {
        return u64::MAX;
    }
    // SAFETY: sysinfo has succeeded, so the structure is written.
    let facts = unsafe { facts.assume_init() };
    u64::from(facts.totalram).saturating_mul(u64::from(facts.mem_unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_limit_on_the_way_counts() {
        let scene = tempfile::tempdir().unwrap();
        let at = |name: &str| scene.path().join(name);
        fs::create_dir_all(at("system.slice/apache2.service")).unwrap();
        fs::create_dir_all(at("memory/a/b")).unwrap();
        fs::write(at("system.slice/apache2.service/memory.max"), "max\n").unwrap();
        fs::write(at("system.slice/memory.max"), "2000\n").unwrap();
        fs::write(at("memory.max"), "3000\n").unwrap();
        fs::write(at("memory/a/b/memory.limit_in_bytes"), "500\n").unwrap();
        let limit = |line: &str| find_limit(line, scene.path());
        assert_eq!(limit("0::/system.slice/apache2.service"), Some(2000));
        assert_eq!(limit("0::/"), Some(3000));
        assert_eq!(limit("4:cpu,memory:/a/b"), Some(500));
        assert_eq!(limit("4:memory:/a"), None);
        assert_eq!(limit("3:pids:/a/b"), None);
        assert_eq!(limit("nonsense"), None);
    }
}
