//! mod_php and php-cgi: files, directories, sockets and programs that its settings name.

use crate::config::ProvideSet;
use crate::config::set_catalogue::{CA_DIR, MYSQL_SOCKETS, ZONEINFO};
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, LESS, LESS_IF_THERE, PHP_MODULES, Weight,
    advise_writable,
};
use crate::preflight::engine::context::{RuleContext, RuleInput};
use crate::preflight::engine::{hosts, path_use};
use crate::preflight::rules::cgi::SHELL;
use crate::preflight::rules::database::{list_postgresql_sockets, require_sockets};
use crate::preflight::rules::php_ini::{PhpSetting, PhpSettings, names_php_cgi};
use crate::preflight::rules::tls;
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

/// Debian's build of PHP: it has directories of its own, and the host's time zones.
const DEBIAN: &str = "/etc/php";

pub(crate) fn require_php(context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    let RuleInput { php_ini, php_cgi_ini, .. } = *context.input;
    if context.is_loaded(&PHP_MODULES) {
        let settings = PhpSettings::read(context);
        require_settings(&settings, is_of_debian(php_ini), context, collector);
        let compiled = context.input.php_defaults.include_path.iter();
        suggest_libraries(&settings, compiled.map(PathBuf::as_path), collector);
    }
    if context.has_any(names_php_cgi) {
        let (settings, is_debian) =
            (PhpSettings::read_files(php_cgi_ini), is_of_debian(php_cgi_ini));
        require_settings(&settings, is_debian, context, collector);
        let compiled = is_debian.then_some(Path::new(LIBRARIES));
        suggest_libraries(&settings, compiled.into_iter(), collector);
    }
}

fn is_of_debian(files: &[(PathBuf, String)]) -> bool {
    files.iter().any(|(path, _)| path.starts_with(DEBIAN))
}

fn require_settings(
    settings: &PhpSettings,
    is_debian: bool,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_sessions(settings, is_debian, collector);
    require_uploads(settings, context, collector);
    require_mail(settings, context, collector);
    require_files(settings, collector);
    require_folders(settings, collector);
    require_image_parts(settings, collector);
    require_certificates(settings, collector);
    require_databases(settings, context, collector);
    if is_debian {
        // Without them, date() ends the child.
        let source = DirectiveText::for_default(
            "date.timezone",
            settings.value("date.timezone").unwrap_or("UTC"),
        );
        let resource = Resource::Folder(ZONEINFO.into());
        collector.require(source, resource, BREAKS_IF_THERE, Remedy::Set(ProvideSet::Timezone));
    }
}

impl From<&PhpSetting> for DirectiveText {
    fn from(setting: &PhpSetting) -> Self {
        let PhpSetting { name, value, place, .. } = setting;
        Self { directive: name.clone(), value: value.clone(), place: Some(place.clone()) }
    }
}

/// A path that is absolute and has no variable.
fn parse_absolute(value: &str) -> Option<PathBuf> {
    (value.starts_with('/') && !value.contains("${")).then(|| PathBuf::from(value))
}

/// `files`: a directory, behind a depth and a mode (`2;0600;/path`). Others: a server, a socket.
fn require_sessions(settings: &PhpSettings, is_debian: bool, collector: &mut Collector<'_>) {
    let handler = settings.value("session.save_handler").unwrap_or("files");
    let all = settings.values("session.save_path");
    for setting in &all {
        let place = setting.value.rsplit(';').next().unwrap_or(&setting.value);
        match parse_absolute(place).filter(|_| handler == "files") {
            Some(path) => {
                let remedy = advise_writable(&path);
                collector.require(*setting, Resource::WritableFolder(path), BREAKS, remedy);
            }
            None if handler == "files" => {}
            None => require_session_servers(setting, collector),
        }
    }
    let is_silent = all.iter().all(|setting| setting.value.is_empty());
    if handler == "files" && is_silent && is_debian {
        // Compiled in.
        let path = "/var/lib/php/sessions";
        let source = DirectiveText::for_default("session.save_path", path);
        let resource = Resource::WritableFolder(path.into());
        collector.require(source, resource, LESS_IF_THERE, Remedy::Writable(path.into()));
    }
}

