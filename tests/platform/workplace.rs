//! A directory for scenes, which root alone can change, with a jail in it.

use crate::config::Check;
use crate::jail::run_as::RunAs;
use crate::jail::{CheckedJail, FoundJail};
use crate::path::JailPath;
use crate::platform::{GroupId, UserId};
use crate::scene::at;
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The account of those who enter: numbers that need no entry in any file.
pub(crate) const USER: UserId = UserId(4242);
pub(crate) const GROUP: GroupId = GroupId(4243);

/// A directory that is removed at the end.
pub(crate) struct Workplace(TempDir);

impl Workplace {
    /// Makes a directory below one that only root can change; for other users, one below the temporary directory.
    pub(crate) fn make() -> Result<Self, String> {
        let folders = ["/var/lib", "/var/db", "/root", "/private/var/db"].map(PathBuf::from);
        let usual = folders.into_iter().chain([std::env::temp_dir()]);
        let mut made = usual.filter_map(|folder| {
            tempfile::Builder::new().prefix("mod_chroot-platform-").tempdir_in(folder).ok()
        });
        let made = made.next().ok_or("no directory can be made")?;
        set_mode(made.path(), 0o755)?;
        Ok(Self(made))
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a jail with a file `inside` and a folder `sub`, and a file `outside-mark` next to it.
    pub(crate) fn make_jail(&self) -> Result<PathBuf, String> {
        let jail = self.path().join("jail");
        fs::create_dir_all(jail.join("sub")).map_err(at("the jail"))?;
        set_mode(&jail, 0o755)?;
        fs::write(jail.join("inside"), "").map_err(at("a file inside"))?;
        fs::write(self.path().join("outside-mark"), "").map_err(at("a file outside"))?;
        Ok(jail)
    }

    /// Removes the directory. A scene that ends in a copy of this process does not: its parent does.
    pub(crate) fn remove(self) {
        drop(self.0);
    }
}

/// Sets the mode of `path`.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at("chmod"))
}

/// The path as C has it.
pub(crate) fn to_c(path: impl AsRef<Path>) -> CString {
    CString::new(path.as_ref().as_os_str().as_bytes()).unwrap_or_default()
}

/// The account that enters, with three groups.
pub(crate) fn account() -> RunAs {
    RunAs::plain(USER, GROUP, vec![GROUP, GroupId(33), GroupId(9000)])
}

/// Finds and checks the jail at `path` as the module does at a start.
pub(crate) fn find_jail(path: &Path) -> Result<CheckedJail, String> {
    let path = JailPath::new(path).ok_or("no absolute path")?;
    let found = FoundJail::find(&path).map_err(|fault| fault.to_string())?;
    found.check(Check::Strict).map_err(|fault| fault.to_string())
}
