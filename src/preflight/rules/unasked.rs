#![forbid(unsafe_code)]
//! What modules do that nothing in the configuration asks for.

use super::found::Found;
use super::scene::Scene;
use super::{php, programs, wsgi};
use std::path::PathBuf;

pub(super) fn find(scene: &Scene<'_>, found: &mut Found<'_>) {
    programs::unasked(scene, found);
    php::find(scene, found);
    wsgi::python(scene, found);
}

/// Where APR makes temporary files: the first that can be written to.
pub(super) fn scratch(scene: &Scene<'_>) -> Vec<PathBuf> {
    let usual = ["/tmp", "/usr/tmp", "/var/tmp"].iter().map(PathBuf::from);
    scene.facts.scratch.iter().cloned().chain(usual).collect()
}
