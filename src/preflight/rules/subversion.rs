//! Subversion: its files of access rules.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{BREAKS, Collector, DECIDES, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::{self, PathUse};

/// `AuthzSVNAccessFile /path`. If it cannot be read, each request is denied, or with `AuthzSVNAuthoritative Off` left to
/// other authorization modules.
pub(crate) fn read_access_file(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_left_to_others = context.has_first_word("AuthzSVNAuthoritative", &["off"]);
    let weight = if is_left_to_others { DECIDES } else { BREAKS };
    let word = args::get_word(directive, 0);
    // A rule file may be in a repository, by its URL.
    if args::find_bytes(word, b"://").is_none() && !word.starts_with(b"^/") {
        path_use::require_path(directive, word, PathUse::Read, weight, collector);
    }
}

/// `SVNHooksEnv /path`: environment of hooks, which a child reads. A relative path is one in the repository.
pub(crate) fn read_hooks_environment(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if args::get_word(directive, 0).starts_with(b"/") {
        path_use::require_word(directive, 0, PathUse::Read, LESS, collector);
    }
}
