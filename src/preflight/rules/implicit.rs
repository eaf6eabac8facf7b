//! What modules do that nothing in the configuration asks for.

use crate::preflight::engine::collector::Collector;
use crate::preflight::engine::context::RuleContext;
use crate::preflight::rules::{php, programs, wsgi};
use std::path::PathBuf;

pub(crate) fn find(scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    programs::unasked(scene, found);
    php::find(scene, found);
    wsgi::python(scene, found);
}

/// Where APR makes temporary files: the first that can be written to.
pub(crate) fn scratch(scene: &RuleContext<'_>) -> Vec<PathBuf> {
    let usual = ["/tmp", "/usr/tmp", "/var/tmp"].iter().map(PathBuf::from);
    scene.facts.scratch.iter().cloned().chain(usual).collect()
}
