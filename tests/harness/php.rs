//! Settings of PHP for one scene, in place of the machine's: an extension that happens to be installed, a changed php.ini
//! or a mail program would change the messages.

use std::fs;
use std::path::Path;

use super::sandbox::make_folder;
use super::site::Site;

/// The settings of the machine, of which a scene sees copies.
const SETTINGS: &str = "/etc/php";

/// Extensions that are loaded: those of the packages that `tools/install-deps test` installs.
const EXTENSIONS: [&str; 23] = [
    "calendar",
    "ctype",
    "curl",
    "exif",
    "ffi",
    "fileinfo",
    "ftp",
    "gettext",
    "iconv",
    "mysqli",
    "mysqlnd",
    "opcache",
    "pdo",
    "pdo_mysql",
    "phar",
    "posix",
    "readline",
    "shmop",
    "sockets",
    "sysvmsg",
    "sysvsem",
    "sysvshm",
    "tokenizer",
];

/// Mounts settings of the scene over `/etc/php`, where Debian has them.
pub(super) fn with_own_settings(site: Site) -> Site {
    // Debian's PHP keeps sessions outside, and the machine may have a sendmail; most scenes use neither.
    let site = site.allow_log("CHR801: session.save_path").allow_log("sendmail_path");
    let copy = site.sandbox.server.join("php");
    let versions = fs::read_dir(SETTINGS).into_iter().flatten().flatten();
    let versions: Vec<_> = versions.filter(|it| it.path().join("apache2").is_dir()).collect();
    if versions.is_empty() {
        return site;
    }
    for version in versions {
        let packaged =
            Path::new("/usr/lib/php").join(version.file_name()).join("php.ini-production");
        let folder = copy.join(version.file_name()).join("apache2");
        make_folder(&folder.join("conf.d"));
        let _ = fs::copy(packaged, folder.join("php.ini"));
        copy_extensions(&version.path().join("apache2/conf.d"), &folder.join("conf.d"));
    }
    site.after(&format!("mount --bind \"{{server}}/php\" {SETTINGS}"))
}

/// Copies the files, such as `20-curl.ini`, that load one of the extensions.
fn copy_extensions(from: &Path, to: &Path) {
    let files = fs::read_dir(from).into_iter().flatten().flatten();
    for file in files.map(|file| file.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let extension = name.split_once('-').and_then(|(_, rest)| rest.strip_suffix(".ini"));
        if extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) {
            fs::copy(&file, to.join(name)).expect("a file of settings");
        }
    }
}
