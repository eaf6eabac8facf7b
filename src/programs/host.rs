//! Files of the host that could be provided to a program that lacks something inside. A line that is
//! advised has to be accepted when it is added.

use super::binary::Binary;
use super::libraries::{Library, Root, libraries};
use super::needs::{Modules, find_in_path, find_needs};
use super::side::{HostSide, OpenedFile, Side};
use crate::messages::{DistrustReason, ProgramFault, WalkFault};
use crate::trust::trusted::Judge;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The program that is meant, which may be a mere name, if `program:` would accept it.
///
/// # Errors
/// Returns the reason against it.
pub(crate) fn find_acceptable(named: &Path, judge: &Judge) -> Result<PathBuf, ProgramFault> {
    let missing =
        || ProgramFault::new(named, DistrustReason::Walk(WalkFault::Missing(named.to_owned())));
    let path = match named.is_absolute() {
        true => named.to_owned(),
        false => find_in_path(named.as_os_str()).ok_or_else(missing)?,
    };
    find_needs(&path, judge, Modules::Ignored).map(|_| path)
}

/// The libraries of these names that `loader` finds on the host, with those that they need, and the file
/// that configures it, if it would not find them without; `None` if it is not a loader of the host, or
/// does not find one of them. The names come from a file in the jail, so libraries are only looked for
/// where the loader looks by itself.
pub(crate) fn host_libraries(
    loader: &Path,
    names: &[String],
    judge: &Judge,
) -> Option<(Vec<Library>, Option<PathBuf>)> {
    let is_called_so = loader.file_name().is_some_and(|name| {
        let name = name.as_bytes();
        name.starts_with(b"ld") || name == b"dyld"
    });
    let Ok(OpenedFile::File { file, at }) = HostSide(judge).open(loader).map_err(drop) else {
        return None;
    };
    let itself = Binary::read(file).filter(|it| is_called_so && it.loader.is_none())?;
    let needed = names.iter().filter(|name| !name.contains('/')).map(OsString::from).collect();
    let wish = Binary { needed, name: None, rpath: Vec::new(), runpath: Vec::new(), ..itself };
    let root = Root { path: at.clone(), at, binary: wish };
    let found = libraries(&HostSide(judge), loader, root, &mut Vec::new).ok()?;
    found.missing.is_empty().then_some((found.found, found.configured_by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{UserId, effective_user};
    use std::os::unix::fs::chown;

    #[test]
    fn a_name_is_found_and_a_program_of_others_is_not_acceptable() {
        if effective_user() != UserId(0) {
            eprintln!("SKIPPED: only root can have files that are root's alone");
            return;
        }
        let judge = Judge::default();
        assert!(find_acceptable(Path::new("sh"), &judge).unwrap().is_absolute());
        assert!(find_acceptable(Path::new("nowhere-at-all"), &judge).is_err());
        let folder = crate::trust::make_folder();
        let tool = folder.path().join("tool");
        std::fs::copy("/bin/sh", &tool).unwrap();
        chown(folder.path(), Some(4242), None).unwrap();
        let fault = find_acceptable(&tool, &judge).unwrap_err();
        assert!(fault.to_string().contains("belongs to uid 4242"), "{fault}");
    }

    #[test]
    fn libraries_are_advised_by_a_loader_of_the_host_alone() {
        let loader = Path::new("/lib64/ld-linux-x86-64.so.2");
        if effective_user() != UserId(0) || !loader.exists() {
            eprintln!("SKIPPED: not root, or another loader");
            return;
        }
        let judge = Judge::default();
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (found, _) = host_libraries(loader, &names(&["libz.so.1"]), &judge).unwrap();
        let has = |part: &str| found.iter().any(|it| it.path.to_string_lossy().contains(part));
        assert!(has("libz.so.1") && has("libc.so.6"), "{found:?}");
        assert!(host_libraries(loader, &names(&["libnowhere.so"]), &judge).is_none());
        for liar in ["/bin/sh", "/etc/passwd", "/lib/nowhere/ld-linux.so.2", "/"] {
            assert!(host_libraries(Path::new(liar), &names(&["libz.so.1"]), &judge).is_none());
        }
        // A path is the loader itself, or a lie; it is not followed.
        let (found, _) = host_libraries(loader, &names(&["/etc/shadow"]), &judge).unwrap();
        assert!(found.is_empty());
    }
}
