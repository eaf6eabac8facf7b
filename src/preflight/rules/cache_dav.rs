//! Caches on disk and in shared memory, and the lock databases of mod_dav.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{Collector, LESS, enclosing_folder};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use crate::view::HostPathMode;

pub(crate) fn is_cached_on_disk(context: &RuleContext<'_>) -> bool {
    context.has_first_word("CacheEnable", &["disk"])
}

pub(crate) fn has_dav(context: &RuleContext<'_>) -> bool {
    context.has_other_first_word("Dav", &["off", "svn"])
}

/// `CacheLockPath`: httpd creates a missing directory, so a writable parent directory is enough.
pub(crate) fn read_lock_path(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some(path) = context.resolve_path(args::get_word(directive, 0)) else { return };
    if context.has_first_word("CacheLock", &["on"]) {
        let folders = [Some(&*path), path.parent()].into_iter().flatten();
        let resource = Resource::Scratch(folders.map(Into::into).collect());
        let remedy = collector.provide_config(path.clone(), true);
        collector.require(directive, resource, LESS, remedy);
    }
}

/// `CacheLock` without `CacheLockPath` locks in the directory for temporary files.
pub(crate) fn read_lock(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if args::get_text(directive, 0).eq_ignore_ascii_case("on")
        && !context.has_directive("CacheLockPath")
    {
        let resource = Resource::Scratch(context.list_temp_dirs());
        collector.require(directive, resource, LESS, Remedy::Set(ProvideSet::Tmp));
    }
}

/// Files that the parent holds open: they are served although no child can open them.
pub(crate) fn read_opened_by_the_parent(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let paths =
        directive.words.iter().filter_map(|word| context.resolve_path(args::as_bytes(word)));
    if context.input.mode != HostPathMode::Off
        && paths.into_iter().any(|path| !context.is_in_jail(&path))
    {
        collector.add_known_issue(directive, false, KnownIssueKind::HeldOpen);
    }
}

pub(crate) fn read_shared_cache(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some((kind, rest)) = args::split_at_byte(args::get_word(directive, 0), b':') else {
        return;
    };
    match kind.to_ascii_lowercase().as_slice() {
        b"dbm" => path_use::require_path(directive, rest, PathUse::WriteDbm, LESS, collector),
        b"memcache" | b"redis" => {
            for server in String::from_utf8_lossy(rest).split(',') {
                hosts::require_host(
                    directive,
                    hosts::strip_port(server).as_bytes(),
                    LESS,
                    collector,
                );
            }
        }
        b"dc" => {
            if let Some(path) =
                rest.strip_prefix(b"UNIX:").and_then(|path| context.resolve_path(path))
            {
                let by = SocketsBy::Others(path.clone());
                let remedy = collector.provide_sockets(enclosing_folder(&path), by);
                collector.require(
                    directive,
                    crate::preflight::Resource::Socket(path),
                    LESS,
                    remedy,
                );
            }
        }
        _ => {}
    }
}
