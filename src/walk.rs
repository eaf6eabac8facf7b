#![forbid(unsafe_code)]
//! Descends from `/` to the jail by descriptor, asks [`crate::verdict`] about each component, and
//! yields the [`Jail`]: what was judged is what is held, and later what is entered. Every directory
//! on the way is judged: those that hold a symbolic link, those of its target, and `/`.
//!
//! Not promised: that the path still leads there a moment later. [`Jail::still_there`] asks again.

use crate::fault::{Complaint, Fault, SanityFault, WalkFault};
use crate::jail::Jail;
use crate::path::{Component, JailPath, components, joined};
use crate::platform::{self, Facts, Presence};
use crate::settings::Check;
use crate::verdict::{Verdict, complaints, judge};
use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// As many symbolic links as Linux follows in one path.
const MOST_LINKS: usize = 40;

/// Walks `path` and holds what it leads to.
///
/// # Errors
/// A component that is missing, no directory, unreadable or replaced meanwhile; a path that leads
/// to `/`; with [`Check::Strict`] a component that others than root can change.
pub(crate) fn walk(path: &JailPath, check: Check) -> Result<Jail, Fault> {
    let jail = descend(path, check).map_err(|fault| Fault::new(path.as_path(), fault))?;
    if check == Check::Strict && !jail.complaints().is_empty() {
        return Err(Fault::new(path.as_path(), SanityFault(jail.complaints().to_vec())));
    }
    Ok(jail)
}

fn descend(path: &JailPath, check: Check) -> Result<Jail, WalkFault> {
    let at_root = |error| WalkFault::Unreadable("/".into(), error);
    let root = platform::open_root().map_err(at_root)?;
    let root_facts = platform::facts(root.as_raw_fd()).map_err(at_root)?;
    let mut trail = Trail { root, steps: Vec::new(), judged: Vec::new(), complaints: Vec::new() };
    trail.judge_here("/".into(), root_facts);
    let mut ahead: VecDeque<_> = components(path.as_path().as_os_str().as_bytes()).into();
    let mut links = 0;
    while let Some(component) = ahead.pop_front() {
        let Some(target) = trail.step(component)? else { continue };
        links += 1;
        if links > MOST_LINKS {
            return Err(WalkFault::TooManyLinks(MOST_LINKS));
        }
        if target.first() == Some(&b'/') {
            trail.steps.clear();
        }
        for component in components(&target).into_iter().rev() {
            ahead.push_front(component);
        }
    }
    trail.end(path, root_facts, check)
}

/// Where a walk has come to: every directory on the way down, held open.
struct Trail {
    root: OwnedFd,
    steps: Vec<(CString, OwnedFd)>,
    judged: Vec<platform::Identity>,
    complaints: Vec<Complaint>,
}

impl Trail {
    /// Goes one component further, or answers with the target of the symbolic link that is there.
    fn step(&mut self, component: Component) -> Result<Option<Vec<u8>>, WalkFault> {
        let Component::Name(name) = component else {
            self.steps.pop();
            return Ok(None);
        };
        let path = self.path_with(&name);
        let fault = |error| fault_of(error, &path);
        let facts = platform::facts_at(self.here(), &name).map_err(fault)?;
        match judge(&path, facts)? {
            Verdict::Follow => platform::read_link_at(self.here(), &name).map(Some).map_err(fault),
            Verdict::Descend => {
                let directory = platform::open_directory_at(self.here(), &name).map_err(fault)?;
                same(&directory, facts, &path)?;
                self.steps.push((name, directory));
                self.judge_here(path, facts);
                Ok(None)
            }
        }
    }

    /// Judges the directory that the walk has come to, the first time that it comes there.
    fn judge_here(&mut self, path: PathBuf, facts: Facts) {
        if self.judged.contains(&facts.identity) {
            return;
        }
        self.judged.push(facts.identity);
        let list = match platform::acl_writers(self.here()) {
            Ok(Presence::Present(list)) => list,
            Ok(Presence::Absent) => Vec::new(),
            Err(error) => {
                self.complaints.push(Complaint::Unknown(path.clone(), error.to_string()));
                Vec::new()
            }
        };
        self.complaints.extend(complaints(&path, facts, &list));
    }

