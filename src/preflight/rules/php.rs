//! mod_php: what its settings say that children will need.

use crate::config::ProvideSet;
use crate::config::set_catalogue::{CA_DIR, MYSQL_SOCKETS, ZONEINFO};
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, LESS, LESS_IF_THERE, Weight, is_scratch,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::hosts;
use crate::preflight::rules::database::{by_convention, postgresql_sockets};
use crate::preflight::rules::php_ini::{PhpSetting, PhpSettings};
use crate::preflight::rules::{implicit, programs, tls};
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

/// Debian's build of PHP: it has directories of its own, and the host's time zones.
const DEBIAN: &str = "/etc/php";

pub(crate) fn find(scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let modules = [c"mod_php.c", c"mod_php8.c", c"mod_php7.c", c"mod_php5.c"];
    if !scene.is_loaded(&modules) {
        return;
    }
    let settings = PhpSettings::read(scene);
    let is_debian = scene.facts.php_ini.iter().any(|(path, _)| path.starts_with(DEBIAN));
    sessions(&settings, is_debian, found);
    uploads(&settings, scene, found);
    mail(&settings, found);
    files(&settings, found);
    folders(&settings, found);
    certificates(&settings, found);
    databases(&settings, found);
    if is_debian {
        // Without them, date() ends the child.
        let said = DirectiveText::unasked(
            "date.timezone",
            settings.value("date.timezone").unwrap_or("UTC"),
        );
        let need = Resource::Folder(ZONEINFO.into());
        found.claim(said, need, BREAKS_IF_THERE, Remedy::Set(ProvideSet::Timezone));
    }
}

impl From<&PhpSetting> for DirectiveText {
    fn from(setting: &PhpSetting) -> Self {
        let PhpSetting { name, value, place, .. } = setting;
        Self { directive: name.clone(), value: value.clone(), place: Some(place.clone()) }
    }
}

/// A path that is absolute and has no variable.
fn absolute(value: &str) -> Option<PathBuf> {
    (value.starts_with('/') && !value.contains("${")).then(|| PathBuf::from(value))
}

/// What to do about a directory that PHP writes to.
fn writable(path: &Path) -> Remedy {
    if is_scratch(path) { Remedy::Set(ProvideSet::Tmp) } else { Remedy::Writable(path.to_owned()) }
}

/// `files`: a directory, behind a depth and a mode (`2;0600;/path`). Others: a server, a socket.
fn sessions(settings: &PhpSettings, is_debian: bool, found: &mut Collector<'_>) {
    let handler = settings.value("session.save_handler").unwrap_or("files");
    let all = settings.values("session.save_path");
    for setting in &all {
        let place = setting.value.rsplit(';').next().unwrap_or(&setting.value);
        match absolute(place).filter(|_| handler == "files") {
            Some(path) => {
                let remedy = writable(&path);
                found.claim(*setting, Resource::WritableFolder(path), BREAKS, remedy);
            }
            None if handler == "files" => {}
            None => servers(setting, found),
        }
    }
    let is_silent = all.iter().all(|setting| setting.value.is_empty());
    if handler == "files" && is_silent && is_debian {
        // Compiled in.
        let path = "/var/lib/php/sessions";
        let said = DirectiveText::unasked("session.save_path", path);
        let need = Resource::WritableFolder(path.into());
        found.claim(said, need, LESS_IF_THERE, Remedy::Writable(path.into()));
    }
}

/// `tcp://host:port,unix:///path`, `host:port`.
fn servers(setting: &PhpSetting, found: &mut Collector<'_>) {
    for server in setting.value.split(',').map(str::trim) {
        if let Some(path) = server.strip_prefix("unix://") {
            let path = path.split('?').next().unwrap_or(path);
            if let Some(path) = absolute(path) {
                by_convention(&setting.into(), [path].into_iter(), BREAKS_IF_THERE, found);
            }
        } else if server.contains("://") {
            hosts::of_url(setting, server.as_bytes(), BREAKS, found);
        } else {
            hosts::name(setting, hosts::without_port(server).as_bytes(), BREAKS, found);
        }
    }
}

fn uploads(settings: &PhpSettings, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if settings.value("file_uploads").is_some_and(is_off) {
        return;
    }
    let said = ["upload_tmp_dir", "sys_temp_dir"]
        .iter()
        .find_map(|name| settings.values(name).into_iter().find(|it| !it.value.is_empty()));
    if let Some((setting, path)) = said.and_then(|it| Some((it, absolute(&it.value)?))) {
        let remedy = writable(&path);
        return found.claim(setting, Resource::WritableFolder(path), BREAKS, remedy);
    }
    let said = DirectiveText::unasked("upload_tmp_dir", "");
    let need = Resource::Scratch(implicit::scratch(scene));
    found.claim(said, need, LESS, Remedy::Set(ProvideSet::Tmp));
}

