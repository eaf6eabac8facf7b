//! Mounts on top of provided directories: writable parts, and the jail itself. Each shows the file that its directory has there,
//! with rights of its own.

use crate::jail::walk::walk_inside;
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{MountLimits, MountNamespace};
use crate::view::mounts::mount_point::MOUNT_POINT;
use crate::view::mounts::mountinfo::{Mount, Mounts, read_mount_id};
use crate::view::mounts::plan::ViewPlan;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Mounts in the view of this process's namespace, and the planned ones on top of provided directories.
#[derive(Debug, Default)]
pub(crate) struct OnTop {
    planned: Vec<PathBuf>,
    mounts: Mounts,
}

/// Mounts at one place, of an earlier plan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnplannedPlace {
    /// The place in the view.
    pub path: PathBuf,
    /// Numbers of the mounts.
    mounts: BTreeSet<u64>,
}

/// Limit of the mounts that are detached at one place.
const MOST_AT_PLACE: usize = 16;

impl OnTop {
    /// Reads the table of mounts, to be compared with `plan`.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read: it has no view.
    pub(crate) fn read(plan: &ViewPlan) -> io::Result<Self> {
        let planned = plan.on_top.iter().map(|(path, _)| path.clone()).collect();
        let mounts = Mounts::read();
        if mounts.at(mount_point()).next().is_none() {
            return Err(io::Error::other("the table of mounts has no view"));
        }
        Ok(Self { planned, mounts })
    }

    /// Lists the places in provided directories, for which `is_provided` is true, on which an earlier plan mounted something and this
    /// one does not. A mount that the host has at the place as well is not listed.
    pub(crate) fn list_unplanned(
        &self,
        is_provided: impl Fn(&Path) -> bool,
    ) -> Vec<UnplannedPlace> {
        let point = mount_point();
        let by_id: BTreeMap<_, _> = self.mounts.iter().map(|mount| (mount.id, mount)).collect();
        let mut at_place: BTreeMap<_, Vec<Stacked>> = BTreeMap::new();
        for mount in self.mounts.below(point) {
            let key = (&mount.place, &mount.device, &mount.root);
            at_place.entry(key).or_default().push(Stacked::find(mount, &by_id));
        }
        let find_extra = |((place, device, root), mut found): ((&PathBuf, _, _), Vec<Stacked>)| {
            let path = Path::new("/").join(place.strip_prefix(point).ok()?);
            let is_same = |host: &&Mount| (&host.device, &host.root) == (device, root);
            let of_host = self.mounts.at(&path).filter(is_same).count();
            // The kernel puts mounts of the host below.
            found.sort_unstable();
            let above = found.iter().skip(of_host).filter(|mount| mount.is_on_itself);
            let mounts: BTreeSet<_> = above.map(|mount| mount.id).collect();
            let is_extra =
                !mounts.is_empty() && is_provided(&path) && !self.planned.contains(&path);
            is_extra.then_some(UnplannedPlace { path, mounts })
        };
        at_place.into_iter().filter_map(find_extra).collect()
    }

    /// Sets the limits of `mounted`, which is at `path` in the view whose root is `root`, and of the mounts in it: a mount of the
    /// host that appeared in it since has its own. Planned mounts on top of it have their own too. One that cannot be limited
    /// prevents the limits of no other one.
    ///
    /// # Errors
    /// Returns the first error of a call, with its `errno`.
    pub(crate) fn restrict_around(
        &self,
        namespace: &MountNamespace,
        root: BorrowedFd<'_>,
        (path, mounted): (&Path, BorrowedFd<'_>),
        limits: MountLimits,
    ) -> io::Result<()> {
        let planned = self.list_planned_in(path);
        let mut first = namespace.restrict_mount(mounted, limits, planned.is_empty());
        if planned.is_empty() {
            if first.as_ref().err().and_then(io::Error::raw_os_error) != Some(libc::EBUSY) {
                return first;
            }
            // A file in one of them is open for writing: the others are limited one by one.
            first = namespace.restrict_mount(mounted, limits, false);
        }
        for (place, deep) in self.list_others_in(path, &planned) {
            let held = open_mount(root, &place);
            match held.and_then(|held| namespace.restrict_mount(held.as_fd(), limits, deep)) {
                // The host has unmounted it since the table was read.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOENT)) => {
                }
                answer => first = first.and(answer),
            }
        }
        first
    }

