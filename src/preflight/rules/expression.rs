//! Files in httpd's expressions and in scripts of mod_sed, as far as they are written out.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, path_use};
use crate::preflight::{Remedy, Resource};
use std::path::PathBuf;

pub(crate) const ROWS: &[Row] = &[
    ("<If", RowClass::Read(whole)),
    ("<ElseIf", RowClass::Read(whole)),
    ("SetEnvIfExpr", RowClass::Read(whole)),
    ("Header", RowClass::Read(whole)),
    ("RequestHeader", RowClass::Read(whole)),
    ("SSLRequire", RowClass::Read(whole)),
    ("ProxyFCGISetEnvIf", RowClass::Read(whole)),
    ("ErrorDocument", RowClass::Read(whole)),
    ("Redirect", RowClass::Read(whole)),
    ("FilterProvider", RowClass::Read(whole)),
    ("AuthName", RowClass::Read(whole)),
    ("Define", RowClass::Nothing(crate::preflight::engine::row::NoNeed::Parent)),
    ("InputSed", RowClass::Read(sed)),
    ("OutputSed", RowClass::Read(sed)),
];

fn whole(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    claim(foreign, &args::rest(foreign, 0), found);
}

/// Claims `file('/path')`, `filesize('/path')` and `-f '/path'` of an expression.
pub(crate) fn claim(foreign: &OtherDirective, expression: &str, found: &mut Collector<'_>) {
    for function in ["file(", "filesize("] {
        for (at, _) in expression.match_indices(function) {
            let is_name = expression[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
            let path = quoted(&expression[at + function.len()..]).filter(|_| !is_name);
            if let Some(path) = path {
                path_use::absolute(foreign, path, PathUse::Read, BREAKS, found);
            }
        }
    }
    for test in ["-f ", "-d ", "-e ", "-s ", "-L ", "-h ", "-x "] {
        for (at, _) in expression.match_indices(test) {
            let is_word = at > 0 && !expression[..at].ends_with([' ', '(', '!', '"']);
            if let Some(path) = quoted(&expression[at + test.len()..]).filter(|_| !is_word) {
                let remedy = Remedy::Path(path.clone());
                found.claim(foreign, Resource::Either(path), LESS_IF_THERE, remedy);
            }
        }
    }
}

/// The path in quotes that a text begins with, if it is absolute and fixed.
fn quoted(text: &str) -> Option<PathBuf> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let path = text[1..].split(quote).next()?;
    let is_fixed = args::fixed(path.as_bytes()).len() == path.len();
    (path.starts_with('/') && is_fixed).then(|| PathBuf::from(path))
}

/// `r /path` and `w /path` of a script, and the `w /path` behind a substitution.
fn sed(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    let script = args::text(foreign, 0);
    let is_address = |it: char| it.is_ascii_digit() || matches!(it, '$' | ',' | ' ' | '!');
    let command = script.trim_start_matches(is_address);
    if let Some(path) = command.strip_prefix("r ").map(str::trim).filter(|it| it.starts_with('/')) {
        return path_use::absolute(foreign, path.into(), PathUse::Read, LESS, found);
    }
    let written = command.strip_prefix("w ").or_else(|| behind_substitution(command));
    if let Some(path) = written.map(str::trim).filter(|path| path.starts_with('/')) {
        path_use::absolute(foreign, path.into(), PathUse::Write, LESS, found);
    }
}

/// The file of `s/a/b/w /path`.
fn behind_substitution(command: &str) -> Option<&str> {
    let rest = command.strip_prefix('s')?;
    let delimiter = rest.chars().next().filter(|it| !it.is_alphanumeric() && *it != ' ')?;
    let flags = rest.splitn(4, delimiter).nth(3)?;
    flags.split_once("w ").map(|(_, path)| path)
}