    /// The jail, if the trail has left the root.
    fn end(mut self, written: &JailPath, root: Facts, check: Check) -> Result<Jail, WalkFault> {
        let at = joined(self.steps.iter().map(|(name, _)| name));
        let (_, directory) = self.steps.pop().ok_or(WalkFault::IsRoot)?;
        let facts = platform::facts(directory.as_raw_fd())
            .map_err(|error| WalkFault::Unreadable(at.clone(), error))?;
        if facts.identity == root.identity {
            return Err(WalkFault::IsRoot);
        }
        let jail = Jail::new(written.clone(), at, directory, facts.identity);
        Ok(jail.judged(check, self.complaints))
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.steps.last().map_or(self.root.as_fd(), |(_, directory)| directory.as_fd())
    }

    fn path_with(&self, name: &CStr) -> PathBuf {
        joined(self.steps.iter().map(|(name, _)| name).chain([&name.to_owned()]))
    }
}

/// What is open now is what was judged a moment ago.
fn same(directory: &OwnedFd, judged: Facts, path: &std::path::Path) -> Result<(), WalkFault> {
    match platform::facts(directory.as_raw_fd()) {
        Ok(opened) if opened == judged => Ok(()),
        Ok(_) => Err(WalkFault::Changed(path.to_owned())),
        Err(error) => Err(WalkFault::Unreadable(path.to_owned(), error)),
    }
}

fn fault_of(error: io::Error, path: &std::path::Path) -> WalkFault {
    if error.kind() == io::ErrorKind::NotFound {
        WalkFault::Missing(path.to_owned())
    } else {
        WalkFault::Unreadable(path.to_owned(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::Path;

    fn walked(path: impl AsRef<Path>) -> Result<Jail, String> {
        let path = JailPath::new(path.as_ref()).unwrap();
        walk(&path, Check::Warn).map_err(|fault| fault.to_string())
    }

    fn scene() -> tempfile::TempDir {
        let scene = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(scene.path().join("a/b")).unwrap();
        std::fs::write(scene.path().join("file"), "").unwrap();
        symlink("a", scene.path().join("relative")).unwrap();
        symlink(scene.path().join("a/b"), scene.path().join("absolute")).unwrap();
        symlink("../relative/b", scene.path().join("a/up")).unwrap();
        symlink("loop", scene.path().join("loop")).unwrap();
        symlink("/", scene.path().join("root")).unwrap();
        symlink("gone", scene.path().join("dangling")).unwrap();
        scene
    }

    #[test]
    fn every_spelling_of_a_directory_leads_to_that_directory() {
        let scene = scene();
        let wanted = std::fs::metadata(scene.path().join("a/b")).unwrap();
        for spelling in ["a/b", "a//b/.", "a/../a/b", "relative/b", "absolute", "a/up", "a/b/../up"]
        {
            let jail = walked(scene.path().join(spelling)).unwrap();
            let held = std::fs::File::from(jail.directory().try_clone_to_owned().unwrap());
            let held = held.metadata().unwrap();
            assert_eq!((held.dev(), held.ino()), (wanted.dev(), wanted.ino()), "{spelling}");
            assert!(jail.at().ends_with("a/b"), "{spelling}: {}", jail.at().display());
        }
    }

    #[test]
    fn the_root_is_no_jail_in_any_spelling() {
        let scene = scene();
        let link = scene.path().join("root");
        for spelling in ["/", "//", "/.", "/..", "/../..", "/usr/..", "/./usr/../."] {
            assert!(walked(spelling).unwrap_err().starts_with("CHR201"), "{spelling}");
        }
        assert!(walked(link).unwrap_err().starts_with("CHR201"));
    }

    #[test]
    fn what_is_no_directory_is_refused_by_its_name() {
        let scene = scene();
        for (path, id) in [
            ("nothing", "CHR202"),
            ("a/nothing/b", "CHR202"),
            ("dangling", "CHR202"),
            ("file", "CHR203"),
            ("file/b", "CHR203"),
            ("loop", "CHR205"),
        ] {
            let said = walked(scene.path().join(path)).unwrap_err();
            assert!(said.starts_with(id), "{path}: {said}");
        }
        assert!(walked("/dev/null").unwrap_err().contains("is not a directory but a device"));
    }
}
