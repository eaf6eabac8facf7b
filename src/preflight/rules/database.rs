//! Databases: mod_dbd's parameters, and where the servers' sockets are by convention.

use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::{MYSQL_SOCKETS, POSTGRESQL_DIRS};
use crate::messages::KnownIssueKind;
use crate::preflight::Resource;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, Weight, around,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, hosts};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(crate) const ROWS: &[Row] =
    &[("DBDParams", RowClass::Read(parameters)), ("DBDriver", RowClass::Read(driver))];

/// PostgreSQL's port, if none is named.
const PORT: &str = "5432";

/// Drivers whose libraries have settings of their own in files that cannot be told from here.
fn driver(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    if matches!(&*args::text(foreign, 0).to_ascii_lowercase(), "odbc" | "oracle" | "freetds") {
        found.know(foreign, false, KnownIssueKind::DatabaseDriver);
    }
}

fn parameters(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let driver = driver_of(foreign, scene);
    let text = args::rest(foreign, 0);
    match &*driver {
        "sqlite2" | "sqlite3" => sqlite(foreign, &text, scene, found),
        "mysql" => mysql(foreign, &text, found),
        "pgsql" => postgresql(foreign, &text, found),
        _ => {}
    }
}

/// The `DBDriver` of the same virtual host, else that of the main server.
fn driver_of(foreign: &OtherDirective, scene: &RuleContext<'_>) -> String {
    let same = scene.said("DBDriver").find(|it| it.sections == foreign.sections);
    let driver = same.or_else(|| scene.said("DBDriver").last());
    driver.map(|it| args::text(it, 0).to_ascii_lowercase()).unwrap_or_default()
}

/// The file alone, or `path:mode`; its journal is made beside it.
fn sqlite(
    foreign: &OtherDirective,
    text: &str,
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let path = text.split(':').next().unwrap_or(text);
    if path.is_empty() {
        return;
    }
    let path = scene.facts.bases.server_root.join(path);
    let remedy = found.by_config(around(&path), true);
    found.claim(foreign, Resource::File(path), BREAKS, remedy);
}

/// The value of `key` in `key=value,key=value` or `key = 'value' key=value`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut parts = text.split([',', ';', '|', ' ']).filter(|part| !part.is_empty());
    let found = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim().trim_matches(['\'', '"']))
    });
    found.filter(|value| !value.is_empty())
}

fn mysql(foreign: &OtherDirective, text: &str, found: &mut Collector<'_>) {
    if let Some(socket) = value(text, "sock") {
        return socket_of_mod_dbd(foreign, Path::new(socket), BREAKS, found);
    }
    match value(text, "host") {
        None | Some("localhost") => {
            for socket in MYSQL_SOCKETS {
                socket_of_mod_dbd(foreign, Path::new(socket), BREAKS_IF_THERE, found);
            }
        }
        Some(host) => hosts::name(DirectiveText::from(foreign), host.as_bytes(), BREAKS, found),
    }
}

fn postgresql(foreign: &OtherDirective, text: &str, found: &mut Collector<'_>) {
    let port = value(text, "port").unwrap_or(PORT);
    let socket = |folder: &str| PathBuf::from(format!("{folder}/.s.PGSQL.{port}"));
    match value(text, "host") {
        Some(folder) if folder.starts_with('/') => {
            socket_of_mod_dbd(foreign, &socket(folder.trim_end_matches('/')), BREAKS, found);
        }
        Some(host) => hosts::name(DirectiveText::from(foreign), host.as_bytes(), BREAKS, found),
        None if value(text, "hostaddr").is_some() => {}
        None => {
            for folder in POSTGRESQL_DIRS {
                socket_of_mod_dbd(foreign, &socket(folder), BREAKS_IF_THERE, found);
            }
        }
    }
}

fn socket_of_mod_dbd(
    foreign: &OtherDirective,
    path: &Path,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    let remedy = found.by_sockets(around(path), SocketsBy::Others(path.to_owned()));
    found.claim(foreign, Resource::Socket(path.to_owned()), weight, remedy);
}

/// Claims the sockets of MySQL or PostgreSQL by convention in the name of a setting of another program.
pub(crate) fn by_convention(
    said: &DirectiveText,
    sockets: impl Iterator<Item = PathBuf>,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    for path in sockets {
        let remedy = found.by_path(&path);
        found.claim(said.clone(), Resource::Socket(path), weight, remedy);
    }
}

/// PostgreSQL's sockets by convention.
pub(crate) fn postgresql_sockets() -> impl Iterator<Item = PathBuf> {
    let name = OsStr::new(".s.PGSQL.5432");
    POSTGRESQL_DIRS.iter().map(move |folder| Path::new(folder).join(name))
}
