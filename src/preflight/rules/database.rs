//! mod_dbd: databases in files, and sockets of database servers.

use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::{MYSQL_SOCKETS, POSTGRESQL_DIRS};
use crate::messages::KnownIssueKind;
use crate::preflight::Resource;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, LESS, LESS_IF_THERE, Weight,
    enclosing_folder,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::{args, hosts};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Default port of PostgreSQL.
const PORT: &str = "5432";

/// Drivers whose libraries read settings from files that the configuration does not name.
pub(crate) fn read_driver(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if matches!(&*args::get_text(directive, 0).to_ascii_lowercase(), "odbc" | "oracle" | "freetds")
    {
        collector.add_known_issue(directive, false, KnownIssueKind::DatabaseDriver);
    }
}

pub(crate) fn read_parameters(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let driver = find_driver(directive, context);
    let text = args::join_words(directive, 0);
    match &*driver {
        "sqlite2" | "sqlite3" => require_sqlite(directive, &text, context, collector),
        "mysql" => require_mysql(directive, &text, collector),
        "pgsql" => require_postgresql(directive, &text, collector),
        _ => {}
    }
}

/// `DBDriver` of the same virtual host, else that of the main server.
fn find_driver(directive: &OtherDirective, context: &RuleContext<'_>) -> String {
    let same = context.find_directives("DBDriver").find(|it| it.sections == directive.sections);
    let driver = same.or_else(|| context.find_directives("DBDriver").last());
    driver.map(|it| args::get_text(it, 0).to_ascii_lowercase()).unwrap_or_default()
}

/// Requires the file of `path` or `path:mode`; SQLite creates its journal beside it.
fn require_sqlite(
    directive: &OtherDirective,
    text: &str,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let path = text.split(':').next().unwrap_or(text);
    if path.is_empty() {
        return;
    }
    let path = context.input.base_dirs.server_root.join(path);
    let remedy = collector.provide_config(enclosing_folder(&path), true);
    collector.require(directive, Resource::File(path), BREAKS, remedy);
}

/// Value of `key` in `key=value,key=value` or `key = 'value' key=value`.
fn find_parameter<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut parts = text.split([',', ';', '|', ' ']).filter(|part| !part.is_empty());
    let found = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim().trim_matches(['\'', '"']))
    });
    found.filter(|value| !value.is_empty())
}

fn require_mysql(directive: &OtherDirective, text: &str, collector: &mut Collector<'_>) {
    if let Some(socket) = find_parameter(text, "sock") {
        return require_dbd_socket(directive, Path::new(socket), BREAKS, collector);
    }
    match find_parameter(text, "host") {
        None | Some("localhost") => {
            for socket in MYSQL_SOCKETS {
                require_dbd_socket(directive, Path::new(socket), BREAKS_IF_THERE, collector);
            }
        }
        Some(host) => {
            hosts::require_host(DirectiveText::from(directive), host.as_bytes(), BREAKS, collector)
        }
    }
}

fn require_postgresql(directive: &OtherDirective, text: &str, collector: &mut Collector<'_>) {
    let port = find_parameter(text, "port").unwrap_or(PORT);
    let socket = |folder: &str| PathBuf::from(format!("{folder}/.s.PGSQL.{port}"));
    match find_parameter(text, "host") {
        Some(folder) if folder.starts_with('/') => {
            require_dbd_socket(directive, &socket(folder.trim_end_matches('/')), BREAKS, collector);
        }
        Some(host) => {
            hosts::require_host(DirectiveText::from(directive), host.as_bytes(), BREAKS, collector)
        }
        None if find_parameter(text, "hostaddr").is_some() => {}
        None => {
            for folder in POSTGRESQL_DIRS {
                require_dbd_socket(directive, &socket(folder), BREAKS_IF_THERE, collector);
            }
        }
    }
}

/// `LogSQLLoginInfo mysql://user:password@host/database`, or `host user password`.
pub(crate) fn read_log_server(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let server = args::get_word(directive, 0);
    let host = hosts::parse_url_host(server);
    let is_local = matches!(host, Some("localhost")) || server == b"localhost";
    if is_local && !context.has_directive("LogSQLSocketFile") {
        let sockets = MYSQL_SOCKETS.iter().map(PathBuf::from);
        return require_sockets(&directive.into(), sockets, LESS_IF_THERE, collector);
    }
    hosts::require_server(directive, server, LESS, collector);
}

fn require_dbd_socket(
    directive: &OtherDirective,
    path: &Path,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let remedy =
        collector.provide_sockets(enclosing_folder(path), SocketsBy::Others(path.to_owned()));
    collector.require(directive, Resource::Socket(path.to_owned()), weight, remedy);
}

/// Requires conventional sockets of MySQL or PostgreSQL, in the name of a setting of another program.
pub(crate) fn require_sockets(
    source: &DirectiveText,
    sockets: impl Iterator<Item = PathBuf>,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    for path in sockets {
        let remedy = collector.advise_socket(&path);
        collector.require(source.clone(), Resource::Socket(path), weight, remedy);
    }
}

/// Conventional sockets of PostgreSQL.
pub(crate) fn list_postgresql_sockets() -> impl Iterator<Item = PathBuf> {
    let name = OsStr::new(".s.PGSQL.5432");
    POSTGRESQL_DIRS.iter().map(move |folder| Path::new(folder).join(name))
}
