#![forbid(unsafe_code)]
//! Caches, and DAV's locks.

use super::found::{BREAKS, Found, LESS};
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::Use;
use super::words;
use super::{objects, unasked};
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};
use crate::settings::Set;
use crate::view::Way;

pub(super) const ROWS: &[Row] = &[
    ("CacheRoot", Class::Path(0, Use::WriteIn, LESS, is_cached_on_disk)),
    ("CacheLockPath", Class::Read(lock_path)),
    ("CacheLock", Class::Read(lock)),
    ("CacheFile", Class::Read(opened_by_the_parent)),
    ("MMapFile", Class::Read(opened_by_the_parent)),
    ("DAVLockDB", Class::Path(0, Use::WriteDbm, BREAKS, has_dav)),
    ("DAVGenericLockDB", Class::Path(0, Use::WriteDbm, BREAKS, has_dav)),
    ("SSLSessionCache", Class::Read(objects::cache)),
    ("SSLStaplingCache", Class::Read(objects::cache)),
    ("AuthnCacheSOCache", Class::Read(objects::cache)),
    ("CacheSocache", Class::Read(objects::cache)),
];

fn is_cached_on_disk(scene: &Scene<'_>) -> bool {
    scene.says("CacheEnable", &["disk"])
}

fn has_dav(scene: &Scene<'_>) -> bool {
    scene.says_other_than("Dav", &["off", "svn"])
}

/// Made if it is not there, so its directory will do.
fn lock_path(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(path) = scene.path(words::at(foreign, 0)) else { return };
    if scene.says("CacheLock", &["on"]) {
        let folders = [Some(&*path), path.parent()].into_iter().flatten();
        let need = Need::Scratch(folders.map(Into::into).collect());
        let remedy = found.by_config(path.clone(), true);
        found.claim(foreign, need, LESS, remedy);
    }
}

/// Without `CacheLockPath`, in the directory for temporary files.
fn lock(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if words::text(foreign, 0).eq_ignore_ascii_case("on") && !scene.has("CacheLockPath") {
        let need = Need::Scratch(unasked::scratch(scene));
        found.claim(foreign, need, LESS, Remedy::Set(Set::Tmp));
    }
}

/// Held open by the parent, so it is served though no child could open it.
fn opened_by_the_parent(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let paths = foreign.words.iter().filter_map(|word| scene.path(words::bytes(word)));
    if scene.facts.way != Way::Off && paths.into_iter().any(|path| !scene.is_in_jail(&path)) {
        found.know(foreign, false, KnownTrouble::HeldOpen);
    }
}