    fn list_planned_in(&self, path: &Path) -> Vec<&Path> {
        let planned = self.planned.iter().map(|planned| &**planned);
        planned.filter(|planned| planned.starts_with(path) && *planned != path).collect()
    }

    /// Lists the other mounts below `path` in the view than those that are `planned` there. The flag is true if there are planned
    /// ones, and none is in it: the mounts in it are then not listed.
    fn list_others_in(&self, path: &Path, planned: &[&Path]) -> Vec<(PathBuf, bool)> {
        let mut others: Vec<(PathBuf, bool)> = Vec::new();
        let point = mount_point();
        for mount in self.mounts.below(&point.join(path.strip_prefix("/").unwrap_or(path))) {
            let place = Path::new("/").join(mount.place.strip_prefix(point).unwrap_or(path));
            let is_done =
                others.last().is_some_and(|(last, deep)| *deep && place.starts_with(last));
            if is_done || planned.iter().any(|planned| place.starts_with(planned)) {
                continue;
            }
            let is_around = |planned: &&Path| planned.starts_with(&place);
            let deep = !planned.is_empty() && !planned.iter().any(is_around);
            others.push((place, deep));
        }
        others
    }
}

impl UnplannedPlace {
    /// Detaches the mounts from the view whose root is `root`.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`, or if another mount is at the place or on top of them.
    pub(crate) fn detach(
        mut self,
        namespace: &MountNamespace,
        root: BorrowedFd<'_>,
    ) -> io::Result<()> {
        for _ in 0..MOST_AT_PLACE {
            let held = open_mount(root, &self.path)?;
            let id = read_mount_id(held.as_fd());
            if !id.is_some_and(|id| self.mounts.remove(&id)) {
                return Err(io::Error::other("another mount has its place"));
            }
            namespace.detach_held(held.as_fd())?;
            if self.mounts.is_empty() {
                return Ok(());
            }
        }
        Err(io::Error::other("too many mounts are on top of each other"))
    }
}

fn mount_point() -> &'static Path {
    Path::new(OsStr::from_bytes(MOUNT_POINT.to_bytes()))
}

/// A mount, and its position among those at the same place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stacked {
    /// Number of mounts below it.
    depth: usize,
    id: u64,
    /// Whether one of them, or the directory around it, has the same file at the place.
    is_on_itself: bool,
}

impl Stacked {
    fn find(mount: &Mount, by_id: &BTreeMap<u64, &Mount>) -> Self {
        let mut found = Self { depth: 0, id: mount.id, is_on_itself: false };
        let mut parent = mount.parent;
        while let Some(below) = by_id.get(&parent) {
            let Ok(rest) = mount.place.strip_prefix(&below.place) else { break };
            found.is_on_itself |=
                below.device == mount.device && below.root.join(rest) == mount.root;
            if below.place != mount.place || found.depth == by_id.len() {
                break;
            }
            found.depth += 1;
            parent = below.parent;
        }
        found
    }
}

