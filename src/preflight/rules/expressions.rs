//! Expressions: host paths that `file()`, `-f` and the like name.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{
    BREAKS, Collector, DECIDES, DECIDES_IF_THERE, LESS_IF_THERE, Weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use crate::preflight::{Remedy, Resource};
use std::path::PathBuf;

/// Reads an expression that decides about something else.
pub(crate) fn read_whole(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_files(directive, &args::join_words(directive, 0), (BREAKS, LESS_IF_THERE), collector);
}

/// Reads an expression that may decide about access.
pub(crate) fn read_access(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_files_of_access(directive, &args::join_words(directive, 0), collector);
}

/// Requires the paths of an expression that may decide about access.
pub(crate) fn require_files_of_access(
    directive: &OtherDirective,
    expression: &str,
    collector: &mut Collector<'_>,
) {
    require_files(directive, expression, (DECIDES, DECIDES_IF_THERE), collector);
}

/// Requires the paths of `file('/path')`, `filesize('/path')`, with the first weight, and of `-f '/path'`, with the second,
/// of an expression.
fn require_files(
    directive: &OtherDirective,
    expression: &str,
    (of_contents, of_test): (Weight, Weight),
    collector: &mut Collector<'_>,
) {
    for function in ["file(", "filesize("] {
        for (at, _) in expression.match_indices(function) {
            let is_name = expression[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
            let path = parse_quoted_path(&expression[at + function.len()..]).filter(|_| !is_name);
            if let Some(path) = path {
                path_use::require_absolute(directive, path, PathUse::Read, of_contents, collector);
            }
        }
    }
    for test in ["-f ", "-d ", "-e ", "-s ", "-L ", "-h ", "-x "] {
        for (at, _) in expression.match_indices(test) {
            let is_word = at > 0 && !expression[..at].ends_with([' ', '(', '!', '=', '"']);
            if let Some(path) =
                parse_quoted_path(&expression[at + test.len()..]).filter(|_| !is_word)
            {
                let remedy = Remedy::Path(path.clone());
                collector.require(directive, Resource::Either(path), of_test, remedy);
            }
        }
    }
}

/// Quoted path at the start of `text`, if it is absolute and has no variable.
fn parse_quoted_path(text: &str) -> Option<PathBuf> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let path = text[1..].split(quote).next()?;
    let is_fixed = args::cut_variables(path.as_bytes()).len() == path.len();
    (path.starts_with('/') && is_fixed).then(|| PathBuf::from(path))
}
