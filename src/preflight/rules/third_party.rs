//! Modules that do not come with httpd: mod_wsgi, mod_shib, mod_uwsgi, X-Sendfile, mod_apparmor, mod_evasive.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DECIDES_IF_THERE, DirectiveText, ENDS_CHILDREN, LESS,
    LESS_IF_THERE, enclosing_folder,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub(crate) fn read_send_file(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_on = args::get_text(directive, 0).eq_ignore_ascii_case("on");
    if is_on && !context.has_directive("XSendFilePath") {
        collector.add_known_issue(directive, false, KnownIssueKind::SendFile);
    }
}

pub(crate) fn read_send_file_path(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(path) = context.resolve_path(args::get_word(directive, 0)) {
        let remedy = Remedy::Path(path.clone());
        collector.require(directive, Resource::Folder(path), LESS, remedy);
    }
}

fn has_daemons(context: &RuleContext<'_>) -> bool {
    context.has_directive("WSGIDaemonProcess")
}

/// `WSGIDaemonProcess`: daemons are inside, and look for the paths of their options there.
pub(crate) fn read_daemon(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = |option| args::find_value(directive, option).map(unquote);
    for option in ["home", "python-home", "python-path"] {
        let paths = value(option).into_iter().flat_map(|value| value.split(|&byte| byte == b':'));
        for path in paths.filter(|path| path.starts_with(b"/")).map(to_path) {
            let remedy = Remedy::Path(path.clone());
            collector.require(directive, Resource::Folder(path.clone()), BREAKS, remedy);
            if option != "python-home" {
                collector.require_tree(directive, &path);
            }
        }
    }
    let is_other =
        |user: &[u8]| !context.has_first_word("User", &[&*String::from_utf8_lossy(user)]);
    if value("home").is_none() && value("user").is_some_and(is_other) {
        collector.add_known_issue(directive, false, KnownIssueKind::DaemonHome);
    }
    if !context.has_directive("WSGISocketPrefix") {
        let path = context.input.base_dirs.runtime_dir.join("wsgi");
        require_daemon_sockets(
            DirectiveText::for_default("WSGISocketPrefix", "wsgi"),
            path,
            collector,
        );
    }
}

pub(crate) fn read_socket_prefix(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(path) =
        context.resolve_path(args::get_word(directive, 0)).filter(|_| has_daemons(context))
    {
        require_daemon_sockets(directive, path, collector);
    }
}

/// Requires the sockets of daemons, whose names begin with `prefix`. The parent creates them after the view.
fn require_daemon_sockets(
    source: impl Into<DirectiveText>,
    prefix: PathBuf,
    collector: &mut Collector<'_>,
) {
    let folder = prefix.parent().map_or_else(|| prefix.clone(), PathBuf::from);
    let remedy = collector.provide_sockets(enclosing_folder(&prefix), SocketsBy::Wsgi(prefix));
    collector.require(source, Resource::Folder(folder), BREAKS_IF_THERE, remedy);
}

/// `home="/srv/www"`: mod_wsgi takes quotes around a value.
fn unquote(value: &[u8]) -> &[u8] {
    let strip = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
    strip(b"\"").or_else(|| strip(b"'")).unwrap_or(value)
}

fn to_path(path: &[u8]) -> PathBuf {
    OsStr::from_bytes(path).into()
}

/// `WSGIAcceptMutex flock`: of several daemons of one name, each opens the file again.
pub(crate) fn read_accept_mutex(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if args::get_text(directive, 0).eq_ignore_ascii_case("flock") && has_daemons(context) {
        collector.add_known_issue(directive, true, KnownIssueKind::MutexFile);
    }
}

/// Releases of Python whose library mod_wsgi may have been built for: 3.6 to 3.20.
const RELEASES: std::ops::RangeInclusive<u32> = 6..=20;

/// Requires Python's own library in every process in which mod_wsgi starts Python: each daemon, and each child unless
/// `WSGIRestrictEmbedded` is on. A child that does not find it exits at once.
pub(crate) fn require_python(context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    let restricted = context.has_first_word("WSGIRestrictEmbedded", &["on"]);
    if !context.is_loaded(&[c"mod_wsgi.c"]) || restricted && !has_daemons(context) {
        return;
    }
    let home = context
        .find_directives("WSGIPythonHome")
        .find_map(|home| context.resolve_path(args::get_word(home, 0)));
    let prefixes: Vec<_> = home.iter().cloned().chain(PREFIXES.map(PathBuf::from)).collect();
    let resource = list_python_libraries(&prefixes);
    let remedy = advise_python(home.as_deref());
    let source =
        DirectiveText::for_default("WSGIRestrictEmbedded", if restricted { "On" } else { "Off" });
    let weight = if restricted { BREAKS_IF_THERE } else { ENDS_CHILDREN };
    collector.require(source, resource, weight, remedy);
}

/// Directories in which Python may be installed.
pub(super) const PREFIXES: [&str; 2] = ["/usr", "/usr/local"];

/// A file of Python's own library, of any release.
pub(super) fn list_python_libraries(prefixes: &[PathBuf]) -> Resource {
    let folders = prefixes.iter().flat_map(|prefix| ["lib", "lib64"].map(|lib| prefix.join(lib)));
    let library = |folder: PathBuf| {
        RELEASES.map(move |it| folder.join(format!("python3.{it}/encodings/__init__.py")))
    };
    Resource::AnyFile(folders.flat_map(library).collect())
}