/// Opens the mount that the view shows at `path`. No link is followed, and its file system is not asked.
fn open_mount(root: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let missing = || io::Error::from_raw_os_error(libc::ENOENT);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(missing());
    };
    let found = walk_inside(root, InsidePath::same_as_host(parent))
        .map_err(|_| io::Error::other("a directory on the way cannot be opened"))?;
    if !found.links.is_empty() {
        return Err(io::Error::other("a link is on the way"));
    }
    platform::open_handle_at(found.file.as_fd(), &CString::new(name.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host with a mount of its own at each of two places, one of them a directory on itself; and a view with them.
    const TABLE: &str = "1 1 8:1 / / rw - ext4 a rw\n\
        2 1 0:9 / /app/other rw - tmpfs b rw\n\
        3 1 8:1 /app/self /app/self rw - ext4 a rw\n\
        10 1 0:20 / /run/mod_chroot ro - tmpfs mod_chroot rw\n\
        11 10 8:1 /app /run/mod_chroot/app ro - ext4 a rw\n\
        12 11 0:9 / /run/mod_chroot/app/other ro - tmpfs b rw\n\
        13 11 8:1 /app/self /run/mod_chroot/app/self ro - ext4 a rw\n";

    /// Lists the places with the numbers of their mounts, in a view in which `more` is mounted, and `/app/planned` is planned.
    fn list(more: &str) -> Vec<(String, Vec<u64>)> {
        let mounts = Mounts::parse(format!("{TABLE}{more}").as_bytes());
        let on_top = OnTop { planned: vec!["/app/planned".into()], mounts };
        let all = on_top.list_unplanned(|path| path.starts_with("/app"));
        let plain =
            |it: UnplannedPlace| (it.path.display().to_string(), it.mounts.into_iter().collect());
        all.into_iter().map(plain).collect()
    }

    #[test]
    fn a_directory_mounted_on_itself_is_of_an_earlier_plan() {
        assert_eq!(list(""), [], "mounts of the host");
        let cache = "20 11 8:1 /app/cache /run/mod_chroot/app/cache rw - ext4 a rw\n";
        assert_eq!(list(cache), [("/app/cache".to_owned(), vec![20])]);
        assert_eq!(list(&cache.replace("cache", "planned")), []);
        assert_eq!(list(&cache.replace("/app", "/elsewhere")), [], "not provided");
        let moved = cache.replace("8:1 /app/cache", "8:1 /app/another");
        assert_eq!(list(&moved), [], "another directory of the host's");
    }

    #[test]
    fn of_mounts_on_top_of_each_other_those_above_the_hosts_are_of_an_earlier_plan() {
        let own = "20 13 8:1 /app/self /run/mod_chroot/app/self rw - ext4 a rw\n";
        assert_eq!(list(own), [("/app/self".to_owned(), vec![20])]);
        let own = "20 12 0:9 / /run/mod_chroot/app/other rw - tmpfs b rw\n";
        assert_eq!(list(own), [("/app/other".to_owned(), vec![20])]);
        // The host mounted another file system later: the kernel puts it below.
        let late = "20 11 0:10 / /run/mod_chroot/app/late rw - tmpfs c rw\n\
                    21 20 8:1 /app/late /run/mod_chroot/app/late rw - ext4 a rw\n";
        assert_eq!(list(late), [("/app/late".to_owned(), vec![21])]);
    }

    #[test]
    fn mounts_of_the_host_around_a_planned_one_are_listed_one_by_one() {
        let mounts = |more: &str| Mounts::parse(format!("{TABLE}{more}").as_bytes());
        let list = |planned: &[&str]| {
            let more = "20 11 8:1 /app/rw /run/mod_chroot/app/rw rw - ext4 a rw\n\
                21 20 0:9 / /run/mod_chroot/app/rw/inner rw - tmpfs b rw\n\
                22 12 0:9 / /run/mod_chroot/app/other/inner rw - tmpfs b rw\n";
            let planned = planned.iter().map(PathBuf::from).collect();
            let on_top = OnTop { planned, mounts: mounts(more) };
            let inside = on_top.list_planned_in(Path::new("/app"));
            on_top.list_others_in(Path::new("/app"), &inside)
        };
        let place = |path: &str, deep| (PathBuf::from(path), deep);
        let each = ["/app/other", "/app/other/inner", "/app/rw", "/app/rw/inner", "/app/self"];
        assert_eq!(
            list(&["/app", "/apps"]),
            each.map(|path| place(path, false)),
            "none is planned"
        );
        assert_eq!(list(&["/app/rw"]), [place("/app/other", true), place("/app/self", true)]);
        let other = ["/app/rw", "/app/other/inner"];
        assert_eq!(list(&other), [place("/app/other", false), place("/app/self", true)]);
    }
}
