//! Folders that are everybody's, secrets, and files that come along: what a proposal never shows, and why.

use crate::learning::host::{HostFiles, NodeKind};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Folders that are never proposed as a whole: they belong to many.
const SHARED: &[&str] = &[
    "/",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr",
    "/usr/bin",
    "/usr/sbin",
    "/usr/games",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/libexec",
    "/usr/share",
    "/usr/src",
    "/usr/include",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/libexec",
    "/usr/local/share",
    "/usr/local/etc",
    "/usr/local/www",
    "/usr/pkg",
    "/usr/pkg/bin",
    "/usr/pkg/sbin",
    "/usr/pkg/lib",
    "/usr/pkg/share",
    "/usr/pkg/etc",
    "/usr/lib/systemd",
    "/usr/lib/modules",
    "/etc",
    "/root",
    "/home",
    "/proc",
    "/sys",
    "/dev",
    "/dev/shm",
    "/run",
    "/run/lock",
    "/run/user",
    "/var",
    "/var/run",
    "/var/lock",
    "/var/lib",
    "/var/cache",
    "/var/log",
    "/var/spool",
    "/var/mail",
    "/var/backups",
    "/var/db",
    "/var/local",
    "/var/tmp",
    "/var/www",
    "/tmp",
    "/boot",
    "/opt",
    "/opt/local",
    "/srv",
    "/mnt",
    "/media",
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/info",
];

/// Endings of the names of libraries' folders, by architecture (`/usr/lib/x86_64-linux-gnu`).
const LIBRARY_FOLDERS: [&str; 4] =
    ["-linux-gnu", "-linux-gnueabihf", "-linux-gnueabi", "-linux-gnuabi64"];

/// Whether the folder `path` is everybody's, so that it is not proposed as a whole.
pub(crate) fn is_shared(path: &Path) -> bool {
    if SHARED.iter().any(|shared| path == Path::new(shared)) {
        return true;
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    if [Path::new("/home"), Path::new("/run/user")].contains(&parent) {
        return true;
    }
    let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
    let is_of_libraries = LIBRARY_FOLDERS.iter().any(|ending| name.ends_with(ending.as_bytes()));
    is_of_libraries && [Path::new("/lib"), Path::new("/usr/lib")].contains(&parent)
}

/// Reasons against a proposal, each with the paths that it is about.
const NEVER: &[(&str, &[&str])] = &[
    (
        "passwords of the system",
        &[
            "/etc/shadow",
            "/etc/shadow-",
            "/etc/gshadow",
            "/etc/gshadow-",
            "/etc/master.passwd",
            "/etc/spwd.db",
            "/etc/security/opasswd",
            "/etc/sudoers",
            "/etc/sudoers.d",
        ],
    ),
    (
        "keys",
        &[
            "/etc/ssl/private",
            "/etc/pki/tls/private",
            "/etc/ssh",
            "/etc/letsencrypt",
            "/etc/pki/nssdb",
            "/var/lib/dehydrated",
            "/etc/krb5.keytab",
        ],
    ),
    ("root's own files", &["/root", "/boot", "/etc/cron.d", "/var/spool/cron"]),
    ("the kernel's view of processes; no jail shows it", &["/proc"]),
    ("the kernel's settings; no jail shows them", &["/sys"]),
    ("a device", &["/dev"]),
    (
        "a socket that gives root's rights",
        &[
            "/run/docker.sock",
            "/var/run/docker.sock",
            "/run/docker",
            "/run/containerd",
            "/run/podman",
            "/run/crio",
            "/run/libvirt",
            "/run/lxd",
            "/var/lib/lxd",
            "/var/snap/lxd",
            "/run/incus",
            "/run/snapd.socket",
            "/run/snapd-snap.socket",
            "/run/systemd/private",
            "/run/systemd/userdb",
            "/run/dbus",
            "/var/run/dbus",
            "/run/polkit",
            "/run/udev",
            "/run/initctl",
            "/run/acpid.socket",
            "/run/cups/cups.sock",
        ],
    ),
];

/// Endings of the names of keys.
const KEY_NAMES: [&str; 17] = [
    ".key",
    "_key",
    "key.pem",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".keytab",
    ".ppk",
    "id_rsa",
    "id_dsa",
    "id_ed25519",
    "id_ecdsa",
    ".pgpass",
    ".netrc",
    ".git-credentials",
    ".my.cnf",
];

/// A folder of every user's own, and its description.
const USERS_OWN: [&str; 4] = [".ssh", ".gnupg", ".aws", ".kube"];

/// The reason for which `path` is never proposed; `None` if there is none.
pub(crate) fn find_objection(path: &Path) -> Option<&'static str> {
    let of_list = NEVER.iter().find(|(_, paths)| paths.iter().any(|it| path.starts_with(it)));
    if let Some((reason, _)) = of_list {
        return Some(reason);
    }
    let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
    if KEY_NAMES.iter().any(|ending| name.ends_with(ending.as_bytes())) {
        return Some("a key, by its name");
    }
    let is_own = |part: Component<'_>| USERS_OWN.iter().any(|own| part.as_os_str() == *own);
    path.components().any(is_own).then_some("a user's own keys")
}

/// Files that a view has anyway, or that no program misses.
const COMES_ALONG: &[&str] = &[
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/usr/lib/locale",
    "/usr/share/locale",
    "/usr/share/locale-langpack",
    "/run/nscd",
    "/var/run/nscd",
    "/var/db/nscd",
    "/dev/tty",
    "/usr/share/i18n",
];

