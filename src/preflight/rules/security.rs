//! mod_security: what it keeps on disk once its engine is on.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::rules::programs::program;

pub(crate) const ROWS: &[Row] = &[
    ("SecDataDir", RowClass::Path(0, PathUse::WriteIn, LESS, is_on)),
    ("SecTmpDir", RowClass::Path(0, PathUse::WriteIn, BREAKS, reads_bodies)),
    ("SecUploadDir", RowClass::Path(0, PathUse::WriteIn, LESS, keeps_uploads)),
    ("SecAuditLogStorageDir", RowClass::Path(0, PathUse::WriteIn, LESS, logs_each_alone)),
    ("SecChrootDir", RowClass::Read(chroot)),
    ("SecAction", RowClass::Read(actions)),
    ("SecDefaultAction", RowClass::Read(actions)),
    ("SecRule", RowClass::Read(actions)),
];

fn is_on(scene: &RuleContext<'_>) -> bool {
    scene.says_other_than("SecRuleEngine", &["off"])
}

fn reads_bodies(scene: &RuleContext<'_>) -> bool {
    is_on(scene) && scene.says("SecRequestBodyAccess", &["on"])
}

fn keeps_uploads(scene: &RuleContext<'_>) -> bool {
    reads_bodies(scene) && scene.says_other_than("SecUploadKeepFiles", &["off"])
}

fn logs_each_alone(scene: &RuleContext<'_>) -> bool {
    is_on(scene)
        && scene.says("SecAuditLogType", &["concurrent"])
        && scene.says_other_than("SecAuditEngine", &["off"])
}

/// It jails the parent too.
fn chroot(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    found.know(foreign, true, KnownIssueKind::SecondJail);
}

/// `exec:/path` among the actions, `@inspectFile /path` as the operator. Scripts in Lua are read by
/// the parent.
fn actions(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
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