/// Remedy that brings Python's own library, the modules of the system, and the libraries of both.
pub(super) fn advise_python(home: Option<&Path>) -> Remedy {
    Remedy::Programs(vec![home.unwrap_or(Path::new("/usr")).join("bin/python3")])
}

/// Requires the settings and the schemas that mod_shib reads in each child when it starts. A child that does not find
/// them ends.
pub(crate) fn require_shibboleth(context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    if !context.is_loaded(&[c"mod_shib.cpp"]) {
        return;
    }
    let written = context.find_directives("ShibConfig").last();
    let config = written.and_then(|it| context.resolve_path(args::get_word(it, 0)));
    let config = config.unwrap_or_else(|| SHIBBOLETH.into());
    let folder = enclosing_folder(&config);
    let source = DirectiveText::for_default("ShibConfig", config.display().to_string());
    let remedy = Remedy::Path(folder);
    collector.require(source.clone(), Resource::File(config), ENDS_CHILDREN, remedy);
    let remedy = Remedy::Path(SCHEMAS.into());
    collector.require(source, Resource::Folder(SCHEMAS.into()), ENDS_CHILDREN, remedy);
}

/// Passenger makes its sockets in the host's `/tmp`, unless it is given another directory.
pub(crate) fn require_passenger(context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    const REGISTRY: &str = "PassengerInstanceRegistryDir";
    if context.is_loaded(&[c"mod_passenger.c"]) && !context.has_directive(REGISTRY) {
        let source = DirectiveText::for_default(REGISTRY, "/tmp");
        collector.add_known_issue(source, true, KnownIssueKind::PassengerSockets);
    }
}

/// The settings of mod_shib if no `ShibConfig` is written.
const SHIBBOLETH: &str = "/etc/shibboleth/shibboleth2.xml";

/// Schemas of SAML and of Shibboleth.
const SCHEMAS: &str = "/usr/share/xml";

/// `WSGIScriptAlias /url /path`: a child looks for the file, also if a daemon runs it.
pub(crate) fn read_script(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(path) = context.resolve_path(args::get_word(directive, 1)) {
        let (folder, remedy) = (enclosing_folder(&path), Remedy::Path(path.clone()));
        collector.require(directive, Resource::Either(path.clone()), BREAKS_IF_THERE, remedy);
        // The application's own directory, unless many share it.
        if folder != path {
            collector.require_tree(directive, &folder);
        }
    }
    let home = context.find_directives("WSGIPythonHome").last();
    let home = home.and_then(|home| context.resolve_path(args::get_word(home, 0)));
    for folder in ["/usr/lib/python3", "/usr/local/lib/python3"] {
        let remedy = advise_python(home.as_deref());
        collector.require(directive, Resource::Folder(folder.into()), BREAKS_IF_THERE, remedy);
    }
}

pub(crate) fn read_python_path(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    for path in args::get_text(directive, 0).split(':').filter(|path| path.starts_with('/')) {
        let (resource, remedy) = (Resource::Folder(path.into()), Remedy::Path(path.into()));
        collector.require(directive, resource, BREAKS_IF_THERE, remedy);
        // An application may keep its database there.
        collector.require_tree(directive, Path::new(path));
    }
}

/// `uWSGImount /url host:port`.
pub(crate) fn read_uwsgi_mount(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_uwsgi(directive, args::get_word(directive, 1), collector);
}

/// `uWSGIsocket /run/app.sock`, `uWSGIserver host:port`.
pub(crate) fn read_uwsgi_server(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_uwsgi(directive, args::get_word(directive, 0), collector);
}

fn require_uwsgi(directive: &OtherDirective, word: &[u8], collector: &mut Collector<'_>) {
    let path = word.strip_prefix(b"unix:").unwrap_or(word);
    if !path.starts_with(b"/") {
        return hosts::require_server(directive, word, BREAKS_IF_THERE, collector);
    }
    path_use::require_path(directive, path, PathUse::Socket, BREAKS_IF_THERE, collector);
}

/// Profiles of AppArmor; the file exists only if the kernel has AppArmor.
const PROFILES: &str = "/sys/kernel/security/apparmor/profiles";

/// `AAHatName hat`: a child would change to the hat by /proc. Without it, requests are served with the rights of the whole
/// server.
pub(crate) fn read_hat(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let resource = Resource::File(PROFILES.into());
    collector.require(directive, resource, DECIDES_IF_THERE, Remedy::Words(HAT.into()));
}

const HAT: &str = "remove it, and run aa-enforce for a profile of the whole server: a child changes hats by /proc, which no jail has";

/// Programs by which mod_evasive sends mail.
const MAILERS: [&str; 2] = ["/bin/mail", "/usr/bin/mail"];

/// `DOSEmailNotify address`: a child sends mail by a program.
pub(crate) fn read_notice(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let resource = Resource::AnyFile(MAILERS.map(PathBuf::from).to_vec());
    collector.require(directive, resource, LESS_IF_THERE, Remedy::Words(NOTICE.into()));
}

const NOTICE: &str = "remove it, and send the mail by a program outside that reads DOSLogDir: no program inside delivers mail";