/// Whether `path` needs no line: the loader's cache, locales, the cache of names, the file by which a system changes
/// Python's start (`/etc/python3.11/sitecustomize.py`).
pub(crate) fn comes_along(path: &Path) -> bool {
    let is_of_python = || {
        let mut names = path.components().rev().map(|part| part.as_os_str().as_bytes());
        names.next() == Some(b"sitecustomize.py")
            && names.next().is_some_and(|folder| folder.starts_with(b"python3"))
            && path.starts_with("/etc")
    };
    COMES_ALONG.iter().any(|known| path.starts_with(known)) || is_of_python()
}

/// Entries that are examined for secrets: of a folder with settings, of another folder, and of all folders.
const MOST_SETTINGS: usize = 2000;
const MOST_FILES: usize = 20_000;
const MOST_EXAMINED: usize = 200_000;

/// A search of folders for secrets. Each folder is searched once.
#[derive(Debug)]
pub(crate) struct SecretSearch {
    known: RefCell<BTreeMap<PathBuf, bool>>,
    left: Cell<usize>,
}

impl Default for SecretSearch {
    fn default() -> Self {
        Self { known: RefCell::default(), left: Cell::new(MOST_EXAMINED) }
    }
}

impl SecretSearch {
    /// Whether `folder` holds no key, and, if it is one of settings, nothing that `User` may not read. A folder with too many
    /// entries does not count.
    fn is_free(&self, folder: &Path, host: &dyn HostFiles) -> bool {
        if let Some(known) = self.known.borrow().get(folder) {
            return *known;
        }
        let is_free = self.search(folder, host);
        self.known.borrow_mut().insert(folder.to_owned(), is_free);
        is_free
    }

    fn search(&self, folder: &Path, host: &dyn HostFiles) -> bool {
        let of_settings =
            ["/etc", "/usr/local/etc", "/usr/pkg/etc"].iter().any(|etc| folder.starts_with(etc));
        let most = if of_settings { MOST_SETTINGS } else { MOST_FILES };
        let is_secret = |path: &Path, is_folder: bool| {
            let is_closed = || !host.may_read(path) && host.kind(path).is_some();
            (of_settings || !is_folder) && find_objection(path).is_some()
                || of_settings && is_closed()
        };
        let (mut ahead, mut left) = (vec![folder.to_owned()], most.min(self.left.get()));
        while let Some(folder) = ahead.pop() {
            let entries = host.list(&folder);
            if entries.len() >= left || entries.iter().any(|(path, kind)| is_secret(path, *kind)) {
                self.left.set(self.left.get().saturating_sub(entries.len()));
                return false;
            }
            left -= entries.len();
            self.left.set(self.left.get().saturating_sub(entries.len()));
            ahead.extend(entries.into_iter().filter(|(_, is_folder)| *is_folder).map(|it| it.0));
        }
        true
    }
}

/// The reason against a line for `path`: the file that it leads to counts as well as its spelling. `keeps` are files that
/// the server keeps for itself.
pub(crate) fn find_line_objection(
    path: &Path,
    keeps: &[PathBuf],
    host: &dyn HostFiles,
) -> Option<&'static str> {
    let Some(real) = host.find_real(path) else {
        return Some("a file that was gone when the lines were made");
    };
    if let Some(reason) = [path, &real].into_iter().find_map(find_objection) {
        return Some(reason);
    }
    if keeps.iter().any(|kept| kept.starts_with(path) || kept.starts_with(&real)) {
        return Some("a file that this server keeps for itself, or a folder that holds one");
    }
    let is_everybodys = is_shared(path) || is_shared(&real);
    if is_everybodys && host.kind(&real) == Some(NodeKind::Directory) {
        return Some("a folder that belongs to many programs");
    }
    let reason = "a symbolic link on the way to it can be set by others than root";
    host.passes_foreign_link(path).then_some(reason)
}

/// The highest folder above `path` that is an application's own; `path` itself if all folders above it are everybody's,
/// or hold something that must not be shown. `keeps` are files that the server keeps for itself.
pub(crate) fn find_own_folder(
    path: &Path,
    keeps: &[PathBuf],
    host: &dyn HostFiles,
    secrets: &SecretSearch,
) -> PathBuf {
    let mut above: Vec<_> = path.ancestors().collect();
    above.reverse();
    let is_fine = |folder: &Path| {
        !is_shared(folder)
            && find_line_objection(folder, keeps, host).is_none()
            && secrets.is_free(folder, host)
    };
    let folders = above.into_iter().filter(|folder| *folder != path);
    let own = folders.filter(|folder| is_fine(folder)).map(Path::to_owned).next();
    own.unwrap_or_else(|| path.to_owned())
}

/// The highest folder from `top` down to `path` that `User` may write to; `path` itself if none is.
pub(crate) fn find_writable(top: &Path, path: &Path, host: &dyn HostFiles) -> Option<PathBuf> {
    let mut steps: Vec<_> = path.ancestors().take_while(|step| step.starts_with(top)).collect();
    steps.reverse();
    let is_folder = |step: &&&Path| host.kind(step) == Some(NodeKind::Directory);
    let folder = steps.iter().filter(is_folder).find(|step| host.may_write(step));
    let found = folder.or_else(|| steps.last().filter(|step| host.may_write(step)));
    found.map(|step| step.to_path_buf())
}
