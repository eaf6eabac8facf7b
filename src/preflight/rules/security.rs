//! mod_security: files that it opens once its engine is on.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::rules::cgi;

pub(crate) const ROWS: &[Row] = &[
    ("SecDataDir", RowClass::Path(0, PathUse::WriteIn, LESS, is_on)),
    ("SecTmpDir", RowClass::Path(0, PathUse::WriteIn, BREAKS, reads_bodies)),
    ("SecUploadDir", RowClass::Path(0, PathUse::WriteIn, LESS, keeps_uploads)),
    ("SecAuditLogStorageDir", RowClass::Path(0, PathUse::WriteIn, LESS, logs_each_alone)),
    ("SecChrootDir", RowClass::Read(read_chroot)),
    ("SecAction", RowClass::Read(read_actions)),
    ("SecDefaultAction", RowClass::Read(read_actions)),
    ("SecRule", RowClass::Read(read_actions)),
];

fn is_on(context: &RuleContext<'_>) -> bool {
    context.has_other_first_word("SecRuleEngine", &["off"])
}

fn reads_bodies(context: &RuleContext<'_>) -> bool {
    is_on(context) && context.has_first_word("SecRequestBodyAccess", &["on"])
}

fn keeps_uploads(context: &RuleContext<'_>) -> bool {
    reads_bodies(context) && context.has_other_first_word("SecUploadKeepFiles", &["off"])
}

fn logs_each_alone(context: &RuleContext<'_>) -> bool {
    is_on(context)
        && context.has_first_word("SecAuditLogType", &["concurrent"])
        && context.has_other_first_word("SecAuditEngine", &["off"])
}

/// `SecChrootDir` jails the parent too.
fn read_chroot(directive: &OtherDirective, _: &RuleContext<'_>, collector: &mut Collector<'_>) {
    collector.add_known_issue(directive, true, KnownIssueKind::SecondJail);
}

/// `exec:/path` among the actions, `@inspectFile /path` as the operator. Scripts in Lua are read by
/// the parent.
fn read_actions(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if !is_on(context) {
        return;
    }
    for word in &directive.words {
        let word = word.to_string_lossy();
        let by_action = word.split(',').filter_map(|part| part.trim().strip_prefix("exec:"));
        let by_operator = word.strip_prefix("@inspectFile ");
        for path in by_action.chain(by_operator).filter(|path| !path.ends_with(".lua")) {
            cgi::require_program(directive, path, LESS, collector);
        }
    }
}