/// `tcp://host:port,unix:///path`, `host:port`.
fn require_session_servers(setting: &PhpSetting, collector: &mut Collector<'_>) {
    for server in setting.value.split(',').map(str::trim) {
        if let Some(path) = server.strip_prefix("unix://") {
            let path = path.split('?').next().unwrap_or(path);
            if let Some(path) = parse_absolute(path) {
                require_sockets(&setting.into(), [path].into_iter(), BREAKS_IF_THERE, collector);
            }
        } else {
            hosts::require_server(setting, server.as_bytes(), BREAKS, collector);
        }
    }
}

fn require_uploads(
    settings: &PhpSettings,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if settings.value("file_uploads").is_some_and(is_off) {
        return;
    }
    let source = ["upload_tmp_dir", "sys_temp_dir"]
        .iter()
        .find_map(|name| settings.values(name).into_iter().find(|it| !it.value.is_empty()));
    if let Some((setting, path)) = source.and_then(|it| Some((it, parse_absolute(&it.value)?))) {
        let remedy = advise_writable(&path);
        return collector.require(setting, Resource::WritableFolder(path), BREAKS, remedy);
    }
    let source = DirectiveText::for_default("upload_tmp_dir", "");
    let resource = Resource::Scratch(context.list_temp_dirs());
    collector.require(source, resource, LESS, Remedy::Set(ProvideSet::Tmp));
}

fn is_off(value: &str) -> bool {
    ["off", "0", "no", "false", "none", ""].iter().any(|off| value.eq_ignore_ascii_case(off))
}

/// Requires the program of mail(), which PHP runs through `/bin/sh`. One that depends on a set-id bit delivers nothing from
/// inside: Postfix's waits for ever.
fn require_mail(settings: &PhpSettings, context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    let written = settings.values("sendmail_path");
    let written: Vec<_> = written.into_iter().filter(|it| !it.value.is_empty()).collect();
    let has_set_id = |line: &str| context.input.needs_set_id_mailer && line.contains("sendmail");
    for setting in &written {
        if has_set_id(&setting.value) {
            require_mailer(*setting, &setting.value, true, BREAKS, collector);
        } else {
            path_use::require_program(*setting, &setting.value, BREAKS, collector);
            path_use::require_program(*setting, SHELL, BREAKS, collector);
        }
    }
    if written.is_empty() {
        let line = "/usr/sbin/sendmail -t -i";
        let source = DirectiveText::for_default("sendmail_path", line);
        require_mailer(source, line, has_set_id(line), LESS_IF_THERE, collector);
    }
}

fn require_mailer(
    source: impl Into<DirectiveText>,
    line: &str,
    has_set_id: bool,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let program = PathBuf::from(line.split(' ').next().unwrap_or(line));
    let remedy = match has_set_id {
        true => Remedy::Words(SMTP.into()),
        false => Remedy::Programs(vec![program.clone(), SHELL.into()]),
    };
    collector.require(source, Resource::Program(program), weight, remedy);
}

const SMTP: &str = "let the application speak SMTP to localhost: the program hands mail over by a set-id bit, \
                    which has no effect inside";

fn require_files(settings: &PhpSettings, collector: &mut Collector<'_>) {
    for name in ["auto_prepend_file", "auto_append_file"] {
        for setting in settings.values(name) {
            if let Some(path) = parse_absolute(&setting.value) {
                let remedy = Remedy::Path(path.clone());
                collector.require(setting, Resource::File(path), BREAKS, remedy);
            }
        }
    }
    for name in ["error_log", "mail.log", "opcache.error_log", "xdebug.log"] {
        for setting in settings.values(name) {
            if let Some(path) = parse_absolute(&setting.value) {
                let remedy =
                    Remedy::Words("log to the error log of httpd, or into the jail".into());
                collector.require(setting, Resource::WritableFile(path), LESS, remedy);
            }
        }
    }
}

