//! Trust in files of the host: what root may read, run or provide, and who has which rights to a file.

pub(crate) mod rights;
pub(crate) mod trusted;

/// A folder for a test that root alone can change, so not below `/tmp`: `/srv` is on no BSD.
#[cfg(test)]
pub(crate) fn make_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let make = |place| tempfile::Builder::new().prefix("mod_chroot-unit-").tempdir_in(place).ok();
    let folder = ["/srv", "/var/lib", "/var/db"].into_iter().find_map(make).unwrap();
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    folder
}
