//! mod_perl: handlers, which load modules in a child.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::{Remedy, Resource};

/// `PerlResponseHandler My::Handler`.
pub(crate) fn read_handler(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_library(directive, &args::get_text(directive, 0), collector);
}

/// `PerlAddAuthzProvider name My::Handler`.
pub(crate) fn read_provider(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_library(directive, &args::get_text(directive, 1), collector);
}

/// Requires Perl's own library. Handlers, and scripts of a registry, load modules in a child.
fn require_library(directive: &OtherDirective, name: &str, collector: &mut Collector<'_>) {
    let is_registry = ["Registry", "PerlRun"].iter().any(|part| name.contains(part));
    let remedy = || Remedy::Programs(vec!["/usr/bin/perl".into()]);
    let folders = ["/usr/share/perl", "/usr/share/perl5", "/usr/lib64/perl5"];
    for folder in folders.into_iter().filter(|_| !name.is_empty()) {
        collector.require(directive, Resource::Folder(folder.into()), LESS_IF_THERE, remedy());
        // Other handlers may have loaded all that they need at the start.
        collector.weaken_last(!is_registry);
    }
}