fn require_folders(settings: &PhpSettings, collector: &mut Collector<'_>) {
    for setting in settings.values("include_path") {
        for path in setting.value.split(':').filter_map(parse_absolute) {
            let remedy = Remedy::Path(path.clone());
            collector.require(setting, Resource::Folder(path), LESS_IF_THERE, remedy);
        }
    }
    if settings.value("enable_dl").is_some_and(|it| !is_off(it)) {
        for setting in settings.values("extension_dir") {
            if let Some(path) = parse_absolute(&setting.value) {
                let remedy = Remedy::Path(path.clone());
                collector.require(setting, Resource::Folder(path), LESS, remedy);
            }
        }
    }
    let mut caches = vec!["opcache.file_cache"];
    caches.extend(settings.has_extension("soap").then_some("soap.wsdl_cache_dir"));
    for setting in caches.iter().flat_map(|name| settings.values(name)) {
        if let Some(path) = parse_absolute(&setting.value) {
            let remedy = advise_writable(&path);
            collector.require(setting, Resource::WritableFolder(path), LESS, remedy);
        }
    }
}

/// Requires the settings of ImageMagick, and the directory of libraries in which its parts for each format are: the extension
/// looks for both when a page asks it.
fn require_image_parts(settings: &PhpSettings, collector: &mut Collector<'_>) {
    let libraries = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let folders = ["/etc/ImageMagick-6", "/etc/ImageMagick-7", &libraries];
    for folder in folders.into_iter().filter(|_| settings.has_extension("imagick")) {
        let source = DirectiveText::for_default("extension", "imagick");
        let (resource, remedy) = (Resource::Folder(folder.into()), Remedy::Path(folder.into()));
        collector.require(source, resource, LESS_IF_THERE, remedy);
    }
}

fn require_certificates(settings: &PhpSettings, collector: &mut Collector<'_>) {
    let names = ["curl.cainfo", "openssl.cafile", "openssl.capath"];
    let mut is_named = false;
    for setting in names.iter().flat_map(|name| settings.values(name)) {
        let Some(path) = parse_absolute(&setting.value) else { continue };
        is_named = true;
        let (remedy, weight) = tls::advise_authorities(&path);
        collector.require(
            setting,
            Resource::Either(path),
            Weight { optional: false, ..weight },
            remedy,
        );
    }
    if settings.has_extension("curl") && !is_named {
        let path = Path::new(CA_DIR);
        let (remedy, _) = tls::advise_authorities(path);
        let source = DirectiveText::for_default("curl.cainfo", "");
        collector.require(source, Resource::Folder(path.to_owned()), LESS_IF_THERE, remedy);
    }
}

/// Requires sockets of databases: those that a setting names, and conventional ones if PHP has the client.
fn require_databases(
    settings: &PhpSettings,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let names = ["mysqli.default_socket", "pdo_mysql.default_socket", "mysql.default_socket"];
    let mut is_named = false;
    for setting in names.iter().flat_map(|name| settings.values(name)) {
        let Some(path) = parse_absolute(&setting.value) else { continue };
        is_named = true;
        require_sockets(&setting.into(), [path].into_iter(), BREAKS_IF_THERE, collector);
    }
    let has = |names: &[&str]| names.iter().any(|name| settings.has_extension(name));
    if !is_named && has(&["mysqli", "pdo_mysql"]) {
        let source = DirectiveText::for_default("mysqli.default_socket", "");
        let compiled = context.input.php_defaults.mysql_sockets.clone();
        let usual = MYSQL_SOCKETS.iter().filter(|_| compiled.is_empty()).map(PathBuf::from);
        let sockets = compiled.iter().cloned().chain(usual);
        require_sockets(&source, sockets, LESS_IF_THERE, collector);
    }
    if has(&["pgsql", "pdo_pgsql"]) {
        let source = DirectiveText::for_default("pgsql", "localhost");
        require_sockets(&source, list_postgresql_sockets(), LESS_IF_THERE, collector);
    }
}

/// Compiled into Debian's programs.
const LIBRARIES: &str = "/usr/share/php";

/// Suggests the directories in which PHP looks for libraries by default.
fn suggest_libraries<'a>(
    settings: &PhpSettings,
    compiled: impl Iterator<Item = &'a Path>,
    collector: &mut Collector<'_>,
) {
    if settings.value("include_path").is_some() {
        return;
    }
    for path in compiled.filter(|path| path.is_absolute()) {
        collector.suggest(DirectiveText::for_default("include_path", ""), path.to_owned());
    }
}
