#![forbid(unsafe_code)]
//! Files in httpd's expressions and in scripts of mod_sed, as far as they are written out.

use super::found::{BREAKS, Found, LESS, LESS_IF_THERE};
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::preflight::{Need, Remedy};
use std::path::PathBuf;

pub(super) const ROWS: &[Row] = &[
    ("<If", Class::Read(whole)),
    ("<ElseIf", Class::Read(whole)),
    ("SetEnvIfExpr", Class::Read(whole)),
    ("Header", Class::Read(whole)),
    ("RequestHeader", Class::Read(whole)),
    ("SSLRequire", Class::Read(whole)),
    ("ProxyFCGISetEnvIf", Class::Read(whole)),
    ("ErrorDocument", Class::Read(whole)),
    ("Redirect", Class::Read(whole)),
    ("FilterProvider", Class::Read(whole)),
    ("AuthName", Class::Read(whole)),
    ("Define", Class::Nothing(super::row::Why::Parent)),
    ("InputSed", Class::Read(sed)),
    ("OutputSed", Class::Read(sed)),
];

fn whole(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    claim(foreign, &words::rest(foreign, 0), found);
}

/// Claims `file('/path')`, `filesize('/path')` and `-f '/path'` of an expression.
pub(super) fn claim(foreign: &Foreign, expression: &str, found: &mut Found<'_>) {
    for function in ["file(", "filesize("] {
        for (at, _) in expression.match_indices(function) {
            let is_name = expression[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
            let path = quoted(&expression[at + function.len()..]).filter(|_| !is_name);
            if let Some(path) = path {
                used::absolute(foreign, path, Use::Read, BREAKS, found);
            }
        }
    }
    for test in ["-f ", "-d ", "-e ", "-s ", "-L ", "-h ", "-x "] {
        for (at, _) in expression.match_indices(test) {
            let is_word = at > 0 && !expression[..at].ends_with([' ', '(', '!', '"']);
            if let Some(path) = quoted(&expression[at + test.len()..]).filter(|_| !is_word) {
                let remedy = Remedy::Path(path.clone());
                found.claim(foreign, Need::Either(path), LESS_IF_THERE, remedy);
            }
        }
    }
}

/// The path in quotes that a text begins with, if it is absolute and fixed.
fn quoted(text: &str) -> Option<PathBuf> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let path = text[1..].split(quote).next()?;
    let is_fixed = words::fixed(path.as_bytes()).len() == path.len();
    (path.starts_with('/') && is_fixed).then(|| PathBuf::from(path))
}

/// `r /path` and `w /path` of a script, and the `w /path` behind a substitution.
fn sed(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    let script = words::text(foreign, 0);
    let is_address = |it: char| it.is_ascii_digit() || matches!(it, '$' | ',' | ' ' | '!');
    let command = script.trim_start_matches(is_address);
    if let Some(path) = command.strip_prefix("r ").map(str::trim).filter(|it| it.starts_with('/')) {
        return used::absolute(foreign, path.into(), Use::Read, LESS, found);
    }
    let written = command.strip_prefix("w ").or_else(|| behind_substitution(command));
    if let Some(path) = written.map(str::trim).filter(|path| path.starts_with('/')) {
        used::absolute(foreign, path.into(), Use::Write, LESS, found);
    }
}

/// The file of `s/a/b/w /path`.
fn behind_substitution(command: &str) -> Option<&str> {
    let rest = command.strip_prefix('s')?;
    let delimiter = rest.chars().next().filter(|it| !it.is_alphanumeric() && *it != ' ')?;
    let flags = rest.splitn(4, delimiter).nth(3)?;
    flags.split_once("w ").map(|(_, path)| path)
}
