//! Caches, and DAV's locks.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::rules::{implicit, objects};
use crate::preflight::{Remedy, Resource};
use crate::view::HostPathMode;

pub(crate) const ROWS: &[Row] = &[
    ("CacheRoot", RowClass::Path(0, PathUse::WriteIn, LESS, is_cached_on_disk)),
    ("CacheLockPath", RowClass::Read(lock_path)),
    ("CacheLock", RowClass::Read(lock)),
    ("CacheFile", RowClass::Read(opened_by_the_parent)),
    ("MMapFile", RowClass::Read(opened_by_the_parent)),
    ("DAVLockDB", RowClass::Path(0, PathUse::WriteDbm, BREAKS, has_dav)),
    ("DAVGenericLockDB", RowClass::Path(0, PathUse::WriteDbm, BREAKS, has_dav)),
    ("SSLSessionCache", RowClass::Read(objects::cache)),
    ("SSLStaplingCache", RowClass::Read(objects::cache)),
    ("AuthnCacheSOCache", RowClass::Read(objects::cache)),
    ("CacheSocache", RowClass::Read(objects::cache)),
];

fn is_cached_on_disk(scene: &RuleContext<'_>) -> bool {
    scene.says("CacheEnable", &["disk"])
}

fn has_dav(scene: &RuleContext<'_>) -> bool {
    scene.says_other_than("Dav", &["off", "svn"])
}

/// Made if it is not there, so its directory will do.
fn lock_path(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some(path) = scene.path(args::at(foreign, 0)) else { return };
    if scene.says("CacheLock", &["on"]) {
        let folders = [Some(&*path), path.parent()].into_iter().flatten();
        let need = Resource::Scratch(folders.map(Into::into).collect());
        let remedy = found.by_config(path.clone(), true);
        found.claim(foreign, need, LESS, remedy);
    }
}

/// Without `CacheLockPath`, in the directory for temporary files.
fn lock(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if args::text(foreign, 0).eq_ignore_ascii_case("on") && !scene.has("CacheLockPath") {
        let need = Resource::Scratch(implicit::scratch(scene));
        found.claim(foreign, need, LESS, Remedy::Set(ProvideSet::Tmp));
    }
}

/// Held open by the parent, so it is served though no child could open it.
fn opened_by_the_parent(
    foreign: &OtherDirective,
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let paths = foreign.words.iter().filter_map(|word| scene.path(args::bytes(word)));
    if scene.facts.way != HostPathMode::Off
        && paths.into_iter().any(|path| !scene.is_in_jail(&path))
    {
        found.know(foreign, false, KnownIssueKind::HeldOpen);
    }
}
