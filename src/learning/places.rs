//! Folders that are everybody's, secrets, and files that come along: paths that a proposal never shows, and the reasons.

use crate::learning::host::{HostFiles, NodeKind};
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
    "/usr/home",
    "/export",
    "/export/home",
    "/Users",
    "/Users/Shared",
    "/Library",
    "/System",
    "/Applications",
    "/Volumes",
    "/private",
    "/opt/homebrew",
    "/opt/homebrew/bin",
    "/opt/homebrew/etc",
    "/opt/homebrew/lib",
    "/opt/homebrew/share",
    "/opt/homebrew/var",
    "/opt/local/bin",
    "/opt/local/etc",
    "/opt/local/lib",
    "/opt/local/share",
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

/// Folders of the homes of users; each home belongs to its user.
const HOMES: [&str; 5] = ["/home", "/usr/home", "/export/home", "/Users", "/run/user"];

/// Folders in which each folder is a disk, a file server or a class of data, which belongs to many (`/data`, `/mnt/disk`,
/// `/var/customers`).
const TOPS: [&str; 5] = ["/", "/mnt", "/media", "/Volumes", "/var"];

/// The usual name of a path: macOS has `/etc`, `/tmp` and `/var` in `/private`.
fn usual_name(path: &Path) -> PathBuf {
    let rest = path.strip_prefix("/private").ok();
    let is_moved = |rest: &&Path| ["etc", "tmp", "var"].iter().any(|name| rest.starts_with(name));
    rest.filter(is_moved).map_or_else(|| path.to_owned(), |rest| Path::new("/").join(rest))
}

/// Whether the folder `path` is everybody's, so that it is not proposed as a whole.
pub(crate) fn is_shared(path: &Path) -> bool {
    let path = usual_name(path);
    if SHARED.iter().any(|shared| path == Path::new(shared)) {
        return true;
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    if HOMES.iter().chain(&TOPS).any(|of_many| parent == Path::new(of_many)) {
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
            "/usr/local/etc/sudoers",
            "/var/lib/sss",
            "/var/db/dslocal",
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
            "/etc/dehydrated",
            "/var/lib/acme",
            "/usr/local/etc/letsencrypt",
            "/usr/local/etc/ssl/private",
            "/usr/local/etc/ssh",
            "/etc/openssl/private",
            "/opt/local/etc/letsencrypt",
            "/Library/Keychains",
            "/etc/wireguard",
            "/etc/openvpn",
            "/etc/ipsec.secrets",
            "/etc/ipsec.d/private",
            "/etc/NetworkManager/system-connections",
            "/etc/kubernetes",
            "/var/lib/kubelet",
        ],
    ),
    (
        "root's own files",
        &["/root", "/var/root", "/boot", "/etc/cron.d", "/var/spool/cron", "/var/cron"],
    ),
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
            "/run/supervisor.sock",
            "/var/run/supervisor.sock",
            "/run/rpcbind.sock",
            "/var/run/devd.seqpacket.pipe",
            "/var/run/devd.pipe",
        ],
    ),
];

/// Endings of the names of keys.
const KEY_NAMES: [&str; 26] = [
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
    "id_ed25519_sk",
    "id_ecdsa_sk",
    ".p8",
    ".kdbx",
    ".ovpn",
    ".bash_history",
    ".mysql_history",
    ".psql_history",
    ".python_history",
];

/// Folders and files that are each user's own.
const USERS_OWN: [&str; 8] =
    [".ssh", ".gnupg", ".aws", ".kube", ".azure", ".password-store", ".vault-token", ".mozilla"];

/// The reason for which `path` is never proposed; `None` if there is none.
pub(crate) fn find_objection(path: &Path) -> Option<&'static str> {
    let path = &usual_name(path);
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
    "/etc/locale.alias",
    "/etc/default/locale",
    "/etc/environment",
    "/etc/inputrc",
    "/etc/terminfo",
    "/lib/terminfo",
    "/usr/share/terminfo",
    "/usr/share/misc/termcap",
    "/etc/malloc.conf",
    "/etc/libmap.conf",
    "/var/run/ld-elf.so.hints",
    "/var/run/ld.so.hints",
    "/libexec/ld-elf.so.1",
    "/usr/libexec/ld.elf_so",
    "/usr/lib/dyld",
    "/private/var/db/dyld",
    "/System/Library/dyld",
];

/// Whether `path` needs no line: the loader's cache, locales, the cache of names, the list of character sets, which programs
/// read at their start, the file by which a system changes Python's start (`/etc/python3.11/sitecustomize.py`). A character
/// set that is used is another file.
pub(crate) fn comes_along(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let is_list = || {
        let is_below = path.components().any(|part| part.as_os_str() == "gconv");
        name.as_bytes().starts_with(b"gconv-modules") && is_below
    };
    let is_of_python = || {
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
        name == "sitecustomize.py"
            && folder.as_bytes().starts_with(b"python3")
            && path.starts_with("/etc")
    };
    COMES_ALONG.iter().any(|known| path.starts_with(known)) || is_list() || is_of_python()
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
    if holds_key(&real, host) {
        return Some("a private key, by its content");
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

/// Endings of the names of files with certificates, which may hold the key too.
const CERTIFICATE_NAMES: [&str; 4] = [".pem", ".crt", ".cer", ".cert"];

/// Whether the file at `path` holds a private key, beside or in place of a certificate.
pub(super) fn holds_key(path: &Path, host: &dyn HostFiles) -> bool {
    let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
    let may_hold = CERTIFICATE_NAMES.iter().any(|ending| name.ends_with(ending.as_bytes()));
    may_hold && host.holds_key(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_at_a_top_belongs_to_many() {
        for many in ["/data", "/mnt/disk", "/media/usb", "/var/customers", "/Volumes/Disk"] {
            assert!(is_shared(Path::new(many)), "{many}");
            assert!(!is_shared(&Path::new(many).join("app")), "{many}");
        }
        assert!(!is_shared(Path::new("/srv/app")) && !is_shared(Path::new("/opt/app")));
    }
}
