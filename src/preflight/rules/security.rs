#![forbid(unsafe_code)]
//! mod_security: what it keeps on disk once its engine is on.

use super::found::{BREAKS, Found, LESS};
use super::programs::program;
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::Use;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;

pub(super) const ROWS: &[Row] = &[
    ("SecDataDir", Class::Path(0, Use::WriteIn, LESS, is_on)),
    ("SecTmpDir", Class::Path(0, Use::WriteIn, BREAKS, reads_bodies)),
    ("SecUploadDir", Class::Path(0, Use::WriteIn, LESS, keeps_uploads)),
    ("SecAuditLogStorageDir", Class::Path(0, Use::WriteIn, LESS, logs_each_alone)),
    ("SecChrootDir", Class::Read(chroot)),
    ("SecAction", Class::Read(actions)),
    ("SecDefaultAction", Class::Read(actions)),
    ("SecRule", Class::Read(actions)),
];

fn is_on(scene: &Scene<'_>) -> bool {
    scene.says_other_than("SecRuleEngine", &["off"])
}

fn reads_bodies(scene: &Scene<'_>) -> bool {
    is_on(scene) && scene.says("SecRequestBodyAccess", &["on"])
}

fn keeps_uploads(scene: &Scene<'_>) -> bool {
    reads_bodies(scene) && scene.says_other_than("SecUploadKeepFiles", &["off"])
}

fn logs_each_alone(scene: &Scene<'_>) -> bool {
    is_on(scene)
        && scene.says("SecAuditLogType", &["concurrent"])
        && scene.says_other_than("SecAuditEngine", &["off"])
}

/// It jails the parent too.
fn chroot(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    found.know(foreign, true, KnownTrouble::SecondJail);
}

/// `exec:/path` among the actions, `@inspectFile /path` as the operator. Scripts in Lua are read by
/// the parent.
fn actions(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if !is_on(scene) {
        return;
    }
    for word in &foreign.words {
        let word = word.to_string_lossy();
        let by_action = word.split(',').filter_map(|part| part.trim().strip_prefix("exec:"));
        let by_operator = word.strip_prefix("@inspectFile ");
        for path in by_action.chain(by_operator).filter(|path| !path.ends_with(".lua")) {
            program(foreign, path, LESS, found);
        }
    }
}