fn is_off(value: &str) -> bool {
    ["off", "0", "no", "false", "none", ""].iter().any(|off| value.eq_ignore_ascii_case(off))
}

/// mail() runs the program by way of `/bin/sh`.
fn mail(settings: &PhpSettings, found: &mut Collector<'_>) {
    let written = settings.values("sendmail_path");
    let written: Vec<_> = written.into_iter().filter(|it| !it.value.is_empty()).collect();
    for setting in &written {
        programs::program(*setting, &setting.value, BREAKS, found);
        programs::program(*setting, "/bin/sh", BREAKS, found);
    }
    if written.is_empty() {
        let said = DirectiveText::unasked("sendmail_path", "/usr/sbin/sendmail -t -i");
        let words = "write ChrootProvide program:/usr/sbin/sendmail program:/bin/sh, or let the \
                     application speak SMTP";
        let need = Resource::Program("/usr/sbin/sendmail".into());
        found.claim(said, need, LESS_IF_THERE, Remedy::Words(words.into()));
    }
}

fn files(settings: &PhpSettings, found: &mut Collector<'_>) {
    for name in ["auto_prepend_file", "auto_append_file"] {
        for setting in settings.values(name) {
            if let Some(path) = absolute(&setting.value) {
                let remedy = Remedy::Path(path.clone());
                found.claim(setting, Resource::File(path), BREAKS, remedy);
            }
        }
    }
    for name in ["error_log", "mail.log", "opcache.error_log", "xdebug.log"] {
        for setting in settings.values(name) {
            if let Some(path) = absolute(&setting.value) {
                let remedy =
                    Remedy::Words("log to the error log of httpd, or into the jail".into());
                found.claim(setting, Resource::WritableFile(path), LESS, remedy);
            }
        }
    }
}

fn folders(settings: &PhpSettings, found: &mut Collector<'_>) {
    for setting in settings.values("include_path") {
        for path in setting.value.split(':').filter_map(absolute) {
            let remedy = Remedy::Path(path.clone());
            found.claim(setting, Resource::Folder(path), LESS_IF_THERE, remedy);
        }
    }
    if settings.value("enable_dl").is_some_and(|it| !is_off(it)) {
        for setting in settings.values("extension_dir") {
            if let Some(path) = absolute(&setting.value) {
                let remedy = Remedy::Path(path.clone());
                found.claim(setting, Resource::Folder(path), LESS, remedy);
            }
        }
    }
    let mut caches = vec!["opcache.file_cache"];
    caches.extend(settings.has_extension("soap").then_some("soap.wsdl_cache_dir"));
    for setting in caches.iter().flat_map(|name| settings.values(name)) {
        if let Some(path) = absolute(&setting.value) {
            let remedy = writable(&path);
            found.claim(setting, Resource::WritableFolder(path), LESS, remedy);
        }
    }
}

fn certificates(settings: &PhpSettings, found: &mut Collector<'_>) {
    let names = ["curl.cainfo", "openssl.cafile", "openssl.capath"];
    let mut is_named = false;
    for setting in names.iter().flat_map(|name| settings.values(name)) {
        let Some(path) = absolute(&setting.value) else { continue };
        is_named = true;
        let (remedy, weight) = tls::public(&path);
        found.claim(setting, Resource::Either(path), Weight { optional: false, ..weight }, remedy);
    }
    if settings.has_extension("curl") && !is_named {
        let path = Path::new(CA_DIR);
        let (remedy, _) = tls::public(path);
        let said = DirectiveText::unasked("curl.cainfo", "");
        found.claim(said, Resource::Folder(path.to_owned()), LESS_IF_THERE, remedy);
    }
}

/// A socket counts if it is named, or if there is one on the host and a client for it in PHP.
fn databases(settings: &PhpSettings, found: &mut Collector<'_>) {
    let names = ["mysqli.default_socket", "pdo_mysql.default_socket", "mysql.default_socket"];
    let mut is_named = false;
    for setting in names.iter().flat_map(|name| settings.values(name)) {
        let Some(path) = absolute(&setting.value) else { continue };
        is_named = true;
        by_convention(&setting.into(), [path].into_iter(), BREAKS_IF_THERE, found);
    }
    let has = |names: &[&str]| names.iter().any(|name| settings.has_extension(name));
    if !is_named && has(&["mysqli", "pdo_mysql"]) {
        let said = DirectiveText::unasked("mysqli.default_socket", "");
        by_convention(&said, MYSQL_SOCKETS.iter().map(PathBuf::from), LESS_IF_THERE, found);
    }
    if has(&["pgsql", "pdo_pgsql"]) {
        let said = DirectiveText::unasked("pgsql", "localhost");
        by_convention(&said, postgresql_sockets(), LESS_IF_THERE, found);
    }
}
